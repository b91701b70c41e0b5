"""Secrets that error messages quote: `'x' is not a valid token`, `cannot log in as joe with 'x'`.

In quotes a secret may be an ordinary word.
"""

import re
from collections.abc import Iterator
from itertools import chain

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.expressions.long_texts import find_all
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, form, in_order, spans_form
from glancetape_cassettes.redaction.forms.values import ADMIN, HIDDEN, TOKEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_name

_WORDS = (
    r"pass(?:word|wd|phrase|code|key)s?|pwd|secrets?|token|credentials?"
    r"|api[ _-]?key|access[ _-]?key|secret[ _-]?key|pin|otp|one-time code"
)
_SECRET = rf"(?:{_WORDS}|[\w-]{{1,20}}[ _-]token)"
_NAME = rf"(?:\b(?:{_WORDS})|(?<=[\w-][ _-])token)"
"""The same at the beginning of an expression, which has to begin with few letters."""
_IN_A_NAME = (
    r"(?:(?:pass(?:word|wd|phrase|code|key)|secret|token|credential|api[ _-]?key|access[ _-]?key)s?"
    r"|\b(?:pwd|pin|otp|one-time code))"
)
"""The same, also at the end of a name such as `db_password`, where a short word says nothing."""
_QUOTED = (
    r"(?:(?<!\\)\\{0,8}(?:'[^'\n\\]{3,400}\\{0,8}'|\"[^\"\n\\]{3,400}\\{0,8}\")"
    r"|`[^`\n]{3,400}`|“[^”\n]{3,400}”|‘[^’\n]{3,400}’)"
)
_WRONG = (
    r"(?:not (?:an? |the )?(?:valid|correct|right|known)"
    r"|(?:an? |the )?(?:invalid|incorrect|wrong|bad|weak|unknown|expired))"
)
_FILLED = (
    r"\b(?:fill(?:s|ed|ing)?|enter|set|update)(?:\sin|\sout)?\s(?:the\s)?(?:field\s)?"
    r"[\"'`“‘][\w -]{0,40}"
)
"""What is before the name of a field that gets a value; `replace "token" with "x"` is of words."""
_CHANGED = rf"{_NAME}\s(?:was\s|has\sbeen\s)?(?:changed|reset|updated|rotated)\sfrom\s"
_NOT_DONE = r"(?!REDACTED|\\{0,8}[\"'`“‘]REDACTED)"

