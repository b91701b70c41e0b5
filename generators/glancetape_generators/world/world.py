"""The world of a spec and a seed: everything that all images of a set share, computed once."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Choice, Ints
from glancetape_generators.spec.spec import DISKS, WAYS, Spec
from glancetape_generators.spec.spec import KINDS as DRAWN_KINDS
from glancetape_generators.vocabulary.tables import Table, lay_out
from glancetape_generators.world.calendar import Days
from glancetape_generators.world.cast import Cast
from glancetape_generators.world.extra_tables import extra_table, property_table
from glancetape_generators.world.field_tables import (
    CONSTANT,
    EXTRAS,
    FORMATS,
    KINDS,
    MARKET,
    PLACEHOLDERS,
    PRIVATE,
    SHARED,
    SLOTS,
)
from glancetape_generators.world.fixed import Fixed
from glancetape_generators.world.key_order import ims_order
from glancetape_generators.world.systems import Systems
from glancetape_generators.world.tags import TagTable

TEXTS = (
    *("id", "name", "created_at", "updated_at", "tags", "self", "file", "active_at"),
    *("__data_origin", "__originalimagename", "__image_location", "__image_size", "__backup_id"),
)
"""The members of an image that are in no table."""
_SETTLING = 30  # at the end of the set: days on which the catalogue gets no new images


class World:
    """Everything that the images of a set share."""

    def __init__(self, spec: Spec, seed: int) -> None:
        """Compute the tables and choices of a spec."""
        self.spec, self.seed = spec, seed
        self.days = Days(spec.times, seed)
        given = [one.fields for one in spec.images]
        owners = [str(one["owner"]) for one in given if one.get("owner")]
        self.cast = Cast(seed, spec.projects, owners)
        self.systems = Systems(spec.platforms, self.days.first + self.days.count - 2 * _SETTLING)
        self.drawn_kinds = _choice(DRAWN_KINDS, spec.kinds)
        self.ways = _choice(WAYS, spec.made)
        more = (str(one["status"]) for one in given if "status" in one)
        self.status_names = tuple(dict.fromkeys([*spec.statuses, *more]))
        self.statuses = _choice(self.status_names, spec.statuses)
        self.disk_sizes = sorted(
            {size for sizes in spec.disks.values() for size in sizes}
            | {int(one["min_disk"]) for one in given if one.get("min_disk") is not None}
        )
        self.disks = [
            Choice(
                [self.disk_sizes.index(size) for size in spec.disks[name]],
                list(spec.disks[name].values()),
            )
            for name in DISKS
        ]
        self.member_statuses = tuple(spec.members.statuses)
        self.fixed = Fixed(spec.images, self.cast, self.systems, self.disk_sizes, self.status_names)
        self.moments = np.repeat(
            np.array(list(spec.moments), np.int64), np.array(list(spec.moments.values()), np.int64)
        )
        """When the records are created that have a given second, one after the other."""
        self.extras = [extra_table(extra) for extra in EXTRAS]
        self.extras += [property_table(name, one) for name, one in spec.properties.items()]
        self.tables = self._tables()
        order = self.in_order(
            [*(name for one in self.tables.values() for name in one.fields), *TEXTS]
        )
        self.before_id = frozenset(order[: order.index("id")])
        self.layout = lay_out(order, self.tables, self.before_id)
        self.tags = TagTable(spec.tags)
        self.projects = octets(self.cast.ids)

    def _tables(self) -> dict[str, Table]:
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
            **{extra.name: extra.table for extra in self.extras},
        }

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
        return ims_order(names)

    @property
    def any_tenants(self) -> int:
        """The kind of an image of a moment: private, unless the spec has none but shared ones."""
        weights = self.spec.kinds
        if not weights["private"] and not weights["shared"]:
            return MARKET
        return PRIVATE if weights["private"] else SHARED

    def outside_moments(self, seconds: Ints) -> Ints:
        """Return times a second later, or some seconds, where they were those of a moment."""
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
