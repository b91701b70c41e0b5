"""Secrets in tables, in text: below a column's name, beside the name in a row, and in SQL.

User,Password     | Field    | Value |     INSERT INTO users (name, password)
joe,x             | password | x     |     VALUES ('joe', 'x')
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import NamedTuple

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.expressions.long_texts import find_all
from glancetape_cassettes.redaction.forms.form import SAMPLE, Span, in_order, spans_form
from glancetape_cassettes.redaction.forms.records import NAMING, VALUED
from glancetape_cassettes.redaction.forms.values import HIDDEN
from glancetape_cassettes.redaction.names.secret_names import is_secret_name

_CELL = lazy_compile(r"[^\w\"]*\"?([\w .-]{1,40})\"?\W*\Z")
_MOST_CELLS = 60
_FIRST_LINES = 4
_LONGEST_HEADING = 400
_COMMENT = ("#", "--", "//", ";")
_BLANKS_BETWEEN = lazy_compile(r"[ \t]{2,}")
_SENTENCE = lazy_compile(r"[=:{}]|\. |\bINTO\s", re.IGNORECASE)
_SEPARATORS = (",", "\t", ";", "|")
_IN_WORDS = lazy_compile(r"\S+\s+\S+\s+\S+")
"""Finds what is a sentence and no value."""
_RULE = lazy_compile(r":?[-=]+:?\Z")
"""Matches a piece of the line below a heading."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which cells of the rows below a heading are secret."""

    separator: str
    width: int
    secret: frozenset[int]
    """The columns with the name of a secret."""
    naming: int | None = None
    """The column whose cells name what is in the `valued` ones."""
    valued: frozenset[int] = frozenset()


def _columns_of(heading: str) -> _Columns | None:
    """Return the columns of a table by its heading; None for a line that is no such heading."""
    if len(heading) > _LONGEST_HEADING or _SENTENCE.search(heading):
        return None
    separator = next((one for one in _SEPARATORS if one in heading), "")
    found = [_CELL.match(cell.strip()) for cell in _split(heading, separator)]
    if not 1 < len(found) <= _MOST_CELLS:
        return None
    names = {at: one[1].strip() for at, one in enumerate(found) if one}
    secret = frozenset(at for at, name in names.items() if is_secret_name(name))
    folded = {at: name.lower().replace(" ", "").replace("_", "") for at, name in names.items()}
    naming = next((at for at, name in folded.items() if name in NAMING), None)
    valued = frozenset(at for at, name in folded.items() if name in VALUED and at != naming)
    if secret or (naming is not None and valued):
        return _Columns(separator, len(found), secret, naming, valued)
    return None


def _in_row(line: str, start: int, columns: _Columns) -> Iterator[Span]:
    """Yield the secrets of a row, which begins at `start`."""
    cells = _split(line, columns.separator)
    if len(cells) < columns.width and columns.separator:
        # Not Markdown: the backslash before a bar is the end of a value.
        cells = line.split(columns.separator)
    if len(cells) < columns.width:
        return
    wanted = columns.secret
    if columns.naming is not None and columns.valued:
        name = _CELL.match(cells[columns.naming].strip())
        if name and is_secret_name(name[1]):
            wanted = wanted | frozenset(
                at for at in columns.valued if not _IN_WORDS.search(cells[at])
            )
    for at, cell in enumerate(cells):
        value = cell.strip()
        if at in wanted and value and not HIDDEN.match(value) and not _RULE.match(value):
            begin = start + cell.index(value)
            yield begin, begin, begin + len(value)
        start += len(cell) + len(columns.separator)


def _split(line: str, separator: str) -> list[str]:
    r"""Return the cells of a line; without a separator those between two blanks or more.

    Each cell has the blanks after it then, so that the cells together are the line. In Markdown
    a `\|` is in a cell; it is `\/` in what is returned.
    """
    if separator:
        return line.replace(r"\|", r"\/").split(separator)
    ends = [found.end() for found in _BLANKS_BETWEEN.finditer(line)]
    return [line[start:end] for start, end in pairwise([0, *ends, len(line)])]


def _in_lines(text: str) -> Iterator[Span]:
    """Yield the secrets of a table that a text is, with its heading in one of the first lines."""
    if "\n" not in text:
        return
    columns: _Columns | None = None
    position, looked_at = 0, 0
    for line in text.split("\n"):
        is_comment = line.lstrip().startswith(_COMMENT)
        if columns is not None and not is_comment:
            yield from _in_row(line, position, columns)
        elif looked_at == _FIRST_LINES:
            return
        else:
            # Comments may come before the names, as many as there are; one may have the names.
            looked_at += not is_comment
            columns = _columns_of(line) or columns
        position += len(line) + 1


_RULES = lazy_compile(
    r"(?:(?:[ \t]{0,40}\+[^\n]*|[^\n+|]{0,80}\+[-=+ \t\r]*"
    r"|[^\S\n]{0,9}(?:#|//|--|;|>|\*)[^\S\n]*)\n)++"
)
"""Matches the lines between the rows of a table that have no `|`, also after a prefix."""
_BARS = str.maketrans("│┃║┆┊├┝┠┣╞╟╠┌┏╔└┗╚─━═", "|||||+++++++++++++---")
"""Lines of boxes as a terminal draws them, and the signs that are the same in ASCII."""
_LONGEST_PREFIX = 80
_CHANGING = lazy_compile(r"\d+")


