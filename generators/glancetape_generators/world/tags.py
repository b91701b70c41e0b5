"""All tags that a spec can make, and how one is chosen.

Each project has a few keys, and mostly a few values of each, as a team with an app or two has.

    project A   env=prod   team=web   app=shop     project B   app=crm   release=2.0   release=2.1
"""

from math import gcd

import numpy as np
import orjson

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Draws, Ints
from glancetape_generators.sampling.mixes import Mix
from glancetape_generators.spec.spec import Tags


class TagTable:
    """The tags of a spec, by number: all `key=value`, then all `key.value` (before the upgrade)."""

    def __init__(self, spec: Tags, seed: int, sizes: Ints) -> None:
        """Number the tags of the spec's keys and values; `sizes` are those of the projects."""
        self._old = spec.old
        self._values = sum(map(len, spec.keys.values()))
        numbers = np.array([len(values) for values in spec.keys.values()], np.int64)
        self._begins = np.cumsum(numbers) - numbers
        self.keys = _keys_of_projects(seed, len(sizes), len(spec.keys), spec.most)
        """Project, turn -> the number of the key that its images have in this turn."""
        self._mixes = [
            Mix(seed, f"tags/value/{number}", self._uses(number, sizes, spec.most), [*of.values()])
            for number, of in enumerate(spec.keys.values())
        ]
        self.texts = [
            f"{key}{mark}{value}" if value else key
            for mark in "=."
            for key, values in spec.keys.items()
            for value in values
        ]
        # Two keys may make the same old tag: `a.b` with value c, and `a` with value `b.c`.
        first = {text: number for number, text in reversed(list(enumerate(self.texts)))}
        self._same = np.array([first[text] for text in self.texts], np.int64)
        in_json = [orjson.dumps(text).decode() for text in self.texts]
        self.first_in_json = octets(["", *in_json])
        """Each tag in JSON as the first of a list; index 0 is number -1, no tag."""
        self.later_in_json = octets(["", *(f",{text}" for text in in_json)])
        """Each tag in JSON as a later one of a list."""

    def _uses(self, key: int, sizes: Ints, most: int) -> Ints:
        """Return how often projects use a key: an image has few tags, so rather the first keys."""
        places, turns = np.nonzero(self.keys == key)
        uses = np.zeros(len(sizes), np.int64)
        uses[places] = sizes[places] * (most - turns) ** 2 // most**2
        return uses if uses.any() else sizes

    def pick(self, draws: Draws, owners: Ints, key: int) -> Ints:
        """Return the number of the tag of images that have a key, given their projects."""
        numbers = self._begins[key] + self._mixes[key].pick(draws, owners)
        old = draws.percent_evenly(f"tags/old/{key}", self._old)
        chosen: Ints = self._same[np.where(old, numbers + self._values, numbers)]
        return chosen


def _keys_of_projects(seed: int, projects: int, keys: int, most: int) -> Ints:
    """Return the keys of each project: it begins at any, and takes each second or third or so."""
    draws = Draws(seed, np.arange(projects))
    # A step without a common factor leads to all keys before it comes to the first one again.
    steps = np.array([step for step in range(1, keys + 1) if gcd(step, keys) == 1] or [1], np.int64)
    first = draws.below("tags/first", max(keys, 1))
    step = steps[draws.below("tags/step", len(steps))]
    turns = np.arange(min(keys, most))
    found: Ints = (first[:, None] + step[:, None] * turns) % max(keys, 1)
    return found
