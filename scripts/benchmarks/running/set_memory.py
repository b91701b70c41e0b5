"""The memory of a process that has answered every kind of query from an image set.

Runs as a separate process: `python -m benchmarks.running.set_memory FILE`. Prints MiB by name.
"""

import json
import sys
from pathlib import Path

from benchmarks.data.questions import kinds_of, walk
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.imageset.image_set import ImageSet

_PAGES = 16


def memory_of(process: str) -> dict[str, float]:
    """Read the MiB of a process by name.

    `private` is what no other process shares and no file has: mapped pages of the set belong to
    the system. `anonymous` is what no file has, shared or not.
    """
    found: dict[str, int] = {}
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
        name, amount, _ = line.split()
        found[name] = int(amount)
    return {"private": found["Private_Dirty:"] / 1024, "anonymous": found["Anonymous:"] / 1024}


def main(path: Path) -> None:
    """Answer everything, then look."""
    with ImageSet(path) as images:
        lister = Lister(images)
        for kind in kinds_of(images):
            for query in kind.queries:
                for _ in walk(lister, kind, query, kind.limit, _PAGES):
                    pass
        print(json.dumps(memory_of("self")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
