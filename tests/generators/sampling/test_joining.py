"""Columns of text are joined into lines, one for each image."""

import random

import numpy as np
import pytest

from glancetape_generators.sampling import joining
from glancetape_generators.sampling.joining import Chosen, Column, ends_of_lines, join_lines

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
        lines = [wanted[place] + b"\n" for place in places]
        assert b"".join(lines) == b"".join(join_lines(columns, count, asked))


@pytest.mark.parametrize("at_once", [1, 100, 1 << 20])
@pytest.mark.parametrize("seed", range(20))
def test_some_lines_are_rewritten(monkeypatch: pytest.MonkeyPatch, seed: int, at_once: int) -> None:
    """To longer or shorter ones; all others stay."""
    monkeypatch.setattr(joining, "_AT_ONCE", at_once)
    drawn = random.Random(seed)
    count = drawn.choice([1, 2, 30])
    texts = [_text(drawn) for _ in range(count)]
    others = sorted(drawn.sample(range(count), drawn.randint(0, count)))
    order = np.array(drawn.sample(range(count), count), np.int64)
    in_order = [b"<" + texts[place] + b">" for place in order]
    columns: list[Column] = [b"<", np.array(texts, np.bytes_), b">"]

    def rewrite(number: int, line: bytes) -> bytes:
        assert in_order[number] == line
        return b"%d" % number * (number % 3)

    found = b"".join(join_lines(columns, count, order, others, rewrite))

    expected = [
        rewrite(number, line) if number in others else line for number, line in enumerate(in_order)
    ]
    assert b"".join(line + b"\n" for line in expected) == found


@pytest.mark.parametrize("text", [b"", b"\n", b"a\n", b"\n\nab\nc\n"])
def test_the_ends_of_lines_are_after_their_newlines(text: bytes) -> None:
    """One for each newline."""
    ends = [place + 1 for place, letter in enumerate(text) if letter == ord("\n")]

    assert ends == ends_of_lines(text)


def _text(drawn: random.Random) -> bytes:
    return b"".join(drawn.choices(_PIECES, k=drawn.randrange(5)))
