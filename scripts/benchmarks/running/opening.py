"""Opening a cassette of vcrpy's, by a replaying session and by vcrpy itself, in turns.

Runs as a separate process: `python -m benchmarks.running.opening ROUNDS FILE`. Prints the seconds
of processor time of each round, as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def main(rounds: int, path: str) -> dict[str, list[float]]:
    """Open the file in turns; the first round of each side is not counted."""
    from vcr.cassette import Cassette  # type: ignore[import-untyped]  # vcrpy has no types

    from glancetape.options import Settings
    from glancetape.session.opening import open_session

    settings = Settings(replay=(Path(path),))
    sides: dict[str, Callable[[], object]] = {
        "glancetape": lambda: open_session(settings),
        "vcrpy": lambda: Cassette.load(path=path),
    }
    took: dict[str, list[float]] = {name: [] for name in sides}
    for counted in range(rounds + 1):
        for name, opens in sides.items():
            start = time.process_time()
            opens()
            if counted:
                took[name].append(time.process_time() - start)
    return took


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2])))