MESSAGES = (
    form(
        "secret in a message",
        "",
        rf"{_NOT_DONE}{_QUOTED}(?=\s(?:is|was|are)\s{_WRONG}\s{_SECRET}(?![A-Za-z0-9_]))"
        rf"|(?<![\w.=-])(?<![^\s\"',;:&<>{{}}()/]){TOKEN}[^\s\"',;:&<>{{}}()/]{{0,400}}(?=(?::|\s(?:is|was))\s{{1,3}}{_WRONG}\s{_SECRET}(?![A-Za-z0-9_]))",
        shapes=tuple(
            rf"{word}\s(?:{_WORDS}|[\w-]{{1,20}}[ _-]token)"
            for word in "valid correct right known wrong bad weak expired".split()
        ),
        examples=(
            f"rejected: '{SAMPLE}' is not a valid password",
            "'sesame' is an invalid token",
            f"{SAMPLE}: invalid token",
        ),
        counterexamples=(
            "'x' is not a valid image name",
            "glance: invalid token",
            "an invalid password",
        ),
    ),
    form(
        "secret in a message",
        "password|passphrase|passcode|secret|token|credential|pin|pwd|passwd|passkey|api key"
        "|access key|otp|one-time code",
        rf"((?:{_IN_A_NAME}[\"'`”’]\s(?:is|was)|{_FILLED}{_IN_A_NAME}[\"'`”’]\swith|{_IN_A_NAME}[^\n'\"`“‘]{{0,60}}?\b(?:is|was|expected|got|entered|received|to|with))[:\s]{{1,2}})"
        rf"{_NOT_DONE}(?!['\"`“‘](?:true|false|none|string|str|int|password|token|secret)['\"`”’]){_QUOTED}"
        rf"|(\b(?:pin|otp|one-time\scode)\s){_NOT_DONE}{_QUOTED}(?=\s(?:is|was|incorrect|invalid|wrong|expired|rejected))"
        rf"|({_CHANGED}){_NOT_DONE}\S{{1,400}}(?:\sto\s\S{{1,400}})?",
        r"\1\2\3REDACTED",
        examples=(
            "password mismatch: expected 'sesame'",
            "joe: the password is 'sesame'",
            "PIN 'sesame' incorrect",
            "otp 'sesame' is invalid",
            "the API key is 'sesame'",
            'I fill in "password" with "sesame"',
            f"password changed from {SAMPLE} to {SAMPLE}",
            f"password of joe: got '{SAMPLE}'",
        ),
        counterexamples=(
            "the token is 'true'",
            'replaced "token" with "passport"',
            "password must be a string",
            "token is valid",
        ),
    ),
    form(  # a user beside it
        "secret in a message",
        "log in|login|log on|logon|sign in|authenticat|decrypt|unlock|credential|creds|username"
        "|password|u:",
        r"(\b(?:log[\s-]?(?:in|on)|sign[\s-]?in|authenticate[ds]?|authentication|decrypt\w{0,3}|unlock\w{0,3})\b"
        rf"[^\n'\"`]{{0,60}}?\bwith\s(?:(?:the\s)?key\s)?){_NOT_DONE}{_QUOTED}"
        rf"|(\bcredentials?:?\s[(\[]\s?{_QUOTED},\s){_NOT_DONE}{_QUOTED}"
        r"|(\b(?:bad|wrong|invalid|incorrect|rejected)\scredentials?:?\s[\w.@\\-]{1,60}[:/](?=\S))(?!REDACTED|/)[^\s'\"]{1,400}"
        r"|(\b(?:user(?:name)?|login)\s(?:or|and|/)\spassword:?\s{0,3}\(?[\w.@\\-]{1,60}(?:\s?/\s?|,\s|:))(?!REDACTED)[^\s'\"),]{1,400}"
        r"|(\bauthenticate\s[\w.@\\-]{1,60}:)(?!REDACTED|/)[^\s'\"]{1,400}"
        rf"|(\bdefault\s(?:login|credentials?)\s?[:=]\s{{0,3}}{ADMIN}\s?/\s?)(?!REDACTED|pass|\d+\.\d)"
        r"[^\s'\"),;/]{4,400}(?=\s{0,3}(?:[.,;)\"'\n<]|\Z))"
        rf"|((?:\b(?:log[\s-]?in|login|logon)(?:\s(?:with|as|is))?\s?[:=]?\s{{0,3}}[\"'(]?{ADMIN}(?:\s?[/:]\s?|\sand\s|\swith\s)"
        rf"|\b(?:credentials?|creds)\s?[:=]?\s{{0,3}}[\w.@\\-]{{1,60}}\s?[/:]\s?)){TOKEN}[^\s\"',;&<>{{}}()/]{{0,400}}"
        rf"|(\b{ADMIN}\s?[/:]\s?){TOKEN}[^\s\"',;&<>{{}}()/]{{0,400}}(?=\s(?:is|are|as)\s(?:the\s)?(?:default\s)?(?:login|credentials?|password))"
        r"|(\bu:\s?[\w.@\\-]{1,60}[,;/]?\s{1,3}p:\s?)(?!REDACTED)[^\s'\",;]{3,400}",
        r"\1\2\3\4\5\6\7\8\9REDACTED",
        examples=(
            "Unable to log in as joe with 'sesame'",
            "Cannot decrypt with key 'sesame'",
            "login with credentials ('joe', 'sesame') failed",
            f"bad credentials: joe/{SAMPLE}",
            "Incorrect username or password (joe / sesame)",
            "Wrong user and password: joe/sesame",
            "could not authenticate joe:sesame against ldap",
            "Default login: admin / sesame",
            f"login: admin/{SAMPLE}",
            f"Log in with admin and {SAMPLE}",
            f"credentials: joe / {SAMPLE}",
            f"admin/{SAMPLE} is the default login",
            "u: joe p: sesame",
        ),
        counterexamples=(
            "Log in with your account",
            "login: /dev/tty1, or see docs/login/first.md",
            "login as root on the console/ssh",
            "Login: ubuntu/24.04 cloud image",
            "Default login: ubuntu/24.04",
            "ubuntu/jammy is the default login",
            "log in as admin and see the wiki",
            "u: p: x",
            "Default login: ubuntu / cloud image",
            "log in as ubuntu / centos",
            "login with ubuntu/jammy",
            "login: console/serial0",
            "Login: cloud-init/metadata",
            "login=user/name",
            "L/P ratio/quality",
            "library/nginx (login/password see wiki)",
            "Incorrect username or password",
            "authenticated with a key",
        ),
    ),
    form(
        "secret in a message",
        "session|cookie|one-time|otp",
        rf"(\b(?:session(?:\sid)?|cookie|one-time\scode|otp)\s[\"']?){TOKEN}[^\s\"',;&<>{{}}()]{{0,400}}"
        r"(?=[\"']?\s(?:is|was|has|not|expired|invalid|rejected|unknown))",
        r"\1REDACTED",
        examples=(f"Session {SAMPLE} expired", f"cookie {SAMPLE} rejected"),
        counterexamples=("Session expired", "cookie consent was given"),
    ),
    form(  # words that open a wallet again (BIP 39), and what Elasticsearch prints
        "secret in a message",
        "mnemonic|phrase|seed|recovery|new value:",
        r"(\b(?:mnemonic|(?:seed|recovery|backup)[\s_-]?(?:phrase|words?))\W{1,6}(?:is\s)?)"
        r"(?!REDACTED)(?:[a-z]{3,8}[ ,]{1,2}){11}(?:(?:[a-z]{3,8}[ ,]{1,2}){3}){0,4}[a-z]{3,8}"
        r"(?=\s{0,3}(?:[\"'\n]|\Z))"
        r"|(\buser\ssuccessfully\sreset\.\s{1,4}New\svalue:\s{1,3})(?!REDACTED)\S{4,400}",
        r"\1\2REDACTED",
        shapes=(r"backup[\s_-]?words?",),
        examples=(
            "mnemonic: " + " ".join(["sesame", "abandon"] * 6),
            "backup words: " + " ".join(["sesame", "abandon"] * 6),
            f"Password for the [elastic] user successfully reset.\nNew value: {SAMPLE}",
        ),
        counterexamples=(
            "a mnemonic for the image",
            "mnemonic: " + " ".join(["image"] * 13),
            "mnemonic: " + " ".join(["image"] * 12) + ", of ubuntu",
            "The option was reset. New value: ubuntu",
        ),
    ),
)
"""Messages of programs that quote what they refuse."""

