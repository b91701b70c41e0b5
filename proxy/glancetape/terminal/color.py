"""Whether what a person reads is coloured: `--color`, and NO_COLOR and TERM in the environment."""

import os
from typing import TextIO

import click

_CHOICES = {"auto": None, "always": True, "never": False}
_WITHOUT_COLOR = ("dumb", "unknown")
"""The values of TERM for terminals that show no colours."""


def _choose(context: click.Context, _: click.Parameter, value: str) -> None:
    """Set click's own switch, which `click.echo` obeys: None looks whether there is a terminal."""
    color = _CHOICES[value] if value != "auto" else _of_environment()
    # An error is shown when the command's own context is closed: the group's is left then.
    context.color = context.find_root().color = color


def _of_environment() -> bool | None:
    """Whether the environment forbids colours (False), or leaves them to the terminal (None).

    https://no-color.org: any value but an empty one does. An option of the command line wins.
    """
    forbids = os.environ.get("NO_COLOR") or os.environ.get("TERM") in _WITHOUT_COLOR
    return False if forbids else None


def color_option() -> click.Option:
    """The option `--color` of a command."""
    return click.Option(
        ["--color"],
        type=click.Choice(tuple(_CHOICES)),
        default="auto",
        show_default=True,
        is_eager=True,
        expose_value=False,
        callback=_choose,
        help="Colour the output; auto: on a terminal, unless NO_COLOR is set or TERM is dumb.",
    )


def is_on_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is read by a person. It is None where it was closed at the start.

    glancetape query region.images >&-
    """
    return stream is not None and stream.isatty()


def chosen_color() -> bool | None:
    """Whether colours were chosen: by the option, or by the environment before it is read."""
    context = click.get_current_context(silent=True)
    color = context.color if context is not None else None
    return _of_environment() if color is None else color


def is_colored(*, is_terminal: bool) -> bool:
    """Whether to colour what goes to a terminal, or to something else."""
    chosen = chosen_color()
    return is_terminal if chosen is None else chosen
