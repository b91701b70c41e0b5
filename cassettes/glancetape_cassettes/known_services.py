"""Which service a request belongs to, as far as the traffic itself has shown it.

Paths alone are not enough: Nova, DigitalOcean and others have a `/v2/images` too, and a cloud may
put Glance anywhere. These decide, in this order; a recorder that looks at each response in turn
learns from the first three:

    catalog   a login shows where each service is                          POST /v3/auth/tokens
    versions  a version document shows whose it is                         GET /glance
    list      a list of images shows whether it is Glance's                GET /v2/images
    path      `service.PATHS`, where nothing that passed says otherwise    GET /v2/schemas/image
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.service import Service, prefix_of, rule_of, service_of_path
from glancetape_cassettes.short_texts import remembered

_SERVICE_OF_TYPE = {
    "image": Service.IMAGE,  # service types authority, and each catalog of Huawei Cloud
    "imsv2": Service.IMAGE,  # otcextensions: the same service, with `cloudimages`
    "identity": Service.KEYSTONE,
}
"""The type of a service in a catalog -> the service. All other types are other services."""
ENDPOINT_URLS = ("url", "publicURL", "internalURL", "adminURL")
"""Members of an endpoint in a catalog: the first one of Keystone v3, the others of v2.0."""
_VERSIONED = lazy_compile(r"/v\d+(?:\.\d+)?(?:/.*)?\Z")
_CATALOG = lazy_compile(r".*/(?:v3/auth/(?:tokens|catalog)|v2\.0/tokens)/?\Z", re.DOTALL)
_LIST = lazy_compile(r".*/(?:cloud)?images\Z", re.DOTALL)
_ONE_IMAGE = lazy_compile(r".*/v2(?:\.\d+)?/images/[^/]+\Z", re.DOTALL)
_IDENTITY = "application/vnd.openstack.identity"
_MOST_KEPT = 300
"""Characters of a URL whose parts are kept."""
_MOST_PLACES = 1000
_MOST_VERSIONS = 64 * 1024
"""Bytes of a version document; those of real services have a few thousand."""


class KnownServices:
    """Where each service is; empty at the start of a recording."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._endpoints: dict[str, dict[str, set[Service]]] = {}  # host -> path -> who is there
        self._around: dict[str, dict[str, set[Service]]] = {}  # the same without versions
        self._shown: dict[tuple[str, str], Service] = {}  # by host and prefix
        self._domains: set[str] = set()  # of the hosts of the cloud

    def service_of(self, uri: str) -> Service:
        """The service that a request belongs to, before its response is known."""
        host, path = _host_and_path(uri)
        return self._by_catalog(host, path) or self._by_shown(host, path) or service_of_path(path)

    def looks_into(self, method: str, uri: str, status: int, length: int) -> bool:
        """Whether a response may show which service it is from, or where others are."""
        if status not in (200, 201, 202, 203, 300) or method not in ("GET", "POST"):
            return False
        host, path = _host_and_path(uri)
        if _CATALOG.match(path):
            return True
        if self._by_catalog(host, path) is not None:
            return False
        if _LIST.match(path) or _ONE_IMAGE.match(path):
            # What has shown itself as Glance is not looked at again, page by page.
            return self._by_shown(host, path) is None
        return method == "GET" and may_show_versions(path) and length <= _MOST_VERSIONS

    def judge(self, method: str, uri: str, response: Response | None, status: int) -> Service:
        """The service that a response is from; what it shows is known from now on.

        `response` is None where `looks_into` did not ask for it, or where it cannot be read.
        """
        service = self._judge(method, uri, response, status)
        if service is not Service.OTHER:
            self._note_host(_host_and_path(uri)[0])
        return service

    def _judge(self, method: str, uri: str, response: Response | None, status: int) -> Service:
        host, path = _host_and_path(uri)
        value = None if response is None else _json(response.body)
        if isinstance(value, dict) and _CATALOG.match(path):
            self._learn_catalog(value)
        by_catalog = self._by_catalog(host, path)
        if by_catalog is not None:
            return by_catalog
        shown = _shown_by(method, path, value)
        if shown is not None:
            self._learn(host, path, shown)
            return shown
        return self._by_shown(host, path) or self._unproved(path, status)

    def may_be_of_cloud(self, uri: str) -> bool:
        """Whether a host may belong to the cloud that is recorded.

        A host by another domain does not, such as that of a chat or of metrics, unless a catalog
        names it. An address or a name without a domain may be any host.

            glance.cloud.example was recorded: cinder.cloud.example may, hooks.chat.example2 not
        """
        host, _ = _host_and_path(uri)
        domain = _domain_of(host)
        return not self._domains or not domain or "" in self._domains or domain in self._domains

    def _note_host(self, host: str) -> None:
        if len(self._domains) < _MOST_PLACES:
            self._domains.add(_domain_of(host))

    def _unproved(self, path: str, status: int) -> Service:
        """The service of a path about which no response has shown anything."""
        rule = rule_of(path)
        if rule is None:
            return Service.OTHER
        if rule.needs_proof and (prefix_of(path) or status < 400):
            # A web page, another API, a version document of another service.
            is_redirect = status == 302 and path == "/v2"  # Glance's own
            return rule.service if is_redirect else Service.OTHER
        return rule.service

    def _by_catalog(self, host: str, path: str) -> Service | None:
        """What a catalog says of a path; None where it says nothing, or two things."""
        if host not in self._endpoints:
            return None
        by_path = rule_of(path)
        is_keystone = by_path is not None and by_path.service is Service.KEYSTONE
        exact = _nearest(self._endpoints.get(host, {}), path)
        around = _nearest(self._around.get(host, {}), path)
        at, service = around if len(around[0]) > len(exact[0]) else exact
        if service is None:
            at, service = around
        if service is Service.IMAGE and not is_keystone:
            return service
        # Around an endpoint, and at the root, there may be others: paths that are known stay so.
        is_theirs = (at, service) == exact and at != ""
        if service is Service.OTHER and (is_theirs or by_path is None or by_path.needs_proof):
            return service
        return None

    def _by_shown(self, host: str, path: str) -> Service | None:
        rule = rule_of(path)
        if rule is None or rule.service is not Service.IMAGE:
            return None
        return self._shown.get((host, prefix_of(path)))

    def _learn(self, host: str, path: str, service: Service) -> None:
        """Note what a response showed, for the other paths of the image service at that place."""
        if service is Service.KEYSTONE or len(self._shown) >= _MOST_PLACES:
            return
        rule = rule_of(path)
        is_proper = rule is not None and rule.service is Service.IMAGE and not rule.needs_proof
        if service is Service.IMAGE or is_proper:
            # What Nova shows at `/` says nothing about `/v2/images` beside it.
            self._shown.setdefault((host, prefix_of(path)), service)

    def _learn_catalog(self, body: dict[str, Any]) -> None:
        for endpoint in endpoints_in(body):
            self.learn_endpoint(endpoint.kind, endpoint.url)

    def learn_endpoint(self, kind: str, url: str) -> None:
        """Note where a service is; `kind` is its type in catalogs, such as `image`."""
        service = _SERVICE_OF_TYPE.get(kind, Service.OTHER)
        host, path = _host_and_path(url)
        self._note_host(host)
        for places, at in ((self._endpoints, path), (self._around, _VERSIONED.sub("", path))):
            if len(places) < _MOST_PLACES or host in places:
                there = places.setdefault(host, {})
                if len(there) < _MOST_PLACES:
                    there.setdefault(at.rstrip("/"), set()).add(service)


