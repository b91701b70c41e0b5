"""Rules between fields, as data: which kinds of image have which fields, with which values.

What one table can say is said here; what follows from another image, an owner or a time is in
`images`. Kinds and their fields follow the IMS API document and a list answer of cn-south-1 of
2022; weights are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from glancetape_generators.spec.spec import WAYS
from glancetape_generators.vocabulary.tables import Row
from glancetape_generators.vocabulary.vocabulary import vocabulary

GOLD, PRIVATE, SHARED, MARKET = range(4)
KIND_NAMES = ("gold", "private", "shared", "market")
INSTANCE, FILE, COPY, VOLUME, ISO, BACKUP = range(len(WAYS))
NO_WAY = len(WAYS)  # gold and market images

_OF_KIND: tuple[Row, ...] = (
    {"__imagetype": "gold", "visibility": "public", "protected": True},
    {"__imagetype": "private", "visibility": "private", "protected": False},
    {"__imagetype": "shared", "visibility": "shared", "protected": False},
    {"__imagetype": "market", "visibility": "public", "protected": True},
)
_OF_WAY: Mapping[int, Row] = {
    FILE: {"__root_origin": "file"},
    ISO: {"__root_origin": "file"},
    BACKUP: {"__whole_image": "true"},
}
KINDS = [{**kind, **_OF_WAY.get(way, {})} for kind in _OF_KIND for way in range(NO_WAY + 1)]
"""What an image is, by kind and way: row (NO_WAY + 1) * kind + way."""

CONSTANT: Row = {
    "container_format": "bare",
    "__isregistered": "true",
    "__image_source_type": "uds",
    "virtual_size": None,
}
# size and checksum are placeholders: the length and the MD5 of nothing, of "{}", and of 18 bytes
# that nobody knows (seen for private images); the true size is __image_size.
PLACEHOLDERS: tuple[Row, ...] = (
    {"size": 0, "checksum": "d41d8cd98f00b204e9800998ecf8427e"},
    {"size": 2, "checksum": "99914b932bd37a50b983c5e7c90ae93b"},
    {"size": 18, "checksum": "bcd7dd7dab80ca42e125a389f986404e"},
    {"size": None, "checksum": None},
)
UPLOADING = ("queued", "saving", "killed")
"""Statuses of images that have no data: not yet, or because uploading it went wrong."""
FORMATS = ("zvhd2", "zvhd", "vhd", "raw", "qcow2", "iso")
FORMATS_OF_FILES = (50, 4, 12, 10, 24)
"""Weights of FORMATS for images that come from a file."""
SLOTS: tuple[Row, ...] = ({}, {"__sequence_num": "0"}, {"__sequence_num": "1001"})

ECS, BMS, DATA, INSTALLER = "FusionCompute", "Ironic", "DataImage", "IsoImage"
ENVIRONMENTS = (ECS, BMS, DATA, INSTALLER)


@dataclass(frozen=True, slots=True)
class Extra:
    """A field that does not depend on others but the kind, type of system and environment."""

    field: str
    weights: Mapping[str, Mapping[str | int | None, int]]
    """Whose -> value, None for absent -> weight. Whose: "KIND/TYPE", else KIND, else TYPE, of the
    kind (private and shared are "tenant") and the type of system; others have it not."""
    environments: tuple[str, ...] = ENVIRONMENTS
    """Images of other environments do not have it."""
    uploaded: bool = False
    """Images without data do not have it."""


def _features(*texts: str) -> Mapping[str | int | None, int]:
    return {None: 20, **dict.fromkeys(texts, 20)}


_MIN_RAM: Mapping[str | int | None, int] = {0: 80, 512: 2, 1024: 10, 2048: 6, 4096: 2}
_AGENTS: Mapping[str | int | None, int] = {None: 40, "hss": 15, "ces": 10, "hss,ces": 35}

EXTRAS: tuple[Extra, ...] = (
    Extra("min_ram", {"gold": _MIN_RAM, "market": {0: 30, 1024: 60, 2048: 10}, "tenant": _MIN_RAM}),
    Extra(
        "max_ram",
        {"market": {"0": 1}, "tenant": {"0": 92, "65536": 4, "131072": 3, "262144": 1}},
        uploaded=True,
    ),
    Extra(
        "__lazyloading",
        {
            "gold": {"true": 1},
            "market": {"True": 1},
            "tenant": {"True": 90, "False": 4, "true": 4, "false": 2},
        },
    ),
    Extra(
        "__support_agent_list",
        {"gold": _AGENTS, "market": _AGENTS, "tenant": _AGENTS},
        (ECS, BMS),
    ),
    Extra(
        "hw_vif_multiqueue_enabled",
        {
            "gold": {None: 50, "true": 50},
            "market": {None: 20, "true": 80},
            "tenant": {None: 40, "true": 50, "false": 10},
        },
        (ECS,),
    ),
    Extra("__support_fc_inject", {"tenant": {None: 94, "true": 4, "false": 2}}, (ECS,)),
    Extra(
        "__is_config_init", {"tenant": {None: 30, "true": 66, "false": 4}}, (ECS,), uploaded=True
    ),
    Extra("__is_offshelved", {"market": {"false": 95, "true": 5}}),
    Extra(
        "__account_code",
        {
            "market/Windows": {"": 70, "windows": 30},
            "market/Linux": {"": 85, "linux": 15},
            "market": {"": 1},
        },
    ),
    Extra(
        "__os_feature_list",
        {name: _features(*texts) for name, texts in vocabulary()["features"].items()},
        (ECS, BMS),
    ),
    Extra(
        "__description",
        {
            "market": {None: 50, **dict.fromkeys(vocabulary()["market_descriptions"], 10)},
            "tenant": {None: 700, **dict.fromkeys(vocabulary()["descriptions"], 20)},
        },
    ),
)
