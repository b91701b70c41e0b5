"""Derived pages have links in the form of the recorded ones, whatever that form is."""

import json
from collections.abc import Callable, Sequence
from itertools import cycle, product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.deriving.walking.link_forms import ENCODINGS, ORDERS
from glancetape_cassettes.interaction import Response
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.asking import derive
from support.clouds.histories import History
from support.clouds.recorded_lists import AS_GLANCE, MINE, derived_from, history_of, keep, shown_by
from support.one_image import id_of

Pairs = Sequence[tuple[str, str]]
IMAGES = [shown_by(number) for number in (4, 3, 2, 1)]
IDS = [one["id"] for one in IMAGES]
# How CPython 2.7.18 orders the parameters of a request without its marker, and with another one.
BY_HASH = {
    ("status sort_key sort_dir limit", False): "status sort_key limit sort_dir",
    ("status sort_key sort_dir limit", True): "status sort_key limit marker sort_dir",
    ("marker status sort_key sort_dir limit", False): "status sort_key limit sort_dir",
    ("marker status sort_key sort_dir limit", True): "marker status sort_key limit sort_dir",
    ("limit", False): "limit",
    ("limit", True): "marker limit",
    ("marker limit", False): "limit",
    ("marker limit", True): "marker limit",
    ("name status limit", False): "status limit name",
    ("name status limit", True): "status marker limit name",
    ("name limit status", False): "status limit name",
    ("name limit status", True): "status marker limit name",
    ("limit marker", False): "limit",
    ("limit marker", True): "marker limit",
}


def last(kept: Pairs, marker: str) -> Pairs:
    return [*kept, ("marker", marker)]


def first(kept: Pairs, marker: str) -> Pairs:
    return [("marker", marker), *kept]


def before_limit(kept: Pairs, marker: str) -> Pairs:
    names = [name for name, _ in kept]
    at = names.index("limit") if "limit" in names else len(names)
    return [*kept[:at], ("marker", marker), *kept[at:]]


def by_name(kept: Pairs, marker: str) -> Pairs:
    return sorted([*kept, *([("marker", marker)] if marker else [])])


def by_hash(asked: Pairs, marker: str) -> Pairs:
    values = {**dict(asked), "marker": marker}
    names = BY_HASH[" ".join(name for name, _ in asked), bool(marker)]
    return [(name, values[name]) for name in names.split()]


WRITERS: dict[str, Callable[[Pairs, str], Pairs]] = {
    "marker last": last,
    "marker first": first,
    "marker before limit": before_limit,
    "sorted": by_name,
}
ESCAPES = {
    "form": {" ": "+", ":": "%3A", ",": "%2C"},
    "percent": {" ": "%20", ":": "%3A", ",": "%2C"},
    "colons": {" ": "+"},
    "colons, percent": {" ": "%20"},
}
ROOTS = ("", "/glance", "https://image.example", "", "http://glance:9292/RegionOne/image")


def written(pairs: Pairs, escapes: dict[str, str]) -> str:
    text = "&".join(f"{name}={value}" for name, value in pairs)
    for letter, escaped in escapes.items():
        text = text.replace(letter, escaped)
    return f"?{text}" if text else ""


class Writer:
    """Writes the links of a page: an order, an encoding and a root."""

    def __init__(self, order: str, encoding: str, root: str) -> None:
        self._order, self._escapes, self._root = order, ESCAPES[encoding], root

    def links(self, query: str, marker: str) -> dict[str, str]:
        found = {"first": self._link(query, "")}
        return {**found, "next": self._link(query, marker)} if marker else found

    def _link(self, query: str, marker: str) -> str:
        asked = parse_qsl(query)
        kept: Pairs = [pair for pair in asked if pair[0] != "marker"]
        if self._order == "hash table":
            kept = by_hash(asked, marker)
        elif marker or self._order == "sorted":
            kept = WRITERS[self._order](kept, marker)
        return f"{self._root}/v2/images{written(kept, self._escapes)}"


def keep_page_of(history: History, query: str, ids: Sequence[str], links: dict[str, str]) -> None:
    images = [one for one in IMAGES if one["id"] in ids]
    body = orjson.dumps({"images": images, "schema": "/v2/schemas/images", **links})
    keep(history, MINE.request(query), Response(200, "OK", AS_GLANCE, body))


