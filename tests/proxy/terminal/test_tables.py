"""Tables for people: aligned anywhere, and folded where a terminal is narrow."""

import pytest
from click import unstyle

from glancetape.terminal.tables import table, unbroken

ROWS = [("镜像", "1"), ("a long name", "1,000")]


def test_columns_line_up() -> None:
    """Wide characters take two places; numbers are aligned on the right."""
    lines = unstyle(table(("name", "count"), ROWS, numbers=(1,))).split("\n")

    assert ["name         count", "镜像             1", "a long name  1,000"] == lines


def test_a_table_may_have_no_heads() -> None:
    """And no space at the end of a line."""
    assert "镜像         1\na long name  1,000" == table((), ROWS)


def test_a_file_gets_each_row_on_one_line() -> None:
    """However long it is: programs read it."""
    assert f"{'x' * 70_000}  y" == table((), [("x" * 70_000, "y")])


def test_a_narrow_terminal_gets_folded_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cut off."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")

    lines = table((), [("name", "0123456789abcdefghij")]).split("\n")

    assert ["name  0123456789abcd", "      efghij"] == lines


def test_a_narrow_terminal_does_not_separate_what_belongs_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A value and its count."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    pairs = ", ".join(map(unbroken, ["a 1", "others 8,106"]))

    assert ["name  a 1,", "      others 8,106"] == table((), [("name", pairs)]).split("\n")


def test_cells_are_printed_as_they_are() -> None:
    """Neither markup nor emoji names mean anything in them."""
    assert "[bold]a[/bold]  :smile:" == table((), [("[bold]a[/bold]", ":smile:")])
