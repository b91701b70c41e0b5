"""What a generated set is to be like. Weights are whole numbers, shares are percent."""

from collections.abc import Mapping
from dataclasses import dataclass

Weights = Mapping[str, int]
"""Thing -> how often, against the sum of all; 0 is never."""

KINDS = ("private", "shared", "market")
"""What an image that is not of the catalogue can be (`__imagetype`)."""
WAYS = ("instance", "file", "image", "volume", "iso", "server_backup")
"""How tenants make images, in the words of `__data_origin`; iso is a file too."""
DISKS = ("Linux", "Windows", "Other", "data", "iso")
"""What has its own disk sizes: a type of system, a data disk, an installation medium."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The region's public images (`gold`)."""

    images: int
    """So many in all."""
    every: int
    """Each so-many-th image is one of them until all are there: 1 is all of the first ones."""


@dataclass(frozen=True, slots=True)
class Projects:
    """The tenants."""

    count: int
    evenness: int
    """The n-th project has images in proportion to 1 / (evenness + n)."""


@dataclass(frozen=True, slots=True)
class Members:
    """With whom shared images are shared."""

    most: int
    """Members that an image has at most."""
    statuses: Weights
    """pending, accepted, rejected"""


@dataclass(frozen=True, slots=True)
class Tags:
    """What tenants tag their images with."""

    share: int
    """Percent of the tenants' images that have tags."""
    most: int
    """Tags that an image has at most."""
    old: int
    """Percent of the tags that are from before the cloud's upgrade: `key.value`."""
    keys: Mapping[str, Weights]
    """Key -> value -> weight; the value "" is a tag without one."""


@dataclass(frozen=True, slots=True)
class Times:
    """When images are created, from day to day."""

    first: int
    """The first day, in days since 1970."""
    now: int
    """Seconds since 1970: nothing is younger. The first and the last day are over by then."""
    growth: int
    """How many times as many images a day there are in the end as in the beginning."""
    weekend: int
    """Images on a day of the weekend, in percent of those on a weekday."""
    bursts: int
    """Percent of the days that have five times as many."""
    ties: int
    """Percent of the images that share their second with others."""


@dataclass(frozen=True, slots=True)
class Property:
    """A custom property."""

    share: int
    """Percent of the images of those kinds that have it."""
    kinds: tuple[str, ...]
    """gold, private, shared, market"""
    values: Mapping[str | None, int]
    """Value or null -> weight"""


@dataclass(frozen=True, slots=True)
class Names:
    """What tenants name their images."""

    patterns: Weights
    """Text with {app}, {os}, {date}, {time} and {number} -> weight"""
    nulls: int
    """Percent of the tenants' images whose name is null."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a generated set is to be like."""

    region: str
    catalogue: Catalogue
    kinds: Weights
    """KINDS -> weight, of what is not in the catalogue."""
    made: Weights
    """WAYS -> weight"""
    platforms: Weights
    statuses: Weights
    """Status of tenants' images -> weight"""
    projects: Projects
    members: Members
    tags: Tags
    times: Times
    names: Names
    disks: Mapping[str, Mapping[int, int]]
    """DISKS -> min_disk in GB -> weight"""
    properties: Mapping[str, Property]
