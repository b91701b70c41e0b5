"""Values of properties that are different for each image: {uuid}, {hex} and {seq}."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glancetape_generators.columns.unique_texts import unique_texts
from glancetape_generators.spec.sections.days_and_moments import seen_at
from glancetape_generators.spec.spec import Spec
from glancetape_generators.validation import validate_images
from glancetape_generators.world.fixed import FIRST_FIXED
from glancetape_generators.world.world import World
from support.drawn.random_specs import spec_of
from support.sets.equal_sets import assert_equal_to_import
from support.sets.generated import SEED, images_of, lines_of, made

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
FORMS = {"{uuid}": UUID, "{hex}": "[0-9a-f]{8}", "{seq}": "[1-9][0-9]*"}
COUNT = 1500


def _spec(properties: Mapping[str, Any], **more: Any) -> Spec:
    return spec_of({"like": "tenant", "properties": properties, **more})


def _of(*values: str | None, **more: Any) -> dict[str, Any]:
    return {"share": 60, "kinds": ["private", "gold"], "values": dict.fromkeys(values, 1), **more}


def _form(value: str) -> str:
    return "".join(FORMS.get(part, re.escape(part)) for part in re.split(r"(\{\w+\})", value))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("flavour", ["huawei-intl", "openstack"])
@pytest.mark.parametrize(
    "value",
    ["{uuid}", "b-{hex}", '{"run": "{uuid}", "{x}": ["{seq}", "\\"]}', "构建 {hex}🙂"],
)
def test_a_value_is_unique(value: str, flavour: str) -> None:
    """What is around a field stays as it is, be it JSON or another language."""
    images = images_of(_spec({"run": _of(value)}, flavour=flavour), COUNT)

    found = [one["run"] for one in images if "run" in one]

    assert len(found) > COUNT // 3
    assert len(found) == len(set(found))
    assert all(re.fullmatch(_form(value), one) for one in found)


def test_only_the_property_differs_from_one_with_a_plain_value() -> None:
    """The same images have it, with the same weights, null and other values among them."""
    values = {"b-{hex}": 5, "release": 3, None: 1, "": 1}
    plain = {value and value.replace("{hex}", "x"): weight for value, weight in values.items()}
    fields, others = (
        images_of(_spec({"build": {**_of(), "values": of}}), COUNT) for of in (values, plain)
    )

    for one in fields:
        if one.get("build"):
            one["build"] = re.sub("^b-[0-9a-f]{8}$", "b-x", one["build"])

    assert others == fields
    assert plain.keys() == Counter(one["build"] for one in fields if "build" in one).keys()
    assert [] == validate_images(fields)


def test_seq_is_the_line_of_the_image() -> None:
    """Fixed images are counted first, also where the name has it."""
    spec = _spec(
        {"n": _of("{seq}", share=100)},
        images=[{"min_disk": 40}, {"min_disk": 50}, {"min_disk": 60}],
        names={"patterns": {"{seq}": 1}, "nulls": 0},
    )

    images = images_of(spec, 300)

    for line, one in enumerate(images, 1):
        assert one.get("n", str(line)) == str(line)
        assert one["visibility"] == "public" or one["name"] == str(line)


def test_each_place_of_an_image_has_its_own() -> None:
    """A name and two properties, but not two fields of one value."""
    a, b = (_of("{uuid} {uuid} {hex}", share=100, kinds=["private", "shared"]) for _ in "ab")
    spec = _spec({"a": a, "b": b}, names={"patterns": {"{uuid} {hex}": 1}, "nulls": 0})

    for one in images_of(spec, 200):
        if one["visibility"] != "public":
            (a, also, c), (b, _, d), (e, f) = (one[key].split() for key in ("a", "b", "name"))
            assert a == also
            assert 6 == len({a, b, c, d, e, f})


def test_eight_digits_are_enough_for_many_images() -> None:
    """Random ones would be the same for about 18 pairs of so many."""
    world = World(_spec({}), SEED)
    records = np.concatenate([np.arange(400_000), FIRST_FIXED + np.arange(1000)])

    found = unique_texts("hex", "name", world, records)

    assert len(records) == len(np.unique(found))
    digits = Counter(b"".join(found.tolist()))
    assert all(abs(number / (len(records) / 2) - 1) < 0.02 for number in digits.values())


def test_a_value_depends_on_another_field() -> None:
    """`given` takes them too, where the property has none by itself."""
    spec = _spec(
        {"run": _of("none", share=100)}, given={"made": {"file": {"run": {"from-{hex}": 1}}}}
    )

    found = Counter(
        re.sub("[0-9a-f]{8}", "HEX", one["run"]) for one in images_of(spec, 500) if "run" in one
    )

    assert {"none", "from-HEX"} == found.keys()


def test_values_stay_as_time_goes_on() -> None:
    """And whichever images are made together, as several processes make them."""
    spec = _spec({"run": _of("{hex} {seq}")}, churn={"deleted": 5, "renamed": 5})
    later = {one["id"]: one.get("run") for one in images_of(spec, COUNT)}
    world = World(spec, SEED)
    turned = [line for one in range(COUNT - 1, -1, -50) for line in made(world, [one]).lines()]

    earlier = images_of(seen_at(spec, spec.times.now - 200 * 86_400), COUNT)

    assert all(later.get(one["id"], one.get("run")) == one.get("run") for one in earlier)
    assert turned == lines_of(spec, COUNT)[::-50]


def test_a_set_equals_an_import_of_its_images(tmp_path: Path) -> None:
    """Repeated values, single ones, null and nothing are found as an import finds them."""
    one = _of('"\\{uuid}', "release", "", None, share=90)
    spec = _spec({"build": one, "n": _of("{seq}")}, images=[{"name": "a", "build": "{uuid}"}])

    assert_equal_to_import(spec, 400, tmp_path)
