"""Read a spec: a preset by its name, or a YAML file.

A file holds only what differs from a preset. `like: tenant` and `tags: {most: 2}` make the spec of
the preset `tenant` with up to two tags an image. Errors name the file, the line and the key, and
what is expected there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import (
    MEMBER_STATUSES,
    BadImage,
    format_time,
    parse_time,
    shown,
)
from glancetape_generators.sampling.draws import PARTS, Share
from glancetape_generators.spec.contradictions import check_together, is_in
from glancetape_generators.spec.fixed_images import fixed_images
from glancetape_generators.spec.layers import PRESETS, values_of_file, values_of_preset
from glancetape_generators.spec.names_and_tags import (
    MADE_BY_GLANCE,
    app,
    pattern,
    property_name,
    property_value,
    tag_key,
    tag_value,
)
from glancetape_generators.spec.spec import (
    DISKS,
    KINDS,
    STORES,
    WAYS,
    Catalogue,
    Churn,
    FixedImage,
    Given,
    Members,
    NamedProject,
    Names,
    Parents,
    Projects,
    Property,
    Spec,
    Tags,
    Times,
    Weights,
    Window,
)
from glancetape_generators.spec.statuses import ImpossibleStatus, statuses_by_way
from glancetape_generators.spec.templates import templates
from glancetape_generators.spec.yaml_values import MOST_WEIGHT, Value
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
_CONDITIONS = ("kind", "made", "platform", "version")
_SHARES = ("tags.share", "tags.old", "times.bursts", "times.ties", "names.nulls")
_PARENTS = {"own": (0, 100), "evenness": (0, 1_000_000)}
# In GB, from the API document, which gives no least size for data disks.
_LEAST_DISK = {"Linux": 10, "Windows": 20, "Other": 10, "data": 1, "iso": 10}
_MOST_DISK = 1024
# The generator multiplies these weights before it draws: those of platforms by the shares of their
# systems, those of public images by the shares of their builds, those of values by percent. The
# products must stay within MOST_WEIGHT.
_MOST_OF_PLATFORMS = MOST_WEIGHT >> 12
_MOST_OF_VALUES = MOST_WEIGHT // 100
_MOST_NAMED = 100
_MOST_IDS = 1000
_MOST_ID = 255  # characters, the width of Glance's column
_MOST_MOMENTS = 1000
_MOST_OF_MOMENT = 1_000_000
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REGION = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*", re.ASCII)


def read_spec(name_or_path: str | Path) -> Spec:
    """Return the spec of a preset or of a YAML file; raises ImageSetError if it is not a spec.

    "region" is always the preset, even if a file has that name; "./region" is the file.
    """
    name = str(name_or_path)
    if name in PRESETS:
        return _build(values_of_preset(name), None)
    return _build(values_of_file(Path(name)), Path(name).parent)


def _build(values: Mapping[str, Value], folder: Path | None) -> Spec:
    numbers = {key: values[key].number(*bounds) for key, bounds in _RANGES.items()}
    shares = {key: values[key].share() for key in _SHARES}
    times = _times(values, numbers, shares)
    flavour = flavour_named(values["flavour"].choice(FLAVOURS, "flavour"))
    images: tuple[FixedImage, ...] = ()
    if "images" in values:
        images = fixed_images(values["images"], folder, times.now, is_glance=flavour.is_glance)
    properties = {
        name: _property(name, value, flavour)
        for name, value in values["properties"].members(property_name).items()
    }
    spec = Spec(
        flavour=flavour.name,
        store=values["store"].choice(STORES, "store"),
        region=_region(values["region"]),
        catalogue=Catalogue(numbers["catalogue.images"], numbers["catalogue.every"]),
        kinds=_kinds(values["kinds"], flavour),
        made=_all_of(WAYS, values["made"].weights_of(WAYS, "way")),
        platforms=values["platforms"].weights_of(flavour.platforms, "platform", _MOST_OF_PLATFORMS),
        statuses=values["statuses"].weights_of(
            (*STATUSES, *(GLANCE_STATUSES if flavour.is_glance else ())), "status"
        ),
        projects=Projects(
            numbers["projects.count"], numbers["projects.evenness"], _named(values, flavour, times)
        ),
        members=_members(values, numbers),
        tags=_tags(values, numbers, shares),
        times=times,
        names=Names(values["names.patterns"].weights(pattern), shares["names.nulls"]),
        disks={disk: _sizes(disk, values[f"disks.{disk}"], flavour) for disk in DISKS},
        properties=properties,
        templates=templates(values, properties, is_glance=flavour.is_glance),
        given=_given(values, flavour),
        churn=_churn(values, flavour),
        versions=values["versions"].weights(lambda key: _version(key, flavour), _MOST_OF_PLATFORMS)
        if "versions" in values
        else {},
        parents=_parents(values, flavour),
        apps=values["apps"].weights(app) if "apps" in values else {},
        images=images,
        moments=_moments(values["moments"], times, images) if "moments" in values else {},
    )
    check_together(spec, values)
    if flavour.is_glance:
        _check_statuses(spec, values["statuses"])
    return spec


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
    weights = values["platforms"].weights_of(flavour.platforms, "platform", _MOST_OF_PLATFORMS)

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
        found, popular=values["parents.popular"].weights(public_image, _MOST_OF_PLATFORMS)
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
    )


def _times(
    values: Mapping[str, Value], numbers: Mapping[str, int], shares: Mapping[str, Share]
) -> Times:
    return Times(
        first=_first(values["times.first"]),
        now=_now(values["times.now"]),
        growth=numbers["times.growth"],
        weekend=numbers["times.weekend"],
        bursts=shares["times.bursts"],
        ties=shares["times.ties"],
        at=_now(values["times.at"]) if "times.at" in values else None,
    )


def _all_of(known: tuple[str, ...], weights: Weights) -> Weights:
    return {name: weights.get(name, 0) for name in known}


def _region(value: Value) -> str:
    region = value.short_text(64)
    if not _REGION.fullmatch(region):
        raise value.wanted("the name of a region; write it like eu-west-101")
    return region


def _first(value: Value) -> int:
    try:
        if _DATE.fullmatch(text := value.text()):
            day = date.fromisoformat(text).toordinal() - _EPOCH
            if day >= 0:
                return day
    except ValueError:
        pass
    raise value.wanted("a date like 2018-01-01, of 1970 or later")


def _now(value: Value) -> int:
    try:
        seconds = parse_time("now", value.text())
    except BadImage:
        raise value.wanted("a time like 2026-01-01T00:00:00Z") from None
    return seconds


def _moments(value: Value, times: Times, images: tuple[FixedImage, ...]) -> dict[int, int]:
    """Read how many images are created in some seconds; fixed images are among them."""
    found = {}
    fixed = Counter(
        parse_time("", one.fields["created_at"]) for one in images if "created_at" in one.fields
    )
    members = value.members(_now)
    if len(members) > _MOST_MOMENTS:
        raise value.error(f"has {len(members):,} moments; at most {_MOST_MOMENTS:,} are allowed")
    for second, number in members.items():
        if not times.first < second // _DAY < times.now // _DAY - 1:
            raise number.error(
                "a moment is after the first day, and before the day before times.now"
            )
        wanted = number.number(1, _MOST_OF_MOMENT)
        if wanted < fixed[second]:
            raise number.error(f"{fixed[second]} fixed images are created then already; raise it")
        found[second] = wanted - fixed[second]
    if (total := sum(found.values())) > _MOST_OF_MOMENT:
        raise value.error(f"{total:,} images; at most {_MOST_OF_MOMENT:,} are allowed")
    return found


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


def _named(
    values: Mapping[str, Value], flavour: Flavour, times: Times
) -> Mapping[str, NamedProject]:
    """Read the projects that a spec names; they use what the spec has, by weights of their own."""
    if "projects.named" not in values:
        return {}
    patterns = values["names.patterns"].weights(pattern)
    wanted = values["platforms"].weights_of(flavour.platforms, "platform", _MOST_OF_PLATFORMS)
    found, shares = {}, 0
    members = values["projects.named"].members(lambda key: key.short_text(64))
    if len(members) > _MOST_NAMED:
        raise values["projects.named"].error(f"at most {_MOST_NAMED} projects can be named")
    for name, value in members.items():
        given = value.known_members(("share", "platforms", "patterns", "apps", "times"))
        if "share" not in given:
            raise value.error("share is missing; write the percentage of tenants' images")
        shares += (share := given["share"].number(1, 99))
        if shares > 99:
            raise given["share"].error(f"the named projects have {shares}%; at most 99 is allowed")
        own: dict[str, Mapping[str, int]] = {}
        for key, known in (("platforms", wanted), ("patterns", patterns)):
            if key in given:
                own[key] = given[key].weights_of(known, f"one of the spec's {key}")
        if "apps" in given:
            own["apps"] = given["apps"].weights(app)
        window = _window(given["times"], times) if "times" in given else None
        found[name] = NamedProject(share=share, times=window, **own)
        if window is not None and window.last is not None:
            used = [one for one, weight in (own.get("platforms") or wanted).items() if weight]
            _check_released(given["times"], window.last, used, flavour, values)
    return found


def _window(value: Value, times: Times) -> Window:
    """Read the days on which a project makes images: days on which the set has new ones."""
    given = value.known_members(("first", "last"))
    end = (times.now - 1) // _DAY
    found: dict[str, int] = {}
    for name, one in given.items():
        day = found[name] = _first(one)
        if not times.first <= day <= end:
            first, last = (format_time(day * _DAY)[:10] for day in (times.first, end))
            raise one.wanted(f"a day on which the set gets new images, {first} to {last}")
    if not given:
        raise value.error("write first, last or both; each is a day")
    if found.get("last", end) < found.get("first", times.first):
        raise value.error("last is before first")
    return Window(**found)


def _check_released(
    at: Value, last: int, platforms: Iterable[str], flavour: Flavour, values: Mapping[str, Value]
) -> None:
    """Raise ImageSetError when a project ends before one of its platforms has any version."""
    versions = values["versions"].weights(lambda key: key.text()) if "versions" in values else {}
    for platform in platforms:
        for rows in (flavour.systems, flavour.installers):
            of_it = [row for row in rows if row.platform == platform]
            are_listed = any(row.version in versions for row in of_it)
            used = [row for row in of_it if not are_listed or versions.get(row.version)]
            if used and not any(row.since <= last for row in used):
                raise at.error(
                    f"{platform} has no version in this set by {format_time(last * _DAY)[:10]}; "
                    "choose a later time, or give the project its own platforms"
                )


def _given(values: Mapping[str, Value], flavour: Flavour) -> tuple[Given, ...]:
    """Read how fields depend on others: field -> value -> field -> value -> weight."""
    if "given" not in values:
        return ()
    properties = values["properties"].members(lambda key: key.text())
    found = []
    for field, of_field in values["given"].members(lambda key: key.text()).items():
        if field not in (*_CONDITIONS, *properties):
            raise of_field.no_such("field to depend on", field, [*_CONDITIONS, *properties])
        for value, of_value in of_field.members(lambda key: key.text()).items():
            _check_condition(field, value, of_value, flavour, properties)
            for target, weights in of_value.members(lambda key: key.text()).items():
                found.append(
                    Given(
                        field=field,
                        value=value,
                        target=target,
                        weights=_given_weights(target, weights, flavour, properties),
                    )
                )
    for one in found:
        if one.field in {other.target for other in found}:
            raise values["given"].error(
                f"{one.target} depends on {one.field}, which depends on another field itself"
            )
    return tuple(found)


def _check_condition(
    field: str, value: str, at: Value, flavour: Flavour, properties: Mapping[str, Value]
) -> None:
    known: Iterable[str] = {
        "kind": ("gold", *KINDS),
        "made": WAYS,
        "platform": flavour.platforms,
        "version": dict.fromkeys(one.version for one in flavour.systems),
    }.get(field, ())
    if field in properties:
        of_property = properties[field].whole_members(("kinds", "values"), ("share",))
        known = of_property["values"].members(lambda key: key.text())
    if value not in known:
        raise at.no_such(f"value of {field}", value, list(known))


def _given_weights(
    target: str, weights: Value, flavour: Flavour, properties: Mapping[str, Value]
) -> Mapping[Any, int]:
    if target == "min_disk":
        return weights.weights(lambda key: key.number(0 if flavour.is_glance else 1, _MOST_DISK))
    if target not in properties:
        raise weights.no_such("field that can depend", target, ["min_disk", *properties])
    return weights.weights(property_value, _MOST_OF_VALUES)


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
    least = 0 if flavour.is_glance else 1 if flavour.name == "otc" else _LEAST_DISK[disk]
    return value.weights(lambda key: key.number(least, _MOST_DISK))


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
    values = found["values"].weights(property_value, _MOST_OF_VALUES)
    if name.startswith("__") and None in values:
        raise found["values"].error(
            "properties that begin with __ belong to the service and are never null; write text"
        )
    share = found["share"].share() if "share" in found else None
    if isinstance(share, Fraction) and sum(values.values()) > _MOST_OF_VALUES // PARTS:
        raise found["values"].error(
            f"the weights add up to more than {_MOST_OF_VALUES // PARTS:,}, which is too much "
            "beside a share with a fraction"
        )
    return Property(
        share,
        tuple(kinds),
        values,
    )


def seen_at(spec: Spec, at: int) -> Spec:
    """Return a spec of the same images at another time; raises ImageSetError if that is outside."""
    if not is_in(spec.times, at):
        first, now = format_time(spec.times.first * _DAY), format_time(spec.times.now)
        raise ImageSetError(
            f"{format_time(at)} is not in the time of the spec, after {first} and not after {now}; "
            "choose another time, or move times.first or times.now in the spec."
        )
    return replace(spec, times=replace(spec.times, at=at))
