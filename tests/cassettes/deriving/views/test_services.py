"""What one image service shows proves nothing of another; two addresses may lead to one service."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.asking import derive, find
from support.clouds.clouds import HOST, Caller, Cloud
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    AS_GLANCE,
    JSON,
    MINE,
    THEIRS,
    derived_from,
    history_of,
    keep,
    listed_image,
    shown,
    walk,
)
from support.clouds.small_images import ME, OTHER
from support.one_image import Image, id_of

ELSEWHERE = "http://10.0.0.5:9292"
ASKED = "sort_key=name&sort_dir=asc&limit=100"
IMAGES = [listed_image(number) for number in (1, 2, 3)]
RENAMED = listed_image(3, name="renamed")
GONE = Response(404, "Not Found", (JSON,), b"{}")


def to(host: str, request: Request) -> Request:
    """Return a request as it is sent to another address."""
    return replace(request, uri=request.uri.replace(HOST, host))


def listed(host: str, *images: Image, caller: Caller = MINE) -> tuple[Request, Response]:
    """Return a whole list at an address."""
    answer = Cloud("glance", list(images)).answer("limit=1000", caller.project)
    return to(host, caller.request("limit=1000")), answer


def about(host: str, number: int, method: str = "GET", caller: Caller = MINE) -> Request:
    """Return a request about one image at an address."""
    request = to(host, caller.request("", f"/v2/images/{id_of(number)}"))
    return replace(request, method=method)


def login(
    *endpoints: tuple[str, str], keystone: str = "http://keystone:5000"
) -> tuple[Request, Response]:
    """Return a login whose catalog has image services at these addresses, by region."""
    named = [{"region_id": region, "interface": "x", "url": url} for region, url in endpoints]
    catalog = [{"type": "image", "name": "glance", "endpoints": named}]
    token = {"token": {"methods": ["password"], "catalog": catalog}}
    headers = (JSON, ("X-Subject-Token", "gAAAAAB-of-this-login"))
    body = b'{"auth": {"identity": {"methods": ["password"]}}}'
    request = Request("POST", f"{keystone}/v3/auth/tokens", (JSON,), body)
    return request, Response(201, "Created", headers, orjson.dumps(token))


ONE_REGION = [login(("RegionOne", HOST), ("RegionOne", f"{ELSEWHERE}/v2"))]
TWO_REGIONS = [login(("RegionOne", HOST), ("RegionTwo", ELSEWHERE))]
TWO_KEYSTONES = [
    login(("RegionOne", HOST)),
    login(("RegionOne", ELSEWHERE), keystone="http://other:5000"),
]
NO_COMMON_IMAGE = [listed(ELSEWHERE, listed_image(9))]
KNOWN_BY = {
    # what is recorded besides -> whether the second address may lead to the service of the first
    "a catalog with both in one region": (ONE_REGION, True),
    "a catalog with both in two regions": (TWO_REGIONS, False),
    "catalogs of two clouds": (TWO_KEYSTONES, False),
    "a common image": ([listed(ELSEWHERE, *IMAGES)], True),
    "nothing": ([], True),
    "an image by itself": (
        [
            (
                about(ELSEWHERE, 9),
                Response(200, "OK", AS_GLANCE, orjson.dumps(Cloud("glance").show(listed_image(9)))),
            )
        ],
        True,
    ),
    "no common image": (NO_COMMON_IMAGE, False),
}
SHOWN_THERE = {
    "a refusal": (about(ELSEWHERE, 3), GONE),
    "a list without the image": listed(ELSEWHERE, *IMAGES[:2]),
    "a list with another name": listed(ELSEWHERE, *IMAGES[:2], RENAMED),
    "the image with another name": (
        about(ELSEWHERE, 3),
        Response(200, "OK", AS_GLANCE, orjson.dumps(Cloud("glance").show(RENAMED))),
    ),
}


def walked(*more: tuple[Request, Response]) -> History:
    """Record a walk at the first address, and more."""
    history = history_of(*IMAGES)
    walk(history)
    for request, response in more:
        keep(history, request, response)
    return history


@pytest.mark.parametrize("evidence", SHOWN_THERE)
@pytest.mark.parametrize("known_by", KNOWN_BY)
def test_another_address_contradicts_a_walk_only_if_it_may_lead_to_the_same_service(
    known_by: str, evidence: str, tmp_path: Path
) -> None:
    before, may_be_same = KNOWN_BY[known_by]
    if known_by == "no common image" and evidence != "a refusal":
        return  # it shows common images

    found = shown(derived_from(walked(*before, SHOWN_THERE[evidence]), tmp_path), ASKED)

    assert may_be_same is (found != [1, 2, 3])
    assert may_be_same is ("no longer holds" in str(found))


@pytest.mark.parametrize("known_by", KNOWN_BY)
def test_a_walk_proves_nothing_at_another_address(known_by: str, tmp_path: Path) -> None:
    """Links and limits may differ there, even where the images are the same."""
    before, _ = KNOWN_BY[known_by]
    deriver = derived_from(walked(*before), tmp_path)

    outcome = derive(deriver, to(ELSEWHERE, MINE.request(ASKED)))

    if known_by in ("a common image", "no common image"):  # there a list is recorded
        assert isinstance(outcome, Answer)
        assert "basic.yaml#1" not in outcome.source.split("-")[0]
    else:
        assert isinstance(outcome, Miss)


def test_an_image_of_another_address_is_no_known_marker(tmp_path: Path) -> None:
    """An empty list and an image elsewhere: perhaps one service, or two."""
    history = history_of()
    walk(history)
    community = listed_image(4, visibility="community")
    query = "limit=1000&visibility=all"
    answer = Cloud("glance", [community]).answer(query, ME)
    keep(history, to(ELSEWHERE, MINE.request(query)), answer)
    asked = MINE.request(f"limit=100&marker={community['id']}")

    assert isinstance(derive(derived_from(history, tmp_path), asked), Miss)


@pytest.mark.parametrize(
    ("catalog", "is_explained"),
    [(ONE_REGION, True), (TWO_REGIONS, False)],
    ids=["of the same service", "of another service"],
)
def test_a_change_explains_what_its_own_service_shows_later(
    catalog: list[tuple[Request, Response]], *, is_explained: bool, tmp_path: Path
) -> None:
    """DELETE of image 3 in another region is no reason for a 404 in this one."""
    deletion = about(ELSEWHERE, 3, "DELETE"), Response(204, "No Content", ())
    history = walked(*catalog, deletion, (about(HOST, 3), GONE))

    found = shown(derived_from(history, tmp_path), ASKED)

    assert is_explained is (found == [1, 2, 3])


def test_an_image_that_another_region_had_for_a_while_hides_no_change_of_its_namesake(
    tmp_path: Path,
) -> None:
    """A replicator gives an image the same id: made and deleted there, it is renamed here."""
    made = replace(to(ELSEWHERE, MINE.request("")), method="POST", body=b"{}")
    created = Response(201, "Created", AS_GLANCE, orjson.dumps(IMAGES[2]))
    renaming = replace(about(HOST, 3, "PATCH"), body=b'[{"op": "replace", "path": "/name"}]')
    renamed = Response(200, "OK", AS_GLANCE, orjson.dumps(Cloud("glance").show(RENAMED)))
    deletion = about(ELSEWHERE, 3, "DELETE")
    history = walked(
        *TWO_REGIONS,
        (made, created),
        (renaming, renamed),
        (deletion, Response(204, "No Content", ())),
    )
    deriver = derived_from(history, tmp_path)
    for change in (made, renaming, deletion):
        assert isinstance(find(deriver.recorded, change), Answer)

    outcome = find(deriver.recorded, MINE.request("limit=2"))

    assert isinstance(outcome, Miss)
    assert "It was recorded before PATCH" in outcome.reason
    assert "No list is recorded in the state" in str(shown(deriver, ASKED))


@pytest.mark.parametrize("lists_at", [HOST, ELSEWHERE], ids=["here", "in another region"])
def test_a_list_without_an_image_of_another_region_may_be_that_of_an_operator(
    lists_at: str, tmp_path: Path
) -> None:
    """Project b makes a private image here. An operator's list of the other region lacks it, too.

    A list of this region shows that its caller is no operator, so that the first list holds.
    """
    private = listed_image(7, visibility="private", owner=OTHER, created_at="2030-01-01T00:00:00Z")
    made = replace(THEIRS.request(""), method="POST", body=b"{}")
    created = Response(201, "Created", AS_GLANCE, orjson.dumps(Cloud("glance").show(private)))
    own = listed_image(4, visibility="private", owner=ME)
    theirs = about(HOST, 7, caller=THEIRS)
    history = history_of(own, callers=(MINE, THEIRS))
    walk(history, "limit=1000")
    shown_there = Response(200, "OK", AS_GLANCE, orjson.dumps(Cloud("glance").show(private)))
    seen = listed(HOST, own, private, caller=THEIRS)
    for request, response in (
        *TWO_REGIONS,
        (made, created),
        (theirs, shown_there),
        seen,
        listed(lists_at, own),
    ):
        keep(history, request, response)
    deriver = derived_from(history, tmp_path)
    assert isinstance(find(deriver.recorded, made), Answer)

    found = find(deriver.recorded, MINE.request("limit=1000"))

    assert (lists_at == HOST) is isinstance(found, Answer)


def test_an_address_follows_the_rules_that_its_own_lists_show(tmp_path: Path) -> None:
    """The other lists of the recording are of another cloud, and far more of them."""
    older = {key: value for key, value in listed_image(9).items() if key != "os_hidden"}
    page = orjson.dumps({"images": [older], "first": "/v2/images?limit=1000", "schema": "s"})
    history = history_of(*IMAGES)
    for _ in range(40):
        walk(history)
        if len(history.interactions) == 2:
            request = to(ELSEWHERE, MINE.request("limit=1000"))
            keep(history, request, Response(200, "OK", (JSON,), page))
    deriver = derived_from(history, tmp_path, "auto")

    outcome = derive(deriver, to(ELSEWHERE, MINE.request(ASKED)))

    assert isinstance(outcome, Miss)
    assert "do not show that this address is of a known cloud" in outcome.reason
    assert [1, 2] == shown(deriver, ASKED.replace("100", "2"))
