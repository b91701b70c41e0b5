"""A pattern that is compiled later is the same pattern."""

import re

import pytest

from glancetape_cassettes.lazy_regex import lazy_compile

_FLAGS = re.IGNORECASE | re.DOTALL
_CASES = [
    (r"(?P<name>[a-z]+)=(\d*)", 0, "limit=7&Name=8"),
    (r"(?P<name>[a-z]+)=(\d*)", re.IGNORECASE, "limit=7&Name=8"),
    (r"a.c\Z", _FLAGS, "A\nC"),
    (r"x", 0, "nothing"),
    (rb"[0-9]+", 0, b"1 and 22"),
]


@pytest.mark.parametrize(("pattern", "flags", "text"), _CASES)
@pytest.mark.parametrize("method", ["search", "match", "fullmatch"])
def test_it_finds_what_the_pattern_finds(pattern: str, flags: int, text: str, method: str) -> None:
    lazy, real = lazy_compile(pattern, flags), re.compile(pattern, flags)

    for _ in range(2):  # the first call compiles
        found, expected = getattr(lazy, method)(text), getattr(real, method)(text)
        assert (found and found.regs) == (expected and expected.regs)


def test_it_has_all_methods_and_values_of_a_pattern() -> None:
    real = re.compile(r"(?P<one>b)", re.IGNORECASE)
    methods = {name for name in dir(real) if not name.startswith("_")} - {"scanner"}

    for name in sorted(methods):
        lazy = lazy_compile(r"(?P<one>b)", re.IGNORECASE)  # each is the first that is used
        given = {"sub": ("x", "abc"), "subn": ("x", "abc")}.get(name, ("abc",))
        ours, theirs = getattr(lazy, name), getattr(real, name)
        if callable(ours) and name not in ("search", "match", "fullmatch", "finditer"):
            ours, theirs = ours(*given), theirs(*given)
        elif callable(ours):
            continue  # compared above
        assert ours == theirs, name


def test_a_wrong_pattern_fails_at_its_first_use() -> None:
    wrong = lazy_compile("(")

    with pytest.raises(re.error):
        wrong.search("")


def test_it_has_nothing_that_a_pattern_has_not() -> None:
    assert not hasattr(lazy_compile("a"), "nothing")


def test_a_function_makes_the_text_of_a_pattern_when_it_is_first_used() -> None:
    made: list[str] = []
    lazy = lazy_compile(lambda: made.append("a") or "a(b)")

    assert [] == made
    assert ("ab", "ab") == (lazy.search("ab")[0], lazy.match("ab")[0])  # type: ignore[index]
    assert ["a"] == made
