"""Kill a recorder under load many times, and look for answers that its cassette lost."""

import argparse
import sys
import tempfile
from pathlib import Path

from support.running.kills import kill_repeatedly
from support.running.upstream import upstream


def main() -> int:
    """Return the exit status: 1 when a recording was lost or damaged."""
    parser = argparse.ArgumentParser(prog="scripts/kills", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="the number of kills (200)")
    count: int = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder, upstream() as service:
        killed = kill_repeatedly(service, Path(folder), count)
    print(
        f"{killed.kills} kills, {killed.received:,} answers that clients got, "
        f"{killed.lost} lost, {killed.damaged} damaged"
    )
    return int(bool(killed.lost or killed.damaged))


if __name__ == "__main__":
    sys.exit(main())
