"""The command line of `scripts/bench`."""

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks import record, replay, start
from benchmarks.children import BenchmarkError
from benchmarks.figure import Figure, table


def main() -> int:
    """Measure, print, and tell by the exit status whether every target is met."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children end with us
    measures = {
        "replay": lambda folder: replay.measure(folder, options.rounds, options.requests),
        "record": lambda folder: record.measure(folder, options.rounds, options.requests),
        "start": lambda folder: start.measure(folder, options.rounds),
    }
    figures: list[Figure] = []
    for name in [options.only] if options.only else measures:
        print(f"measuring {name} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="glancetape-bench-") as folder:
            try:
                figures += measures[name](Path(folder))
            except BenchmarkError as error:
                sys.exit(f"{name} could not be measured: {error}")
    if options.json:
        print(json.dumps([figure.as_json() for figure in figures], indent=2))
    else:
        print(table(figures))
    return 1 if any(figure.verdict == "MISSED" for figure in figures) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure glancetape against bare mitmproxy and vcrpy, in turns; each value "
        "is the median of the rounds. Exits 1 when a target is missed.",
    )
    parser.add_argument("--rounds", type=_count, default=5, metavar="N", help="[%(default)s]")
    parser.add_argument(
        "--requests", type=_count, default=1500, metavar="N", help="a round and side [%(default)s]"
    )
    parser.add_argument("--only", choices=("replay", "record", "start"))
    parser.add_argument("--json", action="store_true", help="print the values of every round")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