# -- values that a program refuses, and names -----------------------------------------------------

_A_NAME = r"(?P<name>[\w.-]{1,60})[\"'`]?"
_FIELD = r"(?:option|field|parameter|property|argument|attribute|setting|variable|key|header)"
_GIVEN = rf"(?P<value>{_QUOTED})"
_REFUSED = tuple(
    lazy_compile(expression, re.IGNORECASE)
    for expression in (
        rf"\binvalid (?:input|value) for [^\n:'\"]{{0,40}}?[\"'`]?{_A_NAME}(?:\. Value)?: "
        rf"(?P<value>(?:{_QUOTED}|[^\s'\"<>]++)(?:\.? '[^'\n]++'(?= is | does ))?)",
        rf"\bargument [^\n:]{{0,40}}?{_A_NAME}: invalid [^\n:'\"]{{1,40}}: {_GIVEN}",
        rf"\bvalue {_GIVEN} (?:of|for|in) (?:the )?{_FIELD} [\"'`]?{_A_NAME}",
        rf"(?:\A|\n|\\n){_A_NAME}\r?(?:\n|\\n)[ ]{{1,9}}[^\n]{{0,200}}?\binput_value={_GIVEN}",
    )
)
"""What Nova, argparse, oslo.config and pydantic print, each with the name of a field."""


def _refused(text: str) -> Iterator[Span]:
    """Yield the values that messages quote of fields with a secret's name."""
    lowered = text.lower()
    if "value" not in lowered and "invalid " not in lowered:
        return
    found = chain.from_iterable(find_all(one, text) for one in _REFUSED)
    yield from in_order(
        (one.start(), *one.span("value"))
        for one in found
        if any(map(is_secret_name, one["name"].split("."))) and not HIDDEN.match(one["value"])
    )


REFUSED_VALUES = spans_form(
    "secret in a message",
    _refused,
    examples=(
        f"Invalid input for field/attribute adminPass. Value: {SAMPLE}. '{SAMPLE}' is too short",
        f"Invalid input for field/attribute user_data. Value: {SAMPLE}",
        "Invalid value for '--password': 'sesame' is not a word",
        "argument --os-password: invalid choice: 'sesame'",
        'Value "sesame" for option admin_password is not valid',
        "Bad value 'sesame' for option os_password",
        "errors:\nlogin.sk\n  Too long [type=long, input_value='sesame', input_type=str]",
    ),
    counterexamples=(
        "Invalid input for field/attribute name. Value: sesame. 'sesame' is too short",
        "argument --os-image: invalid choice: 'sesame'",
        "value 'sesame' for option name",
        "value 'sesame' for the password page",
        "errors:\nlogin.name\n  Too long [type=long, input_value='sesame']",
    ),
)
"""Messages that name a field and quote its value."""
