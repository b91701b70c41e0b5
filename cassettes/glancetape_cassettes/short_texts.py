"""Results that are remembered for short texts only: memory must not grow with hostile ones."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])


def remembered(maxsize: int, longest: int = 200) -> Callable[[_Function], _Function]:
    """A decorator like `lru_cache` for functions of a text, which may have other arguments too.

    The result for a text of more than `longest` characters is worked out each time.
    """

    def decorate(function: _Function) -> _Function:
        kept = lru_cache(maxsize)(function)

        @wraps(function)
        def result(text: str, *others: Any) -> Any:
            return (kept if len(text) <= longest else function)(text, *others)

        return cast("_Function", result)

    return decorate
