"""What an image can have several of: tags, and the projects that it is shared with."""

from typing import NamedTuple

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.sampling.draws import Choice, Draws, Ints, choice_of
from glancetape_generators.world.field_tables import BACKUP, SHARED

_PARTNERS = 3  # of a project, with which it shares most of what it shares
_OF_PARTNERS = Choice(range(_PARTNERS + 1), (55, 20, 10, 15))  # the last one is anyone
_PROJECTS_OF_BACKUP = 10  # the API document's limit for members of a full-server image


def tag_turns(images: Images) -> list[Ints]:
    """Return the first tag of each image, then the second, and so on: numbers of tags, -1 for none.

    A project uses few keys, and some values more often than others. If an image has the same text
    by two keys, it has one tag less.
    """
    spec, tags = images.world.spec.tags, images.world.tags
    if not spec.share or not spec.keys:
        return []
    tagged = np.flatnonzero(images.is_tenants & images.draws.percent_evenly("tags", spec.share))
    draws, owners = images.draws.some(tagged), images.owner[tagged]
    if spec.numbers:
        counts = Choice([*spec.numbers], [*spec.numbers.values()]).spread(draws, "tags/count")
    else:
        counts = 1 + np.minimum(*(draws.below(f"tags/count/{n}", spec.most) for n in (1, 2)))
    turns = np.arange(tags.keys.shape[1])
    which, turn = np.nonzero(turns < counts[:, None])
    keys = tags.keys[owners[which], turn]
    chosen = np.full((len(turns), len(tagged)), -1, np.int64)
    for key in range(len(spec.keys)):
        here = np.flatnonzero(keys == key)
        some = which[here]
        chosen[turn[here], some] = tags.pick(draws.some(some), owners[some], key)
    found = np.full((len(turns), len(images)), -1, np.int64)
    for number, later in enumerate(chosen):
        for earlier in chosen[:number]:
            later[later == earlier] = -1
        found[number, tagged] = later
    return [*found]


class Memberships(NamedTuple):
    """Which projects images are shared with: three columns, one entry for each membership."""

    places: Ints
    """Place of the image in the block, ascending."""
    projects: Ints
    """Number of the project in the cast."""
    statuses: Ints
    """Number of the member's status in the world."""


def memberships(images: Images) -> Memberships:
    """Return the memberships of some images, image by image."""
    world, cast = images.world, images.world.cast
    ring = np.array(world.members or cast.ring, np.int64)
    places = np.full(len(cast.ids), -1, np.int64)
    places[ring] = np.arange(len(ring))
    most = min(world.spec.members.most, len(ring) if world.members else cast.tenants - 1)
    shared = np.flatnonzero(images.shown_kind == SHARED)
    if not len(shared):
        return Memberships(*np.zeros((3, 0), np.int64))
    draws = images.draws.some(shared)
    numbers = world.spec.members.numbers
    if not numbers:
        numbers = {number: 1 + 1000 // number**2 for number in range(1, most + 1)}
    counts = Choice(list(numbers), list(numbers.values())).spread(draws, "members/count")
    counts = np.minimum(counts, most)
    is_backup = images.final_way[shared] == BACKUP
    counts = np.where(is_backup, np.minimum(counts, _PROJECTS_OF_BACKUP), counts)
    if world.members:
        begins = draws.below("members/first", len(ring))
        # A project is no member of its own images.
        counts = np.minimum(counts, len(ring) - (places[images.owner[shared]] >= 0))
    else:
        begins = places[_first_members(images, shared, draws)]
    choice = choice_of(world.spec.members.statuses)
    statuses = np.array(
        [
            choice.spread(draws, f"members/status/{turn}")
            for turn in range(max(int(counts.max()), 1))
        ]
    )
    # Each is shared with the next projects along the ring, without its owner.
    own, length = places[images.owner[shared]], len(ring)
    to_owner = np.where(own >= 0, (own - begins) % length, length)
    which = np.repeat(np.arange(len(shared)), counts)
    turns = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    steps = turns + (turns >= to_owner[which])
    return Memberships(
        shared[which],
        ring[(begins[which] + steps) % length],
        statuses[turns, which],
    )


def _first_members(images: Images, shared: Ints, draws: Draws) -> Ints:
    """Return the first member of images: most are shared with one of a few partners.

    Each project has partners of its own, and shares most with the first one.
    """
    cast = images.world.cast
    number = _OF_PARTNERS.pick(draws, "members/partner")
    partners = Draws(images.world.seed, images.owner[shared] * _PARTNERS + number)
    anyone = cast.sizes.pick(draws, "members/first")
    return np.where(number < _PARTNERS, cast.sizes.pick(partners, "members/partner"), anyone)
