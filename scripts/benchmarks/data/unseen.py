"""Twenty kinds of list query with random markers and limits, none of them asked twice."""

import random
from collections.abc import Iterator

from glancetape_cassettes.imageset.image_set import ImageSet

KINDS = (
    "",
    "visibility=public",
    "visibility=private",
    "__os_type=Linux",
    "__os_type=Windows&status=active",
    "__platform=Ubuntu",
    "status=active&visibility=public&__os_type=Linux",
    "min_disk=40&visibility=private",
    "created_at=lt:2025-06-01T00:00:00Z",
    "protected=true&__os_bit=64",
    "__imagetype=gold",
    "sort_key=created_at&sort_dir=asc",
    "sort_key=size&sort_dir=asc",
    "sort_key=updated_at&sort_dir=desc",
    "sort_key=id&sort_dir=asc&__os_type=Linux",
    "sort=disk_format:desc,created_at:asc",
    "sort_key=name&sort_dir=asc",
    "sort_key=name&sort_dir=desc&visibility=private",
    "name=in:a,b,c&visibility=private",
    "size_min=1000000&status=active",
)
LIMITS = range(20, 31)
"""Twenty-five images a page on average."""


def unseen_queries(images: ImageSet, seed: int) -> Iterator[str]:
    """Yield queries without end; markers are images that the home project sees."""
    rng = random.Random(seed)
    home = images.about["home_project"]
    seen = images.having("visibility", "public") | images.having("owner", home)
    for status in ("deleted", "pending_delete"):
        seen -= images.having("status", status)
    places, ids, asked = list(seen), images.ids(), set()
    while True:
        for kind in KINDS:
            marker = ids[rng.choice(places)]
            query = "&".join([*kind.split(), f"limit={rng.choice(LIMITS)}", f"marker={marker}"])
            if query not in asked:
                asked.add(query)
                yield query
