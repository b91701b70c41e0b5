"""Which URL was asked for a page: what the user says, and what the links of pages say."""

from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from glancetape_cassettes.formats.foreign.foreign_entries import Unusable
from glancetape_cassettes.service import is_image_list, prefix_of

_LIST = "/v2/images"


def is_page(value: Any) -> bool:
    """Whether a JSON value is a page of images, such as `{"images": [], "first": ...}`."""
    return isinstance(value, dict) and isinstance(value.get("images"), list)


def url_of_first(url: str, page: Any) -> str:
    """The URL that was asked for a page: of a list as it is, of a service with the page's `first`.

    >>> url_of_first("http://glance:9292", {"images": [], "first": "/v2/images?limit=1"})
    'http://glance:9292/v2/images?limit=1'
    """
    if not is_page(page) or is_image_list(urlsplit(url).path.rstrip("/")):
        check_first(url, page)
        return url
    first = page.get("first")
    return joined(url.rstrip("/") + _LIST, first if isinstance(first, str) and first else _LIST)


def check_first(url: str, page: Any) -> None:
    """Raise Unusable when a page's `first` has more of a query than the URL that was asked."""
    first = page.get("first") if is_page(page) else None
    if isinstance(first, str) and _names(first) - _names(url) - {"marker"}:
        raise Unusable("'first' in the page has a query that its URL lacks, which must be whole")


def url_of_next(url: str, page: Any) -> str | None:
    """The URL to which a page's `next` leads from its own; None without one."""
    link = page.get("next") if is_page(page) else None
    return joined(url, link) if isinstance(link, str) and link else None


def joined(url: str, link: str) -> str:
    """The URL of a link that a page at `url` has; Glance omits the prefix that it is below.

    >>> joined("http://cloud/image/v2/images", "/v2/images?marker=a")
    'http://cloud/image/v2/images?marker=a'
    """
    prefix = prefix_of(urlsplit(url).path)
    if prefix and link.startswith("/") and not link.startswith(("//", f"{prefix}/")):
        link = prefix + link
    return urljoin(url, link)


def _names(url: str) -> set[str]:
    return {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
