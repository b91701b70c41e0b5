"""Which bodies are a part of what a service sent, where the file gives no length."""

import pytest

from glancetape_cassettes.formats.http_form import is_cut_off

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


@pytest.mark.parametrize("case", WHOLE)
def test_what_a_service_sent_like_that_is_whole(case: str) -> None:
    """Its error is not that it ends, or nobody expects JSON."""
    kind, status, body = WHOLE[case]

    assert not is_cut_off(body.encode(), (("Content-Type", kind),), sent=9, status=status)