def _nearest(places: dict[str, set[Service]], path: str) -> tuple[str, Service | None]:
    """The nearest endpoint above a path, and the service there; None where several share it."""
    at = path.rstrip("/") if places else ""
    while at not in places and at:
        at = at.rpartition("/")[0]
    services = places.get(at, set())
    return at, next(iter(services)) if len(services) == 1 else None


def _host_and_path(uri: str) -> tuple[str, str]:
    """Host with its port, and path; the same whether a default port is written or not."""
    return _split(uri.partition("?")[0])


@remembered(1024, _MOST_KEPT)
def _split(uri: str) -> tuple[str, str]:
    try:
        parts = urlsplit(uri)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return "", ""
    return f"{parts.hostname or ''}:{port}", parts.path or "/"


def _domain_of(host: str) -> str:
    """The last two labels of a host's name; "" for an address or a name without a domain."""
    name = host.rpartition(":")[0].rstrip(".")
    labels = name.split(".")
    is_address = ":" in name or labels[-1].isdigit()
    return "" if is_address or len(labels) < 2 else ".".join(labels[-2:])


class Endpoint(NamedTuple):
    """One URL in a catalog."""

    kind: str
    """The type of its service, such as `image`."""
    region: str
    url: str

    @property
    def is_of_images(self) -> bool:
        """Whether the image service is there."""
        return _SERVICE_OF_TYPE.get(self.kind) is Service.IMAGE


