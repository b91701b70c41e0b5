"""Searching for secrets: texts that are made to take long."""

import time

from benchmarks.figure import Figure, within
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.secrets.hostile_texts import HOSTILE

BOUND = within(5, "s")
"""Going back over what was read would take minutes."""


def measure(rounds: int) -> list[Figure]:
    """Search each text, and return what the slowest one takes."""
    redactor = Redactor(StandIns(b"a key for this figure"))
    slowest = tuple(
        max(_seconds(redactor, text) for text in HOSTILE.values()) for _ in range(rounds)
    )
    name = f"secrets in {len(HOSTILE)} hostile texts of up to 0.3 MB, the slowest, CPU"
    return [Figure(name, "s", slowest, bound=BOUND)]


def _seconds(redactor: Redactor, text: str) -> float:
    begun = time.process_time()
    redactor.text(text)
    return time.process_time() - begun
