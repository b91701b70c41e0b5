"""All tags that a spec can make, and how one is chosen.

Each project has a few keys, and mostly a few values of each, as a team with an app or two has.

    project A   env=prod   team=web   app=shop     project B   app=crm   release=2.0   release=2.1

Where a spec has several spellings of a word, a project has one style: it takes its spelling from
the same part of the list of each word.

    env: [env, Env, stage]   prod: [prod, Prod, live]   project A  env=prod   B  stage=live
"""

from collections.abc import Sequence
from itertools import accumulate
from math import gcd

import numpy as np
import orjson

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Draws, Ints
from glancetape_generators.sampling.mixes import Mix
from glancetape_generators.spec.spec import Tags

_WHOLE = 1 << 20
_FINE = 16  # bits
_MODELS, _ROUNDS = 1024, 16  # projects and times that weights of keys are tried with
_LARGE = 20  # a project with one image in twenty is large


class TagTable:
    """The tags of a spec, by number: all `key=value`, then all `key.value` (before the upgrade)."""

    def __init__(self, spec: Tags, seed: int, sizes: Ints) -> None:
        """Number the tags of the spec's keys and values; `sizes` are those of the projects."""
        self._old = spec.old
        spelled = [_Spelled(key, [*values], spec) for key, values in spec.keys.items()]
        self._spelled = spelled
        numbers = np.array([len(one.texts) for one in spelled], np.int64)
        self._values = int(numbers.sum())
        self._begins = np.cumsum(numbers) - numbers
        self._styles = Draws(seed, np.arange(len(sizes))).below("tags/style", 1 << _FINE)
        self._having = _having(spec)
        if spec.popular:
            often = [spec.popular[key] for key in spec.keys]
            self.keys = _popular_keys(seed, sizes, often, self._having)
        else:
            self.keys = _keys_of_projects(seed, len(sizes), len(spec.keys), spec.most)
        """Project, turn -> the number of the key that its images have in this turn."""
        self._mixes = [
            Mix(seed, f"tags/value/{number}", self._uses(number, sizes), [*of.values()])
            for number, of in enumerate(spec.keys.values())
        ]
        self.texts = [
            f"{key}{mark}{value}" if value else key
            for mark in "=."
            for one in spelled
            for key, value in one.texts
        ]
        # Two keys may make the same old tag: `a.b` with value c, and `a` with value `b.c`.
        first = {text: number for number, text in reversed(list(enumerate(self.texts)))}
        self._same = np.array([first[text] for text in self.texts], np.int64)
        in_json = [orjson.dumps(text).decode() for text in self.texts]
        self.first_in_json = octets(["", *in_json])
        """Each tag in JSON as the first of a list; index 0 is number -1, no tag."""
        self.later_in_json = octets(["", *(f",{text}" for text in in_json)])
        """Each tag in JSON as a later one of a list."""

    def _uses(self, key: int, sizes: Ints) -> Ints:
        """Return how often projects use a key: an image has few tags, so rather the first keys."""
        places, turns = np.nonzero(self.keys == key)
        uses = np.zeros(len(sizes), np.int64)
        uses[places] = sizes[places] * self._having[turns] // max(self._having[:1].sum(), 1)
        return uses if uses.any() else sizes

    def pick(self, draws: Draws, owners: Ints, key: int) -> Ints:
        """Return the number of the tag of images that have a key, given their projects."""
        values = self._mixes[key].pick(draws, owners)
        numbers = self._begins[key] + self._spelled[key].numbers(values, self._styles[owners])
        old = draws.percent_evenly(f"tags/old/{key}", self._old)
        chosen: Ints = self._same[np.where(old, numbers + self._values, numbers)]
        return chosen


