"""The world of a spec and a seed: everything that all images of a set share, computed once."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import fields
from fractions import Fraction
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Choice, Draws, Flags, GroupedChoice, Ints
from glancetape_generators.sampling.mixes import Mix
from glancetape_generators.spec.names_and_tags import MADE_BY_GLANCE
from glancetape_generators.spec.spec import DISKS, WAYS, Churn, Given, Spec
from glancetape_generators.spec.spec import KINDS as DRAWN_KINDS
from glancetape_generators.spec.statuses import statuses_by_way
from glancetape_generators.vocabulary.flavours import Flavour, flavour_named
from glancetape_generators.vocabulary.key_order import USUAL, glance_order, ims_order
from glancetape_generators.vocabulary.tables import JointRows, Table, lay_out
from glancetape_generators.world import glance_tables
from glancetape_generators.world.apps import Apps
from glancetape_generators.world.calendar import Days, Waiting, Windows
from glancetape_generators.world.cast import Cast
from glancetape_generators.world.catalogue import Catalogue
from glancetape_generators.world.extra_tables import (
    Descriptions,
    ExtraTable,
    extra_table,
    property_table,
)
from glancetape_generators.world.field_tables import (
    BACKUP,
    CONSTANT,
    COPY,
    EXTRAS,
    FILE,
    FORMATS,
    INSTANCE,
    ISO,
    KINDS,
    MARKET,
    NO_WAY,
    PLACEHOLDERS,
    PRIVATE,
    SHARED,
    SLOTS,
    VOLUME,
)
from glancetape_generators.world.fixed import Fixed
from glancetape_generators.world.glance_tables import QCOW2, RAW, SERVER_DISKS
from glancetape_generators.world.key_sets import KeySets
from glancetape_generators.world.market import DISK_OF_PRODUCTS, Market
from glancetape_generators.world.systems import Systems
from glancetape_generators.world.tags import TagTable

TEXTS = (
    *("id", "name", "created_at", "updated_at", "tags", "self", "file", "active_at"),
    *("__data_origin", "__originalimagename", "__image_location", "__image_size", "__backup_id"),
)
"""The members of an image of IMS that are in no table."""
GLANCE_TEXTS = (
    *("id", "name", "created_at", "updated_at", "tags", "self", "file", "size", "virtual_size"),
    *("checksum", "os_hash_value", "locations", *MADE_BY_GLANCE),
)
"""The members of an image of Glance that are in no table."""
LEAST_OF_WINDOWS = 20
"""The smallest `min_disk` of Windows in GB, by the API document; of its ISO images, too."""
_DECIDED_BY = {"platform": "owner", "version": "system", "kind": "kind", "made": "way"}
"""What values can depend on -> the draw that most decides about it."""
_FIRST_CLOUD = ("region", "huawei-intl")
_PRECISELY = 1 << 30  # the sum of weights that stand for shares
_SETTLING = 30  # at the end of the set: days on which the catalogue gets no new images


class Exchange(NamedTuple):
    """How images are made when the catalogue has no image of some platforms."""

    lacks: Flags
    """Whether each platform of the spec has none."""
    lacking: Choice
    """How images of these platforms are made: uploaded, where others use a public image."""
    others: Choice
    """How those of other platforms are made: as many fewer are uploaded."""


class Dependency(NamedTuple):
    """How some images have other values of a field."""

    given: Given
    """Which images, and which values."""
    choice: Choice
    """The choice of a row of the field's table, or of a disk size."""
    beside: tuple[str, ...]
    """The draws with which this choice has to be even: see `Draws.evenly`."""


