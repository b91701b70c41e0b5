"""What a record decides alone, before any other record is looked at.

A draft has a kind, a status, a project, a way of making, a system and a time. Most images keep all
of them. An image that is made from another one takes some of them from it: see `images`.

    draft of record 12:  private, made as a copy, Ubuntu 22.04, created on a Tuesday in 2021
    image of record 12:  private, a copy of record 5: its project, its Windows, created after it
"""

from functools import cached_property

import numpy as np

from glancetape_generators.sampling.draws import Draws, Flags, Ints
from glancetape_generators.vocabulary.vocabulary import products
from glancetape_generators.world.calendar import DAY
from glancetape_generators.world.cast import PRODUCTS
from glancetape_generators.world.field_tables import (
    COPY,
    FILE,
    GOLD,
    ISO,
    MARKET,
    NO_WAY,
    OS_TYPES,
    PRIVATE,
    UPLOADING,
    VOLUME,
)
from glancetape_generators.world.fixed import FIRST_FIXED
from glancetape_generators.world.systems import ANY, INSTALLERS, SERVERS
from glancetape_generators.world.world import World

_UPLOAD = 4 * 3600  # seconds
_ON_THE_WAY = ("saving", "importing", "uploading")
_SOON, _EARLY = 60, 12  # 60 percent of the catalogue is made in the first twelfth of the time
_TRIES = 8  # to find a system that was released before a time that the spec gives
_PRODUCTS = products()
_NEEDS = np.array(  # for each product's row the type of system that it runs on
    [OS_TYPES.index(_PRODUCTS[row % len(_PRODUCTS)][1]) for row in range(PRODUCTS + 1)], np.int64
)


