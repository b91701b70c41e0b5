"""The simulated cloud: the response to any request that a client sends to an image service.

GET /v2/images?limit=7   a page, from `lister`
GET /v2/images/ID/file   an operation of `routes`
GET /                    the versions, as for every path that has none of them
POST /v2.1/servers       404, as Glance answers a path that it does not know
POST /v2/images          NotSimulated: a set is only read
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

import orjson

from glancetape_cassettes.cloud.asking import Asking, Identity
from glancetape_cassettes.cloud.dialects import Dialect, dialect_of
from glancetape_cassettes.cloud.endpoints.health import show_health
from glancetape_cassettes.cloud.endpoints.versions import list_versions, one_of, show_version
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.cloud.overlay.changed_images import Changes
from glancetape_cassettes.cloud.refusals import (
    NOT_AUTHORIZED,
    Refused,
    bad_request,
    forbidden,
    method_not_allowed,
)
from glancetape_cassettes.cloud.responses import (
    empty_response,
    head_response,
    json_response,
    refusal_response,
)
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Request, Response, api_version
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.service import without_needless_escapes

if TYPE_CHECKING:  # lists need no table of operations, so it is loaded by the first other request
    from glancetape_cassettes.cloud.routes import Operation

_PLACE = lazy_compile(
    r"(?P<prefix>(?:/image(?=/|\Z))?)"
    r"(?:/?\Z|/(?P<versions>versions)(?:/.*)?\Z|/(?P<unversioned>images|schemas)(?:/.*)?\Z"
    r"|/(?P<version>v[12](?:\.\d+)?)(?P<below>/.*)?\Z)",
    re.DOTALL,
)
_ELSEWHERE = lazy_compile(
    r"(?P<prefix>(?:/image(?=/))?)(?P<unversioned>/(?!/).*)(?P<version>)(?P<below>)(?P<versions>)",
    re.DOTALL,
)
_HEALTH = lazy_compile(r"/healthcheck(?:/.*)?\Z", re.DOTALL)
_SLASHES = lazy_compile("//+")
_Named = tuple["Operation", Mapping[str, str]]
_UNKNOWN_API = "The API does not exist or has not been published in the environment"
_EXTENSION_PATHS = lazy_compile(r"/cloudimages(?:/.*)?\Z|/[0-9a-f-]{32,36}/.*|/jobs?(?:/.*)?\Z")


class NotSimulated(Exception):
    """A request that a real cloud may answer and a simulated one does not; the text says why."""


class _Place(NamedTuple):
    """Where a path leads to."""

    base: str
    version: str
    """`v2.7`; "" for the version list."""
    below: str
    """What follows the version: `/images/ID`."""
    explicit: bool = False
    """Whether the version list was asked for by its name, `/versions`."""
    is_unversioned: bool = False
    """Whether the version is missing: `/images`. Observed: Glance lists its versions."""
    is_health: bool = False
    """Whether it is the path that a load balancer asks."""


def is_simulated(path: str) -> bool:
    """Whether a path is one of the image service's, whatever else is at its address."""
    return _PLACE.match(without_needless_escapes(path)) is not None


def is_simulated_alone(path: str) -> bool:
    """Whether a path is answered at an address that has only an image service and its Keystone.

    Observed: Glance answers a path without a version, such as `/flavors`, with its versions.
    """
    return is_simulated(path) or _ELSEWHERE.fullmatch(path) is not None


