"""Which images a caller may see, before any filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.query import ALL_STATUSES, Query
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, MEMBER_STATUSES
from glancetape_cassettes.imageset.image_set import ImageSet

_DELETED = ("deleted", "pending_delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What decides who sees what; equal pools hold the same images of a set."""

    dialect: Dialect
    project: str
    visibility: str | None
    member_status: str
    hidden: bool | None


def scope_of(query: Query, project: str, dialect: Dialect) -> Scope:
    """Give the scope that a query of a project asks."""
    return Scope(
        dialect=dialect,
        project=project,
        visibility=query.visibility,
        member_status=query.member_status,
        hidden=query.hidden,
    )


def images_in(images: ImageSet, scope: Scope) -> BitMap:
    """Give the images of a scope. Observed on Glance 33; where older ones differ see `dialects`."""
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
    """Give what may be seen, with what is gone but not deleted from the set."""
    own = images.having("owner", scope.project)
    with_me = _shared_with(images, scope.project, scope.member_status)
    if scope.visibility == "shared" and not scope.dialect.own_shared:
        return with_me - own
    seen = images.having("visibility", "public")
    seen |= own
    seen |= with_me
    if scope.visibility is None:  # of the community's images one sees one's own
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
    """Tell whether an image can be asked for by its id; one that is deleted cannot."""
    return image["status"] not in _DELETED


def may_see(
    images: ImageSet, position: int, image: Mapping[str, Any], project: str, dialect: Dialect
) -> bool:
    """Tell whether a project may see the image at a position when it asks for it by its id."""
    if image["owner"] in (None, project) or image["visibility"] == "public":
        return True
    if image["visibility"] == "community":
        return dialect.community
    return position in _shared_with(images, project, ALL_STATUSES)
