"""A collection as a file: an image set whose images are as they were recorded.

What belongs to it besides the images (pages, when an image was seen to change, which values do not
tell what a filter makes of them) stands as JSON in its table `about`.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from pyroaring import BitMap

from glancetape_cassettes.collection.seen import Page, Seen, Sighting
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import DEFAULTED, FIELDS, complete
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.blocks import ListedImage, make_block
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.values import TAGS
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS

_ABOUT = "collection"
_BLOCK = 1 << 10  # images; larger blocks take more memory and no less time
_EMPTY = b':""'  # in JSON no text holds this: its quotes are escaped
_MOST_KINDS = 4096
_MARKS = tuple((mark, mark.encode()) for mark in (PLACEHOLDER, *STAND_IN_MARKS))
NULLABLE_KEYS = ("name", "size", "container_format", "disk_format")
"""Sort keys that may be null."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the images of a collection, by their positions in its set."""

    pages: tuple[Page, ...]
    since: Sequence[int]
    """For each image the time since which it has been seen as it is."""
    last: Sequence[int]
    """For each image the time when it was seen last."""
    gone: Mapping[int, int]
    """Of images that were seen to be gone, the time."""
    unsure: Mapping[str, BitMap]
    """Per property the images whose value does not tell what a filter makes of it."""
    empty: Mapping[str, BitMap]
    """Per property, none of the API's own, the images that show it as an empty text."""
    nulls: Mapping[str, BitMap]
    """Per sort key that may be null the images where it is."""
    shown: frozenset[str]
    """The properties that images show."""


def write_collection(
    path: Path, seen: Seen, ranks: Mapping[str, int], about: Mapping[str, str]
) -> None:
    """Write what was seen as an image set; `path` is empty or not there.

    `ranks` says which of the images of one second come first in the default order, where a walk
    shows it; the others stand by their ids behind those.
    """
    last = len(ranks)
    keys = {  # one number each: the newest first, then by rank
        image_id: ranks.get(image_id, last) - image.times[0] * (last + 1)
        for image_id, image in seen.images.items()
    }
    ordered = sorted(seen.images, reverse=True)  # by id descending
    ordered.sort(key=keys.__getitem__)
    places = {image_id: place for place, image_id in enumerate(ordered)}
    notes = _Notes()
    with SetWriter(path) as writer:
        add_as_recorded(
            writer,
            (notes.read(place, seen.images[image_id]) for place, image_id in enumerate(ordered)),
        )
        extra = orjson.dumps(
            {
                "pages": [_stored_page(page, places) for page in seen.pages],
                "since": [seen.images[image_id].since for image_id in ordered],
                "last": [seen.images[image_id].last for image_id in ordered],
                "gone": [
                    [place, seen.images[image_id].gone]
                    for place, image_id in enumerate(ordered)
                    if seen.images[image_id].gone >= 0
                ],
                **notes.stored(),
            }
        )
        writer.finish({**about, _ABOUT: extra.decode()})


def add_as_recorded(writer: SetWriter, images: Iterable[ListedImage]) -> None:
    """Add images in default order: what they are found by, and as what they are shown."""
    first, waiting = 0, iter(images)
    while len((block := make_block(islice(waiting, _BLOCK), first)).ids):
        writer.add(block)
        first += len(block.ids)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What follows from the names and the types of an image's members; many images share it."""

    unsure: tuple[str, ...]
    """Members that a filter may take for something else: odd, not shown, true or false."""
    nulls: tuple[str, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, image: Mapping[str, Any], unsure: Iterable[str]) -> "_Kind":
        booleans = [
            name for name, value in image.items() if value.__class__ is bool and name not in FIELDS
        ]
        return cls(
            unsure=(*unsure, *booleans),
            nulls=tuple(name for name in image if name in NULLABLE_KEYS and image[name] is None),
            texts=tuple(name for name, value in image.items() if value.__class__ is str),
        )


