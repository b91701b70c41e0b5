"""Secrets in text that follow a name of the table, in whatever way a program writes names.

password=x   "sk": "x"   metadata[password] := 'x'   --os-password x   setPassword("x")
password: |            machine h login joe password x9rT41sa      Password for joe is x9rT41sa
  all of this
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.expressions.long_texts import LEAST_LONG, find_all, is_in
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, in_order, spans_form
from glancetape_cassettes.redaction.forms.values import (
    ADMIN,
    LIKE_A_NAME,
    QUOTE_IN_HTML,
    QUOTED,
    TOKEN,
    block_at,
    is_name_of_a_secret,
    rest_of_line,
    skip_tags,
    value_at,
)
from glancetape_cassettes.redaction.names.secret_names import (
    OF_THREE_WORDS,
    WORDS_OF_OTHER_LANGUAGES,
    is_last_part,
    is_secret_as_a_whole,
    is_secret_name,
    name_names_a_secret,
    one_of,
    plain_letters,
)
from glancetape_cassettes.redaction.policy import PLACEHOLDER

_QUOTE = rf"(?:\\*[\"'`“”]|{QUOTE_IN_HTML})"
_ALIGNED = r"[ \t]{0,60}+\s{0,9}+"
"""Blanks beside a sign: people align the values of many lines."""
_IN_HTML = (
    r"(?:<(?:code|b|i|em|strong|span|tt|kbd|samp|font|var|u|pre)(?:\s[^<>]{0,100})?>\s{0,9}){0,3}"
)
_BEFORE = (
    r"(?:/\*[^*\n]{0,100}\*/\s{0,9}|```\w{0,20}\r?\n\s{0,9}|string\(\d{1,6}\)\s{1,3}"
    r"|[«„「『【《]\s?"
    rf"|(?:got|expected|received|is|was)\s{{1,3}}(?={TOKEN}))?"
)
"""What may be before a value: a comment, the sign of a block, PHP's type, a quote, a word."""
_OF_PHP = rf"(?::(?:{_QUOTE}[\w\\]{{1,60}}?{_QUOTE}:)?(?:protected|private)(?=\]))"
"""What PHP prints after the name of a member: `["password":protected]=>`."""
_LIKE_A_TOKEN = lazy_compile(r"(?=[^\s\"',;&<>{}]{8})(?=[^\s\"',;&<>{}\d]{0,200}+\d)")
_TOKEN = lazy_compile(TOKEN, re.IGNORECASE)
_NAMED = lazy_compile(
    # a part of a form in several parts
    rf"\b(?:file)?name\*?=(?:[\w-]{{1,12}}'[\w-]{{0,5}}')?{_QUOTE}?(?P<part>[\w.\[\]:/%-]++){_QUOTE}?"
    r"[^\r\n<>]{0,400}(?:\r?\n[^\r\n]{1,400}){0,9}\r?\n\r?\n"
    # name=value, "name": "value", name[0] := value, **name:** value, name As String = "value"
    rf"|(?<![\w.-])(?P<name>[\w.-]++){_QUOTE}?{_OF_PHP}?[\])}}]{{0,2}}\*{{0,3}}"
    r"(?:\[[^\]\s=]{0,30}\]|\(\d{0,4}\)){0,3}(?:\s{1,3}As\s{1,3}\w{1,20}(?=\s{0,3}=))?"
    rf"{_ALIGNED}(?P<sign>(?::=|<-|->|=>|===?|[?|+]{{1,2}}=|=|::?(?=\s)|:|[→⇒⟶≔←]|(?:\|\||\?\?)(?=\s{{0,3}}[\"'`])|(?<=\s)I?LIKE(?=\s)|(?<=\s)IN(?=\s?\(\s?'))>?)"
    rf"(?:\*{{1,3}}\s)?(?:[ \t]{{0,9}}\\\r?\n\s{{0,9}}|{_ALIGNED}){_IN_HTML}{_BEFORE}"
    r"|(?<![\w-])-[-]?(?P<option>\w[\w-]*+)(?P<blank>\s{1,9})(?!-)"
    # setPassword("value"), get('OS_PASSWORD', 'value')
    r"|(?<![\w.-])(?P<call>[\w.]++)\(\s{0,9}(?:\w{1,20}\s{0,3}=\s{0,3})?(?=[\"'])"
    rf"|(?P<q>[\"'])(?P<first>[\w.:/ -]{{2,60}})(?P=q)[\])]{{0,1}}\s{{0,9}}"
    r"(?:,\s{0,9}[\[(]?|;s:\d{1,9}:)(?=N?[bruf]?[\"'])"
    # PASSWORD "value"
    r"|(?<![\w.-])(?P<directive>[\w.-]++)(?:[ \t]{1,9}(?:db[ \t]{1,3})?|,\s?(?:<<)?)"
    r"(?=N?(?P<dq>[\"'])[^\"'\s]{6,400}(?P=dq))"
    # `password 7 x9rT41sa`: only where the next word is no ordinary one
    r"|(?<![\w.-])(?P<word>[\w.-]++)"
    rf"(?:{_QUOTE}?(?:\r?\n\$\d{{1,7}}\r?\n|[ \t]{{1,60}}+|[\r\n|/,~\0–—]"
    rf"|\.{{2,9}}|-{{1,2}}[ \t]|\*{{1,3}}){{1,9}}"
    r"(?:(?:(?:\d|ENC|LOGIN|encrypted|plain(?:text)?|clear(?:text)?|-{1,2}\w{1,20}"
    r"|(?:irreversible-)?cipher|simple|eq|root|admin|hash(?:ed)?|md5|sha\d{0,3}|ascii(?:-text)?|hex"
    r"|will be|[\w-]{0,40}password[\w-]{0,9})(?![\w-])|[=:(>])[ \t]{0,3}){0,2}"
    rf"[\"'`“({{]?)(?={TOKEN})",
    re.IGNORECASE,
)
_A_WORD = lazy_compile(r"(?<![\w.-])[\w.-]+")
_OTHER_NAME = lazy_compile(
    r"\b(?:file)?name\*?=|[\"'](?=[\w.:/ -]{2,60}[\"'][\])]{0,1}\s{0,9}(?:,|;s:))", re.IGNORECASE
)
"""Where `_NAMED` may begin, other than at a word: a part of a form, a name in quotes."""
_LETTERS_A_WORD = 48
_ARGUMENTS = lazy_compile(
    rf"{QUOTED}(?:,\s{{0,3}}{QUOTED.replace('escaped', 'other')}){{1,3}}", re.IGNORECASE | re.DOTALL
)
_BEFORE_A_SIGN = ("unexpected", "syntax", "illegal")
"""`Unexpected token '<'` names a sign, as parsers say."""
_TO_THE_BOUNDARY = lazy_compile(r"(.*?)(?=\r?\n--|\Z)", re.DOTALL)
_WORD_BEFORE = lazy_compile(r"(\w{1,40})[ \t]\Z")
_WORDS_BEFORE = lazy_compile(r"(?:\w{1,40}[ \t]){2,3}\Z")
_WORD = lazy_compile(r"[^\s\"'`“”;<>{})»」』】》）]+")
_USER = lazy_compile(ADMIN, re.IGNORECASE)
_TOKEN_BESIDE = lazy_compile(rf"[ \t]{{1,3}}{TOKEN}[^\s\"',;&<>{{}}()/]{{0,400}}", re.IGNORECASE)
_LAST_WORD_BESIDE = lazy_compile(
    r"[ \t]{1,3}(?!REDACTED)[^\s\"'<>{}]{4,400}(?=[ \t]*(?:[^ -~]|[\"'<]|\Z))"
)
_REPLACED = lazy_compile(rf"(?P<name>[\w.-]+)[=:]{PLACEHOLDER}")
_KIND_SECRET = lazy_compile(r"\bkind[\"']?\s{0,9}:\s{0,9}[\"']?Secret\b")
_DATA_OF_A_SECRET = ("data", "stringData")
_OPENING = lazy_compile(r"\\*[\"']\Z")
_IS_QUOTED = lazy_compile(rf"[bruf]{{0,2}}(?:\\*[\"']|{QUOTE_IN_HTML})", re.IGNORECASE)
_BLANKS = lazy_compile(r"\s{0,9}")
_AFTER_TYPE = lazy_compile(rf"=\s{{0,3}}(?=[\"']|{PLACEHOLDER})")
_A_NAME_IN_A_PATH = lazy_compile(
    rf"{LIKE_A_NAME.pattern}|[A-Z][a-z]{{0,20}}(?:-[A-Z][a-z]{{1,20}}){{1,5}}"
)
_PLAIN_WORD = lazy_compile(r"(?=\W{0,9}\w)[^\s\"'`{}\[\]()<>,;\\]{1,200}")
_MORE_WORDS = lazy_compile(r"(?:[ \t]{1,2}[^\s\"'`{}\[\]()<>,;=:#|\\]{1,40}){1,9}(?=[\r\n\"']|\Z)")
_QUOTES = ("'", '"', "\\", "&")
_MARKS = lazy_compile(r"(?:- {1,9})?(?:[&!][\w/!:.-]{0,60}[ \t]{1,9}){0,3}")
"""What YAML has before a value: the sign of an item, an anchor, a tag."""
_A_NAME = lazy_compile(r"\s{0,9}:(?!:)")
_RULE = lazy_compile(r"\s*(?:={3,}|-{3,})")
"""Matches the line below a title or the heading of a table, whose beginning is like a sign."""
_Value = tuple[int, int] | None
"""Where a value begins and ends; None when it is no secret."""


