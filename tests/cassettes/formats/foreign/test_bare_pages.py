"""Answers without their heads: a page, a list of pages, a folder whose paths are URLs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.bare_pages import FOLDER, PAGE
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, ForeignFormat, LeftOut
from glancetape_cassettes.formats.foreign.recognising import recognise
from support.foreign.text_files import HOST, page

LIST = f"{HOST}/v2/images"
WALK = [
    page("/v2/images?limit=1", next="/v2/images?limit=1&marker=a"),
    page("/v2/images?limit=1", next="/v2/images?limit=1&marker=b"),
    page("/v2/images?limit=1", count=0),
]
ASKED = [f"{LIST}?limit=1", f"{LIST}?limit=1&marker=a", f"{LIST}?limit=1&marker=b"]


def _read(path: Path, url: str | None, form: ForeignFormat = PAGE) -> list[Entry | LeftOut]:
    assert form is recognise(path)
    assert form.read is not None
    return list(form.read(path, url))


def _write(path: Path, value: Any, indent: int | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=indent))
    return path


def _told(found: list[Entry | LeftOut]) -> list[tuple[int, str, Any]]:
    assert all(isinstance(one, Entry) for one in found), found
    return [
        (one.number, one.interaction.request.uri, json.loads(one.interaction.response.body))
        for one in found
        if isinstance(one, Entry)
    ]


@pytest.mark.parametrize(
    ("first", "url", "asked"),
    [
        ("/v2/images?limit=1", HOST, f"{LIST}?limit=1"),
        ("/v2/images?limit=1", f"{HOST}/", f"{LIST}?limit=1"),
        ("/v2/images", HOST, LIST),
        ("/v2/images?limit=1", f"{HOST}/v2/", f"{LIST}?limit=1"),
        ("/v2/images", f"{HOST}/glance/v2.9", f"{HOST}/glance/v2/images"),
        ("/v2/images", f"{HOST}/v2/servers", f"{HOST}/v2/servers"),
        ("/v2/images", f"{HOST}/v2/images/", f"{HOST}/v2/images/"),
        ("/v2/images", f"{LIST}?owner=a", f"{LIST}?owner=a"),
        ("/v2/images?limit=1", f"{LIST}?limit=1&marker=a", f"{LIST}?limit=1&marker=a"),
        ("/v2/images?limit=1", f"{HOST}/image", f"{HOST}/image/v2/images?limit=1"),
        ("/image/v2/images", f"{HOST}/image", f"{HOST}/image/v2/images"),
        ("https://cloud/v2/images", HOST, "https://cloud/v2/images"),
    ],
)
def test_a_page_answers_what_the_user_says(
    tmp_path: Path, first: str, url: str, asked: str
) -> None:
    """A whole URL is taken as it is; that of a service gets the query of the page's `first`."""
    path = _write(tmp_path / "page.json", page(first), indent=4)

    (found,) = _read(path, url)

    assert isinstance(found, Entry)
    assert asked == found.interaction.request.uri
    assert path.read_bytes() == found.interaction.response.body
    assert ("GET", 200, "") == (
        found.interaction.request.method,
        found.interaction.response.status,
        found.interaction.recorded_at,
    )


def test_a_url_that_lacks_a_part_of_the_query_is_refused(tmp_path: Path) -> None:
    """A page of one image would be taken for the whole list."""
    path = _write(tmp_path / "page.json", page("/v2/images?limit=1"))

    with pytest.raises(CassetteError, match=r"page\.json: 'first' in the page has a query"):
        _read(path, LIST)


@pytest.mark.parametrize("value", [page(), [page()]])
def test_the_url_has_to_be_given(tmp_path: Path, value: Any) -> None:
    path = _write(tmp_path / "page.json", value)

    with pytest.raises(CassetteError, match=r"page\.json: a page of images, .*Pass --url"):
        _read(path, None)


def test_a_list_of_pages_is_a_walk(tmp_path: Path) -> None:
    """Each page is what the `next` of the page before it led to."""
    path = _write(tmp_path / "pages.json", WALK)

    assert list(zip([1, 2, 3], ASKED, WALK, strict=True)) == _told(_read(path, HOST))


def test_a_page_that_no_next_leads_to_is_left_out(tmp_path: Path) -> None:
    path = _write(tmp_path / "pages.json", [WALK[2], WALK[0]])

    first, second = _read(path, HOST)

    assert isinstance(first, Entry)
    assert LeftOut(2, "no 'next' of a page before it shows what was asked") == second


STRANGE = {
    "cut off": ('{"images": [{"id": ', "is not complete JSON"),
    "deeper down": ('{"server": {"images": []}}', "has no list 'images' at its top"),
    "no list of pages": ('[{"images": []}, 1]', "has no list 'images' at its top"),
}


@pytest.mark.parametrize(("text", "message"), STRANGE.values(), ids=STRANGE)
def test_what_is_no_page_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "page.json"
    path.write_text(text)

    with pytest.raises(CassetteError, match=rf"page\.json: looks like a page of images.*{message}"):
        _read(path, HOST)


# -- Folders --------------------------------------------------------------------------------------

