"""Text from outside is shown with its control characters escaped."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import pytest

from glancetape.terminal.escaping import escape, escape_json, escape_lines, escape_values

CONTROLS = [
    *map(chr, range(0x20)),
    "\x7f",
    *map(chr, range(0x80, 0xA0)),
    *"\u061c\u200e\u200f\u2028\u2029",
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
    "\udcff",
]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda one: f"U+{ord(one):04X}")
def test_a_control_character_is_shown_as_its_escape(control: str) -> None:
    """In plain text as Python writes it, in JSON as JSON does."""
    shown = escape(f"a{control}b")

    assert shown.isascii()
    assert shown.isprintable()
    assert f"a{control}b" == shown.encode().decode("unicode_escape")
    in_json = escape_json(json.dumps([f"a{control}b"], ensure_ascii=False))
    assert in_json.isprintable()
    assert [f"a{control}b"] == json.loads(in_json)


@pytest.mark.parametrize("text", ["", "plain", "镜像 & co", "naïve – 🙂", r"C:\new", "a b"])
def test_text_without_control_characters_is_unchanged(text: str) -> None:
    """Letters of any script, and backslashes."""
    assert text == escape(text) == escape_lines(text)


def test_the_lines_of_a_layout_stay_lines() -> None:
    """Only where the caller laid the text out itself."""
    assert "a\\x1b\nb\\x07" == escape_lines("a\x1b\nb\x07")
    assert '{\n  "a": "\\u009b"\n}' == escape_json('{\n  "a": "\x9b"\n}')


def test_values_are_escaped_however_deep_they_are() -> None:
    """In every container that a report has; everything else stays the same."""

    class Pair(NamedTuple):
        name: str
        number: int

    @dataclass(frozen=True)
    class Report:
        name: str
        counts: Counter[str]
        found: dict[str, list[tuple[str, int | None]]]
        pair: Pair

    raw = Report(
        "a\n", Counter({"b\x1b": 2}), {"c\x9b": [("d\r", 1), ("", None)]}, Pair("e\x07", 3)
    )
    escaped = escape_values(raw)

    assert escaped == Report(
        "a\\n", Counter({"b\\x1b": 2}), {"c\\x9b": [("d\\r", 1), ("", None)]}, Pair("e\\x07", 3)
    )
    assert isinstance(escaped.pair, Pair)
