"""Columns of text are joined into lines, one for each image."""

import random

import numpy as np
import pytest

from glancetape_generators.sampling import joining
from glancetape_generators.sampling.joining import Chosen, Column, Lines, join_lines

_PIECES = [
    b"",
    b"a",
    b'"',
    "\N{SNOWMAN}".encode(),
    b"\xff",
    b"\r",
    b"longer than the others",
    b" ",
]


@pytest.mark.parametrize("at_once", [1, 100, 1 << 20])
@pytest.mark.parametrize("seed", range(20))
def test_a_line_has_the_texts_of_its_image(
    monkeypatch: pytest.MonkeyPatch, seed: int, at_once: int
) -> None:
    """In the order of the columns, whatever is laid out together."""
    monkeypatch.setattr(joining, "_AT_ONCE", at_once)
    drawn = random.Random(seed)
    count = drawn.choice([0, 1, 2, 50])
    columns: list[Column] = []
    wanted: list[bytes] = [b""] * count
    for _ in range(drawn.randrange(8)):
        texts = [_text(drawn) for _ in range(count)]
        if drawn.random() < 0.3:
            columns.append(same := _text(drawn))
            texts = [same] * count
        elif drawn.random() < 0.5:
            table = sorted({*texts, b"unused"})
            numbers = np.array([table.index(text) for text in texts], np.int64)
            columns.append(Chosen(np.array(table, np.bytes_), numbers))
        else:
            columns.append(np.array(texts or [b""], np.bytes_)[:count])
        wanted = [line + text for line, text in zip(wanted, texts, strict=True)]

    order = np.array(drawn.sample(range(count), count), np.int64)
    for places, asked in ((range(count), None), (order, order)):
        found: list[bytes] = []
        for start, lines in join_lines(columns, count, asked):
            assert len(found) == start
            found += [lines.line(number) for number in range(len(lines.ends))]
            assert b"".join(line + b"\n" for line in found[start:]) == lines.text
        assert [wanted[place] for place in places] == found


@pytest.mark.parametrize("seed", range(20))
def test_some_lines_are_replaced(seed: int) -> None:
    """By longer or shorter ones; all others stay."""
    drawn = random.Random(seed)
    wanted = [_text(drawn) for _ in range(drawn.choice([1, 2, 30]))]
    numbers = drawn.sample(range(len(wanted)), drawn.randint(0, len(wanted)))
    others = {number: _text(drawn) for number in numbers}
    lines = Lines(b"".join(line + b"\n" for line in wanted))

    found = lines.replaced(others)

    expected = [others.get(number, line) for number, line in enumerate(wanted)]
    assert b"".join(line + b"\n" for line in expected) == found.text


def _text(drawn: random.Random) -> bytes:
    return b"".join(drawn.choices(_PIECES, k=drawn.randrange(5)))
