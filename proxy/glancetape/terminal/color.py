"""Whether what a person reads is coloured: `--color`, and NO_COLOR in the environment."""

import os
from typing import TextIO

import click

_CHOICES = {"auto": None, "always": True, "never": False}


def _choose(context: click.Context, _: click.Parameter, value: str) -> None:
    """Set click's own switch, which `click.echo` obeys: None looks whether there is a terminal."""
    color = _CHOICES[value]
    # https://no-color.org: any value but an empty one; an option of the command line wins.
    if value == "auto" and os.environ.get("NO_COLOR"):
        color = False
    # An error is shown when the command's own context is closed: the group's is left then.
    context.color = context.find_root().color = color


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
        help="Colour the output; auto: on a terminal, unless NO_COLOR is set.",
    )


def is_on_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is read by a person. It is None where it was closed at the start.

    glancetape query region.images >&-
    """
    return stream is not None and stream.isatty()


def is_colored(*, is_terminal: bool) -> bool:
    """Whether to colour what goes to a terminal, or to something else."""
    context = click.get_current_context(silent=True)
    chosen = context.color if context is not None else None
    return is_terminal if chosen is None else chosen
