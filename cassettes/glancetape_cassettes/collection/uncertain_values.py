"""What the values of recorded images do not show about filters.

Some values are not those that the cloud compares: recording replaced them. Of others it is not
known what a filter makes of them: numbers, booleans, empty texts, fields that a list left out.
The notes name their images, so that `deriving` can refuse to guess:

    {"id": "a", "name": "n", "more": true, "__os_type": "REDACTED", ...}
    unsure: more, __os_type
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from glancetape_cassettes.collection.recorded_images import RecordedImage
from glancetape_cassettes.imageset.collations import alike, positions_without_a_certain_place
from glancetape_cassettes.imageset.image_fields import DEFAULTED, FIELDS, Shape, complete
from glancetape_cassettes.imageset.indexed_values import ALIKE, MEMBERS, TAGS
from glancetape_cassettes.imageset.making.blocks import WORDS, ReadImages
from glancetape_cassettes.imageset.making.listed_images import ListedImage
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS

NULLABLE_KEYS = ("name", "size", "container_format", "disk_format")
"""Sort keys that may be null."""
_NAMES_AND_WORDS = ("name", *WORDS)
"""Sort keys that are texts and looked up by value: all but the id."""

_PLACEHOLDER = PLACEHOLDER.encode()
_STAND_INS = tuple((mark, mark.encode()) for mark in STAND_IN_MARKS)
_MOST_SHAPES = 4096  # remembered, some hundred bytes each


@dataclass(frozen=True, slots=True)
class _OfShape:
    """What follows from the shape of an image; many images share one."""

    unsure: tuple[str, ...]
    """Odd properties, fields that are not shown, and properties that are true or false."""
    nulls: tuple[str, ...]
    """Of `NULLABLE_KEYS`."""
    texts: tuple[str, ...]

    @classmethod
    def of(cls, image: Mapping[str, Any], unsure: Iterable[str]) -> "_OfShape":
        booleans = [
            name for name, value in image.items() if value.__class__ is bool and name not in FIELDS
        ]
        return cls(
            unsure=(*unsure, *booleans),
            nulls=tuple(name for name in image if name in NULLABLE_KEYS and image[name] is None),
            texts=tuple(name for name, value in image.items() if value.__class__ is str),
        )


class UncertainValues:
    """Collects the positions of uncertain values while a collection is written."""

    def __init__(self) -> None:
        """Start without images."""
        self._shapes: dict[tuple[Shape, frozenset[str]], _OfShape] = {}
        self._unsure: defaultdict[str, list[int]] = defaultdict(list)
        self._empty: defaultdict[str, list[int]] = defaultdict(list)
        self._nulls: defaultdict[str, list[int]] = defaultdict(list)
        self._shown: set[str] = set()
        self._tags: defaultdict[str, list[int]] = defaultdict(list)
        self._texts: dict[str, defaultdict[str, list[int]]] = {
            key: defaultdict(list) for key in ("id", *_NAMES_AND_WORDS)
        }

    def read(self, position: int, recorded: RecordedImage) -> ListedImage:
        """Return an image as the set writer needs it, and note its uncertain values."""
        image = orjson.loads(recorded.body)
        if recorded.odd:
            image = {name: value for name, value in image.items() if name not in recorded.odd}
        image.setdefault("owner", None)
        members = complete(image)
        known = self._shapes.get((recorded.shape, recorded.odd))
        if known is None:
            names = tuple(orjson.loads(recorded.body))  # `complete` has added some
            self._shown.update(names)
            absent = DEFAULTED.union(["owner"]).difference(names)
            known = _OfShape.of(image, (*sorted(recorded.odd), *sorted(absent)))
            if len(self._shapes) < _MOST_SHAPES:
                self._shapes[recorded.shape, recorded.odd] = known
        self._note(position, image, known, recorded.body)
        return ListedImage(image, recorded.body, members, recorded.created, recorded.updated)

    def _note(self, position: int, image: Mapping[str, Any], known: _OfShape, body: bytes) -> None:
        for name in known.unsure:
            self._unsure[name].append(position)
        for name in known.nulls:
            self._nulls[name].append(position)
        if marks := _marks_in(body, image["owner"] or ""):
            for name in _redacted(image, known.texts, marks):
                self._unsure[name].append(position)

    def note_values(self, read: ReadImages) -> None:
        """Note what decides how databases compare the texts of images; adds values to be indexed.

        Most values are those of several images, so each is looked at once.
        """
        for position, image_id in enumerate(read.ids, read.first):
            self._texts["id"][image_id].append(position)
        for key in _NAMES_AND_WORDS:
            for text, positions in read.values[key].items():
                self._texts[key][text] += positions
        for name, by_value in list(read.values.items()):
            if name not in FIELDS and "" in by_value:
                self._empty[name] += by_value[""]
            found = _alike_values(by_value)
            if name == TAGS:
                for tag, positions in found.items():
                    self._tags[tag] += positions
            elif name != MEMBERS and found:
                read.values[ALIKE + name] = found

    def as_json(self) -> dict[str, Any]:
        """Return the notes as the collection's file stores them."""
        return {
            "unsure": self._unsure,
            "empty": self._empty,
            "nulls": self._nulls,
            "shown": sorted(self._shown),
            "alike_tags": self._tags,
            "unplaced": {
                key: positions_without_a_certain_place(by_text)
                for key, by_text in self._texts.items()
            },
        }


def _alike_values(by_value: Mapping[Any, list[int]]) -> defaultdict[str, list[int]]:
    """Return the positions of texts that are not as `alike` returns them, by what it returns."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for value, positions in by_value.items():
        if value.__class__ is str and (text := alike(value)) != value:
            found[text] += positions
    for positions in found.values():
        positions.sort()
    return found


def _marks_in(body: bytes, owner: str) -> list[str]:
    """Return the marks that a redacted image has, apart from a stand-in that is its owner."""
    marks = [PLACEHOLDER] if _PLACEHOLDER in body else []
    for mark, written in _STAND_INS:
        of_owner = owner.count(mark)
        if body.count(written) > of_owner if of_owner else written in body:
            marks.append(mark)
    return marks


def _redacted(image: Mapping[str, Any], texts: Iterable[str], marks: Sequence[str]) -> list[str]:
    """Return the members of an image that are redacted; the body contains all `marks`."""
    suspects = [name for mark in marks for name in texts if mark in image[name]]
    found = [name for name in suspects if is_redacted(name, image[name])]
    if any(is_redacted(TAGS, tag) for tag in image[TAGS]):
        found.append(TAGS)
    elif len(marks) == 1:
        return found
    return [name for name in image if name in found]


def is_redacted(name: str, text: str) -> bool:
    """Whether recording changed a text so that a filter cannot be compared with it.

    A stand-in inside a text changes it, but the text of a filter is not changed. An owner is the
    exception: a filter by owner names an id, which gets the same stand-in.
    """
    if PLACEHOLDER in text:
        return True
    if name == "owner":
        return False
    for mark in STAND_IN_MARKS:  # noqa: SIM110 - any() takes three times as long
        if mark in text:
            return True
    return False
