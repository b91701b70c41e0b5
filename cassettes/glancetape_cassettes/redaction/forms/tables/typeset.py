"""Secrets in tables of wikis and of typesetting, whose rows may be several lines.

{| class="wikitable"       .. list-table::        |===               user & password \\\\
! user !! password            * - user            |user |password    joe & x \\\\
|-                              - password
| joe || x                    * - joe             |joe
|}                              - x               |x
"""

from collections.abc import Iterable, Iterator

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.form import Span
from glancetape_cassettes.redaction.forms.tables.table_columns import (
    Cell,
    Columns,
    columns_named,
    in_cells,
)

_Row = list[Cell]
"""The cells of a row; of a row without any, the table ends."""


def in_typeset(text: str) -> Iterator[Span]:
    """Yield the secrets of each table of MediaWiki, AsciiDoc, reStructuredText and LaTeX."""
    for sign, rows_in in _KINDS.items():
        if sign in text:
            yield from _secrets_of(rows_in(text))


def _secrets_of(rows: Iterable[_Row]) -> Iterator[Span]:
    columns: Columns | None = None
    is_first = True
    for row in rows:
        if not row:
            is_first = True
        elif is_first:
            columns, is_first = columns_named([cell for _, cell in row]), False
        elif columns is not None:
            yield from in_cells(row, columns)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield where each line begins, and what is in it."""
    start = 0
    for line in text.split("\n"):
        yield start, line.rstrip("\r")
        start += len(line) + 1


def _between(line: str, start: int, sign: str) -> Iterator[Cell]:
    """Yield what is between signs of a line, with where it begins."""
    for cell in line.split(sign):
        yield start, cell
        start += len(cell) + len(sign)


def _of_mediawiki(text: str) -> Iterator[_Row]:
    row: _Row = []
    is_table = False
    for start, line in _lines(text):
        bare = line.lstrip()
        begin = start + len(line) - len(bare)
        ends = bare.startswith(("|}", "|-")) or "{|" in line
        if ends and row:
            yield row
            row = []
        if "{|" in line or bare.startswith("|}"):
            is_table = "{|" in line
            yield []
        elif is_table and not ends and bare[:1] in ("|", "!"):
            sign = "!!" if bare[0] == "!" and "!!" in bare else "||"
            row += map(_without_attributes, _between(bare[1:], begin + 1, sign))
    if row:
        yield row


def _without_attributes(cell: Cell) -> Cell:
    """Return the text of a cell, which attributes and a bar may precede."""
    start, text = cell
    attributes, bar, rest = text.rpartition("|")
    is_link = "[[" in attributes
    return cell if not bar or is_link else (start + len(attributes) + 1, rest)


def _of_asciidoc(text: str) -> Iterator[_Row]:
    """Yield the rows of tables; the first one has its cells in a line, or before an empty one."""
    cells: _Row = []
    width = 0
    is_table = False
    for start, line in _lines(text):
        if "|===" in line:
            is_table, width, cells = not is_table, 0, []
            yield []
        elif is_table and not line.strip():
            width = width or len(cells)
        elif is_table:
            found = list(_between(line, start, "|"))[1:]
            cells += found
            width = width or (len(found) if len(found) > 1 else 0)
        while width and len(cells) >= width:
            yield cells[:width]
            cells = cells[width:]


_ITEM = lazy_compile(r"(?P<row>[ \t]*\*[ \t]+)?[ \t]*-[ \t]+(?P<cell>[^\n]*)")


def _of_restructured_text(text: str) -> Iterator[_Row]:
    """Yield the rows of tables that are lists, which end where a line is as far out as before."""
    row: _Row = []
    is_table = False
    for start, line in _lines(text):
        is_out = bool(line.strip()) and not line[0].isspace()
        found = None if is_out or not is_table else _ITEM.fullmatch(line)
        if row and (is_out or (found and found["row"])):
            yield row
            row = []
        if is_out:
            is_table = "list-table::" in line
            yield []
        elif not is_table:
            is_table = "list-table::" in line
        elif found:
            row.append((start + found.start("cell"), found["cell"]))
    if row:
        yield row


_LINES_OF_LATEX = lazy_compile(
    r"\s*(?:\\(?:hline|toprule|midrule|bottomrule|endhead|cline\{[^{}\n]{0,20}\})\s*)*"
)
_IN_A_COMMAND = lazy_compile(r"\s*\\[a-z]{2,20}\{(?P<text>[^{}\n]{1,400})\}\s*")
_ENDS_OF_ROWS = lazy_compile(r"\\\\(?=[\s\[*\\]|\Z)")
"""Matches what ends a row; before a word, as in `\\\\server`, it is no end."""
_PARAGRAPH = lazy_compile(r"\n[ \t\r]*\n")
"""Finds an empty line, which no cell has in it."""


def _of_latex(text: str) -> Iterator[_Row]:
    start = 0
    for end in [*_ENDS_OF_ROWS.finditer(text), None]:
        part = text[start : end.start() if end else len(text)]
        lines = _LINES_OF_LATEX.match(part)
        begin = lines.end() if lines else 0
        begin = max(begin, part.rfind("\n", 0, part.find("&")) + 1) if "&" in part else begin
        row = list(_between(part[begin:], start + begin, "&"))
        is_row = len(row) > 1 and not _PARAGRAPH.search(part, begin)
        yield [_in_its_command(cell) for cell in row] if is_row else []
        start = end.end() if end else len(text)


def _in_its_command(cell: Cell) -> Cell:
    """Return the text of a cell, which may be in `\\textbf{...}`."""
    start, text = cell
    found = _IN_A_COMMAND.fullmatch(text)
    return (start + found.start("text"), found["text"]) if found else cell


_KINDS = {
    "{|": _of_mediawiki,
    "|===": _of_asciidoc,
    "list-table::": _of_restructured_text,
    "&": _of_latex,
}
"""A sign that a text with such a table has, and what finds its rows."""