class SimulatedCloud:
    """Answers for an image service, from an image set."""

    def __init__(self, images: ImageSet, dialect: str, changes: Changes | None = None) -> None:
        """Answer from a set, which the caller closes, in the dialect "ims" or "glance".

        Images can be changed if there are `changes` to hold what is different from the set.
        """
        self.lister = Lister(images, changes=changes)
        self._dialect = dialect

    def rules_for(self, request: Request) -> Dialect:
        """Return the rules that apply to a request."""
        return dialect_of(self._dialect, api_version(request.headers))

    def respond(self, request: Request, identity: Identity | None, request_id: str) -> Response:
        """Return the response to a request whose path is the image service's.

        `identity` is None for a caller without valid credentials. Raises NotSimulated.
        """
        rules = self.rules_for(request)
        try:
            return self._respond(request, identity, rules, request_id)
        except Refused as refused:
            if request.method == "HEAD":
                return head_response(refused.status, refused.allow, rules, request_id)
            return refusal_response(refused, rules, request.headers, request_id)

    def _respond(
        self, request: Request, identity: Identity | None, rules: Dialect, request_id: str
    ) -> Response:
        place = _place_of(request.uri, rules)
        document = self._document(request, place, rules, request_id)
        if document is not None:
            return document
        extension = _extension(request.method, place, rules)
        if extension is None and rules.gateway and not _is_known(place):
            return _unknown_api(rules, request_id)
        if identity is None:
            raise Refused(401, NOT_AUTHORIZED)
        if not place.below:
            return show_version(place.version, place.base, rules, request_id)
        is_older = rules.spans_versions
        operation, named = extension or _operation(request.method, place, is_older=is_older)
        _check(operation, request, identity, rules)
        is_closed = operation.changes and self.lister.changes is None
        if operation.respond is None or is_closed or (operation.is_only_glances and rules.gateway):
            raise NotSimulated(f"{request.method} {place.below}")
        return operation.respond(
            Asking(
                method=request.method,
                path=place.below,
                query=urlsplit(request.uri).query,
                headers=request.headers,
                body=request.body,
                base=place.base,
                identity=identity,
                rules=rules,
                request_id=request_id,
                lister=self.lister,
                named=named,
            )
        )

    @staticmethod
    def _document(
        request: Request, place: _Place, rules: Dialect, request_id: str
    ) -> Response | None:
        """Return what is answered to anybody; None when the caller matters."""
        if place.explicit:
            return list_versions(place.base, rules, request_id, status=200)
        if place.is_health and not rules.gateway:
            return show_health(request.method, request.headers, rules)
        if request.method == "OPTIONS":  # observed: Glance answers it before anything else
            shown = request_id if rules.gateway else ""
            return empty_response(200, rules, shown, kind="", more=(("Content-Length", "0"),))
        if not place.version:
            is_unknown = place.is_unversioned and rules.gateway
            document = _unknown_api(rules, request_id) if is_unknown else None
            return document or list_versions(place.base, rules, request_id)
        if rules.shows_version and not place.below.strip("/"):
            return show_version(place.version, place.base, rules, request_id)
        return None


def _check(operation: "Operation", request: Request, identity: Identity, rules: Dialect) -> None:
    if operation.action and (identity.project is None or not identity.roles):
        raise forbidden(operation.action)
    # Documented for IMS: a DELETE may say what else to delete.
    takes_body = operation.takes_body or (rules.gateway and request.method == "DELETE")
    if request.body and not takes_body:
        raise bad_request("A body is not expected with this request.")


def _place_of(uri: str, rules: Dialect) -> _Place:
    parts = urlsplit(uri)
    path = without_needless_escapes(parts.path) or "/"
    found = _PLACE.match(path) or _ELSEWHERE.fullmatch(path)
    if found is None:
        raise NotSimulated(parts.path)
    try:
        unquote_to_bytes(parts.path.encode("utf-8", "surrogateescape")).decode()
    except UnicodeDecodeError as error:  # observed: the server fails before Glance gets it
        raise NotSimulated("a path that is not UTF-8") from error
    base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{found['prefix']}"
    version, below = found["version"] or "", found["below"] or ""
    if version and not _has_version(version, below, rules):
        version = below = ""
    return _Place(
        base=base,
        version=version,
        below=below,
        explicit=bool(found["versions"]),
        is_unversioned=bool(found["unversioned"]),
        is_health=_HEALTH.match(path) is not None,
    )


def _has_version(version: str, below: str, rules: Dialect) -> bool:
    """Whether paths below a version are the API's. Observed: others show the version list."""
    if version == "v1":
        return rules.extension_api and below.startswith("/")
    return version == "v2" or rules.gateway or one_of(version, rules) is not None


def _operation(method: str, place: _Place, *, is_older: bool) -> _Named:
    """Return the operation of a path of Glance. Raises Refused."""
    from glancetape_cassettes.cloud.routes import find_operation

    found = find_operation(method, _SLASHES.sub("/", place.below), is_older=is_older)
    return found.operation, found.named


def _extension(method: str, place: _Place, rules: Dialect) -> _Named | None:
    """Return the operation of a path of the extension API; None for another path.

    Raises NotSimulated for what Huawei Cloud has there and a simulated cloud does not.
    """
    if not rules.extension_api:
        return None
    from glancetape_cassettes.cloud.routes import EXTENSIONS

    version = place.version.partition(".")[0]
    operation = EXTENSIONS.get((version, place.below))
    if operation is not None:
        if method != "GET":
            raise method_not_allowed(method, "GET")
        return operation, {}
    if _EXTENSION_PATHS.match(place.below):
        raise NotSimulated(f"{method} {place.below}")
    return None


def _is_known(place: _Place) -> bool:
    """Whether the gateway of IMS knows a path: what the routes have, under version 2."""
    from glancetape_cassettes.cloud.routes import find_operation

    if place.version.startswith("v1"):
        return False
    try:
        find_operation("GET", _SLASHES.sub("/", place.below))
    except Refused as refused:
        return refused.status == 405
    return True


def _unknown_api(rules: Dialect, request_id: str) -> Response:
    """Return what the gateway answers for a path that no service has published (observed)."""
    body = {"error_msg": _UNKNOWN_API, "error_code": "APIGW.0101", "request_id": request_id}
    return json_response(
        orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE), rules, request_id, status=404
    )
