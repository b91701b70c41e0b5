"""Read a spec: a preset by its name, or a YAML file.

A file holds only what differs from a preset. `like: tenant` and `tags: {most: 2}` make the spec of
the preset `tenant` with up to two tags an image. Errors name the file, the line and the key, and
what is expected there.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import (
    MEMBER_STATUSES,
    shown,
)
from glancetape_generators.sampling.draws import PARTS, Share
from glancetape_generators.spec.contradictions import check_together
from glancetape_generators.spec.layers import PRESETS, values_of_file, values_of_preset
from glancetape_generators.spec.names_and_tags import (
    MADE_BY_GLANCE,
    app,
    pattern,
    property_name,
    property_value,
    spelling_of_value,
    tag_key,
    tag_value,
)
from glancetape_generators.spec.sections.days_and_moments import read_moments, read_times
from glancetape_generators.spec.sections.fixed_images import fixed_images
from glancetape_generators.spec.sections.given_values import given_values
from glancetape_generators.spec.sections.limits import (
    LEAST_DISK,
    MOST_DISK,
    MOST_OF_PLATFORMS,
    MOST_OF_VALUES,
    MOST_SPELLED,
    MOST_SPELLINGS,
)
from glancetape_generators.spec.sections.named_projects import named_projects
from glancetape_generators.spec.spec import (
    DISKS,
    KINDS,
    STORES,
    WAYS,
    Catalogue,
    Churn,
    FixedImage,
    Members,
    Names,
    Parents,
    Projects,
    Property,
    Spec,
    Tags,
    Times,
    Weights,
)
from glancetape_generators.spec.statuses import ImpossibleStatus, statuses_by_way
from glancetape_generators.spec.templates import templates
from glancetape_generators.spec.yaml_values import Value
from glancetape_generators.vocabulary.flavours import FLAVOURS, Flavour, flavour_named

STATUSES = ("queued", "saving", "active", "killed", "deleted")
"""The statuses that a tenant's image can have."""
GLANCE_STATUSES = ("uploading", "importing", "deactivated", "pending_delete")
"""Further ones in a plain Glance."""

_RANGES = {
    "catalogue.images": (0, 100_000),
    "catalogue.every": (1, 1_000_000_000),
    "projects.count": (1, 100_000),
    "projects.evenness": (0, 1_000_000),
    "members.most": (1, 256),
    "tags.most": (0, 20),
    "times.growth": (1, 1000),
    "times.weekend": (0, 1000),
}
_SHARES = ("tags.share", "tags.old", "times.bursts", "times.ties", "names.nulls")
_PARENTS = {"own": (0, 100), "evenness": (0, 1_000_000)}
_MOST_IDS = 1000
_MOST_ID = 255  # characters, the width of Glance's column
_REGION = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*", re.ASCII)


def read_spec(name_or_path: str | Path) -> Spec:
    """Return the spec of a preset or of a YAML file; raises ImageSetError if it is not a spec.

    "region" is always the preset, even if a file has that name; "./region" is the file.
    """
    name = str(name_or_path)
    if not name:  # as a path it would be the current folder
        raise ImageSetError(f"No spec is named; name a file or a preset: {', '.join(PRESETS)}.")
    if name in PRESETS:
        return _build(values_of_preset(name), None)
    return _build(values_of_file(Path(name)), Path(name).parent)


def _build(values: Mapping[str, Value], folder: Path | None) -> Spec:
    numbers = {key: values[key].number(*bounds) for key, bounds in _RANGES.items()}
    shares = {key: values[key].share() for key in _SHARES}
    times = read_times(values, numbers, shares)
    flavour = flavour_named(values["flavour"].choice(FLAVOURS, "flavour"))
    images = _images(values, folder, times, flavour)
    properties = {
        name: _property(name, value, flavour)
        for name, value in values["properties"].members(property_name).items()
    }
    spec = Spec(
        like=values["like"].choice(PRESETS, "preset"),
        flavour=flavour.name,
        store=values["store"].choice(STORES, "store"),
        region=_region(values["region"]),
        catalogue=Catalogue(numbers["catalogue.images"], numbers["catalogue.every"]),
        kinds=_kinds(values["kinds"], flavour),
        made=_all_of(WAYS, values["made"].weights_of(WAYS, "way")),
        platforms=values["platforms"].weights_of(flavour.platforms, "platform", MOST_OF_PLATFORMS),
        statuses=_statuses(values["statuses"], flavour),
        projects=Projects(
            numbers["projects.count"],
            numbers["projects.evenness"],
            named_projects(values, flavour, times),
        ),
        members=_members(values, numbers),
        tags=_tags(values, numbers, shares),
        times=times,
        names=Names(values["names.patterns"].weights(pattern), shares["names.nulls"]),
        disks={disk: _sizes(disk, values[f"disks.{disk}"], flavour) for disk in DISKS},
        properties=properties,
        templates=templates(values, properties, is_glance=flavour.is_glance),
        given=given_values(values, flavour),
        churn=_churn(values, flavour),
        versions=_versions(values, flavour),
        parents=_parents(values, flavour),
        apps=values["apps"].weights(app) if "apps" in values else {},
        images=images,
        moments=read_moments(values["moments"], times, images) if "moments" in values else {},
    )
    check_together(spec, values)
    if flavour.is_glance:
        _check_statuses(spec, values["statuses"])
    return spec


