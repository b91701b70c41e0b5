"""The tags that there can be, and how they are chosen."""

import numpy as np
import orjson

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Draws, Ints
from glancetape_generators.spec.spec import Tags


class TagTable:
    """All tags of a spec, key by key, then as they were before the cloud's upgrade."""

    def __init__(self, spec: Tags) -> None:
        """Take the keys with their values."""
        self._old = spec.old
        weights = [weight for values in spec.keys.values() for weight in values.values()]
        self._ends: Ints = np.cumsum(np.array(weights, np.int64))
        self._totals = np.array([sum(values.values()) for values in spec.keys.values()], np.int64)
        self._begins = np.cumsum(self._totals) - self._totals
        self.texts = [
            f"{key}{mark}{value}" if value else key
            for mark in "=."
            for key, values in spec.keys.items()
            for value in values
        ]
        # Two keys may make the same tag: `a.b` with value c, and `a` with value `b.c`, before.
        first = {text: number for number, text in reversed(list(enumerate(self.texts)))}
        self._same = np.array([first[text] for text in self.texts], np.int64)
        in_json = [orjson.dumps(text).decode() for text in self.texts]
        self.first_in_json = octets(["", *in_json])
        """As the first of a list, from number -1 for none on."""
        self.later_in_json = octets(["", *(f",{text}" for text in in_json)])
        """As a later one."""

    def pick(self, draws: Draws, keys: Ints, turn: int) -> Ints:
        """Choose a tag of a key for each image."""
        places = self._begins[keys] + draws.below(f"tags/value/{turn}", self._totals[keys])
        numbers = np.searchsorted(self._ends, places, "right")
        old = draws.percent(f"tags/old/{turn}", self._old)
        chosen: Ints = self._same[np.where(old, numbers + len(self._ends), numbers)]
        return chosen
