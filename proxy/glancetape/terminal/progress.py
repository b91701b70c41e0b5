"""How far a long command is: a line on a terminal's standard error, nothing anywhere else."""

import sys
import time
from typing import TYPE_CHECKING

from glancetape.terminal.color import is_colored, is_on_terminal

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress:
    """One line that is drawn over, and removed at the end.

    with Progress("images") as progress:
        progress("writing", 1_000, 50_000)
    """

    _EVERY = 0.1  # seconds between two drawings

    def __init__(self, unit: str = "") -> None:
        """Take the unit whose number per second is shown, such as "images"; "" shows none."""
        self._unit = unit
        self._is_shown = is_on_terminal(sys.stderr)
        self._bar: Bar | None = None
        self._next = 0.0
        self._step, self._since = "", 0.0

    def __enter__(self) -> "Progress":
        """Draw nothing yet: the first step does."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the line."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show the step, and how much of it is done; a total of 0 is not known."""
        if not self._is_shown:
            return
        now = time.monotonic()
        is_new = step != self._step
        if is_new:
            self._step, self._since = step, now
        elif now < self._next:
            return
        self._next = now + self._EVERY
        bar = self._bar = self._bar or _new_bar()
        rate = done / (now - self._since) if now > self._since else 0.0
        shown = f"{rate:,.0f} {self._unit}/s" if self._unit and 0 < done < total else ""
        if is_new:
            for task in bar.task_ids:
                bar.remove_task(task)
            bar.add_task(step, total=total or None, completed=done, rate=shown)
        else:
            (task,) = bar.task_ids
            bar.update(task, total=total or None, completed=done, rate=shown)
        bar.refresh()


def _new_bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True, no_color=not is_colored(is_terminal=True)),
        transient=True,
        # No thread of its own: the steps come often, and signals end the process in between.
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.start()
    return bar
