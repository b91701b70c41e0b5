"""How things are spread: images over projects, children over parents; one number says it."""

import numpy as np

from glancetape_generators.learning.capture import Capture
from glancetape_generators.sampling.draws import Flags, Ints

_MOST_PROJECTS = 100_000
_MOST_EVENNESS = 1_000_000


def sizes(capture: Capture, chosen: Flags) -> Ints:
    """Return the number of images of each project, the largest first."""
    owners = capture.owners[chosen & (capture.owners >= 0)]
    counts = np.bincount(owners)
    found: Ints = np.sort(counts[counts > 0])[::-1]
    return found


def fit_evenness(*groups: Ints) -> int:
    """Return the evenness with which a spec makes things of nearly these sizes.

    The n-th largest thing of a group has a size in proportion to 1 / (evenness + n).

    >>> fit_evenness(np.array([600, 300, 200, 150, 120]))
    0
    """
    compared = [one for one in groups if len(one) > 1 and one.sum()]
    if not compared:
        return 0
    candidates = sorted({0, *(int(one) for one in np.geomspace(1, _MOST_EVENNESS, 200))})

    def distance(evenness: int) -> float:
        found = 0.0
        for one in compared:
            line = 1 / (evenness + np.arange(1, len(one) + 1))
            found += float(np.abs(line / line.sum() * one.sum() - one).sum())
        return found

    return min(candidates, key=distance)


def count_projects(of_projects: Ints) -> int:
    """Return the number of projects for a spec."""
    return max(1, min(len(of_projects), _MOST_PROJECTS))
