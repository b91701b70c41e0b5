"""Each key of a spec takes any value, or refuses it: by its file, its line and its path."""

import re
from collections.abc import Iterator

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.spec.layers import KEYS, SECTIONS
from glancetape_generators.spec.reading import read_spec
from support.sets.spec_files import Write

VALUES = (
    *("-1", "0", "3", "257", "0.5", "1.0001", "9" * 30, ".inf", "0x10", "1e3"),
    *("text", "''", "{app}", "true", "~", "", "2020-02-02", "2020-02-02T00:00:00Z", "9999-01-01"),
    *("[]", "[a, a]", "[3]", "[[a]]", "[{}]", "[{a: 1}]", "[{weight: 1, keys: [a]}]", "[~]"),
    *("{}", "{a: 1}", "{a: b}", "{a: -1}", "{3: 1}", "{257: 1}", "{-1: 1}", "{~: 1}", "{'': 1}"),
    *("{a: {}}", "{a: {b: 1}}", "{a: {share: 1}}", "{a: {b: {c: {d: 1}}}}", "{a: [b]}", "{[a]: 1}"),
)
"""YAML of each kind: numbers in and out of range, text, times, lists and mappings, nested."""


def _paths() -> Iterator[tuple[str, ...]]:
    for key in KEYS:
        yield (key,)
        yield from ((key, name) for name in SECTIONS.get(key, ()))


@pytest.mark.parametrize("path", _paths(), ids=".".join)
def test_a_value_is_read_or_refused_by_its_place(path: tuple[str, ...], write: Write) -> None:
    """The oracle is the text that the file was written as."""
    above = [] if path == ("like",) else ["like: tenant"]
    lines = [*above, *(f"{'  ' * depth}{key}:" for depth, key in enumerate(path))]
    refusals = []
    for value in VALUES:
        file = write("\n".join(lines) + f" {value}\n")
        try:
            read_spec(file)
        except ImageSetError as error:
            refusals.append(str(error))

    place = f"spec.yaml, line {len(lines)}: {'.'.join(path)}"
    assert [] == [one for one in refusals if not re.match(rf"{re.escape(place)}\b.*\.\Z", one)]
    assert len(refusals) > len(VALUES) // 3