def seed_of_ids(seed: int, like: str, flavour: str) -> int:
    """Return the seed of a cloud's ids, which are others for another preset or flavour.

    So two sets of one seed can be used side by side. An edited spec keeps its ids, unless it is
    like another preset, or of another flavour. The preset that all others differ from has the seed
    as it is.
    """
    if (like, flavour) == _FIRST_CLOUD:
        return seed
    digest = blake2b(f"{seed}/{like}/{flavour}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class World:
    """Everything that the images of a set share."""

    def __init__(self, spec: Spec, seed: int) -> None:
        """Compute the tables and choices of a spec."""
        self.spec, self.seed = spec, seed
        self.id_seed = seed_of_ids(seed, spec.like, spec.flavour)
        """The seed of all ids: see `seed_of_ids`."""
        self.at = spec.times.now if spec.times.at is None else spec.times.at
        """The time at which the images are looked at."""
        flavour = flavour_named(spec.flavour)
        self.is_glance = flavour.is_glance
        self.regions = flavour.regions
        self.days = Days(spec.times, seed, flavour.hours_ahead)
        self._given_fields = [one.fields for one in spec.images]
        owners = [str(one["owner"]) for one in self._given_fields if one.get("owner")]
        owners += spec.members.ids
        self.cast = Cast(
            seed, spec.projects, owners, id_seed=self.id_seed, of_keystone=self.is_glance
        )
        self.catalogue = Catalogue(flavour, spec, self.days, latest=self.latest)
        self.systems = self._systems_of(flavour)
        self.platforms = self._mix_of_platforms()
        self.drawn_kinds = _choice(DRAWN_KINDS, spec.kinds)
        self.waiting = self._waiting(spec.churn)
        """Event -> when it comes to images; only events that the spec has."""
        self.is_moving = bool(self.waiting) or self.at < spec.times.now
        """Whether images are not all there, and not all as they will be in the end."""
        given = [str(one["status"]) for one in self._given_fields if "status" in one]
        self.status_names = tuple(dict.fromkeys([*spec.statuses, *given, "saving"]))
        self.saving = self.status_names.index("saving")
        """The row of the status of images whose data is on its way."""
        self.statuses = _choice(self.status_names, spec.statuses)
        self._lay_out_disks()
        self.member_statuses = tuple(spec.members.statuses)
        self.fixed = Fixed(spec.images, self.cast, self.systems, self.disk_sizes, self.status_names)
        self.moments = np.repeat(
            np.array(list(spec.moments), np.int64), np.array(list(spec.moments.values()), np.int64)
        )
        """When the records are created that have a given second, one after the other."""
        named = {self.cast.named[name]: one.apps for name, one in spec.projects.named.items()}
        self.patterns = self._mix("pattern", spec.names.patterns)
        self.apps = Apps(seed, spec.apps, self._widths_of_apps(), named)
        self._lay_out_properties()
        self.key_sets = KeySets(spec.templates, self.extras)
        self.tags = TagTable(spec.tags, seed, self.cast.widths)
        self.projects = octets(self.cast.ids)

    @cached_property
    def descriptions(self) -> Descriptions:
        """How descriptions are chosen, unless the spec has a property of that name."""
        table = next(one.table for one in self.extras if one.name in Descriptions.FIELDS)
        return Descriptions(table, flavour_named(self.spec.flavour).languages)

    @cached_property
    def windows(self) -> Windows | None:
        """When projects make images; None where each does at any time."""
        given = {
            self.cast.named[name]: one.times
            for name, one in self.spec.projects.named.items()
            if one.times is not None
        }
        if not given:
            return None
        return Windows.of(given, len(self.cast.ids), self.days, self.systems.released_by)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Name -> table; an image has one row of each."""
        extras = {extra.name: extra.table for extra in self.extras if not extra.has_fields}
        return (self._glance_tables() if self.is_glance else self._ims_tables()) | extras

    @cached_property
    def with_fields(self) -> list[ExtraTable]:
        """The properties whose texts are in no table, as some are different for each image."""
        return [extra for extra in self.extras if extra.has_fields]

    def _mix_of_platforms(self) -> Mix:
        systems = self.systems
        return self._mix(
            "platform", dict(zip(systems.platforms, systems.platform_weights, strict=True))
        )

    @cached_property
    def shows_app(self) -> Flags:
        """Whether names of each pattern have the app."""
        return np.array(["{app}" in one for one in self.spec.names.patterns])

    def _widths_of_apps(self) -> Ints:
        """Return how many images projects have; names with an app, where the spec has apps.

        Then apps have their shares among these names.
        """
        widths = self.cast.widths
        if not self.spec.apps:
            return widths
        found: Ints = widths * self.patterns.share(self.shows_app) // 1000
        return np.maximum(found, widths > 0)

    def _mix(self, name: str, weights: Mapping[str, int]) -> Mix:
        """Return which of some things projects have; named ones by weights of their own."""
        projects = {}
        for project, one in self.spec.projects.named.items():
            of_project: Mapping[str, int] = getattr(one, f"{name}s")
            listed = [of_project.get(thing, 0) for thing in weights]
            if any(listed):
                projects[self.cast.named[project]] = listed
        return Mix(self.seed, name, self.cast.widths, list(weights.values()), projects)

    @cached_property
    def statuses_by_way(self) -> GroupedChoice:
        """In a plain Glance, the choice of a status for each way; none for NO_WAY."""
        by_way = statuses_by_way(self.spec)
        listed = [
            [
                (self.status_names.index(name), round(share * _PRECISELY))
                for name, share in by_way[way].items()
            ]
            for way in WAYS
        ]
        return GroupedChoice([*listed, []])

    @cached_property
    def parts_of_disks(self) -> Ints:
        """How much of its disk each system needs: no two the same, as numbers below 60."""
        return Draws(self.seed, np.arange(len(self.systems.rows))).below("size/least", 60)

    @cached_property
    def from_images(self) -> Flags:
        """Whether images that are made in a way are made from another image."""
        from_images = (INSTANCE, COPY, BACKUP, *([VOLUME] if self.is_glance else []))
        return np.array([way in from_images for way in range(NO_WAY + 1)])

    @cached_property
    def exchange(self) -> Exchange | None:
        """How ways go with platforms; None where each platform goes with each way."""
        weights = np.array(self.systems.platform_weights, np.int64)
        listed = self.catalogue.images[: self.spec.catalogue.images]
        public = {one.system.platform for one in listed if one.system.weight}
        lacks = np.array([name not in public for name in self.systems.platforms]) & (weights > 0)
        lacking, known = int(weights[lacks].sum()), int(weights[~lacks].sum())
        uploads = {way for way in self._made if way in (FILE, ISO)}
        others = {way for way in self._made if self.from_images[way] and way != COPY}
        if not (lacking and known and uploads and others) or not public:
            return None
        moved = sum((self._made[way] for way in others), Fraction(0))
        most = sum((self._made[way] for way in uploads), Fraction(0))
        return Exchange(
            lacks=lacks,
            lacking=self._ways_with(others, uploads, moved),
            others=self._ways_with(uploads, others, min(moved * Fraction(lacking, known), most)),
        )

    @cached_property
    def ways(self) -> Choice:
        """How tenants make images."""
        return self._ways_with((), (), Fraction(0))

    @cached_property
    def _made(self) -> Mapping[int, Fraction]:
        """Way -> the share of images that are made so; only ways that the spec has."""
        made = self.spec.made
        total = sum(made.values())
        # Copies come first, so they have the same places on the line of each choice of a way.
        order = sorted(range(len(WAYS)), key=lambda way: way != COPY)
        return {way: Fraction(made[WAYS[way]], total) for way in order if made[WAYS[way]]}

    def _ways_with(self, fewer: Collection[int], more: Collection[int], moved: Fraction) -> Choice:
        """Return the choice of a way where a share of all images is made in other ways.

        It moves from some ways to others, in proportion to the shares that they have.
        """
        shares = dict(self._made)
        for ways, change in ((fewer, -moved), (more, moved)):
            total = sum(self._made[way] for way in ways)
            for way in ways:
                shares[way] += change * self._made[way] / total
        ends = [int(end * _PRECISELY) for end in accumulate(shares.values())]
        return Choice(list(shares), np.diff(ends, prepend=0).tolist())

    @cached_property
    def market(self) -> Market:
        """The products on the market."""
        flavour = flavour_named(self.spec.flavour)
        return Market(self.seed, flavour.languages, flavour.regions, self.spec.region)

    @cached_property
    def members(self) -> list[int]:
        """The numbers of the projects that can be members, if the spec names them."""
        numbers = {one: number for number, one in enumerate(self.cast.ids)}
        return [numbers[one] for one in self.spec.members.ids]

    def _waiting(self, churn: Churn) -> dict[str, Waiting]:
        rates = {one.name: getattr(churn, one.name) for one in fields(churn)}
        return {event: Waiting(rate, self.days.count + 1) for event, rate in rates.items() if rate}

    @cached_property
    def given(self) -> Mapping[str, list["Dependency"]]:
        """Field -> how its values depend on others."""
        found: dict[str, list[Dependency]] = {}
        for one in self.spec.given:
            dependency = Dependency(one, self._choice_given(one), self._beside(one))
            found.setdefault(one.target, []).append(dependency)
        return found

    def _beside(self, one: Given) -> tuple[str, ...]:
        """Return the draws that most decide which images have one of these values.

        They are even with the first one, so that is the one that fewer images pass: of 60% of the
        images on a platform that 90% have, the one that decides on the 60%.
        """
        spec, properties = self.spec, self.spec.properties
        decides = _DECIDED_BY.get(one.field, f"property/{one.field}")
        share = properties[one.target].share if one.target in properties else None
        if share is None or share == 100:
            return (decides,)
        weights: Mapping[str, Mapping[str, int]] = {
            "kind": spec.kinds,
            "made": spec.made,
            "platform": spec.platforms,
            "version": spec.versions,
        }
        of_field = weights[one.field] if one.field in weights else properties[one.field].values
        met = Fraction(100 * of_field.get(one.value, 0), sum(of_field.values()) or 1)
        own = f"property/{one.target}"
        return (own, decides) if share < met else (decides, own)

    def _choice_given(self, one: Given) -> Choice:
        things: list[Any] = list(self.disk_sizes)
        if one.target != "min_disk":
            things = [row.get(one.target, things) for row in self.properties[one.target].table.rows]
        return Choice([things.index(value) for value in one.weights], list(one.weights.values()))

    @cached_property
    def _order_of_members(self) -> list[str]:
        texts = GLANCE_TEXTS if self.is_glance else TEXTS
        texts += tuple(one.field for one in self.with_fields)
        names = [*(name for one in self.tables.values() for name in one.fields), *texts]
        return glance_order(names) if self.is_glance else ims_order(names, USUAL.stop - 1)

    @cached_property
    def before_id(self) -> frozenset[str]:
        """The members of an image that come before its id."""
        order = self._order_of_members
        return frozenset(order[: order.index("id")])

    @cached_property
    def layout(self) -> list[JointRows | str]:
        """The members of an image in their order, those of one table joined where they can be."""
        return lay_out(self._order_of_members, self.tables, self.before_id)

    def _systems_of(self, flavour: Flavour) -> Systems:
        """Return the systems that images have; those of public images are among them."""
        spec, images = self.spec, self.catalogue.images
        last = self.days.first + self.days.count - 2 * _SETTLING
        popular = {
            one.system.platform
            for one in images[: spec.catalogue.images]
            if spec.parents.popular.get(one.name)
        }
        public = [one.system for one in images]
        return Systems(flavour, spec.platforms, last, spec.versions, public, popular)

    def _lay_out_properties(self) -> None:
        """Compute the table of each property: of the spec's own, and of those of the flavour."""
        spec = self.spec
        self.properties = {
            name: property_table(
                name, one, (value for g in spec.given if g.target == name for value in g.weights)
            )
            for name, one in spec.properties.items()
        }
        """The table of each property of the spec."""
        extras = glance_tables.EXTRAS if self.is_glance else EXTRAS
        usual = [extra_table(extra) for extra in extras if extra.field not in spec.properties]
        self.extras = [*usual, *self.properties.values()]

    def _lay_out_disks(self) -> None:
        """Compute the sizes of disks, and how one is chosen: for each of DISKS, then for servers.

        Fixed images, values that depend on others, and images of the catalogue have sizes of their
        own. Only Glance knows the sizes of servers' disks.
        """
        weights = [self.spec.disks[name] for name in DISKS]
        sizes = {LEAST_OF_WINDOWS, *(size for one in weights for size in one)}
        fixed = [one.get("min_disk") for one in self._given_fields]
        sizes |= {int(size) for size in fixed if size is not None}
        given = (one.weights for one in self.spec.given if one.target == "min_disk")
        sizes |= {int(size) for one in given for size in one}
        sizes |= {one.min_disk for one in self.catalogue.images}
        if not self.is_glance:
            sizes.add(DISK_OF_PRODUCTS)
        if self.is_glance:
            weights.append(SERVER_DISKS)
            sizes |= SERVER_DISKS.keys()
        self.disk_sizes = sorted(sizes)
        self.disks = [
            Choice([self.disk_sizes.index(size) for size in one], list(one.values()))
            for one in weights
        ]
        self.catalogue_disks = np.array(
            [self.disk_sizes.index(one.min_disk) for one in self.catalogue.images], np.int64
        )
        """The number of the disk size of each image in the catalogue."""
        self.least_of_windows = self.disk_sizes.index(LEAST_OF_WINDOWS)
        """The number of the smallest disk size of Windows."""

    def _ims_tables(self) -> dict[str, Table]:
        return {
            "status": Table([{"status": name} for name in (*self.status_names, "active")]),
            "kind": Table(KINDS),
            "constant": Table([CONSTANT]),
            "placeholder": Table(PLACEHOLDERS),
            "format": Table([{"disk_format": name} for name in FORMATS]),
            "slot": Table(SLOTS),
            "disk": Table([{"min_disk": size} for size in self.disk_sizes]),
            "owner": Table(self.cast.owner_rows()),
            "system": Table([system.fields for system in self.systems.rows]),
            "product": Table(self.cast.product_rows()),
            "enterprise": Table(self.cast.enterprise_rows()),
            "key": Table(self.cast.key_rows()),
        }

    def _glance_tables(self) -> dict[str, Table]:
        """Return the tables; a property of the spec takes the place of one that images have."""
        users, people = self.cast.user_rows(glance_tables.USERS, of_operator=bool(self.spec.images))
        tables = {
            "status": [{"status": name} for name in (*self.status_names, "active")],
            "visibility": glance_tables.VISIBILITIES,
            "constant": [glance_tables.CONSTANT],
            "hidden": glance_tables.HIDDEN,
            "algorithm": glance_tables.ALGORITHMS,
            "format": glance_tables.FORMATS,
            "disk": [{"min_disk": size} for size in self.disk_sizes],
            "ram": [{"min_ram": size} for size in glance_tables.RAMS],
            "owner": self.cast.owner_rows(),
            "system": [system.fields for system in self.systems.rows],
            "nova": [*glance_tables.BY_NOVA, *glance_tables.BEFORE_UPLOAD],
            "volume": glance_tables.VOLUMES,
            "user": users,
            "person": people,
        }
        own = self.spec.properties
        return {
            name: Table([{key: row[key] for key in row if key not in own} for row in rows])
            for name, rows in tables.items()
        }

    # What the images in the catalogue of a Glance are like, by their number

    def catalogue_values(self, field: str) -> Ints:
        """Return a field of PublicImage, a number, for each image."""
        return np.array([getattr(one, field) for one in self.catalogue.images], np.int64)

    @cached_property
    def catalogue_rams(self) -> Ints:
        """The number of `min_ram` of each."""
        return np.array(
            [glance_tables.RAMS.index(one.min_ram) for one in self.catalogue.images], np.int64
        )

    @cached_property
    def catalogue_formats(self) -> Ints:
        """The row of the formats of each; Ceph clones raw images, so operators upload these."""
        rows = {str(row["disk_format"]): n for n, row in enumerate(glance_tables.FORMATS)}
        found = np.array([rows[one.format] for one in self.catalogue.images], np.int64)
        return np.where((found == QCOW2) & (self.spec.store == "ceph"), RAW, found)

    @cached_property
    def catalogue_kernels(self) -> tuple[Ints, Ints]:
        """The numbers of the kernel and the ramdisk of each, -1 for none."""
        numbers = {one.name: number for number, one in enumerate(self.catalogue.images)}
        pairs = [one.boots_with or ("", "") for one in self.catalogue.images]
        kernels, ramdisks = (
            np.array([numbers.get(pair[n], -1) for pair in pairs], np.int64) for n in (0, 1)
        )
        return kernels, ramdisks

    @cached_property
    def catalogue_uploads(self) -> tuple[Ints, Ints]:
        """The number of the kernel that each is uploaded after, -1 for none, and by which step."""
        kernels, ramdisks = self.catalogue_kernels
        found, steps = kernels.copy(), np.where(kernels >= 0, 2, 0)
        have = np.flatnonzero((kernels >= 0) & (ramdisks >= 0))
        found[ramdisks[have]], steps[ramdisks[have]] = kernels[have], 1
        return found, steps

    @cached_property
    def cluster(self) -> str:
        """The id of the Ceph cluster that holds the data."""
        high, low = (
            int(Draws(self.id_seed, np.zeros(1, np.int64)).bits(f"ceph/{n}")[0]) for n in "ab"
        )
        return str(UUID(int=high << 64 | low, version=4))

    def seen_at(self, at: int) -> "World":
        """Return the same world at another time."""
        other = copy(self)
        other.at, other.is_moving = at, bool(self.waiting) or at < self.spec.times.now
        return other

    @property
    def latest(self) -> int:
        """The number of the first day on which the catalogue gets no new images."""
        return self.days.count - _SETTLING

    @property
    def now(self) -> int:
        """Seconds since 1970; no time of the set is later."""
        return self.spec.times.now

    def in_order(self, names: Collection[str]) -> list[str]:
        """Return the members of an image in the order of the cloud."""
        return glance_order(names) if self.is_glance else ims_order(names)

    @property
    def any_tenants(self) -> int:
        """The kind in place of market at a given second: private or shared, if the spec has it."""
        weights = self.spec.kinds
        if not weights["private"] and not weights["shared"]:
            return MARKET
        return PRIVATE if weights["private"] else SHARED

    def outside_moments(self, seconds: Ints) -> Ints:
        """Return times of which those in a given second are moved to the next free one."""
        if not len(self.moments):
            return seconds
        moments = np.unique(self.moments)
        hit = np.isin(seconds, moments)
        while hit.any():
            seconds = np.where(hit, seconds + 1, seconds)
            hit = np.isin(seconds, moments)
        return seconds

    def catalogue_before(self, records: Ints) -> Ints:
        """Return for each record how many images of the catalogue come before it."""
        catalogue = self.spec.catalogue
        counts: Ints = np.minimum(-(-records // catalogue.every), catalogue.images)
        return counts


def _choice(names: Iterable[str], weights: Mapping[str, int]) -> Choice:
    listed = [weights.get(name, 0) for name in names]
    return Choice(range(len(listed)), listed)
