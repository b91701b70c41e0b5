"""Coverage: a walk covers a question when it shows every image that the question may see.

Example. A project sees four images, D the newest, and records them in two pages:

    limit=3            D public, Windows; C private, Linux; B public, Linux    next
    limit=3&marker=B   A public, Linux                                         no next

This walk has no filter, so it covers `__os_type=Linux&sort_key=name&sort_dir=asc`: whatever that
question asks for is among the four, and the answer is A B C. A second walk,
`visibility=public&__os_type=Linux`, shows B A. It covers the same question with `name=A` added. It
does not cover `__os_type=Linux`, because C is private.

One change: another project publishes E as a community image. Both walks stay as they are, since a
list without `visibility` leaves out the community images of others. But `visibility=community`
would show E. So neither walk covers it, and it is a miss before and after the change.

Each rule below has a row in docs/derived-answers.md. That walk and question belong to one view
(caller, host, path, API version) is made sure of before: a view is asked for its own walks only.
"""

from collections.abc import Iterable

from glancetape_cassettes.cloud.listing.conditions import (
    Between,
    Broken,
    Condition,
    Has,
    Nothing,
    When,
)
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES

Interval = tuple[int | None, int | None]
"""The first and the last value that fit; None leaves that side open."""

_GONE = frozenset(GONE_STATUSES)
_BY_DEFAULT = frozenset([None, "public", "private", "shared"])
_WITH_MEMBERS = frozenset([None, "shared", "all"])


def why_not_covered(walk: Query, query: Query) -> str:
    """Why a walk does not cover a question; "" when it does."""
    return why_others_are_seen(walk, query) or _filters(walk, query)


def why_others_are_seen(walk: Query, query: Query) -> str:
    """Why a question may see images that a walk leaves out before any filter; "" if none."""
    return _hidden_images(walk, query) or _visibility(walk, query) or _memberships(walk, query)


# What the caller may see


def _hidden_images(walk: Query, query: Query) -> str:
    """Compare `os_hidden`: a list has the hidden images or the others, never both.

    The walk of the example shows no hidden image, so it cannot answer `os_hidden=true`, and the
    walk of `os_hidden=true` cannot answer a list without it.
    """
    if walk.hidden == query.hidden:
        return ""
    return "lists only hidden images" if walk.hidden else "leaves out hidden images"


def _visibility(walk: Query, query: Query) -> str:
    """Compare `visibility`: without it, a list shows all but the community images of others.

    The walk of `visibility=public` lacks C, so it does not cover a question without `visibility`.
    The walk without `visibility` lacks E, so it covers neither `community` nor `all`.
    """
    if walk.visibility in (query.visibility, "all"):
        return ""
    if walk.visibility is None and query.visibility in _BY_DEFAULT:
        return ""
    if walk.visibility is None:
        return "leaves out community images of others"
    return f"lists visibility={walk.visibility} only"


def _memberships(walk: Query, query: Query) -> str:
    """Compare `member_status`, which chooses among the images that others share with the caller.

    An image F that waits to be accepted is in the list of `member_status=pending` and not in the
    walk of the example. The walk of `member_status=all` does show F, but no list shows the member
    status of an image: whether F belongs in the default list cannot be seen from it.
    """
    if walk.member_status == query.member_status or not depends_on_memberships(query):
        return ""
    return f"lists shared images with member_status={walk.member_status}"


def depends_on_memberships(query: Query) -> bool:
    """Whether a list shows images that others share with the caller."""
    return query.visibility in _WITH_MEMBERS


# Filters


def _filters(walk: Query, query: Query) -> str:
    """Compare filters: each one of the walk has to hold for whatever the query asks for.

    The walk of `__os_type=Linux` lacks D, so it answers no question that may list D. Filters that
    only the query has do no harm: they are applied to the images of the walk.
    """
    for condition in sorted(walk.conditions, key=str):
        if not follows(condition, query.conditions):
            return f"is filtered by {_name(condition)}, which the question does not imply"
    return ""


def _name(condition: Condition) -> str:
    if isinstance(condition, Has | Between | When):
        return condition.name
    return "what matches nothing" if condition == Nothing() else "an odd bound"


def follows(condition: Condition, asked: Iterable[Condition]) -> bool:
    """Whether a condition holds for every image for which all of `asked` hold.

    `name=in:a,b` follows from `name=a`; `size_min=5` follows from `size_min=6&size_max=8`.
    `size_min=0` does not follow from no filter at all: an image without a size is in no bound.
    """
    match condition:
        case Has(name, values):
            return any(
                isinstance(one, Has) and one.name == name and one.values <= values for one in asked
            )
        case When(name):
            return any(
                isinstance(one, When) and one.name == name and _time_follows(condition, one)
                for one in asked
            )
        case Between(name):
            bounds = [one for one in asked if isinstance(one, Between) and one.name == name]
            return bool(bounds) and _is_within(
                _all_of((one.low, one.high) for one in bounds), (condition.low, condition.high)
            )
        case Nothing() | Broken():  # no page is derived for a question that is Broken: odd bounds
            return condition in asked


def _time_follows(condition: When, asked: When) -> bool:
    """Compare times to the microsecond, as clouds store them, not to the second that lists show.

    An image of 10:00:00.5 is shown as 10:00:00. In whole seconds `gt:10:00:00` and `gte:10:00:01`
    look like the same filter; the walk of the second lacks that image, and the first asks for it.
    """
    if condition == asked:
        return True
    if asked.operator == "neq":  # all times but one: within no bound, and no other `neq`
        return False
    wanted = interval_of(asked.operator, asked.moment)
    if condition.operator == "neq":
        return not _is_within((condition.moment, condition.moment), wanted)
    return _is_within(wanted, interval_of(condition.operator, condition.moment))


def interval_of(operator: str, moment: int) -> Interval:
    """Return the first and last microsecond that fit an operator, `neq` excepted."""
    return {
        "eq": (moment, moment),
        "gt": (moment + 1, None),
        "gte": (moment, None),
        "lt": (None, moment - 1),
        "lte": (None, moment),
    }[operator]


def _all_of(intervals: Iterable[Interval]) -> Interval:
    """Return what all intervals have in common: a query may have `size_min` and `size_max`."""
    low: int | None = None
    high: int | None = None
    for one_low, one_high in intervals:
        low = one_low if low is None or (one_low is not None and one_low > low) else low
        high = one_high if high is None or (one_high is not None and one_high < high) else high
    return low, high


def _is_within(inner: Interval, outer: Interval) -> bool:
    (inner_low, inner_high), (low, high) = inner, outer
    return (low is None or (inner_low is not None and inner_low >= low)) and (
        high is None or (inner_high is not None and inner_high <= high)
    )


def asks_for_gone(query: Query) -> bool:
    """Whether a query asks only for images of a status that no list of Glance shows (observed)."""
    return any(
        isinstance(one, Has) and one.name == "status" and one.values <= _GONE
        for one in query.conditions
    )


def is_always_empty(query: Query) -> bool:
    """Whether the page is empty whatever images there are, so that no walk is needed.

    `limit=0`, an empty `visibility=`, and a filter that nothing matches, such as `min_disk=abc`.
    """
    return query.limit == 0 or query.visibility == "" or Nothing() in query.conditions
