"""A name that is twice in one object or mapping: a parser drops one of its values without a word.

Every reader of a file refuses it, with its line, as it cannot know which of the values counts:

    {"status": 404, "status": 200}

Only JSON in a body may have it: the service sent it so, and the bytes are kept.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

_PLAIN_NAME = re.compile(r"[A-Za-z_-]{1,30}")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:\n]', re.DOTALL)


def repeated(key: str) -> str:
    """Return what is wrong with a key that a mapping has twice, without what may be a secret.

    >>> repeated("status")
    "the key 'status' is twice in one mapping, so one of its values would be lost"
    """
    named = f"the key '{key}'" if _PLAIN_NAME.fullmatch(key) else "a key"
    return f"{named} is twice in one mapping, so one of its values would be lost"


class JsonDecoder:
    """Decodes JSON, and sees what Python's decoder drops: of a name that is there twice, a value.

    It takes twice as long as orjson, which shows no names.
    """

    def __init__(self) -> None:
        """Begin with no names."""
        self.repeated: list[str] = []
        """The names that an object had twice, in all that was decoded."""
        self._json = json.JSONDecoder(object_pairs_hook=self._mapping)

    def decode(self, text: str, place: int) -> tuple[Any, int]:
        """Return the value at a place, and where it ends. Raises ValueError, RecursionError."""
        return self._json.raw_decode(text, place)

    def whole(self, text: str) -> Any:
        """Return the value of a text. Raises ValueError, RecursionError."""
        return self._json.decode(text)

    def _mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            self.repeated.append(next(one for one in found if counts[one] > 1))
        return found


class RepeatedName(NamedTuple):
    """A name that its object has before."""

    path: tuple[str | int, ...]
    """The names and indexes that lead to it; the last is the name itself."""
    line: int

    def __str__(self) -> str:
        """Return the line and what is wrong, as the end of a sentence."""
        return f"line {self.line}: {repeated(str(self.path[-1]))}"


def json_with_repeated(text: str) -> tuple[Any, Iterator[RepeatedName]]:
    """Return the value of JSON, and the names that an object has twice, in the order of the text.

    Raises ValueError and RecursionError.

    >>> value, names = json_with_repeated('{"a": [{"b": 1, "b": 2}]}')
    >>> [one.path for one in names]
    [('a', 0, 'b')]
    """
    decoder = JsonDecoder()
    value = decoder.whole(text)
    return value, _repeated_in(text) if decoder.repeated else iter(())


class _Open:
    """An object or a list that has not ended, and the name or index of its last value."""

    __slots__ = ("key", "names")

    def __init__(self, *, is_list: bool) -> None:
        self.key: str | int = 0 if is_list else ""
        self.names: set[str] | None = None if is_list else set()


def _repeated_in(text: str) -> Iterator[RepeatedName]:
    """Read JSON again, sign by sign, which takes ten times as long."""
    within: list[_Open] = []
    line, is_name = 1, False
    for found in _TOKEN.finditer(text):
        sign = found[0]
        if sign == "\n":
            line += 1
        elif sign in "{[":
            within.append(_Open(is_list=sign == "["))
            is_name = sign == "{"
        elif sign in "}]":
            within.pop()
            is_name = False
        elif sign == ":":
            is_name = False
        elif sign == ",":
            last = within[-1]
            is_name = last.names is not None
            if isinstance(last.key, int):
                last.key += 1
        elif is_name and (names := within[-1].names) is not None:
            within[-1].key = name = json.loads(sign)
            if name in names:
                yield RepeatedName(tuple(one.key for one in within), line)
            names.add(name)
