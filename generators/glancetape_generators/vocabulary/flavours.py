"""Flavours: the clouds whose images a spec can make, each with its systems and public images.

flavour_named("openstack").public[0]     Ubuntu 24.04, made since May 2024
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from glancetape_generators.vocabulary.tables import Row
from glancetape_generators.vocabulary.vocabulary import (
    NEVER,
    Spelling,
    System,
    first_day,
    installers,
    prepared,
    read_yaml,
    systems,
    version_named,
    vocabulary,
)

FLAVOURS = ("huawei-cn", "huawei-intl", "otc", "flexible-engine", "openstack")
"""The names of all flavours."""
OPENSTACK = "openstack"
"""The flavour of a plain Glance; all other flavours are clouds with IMS."""
DEFAULT = "huawei-intl"
"""The flavour of a spec that names none."""
SERVER, INSTALLER = "FusionCompute", "IsoImage"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicImage:
    """An image of the operator's catalogue; it may have several builds."""

    name: str
    system: System
    builds: bool
    """Whether a newer build replaces it from time to time."""
    before: str = ""
    """The name of the build before the newest, if it has one of its own."""
    dated: tuple[str, str] = ("", "")
    """What is before and after the date in the name of an older build."""
    min_disk: int
    min_ram: int = 0
    format: str = "qcow2"
    size: int = 0
    """Its data, in MiB."""
    disk: int = 0
    """The disk in it, in MiB; 0: none is known."""
    boots_with: tuple[str, ...] = ()
    """The names of its kernel and its ramdisk, which come earlier in the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """A cloud's systems and public images."""

    name: str
    platforms: tuple[str, ...]
    systems: tuple[System, ...]
    """What servers and uploaded files have."""
    installers: tuple[System, ...]
    """What installation media have."""
    public: tuple[PublicImage, ...]
    """The catalogue."""
    regions: tuple[str, ...] = ()
    """The regions of the cloud; its market copies images from one to another."""
    has_market: bool = False
    hours_ahead: int = 0
    """Of UTC: the time of its customers."""
    languages: Mapping[str, int] = field(default_factory=lambda: {"en": 1})
    """Language of descriptions -> how many projects have it, relative to the others."""

    @property
    def is_glance(self) -> bool:
        """Whether its images are those of a plain Glance."""
        return self.name == OPENSTACK


@cache
def flavour_named(name: str) -> Flavour:
    """Return the flavour with a name."""
    said = read_yaml("flavours", f"{name}.yaml")
    return _openstack(said) if name == OPENSTACK else _ims(name, said)


@cache
def platforms() -> tuple[str, ...]:
    """Return the names of the platforms of all flavours."""
    listed = (flavour_named(name).platforms for name in FLAVOURS)
    return tuple(dict.fromkeys(platform for one in listed for platform in one))


def _ims(name: str, said: Mapping[str, Any]) -> Flavour:
    spelling = tuple(said["spelling"].items())
    public = [
        _public(name, about or {}, said["min_disk"], spelling)
        for name, about in said["catalogue"].items()
    ]
    for family, about in said.get("families", {}).items():
        for variant in about["variants"]:
            stem = f"{family}_{variant}" if variant else family
            of_variant = {**about, **said["variants"][variant]}
            one = _public(f"{stem}_latest", of_variant, said["min_disk"], spelling)
            older = (f"{stem}_", "_0")
            public.append(replace(one, builds=True, before=f"{stem}_prev", dated=older))
    return Flavour(
        name=name,
        platforms=tuple(vocabulary()["platforms"]),
        systems=systems(spelling),
        installers=installers(spelling),
        public=tuple(public),
        regions=tuple(said["regions"]),
        has_market=said["market"],
        hours_ahead=said.get("hours_ahead", 0),
        languages=said["languages"],
    )


def _public(name: str, about: Mapping[str, Any], min_disk: int, spelling: Spelling) -> PublicImage:
    hardware = about.get("hardware", "kvm")
    system = prepared(about.get("system") or version_named(name), hardware, spelling)
    if system.suffix:  # special hardware, which few use
        system = replace(system, weight=max(1, system.weight // 4))
    if about.get("service"):  # no tenant makes a server from an image of another service
        system = replace(system, weight=0)
    return PublicImage(
        name=name,
        system=_dated(system, about),
        builds=False,
        dated=(f"{name} (", ")"),
        min_disk=about.get("min_disk", min_disk),
    )


def _dated(system: System, about: Mapping[str, Any]) -> System:
    """Return the system of a public image: one with a date or a release in its name has dates."""
    dates = {name: first_day(str(about[name])) for name in ("since", "until") if name in about}
    since, until = dates.get("since", system.since), dates.get("until", system.until)
    return replace(system, since=since, until=until)


def _openstack(said: Mapping[str, Any]) -> Flavour:
    profiles = said["profiles"].values()
    media = said["installers"].values()
    versions = list(_versions(said["platforms"]))
    of_name = {f"{about['name']} {version}": (about, version) for about, version in versions}
    public = []
    for name, about in said["catalogue"].items():
        of_platform, version = of_name[about["system"]]
        properties = {} if about.get("plain") else {**said["said"], **about.get("own", {})}
        system = _system(of_platform, version, about.get("weight", 1), properties, SERVER)
        public.append(
            PublicImage(
                name=name,
                system=_dated(system, about),
                builds=about.get("builds", False),
                dated=(f"{name} (", ")"),
                min_disk=about.get("min_disk", 0),
                min_ram=about.get("min_ram", 0),
                format=about.get("format", "qcow2"),
                size=about["size"],
                disk=about["disk"],
                boots_with=tuple(about.get("boots_with", ())),
            )
        )
    return Flavour(
        name=OPENSTACK,
        platforms=tuple(said["platforms"]),
        systems=tuple(
            _system(about, version, profile["weight"], profile["fields"], SERVER)
            for about, version in versions
            for profile in profiles
            if profile.get("os_type", about["os_type"]) == about["os_type"]
        ),
        installers=tuple(
            _system(about, version, medium["weight"], medium["fields"], INSTALLER)
            for about, version in versions
            for medium in media
        ),
        public=tuple(public),
    )


def _versions(platforms: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for name, about in platforms.items():
        for version in about["versions"]:
            yield {"name": name, **about}, version


def _system(
    platform: Mapping[str, Any], version: str, weight: int, said: Row, environment: str
) -> System:
    about = platform["versions"][version]
    meant = {"DISTRO": platform["distro"], "VERSION": version}
    return System(
        platform=platform["name"],
        os_type=platform["os_type"],
        short=platform["short"],
        version=f"{platform['name']} {version}",
        weight=about["weight"] * weight,
        since=first_day(about["since"]),
        until=first_day(about["until"]) if "until" in about else NEVER,
        environment=environment,
        suffix="",
        fields={name: meant.get(str(value), value) for name, value in said.items()},
    )
