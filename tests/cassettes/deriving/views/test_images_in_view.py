"""The images that a list shows for certain before its filters, against the rules for one image."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from pyroaring import BitMap

from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.cloud.dialects import dialect_of
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.collection.collection_file import CollectionNotes
from glancetape_cassettes.deriving.doubts import ShownImages
from glancetape_cassettes.deriving.evidence import Evidence
from glancetape_cassettes.imageset.image_set import ImageSet
from support.one_image import ME, OTHER, Image, ims_image
from support.sets.imagesets import newest_first
from support.sets.set_files import make_set

VISIBILITIES = ("public", "private", "shared", "community")
IMAGES = [
    ims_image(f"{visibility}-{owner[:4]}-{hidden}", visibility=visibility, owner=owner)
    | {"os_hidden": hidden}
    for visibility, owner, hidden in product(VISIBILITIES, (ME, OTHER), (False, True))
]
QUERIES = [
    "&".join((first, second)).strip("&")
    for first in ("", *(f"visibility={one}" for one in (*VISIBILITIES, "all")))
    for second in ("", "os_hidden=true", "os_hidden=false")
]
_NO_NOTES = CollectionNotes(
    pages=(),
    since=(),
    last=(),
    gone={},
    doubted={},
    most_made={},
    refused=-1,
    unauthorized=-1,
    unshown=("", -1),
    links=(),
    unsure={},
    empty={},
    nulls={},
    shown=frozenset(),
    alike_tags={},
    unplaced={},
)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageSet]:
    """Each visibility of each owner, hidden and not."""
    path = tmp_path_factory.mktemp("set") / "all.images"
    make_set(path, newest_first(IMAGES))
    with ImageSet(path) as opened:
        yield opened


def _is_in_view(
    image: Image, query: Query, project: str | None, *, is_seen: bool, own_shared: bool
) -> bool:
    """Whether a list surely shows an image, by the rules of visibility."""
    own, visibility = image["owner"] == project, image["visibility"]
    if query.hidden is not None and image["os_hidden"] != query.hidden:
        return False
    if query.visibility not in (None, "all", visibility):
        return False
    if query.visibility == "shared" and not own_shared and (own or project is None):
        return False
    if is_seen or visibility in ("public", "private") or (own and visibility == "shared"):
        return True
    return visibility == "community" and (own or query.visibility in ("all", "community"))


@pytest.mark.parametrize("dialect", NAMES)
@pytest.mark.parametrize("own_shared", [True, False])
@pytest.mark.parametrize("project", [ME, None])
def test_a_list_shows_what_the_rules_say_of_each_image(
    images: ImageSet, dialect: str, own_shared: bool, project: str | None
) -> None:
    """Each query several times, with other images that its caller sees, in one recording."""
    rules = replace(dialect_of(dialect, "queens"), own_shared=own_shared)
    evidence = Evidence(
        ShownImages(images=images, known=_NO_NOTES, dialect=rules, project=project), {}, ()
    )
    drawn, asked = Random(4), 0
    for text in QUERIES * 3:
        try:
            query, _ = read_query(text, rules)
        except Refused:
            continue
        asked += 1
        seen = BitMap(drawn.sample(range(len(images)), drawn.randrange(len(images))))

        found = evidence.in_view(query, seen)

        expected = [
            position
            for position, image in enumerate(images)
            if _is_in_view(image, query, project, is_seen=position in seen, own_shared=own_shared)
        ]
        assert expected == list(found), text
        found.clear()  # the caller's own

    assert asked >= 3 * 3
