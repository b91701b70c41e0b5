"""Secrets in tables as programs print them: CSV, columns with blanks between them, and frames.

User,Password     | Field    | Value |
joe,x             | password | x     |
"""

import re
from collections.abc import Iterator

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.form import Span
from glancetape_cassettes.redaction.forms.tables.table_columns import (
    Columns,
    columns_named,
    columns_of,
    in_row,
)
from glancetape_cassettes.redaction.forms.values import TOKEN

_FIRST_LINES = 4
_COMMENT = ("#", "--", "//", ";")
_LONGEST_JOINED = 800
"""A message and the names after it."""


def with_plain_bars(text: str) -> str:
    """Return a text of the same length, in which the lines of tables are signs of ASCII."""
    return text if text.isascii() else text.translate(_BARS)


def in_lines(text: str) -> Iterator[Span]:
    """Yield the secrets of a table that a text is, with its heading in one of the first lines."""
    if "\n" not in text:
        return
    columns: Columns | None = None
    position, looked_at = 0, 0
    for line in text.split("\n"):
        is_comment = line.lstrip().startswith(_COMMENT)
        if columns is not None and not is_comment:
            yield from in_row(line, position, columns)
        elif looked_at == _FIRST_LINES:
            return
        else:
            # Comments may come before the names, as many as there are; one may have the names.
            looked_at += not is_comment
            columns = columns_of(line) or columns
        position += len(line) + 1


_NAME_OF_A_COLUMN = lazy_compile(
    r"[ ]?(?:\"[\w .-]{1,40}\"|'[\w .-]{1,40}'|[\w.-]{1,40}"
    r"|[A-Z][\w-]{0,20}(?: [A-Z][\w-]{0,20}){1,3})\r?"
)
_FIRST_NAME = lazy_compile(r"[\"']?\w[\w .-]{0,60}[\"']?([,;\t])")
_OF_A_DIRECTIVE = ":header:"
"""Where reStructuredText has the names of a table whose rows come after an empty line."""
_A_TOKEN = lazy_compile(rf"[\"']?{TOKEN}", re.IGNORECASE)
_A_MEMBER = lazy_compile(r"\s*[\w.-]{1,60}\s?[:=](?:\s|\Z)")


def in_joined(text: str) -> Iterator[Span]:
    """Yield the secrets of CSV that begins anywhere in a text, also after a message in its line.

    created 2 users: name,password
    joe,x
    """
    columns: Columns | None = None
    position, has_blanks, goes_on = 0, False, False
    for line in text.split("\n") if "\n" in text else ():
        if columns is not None and _is_row_of(columns, line):
            for span in in_row(line, position, columns):
                if not has_blanks or _A_TOKEN.match(text, span[1]):
                    yield span
        elif columns is None or line.strip() or not goes_on:
            columns = _joined_columns_of(line)
            goes_on = _OF_A_DIRECTIVE in line
            has_blanks = columns is not None and f"{columns.separator} " in line and not goes_on
        position += len(line) + 1


def _joined_columns_of(line: str) -> Columns | None:
    """Return the columns of CSV whose names are the whole line, or what is after a message.

    Several names that are all of secrets are a list of methods, and no heading.
    """
    if len(line) > _LONGEST_JOINED:
        return None
    names = line.rpartition(": ")[2].lstrip()
    first = _FIRST_NAME.match(names)
    if first is None:
        return None
    separator = first[1]
    cells = names.split(separator)
    if not all(map(_NAME_OF_A_COLUMN.fullmatch, cells)):
        return None
    columns = columns_named(cells, separator)
    is_list = columns is not None and len(columns.secret) == len(cells)
    return None if is_list else columns


def _is_row_of(columns: Columns, line: str) -> bool:
    """Whether a line has as many cells as a heading, and is no other member of an object."""
    count = line.count(columns.separator) + 1
    is_wide = count > columns.width and '"' in line
    return (count == columns.width or is_wide) and not _A_MEMBER.match(line)


_RULES = lazy_compile(
    r"(?:(?:[ \t]{0,40}\+[^\n]*|[^\n+|]{0,80}\+[-=+ \t\r]*"
    r"|[^\S\n]{0,9}(?:#|//|--|;|>|\*)[^\S\n]*)\n)++"
)
"""Matches the lines between the rows of a table that have no `|`, also after a prefix."""
_BARS = str.maketrans("│┃║┆┊¦├┝┠┣╞╟╠┌┏╔└┗╚─━═", "||||||+++++++++++++---")
"""Lines of boxes as a terminal draws them, and the signs that are the same in ASCII."""
_HEADING_OF_DOKUWIKI = lazy_compile(r"^\^[^\n]*\^(?=[ \t]*\r?$)", re.MULTILINE)
_OF_JIRA = "||"
"""What is between the names of a heading, and may be between cells of a row."""
_LONGEST_PREFIX = 80
_CHANGING = lazy_compile(r"\d+")


def in_frames(text: str) -> Iterator[Span]:
    """Yield the secrets of tables with `|` at both ends, which may be anywhere in a text.

    `openstack` and `mysql` print them so, and Markdown has them. Before the first `|` may be what
    a mail, a comment or a log begins each line with: `> `, `# `, `10:00:01 INFO `. So may a
    message before the heading alone, as in `failed: | user | token |`.
    """
    if "^" in text:
        text = _HEADING_OF_DOKUWIKI.sub(lambda line: line[0].replace("^", "|"), text)
    columns: Columns | None = None
    prefix = ""
    table_ends = -1  # behind its last line so far: a line that begins there is the next row
    place = text.find("|")
    while place >= 0:
        start = text.rfind("\n", 0, place) + 1
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        line = text[place:end].rstrip("\r")
        if line.startswith(_OF_JIRA):
            line = line.replace(_OF_JIRA, " |")
        before = _CHANGING.sub("0", text[start:place][-_LONGEST_PREFIX:].strip(" \t"))
        is_next = table_ends == start or (
            0 <= table_ends < start and _RULES.fullmatch(text, table_ends, start) is not None
        )
        if is_next and prefix.endswith(before):
            yield from in_row(line, place, columns) if columns else ()
            table_ends = end + 1
        elif not before or line.rstrip(" \t").endswith("|"):
            columns, prefix = columns_of(line) if line.count("|") > 1 else None, before
            table_ends = end + 1
        place = text.find("|", end)
