"""Finding secrets in free text by their form, also percent-encoded and in base64.

curl --os-password abc http://joe:hunter2@glance/
curl --os-password REDACTED http://glance/

`FORMS` is the table. Each row has the words without which a text needs no search, and texts for
and against it, which the tests read.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.secret_names import (
    LAST_PARTS,
    SHORT_WORDS,
    TEXT_TRIGGERS,
    is_secret_name,
)

_ODD = (
    r"(?:[a-z0-9+/]{4})+(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)(?![\w=\"'])"
    r"|(?=(?-i:(?:[A-Z]*[a-z]+[A-Z]){4}))[a-z+/]{16,}"
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of secrets: its name, the expression that finds it, and what replaces it."""

    kind: str
    triggers: tuple[str, ...]
    """A lower-cased text without any of these has no secret of this form."""
    regex: re.Pattern[str]
    replacement: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]

    def replaced(self, text: str) -> str:
        """Return text with each secret of this form replaced."""
        return self.regex.sub(self.replacement, text)

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield where each secret of this form is in a text, and what it is."""
        for match in self.regex.finditer(text):
            yield match.start(), match[match.lastindex or 0]


def _form(
    kind: str,
    triggers: str,
    regex: str,
    replacement: str = PLACEHOLDER,
    *,
    examples: tuple[str, ...],
    counterexamples: tuple[str, ...] = (),
) -> Form:
    compiled = re.compile(regex, re.IGNORECASE | re.DOTALL)
    return Form(kind, tuple(triggers.split("|")), compiled, replacement, examples, counterexamples)


_SAMPLE = "Zq7WkR3xVb9TnM5pLc2H"

FORMS = (
    _form(
        "user-info in a URL",
        "@",
        r"(\b[a-z][a-z0-9+.-]{0,30}://)[^\s/\"'<>@]{1,1024}(?:/[^\s\"'<>@]{0,256})?@(?=[\w.\[-])",
        r"\1",
        examples=(f"see http://joe:{_SAMPLE}@h/x", f"redis://:{_SAMPLE}@h:1/0"),
        counterexamples=("http://h/ joe@example.com", "joe@example.com"),
    ),
    _form(
        "connection string",
        "@",
        r"(\bjdbc:[a-z:]{1,40}:)[^\s/@]{1,256}/[^\s@]{1,256}@"
        r"|(\b)[\w.-]{1,64}:[^\s@/]{1,256}@(?=(?:tcp|udp|unix)\()",
        r"\1",
        examples=(f"jdbc:oracle:thin:joe/{_SAMPLE}@h:1521:x", f"joe:{_SAMPLE}@tcp(h:3306)/db"),
        counterexamples=("jdbc:mysql://h/db", "tag:v1@sha256"),
    ),
    _form(
        "private key",
        "private key",
        r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}.*?"
        r"(?:-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}|\Z)",
        examples=(
            f"-----BEGIN PRIVATE KEY-----\n{_SAMPLE}\n-----END PRIVATE KEY-----",
            f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{_SAMPLE}\n-----END",
            f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{_SAMPLE}",
        ),
        counterexamples=("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----",),
    ),
    _form(
        "private key",
        "putty-user-key-file",
        r"PuTTY-User-Key-File-\d.*?(?:Private-MAC:[^\r\n]*|\Z)",
        examples=(f"PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\n{_SAMPLE}",),
    ),
    # request signing of Huawei, AWS and OpenStack's S3
    _form(
        "signature",
        "-hmac-sha",
        r"\b[A-Z0-9]{2,8}-HMAC-SHA\d+\b(?:[\s,;]*[A-Za-z-]+=[^\s,]+)+",
        examples=(f"SDK-HMAC-SHA256 Access=A, SignedHeaders=a;b, Signature={_SAMPLE}",),
        counterexamples=("algorithm SDK-HMAC-SHA256",),
    ),
    _form(
        "JSON web token",
        "eyj",
        r"\beyJ[a-z0-9_-]{8,}\.[a-z0-9_-]*(?:\.[a-z0-9_-]*)?",
        examples=(f"eyJhbGciOiJI.{_SAMPLE}.{_SAMPLE}",),
        counterexamples=("eyJ.txt",),
    ),
    _form(
        "Fernet token",
        "gaaaa",
        r"\bgAAAA[a-z0-9_=-]{16,}",
        examples=(f"gAAAAAB{_SAMPLE}",),
        counterexamples=("gaaaa!",),
    ),
    _form(
        "PKI token",
        "mii",
        r"\bMII[a-z0-9+/_-]{60,}=*",
        examples=("MII" + _SAMPLE * 4,),
        counterexamples=("MIIx",),
    ),
    _form(
        "access key",
        "akia|asia|aroa|ltai|agpa",
        r"\b(?-i:(?:AKIA|ASIA|AROA|AGPA)[A-Z0-9]{16}|LTAI[A-Za-z0-9]{12,26})\b",
        examples=("AKIAIOSFODNN7EXAMPLE", "LTAI5tZq7WkR3xVb9T"),
        counterexamples=("ASIA-PACIFIC", "Asia"),
    ),
    _form(
        "token of a provider",
        "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_|glpat-|gldt-|glptt-|glrt-|xox|xapp-|sk_live_|rk_live_"
        "|sk_test_|whsec_|aiza|ya29.|npm_|pypi-|sg.|dop_v1_|hvs.|hf_|sk-|shpat_|dckr_pat_|atatt3"
        "|age-secret-key-|hooks.slack.com|discord",
        r"(?<![A-Za-z0-9])(?-i:gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}"
        r"|gl(?:pat|dt|ptt|rt)-[\w-]{16,}|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}"
        r"|[sr]k_(?:live|test)_\w{10,}|whsec_\w{16,}|AIza[\w-]{30,}|ya29\.[\w.-]{20,}"
        r"|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{16,}"
        r"|hvs\.[\w-]{20,}|hf_[A-Za-z0-9]{20,}|sk-(?=[\w-]*\d)[\w-]{20,}|shpat_\w{16,}"
        r"|dckr_pat_[\w-]{16,}|ATATT3[\w=-]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}"
        r"|hooks\.slack\.com/services/[\w/]{16,}"
        r"|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{16,})",
        examples=(
            *(
                f"{prefix}{_SAMPLE}{_SAMPLE}"
                for prefix in (
                    "ghp_",
                    "github_pat_",
                    "glpat-",
                    "xoxb-",
                    "sk_live_",
                    "AIza",
                    "ya29.",
                    "npm_",
                    "hvs.",
                    "sk-",
                    "sk-proj-",
                    "shpat_",
                    "dckr_pat_",
                    "https://hooks.slack.com/services/",
                )
            ),
            f"SG.{_SAMPLE}.{_SAMPLE}",
        ),
        counterexamples=("npm_config", "sk-learn-with-a-long-name", "msg.example.com", "hf_model"),
    ),
    _form(
        "password hash",
        "$|{ss",
        r"\$(?:1|5|6|7|y|2[abxy]|argon2\w{1,2}|apr1)\$[^\s\"']{20,}|\{SSHA\d{0,3}\}[a-z0-9+/=]{16,}",
        examples=(f"root:$6$saltsalt${_SAMPLE}{_SAMPLE}", f"{{SSHA}}{_SAMPLE}{_SAMPLE}"),
        counterexamples=("costs $1$ or $2", "{ssha}"),
    ),
    _form(
        "HTTP credentials",
        "bearer|basic|digest|negotiate",
        r"(\b[\w-]{0,40}auth(?:orization)?[\"']?\s{0,9}[=:]\s{0,9}[\"']?"
        r"(?:bearer|basic|digest|negotiate))\s+(?!realm=)[a-z0-9._~+/=-]{8,}",
        rf"\1 {PLACEHOLDER}",
        examples=("auth='Basic dXNlcnB3' x",),
        counterexamples=('auth: Basic realm="glance"',),
    ),
    # Without that name only what is not a word: with digits, base64 padding, or random case.
    _form(
        "HTTP credentials",
        "bearer|digest|negotiate",
        rf"\b(bearer|digest|negotiate)\s+(?:(?=[a-z._~+/=-]*\d)[a-z0-9._~+/=-]{{16,}}|{_ODD})",
        rf"\1 {PLACEHOLDER}",
        examples=(f"Bearer {_SAMPLE}", "Bearer abcDefGHijKlmNopQrs"),
        counterexamples=("See the digest algorithm.",),
    ),
    _form(
        "HTTP credentials",
        "basic",
        rf"\b(basic)\s+(?:(?=[a-z+/]*\d)[a-z0-9+/]{{16,}}=*|{_ODD})",
        rf"\1 {PLACEHOLDER}",
        examples=("basic dTpwYXNzd28=",),
        counterexamples=("basic WindowsServerDatacenterEdition", "Basic Windows2019 image"),
    ),
)

# -- name=value, name: value, "name": "value", --name value, <name>value</name> ------------------

# A value in quotes may have Python's prefix, and escaped quotes in it.
_QUOTED = (
    r"[bru]{0,2}(?:\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)"
    r"|\"[^\"\\]*+(?:\\.[^\"\\]*+)*+(?:\"|\\?\Z)|'[^'\\]*+(?:\\.[^'\\]*+)*+(?:'|\\?\Z)"
    r"|(\\+[\"'])(?:(?!\2).)*+(?:\2|\Z)|&quot;.*?(?:&quot;|\Z)|&#3[49];.*?(?:&#3[49];|\Z))"
)
# Other values end at a blank; punctuation at their end belongs to the text.
_PLAIN = r"[^\s&<>;\"'](?:[^\s&<>;]*[^\s&<>;,\"'}\])])?"
_VALUE = re.compile(rf"({_QUOTED}|{_PLAIN})", re.IGNORECASE | re.DOTALL)
_LIKE_A_TOKEN = re.compile(r"(?=[^\s\"',;&<>{}\d]{0,200}\d)(?=[^\s\"',;&<>{}]{8})")
_HIDDEN = re.compile(
    r"[bru]{0,2}\\*[\"']?(?:(?:bearer|basic|digest|negotiate)\s+)?"
    rf"(?:{PLACEHOLDER}|standin-|(?:true|false|null|none)(?![\w-]))",
    re.IGNORECASE,
)
_QUOTE = r"(?:\\*[\"']|&quot;|&#3[49];)"
_NAMED = re.compile(
    # a part of a form, and <x name="name" value="value">
    rf"\bname={_QUOTE}?(?P<part>[\w.-]++){_QUOTE}?[^\r\n<>]{{0,400}}(?:\r?\n[^\r\n]{{1,400}}){{0,9}}\r?\n\r?\n"
    rf"|\bname={_QUOTE}?(?P<field>[\w.-]++){_QUOTE}?[^<>]{{0,400}}?\svalue="
    rf"|(?<![\w.-])(?P<name>[\w.-]++){_QUOTE}?\s{{0,9}}(?P<sign>=>?|:)\s{{0,9}}"
    r"|(?<![\w-])-[-]?(?P<option>\w[\w-]*+)(?P<blank>\s{1,9})(?!-)"
    r"|(?<![\w-])(?P<header>\w+-[\w-]*\w)\s{1,9}"
    # <name>value</name>
    r"|<(?:[\w-]{1,40}:)?(?P<tag>[\w.-]++)(?:\s[^<>]{0,400})?(?<!/)>",
    re.IGNORECASE,
)
_TO_THE_BOUNDARY = re.compile(r"(.*?)(?=\r?\n--|\Z)", re.DOTALL)
_WORD_BEFORE = re.compile(r"(\w{1,40})[ \t]\Z")
_ESCAPED = re.compile(r"&(?:lt|quot|#\w{1,9});", re.IGNORECASE).search
# A name is before `=`, `:` or in `<>`, or is a word with a dash before a blank. Each word is tried
# from its beginning only: trying from each dash takes a minute for "a-a-a-..." of 150,000 letters.
_MAY_NAME = re.compile(r"[=:<]|(?<!\S)[^\s-]*+-\S*+\s").search


_QUOTES = ("'", '"', "\\", "&")
_VALUES = {"option": _VALUE, "part": _TO_THE_BOUNDARY, "field": _VALUE}


def _value_of(found: re.Match[str], text: str) -> re.Pattern[str] | None:
    """Return what matches the value under a name in text; None under a harmless name."""
    if found["name"]:
        return _VALUE if _is_certain(found, text) else None
    if header := found["header"]:  # `X-Auth-Token abc12345`, but not `one-time-password login`
        is_value = is_secret_name(header) and _LIKE_A_TOKEN.match(text, found.end())
        return _VALUE if is_value else None
    if tag := found["tag"]:
        return _to_the_end_of(tag.lower()) if is_secret_name(tag) else None
    kind = next(kind for kind in _VALUES if found[kind])
    return _VALUES[kind] if is_secret_name(found[kind]) else None


@lru_cache(maxsize=64)
def _to_the_end_of(tag: str) -> re.Pattern[str]:
    """Return what matches everything in an element of XML, other elements too."""
    end = rf"</(?:[\w-]{{1,40}}:)?{re.escape(tag)}\b"
    return re.compile(rf"\s*(.*?)\s*(?={end}|\Z)", re.DOTALL | re.IGNORECASE)


def _is_certain(found: re.Match[str], text: str) -> bool:
    """Whether the name before `=` or `:` is a secret's, together with the word before it."""
    name = found["name"]
    if not is_secret_name(name):
        before = _WORD_BEFORE.search(text[max(0, found.start() - 41) : found.start()])
        is_last = before and name.lower() in LAST_PARTS
        return bool(is_last and before and is_secret_name(f"{before[1]} {name}"))
    # A short word needs `=` or quotes: "pin: see below" is a sentence.
    return (
        found["sign"] != ":"
        or text[found.end("name")] in _QUOTES
        or text[found.end() : found.end() + 1] in _QUOTES
        or any(map(name.lower().__contains__, TEXT_TRIGGERS))
        or _LIKE_A_TOKEN.match(text, found.end()) is not None
    )


