"""Look for wrong answers: record random histories, replay them in any order, judge each answer.

Each seed is a small cloud with several callers, whose reads, changes and refusals are recorded into
cassettes. Replayed in a random order, every answer has to be what the cloud would have given after
the changes that were played; a miss is always right. Nothing leaves the machine.
"""

import argparse
import logging
import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from support.hunt.drawing import draw
from support.hunt.product import forget_own_key
from support.hunt.real_glance import in_its_cloud, running_glance
from support.hunt.telling import account
from support.hunt.trial import Tried, Wrong, perform, shrink, try_seed

KINDS = ("exact", "derived", "miss", "wrong")


def main() -> int:
    """Try the seeds and print what came out, also when interrupted; return 1 if one was wrong."""
    options = parse_arguments()
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    found = Found()
    with TemporaryDirectory(prefix="hunt-home-") as home, suppress(KeyboardInterrupt):
        forget_own_key(Path(home))
        for tried in tried_seeds(options):
            found.add(tried, options)
            progress(found.opened, len(found.total.wrong), started)
            if found.total.wrong and not options.keep_going:
                break
            if time.monotonic() - started > options.minutes * 60:
                break
    report(found.total, found.opened, found.refused, time.monotonic() - started)
    if options.reasons:
        for why, count in found.total.reasons.most_common():
            print(f"{count:6} misses: {why}")
    return 1 if found.total.wrong else 0


@dataclass
class Found:
    """What came out of all seeds so far."""

    total: Tried = field(default_factory=Tried)
    opened: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)

    def add(self, tried: Tried, options: argparse.Namespace) -> None:
        """Count what came out of one seed, and show the first wrong answer of each kind."""
        self.opened += 1
        self.total.counts += tried.counts
        self.total.reasons += tried.reasons
        if tried.refused:
            self.refused[without_path(tried.refused)] += 1
        for wrong in tried.wrong:
            self.total.wrong.append(wrong)
            self.shown[wrong.signature] += 1
            if not options.keep_going or self.shown[wrong.signature] == 1:
                show(wrong, options)
            if not options.keep_going:
                break


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/hunt", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=500, help="how many (default: %(default)s)")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument(
        "--minutes", type=float, default=60, help="stop then (default: %(default)s)"
    )
    parser.add_argument(
        "--glance",
        action="store_true",
        help="let a real Glance judge, of those histories that may happen in one (one process)",
    )
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument(
        "--keep-going", action="store_true", help="do not stop at the first wrong answer"
    )
    parser.add_argument("--reasons", action="store_true", help="also count why there are misses")
    parser.add_argument(
        "--tries", type=int, default=300, help="how many to make a wrong answer small"
    )
    return parser.parse_args()


def tried_seeds(options: argparse.Namespace) -> Iterator[Tried]:
    """Yield what came out of each seed, in their order."""
    seeds = range(options.first, options.first + options.seeds)
    if options.glance:
        with running_glance() as glance:
            for history in filter(None, map(in_its_cloud, map(draw, seeds))):
                yield perform(history, judge=glance.answer)
        return
    if options.workers == 1:
        yield from map(try_seed, seeds)
        return
    with multiprocessing.Pool(options.workers) as pool:
        yield from pool.imap(try_seed, seeds, chunksize=4)


def show(wrong: Wrong, options: argparse.Namespace) -> None:
    """Print a wrong answer, made small."""
    clear()
    is_made_small = options.tries and not options.glance
    print("\n".join(account(shrink(wrong, options.tries) if is_made_small else wrong)), flush=True)


def report(total: Tried, opened: int, refused: Counter[str], seconds: float) -> None:
    """Print the counts by kind of question, and the speed."""
    clear()
    print(f"{'question':32}" + "".join(f"{kind:>9}" for kind in KINDS))
    for question in sorted({question for question, _ in total.counts}):
        row = (total.counts[question, kind] for kind in KINDS)
        print(f"{question:32}" + "".join(f"{count:9}" for count in row))
    for why, count in refused.most_common():
        print(f"{count} cassettes not opened: {why}")
    speed = opened / seconds * 60
    print(f"{opened} histories, {len(total.wrong)} wrong answers, {speed:.0f} histories a minute")


def without_path(why: str) -> str:
    """Return the reason why cassettes are not opened, without the name of the file."""
    return why.partition(": ")[2][:120] or why[:120]


def progress(opened: int, wrong: int, started: float) -> None:
    """Show on a terminal how far it is."""
    if sys.stderr.isatty():
        speed = opened / (time.monotonic() - started) * 60
        text = f"{opened} histories, {wrong} wrong answers, {speed:.0f} a minute"
        print(f"\r{text:70}", end="", file=sys.stderr)


def clear() -> None:
    """Take the progress off the terminal."""
    if sys.stderr.isatty():
        print(f"\r{'':70}\r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
