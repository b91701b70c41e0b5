"""A pool of images from which one at a time is drawn, in some 20 microseconds.

To make one image takes milliseconds, most of them to look at each table once; to make thousands
together takes microseconds for each. So thousands are made at the first draw. A draw is a random
number: it chooses an image of the pool and gives it an id and a moment of its own, so that images
are different however many are drawn, and the same number always gives the same image.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

import numpy as np
import orjson

from glancetape_cassettes.near_names import nearest
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.provider.arguments import SpecNow
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.world.fixed import record_numbers
from glancetape_generators.world.world import World

Image = dict[str, Any]

IN_POOL = 4096
_SEED = 0  # of the world that images drawn one by one belong to
_RECORDS = 1 << 48  # images of that world; those of the pool lie far from each other
_CATALOGUE = 1 << 12  # the first records of a world hold its public images
# How many more images are made to find one with a rare field.
_MORE = (1 << 14, 1 << 16)
_TIMES = ("created_at", "updated_at", "active_at")
_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an image that is drawn must be like; None leaves it open."""

    visibility: str | None = None
    kind: str | None = None
    os: str | None = None
    of_project: bool = False
    """Whether it must be a tenant's, which a project can own."""

    def fits(self, image: Mapping[str, Any]) -> bool:
        """Whether an image is like this."""
        if self.visibility not in (None, image["visibility"]):
            return False
        if self.kind not in (None, kind_of(image)):
            return False
        if self.of_project and image["visibility"] == "public":
            return False
        return self.os is None or self.os.casefold() in map(str.casefold, _systems_of(image))


def kind_of(image: Mapping[str, Any]) -> str:
    """The kind of an image: `__imagetype`, or in OpenStack its visibility."""
    return str(image.get("__imagetype", image["visibility"]))


def _systems_of(image: Mapping[str, Any]) -> set[str]:
    names = ("__platform", "__os_type", "__os_version", "os_distro")
    return {str(image[name]) for name in names if name in image}


class Pool:
    """The images of a spec that are drawn one by one."""

    def __init__(self, spec: str) -> None:
        """Take a preset or the path of a spec. Raises ImageSetError when it cannot be read."""
        self.spec = spec
        self._world = World(read_spec(spec), _SEED)
        self._fitting: dict[Wanted, list[bytes]] = {}
        self._having: dict[str, list[bytes]] = {}

    @cached_property
    def drawn(self) -> list[bytes]:
        """The images, each a line of NDJSON with its members."""
        return self._spread(IN_POOL)

    def fitting(self, wanted: Wanted) -> list[bytes]:
        """Those like `wanted`; public ones of the catalogue too. LookupError when there is none."""
        if wanted == Wanted():
            return self.drawn
        if wanted not in self._fitting:
            self._fitting[wanted] = [
                line for line in self._all() if wanted.fits(orjson.loads(line))
            ] or list(self._more(wanted.fits))
        if not self._fitting[wanted]:
            raise LookupError(
                f"no image of {self.spec} is like that: {_in_words(wanted)}{self._meant(wanted.os)}"
            )
        return self._fitting[wanted]

    def having(self, name: str) -> list[bytes]:
        """Those that have a field. LookupError when the spec makes none."""
        if name not in self._having:
            key = orjson.dumps(name) + b":"
            self._having[name] = [line for line in self.drawn if key in line] or list(
                self._more(lambda image: name in image)
            )
        if not self._having[name]:
            raise LookupError(f"no image of {self.spec} has {name}")
        return self._having[name]

    def _meant(self, os: str | None) -> str:
        """What to write instead of a system that no image has; "" where images have it."""
        systems = {
            name.casefold(): name
            for line in self._all()
            for name in _systems_of(orjson.loads(line))
        }
        if os is None or os.casefold() in systems:
            return ""
        near = nearest(os.casefold(), systems)
        if near:
            return f" (did you mean {systems[near]!r}?)"
        return "; os is a platform such as 'Ubuntu', a type such as 'Linux', or a version"

    @cached_property
    def _public(self) -> list[bytes]:
        places = np.arange(_CATALOGUE, dtype=np.int64)
        lines = _lines(self._world, record_numbers(places, len(self._world.fixed)))
        return [line for line in lines if b'"visibility":"public"' in line]

    def _all(self) -> Iterator[bytes]:
        yield from self.drawn
        gold = (line for line in self._public if b'"__imagetype":"market"' not in line)
        yield from gold

    def _more(self, fits: Any) -> Iterator[bytes]:
        for count in _MORE:
            found = [line for line in self._spread(count) if fits(orjson.loads(line))]
            if found:
                yield from found
                return

    def _spread(self, count: int) -> list[bytes]:
        step = _RECORDS // count
        return _lines(self._world, np.arange(count, dtype=np.int64) * step + step // 3)


@lru_cache(maxsize=4)
def pool_of(spec: SpecNow) -> Pool:
    """The pool of a preset or a spec."""
    return Pool(spec.name)


def _lines(world: World, records: "np.ndarray[Any, np.dtype[np.int64]]") -> list[bytes]:
    return WholeImages(Images(world, records)).lines()


def _in_words(wanted: Wanted) -> str:
    named = {"visibility": wanted.visibility, "kind": wanted.kind, "os": wanted.os}
    words = [f"{name}={value!r}" for name, value in named.items() if value is not None]
    return ", ".join([*words, *(["of a project"] if wanted.of_project else [])])


def drawn_from(lines: list[bytes], number: int, project: str | None = None) -> Image:
    """The image that a random number of 64 bits draws from a pool."""
    line = lines[number % len(lines)]
    chosen = orjson.loads(line)
    line = line.replace(chosen["id"].encode(), _uuid(number))
    if project is not None:
        line = line.replace(chosen["owner"].encode(), project.encode())
    image: Image = orjson.loads(line)
    _move(image, number)
    return image


def _uuid(number: int) -> bytes:
    """A UUID of version 4 that follows from a number."""
    digest = blake2b(number.to_bytes(8), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4)).encode()


def _move(image: Image, number: int) -> None:
    """Move the times of an image by up to 59 seconds, within its day: names may hold the day."""
    seconds = timedelta(seconds=(number >> 32) % 60)
    named = [name for name in _TIMES if image.get(name)]
    moved = {
        name: datetime.strptime(image[name], _FORM).replace(tzinfo=UTC) - seconds for name in named
    }
    if all(time.strftime("%Y-%m-%d") == image[name][:10] for name, time in moved.items()):
        image.update({name: time.strftime(_FORM) for name, time in moved.items()})
