"""Which URL was asked for a page that a file has without its request."""

from contextlib import nullcontext
from typing import Any

import pytest

from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.formats.foreign.foreign_entries import Unusable
from glancetape_cassettes.formats.foreign.page_links import check_url, url_of_first, url_of_next

FIRST = "/v2/images?limit=2&name=a"


def page(**links: Any) -> dict[str, Any]:
    """A page of no images with some links."""
    return {"images": [], **links}


@pytest.mark.parametrize(
    ("url", "first", "expected"),
    [
        ("http://h", FIRST, f"http://h{FIRST}"),
        ("http://h/", FIRST, f"http://h{FIRST}"),
        ("http://h/v2", FIRST, f"http://h{FIRST}"),
        ("http://h/glance/v2/", FIRST, f"http://h/glance{FIRST}"),
        ("http://h/glance", "http://h/glance/v2/images", "http://h/glance/v2/images"),
        ("http://h/glance", None, "http://h/glance/v2/images"),
        ("http://h", "", "http://h/v2/images"),
        ("http://h", 5, "http://h/v2/images"),
        # These are what was asked.
        ("http://h/v2/images?limit=2&name=a", FIRST, "http://h/v2/images?limit=2&name=a"),
        ("http://h/v2/images?limit=2&name=a&marker=b", FIRST,
         "http://h/v2/images?limit=2&name=a&marker=b"),
        ("http://h/v2/images", 5, "http://h/v2/images"),
        ("http://h/versions", "/v2/images", "http://h/versions"),
        ("http://h/v2/images/a", None, "http://h/v2/images/a"),
    ],
)  # fmt: skip
def test_the_first_page_was_asked_for_at_a_list_or_as_its_link_says(
    url: str, first: object, expected: str
) -> None:
    """A user may name the list, or only the service."""
    assert expected == url_of_first(url, page() if first is None else page(first=first))


def test_a_list_that_lacks_a_part_of_its_query_is_refused() -> None:
    with pytest.raises(Unusable, match="'first' in the page has a query that its URL lacks"):
        url_of_first("http://h/v2/images?limit=2", page(first=FIRST))


@pytest.mark.parametrize("link", [None, "", 5])
def test_a_page_without_a_link_to_the_next_one_has_none(link: object) -> None:
    assert None is url_of_next("http://h/v2/images", page(next=link))


URLS = {
    **dict.fromkeys(["http://h/v2/images?limit=2", "https://[::1]:9292", "HTTP://h"], True),
    **dict.fromkeys(["", "h/v2/images", "ftp://h/v2/images", "http:///v2/images"], False),
    **dict.fromkeys(["http://h:0", "http://h:x", "http://h#a", "http://["], False),
    **dict.fromkeys(["http://h/a b", "http://h/\u00e9"], False),
}


@pytest.mark.parametrize(("url", "is_url"), URLS.items())
def test_what_a_user_says_was_asked_is_a_whole_url(url: str, *, is_url: bool) -> None:
    """With scheme and host, as it goes over the wire."""
    refused = pytest.raises(BadParameter, match="--url must be a whole URL")
    with nullcontext() if is_url else refused:
        check_url(url)
