"""The words that tenants name their images after, and the systems that each of them runs on."""

from collections.abc import Mapping

import numpy as np

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Choice, Draws, Flags, Ints
from glancetape_generators.sampling.mixes import Mix
from glancetape_generators.vocabulary.vocabulary import vocabulary
from glancetape_generators.world.field_tables import OS_TYPES


class Apps:
    """The apps of a spec by number; those of the vocabulary, equally often, if it has none."""

    def __init__(
        self,
        seed: int,
        weights: Mapping[str, int],
        sizes: Ints,
        own: Mapping[int, Mapping[str, int]],
    ) -> None:
        """Choose apps by weights; `sizes` and `own` weights of projects, by their number."""
        only: Mapping[str, list[str]] = vocabulary()["applications_for"]
        chosen = weights or dict.fromkeys(vocabulary()["applications"], 1)
        names = list(dict.fromkeys([*chosen, *(name for of in own.values() for name in of)]))
        self.texts = octets(names)
        listed = [chosen.get(name, 0) for name in names]
        projects = {
            project: [of.get(name, 0) for name in names] for project, of in own.items() if of
        }
        self._mix = Mix(seed, "app", sizes, listed, projects)
        self._has_weights = bool(weights)
        self._with_own = np.array(list(projects), np.int64)
        fits = [
            [name not in only or os_type in only[name] for name in names] for os_type in OS_TYPES
        ]
        self._fits = np.array(fits, bool)
        """Type of system, app -> whether it runs there."""
        self._fitting = [
            choice if choice.total else None
            for choice in (
                Choice(
                    range(len(names)),
                    [weight * fit for weight, fit in zip(listed, row, strict=True)],
                )
                for row in fits
            )
        ]

    def are_of_spec(self, owners: Ints) -> Flags:
        """Whether the spec gives the apps of each of these projects."""
        if self._has_weights:
            return np.ones(len(owners), np.bool_)
        return np.isin(owners, self._with_own)

    def pick(self, draws: Draws, owners: Ints, os_types: Ints) -> Ints:
        """Return the app of each image: one of its project's that runs on its type of system."""
        found = self._mix.pick(draws, owners)
        wrong = ~self._fits[os_types, found]
        for os_type, choice in enumerate(self._fitting):
            here = np.flatnonzero(wrong & (os_types == os_type))
            if choice is not None and len(here):
                found[here] = choice.pick(draws.some(here), "app/fitting")
        return found
