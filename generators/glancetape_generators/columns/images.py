"""Images, field by field: each method is a rule, and works for many records at once.

A field is a function of what was drawn for the record and of other fields, of the image's own or of
its parent's; nothing is drawn in an order, so any images of a set can be made alone.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Self

import numpy as np

from glancetape_generators.columns.independent import Drawn
from glancetape_generators.sampling.draws import Choice, Draws, Flags, Ints, Words
from glancetape_generators.spec.spec import DISKS
from glancetape_generators.world.calendar import DAY
from glancetape_generators.world.cast import ENTERPRISES, KEYS, uuid_words
from glancetape_generators.world.field_tables import (
    BACKUP,
    BMS,
    COPY,
    DATA,
    ECS,
    ENVIRONMENTS,
    FILE,
    FORMATS,
    FORMATS_OF_FILES,
    GOLD,
    INSTALLER,
    INSTANCE,
    ISO,
    MARKET,
    NO_WAY,
    PRIVATE,
)
from glancetape_generators.world.world import OS_TYPES, ExtraTable, World

_FROM_FILE = Choice(range(len(FORMATS_OF_FILES)), FORMATS_OF_FILES)
_CANDIDATES = 5  # images that are looked at for one that a copy can be made of
_CHUNK = 1 << 16  # sizes of images are multiples of it
_GIB = (1 << 30) // _CHUNK


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The catalogue's images, the oldest first."""

    records: Ints
    days: Ints


@lru_cache(maxsize=4)
def _catalogue_of(world: World) -> _Catalogue:
    spec = world.spec.catalogue
    records = np.arange(spec.images, dtype=np.int64) * spec.every
    days = Drawn(world, records).first_day
    order = np.argsort(days, kind="stable")
    return _Catalogue(records[order], days[order])


