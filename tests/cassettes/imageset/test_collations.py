"""Which texts databases may take for the same, and which have a certain place among others."""

import unicodedata
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.imageset.collations import (
    alike,
    is_order_certain,
    reads_alike,
    without_a_certain_place,
)

TEXTS = st.lists(st.text("aAbBzé-_ .9ß镜", max_size=3), max_size=7)


def general_ci(text: str) -> tuple[str, ...]:
    """Return the weights of MySQL's `utf8mb3_general_ci`: letters without case and accents."""
    weights = [unicodedata.normalize("NFD", one)[0].upper()[:1] for one in text.rstrip(" ")]
    return tuple(weights)


def unicode_primary(text: str) -> tuple[tuple[int, str], ...]:
    """Return the first weights of the Unicode algorithm: signs, then digits, then letters."""
    signs = " _-,;:!?."
    base = [one for one in unicodedata.normalize("NFD", text.casefold()) if ord(one) != 0x301]
    return tuple((signs.index(one), "") if one in signs else (99, one) for one in base)


COLLATIONS: Sequence[Callable[[str], object]] = (str, general_ci, unicode_primary)


@given(TEXTS)
def test_a_text_with_a_certain_place_comes_after_the_same_texts_everywhere(
    texts: list[str],
) -> None:
    """And equals no other one, by each collation as it is written down here again."""
    unsure = without_a_certain_place(texts)

    for text in set(texts) - unsure:
        before = {
            frozenset(one for one in texts if collation(one) < collation(text))  # type: ignore[operator]
            for collation in COLLATIONS
        }
        assert 1 == len(before), text
        for collation in COLLATIONS:
            assert {text} == {one for one in texts if collation(one) == collation(text)}


@given(st.text("aAbBzé-_ .9ß镜", max_size=3), st.text("aAbBzé-_ .9ß镜", max_size=3))
@example("_", "ß")
def test_the_order_of_two_texts_is_certain_if_all_collations_agree(one: str, other: str) -> None:
    """Also of texts that are equal for some."""
    if is_order_certain(one, other):
        assert 1 == len({collation(one) < collation(other) for collation in COLLATIONS})  # type: ignore[operator]
        assert all(collation(one) != collation(other) for collation in COLLATIONS)


@given(st.text(max_size=4), st.text(max_size=4))
def test_texts_that_a_collation_finds_equal_are_alike(one: str, other: str) -> None:
    """MySQL's own finds them equal without case, accents and blanks at the end."""
    for text in (one.upper(), f"{one} ", unicodedata.normalize("NFD", one)):
        if general_ci(text) == general_ci(one):
            assert alike(one) == alike(text)
    if one.isascii() and other.isascii() and general_ci(one) == general_ci(other):
        assert alike(one) == alike(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zebra", "zebra "),
        ("café", "CAFE"),
        ("cafe\u0301", "café"),
        ("ﬁ", "FI"),
        ("Ａ１", "a1"),
        ("か", "カ"),
        ("straße", "STRASSE"),
        ("œuvre", "OEuvre"),
        ("a\u200bb", "ab"),
        ("🚀", "🎈"),
    ],
)
def test_these_are_alike(one: str, other: str) -> None:
    """Each pair is one text to some collation of MySQL."""
    assert alike(one) == alike(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("a b", "ab"), ("镜", "像"), ("1", "l")])
def test_these_are_not_alike(one: str, other: str) -> None:
    """No collation that is meant takes one for the other."""
    assert alike(one) != alike(other)


def test_ids_in_one_form_have_certain_places() -> None:
    """All databases put hexadecimal digits in the same order."""
    assert frozenset() == without_a_certain_place(["0a-1", "a0-1", "00-f"])
    assert {"0A-1", "0a-1"} <= without_a_certain_place(["0a-1", "0A-1"])
    assert {"0a", "0-a"} <= without_a_certain_place(["0a", "0-a"])  # some ignore the sign
    assert {"Zz", "aa"} <= without_a_certain_place(["Zz", "aa"])


def test_a_letter_with_an_upper_case_of_two_stays_as_it_is() -> None:
    """MySQL's `utf8mb3_general_ci` has one weight for it; as `FI` it would come before `[`."""
    assert is_order_certain("[", "ﬁ")


def test_a_number_reads_alike_if_it_is_plain_and_fits_the_column() -> None:
    """Columns of 32 bits are `min_disk` and `min_ram`."""
    assert all(reads_alike("min_disk", text) for text in ("0", "040", "+40", "-1", "2147483647"))
    assert reads_alike("size", "3000000000")
    refused = ("", "abc", "40.0", "4e1", " 40", "40 ", "1_0", "٤٠", "40\n", "2147483648", "9" * 30)
    assert not any(reads_alike("min_disk", text) for text in refused)
