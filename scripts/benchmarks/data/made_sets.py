"""Image sets to measure with: varied images as NDJSON, and sets imported from them.

The images of a smaller set are the first ones of a larger one. Each is made of one of 100,000
varied images; from there on with an id, a name, a time and checksums of its own.

Runs as a separate process: `python -m benchmarks.data.made_sets COUNT FILE`.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson

from benchmarks.running.children import BenchmarkError, environment, tool
from glancetape_cassettes.imageset.image_fields import format_time, parse_time
from glancetape_cassettes.imageset.schema import VERSION
from support.images.varied import FIRST_TIME, PROJECTS, SPAN, varied_images

PROJECT = PROJECTS[0]
"""Who asks."""
OTHER_PROJECT = PROJECTS[1]

ZONES = "abcd"
"""Every image has a zone, and a rack in that zone: but for the planted ones."""
PLANTED = (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c"), ("b", "d"))
"""Zone and rack that exactly three images have, all of them the asking project's."""
EMPTY = (("b", "a"), ("c", "b"), ("d", "c"), ("a", "d"), ("c", "a"), ("d", "b"))
"""Zone and rack that no image has."""
_COPIES = 3

SMALL, LARGE = 10_000, 1_000_000
"""How many images the sets have that are measured."""
SEED = 3
_VARIED = 100_000
_SHARE = 512  # what is asked of the disk at once
_FIRST = int(FIRST_TIME.timestamp())


@dataclass(frozen=True, slots=True)
class MadeSets:
    """Makes files in a folder, unless they are there already."""

    folder: Path

    def ndjson(self, count: int) -> Path:
        """Return the file of `count` images, about 1.1 kB each."""
        path = self.folder / f"{count}.ndjson"
        if not path.exists():
            print(f"making {count} images ...", file=sys.stderr)
            partial = path.with_suffix(".partial")
            run([sys.executable, "-m", "benchmarks.data.made_sets", str(count), str(partial)])
            partial.rename(path)
        return path

    def image_set(self, count: int) -> Path:
        """Return the set of `count` images."""
        path = self.set_path(count)
        if not path.exists():
            print(f"importing {count} images ...", file=sys.stderr)
            run(import_command(self.ndjson(count), path))
        return path

    def generated(self, count: int) -> Path:
        """Return a set of `count` images as `glancetape generate` makes them."""
        path = self.folder / f"{count}-generated-v{VERSION}.images"
        if not path.exists():
            print(f"generating {count} images ...", file=sys.stderr)
            options = ["--count", str(count), "--seed", str(SEED), "--out", str(path)]
            run([tool("glancetape"), "generate", *options])
        return path

    def set_path(self, count: int) -> Path:
        """Return where the set of `count` images lies or is to lie."""
        return self.folder / f"{count}-v{VERSION}.images"


def import_command(ndjson: Path, out: Path) -> list[str]:
    """Write the command line of `glancetape import`."""
    options = ["--force", "--home-project", PROJECT]
    return [tool("glancetape"), "import", str(ndjson), "--out", str(out), *options]


def run(command: list[str], env: Mapping[str, str] | None = None) -> str:
    """Run a command to its end and give what it prints. Raises BenchmarkError when it fails."""
    env = environment() if env is None else env
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise BenchmarkError(f"{command!r}: {done.stderr.strip()[-1000:]}")
    return done.stdout


def write_images(count: int, path: Path) -> None:
    """Write images as NDJSON."""
    with path.open("wb", buffering=_SHARE << 10) as file:
        for image in _images(count):
            file.write(orjson.dumps(image, option=orjson.OPT_APPEND_NEWLINE))


def _images(count: int) -> Iterator[Mapping[str, Any]]:
    varied = list(varied_images(min(count, _VARIED), SEED))
    planted = {100 + 300 * place: pair for place, pair in enumerate(PLANTED * _COPIES)}
    rng = Random(SEED)
    for number in range(count):
        image = varied[number % _VARIED]
        if number >= _VARIED:
            _renew(image, number, rng)
        source = UUID(int=rng.getrandbits(128), version=4)
        image["__originalimagename"] = str(source)
        image["__image_location"] = f"192.0.2.{number % 250}:uds_image_bucket:{source.hex}.zvhd2"
        zone = rack = ZONES[number % len(ZONES)]
        if number in planted:
            zone, rack = planted[number]
            yield image | {
                "owner": PROJECT, "status": "active", "visibility": "private", "os_hidden": False,
                "__isregistered": "true", "__zone": zone, "__rack": rack,
            }  # fmt: skip
        else:
            image["__zone"], image["__rack"] = zone, rack
            yield image


def _renew(image: dict[str, Any], number: int, rng: Random) -> None:
    """Make another image of one, in place: unlike it in what no two images share."""
    image["id"] = str(UUID(int=rng.getrandbits(128), version=4))
    begin, blank, last = (image["name"] or "").rpartition(" ")
    if blank and last.isdecimal():
        image["name"] = f"{begin} {number:05d}"
    if image["checksum"] is not None:
        image["checksum"] = f"{rng.getrandbits(128):032x}"
        image["os_hash_value"] = f"{rng.getrandbits(512):0128x}"
    created = parse_time("created_at", image["created_at"])
    updated = parse_time("updated_at", image["updated_at"])
    moved = _FIRST + rng.randrange(SPAN)
    image["created_at"], image["updated_at"] = (
        format_time(moved),
        format_time(moved + updated - created),
    )


if __name__ == "__main__":
    write_images(int(sys.argv[1]), Path(sys.argv[2]))
