"""Every option once; the mitmproxy addon and the command line both read this table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import click

from glancetape.modes import RecordMode
from glancetape_cassettes.cloud.dialects import NAMES

PREFIX = "glancetape_"


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its name, type, default, help, and what it may be."""

    name: str
    type: type | Any
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    on_command_line: bool = True
    metavar: str | None = None

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")


OPTIONS = (
    Option("record", str, "", "Record into this cassette.", on_command_line=False),
    Option(
        "replay",
        Sequence[str],
        (),
        "Answer from these cassettes, and from an image set.",
        on_command_line=False,
    ),
    Option(
        "mode",
        str,
        RecordMode.ONCE.value,
        "once: record a new cassette, replay one that exists. new_episodes: replay what is "
        "recorded, record the rest. all: record everything anew. none: replay only.",
        tuple(mode.value for mode in RecordMode),
    ),
    Option("keystone", bool, False, "Record Keystone's paths too (tokens are left out)."),
    Option("keep_ids", bool, False, "Record project, user and domain ids as they are."),
    Option(
        "key_file",
        str,
        "",
        "File with the key for stand-ins (else GLANCETAPE_KEY, else the user's own key).",
        metavar="FILE",
    ),
    Option(
        "keep_header", Sequence[str], (), "Record this header too (repeatable).", metavar="NAME"
    ),
    Option(
        "sensitive",
        Sequence[str],
        (),
        "Treat this header, query parameter or JSON member as a secret (repeatable).",
        metavar="NAME",
    ),
    Option("miss_status", int, 501, "Status of the answer to a request that is not recorded."),
    Option(
        "project",
        str,
        "",
        "A project id of yours that stands for the recorded one, and for a set's home project.",
        metavar="ID",
    ),
    Option(
        "dialect",
        str,
        "auto",
        "Which cloud's rules hold for what is not recorded: auto finds it out.",
        ("auto", *NAMES),
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}


class Loader(Protocol):
    """What mitmproxy gives to an addon's `load`."""

    def add_option(
        self,
        name: str,
        typespec: type,
        default: Any,
        help: str,
        choices: Sequence[str] | None = None,
    ) -> None:
        """Add an option."""
        ...


def add_to_mitmproxy(loader: Loader) -> None:
    """Declare all options to mitmproxy, as `glancetape_NAME`."""
    for option in OPTIONS:
        loader.add_option(
            PREFIX + option.name, option.type, option.default, option.help, option.choices or None
        )


def on_command(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare options to a click command."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = _click_option(BY_NAME[name])(command)
        return command

    return decorate


def _click_option(option: Option) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    if option.type is bool:
        return click.option(option.flag, is_flag=True, help=option.help)
    if option.type == Sequence[str]:
        return click.option(option.flag, multiple=True, metavar=option.metavar, help=option.help)
    kind: Any = click.Choice(option.choices) if option.choices else option.type
    return click.option(
        option.flag,
        type=kind,
        default=option.default,
        show_default=option.default != "",
        metavar=option.metavar,
        help=option.help,
    )


def for_mitmproxy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn {name: value} into mitmproxy's option names and types."""
    return {
        PREFIX + name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
    }
