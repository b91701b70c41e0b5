"""What an expression finds begins as `beginnings_of` says, whatever is generated from it."""

import re

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from glancetape_cassettes.redaction.forms import encodings, named, records
from glancetape_cassettes.redaction.forms.commands import command_lines
from glancetape_cassettes.redaction.forms.expressions.beginnings import (
    ANY,
    Beginning,
    beginnings_of,
    kind_of,
)
from glancetape_cassettes.redaction.names.secret_names import NAMES_AND_WORDS
from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS, CAMEL_WORDS, FORMS
from support.drawn.examples import examples

LETTERS = 4
OF_FORMS = [
    pytest.param(form.regex, (*form.examples, *form.counterexamples), id=form.kind)
    for form in FORMS
    if form.regex.pattern
]
EXAMPLES = tuple(text for form in ALL_FORMS for text in form.examples)
BESIDE_FORMS = [
    pytest.param(one, EXAMPLES, id=one.pattern[:40])
    for one in (
        NAMES_AND_WORDS,
        CAMEL_WORDS,
        encodings._ESCAPE,
        encodings._SPREAD,
        named._AFTER_ITS_VALUE,
        named._BEFORE_ITS_VALUE,
        named._FOREIGN_WORD,
        records._NAMING,
        records._VALUED,
        records._FILE,
        command_lines._ANCHOR,
        command_lines._PAIR,
    )
]


def _begins(text: str, beginnings: set[Beginning]) -> bool:
    kinds = [kind_of(letter) for letter in text[:LETTERS]]
    return any(
        all(kind in among for kind, among in zip(kinds, one, strict=False)) for one in beginnings
    )


@examples(60, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize(("expression", "examples_of_form"), [*OF_FORMS, *BESIDE_FORMS])
def test_what_is_found_begins_with_a_beginning(
    expression: re.Pattern[str], examples_of_form: tuple[str, ...], data: st.DataObject
) -> None:
    drawn = st.from_regex(re.compile(expression.pattern, expression.flags))
    text = data.draw(drawn | st.sampled_from(examples_of_form))
    beginnings = beginnings_of(expression.pattern, LETTERS)

    found = [one[0] for one in expression.finditer(text)]

    assert [] == [one for one in found if not _begins(one, beginnings)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abc|d", "abc d"),
        ("(?<!x)a(?=b)", "a"),
        ("a?b", "ab b"),
        ("(?P<q>a|b)c?(?:d){0,2}", "acdd acd ac add ad a bcdd bcd bc bdd bd b"),
        ("(?-i:A{2,})", "aa aaa aaaa"),
        (r"\bab\\c", r"ab\c"),
        ("a{2}b{,1}", "aa aab"),
        ("[]]a[^\\W\\d]{0}", "]a"),
        ("(?:ab(?:c|))++d", "abca abab abcd abd"),
    ],
)
def test_the_beginnings_of_an_expression(expression: str, expected: str) -> None:
    known = {tuple(frozenset([kind_of(letter)]) for letter in one) for one in expected.split()}

    assert known == beginnings_of(expression, LETTERS)


@pytest.mark.parametrize("expression", ["(a)(?(1)b|c)", "a)", "(a", "[a"])
def test_an_expression_that_cannot_be_read_is_refused(expression: str) -> None:
    """It is looked for at each letter then."""
    with pytest.raises(ValueError, match=r"\W"):
        beginnings_of(expression, LETTERS)


def test_what_no_letter_is_known_of_begins_with_any() -> None:
    assert {(ANY,) * LETTERS} == beginnings_of("(?P=q)....", LETTERS)
