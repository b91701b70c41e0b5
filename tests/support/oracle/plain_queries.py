"""Good list queries for hypothesis: the filters, orders and limits that clients use."""

from urllib.parse import urlencode

from hypothesis import strategies as st

from support.clouds.small_images import ME

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
DIRECTIONS = st.sampled_from(("asc", "desc"))
SORTS = st.one_of(
    st.just([]),
    st.just([]),
    DIRECTIONS.map(lambda direction: [("sort_dir", direction)]),
    st.tuples(st.sampled_from(SORT_KEYS), DIRECTIONS).map(
        lambda pair: [("sort_key", pair[0]), ("sort_dir", pair[1])]
    ),
    st.lists(
        st.tuples(st.sampled_from(SORT_KEYS), st.sampled_from((":asc", ":desc", ""))),
        min_size=1,
        max_size=3,
    ).map(lambda keys: [("sort", ",".join(key + direction for key, direction in keys))]),
    st.lists(st.sampled_from(SORT_KEYS), min_size=2, max_size=2).map(
        lambda keys: [("sort_key", key) for key in keys]
    ),
)
LIMITS = st.sampled_from((1, 2, 3, 5, 100, None))


@st.composite
def plain_queries(draw: st.DrawFn) -> str:
    """Draw a query of good filters, an order and a limit."""
    filters = draw(st.lists(st.sampled_from(FILTERS), max_size=draw(st.sampled_from((0, 1, 3)))))
    limit = draw(LIMITS)
    pairs = [*filters, *draw(SORTS), *([("limit", str(limit))] if limit else [])]
    return urlencode(draw(st.permutations(pairs)))
