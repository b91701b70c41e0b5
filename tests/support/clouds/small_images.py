"""Small images for hypothesis: few values, so that most tie with others in most ways."""

from collections.abc import Sequence
from itertools import permutations, product
from typing import Any

from hypothesis import strategies as st

from support.clouds.clouds import FRACTIONS
from support.drawn.rolls import evenly, lists_of, records, sometimes
from support.images.varied import PROJECTS
from support.one_image import id_of

ME, OTHER = PROJECTS[:2]

MEMBER_STATUSES = ("accepted", "pending", "rejected")


def members_of(*projects: str, most: int = 2) -> list[list[dict[str, str]]]:
    """Return all ways to share an image with up to so many of some projects."""
    return evenly(
        [
            [
                [
                    {"member_id": who, "status": status}
                    for who, status in zip(them, how, strict=True)
                ]
                for them in permutations(projects, size)
                for how in product(MEMBER_STATUSES, repeat=size)
            ]
            for size in range(most + 1)
        ]
    )


VALUES: dict[str, Sequence[Any]] = {
    "name": (None, "", "a", "a", "B", "b", "é", "镜像", "a,b", "x:y"),
    "status": ("active", "active", "queued", "killed", "deleted"),
    "visibility": ("public", "private", "shared", "community"),
    "owner": (ME, ME, OTHER, None),
    "created_at": ("2018-09-06T14:03:27Z", "2018-09-06T14:03:28Z", "2019-01-01T00:00:00Z"),
    "updated_at": ("2019-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    "size": (None, 0, 1, 40),
    "min_disk": (0, 40),
    "disk_format": (None, "raw", "zvhd2"),
    "protected": (False, True),
    "tags": lists_of(("a=b", "a.b", "x"), 3),
}
SOMETIMES: dict[str, Sequence[Any]] = {
    "__os_type": ("Linux", "linux", "", None),
    "__system_support_market": (False, True),
    "os_hidden": (False, False, True),
    "members": members_of(ME, OTHER),
    FRACTIONS: [
        {
            name: fraction
            for name, fraction in zip(("created_at", "updated_at"), fractions, strict=True)
            if fraction is not None
        }
        for fractions in product((None, 0, 1, 500_000), repeat=2)
    ],
}
REGISTERED = {"__isregistered": ("true",) * 5 + ("false",)}
_SOMETIMES = {name: sometimes(*values) for name, values in SOMETIMES.items()}
_RECORDS = {
    "glance": records(VALUES | _SOMETIMES),
    "ims": records(
        VALUES | _SOMETIMES | {name: sometimes(*them) for name, them in REGISTERED.items()}
    ),
}


def images(dialect: str, number: int) -> st.SearchStrategy[dict[str, Any]]:
    """Draw an image; its id is made from the number."""

    def image(drawn: dict[str, Any]) -> dict[str, Any]:
        if dialect == "ims":
            drawn.setdefault("__isregistered", "true")
        return {**drawn, "id": id_of(number)}

    return _RECORDS[dialect].map(image)
