"""A collection as a file: an image set whose images are as they were recorded.

What belongs to it besides the images (pages, when an image was seen to change, which values do not
tell what a filter makes of them) stands as JSON in its table `about`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from glancetape_cassettes.imageset.making.blocks import Ready, make_block
from glancetape_cassettes.imageset.making.packed import Pieces
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.values import TAGS
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS

_ABOUT = "collection"
_BLOCK = 1 << 10  # images; larger blocks take more memory and no less time
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
    ordered = sorted(seen.images, reverse=True)  # by id descending
    ordered.sort(key=lambda one: (-seen.images[one].times[0], ranks.get(one, len(ranks))))
    places = {image_id: place for place, image_id in enumerate(ordered)}
    notes = _Notes()
    with SetWriter(path) as writer:
        add_as_recorded(
            writer,
            (
                (notes.read(place, seen.images[image_id]), seen.images[image_id].body)
                for place, image_id in enumerate(ordered)
            ),
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


def add_as_recorded(writer: SetWriter, images: Iterable[tuple[Ready, bytes]]) -> None:
    """Add images in default order: what they are found by, and as what they are shown."""
    first, waiting = 0, iter(images)
    while some := list(islice(waiting, _BLOCK)):
        bodies = Pieces.of(body for _, body in some)
        block = make_block((ready for ready, _ in some), first, bodies)
        writer.add(block)
        first += len(some)


class _Notes:
    """What is uncertain about images, noted while they are read."""

    def __init__(self) -> None:
        self.unsure: defaultdict[str, list[int]] = defaultdict(list)
        self.empty: defaultdict[str, list[int]] = defaultdict(list)
        self.nulls: defaultdict[str, list[int]] = defaultdict(list)
        self.shown: set[str] = set()

    def read(self, place: int, sighting: Sighting) -> Ready:
        """Read an image as the writer wants it, and note what is uncertain about it."""
        image = orjson.loads(sighting.body)
        self.shown.update(image)
        plain = image
        if sighting.odd:
            plain = {name: value for name, value in image.items() if name not in sighting.odd}
        not_shown = DEFAULTED - plain.keys()
        members = complete(plain)
        for name in (*sorted(sighting.odd), *sorted(not_shown)):
            self.unsure[name].append(place)
        marks = [mark for mark, written in _MARKS if written in sighting.body]
        redacted: list[str] = []
        for name, value in plain.items():
            kind = value.__class__
            if kind is str:
                if not value:
                    if name not in FIELDS:
                        self.empty[name].append(place)
                    continue
                for mark in marks:
                    if mark in value:
                        if is_redacted(name, value):
                            redacted.append(name)
                        break
            elif value is None:
                if name in NULLABLE_KEYS:
                    self.nulls[name].append(place)
            elif kind is bool:
                if name not in FIELDS:
                    self.unsure[name].append(place)
            elif name == TAGS and marks and any(is_redacted(name, tag) for tag in value):
                redacted.append(name)
        for name in redacted:
            self.unsure[name].append(place)
        return plain, members, *sighting.times

    def stored(self) -> dict[str, Any]:
        return {
            "unsure": self.unsure,
            "empty": self.empty,
            "nulls": self.nulls,
            "shown": sorted(self.shown),
        }


def is_redacted(name: str, text: str) -> bool:
    """Tell whether a text is not the one that the cloud compares.

    An owner's stand-in is: whoever asks for one asks for its stand-in. In other texts an id is
    replaced wherever it stands, and what is asked for is not.
    """
    if PLACEHOLDER in text:
        return True
    return name != "owner" and any(mark in text for mark in STAND_IN_MARKS)


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
