"""The items in a file of any recorder like VCR, each with its line, and the rest of the file.

    {interactions: [...], version: 1}         vcrpy, go-vcr, glancetape
    {http_interactions: [...]}                Ruby VCR, betamax
    [...]                                     php-vcr, Ruby VCR 1
    {requests: [...], responses: [...]}       LangChain: the nth response answers the nth request

A file in JSON is read as JSON: as YAML, which it is too, it would take thirty times as long.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from yaml.nodes import MappingNode, ScalarNode

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import safe_yaml
from glancetape_cassettes.formats.repeated_names import JsonDecoder, repeated

LIST_KEYS = ("interactions", "http_interactions")
SPLIT_KEYS = ("requests", "responses")
_ITEM_KEYS = frozenset(("request", "response"))
_BLANK = re.compile(r"[ \t\r\n]*")
_MOST_SIGNS = 20 * safe_yaml.MOST_NODES
"""Brackets and commas of JSON; most of them are in the text of bodies."""


@dataclass(frozen=True, slots=True)
class Item:
    """An interaction as the file has it; `read` raises CassetteError for what cannot be read."""

    line: int
    read: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class VcrFile:
    """The members of a file besides its list, and the items of the list."""

    rest: dict[str, Any]
    items: list[Item]


def read_vcr_file(text: bytes, where: str) -> VcrFile:
    """Return the items of a file. Raises CassetteError for one that has no list of them."""
    found = _read_json(text, where) if text.lstrip()[:1] in (b"{", b"[") else None
    return found or _read_yaml(text, where)


# -- YAML -----------------------------------------------------------------------------------------


def _read_yaml(text: bytes, where: str) -> VcrFile:
    node, loader = safe_yaml.compose(text, where)

    def item(*nodes: Any) -> Item:
        def read() -> Any:
            values = [safe_yaml.build(one, loader, where) for one in nodes]
            return values[0] if len(values) == 1 else _joined(values)

        return Item(nodes[0].start_mark.line + 1, read)

    if (nodes := safe_yaml.items(node)) and safe_yaml.members(nodes[0]).keys() >= _ITEM_KEYS:
        return VcrFile({}, [item(one) for one in nodes])
    top = safe_yaml.members(node)
    _check_lists([(key.value, key.start_mark.line + 1) for key in _keys_at_top(node)], where)
    listing = next((top[key] for key in LIST_KEYS if key in top), None)
    split = [safe_yaml.items(top.get(key)) for key in SPLIT_KEYS]
    if (nodes := safe_yaml.items(listing)) is not None:
        found = [item(one) for one in nodes]
    elif listing is None and split[0] is not None and split[1] is not None:
        _check_pairs(len(split[0]), len(split[1]), where)
        found = [item(*pair) for pair in zip(*split, strict=True)]
    else:
        raise CassetteError(_NO_LIST.format(where=where))
    lists = [top.get(key) for key in (*LIST_KEYS, *SPLIT_KEYS)]
    rest = {
        key: safe_yaml.build(value, loader, where)
        for key, value in top.items()
        if not any(value is one for one in lists)
    }
    return VcrFile(rest, found)


def _keys_at_top(node: Any) -> list[Any]:
    pairs = node.value if isinstance(node, MappingNode) else []
    return [key for key, _ in pairs if isinstance(key, ScalarNode)]


def _check_lists(keys: list[tuple[str, int]], where: str) -> None:
    """Raise CassetteError for what is at the top twice: YAML and JSON drop one without a word."""
    lines: dict[str, int] = {}
    for key, line in keys:
        name = LIST_KEYS[0] if key in LIST_KEYS else key
        if name in lines and name not in (*LIST_KEYS, *SPLIT_KEYS):
            raise CassetteError(f"{where}, line {line}: {repeated(key)}.")
        if name in lines:
            raise CassetteError(
                f"{where}, line {line}: a second list '{key}'; the first is in line {lines[name]}. "
                "Put all items into one list."
            )
        lines[name] = line


_NO_LIST = "{where}: not a VCR cassette: it has no list 'interactions' or 'http_interactions'."


def _joined(values: list[Any]) -> dict[str, Any]:
    return {"request": values[0], "response": values[1]}


def _check_pairs(requests: int, responses: int, where: str) -> None:
    if requests != responses:
        raise CassetteError(
            f"{where}: a cassette of LangChain with {requests} requests and {responses} "
            "responses, so which belong together is unknown. Record it again."
        )


# -- JSON -----------------------------------------------------------------------------------------


def _read_json(text: bytes, where: str) -> VcrFile | None:
    """None for what is not JSON, and for more of it than a cassette has; YAML then says why."""
    if len(text) > _MOST_SIGNS and sum(map(text.count, (b"[", b"{", b","))) > _MOST_SIGNS:
        return None
    try:
        decoded = text.decode()
        lists, rest, names = _top_level(decoded)
    except (ValueError, RecursionError):
        return None
    lines = _Lines(decoded)
    _check_lists([(name, lines.at(place)) for place, name in names], where)
    for place, key in names:
        _value(rest.get(key), where, lines.at(place))

    def item(place: int, value: Any) -> Item:
        line = lines.at(place)
        return Item(line, partial(_value, value, where, line))

    found = {name: [item(*one) for one in values] for name, values in lists.items()}
    if (name := next((key for key in LIST_KEYS if key in found), None)) is not None:
        return VcrFile(rest, found[name])
    if found.get("") and _keys_of(lists[""][0][1]) >= _ITEM_KEYS:
        return VcrFile(rest, found[""])
    if rest.keys() & {*LIST_KEYS} or not all(key in found for key in SPLIT_KEYS):
        raise CassetteError(_NO_LIST.format(where=where))
    requests, responses = (found[key] for key in SPLIT_KEYS)
    _check_pairs(len(requests), len(responses), where)
    return VcrFile(
        rest,
        [
            Item(one.line, partial(_joined, [one.read(), two.read()]))
            for one, two in zip(requests, responses, strict=True)
        ],
    )


def _keys_of(value: Any) -> frozenset[str]:
    return frozenset(value) if isinstance(value, dict) else frozenset()


class _Repeated(dict[str, Any]):
    """A value in which a mapping has a key twice."""

    key = ""


def _value(value: Any, where: str, line: int) -> Any:
    if isinstance(value, _Repeated):
        raise CassetteError(f"{where}, line {line}: {repeated(value.key)}.")
    return value


class _Decoder(JsonDecoder):
    """Decodes a value, of which it remembers whether a mapping in it has a key twice."""

    def decode(self, text: str, place: int) -> tuple[Any, int]:
        """Return the value at a place, and where it ends. Raises ValueError."""
        value, end = super().decode(text, place)
        if self.repeated:
            value = _Repeated(value if isinstance(value, dict) else {})
            value.key = self.repeated[0]
            self.repeated.clear()
        return value, end


class _Lines:
    """The line of each place in a text; from one place to the next it counts on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place, self._line = 0, 1

    def at(self, place: int) -> int:
        if place < self._place:
            self._place, self._line = 0, 1
        self._line += self._text.count("\n", self._place, place)
        self._place = place
        return self._line


