"""Images, field by field: each method is one rule, and works for many records at once.

A field is a function of the record's own draft (see `drafts`) and, for an image that was made from
another one, of that image's fields. Nothing is drawn in an order, so any images of a set can be
made alone.

    record 12, drafted as a copy:  five older records are tried, 5 can be a parent
    parents:      12 -> 5
    owner:        that of 5         (a project copies its own images)
    system, disk: those of 5, the disk perhaps larger
    created:      as drafted, or drawn again on a day after 5 was created
"""

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

import numpy as np

from glancetape_generators.columns.candidates import (
    NO_CANDIDATE,
    are_as_drafted,
    are_of,
    candidates,
    days_of,
    numbers_of,
)
from glancetape_generators.columns.drafts import Drafts
from glancetape_generators.columns.lifecycle import Lifecycle
from glancetape_generators.columns.public_parents import AFTER_ALL_DAYS, public_parents
from glancetape_generators.sampling.distinct import distinct
from glancetape_generators.sampling.draws import (
    WINDOW,
    Choice,
    Draws,
    Flags,
    Ints,
    Words,
    records_at,
)
from glancetape_generators.spec.spec import DISKS, TEMPLATED, WAYS, Given
from glancetape_generators.world.calendar import DAY, NEVER
from glancetape_generators.world.cast import ENTERPRISES, KEYS, OF_A_PROJECT, uuid_words
from glancetape_generators.world.extra_tables import Descriptions, ExtraTable
from glancetape_generators.world.field_tables import (
    BACKUP,
    BMS,
    COMMUNITY,
    COPY,
    DATA,
    ECS,
    ENVIRONMENTS,
    EXTRAS,
    FILE,
    FORMATS,
    FORMATS_OF_FILES,
    GOLD,
    INSTALLER,
    INSTANCE,
    ISO,
    KIND_NAMES,
    MARKET,
    NO_WAY,
    OS_TYPES,
    PRIVATE,
    SHARED,
)
from glancetape_generators.world.fixed import FIRST_FIXED
from glancetape_generators.world.glance_tables import DISK_OF_WINDOWS
from glancetape_generators.world.key_sets import DrawnKeys
from glancetape_generators.world.market import DISK_OF_PRODUCTS
from glancetape_generators.world.world import Dependency, World

STEADY = 850
"""Thousandths of the most data of a server that are in each of its images."""

_Column = TypeVar("_Column", bound=np.ndarray[Any, Any])

_FROM_FILE = Choice(range(len(FORMATS_OF_FILES)), FORMATS_OF_FILES)
_AT_FIRST = 2  # older images that are tried at once as the parent of each
_OF_VERSIONS = 8  # where a spec gives shares of versions, which the parent has to have
_LATER = (12, 32)  # turns before which further ones are tried
_MANY = 256  # that want a parent of their project
_COPIED = 60  # days after its original in which a copy is made that was drafted before it
_ANYWHERE = 12  # the first turn in which they are from any part of the project, of any platform
_LOOKING = 13  # percent of the instances look for a parent of their project if the spec is silent
_ENDS = (1250, 2500, 5000, 10_000, 20_000)  # of the records among which instances are counted
_PARTS = 1000  # shares of instances among which the one that comes nearest is taken
_SERVERS = 2  # of a project, with one parent, one app and one disk
_APART = 0x1E3779B97F4A7C15  # odd and large: numbers of servers with other apps differ
_LAST_SERVER = (1 << 62) - 1
_OF_SERVER = tuple(
    extra.field
    for extra in EXTRAS
    if extra.field.startswith("__support_")
    or extra.field
    in ("__os_feature_list", "__lazyloading", "hw_vif_multiqueue_enabled", "min_ram", "max_ram")
)
"""What is the same in all images of a server that have it."""
_PUBLIC = -2  # the origin that is record 0 of the catalogue; -3 is record 1, and so on
_CHUNK = 1 << 16  # sizes of images are multiples of it
_CHANGED = {False: (3, 7), True: (7, 8)}
"""Whether it is a plain Glance -> of ten images, how many change never, and how many by the next
day. IMS sets properties later; Glance sets them all at once, and few users change any."""
_GIB = (1 << 30) // _CHUNK
_CHUNKS_OF_MIB = (1 << 20) // _CHUNK
_CHUNKS_A_SECOND = (200, 1400)  # 13 to 92 MB; most images are copied fast
_WAIT, _BEGIN = 15 * 60, 20  # seconds until a copy begins: most of them, and the least
_SOONER = 60  # times as soon an upload begins
_NIGHT, _JOB = 6 * 3600, 15 * 60  # seconds in which jobs begin, and in which one is done
_RENAMING = 40  # seconds until the builds before a new one have their new names
_OF_VENDOR = 70  # percent of the first installation media that a project uploads
_MEDIA_OF_PROJECT = 20  # installation media that a project uploads before it has all
_DISK_OF_SYSTEM = 40  # GB; a system fills less of a larger one
_USUAL_DISK = 10  # GB, the least that the API document has for a disk


@lru_cache(maxsize=16)
def looking(world: World, stretches: int) -> Ints:
    """Return how many instances look for a parent of their project, in parts of _PARTS.

    Not all find one: its platform has to be theirs, and it has to be older. One that looks is no
    such parent itself, so of more that look, fewer find one, and a share has a largest value. So
    those that would find one are counted, in the first `stretches` of records up to _ENDS: for each
    the part with which the share of all so far is nearest to that of the spec.
    """
    images = Images(world, np.arange(_ENDS[stretches - 1], dtype=np.int64))
    drafts, own = images.drafts, world.spec.parents.own
    assert own is not None
    # No image looks here, as it then has the time and the system that it has as a parent.
    vars(images)["wants_own_parent"] = np.zeros(len(images), np.bool_)
    may = images.records > 0
    by_spec = may & (drafts.way == INSTANCE) & (images._fixed_parent >= 0)
    may &= images._fixed_parent < 0
    wanting = np.flatnonzero(may & ((drafts.way == INSTANCE) | (drafts.way == COPY)))
    place = images._place_among_looking
    # An instance is a parent with each part up to its own place, an upload with any.
    part = np.where(images.drafts.way == INSTANCE, place, _PARTS + 1)
    part[~images.can_be_parent] = -1
    is_copy = drafts.way[wanting] == COPY
    among = np.where(is_copy, -1, place[wanting])
    found = np.zeros(stretches, np.int64)
    numbers = np.where(images.can_be_parent, images._numbers_as_parents, NO_CANDIDATE)
    drawn, fits = images._all_that_fit(wanting, numbers)
    all_parts = np.arange(_PARTS + 1, dtype=np.int64)
    reached, instances = 0, 0
    for stretch, (begin, end) in enumerate(zip((0, *_ENDS), _ENDS[:stretches], strict=False)):
        instances += int(by_spec[begin:end].sum())
        reached += int((by_spec & images.has_own_parent)[begin:end].sum())
        some = np.flatnonzero((begin <= wanting) & (wanting < end))
        best = np.where(fits[:, some], part[drawn[:, some]], -1).max(axis=0, initial=-1)
        looks = among[some] < all_parts[:, None]
        finds = looks & (best >= all_parts[:, None])
        copies = is_copy[some]
        of_instances = reached + (finds & ~copies).sum(axis=1)
        # A copy that finds nothing is an instance.
        all_instances = instances + (~(finds & copies)).sum(axis=1)
        nearest = np.abs(100 * of_instances - own * all_instances)
        chosen = int(nearest.argmin())
        found[stretch] = chosen
        reached, instances = int(of_instances[chosen]), int(all_instances[chosen])
        # What looks here is no parent of later ones; all others are.
        here = part[begin:end]
        part[begin:end] = np.where(here >= chosen, _PARTS + 1, -1)
    return found