def keep_walk(history: History, writer: Writer, query: str) -> None:
    keep_page_of(history, query, IDS[:3], writer.links(query, IDS[2]))
    following = f"marker={IDS[2]}&{query}"
    keep_page_of(history, following, IDS[3:], writer.links(following, ""))


def links_of(deriver: Deriver, query: str) -> dict[str, Any] | None:
    outcome = derive(deriver, MINE.request(query))
    if isinstance(outcome, Miss):
        return None
    assert isinstance(outcome, Answer)
    page = json.loads(outcome.response.body)
    return {name: page[name] for name in ("first", "next") if name in page}


FORMS = list(product([one.name for one in ORDERS], [one.name for one in ENCODINGS]))


@pytest.mark.parametrize(
    ("order", "encoding", "root"),
    [(*form, root) for form, root in zip(FORMS, cycle(ROOTS), strict=False)],
)
def test_derived_links_have_the_form_of_the_recorded_ones(
    order: str, encoding: str, root: str, tmp_path: Path
) -> None:
    """A form, as another program writes it, and a page that was never recorded."""
    writer, history = Writer(order, encoding, root), history_of()
    keep_walk(history, writer, "status=active&sort_key=created_at&sort_dir=desc&limit=3")
    keep_walk(history, writer, "limit=3")
    named = "name=eq:name 1, or so&status=active&limit=2"
    keep_page_of(history, named, [], writer.links(named, ""))

    deriver = derived_from(history, tmp_path)
    asked = "name=in:name 4,name 3&limit=1&status=active"
    assert writer.links(asked, IDS[0]) == links_of(deriver, asked)
    asked = f"limit=2&marker={id_of(4)}"
    assert writer.links(asked, id_of(2)) == links_of(deriver, asked)


def test_without_signs_links_have_the_form_of_the_dialect(tmp_path: Path) -> None:
    """No recorded link has two parameters."""
    history = history_of()
    keep_page_of(history, "", IDS, {"first": "/v2/images"})

    deriver = derived_from(history, tmp_path)
    found = links_of(deriver, "limit=2&status=active")
    assert found is not None
    assert f"/v2/images?limit=2&status=active&marker={IDS[1]}" == found["next"]


@pytest.mark.parametrize(
    "links",
    [
        {"first": "/v2/images?limit=3", "next": "/v2/images?page=2"},
        {"first": "/v2/images?limit=3", "next": f"/v2/images?marker={IDS[2]}"},
        {"first": "/v2/images?limit=3", "next": f"/v2/images?limit=3&marker={IDS[1]}"},
        {"first": "/v2/images?limit=3", "next": f"/other?limit=3&marker={IDS[2]}"},
        {"first": "/v2/images", "next": f"/v2/images?limit=3&marker={IDS[2]}"},
        {"first": "/v2/images?limit=3", "next": f"/v2/images?limit=3&marker={IDS[2]}&x=1"},
    ],
    ids=["a number", "no limit", "another image", "another path", "first", "one more"],
)
def test_links_in_no_known_form_are_a_miss(links: dict[str, str], tmp_path: Path) -> None:
    """The page itself is replayed as it was recorded."""
    history = history_of()
    keep_page_of(history, "limit=3", IDS[:3], links)
    following = f"limit=3&marker={IDS[2]}"
    keep_page_of(history, following, IDS[3:], {"first": "/v2/images?limit=3"})

    outcome = derive(derived_from(history, tmp_path), MINE.request("limit=2"))
    assert isinstance(outcome, Miss)
    assert "writes its links" in outcome.reason


def test_links_that_lead_to_two_places_are_a_miss(tmp_path: Path) -> None:
    """Which of them a derived page has is not known."""
    history = history_of()
    for root, query in (("http://a", "limit=9"), ("https://a", "limit=9&status=queued")):
        keep_page_of(history, query, [], Writer("marker last", "form", root).links(query, ""))
    keep_walk(history, Writer("marker last", "form", ""), "limit=3")

    assert links_of(derived_from(history, tmp_path), "limit=2") is None


def test_a_link_without_a_scheme_is_read_as_it_is(tmp_path: Path) -> None:
    """Only what comes before the path differs."""
    history = history_of()
    keep_walk(history, Writer("marker last", "form", "//glance"), "limit=3")

    deriver = derived_from(history, tmp_path)
    found = links_of(deriver, "limit=2")
    assert found is not None
    assert "glance" == urlsplit(found["next"]).netloc
