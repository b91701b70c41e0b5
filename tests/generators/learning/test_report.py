"""The report on a learned spec names the reason why a part is less alike than the others."""

import pytest

from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.held_out import HeldOut
from glancetape_generators.learning.comparing.learning_report import write_report
from glancetape_generators.learning.comparing.scores import PARTS, Likeness
from glancetape_generators.learning.learned_spec import LearnedSpec
from glancetape_generators.learning.threshold import Threshold


def _likeness(parents: float) -> Likeness:
    parts = dict.fromkeys(PARTS, 0.99) | {"parents": parents}
    return Likeness(parts=parts, columns={}, pairs={})


@pytest.mark.parametrize(
    ("learned", "seeds", "halves", "told"),
    [
        (0.90, 0.91, 0.90, "- parents: chance alone, as two seeds or two halves are no more alike"),
        (0.80, 0.98, 0.97, "not in the vocabulary\n"),
        (0.80, 0.91, 0.93, "not in the vocabulary; by chance it would be 0.910\n"),
        (0.96, 0.91, 0.93, "No part is below 0.95.\n"),
    ],
)
def test_a_part_below_enough_has_its_reason(
    learned: float, seeds: float, halves: float, told: str
) -> None:
    """Chance, where two seeds or the two halves are no more alike; otherwise what a spec lacks."""
    found = HeldOut(
        images=100,
        learned=_likeness(learned),
        seeds=_likeness(seeds),
        halves=_likeness(halves),
    )

    report = write_report(
        Capture.of([]), Threshold(10, 3), LearnedSpec({"like": "region"}), [], found
    )

    assert told in report
    assert ("- presence: " in report) is False
