"""Tags and properties of a capture's own: keys and values that enough images have."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from glancetape_generators.learning.capture import TAG, Capture, Code, Column
from glancetape_generators.learning.identifying import Identifying
from glancetape_generators.learning.threshold import Threshold, count_kept, percent, rounded
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.names_and_tags import names_a_field

OTHER = "other"
"""Stands for the values that too few images have."""
_MOST_KEYS = 20
_MOST_TAG_KEYS = 20
_MOST_VALUES = 20
_LONGEST_TAG_KEY, _LONGEST_TAG_VALUE = 36, 43
_LONGEST_NAME, _LONGEST_VALUE = 255, 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """The section `tags` of a spec."""

    share: int
    most: int
    old: int
    keys: Mapping[str, Mapping[str, int]]
    numbers: Mapping[Code, int]
    """How many tags an image has -> weight"""
    popular: Mapping[str, int]
    """Key -> how often images have it"""
    folded: int
    """How many tags have a key that too few images have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeProperty:
    """One of the section `properties`."""

    share: int
    kinds: tuple[str, ...]
    values: Mapping[Code, int]


class _TagsTakenApart:
    """The tags of tenants' images, one after the other, each as a key and a value."""

    def __init__(
        self, capture: Capture, tenants: Flags, threshold: Threshold, identifying: Identifying
    ) -> None:
        """Take the tags of the chosen images: `key=value`, `key.value`, or the key alone."""
        self._capture, self._threshold, self._identifying = capture, threshold, identifying
        tags = capture.several(TAG)
        self._texts = [*map(str, tags.values)]
        self._split = [_split(text, identifying) for text in self._texts]
        self.keys = [*dict.fromkeys(key for key, _, _ in self._split)]
        self._key_of = np.array([self.keys.index(key) for key, _, _ in self._split] or [0])
        on_tenants = tenants[tags.places]
        self.places = tags.places[on_tenants]
        """The place of each tag's image."""
        self._codes = tags.codes[on_tenants]
        self.of_keys = self._key_of[self._codes]
        """The number of each tag's key."""

    def __len__(self) -> int:
        return len(self.places)

    @property
    def are_old(self) -> Flags:
        """Whether each tag is `key.value`."""
        return np.array([mark == "." for _, _, mark in self._split])[self._codes]

    def known_keys(self) -> list[int]:
        """Return the keys that enough images have, the most frequent first."""
        passing = self._passing(self.places, self.of_keys, len(self.keys))
        return [
            one
            for one in _commonest(np.bincount(self.of_keys, minlength=len(self.keys)), self.keys)
            if passing[one]
            and _is_key(self.keys[one])
            and not self._identifying.is_in(self.keys[one])
        ][:_MOST_TAG_KEYS]

    def values(self) -> Mapping[int, Mapping[str, int]]:
        """Return for each key the values that enough images have, and how many tags have each.

        If enough images have other values, OTHER stands for all of these.
        """
        of_values = self._passing(self.places, self._codes, len(self._split))
        of_tags = np.bincount(self._codes, minlength=len(self._split))
        values: defaultdict[int, Counter[str]] = defaultdict(Counter)
        is_other = np.zeros(len(self._split), np.bool_)
        for code in _commonest(of_tags, self._texts)[: np.count_nonzero(of_tags)]:
            value, own = self._split[code][1], values[self._key_of[code]]
            stays = of_values[code] and _is_tag_value(value)
            stays = stays and not self._identifying.is_in(value)
            if stays and (value in own or len(own) < _MOST_VALUES):
                own[value] += int(of_tags[code])
            else:
                is_other[code] = True
        with_others = is_other[self._codes]
        of_keys = self.of_keys[with_others]
        others = self._passing(self.places[with_others], of_keys, len(self.keys))
        for one in np.flatnonzero(others).tolist():
            values[one][OTHER] += int((of_keys == one).sum())
        return values

    def _passing(self, places: Ints, codes: Ints, count: int) -> Flags:
        return self._threshold.kept_entries(self._capture, places, codes, count)


def tagging(
    capture: Capture, tenants: Flags, threshold: Threshold, identifying: Identifying
) -> Tagging:
    """Return the tags of the chosen images, with the keys and values that enough images have."""
    tags = _TagsTakenApart(capture, tenants, threshold, identifying)
    if not len(tags):
        return Tagging(share=0, most=0, old=0, keys={}, numbers={}, popular={}, folded=0)
    keys, kept, values = tags.keys, tags.known_keys(), {**tags.values()}
    of_keys = tags.of_keys
    is_kept = np.isin(of_keys, kept)
    folded = int((~is_kept).sum())
    if folded >= threshold.images and folded * 2 * len(kept) >= len(tags) - folded:
        # As frequent as a key that is kept: images have as many tags as before. So where projects
        # have keys of their own, as many keys as images have tags of them stand for these.
        turns = _turns(tags.places[~is_kept])
        while len(kept) < _MOST_TAG_KEYS or len(keys) == len(tags.keys):
            turn = len(keys) - len(tags.keys)
            if turn and not threshold.passes(
                capture, np.isin(np.arange(capture.count), tags.places[~is_kept][turns >= turn])
            ):
                break
            values[len(keys)] = {"": 1}
            kept, keys = [*kept, len(keys)], [*keys, f"{OTHER}-{turn + 1}" if turn else OTHER]
        of_keys = of_keys.copy()
        of_keys[~is_kept] = np.minimum(len(tags.keys) + turns, len(keys) - 1)
        is_kept = np.ones(len(tags), bool)
    popular = _images_with(keys, kept, tags.places[is_kept], of_keys[is_kept])
    per_image = np.bincount(tags.places[is_kept], minlength=capture.count)
    most = 0
    while threshold.passes(capture, per_image > most) and most < min(len(kept), _MOST_TAG_KEYS):
        most += 1
    return Tagging(
        share=threshold.percent(capture, per_image > 0, tenants) if most else 0,
        most=most,
        old=_old(capture, tags.places, tags.are_old, is_kept, threshold),
        keys={keys[one]: rounded(values[one]) for one in kept} if most else {},
        numbers=_numbers(capture, per_image, most, threshold),
        popular=rounded(popular) if most else {},
        folded=folded,
    )