def _named_secrets(text: str) -> Iterator[Span]:
    has_kind = _KIND_SECRET.search(text) is not None
    position = 0
    next_name = _next_name(text)
    while found := next_name(position):
        # The value of a harmless name may hold another name: `tag=password=abc`.
        kind, span_of = _KINDS[found.lastgroup]
        position = found.end(kind)
        span = span_of(found, text, has_kind)
        if span is not None and span[1] > span[0] and not _is_rule(text, found.end(kind), span):
            yield found.start(kind), *span
            position = span[1]


def _is_rule(text: str, name_ends: int, value: tuple[int, int]) -> bool:
    """Whether all between a name and the end of its value is the line below a title."""
    sign = text[value[0]]
    return sign in "=-" and _RULE.fullmatch(text, name_ends, value[1]) is not None


def _next_name(text: str) -> Callable[[int], re.Match[str] | None]:
    """Return what finds the next name from a place on; harmless ones need not be found."""
    known = _starts_of_names(text) if len(text) >= LEAST_LONG else None
    if known is None:
        return lambda place: _NAMED.search(text, place)
    starts = iter(known)

    def next_name(place: int) -> re.Match[str] | None:
        matches = (_NAMED.match(text, start) for start in starts if start >= place)
        return next((found for found in matches if found), None)

    return next_name


