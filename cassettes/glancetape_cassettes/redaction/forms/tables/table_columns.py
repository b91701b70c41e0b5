"""Which cells of a table are secret, by its heading.

User,Password     | Field    | Value |
joe,x             | password | x     |
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.form import Span
from glancetape_cassettes.redaction.forms.records import NAMING, VALUED
from glancetape_cassettes.redaction.forms.values import HIDDEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_name

_CELL = lazy_compile(r"[^\w\"]*\"?([\w .-]{1,40})\"?\W*\Z")
_MOST_CELLS = 60
_LONGEST_HEADING = 400
_BLANKS_BETWEEN = lazy_compile(r"[ \t]{2,}")
_SENTENCE = lazy_compile(r"[=:{}]|\. |\bINTO\s", re.IGNORECASE)
_SEPARATORS = (",", "\t", ";", "|")
_COMMAND = lazy_compile(
    r"(?:sudo )?(?:[efz]?grep|rg|[gm]?awk|sed|cat|tac|head|tail|cut|sort|uniq|tee|tr|wc|jq|yq|xargs"
    r"|echo|printf|find|ls|ps|less|more|column|diff)\s"
)
"""Matches what is between two bars of a shell, as in `ls | grep token | wc`."""
_IN_WORDS = lazy_compile(r"\S+\s+\S+\s+\S+")
"""Finds what is a sentence and no value."""
_RULE = lazy_compile(r":?[-=]+:?\Z")
"""Matches a piece of the line below a heading."""


Cell = tuple[int, str]
"""Where a cell begins in a text, and what is in it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which cells of the rows below a heading are secret."""

    separator: str
    width: int
    secret: frozenset[int]
    """The columns with the name of a secret."""
    naming: int | None = None
    """The column whose cells name what is in the `valued` ones."""
    valued: frozenset[int] = frozenset()


def columns_of(heading: str) -> Columns | None:
    """Return the columns of a table by its heading; None for a line that is no such heading."""
    if len(heading) > _LONGEST_HEADING or _SENTENCE.search(heading):
        return None
    separator = next((one for one in _SEPARATORS if one in heading), "")
    return columns_named(split(heading, separator), separator)


def columns_named(cells: Sequence[str], separator: str = "") -> Columns | None:
    """Return the columns of a table by the cells of its heading; None if none is secret."""
    if not 1 < len(cells) <= _MOST_CELLS:
        return None
    stripped = [cell.strip() for cell in cells]
    if separator == "|" and any(map(_COMMAND.match, stripped)):
        return None
    names = {at: one[1].strip() for at, cell in enumerate(stripped) if (one := _CELL.match(cell))}
    secret = frozenset(at for at, name in names.items() if is_secret_name(name))
    folded = {at: name.lower().replace(" ", "").replace("_", "") for at, name in names.items()}
    naming = next((at for at, name in folded.items() if name in NAMING), None)
    valued = frozenset(at for at, name in folded.items() if name in VALUED and at != naming)
    if secret or (naming is not None and valued):
        return Columns(separator, len(cells), secret, naming, valued)
    return None


def in_row(line: str, start: int, columns: Columns) -> Iterator[Span]:
    """Yield the secrets of a row, which begins at `start`."""
    cells = split(line, columns.separator)
    if len(cells) < columns.width and columns.separator:
        # Not Markdown: the backslash before a bar is the end of a value.
        cells = line.split(columns.separator)
    if len(cells) < columns.width:
        return
    placed = list[Cell]()
    for cell in cells:
        placed.append((start, cell))
        start += len(cell) + len(columns.separator)
    yield from in_cells(placed, columns)


def in_cells(cells: Sequence[Cell], columns: Columns) -> Iterator[Span]:
    """Yield the secrets of a row by its cells."""
    wanted = columns.secret
    if columns.naming is not None and columns.valued and columns.naming < len(cells):
        name = _CELL.match(cells[columns.naming][1].strip())
        if name and is_secret_name(name[1]):
            wanted = wanted | frozenset(
                at
                for at, (_, cell) in enumerate(cells)
                if at in columns.valued and not _IN_WORDS.search(cell)
            )
    for at, (start, cell) in enumerate(cells):
        value = cell.strip()
        if at in wanted and value and not HIDDEN.match(value) and not _RULE.match(value):
            begin = start + cell.index(value)
            yield begin, begin, begin + len(value)


def split(line: str, separator: str) -> list[str]:
    r"""Return the cells of a line; without a separator those between two blanks or more.

    Each cell has the blanks after it then, so that the cells together are the line. In Markdown
    a `\|` is in a cell; it is `\/` in what is returned.
    """
    if separator:
        return line.replace(r"\|", r"\/").split(separator)
    ends = [found.end() for found in _BLANKS_BETWEEN.finditer(line)]
    return [line[start:end] for start, end in pairwise([0, *ends, len(line)])]