def _turns(places: Ints) -> Ints:
    """Return how many entries of the same place there are before each one."""
    order = np.argsort(places, kind="stable")
    turns = np.empty(len(places), np.int64)
    in_order = places[order]
    turns[order] = np.arange(len(places)) - np.searchsorted(in_order, in_order, "left")
    return turns


def _old(
    capture: Capture, places: Ints, is_old: Flags, is_kept: Flags, threshold: Threshold
) -> int:
    """Return the percentage of tags `key.value`; 0 or 100 where too few images have the others."""
    old, new = (
        np.bincount(places[is_kept & one], minlength=capture.count) > 0 for one in (is_old, ~is_old)
    )
    if not threshold.passes(capture, old):
        return 0
    return percent(is_old & is_kept, is_kept) if threshold.passes(capture, new) else 100


def _numbers(capture: Capture, per_image: Ints, most: int, threshold: Threshold) -> dict[Code, int]:
    """Return how many images have one tag, two and so on; few of them are left out."""
    column = Column(list(range(1, most + 1)), np.minimum(per_image, most) - 1)
    kept = count_kept(threshold, capture, column, per_image > 0)
    found = {number: kept.counts[number] for number in column.values if number in kept.counts}
    return rounded(found)


def _images_with(keys: list[str], kept: list[int], places: Ints, of_keys: Ints) -> dict[str, int]:
    """Return how many images have a tag of each kept key."""
    pairs = np.unique(places * len(keys) + of_keys)
    counts = np.bincount(pairs % len(keys), minlength=len(keys))
    return {keys[one]: int(counts[one]) for one in kept}


def _commonest(counts: Ints, texts: list[str]) -> list[int]:
    """Return the numbers of values, the most frequent first, in no order of the capture."""
    return sorted(range(len(texts)), key=lambda one: (-counts[one], texts[one]))


def _split(tag: str, identifying: Identifying) -> tuple[str, str, str]:
    for mark in "=.":
        key, found, value = tag.partition(mark)
        if mark == "." and found and identifying.is_in(tag):
            break  # an address is not a key with a value
        if found and key:
            return key, value, mark
    return tag, "", ""


def _is_key(key: str) -> bool:
    fits = 0 < len(key) <= _LONGEST_TAG_KEY and "=" not in key and key.isprintable()
    return fits and not names_a_field(key)


def _is_tag_value(value: str) -> bool:
    fits = len(value) <= _LONGEST_TAG_VALUE and value.isprintable()
    return fits and not names_a_field(value)


def free_properties(
    capture: Capture,
    kinds: Mapping[str, Flags],
    made: Collection[str],
    threshold: Threshold,
    identifying: Identifying,
) -> dict[str, FreeProperty]:
    """Return the properties that the generator does not make, the most frequent first."""
    found: dict[str, FreeProperty] = {}
    names = [
        name
        for name in capture.names
        if name not in made
        and _is_name(name)
        and capture.images_with(name) >= threshold.images
        and not identifying.is_in(name)
    ]
    for name in sorted(names, key=lambda one: (-capture.images_with(one), one)):
        if len(found) == _MOST_KEYS:
            break
        column = capture.column(name)
        having = column.codes >= 0
        own = [
            kind
            for kind, chosen in kinds.items()
            if threshold.passes(capture, having & chosen) and percent(having, chosen) >= 1
        ]
        if not own:
            continue
        among = np.logical_or.reduce([kinds[kind] for kind in own])
        values = _values_of(name, among, capture, threshold, identifying)
        share = threshold.percent(capture, having, among)
        found[name] = FreeProperty(share=max(1, share), kinds=tuple(own), values=rounded(values))
    return found


def _values_of(
    name: str, among: Flags, capture: Capture, threshold: Threshold, identifying: Identifying
) -> dict[Code, int]:
    """How many of some images have each value of a property; rare ones count as OTHER together."""
    column = capture.column(name)
    codes = np.where(among, column.codes, -1)
    passing = threshold.kept(capture, codes, len(column.values))
    counts = np.bincount(codes[codes >= 0], minlength=len(column.values))
    values: dict[Code, int] = {}
    others = []
    for code in _commonest(counts, column.texts()):
        value = column.values[code]
        stays = passing[code] and len(values) < _MOST_VALUES and _may_stay(name, value)
        if stays and not identifying.is_in(str(value)):
            shown = value if value is None else str(value)
            values[shown] = values.get(shown, 0) + int(counts[code])
        elif counts[code]:
            others.append(code)
    if threshold.passes(capture, np.isin(codes, others)):
        values[OTHER] = values.get(OTHER, 0) + int(counts[others].sum())
    return values


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable() and not names_a_field(name)


def _may_stay(name: str, value: Code) -> bool:
    if value is None:
        return not name.startswith("__")
    text = str(value)  # a spec would fill in a field
    return len(text) <= _LONGEST_VALUE and text.isprintable() and not names_a_field(text)
