"""The world of a spec and a seed: everything that all images of a set share, computed once."""

from collections.abc import Iterable, Mapping

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
    PLACEHOLDERS,
    SLOTS,
)
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
        self.cast = Cast(seed, spec.projects)
        self.systems = Systems(spec.platforms, self.days.first + self.days.count - 2 * _SETTLING)
        self.drawn_kinds = _choice(DRAWN_KINDS, spec.kinds)
        self.ways = _choice(WAYS, spec.made)
        self.status_names = tuple(spec.statuses)
        self.statuses = _choice(self.status_names, spec.statuses)
        self.disk_sizes = sorted({size for sizes in spec.disks.values() for size in sizes})
        self.disks = [
            Choice(
                [self.disk_sizes.index(size) for size in spec.disks[name]],
                list(spec.disks[name].values()),
            )
            for name in DISKS
        ]
        self.member_statuses = tuple(spec.members.statuses)
        self.extras = [extra_table(extra) for extra in EXTRAS]
        self.extras += [property_table(name, one) for name, one in spec.properties.items()]
        self.tables = self._tables()
        order = ims_order([*(name for one in self.tables.values() for name in one.fields), *TEXTS])
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

    def catalogue_before(self, records: Ints) -> Ints:
        """Return for each record how many images of the catalogue come before it."""
        catalogue = self.spec.catalogue
        counts: Ints = np.minimum(-(-records // catalogue.every), catalogue.images)
        return counts


def _choice(names: Iterable[str], weights: Mapping[str, int]) -> Choice:
    listed = [weights.get(name, 0) for name in names]
    return Choice(range(len(listed)), listed)
