"""Random records, and sets made from them together with the expected images."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from glancetape_cassettes.imageset.image_fields import complete
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexes import ranges
from glancetape_cassettes.imageset.making import importing, merging
from support.clouds.small_images import members_of
from support.drawn.rolls import lists_of, records, sometimes
from support.sets.set_files import Record, make_set, record

LOWEST, HIGHEST = -(1 << 63) + 1, (1 << 63) - 1

TEXTS = ("", "a", "b", "ä", "Z", "\U0001f600", "\uffff", "a\0b", "true", "false")
NUMBERS = (LOWEST, -1, 0, 1, 2, 40, HIGHEST)
TIMES = (
    *("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"),
    *("2018-09-06T14:03:27Z", "2018-09-06T14:03:28Z"),
)
numbers, times = st.sampled_from(NUMBERS), st.sampled_from(TIMES)
CUSTOM = (*TEXTS, False, True, None, None, None)
BODIES = records(
    {
        "created_at": TIMES,
        "owner": (*TEXTS, None, None),
        "visibility": ("public", "private", "shared", "community"),
        "status": ("active", "queued", "killed", "deleted"),
        "updated_at": sometimes(*TIMES),
        "name": sometimes(*TEXTS, None, None),
        "checksum": sometimes(*TEXTS, None, None),
        "disk_format": sometimes("iso", "raw", None),
        "container_format": sometimes("bare", "ovf", None),
        "protected": sometimes(False, True),
        "os_hidden": sometimes(False, True),
        "size": sometimes(*NUMBERS, None),
        "virtual_size": sometimes(*NUMBERS, None),
        "min_disk": sometimes(*NUMBERS),
        "min_ram": sometimes(*NUMBERS),
        "tags": sometimes(*lists_of(TEXTS, 3)),
        "members": sometimes(*members_of("m", "n", "m n", most=3)),
        "__x": sometimes(*CUSTOM),
        "__y": sometimes(*CUSTOM),
        "ä b": sometimes(*CUSTOM),
    }
)
collections = st.lists(BODIES, max_size=40).map(
    lambda found: [record(f"{number:02d}", **one) for number, one in enumerate(found)]
)


@contextmanager
def small_steps() -> Iterator[None]:
    """Lower the limits, so that a few images do what otherwise takes hundreds of thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "BLOCK", 8)
        patch.setattr(merging, "_STEP", 4)
        patch.setattr(merging, "COMMON", 3)
        patch.setattr(ranges, "_CHUNK", 2)
        patch.setattr(ranges, "_STEPS", 5)
        yield


@contextmanager
def set_of(made: Iterable[Record]) -> Iterator[tuple[ImageSet, list[Record], list[Any]]]:
    """Return a set, its expected images by position, and their members."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.images"
        copies = [dict(one) for one in made]
        make_set(path, copies)
        copies.sort(key=lambda one: (one["created_at"], one["id"]), reverse=True)
        their_members = [complete(one) for one in copies]
        with ImageSet(path) as images:
            yield images, copies, their_members
