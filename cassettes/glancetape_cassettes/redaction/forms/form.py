"""A form of secrets: what finds it in text, and texts for and against it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.forms.expressions.long_texts import find_all, replace_all
from glancetape_cassettes.redaction.policy import PLACEHOLDER

SAMPLE = "Zq7WkR3xVb9TnM5pLc2H"
"""The secret in the examples of every form."""

BEFORE = r"(?<![A-Za-z0-9])"
"""What precedes a secret that is known by its form: no letter and no digit.

`\\b` would not do: people join words with `_`, and it finds nothing between that and a letter.
"""

Span = tuple[int, int, int]
"""Where a secret's name begins, and where its value begins and ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of secrets: its name, the expression that finds it, and what replaces it."""

    kind: str
    triggers: tuple[str, ...]
    """A lower-cased text without any of these has no secret of this form."""
    shapes: tuple[str, ...] = ()
    """Expressions that serve as more triggers, for a form without words of its own.

    Each begins with a character, and looks back after it: only so are all triggers looked for at
    once.
    """
    regex: re.Pattern[str]
    replacement: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]
    only_with: re.Pattern[str] | None = None
    """What a text has in another place, too, if it has a secret of this form."""

    def replaced(self, text: str) -> str:
        """Return text with each secret of this form replaced."""
        return replace_all(self.regex, self.replacement, text) if self._may_be_in(text) else text

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield where each secret of this form is in a text, and what it is."""
        for match in find_all(self.regex, text) if self._may_be_in(text) else ():
            yield match.start(), match[match.lastindex or 0]

    def _may_be_in(self, text: str) -> bool:
        return self.only_with is None or self.only_with.search(text) is not None


_AFTER_A_SIGN = lazy_compile(
    r"(?:[=:]{1,2}>?|->)[ \t]{1,9}(?P<word>[^\s\"']{1,400}|\"[^\"\n]{1,400}\"|'[^'\n]{1,400}')"
)
_LONGEST_SIGN = 3
_SIGN = r"(?:[=:]{1,2}>?[^\S\n]+)?+"


def _past_a_sign(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where a value is; that of `password = = x` is no sign, but the word after it."""
    if end - start <= _LONGEST_SIGN and (found := _AFTER_A_SIGN.match(text, start)):
        return found.span("word") if found.start("word") >= end else (start, end)
    return start, end


def letter_of(shape: str) -> str:
    """Return the letter that a shape begins with.

    >>> [letter_of(shape) for shape in ("sk-", r"\\.[a-z]", r"\\t")]
    ['s', '.', '\\t']
    """
    return _BLANKS.get(shape[:2], shape[1]) if shape[0] == "\\" else shape[0]


_BLANKS = {r"\n": "\n", r"\r": "\r", r"\t": "\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanForm(Form):
    """A form that no single expression finds: secrets after a name of the table."""

    spans: Callable[[str], Iterator[Span]]
    """Yields the secrets of a text from its beginning to its end; they do not overlap."""

    def replaced(self, text: str) -> str:
        """Return text with each secret of this form replaced."""
        parts, position = [], 0
        for _, start, end in self._values(text):
            parts += [text[position:start], PLACEHOLDER]
            position = end
        return "".join([*parts, text[position:]]) if parts else text

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield where each secret's name is in a text, and what the secret is."""
        return ((name, text[start:end]) for name, start, end in self._values(text))

    def _values(self, text: str) -> Iterator[Span]:
        """Yield the secrets of a text; a sign by itself is none, but the word after it.

        In `pwd = = creds:admin x` another value begins in that word: they are one.
        """
        known: Span | None = None
        for name, *value in self.spans(text):
            start, end = _past_a_sign(text, *value)
            if known and start < known[2]:
                known = (known[0], known[1], max(known[2], end))
                continue
            if known:
                yield known
            known = (name, start, end)
        if known:
            yield known


def form(
    kind: str,
    triggers: str,
    regex: str,
    replacement: str = PLACEHOLDER,
    *,
    shapes: tuple[str, ...] = (),
    only_with: str = "",
    examples: tuple[str, ...],
    counterexamples: tuple[str, ...] = (),
) -> Form:
    """Return a row of a table; `triggers` are separated by `|`.

    `(?#sign)` is a sign that people write before the value though the program wants none, as in
    `rootpw = x`: it stays, and is not taken for the value.
    """
    return Form(
        kind=kind,
        triggers=tuple(filter(None, triggers.split("|"))),
        shapes=shapes,
        regex=lazy_compile(regex.replace("(?#sign)", _SIGN), re.IGNORECASE | re.DOTALL),
        replacement=replacement,
        examples=examples,
        counterexamples=counterexamples,
        only_with=lazy_compile(only_with, re.IGNORECASE) if only_with else None,
    )


def spans_form(
    kind: str,
    spans: Callable[[str], Iterator[Span]],
    *,
    examples: tuple[str, ...],
    counterexamples: tuple[str, ...] = (),
) -> SpanForm:
    """Return a form that a function finds, in texts that hold a name of the table."""
    return SpanForm(
        kind=kind,
        triggers=(),
        regex=lazy_compile(""),
        replacement="",
        examples=examples,
        counterexamples=counterexamples,
        spans=spans,
    )


def in_order(spans: Iterator[Span]) -> Iterator[Span]:
    """Yield spans in the order of the text, without those that overlap an earlier one."""
    end = -1
    for span in sorted(spans, key=lambda one: (one[1], -one[2])):
        if span[1] >= end:
            end = span[2]
            yield span
