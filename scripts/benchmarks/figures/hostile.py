"""What is made to take long: texts, bodies and archives that are searched, and a file to import."""

import base64
import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, at_most, in_turns, within
from glancetape_cassettes.formats.foreign.curl.curl_verbose import CURL_VERBOSE
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.foreign.text_files import many_heads
from support.secrets.hostile_texts import HOSTILE, SLOW_UNITS, bomb
from support.secrets.packing import BODY_PLACES, TEXT_PLACES

BOUND = within(5, "s")
"""Going back over what was read would take minutes."""
HEADS = 300_000
SIZE = 48 * 1024
"""Bytes of a body."""
PROSE = "the image of this server is not found here.\n"
PACKS = ("zip", "gzip", "xz", "zstandard")


def measure(folder: Path, rounds: int) -> list[Figure]:
    """Return what the slowest one of each kind takes."""
    redactor = Redactor(StandIns(b"a key for this figure"))

    def body(unit: str) -> float:
        text = unit.encode() * (SIZE // len(unit.encode()))
        return _seconds(redactor.interaction, BODY_PLACES["answer"](text))

    bombs = [bomb(pack, levels) for pack, levels in product(PACKS, (1, 2, 3))]
    packed = [BODY_PLACES["answer"](one) for one in bombs]
    packed += [TEXT_PLACES["member"](base64.b64encode(one).decode()) for one in bombs]
    curl = folder / "curl.txt"
    curl.write_bytes(many_heads(HEADS))
    found = in_turns(
        rounds,
        {
            "texts": lambda: max(_seconds(redactor.text, text) for text in HOSTILE.values()),
            "bodies": lambda: max(map(body, SLOW_UNITS)),
            "prose": lambda: body(PROSE),
            "archives": lambda: max(_seconds(redactor.interaction, one) for one in packed),
            "curl": lambda: _seconds(_read, curl),
        },
    )
    return [
        Figure(
            f"secrets in {len(HOSTILE)} hostile texts of up to 0.3 MB, the slowest, CPU",
            "s", found["texts"], bound=BOUND,
        ),
        Figure(
            f"secrets in {len(SLOW_UNITS)} hostile bodies of 48 KiB, the slowest / prose, CPU",
            "s", found["bodies"], found["prose"], target=at_most(40),
        ),
        Figure(
            f"secrets in {len(bombs)} archives that unpack to 20 MB, the slowest, CPU",
            "s", found["archives"], bound=BOUND,
        ),
        Figure(f"curl's output with {HEADS:,} heads, CPU", "s", found["curl"], bound=BOUND),
    ]  # fmt: skip


def _seconds(work: Callable[[Any], object], what: Any) -> float:
    begun = time.process_time()
    work(what)
    return time.process_time() - begun


def _read(path: Path) -> None:
    entries: Iterable[object] = CURL_VERBOSE.read(path, None) if CURL_VERBOSE.read else ()
    deque(entries, maxlen=0)
