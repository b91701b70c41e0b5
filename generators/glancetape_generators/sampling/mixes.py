"""What each project uses: few of some things, while all projects together use all by weight.

Projects lie on a line, each as wide as its number of images; on a second line of the same length
lie the things, each as wide as its weight. A project uses the things above it:

    projects  |   A   |  B  | C |D|     A uses CentOS and a little Ubuntu, B Ubuntu,
    things    | CentOS | Ubuntu |Win|   C Windows and a little Ubuntu, D Windows

Both lines are shuffled by the seed. All is counted in whole numbers, so it is the same everywhere.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np

from glancetape_generators.sampling.draws import WINDOW, Choice, Draws, Flags, Ints
from glancetape_generators.sampling.lines import Line

_APART = 10  # one in so many of a project's images has any thing, the others what is its own
_FINE = 16  # bits
_GOLDEN = 0x9E3779B9  # 2**32 / 1.618...: steps of this length, around a circle, are far apart


class Mix:
    """Which of some things the images of each project have, as numbers of the things."""

    def __init__(
        self,
        seed: int,
        name: str,
        sizes: Ints,
        weights: Sequence[int],
        own: Mapping[int, Sequence[int]] | None = None,
    ) -> None:
        """Lay out the lines: sizes of projects, weights of things; `name` shuffles them.

        `own` are projects with weights of their own.
        """
        self._name = name
        self._own = {
            project: Choice(range(len(of)), list(of)) for project, of in (own or {}).items()
        }
        self._sizes = sizes
        self._projects = np.argsort(_shuffled(seed, f"{name}/projects", len(sizes)), kind="stable")
        self._line_of_projects = Line(np.cumsum(sizes[self._projects]))
        self._starts = np.zeros(len(sizes), np.int64)
        self._starts[self._projects] = self._line_of_projects.ends - sizes[self._projects]
        self.total = int(sizes.sum())
        """The length of the lines."""
        self._things = np.argsort(_shuffled(seed, f"{name}/things", len(weights)), kind="stable")
        widths = [weights[thing] for thing in self._things.tolist()]
        ends = [self.total * end // sum(widths) for end in accumulate(widths)]
        self._line = Line(np.array(ends, np.int64))

    def projects_at(self, places: Ints) -> Ints:
        """Return the projects at some places of the line."""
        found: Ints = self._projects[self._line_of_projects.parts_at(places)]
        return found

    def around(self, projects: Ints, parts: int) -> tuple[Ints, Ints]:
        """Return where each project begins and ends, when the line is divided into equal parts.

        These are the number of its first part, and that of the part after its last one.
        """
        starts = self._starts[projects]
        ends = starts + np.maximum(self._sizes[projects], 1)
        return starts * parts // self.total, -(-ends * parts // self.total)

    def share(self, things: Flags) -> Ints:
        """Return how many thousandths of each project's images have one of some things."""
        widths = np.diff(self._line.ends, prepend=0) * things[self._things]
        before = np.concatenate(([0], np.cumsum(widths)))
        ends = np.concatenate(([0], self._line.ends))

        def below(places: Ints) -> Ints:
            """Return how much of the line before some places belongs to the things."""
            thing = np.minimum(self._line.parts_at(places), len(ends) - 2)
            return before[thing] + (places - ends[thing]) * things[self._things[thing]]

        of_own = below(self._starts + self._sizes) - below(self._starts)
        of_all = before[-1] * 1000 // (_APART * self.total)
        found: Ints = of_all + of_own * 1000 * (_APART - 1) // (_APART * np.maximum(self._sizes, 1))
        for project, choice in self._own.items():
            places = np.arange(1000) * choice.total // 1000
            found[project] = np.count_nonzero(things[choice.at(places)])
        return found

    def pick(
        self,
        draws: Draws,
        owners: Ints,
        places: Ints | None = None,
        is_own: Flags | None = None,
    ) -> Ints:
        """Return the thing of each image, given the number of its project.

        Where `places` on the line decided the project, they decide the thing as well; so a share
        comes out as evenly as the places are. Images that are `is_own` have what is the project's
        own in any case.
        """
        starts, sizes = self._starts[owners], np.maximum(self._sizes[owners], 1)
        if places is None:
            places = starts + draws.evenly(f"{self._name}/place", sizes)
        moved = self._moved(draws, places, is_own)
        found = self._things[self._line.parts_at(np.minimum(moved, self.total - 1))]
        for project, choice in self._own.items():
            if (here := owners == project).any():
                found = np.where(here, choice.spread(draws, f"{self._name}/own"), found)
        things: Ints = found
        return things

    def _moved(self, draws: Draws, places: Ints, is_own: Flags | None) -> Ints:
        """Return the places on the line of things, moved where the thing is one of all projects.

        In each window it is each tenth record, in the order of their places, and their things are
        far apart. So the records of each thing are as even as without them; chosen by draws of
        their own, they would add most of the unevenness.
        """
        windows, which = draws.of_windows
        first = windows.in_turn(f"{self._name}/common", _APART << _FINE)
        turn = ((places << WINDOW) // self.total << _FINE) + first.take(which)
        rounds = turn // (_APART << _FINE)
        # The remainder; `%` takes several times as long.
        turn -= rounds * (_APART << _FINE)
        is_common = turn < 1 << _FINE
        common = np.flatnonzero(is_common if is_own is None else is_common & ~is_own)
        drawn = windows.below(f"{self._name}/any", 1 << 32)
        steps = rounds.take(common) * _GOLDEN + drawn.take(which.take(common))
        moved = places.copy()
        moved[common] = (steps & (1 << 32) - 1) * self.total >> 32
        return moved


def _shuffled(seed: int, field: str, count: int) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    return Draws(seed, np.arange(count, dtype=np.int64)).bits(field)
