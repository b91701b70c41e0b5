"""A region as time goes on: what it was on one day, with the changes, is what it is on another."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.deltas import generate_delta
from glancetape_generators.generating import generate_ndjson, generate_set
from glancetape_generators.sampling.draws import Draws
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.sections.days_and_moments import seen_at
from glancetape_generators.spec.spec import Spec
from glancetape_generators.validation import validate_images
from glancetape_generators.world.calendar import NEVER, Waiting
from glancetape_generators.world.fixed import record_numbers
from glancetape_generators.world.world import World
from support.drawn.examples import examples
from support.drawn.random_specs import spec_of
from support.sets.generated import SEED, Image, images_of
from support.sets.spec_files import Write, refusal

DAY = 86_400
COUNT = 120
FIXED = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0001"
CHURN: Mapping[str, Any] = {"renamed": 10, "unshared": 30, "deleted": 5.5}


def _spec(like: str, churn: Mapping[str, Any]) -> Spec:
    return spec_of(
        {
            "like": like,
            "churn": {**churn, **({"hidden": 20} if like == "openstack" else {})},
            "times": {"first": "2024-01-01"},
            "images": [{"id": FIXED, "created_at": "2025-03-01T00:00:00Z", "children": 10}],
        }
    )


SPECS = [
    _spec(like, churn)
    for like in ("region", "tenant", "openstack", "edge-cases")
    for churn in (CHURN, {"deleted": 100}, {})
]
FIRST, NOW = SPECS[0].times.first * DAY, SPECS[0].times.now


def _images(spec: Spec, at: int, seed: int, folder: Path) -> dict[str, Image]:
    generate_ndjson(seen_at(spec, at), COUNT, seed, folder / "state", force=True)
    listed = [json.loads(line) for line in (folder / "state").open("rb")]
    found = {image["id"]: image for image in listed}
    assert len(listed) == len(found)
    return found


def _played(images: Mapping[str, Image], events: Path) -> dict[str, Image]:
    """Play events as a program would that keeps a copy of a region."""
    found, last = dict(images), ""
    for line in events.open("rb"):
        event = json.loads(line)
        image_id = event["image"]["id"]
        assert last <= event["at"]
        last = event["at"]
        assert (event["event"] == "created") == (image_id not in found)
        if event["event"] == "deleted":
            assert found.pop(image_id) == event["image"]
        else:
            found[image_id] = event["image"]
    return found


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spec=st.sampled_from(SPECS),
    times=st.lists(st.integers(FIRST + 1, NOW), min_size=2, max_size=2).map(sorted),
    near=st.integers(0, 2),
    seed=st.integers(0, 1 << 63),
)
def test_a_day_with_the_changes_is_another_day(
    tmp_path: Path, spec: Spec, times: list[int], near: int, seed: int
) -> None:
    """Whatever the spec; often the days are near each other, or the last ones."""
    first, second = times
    if near == 1:
        second = min(first + 3 * DAY, NOW)
    if near == 2:
        first, second = NOW - 7200, NOW
    before = _images(spec, first, seed, tmp_path)

    counted = generate_delta(spec, COUNT, seed, (first, second), tmp_path / "delta", force=True)

    after = _images(spec, second, seed, tmp_path)
    assert after == _played(before, tmp_path / "delta")
    assert sum(counted.values()) == sum(1 for _ in (tmp_path / "delta").open("rb"))
    for image_id in before.keys() & after.keys():
        old, new = before[image_id], after[image_id]
        assert old["created_at"] == new["created_at"]
        assert (old == new) == (old["updated_at"] == new["updated_at"])
    for state, at in ((before, first), (after, second)):
        times_shown = [one[name] for one in state.values() for name in ("created_at", "updated_at")]
        assert all(text <= _text(at) for text in times_shown)


def _text(seconds: int) -> str:
    return f"{np.datetime64(seconds, 's')}Z"


def _living(spec: Spec, count: int = 1500) -> list[Image]:
    """Make the images of a spec that are there."""
    world = World(spec, SEED)
    records = record_numbers(np.arange(count), len(world.fixed))
    living = WholeImages(Images(world, records).living())
    return [json.loads(line) for line in living.lines()]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("like", ["region", "tenant", "openstack"])
@pytest.mark.parametrize("at", ["2025-06-01", "2025-12-30"])
def test_any_day_is_consistent(like: str, at: str) -> None:
    """Only parents may be missing: they were deleted after their children were made."""
    spec = seen_at(_spec(like, CHURN), int(np.datetime64(at).astype("datetime64[s]").astype(int)))

    found = _living(spec)

    assert {"parent-there"} >= {one.rule for one in validate_images(found)}


def test_what_happens_comes_at_the_rates_of_the_spec() -> None:
    """In a year, 5.5 percent a month leave half; renamed images end in -old."""
    spec = spec_of({"like": "tenant", "churn": {"renamed": 3, "deleted": 5.5}})
    old = {one["id"]: one for one in images_of(read_spec("tenant"), 4000)}
    now = {one["id"]: one for one in _living(spec, 4000)}

    # Some parents are others, as a deleted image has no further children.
    seen = [
        (one, age)
        for one in old.values()
        if one["visibility"] != "public"
        for age in [np.datetime64("2026-01-01") - np.datetime64(one["created_at"][:10])]
    ]
    for rate, happened in (
        (5.5, lambda one: one["id"] not in now),
        (3, lambda one: one["id"] in now and now[one["id"]]["name"].endswith("-old")),
    ):
        among = [pair for pair in seen if rate == 5.5 or pair[0]["id"] in now]
        wanted = sum(1 - (1 - rate / 100) ** (age.astype(int) / 30) for _, age in among)
        found = sum(happened(one) for one, _ in among)
        assert abs(found - wanted) < 0.05 * len(among)
    assert not any(one["name"].endswith("-old") for one in old.values())


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_what_happens_happens_while_people_work(seed: int) -> None:
    """In their hours, little of it at weekends, and none of it before an image is there."""
    churn = {"renamed": 60, "unshared": 60, "deleted": 40}
    spec = spec_of({"like": "region", "flavour": "huawei-cn", "churn": churn})
    images = Images(World(spec, seed), np.arange(3000))
    life = images.lifecycle
    events = np.stack([life.renamed, life.unshared, life.deleted])
    times = [datetime.fromtimestamp(one + 8 * 3600, UTC) for one in events[events < NEVER].tolist()]

    assert (events >= images.active).all()
    assert len(times) > 2000
    assert sum(8 <= one.hour < 18 for one in times) > 0.6 * len(times)
    assert sum(one.weekday() > 4 for one in times) < 0.14 * len(times)


def test_uploads_are_recent() -> None:
    """An image is saved within hours; few stay queued for long."""
    spec = spec_of({"like": "tenant", "statuses": {"active": 8, "saving": 1, "queued": 1}})
    images = images_of(spec, 2000)
    ages = {
        status: sorted(
            (np.datetime64("2026-01-01T00:00:00") - np.datetime64(one["created_at"][:-1])).astype(
                int
            )
            for one in images
            if one["status"] == status
        )
        for status in ("saving", "queued")
    }

    assert 60 <= ages["saving"][0] <= ages["saving"][-1] <= 5 * 3600
    assert ages["queued"][len(ages["queued"]) * 3 // 4] <= 2 * DAY + 60
    assert ages["queued"][-1] > 30 * DAY


@pytest.mark.parametrize("like", ["tenant", "openstack"])
def test_a_set_of_a_day_equals_an_import(tmp_path: Path, like: str) -> None:
    """Table by table; images that are not there leave no trace."""
    spec = seen_at(_spec(like, CHURN), NOW - 100 * DAY)

    generate_set(spec, 500, SEED, tmp_path / "day", {})
    generate_ndjson(spec, 500, SEED, tmp_path / "day.ndjson")

    lines = (tmp_path / "day.ndjson").read_bytes().splitlines()
    with ImageSet(tmp_path / "day") as images:
        assert len(lines) == len(images) < 450
        assert {json.loads(line)["id"] for line in lines} == set(images.ids())


def test_a_month_takes_what_the_rate_says() -> None:
    """Half, then half of the rest; what waits longer than the days counted never comes."""
    days = Waiting(50, 90).draw(Draws(7, np.arange(20_000)), "x")

    months = Counter((days[days >= 0] // 30).tolist())
    assert abs(months[0] / 20_000 - 0.5) < 0.02
    assert abs(months[1] / 20_000 - 0.25) < 0.02
    assert NEVER > 1 << 40
    assert -1 in days


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("churn: {deleted: 101}", "churn.deleted: 101 is not a percentage from 0 to 100, such as "
         "5 or 0.5."),
        ("churn: {deleted: 1e1}", "churn.deleted: 1e1 is not a percentage from 0 to 100, such as "
         "5 or 0.5."),
        ("churn: {hidden: 3}", "churn.hidden: the flavour huawei-intl hides no images; leave it "
         "out."),
        ("times: {at: 2027-01-01T00:00:00Z}", "times.at: at must be after first and not after "
         "now."),
    ],
)  # fmt: skip
def test_time_that_cannot_be_is_refused(write: Write, text: str, message: str) -> None:
    """With file, line and key."""
    assert f"spec.yaml, line 2: {message}" == refusal(write(f"like: tenant\n{text}"))


def test_a_day_outside_of_the_time_of_the_spec_is_refused() -> None:
    """The message says what the time is."""
    with pytest.raises(ImageSetError, match="not after 2026-01-01T00:00:00Z"):
        seen_at(read_spec("tenant"), NOW + 1)
