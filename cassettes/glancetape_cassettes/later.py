"""Modules that are loaded by their first use, without an import in each function."""

from importlib import import_module
from types import ModuleType
from typing import Any


class later:
    """A module that is loaded when something in it is used.

    own_layout = later("glancetape_cassettes.formats.own_layout")
    """

    def __init__(self, name: str) -> None:
        """Take the full name of the module."""
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        """What the module has under a name."""
        if self._module is None:
            self._module = import_module(self._name)
        return getattr(self._module, name)
