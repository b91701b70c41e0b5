"""Which changed images a list shows: the scope and the conditions of a query, for one image."""

from collections.abc import Mapping, Sequence
from typing import Any

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.conditions import (
    Between,
    Broken,
    Condition,
    ExtensionCondition,
    Has,
    HasOrLacks,
    Lacks,
    Nothing,
    When,
)
from glancetape_cassettes.cloud.listing.query import ALL_STATUSES, Query
from glancetape_cassettes.cloud.listing.visibility import Scope, exists
from glancetape_cassettes.cloud.overlay.changed_images import Changed
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, TIMES, parse_time
from glancetape_cassettes.imageset.indexed_values import NOT_VALUES, TAGS, values_of

Image = Mapping[str, Any]


def is_listed(changed: Changed, scope: Scope, query: Query) -> bool:
    """Whether a list shows an image."""
    return is_in(changed, scope) and all(
        holds(changed.image, condition) for condition in (*query.conditions, *query.extension)
    )


def is_in(changed: Changed, scope: Scope) -> bool:
    """Whether an image is in the scope of a list, before any filter."""
    image = changed.image
    if image["status"] in GONE_STATUSES:
        return False
    if scope.hidden is not None and bool(image.get("os_hidden")) != scope.hidden:
        return False
    visibility, own = image["visibility"], image["owner"] == scope.project
    with_me = visibility == "shared" and has_member(changed, scope.project, scope.member_status)
    if scope.visibility == "shared" and not scope.dialect.own_shared:
        return with_me and not own
    seen = visibility == "public" or own or with_me
    if scope.visibility is None:
        return seen
    seen = seen or (scope.dialect.community and visibility == "community")
    shows_all = scope.visibility == "all" and "all" in scope.dialect.visibilities
    return seen and (shows_all or visibility == scope.visibility)


def may_see_changed(changed: Changed, project: str, dialect: Dialect) -> bool:
    """Whether a project may see an image by its id, or use it as a marker."""
    image = changed.image
    if not exists(image):
        return False
    if image["owner"] in (None, project) or image["visibility"] == "public":
        return True
    if image["visibility"] == "community":
        return dialect.community
    return image["visibility"] == "shared" and has_member(changed, project, ALL_STATUSES)


def has_member(changed: Changed, project: str, status: str) -> bool:
    """Whether a project is a member of an image with a status, or with any."""
    return any(
        one["member_id"] == project and status in (ALL_STATUSES, one["status"])
        for one in changed.members
    )


def holds(image: Image, condition: Condition | ExtensionCondition) -> bool:
    """Whether an image satisfies a condition."""
    match condition:
        case Has(name, values):
            return not values.isdisjoint(_values(image, name))
        case Lacks(name, values):
            return values.isdisjoint(_values(image, name))
        case HasOrLacks(name, values):
            return image.get(name) is None or not values.isdisjoint(_values(image, name))
        case Between():
            return _is_between(image, condition)
        case When():
            return _is_between(image, condition.seconds)
        case Nothing() | Broken():
            return False


def _values(image: Image, name: str) -> Sequence[str]:
    if name == "id":
        return (image["id"],)
    return () if name in NOT_VALUES and name != TAGS else values_of(image, name)


def _is_between(image: Image, condition: Between) -> bool:
    value = image.get(condition.name)
    if value is None:
        return False
    number = parse_time(condition.name, value) if condition.name in TIMES else value
    low, high = condition.low, condition.high
    inside = (low is None or number >= low) and (high is None or number <= high)
    return inside != condition.outside
