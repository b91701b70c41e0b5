"""Columns of text are joined into lines, one for each image."""

import random
from itertools import chain

import numpy as np
import pytest

from glancetape_generators.sampling import joining
from glancetape_generators.sampling.joining import (
    Chosen,
    Column,
    column_of,
    join_lines,
    list_pieces,
    table_of,
    text_where,
)

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


@pytest.mark.parametrize("at_once", [1, 7, 100])
@pytest.mark.parametrize("seed", range(20))
def test_a_line_has_the_texts_of_its_image(
    monkeypatch: pytest.MonkeyPatch, seed: int, at_once: int
) -> None:
    """In the order of the columns, whatever is laid out together."""
    monkeypatch.setattr(joining, "AT_ONCE", at_once)
    drawn = random.Random(seed)
    count = drawn.choice([0, 1, 2, 50, 400])
    columns: list[Column] = []
    wanted: list[bytes] = [b""] * count
    for _ in range(drawn.randint(1, 8)):
        texts = [_text(drawn) for _ in range(count)]
        if drawn.random() < 0.3:
            columns.append(same := _text(drawn))
            texts = [same] * count
        elif drawn.random() < 0.3:
            share = drawn.choice([0, 0.2, 0.9, 1])
            has = np.array([drawn.random() < share for _ in range(count)], np.bool_)
            texts = [text if there else b"" for text, there in zip(texts, has, strict=True)]
            columns.append(column_of(np.array(texts or [b""], np.bytes_)[:count], has))
        elif drawn.random() < 0.3:
            share, one, other = drawn.choice([0, 0.5, 1]), _text(drawn), _text(drawn)
            has = np.array([drawn.random() < share for _ in range(count)], np.bool_)
            texts = [one if there else other for there in has.tolist()]
            columns.append(text_where(has, one, other))
        elif drawn.random() < 0.5:
            table = sorted({*texts, b"unused"})
            numbers = np.array([table.index(text) for text in texts], np.int64)
            columns.append(Chosen(table_of(table), numbers))
        else:
            columns.append(np.array(texts or [b""], np.bytes_)[:count])
        wanted = [line + text for line, text in zip(wanted, texts, strict=True)]

    order = np.array(drawn.sample(range(count), count), np.int64)
    for places, asked in ((range(count), None), (order, order)):
        lines = [wanted[place] for place in places]
        assert lines == [*chain.from_iterable(join_lines(columns, count, asked))]
    pieces = [(width, [*some]) for width, some in list_pieces(columns, count)]
    assert wanted == [
        b"".join(some[start : start + width])
        for width, some in pieces
        for start in range(0, len(some), width)
    ]


def _text(drawn: random.Random) -> bytes:
    return b"".join(drawn.choices(_PIECES, k=drawn.randrange(5)))


@pytest.mark.parametrize(("pairs", "width"), [(1600, 2), (60, 2), (50, 1), (40, 1)])
def test_neighbours_are_one_piece_if_few_of_their_pairs_occur(pairs: int, width: int) -> None:
    """Of 1,600 possible ones; 50 are an eighth of the images."""
    count = 400
    chosen = np.arange(count) % pairs * (1600 // pairs)
    tables = [table_of([b"%c%d" % (letter, n) for n in range(40)]) for letter in b"ab"]
    columns = [Chosen(tables[0], chosen // 40), Chosen(tables[1], chosen % 40)]

    pieces = [*list_pieces(columns, count)]

    assert {width} == {found for found, _ in pieces}
    assert b"".join(b"a%db%d" % divmod(pair, 40) for pair in chosen.tolist()) == b"".join(
        piece for _, some in pieces for piece in some
    )
