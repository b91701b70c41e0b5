"""Statuses in a plain Glance have their shares, though not every image can have each."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from glancetape_cassettes.errors import GlancetapeError
from glancetape_generators.spec.explaining import explain
from support.drawn.random_specs import spec_of
from support.sets.generated import images_of

COUNT = 3000
_FILES = {"file": 60, "instance": 30, "volume": 10}
POSSIBLE: Mapping[str, Mapping[str, Any]] = {
    "steps": {
        "statuses": {"active": 70, "uploading": 15, "importing": 15},
    },
    "steps of most uploads": {
        "made": _FILES,
        "statuses": {"active": 35, "queued": 10, "uploading": 25, "importing": 30},
    },
    "volumes": {
        "made": {"volume": 50, "instance": 50},
        "statuses": {"active": 50, "queued": 50},
    },
    "all": {
        "made": _FILES,
        "statuses": {"active": 30, "killed": 20, "saving": 20, "importing": 20, "deactivated": 10},
    },
}
TOO_MANY: Mapping[str, tuple[Mapping[str, Any], str, Mapping[str, int]]] = {
    "steps": (
        {
            "made": {"file": 20, "instance": 80},
            "statuses": {"active": 60, "uploading": 20, "importing": 20},
        },
        "active 80%, importing 10%, uploading 10%",
        {"active": 80, "uploading": 10, "importing": 10},
    ),
    "queued": (
        {"made": {"instance": 40, "volume": 60}, "statuses": {"active": 30, "queued": 70}},
        "active 60%, queued 40%",
        {"active": 60, "queued": 40},
    ),
}


def _shares(said: Mapping[str, Any]) -> Mapping[str, float]:
    images = images_of(spec_of({"like": "openstack", **said}), COUNT)
    operators = {one["owner"] for one in images if one["visibility"] == "public"}
    found = Counter(one["status"] for one in images if one["owner"] not in operators)
    return {name: 100 * number / found.total() for name, number in found.items()}


@pytest.mark.parametrize("case", POSSIBLE)
def test_images_that_can_have_a_status_have_more_of_it(case: str) -> None:
    """No other image has it, and no image has a status that is not in the spec."""
    said = POSSIBLE[case]

    found = _shares(said)

    assert found == pytest.approx(said["statuses"], abs=1.5)
    assert "not " not in explain(spec_of({"like": "openstack", **said}), COUNT)


@pytest.mark.parametrize("case", TOO_MANY)
def test_explain_says_which_shares_are_impossible(case: str) -> None:
    """And which ones come out."""
    said, line, expected = TOO_MANY[case]

    found = _shares(said)
    lines = explain(spec_of({"like": "openstack", **said}), COUNT).splitlines()

    assert found == pytest.approx(expected, abs=1.5)
    place = next(n for n, one in enumerate(lines) if one.startswith("  status"))
    assert lines[place].endswith(line)
    assert lines[place + 1].strip().startswith("not ")


@pytest.mark.parametrize(
    ("made", "statuses", "ways"),
    [
        ({"instance": 1, "file": 1}, {"importing": 1}, "instance"),
        ({"volume": 1, "file": 1}, {"queued": 1}, "volume"),
        ({"image": 1, "server_backup": 1}, {"uploading": 1}, "server_backup, image"),
    ],
)
def test_a_way_that_can_have_none_of_the_statuses_is_refused(
    made: Mapping[str, int], statuses: Mapping[str, int], ways: str
) -> None:
    """The message says which way, and what to write."""
    with pytest.raises(GlancetapeError, match=f"images made as {ways} can have none .* add active"):
        spec_of({"like": "openstack", "made": made, "statuses": statuses})


def test_uploads_alone_can_have_any_status() -> None:
    """Without public images all images are uploads, too."""
    statuses = {"importing": 3, "queued": 1}

    assert _shares({"made": {"file": 1}, "statuses": statuses}) == pytest.approx(
        {"importing": 75, "queued": 25}, abs=1.5
    )
    none = {"catalogue": {"images": 0}, "made": {"instance": 1}, "statuses": statuses}
    assert _shares(none) == pytest.approx({"importing": 75, "queued": 25}, abs=1.5)
