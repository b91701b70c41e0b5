"""Modules that are loaded by their first use, or beside other work.

Other work is what lets Python's threads run: the system reads a file, or a file is hashed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from sys import modules
from threading import Thread
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


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Do some work in another thread during a `with` block, which ends when both are done.

    An error of the work is not raised here: whoever needs the work tries again, and reports it. The
    work is also left to them where no thread can be started: the system allows no more, or Python
    is about to end.
    """

    def try_it() -> None:
        with suppress(Exception):
            work()

    thread = Thread(target=try_it, daemon=True)
    with suppress(RuntimeError):
        thread.start()
    try:
        yield
    finally:
        if thread.ident is not None:  # it was started
            thread.join()


@contextmanager
def loaded_meanwhile(name: str) -> Iterator[None]:
    """Load a module during a `with` block, unless it is there already.

    with loaded_meanwhile("glancetape_cassettes.replaying.recorded_answers"):
        text = path.read_bytes()  # 25 MB take the system 12 ms
    """
    if name in modules:
        yield
    else:
        with meanwhile(lambda: import_module(name)):
            yield
