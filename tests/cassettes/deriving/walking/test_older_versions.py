"""What is derived of a Glance before 17 is what every release answers that it may be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.deriving.walking.older_versions import RULES
from glancetape_cassettes.deriving.walking.shown_versions import LAST, VERSIONS, newest_of
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.asking import derive
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    AS_GLANCE,
    JSON,
    MINE,
    derived_from,
    history_of,
    keep,
    listed_image,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import id_of
from support.oracle.older_glance import OlderGlance

MINORS = [one.minor for one in VERSIONS]


def stored(number: int, **fields: Any) -> dict[str, Any]:
    about = {"min_disk": number, "min_ram": 0, "virtual_size": None, "checksum": None}
    return listed_image(number, **({**about, "protected": False, "owner": ME} | fields))


IMAGES = [
    stored(1, owner=OTHER, protected=True),
    stored(2, name="in:a,b", visibility="private", __os_type="eq:Linux"),
    stored(3, name="a", visibility="shared", members=[OTHER], tags=["x", "y"]),
    stored(4, name="b", visibility="shared", members=[ME], owner=OTHER, tag="x"),
    stored(5, name="c", visibility="private", min_disk=40, tags=[]),
    stored(9, name="b", created_at="2020-01-01T00:00:00Z", owner=OTHER, status="queued"),
]
NO_SIZE = [*IMAGES, stored(8, name="z", size=None)]

# Name of a rule, "" for none -> questions that depend on it.
QUESTIONS = {
    "": [
        "limit=2",
        "limit=0",
        f"limit=2&marker={id_of(5)}",
        "name=a&limit=5",
        "name=nobody&limit=5",
        "status=queued&limit=5",
        "visibility=public&limit=3",
        "sort_key=name&sort_dir=asc&limit=3",
        "sort_key=size&limit=3",
        "sort_key=updated_at&sort_dir=asc&limit=4",
        "sort_dir=asc&limit=4",
        "size_min=20&size_max=50&limit=9",
        "min_disk=40&limit=9",
        "__os_type=eq:Linux&limit=9",
    ],
    "tags": ["tag=x&limit=9", "tag=x&tag=y&limit=9"],
    "several sort keys": [
        "sort_key=id&sort_dir=asc&limit=3",
        "sort=name:asc&limit=3",
        "sort_key=status&sort_key=name&limit=3",
    ],
    "nulls in pages": [f"sort_key=size&limit=9&marker={id_of(4)}"],
    "operators": ["name=in:a,b&limit=9", "name=eq:a&limit=9", "status=in:queued,saving&limit=9"],
    "times": ["created_at=gte:2020-01-01T00:00:04Z&limit=9"],
    "kinds of visibility": [
        "visibility=private&limit=9",
        "visibility=shared&limit=9",
    ],
    "protected": ["protected=true&limit=9"],
    "newer fields": ["os_hidden=false&limit=9"],
    "attributes": ["is_public=True&limit=9", "__qualname__=Image&limit=9"],
    "odd numbers": ["min_disk=abc&limit=9"],
    "other letters": ["name=%E9%95%9C&limit=9"],
}
RULE = {rule.name: rule for rule in RULES}


def recorded(cloud: OlderGlance, folder: Path, *, with_versions: bool) -> Deriver:
    """Derive from a walk through a cloud, and at times from its version document."""
    history = history_of()
    if with_versions:
        versions = [{"id": f"v2.{minor}", "status": "S"} for minor in range(cloud.minor, -1, -1)]
        links = [{"rel": "self", "href": "http://glance:9292/v2/"}]
        body = {"versions": [{**one, "links": links} for one in versions]}
        request = Request("GET", "http://glance:9292/", (), b"")
        keep(history, request, Response(300, "", (JSON,), orjson.dumps(body)))
    for query in ("limit=4", "sort_key=size&limit=9", "limit=9"):  # nine images fit on a page
        keep_walk(history, cloud, query)
    return derived_from(history, folder, "auto")


def keep_walk(history: History, cloud: OlderGlance, first: str) -> None:
    query = first
    while query:
        page, goes_on = cloud.list_images(query) or ([], False)
        request = MINE.request(query)
        value: dict[str, Any] = {"images": [cloud.show(one) for one in page]}
        value |= {"first": f"/v2/images?{first}", "schema": "/v2/schemas/images"}
        query = f"marker={page[-1]['id']}&{first}" if goes_on else ""
        if query:
            value["next"] = f"/v2/images?{query}"
        keep(history, request, Response(200, "OK", AS_GLANCE, orjson.dumps(value)))


def asked(deriver: Deriver, query: str) -> Any:
    """Return the ids of the images that an answer lists, and if it goes on; None for a miss."""
    outcome = derive(deriver, MINE.request(query))
    if isinstance(outcome, Miss):
        return None
    assert isinstance(outcome, Answer)
    assert 200 == outcome.response.status
    page = json.loads(outcome.response.body)
    return [one["id"] for one in page["images"]], "next" in page


def answer(cloud: OlderGlance, query: str) -> Any:
    page = cloud.list_images(query)
    return None if page is None else ([one["id"] for one in page[0]], page[1])


def cases() -> Iterator[tuple[int, bool]]:
    for minor in MINORS:
        yield minor, True
        yield minor, False


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("minor", "with_versions"), list(cases()))
def test_what_is_derived_is_what_the_release_answers(
    minor: int, with_versions: bool, tmp_path: Path
) -> None:
    """And what releases answer differently is a miss, unless it is seen which one it is."""
    cloud = OlderGlance(minor, NO_SIZE, ME)
    deriver = recorded(cloud, tmp_path, with_versions=with_versions)
    least = minor if with_versions else {1: 1, 2: 2, 3: 2, 4: 2}.get(minor, 5)

    assert deriver.recognised is not None
    assert "glance-pre-17" == deriver.recognised.dialect
    for name, queries in QUESTIONS.items():
        is_open = name != "" and RULE[name].since > least
        for query in queries:
            found = asked(deriver, query)
            if is_open:
                assert found is None, query
            else:
                assert answer(cloud, query) == found, query


def test_each_rule_has_questions() -> None:
    """One about memberships needs no walk to be open: none shows the status of a member."""
    assert {"", *RULE} - {"memberships of one's own"} == set(QUESTIONS)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.since <= LAST])
def test_each_rule_is_one_by_which_releases_differ(rule: Any) -> None:
    """Otherwise it would cost answers for nothing."""
    for query in QUESTIONS.get(rule.name, ()):
        before = [
            answer(OlderGlance(one, NO_SIZE, ME), query) for one in MINORS if one < rule.since
        ]
        after = [
            answer(OlderGlance(one, NO_SIZE, ME), query) for one in MINORS if one >= rule.since
        ]

        assert any(one != other for one in before for other in after), query
        assert all(one == after[0] for one in after), query


def test_refusals_and_an_empty_visibility_are_misses(tmp_path: Path) -> None:
    """Releases word and form refusals in their own ways, and differ in what `visibility=` lists."""
    deriver = recorded(OlderGlance(6, IMAGES, ME), tmp_path, with_versions=True)

    for query in ("limit=abc", "sort_key=owner", "visibility=all", "visibility=&limit=9"):
        assert asked(deriver, query) is None, query
    assert isinstance(derive(deriver, MINE.request("", "/v2/images/nope")), Miss)


def test_a_single_image_is_as_the_list_shows_it(tmp_path: Path) -> None:
    """Code: both are put together by the same function. A private one needs a known project."""
    cloud = OlderGlance(2, IMAGES, ME)
    deriver = recorded(cloud, tmp_path, with_versions=False)

    for one in IMAGES:
        outcome = derive(deriver, MINE.request("", f"/v2/images/{one['id']}"))
        assert isinstance(outcome, Answer)
        assert cloud.show(one) == orjson.loads(outcome.response.body)


def test_an_image_without_an_owner_can_be_put_in_order(tmp_path: Path) -> None:
    """Only a filter by the owner is a miss: Grizzly does not show it."""
    deriver = recorded(OlderGlance(1, IMAGES, ME), tmp_path, with_versions=False)

    assert asked(deriver, "name=b&limit=9") is not None
    assert asked(deriver, f"owner={ME}&limit=9") is None


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([{"id": "v2.0"}, {"id": "v2.3"}, {"id": "v1.1"}], 3),
        ([{"id": "v2.16"}, {"id": "v2.9"}], 16),
        ([{"id": "v2." + "9" * 5000}], None),
        ([{"id": "v2.\u00b2"}, {"id": "v2"}, {"id": 2.1}, {"name": "v2.1"}, "v2.1", None], None),
        ({"values": [{"id": "v2.1"}]}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_newest_version_of_a_document(versions: Any, expected: int | None) -> None:
    """That of Keystone has another shape, and a stranger's may have any."""
    assert expected == newest_of({"versions": versions})
    assert newest_of(versions) is None
