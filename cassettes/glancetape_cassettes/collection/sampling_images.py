"""Choose a part of a collection in which links hold: with an image comes what it was made from.

    5% of a, b, c, ...  ->  b;  b was made from a  ->  a, b

Which images are chosen depends on their ids alone. So the same part of the same images is chosen
again, and a larger part holds the smaller one.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from glancetape_cassettes.imageset.image_fields import LINKS_TO_IMAGES

_ORIGIN = "__data_origin"  # image,REGION,ID
_WHOLE = 1 << 64


def choose_sample(images: Iterable[Mapping[str, Any]], share: float) -> frozenset[str]:
    """Return the ids of a share (0 to 1) of the images, and of all that these were made from."""
    links: dict[str, tuple[str, ...]] = {}
    chosen: list[str] = []
    for image in images:
        image_id = str(image["id"])
        links[image_id] = tuple(_links_of(image))
        if _place(image_id) < share:
            chosen.append(image_id)
    found: set[str] = set()
    while chosen:
        image_id = chosen.pop()
        if image_id not in found and image_id in links:
            found.add(image_id)
            chosen += links[image_id]
    return frozenset(found)


def _place(image_id: str) -> float:
    """Return where an id lies between 0 and 1, evenly spread."""
    return int.from_bytes(blake2b(image_id.encode(), digest_size=8).digest()) / _WHOLE


def _links_of(image: Mapping[str, Any]) -> Iterator[str]:
    for name in LINKS_TO_IMAGES:
        if isinstance(value := image.get(name), str):
            yield value
    origin = image.get(_ORIGIN)
    if isinstance(origin, str) and origin.startswith("image,"):
        yield origin.rpartition(",")[2]
