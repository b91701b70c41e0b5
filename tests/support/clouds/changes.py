"""Requests that change images, right and wrong, for a real Glance and for a simulated cloud."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
PATCH = "application/openstack-images-v2.1-json-patch"
OLDER_PATCH = "application/openstack-images-v2.0-json-patch"
DATA = "application/octet-stream"


@dataclass(frozen=True)
class Change:
    """A request; `{0}` in its target is the id of the first image that was made."""

    method: str
    target: str
    body: bytes = b""
    content_type: str = ""
    project: str = ""
    role: str = "member"


BODIES: tuple[Any, ...] = (
    *({}, b"{", b"x", b"", {"name": 5}, {"name": None}, {"name": "x" * 256}, {"id": "x"}),
    *({"kind": 1}, {"kind": "a", "tags": ["a", "b", "a"]}, {"visibility": "other"}),
    *({"visibility": "public"}, {"visibility": "community"}, {"visibility": "private"}),
    *({"status": "active"}, {"size": 3}, {"self": "x"}, {"checksum": "x"}, {"created_at": "x"}),
    *({"protected": "x"}, {"protected": True}, {"disk_format": "zvhd"}, {"disk_format": "iso"}),
    *({"container_format": None}, {"min_disk": -1}, {"min_ram": "1"}, {"min_disk": 4}),
    *({"tags": "x"}, {"tags": [1]}, {"tags": ["x" * 256]}, {"k" * 256: "v"}, {"deleted": "x"}),
    *({"os_hidden": True}, {"os_glance_x": "y"}, {"a b": "镜像"}, {"virtual_size": 1}, []),
)
PATCHES: tuple[Any, ...] = (
    *([], {}, b"{", [5], [{"path": "/name", "value": "x"}], [{"op": "replace", "value": "x"}]),
    [{"op": "replace", "path": "/name", "value": "renamed"}],
    [{"op": "add", "path": "/name", "value": "added"}],
    [{"op": "replace", "path": "/name", "value": None}],
    [{"op": "replace", "path": "/name", "value": 5}],
    [{"op": "add", "path": "/kind", "value": "a"}],
    [{"op": "replace", "path": "/kind", "value": "b"}],
    [{"op": "add", "path": "/kind", "value": 3}],
    [{"op": "remove", "path": "/kind"}],
    [{"op": "remove", "path": "/kind"}],
    [{"op": "replace", "path": "/kind", "value": "c"}],
    [{"op": "add", "path": "/a~1b", "value": "slash"}],
    [{"op": "add", "path": "/a/b", "value": "x"}],
    [{"op": "add", "path": "kind", "value": "x"}],
    [{"op": "add", "path": "/kind"}],
    [{"op": "move", "from": "/a", "path": "/b"}],
    [{"op": "remove", "path": "/name"}],
    [{"op": "remove", "path": "/tags"}],
    [{"op": "replace", "path": "/status", "value": "active"}],
    [{"op": "replace", "path": "/id", "value": "x"}],
    [{"op": "add", "path": "/deleted", "value": "x"}],
    [{"op": "add", "path": "/os_glance_x", "value": "x"}],
    [{"op": "replace", "path": "/visibility", "value": "public"}],
    [{"op": "replace", "path": "/visibility", "value": "other"}],
    [{"op": "replace", "path": "/visibility", "value": "community"}],
    [{"op": "replace", "path": "/visibility", "value": "shared"}],
    [{"op": "replace", "path": "/tags", "value": ["x", "y", "x"]}],
    [{"op": "add", "path": "/tags/-", "value": "x"}],
    [{"op": "replace", "path": "/protected", "value": "x"}],
    [{"op": "replace", "path": "/min_disk", "value": -1}],
    [{"op": "replace", "path": "/min_disk", "value": 7}],
    [{"op": "replace", "path": "/os_hidden", "value": True}],
    [{"op": "replace", "path": "/os_hidden", "value": False}],
    [{"op": "replace", "path": "/disk_format", "value": "zvhd"}],
    [{"op": "add", "path": "/first", "value": "1"}, {"op": "remove", "path": "/nothing"}],
    [{"op": "add", "path": "/first", "value": "1"}, {"op": "add", "path": "/second", "value": "2"}],
)
MEMBER_BODIES: tuple[Any, ...] = (
    *({}, [], b"x", {"member": ""}, {"member_id": "x"}, {"member": "y", "more": 1}),
)


def _raw(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def scripted_changes(me: str, other: str, third: str) -> Iterator[Change]:
    """Yield the life of images that are made, and everything that may go wrong with it."""
    for body in BODIES:
        yield Change("POST", "/v2/images", _raw(body), JSON, me)
    yield Change("POST", "/v2/images", _raw({"owner": other}), JSON, me)
    yield Change("POST", "/v2/images", _raw({"owner": me, "name": "own"}), JSON, me)
    yield Change("POST", "/v2/images", b'{"name": "text"}', "text/plain", me)
    yield Change("POST", "/v2/images", b'{"id": "made-0"}', JSON, me)
    new = _raw({"name": "n", "disk_format": "raw", "container_format": "bare"})
    yield Change("POST", "/v2/images", new, JSON, me)
    image = "/v2/images/{last}"
    for patch in PATCHES:
        yield Change("PATCH", image, _raw(patch), PATCH, me)
    yield from _without_upload(image, me, other)
    yield Change("PATCH", image, _raw([{"replace": "/name", "value": "older"}]), OLDER_PATCH, me)
    yield Change("PATCH", image, _raw([{"op": "add", "path": "/x"}]), OLDER_PATCH, me)
    for kind in (JSON, "text/plain", ""):
        yield Change("PATCH", image, b"[]", kind, me)
    for project in (me, other):
        yield Change("GET", image, project=project)
        yield Change("PATCH", image, _raw([]), PATCH, project)
    yield from _sharing(image, me, other, third)
    yield from _tagging(image, me, other)
    yield from _uploading(image, me, other)
    protect = [{"op": "replace", "path": "/protected", "value": True}]
    yield Change("PATCH", image, _raw(protect), PATCH, me)
    yield Change("DELETE", image, project=me)
    protect[0]["value"] = False
    yield Change("PATCH", image, _raw(protect), PATCH, me)
    yield Change("DELETE", image, b"x", project=me)
    yield Change("DELETE", image, project=other)
    for method in ("DELETE", "DELETE", "GET"):
        yield Change(method, image, project=me)
    yield Change("GET", "/v2/images?marker={last}", project=me)
    for below in ("/members", "/file"):
        yield Change("GET", image + below, project=me)
    yield Change("PUT", image + "/tags/x", project=me)
    yield Change("POST", "/v2/images", b'{"name": "no formats"}', JSON, me)
    yield Change("PUT", image + "/file", b"data", DATA, me)
    yield Change("POST", "/v2/images", b'{"disk_format": "raw"}', JSON, me)
    yield Change("PUT", image + "/file", b"data", DATA, me)
    yield Change("POST", image + "/locations", b'{"url": "http://images.example/1"}', JSON, me)
    yield Change("POST", image + "/actions/deactivate", project=me)
    for project in (me, other, third):
        for query in ("", "?sort=name:asc&limit=200", "?visibility=shared&member_status=all"):
            yield Change("GET", f"/v2/images{query}", project=project)


OTHER_DATA = ("/stage", "/import", "/locations")
"""Paths of an image that take its data without an upload; Glance refuses all by default."""


def _without_upload(image: str, me: str, other: str) -> Iterator[Change]:
    stage, start, locations = (image + one for one in OTHER_DATA)
    address = {"url": "http://images.example/1", "metadata": {}}
    for project in (me, other):
        yield Change("PUT", stage, b"data", DATA, project)
        for name in ("glance-direct", "web-download", "copy-image", "other"):
            yield Change("POST", start, _raw({"method": {"name": name}}), JSON, project)
        yield Change("POST", locations, _raw(address), JSON, project)
    for body in ({}, [], {"method": "x"}, {"method": {}}):
        yield Change("POST", start, _raw(body), JSON, me)
    for operation in (
        {"op": "add", "path": "/locations/-", "value": address},
        {"op": "add", "path": "/locations", "value": address},
        {"op": "replace", "path": "/locations", "value": [address]},
        {"op": "replace", "path": "/locations", "value": []},
        {"op": "replace", "path": "/locations/0", "value": address},
        {"op": "remove", "path": "/locations/0"},
        {"op": "remove", "path": "/locations"},
    ):
        yield Change("PATCH", image, _raw([operation]), PATCH, me)


def _sharing(image: str, me: str, other: str, third: str) -> Iterator[Change]:
    members = f"{image}/members"
    for body in MEMBER_BODIES:
        yield Change("POST", members, _raw(body), JSON, me)
    for project in (me, me, other):
        yield Change("POST", members, _raw({"member": other}), JSON, project)
    yield Change("POST", members, _raw({"member": third}), JSON, other)
    for project in (me, other, third):
        yield Change("GET", members, project=project)
        yield Change("GET", f"{members}/{other}", project=project)
        for body in ({"status": "accepted"}, {}, [], {"status": "other"}, b"x"):
            yield Change("PUT", f"{members}/{other}", _raw(body), JSON, project)
        yield Change("PUT", f"{members}/nobody", _raw({"status": "accepted"}), JSON, project)
        yield Change("GET", image, project=project)
        yield (
            Change("DELETE", image, project=project)
            if project != me
            else Change("GET", image, project=me)
        )
    yield Change("PATCH", image, _raw([]), PATCH, other)
    yield Change("PUT", f"{image}/tags/x", project=other)
    yield Change("PUT", f"{image}/file", b"x", DATA, other)
    yield Change("GET", "/v2/images?limit=3", project=other)
    for project in (other, me, me):
        yield Change("DELETE", f"{members}/{other}", project=project)
    hide = [{"op": "replace", "path": "/visibility", "value": "private"}]
    yield Change("PATCH", image, _raw(hide), PATCH, me)
    yield Change("GET", members, project=me)
    yield Change("GET", f"{members}/y", project=me)
    yield Change("POST", members, _raw({"member": other}), JSON, me)
    yield Change("PUT", f"{members}/y", _raw({"status": "accepted"}), JSON, me)
    yield Change("DELETE", f"{members}/y", project=me)


def _tagging(image: str, me: str, other: str) -> Iterator[Change]:
    for tag in ("a-tag", "a-tag", "a%20b", "a%2Fb", "%E9%95%9C", "x" * 256):
        yield Change("PUT", f"{image}/tags/{tag}", project=me)
    yield Change("PUT", f"{image}/tags/t", b"x", project=me)
    yield Change("PUT", f"{image}/tags/t", project=other)
    for tag in ("a%20b", "a%20b"):
        yield Change("DELETE", f"{image}/tags/{tag}", project=me)
    yield Change("GET", image, project=me)
    yield Change("GET", "/v2/images?tag=a-tag", project=me)


def _uploading(image: str, me: str, other: str) -> Iterator[Change]:
    file = f"{image}/file"
    yield Change("GET", file, project=me)
    for kind in ("text/plain", "", JSON):
        yield Change("PUT", file, b"data", kind, me)
    yield Change("PUT", file, b"data", DATA, other)
    for _ in range(2):
        yield Change("PUT", file, b"some data", DATA, me)
    yield Change("GET", file, project=me)
    yield Change("GET", image, project=me)
    formats = [{"op": "replace", "path": "/disk_format", "value": "iso"}]
    yield Change("PATCH", image, _raw(formats), PATCH, me)
    for operation in ("remove", "replace"):
        stores = [{"op": operation, "path": "/stores", "value": "x"}]
        yield Change("PATCH", image, _raw(stores), PATCH, me)
        yield Change("GET", image, project=me)
    for action in ("deactivate", "deactivate", "reactivate", "reactivate", "nothing"):
        yield Change("POST", f"{image}/actions/{action}", project=me)
        yield Change("GET", file, project=me)
        yield Change("GET", image, project=me)
    yield Change(
        "POST", "/v2/images", _raw({"disk_format": "raw", "container_format": "bare"}), JSON, me
    )
    yield Change("PUT", file, b"", DATA, me)
    yield Change("GET", image, project=me)


def changes_of_images(images: Sequence[Mapping[str, Any]], me: str, other: str) -> Iterator[Change]:
    """Yield changes of images that are there, by their owner and by others."""
    rename = _raw([{"op": "replace", "path": "/name", "value": "renamed"}])
    for number, image in enumerate(images[:60]):
        path = f"/v2/images/{image['id']}"
        yield Change("PATCH", path, rename, PATCH, me)
        yield Change("PUT", f"{path}/tags/a-tag", project=me)
        yield Change("POST", f"{path}/members", _raw({"member": "new"}), JSON, me)
        yield Change("PUT", f"{path}/members/{me}", _raw({"status": "accepted"}), JSON, me)
        yield Change("DELETE", f"{path}/members/{other}", project=me)
        yield Change("POST", f"{path}/actions/deactivate", project=me)
        if image["status"] != "queued":
            yield Change("PUT", f"{path}/file", b"data", DATA, me)
        yield Change("GET", path, project=me)
        if number % 3 == 0:
            yield Change("DELETE", path, project=me)
            yield Change("GET", path, project=me)
