"""Where the value under a secret's name ends in text: quotes, blocks of YAML, brackets, words."""

import re

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.names.secret_names import is_secret_name
from glancetape_cassettes.redaction.policy import PLACEHOLDER

# A value in quotes may have a prefix, as Python and SQL write it, and escaped quotes in it.
_STRING = (
    r"[bruf]{0,2}(?:\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)"
    r"|\"[^\"\\]*+(?:\\.[^\"\\]*+)*+(?:\"|\\?\Z)|'[^'\\]*+(?:\\.[^'\\]*+)*+(?:'|\\?\Z)"
    r"|`[^`\n]{1,400}`)"
)
_DOUBLE = r"&(?:quot|#0{0,3}34|#x0{0,3}22);"
_SINGLE = r"&(?:apos|#0{0,3}39|#x0{0,3}27);"
QUOTE_IN_HTML = f"(?:{_DOUBLE}|{_SINGLE})"
QUOTED = (
    r"(?:N?" + _STRING + r"(?:\s{0,3}(?:[+&\\]|[-=](?:>|&gt;))?\s{0,3}" + _STRING + r"){0,9}"
    r"|@\"\r?\n.*?(?:\n\"@|\Z)|@'\r?\n.*?(?:\n'@|\Z)"  # of PowerShell
    r"|(?P<escaped>\\+[\"'])(?:(?!(?P=escaped)).)*+(?:(?P=escaped)|\Z)"
    rf"|[bruf]{{0,2}}(?:{_DOUBLE}.*?(?:{_DOUBLE}|\Z)|{_SINGLE}.*?(?:{_SINGLE}|\Z)))"
)
# Other values end at a blank; punctuation at their end belongs to the text. `&`, `;` and `<` end
# a value where another parameter, or an element, begins.
_MIDDLE = (
    r"(?:[^\s&<>;\\]|\\(?:\s{1,40}(?=\S))?|&(?!\s|\Z|[\w.%\[\]-]{1,40}=|#?\w{1,9};)"
    r"|;(?![\s<]|\Z|[\w .-]{1,40}=)"
    r"|<(?![\s/!?]|\w[^<>]{0,99}>))"
)
_PLAIN = (
    r"(?:<[^<>\s/][^<>\s]{0,200}>"
    rf"|[^\s&<>;\"'](?:{_MIDDLE}*[^\s&<>;,\"'}}\])])?)"
    r"(?:[\"'\])]{0,4}(?:\s{1,3}(?:=|\|\||\?\?|or)|(?:\s\w{1,20})?\s{1,3}:=)\s{1,3}"
    r"(?:\"(?:[^\"\\\n]|\\.){1,400}(?:\"|\Z)|'(?:[^'\\\n]|\\.){1,400}(?:'|\Z)"
    r"|(?P<in_quotes>\\+[\"'])(?:(?!(?P=in_quotes))[^\n]){1,400}(?:(?P=in_quotes)|\Z)))?"
)
VALUE = lazy_compile(rf"({QUOTED}|{_PLAIN})", re.IGNORECASE | re.DOTALL)
HIDDEN = lazy_compile(
    r"[bruf]{0,2}\\*[\"']?(?:(?:bearer|basic|digest|negotiate)\s+)?"
    rf"(?:{PLACEHOLDER}|standin-|(?:true|false|null|none)(?![\w-]))",
    re.IGNORECASE,
)
"""Finds values that are no secret, or none any more."""

_DATE = r"\d{4}-\d\d-\d\d"
TOKEN = (
    rf"(?!{_DATE}|https?:|standin-|facade00|{PLACEHOLDER})"
    r"(?:(?=[^\s\"',;&<>{}()/]{8})"
    r"(?=[^\s\"',;&<>{}()/\d]{0,200}+\d)(?=[^\s\"',;&<>{}()/a-z]{0,200}+[a-z])"
    r"[^\s\"',;&<>{}()/]{8}"
    # Base64 with a slash in it; the parts of a path are words.
    r"|(?-i:(?=[A-Za-z0-9+]{0,20}/)(?=[A-Za-z0-9+/]{20})(?=[A-Za-z+/]*+[0-9])"
    r"(?:(?:[A-Z][a-z]{2,}+|[a-z]{3,}+|[+/])*+(?:[A-Z]?[a-z]++|[A-Z]++|[0-9]++)){6}"
    r"[A-Za-z0-9+/]*+={0,2}(?![\w.:/-])))"
)
"""Matches the beginning of a word that is no ordinary one: 8 characters with letters and digits."""

ADMIN = (
    r"(?:root|admin|administrator|ubuntu|debian|centos|fedora|rocky|cirros|ec2-user|cloud-user"
    r"|vagrant)"
)
"""Users that every machine may have."""

LIKE_A_NAME = lazy_compile(
    r"[a-z0-9_.-]+|[A-Z0-9_.-]+|[A-Za-z]?[a-z]{2,}(?:[_-]?[A-Z][a-z]{2,}){0,4}\d{0,3}"
)
"""Matches words as people write names; of random letters few."""
_TOKEN = lazy_compile(TOKEN, re.IGNORECASE)

