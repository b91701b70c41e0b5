"""Which images a caller may see in a list or by their id, before any filter."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.query import ALL_STATUSES, Query
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, MEMBER_STATUSES
from glancetape_cassettes.imageset.image_set import ImageSet

_DELETED = ("deleted", "pending_delete")


class Scope(NamedTuple):
    """All that decides which images a list shows; equal scopes show the same images of a set."""

    dialect: Dialect
    project: str
    visibility: str | None
    member_status: str
    hidden: bool | None


def scope_of(query: Query, project: str, dialect: Dialect) -> Scope:
    """Return the scope of a project's query."""
    return Scope(
        dialect=dialect,
        project=project,
        visibility=query.visibility,
        member_status=query.member_status,
        hidden=query.hidden,
    )


def images_in(images: ImageSet, scope: Scope) -> BitMap:
    """Return the positions of all images in a scope.

    Observed on Glance 33; `dialects` has what differs in older versions.
    """
    seen = _seen(images, scope)
    for status in GONE_STATUSES:
        seen -= images.having("status", status)
    if scope.hidden is not None:
        hidden = images.having("os_hidden", "true")
        if scope.hidden:
            seen &= hidden
        else:
            seen -= hidden
    return seen


def _seen(images: ImageSet, scope: Scope) -> BitMap:
    """Return what the caller may see, with images that are gone but still in the set."""
    own = images.having("owner", scope.project)
    with_me = _shared_with(images, scope.project, scope.member_status)
    if scope.visibility == "shared" and not scope.dialect.own_shared:
        return with_me - own
    seen = images.having("visibility", "public")
    seen |= own
    seen |= with_me
    if scope.visibility is None:  # the caller's own community images, not those of others
        return seen
    if scope.dialect.community:
        seen |= images.having("visibility", "community")
    if scope.visibility != "all" or "all" not in scope.dialect.visibilities:
        seen &= images.having("visibility", scope.visibility)
    return seen


def _shared_with(images: ImageSet, project: str, status: str) -> BitMap:
    found = BitMap()
    for one in MEMBER_STATUSES if status == ALL_STATUSES else (status,):
        found |= images.shared_with(project, one)
    found &= images.having("visibility", "shared")
    return found


def exists(image: Mapping[str, Any]) -> bool:
    """Whether an image can be shown by its id; a deleted one cannot."""
    return image["status"] not in _DELETED


def may_see(
    images: ImageSet, position: int, image: Mapping[str, Any], project: str, dialect: Dialect
) -> bool:
    """Whether a project may see an image by its id, or use it as a marker.

    `image` are the fields of the image at `position`.
    """
    if image["owner"] in (None, project) or image["visibility"] == "public":
        return True
    if image["visibility"] == "community":
        return dialect.community
    return position in _shared_with(images, project, ALL_STATUSES)


def plainly_seen(images: ImageSet, project: str, dialect: Dialect) -> BitMap:
    """Return the images for which `exists` and `may_see` hold, but for those without an owner."""
    seen = images.having("visibility", "public")
    seen |= images.having("owner", project)
    seen |= _shared_with(images, project, ALL_STATUSES)
    if dialect.community:
        seen |= images.having("visibility", "community")
    for status in _DELETED:
        seen -= images.having("status", status)
    return seen
