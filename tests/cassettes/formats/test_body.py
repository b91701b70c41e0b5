"""Bodies: what is stored is readable, and what comes back is exact."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import (
    WRITERS,
    JsonLayout,
    ReadableBody,
    from_readable,
    to_readable,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _dumps(value: object, style: str, end: str) -> bytes:
    separators = {"compact": (",", ":"), "spaced": (", ", ": ")}.get(
        style.split("-", maxsplit=1)[0]
    )
    indent = int(style.split("-")[1]) if style.startswith("indent") else None
    text = json.dumps(
        value, separators=separators, indent=indent, ensure_ascii=style.endswith("ascii")
    )
    return (text + end).encode("utf-8", "surrogatepass")


@given(st.binary())
def test_any_bytes_come_back_exactly(body: bytes) -> None:
    """Whatever passed over the wire is given back."""
    assert body == from_readable(to_readable(body), "here")


@given(json_values, st.sampled_from(sorted(WRITERS)), st.sampled_from(["", "\n", "\r\n", " \t"]))
def test_any_json_text_comes_back_exactly(value: object, style: str, end: str) -> None:
    """Also JSON that is not an object, in every layout, followed by white space."""
    body = _dumps(value, style, end)

    assert body == from_readable(to_readable(body), "here")


@given(st.text())
def test_any_text_comes_back_exactly(text: str) -> None:
    """Text of any language, with any control character."""
    body = text.encode("utf-8", "surrogatepass")

    assert body == from_readable(to_readable(body), "here")


@pytest.mark.parametrize("style", sorted(WRITERS))
def test_a_page_of_images_is_stored_one_member_a_line_in_every_layout(style: str) -> None:
    """A changed field is a one-line diff."""
    page = {"images": [{"id": "1", "name": "CentOS 镜像"}, {"id": "2", "name": None}]}

    stored = to_readable(_dumps(page, style, ""))

    assert stored.layout == JsonLayout(style)
    assert (
        '{\n  "images": [\n    {\n      "id": "1",\n      "name": "CentOS 镜像"\n    },\n'
        '    {\n      "id": "2",\n      "name": null\n    }\n  ]\n}'
    ) == stored.content


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": 1e5}',
        b'{"a": "\\/"}',
        b'{"a":1, "b": 2}',
        b'{"a": 123456789012345678901234567890}',
        b' {"a": 1}',
        b'{"a": "\\u00E9"}',
        b'{"a": "\\ud800"}',
        b'{"a": 1',
        b"[" * 3000 + b"]" * 3000,
        b"[" * 300 + b"]" * 300,
        b'{"a": ' * 300 + b"1" + b"}" * 300,
    ],
    ids=lambda body: body[:20].decode(),
)
def test_json_that_would_not_come_back_the_same_is_stored_as_it_is(body: bytes) -> None:
    """Nothing is guessed: what no layout gives back exactly stays as it is."""
    stored = to_readable(body)

    assert ReadableBody(body.decode()) == stored


def test_a_body_edited_into_broken_json_is_an_error_that_names_its_place() -> None:
    """A person may edit a cassette, and make a slip."""
    with pytest.raises(CassetteError, match=r"basic\.yaml.*marked as JSON"):
        from_readable(ReadableBody('{"a": ', JsonLayout("spaced")), "basic.yaml, interaction 1")


def test_deep_nesting_does_not_grow_without_end() -> None:
    """Indenting 900 levels would make 1.6 MB out of 1.8 kB."""
    body = b'{"a":' * 900 + b"1" + b"}" * 900

    stored = to_readable(body)

    assert len(stored.content) < 20 * len(body)
    assert body == from_readable(stored, "here")


@given(st.text(st.characters(codec="utf-8")))
@example("\x1f\x7f")
def test_readable_text_has_no_character_that_yaml_would_change(text: str) -> None:
    """They are escaped, which says the same in JSON."""
    stored = to_readable(json.dumps([text], ensure_ascii=False).encode())

    assert isinstance(stored.content, str)
    assert not set(stored.content) & {
        *map(chr, range(0x7F, 0xA0)),
        *"\u2028\u2029\ufeff\ufffe\uffff",
    }
    assert json.loads(stored.content) == [text]


@pytest.mark.parametrize("style", ["compact", "spaced"])
def test_json_inside_a_string_does_not_blur_the_layout_around_it(style: str) -> None:
    """IMS writes `__os_feature_list` so, with blanks of its own."""
    page = {"images": [{"__os_feature_list": '{"ssh_key":"true", "user_data": "true"}, {}'}]}

    stored = to_readable(_dumps(page, style, ""))

    assert stored.layout == JsonLayout(style)


@pytest.mark.parametrize("style", ["compact", "spaced"])
@pytest.mark.parametrize("name", ["x" * 10_000, '", "' * 3000, "\\" * 5001])
def test_a_long_string_at_the_beginning_does_not_hide_the_layout(style: str, name: str) -> None:
    stored = to_readable(_dumps([name, 1], style, ""))

    assert stored.layout == JsonLayout(style)
