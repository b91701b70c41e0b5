"""Images as NDJSON, one on each line, from which `glancetape import` makes the same set."""

from typing import IO

import orjson

from glancetape_cassettes.imageset.image_set import ImageSet

_AT_ONCE = 1_000


def write_images(images: ImageSet, file: IO[bytes]) -> int:
    """Write all images of a set, the newest first, each with its members; return how many."""
    members = images.members_at(0, len(images))
    for start in range(0, len(images), _AT_ONCE):
        positions = range(start, min(start + _AT_ONCE, len(images)))
        for position, body in zip(positions, images.bodies(positions), strict=True):
            line = body
            if position in members:
                image = orjson.loads(body)
                image["members"] = [
                    {"member_id": project, "status": status}
                    for project, status in members[position]
                ]
                line = orjson.dumps(image)
            file.write(line + b"\n")
    return len(images)
