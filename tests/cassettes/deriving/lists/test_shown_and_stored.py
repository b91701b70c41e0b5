"""What a list shows is not always what the cloud stores and compares."""

import json
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.recorded_lists import (
    AS_GLANCE,
    MINE,
    derived_from,
    history_of,
    listed_image,
    walk,
)
from support.one_image import id_of

GLANCE = AS_GLANCE[1]
STAND_IN = "facade00a4376dfcfed86da6262ded9f"


def _shown(**fields: Any) -> dict[str, Any]:
    return {**listed_image(1), "min_disk": 0, "min_ram": 0, "os_hidden": False, **fields}


def _recorded(folder: Path, *images: dict[str, Any], query: str = "") -> Deriver:
    """Record one page that shows the whole list."""
    page = {"images": images, "first": "/v2/images", "schema": "/v2/schemas/images"}
    body = json.dumps(page).encode()
    path = write_cassette(folder / "a.yaml", [(get(f"/v2/images{query}"), ok(body, GLANCE))])
    return Deriver(RecordedAnswers([load_cassette(path)], lambda _: None), "glance")


def _ask(deriver: Deriver, query: str) -> Answer | Miss | None:
    return derive(deriver, get(f"/v2/images?{query}"))


@pytest.mark.parametrize("name", ["stores", "direct_url"])
def test_what_glance_computes_is_found_by_no_filter(name: str, tmp_path: Path) -> None:
    """Glance adds it to the images that it has found; no other filter is affected."""
    deriver = _recorded(tmp_path, _shown(**{name: "ceph"}))

    assert isinstance(_ask(deriver, f"{name}=ceph"), Miss)
    assert isinstance(_ask(deriver, "limit=1"), Answer)


@pytest.mark.parametrize(
    "query", [f"name=backup-{'a' * 32}", "sort_key=name", f"base={'a' * 32}", f"base={STAND_IN}"]
)
def test_an_id_replaced_inside_a_text_makes_the_text_uncertain(query: str, tmp_path: Path) -> None:
    """The cloud compares the real id. An owner's stand-in is compared with a stand-in."""
    deriver = _recorded(tmp_path, _shown(name=f"backup-{STAND_IN}", owner=STAND_IN, base=STAND_IN))

    assert isinstance(_ask(deriver, query), Miss)
    assert isinstance(_ask(deriver, f"owner={STAND_IN}"), Answer)


@pytest.mark.parametrize(
    "value",
    [json.loads("[" * 400 + "]" * 400), 1.10, [{"a": 123456789012345678901234567890}]],
    ids=["deep", "fraction", "large"],
)
def test_a_value_that_cannot_be_returned_unchanged_proves_nothing(
    value: object, tmp_path: Path
) -> None:
    """A page with such an image is replayed as it was recorded, and nothing is derived from it."""
    outcome = _ask(_recorded(tmp_path, _shown(odd=value)), "limit=1")

    assert isinstance(outcome, Miss)
    assert id_of(1) in outcome.reason


def test_every_image_of_the_same_second_is_looked_at(tmp_path: Path) -> None:
    """One neighbour is not enough: a third image may belong before both."""
    same = {"created_at": "2020-01-01T00:00:00Z"}
    history = history_of(
        listed_image(9, **same, name="a"),
        listed_image(8, **same, name="b"),
        listed_image(1, **same, tags=[], name="c"),
    )
    walk(history, "sort_key=name&sort_dir=asc&limit=5")
    walk(history, "tag=x&limit=5")

    outcome = derive(derived_from(history, tmp_path), MINE.request("limit=1"))

    assert isinstance(outcome, Miss)
    assert "the same second" in outcome.reason


def test_a_first_link_that_is_no_url_is_a_miss(tmp_path: Path) -> None:
    """Derived pages would have links of another form."""
    page = {"images": [_shown()], "first": "http://[x", "schema": "/v2/schemas/images"}
    body = json.dumps(page).encode()
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok(body, GLANCE))])

    deriver = Deriver(RecordedAnswers([load_cassette(path)], lambda _: None), "glance")

    assert isinstance(_ask(deriver, "limit=1"), Miss)
