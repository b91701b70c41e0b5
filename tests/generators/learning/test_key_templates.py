"""Key-set templates are learned: sets of keys that enough images of a way of making have."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.held_out import generated
from glancetape_generators.learning.spec_text import spec_of
from glancetape_generators.learning.writing_specs import learn_text
from support.sets.captures import tenant, with_owners

pytestmark = pytest.mark.usefixtures("uncalibrated")

_MINE = ("ci-job", "ci-run", "solo", "rare")


def _learned(images: Iterable[dict[str, Any]]) -> Any:
    _, text, _ = learn_text(Capture.of(images), 10)
    spec_of(text)
    return yaml.safe_load(text)


def _capture() -> Iterator[dict[str, Any]]:
    """Yield images of 12 projects: ci-run comes with ci-job, and solo with nothing."""
    for number, image in enumerate(with_owners(tenant(2400), 12)):
        kept = {key: value for key, value in image.items() if key not in ("pipeline", "commit")}
        if image["visibility"] != "public":
            if number % 5 < 3:
                kept["ci-job"] = "yes"
            if number % 5 < 2:
                kept["ci-run"] = "no"
            if number % 7 < 3:
                kept["solo"] = "a"
            if number in (3, 4):
                kept["rare"] = "b"
        yield kept


def test_properties_that_go_together_are_in_templates_and_others_have_shares() -> None:
    """The keys of few images are in no template."""
    learned = _learned(_capture())

    properties = learned["properties"]
    assert {"ci-job", "ci-run", "solo"} == properties.keys()
    assert ["solo"] == [name for name, one in properties.items() if "share" in one]
    assert properties["solo"]["share"] == pytest.approx(43, abs=1)
    sets = [set(one["keys"]) for of in learned["templates"].values() for one in of]
    assert all("ci-job" in keys for keys in sets if "ci-run" in keys)
    assert not {"rare", "solo"} & set().union(*sets)


def test_a_set_of_few_images_counts_as_the_nearest_one() -> None:
    """So the weights of a way of making add up to all of its images."""
    images = []
    for image in with_owners(tenant(1200), 12):
        if image["visibility"] == "public" or image["disk_format"] != "iso":
            images.append(image)
    iso = next(one for one in tenant(1200) if one["disk_format"] == "iso")
    plain = {key: value for key, value in iso.items() if key not in _OPTIONAL}
    for number in range(100):
        one = {**plain, "id": f"{number:08x}-0000-4000-8000-000000000000", "status": "active"}
        one["owner"] = f"{number % 9:032x}"
        if number < 60:
            one |= {"enterprise_project_id": "0", "__description": "x"}
        elif number < 97:
            one |= {"__description": "x"}
        else:
            one |= {"__description": "x", "__quick_start": "true"}
        images.append(one)

    found = _learned(images)["templates"]["iso"]

    assert [
        {"weight": 600, "keys": ["enterprise_project_id", "__description"]},
        {"weight": 400, "keys": ["__description"]},
    ] == found


_OPTIONAL = frozenset(
    "pipeline commit enterprise_project_id _sys_enterprise_project_id __description".split()
)


def test_a_learned_spec_makes_the_sets_of_keys_that_were_learned() -> None:
    """Of its own properties, too: no image has one without the other."""
    capture = Capture.of(_capture())
    text = learn_text(capture, 10)[1]

    made = generated(spec_of(text), 5000, 3)

    job, run = made.has("ci-job"), made.has("ci-run")
    tenants = ~made.is_public
    assert not (run & ~job).any()
    theirs = ~capture.is_public
    for name, has, near in (("ci-job", job, 0.04), ("ci-run", run, 0.06)):
        learned = capture.has(name)[theirs].mean()
        assert has[tenants].mean() == pytest.approx(learned, abs=near)


def test_no_template_of_few_images_or_projects_leaves() -> None:
    """A set of keys that one project has, however many images have it."""
    images = with_owners(tenant(1200), 12)
    private = [one for one in images if one["visibility"] == "private"]
    for number, image in enumerate(private):
        if image["owner"] == f"{0:032x}":
            image["__quick_start"] = image["os_shutdown_timeout"] = "true"
            image["ticket"] = f"{number}"
        else:
            image.pop("__quick_start", None)
            image.pop("os_shutdown_timeout", None)

    learned = _learned(images)

    assert "ticket" not in str(learned)
    sets = [set(one["keys"]) for of in learned["templates"].values() for one in of]
    assert not any("__quick_start" in keys for keys in sets)
