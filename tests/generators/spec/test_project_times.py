"""The days on which a named project makes images: `projects.named.NAME.times`."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from glancetape_generators.generating import generate_ndjson
from glancetape_generators.spec.explaining import explain
from glancetape_generators.spec.sections.days_and_moments import seen_at
from glancetape_generators.spec.spec import Spec
from glancetape_generators.validation import validate_images
from glancetape_generators.vocabulary.flavours import flavour_named
from support.drawn.random_specs import spec_of
from support.sets.equal_sets import assert_equal_to_import
from support.sets.generated import SEED, Image, images_of
from support.sets.spec_files import Write, refusal

OLD, NEW, DAY = "5" * 32, "0" * 31 + "a", "7" * 32
WINDOWS = {
    OLD: ("2024-03-04", "2024-05-31"),
    NEW: ("2025-06-01", "2025-12-31"),
    DAY: ("2024-11-05", "2024-11-05"),
}
COUNT = 1500


def _spec(**more: Any) -> Spec:
    own = {"platforms": {"Ubuntu": 3, "CentOS": 1, "Windows": 1}}
    named = {
        OLD: {"share": 20, **own, "times": dict(zip(("first", "last"), WINDOWS[OLD], strict=True))},
        NEW: {"share": 15, "times": {"first": WINDOWS[NEW][0]}},
        DAY: {"share": 5, "times": dict(zip(("first", "last"), WINDOWS[DAY], strict=True))},
    }
    return spec_of({"like": "tenant", "projects": {"named": named}, **more})


def _theirs(images: list[Image], project: str) -> list[Image]:
    return [one for one in images if one["owner"] == project and one["visibility"] != "public"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"flavour": "openstack"},
        {"made": {"image": 5, "instance": 3, "server_backup": 2}},
        {"churn": {"renamed": 4, "unshared": 5, "deleted": 2}},
        {"versions": {"Ubuntu 22.04 server 64bit": 1, "Ubuntu 18.04 server 64bit": 1}},
        {"statuses": {"active": 6, "saving": 3, "queued": 1}, "times": {"ties": 90, "growth": 900}},
    ],
)
def test_a_project_makes_images_within_its_days(more: dict[str, Any]) -> None:
    """Whatever they are made from; no rule is broken, and its share is kept."""
    images = images_of(_spec(**more), COUNT)

    tenants = [one for one in images if one["visibility"] != "public"]
    for (project, (first, last)), share in zip(WINDOWS.items(), (0.2, 0.15, 0.05), strict=True):
        days = [
            one["created_at"][:10]
            for one in _theirs(images, project)
            if one["status"] not in ("saving", "queued", "importing", "uploading")
        ]
        assert first <= min(days) <= max(days) <= last
        assert len(set(days)) > 10 or first == last
        assert abs(len(_theirs(images, project)) / len(tenants) - share) < 0.02 or "churn" in more
    assert [] == validate_images(images)


def test_no_image_is_older_than_its_system() -> None:
    """Of a project of the past, with few systems to choose from."""
    since: dict[str, int] = {}
    for row in flavour_named("huawei-intl").systems:
        since[row.version] = min(row.since, since.get(row.version, row.since))
    named = {OLD: {"share": 60, "platforms": {"Ubuntu": 3, "CentOS": 1, "Windows": 1, "Debian": 1}}}
    named[OLD]["times"] = {"first": "2018-03-01", "last": "2018-07-31"}
    spec = spec_of({"times": {"first": "2018-01-01"}, "projects": {"named": named}})

    theirs = _theirs(images_of(spec, COUNT), OLD)

    found = Counter(one.get("__os_version") for one in theirs)
    assert len(found) > 5
    for one in theirs:
        day = date.fromisoformat(one["created_at"][:10])
        released = since.get(one.get("__os_version", ""), 0)
        assert date(1970, 1, 1) + timedelta(days=released) <= day
        assert day <= date(2018, 7, 31)


def test_other_projects_keep_their_images() -> None:
    """Those that are made from no other image; ids stay for all."""
    with_times = images_of(_spec(), COUNT)
    spec = _spec()
    named = {name: replace(one, times=None) for name, one in spec.projects.named.items()}
    without = images_of(replace(spec, projects=replace(spec.projects, named=named)), COUNT)

    assert [one["id"] for one in without] == [one["id"] for one in with_times]
    compared = 0
    for one, other in zip(with_times, without, strict=True):
        is_alone = "__originalimagename" not in one and "__originalimagename" not in other
        if is_alone and not {one["owner"], other["owner"]} & WINDOWS.keys():
            compared += 1
            assert other == one
    assert compared > COUNT // 10


def test_a_project_is_seen_from_its_first_day_on(tmp_path: Path) -> None:
    """`--at` and churn count from the time of creation."""
    spec = _spec(churn={"deleted": 3})

    def seen(at: int) -> list[Image]:
        generate_ndjson(seen_at(spec, at), COUNT, SEED, tmp_path / "a.ndjson", force=True)
        return [json.loads(line) for line in (tmp_path / "a.ndjson").open("rb")]

    for project, (first, last) in WINDOWS.items():
        begins = (date.fromisoformat(first) - date(1970, 1, 1)).days * 86_400
        ends = (date.fromisoformat(last) - date(1970, 1, 1)).days * 86_400 + 86_400
        assert [] == _theirs(seen(begins), project)
        if ends < spec.times.now:
            assert len(_theirs(seen(ends), project)) > 20


def test_a_set_of_such_projects_is_in_order(tmp_path: Path) -> None:
    """It equals an import of the same images, which sorts them itself."""
    assert_equal_to_import(_spec(), 400, tmp_path)


def test_fixed_images_and_moments_are_within_the_days_too() -> None:
    """A fixed image with a time of its own keeps it."""
    base = "6f1d1a52-0d6c-4f0e-8a52-3c1f7a6f0001"
    fixed = [
        {"owner": OLD, "id": base, "created_at": "2024-05-01T00:00:00Z"},
        *({"owner": OLD, "__originalimagename": base, "name": f"c{n}"} for n in range(30)),
        {"owner": OLD, "created_at": "2025-01-01T00:00:00Z"},
    ]
    named = {OLD: {"share": 50, "times": {"first": "2024-03-04", "last": "2024-05-31"}}}
    moments = {"2024-05-30T03:00:00Z": 40}
    said = {"like": "tenant", "projects": {"named": named}, "images": fixed, "moments": moments}

    images = images_of(spec_of(said), 600)

    outside = [
        one["created_at"]
        for one in _theirs(images, OLD)
        if not "2024-03-04" <= one["created_at"] < "2024-06-01"
    ]
    assert ["2025-01-01T00:00:00Z"] == outside
    assert all("2024-05-01" < one["created_at"] for one in images[1:31])
    assert 40 == sum(one["created_at"] == "2024-05-30T03:00:00Z" for one in images)


def test_explain_shows_the_days() -> None:
    """From, to, or both."""
    shown = explain(_spec(), 1000)

    assert "created from 2024-03-04 to 2024-05-31\n" in shown
    assert "created from 2025-06-01\n" in shown


SET = "is not a day on which the set gets new images, 2018-01-01 to 2025-12-31."


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ("{first: 2017-12-31}", f".first: 2017-12-31 {SET}"),
        ("{last: 2026-01-01}", f".last: 2026-01-01 {SET}"),
        ("{first: 2024-05-02, last: 2024-05-01}", ": last is before first."),
        ("{first: 2024-05}", ".first: 2024-05 is not a date like 2018-01-01, of 1970 or later."),
        ("{}", ": write first, last or both; each is a day."),
        ("{now: 2024-05-01}", ".now: no such key; choose one of first, last."),
        ("{last: 2018-06-01}",
         ": Huawei Cloud EulerOS has no version in this set by 2018-06-01; choose a later time, "
         "or give the project its own platforms."),
    ],
)  # fmt: skip
def test_days_that_cannot_be_are_refused(write: Write, times: str, message: str) -> None:
    """With file, line and key."""
    head = "like: tenant\ntimes: {first: 2018-01-01, now: 2026-01-01T00:00:00Z}\n"

    found = refusal(write(f"{head}projects: {{named: {{a: {{share: 9, times: {times}}}}}}}"))

    assert f"spec.yaml, line 3: projects.named.a.times{message}" == found


def test_a_moment_at_which_a_project_makes_no_images_is_refused(write: Write) -> None:
    """Its images may be of any project."""
    text = "like: tenant\nprojects: {named: {a: {share: 9, times: {first: 2024-05-01}}}}\n"

    found = refusal(write(f"{text}moments: {{2024-04-01T00:00:00Z: 2}}"))

    assert found == (
        "spec.yaml, line 3: moments: 2024-04-01T00:00:00Z is not within the times of the project "
        "a, and images of a moment are of any project; choose another time."
    )
