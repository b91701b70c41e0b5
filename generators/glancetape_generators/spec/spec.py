"""The spec: what generated images are like. Weights are whole numbers, shares are percent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glancetape_generators.sampling.draws import Share
from glancetape_generators.vocabulary.flavours import OPENSTACK

Weights = Mapping[str, int]
"""Thing -> how often, relative to the sum of all weights; 0 means never."""

KINDS = ("private", "shared", "market", "community")
"""The kinds of an image outside the catalogue.

IMS has a market (`__imagetype`), and a plain Glance a community: a set has one of them.
"""
PARENT_FIELDS = ("__originalimagename", "base_image_ref")
"""The property that names the image which another one was made from: of IMS, of a plain Glance."""
STORES = ("file", "ceph")
WAYS = ("instance", "file", "image", "volume", "iso", "server_backup")
"""How tenants make images, in the words of `__data_origin`; `iso` is `file` there."""
TEMPLATED = (*WAYS, "gold", "market")
"""What has key-set templates of its own: each way of making, and public images of two kinds."""
DISKS = ("Linux", "Windows", "Other", "data", "iso")
"""What has disk sizes of its own: each type of system, data disks, installation media."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The region's public images (`gold`).

    Three images, every second record: the records 0, 2 and 4 are public.
    """

    images: int
    """How many there are."""
    every: int
    """Every Nth record is one of them until that number is reached; 1: the first records are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days on which a project makes images, in days since 1970."""

    first: int | None = None
    """None: the first day of the set."""
    last: int | None = None
    """None: the last day of the set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProject:
    """A tenant that the spec names; what has no weights here is drawn like that of others."""

    share: int
    """Percent of tenants' images"""
    platforms: Weights = field(default_factory=dict)
    patterns: Weights = field(default_factory=dict)
    apps: Weights = field(default_factory=dict)
    times: Window | None = None
    """When it makes images, if not at any time."""


@dataclass(frozen=True, slots=True)
class Projects:
    """The tenants: a few large ones, many small ones."""

    count: int
    evenness: int
    """The n-th project has images nearly in proportion to 1 / (evenness + n): 0 is most uneven."""
    named: Mapping[str, NamedProject] = field(default_factory=dict)
    """Id -> project; these come beside the others."""


@dataclass(frozen=True, slots=True)
class Members:
    """The projects that shared images are shared with."""

    most: int
    """The largest number of members of an image."""
    statuses: Weights
    """pending, accepted, rejected -> weight"""
    numbers: Mapping[int, int] = field(default_factory=dict)
    """How many members an image has -> weight; without any, few are more frequent than many."""
    ids: tuple[str, ...] = ()
    """The projects that can be members; without any, the tenants of the set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """How tenants tag their images."""

    share: Share
    """Percent of tenants' images that have tags."""
    most: int
    """The largest number of tags of an image."""
    old: Share
    """Percent of the tags in the form `key.value`, from before the cloud's upgrade."""
    keys: Mapping[str, Weights]
    """Key -> value -> weight; the value "" makes a tag of the key alone."""
    numbers: Mapping[int, int] = field(default_factory=dict)
    """How many tags an image has -> weight; without any, few are more frequent than many."""
    popular: Weights = field(default_factory=dict)
    """Key -> how often images have it; without any, all keys are as frequent."""
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key or value -> how projects write it; each project writes it in one of these ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """On which days, and at which times of day, images are created."""

    first: int
    """The first day, in days since 1970."""
    now: int
    """Seconds since 1970; no time is later. There are new images until then."""
    growth: int
    """Images a day at the end, as a multiple of those at the beginning."""
    weekend: int
    """Images on a day of the weekend, in percent of a weekday's."""
    bursts: Share
    """Percent of the days that have five times as many images."""
    ties: Share
    """Percent of the images that are created in the same second as others."""
    at: int | None = None
    """When the images are looked at, in seconds since 1970; None: now. Later ones are not there."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property that the spec adds."""

    share: Share | None
    """Percent of the images of these kinds that have it; None: those whose template has it."""
    kinds: tuple[str, ...]
    """gold, private, shared, market"""
    values: Mapping[str | None, int]
    """Value or null -> weight"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Optional properties that images have together."""

    keys: tuple[str, ...]
    weight: int
    """How often images have these and no other ones, among the templates of one way of making."""


