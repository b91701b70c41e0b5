"""Which operation a method and a path ask for, in one table, as Glance's router has it.

GET  /v2/images/ID/members   list_members, the image is ID
HEAD /v2/images/ID/members   405, Allow: GET, POST
GET  /v2/images/ID/nothing   404
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.changing import images, other_data, sharing, tags, uploads
from glancetape_cassettes.cloud.endpoints import (
    cloudimages,
    discovery,
    image_file,
    members,
    schemas,
    stores_and_cache,
)
from glancetape_cassettes.cloud.links import decode_segment
from glancetape_cassettes.cloud.refusals import NOT_FOUND, Refused, method_not_allowed
from glancetape_cassettes.cloud.responses import json_response
from glancetape_cassettes.interaction import Response
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.service import prefix_of

_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE".split())
_NAMED = lazy_compile(r"\{(\w+)\}")
_READ_OTHERWISE = ("//", "/.", "%", "cache")
"""In a path below `/v2`, what a server in front may resolve, and what older versions knew."""
_BELOW_VERSION = lazy_compile(r"(?P<version>/v2(?:\.(?!1/)\d+)?)(?P<below>/.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a route does for one method."""

    respond: Callable[[Asking], Response] | None = None
    """None for what an image set does not simulate."""
    action: str = ""
    """The name of the policy that a token without a project does not satisfy; "" for none."""
    takes_body: bool = False
    """Whether the method may have a body. Glance refuses the others that have one."""
    changes: bool = False
    """Whether it changes images, which only a writable set lets it do."""
    is_only_glances: bool = False
    """Whether it is only known what Glance answers, and not what IMS does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path below the version, and its methods."""

    segments: tuple[str, ...]
    operations: Mapping[str, Operation]
    allow: str
    """What a 405 lists, in Glance's order; "" where other methods get a 404."""
    is_newer: bool
    """Whether no Glance before 17 has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The operation that a request asks for, and what its path names."""

    operation: Operation
    named: Mapping[str, str]


def _show_image(asking: Asking) -> Response:
    body = asking.lister.image_body(asking.named["image"], asking.project, asking.rules)
    return json_response(body, asking.rules, asking.request_id)


def _list_images(asking: Asking) -> Response:
    return asking.lister.list_page(asking.query, asking.project, asking.rules, asking.request_id)


_NOTHING = Operation(takes_body=True)  # not simulated


def _change(respond: Callable[[Asking], Response], action: str, *, body: bool) -> Operation:
    return Operation(respond=respond, action=action, takes_body=body, changes=True)


def _route(
    path: str, allow: str | None = None, *, is_newer: bool = False, **operations: Operation
) -> Route:
    methods = {**operations}
    listed = ", ".join(operations) if allow is None else allow
    for method in filter(None, listed.split(", ")):
        methods.setdefault(method, _NOTHING)
    return Route(
        segments=tuple(path.split("/")), operations=methods, allow=listed, is_newer=is_newer
    )


def _schema(name: str) -> Route:
    takes_body = name in ("task", "tasks")
    return _route(
        f"schemas/{name}", GET=Operation(respond=schemas.show_schema, takes_body=takes_body)
    )


def _forbidden(action: str) -> Operation:
    return Operation(respond=discovery.refuse(action), action=action, takes_body=True)


def _refusal_of_glance(respond: Callable[[Asking], Response], action: str = "") -> Operation:
    return Operation(respond=respond, action=action, takes_body=True, is_only_glances=True)