def _starts_of_names(text: str) -> list[int] | None:
    """Return where the names of secrets may begin in a long text; None for many different words.

    Each word is looked at once, as few of them are names: the expression takes much longer.
    """
    words = set(_A_WORD.findall(text))
    if ".-" in text or len(words) * _LETTERS_A_WORD > len(text):  # `.-option` is within a word
        return None
    names = {word for word in words if _may_name(word)}
    starts = [found.start() for found in _A_WORD.finditer(text) if found[0] in names]
    return sorted({*starts, *(found.start() for found in _OTHER_NAME.finditer(text))})


def _may_name(word: str) -> bool:
    lowered = word.lower()
    return (
        is_secret_name(word)
        or is_last_part(word)
        or word in _DATA_OF_A_SECRET
        or "name" in lowered  # `a.name=` is no part of a form
    )


def _after_name(found: re.Match[str], text: str, has_kind: bool) -> _Value:
    is_data = has_kind and found["name"] in _DATA_OF_A_SECRET
    if not is_data and not _is_certain(found, text):
        return None
    name, start = found.start("name"), found.end()
    opening = _OPENING.search(text, max(0, name - 4), name)
    is_closed = text[found.end("name")] in _QUOTES
    if opening and not is_closed and text.startswith(opening[0], found.end("sign")):
        return None  # `expect "Password:"` ends there
    if found["sign"] == ":":
        if block := block_at(text, name, found.end("sign")):
            return block
        is_header = found["name"].lower().endswith(("cookie", "authorization"))
        if is_header and (blanks := _BLANKS.match(text, found.end("sign"))):
            start = blanks.end()  # the whole line is the value, whatever word it begins with
        start = skip_tags(text, start)
        if type_ends := _AFTER_TYPE.match(text, start):
            start = type_ends.end()
        if is_header and not _IS_QUOTED.match(text, start):
            return rest_of_line(text, name, start)
    span = value_at(text, start)
    return _to_the_end_of_words(text, name, span) or _past_a_user(found["name"], text, span)


