"""Text from outside, made safe to show on a terminal.

Names, ids, header values and paths may come from a hostile cloud or cassette. A terminal obeys
control characters in them: `\\x1b[2J` clears the screen, U+202E reverses what follows it, and a
newline inside a value forges a line of a report. What a person reads shows these escaped.
"""

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from glancetape_cassettes.lazy_regex import lazy_compile

_T = TypeVar("_T")

_UNSAFE = lazy_compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1 (U+009B begins an escape sequence on some terminals)
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # change the direction of the text
    "\u2028\u2029"  # end a line
    "\ud800-\udfff"  # bytes of a file name that are not UTF-8: written out they are raw bytes again
    "]"
)


def escape(text: str) -> str:
    """The text on one line, with its control characters escaped.

    escape("a\\x1b[31m\\nb") == r"a\\x1b[31m\\nb"
    """
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def escape_lines(text: str) -> str:
    """The same for text that is laid out in lines: newlines stay, everything else is escaped."""
    return "\n".join(map(escape, text.split("\n")))


def escape_json(text: str) -> str:
    """The same JSON value, in which no control character is raw.

    `json.dumps` escapes C0 only. Newlines between members stay: inside a string JSON has none.
    """
    return "\n".join(
        _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in text.split("\n")
    )


def escape_values(value: _T) -> _T:
    """The same value with every text in it escaped: in dataclasses, dicts, lists and tuples.

    For reports that are laid out afterwards, so that only the layout begins new lines.
    """
    return cast(_T, _escape_any(value))


def _escape_any(value: Any) -> Any:
    match value:
        case str():
            return escape(value)
        case Counter():
            return Counter({_escape_any(name): count for name, count in value.items()})
        case dict():
            return {_escape_any(name): _escape_any(one) for name, one in value.items()}
        case list() | tuple():
            make = getattr(value, "_make", type(value))  # a NamedTuple's type takes no iterable
            return make(map(_escape_any, value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            named = {one.name: _escape_any(getattr(value, one.name)) for one in fields(value)}
            return replace(value, **named)
        case _:
            return value
