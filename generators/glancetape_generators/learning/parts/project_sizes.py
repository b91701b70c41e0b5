"""How images are spread over projects: a count and one number for the evenness."""

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


def fit_evenness(of_projects: Ints) -> int:
    """Return the evenness with which a spec makes projects of nearly these sizes.

    The n-th project of a spec has images in proportion to 1 / (evenness + n).

    >>> fit_evenness(np.array([600, 300, 200, 150, 120]))
    0
    """
    if len(of_projects) < 2:
        return 0
    shares = of_projects / of_projects.sum()
    ranks = np.arange(1, len(shares) + 1)
    candidates = sorted({0, *(int(one) for one in np.geomspace(1, _MOST_EVENNESS, 200))})

    def distance(evenness: int) -> float:
        line = 1 / (evenness + ranks)
        return float(np.abs(line / line.sum() - shares).sum())

    return min(candidates, key=distance)


def count_projects(of_projects: Ints) -> int:
    """Return the number of projects for a spec."""
    return max(1, min(len(of_projects), _MOST_PROJECTS))