def may_show_catalog(path: str) -> bool:
    """Whether a path of Keystone answers with a catalog: a login, or `/v3/auth/catalog`."""
    return _CATALOG.match(path) is not None


def endpoints_in(body: dict[str, Any]) -> Iterator[Endpoint]:
    """Each endpoint in a catalog of Keystone, v3 or v2.0."""
    token, access = body.get("token"), body.get("access")
    found = body.get("catalog")
    if isinstance(token, dict):
        found = token.get("catalog")
    if isinstance(access, dict):
        found = access.get("serviceCatalog")
    for service in found if isinstance(found, list) else []:
        if not isinstance(service, dict) or not isinstance(service.get("endpoints"), list):
            continue
        for endpoint in service["endpoints"]:
            if not isinstance(endpoint, dict):
                continue
            for name in ENDPOINT_URLS:
                if isinstance(url := endpoint.get(name), str):
                    region = endpoint.get("region_id") or endpoint.get("region")
                    yield Endpoint(str(service.get("type")), str(region), url)


def _json(body: bytes) -> Any:
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        return orjson.loads(body)
    except ValueError:
        return None


@remembered(1024, _MOST_KEPT)
def may_show_versions(path: str) -> bool:
    """Whether a path may have a version document: one without more than a version at its end."""
    return prefix_of(path) == path.rstrip("/").removesuffix("/versions") or bool(
        re.search(r"/v\d+(?:\.\d+)?/?\Z", path)
    )


def _shown_by(method: str, path: str, value: Any) -> Service | None:
    """The service that a JSON body shows; None when it shows none."""
    if not isinstance(value, dict):
        return None
    if may_show_versions(path) and (shown := service_of_versions(value)) is not None:
        return shown
    rule = rule_of(path)
    is_first_path = rule is not None and rule.needs_proof  # a server that has only a list
    if method == "GET" and (_LIST.match(path) or is_first_path):
        return service_of_list(value)
    is_at_image = _LIST.match(path) or _ONE_IMAGE.match(path)
    return Service.OTHER if is_at_image and isinstance(value.get("image"), dict) else None


def service_of_versions(value: dict[str, Any]) -> Service | None:
    """The service whose version document a JSON object is; None for another object.

    Glance   {"versions": [{"id": "v2.9", "status", "links": [{"href": "http://H/v2/"}]}]}
    Keystone {"version": {"id": "v3.14", "media-types": "application/vnd.openstack.identity..."}}
    Nova, Cinder and others have members such as `updated`, or links to other versions.
    """
    versions, version = value.get("versions"), value.get("version")
    if isinstance(versions, dict) or isinstance(version, dict):  # Nova, Aodh, Designate too
        return Service.KEYSTONE if _IDENTITY in str(versions or version) else Service.OTHER
    if not isinstance(versions, list):
        return None
    return Service.IMAGE if any(map(_is_of_glance, versions)) else Service.OTHER


def _is_of_glance(version: Any) -> bool:
    if not isinstance(version, dict) or version.keys() - {"id", "status", "links"}:
        return False
    links = version.get("links")
    hrefs = [one.get("href") for one in links if isinstance(one, dict)] if links else []
    is_v2 = str(version.get("id")).startswith("v2")
    return is_v2 and any(str(href).rstrip("/").endswith("/v2") for href in hrefs)


def service_of_list(value: dict[str, Any]) -> Service | None:
    """The service whose list of images a JSON object is; None when it may be anyone's.

    Glance       {"images": [...], "first": "/v2/images", "schema": "/v2/schemas/images"}
    IMS          the same, or images with members such as `__imagetype`
    Nova         {"images": [{"id", "name", "links"}]}
    DigitalOcean {"images": [{"id": 7555620, ...}], "links": {...}, "meta": {...}}
    """
    images = value.get("images")
    if not isinstance(images, list):
        return None
    if value.get("schema") == "/v2/schemas/images" or isinstance(value.get("first"), str):
        return Service.IMAGE
    shown = [one for one in images if isinstance(one, dict)]
    if any(_is_of_ims(one) or one.get("schema") == "/v2/schemas/image" for one in shown):
        return Service.IMAGE
    if "meta" in value or "links" in value:
        return Service.OTHER
    if any(isinstance(one.get("links"), list) or isinstance(one.get("id"), int) for one in shown):
        return Service.OTHER
    return None


def _is_of_ims(image: dict[str, Any]) -> bool:
    return "__imagetype" in image or "__isregistered" in image
