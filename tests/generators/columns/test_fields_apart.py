"""A change in one part of a spec changes nothing else: a new field leaves others alone."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.names_and_tags import FIELDS_OF_API
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import DISKS, Members, Names, Projects, Property, Spec
from glancetape_generators.world.world import World
from support.drawn.examples import dealt, examples
from support.sets.generated import Image, images_of

COUNT = 500
REGION = read_spec("region")
ALL = ("gold", "private", "shared", "market")
ALL_BUT_GOLD = ALL[1:]

OF_TIMES = {"created_at", "updated_at", "active_at", "name"}  # names have dates in them
CHANGES: Mapping[str, tuple[Spec, set[str]]] = {  # what is changed -> the spec, what differs
    # Some products are named after the region that they come from.
    "region": (replace(REGION, region="elsewhere-1"), {"__data_origin", "name"}),
    "a property": (replace(REGION, properties={"p": Property(50, ALL, {"a": 1})}), {"p"}),
    "properties": (
        replace(
            REGION,
            properties={
                "null": Property(100, ("gold",), {None: 1}),
                "odd, name": Property(1, ALL_BUT_GOLD, {"": 3, "null": 1, None: 1}),
            },
        ),
        {"null", "odd, name"},
    ),
    "tags.share": (replace(REGION, tags=replace(REGION.tags, share=90)), {"tags"}),
    "tags.most": (replace(REGION, tags=replace(REGION.tags, most=7)), {"tags"}),
    "tags.old": (replace(REGION, tags=replace(REGION.tags, old=50)), {"tags"}),
    "tags.keys": (replace(REGION, tags=replace(REGION.tags, most=1, keys={"k": {"v": 1, "": 2}})),
                  {"tags"}),
    "names.patterns": (replace(REGION, names=Names({"{app}": 1, "{os}": 2}, 0)), {"name"}),
    "names.nulls": (replace(REGION, names=replace(REGION.names, nulls=30)), {"name"}),
    "members.most": (replace(REGION, members=replace(REGION.members, most=2)), {"members"}),
    "members.statuses": (
        replace(REGION, members=Members(8, {"pending": 1, "accepted": 0, "rejected": 1})),
        {"members"},
    ),
    "disks": (
        replace(REGION, disks={disk: {40: 1, 100: 1} for disk in DISKS}),
        {"min_disk", "__image_size", "__data_origin",  # a volume has one size
         "active_at", "updated_at"},  # more data takes longer
    ),
    "times.ties": (replace(REGION, times=replace(REGION.times, ties=50)), OF_TIMES),
}  # fmt: skip


# A project has systems, words and habits of its own; these are what does not depend on it.
NOT_OF_PROJECTS = {
    "id", "status", "visibility", "__imagetype", "protected", "disk_format", "__productcode",
    "__root_origin", "__whole_image",
}  # fmt: skip


@pytest.fixture(scope="module")
def before() -> list[Image]:
    """The images of a region."""
    return images_of(REGION, COUNT)


def _differing(some: list[Image], others: list[Image]) -> set[str]:
    """Return the fields that differ, or are missing, in at least one image."""
    missing = object()
    return {
        name
        for one, other in zip(some, others, strict=True)
        for name in one.keys() | other.keys()
        if one.get(name, missing) != other.get(name, missing)
    }


@pytest.mark.sampled(3)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_a_spec_changes_its_own_fields_only(before: list[Image], change: str) -> None:
    """It does change those."""
    spec, wanted = CHANGES[change]

    assert wanted == _differing(before, images_of(spec, COUNT))


@examples(32)
@given(
    preset=st.sampled_from(PRESETS),
    share=st.integers(0, 100),
    kinds=st.lists(st.sampled_from(ALL), min_size=1, unique=True),
    values=st.dictionaries(st.none() | st.text(max_size=8), st.integers(1, 9), min_size=1),
)
def test_adding_a_field_changes_no_other_field(
    preset: str, share: int, kinds: list[str], values: Mapping[str | None, int]
) -> None:
    """Whatever its name, kinds and values."""
    spec = read_spec(preset)
    more = {**spec.properties, "added": Property(share, tuple(kinds), values)}

    found = _differing(images_of(spec, COUNT), images_of(replace(spec, properties=more), COUNT))

    assert found <= {"added"}


def test_a_property_has_the_same_values_whatever_others_there_are() -> None:
    """In any order of the properties."""
    one, other = (Property(50, ALL, {text: 1, "x": 1}) for text in "ab")

    alone = images_of(replace(REGION, properties={"one": one}), COUNT)
    both = images_of(replace(REGION, properties={"other": other, "one": one}), COUNT)

    assert {"other"} == _differing(alone, both)


def test_a_status_changes_nothing_of_images_without_parents() -> None:
    """Except fields that only images with data have, and times: images without are mostly new."""
    from_files = replace(REGION, made={**dict.fromkeys(REGION.made, 0), "file": 1})
    spec = replace(from_files, statuses={"active": 1, "queued": 1})

    found = _differing(images_of(from_files, COUNT), images_of(spec, COUNT))

    assert {
        "status", "size", "checksum", "active_at", "created_at", "updated_at", "name", "max_ram",
        "__image_size", "__image_location", "__is_config_init", "__system__cmkid", "__description",
    } == found  # fmt: skip


def test_a_property_may_have_a_name_that_the_generator_uses(before: list[Image]) -> None:
    """It replaces no field and is independent of the draw of that name."""
    within = {*World(REGION, 7).tables, "way", "parent/own", "key/used", "tags", "name", "slot"}
    names = sorted(within.difference(*before) - FIELDS_OF_API)
    plain = images_of(REGION, 600)

    differing = []
    for name in dealt(names, 0):
        spec = replace(REGION, properties={name: Property(50, ALL, {"a": 1})})
        more = images_of(spec, 600)
        if plain != [{key: one[key] for key in one if key != name} for one in more]:
            differing.append(f"{name} changes other fields")
        for way in ("instance", "file", "volume"):
            having = [name in one for one in more if one.get("__data_origin", "").startswith(way)]
            if not 0 < sum(having) < len(having):
                differing.append(f"{name} depends on {way}")

    assert [] == differing
    assert {"kind", "way", "parent/own", "slot"} <= set(names)


@pytest.mark.parametrize("projects", [Projects(15, 6), Projects(1500, 0)])
def test_other_projects_leave_what_does_not_depend_on_them(projects: Projects) -> None:
    """Kinds, ways and statuses stay, if there are public images of each platform."""
    public = {name: weight for name, weight in REGION.platforms.items() if name != "Other"}
    spec = replace(REGION, platforms=public)

    differing = _differing(
        images_of(spec, COUNT), images_of(replace(spec, projects=projects), COUNT)
    )

    assert "owner" in differing
    assert not differing & NOT_OF_PROJECTS