class _Notes:
    """What is uncertain about images, noted while they are read."""

    def __init__(self) -> None:
        self._kinds: dict[Hashable, _Kind] = {}
        self.unsure: defaultdict[str, list[int]] = defaultdict(list)
        self.empty: defaultdict[str, list[int]] = defaultdict(list)
        self.nulls: defaultdict[str, list[int]] = defaultdict(list)
        self.shown: set[str] = set()

    def read(self, place: int, sighting: Sighting) -> ListedImage:
        """Read an image as the writer wants it, and note what is uncertain about it."""
        image = orjson.loads(sighting.body)
        key = tuple(image), tuple(map(type, image.values())), sighting.odd
        plain = image
        if sighting.odd:
            plain = {name: value for name, value in image.items() if name not in sighting.odd}
        members = complete(plain)
        kind = self._kinds.get(key)
        if kind is None:
            self.shown.update(key[0])
            kind = _Kind.of(plain, (*sorted(sighting.odd), *sorted(DEFAULTED.difference(key[0]))))
            if len(self._kinds) < _MOST_KINDS:
                self._kinds[key] = kind
        for name in kind.unsure:
            self.unsure[name].append(place)
        for name in kind.nulls:
            self.nulls[name].append(place)
        if _EMPTY in sighting.body:
            for name in kind.texts:
                if not plain[name] and name not in FIELDS:
                    self.empty[name].append(place)
        marks = [mark for mark, written in _MARKS if written in sighting.body]
        if marks:
            for name in _redacted(plain, kind.texts, marks):
                self.unsure[name].append(place)
        return ListedImage(plain, sighting.body, members, *sighting.times)

    def stored(self) -> dict[str, Any]:
        return {
            "unsure": self.unsure,
            "empty": self.empty,
            "nulls": self.nulls,
            "shown": sorted(self.shown),
        }


def _redacted(image: Mapping[str, Any], texts: Iterable[str], marks: Sequence[str]) -> list[str]:
    """Give the members of an image that `is_redacted`; `marks` are those that are in it."""
    suspects = [name for mark in marks for name in texts if mark in image[name]]
    found = [name for name in suspects if is_redacted(name, image[name])]
    if any(is_redacted(TAGS, tag) for tag in image[TAGS]):
        found.append(TAGS)
    elif len(marks) == 1:
        return found
    return [name for name in image if name in found]


def is_redacted(name: str, text: str) -> bool:
    """Tell whether a text is not the one that the cloud compares.

    An owner's stand-in is: whoever asks for one asks for its stand-in. In other texts an id is
    replaced wherever it stands, and what is asked for is not.
    """
    if PLACEHOLDER in text:
        return True
    if name == "owner":
        return False
    for mark in STAND_IN_MARKS:  # noqa: SIM110 - any() takes three times as long
        if mark in text:
            return True
    return False


def _stored_page(page: Page, places: Mapping[str, int]) -> list[Any]:
    positions = [places[image_id] for image_id in page.ids if image_id in places]
    return [
        page.time,
        page.source.file,
        page.source.number,
        page.query,
        positions if len(positions) == len(page.ids) else [],
        page.has_next,
        page.problem,
    ]


def read_known(images: ImageSet) -> Known:
    """Read what is known of a collection; its pages name images by their ids.

    Raises ImageSetError when it is damaged.
    """
    try:
        stored = orjson.loads(images.about[_ABOUT])
        ids = images.ids()
        return Known(
            tuple(
                Page(time, Source(file, number), query, tuple(ids[one] for one in at), *rest)
                for time, file, number, query, at, *rest in stored["pages"]
            ),
            stored["since"],
            stored["last"],
            dict(stored["gone"]),
            _bitmaps(stored["unsure"]),
            _bitmaps(stored["empty"]),
            _bitmaps(stored["nulls"]),
            frozenset(stored["shown"]),
        )
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ImageSetError(f"{images.path} is damaged ({error}); delete it.") from error


def _bitmaps(stored: Mapping[str, Iterable[int]]) -> dict[str, BitMap]:
    return {name: BitMap(places) for name, places in stored.items()}
