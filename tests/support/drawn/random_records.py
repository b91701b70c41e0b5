"""Random records, and sets made from them together with the expected images."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES, complete
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexes import ranges
from glancetape_cassettes.imageset.making import importing, merging
from support.sets.set_files import Record, make_set, record

LOWEST, HIGHEST = -(1 << 63) + 1, (1 << 63) - 1

texts = st.sampled_from(["", "a", "b", "ä", "Z", "\U0001f600", "\uffff", "a\0b", "true", "false"])
numbers = st.sampled_from([LOWEST, -1, 0, 1, 2, 40, HIGHEST])
times = st.sampled_from(
    ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2018-09-06T14:03:27Z", "2018-09-06T14:03:28Z"]
)
custom = st.one_of(texts, st.booleans(), st.none())
members = st.dictionaries(st.sampled_from(["m", "n", "m n"]), st.sampled_from(MEMBER_STATUSES))
bodies = st.fixed_dictionaries(
    {
        "created_at": times,
        "owner": st.one_of(texts, st.none()),
        "visibility": st.sampled_from(["public", "private", "shared", "community"]),
        "status": st.sampled_from(["active", "queued", "killed", "deleted"]),
    },
    optional={
        "updated_at": times,
        "name": st.one_of(texts, st.none()),
        "checksum": st.one_of(texts, st.none()),
        "disk_format": st.one_of(st.sampled_from(["iso", "raw"]), st.none()),
        "container_format": st.one_of(st.sampled_from(["bare", "ovf"]), st.none()),
        "protected": st.booleans(),
        "os_hidden": st.booleans(),
        "size": st.one_of(numbers, st.none()),
        "virtual_size": st.one_of(numbers, st.none()),
        "min_disk": numbers,
        "min_ram": numbers,
        "tags": st.lists(texts, unique=True, max_size=3),
        "members": members.map(
            lambda of: [{"member_id": who, "status": status} for who, status in of.items()]
        ),
        "__x": custom,
        "__y": custom,
        "ä b": custom,
    },
)
collections = st.lists(bodies, max_size=40).map(
    lambda found: [record(f"{number:02d}", **one) for number, one in enumerate(found)]
)


@contextmanager
def small_steps() -> Iterator[None]:
    """Lower the limits, so that a few images do what otherwise takes hundreds of thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "BLOCK", 8)
        patch.setattr(merging, "_ENTRIES_A_ROW", 4)
        patch.setattr(merging, "COMMON", 3)
        patch.setattr(ranges, "_CHUNK", 2)
        patch.setattr(ranges, "_STEPS", 5)
        yield


@contextmanager
def set_of(records: Iterable[Record]) -> Iterator[tuple[ImageSet, list[Record], list[Any]]]:
    """Return a set, its expected images by position, and their members."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.images"
        copies = [dict(one) for one in records]
        make_set(path, copies)
        copies.sort(key=lambda one: (one["created_at"], one["id"]), reverse=True)
        their_members = [complete(one) for one in copies]
        with ImageSet(path) as images:
            yield images, copies, their_members
