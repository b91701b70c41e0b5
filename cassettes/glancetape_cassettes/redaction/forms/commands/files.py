"""Secrets in files that well-known programs read, under no name, or under one without a sign.

[smtp.example]:587 joe:x     db:5432:glance:joe:x     <tls-crypt>...</tls-crypt>     auth_pass x
"""

import re
from collections.abc import Iterator

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, form, spans_form
from glancetape_cassettes.redaction.forms.values import HIDDEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_name

_PHRASE = r"(?:\"[^\"\n]{1,400}\"|[^\s\"]{1,400})"

FILES = (
    form(  # Postfix: the server, or the sender, and the user with a password
        "secret in a file of secrets",
        "smtp|mail|relay|]:",
        r"((?:(?<![\t\x0b-\r\x20-~])|(?<=>))[^\S\n]{0,40}(?:\[[\w.-]{1,100}\](?::\d{2,5})?|(?:smtp|mail|relay)[\w.-]{1,100}(?::\d{2,5})?"
        r"|[\w.-]{0,60}@[\w.-]{1,100})[^\S\n]{1,40}[\w.@+-]{1,100}:)(?!REDACTED|/)[^\s\"'<>]{1,400}(?=\s|<|\Z)",
        r"\1REDACTED",
        shapes=(r"@[\w.-]{1,100}[ \t]+[\w.@+-]{1,100}:\S", r"\][^\S\n]{1,40}[\w.@+-]{1,100}:"),
        examples=(
            f"@example.com    joe:{SAMPLE}",
            f"[smtp.example]:587 joe@example.com:{SAMPLE}",
            f"[mx.example] joe@example.com:{SAMPLE}",
            f"smtp.example.com joe:{SAMPLE}\nrelay.example.com ann:{SAMPLE}",
        ),
        counterexamples=("smtp.example.com 10.0.0.1", "mail joe@example.com"),
    ),
    form(  # OpenVPN: keys within its file; another key is known by its first line
        "private key",
        "<tls-|<auth-user-pass|<pkcs12",
        r"(<(?P<tag>tls-crypt(?:-v2)?|tls-auth|auth-user-pass|pkcs12)>\s{0,9})(?!REDACTED|\s|</)[^<]{1,20000}?(?=\s{0,9}(?:</(?P=tag)>|\Z))",
        r"\1REDACTED",
        examples=(
            f"<tls-crypt>\n{SAMPLE}\n</tls-crypt>",
            f"<auth-user-pass>\njoe\n{SAMPLE}\n</auth-user-pass>",
        ),
        counterexamples=("<tls-auth></tls-auth>", "auth-user-pass"),
    ),
    form(  # .pgpass: host:port:database:user:password, which may be an ordinary word
        "secret in a file of secrets",
        "",
        r"((?:(?<![\t\x0b-\r\x20-~])|(?<=[>'\"]))(?![0-9a-f:]{9,60}(?:[^!-~]|\Z))[\w.*-]{1,100}:(?:\d{3,5}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:)"
        r"(?!REDACTED)[^\s:'\"\x7f-\xff]{3,200}(?=[\s'\"]|\Z)",
        r"\1REDACTED",
        shapes=(r":(?:\d{3,5}|\*):[\w.*-]+:[\w.*-]+:",),
        examples=(f"db:5432:glance:joe:{SAMPLE}", f"*:*:*:joe:{SAMPLE}"),
        counterexamples=("fe80:1234:ab:cd:ef01", "root:x:0:0:root:/root:/bin/bash"),
    ),
    form(  # strongSwan, PPP
        "secret in a file of secrets",
        "pptpd|l2tpd",
        r"((?<![^\s>]):[^\S\n]{1,3}(?:PSK|XAUTH|EAP|NTLM)[^\S\n]{1,40})(?!REDACTED)[^\s\"']{3,400}(?=\s|<|\Z)"
        r"|((?:(?<![\t\x0b-\r\x20-~])|(?<=>))[\w\"'.@\\-]{1,100}[^\S\n]{1,40}\"?(?:pptpd|l2tpd)\"?[^\S\n]{1,40})(?!REDACTED)[^\s*]{3,400}(?=[^\S\n]{1,40}[\d.]{7,15})"
        r"|((?:(?<![\t\x0b-\r\x20-~])|(?<=>))[\w\"'.@\\-]{1,100}\t\*\t)(?!REDACTED)[^\s*]{3,400}(?=[^\S\n]{0,40}(?:[^\x20-~]|\Z))",
        r"\1\2\3REDACTED",
        shapes=(r":[^\S\n]{1,3}(?:psk|xauth|eap|ntlm)[^\S\n]", r"\t\*\t"),
        examples=(
            f"192.0.2.1 %any : PSK {SAMPLE}",
            f"joe : EAP {SAMPLE}\n",
            f"joe pptpd {SAMPLE} 10.0.0.2",
            f"joe\t*\t{SAMPLE}\n",
        ),
        counterexamples=("modes: PSK and EAP", "joe pptpd"),
    ),
    form(
        "secret in a directive",
        "sqlconnectinfo|createuser|insecure-password|stats auth|message-digest-key|passphrase"
        "|monitorrole|controlrole|socks4|socks5|encrypt|user_|user64_|ascii:|hex:|pass",
        r"(\bSQLConnectInfo\s+\S{1,100}\s+\S{1,60}\s+)[^\s\"']{1,400}"
        rf"|(\bcreateUser\s+\S{{1,60}}\s+(?:MD5|SHA)[\w-]{{0,8}}\s+)(?!REDACTED){_PHRASE}"
        rf"(?:\s+(?:AES|DES)[\w-]{{0,8}}\s+{_PHRASE})?"
        r"|(\b(?:user\s+\S{1,60}\s+insecure-password|stats\s+auth\s+[^\s:]{1,60}(?=:))[\s:])(?!REDACTED)\S{1,400}"
        r"|(\bmessage-digest-key\s+\d{1,3}\s+md5\s+(?:\d\s+)?(?#sign))\S{1,400}"
        r"|(/secure\s+passphrase\s+(?#sign))\S{1,400}"
        r"|(\b(?:monitorRole|controlRole)[ \t]+(?#sign))(?!read|REDACTED)\S{1,400}"
        r"|((?:(?<![ -~])|(?<=>))socks[45]\s+\S{1,100}\s+\d{1,5}\s+\S{1,60}\s+)\S{1,400}"
        r"|(\bencrypt\s{0,3}=\s{0,3})\"[^\"\s]{16,400}\""
        r"|((?<![\w-])user(?:64)?_\w{1,60}\s{0,3}=\s{0,3})(?!REDACTED)\S{1,400}(?=\s+\.(?:admin|reseller))"
        r"|((?:(?<![\t\x0b-\r\x20-~])|(?<=>))\d{1,5}\s{1,9}(?:MD5|SHA\d{1,3}|AES\d{1,3})\s{1,9}(?:ASCII|HEX):)(?!REDACTED)\S{1,400}"
        r"|(\buser\s+\S{1,60}\s+(?:there\s+)?with\s+pass(?:word)?\s+(?#sign))\S{1,400}"
        r"|(\bK \d{1,3}\r?\n\w{0,20}pass\w{0,20}\r?\nV \d{1,4}\r?\n)(?!REDACTED)[^\r\n]{1,400}",
        r"\1\2\3\4\5\6\7\8\9\g<10>\g<11>\g<12>REDACTED",
        examples=(
            f"SQLConnectInfo db@h joe {SAMPLE}",
            f'createUser joe SHA "{SAMPLE}" AES {SAMPLE}',
            f"createUser joe SHA {SAMPLE} AES {SAMPLE}",
            f"user joe insecure-password {SAMPLE}",
            f"stats auth joe:{SAMPLE}",
            f"ip ospf message-digest-key 1 md5 {SAMPLE}",
            f"/secure passphrase {SAMPLE}",
            f"monitorRole {SAMPLE}",
            f"socks5 192.0.2.1 1080 joe {SAMPLE}",
            f'encrypt = "{SAMPLE}="',
            f"user_test_tester = {SAMPLE} .admin",
            f"1 MD5 ASCII:{SAMPLE}",
            f"user joe there with pass {SAMPLE}",
            f"K 8\npassword\nV 20\n{SAMPLE}\nEND",
        ),
        counterexamples=(
            "createUser joe",
            "stats auth",
            "encrypt = true",
            "user_count = 3",
            "monitorRole readonly",
        ),
    ),
    form(  # davfs2, in quotes
        "secret in a file of secrets",
        "http",
        r"(\"https?://[^\"\s]{1,200}\"[ \t]+\"[^\"\n]{1,100}\"[ \t]+)\"[^\"\n]{1,400}\"",
        r"\1REDACTED",
        examples=(f'"https://h/dav" "joe" "{SAMPLE}"',),
        counterexamples=('"https://h/dav" "joe"',),
    ),
)
"""What is known by its place in a line."""

