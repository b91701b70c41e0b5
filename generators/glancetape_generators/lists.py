"""What images have several of: tags, and the projects that they are shared with."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from glancetape_generators.draws import Choice, Draws, Ints
from glancetape_generators.images import Images
from glancetape_generators.rules import BACKUP, SHARED
from glancetape_generators.spec import Tags
from glancetape_generators.texts import choice_of

_PROJECTS_OF_BACKUP = 10  # so many may share a full-ECS image


class Tagged:
    """The tags of some images: their numbers among all that there can be."""

    def __init__(self, images: Images) -> None:
        """Take the images."""
        self._images = images
        self._spec = images.world.spec.tags
        self.texts = all_tags(self._spec)
        """What tags there can be."""

    @cached_property
    def turns(self) -> list[Ints]:
        """Give the first tag of each image, then the second...: its number, -1 for none.

        A project uses few keys, and some values more than others.
        """
        spec, images = self._spec, self._images
        if not spec.share or not spec.keys:
            return []
        seed = images.world.seed
        tagged = np.flatnonzero(images.is_tenants & images.draws.percent("tags", spec.share))
        draws = Draws(seed, images.records[tagged])
        counts = 1 + np.minimum(*(draws.below(f"tags/count/{n}", spec.most) for n in (1, 2)))
        # Each project begins elsewhere in the list of keys.
        first = Draws(seed, images.owner[tagged]).below("tags/first", len(spec.keys))
        choices = _TagChoices(spec)
        # Two keys may make the same tag: `a.b` with value c, and `a` with value `b.c`, before.
        same = np.array([self.texts.index(text) for text in self.texts], np.int64)
        found: list[Ints] = []
        for turn in range(min(spec.most, len(spec.keys))):
            has = counts > turn
            numbers = np.full(len(images), -1, np.int64)
            some, keys = tagged[has], (first[has] + turn) % len(spec.keys)
            numbers[some] = same[choices.pick(Draws(seed, images.records[some]), keys, turn)]
            for earlier in found:
                numbers[numbers == earlier] = -1
            found.append(numbers)
        return found


def all_tags(spec: Tags) -> list[str]:
    """Give the tags that there can be, key by key, then as they were before the upgrade."""
    return [
        f"{key}{mark}{value}" if value else key
        for mark in "=."
        for key, values in spec.keys.items()
        for value in values
    ]


class _TagChoices:
    def __init__(self, spec: Tags) -> None:
        self._old = spec.old
        weights = [weight for values in spec.keys.values() for weight in values.values()]
        self._ends: Ints = np.cumsum(np.array(weights, np.int64))
        self._totals = np.array([sum(values.values()) for values in spec.keys.values()], np.int64)
        self._begins = np.cumsum(self._totals) - self._totals

    def pick(self, draws: Draws, keys: Ints, turn: int) -> Ints:
        """Choose a tag of a key for each image."""
        places = self._begins[keys] + draws.below(f"tags/value/{turn}", self._totals[keys])
        numbers = np.searchsorted(self._ends, places, "right")
        old = draws.percent(f"tags/old/{turn}", self._old)
        return np.where(old, numbers + len(self._ends), numbers)


@dataclass(frozen=True, slots=True)
class Memberships:
    """Who shares in images: place of the image, number of the project and of the status."""

    places: list[int]
    projects: list[int]
    statuses: list[int]


def memberships(images: Images) -> Memberships:
    """Give the memberships of some images, image by image."""
    world, cast = images.world, images.world.cast
    found = Memberships([], [], [])
    most = min(world.spec.members.most, cast.tenants - 1)
    shared = np.flatnonzero(images.kind == SHARED)
    if not len(shared):
        return found
    draws = Draws(world.seed, images.records[shared])
    wanted = Choice(range(1, most + 1), [1 + 1000 // n**2 for n in range(1, most + 1)])
    counts = wanted.pick(draws, "members/count")
    is_backup = images.final_way[shared] == BACKUP
    counts = np.where(is_backup, np.minimum(counts, _PROJECTS_OF_BACKUP), counts)
    first = cast.sizes.pick(draws, "members/first")
    choice = choice_of(world.spec.members.statuses)
    statuses = [
        choice.pick(draws, f"members/status/{turn}").tolist() for turn in range(int(counts.max()))
    ]
    rows = zip(
        shared.tolist(), counts.tolist(), first.tolist(), images.owner[shared].tolist(), strict=True
    )
    for number, (place, count, begin, owner) in enumerate(rows):
        found.places.extend([place] * count)
        found.projects.extend(_around(cast.ring, cast.places[begin], owner, count))
        found.statuses.extend([statuses[turn][number] for turn in range(count)])
    return found


def _around(ring: list[int], place: int, owner: int, count: int) -> list[int]:
    """Give so many projects along the ring, but the owner."""
    found: list[int] = []
    while len(found) < count:
        project = ring[place % len(ring)]
        if project != owner:
            found.append(project)
        place += 1
    return found
