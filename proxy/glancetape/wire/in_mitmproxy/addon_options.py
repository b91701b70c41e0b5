"""The options as mitmproxy has them: each is called `glancetape_NAME`."""

from collections.abc import Sequence
from typing import Any, Protocol

from glancetape.options import OPTIONS, PREFIX, Settings, plain

RENAMED = {PREFIX + "project": PREFIX + "own_project"}
"""Name that an option of the addon had in 0.1.0 -> the name it has now."""


class Loader(Protocol):
    """What mitmproxy passes to an addon's `load`."""

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


def for_mitmproxy(settings: Settings) -> dict[str, Any]:
    """The settings as values of mitmproxy's options."""
    return {PREFIX + name: value for name, value in plain(settings).items()}