class Drafts:
    """The drafts of some records of a world, field by field, for all records at once.

    Kind, product and status are final: no parent changes them.
    """

    def __init__(self, world: World, records: Ints) -> None:
        """Draw for the records with these numbers; nothing is computed before it is read."""
        self.world = world
        self.records = records
        self.draws = Draws(world.seed, records)

    def some(self, places: Ints | Flags) -> "Drafts":
        """Return the drafts at some places, with the fields that are known so far."""
        found = Drafts(self.world, self.records[places])
        columns = {name: one for name, one in vars(self).items() if isinstance(one, np.ndarray)}
        vars(found).update({name: column[places] for name, column in columns.items()})
        return found

    @cached_property
    def kind(self) -> Ints:
        """The kind, a row of KIND_NAMES: gold where the catalogue has its turn, otherwise drawn."""
        drawn = self.world.drawn_kinds.spread(self.draws, "kind") + PRIVATE
        if len(self.world.moments):
            drawn = np.where(self.is_momentary & (drawn == MARKET), self.world.any_tenants, drawn)
        return self._given("kind", np.where(self.is_of_catalogue, GOLD, drawn))

    @cached_property
    def is_of_catalogue(self) -> Flags:
        """Whether the catalogue has its turn."""
        catalogue = self.world.spec.catalogue
        turn = self.records // catalogue.every
        found: Flags = (turn * catalogue.every == self.records) & (turn < catalogue.images)
        return found

    def _given(self, name: str, drawn: Ints) -> Ints:
        return self.world.fixed.over(name, self.records, drawn)

    @cached_property
    def moment(self) -> Ints:
        """The second in which it is created, since 1970, if the spec says one; otherwise -1.

        The first records outside the catalogue have these moments.
        """
        moments = self.world.moments
        if not len(moments):
            return np.full(len(self.records), -1, np.int64)
        place = self.records - self.world.catalogue_before(self.records)
        return np.where(
            ~self.is_of_catalogue & (place < len(moments)),
            moments[np.minimum(place, len(moments) - 1)],
            -1,
        )

    @cached_property
    def is_momentary(self) -> Flags:
        """Whether the spec says the second in which it is created."""
        found: Flags = self.moment >= 0
        return found

    @cached_property
    def is_windowed(self) -> Flags:
        """Whether its project makes images only at times that the spec gives."""
        windows = self.world.windows
        if windows is None:
            return np.zeros(len(self.records), bool)
        return self.is_tenants & windows.has_one[self.owner]

    @cached_property
    def is_timed(self) -> Flags:
        """Whether it must keep its time, so that only an older image can be its parent."""
        return self.is_momentary | self.is_windowed

    @property
    def turn(self) -> Ints:
        """The turn of an image of the catalogue; a fixed one has that of a newest build."""
        catalogue = self.world.catalogue
        turn = self.records // self.world.spec.catalogue.every
        if not len(catalogue):
            return turn
        turn = catalogue.turn_at(np.minimum(turn, self.world.spec.catalogue.images - 1))
        places = self.world.fixed.among(self.records)
        if len(places):
            plain = catalogue.plain
            turn[places] = plain[(self.records[places] - FIRST_FIXED) % len(plain)]
        return turn

    @cached_property
    def is_tenants(self) -> Flags:
        """Whether it is private, shared or for the community."""
        found: Flags = (self.kind != GOLD) & (self.kind != MARKET)
        return found

    @cached_property
    def product(self) -> Ints:
        """The row of its market product; 0 for an image that is not on the market."""
        found = np.zeros(len(self.records), np.int64)
        market = np.flatnonzero(self.kind == MARKET)
        found[market] = 1 + self.draws.some(market).below("product", PRODUCTS)
        return found

    @cached_property
    def status(self) -> Ints:
        """The row of its status; public images are active."""
        if self.world.is_glance:
            drawn = self.world.statuses_by_way.pick(self.draws, "status", self.way)
        else:
            drawn = self.world.statuses.spread(self.draws, "status")
        if self.world.windows is not None:  # nothing is on its way to a project of the past
            listed = (*self.world.status_names, "active")
            is_waiting = np.array([name in (*_ON_THE_WAY, "queued") for name in listed])[drawn]
            over = self.is_windowed & self.world.windows.is_over[self.owner]
            drawn = np.where(over & is_waiting, listed.index("active"), drawn)
        drawn = np.where(self.is_tenants, drawn, len(self.world.status_names))
        return self._given("status", drawn)

    def has_status(self, *names: str) -> Flags:
        """Return whether it has one of these statuses."""
        listed = (*self.world.status_names, "active")
        return np.array([name in names for name in listed])[self.status]

    @cached_property
    def is_active(self) -> Flags:
        """Whether its status is active."""
        return self.has_status("active")

    @cached_property
    def is_uploaded(self) -> Flags:
        """Whether it has data."""
        return ~self.has_status(*UPLOADING)

    @cached_property
    def way(self) -> Ints:
        """How it is to be made, a number of WAYS; from a file while there is nothing to copy."""
        drawn, exchange = self._way_of_all, self.world.exchange
        if exchange is not None:
            # Where a platform has no public image, other ways take its place: see `World.exchange`.
            drawn = exchange.others.at(self._place_of_way)
            lacking = np.flatnonzero(exchange.lacks[self._platform])
            drawn[lacking] = exchange.lacking.at(self._place_of_way[lacking])
        needs = self.world.from_images[drawn]
        drawn = np.where(needs & (self.world.catalogue_before(self.records) == 0), FILE, drawn)
        return self._given("way", np.where(self.is_tenants, drawn, NO_WAY))

    @cached_property
    def _place_of_way(self) -> Ints:
        """Its place on the line of ways."""
        return self.draws.evenly("way", self.world.ways.total)

    @cached_property
    def _way_of_all(self) -> Ints:
        """How it would be made if each platform went with each way."""
        return self.world.ways.at(self._place_of_way)

    @cached_property
    def _platform(self) -> Ints:
        """The number of the platform that its project chooses; a copy has one of its usual ones."""
        is_copy = self._way_of_all == COPY
        return self.world.platforms.pick(self.draws, self.owner, self._place, is_own=is_copy)

    @cached_property
    def owner(self) -> Ints:
        """The number of a tenant."""
        return self._given("owner", self.world.platforms.projects_at(self._place))

    @cached_property
    def _place(self) -> Ints:
        """Its place on the line of projects and their platforms."""
        return self.draws.evenly("owner", self.world.platforms.total)

    @cached_property
    def system(self) -> Ints:
        """The row of a system that fits the way it is to be made, or the product."""
        system = self._drawn_system("system")
        if not len(self.world.moments) and not len(self.world.fixed):
            return system
        when = np.where(self.is_momentary, self.moment, self._given_time)
        for turn in range(_TRIES):
            # Where the spec gives the time, the system was released before it, if any was.
            early = (when >= 0) & (self.world.systems.since[system] * DAY > when)
            if not early.any():
                break
            some = Drafts(self.world, self.records[early])
            system[early] = some._drawn_system(f"system/{turn}")
        return self._given("system", system)

    @cached_property
    def _given_time(self) -> Ints:
        return self._given("created", np.full(len(self.records), -1, np.int64))

    def _drawn_system(self, field: str) -> Ints:
        systems, draws, way = self.world.systems, self.draws, self.way
        servers = way == FILE
        files = np.flatnonzero(servers)
        servers[files] = draws.some(files).percent("system/server", 92)
        which = np.where(way == ISO, INSTALLERS, np.where(servers, SERVERS, ANY))
        system = systems.of_platform.pick(
            draws, field, which * len(systems.platforms) + self._platform
        )
        for project, released in self.world.windows.systems if self.world.windows else ():
            some = np.flatnonzero(self.is_windowed & (self.owner == project))
            groups = which[some] * len(systems.platforms) + self._platform[some]
            found = released.pick(draws.some(some), field, groups)
            system[some] = np.where(found >= 0, found, system[some])
        if not self.world.is_glance:
            volumes = np.flatnonzero(way == VOLUME)
            system[volumes] = systems.data_disk.pick(draws.some(volumes), field)
        public = np.flatnonzero(self.kind == GOLD)
        if len(self.world.catalogue):
            system[public] = systems.public[self.world.catalogue.number(self.turn[public])]
        else:
            turns = Draws(self.world.seed, self.records[public] // self.world.spec.catalogue.every)
            system[public] = systems.any.at(turns.in_turn("public", systems.any.total))
        market = np.flatnonzero(self.kind == MARKET)
        needs = _NEEDS[self.product[market]]
        for os_type, choice in systems.for_product.items():
            some = market[needs == OS_TYPES.index(os_type)]
            of_products = Draws(self.world.seed, self.product[some])
            system[some] = choice.pick(of_products, "product/system")
        return system

    @cached_property
    def created(self) -> Ints:
        """Seconds since 1970, not before its system was released.

        A draft that will take its system from a parent may be created on any day. If the spec gives
        its version a share, the parent has that version too, so the rule applies.
        """
        days = self.world.days
        since = self.world.systems.since[self.system] - days.first
        inherits = self.world.from_images[self.way] & ~self.world.systems.has_share[self.system]
        earliest = np.where(inherits, 0, np.maximum(since, 0))
        latest = np.where(self.kind == GOLD, self.world.latest, days.count)
        # A vendor makes no product of a system that has ended.
        end = self.world.systems.until[self.system] - days.first
        is_sold = (self.kind == MARKET) & (earliest < end)
        latest = np.where(is_sold, np.minimum(latest, end), latest)
        public = np.flatnonzero(self.kind == GOLD)
        if len(self.world.catalogue):
            earliest[public], latest[public] = self.world.catalogue.days(self.turn[public])
        else:  # a region begins with images: most of the catalogue is there soon
            soon = public[self.draws.some(public).percent("created_at/soon", _SOON)]
            latest[soon] = earliest[soon] + 1 + (latest[soon] - earliest[soon]) // _EARLY
        if self.world.windows is not None:
            earliest, latest = self._within(earliest, latest, np.maximum(since, 0))
        drawn = days.draw(self.draws, "created_at", earliest, latest)
        drawn = self._recently(drawn)
        if self.world.is_glance and len(public) and len(self.world.catalogue):
            self._upload_after_kernels(drawn, public)
        if len(self.world.moments):
            drawn = np.where(self.is_momentary, self.moment, self.world.outside_moments(drawn))
        return self._given("created", drawn)

    def _upload_after_kernels(self, drawn: Ints, public: Ints) -> None:
        """Put public images that a server boots with a kernel right after it, as one script does.

        The kernel comes first, then the ramdisk, then the image.
        """
        world = self.world
        kernels, steps = world.catalogue_uploads
        numbers = world.catalogue.number(self.turn[public])
        some = np.flatnonzero(kernels[numbers] >= 0)
        if not len(some):
            return
        turns = world.catalogue.turn_like(
            kernels[numbers[some]], world.catalogue.build(self.turn[public[some]])
        )
        records = world.catalogue.place(turns) * world.spec.catalogue.every
        seconds = 3 + self.draws.some(public[some]).below("created_at/step", 5)
        after = Drafts(world, records).created + steps[numbers[some]] * seconds
        drawn[public[some]] = np.minimum(after, world.now - 1)

    def _within(self, earliest: Ints, latest: Ints, since: Ints) -> tuple[Ints, Ints]:
        """Return the first day and the day after the last one, within those of its project.

        An image that finds no parent keeps its own system, so it is not older than that.
        """
        windows, here = self.world.windows, self.is_windowed
        assert windows is not None
        end = windows.end[self.owner]
        first = np.minimum(np.maximum(since, windows.first[self.owner]), end - 1)
        return np.where(here, first, earliest), np.where(here, end, latest)

    def _recently(self, drawn: Ints) -> Ints:
        """Return times of creation: data is uploaded within hours, and few images stay queued."""
        draws, now = self.draws, self.world.now
        saving = np.flatnonzero(self.is_tenants & self.has_status(*_ON_THE_WAY))
        drawn[saving] = now - 60 - draws.some(saving).below("created_at/saving", _UPLOAD)
        queued = np.flatnonzero(self.is_tenants & self.has_status("queued"))
        queued = queued[draws.some(queued).percent("created_at/new", 80)]
        drawn[queued] = now - 60 - draws.some(queued).below("created_at/queued", 2 * DAY)
        if self.world.windows is None:
            return drawn
        first = (self.world.days.first + self.world.windows.first[self.owner]) * DAY
        return np.where(self.is_windowed, np.maximum(drawn, first), drawn)

    @cached_property
    def day(self) -> Ints:
        """The day of `created`, counted from the first day of the set."""
        return self.world.days.of(self.created)