_BLOCK = lazy_compile(r"[ \t]*(?:[&!]\S*[ \t]*)*(?:[|>][+-]?\d?[+-]?)?[ \t]*(?:#[^\n]*)?\r?\n")
_BEFORE_A_KEY = lazy_compile(r"(?:<[^<>\n]{0,99}>|[\x7f-\xff])*([\s\"'?#-]*)\Z")
_TAGS = lazy_compile(r"(?:[&!][\w/!:.-]*[ \t]+)+")
_CALL = lazy_compile(r"(?:new\s+)?[\w.:]{1,40}(?=\()", re.IGNORECASE)
_WRAPPER = lazy_compile(r"(?:<<|Just\s{1,3})(?=[\"'])")
"""What Erlang and Haskell write before a string."""
_TYPE_OF_GO = lazy_compile(r"(?:\[\d{0,4}\]|map\[\w{1,40}\])\*?[\w.]{1,60}(?=\{)")
"""What Go prints before the members of a list: `[]string{"x"}`."""
_CLOSING = {"{": "}", "[": "]", "(": ")"}
_MOST_IN_BRACKETS = 65536
_QUOTE_BEFORE = lazy_compile(r"\\*[\"'`]\Z")
_TO_THE_END = lazy_compile(r"[^\r\n]*")


def is_name_of_a_secret(value: str) -> bool:
    """Whether what seems to be a value is the next name in a list of names.

    Some random letters have such a short word in them, and are a value all the same.

    >>> [is_name_of_a_secret(one) for one in ("apiToken", "xxcgzKcnKwf7hSkM4n")]
    [True, False]
    """
    if not is_secret_name(value):
        return False
    return LIKE_A_NAME.fullmatch(value) is not None or _TOKEN.match(value) is None


def value_at(text: str, start: int) -> tuple[int, int] | None:
    """Return where the value that begins at `start` begins and ends; None without one."""
    if wrapped := _WRAPPER.match(text, start):
        found = VALUE.match(text, wrapped.end())
        is_hidden = found is None or HIDDEN.match(found[1])
        return None if found is None or is_hidden else (start, found.end(1))
    if of_go := _TYPE_OF_GO.match(text, start):
        return start, end_of_brackets(text, of_go.end())
    if start < len(text) and text[start] in _CLOSING:
        return start, end_of_brackets(text, start)
    if call := _CALL.match(text, start):
        return start, end_of_brackets(text, call.end())
    if HIDDEN.match(text, start):  # looked at first: the value may be as long as the text
        return None
    found = VALUE.match(text, start)
    return None if found is None or not found[1].strip() else found.span(1)


def block_at(text: str, name: int, sign: int) -> tuple[int, int] | None:
    """Return where the lines below a YAML key begin and end; None when there are none.

    `name` is where the key begins, and `sign` where the text after its colon does.

        password: |
          all of this,
          and this
        other: not this
    """
    found = _BLOCK.match(text, sign)
    if found is None:
        return None
    line = text[text.rfind("\n", 0, name) + 1 : name]
    if before := _BEFORE_A_KEY.match(line):
        column = len(before[1].rstrip("\"'"))
    elif "|" in found[0] or ">" in found[0]:  # a text within a line of JSON, or after a sentence
        column = len(line) - len(line.lstrip(" \t"))
    else:
        return None
    end = position = found.end()
    while position < len(text):
        after = text.find("\n", position) + 1 or len(text)
        line = text[position:after]
        indentation = len(line) - len(line.lstrip(" \t"))
        is_item = indentation == column and line.lstrip(" \t").startswith("- ")
        if line.strip():
            if indentation <= column and not is_item:
                break
            end = after
        position = after
    block = text[found.end() : end]
    inner = block.lstrip(" \t")
    if not inner.strip():
        return None
    first = found.end() + len(block) - len(inner)
    if HIDDEN.match(inner):
        return first, first
    return first, first + len(inner.rstrip())


def skip_tags(text: str, start: int) -> int:
    """Return where a value of YAML begins, after its anchor and its tag: `!!str &a value`."""
    found = _TAGS.match(text, start)
    return found.end() if found else start


def rest_of_line(text: str, name: int, start: int) -> tuple[int, int] | None:
    """Return the rest of the line of a header, or of the quotes that the header is in."""
    if HIDDEN.match(text, start):
        return None
    found = _TO_THE_END.match(text, start)
    end = found.end() if found else len(text)
    quote = _QUOTE_BEFORE.search(text, max(0, name - 9), name)
    if quote and (closing := text.find(quote[0], start, end)) >= 0:
        # `"Authorization: Token token=\\"x\\""`: those within have one more `\\` each.
        while closing >= 0 and text[closing - 1] == "\\":
            closing = text.find(quote[0], closing + 1, end)
        end = closing if closing >= 0 else end
    value = text[start:end].rstrip()
    return (start, start + len(value)) if value else None


def end_of_brackets(text: str, start: int) -> int:
    """Return where the brackets that open at `start` are closed; the end of an open text."""
    depth, quote, position = 0, "", start
    last = min(len(text), start + _MOST_IN_BRACKETS)
    while position < last:
        one = text[position]
        if one == "\\":
            position += 1
        elif quote:
            quote = "" if one == quote else quote
        elif one in "\"'" and depth:
            quote = one
        elif one in "{[(":
            depth += 1
        elif one in "}])":
            depth -= 1
            if depth <= 0:
                return position + 1
        position += 1
    return last
