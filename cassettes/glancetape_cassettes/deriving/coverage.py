"""The proof: when the images of a recorded walk hold the answer to a question.

Each rule is a case of its own and stands in docs/derived-answers.md. That a walk and a question are
of one view (caller, host, API version) is seen to where walks are found.
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

Interval = tuple[int | None, int | None]

_BY_DEFAULT = frozenset([None, "public", "private", "shared"])
_WITH_MEMBERS = frozenset([None, "shared", "all"])


def why_not_covered(walk: Query, asked: Query) -> str:
    """Say why a walk does not cover a question; "" when it does."""
    return why_others_are_seen(walk, asked) or _filters(walk, asked)


def why_others_are_seen(walk: Query, asked: Query) -> str:
    """Say why a question may be about images that a walk leaves out before any filter."""
    return _hidden_images(walk, asked) or _visibility(walk, asked) or _memberships(walk, asked)


# What the caller may see


def _hidden_images(walk: Query, asked: Query) -> str:
    if walk.hidden == asked.hidden:
        return ""
    return "lists hidden images" if walk.hidden else "leaves out hidden images"


def _visibility(walk: Query, asked: Query) -> str:
    if walk.visibility in (asked.visibility, "all"):
        return ""
    if walk.visibility is None and asked.visibility in _BY_DEFAULT:
        return ""
    if walk.visibility is None:
        return "leaves out community images of others"
    return f"lists visibility={walk.visibility} only"


def _memberships(walk: Query, asked: Query) -> str:
    if walk.member_status == asked.member_status or not depends_on_memberships(asked):
        return ""
    return f"lists what is shared by member_status={walk.member_status}"


def depends_on_memberships(asked: Query) -> bool:
    """Tell whether a list shows images that are shared with the caller."""
    return asked.visibility in _WITH_MEMBERS


# Filters


def _filters(walk: Query, asked: Query) -> str:
    for condition in sorted(walk.conditions, key=str):
        if not follows(condition, asked.conditions):
            return f"is filtered by {_name(condition)}, which the question does not imply"
    return ""


def _name(condition: Condition) -> str:
    return condition.name if isinstance(condition, Has | Between | When) else "what matches nothing"


def follows(condition: Condition, asked: Iterable[Condition]) -> bool:
    """Tell whether a condition holds for every image for which all of `asked` hold."""
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
        case Nothing() | Broken():
            return condition in asked


def _time_follows(condition: When, asked: When) -> bool:
    """Compare what was asked: shown seconds do not tell `gt:T` from `gte:T+1`."""
    if condition == asked:
        return True
    if asked.operator == "neq":
        return False
    wanted = interval_of(asked.operator, asked.moment)
    if condition.operator == "neq":
        return not _is_within((condition.moment, condition.moment), wanted)
    return _is_within(wanted, interval_of(condition.operator, condition.moment))


def interval_of(operator: str, moment: int) -> Interval:
    """Give the first and last microsecond that an operator takes; None leaves a side open."""
    return {
        "eq": (moment, moment),
        "gt": (moment + 1, None),
        "gte": (moment, None),
        "lt": (None, moment - 1),
        "lte": (None, moment),
    }[operator]


def _all_of(intervals: Iterable[Interval]) -> Interval:
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


def is_always_empty(asked: Query) -> bool:
    """Tell whether no image can be on the page, whatever there is."""
    return asked.limit == 0 or asked.visibility == "" or Nothing() in asked.conditions
