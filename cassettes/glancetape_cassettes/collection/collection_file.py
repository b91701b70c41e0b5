"""A collection as a file: an image set whose images are exactly as they were recorded.

Its table `about` holds one JSON document with what an image set has no place for: the recorded
pages, when each image was seen, and which values are uncertain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, starmap
from pathlib import Path
from typing import Any

import orjson
from pyroaring import BitMap

from glancetape_cassettes.collection.gathering import Gathered
from glancetape_cassettes.collection.recorded_images import RecordedImage
from glancetape_cassettes.collection.recorded_lists import RecordedLinks, RecordedPage
from glancetape_cassettes.collection.uncertain_values import UncertainValues
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.blocks import index_images, make_block, read_images
from glancetape_cassettes.imageset.making.listed_images import ListedImage
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.interaction import Source

_ABOUT = "collection"
_BLOCK = 1 << 10  # images; larger blocks take more memory and no less time


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionNotes:
    """What a collection knows about its images besides their fields, by position in its set.

    Times are numbers in the order of time, as `RecordedPage.time`.
    """

    pages: tuple[RecordedPage, ...]
    since: Sequence[int]
    """For each image, since when it has been seen as it is."""
    last: Sequence[int]
    """For each image, when it was seen last."""
    gone: Mapping[int, int]
    """For each image that a 404 showed to be gone, when."""
    doubted: Mapping[int, int]
    """For each image that a refusal put in doubt, when."""
    most_made: Mapping[int, int]
    """For each image that recorded changes may have made, how many they may have made by then."""
    refused: int
    """When a list was refused last (403); -1 when none was."""
    unauthorized: int
    """When a request was answered with 401, after which none succeeded; -1 otherwise."""
    unshown: tuple[str, int]
    """The newest image that was there though no answer shows it, and since when: see `Gathered`."""
    links: tuple[RecordedLinks, ...]
    """The links of lists: see `Gathered`."""
    unsure: Mapping[str, BitMap]
    """Property -> images for whose value it is uncertain which filters match it."""
    empty: Mapping[str, BitMap]
    """Property, but no field of the API -> images that show it as an empty text."""
    nulls: Mapping[str, BitMap]
    """Sort key that may be null -> images where it is null."""
    shown: frozenset[str]
    """The names of all members that images show."""
    alike_tags: Mapping[str, BitMap]
    """Tag as `collations.alike` returns it -> images that have one which is not written so."""
    unplaced: Mapping[str, BitMap]
    """Sort key -> images whose place by it among the others depends on the database."""


def write_collection(
    path: Path, gathered: Gathered, ranks: Mapping[str, int], about: Mapping[str, str]
) -> None:
    """Write gathered images and pages as an image set; `path` is empty or does not exist.

    `ranks` orders the images that were created in the same second, where a walk shows their
    order. Images without a rank follow them, by id descending.
    """
    last = len(ranks)
    sort_keys = {  # one number each: the newest first, then by rank
        image_id: ranks.get(image_id, last) - image.created * (last + 1)
        for image_id, image in gathered.images.items()
    }
    ordered = sorted(gathered.images, reverse=True)  # by id descending
    ordered.sort(key=sort_keys.__getitem__)
    images = [gathered.images[image_id] for image_id in ordered]
    positions = {image_id: position for position, image_id in enumerate(ordered)}
    uncertain = UncertainValues()
    with SetWriter(path) as writer:
        for first in range(0, len(images), _BLOCK):
            some = enumerate(images[first : first + _BLOCK], first)
            read = read_images(starmap(uncertain.read, some), first)
            uncertain.note_values(read)
            writer.add(index_images(read))
        notes = {**_as_json(gathered, images, positions), **uncertain.as_json()}
        writer.finish({**about, _ABOUT: orjson.dumps(notes).decode()})


def _as_json(
    gathered: Gathered, images: Sequence[RecordedImage], positions: Mapping[str, int]
) -> dict[str, Any]:
    """Return what is known of the images beside what they show, and the pages, for `read_notes`."""
    return {
        "pages": [_page_as_json(page, positions) for page in gathered.pages],
        "since": [image.since for image in images],
        "last": [image.last for image in images],
        "gone": [[place, one.gone] for place, one in enumerate(images) if one.gone >= 0],
        "doubted": [[place, one.doubted] for place, one in enumerate(images) if one.doubted >= 0],
        "most_made": [[place, one.most_made] for place, one in enumerate(images) if one.most_made],
        "refused": gathered.refused,
        "unauthorized": gathered.unauthorized,
        "unshown": gathered.unshown,
        "links": [
            [one.source.file, one.source.number, one.query, one.first, one.next, one.last]
            for one in gathered.links.values()
        ],
    }


def add_as_recorded(writer: SetWriter, images: Iterable[ListedImage]) -> None:
    """Add images to a set; they come in default order."""
    first, waiting = 0, iter(images)
    while len((block := make_block(islice(waiting, _BLOCK), first)).ids):
        writer.add(block)
        first += len(block.ids)


def _page_as_json(page: RecordedPage, position_of: Mapping[str, int]) -> list[Any]:
    positions = [position_of[image_id] for image_id in page.ids if image_id in position_of]
    return [
        page.time,
        page.source.file,
        page.source.number,
        page.query,
        positions if len(positions) == len(page.ids) else [],
        page.has_next,
        page.problem,
        None if page.explained is None else [position_of[one] for one in page.explained],
        page.of_other,
        page.second,
        page.version,
    ]


def _ids_at(positions: Iterable[int], ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(ids[one] for one in positions)


def _page_from_json(stored: Sequence[Any], ids: Sequence[str]) -> RecordedPage:
    time, file, number, query, at, has_next, problem, explained, of_other, second, version = stored
    return RecordedPage(
        time=time,
        source=Source(file, number),
        query=query,
        ids=_ids_at(at, ids),
        has_next=has_next,
        problem=problem,
        explained=None if explained is None else _ids_at(explained, ids),
        of_other=of_other,
        second=second,
        version=version,
    )


def read_notes(images: ImageSet) -> CollectionNotes:
    """Return the notes of a collection. Raises ImageSetError when they are damaged."""
    try:
        stored = orjson.loads(images.about[_ABOUT])
        ids = images.ids()
        return CollectionNotes(
            pages=tuple(_page_from_json(page, ids) for page in stored["pages"]),
            since=stored["since"],
            last=stored["last"],
            gone=dict(stored["gone"]),
            doubted=dict(stored["doubted"]),
            most_made=dict(stored["most_made"]),
            refused=int(stored["refused"]),
            unauthorized=int(stored["unauthorized"]),
            unshown=(str(stored["unshown"][0]), int(stored["unshown"][1])),
            links=tuple(
                RecordedLinks(
                    source=Source(file, number),
                    query=query,
                    first=first,
                    next=following,
                    last=last_id,
                )
                for file, number, query, first, following, last_id in stored["links"]
            ),
            unsure=_bitmaps(stored["unsure"]),
            empty=_bitmaps(stored["empty"]),
            nulls=_bitmaps(stored["nulls"]),
            shown=frozenset(stored["shown"]),
            alike_tags=_bitmaps(stored["alike_tags"]),
            unplaced=_bitmaps(stored["unplaced"]),
        )
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ImageSetError(
            f"{images.path} is damaged ({error}). Delete it; it is made again when it is needed."
        ) from error


def _bitmaps(stored: Mapping[str, Iterable[int]]) -> dict[str, BitMap]:
    return {name: BitMap(positions) for name, positions in stored.items()}