@lru_cache(maxsize=4)
def parents_of_orphans(world: World) -> Ints:
    """Return the public parent of each fixed image whose spec names none but must have one; or -1.

    Such an image was made from a server, and the spec does not say from which image the server was.
    The parent is the first image of the catalogue that has the given system, is older, and has a
    disk that is no larger. So it is near the beginning of the set, and `count` can be small.
    """
    fixed, catalogue = world.fixed, world.catalogue
    found = np.full(len(fixed), -1, np.int64)
    if not any(fixed.is_orphan) or not len(catalogue):
        return found
    records = np.arange(world.spec.catalogue.images, dtype=np.int64) * world.spec.catalogue.every
    drafts = Drafts(world, records)
    numbers = catalogue.number(drafts.turn)
    usable = np.isin(numbers, catalogue.plain) & (world.systems.weight[drafts.system] > 0)
    plain = usable & world.systems.is_plain[drafts.system]
    # A dependency of the spec may give public images other disks than those of the cloud.
    disks = np.array(world.disk_sizes, np.int64)[Images(world, records).disk]
    rows = [world.systems.rows[system].fields for system in drafts.system.tolist()]
    for place in np.flatnonzero(fixed.is_orphan).tolist():
        given, wanted = fixed.images[place].fields, fixed.wanted[place]
        fits = np.array([wanted.items() <= row.items() for row in rows], np.bool_)
        if given.get("min_disk") is not None:
            fits &= disks <= given["min_disk"]
        created = fixed.over("created", fixed.records[[place]], np.array([-1]))
        if created[0] >= 0:
            fits &= drafts.day < world.days.of(created)[0]
        for some in (fits & plain, fits & usable):
            if found[place] < 0 and some.any():
                found[place] = records[some.argmax()]
    return found


