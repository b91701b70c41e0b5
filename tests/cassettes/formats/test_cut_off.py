"""Which bodies are a part of what a service sent, where the file gives no length."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.formats.http_form import is_cut_off

JSON = (("Content-Type", "application/json"),)
VALUE = '{"a": ["\u5b9d", true, false, null, -1.5e3, "\\u00e9\\n"], "b": {"c": []}}'
WHOLE = {
    "NDJSON": ("application/x-ndjson", 200, '{"a": 1}\n{"b": 2}\n'),
    "the beginning of NDJSON": ("application/x-ndjson", 200, '{"a": 1}\n{"b"'),
    "text after it": ("application/json", 200, '{"a": 1} done'),
    "two values": ("application/json", 200, '{"a": 1}{"b": 2}'),
    "not JSON": ("application/json", 200, "{oops"),
    "a wrong word": ("application/json", 200, "[trua"),
    "an error": ("application/json", 500, "{oops"),
    "the beginning of an error": ("application/json", 500, '{"a": ['),
    "a redirect": ("application/json", 302, '{"a": ['),
    "text": ("text/plain", 200, '{"a": ['),
    "complete": ("application/json; charset=utf-8", 200, VALUE),
}


@pytest.mark.parametrize("kind", ["application/json", "application/problem+json; charset=utf-8"])
def test_every_beginning_of_json_is_cut_off(kind: str) -> None:
    """Wherever it ends, also within a character."""
    body = VALUE.encode()

    cut = [is_cut_off(body[:end], (), sent=end, kind=kind) for end in range(len(body) + 1)]

    assert [False, *[True] * (len(body) - 1), False] == cut


_TEXTS = st.text('a:,{}[]"\\\u5b9d', max_size=4)
_VALUES = st.recursive(
    st.none() | st.booleans() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_TEXTS, _VALUES, max_size=3) | st.lists(_VALUES, max_size=3), st.booleans())
def test_brackets_and_quotes_in_texts_hide_no_end(value: object, ascii_only: bool) -> None:
    """A beginning of JSON may hold as many closing brackets as opening ones."""
    body = json.dumps(value, ensure_ascii=ascii_only).encode()

    cut = [is_cut_off(body[:end], JSON, sent=end) for end in range(1, len(body) + 1)]

    assert cut == [*[True] * (len(body) - 1), False]


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be"])
def test_letters_whose_bytes_are_a_quote_and_a_bracket_hide_no_end(coding: str) -> None:
    body = json.dumps({"\u7d22\u227d": 1}, ensure_ascii=False).encode(coding)

    ends = range(4, len(body) + 1, 2)  # fewer bytes do not show how they are encoded
    cut = [is_cut_off(body[:end], JSON, sent=end) for end in ends]

    assert cut == [*[True] * (len(ends) - 1), False]


@pytest.mark.parametrize("case", WHOLE)
def test_what_a_service_sent_like_that_is_whole(case: str) -> None:
    """Its error is not that it ends, or nobody expects JSON."""
    kind, status, body = WHOLE[case]

    assert not is_cut_off(body.encode(), (("Content-Type", kind),), sent=9, status=status)
