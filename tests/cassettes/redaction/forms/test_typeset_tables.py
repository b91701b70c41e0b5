"""Tables of all kinds lose the cells below a secret's name, and keep all others."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.redaction.secret_patterns import scrub
from support.drawn.examples import examples

Rows = list[list[str]]


def _aligned(rows: Rows, rule: str) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    line = "   ".join(rule * width for width in widths)
    return "\n".join([line, lines[0], line, *lines[1:], line])


def _in_bars(rows: Rows, bar: str = "|") -> str:
    return "\n".join(f"{bar} {f' {bar} '.join(row)} {bar}" for row in rows)


def _mediawiki(rows: Rows) -> str:
    head = "! " + " !! ".join(rows[0])
    return "\n".join(
        ["{|", head, *(f"|-\n| {' || '.join(row)}" for row in rows[1:]), "|}", "| a || b"]
    )


def _mediawiki_in_lines(rows: Rows) -> str:
    head = "".join(f'! scope="col" | {cell}\n' for cell in rows[0])
    body = "".join("|-\n" + "".join(f"| {cell}\n" for cell in row) for row in rows[1:])
    return f'{{| class="wikitable"\n{head}{body}|}}'


def _asciidoc(rows: Rows) -> str:
    lines = ["".join(f"|{cell} " for cell in row) for row in rows]
    return "\n".join(["[%header]", "|===", lines[0], "", *lines[1:], "|==="])


def _asciidoc_in_lines(rows: Rows) -> str:
    return "|===\n" + "\n\n".join("\n".join(f"|{cell}" for cell in row) for row in rows) + "\n|==="


def _list_of_lists(rows: Rows) -> str:
    items = [
        "\n".join(f"{'   * -' if not at else '     -'} {cell}" for at, cell in enumerate(row))
        for row in rows
    ]
    return ".. list-table:: Users\n   :header-rows: 1\n\n" + "\n".join(items) + "\n\nThe end.\n"


def _csv_directive(rows: Rows) -> str:
    head, *body = [", ".join(f'"{cell}"' for cell in row) for row in rows]
    return f".. csv-table::\n   :header: {head}\n\n" + "\n".join(f"   {row}" for row in body) + "\n"


def _latex(rows: Rows) -> str:
    head, *body = [" & ".join(row) + r" \\" for row in rows]
    return "\n".join([r"\begin{tabular}{lll}", head, r"\hline", *body, r"\end{tabular}"])


WAYS: dict[str, Callable[[Rows], str]] = {
    "commas after a message": lambda rows: "stored: " + "\n".join(map(",".join, rows)),
    "semicolons after a message": lambda rows: "a: 1\n\nb: " + "\n".join(map(";".join, rows)),
    "commas further down": lambda rows: "a.\n\n\n\n\n\nb.\n\n" + "\n".join(map(",".join, rows)),
    "tabs further down": lambda rows: "a.\nb.\nc.\nd.\ne.\n" + "\n".join(map("\t".join, rows)),
    "broken bars": lambda rows: _in_bars(rows, "\u00a6"),
    "bars": lambda rows: f"a\nb\nc\nd\ne\n{_in_bars(rows)}",
    "DokuWiki": lambda rows: f"a\n{_in_bars(rows[:1], '^')}\n{_in_bars(rows[1:])}",
    "Jira": lambda rows: f"a\n{_in_bars(rows[:1], '||')}\n{_in_bars(rows[1:])}",
    "simple table": lambda rows: _aligned(rows, "="),
    "org-mode": lambda rows: f"{_in_bars(rows[:1])}\n|---+---|\n{_in_bars(rows[1:])}",
    "MediaWiki": _mediawiki,
    "MediaWiki in lines": _mediawiki_in_lines,
    "AsciiDoc": _asciidoc,
    "AsciiDoc in lines": _asciidoc_in_lines,
    "list-table": _list_of_lists,
    "csv-table": _csv_directive,
    "LaTeX": _latex,
}
"""Who writes a table how."""
BESIDE = (
    *("AsciiDoc in lines", "list-table", "csv-table", "MediaWiki in lines"),
    *("tabs further down", "simple table"),
)
"""Where a secret's name may have another name beside it, which is like its value."""
NAMES = st.sampled_from(["user", "host", "size", "image", "state"])
CELLS = st.sampled_from(["ubuntu", "debian", "web-1", "42", "x86", "4711", "active"])
SECRET_NAMES = ("password", "Token", "api_key", "adminPass", "secret")
SECRETS = st.sampled_from(["Zq7WkR3xVb9TnM5pLc2H", "swordfish", "Winter2025!", "hunter2"])


@dataclass(frozen=True)
class Table:
    """Its rows, the heading first, and what must not stay."""

    rows: Rows
    secrets: list[str]


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    at = draw(st.integers(0, len(names)))
    rows, secrets = [[*names[:at], draw(st.sampled_from(SECRET_NAMES)), *names[at:]]], []
    for _ in range(draw(st.integers(1, 4))):
        row = [draw(CELLS) for _ in names]
        secrets.append(draw(SECRETS))
        rows.append([*row[:at], secrets[-1], *row[at:]])
    return Table(rows, secrets)


@examples(200)
@given(table=_tables())
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_table_loses_its_secrets(way: Callable[[Rows], str], table: Table) -> None:
    after = scrub(way(table.rows))

    assert [] == [one for one in table.secrets if one in after]


@examples(200)
@given(table=_tables())
@pytest.mark.parametrize(
    "way",
    [WAYS[one] for one in WAYS if one not in BESIDE],
    ids=[one for one in WAYS if one not in BESIDE],
)
def test_a_table_keeps_its_other_cells(way: Callable[[Rows], str], table: Table) -> None:
    before = way(table.rows)
    after = scrub(before)

    for secret in table.secrets:
        before = before.replace(secret, "REDACTED", 1)
    assert before.split() == after.split()


@examples(200)
@given(table=_tables())
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_table_without_a_secret_stays(way: Callable[[Rows], str], table: Table) -> None:
    names, *rows = table.rows
    text = way([["name" if one in SECRET_NAMES else one for one in names], *rows])

    assert text == scrub(text)
