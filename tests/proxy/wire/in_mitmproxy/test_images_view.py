"""The content view of image lists, in whichever mitmproxy is installed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import contentviews, http
from mitmproxy.test import tflow

from glancetape.wire.in_mitmproxy.image_rows import MOST_BYTES, page_lines
from glancetape.wire.in_mitmproxy.images_view import NAME
from support.drawn.examples import examples
from support.wire.hooked import Hooked

IMAGE = {"id": "4501ef02", "name": "CentOS 生产", "visibility": "public", "status": "active"}
PAGE = {"images": [IMAGE, {"id": "b", "status": "queued"}], "next": "/v2/images?marker=b"}


def shown(flow: http.HTTPFlow, view: str = "auto") -> tuple[str, str]:
    """Return the name and the text with which mitmproxy shows a response."""
    prettify: Any = getattr(contentviews, "prettify_message", None)
    assert flow.response is not None
    if prettify is not None:  # from mitmproxy 12 on
        result = prettify(flow.response, flow, view)
        return str(result.view_name), result.text
    get: Any = contentviews.get_message_content_view
    description, lines, _ = get(view, flow.response, flow)
    return description.lower(), "\n".join("".join(text for _, text in line) for line in lines)


def answered(body: bytes, path: str = "/v2/images", status: int = 200) -> http.HTTPFlow:
    request = http.Request.make("GET", f"http://glance:9292{path}")
    response = http.Response.make(status, body, {"Content-Type": "application/json"})
    return tflow.tflow(req=request, resp=response)


@pytest.fixture(scope="module", autouse=True)
def _addon() -> None:
    Hooked().end()


LISTS = ["/v2/images", "/v2/images?limit=2", "/glance/v2/images", "/image/v2/images?limit=2"]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_shown_as_a_table_without_being_asked_for(path: str) -> None:
    view, text = shown(answered(json.dumps(PAGE).encode(), path))

    assert NAME == view
    assert [
        "2 images",
        "id        visibility       status  name",
        "4501ef02  public           active  CentOS 生产",
        "b         (no visibility)  queued  (no name)",
        "next: /v2/images?marker=b",
    ] == text.split("\n")


OTHERS = {
    "a single image": ("/v2/images/a", json.dumps(IMAGE).encode(), 200),
    "another service": ("/v2.1/servers", b'{"images": []}', 200),
    "an error": ("/v2/images", b'{"error": "\\"images\\""}', 501),
    "no list": ("/v2/images", b'{"a": 1}', 200),
    "nothing": ("/v2/images", b"", 200),
}


@pytest.mark.parametrize(("path", "body", "status"), OTHERS.values(), ids=OTHERS)
def test_other_responses_keep_the_view_that_mitmproxy_chooses(
    path: str, body: bytes, status: int
) -> None:
    assert NAME != shown(answered(body, path, status))[0]


def test_the_view_is_added_once_however_often_the_addon_is_loaded() -> None:
    Hooked().end()
    Hooked().end()

    registry: Any = getattr(contentviews, "registry", None)
    names = registry or [one.name for one in getattr(contentviews, "views")]  # noqa: B009

    assert 1 == list(names).count(NAME)


HOSTILE = {
    "not JSON": b'{"images": [',
    "a list of numbers": b'{"images": [1, null, "x", [], {}]}',
    "images in a string": b'{"a": "\\"images\\""}',
    "images are an object": b'{"images": {"a": 1}}',
    "deep": b'{"images": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep in an image": b'{"images": [{"id": ' + b"[" * 900 + b"]" * 900 + b"}]}",
    "not UTF-8": b'{"images": [{"id": "\xff\xfe"}]}',
    "lone surrogates": b'{"images": [{"id": "\\ud800"}]}',
    "a huge number": b'{"images": [{"id": ' + b"9" * 5000 + b"}]}",
    "an endless name": b'{"images": [{"name": "' + b"x" * 1_000_000 + b'"}]}',
    "many images": b'{"images": [' + b"{}," * 200_000 + b"{}]}",
    "a long next": b'{"images": [], "next": "' + b"y" * 100_000 + b'"}',
    "too large": b'{"images": [], "x": "' + b" " * MOST_BYTES + b'"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_shown_somehow_and_a_table_of_it_is_short(body: bytes) -> None:
    """mitmproxy falls back to the body as it came."""
    flow = answered(body)

    view, text = shown(flow)

    assert text
    if view == NAME:
        lines = text.split("\n")
        assert len(lines) <= 1004
        assert max(map(len, lines)) < 2100


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@examples(200)
@given(st.lists(_ANYTHING | st.dictionaries(st.sampled_from(sorted(IMAGE)), _ANYTHING)), _ANYTHING)
def test_a_page_has_a_line_for_each_image_whatever_is_in_it(
    images: list[object], following: object
) -> None:
    body = json.dumps({"images": images, "next": following}).encode()

    try:
        lines = page_lines(body)
    except ValueError:  # a lone surrogate is no JSON
        return

    assert len(lines) == 2 + len(images) + bool(images)
    assert lines[-1].startswith("next: ")


def _printed(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@examples(200)
@given(
    st.dictionaries(st.sampled_from(["id", "name", "status", "visibility"]), st.text()), st.text()
)
def test_no_text_from_outside_controls_a_terminal_or_forges_a_line(
    image: dict[str, str], following: str
) -> None:
    body = json.dumps({"images": [image], "next": following}).encode()

    try:
        lines = page_lines(body)
    except ValueError:  # a lone surrogate is no JSON
        return

    assert 4 == len(lines)
    assert all("\x1b" not in line and "\n" not in line and "\u202e" not in line for line in lines)


def test_a_page_with_escape_sequences_is_shown_without_them() -> None:
    evil = "\x1b[2J\u202e\n\x9b31m\x00"
    page = {"images": [dict.fromkeys(IMAGE, evil)], "next": evil}

    view, text = shown(answered(json.dumps(page).encode()))

    assert NAME == view
    assert 4 == len(text.split("\n"))
    assert _printed(text)
