"""Reading what a generated set is to be like: a preset by its name, or a YAML file.

A file says what is different from a preset (`like: PRESET`, else `region`). Errors name file, line
and key, and say what is wanted.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from importlib import resources
from pathlib import Path

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import (
    MEMBER_STATUSES,
    BadImage,
    seconds_of,
    time_of,
)
from glancetape_generators.spec.spec import (
    DISKS,
    KINDS,
    WAYS,
    Catalogue,
    Members,
    Names,
    Projects,
    Property,
    Spec,
    Tags,
    Times,
    Weights,
)
from glancetape_generators.spec.texts import pattern, property_name, tag_key, tag_value
from glancetape_generators.spec.yaml_values import MOST_WEIGHT, Value, compose
from glancetape_generators.vocabulary.vocabulary import platforms, systems

PRESETS = ("region", "tenant", "edge-cases")
"""Specs that come with the package."""
STATUSES = ("queued", "saving", "active", "killed", "deleted")
"""What an image of a tenant can be."""

_MOST_BYTES = 1 << 20
_ROOT = "region"  # what everything else is like
_SECTIONS: Mapping[str, tuple[str, ...]] = {  # merged key by key
    **{
        section: tuple(field.name for field in fields(of))
        for section, of in (
            ("catalogue", Catalogue),
            ("projects", Projects),
            ("members", Members),
            ("tags", Tags),
            ("times", Times),
            ("names", Names),
        )
    },
    "disks": DISKS,
}
_KEYS = ("like", *(field.name for field in fields(Spec)))
_RANGES = {
    "catalogue.images": (0, 100_000),
    "catalogue.every": (1, 1_000_000_000),
    "projects.count": (1, 100_000),
    "projects.evenness": (0, 1_000_000),
    "members.most": (1, 256),
    "tags.share": (0, 100),
    "tags.most": (0, 20),
    "tags.old": (0, 100),
    "times.growth": (1, 1000),
    "times.weekend": (0, 1000),
    "times.bursts": (0, 100),
    "times.ties": (0, 100),
    "names.nulls": (0, 100),
}
# In GB, as the API document says; it says nothing of data disks.
_LEAST_DISK = {"Linux": 10, "Windows": 20, "Other": 10, "data": 1, "iso": 10}
_MOST_DISK = 1024
# Weights that are multiplied before they are drawn from: by shares within a platform, by percent.
_MOST_OF_PLATFORMS = MOST_WEIGHT >> 12
_MOST_OF_VALUES = MOST_WEIGHT // 100
_LEAST_DAYS = 60  # from the first day to now
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


def read_spec(name_or_path: str | Path) -> Spec:
    """Read a preset or a YAML file; ImageSetError for what is no spec.

    The name of a preset is the preset, also where a file has that name: "./region" is the file.
    """
    name = str(name_or_path)
    return _build(_values_of_preset(name) if name in PRESETS else _values_of_file(Path(name)))


def _values_of_preset(name: str) -> dict[str, Value]:
    file = resources.files("glancetape_generators.spec").joinpath("presets", f"{name}.yaml")
    return _values(file.read_bytes(), f"{name}.yaml", None if name == _ROOT else _ROOT)


def _values_of_file(path: Path) -> dict[str, Value]:
    name = str(path).encode(errors="replace").decode()
    presets = ", ".join(PRESETS)
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise ImageSetError(
            f"{name}: no such file, and no such preset; there are {presets}."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise ImageSetError(
            f"{name} cannot be read: {reason}; give another file, or a preset: {presets}."
        ) from error
    if len(text) > _MOST_BYTES:
        raise ImageSetError(f"{name}: larger than {_MOST_BYTES >> 20} MiB; this is no spec.")
    return _values(text, name, _ROOT)


def _values(text: bytes, file: str, like: str | None) -> dict[str, Value]:
    """Give what a file says, after what it is like says, by key: `kinds`, `tags.share`."""
    said = compose(text, file).known_members(_KEYS)
    if "like" in said:
        like = said.pop("like").choice(PRESETS, "preset")
    found = _values_of_preset(like) if like else {}
    for key, value in said.items():
        own = {key: value}
        if key in _SECTIONS:
            members = value.known_members(_SECTIONS[key])
            own = {f"{key}.{name}": member for name, member in members.items()}
        for name, member in own.items():
            found.pop(name, None)  # so that it comes last
            found[name] = member
    return found


def _build(values: Mapping[str, Value]) -> Spec:
    numbers = {key: values[key].number(*bounds) for key, bounds in _RANGES.items()}
    spec = Spec(
        region=_region(values["region"]),
        catalogue=Catalogue(numbers["catalogue.images"], numbers["catalogue.every"]),
        kinds=_all_of(KINDS, values["kinds"].weights_of(KINDS, "kind")),
        made=_all_of(WAYS, values["made"].weights_of(WAYS, "way")),
        platforms=values["platforms"].weights_of(platforms(), "platform", _MOST_OF_PLATFORMS),
        statuses=values["statuses"].weights_of(STATUSES, "status"),
        projects=Projects(numbers["projects.count"], numbers["projects.evenness"]),
        members=Members(
            numbers["members.most"],
            _all_of(
                MEMBER_STATUSES,
                values["members.statuses"].weights_of(MEMBER_STATUSES, "status of a member"),
            ),
        ),
        tags=Tags(
            numbers["tags.share"],
            numbers["tags.most"],
            numbers["tags.old"],
            {
                key: value.weights(tag_value)
                for key, value in values["tags.keys"].members(tag_key).items()
            },
        ),
        times=Times(
            _first(values["times.first"]),
            _now(values["times.now"]),
            numbers["times.growth"],
            numbers["times.weekend"],
            numbers["times.bursts"],
            numbers["times.ties"],
        ),
        names=Names(values["names.patterns"].weights(pattern), numbers["names.nulls"]),
        disks={disk: _sizes(disk, values[f"disks.{disk}"]) for disk in DISKS},
        properties={
            name: _property(name, value)
            for name, value in values["properties"].members(property_name).items()
        },
    )
    _check_together(spec, values)
    return spec


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
        seconds = seconds_of("now", value.text())
    except BadImage:
        raise value.wanted("a time like 2026-01-01T00:00:00Z") from None
    return seconds


def _sizes(disk: str, value: Value) -> dict[int, int]:
    return value.weights(lambda key: key.number(_LEAST_DISK[disk], _MOST_DISK))


def _property(name: str, value: Value) -> Property:
    found = value.whole_members(("share", "kinds", "values"))
    kinds = [one.choice(("gold", *KINDS), "kind") for one in found["kinds"].items()]
    if not kinds:
        raise found["kinds"].error("a kind is wanted: gold, private, shared or market")
    if len(set(kinds)) < len(kinds):
        raise found["kinds"].error("a kind is there twice")
    values = found["values"].weights(lambda key: key.text_or_null(), _MOST_OF_VALUES)
    if name.startswith("__") and None in values:
        raise found["values"].error("properties that begin with __ are the service's, never null")
    return Property(
        found["share"].number(0, 100),
        tuple(kinds),
        values,
    )


def _check_together(spec: Spec, values: Mapping[str, Value]) -> None:
    """Refuse values that are fine alone."""
    tags, keys = spec.tags, len(spec.tags.keys)
    if spec.kinds["shared"] and spec.projects.count < 2:
        raise _last_of(values, "projects.count", "kinds").error(
            "shared images need at least 2 projects; give more, or no weight to shared"
        )
    if tags.share and not (tags.most and keys):
        raise _last_of(values, "tags.most", "tags.keys", "tags.share").error(
            "tagged images need keys, and 1 tag at most or more; give those, or a share of 0"
        )
    if tags.share and tags.most > keys:
        raise _last_of(values, "tags.most", "tags.keys", "tags.share").error(
            f"an image cannot have {tags.most} tags with {keys} keys; give more keys, or a "
            "smaller most"
        )
    if spec.times.now // _DAY - spec.times.first < _LEAST_DAYS:
        raise _last_of(values, "times.first", "times.now").error(
            f"first must be at least {_LEAST_DAYS} days before now"
        )
    last = spec.times.now // _DAY - _LEAST_DAYS - 1
    if not any(spec.platforms.get(one.platform) for one in systems() if one.since < last):
        raise _last_of(values, "platforms", "times.now").error(
            f"none of the platforms was there {_LEAST_DAYS} days before {time_of(spec.times.now)}"
        )


def _last_of(values: Mapping[str, Value], *keys: str) -> Value:
    """Choose the value that was said last: a file's own, rather than that of a preset."""
    order = list(values)
    return values[max(keys, key=order.index)]
