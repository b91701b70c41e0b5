"""What is written by hand reads back through a YAML parser as what was meant."""

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.formats import vcr
from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.emit import emit, scalar
from glancetape_cassettes.formats.own_layout import read_head
from glancetape_cassettes.interaction import Interaction, Request, Response

# Everything that Python can encode; lone surrogates never reach the writer.
texts = st.text(st.characters(codec="utf-8"))
CONTROLS = "".join(map(chr, (*range(9), *range(10, 32), 127)))
lines = st.text(st.characters(codec="utf-8", exclude_characters=CONTROLS))
"""What a line of the head may be: HTTP has no control characters there but the tab."""
names = lines.filter(lambda one: one != "" and not any(map(str.isspace, one)))
headers = st.lists(st.tuples(names, lines), max_size=4, unique_by=lambda h: h[0])


@given(texts)
@example("yes")
@example("1")
@example("")
@example("a: b")
@example("http://h/v2/images?name=a:")
@example("x\x85y\u2028\ufeff")
@example("---")
def test_any_text_reads_back_from_one_line(text: str) -> None:
    """A header value may look like a number, a date, a comment, or YAML."""
    written = scalar(text)

    assert "\n" not in written
    assert {"key": text} == yaml.safe_load(f"key: {written}\n")


def _item(request: Request, response: Response) -> Interaction:
    return Interaction(request, response, "2026-11-23T10:00:00Z")


@given(
    texts.filter(bool), headers, st.binary() | texts.map(str.encode), st.integers(200, 599), lines
)
@example("http://h/", [], b"a\n\n", 200, "OK")
@example("http://h/", [], b"400 Bad Request\n\nlimit param must be an integer\n\n   ", 400, "")
@example("http://h/", [], b"\n a\n", 200, "OK")
@example("http://h/", [], b"a \n\t\nb\n\n\n", 200, "OK")
@example("http://h/", [], b"# a\n--- \n...\n- b", 200, "OK")
def test_any_interaction_reads_back_as_it_was(
    uri: str, fields: list[tuple[str, str]], body: bytes, status: int, reason: str
) -> None:
    """Parsed by PyYAML, not by our own reader."""
    interaction = _item(
        Request("GET", uri, tuple(fields)), Response(status, reason, tuple(fields), body)
    )

    text = emit(interaction, to_readable(b""), to_readable(body))

    assert interaction == vcr.interaction_from(yaml.safe_load(text)[0], "here")


@given(texts.filter(bool), headers)
def test_the_quick_reading_of_a_request_agrees_with_yaml_or_declines(
    uri: str, fields: list[tuple[str, str]]
) -> None:
    """Cassettes are indexed without a YAML parser; it must never read something else."""
    request = Request("GET", uri, tuple(fields))
    text = emit(_item(request, Response(200)), to_readable(b""), to_readable(b""))

    head = read_head(text.encode())

    assert head in (None, request)


def test_the_layout_is_the_one_that_the_documentation_shows() -> None:
    """Pinned: this is what people review."""
    interaction = _item(
        Request("GET", "http://glance:9292/v2/images?limit=1", (("Accept", "*/*"),)),
        Response(200, "OK", (("Content-Type", "application/json"),)),
    )
    body = b'{"images": [{"id": "1", "size": 0}], "first": "/v2/images?limit=1"}'

    text = emit(interaction, to_readable(b""), to_readable(body))

    assert text == (
        "- request:\n"
        "    method: GET\n"
        "    uri: http://glance:9292/v2/images?limit=1\n"
        "    body: null\n"
        "    headers:\n"
        "      Accept:\n"
        "      - '*/*'\n"
        "  response:\n"
        "    status:\n"
        "      code: 200\n"
        "      message: OK\n"
        "    headers:\n"
        "      Content-Type:\n"
        "      - application/json\n"
        "    body:\n"
        "      string: |-\n"
        "        {\n"
        '          "images": [\n'
        "            {\n"
        '              "id": "1",\n'
        '              "size": 0\n'
        "            }\n"
        "          ],\n"
        '          "first": "/v2/images?limit=1"\n'
        "        }\n"
        "  glancetape:\n"
        "    json: spaced\n"
        "  recorded_at: '2026-11-23T10:00:00Z'\n"
    )
