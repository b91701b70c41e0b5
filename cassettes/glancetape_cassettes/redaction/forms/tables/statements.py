"""Secrets in rows that a statement of SQL inserts.

INSERT INTO users (name, password) VALUES ('joe', 'x')
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.expressions.long_texts import find_all
from glancetape_cassettes.redaction.forms.form import Span
from glancetape_cassettes.redaction.forms.tables.table_columns import Columns, in_row
from glancetape_cassettes.redaction.forms.values import HIDDEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_name

_COPIED = lazy_compile(
    r"\bCOPY[ \t]+\S{1,200}[ \t]+\((?P<names>[^()\n]{1,4000})\)[ \t]+FROM[ \t]+stdin;?\r?\n"
    r"(?P<rows>.*?)(?=\n\\+\.|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""A table as pg_dump writes it: its names in a statement, and then its rows, with tabs."""


def in_copies(text: str) -> Iterator[Span]:
    """Yield the secrets of tables that `pg_dump` wrote."""
    for found in find_all(_COPIED, text):
        names = [name.strip(' "') for name in found["names"].split(",")]
        secret = frozenset(at for at, name in enumerate(names) if is_secret_name(name))
        columns = Columns("\t", len(names), secret)
        position = found.start("rows")
        for line in found["rows"].split("\n") if secret else ():
            yield from in_row(line, position, columns)
            position += len(line) + 1


_INSERTED = lazy_compile(
    r"\b(?:INSERT|REPLACE)\s{1,9}(?:[A-Z_]{2,20}\s{1,9}){0,3}?INTO\s{1,9}"
    r"(?P<table>[^\s(),;]{1,200})\s{0,9}(?:\((?P<names>[^()]{1,4000})\)\s{0,9})?"
    r"(?:VALUES?|SELECT)(?![\w.])",
    re.IGNORECASE,
)
_PART_OF_A_ROW = lazy_compile(
    r"'(?:[^'\\]|\\.|'')*+(?:'|\\?\Z)|\"(?:[^\"\\]|\\.)*+(?:\"|\\?\Z)"
    r"|(?P<sign>[(),;])|(?P<from>\bFROM\b)|[^'\"(),;\sF]++|\s++|F",
    re.IGNORECASE | re.DOTALL,
)
_NO_VALUE = lazy_compile(
    r"(?:NULL|DEFAULT|TRUE|FALSE|\?|%s|%\(\w{1,60}\)s|[:@$]\w{1,60}|#?\{\w{1,60}\})\Z",
    re.IGNORECASE,
)
"""Matches what holds the place of a value."""
_COLUMN = lazy_compile(r"(?:\w{1,60}\.)?[^\W\d]\w{0,60}\Z")
"""Matches a name without quotes, which no value is in what a statement selects."""


_MOST_UNCLOSED = 4
"""Rows that are read to the end of the text. A dump has one that is never closed: its last."""


def in_inserts(text: str) -> Iterator[Span]:
    """Yield the values of statements that insert rows, in the columns of secrets.

    A value may quote a statement, so a row does not end where the next one begins. After some rows
    that were never closed, such as those of a log with cut lines, it does: each of them would be
    read to the end of the text otherwise.
    """
    end = unclosed = 0
    statements = list(find_all(_INSERTED, text))
    next_begins = [*(one.start() for one in statements), len(text)][1:]
    for found, following in zip(statements, next_begins, strict=True):
        if found.start() < end:
            continue
        names = [one.strip(" \t\r\n`\"[]'") for one in (found["names"] or "").split(",")]
        secret = {at for at, name in enumerate(names) if is_secret_name(name)}
        is_whole = is_secret_name(found["table"].strip('`"[]').rpartition(".")[2])
        end = found.end()
        last = following if unclosed == _MOST_UNCLOSED else len(text)
        is_select = found[0].upper().endswith("SELECT")
        for one in _inserted_values(text, end, last, is_select=is_select):
            end = one.end
            unclosed += not one.is_closed and last == len(text)
            value = text[one.start : one.end].strip()
            is_wanted = is_whole or one.column in secret
            if is_select and _COLUMN.match(value):
                continue  # of another table
            if is_wanted and value and not HIDDEN.match(value) and not _NO_VALUE.match(value):
                begin = text.index(value, one.start)
                yield found.start(), begin, begin + len(value)


class _Inserted(NamedTuple):
    """A value of a row, and where it is in the text."""

    column: int
    start: int
    end: int
    is_closed: bool = True
    """Whether it ends where the text says so, and not with the line."""


def _inserted_values(text: str, start: int, last: int, *, is_select: bool) -> Iterator[_Inserted]:
    """Yield each value of the rows between two places.

    A row that is never closed, as in a line that was cut, ends with its line.
    """
    depth, column, begin = int(is_select), 0, start
    for part in _PART_OF_A_ROW.finditer(text, start, last):
        sign = part["sign"]
        if sign == "(":
            depth += 1
            if depth == 1:
                column, begin = 0, part.end()
        elif sign == "," and depth == 1:
            yield _Inserted(column, begin, part.start())
            column, begin = column + 1, part.end()
        elif sign == ")":
            depth -= 1
            if depth == 0:
                yield _Inserted(column, begin, part.start())
        elif sign == ";" or (part["from"] and is_select and depth == 1):
            if depth:
                yield _Inserted(column, begin, part.start())
            return
        elif depth == 0 and not sign and not part[0].isspace():
            return  # ON CONFLICT, or another text
        if depth < 0:
            return
    if depth:
        line_ends = text.find("\n", begin, last)
        yield _Inserted(column, begin, line_ends if line_ends >= 0 else last, is_closed=False)
