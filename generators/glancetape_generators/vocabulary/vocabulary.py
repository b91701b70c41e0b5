"""The vocabulary, read: platforms, their systems on the hardware that they can be prepared for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from glancetape_generators.vocabulary.tables import Row

_IS_32_BIT = re.compile(r"32 ?bit\)?$")
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class System:
    """What runs in an image, on what it was prepared for."""

    platform: str
    os_type: str
    short: str
    """The platform's name as people write it into names of images."""
    version: str
    weight: int
    """How often, among the systems of a platform."""
    since: int
    """The first day there can be such an image, in days since 1970."""
    environment: str
    """`virtual_env_type`"""
    suffix: str
    """What a public image of it has behind its version."""
    fields: Row
    """All fields that say so."""


@cache
def vocabulary() -> Mapping[str, Any]:
    """Read the vocabulary."""
    text = (
        resources.files("glancetape_generators.vocabulary")
        .joinpath("vocabulary.yaml")
        .read_text("utf-8")
    )
    read: Mapping[str, Any] = yaml.safe_load(text)
    return read


@cache
def platforms() -> tuple[str, ...]:
    """Give the names of the platforms."""
    return tuple(vocabulary()["platforms"])


@cache
def products() -> tuple[tuple[str, str], ...]:
    """Give what is on the market: name, and the type of system that it runs on."""
    return tuple(
        (name, os_type) for os_type, names in vocabulary()["products"].items() for name in names
    )


@cache
def systems() -> tuple[System, ...]:
    """Give each version of each platform on all hardware that it can be prepared for."""
    found = []
    for platform, about in vocabulary()["platforms"].items():
        for version, of_version in about["versions"].items():
            can = {"", *of_version.get("can", "").split()}
            since = of_version.get("since")
            found += [
                System(
                    platform,
                    about["os_type"],
                    about["short"],
                    version,
                    of_version["weight"] * hardware["weight"],
                    _first_day(since) if since else 0,
                    environment := hardware.get("environment", "FusionCompute"),
                    hardware.get("suffix", ""),
                    {**_shared(platform, about["os_type"], version, environment)}
                    | hardware["fields"],
                )
                for hardware in vocabulary()["hardware"].values()
                if hardware.get("needs", "") in can
            ]
    return tuple(found)


def _shared(platform: str, os_type: str, version: str, environment: str) -> dict[str, str]:
    return {
        "__platform": platform,
        "__os_type": os_type,
        "__os_version": version,
        "__os_bit": "32" if _IS_32_BIT.search(version) else "64",
        "virtual_env_type": environment,
    }


@cache
def installers() -> tuple[System, ...]:
    """Give the systems that are installed from ISO images: each version once."""
    found = {}
    for system in systems():
        fields = _shared(system.platform, system.os_type, system.version, "IsoImage")
        found[system.version] = System(
            system.platform, system.os_type, system.short, system.version,
            vocabulary()["platforms"][system.platform]["versions"][system.version]["weight"],
            system.since, "IsoImage", " installer", fields,
        )  # fmt: skip
    return tuple(found.values())


def _first_day(month: str) -> int:
    return date.fromisoformat(f"{month}-01").toordinal() - EPOCH
