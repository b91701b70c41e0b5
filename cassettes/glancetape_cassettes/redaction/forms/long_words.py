"""Long words: a secret may be longer than what an expression looks at.

Each form ends somewhere, so that hostile text takes no long time. A word that goes on after that
would be kept in part, or as a whole. So long words are looked at by their beginnings:

    login -p 5f1c...(5,000 letters)...9 h    is read as    login -p 5f1c...zqx7bbbx h
    login -p REDACTED h                      nothing is left of the word, so it was a secret
"""

import re
from typing import NamedTuple

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.policy import PLACEHOLDER

_LETTER = r"[A-Za-z0-9+/_.~%$!-]"
_LEAST = 128
"""Letters of a long word: half of the shortest limit in the tables."""
_LONG = lazy_compile(rf"(?<!{_LETTER}){_LETTER}{{{_LEAST},}}+={{0,2}}")
_HAS_LETTER = lazy_compile("[A-Za-z]")
_HAS_DIGIT = lazy_compile("[0-9]")
_BEGINNING = 24
_IN_LETTERS = str.maketrans("01", "bx")
_DIGITS = 20


class ShortWords(NamedTuple):
    """A text whose long words are short, and what they were."""

    text: str
    words: list[str]
    mark: str

    def restored(self, text: str) -> str:
        """Return a text with the long words that nothing was replaced in."""
        parts, position = list[str](), 0
        for found in re.finditer(rf"{self.mark}7?([bx]{{{_DIGITS}}})", text):
            word = self.words[int(found[1].replace("b", "0").replace("x", "1"), 2)]
            first = found.start() - _BEGINNING
            if first >= position and text.startswith(word[:_BEGINNING], first):
                parts += [text[position:first], word]
            else:
                parts += [text[position : found.start()], PLACEHOLDER]
            position = found.end()
        return "".join([*parts, text[position:]])


def with_short_words(text: str) -> ShortWords | None:
    """Return a text with the beginnings of its long words; None if it has none.

    A line of dashes is no word. A short word has a digit where the long one has.
    """
    if len(text) < _LEAST or _LONG.search(text) is None:
        return None
    mark = "zqx"
    while mark in text:
        mark += "x"
    words: list[str] = []

    def shorten(found: re.Match[str]) -> str:
        word = found[0]
        if _HAS_LETTER.search(word) is None:
            return word
        digit = "7" if _HAS_DIGIT.search(word) else ""
        number = f"{len(words):0{_DIGITS}b}".translate(_IN_LETTERS)
        words.append(word)
        return f"{word[:_BEGINNING]}{mark}{digit}{number}"

    short = _LONG.sub(shorten, text)
    return ShortWords(short, words, mark) if words else None
