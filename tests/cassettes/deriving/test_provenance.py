"""The interactions that prove an answer, as text."""

from random import Random

import pytest

from glancetape_cassettes.deriving.provenance import Sources, format_sources
from glancetape_cassettes.interaction import Source


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((), ""),
        ((3,), "a.yaml#3"),
        ((1, 2, 3, 4, 7), "a.yaml#1-4,7"),
        ((9, 1, 2, 2), "a.yaml#1-2,9"),
        (range(1, 1001), "a.yaml#1-1000"),
        (range(1, 45, 2), f"a.yaml#{','.join(map(str, range(1, 41, 2)))},and 2 more"),
    ],
)
def test_sources_of_one_file_are_together(numbers: tuple[int, ...], shown: str) -> None:
    """In any order; a header is no place for very many."""
    assert shown == format_sources(Source("a.yaml", number) for number in numbers)


def test_sources_that_are_kept_have_the_same_text() -> None:
    """Also the second time."""
    rng = Random(3)
    for _ in range(50):
        listed = [Source(rng.choice("ab"), rng.randrange(30)) for _ in range(rng.randrange(20))]
        kept = Sources(listed)

        assert [format_sources(listed)] * 2 == [format_sources(kept), format_sources(kept)]
        assert tuple(listed) == kept
