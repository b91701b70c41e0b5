"""What an image can have several of: tags, and the projects that it is shared with."""

from dataclasses import dataclass

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.sampling.draws import Choice, Draws, Ints, choice_of
from glancetape_generators.world.field_tables import BACKUP, SHARED

_PROJECTS_OF_BACKUP = 10  # the API document's limit for members of a full-server image


def tag_turns(images: Images) -> list[Ints]:
    """Return the first tag of each image, then the second, and so on: numbers of tags, -1 for none.

    A project uses few keys, and some values more often than others. A tag that an image already has
    is not drawn again: it is missing.
    """
    spec, tags = images.world.spec.tags, images.world.tags
    if not spec.share or not spec.keys:
        return []
    seed = images.world.seed
    tagged = np.flatnonzero(images.is_tenants & images.draws.percent_evenly("tags", spec.share))
    draws = Draws(seed, images.records[tagged])
    counts = 1 + np.minimum(*(draws.below(f"tags/count/{n}", spec.most) for n in (1, 2)))
    # Each project begins at its own place in the list of keys.
    first = Draws(seed, images.owner[tagged]).below("tags/first", len(spec.keys))
    found: list[Ints] = []
    for turn in range(min(spec.most, len(spec.keys))):
        has = counts > turn
        numbers = np.full(len(images), -1, np.int64)
        some, keys = tagged[has], (first[has] + turn) % len(spec.keys)
        numbers[some] = tags.pick(Draws(seed, images.records[some]), keys, turn)
        for earlier in found:
            numbers[numbers == earlier] = -1
        found.append(numbers)
    return found


@dataclass(frozen=True, slots=True)
class Memberships:
    """Which projects images are shared with: three columns, one entry for each membership."""

    places: list[int]
    """Place of the image in the block."""
    projects: list[int]
    """Number of the project in the cast."""
    statuses: list[int]
    """Number of the member's status in the world."""


def memberships(images: Images) -> Memberships:
    """Return the memberships of some images, image by image."""
    world, cast = images.world, images.world.cast
    most = min(world.spec.members.most, cast.tenants - 1)
    shared = np.flatnonzero(images.shown_kind == SHARED)
    if not len(shared):
        return Memberships([], [], [])
    draws = Draws(world.seed, images.records[shared])
    wanted = Choice(range(1, most + 1), [1 + 1000 // n**2 for n in range(1, most + 1)])
    counts = wanted.pick(draws, "members/count")
    is_backup = images.final_way[shared] == BACKUP
    counts = np.where(is_backup, np.minimum(counts, _PROJECTS_OF_BACKUP), counts)
    first = cast.sizes.pick(draws, "members/first")
    choice = choice_of(world.spec.members.statuses)
    statuses = np.array(
        [choice.spread(draws, f"members/status/{turn}") for turn in range(int(counts.max()))]
    )
    # Each is shared with the next projects along the ring, without its owner.
    owner, tenants = images.owner[shared], len(cast.ring)
    ring, places = np.array(cast.ring, np.int64), np.full(len(cast.ids), -1, np.int64)
    places[: len(cast.places)] = cast.places
    to_owner = np.where(places[owner] >= 0, (places[owner] - places[first]) % tenants, tenants)
    which = np.repeat(np.arange(len(shared)), counts)
    turns = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    steps = turns + (turns >= to_owner[which])
    return Memberships(
        shared[which].tolist(),
        ring[(places[first][which] + steps) % tenants].tolist(),
        statuses[turns, which].tolist(),
    )