def _images(
    values: Mapping[str, Value], folder: Path | None, times: Times, flavour: Flavour
) -> tuple[FixedImage, ...]:
    if "images" not in values:
        return ()
    return fixed_images(values["images"], folder, times.now, is_glance=flavour.is_glance)


def _statuses(value: Value, flavour: Flavour) -> Weights:
    known = (*STATUSES, *GLANCE_STATUSES) if flavour.is_glance else STATUSES
    return value.weights_of(known, "status")


def _versions(values: Mapping[str, Value], flavour: Flavour) -> Weights:
    if "versions" not in values:
        return {}
    return values["versions"].weights(lambda key: _version(key, flavour), MOST_OF_PLATFORMS)


def _check_statuses(spec: Spec, statuses: Value) -> None:
    """Check that images made in each way can have one of the statuses. Raises ImageSetError."""
    try:
        statuses_by_way(spec)
    except ImpossibleStatus as error:
        raise statuses.error(
            f"images made as {error} can have none of these statuses; "
            "add active, or take these ways out of made"
        ) from None


def _parents(values: Mapping[str, Value], flavour: Flavour) -> Parents:
    numbers: dict[str, Any] = {
        key: values[f"parents.{key}"].number(*bounds)
        for key, bounds in _PARENTS.items()
        if f"parents.{key}" in values
    }
    found = Parents(**numbers)
    if "parents.popular" not in values:
        return found
    able = {one.name: one.system.platform for one in flavour.public if one.system.weight}
    weights = values["platforms"].weights_of(flavour.platforms, "platform", MOST_OF_PLATFORMS)

    def public_image(key: Value) -> str:
        if (name := key.text()) not in able:
            noun = f"public image of {flavour.name} that others are made from"
            raise key.no_such(noun, name, able)
        if not weights.get(platform := able[name]):
            raise key.error(
                f"{platform} is not one of the spec's platforms; give it a weight in platforms, "
                "or leave this image out"
            )
        return name

    return replace(
        found, popular=values["parents.popular"].weights(public_image, MOST_OF_PLATFORMS)
    )


def _members(values: Mapping[str, Value], numbers: Mapping[str, int]) -> Members:
    statuses = values["members.statuses"].weights_of(MEMBER_STATUSES, "status of a member")
    most, of_numbers, ids = numbers["members.most"], {}, []
    if "members.numbers" in values:
        bounds = _RANGES["members.most"]
        of_numbers = values["members.numbers"].weights(lambda key: key.number(*bounds))
        most = max(number for number, weight in of_numbers.items() if weight)
    if "members.ids" in values:
        ids = [one.short_text(_MOST_ID) for one in values["members.ids"].items()]
        if not 0 < len(ids) <= _MOST_IDS:
            raise values["members.ids"].error(f"has {len(ids):,} ids; write 1 to {_MOST_IDS:,}")
        if twice := next((one for one, times in Counter(ids).items() if times > 1), ""):
            raise values["members.ids"].error(f"{shown(twice, quoted=False)} occurs twice")
    return Members(most, _all_of(MEMBER_STATUSES, statuses), of_numbers, tuple(ids))


def _tags(
    values: Mapping[str, Value], numbers: Mapping[str, int], shares: Mapping[str, Share]
) -> Tags:
    keys = {
        key: value.weights(tag_value) for key, value in values["tags.keys"].members(tag_key).items()
    }
    most, of_numbers, popular = numbers["tags.most"], {}, {}
    if "tags.numbers" in values:
        bounds = (1, _RANGES["tags.most"][1])
        of_numbers = values["tags.numbers"].weights(lambda key: key.number(*bounds))
        most = max(number for number, weight in of_numbers.items() if weight)
    if "tags.popular" in values:
        popular = values["tags.popular"].weights_of(keys, "key of tags")
        if unused := [key for key in keys if not popular.get(key)]:
            raise values["tags.popular"].error(
                f"{shown(unused[0], quoted=False)} has no weight; write one for each of tags.keys"
            )
    return Tags(
        share=shares["tags.share"],
        most=most,
        old=shares["tags.old"],
        keys=keys,
        numbers=of_numbers,
        popular=popular,
        spellings=_spellings(values, keys) if "tags.spellings" in values else {},
    )


