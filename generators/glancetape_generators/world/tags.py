"""All tags that a spec can make, and how one is chosen."""

import numpy as np
import orjson

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Draws, Ints
from glancetape_generators.sampling.lines import Line
from glancetape_generators.spec.spec import Tags


class TagTable:
    """The tags of a spec, by number: all `key=value`, then all `key.value` (before the upgrade)."""

    def __init__(self, spec: Tags) -> None:
        """Number the tags of the spec's keys and values."""
        self._old = spec.old
        weights = [weight for values in spec.keys.values() for weight in values.values()]
        self._line = Line(np.cumsum(np.array(weights, np.int64)))
        self._totals = np.array([sum(values.values()) for values in spec.keys.values()], np.int64)
        self._begins = np.cumsum(self._totals) - self._totals
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

    def pick(self, draws: Draws, keys: Ints, turn: int) -> Ints:
        """Return the number of a tag for each image, given the number of its key."""
        places = self._begins[keys] + draws.evenly(f"tags/value/{turn}", self._totals[keys])
        numbers = self._line.parts_at(places)
        old = draws.percent_evenly(f"tags/old/{turn}", self._old)
        chosen: Ints = self._same[np.where(old, numbers + len(self._line.ends), numbers)]
        return chosen
