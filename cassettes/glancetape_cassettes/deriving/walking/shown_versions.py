"""Which version of Glance a recording shows, by its version documents and the fields of its images.

The sources are Glance's own code, by the branches `grizzly-eol` to `queens-eol`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.replaying.entries import Entry, is_for_all_callers

_VERSION = lazy_compile(r"v2\.(?P<minor>[0-9]{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the API, and the releases of Glance that have it."""

    minor: int
    """2 is v2.2."""
    releases: str


VERSIONS = (
    Version(minor=1, releases="Folsom, Grizzly"),
    Version(minor=2, releases="Havana, Icehouse, Juno"),
    Version(minor=3, releases="Kilo, Liberty, Mitaka"),
    Version(minor=4, releases="Newton"),
    Version(minor=5, releases="Ocata, Pike"),
    Version(minor=6, releases="Queens"),
)
"""Code: glance/api/versions.py of each release."""
LAST = VERSIONS[-1].minor
KINDS_OF_VISIBILITY = 5
"""Code: from Ocata on an image may be shared, or of the community."""


def newest_of(document: Any) -> int | None:
    """Return the newest minor version that a version document lists, 2 for v2.2; None if none."""
    versions = document.get("versions") if isinstance(document, dict) else None
    if not isinstance(versions, list):
        return None
    names = [one.get("id") for one in versions if isinstance(one, dict)]
    found = [_VERSION.fullmatch(name) for name in names if isinstance(name, str)]
    return max((int(one["minor"]) for one in found if one is not None), default=None)


def versions_shown(entries: Iterable[Entry]) -> Iterator[int]:
    """Yield the newest version of each version document among recorded answers."""
    for entry in filter(is_for_all_callers, entries):
        try:
            newest = newest_of(entry.cassette.json_answer(entry.index)[1])
        except CassetteError:  # it is reported when the interaction is asked for
            continue
        if newest is not None:
            yield newest


def oldest_showing(fields: frozenset[str], *, has_kinds: bool) -> int:
    """Return the oldest version whose images may have these fields.

    `has_kinds` if some are shared or of the community.
    """
    if has_kinds:
        return KINDS_OF_VISIBILITY
    return 2 if fields >= {"owner", "virtual_size"} else VERSIONS[0].minor  # code: from Icehouse on