def _spellings(
    values: Mapping[str, Value], keys: Mapping[str, Weights]
) -> Mapping[str, tuple[str, ...]]:
    words = dict.fromkeys([*keys, *(text for of in keys.values() for text in of if text)])
    listed = values["tags.spellings"].members(lambda key: key.choice(words, "key or value of tags"))
    found = {
        word: tuple(map(tag_key if word in keys else spelling_of_value, one.items()))
        for word, one in listed.items()
    }
    for word, spellings in found.items():
        if not 0 < len(spellings) <= MOST_SPELLINGS:
            raise listed[word].error(f"has {len(spellings)}; write 1 to {MOST_SPELLINGS} spellings")
    ways = {word: len(found[word]) if word in found else 1 for word in ["", *words]}
    written = sum(ways[key] * sum(ways[value] for value in of) for key, of in keys.items())
    if found and written > MOST_SPELLED:
        raise values["tags.spellings"].error(
            f"make {written:,} tags of all keys and values; at most {MOST_SPELLED:,} are allowed"
        )
    return found


def _all_of(known: tuple[str, ...], weights: Weights) -> Weights:
    return {name: weights.get(name, 0) for name in known}


def _region(value: Value) -> str:
    region = value.short_text(64)
    if not _REGION.fullmatch(region):
        raise value.wanted("the name of a region; write it like eu-west-101")
    return region


def _kinds(value: Value, flavour: Flavour) -> Weights:
    """Read the weights of kinds: a kind that the cloud does not have counts as its counterpart."""
    found: dict[str, int] = dict.fromkeys(KINDS, 0)
    for kind, weight in value.weights_of(KINDS, "kind").items():
        found[_kind_in(flavour, kind)] += weight
    if not flavour.is_glance and not flavour.has_market:
        found["market"] = 0
        if not any(found.values()):
            raise value.error(f"{flavour.name} has no market; name private or shared too")
    return found


def _churn(values: Mapping[str, Value], flavour: Flavour) -> Churn:
    """Read the rates at which things happen to images."""
    found: dict[str, Share] = {}
    for one in fields(Churn):
        value = values.get(f"churn.{one.name}")
        if value is not None:
            found[one.name] = value.share()
            if one.name == "hidden" and found["hidden"] and not flavour.is_glance:
                raise value.error(f"the flavour {flavour.name} hides no images; leave it out")
    return Churn(**found)


def _version(key: Value, flavour: Flavour) -> str:
    """Read the name of a version: as `__os_version` has it, or Glance's `os_version`."""
    text = key.text()
    known = dict.fromkeys(one.version for one in flavour.systems)
    if text not in known:
        raise key.no_such("version", text, known)
    return text


def _kind_in(flavour: Flavour, kind: str) -> str:
    """Return a kind as the cloud has it: market and community are counterparts."""
    if kind in ("market", "community"):
        return "community" if flavour.is_glance else "market"
    return kind


def _sizes(disk: str, value: Value, flavour: Flavour) -> dict[int, int]:
    least = 0 if flavour.is_glance else 1 if flavour.name == "otc" else LEAST_DISK[disk]
    return value.weights(lambda key: key.number(least, MOST_DISK))


def _property(name: str, value: Value, flavour: Flavour) -> Property:
    if flavour.is_glance and name in MADE_BY_GLANCE:
        raise value.error(f"the flavour {flavour.name} makes its values; leave it out")
    known = ("gold", *KINDS)
    found = value.whole_members(("kinds", "values"), ("share",))
    listed = [one.choice(known, "kind") for one in found["kinds"].items()]
    kinds = list(dict.fromkeys(_kind_in(flavour, kind) for kind in listed))
    if not kinds:
        names = ", ".join(known[:-1])
        raise found["kinds"].error(f"name at least one kind: {names} or {known[-1]}")
    if len(set(listed)) < len(listed):
        raise found["kinds"].error("a kind occurs twice")
    values = found["values"].weights(property_value, MOST_OF_VALUES)
    if name.startswith("__") and None in values:
        raise found["values"].error(
            "properties that begin with __ belong to the service and are never null; write text"
        )
    share = found["share"].share() if "share" in found else None
    if isinstance(share, Fraction) and sum(values.values()) > MOST_OF_VALUES // PARTS:
        raise found["values"].error(
            "the weights are too large, or have too many decimals, beside a share with a fraction; "
            f"as whole numbers they may add up to {MOST_OF_VALUES // PARTS:,}"
        )
    return Property(
        share,
        tuple(kinds),
        values,
    )
