"""The command line of `scripts/bench`."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.data.made_sets import MadeSets
from benchmarks.figure import Figure, markdown, table
from benchmarks.figures import (
    derived,
    endurance,
    hostile,
    plugin,
    record,
    replay,
    serving,
    start,
    traffic,
    workers,
)
from benchmarks.figures.image_sets import (
    against_glance,
    answering,
    fuzz,
    generating,
    importing,
    learning,
    played,
    unseen,
)
from benchmarks.running.children import BenchmarkError

NAMES = (
    "replay", "derived", "played", "record", "hostile", "start", "plugin", "generate", "learn",
    "import", "traffic", "sets", "unseen", "against-glance", "fuzz", "serve", "workers",
)  # fmt: skip
NAMED_ONLY = ("endurance",)
"""What takes ten minutes is measured only when it is named."""


def main() -> int:
    """Measure, print, and tell by the exit status whether every target is met."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children end with us
    with tempfile.TemporaryDirectory(prefix="glancetape-bench-sets-") as folder:
        figures = _measured(options, MadeSets(options.sets or Path(folder)))
    if options.json:
        print(json.dumps([figure.as_json() for figure in figures], indent=2))
    else:
        print(markdown(figures) if options.markdown else table(figures))
    return 1 if any(figure.verdict == "MISSED" for figure in figures) else 0


def _measured(options: argparse.Namespace, made: MadeSets) -> list[Figure]:
    rounds, requests = options.rounds, options.requests
    measures: dict[str, Callable[[Path], list[Figure]]] = {
        "replay": lambda folder: replay.measure(folder, rounds, requests),
        "derived": lambda folder: derived.measure(folder, made, rounds, requests),
        "played": lambda folder: played.measure(folder, made, rounds, requests),
        "record": lambda folder: record.measure(folder, rounds, requests),
        "hostile": lambda folder: hostile.measure(folder, rounds),
        "start": lambda folder: start.measure(folder, rounds),
        "plugin": lambda folder: plugin.measure(folder, rounds),
        "generate": lambda folder: generating.measure(folder, rounds),
        "learn": lambda folder: learning.measure(folder, rounds),
        "import": lambda folder: importing.measure(folder, made),
        "traffic": lambda folder: traffic.measure(folder, rounds),
        "sets": lambda _: answering.measure(made, rounds),
        "unseen": lambda _: unseen.measure(made, rounds, options.older),
        "against-glance": lambda folder: against_glance.measure(folder, made, rounds, requests),
        "fuzz": lambda _: fuzz.measure(made),
        "serve": lambda folder: serving.measure(folder, made, rounds),
        "workers": lambda folder: workers.measure(folder, made, rounds),
        "endurance": lambda folder: endurance.measure(folder, made, options.seconds),
    }
    figures: list[Figure] = []
    for name in [options.only] if options.only else NAMES:
        print(f"measuring {name} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="glancetape-bench-") as folder:
            try:
                figures += measures[name](Path(folder))
            except BenchmarkError as error:
                sys.exit(f"{name} could not be measured: {error}")
    return figures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure glancetape against bare mitmproxy, vcrpy, Faker, Mimesis, a real "
        "Glance, nginx, WireMock, mountebank and json-server, and image "
        "sets of 1,000,000 images against those of 10,000, in turns; each value "
        "is the median of the rounds. Exits 1 when a target is missed.",
    )
    parser.add_argument("--rounds", type=_count, default=5, metavar="N", help="[%(default)s]")
    parser.add_argument(
        "--requests", type=_count, default=1500, metavar="N", help="a round and side [%(default)s]"
    )
    parser.add_argument("--only", choices=NAMES + NAMED_ONLY)
    parser.add_argument(
        "--seconds",
        type=_count,
        default=endurance.SECONDS,
        metavar="N",
        help="of full load, for `endurance`, which is measured only when it is named [%(default)s]",
    )
    parser.add_argument(
        "--sets",
        type=_folder,
        metavar="DIR",
        help="keep the image sets that are measured (5 GB) here, and use those that are here",
    )
    parser.add_argument(
        "--markdown", action="store_true", help="print the table for docs/performance.md"
    )
    parser.add_argument(
        "--older",
        type=Path,
        metavar="DIR",
        help="a clone of an older version, for `unseen`",
    )
    parser.add_argument("--json", action="store_true", help="print the values of every round")
    return parser


def _folder(text: str) -> Path:
    path = Path(text)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
