"""Writing a collection, or part of it, as an image set that outlives the cassettes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs

import orjson

from glancetape_cassettes.collection.collection_file import CollectionNotes, add_as_recorded
from glancetape_cassettes.collection.recorded_lists import RecordedPage
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.listed_images import ListedImage, listed_as_stored
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction

_AT_ONCE = 200  # images


def keep_images(
    images: ImageSet,
    positions: Sequence[int],
    memberships: Mapping[str, str],
    out: Path,
    about: Mapping[str, str],
    *,
    redact: ImageRedaction,
    force: bool = False,
) -> int:
    """Write images of a collection to a new image set; return how many values were redacted.

    Each image is otherwise exactly as it was recorded.

    `positions` ascend. `memberships` maps the ids of images that are shared with the project
    `about["home_project"]` to the member status. Raises ImageSetError and leaves `out` as it was.
    """
    home = redact.identity(about.get("home_project", ""))
    redacted: list[int] = []

    def each() -> Iterator[ListedImage]:
        for start in range(0, len(positions), _AT_ONCE):
            some = positions[start : start + _AT_ONCE]
            for body in images.bodies(some):
                image = orjson.loads(body)
                status = memberships.get(image["id"])
                members = [{"member_id": home, "status": status}] if status else []
                image, replaced = redact(image)
                if replaced:
                    redacted.append(replaced)
                yield listed_as_stored(image, orjson.dumps(image) if replaced else body, members)

    with beside(out, force=force) as partial, SetWriter(partial) as writer:
        add_as_recorded(writer, each())
        writer.finish({**about, "home_project": home})
    return sum(redacted)


def still_there(notes: CollectionNotes, count: int) -> list[int]:
    """Return the positions of the images that no 404 showed to be gone."""
    return [position for position in range(count) if position not in notes.gone]


def memberships(shared: Iterable[str], pages: Iterable[RecordedPage]) -> tuple[dict[str, str], int]:
    """Return the member status of each shared image, and how many of them are a guess.

    A list shows the images whose status its `member_status` names (`accepted` by default).
    An image that no list showed is pending, as it can be read by its id. An image that only a
    list of all statuses showed may have any of them; it is counted, and taken to be accepted.
    """
    found: dict[str, str] = {}
    wanted, unclear = set(shared), set()
    for page in pages:
        asked = parse_qs(page.query, keep_blank_values=True).get("member_status", ["accepted"])[0]
        for image_id in wanted.intersection(page.ids):
            if asked in MEMBER_STATUSES:
                found[image_id] = asked
            else:
                unclear.add(image_id)
    unclear -= found.keys()
    found |= dict.fromkeys(unclear, "accepted")
    return {one: found.get(one, "pending") for one in wanted}, len(unclear)