def _to_the_end_of_words(text: str, name: int, span: _Value) -> _Value:
    """Return a value of several words without quotes of its own; None for one word.

        passphrase: correct horse battery staple
        "Env": ["PASSWORD=correct horse"]

    Of other names the words after the first may be anything.
    """
    if span is None or not _PLAIN_WORD.fullmatch(text, *span):
        return None
    before = text[max(0, name - 1) : name]
    quote = before if before in ("'", '"') else ""
    if not quote and "phrase" not in text[name : span[0]].lower():
        return None
    words = _MORE_WORDS.match(text, span[1])
    if words is None or (quote and not text.startswith(quote, words.end())):
        return None
    return span[0], words.end()


def _past_a_user(name: str, text: str, span: _Value) -> _Value:
    """Return a value with the word after it where it is only the user: `creds: admin x9rT41sa`."""
    if span is None or not _USER.fullmatch(text, *span):
        return span
    is_both = name.lower().endswith(("creds", "credentials"))
    beside = (_LAST_WORD_BESIDE if is_both else _TOKEN_BESIDE).match(text, span[1])
    return (span[0], beside.end()) if beside else span


def _after_option(found: re.Match[str], text: str, _: bool) -> _Value:
    return value_at(text, found.end()) if is_secret_name(found["option"]) else None


def _in_part(found: re.Match[str], text: str, _: bool) -> _Value:
    if not is_secret_name(found["part"]):
        return None
    matched = _TO_THE_BOUNDARY.match(text, found.end())
    return matched.span(1) if matched and matched[1].strip() and matched[1] != "REDACTED" else None


def _in_call(found: re.Match[str], text: str, _: bool) -> _Value:
    name, start = found["call"], found.end()
    is_short = not name_names_a_secret(name)  # `with_sk("...")`
    if not is_secret_name(name) or (is_short and not _LIKE_A_TOKEN.match(text, start + 1)):
        return None
    matched = _ARGUMENTS.match(text, start)
    return matched.span() if matched else value_at(text, start)


def _in_pair(found: re.Match[str], text: str, _: bool) -> _Value:
    if not is_secret_name(found["first"]):
        return None
    span = value_at(text, found.end())
    # `"password", "token"` is a list of names; in `"Secret", "data": 1` the next word is a name.
    if span is None or _is_a_name(text[slice(*span)]):
        return None
    return None if _A_NAME.match(text, span[1]) else span


def _is_a_name(value: str) -> bool:
    return is_name_of_a_secret(value.strip("\"'"))


def _after_directive(found: re.Match[str], text: str, _: bool) -> _Value:
    name = found["directive"]
    before = _WORD_BEFORE.search(text[max(0, found.start() - 41) : found.start()])
    if before and before[1].lower() in _BEFORE_A_SIGN:
        return None
    if before and is_last_part(name) and not is_secret_name(name):
        name = f"{before[1]} {name}"  # `API key "x9rT41sa"`
    if not name_names_a_secret(name) or not is_secret_name(name):
        return None
    span = value_at(text, found.end())
    return None if span is None or _is_a_name(text[slice(*span)]) else span


def _after_word(found: re.Match[str], text: str, _: bool) -> _Value:
    name = found["word"]
    if is_last_part(name) and not is_secret_name(name):
        before = _WORD_BEFORE.search(text[max(0, found.start() - 41) : found.start()])
        name = f"{before[1]} {name}" if before else name
    if not name_names_a_secret(name) or not is_secret_name(name):
        return None
    between = text[found.end("word") : found.end()]
    if between[0] == "/" and " " not in between and not _A_NAME_IN_A_PATH.fullmatch(name):
        return None  # within base64
    return _word_at(text, found.end())


def _word_at(text: str, start: int) -> _Value:
    """Return where a word is; None for `T0KEN=REDACTED`, whose secret is replaced already."""
    word = _WORD.match(text, start)
    if word is None:
        return None
    done = _REPLACED.fullmatch(word[0])
    return None if done and is_secret_name(done["name"]) else word.span()


_KINDS: dict[str | None, tuple[str, Callable[[re.Match[str], str, bool], _Value]]] = {
    "part": ("part", _in_part),
    "sign": ("name", _after_name),
    "blank": ("option", _after_option),
    "call": ("call", _in_call),
    "first": ("first", _in_pair),
    "dq": ("directive", _after_directive),
    "word": ("word", _after_word),
}
"""The last group of each alternative, the group of its name, and what finds the value."""


