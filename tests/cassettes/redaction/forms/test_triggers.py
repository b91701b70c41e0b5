"""A text in which an expression finds a secret has one of the triggers of its form.

Without a trigger a form is not looked for, so what has none stays in the cassette.
"""

import re
import string

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from glancetape_cassettes.redaction import secret_patterns
from glancetape_cassettes.redaction.forms.expressions.long_texts import LEAST_LONG
from glancetape_cassettes.redaction.secret_patterns import FORMS, Form
from support.drawn.examples import examples

LETTERS = st.sampled_from(f"{string.printable[:95]}\n\t")
"""Of the blanks that `\\s` finds, those that people write."""


@examples(300, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize(
    "form", [one for one in FORMS if one.regex.pattern], ids=lambda one: one.kind
)
def test_what_an_expression_finds_has_a_trigger(form: Form, data: st.DataObject) -> None:
    expression = re.compile(form.regex.pattern, form.regex.flags)
    drawn = st.from_regex(expression, alphabet=LETTERS)
    text = data.draw(drawn | st.sampled_from(form.examples) if form.examples else drawn)

    assert form in secret_patterns._forms_in(text, text.casefold()), text
    long = f"{text}\n{' ' * LEAST_LONG}"
    assert form in secret_patterns._forms_in(long, long.casefold()), text
