"""The options as commands have them: each is called `--name`."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from glancetape.options import BY_NAME, Option, flag


def on_command(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare options to a click command, which gets their values as keyword arguments.

    `Settings.of` makes settings from them.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = _click_option(BY_NAME[name])(command)
        return command

    return decorate


def _click_option(option: Option) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    if option.type is bool and option.default:
        both = f"{option.flag}/{flag('no_' + option.name)}"
        return click.option(both, default=True, show_default=True, help=option.help)
    if option.type is bool:
        return click.option(option.flag, is_flag=True, help=option.help)
    if option.type == Sequence[str]:
        made = _with_late_help(option) if callable(option.help_text) else click.Option
        text = "" if callable(option.help_text) else option.help_text
        return click.option(option.flag, cls=made, multiple=True, metavar=option.metavar, help=text)
    kind: Any = click.Choice(option.choices) if option.choices else option.type
    if option.metavar == "FILE":
        kind = click.Path()  # a shell completes it
    return click.option(
        option.flag,
        type=kind,
        default=option.default,
        show_default=option.default != "",
        metavar=option.metavar,
        help=option.help,
    )


def _with_late_help(option: Option) -> type[click.Option]:
    """A kind of option whose help is put together when it is shown: that takes long."""

    class WithLateHelp(click.Option):
        def __init__(self, *args: Any, **extra: Any) -> None:
            super().__init__(*args, **extra)
            del self.help

        def __getattr__(self, name: str) -> str:
            if name != "help":
                raise AttributeError(name)
            self.help = option.help
            return self.help

    return WithLateHelp