class Images(Drawn):
    """The images of some records, numbered from 0 in the set's own order."""

    # What it is, and out of what it was made

    @cached_property
    def _own_parent(self) -> Ints:
        """Give the record of the parent of the same project, -1 for none.

        A copy is made after what it is a copy of; of another image only an older one is a parent.
        """
        found = np.full(len(self), -1, np.int64)
        wanting = np.flatnonzero(self.wants_own_parent & (self.records > 0))
        for turn in range(_CANDIDATES):
            if len(wanting):
                found[wanting] = self._candidates(wanting, f"parent/{turn}")
                # Copies are of nothing else; instances can be made of the catalogue.
                wanting = wanting[(found[wanting] < 0) & (self.drawn_way[wanting] == COPY)]
        return found

    def _candidates(self, wanting: Ints, field: str) -> Ints:
        """Draw a parent for each of some images; -1 where it cannot be one."""
        before = self.records[wanting]
        drawn = Draws(self.world.seed, before).below(field, np.minimum(before, (1 << 32) - 1))
        found = np.full(len(wanting), -1, np.int64)
        fitting = np.flatnonzero(self.at(drawn).can_be_parent)
        day = self.world.days.of(self.at(drawn[fitting]).created)
        is_copy = self.drawn_way[wanting[fitting]] == COPY
        latest = np.where(is_copy, self.world.days.count - 2, self.first_day[wanting[fitting]])
        fitting = fitting[day < latest]
        found[fitting] = drawn[fitting]
        return found

    @cached_property
    def way(self) -> Ints:
        """Give how it was made: what has nothing to be a copy of is made of the catalogue."""
        is_none = (self.drawn_way == COPY) & (self._own_parent < 0)
        return np.where(is_none, INSTANCE, self.drawn_way)

    @cached_property
    def has_parent(self) -> Flags:
        """Tell which were made of another image."""
        found: Flags = (self.way == INSTANCE) | (self.way == COPY) | (self.way == BACKUP)
        return found

    @cached_property
    def _with_parent(self) -> Ints:
        return np.flatnonzero(self.has_parent)

    @cached_property
    def parents(self) -> Self:
        """Give the images of which those with a parent were made."""
        own = self._own_parent[self._with_parent]
        return self.at(np.where(own >= 0, own, self._public_parents))

    @cached_property
    def _public_parents(self) -> Ints:
        """Give records of the catalogue: older ones, rather recent, else any that is there."""
        some = self._with_parent
        records, draws = self.records[some], Draws(self.world.seed, self.records[some])
        catalogue = _catalogue_of(self.world)
        older = np.searchsorted(catalogue.days, self.first_day[some], "left")
        first, second = (draws.below(f"parent/{n}", np.maximum(older, 1)) for n in (1, 2))
        recent = catalogue.records[np.maximum(first, second)]
        there = np.maximum(self.world.catalogue_before(records), 1)
        other = draws.below("parent/any", there) * self.world.spec.catalogue.every
        return np.where((older > 0) & (recent < records), recent, other)

    def _inherited(self, values: Ints, of_parents: Ints) -> Ints:
        inherited: Ints = values.copy()
        inherited[self._with_parent] = of_parents
        return inherited

    # Whose it is

    @cached_property
    def owner(self) -> Ints:
        """Give the number of its project in the cast."""
        cast = self.world.cast
        owner = np.where(self.kind == GOLD, cast.operator, self.drawn_owner)
        owner = np.where(self.kind == MARKET, cast.market, owner)
        own = np.flatnonzero(self._own_parent >= 0)
        if len(own):
            owner[own] = self.at(self._own_parent[own]).drawn_owner
        return owner

    @cached_property
    def enterprise(self) -> Ints:
        """Give its enterprise project's row: none, the default one, one of its owner's."""
        drawn = self.draws.below("enterprise", 10)
        own = 2 + self.owner * ENTERPRISES + drawn % ENTERPRISES
        return np.where(self.is_tenants & (drawn > 2), np.where(drawn > 6, own, 1), 0)

    @cached_property
    def key(self) -> Ints:
        """Give its encryption key's row: shared images are never encrypted."""
        of_kind = (self.kind == PRIVATE) & (self.way != ISO) & self.is_uploaded
        own = 1 + self.owner * KEYS + self.draws.below("key", KEYS)
        return np.where(of_kind & self.draws.percent("key/used", 6), own, 0)

    # What is in it

    @cached_property
    def system(self) -> Ints:
        """Give its system: that of its parent, if it has one."""
        fitting = self.fitting_system
        return self._inherited(fitting, self.parents.system) if len(self._with_parent) else fitting

    @cached_property
    def environment(self) -> Ints:
        """Give the number of its `virtual_env_type` among ENVIRONMENTS."""
        return self.world.system_environment[self.system]

    def _is_for(self, environment: str) -> Flags:
        found: Flags = self.environment == ENVIRONMENTS.index(environment)
        return found

    @cached_property
    def os_type(self) -> Ints:
        """Give the number of its type of system among OS_TYPES."""
        return self.world.system_os_type[self.system]

    @cached_property
    def kind_row(self) -> Ints:
        """Give its row of KINDS; there is no backup of bare metal."""
        way = np.where((self.way == BACKUP) & self._is_for(BMS), INSTANCE, self.way)
        return self.kind * (NO_WAY + 1) + way

    @cached_property
    def final_way(self) -> Ints:
        """Give how it was made in the end."""
        return self.kind_row % (NO_WAY + 1)

    @cached_property
    def disk(self) -> Ints:
        """Give the number of its disk's size: at least that of its parent."""
        group = np.where(self._is_for(INSTALLER), DISKS.index("iso"), self.os_type)
        group = np.where(self._is_for(DATA), DISKS.index("data"), group)
        disk = np.zeros(len(self), np.int64)
        for number, choice in enumerate(self.world.disks):
            disk = np.where(group == number, choice.pick(self.draws, "min_disk"), disk)
        if not len(self._with_parent):
            return disk
        some, of_parents = self._with_parent, self.parents.disk
        grown = Draws(self.world.seed, self.records[some]).percent("min_disk/grown", 25)
        return self._inherited(
            disk, np.where(grown, np.maximum(disk[some], of_parents), of_parents)
        )

    @cached_property
    def format(self) -> Ints:
        """Give the number of its disk format."""
        zvhd2 = np.zeros(len(self), np.int64)
        drawn = np.where(self.way == FILE, _FROM_FILE.pick(self.draws, "disk_format"), zvhd2)
        return np.where(self.way == ISO, FORMATS.index("iso"), drawn)

    @cached_property
    def slot(self) -> Ints:
        """Give the row of its disk's slot: known of tenants' system and data disks."""
        of_server = self.is_tenants & self._is_for(ECS) & self.draws.percent("slot", 60)
        return np.where(self._is_for(DATA), 2, of_server.astype(np.int64))

    @cached_property
    def size_in_chunks(self) -> Ints:
        """Give how much data it has, in units of 64 KiB; 0 when that is not told."""
        room = np.array(self.world.disk_sizes, np.int64)[self.disk] * _GIB
        least = room // 40 + 1
        # Most images are small: the lesser of two draws.
        first, second = (
            self.draws.below(f"size/{n}", np.maximum(room * 3 // 5 - least, 1)) for n in (1, 2)
        )
        told = (self.kind != GOLD) & self.is_uploaded
        return np.where(told, least + np.minimum(first, second), 0)

    @cached_property
    def extras(self) -> dict[str, Ints]:
        """Give for each of the world's extra tables the row that an image has."""
        return {extra.name: self._extra(extra) for extra in self.world.extras}

    @cached_property
    def _whose(self) -> Ints:
        return self.kind * len(OS_TYPES) + self.os_type

    def _extra(self, extra: ExtraTable) -> Ints:
        rows = np.zeros(len(self), np.int64)
        choices = extra.of_each[self._whose]
        for number, choice in enumerate(extra.choices):
            if (here := choices == number).any():
                rows = np.where(here, choice.pick(self.draws, extra.name), rows)
        rows = rows * extra.environments[self.environment]
        return rows * self.is_uploaded if extra.uploaded else rows

    @cached_property
    def placeholder(self) -> Ints:
        """Give the row of what stands for size and checksum."""
        drawn = 1 + (self.is_tenants & self.draws.percent("size", 50)).astype(np.int64)
        return np.where(self.is_uploaded, np.where(self.kind == GOLD, 0, drawn), 3)

    @cached_property
    def created(self) -> Ints:
        """Give when it was created, in seconds since 1970: on a later day than its parent."""
        if not len(self._with_parent):
            return self.first_created
        days, some = self.world.days, self._with_parent
        of_parents = days.of(self.parents.created)
        late = np.flatnonzero(self.first_day[some] <= of_parents)
        created = self.first_created.copy()
        if len(late):
            draws = Draws(self.world.seed, self.records[some[late]])
            earliest = of_parents[late] + 1
            end = np.full(len(late), days.count, np.int64)
            created[some[late]] = days.draw(draws, "created_at/later", earliest, end)
        return created

    @cached_property
    def active(self) -> Ints:
        """Give when it became active."""
        quick, slow = (self.draws.below(f"active_at/{n}", 60 * 60) for n in (1, 2))
        return self.created + 20 + np.minimum(quick, slow)

    @cached_property
    def updated(self) -> Ints:
        """Give when it was last changed: never, soon, or at any time until now."""
        base = np.where(self.is_uploaded, self.active, self.created)
        how = self.draws.below("updated_at/how", 10)
        soon = self.draws.below("updated_at/soon", DAY)
        late = self.draws.below("updated_at/late", np.maximum(self.world.now - base, 1))
        later = np.select([how < 3, how < 7], [np.zeros_like(base), soon], late)
        found: Ints = np.minimum(base + later, self.world.now)
        return found

    # What it is called

    @cached_property
    def id_words(self) -> tuple[Words, Words]:
        """Give the two halves of its id."""
        return uuid_words(self.draws, "id")