def _is_certain(found: re.Match[str], text: str) -> bool:
    """Whether the name before `=` or `:` is a secret's, together with the word before it."""
    name = found["name"]
    if not is_secret_name(name):
        before = _WORD_BEFORE.search(text[max(0, found.start() - 41) : found.start()])
        is_last = before and is_last_part(name)
        if is_last and before and is_secret_name(f"{before[1]} {name}"):
            return True
        if before and not name.isascii() and found["sign"] != ":":
            # `пароль пользователя = x`: what it belongs to follows it in many languages.
            # Not `ключ сортировки = x`: a key is a secret's name by itself alone.
            return not before[1].isascii() and name_names_a_secret(before[1])
        return is_last_part(name) and _ends_a_name(text, found.start("name"), name)
    # A short word needs `=` or quotes: "pin: see below" is a sentence.
    is_short = found["sign"] == ":" or is_secret_as_a_whole(name)
    if not is_short or text[found.end("name")] in _QUOTES or name_names_a_secret(name):
        return True
    marks = _MARKS.match(text, found.end())
    value = marks.end() if marks else found.end()
    return text[value : value + 1] in _QUOTES or _LIKE_A_TOKEN.match(text, value) is not None


def _ends_a_name(text: str, start: int, word: str) -> bool:
    """Whether a word is the last one of a name of three or four: `mot de passe`."""
    before = _WORDS_BEFORE.search(text[max(0, start - 123) : start])
    words = before[0].casefold().split() if before else []
    return any(
        " ".join([*words[at:], word.casefold()]) in OF_THREE_WORDS for at in range(len(words) - 1)
    )


NAMED = spans_form(
    "named secret",
    _named_secrets,
    examples=(
        f"password=ab,{SAMPLE}",
        f'password="a\\"{SAMPLE}" x',
        f"{{u'password': u'{SAMPLE}'}}",
        f"see http://h/x?sig={SAMPLE} there",
        f"<http://h/x?temp_url_sig={SAMPLE}>; rel=next",
        f"Server=db;User Id=sa;Pwd={SAMPLE};AccountKey={SAMPLE}",
        f"postgres user=joe password='{SAMPLE}'",
        f"Account Key: {SAMPLE}",
        f'form-data; name="password"\r\n\r\n{SAMPLE}\r\n--x--',
        f"curl --os-password {SAMPLE} x",
        f"X-Auth-Token {SAMPLE}",
        f"API key {SAMPLE}",
        f's:8:"password";s:20:"{SAMPLE}";',
        f"psk={SAMPLE}",
        f'{{"sk": "{SAMPLE}",}}',
        f'{{\\"sk\\": \\"{SAMPLE}\\"}}',
        f"metadata[password]={SAMPLE}",
        f"password := '{SAMPLE}'",
        f"token: string = '{SAMPLE}'",
        f'conn.setPassword("{SAMPLE}")',
        f"BasicCredentials().with_ak('A').with_sk('{SAMPLE}')",
        f'{{"kind":"Secret","data":{{"a":"{SAMPLE}"}}}}',
        f"$Password = @'\n{SAMPLE}\n'@",
        f'db_password = "a" -> "{SAMPLE}"',
        f'new PasswordAuthentication("joe", "{SAMPLE}".toCharArray())',
        f"client.SetBasicAuth('joe', '{SAMPLE}')",
        f"Password(value='{SAMPLE}')",
        "ENV DB_PASSWORD 'sword-fish'",
        f'#define PASSWORD "{SAMPLE}"',
        f'{{default_pass, <<"{SAMPLE}">>}}.',
        f"$h{{password}} = '{SAMPLE}';",
        f"spring.datasource.password=\\\n  {SAMPLE}\n",
        f'password: Final[str] = "{SAMPLE}"',
        f'let password: &str = "{SAMPLE}";',
        f'Password : constant String := "{SAMPLE}";',
        f'Dim password As String = "{SAMPLE}"',
        f"**Password:** {SAMPLE}",
        f"<p>Password: <code>{SAMPLE}</code></p>",
        f"local-user joe password irreversible-cipher {SAMPLE}",
        f"the new password will be {SAMPLE}",
        f'DB_PASSWORD || "{SAMPLE}"',
        f"name*=UTF-8''p%61ssword\r\n\r\n{SAMPLE}\r\n--x--",
        f"os.environ.get('OS_PASSWORD', '{SAMPLE}')",
        f"machine h login joe password {SAMPLE}",
        f"user_data: |\n  a {SAMPLE}\n  b",
        f"Cookie: a=b; other={SAMPLE}",
        f"password: process.env.X || '{SAMPLE}'",
        f"wpa-psk ascii 0 {SAMPLE}",
        f"kind: Secret\ndata:\n  a: {SAMPLE}",
        f'object(A) {{["password":"Auth":private]=>\n  string(20) "{SAMPLE}"',
        f'"X-Auth-Token":[]string{{"{SAMPLE}"}}',
        f'admin_pass: "old" => "{SAMPLE}"',
        f"creds: admin {SAMPLE}",
        "db_creds = root sword-fish",
        f"username/password: admin {SAMPLE}",
        f'"token": /* of joe */ "{SAMPLE}"',
    ),
    counterexamples=(
        "compass=north, bypass: yes",
        "Password policy: complex",
        "one-time-password login, non-token ring driver",
        "token ring driver",
        "auth: see below",
        "password=true",
        "disk=1, risk: 2",
        "the methods 'password', 'token'",
        "Unexpected token 'images', ...",
        "if (!password || !user) return",
        "token of 2026-11-23T10:00:00Z",
        "Password\n========\nIt is in the vault",
        "user   password\n----   --------\n",
        "user   password\n====   ========\n",
    ),
)

