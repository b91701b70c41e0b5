"""Tables for people: columns that line up, drawn by rich and printed by click."""

import io
import shutil
import sys
from collections.abc import Collection, Iterable, Sequence

from glancetape.terminal.color import is_on_terminal

_NEVER_FOLDED = 1 << 24
"""Width of a table that goes to a file or to another program: one line a row."""
_UNBROKEN = "\U0010fffd"
"""Stands in for a space at which no line may end: rich ends lines at U+00A0 too."""


def unbroken(text: str) -> str:
    """The text of a part of a cell that no narrow terminal breaks at its spaces."""
    return text.replace(" ", _UNBROKEN)


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Collection[int] = (),
) -> str:
    """The lines of a table; cells fold where a terminal is too narrow for them.

    `heads` may be empty. `numbers` are the columns that are aligned on the right. The cells are
    printed as they are: escape what comes from outside first.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        box=None, header_style="", show_header=bool(heads), pad_edge=False, padding=(0, 2, 0, 0)
    )
    cells = [list(map(Text, row)) for row in rows]
    columns = len(heads) or max(map(len, cells), default=0)
    for place in range(columns):
        head = Text(heads[place], style="bold") if heads else Text()
        drawn.add_column(
            head, justify="right" if place in numbers else "left", overflow="fold", no_wrap=False
        )
    for row in cells:
        drawn.add_row(*row)
    width = shutil.get_terminal_size().columns if is_on_terminal(sys.stdout) else _NEVER_FOLDED
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=True,  # click removes the colours where there are to be none
        color_system="standard",
        no_color=False,
        highlight=False,
        legacy_windows=False,
    )
    console.print(drawn)
    text = file.getvalue().replace(_UNBROKEN, " ")
    return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))