@dataclass(frozen=True, slots=True)
class Names:
    """How tenants name their images."""

    patterns: Weights
    """Text with {app}, {os}, {date}, {time} and {number} -> weight"""
    nulls: Share
    """Percent of tenants' images whose name is null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How values of one field depend on another one."""

    field: str
    """kind, made, platform, version or a property of the spec"""
    value: str
    """What an image must have there."""
    target: str
    """min_disk or a property of the spec"""
    weights: Mapping[Any, int]
    """Value -> weight, for these images"""


@dataclass(frozen=True, slots=True)
class Churn:
    """What happens to tenants' images as time goes on, in percent of the images a month."""

    renamed: Share = 0
    hidden: Share = 0
    """`os_hidden`, of the flavour openstack only."""
    unshared: Share = 0
    """Of shared images, which are private from then on."""
    deleted: Share = 0


@dataclass(frozen=True, slots=True)
class Parents:
    """What instances are made from."""

    own: int | None = None
    """Percent that are made from an image of the same project, others from a public one; None for
    about a tenth."""
    evenness: int = 4
    """The n-th most popular public image of a platform is taken as 1 / (evenness + n)."""
    popular: Weights = field(default_factory=dict)
    """Name of a public image -> weight, among those of its platform. Of platforms with any, nothing
    is made from other public images, and `versions` is for uploads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedImage:
    """An image that the spec describes in part; the generator fills in the other fields."""

    fields: Mapping[str, Any]
    """Field -> value, as JSON has it; `members` among them."""
    children: int = 0
    """Percent of the instances and backups that it may be the parent of and that are made from it.

    Those are made on a later day, and in the same project unless it is public.
    """
    data: bytes | None = None
    """What `GET /v2/images/ID/file` returns."""
    following: Mapping[str, str] = field(default_factory=dict)
    """Field -> what it is for these data, in an image that has the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What generated images are like; docs/generating.md describes each part."""

    like: str
    """The preset that it differs from, or is; one of PRESETS."""
    flavour: str
    """Whose images they are like, one of FLAVOURS."""
    store: str
    """Where a plain Glance keeps the data, one of STORES."""
    region: str
    catalogue: Catalogue
    kinds: Weights
    """KINDS -> weight, for records outside the catalogue."""
    made: Weights
    """WAYS -> weight"""
    platforms: Weights
    statuses: Weights
    """Status of a tenant's image -> weight"""
    projects: Projects
    members: Members
    tags: Tags
    times: Times
    names: Names
    disks: Mapping[str, Mapping[int, int]]
    """DISKS -> min_disk in GB -> weight"""
    properties: Mapping[str, Property]
    templates: Mapping[str, tuple[Template, ...]]
    """TEMPLATED -> which optional properties images have"""
    churn: Churn = Churn()
    given: tuple[Given, ...] = ()
    """In their order: of two that an image meets, the later one counts."""
    versions: Weights = field(default_factory=dict)
    """`__os_version` -> weight, among the versions of its platform; platforms without any have the
    vocabulary's."""
    parents: Parents = Parents()
    apps: Weights = field(default_factory=dict)
    """What tenants name their images after -> weight; without any, the vocabulary's, all alike."""
    images: tuple[FixedImage, ...] = ()
    """They come first in NDJSON; `count` counts them."""
    moments: Mapping[int, int] = field(default_factory=dict)
    """Second since 1970 -> exactly how many images are created in it."""

    @property
    def dialect(self) -> str:
        """The dialect of the cloud."""
        return "glance" if self.flavour == OPENSTACK else "ims"
