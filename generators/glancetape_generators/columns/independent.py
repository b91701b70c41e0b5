"""What is drawn for images by themselves, whatever they were made of."""

from functools import cached_property
from typing import Self

import numpy as np

from glancetape_generators.sampling.draws import Draws, Flags, Ints
from glancetape_generators.vocabulary.vocabulary import products
from glancetape_generators.world.cast import PRODUCTS
from glancetape_generators.world.field_tables import (
    BACKUP,
    COPY,
    FILE,
    GOLD,
    INSTANCE,
    ISO,
    MARKET,
    NO_WAY,
    PRIVATE,
    SHARED,
    UPLOADING,
    VOLUME,
)
from glancetape_generators.world.world import OS_TYPES, World

_PRODUCTS = products()
_NEEDS = np.array(  # for each product's row the type of system that it runs on
    [OS_TYPES.index(_PRODUCTS[row % len(_PRODUCTS)][1]) for row in range(PRODUCTS + 1)], np.int64
)


class Drawn:
    """The images of some records, numbered from 0 in the set's own order, each by itself."""

    def __init__(self, world: World, records: Ints) -> None:
        """Take the numbers of the records."""
        self.world = world
        self.records = records
        self.draws = Draws(world.seed, records)

    def at(self, records: Ints) -> Self:
        """Give the images of other records of the same world."""
        return type(self)(self.world, records)

    def __len__(self) -> int:
        """Count the images."""
        return len(self.records)

    @cached_property
    def kind(self) -> Ints:
        """Give the kind: the catalogue takes its records, the others are drawn."""
        catalogue = self.world.spec.catalogue
        turn, rest = np.divmod(self.records, catalogue.every)
        drawn = self.world.drawn_kinds.pick(self.draws, "kind") + PRIVATE
        return np.where((rest == 0) & (turn < catalogue.images), GOLD, drawn)

    @cached_property
    def is_tenants(self) -> Flags:
        """Tell which are private or shared."""
        found: Flags = (self.kind == PRIVATE) | (self.kind == SHARED)
        return found

    @cached_property
    def drawn_way(self) -> Ints:
        """Give how it is to be made: what has nothing to be made of comes from a file."""
        drawn = self.world.ways.pick(self.draws, "way")
        needs = (drawn == INSTANCE) | (drawn == COPY) | (drawn == BACKUP)
        drawn = np.where(needs & (self.world.catalogue_before(self.records) == 0), FILE, drawn)
        return np.where(self.is_tenants, drawn, NO_WAY)

    @cached_property
    def wants_own_parent(self) -> Flags:
        """Tell which are made of an image of the same project, if there is one."""
        made = (self.drawn_way == INSTANCE) & self.draws.percent("parent/own", 30)
        found: Flags = made | (self.drawn_way == COPY)
        return found

    @cached_property
    def can_be_parent(self) -> Flags:
        """Tell which a project can make other images of: their own parents are of the catalogue."""
        made = (self.drawn_way == FILE) | (self.drawn_way == INSTANCE)
        found: Flags = made & ~self.wants_own_parent & self.is_active
        return found

    @cached_property
    def status(self) -> Ints:
        """Give the row of its status; public images are active."""
        drawn = self.world.statuses.pick(self.draws, "status")
        return np.where(self.is_tenants, drawn, len(self.world.status_names))

    def _has_status(self, *names: str) -> Flags:
        listed = (*self.world.status_names, "active")
        return np.array([name in names for name in listed])[self.status]

    @cached_property
    def is_active(self) -> Flags:
        """Tell which can be used."""
        return self._has_status("active")

    @cached_property
    def is_uploaded(self) -> Flags:
        """Tell which have data."""
        return ~self._has_status(*UPLOADING)

    @cached_property
    def drawn_owner(self) -> Ints:
        """Give the number of a tenant."""
        return self.world.cast.sizes.pick(self.draws, "owner")

    @cached_property
    def product(self) -> Ints:
        """Give its product's row."""
        return np.where(self.kind == MARKET, 1 + self.draws.below("product", PRODUCTS), 0)

    @cached_property
    def fitting_system(self) -> Ints:
        """Give a system that fits how it was made."""
        world, draws = self.world, self.draws
        way = self.drawn_way
        system = world.all_systems.pick(draws, "system")
        servers = (way == FILE) & draws.percent("system/server", 92)
        system = np.where(servers, world.server_systems.pick(draws, "system"), system)
        system = np.where(way == ISO, world.installers.pick(draws, "system"), system)
        system = np.where(way == VOLUME, world.bare_systems.pick(draws, "system"), system)
        of_products = Draws(world.seed, self.product)
        for os_type, choice in world.systems_of_products.items():
            needs = (self.kind == MARKET) & (_NEEDS[self.product] == OS_TYPES.index(os_type))
            if needs.any():
                system = np.where(needs, choice.pick(of_products, "product/system"), system)
        return system

    @cached_property
    def first_created(self) -> Ints:
        """Give when it was created, but for what its parent says: not before its system."""
        days, way = self.world.days, self.drawn_way
        since = self.world.system_since[self.fitting_system] - days.first
        inherits = (way == INSTANCE) | (way == COPY) | (way == BACKUP)
        earliest = np.where(inherits, 0, np.maximum(since, 0))
        latest = np.where(self.kind == GOLD, self.world.latest, days.count)
        return days.draw(self.draws, "created_at", earliest, latest)

    @cached_property
    def first_day(self) -> Ints:
        """Give the day of that, counted from the first one."""
        return self.world.days.of(self.first_created)
