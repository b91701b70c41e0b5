"""Good list queries for hypothesis: the filters, orders and limits that clients use."""

from urllib.parse import urlencode

from hypothesis import strategies as st

from support.clouds.small_images import ME
from support.drawn.rolls import Roll, octets

FILTERS = (
    ("visibility", "public"),
    ("visibility", "private"),
    ("visibility", "shared"),
    ("visibility", "community"),
    ("visibility", "all"),
    ("member_status", "all"),
    ("member_status", "pending"),
    ("status", "active"),
    ("status", "in:active,queued"),
    ("name", "a"),
    ("name", "in:a,b"),
    ("name", ""),
    ("tag", "x"),
    ("tag", "a=b"),
    ("protected", "false"),
    ("os_hidden", "true"),
    ("size_min", "1"),
    ("min_disk", "40"),
    ("owner", ME),
    ("__os_type", "Linux"),
    ("__os_type", ""),
    ("__system_support_market", "true"),
    ("created_at", "gte:2018-09-06T14:03:28Z"),
    ("created_at", "gt:2018-09-06T14:03:27Z"),
    ("created_at", "2018-09-06T14:03:28Z"),
    ("updated_at", "neq:2020-01-01T00:00:00Z"),
)
SORT_KEYS = "name status container_format disk_format size id created_at updated_at".split()
DIRECTIONS = ("asc", "desc")
LIMITS = (1, 2, 3, 5, 100, None)

Pairs = list[tuple[str, str]]


def plain_queries() -> st.SearchStrategy[str]:
    """Draw a query of good filters, an order and a limit."""
    return _PLAIN


def sorting(roll: Roll) -> Pairs:
    """Return an order of a list, in one of the ways in which clients ask for it."""
    way = roll.pick(range(6))
    if way == 2:
        return [("sort_dir", roll.pick(DIRECTIONS))]
    if way == 3:
        return [("sort_key", roll.pick(SORT_KEYS)), ("sort_dir", roll.pick(DIRECTIONS))]
    if way == 4:
        keys = [
            roll.pick(SORT_KEYS) + roll.pick((":asc", ":desc", ""))
            for _ in range(roll.pick((1, 2, 3)))
        ]
        return [("sort", ",".join(keys))]
    if way == 5:
        return [("sort_key", roll.pick(SORT_KEYS)) for _ in range(2)]
    return []


def _plain(drawn: bytes) -> str:
    roll = Roll(drawn)
    limit = roll.pick(LIMITS)
    pairs = sorting(roll)
    pairs += [roll.pick(FILTERS) for _ in range(roll.pick((0, 0, 0, 0, 1, 1, 1, 2, 2, 3)))]
    pairs += [("limit", str(limit))] if limit else []
    return urlencode(roll.shuffle(pairs))


_PLAIN = octets(20).map(_plain)
