"""Results that are remembered for short texts."""

from glancetape_cassettes.short_texts import remembered


def test_only_results_for_short_texts_are_remembered() -> None:
    asked = []

    @remembered(10, longest=3)
    def both(text: str, other: str = "") -> str:
        asked.append((text, other))
        return text + other

    for _ in range(2):
        assert ["abc", "abcd", "abcx"] == [both("abc"), both("abcd"), both("abc", "x")]
    assert [("abc", ""), ("abcd", ""), ("abc", "x"), ("abcd", "")] == asked


def test_no_more_results_are_remembered_than_there_is_room_for() -> None:
    asked = []

    @remembered(1)
    def same(text: str) -> str:
        asked.append(text)
        return text

    for text in ("a", "b", "a"):
        assert text == same(text)
    assert ["a", "b", "a"] == asked
