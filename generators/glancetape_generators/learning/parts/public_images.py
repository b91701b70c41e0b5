"""Which image of a flavour's catalogue a public image is, and which images were made from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from glancetape_generators.learning.capture import Capture, Code
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import PARENT_FIELDS
from glancetape_generators.vocabulary.flavours import Flavour, PublicImage

NO_ID, UNKNOWN, ELSEWHERE = -2, -1, -3
"""Places of parents: none is named, no image has the id, it is in another part of the capture."""
_LEAST_OF_ID = 32  # characters
_OF_UPLOADS = 4  # properties of its system that an upload may have


class PublicImages:
    """The public images of a capture, and their children."""

    def __init__(self, capture: Capture, flavour: Flavour, operators: Flags) -> None:
        """Look for the names of the flavour; `operators` are the public images."""
        self._capture, self._operators = capture, operators
        self.known: Sequence[PublicImage] = flavour.public
        """The images that a number of `number_of` means."""

    @cached_property
    def parents(self) -> Ints:
        """For each image the place of the public image that it was made from, -1 for none."""
        found = np.full(self._capture.count, -1, np.int64)
        for place in places_of_parents(self._capture):
            is_public = (place >= 0) & self._operators[np.maximum(place, 0)]
            found = np.where(is_public, place, found)
        return found

    @cached_property
    def number_of(self) -> Ints:
        """For each image the number of its public parent in the catalogue; a public one's own.

        An older build counts as its image: `Debian 12 (20240411)` is a Debian 12. Of a parent that
        the capture lacks, a snapshot in a plain Glance has the properties. -1: it has no such
        parent, or the catalogue does not have the name.
        """
        place = np.where(self._operators, np.arange(self._capture.count), self.parents)
        column = self._capture.column("name")
        of_values = np.full(len(column.values) + 1, -1, np.int64)
        for code in np.unique(column.codes[place[place >= 0]]).tolist():
            if code >= 0:
                of_values[code] = self._number(str(column.values[code]))
        found = np.where(place >= 0, of_values[column.codes[np.maximum(place, 0)]], -1)
        return np.where(self._has_unseen_parent, self._by_properties, found)

    @cached_property
    def _has_unseen_parent(self) -> Flags:
        found = np.zeros(self._capture.count, np.bool_)
        for place in places_of_parents(self._capture):
            found |= place == UNKNOWN
        return found

    @cached_property
    def _by_properties(self) -> Ints:
        """The number of the public image that has all properties of an image, and no others."""
        patterns, marks = self._patterns
        found = [self._with_pattern.get(one, ()) for one in patterns]
        return np.array([one[0] if len(one) == 1 else -1 for one in found], np.int64)[marks]

    @cached_property
    def have_properties_of_one(self) -> Flags:
        """Which images have all properties of a public image of the catalogue, and no others.

        More of them than who uploads a file would write, such as its system and version.
        """
        patterns, marks = self._patterns
        found = [
            one in self._with_pattern and sum(value is not None for value in one) > _OF_UPLOADS
            for one in patterns
        ]
        return np.array(found, np.bool_)[marks]

    @cached_property
    def _names(self) -> Sequence[str]:
        """The names of all properties of systems."""
        return list(dict.fromkeys(name for one in self.known for name in one.system.fields))

    @cached_property
    def _with_pattern(self) -> Mapping[tuple[Code | None, ...], list[int]]:
        """The values of all these properties -> the numbers of the public images with them."""
        kept: dict[tuple[Code | None, ...], list[int]] = {}
        for number, one in enumerate(self.known):
            said = one.system.fields
            if said and one.system.platform:
                kept.setdefault(tuple(said.get(name) for name in self._names), []).append(number)
        return kept

    @cached_property
    def _patterns(self) -> tuple[list[tuple[Code | None, ...]], Ints]:
        """The values of all these properties that images have, and for each image which of them."""
        marks = np.zeros(self._capture.count, np.int64)
        patterns: list[tuple[Code | None, ...]] = [()]
        for name in self._names:
            column = self._capture.column(name)
            width = len(column.values) + 1
            pairs, marks = np.unique(marks * width + column.codes + 1, return_inverse=True)
            values = [None, *column.values]
            patterns = [(*patterns[pair // width], values[pair % width]) for pair in pairs.tolist()]
        return patterns, marks

    def _number(self, name: str) -> int:
        exact = self._by_name.get(name)
        if exact is not None:
            return exact
        return next((number for form, number in self._dated if form.fullmatch(name)), -1)

    @cached_property
    def _by_name(self) -> Mapping[str, int]:
        # A name of one image comes before what another one's last build is called.
        listed = [(one.before, number) for number, one in enumerate(self.known) if one.before]
        listed += [(one.name, number) for number, one in enumerate(self.known)]
        return dict(listed)

    @cached_property
    def _dated(self) -> list[tuple[re.Pattern[str], int]]:
        return [
            (re.compile(rf"{re.escape(before)}[0-9]{{8}}{re.escape(after)}"), number)
            for number, one in enumerate(self.known)
            for before, after in (one.dated,)
            if before or after
        ]


def places_of_parents(capture: Capture) -> Iterator[Ints]:
    """Yield for each field that names a parent the place of each image's parent."""
    ids = capture.column("id")
    place_of = {value: place for place, value in enumerate(ids.values)}
    at = np.full(len(ids.values) + 1, ELSEWHERE, np.int64)  # a part knows all ids
    at[ids.codes] = np.arange(capture.count)
    for name in PARENT_FIELDS:
        column = capture.column(name)
        of_values = np.array([_place(one, place_of) for one in column.values] or [NO_ID], np.int64)
        found = np.where(column.codes >= 0, of_values[column.codes], NO_ID)
        yield np.where(found >= 0, at[np.maximum(found, 0)], found)


def _place(value: Code, place_of: Mapping[Code, int]) -> int:
    """Return the number of an id, UNKNOWN for one that is not there, NO_ID for another text."""
    if not isinstance(value, str) or len(value) < _LEAST_OF_ID:
        return NO_ID
    return place_of.get(value, UNKNOWN)
