"""Images out of a Faker generator's random numbers."""

import json
from functools import lru_cache
from typing import Any, cast

import numpy as np
from faker.providers import BaseProvider

from glancetape_generators.columns.assembled import Made
from glancetape_generators.columns.images import Images
from glancetape_generators.sampling.draws import Ints
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.world.world import World

Image = dict[str, Any]
"""An image as a list answer shows it."""

_ONE_WORLD = 0  # the seed of the world whose images come one by one
_RECORDS = 48  # bits: so many images has it
# Images looked at for one with a certain field: some fields are rare.
_TRIES = (1, 32, 512, 8192, 65536)


class WholeImages(BaseProvider):
    """Images as a whole."""

    spec = "region"
    """What the images are like: a preset or the path of a file; a subclass may name another."""

    def image(self, *, members: bool = False) -> Image:
        """Return an image.

        All that come one by one are of one world: they share projects, keys and parents. They are
        tenants' and market images; the public catalogue is in `images`. It takes the place of
        Faker's own `image()`, which draws pictures. With
        `members` a shared image has its members too, as a line that can be imported:
        `[{"member_id": "...", "status": "accepted"}]`.
        """
        return self._some(1, members=members)[0]

    def images(self, count: int, *, members: bool = False) -> list[Image]:
        """Return so many images that belong together: what they refer to is among them.

        Raises ValueError for less than none.
        """
        if count < 0:
            raise ValueError(f"{count} images cannot be made")
        seed = self.generator.random.getrandbits(63)
        return _read(_world(self.spec, seed), np.arange(count, dtype=np.int64), members=members)

    def _some(self, count: int, *, members: bool) -> list[Image]:
        random = self.generator.random
        records = np.array([random.getrandbits(_RECORDS) for _ in range(count)], np.int64)
        return _read(_world(self.spec, _ONE_WORLD), records, members=members)

    def _field(self, name: str) -> Any:
        """Return a field of an image that has it; LookupError when the spec makes none."""
        for tries in _TRIES:
            for image in self._some(tries, members=name == "members"):
                if name in image:
                    return image[name]
        raise LookupError(f"no image of {self.spec} has {name}")

    def _text(self, name: str) -> str:
        return cast(str, self._field(name))

    def _texts(self, name: str) -> list[str]:
        return cast(list[str], self._field(name))

    def _number(self, name: str) -> int:
        return cast(int, self._field(name))

    def _flag(self, name: str) -> bool:
        return cast(bool, self._field(name))


@lru_cache(maxsize=4)
def _world(spec: str, seed: int) -> World:
    return World(read_spec(spec), seed)


def _read(world: World, records: Ints, *, members: bool) -> list[Image]:
    made = Made(Images(world, records))
    written = made.lines() if members else made.bodies()
    return [json.loads(body) for body in written]