# -- sentences ------------------------------------------------------------------------------------

_SECRET_WORD = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|passwort|secret|token|credentials?|api[ _-]?key"
    r"|access[ _-]?key|secret[ _-]?key|private[ _-]?key|psk|mot de passe|kata sandi|palavra passe"
    r"|密码|口令|密钥|令牌|密碼)"
)
_NOT_OF = "".join(
    rf"(?<!\b{word})"
    for word in (
        "id ids image project tenant user domain status error code request req version port host "
        "url at until since after by length size count type name"
    ).split()
)
_CLOSING = r"[ '\"`”’)]{0,3}"
_BEFORE_ITS_VALUE = lazy_compile(
    r"(?:\b(?:is|are|was)\b[ \t:]{0,3}[\"'`“‘(]{0,2}"
    r"|(?:\b(?:to|got|expected|received|lautet|ist|est|es|è|é)\b|[:(为是])[ \t:]{0,3}[\"'“(]{0,2})"
    rf"(?={TOKEN})",
    re.IGNORECASE,
)
"""What is between a name and its value in a sentence.

There are fewer of it than of names, so it is looked for first: many names in a row take no longer.
"""
_NAME = lazy_compile(rf"{_SECRET_WORD}[^\n=;{{}}<>]{{0,60}}?{_NOT_OF}{_CLOSING}\Z", re.IGNORECASE)
_LONGEST_BEFORE = 80
# The same in other languages, by the names of the table and a few short words.
_IS = plain_letters(
    "is|es|é|è|är|er|je|jest|to|on|ist|lautet|est|là|este|είναι|это|คือ|هي|هو|היא|است|है"
).casefold()
_BEFORE_A_FOREIGN_VALUE = lazy_compile(
    rf"(?:\b(?:{_IS})(?:\s|\Z)|[:(为是為はが는은—–\[「『【«„“\"])"
    rf"[ \t:为是為は「『【«„]{{0,4}}[\"'“(]{{0,2}}(?={TOKEN})",
    re.IGNORECASE,
)
_SHORT_WORDS = plain_letters(
    "senha|parola|heslo|hasło|şifre|geslo|clave|mdp|sandi|κωδικός"
).casefold()
_FOREIGN_NAME = lazy_compile(
    lambda: (
        rf"(?:{one_of(WORDS_OF_OTHER_LANGUAGES)}|\b(?:{_SHORT_WORDS})[a-zı]{{0,2}}\b)"
        rf"[^\n=;{{}}<>]{{0,60}}?{_NOT_OF}[ '\")]{{0,3}}\Z"
    ),
    re.IGNORECASE,
)
_FOREIGN_WORD = lazy_compile(
    lambda: f"{one_of(WORDS_OF_OTHER_LANGUAGES)}|{_SHORT_WORDS}", re.IGNORECASE
)
_GLUED = lazy_compile(
    lambda: (
        rf"(?P<name>{one_of(frozenset(filter(_has_no_blanks, WORDS_OF_OTHER_LANGUAGES)))})"
        rf"[是为為はが는은:=「『【(\"'“\s]{{0,4}}(?={TOKEN})"
    )
)
"""Chinese, Japanese and Thai have no blanks between words: `root密码x9rT41sa`."""
_GLUED_TO_LATIN = lazy_compile(
    r"(?<![A-Za-z0-9_.-])(?P<name>[A-Za-z][A-Za-z0-9_.-]{1,60})\s?"
    r"(?:(?:被?(?:设置|設定|設置|修改|重置|更新|改|设|設)?(?:成|为|為|是)|的值[是为為]|はが?|が|を|는|은|이|가)"
    rf"[：:はが「『【«„“\"'（(\s]{{0,4}}|[「『【«„《（])(?={TOKEN})",
    re.IGNORECASE,
)
"""The same after a name in Latin letters: `masterKey是x9rT41sa`."""
_AFTER_ITS_VALUE = lazy_compile(
    rf"[\"'”`]?\s{{1,3}}(?:(?:as|is|was)\s(?:(?:the|your|my|its|a|new|root|admin)\s){{0,2}}|\()"
    rf"{_SECRET_WORD}(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)
_LAST_WORD = lazy_compile(r"[^\s\"'“`(\[,;]{8,200}\Z")


def _has_no_blanks(word: str) -> bool:
    return not word.isascii() and " " not in word and word[0] > "\u0e00"


def _secrets_in_sentences(text: str) -> Iterator[Span]:
    yield from in_order(_in_sentences(text))


def _in_sentences(text: str) -> Iterator[Span]:
    for found in find_all(_AFTER_ITS_VALUE, text):
        first = max(0, found.start() - 201)
        word = _LAST_WORD.search(text[first : found.start()])
        if word and _TOKEN.match(word[0]):
            yield found.start(), first + word.start(), found.start()
    yield from _after(_BEFORE_ITS_VALUE, _NAME, text)
    if not text.isascii() or is_in(_FOREIGN_WORD, text):
        yield from _after(_BEFORE_A_FOREIGN_VALUE, _FOREIGN_NAME, text)
    if not text.isascii():
        for found in chain(_GLUED.finditer(text), _GLUED_TO_LATIN.finditer(text)):
            is_secret = found.re.pattern == _GLUED.pattern or is_secret_name(found["name"])
            if is_secret and (span := _word_at(text, found.end())):
                yield found.start(), *span


_LAST_NAME = lazy_compile(rf"(?<![\w.-])[\w.-]{{6,60}}(?={_CLOSING}\Z)")
"""At least six letters: in `pass an image to a friend`, `pass` is a verb."""


def _named_by_the_table(text: str, first: int, found: re.Match[str]) -> re.Match[str] | None:
    """Return the name right before `is` or `to`: `set adminPass to x9rT41sa`."""
    name = _LAST_NAME.search(text[first : found.start()])
    is_secret = name and name_names_a_secret(name[0]) and is_secret_name(name[0])
    return name if is_secret else None


def _after(before: re.Pattern[str], names: re.Pattern[str], text: str) -> Iterator[Span]:
    """Yield the values after what `before` finds, where one of the `names` precedes it."""
    known = end = 0
    for found in find_all(before, text):
        if found.start() < end:  # in the value of an earlier name
            continue
        first = max(known, found.start() - _LONGEST_BEFORE)
        name = names.search(text[first : found.start()]) or _named_by_the_table(text, first, found)
        if name and (span := _word_at(text, found.end())):
            known, end = found.end(), span[1]
            yield first + name.start(), *span


SENTENCES = spans_form(
    "secret in a sentence",
    _secrets_in_sentences,
    examples=(
        f"Password for user 'admin' is {SAMPLE}",
        f"root password set to {SAMPLE}",
        f"password for root: {SAMPLE}",
        f"mot de passe : {SAMPLE}",
        f"use {SAMPLE} as the root password",
        f'"{SAMPLE}" is your password',
        f"login with {SAMPLE} (password)",
        f"Admin-Passwort lautet {SAMPLE}",
        f"mot de passe root : {SAMPLE}",
        f"Setting adminPass to {SAMPLE}",
        f"token mismatch: expected {SAMPLE}, got x",
    ),
    counterexamples=(
        "支持密码登录, 镜像 CentOS 7.9",
        "la contraseña es obligatoria en Ubuntu 22.04",
        "пароль для root не задан",
        "The token for project: 0123456789abcdef0123456789abcdef is not valid",
        "the password policy is complex",
        "token expires at: 2026-11-23T10:00:00Z",
    ),
)