class Images:
    """The images of some records, numbered from 0 in the set's own order."""

    def __init__(self, world: World, records: Ints, drafts: Drafts | None = None) -> None:
        """Make the images of the records with these numbers; a field is computed when read."""
        self.world = world
        self.records = records
        self.drafts = drafts or Drafts(world, records)
        self.draws = self.drafts.draws

    def __len__(self) -> int:
        """Count the images."""
        return len(self.records)

    def _at(self, records: Ints) -> "Images":
        return Images(self.world, records)

    @property
    def origins(self) -> Ints:
        """The parent of each: its record, -1 for none, _PUBLIC less its record if it is public."""
        public = self._public_parent
        return np.where(public >= 0, _PUBLIC - public, self._own_parent)

    @classmethod
    def of_origins(
        cls, world: World, records: Ints, origins: Ints, created: Ints, *drafted: Ints
    ) -> "Images":
        """Make images whose origins and times of creation were found before; that takes long.

        `drafted` are the owners, ways and systems of their drafts, in any number of bits.
        """
        images = cls(world, records)
        # These columns are cached, so they are not computed where they are there.
        owners, ways, systems = (column.astype(np.int64) for column in drafted)
        vars(images.drafts).update(owner=owners, way=ways, system=systems)
        vars(images).update(
            _own_parent=np.maximum(origins, -1),
            _public_parent=np.maximum(_PUBLIC - origins, -1),
            created=created,
        )
        return images

    # What the draft decides for good

    @property
    def kind(self) -> Ints:
        """The kind, a row of KIND_NAMES."""
        return self.drafts.kind

    @property
    def is_tenants(self) -> Flags:
        """Whether it is private, shared or for the community."""
        return self.drafts.is_tenants

    @property
    def product(self) -> Ints:
        """The row of its market product; 0 for an image that is not on the market."""
        return self.drafts.product

    @property
    def status(self) -> Ints:
        """The row of its status at the time of the view."""
        if not self.world.is_moving:
            return self.drafts.status
        return np.where(self.lifecycle.is_saving, self.world.saving, self.drafts.status)

    @property
    def is_active(self) -> Flags:
        """Whether its status is active at the time of the view."""
        is_active = self.drafts.is_active
        return is_active & ~self.lifecycle.is_saving if self.world.is_moving else is_active

    @property
    def is_uploaded(self) -> Flags:
        """Whether it has data at the time of the view."""
        is_uploaded = self.drafts.is_uploaded
        return is_uploaded & ~self.lifecycle.is_saving if self.world.is_moving else is_uploaded

    # What happens to it

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """The times of its events."""
        return Lifecycle(self.drafts, created=self.created, active=self.active)

    @cached_property
    def shown_kind(self) -> Ints:
        """The kind at the time of the view: private, once it is shared no longer."""
        if "unshared" not in self.world.waiting:
            return self.kind
        unshared = self.lifecycle.has_come(self.lifecycle.unshared)
        return np.where(unshared, PRIVATE, self.kind)

    @cached_property
    def _replaced(self) -> dict[int, Ints]:
        """When one, two or three newer builds of a public image were there, by their number.

        Only numbers that change something are there: with the first, it gets another name, and with
        the second perhaps the next one. A plain Glance hides it with the third.
        """
        catalogue = self.world.catalogue
        some = np.flatnonzero((self.kind == GOLD) & (self.records < FIRST_FIXED))
        if not len(some) or not len(catalogue):
            return {}
        turns = self.drafts.turn[some]
        older = catalogue.build(turns) > 0
        some, turns = some[older], turns[older]
        if not len(some):
            return {}
        numbers, builds = catalogue.number(turns), catalogue.build(turns)
        changes = {1: builds > 0, 2: catalogue.has_before(numbers), 3: builds > 0}
        if not self.world.is_glance:
            del changes[3]
        found = {}
        for newer, may in changes.items():
            here = np.flatnonzero(may & (builds >= newer))
            newer_turns = catalogue.turn(numbers[here], builds[here] - newer)
            records = catalogue.place(newer_turns) * self.world.spec.catalogue.every
            # Who uploads a build then renames the others.
            then = self._at(records).active + 1
            then += self.draws.some(some[here]).below(f"replaced/{newer}", _RENAMING)
            found[newer] = np.full(len(self), NEVER, np.int64)
            found[newer][some[here]] = np.maximum(then, self.active[some[here]])
        return found

    @cached_property
    def newer_builds(self) -> Ints:
        """How many newer builds of a public image there are at the time of the view: 0 to 3."""
        count = np.zeros(len(self), np.int64)
        for newer, when in self._replaced.items():
            count = np.where(when <= self.world.at, newer, count)
        return count

    def living(self) -> "Images":
        """Return those of them that are there at the time of the view."""
        if not self.world.is_moving:
            return self
        return self._at(self.records[self.lifecycle.is_there])

    # What it was made from

    @cached_property
    def wants_own_parent(self) -> Flags:
        """Whether it is to be made from an image of the same project, if one is found."""
        made = (self.drafts.way == INSTANCE) & (self.records < FIRST_FIXED)
        own = self.world.spec.parents.own
        if own is None:
            made &= self.draws.percent("parent/own", _LOOKING)
        elif made.any():
            of_instances = looking(self.world, self._stretches(int(self.records[made].max())))
            last = len(of_instances) - 1
            stretch = np.minimum(np.searchsorted(_ENDS, self.records, "right"), last)
            made &= self._place_among_looking < of_instances[stretch]
        found: Flags = made | ((self.drafts.way == COPY) & (self.records < FIRST_FIXED))
        return found

    @staticmethod
    def _stretches(record: int) -> int:
        """Return how many stretches of records are to be counted to make one."""
        return min(sum(end <= record for end in _ENDS) + 1, len(_ENDS))

    @property
    def _place_among_looking(self) -> Ints:
        """Its place among the parts of `looking`, 0 to before _PARTS."""
        return self.draws.below("parent/own", _PARTS)

    @cached_property
    def can_be_parent(self) -> Flags:
        """Whether a project can make other images from it.

        It wants no parent of its own project, so its parent, if any, is in the catalogue, and
        looking for parents ends after one step.
        """
        made = (self.drafts.way == FILE) | (self.drafts.way == INSTANCE)
        found: Flags = made & ~self.wants_own_parent & self.drafts.is_active
        return found

    @cached_property
    def _own_parent(self) -> Ints:
        """The record of its parent in the same project, -1 for none.

        An image keeps its time, so its parent is older. Only a copy for which no older image is
        found soon has the oldest one that was found, and is created later than drafted. If a copy
        had any image, most copies would be from the last months, as the later of two days is.
        """
        found, day = np.full(len(self), -1, np.int64), np.full(len(self), NEVER, np.int64)
        drafted = self.drafts.day
        wanting = np.flatnonzero(
            self.wants_own_parent & (self.records > 0) & (self._fixed_parent < 0)
        )
        known = candidates(self.world)
        if len(wanting) >= _MANY and known.keeps(self.records):
            # Most of them will be tried as parents, and what decides that is needed here anyway.
            known.keep(self.records, self._as_parents)
        # The few for which none is found soon try more, so that as many as the spec asks for have
        # one; an instance for which none is found is made from the catalogue.
        for turns in self._turns:
            if len(wanting) and turns:
                # All turns at once take less time than one after the other.
                drawn = self._drawn_before(wanting, turns)
                every = np.tile(wanting, len(turns))
                alike = turns.start < _ANYWHERE
                days = self._candidates(every, drawn.ravel(), alike=alike).reshape(drawn.shape)
                # The first one that is old enough, otherwise the oldest one.
                fits = days < drafted[wanting]
                turn = np.where(fits.any(axis=0), fits.argmax(axis=0), days.argmin(axis=0))
                chosen = turn, np.arange(len(wanting))
                better = (days[chosen] < day[wanting]) & (day[wanting] >= drafted[wanting])
                some = wanting[better]
                found[some], day[some] = drawn[chosen][better], days[chosen][better]
            ends = day < (drafted if turns.stop < _ANYWHERE else NEVER)
            wanting = wanting[~ends[wanting]]
        return found

    @cached_property
    def has_own_parent(self) -> Flags:
        """Whether it was made from another image of its project."""
        found: Flags = self._own_parent >= 0
        fixed = np.flatnonzero(self._fixed_parent >= 0)
        found[fixed] = Drafts(self.world, self._fixed_parent[fixed]).is_tenants
        return found

    @property
    def _turns(self) -> Iterable[range]:
        """The turns in which parents are looked for, those that are tried at once together."""
        first = _OF_VERSIONS if self.world.spec.versions else _AT_FIRST
        return map(range, (0, first, max(first, _ANYWHERE)), (first, *_LATER))

    def _all_that_fit(self, wanting: Ints, numbers: Ints) -> tuple[Ints, Flags]:
        """Return all records that some images try as their parents, and which of them fit.

        Both have a row for each turn, and a column for each image. `numbers` are those of the
        images as parents; no image looks for a parent of its project.
        """
        drawn, fits = [], []
        for turns in self._turns:
            drawn.append(self._drawn_before(wanting, turns))
            every, tried = np.tile(wanting, len(turns)), drawn[-1].ravel()
            days = self._days_that_fit(
                every,
                tried,
                numbers[tried],
                lambda some: self.lifecycle.deleted[some],
                alike=turns.start < _ANYWHERE,
            )
            latest = np.where(self.drafts.way[every] == COPY, NEVER, self.drafts.day[every])
            fits.append((days < latest).reshape(drawn[-1].shape))
        return np.concatenate(drawn), np.concatenate(fits)

    def _drawn_before(self, wanting: Ints, turns: range) -> Ints:
        """Draw earlier records for some images, of the same project if there are some.

        The records have a row for each turn, and a column for each image.
        """
        records, platforms = self.records[wanting], self.world.platforms
        draws, before = self.draws.some(wanting), np.minimum(records, (1 << 32) - 1)
        drawn = np.array([draws.below(f"parent/{turn}", before) for turn in turns])
        # A record with the same place on the line of projects is of the same project, and probably
        # of the same platform. The first records have no earlier window.
        later = np.flatnonzero(records >> WINDOW > 0)
        draws, last = draws.some(later), (records[later] >> WINDOW) - 1
        windows = np.minimum(drawn[:, later] >> WINDOW, last)
        if turns.start < _ANYWHERE:
            places = np.tile(draws.evenly("owner", 1 << WINDOW), len(turns))
        else:
            start, end = platforms.around(self.drafts.owner[wanting[later]], 1 << WINDOW)
            drawn_places = [draws.below(f"parent/{turn}/place", end - start) for turn in turns]
            places = (start + np.array(drawn_places)).ravel()
        same = records_at(self.world.seed, "owner", windows.ravel(), places)
        drawn[:, later] = same.reshape(windows.shape)
        return drawn

    def _candidates(self, wanting: Ints, drawn: Ints, *, alike: bool) -> Ints:
        """Return the day of an earlier record for each image; NEVER where it cannot be the parent.

        With `alike`, the parent of a copy is of its platform, too.
        """
        return self._days_that_fit(
            wanting,
            drawn,
            candidates(self.world).of(drawn, lambda records: self._at(records)._as_parents),
            lambda records: self._at(records).lifecycle.deleted,
            alike=alike,
        )

    def _days_that_fit(
        self,
        wanting: Ints,
        drawn: Ints,
        numbers: Ints,
        deleted: Callable[[Ints], Ints],
        *,
        alike: bool,
    ) -> Ints:
        """Return the same, given the numbers of the earlier records, and when each is deleted.

        The parent of an instance has the drafted stratum, so that platforms keep their shares. With
        `alike`, the parent of a copy has it, too. The first records have parents of other platforms
        than drafted, as there are few.
        """
        world, drafts = self.world, self.drafts
        day, of_child = days_of(numbers), drafts.day[wanting]
        is_copy, is_timed = drafts.way[wanting] == COPY, drafts.is_timed[wanting]
        fits = are_of(numbers, world.systems.stratum[drafts.system[wanting]])
        fits |= is_copy & (not alike) & are_as_drafted(numbers)
        fits &= day < np.where(is_copy & ~is_timed, world.days.count - 2, of_child)
        if world.windows is not None:  # another project may make images at other times
            drafted = Drafts(world, drawn)
            windowed = drafted.is_windowed | drafts.is_windowed[wanting]
            fits &= ~windowed | (drafted.owner == drafts.owner[wanting])
        if "deleted" in world.waiting:
            # It is there when the child is made; a copy that is drafted too early is made later.
            some = np.flatnonzero(fits)
            made = np.where(of_child > day, drafts.created[wanting] + DAY, NEVER - 1)[some]
            fits[some] = deleted(drawn[some]) > made
        return np.where(fits, day, NEVER)

    @cached_property
    def _as_parents(self) -> Ints:
        """What `candidates` keeps of each."""
        found = np.full(len(self), NO_CANDIDATE, np.int64)
        places, parents = self._without_own_parent
        found[places] = parents._numbers_as_parents
        return found

    @property
    def _numbers_as_parents(self) -> Ints:
        """The numbers of all of them as parents, whether they can be or not."""
        stratum = self.world.systems.stratum
        return numbers_of(
            self.world.days.of(self.created), stratum[self.system], stratum[self.drafts.system]
        )

    @cached_property
    def _without_own_parent(self) -> tuple[Ints, "Images"]:
        """Those from which a project can make other images: their places, and themselves."""
        places = np.flatnonzero(self.can_be_parent)
        return places, Images(self.world, self.records[places], self.drafts.some(places))

    @cached_property
    def way(self) -> Ints:
        """How it was made: a draft of a copy that found nothing to copy is an instance."""
        is_none = (self.drafts.way == COPY) & (self._own_parent < 0) & (self._fixed_parent < 0)
        is_none &= self.records < FIRST_FIXED
        way = np.where(is_none, INSTANCE, self.drafts.way)
        lacks = self.drafts.is_timed & self._needs_public_parent & (self._public_parent < 0)
        return np.where(lacks, FILE, way)

    @cached_property
    def _fixed_parent(self) -> Ints:
        """The record of the fixed image that it is made from, -1 for none.

        A fixed image has the parent that the spec gives. Of the others, each fixed image has its
        share of the instances and backups that are made on a later day where it can be used.
        """
        world, drafts = self.world, self.drafts
        found = np.full(len(self), -1, np.int64)
        fixed = world.fixed
        if not len(fixed):
            return found
        may = (drafts.way == INSTANCE) | (drafts.way == BACKUP)
        may &= self.records < FIRST_FIXED
        # Public images have no parents, so looking for those of fixed images ends there.
        if fixed.children.any() and may.any():
            place = self.draws.below("parent/fixed", 100)
            starts = np.cumsum(fixed.children) - fixed.children
            parents = Drafts(world, fixed.records)
            days = world.days.of(self._at(fixed.records).created)
            for number in np.flatnonzero(fixed.children).tolist():
                start = starts[number]
                here = may & (start <= place) & (place < start + fixed.children[number])
                here &= drafts.day > days[number]
                if parents.kind[number] != GOLD:
                    here &= drafts.owner == parents.owner[number]
                found = np.where(here, fixed.records[number], found)
        places = fixed.among(self.records)
        if len(places):  # looking for these parents looks at public images, which have none
            found[places] = parents_of_orphans(world)[self.records[places] - FIRST_FIXED]
        return fixed.over("parent", self.records, found)

    @cached_property
    def has_parent(self) -> Flags:
        """Whether it was made from another image of the set."""
        made = self.world.from_images[self.way]
        found: Flags = made & ((self.records < FIRST_FIXED) | (self._fixed_parent >= 0))
        return found

    @cached_property
    def _with_parent(self) -> Ints:
        return np.flatnonzero(self.has_parent)

    @cached_property
    def _distinct_parents(self) -> tuple[Ints, Ints]:
        """The records of all parents, and which of them each image with a parent has."""
        some = self._with_parent
        own, public = self._own_parent[some], self._public_parent[some]
        found = np.where(own >= 0, own, public)
        fixed = self._fixed_parent[some]
        return distinct(np.where(fixed >= 0, fixed, found))

    @cached_property
    def parents(self) -> "Images":
        """The parents of the images, each of them once: many have the same public image."""
        return self._at(self._distinct_parents[0])

    def of_parents(self, column: _Column) -> _Column:
        """Return a column of `parents` for each of the images that have one, in their order."""
        return cast(_Column, column.take(self._distinct_parents[1]))

    @cached_property
    def _needs_public_parent(self) -> Flags:
        needs = self.world.from_images[self.drafts.way]
        found: Flags = needs & (self._own_parent < 0) & (self._fixed_parent < 0)
        return found & (self.records < FIRST_FIXED)

    @cached_property
    def _public_parent(self) -> Ints:
        """The record of its parent in the catalogue, -1 for none: one of the drafted stratum.

        Recent and popular images that are older than the draft are taken more often; if the spec
        weighs public images, any with a weight is taken. If none of these comes before the record,
        the oldest earlier record is taken. If it is not older, the image is created later than
        drafted; an image that keeps its time has no public parent then.
        """
        found = np.full(len(self), -1, np.int64)
        needs = self._needs_public_parent
        if "_without_own_parent" in vars(self):  # theirs are known already
            places, known = self._without_own_parent
            found[places] = known._public_parent
            needs = needs.copy()
            needs[places] = False
        some = np.flatnonzero(needs)
        if not len(some):
            return found
        records = self.records[some]
        strata = self.world.systems.stratum[self.drafts.system[some]]
        # What is asked for comes out; so an image rather changes its day than its parent.
        days = self.drafts.day[some]
        public = public_parents(self.world)
        days = np.where(
            public.is_listed[strata] & ~self.drafts.is_timed[some], AFTER_ALL_DAYS, days
        )
        found[some] = public.older(records, strata, days)
        lacking = some[found[some] < 0]
        found[lacking] = public.oldest(self.records[lacking], self.drafts.system[lacking])
        return self._old_enough(found, lacking)

    def _old_enough(self, found: Ints, some: Ints) -> Ints:
        """Return parents without those that are too new for an image that keeps its time."""
        timed = some[self.drafts.is_timed[some] & (found[some] >= 0)]
        if len(timed):
            day = self.world.days.of(Drafts(self.world, found[timed]).created)
            found[timed] = np.where(day < self.drafts.day[timed], found[timed], -1)
        return found

    def _inherited(self, values: Ints, of_parents: Ints) -> Ints:
        inherited: Ints = values.copy()
        inherited[self._with_parent] = of_parents
        return inherited

    # Which project it belongs to

    @cached_property
    def owner(self) -> Ints:
        """The number of its project in the cast."""
        cast = self.world.cast
        owner = np.where(self.kind == GOLD, cast.operator, self.drafts.owner)
        owner = np.where(self.kind == MARKET, cast.market, owner)
        own = np.flatnonzero(self._own_parent >= 0)
        if len(own):
            owner[own] = Drafts(self.world, self._own_parent[own]).owner
        return self._given("owner", owner)

    def _given(self, name: str, drawn: Ints) -> Ints:
        return self.world.fixed.over(name, self.records, drawn)

    @cached_property
    def enterprise(self) -> Ints:
        """The row of its enterprise project: none, the default one, or one of its owner's."""
        found = np.zeros(len(self), np.int64)
        some = np.flatnonzero(self.is_tenants & self.keys.have("enterprise_project_id"))
        drawn = self._draws_of_servers.some(some).below("enterprise", 7)
        own = 2 + self.owner[some] * ENTERPRISES + drawn % ENTERPRISES
        found[some] = np.where(drawn > 3, own, 1)
        return found

    @cached_property
    def key(self) -> Ints:
        """The row of its encryption key, 0 for none; shared images are never encrypted."""
        found = np.zeros(len(self), np.int64)
        may = (self.kind == PRIVATE) & (self.way != ISO) & self.is_uploaded
        some = np.flatnonzero(may & self.keys.have("__system__cmkid"))
        found[some] = (
            1 + self.owner[some] * KEYS + self._draws_of_servers.some(some).below("key", KEYS)
        )
        return found

    @cached_property
    def app(self) -> Ints:
        """The number of its app, which runs on its system; a copy has that of its original."""
        app = self.world.apps.pick(self.draws, self.owner, self.os_type)
        some = self._with_parent
        is_copy = self.way[some] == COPY
        if is_copy.any():
            app[some[is_copy]] = self._apps_of_originals(is_copy)
        return app

    def _apps_of_originals(self, is_copy: Flags) -> Ints:
        records = self._distinct_parents[0][self._distinct_parents[1][is_copy]]
        originals, which = np.unique(records, return_inverse=True)
        found: Ints = self._at(originals).app.take(which)
        return found

    @cached_property
    def server(self) -> Ints:
        """The number of its server, -1 for none; all images of a server have one parent and app.

        Servers with different disks share a number.
        """
        found = np.full(len(self), -1, np.int64)
        some = self._with_parent
        draws = self.draws.some(some)
        # A fixed parent has a number far beyond the others.
        parent = self.of_parents(self.parents.records)
        parent = np.where(parent >= FIRST_FIXED, parent - FIRST_FIXED + (1 << 36), parent)
        number = parent * _SERVERS + draws.below("server", _SERVERS)
        number += self.owner[some] * OF_A_PROJECT
        found[some] = (number + (self.app[some] + 1) * _APART) & _LAST_SERVER
        # Where nothing is known of the image of its server, a fixed one has a server of its own.
        alone = self.world.fixed.among(self.records)
        alone = alone[self.world.from_images[self.way[alone]] & ~self.has_parent[alone]]
        number = (1 << 40) + self.records[alone] - FIRST_FIXED
        found[alone] = self.owner[alone] * OF_A_PROJECT + number
        return np.where(self.way == COPY, -1, found)

    # What is in it

    @cached_property
    def system(self) -> Ints:
        """The row of its system: that of its parent, if it has one."""
        drafted = self.drafts.system
        if not len(self._with_parent):
            return drafted
        inherited = self._inherited(drafted, self.of_parents(self.parents.system))
        # The parent of an orphan has all that is given of the system.
        is_orphan = (self.records >= FIRST_FIXED) & self.has_parent
        is_orphan &= self._fixed_parent < FIRST_FIXED
        return np.where(is_orphan, inherited, self._given("system", inherited))

    @cached_property
    def environment(self) -> Ints:
        """Its `virtual_env_type`, a number of ENVIRONMENTS."""
        return self.world.systems.environment[self.system]

    def _is_for(self, environment: str) -> Flags:
        found: Flags = self.environment == ENVIRONMENTS.index(environment)
        return found

    @cached_property
    def os_type(self) -> Ints:
        """The type of its system, a number of OS_TYPES."""
        return self.world.systems.os_type[self.system]

    @cached_property
    def kind_row(self) -> Ints:
        """Its row of KINDS in the view; bare metal has no backups, so these count as instances."""
        way = np.where((self.way == BACKUP) & self._is_for(BMS), INSTANCE, self.way)
        return self.shown_kind * (NO_WAY + 1) + way

    @cached_property
    def final_way(self) -> Ints:
        """How it was made, after the rule on bare metal: the way that all texts show."""
        return self.kind_row % (NO_WAY + 1)

    @cached_property
    def disk(self) -> Ints:
        """The number of its disk size, at least that of its parent."""
        disk = self._given("disk", self._disk_without_parent())
        if not len(self._with_parent):
            return disk
        own, of_parents = disk[self._with_parent], self.of_parents(self.parents.disk)
        inherited = np.where(self._outgrow(of_parents), np.maximum(own, of_parents), of_parents)
        return self._given("disk", self._inherited(disk, inherited))

    def _outgrow(self, of_parents: Ints) -> Flags:
        """For each image with a parent, whether it may have a larger disk than that."""
        some = self._with_parent
        # Few servers have as small a disk as some public images, such as 4 GB.
        is_small = np.array(self.world.disk_sizes, np.int64)[of_parents] < _USUAL_DISK
        if self.world.is_glance:  # a snapshot has the size of the server's disk, a copy its own
            grown: Flags = self.way[some] != COPY
        else:  # a copy has the disk of its original, unless the spec says another one
            draws, small = self.draws.some(some), np.flatnonzero(is_small)
            grown = draws.percent("min_disk/grown", 25)
            grown[small] |= draws.some(small).percent("min_disk/usual", 90)
            grown = (grown & (self.way[some] != COPY)) | (self._dependency[some] >= 0)
        if "min_disk" in self.world.given:
            # These have the disks that the spec says, and so do the images that are made from them.
            alike = self.of_parents(self.parents._dependency) == self._dependency[some]
            alike &= self.of_parents(self.parents.kind) != GOLD
            grown &= (self._dependency[some] < 0) | ~alike
        return grown

    def _disk_without_parent(self) -> Ints:
        """The disks as if no image had a parent: drawn, then as catalogue and spec say."""
        disk = self._drawn_disk()
        if len(self.world.catalogue):
            public = np.flatnonzero(self.kind == GOLD)
            numbers = self.world.catalogue.number(self.drafts.turn[public])
            disk[public] = self.world.catalogue_disks[numbers]
        products = np.flatnonzero(self.kind == MARKET)
        usual = products[self.world.market.is_usual[self.product[products]]]
        disk[usual] = self.world.disk_sizes.index(DISK_OF_PRODUCTS) if len(usual) else 0
        for one in self.world.given.get("min_disk", ()):
            here = self._meets(one.given)
            disk = np.where(here, self._drawn_given(one), disk)
            # A public image has the smallest, so that what is made from it can have any.
            least = min(size for size, weight in one.given.weights.items() if weight)
            smallest = self.world.disk_sizes.index(least)
            disk = np.where(here & (self.kind == GOLD), smallest, disk)
        windows = self._is_for(INSTALLER) & (self.os_type == OS_TYPES.index("Windows"))
        return np.where(windows, np.maximum(disk, self.world.least_of_windows), disk)

    def _drawn_disk(self) -> Ints:
        """The disks by type of system, or by the kind of medium."""
        needed = np.zeros(len(self), np.int64)
        group = np.where(self._is_for(INSTALLER), DISKS.index("iso"), self.os_type)
        group = np.where(self._is_for(DATA), DISKS.index("data"), group)
        if self.world.is_glance:
            by_server = self.has_parent & (self.way != COPY)
            group = np.where(by_server, len(DISKS), group)
            windows = by_server & (self.os_type == OS_TYPES.index("Windows"))
            needed[windows] = self.world.disk_sizes.index(DISK_OF_WINDOWS)
        disk = np.zeros(len(self), np.int64)
        totals = np.array([choice.total for choice in self.world.disks], np.int64)
        drawn = self.draws.evenly("min_disk", totals[group])
        for number, choice in enumerate(self.world.disks):
            places = np.flatnonzero(group == number)
            disk[places] = choice.at(drawn[places])
        return np.maximum(disk, needed)

    @cached_property
    def _dependency(self) -> Ints:
        """The number of the dependency that gives its disk, -1 for none."""
        found = np.full(len(self), -1, np.int64)
        for number, one in enumerate(self.world.given.get("min_disk", ())):
            found[self._meets(one.given)] = number
        return found

    @cached_property
    def format(self) -> Ints:
        """Its disk format, a number of FORMATS."""
        drawn = np.zeros(len(self), np.int64)  # zvhd2
        files = np.flatnonzero(self.way == FILE)
        drawn[files] = _FROM_FILE.pick(self.draws.some(files), "disk_format")
        return self._given("format", np.where(self.way == ISO, FORMATS.index("iso"), drawn))

    @cached_property
    def slot(self) -> Ints:
        """The row of its disk's slot; tenants' system disks and data disks can have one."""
        of_server = self.is_tenants & self._is_for(ECS) & self.keys.have("__sequence_num")
        return np.where(self._is_for(DATA), 2, of_server.astype(np.int64))

    @property
    def size_in_chunks(self) -> Ints:
        """The amount of its data in units of 64 KiB; 0 for an image that does not show it."""
        is_shown = (self.kind != GOLD) & self.is_uploaded
        return np.where(is_shown, self._chunks, 0)

    @cached_property
    def _chunks(self) -> Ints:
        """The same, as if its data were always there; a copy has that of its original."""
        disk = np.array(self.world.disk_sizes, np.int64)[self.disk]
        is_data = self._is_for(DATA)
        # A larger disk of a system has more free space; what fills a disk is on one for data.
        usual = np.minimum(disk, _DISK_OF_SYSTEM) + np.maximum(disk - _DISK_OF_SYSTEM, 0) // 4
        room = np.where(is_data, disk, usual) * _GIB
        # No two systems need as much: a Windows 4 GB and more, a Linux one or less, but 0.4 GB.
        part = self.world.parts_of_disks[self.system]
        most, least = room * 3 // 5, room * (60 + part) // 4000 + 1
        of_linux = np.minimum(_GIB * (80 + part) // 200, room // 8)
        least = np.where(is_data, least, np.maximum(least, of_linux))
        is_windows = (self.os_type == OS_TYPES.index("Windows")) & ~is_data
        of_windows = np.minimum(4 * _GIB * (100 + part) // 100 + 1, room // 2)
        least = np.where(is_windows, np.maximum(least, of_windows), least)
        # Most images are small, few are near the largest: the product of two draws. A server has
        # about as much data in each of its images.
        span = np.maximum(most - least, 1)
        first, second = (self._draws_of_servers.below(f"size/{n}", span) for n in (1, 2))
        change = STEADY + self.draws.below("size/change", 1000 - STEADY)
        size = least + first * second // span * change // 1000
        media = np.flatnonzero(self._is_for(INSTALLER))
        size[media] = self._chunks_of_media(media)
        some = self._with_parent
        if not len(some):
            return size
        is_copy, is_made = self._is_copy_of_data, self._own_parent[some] >= 0
        if is_copy.any() or is_made.any():
            of_parents = self.of_parents(self.parents._chunks)
            size[some[is_copy]] = of_parents[is_copy]
            # What a server was made from is still there, and it has written something: see
            # `TextColumns.image_size` for the end of a size.
            is_made &= self.way[some] == INSTANCE
            here = some[is_made]
            size[here] = np.maximum(size[here], of_parents[is_made] + 1)
        return size

    def _chunks_of_media(self, media: Ints) -> Ints:
        """The amount of data of installation media: a system's is one file, or a project's own."""
        sizes = self.world.systems.medium_sizes
        least, most = (_CHUNKS_OF_MIB * of[self.system[media]] for of in sizes)
        draws = Draws(self.world.seed, self.data_records[media])
        return least + draws.below("size/medium", most - least)

    @cached_property
    def _is_copy_of_data(self) -> Flags:
        """For each image with a parent, whether it is a copy that has its data."""
        parents = self.of_parents(self.parents.records)
        found: Flags = self.way[self._with_parent] == COPY
        is_drawn = self.records[self._with_parent] < FIRST_FIXED
        return found & is_drawn & (parents < FIRST_FIXED)

    @cached_property
    def is_vendors_medium(self) -> Flags:
        """Whether it is an installation medium as its vendor publishes it.

        The others were made by their project. It seldom uploads a file again, so its later media
        are all its own. How many come before follows from the record, as a set of any size has the
        same images.
        """
        found = np.zeros(len(self), np.bool_)
        media = np.flatnonzero(self.way == ISO)
        if not len(media):
            return found
        world, records = self.world, self.records[media]
        widths, made = world.cast.widths, world.spec.made
        before = records * made["iso"] // max(sum(made.values()), 1)
        are_first = before * widths[self.owner[media]] < _MEDIA_OF_PROJECT * widths.sum()
        are_first |= records >= FIRST_FIXED
        are_known = world.systems.medium_names.take(self.system[media]) != b""
        drawn = self.draws.some(media).percent("name/medium", _OF_VENDOR)
        found[media] = are_first & are_known & drawn
        return found

    @cached_property
    def data_records(self) -> Ints:
        """The number whose draws decide about details of the data.

        It is the record's; that of the original for a copy, one of the file for a vendor's medium.
        """
        media = -1 - self.world.systems.medium[self.system]
        found = np.where(self.is_vendors_medium, media, self.records)
        if len(self._with_parent):
            is_copy = self._is_copy_of_data
            of_parents = self.of_parents(self.parents.records)
            found[self._with_parent[is_copy]] = of_parents[is_copy]
        return found

    @cached_property
    def extras(self) -> dict[str, Ints]:
        """For each of the world's extra tables the row that an image has."""
        return {extra.name: self._extra(extra) for extra in self.world.extras}

    @property
    def extras_in_tables(self) -> dict[str, Ints]:
        """The same without the properties whose texts are in no table."""
        tables = self.world.tables
        return {name: rows for name, rows in self.extras.items() if name in tables}

    @cached_property
    def keys(self) -> DrawnKeys:
        """Which optional properties it has, by its key-set template."""
        sort = np.where(self.kind == GOLD, TEMPLATED.index("gold"), self.final_way)
        sort = np.where(self.kind == MARKET, TEMPLATED.index("market"), sort)
        return self.world.key_sets.draw(
            self.world.seed, self.draws, sort, self.environment, self.server
        )

    @cached_property
    def _kind_and_os_type(self) -> Ints:
        return self.kind * len(OS_TYPES) + self.os_type

    @cached_property
    def _draws_of_servers(self) -> Draws:
        """Draws that are the same for all images of a server."""
        return Draws(self.world.seed, np.where(self.server >= 0, self.server, self.records))

    def _meets(self, given: Given) -> Flags:
        """Return which images meet the condition of a dependency."""
        field, value = given.field, given.value
        if field == "kind":
            found: Flags = self.kind == KIND_NAMES.index(value)
        elif field == "made":
            found = self.way == WAYS.index(value)
        elif field in ("platform", "version"):
            systems = self.world.systems.rows
            found = np.array([getattr(row, field) == value for row in systems])[self.system]
        else:
            table = self.world.properties[field]
            found = self._extra(table) == [row.get(field) for row in table.table.rows].index(value)
        return found

    def _extra(self, extra: ExtraTable) -> Ints:
        """Return the row of each image in an extra table, 0 where it lacks the field."""
        rows = np.zeros(len(self), np.int64)
        may = extra.of_each[self._kind_and_os_type] >= 0
        may &= extra.environments[self.environment] > 0
        if extra.in_templates:
            may &= self.keys.have(extra.field)
        if extra.uploaded:
            may &= self.is_uploaded
        places = np.flatnonzero(may)
        of_all = self._draws_of_servers if extra.name in _OF_SERVER else self.draws
        draws = of_all.some(places)
        if extra.name in Descriptions.FIELDS:
            rows[places] = self._descriptions(places, draws)
        else:
            choices = extra.of_each[self._kind_and_os_type[places]]
            rows[places] = extra.draw(draws, choices)
        for one in self.world.given.get(extra.name.removeprefix("property/"), ()):
            rows = np.where((rows > 0) & self._meets(one.given), self._drawn_given(one), rows)
        return rows

    def _drawn_given(self, one: Dependency) -> Ints:
        """Return what each image has if it meets the condition of a dependency."""
        return one.choice.spread(
            self.draws, f"{one.given.target}/given/{one.beside[0]}", one.beside
        )

    def _descriptions(self, places: Ints, draws: Draws) -> Ints:
        is_market, days = self.kind[places] == MARKET, self.world.days
        # A product has a number beyond those of all projects.
        ours = np.where(is_market, self.product[places] + (1 << 32), self.owner[places])
        begun = days.beginning(days.of(self.created[places])) * 1000 // days.length
        return self.world.descriptions.pick(
            draws, Draws(self.world.seed, ours), np.minimum(begun, 999), is_market=is_market
        )

    @cached_property
    def placeholder(self) -> Ints:
        """The row of PLACEHOLDERS that it shows as size and checksum."""
        drawn = 1 + (self.is_tenants & self._draws_of_servers.percent("size", 50)).astype(np.int64)
        return np.where(self.is_uploaded, np.where(self.kind == GOLD, 0, drawn), 3)

    # When it was created and changed, in seconds since 1970

    @cached_property
    def created(self) -> Ints:
        """The time of its creation: as drafted, but on a later day than its parent."""
        drafted = self.drafts.created
        if not len(self._with_parent):
            return self._given("created", self._of_backups(drafted))
        days, some = self.world.days, self._with_parent
        of_parents = days.of(self.of_parents(self.parents.created))
        late = np.flatnonzero(self.drafts.day[some] <= of_parents)
        created = drafted.copy()
        if len(late):
            draws = Draws(self.world.seed, self.records[some[late]])
            earliest = of_parents[late] + 1
            end = np.full(len(late), days.count, np.int64)
            if self.world.windows is not None:  # a fixed image, which has the parent given
                last = self.world.windows.end[self.owner[some[late]]]
                end = np.where(self.is_tenants[some[late]] & (earliest < last), last, end)
            # What is worth a copy is copied soon.
            is_copy = self.way[some[late]] == COPY
            end = np.where(is_copy, np.minimum(end, earliest + _COPIED), end)
            drawn = days.draw(draws, "created_at/later", earliest, end)
            if (is_last := earliest >= days.count).any():  # of a fixed image made on the last day
                begin = self.of_parents(self.parents.created)[late] + 1
                rest = np.maximum(self.world.now - begin, 1)
                after = np.minimum(begin + draws.below("created_at/after", rest), self.world.now)
                drawn = np.where(is_last, after, drawn)
            created[some[late]] = self.world.outside_moments(drawn)
        return self._given("created", self._of_backups(created))

    def _of_backups(self, created: Ints) -> Ints:
        """Return times of creation: those of Nova's backups are of the night.

        A job of their project makes them, each day at the same hour. On its day, each is younger
        than its parent, and parent of nothing.
        """
        if not self.world.is_glance:
            return created
        drafts = self.drafts
        by_job = (drafts.way == BACKUP) & drafts.is_uploaded & ~drafts.is_momentary
        places = np.flatnonzero(by_job & (self.records < FIRST_FIXED))
        job = Draws(self.world.seed, self.owner[places])
        found = created[places] // DAY * DAY + _JOB * job.below("backup/job", _NIGHT // _JOB)
        found += self.draws.some(places).below("backup/second", _JOB)
        found = self.world.outside_moments(found)
        created = created.copy()
        created[places] = np.where(found < self.world.now, found, created[places])
        return created

    @cached_property
    def active(self) -> Ints:
        """The time at which its data was complete: more data takes longer."""
        waits = np.minimum(*(self.draws.below(f"active_at/{n}", _WAIT) for n in (1, 2)))
        waits += _BEGIN
        if self.world.is_glance:
            # Who uploads to a Glance does not wait for a job, as who takes a snapshot does.
            is_upload = np.isin(self.way, (FILE, ISO, COPY, NO_WAY))
            waits = np.where(is_upload, 1 + waits // _SOONER, waits)
        slow, fast = _CHUNKS_A_SECOND
        faster = (self.draws.below(f"active_at/{n}", fast - slow) for n in (3, 4))
        found: Ints = self.created + waits + self._chunks // (slow + np.maximum(*faster))
        # Of images made just before now, those that are active were quick.
        late = np.flatnonzero(found > self.world.now)
        created = self.created[late]
        rest = np.maximum(self.world.now - created, 1)
        found[late] = created + self.draws.some(late).below("active_at/before now", rest)
        return found

    @cached_property
    def is_hidden_from_lists(self) -> Flags:
        """Whether its project hid it, as only a plain Glance can."""
        found: Flags = self.is_tenants & self.draws.percent("hidden", 1)
        return found

    @cached_property
    def _shows_a_change(self) -> Flags:
        """Whether it is in a state that no image of a plain Glance is in when it is made.

        Nova's snapshots are private and not protected.
        """
        rows = self.world.tables["protected"].rows
        is_protected = np.array([row.get("protected") for row in rows], np.bool_)
        found: Flags = is_protected[self.extras["protected"]]
        found |= (self.kind == SHARED) | (self.kind == COMMUNITY)
        found &= self.world.from_images[self.way] & (self.way != COPY)
        found |= self.drafts.has_status("deactivated")
        return (found & self.is_tenants) | self.is_hidden_from_lists

    @cached_property
    def updated(self) -> Ints:
        """The time of its last change: never, within a day, or on any later day until now.

        People change images when they work, as they make them: see `Days.draw`.
        """
        base = np.where(self.drafts.is_uploaded, self.active, self.created)
        how = self.draws.below("updated_at/how", 10)
        never, by_next_day = _CHANGED[self.world.is_glance]
        if self.world.is_glance:
            changed = np.flatnonzero(self._shows_a_change)
            how[changed] = never + how[changed] % (10 - never)
        later = np.zeros_like(base)
        soon = np.flatnonzero((how >= never) & (how < by_next_day))
        draws = self.draws.some(soon)
        # Most of these are changed within two hours: the product of two draws, one of them twice.
        first, second = (draws.below(f"updated_at/soon/{n}", DAY) for n in (1, 2))
        later[soon] = first * first // DAY * second // DAY
        # Of those made just before now, the ones that are changed soon are changed until now.
        late = np.flatnonzero((how >= by_next_day) | (base + later > self.world.now))
        later[late] = self._until_now(late, base[late])
        later[how < never] = 0
        touched = self._given("updated", np.minimum(base + later, self.world.now))
        updated = self.lifecycle.latest(touched) if self.world.is_moving else touched
        for when in self._replaced.values():
            updated = np.where(when <= self.world.at, np.maximum(updated, when), updated)
        return updated

    def _until_now(self, places: Ints, base: Ints) -> Ints:
        """Return for some images how many seconds after a time they were changed."""
        days, draws = self.world.days, self.draws.some(places)
        found = draws.below("updated_at/late", np.maximum(self.world.now - base, 1))
        next_day = days.of(base) + 1
        some = np.flatnonzero(next_day < days.count)
        ends = np.full(len(some), days.count, np.int64)
        found[some] = days.draw(draws.some(some), "updated_at", next_day[some], ends) - base[some]
        return found

    # Its id

    @cached_property
    def id_words(self) -> tuple[Words, Words]:
        """The two halves of its id."""
        return self.world.fixed.ids_over(
            self.records, uuid_words(Draws(self.world.id_seed, self.records), "id")
        )
