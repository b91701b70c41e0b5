"""The order of a dictionary of CPython 2.7, and of the links of an older Glance."""

import pytest

from glancetape_cassettes.cloud.dialects import GLANCE, GLANCE_PRE_17
from glancetape_cassettes.cloud.hash_order import in_hash_order
from glancetape_cassettes.cloud.links import first_link, next_link

# Printed by CPython 2.7.18: names put into a dictionary, the marker taken out and put in again.
BY_CPYTHON = [
    ("limit name", "", "limit name"),
    ("limit marker name", "marker", "marker limit name"),
    ("sort_key sort_dir limit visibility", "", "sort_key sort_dir limit visibility"),
    ("sort_key sort_dir limit visibility", "marker", "sort_key sort_dir limit marker visibility"),
    ("tag status name owner limit", "", "status owner tag limit name"),
    ("tag status name owner limit", "marker", "status name marker tag limit owner"),
    (
        "size_min size_max limit marker status sort_key sort_dir",
        "marker",
        "status sort_dir sort_key size_max size_min limit marker",
    ),
    ("a b c d e f g h i j k l", "marker", "a c b e d g f i h k j l marker"),
    ("member_status visibility protected", "marker", "marker protected visibility member_status"),
    ("marker status name limit", "", "status limit name"),
    ("status name limit", "", "status limit name"),
    ("marker sort_key sort_dir limit", "", "sort_key limit sort_dir"),
    (
        "marker visibility sort_key sort_dir limit status",
        "",
        "status sort_dir sort_key visibility limit",
    ),
]


@pytest.mark.parametrize(("names", "marker", "expected"), BY_CPYTHON)
def test_names_come_in_the_order_of_cpython(names: str, marker: str, expected: str) -> None:
    """A table that grows, a slot that is used again, and the plain case."""
    assert tuple(expected.split()) == in_hash_order(names.split(), marker=bool(marker))


def test_the_example_of_the_document_is_in_this_order() -> None:
    """`next` of "Querying Images (Native OpenStack API)"; the client asked in another order."""
    asked = ("limit", "__imagetype", "__isregistered")

    assert ("__isregistered", "marker", "__imagetype", "limit") == in_hash_order(asked, marker=True)


def test_links_of_an_older_glance_are_in_this_order() -> None:
    """Values stay with their names."""
    pairs = (("limit", "2"), ("name", "a b"), ("marker", "A"))
    first = first_link(pairs, GLANCE_PRE_17)

    assert first == "/v2/images?limit=2&name=a+b"
    assert "/v2/images?marker=B&limit=2" == next_link("/v2/images?limit=2", "B", GLANCE_PRE_17)
    assert "/v2/images?limit=2&marker=B" == next_link("/v2/images?limit=2", "B", GLANCE)
    assert "/v2/images?marker=B" == next_link("/v2/images", "B", GLANCE_PRE_17)


def test_a_link_of_an_older_glance_keeps_a_parameter_without_a_value() -> None:
    """`name=` asks for images without a name, on the next page too."""
    first = first_link((("limit", "2"), ("name", "")), GLANCE_PRE_17)

    assert "/v2/images?marker=B&limit=2&name=" == next_link(first, "B", GLANCE_PRE_17)
