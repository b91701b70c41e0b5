"""How good a learned spec is: learn from one half of a capture, and compare with the other half.

    half A  -> spec -> images of seed 1   compared with half B       the score
                       images of seed 2   compared with seed 1       the ceiling: two seeds
                       half A             compared with half B       two halves of the same images

Public images are in both halves: the tenants' images were made from them. If a capture shows none,
the generated ones are left out.
"""

import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import orjson

from glancetape_generators.columns.drafts import Drafts
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.scores import Likeness, compare
from glancetape_generators.learning.learned_spec import learn
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.spec_text import spec_of, write_spec
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.field_tables import GOLD
from glancetape_generators.world.world import World

_AT_ONCE = 1 << 13  # records
_MOST = 8_000  # tenants' images of a half that are compared; more would take longer
_FEWEST = 20
"""A half needs this many images to be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """How like the other half are the images of a spec that was learned from one half."""

    images: int
    """How many of each were compared."""
    learned: Likeness
    """Images of the spec, and the other half: the score."""
    seeds: Likeness
    """Images of the spec with one seed, and with another."""
    halves: Likeness
    """Both halves."""


def generated(spec: Spec, count: int, seed: int, *, with_public: bool = True) -> Capture:
    """Return the capture of generated images, with or without those of the operator."""
    if with_public:
        return Capture.of(_images(World(spec, seed), count))
    world = World(spec, seed)
    return Capture.of(islice(_images(world, count + spec.catalogue.images, hidden=(GOLD,)), count))


def _images(world: World, count: int, hidden: Collection[int] = ()) -> Iterator[dict[str, Any]]:
    for start in range(0, count, _AT_ONCE):
        records = np.arange(start, min(start + _AT_ONCE, count), dtype=np.int64)
        shown = records[~np.isin(Drafts(world, records).kind, list(hidden))]
        for line in WholeImages(Images(world, shown)).lines():
            image: dict[str, Any] = orjson.loads(line)
            yield image


def score_held_out(capture: Capture, least: int) -> HeldOut | None:
    """Learn from a half and compare; None for a capture that is too small."""
    if not capture.count:
        return None
    ids = capture.column("id")
    hashes = np.array([zlib.crc32(text.encode()) for text in ids.texts()] or [0])[ids.codes]
    in_first, is_used = hashes & 1 == 0, (hashes >> 1) % 1000 < 1000 * 2 * _MOST // capture.count
    operators = capture.is_public | Classified(capture).of_kind("gold")
    # Who lists private images only does not see what they were made from, but for older builds.
    sees_public = int(capture.is_public.sum()) >= least
    first = capture.at(operators | (in_first & is_used))
    others = ~in_first & is_used
    second = capture.at(operators | others if sees_public else others & ~operators)
    if min(first.count, second.count) < max(_FEWEST, 2 * least):
        return None
    spec = spec_of(write_spec(learn(first, least).sections, []))
    count = second.count
    one, two = (generated(spec, count, seed, with_public=sees_public) for seed in (1, 2))
    return HeldOut(
        images=count,
        learned=compare(second, one),
        seeds=compare(one, two),
        halves=compare(second, first),
    )
