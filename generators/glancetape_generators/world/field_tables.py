"""Rules between fields, as data: which kinds of image have which fields, with which values.

Every rule that a table can express is here. `drafts` and `images` have those that depend on the
parent, the owner or a time. Kinds and their fields follow the IMS API document and a list answer
of cn-south-1 from 2022; the weights are choices of this project.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from glancetape_generators.spec.spec import WAYS
from glancetape_generators.vocabulary.tables import Row
from glancetape_generators.vocabulary.vocabulary import descriptions, vocabulary

GOLD, PRIVATE, SHARED, MARKET, COMMUNITY = range(5)
KIND_NAMES = ("gold", "private", "shared", "market", "community")
TENANTS = ("private", "shared", "community")
INSTANCE, FILE, COPY, VOLUME, ISO, BACKUP = range(len(WAYS))
NO_WAY = len(WAYS)  # how gold and market images were made is not known

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
"""The fields of each kind and way: row (NO_WAY + 1) * kind + way."""

CONSTANT: Row = {
    "container_format": "bare",
    "__isregistered": "true",
    "__image_source_type": "uds",
    "virtual_size": None,
    "schema": "/v2/schemas/image",
}
# size and checksum are placeholders: the length and the MD5 of an empty text, of "{}", and of 18
# unknown bytes (observed in private images). The true size is __image_size.
PLACEHOLDERS: tuple[Row, ...] = (
    {"size": 0, "checksum": "d41d8cd98f00b204e9800998ecf8427e"},
    {"size": 2, "checksum": "99914b932bd37a50b983c5e7c90ae93b"},
    {"size": 18, "checksum": "bcd7dd7dab80ca42e125a389f986404e"},
    {"size": None, "checksum": None},
)
UPLOADING = ("queued", "saving", "uploading", "importing", "killed")
"""The statuses of images without data: not uploaded yet, or the upload failed."""
FORMATS = ("zvhd2", "zvhd", "vhd", "raw", "qcow2", "iso")
FORMATS_OF_FILES = (50, 4, 12, 10, 24)
"""Weights of FORMATS for images that come from a file."""
SLOTS: tuple[Row, ...] = ({}, {"__sequence_num": "0"}, {"__sequence_num": "1001"})

ECS, BMS, DATA, INSTALLER = "FusionCompute", "Ironic", "DataImage", "IsoImage"
ENVIRONMENTS = (ECS, BMS, DATA, INSTALLER)
OS_TYPES = ("Linux", "Windows", "Other")


@dataclass(frozen=True, slots=True)
class Extra:
    """A field that depends only on the kind, the type of system and the environment."""

    field: str
    weights: Mapping[str, Mapping[str | int, int]]
    """Group -> value -> weight, for the images that have the field.

    The group of an image is "KIND/TYPE", KIND or TYPE, the first of these that is a key here: its
    kind ("tenant" for private and shared) and its type of system. Other images lack the field.
    """
    environments: tuple[str, ...] = ENVIRONMENTS
    """Only images of these environments have the field."""
    uploaded: bool = False
    """Whether only images with data have the field."""


def _features(*texts: str) -> Mapping[str | int, int]:
    return dict.fromkeys(texts, 20)


_MIN_RAM: Mapping[str | int, int] = {0: 80, 512: 2, 1024: 10, 2048: 6, 4096: 2}
_RAM_OF_GOLD: Mapping[str | int, int] = {0: 90, 1024: 8, 2048: 2}
_RAM_OF_MARKET: Mapping[str | int, int] = {0: 30, 1024: 60, 2048: 10}
_TRUE: Mapping[str | int, int] = {"true": 1}
_AGENTS: Mapping[str | int, int] = {"hss": 15, "ces": 10, "hss,ces": 35}

EXTRAS: tuple[Extra, ...] = (
    Extra("min_ram", {"gold": _RAM_OF_GOLD, "market": _RAM_OF_MARKET, "tenant": _MIN_RAM}),
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
            "gold": {"true": 1},
            "market": {"true": 1},
            "tenant": {"true": 50, "false": 10},
        },
        (ECS,),
    ),
    Extra("__support_fc_inject", {"tenant": {"true": 4, "false": 2}}, (ECS,)),
    Extra("__is_config_init", {"tenant": {"true": 66, "false": 4}}, (ECS,), uploaded=True),
    # Seen in programs that read answers of Huawei Cloud; values and shares are choices of this
    # project. Where an answer has __system_support_market as a boolean, it is not of this API.
    Extra("__support_live_resize", {"gold": _TRUE, "tenant": _TRUE}, (ECS,)),
    Extra("__support_kvm_hi1822_hiovs", {"gold": _TRUE, "tenant": _TRUE}, (ECS,)),
    Extra("__support_kvm_hi1822_hisriov", {"gold": _TRUE, "tenant": _TRUE}, (ECS,)),
    Extra("__support_kvm_hi1822_hivirtionet", {"gold": _TRUE, "tenant": _TRUE}, (ECS,)),
    Extra("__support_s4l", {"gold": _TRUE, "tenant": _TRUE}, (BMS,)),
    Extra("__support_h2l", {"gold": _TRUE, "tenant": _TRUE}, (BMS,)),
    Extra("__support_d1t", {"gold": _TRUE, "tenant": _TRUE}, (BMS,)),
    Extra("__quick_start", {"tenant": _TRUE}, (ECS,)),
    Extra("__system_support_market", {"tenant": {"true": 20, "false": 5}}, (ECS, BMS)),
    Extra("os_shutdown_timeout", {"tenant": {"60": 10, "300": 5}}, (ECS,)),
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
            "market": dict.fromkeys(chain(*vocabulary()["market_descriptions"].values()), 1),
            "tenant": dict.fromkeys(chain(*map(descriptions, vocabulary()["descriptions"])), 1),
        },
    ),
)