class _Spelled:
    """The tags of one key in all spellings of key and values, numbered from 0."""

    def __init__(self, key: str, values: Sequence[str], spec: Tags) -> None:
        """List them: by the spelling of the key, then by value, then by the value's spelling."""
        keys = spec.spellings.get(key, (key,))
        listed = [spec.spellings.get(value, (value,)) for value in values]
        self.texts = [(word, text) for word in keys for texts in listed for text in texts]
        """Key and value of each tag, as they are written."""
        self._keys = len(keys)
        self._of_values = np.array([len(texts) for texts in listed], np.int64)
        self._begins = np.cumsum(self._of_values) - self._of_values

    def numbers(self, values: Ints, styles: Ints) -> Ints:
        """Return the number of each tag: of a value, as a project of this style writes it."""
        if len(self.texts) == len(self._of_values):
            return values
        of_keys = (styles * self._keys >> _FINE) * int(self._of_values.sum())
        found: Ints = self._begins[values] + (styles * self._of_values[values] >> _FINE)
        return found + of_keys


def _having(spec: Tags) -> Ints:
    """Return in what proportion tagged images have a first tag, a second one and so on."""
    if not spec.numbers:
        return np.arange(spec.most, 0, -1, dtype=np.int64) ** 2
    weights = [spec.numbers.get(number, 0) for number in range(1, spec.most + 1)]
    having = list(accumulate(reversed(weights)))[::-1]
    return np.array([max((one << _FINE) // having[0], 1) for one in having], np.int64)


def _popular_keys(seed: int, sizes: Ints, often: Sequence[int], having: Ints) -> Ints:
    """Return the keys of each project, so that images have each key as often as wanted.

    A project with many of the images takes those that lack most; chance would miss by its size.
    """
    weights = np.array(often, np.int64) * _WHOLE // sum(often)
    whole = int(having.sum()) * int(sizes.sum())
    left = [int(weight) * whole for weight in weights]
    largest = np.argsort(-sizes, kind="stable")[:_LARGE]
    large = largest[sizes[largest] * _LARGE >= sizes.sum()].tolist()
    taken = []
    for project in large:
        mine: list[int] = []
        for number in having.tolist()[: len(often)]:
            others = [key for key in range(len(often)) if key not in mine]
            mine.append(max(others, key=lambda key: left[key]))
            left[mine[-1]] -= number * int(sizes[project]) * _WHOLE
        taken.append(mine)
    rest = [max(one // whole, 1) for one in left]
    found = _keys_by_weight(seed, len(sizes), _fitting_weights(rest, having), len(having))
    if large:
        found[large] = taken
    return found


def _fitting_weights(often: Sequence[int], having: Ints) -> Ints:
    """Return by which weights projects take keys, so that images have each as often as wanted.

    A project takes its first key by these weights, its second one from the others, and so on; so
    with weights as frequent as the keys, the most frequent ones would be too rare.
    """
    wanted = np.array(often, np.int64) * _WHOLE // sum(often)
    weights = np.maximum(wanted, 1)
    all_turns = int(having.sum())
    # No image has a key twice, so none is wanted more often than there are images.
    wanted = np.maximum(np.minimum(wanted, int(having[0]) * _WHOLE // all_turns), 1)
    for _ in range(_ROUNDS):
        keys = _keys_by_weight(0, _MODELS, weights, len(having))
        shown = np.zeros(len(often), np.int64)
        for turn, number in enumerate(having.tolist()):
            shown += np.bincount(keys[:, turn], minlength=len(often)) * number
        shown = np.maximum(shown * _WHOLE // (all_turns * _MODELS), 1)
        weights = np.maximum(weights * wanted // shown, 1)
        weights = np.maximum(weights * _WHOLE // int(weights.sum()), 1)
    return weights


def _keys_by_weight(seed: int, projects: int, weights: Ints, most: int) -> Ints:
    """Return the keys of each project, in turns: each time one of those that it has not."""
    found = np.empty((projects, min(len(weights), most)), np.int64)
    for begin in range(0, projects, _MODELS):
        some = np.arange(begin, min(begin + _MODELS, projects))
        draws, left = Draws(seed, some), np.tile(weights, (len(some), 1))
        for turn in range(found.shape[1]):
            ends = np.cumsum(left, axis=1)
            places = draws.wide(f"tags/key/{turn}", ends[:, -1])
            keys = (ends <= places[:, None]).sum(axis=1)
            found[some, turn] = keys
            left[some - begin, keys] = 0
    return found


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
