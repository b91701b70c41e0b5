"""The files that a spec is made of, merged: each says only what differs from the one before it.

    region.yaml       the preset that all others differ from
    otc.yaml          the flavour that a later one names, and what it has beside the root
    tenant.yaml       the preset that a file is `like`
    spec.yaml         the file's own values

The values are by key, `kinds` or `tags.share`, and know their file and line.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.formats.regular_file import IMAGE_SET
from glancetape_cassettes.plain_names import word_of
from glancetape_generators.spec.spec import (
    DISKS,
    TEMPLATED,
    Catalogue,
    Churn,
    Members,
    Names,
    Parents,
    Projects,
    Spec,
    Tags,
    Times,
)
from glancetape_generators.spec.yaml_values import Value, compose
from glancetape_generators.vocabulary.flavours import FLAVOURS

PRESETS = ("region", "tenant", "openstack", "edge-cases")
"""The specs that glancetape ships; the docs say what they are like."""

Layer = dict[str, Value]
"""The values of one file of a spec, by key."""

_MOST_BYTES = 1 << 20
_ROOT = "region"  # the preset that every other spec differs from
SECTIONS: Mapping[str, tuple[str, ...]] = {
    **{
        section: tuple(field.name for field in fields(of))
        for section, of in (
            ("catalogue", Catalogue),
            ("projects", Projects),
            ("members", Members),
            ("tags", Tags),
            ("times", Times),
            ("names", Names),
            ("parents", Parents),
            ("churn", Churn),
        )
    },
    "disks": DISKS,
    "templates": TEMPLATED,
}
"""The keys that have keys of their own, which are merged one by one."""
KEYS = tuple(field.name for field in fields(Spec))
"""The keys of a spec."""
_CASSETTE = re.compile(rb"^(?:http_)?interactions:", re.MULTILINE)


def values_of_preset(name: str) -> Layer:
    """Return all values of a preset, by key."""
    return _values(_layers_of_preset(name))


def values_of_file(path: Path) -> Layer:
    """Return all values of a file and of what it differs from; raises ImageSetError."""
    return _values(_layers_of_file(path))


@cache
def _layers_of_preset(name: str) -> Sequence[Layer]:
    own = _layers(*_shipped("presets", name), None if name == _ROOT else _ROOT)
    return (*own, compose(f"like: {name}".encode(), f"{name}.yaml").known_members(("like",)))


@cache
def _layers_of_flavour(name: str) -> Sequence[Layer]:
    return _layers(*_shipped("flavours", name), None)


def _shipped(folder: str, name: str) -> tuple[bytes, str]:
    file = Path(__file__).with_name(folder) / f"{name}.yaml"
    return file.read_bytes(), file.name


def _layers_of_file(path: Path) -> Sequence[Layer]:
    name = str(path).encode(errors="replace").decode()
    presets = ", ".join(PRESETS)
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        hint = f" Write `flavour: {name}` in a file." if name in FLAVOURS else ""
        raise ImageSetError(
            f"{name}: neither a file nor a preset; the presets are {presets}.{hint}"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise ImageSetError(
            f"{name} cannot be read: {reason}; name another file or a preset: {presets}."
        ) from error
    if kind := _kind_of_recording(text):
        raise ImageSetError(
            f"{name}: {kind}, not a spec. It can be replayed as it is. For more images like those "
            f"in it, make a spec: glancetape learn {word_of(name)} --out spec.yaml"
        )
    if len(text) > _MOST_BYTES:
        most = f"{_MOST_BYTES >> 20} MiB"
        raise ImageSetError(f"{name}: larger than {most}, too large for a spec; name another file.")
    return _layers(text, name, _ROOT)


def _kind_of_recording(text: bytes) -> str:
    """What a file is that has images itself; "" for anything else."""
    if text.startswith(IMAGE_SET):
        return "an image set"
    return "a cassette" if _CASSETTE.search(text) else ""


def _layers(text: bytes, file: str, like: str | None) -> Sequence[Layer]:
    """Return the layers of a file by key: those of its preset first, its own values last."""
    written = compose(text, file).known_members(KEYS)
    if "like" in written:
        like = written.pop("like").choice(PRESETS, "preset")
    found: Layer = {}
    for key, value in written.items():
        own = {key: value}
        if key in SECTIONS:
            members = value.known_members(SECTIONS[key])
            own = {f"{key}.{name}": member for name, member in members.items()}
        found |= own
    return (*(_layers_of_preset(like) if like else ()), found)


def _values(layers: Sequence[Layer]) -> Layer:
    """Return the values of layers, each over those before it, by key: `kinds`, `tags.share`.

    What the flavour says comes after the root, whichever layer names it. A file's own values come
    last; `last_of` relies on it.
    """
    named = next(layer["flavour"] for layer in reversed(layers) if "flavour" in layer)
    flavour = named.choice(FLAVOURS, "flavour")
    found: Layer = {}
    for layer in (layers[0], *_layers_of_flavour(flavour), *layers[1:]):
        if "tags.keys" in layer:
            found.pop("tags.spellings", None)  # those of other keys
        for name, member in layer.items():
            found.pop(name, None)  # moves it to the end
            found[name] = member
    return found


def last_of(values: Mapping[str, Value], *keys: str) -> Value:
    """Return the last given of some values: a file's own rather than its preset's."""
    order = list(values)
    return values[max(keys, key=order.index)]