_TASKS = _forbidden("tasks_api_access")
_NAMESPACE = Operation(respond=discovery.show_namespace, action="get_metadef_namespace")
_RESOURCE_TYPES = Operation(respond=discovery.list_definitions, action="get_metadef_resource_type")
_DEFINITIONS = Operation(
    respond=discovery.list_definitions, action="get_metadef_properties", takes_body=True
)
ROUTES = (
    *map(_schema, schemas.SCHEMAS),
    _route("metadefs/resource_types", GET=Operation(respond=discovery.list_resource_types)),
    _route(
        "metadefs/namespaces",
        "GET, POST",
        GET=Operation(respond=discovery.list_namespaces, takes_body=True),
    ),
    _route("metadefs/namespaces/{namespace}", "GET, PUT, DELETE", GET=_NAMESPACE),
    _route("metadefs/namespaces/{namespace}/resource_types", "GET, POST", GET=_RESOURCE_TYPES),
    _route("metadefs/namespaces/{namespace}/properties", "GET, POST, DELETE", GET=_DEFINITIONS),
    _route("metadefs/namespaces/{namespace}/objects", "GET, POST, DELETE", GET=_NAMESPACE),
    _route("metadefs/namespaces/{namespace}/tags", "GET, POST, DELETE", GET=_DEFINITIONS),
    _route(
        "images",
        "GET, POST",
        GET=Operation(respond=_list_images, action="get_images", takes_body=True),
        POST=_change(images.create_image, "add_image", body=True),
    ),
    _route(
        "images/{image}",
        "GET, PATCH, DELETE",
        GET=Operation(respond=_show_image, action="get_image"),
        PATCH=_change(images.patch_image, "modify_image", body=True),
        DELETE=_change(images.delete_image, "delete_image", body=False),
    ),
    _route(
        "images/{image}/tasks",
        "",
        is_newer=True,
        GET=Operation(respond=discovery.list_image_tasks, action="get_image"),
    ),
    _route("images/{image}/import", POST=_refusal_of_glance(other_data.import_image)),
    _route(
        "stores/{store}/{image}",
        is_newer=True,
        DELETE=Operation(
            respond=stores_and_cache.delete_from_store,
            action="get_image_location",
            is_only_glances=True,
        ),
    ),
    _route(
        "images/{image}/actions/deactivate",
        POST=_change(images.deactivate, "deactivate", body=False),
    ),
    _route(
        "images/{image}/actions/reactivate",
        POST=_change(images.reactivate, "reactivate", body=False),
    ),
    _route(
        "images/{image}/file",
        "GET, PUT",
        GET=Operation(respond=image_file.download, action="download_image"),
        PUT=_change(uploads.upload, "upload_image", body=True),
    ),
    _route("images/{image}/stage", PUT=_refusal_of_glance(other_data.stage)),
    _route(
        "images/{image}/locations",
        "POST",
        is_newer=True,
        GET=Operation(
            respond=discovery.show_locations, action="fetch_image_location", takes_body=True
        ),
        POST=_refusal_of_glance(other_data.add_location, "add_image_location"),
    ),
    _route(
        "images/{image}/tags/{tag}",
        PUT=_change(tags.add_tag, "modify_image", body=False),
        DELETE=_change(tags.remove_tag, "modify_image", body=False),
    ),
    _route(
        "images/{image}/members",
        "GET, POST",
        GET=Operation(respond=members.list_members, action="get_members"),
        POST=_change(sharing.add_member, "add_member", body=True),
    ),
    _route(
        "images/{image}/members/{member}",
        "GET, PUT, DELETE",
        GET=Operation(respond=members.show_member, action="get_member"),
        PUT=_change(sharing.answer_share, "modify_member", body=True),
        DELETE=_change(sharing.remove_member, "delete_member", body=False),
    ),
    _route("tasks", GET=_TASKS, POST=_TASKS),
    _route("tasks/{task}", GET=_TASKS, DELETE=_TASKS),
    _route("info/import", GET=Operation(respond=discovery.list_imports)),
    _route("info/stores", is_newer=True, GET=Operation(respond=discovery.list_stores)),
    _route(
        "info/usage",
        "",
        is_newer=True,
        GET=Operation(respond=discovery.show_usage, takes_body=True),
    ),
    _route("info/stores/detail", is_newer=True, GET=_forbidden("stores_info_detail")),
    _route(
        "cache",
        is_newer=True,
        GET=_forbidden("cache_list"),
        DELETE=_forbidden("cache_delete"),
    ),
    _route("cache/clean", is_newer=True, POST=_forbidden("cache_clean")),
    _route("cache/prune", is_newer=True, POST=_forbidden("cache_prune")),
    _route(
        "cache/{image}",
        is_newer=True,
        DELETE=_refusal_of_glance(stores_and_cache.delete_from_cache, "cache_delete"),
        PUT=_refusal_of_glance(stores_and_cache.queue_for_cache, "cache_image"),
    ),
    _route("cache/nodes/{image}", is_newer=True, GET=_forbidden("list_cached_nodes")),
)


def _extension(respond: Callable[[Asking], Response]) -> Operation:
    return Operation(respond=respond, action="get_images", takes_body=True)


EXTENSIONS = {
    ("v2", "/cloudimages"): _extension(cloudimages.list_cloud_images),
    ("v1", "/cloudimages/quota"): _extension(cloudimages.show_quota),
    ("v1", "/cloudimages/tags"): _extension(cloudimages.list_tags),
}
"""What the extension API of IMS has besides, each for GET, by version and path."""


def find_operation(method: str, path: str, *, is_older: bool = False) -> Found:
    """Return the operation for a path below the version, `/images/ID`. Raises Refused.

    `is_older` leaves out the paths that came with Glance 17 or later (observed: Glance 15 and 33).
    """
    segments = [decode_segment(one) for one in path.removeprefix("/").split("/")]
    for route in _BY_LENGTH.get(len(segments), ()):
        named = _named(route, segments)
        if named is None or (is_older and route.is_newer):
            continue
        operation = route.operations.get(method)
        if operation is not None:
            return Found(operation=operation, named=named)
        if route.allow:
            raise method_not_allowed(method, route.allow)
        break
    if method not in _METHODS:
        raise Refused(
            501,
            f"\nThe request method {method} is not implemented for this server. ",
            ending="",
        )
    raise Refused(404, NOT_FOUND)


def list_beside_unknown(path: str) -> str | None:
    """Return the path of the list at the service of a path that Glance's router does not know.

    None for a path that it knows, for any other path, and for one that a server in front of Glance
    may read otherwise. The queue of images for the cache was below `/v2` in older versions.

    >>> list_beside_unknown("/glance/v2/images/"), list_beside_unknown("/v2/images")
    ('/glance/v2/images', None)
    """
    prefix = prefix_of(path)
    found = _BELOW_VERSION.fullmatch(path.removeprefix(prefix))
    if found is None or not path.isascii() or any(one in path for one in _READ_OTHERWISE):
        return None
    try:
        find_operation("GET", found["below"])
    except Refused as refused:
        return f"{prefix}{found['version']}/images" if refused.status == 404 else None
    return None


def _named(route: Route, segments: list[str]) -> dict[str, str] | None:
    """Return what a decoded path names if it is that of a route; None for another path."""
    named = {}
    for wanted, segment in zip(route.segments, segments, strict=True):
        if wanted == segment:
            continue
        if not segment or not (found := _NAMED.fullmatch(wanted)):
            return None
        named[found[1]] = segment
    if route.segments[0] == "schemas":
        named["schema"] = "/".join(route.segments[1:])
    return named


def _by_length(routes: tuple[Route, ...]) -> Iterator[tuple[int, tuple[Route, ...]]]:
    for length in {len(route.segments) for route in routes}:
        yield length, tuple(route for route in routes if len(route.segments) == length)


_BY_LENGTH = dict(_by_length(ROUTES))
