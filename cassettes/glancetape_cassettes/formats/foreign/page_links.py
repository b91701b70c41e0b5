"""Which URL was asked for a page: what the user says, and what the links of pages say."""

from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.formats.foreign.foreign_entries import Unusable
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.service import prefix_of

_LIST = "/v2/images"
_VERSION = lazy_compile(r"/v2(?:\.\d+)?\Z")
_PRINTABLE = lazy_compile(r"[!-~]+\Z")


def check_url(url: str) -> None:
    """Raise BadParameter unless what the user says was asked is a URL of HTTP."""
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_url &= parts.port != 0 and not parts.fragment
    except ValueError:
        is_url = False
    if not is_url or _PRINTABLE.match(url) is None:
        raise BadParameter(
            "--url must be a whole URL, such as http://glance:9292/v2/images?limit=25; other "
            "characters than those of ASCII are written as %C3%A9."
        )


def check_address(url: str, what: str) -> None:
    """Raise BadParameter for the URL of a list or an image where a file has the paths itself."""
    parts = urlsplit(url)
    if parts.query or prefix_of(parts.path) != parts.path.rstrip("/"):
        address = parts._replace(path=prefix_of(parts.path), query="").geturl()
        raise BadParameter(
            f"--url: {what} themselves, so it must be the address of the service alone: "
            f"--url {address}"
        )


def is_page(value: Any) -> bool:
    """Whether a JSON value is a page of images, such as `{"images": [], "first": ...}`."""
    return isinstance(value, dict) and isinstance(value.get("images"), list)


def url_of_first(url: str, page: Any) -> str:
    """The URL that was asked for a page: of a list as it is, of a service with the page's `first`.

    >>> url_of_first("http://glance:9292", {"images": [], "first": "/v2/images?limit=1"})
    'http://glance:9292/v2/images?limit=1'
    """
    if not is_page(page) or not _is_of_service(urlsplit(url).path):
        check_first(url, page)
        return url
    root, first = url.partition("?")[0].rstrip("/"), page.get("first")
    if _VERSION.search(root) is not None:
        root = root.rpartition("/")[0]
    return joined(root + _LIST, first if isinstance(first, str) and first else _LIST)


def _is_of_service(path: str) -> bool:
    """Whether a path is that of a service, `/glance` or `/glance/v2`, and not of what it lists."""
    path = path.rstrip("/")
    return prefix_of(path) in (path, path.rpartition("/")[0]) and (
        prefix_of(path) == path or _VERSION.search(path) is not None
    )


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