TREE = {  # file below the folder: what it answers, below the host
    "GET/v2/images/limit=1/response.json": "/v2/images?limit=1",
    "GET/v2/images/limit=1/marker=a/response.json": "/v2/images?limit=1&marker=a",
    "GET/image/v2/images/index.json": "/image/v2/images",
    "v2/images.json": "/v2/images",
    "v2/images/a1b2.json": "/v2/images/a1b2",
    "v2/images?limit=2.json": "/v2/images?limit=2",
    "get/v2/images/name=a b/response.json": "/v2/images?name=a%20b",
    "GET/v2/images/name=é%20x/response.json": "/v2/images?name=%C3%A9%20x",
    "GET/v2/schemas/images/response.json": "/v2/schemas/images",
}


@pytest.mark.parametrize(("file", "asked"), TREE.items(), ids=TREE)
def test_a_path_is_a_url(tmp_path: Path, file: str, asked: str) -> None:
    value = {"images": [], "first": "/v2/images"}
    _write(tmp_path / "tree" / file, value)

    assert [(1, HOST + asked, value)] == _told(_read(tmp_path / "tree", HOST, FOLDER))


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    """A list before what is below it, and numbers by their size."""
    files = ["v2/images/limit=2", "v2/images/limit=10", "v2/images/limit=2/marker=a"]
    for file in files:
        _write(tmp_path / "GET" / file / "response.json", {"images": []})
    (tmp_path / ".git").mkdir()
    _write(tmp_path / ".git" / "a.json", {})
    (tmp_path / "link.json").symlink_to(tmp_path / "GET")

    told = _told(_read(tmp_path, f"{HOST}/glance", FOLDER))

    assert [
        f"{HOST}/glance/v2/images?limit=2",
        f"{HOST}/glance/v2/images?limit=2&marker=a",
        f"{HOST}/glance/v2/images?limit=10",
    ] == [url for _, url, _ in told]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("v2/images.json", "v2/images/index.json"),
        ("GET/v2/images.json", "v2/images/response.json"),
        ("v2/images/a=1/b=2/body.json", "v2/images/b=2/a=1.json"),
        ("v2/images/a b.json", "v2/images/a%20b.json"),
    ],
)
def test_two_files_for_one_url_are_refused(tmp_path: Path, one: str, two: str) -> None:
    """Nobody knows which of them is the answer."""
    for file in (one, two):
        _write(tmp_path / "tree" / file, {"images": []})

    with pytest.raises(CassetteError, match=r"both answer GET http://\S+ Remove one") as caught:
        _read(tmp_path / "tree", HOST, FOLDER)

    assert one in str(caught.value)
    assert two in str(caught.value)


def test_pages_beside_each_other_are_a_walk(tmp_path: Path) -> None:
    """Their names say no more than their order: `page-2` is before `page-10`."""
    for name, one in zip(("page-1", "page-2", "page-10"), WALK, strict=True):
        _write(tmp_path / f"{name}.json", one)

    assert list(zip([1, 2, 3], ASKED, WALK, strict=True)) == _told(_read(tmp_path, HOST, FOLDER))


def test_files_that_answer_nothing_are_left_out(tmp_path: Path) -> None:
    """Each with its number and reason."""
    _write(tmp_path / "GET/v2/images/a.json", {"id": "a"})
    _write(tmp_path / "GET/v2/images/b/response.json", page("/v2/images?limit=1"))
    _write(tmp_path / "POST/v2/images/response.json", {"id": "a"})
    (tmp_path / "GET/v2/images/c.json").write_text('{"id": ')
    (tmp_path / "GET/v2/images/d.json").write_text("")
    (tmp_path / "GET/v2/README").write_text("about")

    found = _read(tmp_path, HOST, FOLDER)

    assert {
        f"{HOST}/v2/images/a",
    } == {one.interaction.request.uri for one in found if isinstance(one, Entry)}
    assert {
        ("it is not a JSON file", False),
        ("its file is not complete JSON", True),
        ("its file cannot be read, or is empty", True),
        ("'first' in the page has a query that its URL lacks, which must be whole", False),
        ("a folder does not show the status of an answer to POST", False),
    } == {(one.reason, one.is_bad) for one in found if isinstance(one, LeftOut)}


def test_a_page_of_another_list_does_not_answer_the_next_before_it(tmp_path: Path) -> None:
    """All pages of a list have the same `first`."""
    other = page("/v2/images?visibility=private", next="/v2/images?visibility=private&marker=c")

    found = _read(_write(tmp_path / "pages.json", [WALK[0], other, WALK[2]]), HOST)

    assert [Entry, LeftOut, LeftOut] == list(map(type, found))
    assert ["a page of another list", "no 'next' of a page"] == [
        next(part for part in ("a page of another list", "no 'next' of a page") if part in reason)
        for reason in (one.reason for one in found if isinstance(one, LeftOut))
    ]


def test_a_path_that_is_not_text_is_left_out(tmp_path: Path) -> None:
    """Linux allows any bytes in a name; a URL has characters."""
    name = os.fsdecode(b"GET/v2/images/name=\xff/response.json")
    _write(tmp_path / name, page("/v2/images?name=a"))

    (found,) = _read(tmp_path, HOST, FOLDER)

    assert isinstance(found, LeftOut)
    assert ("its path is not text in UTF-8", True) == (found.reason, found.is_bad)


def test_the_address_of_a_folder_has_to_be_given(tmp_path: Path) -> None:
    _write(tmp_path / "tree/v2/images.json", page())

    with pytest.raises(CassetteError, match=r"tree: a folder of answers, .*Pass --url"):
        _read(tmp_path / "tree", None, FOLDER)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="it is a folder; name a file in it"):
        recognise(tmp_path)
