"""Regular expressions that are compiled when they are first used.

The tables of this package have about two hundred. A run needs a few of them, and compiling all of
them takes longer than reading a cassette.
"""

import re
from collections.abc import Callable
from typing import Any, AnyStr, cast

_METHODS = "search match fullmatch split findall finditer sub subn".split()
_VALUES = "pattern flags groups groupindex".split()


def lazy_compile(pattern: AnyStr | Callable[[], AnyStr], flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern as `re.compile` returns it, except that its first use compiles it.

    A function returns the text of one that takes long to put together.

        _WORD = lazy_compile(r"[a-z]+")
        _WORD.search("42 images")  # now it is compiled

    Taking a method is a use, so keep the pattern in a table, not its method.
    """
    return cast("re.Pattern[AnyStr]", _Lazy(pattern, flags))


class _Lazy:
    """Becomes as quick as the pattern itself: after the first use it has the pattern's methods."""

    def __init__(self, pattern: Any, flags: int) -> None:
        """Keep what `re.compile` will get."""
        self._pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile; called for what is not there yet."""
        if name not in _METHODS and name not in _VALUES:
            raise AttributeError(name)
        text: Any = self._pattern() if callable(self._pattern) else self._pattern
        compiled = re.compile(text, self._flags)
        vars(self).update({one: getattr(compiled, one) for one in (*_METHODS, *_VALUES)})
        return getattr(compiled, name)
