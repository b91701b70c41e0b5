"""Secrets in XML and HTML: in elements and attributes that a name of the table names.

<adminPass>x</adminPass>   <property name="password"><value>x</value></property>
<add value="x" key="password"/>   <td>Password:</td><td>x</td>
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, in_order, spans_form
from glancetape_cassettes.redaction.forms.values import HIDDEN, TOKEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_name

_TAG = lazy_compile(r"<(?:[\w-]{1,40}:)?(?P<tag>[\w.-]++)(?P<attributes>(?:\s[^<>]{0,600})?)>")
_ATTRIBUTE = lazy_compile(
    r"(?<![\w:.-])(?P<name>[\w:.-]{1,60})\s{0,3}=\s{0,3}"
    r"(?:\\*\"(?P<double>[^\"<>]{0,500})\"|\\*'(?P<single>[^'<>]{0,500})'|(?P<bare>[^\s\"'<>]{1,500}))"
)
_NAMING = frozenset("name key id type label field property for itemprop".split())
_VALUED = frozenset("value content data default".split())
_VOID = frozenset("input meta param br option".split())
"""Elements that are often not closed."""
_END = r"</(?:[\w-]{1,40}:)?%s\b"
_TOKEN = lazy_compile(rf"{TOKEN}\S*", re.IGNORECASE)
_HIDDEN_INSIDE = lazy_compile(rf"\s*(?:{HIDDEN.pattern})", HIDDEN.flags)
# An element whose whole text is a name, and the text after it.
_LABEL = lazy_compile(
    r"<(?P<tag>[\w:.-]{1,40})(?:\s[^<>]{0,200})?>\s{0,20}(?P<name>[\w .\[\]-]{2,60}?)"
    r"\s{0,9}:?\s{0,9}</(?P=tag)>(?=(?:\s|<[^<>/][^<>]{0,200}>|:){0,9}(?P<value>[^<>]+))"
)


_FIELD = lazy_compile(
    r"<label\b[^<>]{0,200}>\s{0,9}(?P<name>[\w .-]{2,60}?)\s{0,9}:?\s{0,9}</label>"
    r"(?:\s|<(?!input\b)\w[^<>]{0,200}>){0,9}<input\b[^<>]{0,400}?\bvalue=[\"']?"
    r"(?P<value>[^\"'<>]{1,500}?)(?=[\"'<>])",
    re.IGNORECASE,
)
"""A field of a form, which only the text before it names."""
_ROW = lazy_compile(
    r"<tr\b[^<>]{0,200}>(?P<cells>.*?)(?=<tr\b|</table\b|\Z)(?P<last></table\b)?",
    re.DOTALL | re.IGNORECASE,
)
_CELL = lazy_compile(
    r"<t[hd]\b[^<>]{0,200}>(?:\s|<\w[^<>]{0,200}>){0,9}(?P<text>[^<]*)", re.IGNORECASE
)


def _secrets_in_markup(text: str) -> Iterator[Span]:
    if "<" in text and ">" in text:
        yield from in_order(_all_secrets(text))


def _all_secrets(text: str) -> Iterator[Span]:
    covered = 0
    lasts: dict[str, int] = {}
    for found in _TAG.finditer(text):
        if found.start() < covered:  # within an element that is a secret as a whole
            continue
        attributes = found["attributes"]
        is_secret = is_secret_name(found["tag"])
        is_named = attributes and (is_secret or _names_a_secret(attributes))
        if is_named:
            yield from _values_of(attributes, found.start("attributes"))
        is_empty = attributes.endswith("/")
        if (is_named or is_secret) and not is_empty:
            inner = _inside(text, found.end(), found["tag"].lower(), lasts)
            if inner and inner[1]:
                covered = inner.end(1)
                yield found.start(), *inner.span(1)
    if "<tr" in text or "<TR" in text:
        yield from _in_tables(text)
    for found in _FIELD.finditer(text):
        if is_secret_name(found["name"]) and not HIDDEN.match(found["value"]):
            yield found.start(), *found.span("value")
    for found in _LABEL.finditer(text):
        value = found["value"].rstrip()
        if value and is_secret_name(found["name"]) and not HIDDEN.match(value):
            yield found.start(), found.start("value"), found.start("value") + len(value)


def _in_tables(text: str) -> Iterator[Span]:
    """Yield the cells of HTML tables below the names of secrets in the first row."""
    columns: set[int] | None = None
    is_alone = False
    for row in _ROW.finditer(text):
        cells = list(_CELL.finditer(text, row.start("cells"), row.end("cells")))
        if columns is None:
            named = [is_secret_name(cell["text"].strip()) for cell in cells]
            columns = {at for at, is_named in enumerate(named) if is_named}
            is_alone = len(cells) == 1
        else:
            for at in columns & set(range(len(cells))):
                value = cells[at]["text"].rstrip()
                # Over one column alone there may be a heading, and a sentence below it.
                is_value = not is_alone or _TOKEN.fullmatch(value)
                if value and is_value and not HIDDEN.match(value):
                    start = cells[at].start("text")
                    yield row.start(), start, start + len(value)
        if row["last"]:
            columns = None


def _names_a_secret(attributes: str) -> bool:
    return any(
        found["name"].lower() in _NAMING and is_secret_name(_value(found)[0])
        for found in _ATTRIBUTE.finditer(attributes)
    )


def _values_of(attributes: str, offset: int) -> Iterator[Span]:
    for found in _ATTRIBUTE.finditer(attributes):
        value, start = _value(found)
        if found["name"].lower() in _VALUED and value and not HIDDEN.match(value):
            yield offset + found.start(), offset + start, offset + start + len(value)


def _value(found: re.Match[str]) -> tuple[str, int]:
    group = next(name for name in ("double", "single", "bare") if found[name] is not None)
    return found[group].rstrip("/") if group == "bare" else found[group], found.start(group)


def _inside(text: str, start: int, tag: str, lasts: dict[str, int]) -> re.Match[str] | None:
    """Return what is in an element; None when it was redacted, or is never closed and need not be.

    `lasts` has where the last end of each tag is. Nobody has to look for one again and again.
    """
    if _HIDDEN_INSIDE.match(text, start):
        return None
    if tag in _VOID:
        if tag not in lasts:
            ends = [one.start() for one in _end_of(tag).finditer(text)]
            lasts[tag] = ends[-1] if ends else -1
        if lasts[tag] < start:
            return None
    return _to_the_end_of(tag).match(text, start)


@lru_cache(maxsize=64)
def _end_of(tag: str) -> re.Pattern[str]:
    return lazy_compile(_END % re.escape(tag), re.IGNORECASE)


@lru_cache(maxsize=64)
def _to_the_end_of(tag: str) -> re.Pattern[str]:
    """Return what matches everything in an element of XML, other elements too."""
    end = _END % re.escape(tag) + ("" if tag in _VOID else r"|\Z")
    return lazy_compile(rf"\s*(.*?)\s*(?={end})", re.DOTALL | re.IGNORECASE)


MARKUP = spans_form(
    "secret in XML or HTML",
    _secrets_in_markup,
    examples=(
        f"<a><adminPass>{SAMPLE}</adminPass></a>",
        f"<x:credentials a='b'>\n <key>{SAMPLE}</key>\n</x:credentials>",
        f'<input type="hidden" name="token" value="{SAMPLE}"/>',
        f'<add value="{SAMPLE}" key="Password"/>',
        f'<property name="password"><value>{SAMPLE}</value></property>',
        f"<key>password</key><string>{SAMPLE}</string>",
        f"<key>x</key><dict><key>UserPassword</key><string>{SAMPLE}</string></dict>",
        f"<td>Password:</td><td>{SAMPLE}</td>",
        "<table><tr><th>User</th><th>Password</th></tr><tr><td>joe</td>"
        f"<td><b>{SAMPLE}</b></td></tr></table>",
        f"<secret usage='ceph' value='{SAMPLE}'/>",
        f"<table><tr><th>Token</th></tr><tr><td>{SAMPLE}</td></tr></table>",
        f"<label for='a'>Token:</label> <input type='text' id='a' value='{SAMPLE}'>",
    ),
    counterexamples=(
        "<token/><password></password>",
        '<a name="top" value="1">x</a>',
        "<td>Name</td><td>a</td>",
        "<tr><th>Password</th></tr><tr><td>Change your password here</td></tr>",
        "<tr><th>Name</th><th>Size</th></tr><tr><td>a</td><td>1</td></tr>",
    ),
)