def _top_level(
    text: str,
) -> tuple[dict[str, list[tuple[int, Any]]], dict[str, Any], list[tuple[int, str]]]:
    """Return the lists of items with the place of each, the other members, and each name's place.

    A list at the top has the name "". Raises ValueError for what is not JSON.
    """
    lists: dict[str, list[tuple[int, Any]]] = {}
    rest: dict[str, Any] = {}
    names: list[tuple[int, str]] = []
    place = _skip(text, 0)
    decoder = _Decoder()
    if text[place : place + 1] == "[":
        lists[""], place = _items(text, place, decoder)
    else:
        place = _after(text, place, "{")
        while text[place : place + 1] != "}":
            start = place
            name, place = decoder.decode(text, place)
            names.append((start, str(name)))
            place = _after(text, _skip(text, place), ":")
            if name in (*LIST_KEYS, *SPLIT_KEYS) and text[place : place + 1] == "[":
                lists[name], place = _items(text, place, decoder)
            else:
                rest[name], place = decoder.decode(text, place)
            place = _after_comma(text, place, "}")
        place += 1
    if _skip(text, place) != len(text):
        raise ValueError("something follows")
    return lists, rest, names


def _items(text: str, place: int, decoder: _Decoder) -> tuple[list[tuple[int, Any]], int]:
    """Return the items of a list with their places, and the place after the list."""
    found = []
    place = _after(text, place, "[")
    while text[place : place + 1] != "]":
        value, end = decoder.decode(text, place)
        found.append((place, value))
        place = _after_comma(text, end, "]")
    return found, place + 1


def _after_comma(text: str, place: int, closing: str) -> int:
    place = _skip(text, place)
    return place if text[place : place + 1] == closing else _after(text, place, ",")


def _after(text: str, place: int, sign: str) -> int:
    if text[place : place + 1] != sign:
        raise ValueError(f"no {sign!r} at {place}")
    return _skip(text, place + 1)


def _skip(text: str, place: int) -> int:
    blank = _BLANK.match(text, place)
    return blank.end() if blank else place