def _named_secrets(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where each secret's name begins, and where its value begins and ends."""
    position = 0
    while found := _NAMED.search(text, position):
        # The value of a harmless name may hold another name: `tag=password=abc`.
        kind = found.lastgroup or "name"
        position = found.end(kind if kind not in ("sign", "blank") else 0)
        if (value := _value_of(found, text)) is None:
            continue
        matched = value.match(text, found.end())
        if matched and matched[1].strip() and not _HIDDEN.match(matched[1]):
            yield found.start(), *matched.span(1)
            position = matched.end()


class _NamedForm(Form):
    """Secrets in text that follow a name of the table."""

    __slots__ = ()

    def replaced(self, text: str) -> str:
        parts, position = [], 0
        for _, start, end in _named_secrets(text):
            parts += [text[position:start], PLACEHOLDER]
            position = end
        return "".join([*parts, text[position:]]) if parts else text

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        return ((name, text[start:end]) for name, start, end in _named_secrets(text))


NAMED = _NamedForm(
    "named secret",
    TEXT_TRIGGERS,
    _NAMED,
    "",
    (
        f"password=ab,{_SAMPLE}",
        f'password="a\\"{_SAMPLE}" x',
        f"{{u'password': u'{_SAMPLE}'}}",
        f"see http://h/x?sig={_SAMPLE} there",
        f"<http://h/x?temp_url_sig={_SAMPLE}>; rel=next",
        f"Server=db;User Id=sa;Pwd={_SAMPLE};AccountKey={_SAMPLE}",
        f"postgres user=joe password='{_SAMPLE}'",
        f"Account Key: {_SAMPLE}",
        f"<a><adminPass>{_SAMPLE}</adminPass></a>",
        f"<x:credentials a='b'>\n <key>{_SAMPLE}</key>\n</x:credentials>",
        f'<input type="hidden" name="token" value="{_SAMPLE}"/>',
        f'form-data; name="password"\r\n\r\n{_SAMPLE}\r\n--x--',
        f"curl --os-password {_SAMPLE} x",
        f"X-Auth-Token {_SAMPLE}",
        f"psk={_SAMPLE}",
        f'{{"sk": "{_SAMPLE}",}}',
        f'{{\\"sk\\": \\"{_SAMPLE}\\"}}',
    ),
    (
        "compass=north, bypass: yes",
        "Password policy: complex",
        "one-time-password login, non-token ring driver",
        "token ring driver",
        "auth: see below",
        "<token/><password></password>",
        "password=true",
        "disk=1, risk: 2",
    ),
)
ALL_FORMS = (*FORMS, NAMED)
_TRIGGERS = tuple(dict.fromkeys(one for form in FORMS for one in form.triggers))

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\Z")
_HEX = re.compile(r"[0-9a-fA-F-]+\Z")
_TEXT = re.compile(r"[\t\r\n -~\xa0-\uffff]{8,}\Z")
_MOST_CACHED = 256
_LEAST_ENCODED = 16
"""Shorter base64 is not decoded: too much ordinary text has its form."""


def scrub(text: str) -> str:
    """Return text with every secret replaced; text without one comes back unchanged."""
    return _scrub_cached(text) if len(text) <= _MOST_CACHED else _scrub(text)


def _scrub(text: str) -> str:
    folded = text.lower() if text.isascii() else text.casefold()
    if any(map(folded.__contains__, _TRIGGERS)):
        for form in FORMS:
            if any(map(folded.__contains__, form.triggers)):
                text = form.replaced(text)
    if _MAY_NAME(text) and (
        any(map(folded.__contains__, TEXT_TRIGGERS)) or SHORT_WORDS.search(folded)
    ):
        text = NAMED.replaced(text)
    if "%" in text and (plain := unquote(text)) != text and scrub(plain) != plain:
        return scrub(plain)
    if _ESCAPED(text) and (plain := html.unescape(text)) != text and scrub(plain) != plain:
        return scrub(plain)
    return _scrub_base64(text)


_scrub_cached = lru_cache(maxsize=8192)(_scrub)  # pages repeat most of their values


_READABLE = re.compile(rb"[\t\r\n -~]{8,}")
_READABLE_WIDE = re.compile(rb"(?:[\t\r\n -~]\x00){8,}")
_MOST_WHOLE = 256 * 1024


def scrub_binary(body: bytes) -> bytes:
    """Return binary data with every secret replaced.

    Data over 256 KiB is searched in its readable parts only, as `strings` shows them.
    """
    body = _READABLE_WIDE.sub(_scrub_wide, body)
    if len(body) <= _MOST_WHOLE:
        return scrub(body.decode("latin-1")).encode("latin-1", "replace")
    return _READABLE.sub(lambda part: scrub(part[0].decode()).encode(), body)


def _scrub_wide(part: re.Match[bytes]) -> bytes:
    """Return a part with two bytes a character, as Windows writes it, without its secrets."""
    return scrub(part[0].decode("utf-16-le")).encode("utf-16-le")


def _scrub_base64(text: str) -> str:
    """Return a placeholder for text that is, as a whole, the base64 of text with a secret."""
    decoded = decode_base64(text)
    return PLACEHOLDER if decoded is not None and scrub(decoded) != decoded else text


def decode_base64(text: str) -> str | None:
    """Return the text that a whole string is the base64 of, also in lines; None for other text."""
    if "\n" in text or "\r" in text:
        text = "".join(text.split())
    if len(text) < _LEAST_ENCODED or not _BASE64.match(text) or _HEX.match(text):
        return None
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        decoded = base64.b64decode(padded, altchars=b"-_" if set(text) & {"-", "_"} else None)
        plain = decoded.decode()
    except (binascii.Error, ValueError):
        return None
    return plain if _TEXT.match(plain) else None