_LINE = lazy_compile(
    r"(?m:^)[ \t]{0,40}(?:(?:set|enable|neighbor[ \t]+\S{1,60}|ppp[ \t]+(?:chap|pap))[ \t]+)?"
    r"(?P<name>[A-Za-z][\w.-]{2,60})[ \t]{1,20}(?:\d[ \t]{1,3})?"
    r"(?P<value>\"[^\"\n]{1,400}\"|[^\s\"'<>{}()\[\]|;,]{3,400})[ \t]*(?=\r?$|;[ \t]*\r?$)",
    re.MULTILINE,
)
_ORDINARY = frozenset(
    "required sufficient requisite optional include substack protected protection policy policies "
    "complexity complex disabled enabled disable enable login logins based expired expires reset "
    "authentication auth management manager rotation prompt field fields file files store hash "
    "hashing encryption encrypted strength length changes change changed recovery access yes no on "
    "off true false none null not set unset empty default generator generation sync server support "
    "supported only ring rings driver drivers group groups user users name names type types "
    "injection permit sshd plain md5 sha256 sha512 ssh keys key".split()
)
"""Words beside a secret's name in lists and headings: `password policy`."""


def _secrets_in_lines(text: str) -> Iterator[Span]:
    """Yield the values of lines that are a secret's name and a value, in a text of several."""
    if "\n" not in text:
        return
    for found in _LINE.finditer(text):
        value = found["value"]
        if value.lower() in _ORDINARY or HIDDEN.match(value):
            continue
        if not is_secret_name(found["name"]) and found["name"].lower() != "masterauth":
            continue
        if (not is_secret_name(value) and value[-1] not in ".:?!") or value[0] == '"':
            yield found.start("name"), *found.span("value")


LINES = spans_form(
    "secret in a directive",
    _secrets_in_lines,
    examples=(
        f"remote_username joe\nremote_password {SAMPLE}\n",
        "auth_type PASS\nauth_pass sesame\n",
        "Username joe\nPassword sesame\n",
        "neighbor 192.0.2.1 password sesame\nx",
    ),
    counterexamples=("Password policy\n", "secret sesame", "token\nring\n"),
)
"""Directives of configuration files whose value may be an ordinary word."""
