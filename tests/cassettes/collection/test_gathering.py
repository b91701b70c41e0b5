"""What recorded responses show: pages, images, and when each image was seen or gone."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from glancetape_cassettes.collection.gathering import Gathered, gather
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.recorded import get, ok, write_cassette
from support.one_image import image


def listed(*images: Any, query: str = "", **rest: Any) -> tuple[Request, Response]:
    return get(f"/v2/images{query}"), ok(orjson.dumps({"images": images, **rest}))


def looked_at(name: str, found: Any = None, status: int = 200) -> tuple[Request, Response]:
    body = orjson.dumps(found) if found is not None else b"{}"
    return get(f"/v2/images/{name}"), Response(status, "", ok().headers, body)


def gather_from(folder: Path, *pairs: tuple[Request, Response]) -> Gathered:
    path = write_cassette(folder / "a.yaml", pairs)
    recording = RecordedAnswers([load_cassette(path)], lambda _: None)
    entries = [entry for group in recording.groups for entry in group]
    return gather(enumerate(sorted(entries, key=lambda one: one.index)))


def times(gathered: Gathered, name: str) -> tuple[int, int, int]:
    """Return since when an image is as it is, when it was seen last, and when it was gone."""
    found = gathered.images[name]
    return found.since, found.last, found.gone


def test_a_page_is_kept_with_its_question_its_images_and_its_next(tmp_path: Path) -> None:
    gathered = gather_from(
        tmp_path,
        listed(image("a"), image("b"), query="?limit=2", next="/v2/images?marker=b"),
        listed(query="?limit=2&marker=b"),
    )

    assert [(0, "limit=2", ("a", "b"), True, ""), (1, "limit=2&marker=b", (), False, "")] == [
        (page.time, page.query, page.ids, page.has_next, page.problem) for page in gathered.pages
    ]
    assert ["a.yaml#1", "a.yaml#2"] == [
        f"{page.source.file}#{page.source.number}" for page in gathered.pages
    ]
    assert {"a", "b"} == gathered.images.keys()
    assert image("a") == gathered.fields("a")
    assert gathered.fields("c") is None


def test_an_image_that_is_seen_again_unchanged_is_known_since_the_first_time(
    tmp_path: Path,
) -> None:
    """The order of its members and of its tags does not matter."""
    one, other = image("a", tags=["x", "y"]), image("a", tags=["y", "x"])
    gathered = gather_from(
        tmp_path,
        listed(one),
        listed(other),
        listed(dict(reversed(one.items()))),
        looked_at("a", one),
        looked_at("a", other | {"locations": [], "direct_url": "x", "more": "y"}),
    )

    assert (0, 4, -1) == times(gathered, "a")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "m"},
        {"tags": ["x"]},
        {"size": 1},
        {"more": "y"},
        {"updated_at": "2021-01-01T00:00:00Z"},
    ],
)
def test_an_image_that_a_list_shows_differently_has_changed_since_then(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    """One more member is a change too."""
    gathered = gather_from(
        tmp_path, listed(image("a")), listed(image("a") | changed), listed(image("b"))
    )

    assert (1, 1, -1) == times(gathered, "a")
    assert image("a") | changed == gathered.fields("a")


def test_a_single_answer_that_differs_from_lists_is_a_change(tmp_path: Path) -> None:
    """Lists that left it out may have to show it now."""
    gathered = gather_from(tmp_path, listed(image("a")), looked_at("a", image("a", name="m")))

    assert (1, 1, -1) == times(gathered, "a")
    assert image("a", name="m") == gathered.fields("a")
    assert not gathered.images["a"].in_list


def test_a_list_takes_the_place_of_a_single_answer(tmp_path: Path) -> None:
    """It is lists that are asked for; what both show has to be the same."""
    more = image("a", more="y")
    gathered = gather_from(tmp_path, looked_at("a", more), listed(image("a")))
    assert (0, 1, -1) == times(gathered, "a")
    assert image("a") == gathered.fields("a")

    (tmp_path / "other").mkdir()
    gathered = gather_from(tmp_path / "other", looked_at("a", more), listed(image("a", name="m")))
    assert (1, 1, -1) == times(gathered, "a")


def test_an_image_is_gone_from_a_404_until_it_is_seen_again(tmp_path: Path) -> None:
    """Then it is a new one, even if it looks the same."""
    pairs = [listed(image("a")), looked_at("a", status=404)]
    assert (0, 0, 1) == times(gather_from(tmp_path, *pairs), "a")

    for place, again in enumerate((listed(image("a")), looked_at("a", image("a")))):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert (2, 2, -1) == times(gather_from(folder, *pairs, again), "a")


@pytest.mark.parametrize(
    "pair",
    [
        looked_at("b", status=404),
        looked_at("a", status=403),
        looked_at("a", status=500),
        looked_at("a", image("b")),
        looked_at("a", [1]),
        looked_at("b", {"id": "b"}),
        (get("/v2/images/a/members"), ok(b'{"members": []}')),
        (get("/v2/schemas/image"), ok(b'{"name": "image"}')),
        (get("/v2/images"), ok(b'{"images": 3}')),
        (get("/v2/images"), ok(b"[]")),
        (get("/v2/images"), ok(b"<html>")),
        (get("/v2/images"), Response(300, "", ok().headers, b'{"images": []}')),
        (Request("POST", "http://glance:9292/v2/images"), ok(orjson.dumps(image("c")))),
    ],
)
def test_responses_without_images_change_nothing(
    pair: tuple[Request, Response], tmp_path: Path
) -> None:
    """Refusals, failures, other things, other methods."""
    gathered = gather_from(tmp_path, listed(image("a")), pair)

    assert ["a"] == list(gathered.images)
    assert (0, 0, -1) == times(gathered, "a")
    assert 1 == len(gathered.pages)


@pytest.mark.parametrize(
    ("images", "problem"),
    [
        ([image("a"), image("b"), image("a")], "image a is on it twice"),
        ([image("a"), {"name": "b"}], "its image 2 has no id"),
        ([image("a"), {"id": ""}], "its image 2 has no id"),
        ([image("a"), 3], "its image 2 has no id"),
    ],
)
def test_a_page_whose_images_have_no_distinct_ids_shows_nothing(
    images: list[Any], problem: str, tmp_path: Path
) -> None:
    gathered = gather_from(tmp_path, listed(*images))

    assert [(problem, (), True)] == [
        (page.problem, page.ids, page.has_next) for page in gathered.pages
    ]
    assert {} == gathered.images


@pytest.mark.parametrize(
    "broken",
    [
        {"created_at": None},
        {"created_at": "yesterday"},
        {"updated_at": 5},
        {"size": "big"},
        {"tags": "x"},
        {"name": 7},
    ],
)
def test_a_page_with_an_image_that_cannot_be_put_in_order_names_it(
    broken: dict[str, Any], tmp_path: Path
) -> None:
    """The other images of the page are gathered."""
    gathered = gather_from(tmp_path, listed(image("a"), image("b") | broken, image("c")))

    (page,) = gathered.pages
    assert page.problem.startswith("image "), page.problem
    assert "b" in page.problem
    assert {"a", "c"} == gathered.images.keys()


def test_properties_that_are_not_text_are_noted(tmp_path: Path) -> None:
    """A newer cloud may have such; which filter matches them is not known."""
    gathered = gather_from(
        tmp_path, listed(image("a", one=1, two=[1], three={"x": 1}, four=True, five=""))
    )

    assert {"one", "two", "three"} == gathered.images["a"].odd
