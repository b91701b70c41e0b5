"""Keeping what a recording shows for good: an image set of one caller's view."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson

from glancetape_cassettes.collection.seen import Page
from glancetape_cassettes.collection.storing import Known, add_as_recorded
from glancetape_cassettes.imageset.image_fields import FIELDS, MEMBER_STATUSES, complete, seconds_of
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.blocks import ListedImage
from glancetape_cassettes.imageset.making.set_writer import SetWriter, beside

_AT_ONCE = 200  # images
_PLAIN = (str, bool, type(None))


def keep_images(
    images: ImageSet,
    positions: Sequence[int],
    memberships: Mapping[str, str],
    out: Path,
    about: Mapping[str, str],
    *,
    force: bool = False,
) -> None:
    """Write images of a collection to a new image set; each stays as it was recorded.

    `positions` are in order. `memberships` says in which status an image is shared with
    `home_project` of `about`. Raises ImageSetError, and then `out` is as it was.
    """
    home = about.get("home_project", "")

    def each() -> Iterator[ListedImage]:
        for start in range(0, len(positions), _AT_ONCE):
            some = positions[start : start + _AT_ONCE]
            for body in images.bodies(some):
                image = orjson.loads(body)
                status = memberships.get(image["id"])
                members = [{"member_id": home, "status": status}] if status else []
                yield _listed(image, body, members)

    with beside(out, force=force) as partial, SetWriter(partial) as writer:
        add_as_recorded(writer, each())
        writer.finish(about)


def _listed(
    image: dict[str, Any], body: bytes, members: Collection[Mapping[str, str]]
) -> ListedImage:
    """Make an image ready for its place in a set; what is no text cannot be filtered by."""
    plain: dict[str, Any] = {
        name: value for name, value in image.items() if name in FIELDS or isinstance(value, _PLAIN)
    }
    complete(plain)
    created = seconds_of("created_at", plain["created_at"])
    updated = seconds_of("updated_at", plain["updated_at"])
    return ListedImage(plain, body, members, created, updated)


def still_there(known: Known, count: int) -> list[int]:
    """Give the positions of the images that were not seen to be gone."""
    return [position for position in range(count) if position not in known.gone]


def memberships(shared: Iterable[str], pages: Iterable[Page]) -> tuple[dict[str, str], int]:
    """Tell in which status images are shared with the caller, by the lists that showed them.

    An image that no list showed is pending: it can be asked for by its id. Also counts those that
    were seen only where all statuses are listed; they are taken to be accepted.
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
