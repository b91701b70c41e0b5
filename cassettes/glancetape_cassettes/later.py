"""Modules that are loaded by their first use, without an import in each function."""

from importlib import import_module
from typing import Any


class later:
    """A module that is loaded when something in it is used.

    own_layout = later("glancetape_cassettes.formats.own_layout")
    """

    def __init__(self, name: str) -> None:
        """Take the full name of the module."""
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """What the module has under a name."""
        return getattr(import_module(self._name), name)