def _in_frames(text: str) -> Iterator[Span]:
    """Yield the secrets of tables with `|` at both ends, which may be anywhere in a text.

    `openstack` and `mysql` print them so, and Markdown has them. Before the first `|` may be what
    a mail, a comment or a log begins each line with: `> `, `# `, `10:00:01 INFO `. So may a
    message before the heading alone, as in `failed: | user | token |`.
    """
    if not text.isascii():
        text = text.translate(_BARS)
    columns: _Columns | None = None
    prefix = ""
    table_ends = -1  # behind its last line so far: a line that begins there is the next row
    place = text.find("|")
    while place >= 0:
        start = text.rfind("\n", 0, place) + 1
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        line = text[place:end].rstrip("\r")
        before = _CHANGING.sub("0", text[start:place][-_LONGEST_PREFIX:].strip(" \t"))
        is_next = table_ends == start or (
            0 <= table_ends < start and _RULES.fullmatch(text, table_ends, start) is not None
        )
        if is_next and prefix.endswith(before):
            yield from _in_row(line, place, columns) if columns else ()
            table_ends = end + 1
        elif not before or line.rstrip(" \t").endswith("|"):
            columns, prefix = _columns_of(line) if line.count("|") > 1 else None, before
            table_ends = end + 1
        place = text.find("|", end)


_COPIED = lazy_compile(
    r"\bCOPY[ \t]+\S{1,200}[ \t]+\((?P<names>[^()\n]{1,4000})\)[ \t]+FROM[ \t]+stdin;?\r?\n"
    r"(?P<rows>.*?)(?=\n\\+\.|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""A table as pg_dump writes it: its names in a statement, and then its rows, with tabs."""


def _in_copies(text: str) -> Iterator[Span]:
    for found in find_all(_COPIED, text):
        names = [name.strip(' "') for name in found["names"].split(",")]
        secret = frozenset(at for at, name in enumerate(names) if is_secret_name(name))
        columns = _Columns("\t", len(names), secret)
        position = found.start("rows")
        for line in found["rows"].split("\n") if secret else ():
            yield from _in_row(line, position, columns)
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


def _in_inserts(text: str) -> Iterator[Span]:
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


def _in_tables(text: str) -> Iterator[Span]:
    kinds = (_in_lines, _in_frames, _in_copies, _in_inserts)
    return in_order(chain.from_iterable(find(text) for find in kinds))


TABLES = spans_form(
    "secret in a table",
    _in_tables,
    examples=(
        f"COPY users (id, name, password) FROM stdin;\n1\tjoe\t{SAMPLE}\n\\.\n",
        f"User Name,Access Key Id,Secret Access Key\njoe,AK1,{SAMPLE}",
        f"# a\n# b\n# c\n# d\n# e\nname,password\njoe,{SAMPLE}",
        f"# name,password\njoe,{SAMPLE}",
        f"USER      PASSWORD\njoe       {SAMPLE}",
        f"key,value\nhost,h\ndb_password,{SAMPLE}",
        f"| Field | Value |\n| id | 1 |\n| adminPass | {SAMPLE} |",
        f"a\nb\nc\nd\ne\n+---+---+\n| user | token |\n+---+---+\n| joe | {SAMPLE} |\n+---+---+",
        f"+---+---+\n| user | token |\n+---+---+\n+---+---+\n| joe | {SAMPLE} |",
        f"> | user | token |\n> |---|---|\n> | joe | {SAMPLE} |",
        f"1:05 | user | token |\n1:06 +---+---+\n1:07 | joe | {SAMPLE} |",
        f"failed: | user | token |\n| joe | {SAMPLE} |",
        f"a: [1:05] | user | token |\n[1:06] | joe | {SAMPLE} |",
        f"| user | token |\r\n|---|---|\r\n| a \\| b | {SAMPLE} |\r\n",
        f"a\n| user \\| name | token |\n| a | {SAMPLE} |\n",
        f"user|token\na\\|{SAMPLE}",
        f"INSERT INTO users (name, password) VALUES ('joe', '{SAMPLE}')",  # noqa: S608
        f"insert into `u` (`a`, `api_token`) values\n('x;y', '{SAMPLE}'),\n('z', null);",
        f"REPLACE INTO u(sk) SELECT '{SAMPLE}' FROM dual",  # noqa: S608
        f"INSERT INTO passwords VALUES (1, '{SAMPLE}')",  # noqa: S608
    ),
    counterexamples=(
        "name,size\na,1",
        "USER  SIZE\njoe   1",
        "| Field | Value |\n| name | ubuntu |",
        "| Name | Description |\n| token | what the service gave out |",
        "| name | value |\n|---|---|\n| password | the one of the user |",
        "| Name | Token |\n|---|:-:|\n| joe | |",
        "| Token | Size |\n|---:|-----|",
        "a\nb\nc\nd\ne\nls | grep token | wc\nls | sort | uniq",
        "> | user | token |\n# | joe | none of it |",
        "INSERT INTO tokens (id, name) SELECT id, o.name FROM old_tokens o;",
        "INSERT INTO a (b) VALUES (1)",
        "INSERT INTO users (name, password) VALUES (%s, %s)",
        "insert into the form (password) values that you know",
    ),
)
