"""Secrets in commands, directives and statements that well-known programs read.

sshpass -p x ssh h   curl -u joe:x http://h/   IDENTIFIED BY 'x'   snmp-server community x RO
"""

import re

from glancetape_cassettes.redaction.forms.form import SAMPLE, Form, form

_WORD = r"(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s'\"|;&<>]{1,400})"
# Up to the option: words of the same command.
_TO = r"(?:\s+(?!-{1,2}%s\b)[^\s|;&]{1,200}){0,12}?\s+"


def _option(programs: str, letter: str, example: str, *, between: str = r"\s{0,3}") -> Form:
    """Return the form of an option that takes a secret, such as `-p x` and `-px`."""
    return form(
        "secret in a command",
        "|".join(dict.fromkeys(re.split(r"[\\\[(]", one)[0] for one in programs.split("|"))),
        rf"(?<![\w-])((?:{programs})(?:\.exe)?{_TO % letter}(?-i:-{letter}){between})"
        rf"(?!-|REDACTED){_WORD}",
        r"\1REDACTED",
        examples=(example % SAMPLE,),
        counterexamples=(example.partition(" -")[0],),
    )


COMMANDS = (
    _option("sshpass|usermod|useradd|rdesktop|freerdp", "p", "sshpass -p %s ssh h"),
    _option(r"mysql\w{0,12}|mariadb[\w-]{0,12}|7z\w?", "p", "mysql -uroot -p%s db", between=""),
    _option(
        "docker login|podman login|nerdctl login|registry login|mongo|mongosh|mongodump",
        "p",
        "docker login -u joe -p %s h",
    ),
    _option("zip|unzip|ipmitool|sqlcmd|bcp", "P", "unzip -P %s a.zip"),
    _option("redis-cli", "a", "redis-cli -h h -a %s ping"),
    _option(r"ldap\w{3,9}", "w", "ldapsearch -x -w %s"),
    _option("swift|openssl enc", "K", "swift -U a:b -K %s list", between=r"\s{1,3}"),
    _option("openssl enc", "k", "openssl enc -k %s", between=r"\s{1,3}"),
    form(
        "secret in a command",
        "curl|http|wget|xh",
        r"(?<![\w-])((?:curl|https?|xh|wget)(?:\s+(?![^\s|;&]{0,9}://)[^\s|;&]{1,200}){0,12}?\s+"
        r"(?:-u|-U|-a|--user|--proxy-user|--auth)[\s=]{0,3}['\"]?[^\s:'\"]{1,100}:)"
        r"(?!REDACTED)[^\s'\"|;<>]{1,400}",
        r"\1REDACTED",
        examples=(f"curl -u joe:{SAMPLE} http://h/", f"http -a joe:{SAMPLE} h/"),
        counterexamples=("curl -u joe http://h:80/",),
    ),
    form(
        "secret in a command",
        "object",
        r"(-object[\s=]{1,3}secret,(?:[^\s,]{1,100},){0,6}?data=)[^\s,]{1,400}",
        r"\1REDACTED",
        examples=(f"qemu -object secret,id=a,data={SAMPLE}",),
        counterexamples=("-object secret,id=a,file=/x",),
    ),
    form(
        "secret in a command",
        "smb|rpcclient|mount.cifs",
        r"(\b(?:smbclient|smbget|rpcclient)\b[^\n|;]{0,200}?-U\s{0,3}['\"]?[^\s%'\"]{1,100}%)"
        r"[^\s'\"]{1,400}",
        r"\1REDACTED",
        examples=(f"smbclient //h/s -U 'DOM/joe%{SAMPLE}'",),
        counterexamples=("smbclient //h/s -U joe",),
    ),
    form(
        "secret in a command",
        "/p:|/pass:",
        r"((?<!\S)/p(?:ass)?:)[^\s]{4,400}",
        r"\1REDACTED",
        examples=(f"xfreerdp /u:joe /p:{SAMPLE} /v:h",),
        counterexamples=("http://h/p:1",),
    ),
    form(
        "secret in a command",
        "net us",
        r"(\bnet\s+user?\s+(?:[a-z]:\s+)?(?!/)\S{1,200}\s+)(?![/*])[^\s]{1,400}",
        r"\1REDACTED",
        examples=(
            f"net user joe {SAMPLE} /add",
            f"net use \\\\h\\s {SAMPLE} /user:joe",
            f"net use z: \\\\h\\s {SAMPLE} /user:joe",
        ),
        counterexamples=("net user joe /add", "net use x: *"),
    ),
    form(
        "secret in a command",
        "net us",
        r"(\bnet\s+use\s[^\n|;]{0,200}?/user:\S{1,100}[ \t]+)(?![/*])[^\s]{1,400}",
        r"\1REDACTED",
        examples=(f"net use z: \\\\h\\s /user:joe {SAMPLE}",),
        counterexamples=("net use z: /user:joe *",),
    ),
    form(
        "secret in a command",
        "htpasswd|vault|from-literal|convertto-securestring|<<<",
        r"(\bhtpasswd\s+-\w*b\w*\s+\S{1,200}\s+\S{1,100}\s+)\S{1,400}"
        r"|(\bvault\s+login\s+(?:-\S+\s+){0,9})(?!-)\S{1,400}"
        r"|(\bvault\s+(?:kv\s+put|write)\s+\S{1,200}\s+[\w-]{1,60}=)\S{1,400}"
        r"|(--from-literal[=\s][\w.-]{1,100}=)\S{1,400}"
        rf"|(\bConvertTo-SecureString\s+(?:-String\s+)?){_WORD}"
        rf"|(\b(?:kinit|cryptsetup|chpasswd|passwd|sudo)\b[^\n|;]{{0,100}}<<<\s{{0,3}}){_WORD}",
        r"\1\2\3\4\5\6REDACTED",
        examples=(
            f"htpasswd -b f joe {SAMPLE}",
            f"vault login {SAMPLE}",
            f"vault kv put secret/x value={SAMPLE}",
            f"kubectl create secret generic x --from-literal=a={SAMPLE}",
            f"ConvertTo-SecureString '{SAMPLE}' -AsPlainText",
            f'chpasswd <<< "root:{SAMPLE}"',
        ),
        counterexamples=("htpasswd -c f joe", "vault login"),
    ),
    form(
        "secret in a command",
        "chpasswd|passwd|sudo|password-stdin",
        r"(\b(?:echo|printf)\s+(?:-\w+\s+)?)(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s|]{1,400})"
        r"(?=\s{0,9}\|\s{0,9}(?:sudo\s+)?(?:chpasswd|passwd|sudo\s+-S|[^\n|]{1,100}password-stdin))",
        r"\1REDACTED",
        examples=(f'echo "root:{SAMPLE}" | chpasswd', f"echo {SAMPLE} | sudo -S reboot"),
        counterexamples=("echo done | sudo tee x",),
    ),
    form(
        "secret in a statement",
        "identified|values",
        r"(\bIDENTIFIED\s+(?:WITH\s+\S{1,60}\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?)(?:'[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|(?=[^\s;]{0,200}\d)[^\s;]{6,400})"
        r"|(\bINSERT\s+INTO\s[^\n;]{0,200}?(?:passw|secret|token)[^\n;]{0,200}?\bVALUES\s{0,9}\()[^\n;]{1,2000}(?=\))",
        r"\1\2REDACTED",
        examples=(
            f"CREATE USER joe IDENTIFIED BY '{SAMPLE}';",
            "INSERT INTO users (name, password) VALUES ('joe', '%s')" % SAMPLE,  # noqa: S608, UP031
        ),
        counterexamples=("identified by its id", "INSERT INTO a (b) VALUES (1)"),
    ),
    form(
        "secret in a directive",
        "com2sec|community|-server key|isakmp key|requirepass|masterauth|rootpw|password|auth "
        "|secret ",
        r"(\b(?:r[ow]community6?|snmp-server\s+community|com2sec6?\s+\S{1,60}\s+\S{1,60})\s+)"
        r"[^\s]{1,400}"
        r"|(\b(?:tacacs|radius)-server\s+key\s+(?:\d\s+)?|\bisakmp\s+key\s+(?:\d\s+)?)[^\s]{1,400}"
        r"|(?<![\w-])((?:requirepass|masterauth|rootpw|bindpw|AUTH(?:\s+\w{1,30})?)"
        r"(?:\s+--\w+){0,3}\s+)(?=\S{0,200}\d)[^\s]{6,400}"
        r"|(\bpasswd/\S{1,60}\s+(?:password|string)\s+)[^\s]{1,400}",
        r"\1\2\3\4REDACTED",
        examples=(
            f"snmp-server community {SAMPLE} RO",
            f"com2sec all default {SAMPLE}",
            f"tacacs-server key {SAMPLE}",
            f"requirepass {SAMPLE}",
            f"d-i passwd/root-password password {SAMPLE}",
        ),
        counterexamples=("community images", "requirepass yes"),
    ),
    form(
        "secret in a file of secrets",
        "psk|eap|xauth|\" *|' *",
        r"(:\s{0,3}(?:PSK|EAP|XAUTH|RSA|NTLM)\s+)[\"'][^\"'\n]{1,400}[\"']"
        r"|((?<![\w\"'=])[\"'][^\"'\s]{1,100}[\"']\s+\*\s+)[\"'][^\"'\n]{1,400}[\"']",
        r"\1\2REDACTED",
        examples=(f': PSK "{SAMPLE}"', f'"joe" * "{SAMPLE}" *'),
        counterexamples=("a: EAP x", "psk"),
    ),
    form(  # .pgpass: host:port:database:user:password
        "secret in a file of secrets",
        ":*:|:5432:|:5433:|:6432:",
        r"((?<![\w.:*-])[\w.*-]{1,100}:(?:\d{4}|\*):[\w.*-]{1,64}:[\w.*-]{1,64}:)"
        r"(?!REDACTED)(?=[^\s:]{0,200}\d)(?=[^\s:]{0,200}[a-z])[^\s:\x7f-\xff]{8,200}(?=[^!-~]|\Z)",
        r"\1REDACTED",
        examples=(f"db.example:5432:*:joe:{SAMPLE}",),
        counterexamples=("fe80:1234:ab:cd:ef01", "root:x:0:0:root:/root:/bin/bash"),
    ),
)
