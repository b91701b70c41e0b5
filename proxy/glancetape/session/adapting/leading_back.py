"""Leading clients back to us: URLs of the services behind our address, as the client reaches them.

A client asks a catalog and version documents where to go. Behind a reverse proxy they name the
services themselves, so the client would go there, and past the recording:

    stored   {"type": "image", "endpoints": [{"interface": "public", "url": "http://glance:9292"}]}
    sent     {"type": "image", "endpoints": [{... "url": "http://127.0.0.1:8180/image"}]}

Only the response that is sent changes. Endpoints of services that are not behind our address stay,
and so do those of other regions.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from glancetape.addresses import Upstream
from glancetape_cassettes.interaction import Headers, Response
from glancetape_cassettes.known_services import ENDPOINT_URLS, may_show_versions
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.replaying.question import host_of
from glancetape_cassettes.service import Service, service_of_path

REWRITTEN = frozenset(["location", "content-location", "link", "www-authenticate"])
"""Headers whose URLs lead to us."""
_CATALOGS = ("catalog", "serviceCatalog")
_STRING = lazy_compile(rb'"(?:[^"\\]|\\.)*"')
_URL = lazy_compile(r"""https?://[^\s"'<>]+""")
_FROM_VERSION = lazy_compile(r"/v\d[\w.]*(?:/.*)?\Z")


def lead_back(
    response: Response, path: str, upstreams: Sequence[Upstream], base: str, by: str = ""
) -> Response:
    """A response in which the services behind our address are where the client reaches them.

    `path` is what was asked, `base` our address as the client wrote it (`http://127.0.0.1:8180`),
    and `by` the URL at the service that answered.
    """
    is_document = may_show_versions(path) or response.status == 300
    is_keystone = service_of_path(path) is Service.KEYSTONE
    if not upstreams or not base or (response.status == 200 and not (is_document or is_keystone)):
        return response
    leading = _Leading(upstreams=upstreams, base=base)
    headers = leading.headers(response.headers)
    body = response.body
    if body and (is_document or is_keystone):
        answering = next((one for one in upstreams if by and _below(by, one.root)), None)
        body = leading.body(body, answering if is_document else None)
    if headers == response.headers and body == response.body:
        return response
    return replace(response, headers=headers, body=body)


class _Leading(NamedTuple):
    """The services behind our address, and the address."""

    upstreams: Sequence[Upstream]
    base: str

    def headers(self, headers: Headers) -> Headers:
        """Headers whose URLs lead to us."""
        if not any(name.lower() in REWRITTEN for name, _ in headers):
            return headers
        return tuple(
            (name, _URL.sub(lambda found: self.url(found[0]) or found[0], value))
            if name.lower() in REWRITTEN
            else (name, value)
            for name, value in headers
        )

    def body(self, body: bytes, answering: Upstream | None) -> bytes:
        """A JSON body whose URLs lead to us, in its own layout; any other body as it is."""
        try:
            value = json.loads(body)
            moved = dict(self._moved(value, answering))
        except (ValueError, RecursionError):
            return body
        moved = {old: new for old, new in moved.items() if old != new}
        if not moved:
            return body

        def one(found: re.Match[bytes]) -> bytes:
            try:
                new = moved.get(json.loads(found[0]))
            except ValueError:
                return found[0]
            return found[0] if new is None else json.dumps(new).encode()

        return _STRING.sub(one, body)

    def url(self, url: str, among: Sequence[Upstream] | None = None) -> str | None:
        """Where the client reaches what is at a URL of a service; None for any other URL."""
        roots = [one for one in among or self.upstreams if _below(url, one.root)]
        if not roots:
            return None
        nearest = max(roots, key=lambda one: len(one.root))
        return self._base_of(nearest) + _rest(url, nearest.root)

    def _moved(self, value: Any, answering: Upstream | None) -> Iterator[tuple[str, str]]:
        """The URLs in a document and where they lead."""
        if isinstance(value, list):
            for one in value:
                yield from self._moved(one, answering)
        elif isinstance(value, dict):
            is_link_to_itself = answering is not None and value.get("rel") == "self"
            for name, one in value.items():
                if name in _CATALOGS and isinstance(one, list):
                    yield from self._moved_catalog(one)
                elif isinstance(one, str) and (led := self.url(one)):
                    yield one, led
                elif is_link_to_itself and name == "href" and isinstance(one, str):
                    # A version document that names its service by an address of its own.
                    yield one, self._at(answering, one) if answering else one
                else:
                    yield from self._moved(one, answering)

    def _moved_catalog(self, catalog: list[Any]) -> Iterator[tuple[str, str]]:
        for service in catalog:
            if not isinstance(service, dict):
                continue
            endpoints = [one for one in service.get("endpoints") or () if isinstance(one, dict)]
            named = [one for one in self.upstreams if one.service == service.get("type")]
            if named:
                yield from self._moved_endpoints(endpoints, named)
                continue
            for url in (url for one in endpoints for url in _urls_of(one)):
                rest = [one for one in self.upstreams if not one.service]
                if rest and (led := self.url(url, rest)):
                    yield url, led

    def _moved_endpoints(
        self, endpoints: list[Any], named: Sequence[Upstream]
    ) -> Iterator[tuple[str, str]]:
        """Those of one service: in the regions where we have it, whatever the interface.

        A service that we know under another address is ours when it has one region only.
        """
        ours: dict[Any, Upstream] = {}  # region -> service
        for one in endpoints:
            for url in _urls_of(one):
                for upstream in named:
                    if _below(url, upstream.root):
                        ours.setdefault(_region(one), upstream)
        regions = {_region(one) for one in endpoints}
        if not ours and len(regions) == 1:
            ours = {_region(endpoints[0]): named[0]}
        for one in endpoints:
            if _region(one) in ours:
                for url in _urls_of(one):
                    yield url, self.url(url, named) or self._at(ours[_region(one)], url)

    def _at(self, upstream: Upstream, url: str) -> str:
        """A URL of a service under another address: what follows from the version on counts."""
        found = _FROM_VERSION.search(urlsplit(url).path)
        return self._base_of(upstream) + (found[0] if found else "")

    def _base_of(self, upstream: Upstream) -> str:
        """Where a service is at our address: below its prefix, unless it is there alone."""
        return self.base + (upstream.prefix if len(self.upstreams) > 1 else "")


def _urls_of(endpoint: dict[str, Any]) -> Iterator[str]:
    for name in ENDPOINT_URLS:
        if isinstance(url := endpoint.get(name), str):
            yield url


def _region(endpoint: dict[str, Any]) -> Any:
    return str(endpoint.get("region_id") or endpoint.get("region"))


def _below(url: str, root: str) -> bool:
    """Whether a URL is a service's root or below it, however host and port are written."""
    try:
        parts, of_root = urlsplit(url), urlsplit(root)
        if parts.scheme != of_root.scheme or host_of(url) != host_of(root):
            return False
    except ValueError:
        return False
    rest = parts.path.removeprefix(of_root.path) if parts.path.startswith(of_root.path) else None
    return rest is not None and (rest == "" or rest.startswith("/"))


def _rest(url: str, root: str) -> str:
    """What follows the root in a URL that is below it."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return parts.path.removeprefix(urlsplit(root).path) + query
