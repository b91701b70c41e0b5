"""In a long text the same is found as `re` finds, which tries each expression at each letter."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.redaction.forms import named
from glancetape_cassettes.redaction.forms.expressions import long_texts
from glancetape_cassettes.redaction.forms.expressions.long_texts import (
    LEAST_LONG,
    Together,
    find_all,
    is_in,
    replace_all,
)
from glancetape_cassettes.redaction.names.secret_names import NAMES_AND_WORDS, each_of
from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS, FORMS, Form, scrub

EXAMPLES = [text for form in ALL_FORMS for text in (*form.examples, *form.counterexamples)]
OF_ALL_KINDS = [
    re.compile(one, re.IGNORECASE)
    for one in (
        r"(?:pass|pwd)\d?=",
        r"(?<![a-z])sk(?![a-z])",
        r"[^a-z]x+y",
        r"(?P<mark>[|#])b?(?P=mark)",
        r"(?-i:[A-Z]{2})\S*;",
        r"(a|)(b|cd)(?:ef){0,2}$",
        "\u043f\u0430\u0440\u043e\u043b\u044c",
        r"ki?\w\s+.",
        "[\u0100-\uffff]+[ =]",
        "[\u017f\u212a]+[ =]",
    )
]
EXPRESSIONS = [
    *(form.regex for form in FORMS if form.regex.pattern),
    NAMES_AND_WORDS,
    each_of(["api key", "token", "\u5bc6\u7801"], r"\.[a-z0-9]{4}", r"\\[nrt](?=[a-z])"),
    *OF_ALL_KINDS,
]
ODD = ["\u5bc6\u7801", *"\u017f\u212a\u0130\u0131\u00e9\0\ud800\U0001f511-\"'"]
"""Letters that are others in another case, or none."""


def _long_text(seed: int) -> str:
    """Return a text of examples between ordinary words; every other one ends within an example."""
    random = Random(seed)
    pieces = list[str]()
    while sum(map(len, pieces)) < LEAST_LONG:
        words = random.choices(["the", "image", "token", "pass", "a.b-c", "user", "x9rT41sa"], k=9)
        odd = random.choice(ODD)
        pieces += [" ".join(words), random.choice(EXAMPLES), random.choice(["\n", " ", ", ", odd])]
    text = "".join(pieces).replace("s", "\u017f", seed % 3).replace("k", "\u212a", seed % 2)
    return text if seed % 2 else text + random.choice(EXAMPLES)[:12]


TEXTS = [_long_text(seed) for seed in range(12)]


@pytest.mark.parametrize("block", [1 << 20, 1_000])
@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda one: one.pattern[:40])
def test_the_same_is_found_in_a_long_text(
    expression: re.Pattern[str], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_texts, "_BLOCK", block)
    long_texts._four_letters.cache_clear()

    for text in TEXTS:
        expected = [one.span() for one in expression.finditer(text)]

        assert expected == [one.span() for one in find_all(expression, text)]
        assert expression.sub("<>", text) == replace_all(expression, "<>", text)
        assert bool(expected) is is_in(expression, text)
    long_texts._four_letters.cache_clear()


@pytest.mark.parametrize("form", FORMS, ids=[form.kind for form in FORMS])
def test_each_form_is_found_in_a_long_text(form: Form) -> None:
    for example in form.examples:
        text = f"{'x ' * LEAST_LONG}\n{example}\n"

        assert scrub(text) != text, example


@given(st.text(alphabet="apsd=1 PK\u017f\u212a|#xy;", max_size=30))
def test_the_same_is_found_at_the_end_of_a_long_text(end: str) -> None:
    text = " " * LEAST_LONG + end

    for expression in OF_ALL_KINDS:
        assert [one.span() for one in expression.finditer(text)] == [
            one.span() for one in find_all(expression, text)
        ]


def test_expressions_are_found_together_as_each_by_itself() -> None:
    together = Together(dict(enumerate(EXPRESSIONS)))

    for text in (*TEXTS, " " * LEAST_LONG):
        expected = {at for at, one in enumerate(EXPRESSIONS) if one.search(text)}

        assert expected == together.those_in(text)


def test_no_expression_finds_an_empty_text() -> None:
    """`sub` replaces between two letters then, and the search of long texts does not."""
    assert [] == [one.pattern for one in EXPRESSIONS if one.match("")]


NAMES = (
    "{word}=x9rT41sa",
    "--{word} x9rT41sa",
    '"{word}", "x9rT41sa"',
    "set{word}('x9rT41sa')",
    "{word} 'x9rT41sa'",
    "{word} x9rT41sa",
    'a.name="{word}"\r\n\r\nx9rT41sa',
    'name="{word}"\r\n\r\nx9rT41sa',
    'a "use {word} now", "x"',
    "a.-{word} x9rT41sa",
    "kind: Secret\ndata: x\n{word}: x9rT41sa",
)

WORDS = (
    "token to1ken user_p-in userPin account_key data image sid p12 aDmInPaSs \u5bc6\u7801".split()
)


@pytest.mark.parametrize("around", NAMES)
@pytest.mark.parametrize("word", WORDS)
def test_the_same_names_are_found_where_each_word_is_looked_at_once(
    around: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "the image of a token\n" * 300 + around.format(word=word) + "\nall of it" * 9

    once = list(named._named_secrets(text))
    monkeypatch.setattr(named, "_LETTERS_A_WORD", len(text))

    assert list(named._named_secrets(text)) == once
