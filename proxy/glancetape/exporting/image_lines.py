"""Images as NDJSON, one on each line, from which `glancetape import` makes the same set."""

from collections.abc import Callable
from typing import IO, Any

import orjson

from glancetape_cassettes.imageset.image_set import ImageSet

_AT_ONCE = 1_000


def write_images(
    images: ImageSet,
    file: IO[bytes],
    redact: Callable[[dict[str, Any]], tuple[dict[str, Any], int]],
) -> int:
    """Write all images of a set, the newest first, each with its members; return how many.

    `redact` gives an image without its secrets, and how many there were.
    """
    members = images.members_at(0, len(images))
    for start in range(0, len(images), _AT_ONCE):
        positions = range(start, min(start + _AT_ONCE, len(images)))
        for position, body in zip(positions, images.bodies(positions), strict=True):
            image = orjson.loads(body)
            if position in members:
                image["members"] = [
                    {"member_id": project, "status": status}
                    for project, status in members[position]
                ]
            redacted, count = redact(image)
            is_as_stored = not count and position not in members
            file.write((body if is_as_stored else orjson.dumps(redacted)) + b"\n")
    return len(images)
