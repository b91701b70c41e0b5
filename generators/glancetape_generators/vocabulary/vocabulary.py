"""Read vocabulary.yaml: platforms and their systems, on the hardware they can be prepared for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from glancetape_generators.vocabulary.tables import Row

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # LibYAML takes a tenth of the time
_IS_32_BIT = re.compile(r"32 ?bit\)?$")
EPOCH = date(1970, 1, 1).toordinal()
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*(?: SP[0-9]+)?")
_OF_ANY_MEDIUM = (350, 6000)  # MiB
_NOT_ON_MEDIA = ("64bit", "32bit", "datacenter", "standard", "enterprise", "professional")
NUMBERED = 60
"""How many numbers a description has that can have a number."""
Spelling = tuple[tuple[str, str], ...]
"""Parts of versions that a cloud spells in its own way: ours, theirs."""
NEVER = 1 << 20
"""A day, in days since 1970, that never comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A version of a platform, prepared for one kind of hardware."""

    platform: str
    os_type: str
    short: str
    """The platform's name in names of images, such as `rhel`."""
    version: str
    weight: int
    """How often it occurs, relative to the other systems of its platform."""
    since: int
    """The first day on which an image can have it, in days since 1970."""
    until: int = NEVER
    """The first day on which no public image of it is made any more."""
    environment: str
    """`virtual_env_type`"""
    suffix: str
    """What follows the version in the name of a public image."""
    fields: Row
    """All fields of an image that follow from it."""


def read_yaml(*path: str) -> Any:
    """Return a file of this package as it is written."""
    file = Path(__file__).parent.joinpath(*path)
    return yaml.load(file.read_bytes(), _Loader)  # noqa: S506 - both loaders are safe ones


@cache
def vocabulary() -> Mapping[str, Any]:
    """Return vocabulary.yaml as it is written."""
    read: Mapping[str, Any] = read_yaml("vocabulary.yaml")
    return read


@cache
def products(language: str = "en") -> tuple[tuple[str, str], ...]:
    """Return the products on the market: name in a language, the type of system it runs on."""
    return tuple(
        (name, os_type)
        for os_type, of_languages in vocabulary()["products"].items()
        for name in of_languages.get(language, of_languages["en"])
    )


@cache
def descriptions(language: str) -> tuple[str, ...]:
    """Return what tenants write about images: plain texts, then NUMBERED of each with a number."""
    plain, numbered = (
        vocabulary()[name].get(language, ()) for name in ("descriptions", "numbered_descriptions")
    )
    series = (one.format(number) for one in numbered for number in range(1, NUMBERED + 1))
    return (*plain, *series)


@cache
def medium_name(platform: str, version: str) -> str:
    """Return what a file with an installation medium is called; "" where that is not known.

    >>> medium_name("Debian", "Debian GNU/Linux 12.0.0 64bit")
    'debian-12.0.0-amd64-netinst'
    """
    number = _NUMBER.search(version)
    media: Mapping[str, str] = vocabulary()["media"]
    form = "" if number is None else media.get(f"{platform} {number[0]}", media.get(platform, ""))
    if number is None or not form:
        return ""
    words = [word for word in version.lower().split()[1:] if word not in _NOT_ON_MEDIA]
    text = form.format(
        version=number[0].replace(" ", "-"),
        major=number[0].partition(".")[0],
        words="_".join(words),
    )
    if _IS_32_BIT.search(version):
        text = text.replace("x86_64", "i386").replace("amd64", "i386").replace("x64", "x86")
    return text


@cache
def medium_sizes(name: str) -> tuple[int, int]:
    """Return the least and the most MiB of a file with an installation medium.

    >>> medium_sizes("debian-12.0.0-amd64-netinst")
    (350, 660)
    """
    sizes: Mapping[str, list[int]] = vocabulary()["media_sizes"]
    lower = name.lower()
    least, most = next((of for word, of in sizes.items() if word in lower), _OF_ANY_MEDIUM)
    return least, most


@cache
def systems(spelling: Spelling = ()) -> tuple[System, ...]:
    """Return each version of each platform, once for each hardware it can be prepared for.

    The spelling is that of a cloud.
    """
    found = []
    for platform, about in vocabulary()["platforms"].items():
        for version, of_version in about["versions"].items():
            can = {"", *of_version.get("can", "").split()}
            found += [
                _system(platform, version, hardware, spelling)
                for hardware in vocabulary()["hardware"].values()
                if hardware.get("needs", "") in can
            ]
    return tuple(found)


def prepared(version: str, hardware: str, spelling: Spelling = ()) -> System:
    """Return a version, prepared for some hardware; KeyError if there is no such version."""
    platform = _platform_of()[version]
    return _system(platform, version, vocabulary()["hardware"][hardware], spelling)


@cache
def _platform_of() -> Mapping[str, str]:
    """Return the platform of each version."""
    return {
        version: platform
        for platform, about in vocabulary()["platforms"].items()
        for version in about["versions"]
    }


def version_named(name: str) -> str:
    """Return the longest version that a name begins with; KeyError if it begins with none."""
    begun = [version for version in _platform_of() if name.startswith(version)]
    if not begun:
        raise KeyError(name)
    return max(begun, key=len)


def _system(platform: str, version: str, hardware: Mapping[str, Any], spelling: Spelling) -> System:
    about = vocabulary()["platforms"][platform]
    of_version = about["versions"][version]
    environment, spelt = hardware.get("environment", "FusionCompute"), _spelt(version, spelling)
    return System(
        platform=platform,
        os_type=about["os_type"],
        short=about["short"],
        version=spelt,
        weight=of_version["weight"] * hardware["weight"],
        since=first_day(of_version["since"]) if "since" in of_version else 0,
        until=first_day(of_version["until"]) if "until" in of_version else NEVER,
        environment=environment,
        suffix=hardware.get("suffix", ""),
        fields={
            **_shared(platform, about["os_type"], spelt, environment),
            **hardware["fields"],
        },
    )


def _spelt(version: str, spelling: Spelling) -> str:
    for ours, theirs in spelling:
        version = version.replace(ours, theirs)
    return version


def _shared(platform: str, os_type: str, version: str, environment: str) -> dict[str, str]:
    return {
        "__platform": platform,
        "__os_type": os_type,
        "__os_version": version,
        "__os_bit": "32" if _IS_32_BIT.search(version) else "64",
        "virtual_env_type": environment,
    }


@cache
def installers(spelling: Spelling = ()) -> tuple[System, ...]:
    """Return the systems of installation media: each version once."""
    medium = {"weight": 1, "environment": "IsoImage", "suffix": " installer", "fields": {}}
    return tuple(
        _system(platform, version, medium, spelling)
        for platform, about in vocabulary()["platforms"].items()
        for version in about["versions"]
    )


@cache
def first_day(when: str) -> int:
    """Return the first day of a month like 2018-01, or 2018-01-24 itself, in days since 1970."""
    return date.fromisoformat(f"{when}-01"[: len("2018-01-24")]).toordinal() - EPOCH
