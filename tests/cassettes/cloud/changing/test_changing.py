"""Changing the images of a set in memory: what becomes of them, and what stays as it was."""

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.cloud.asking import Identity
from glancetape_cassettes.cloud.overlay.changed_images import Changes
from glancetape_cassettes.cloud.simulated_cloud import NotSimulated
from support.clouds.changes import DATA, OTHER_DATA, PATCH, Change, scripted_changes
from support.sets.imagesets import ME, OTHER, THIRD
from support.sets.set_files import record
from support.sets.simulated import Asked, Clock, headers_of, message_of, simulated

IMAGES = [
    record("mine", owner=ME, visibility="private", name="b", tags=["old"], protected=False),
    record("theirs", owner=OTHER, visibility="private"),
    record("public", owner=OTHER, name="c"),
    record(
        "shared",
        owner=ME,
        visibility="shared",
        members=[{"member_id": OTHER, "status": "accepted"}],
    ),
]
FORMATS = {"disk_format": "raw", "container_format": "bare"}
READER = Identity(project=ME, roles=frozenset(("reader",)))


def _numbered() -> Changes:
    numbers = itertools.count()
    return Changes(Clock(), lambda: f"00000000-0000-4000-8000-{next(numbers):012}")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Asked]:
    """A writable cloud of four images."""
    with simulated(tmp_path, IMAGES, "glance", _numbered()) as asked:
        yield asked


def made(cloud: Asked, **fields: Any) -> str:
    """Return the id of a new image."""
    response = cloud.change("POST", "/v2/images", fields)
    assert 201 == response.status, response.body
    image_id: str = json.loads(response.body)["id"]
    return image_id


def replaced(**values: Any) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": f"/{name}", "value": one} for name, one in values.items()]


def listed(cloud: Asked, query: str = "", **how: Any) -> list[str]:
    return [one["id"] for one in cloud.get(f"/v2/images?{query}", **how)["images"]]


def test_a_new_image_is_queued_and_listed_first_at_once(cloud: Asked) -> None:
    """By its own project; filters and sorts find it."""
    new = made(cloud, name="a", kind="test", tags=["x", "y"], visibility="private")
    image = cloud.get(f"/v2/images/{new}")

    assert ("queued", None, ME) == (image["status"], image["size"], image["owner"])
    assert new == listed(cloud)[0]
    assert [new] == listed(cloud, "kind=test") == listed(cloud, "tag=y&tag=x&status=queued")
    assert [new, "mine", "public"] == listed(cloud, "sort=name:asc&name=in:a,b,c")
    assert new not in listed(cloud, project=OTHER)
    assert 404 == cloud.ask("GET", f"/v2/images/{new}", project=OTHER).status


def test_images_of_one_second_are_listed_newest_first(tmp_path: Path) -> None:
    """As in a Glance, whose times have microseconds that it does not show."""
    changes = Changes(lambda: 1_800_000_000.0)
    with simulated(tmp_path, IMAGES, "glance", changes) as cloud:
        ids = [made(cloud, name=str(number)) for number in range(5)]

        assert ids[::-1] == listed(cloud)[:5]
        assert ids[::-1] == [
            listed(cloud, f"limit=1&marker={marker}" if marker else "limit=1")[0]
            for marker in ("", *ids[:0:-1])
        ]


def test_an_upload_makes_an_image_active(cloud: Asked) -> None:
    """Size and checksums are those of the data, which can be downloaded."""
    new = made(cloud, **FORMATS)
    data = b"some data"

    assert 204 == cloud.change("PUT", f"/v2/images/{new}/file", data, kind=DATA).status
    image = cloud.get(f"/v2/images/{new}")
    assert ("active", len(data), hashlib.md5(data).hexdigest()) == (
        image["status"],
        image["size"],
        image["checksum"],
    )
    assert hashlib.sha512(data).hexdigest() == image["os_hash_value"]
    assert data == cloud.ask("GET", f"/v2/images/{new}/file").body
    assert 409 == cloud.change("PUT", f"/v2/images/{new}/file", data, kind=DATA).status
    assert [new] == listed(cloud, f"size_min=9&size_max=9&checksum={image['checksum']}")


def test_data_over_a_mebibyte_is_dropped(cloud: Asked) -> None:
    """Its size and checksum stay."""
    sizes = {1 << 20: 200, (1 << 20) + 1: 204}

    for size, status in sizes.items():
        new = made(cloud, **FORMATS)
        cloud.change("PUT", f"/v2/images/{new}/file", b"x" * size, kind=DATA)

        assert size == cloud.get(f"/v2/images/{new}")["size"]
        assert status == cloud.ask("GET", f"/v2/images/{new}/file").status


_NO_RANGE = "Invalid Range header."
_BEYOND = (
    "Invalid start position in Range header. Start position MUST be in the inclusive range [0, {}]."
)
_SEVERAL = (
    "Requests with multiple ranges are not supported in Glance. You may make multiple single-range "
    "requests instead."
)
_FAILED = "The server has either erred or is incapable of performing the requested operation."
# Observed on Glance 33: Range, length of the data -> Content-Range, or status and words.
RANGES: dict[tuple[str, int], str | tuple[int, str]] = {
    ("bytes=0-4", 10): "bytes 0-4/10",
    ("bytes=9-9", 10): "bytes 9-9/10",
    ("bytes=5-", 10): "bytes 5-9/10",
    ("bytes=0-10", 10): "bytes 0-9/10",
    ("bytes=3-99", 10): "bytes 3-9/10",
    ("bytes=-3", 10): "bytes 7-9/10",
    ("bytes=-10", 10): "bytes 0-9/10",
    ("bytes=-11", 10): "bytes 0-9/10",
    ("bytes=-0", 10): "bytes 0-9/10",
    ("BYTES = 1 - 3", 10): "bytes 1-3/10",
    ("bytes=1-2x", 10): "bytes 1-2/10",
    ("bytes=3--1", 10): "bytes 3-9/10",
    ("bytes=-3", 0): "bytes 0--1/0",
    ("bytes=10-", 10): (416, _BEYOND.format(9)),
    ("bytes=99-100", 10): (416, _BEYOND.format(9)),
    ("bytes=0-", 0): (416, _BEYOND.format(-1)),
    ("bytes=-0", 0): (416, _BEYOND.format(-1)),
    ("bytes=4-2", 10): (416, _NO_RANGE),
    ("bytes=4-2", 0): (416, _NO_RANGE),
    ("items=1-2", 10): (416, _NO_RANGE),
    ("bytes", 10): (416, _NO_RANGE),
    ("bytes=x-2", 10): (416, _NO_RANGE),
    ("", 10): (416, _NO_RANGE),
    ("bytes=1-2,4-5", 10): (400, _SEVERAL),
    ("bytes=-", 10): (500, _FAILED),
}


def test_a_range_of_the_data_is_that_of_glance(cloud: Asked) -> None:
    """With the bytes that Content-Range names, or refused in Glance's words."""
    made_of = {size: made(cloud, **FORMATS) for size in (10, 0)}
    for size, new in made_of.items():
        cloud.change("PUT", f"/v2/images/{new}/file", b"0123456789"[:size], kind=DATA)

    for (asked, size), expected in RANGES.items():
        response = cloud.ask("GET", f"/v2/images/{made_of[size]}/file", headers={"Range": asked})
        if isinstance(expected, str):
            first, last = re.findall(r"(\d+)-(-?\d+)/", expected)[0]
            shown = b"0123456789"[int(first) : int(last) + 1]
            assert (206, shown) == (response.status, response.body), asked
            assert (expected,) == headers_of(response, "content-range"), asked
        else:
            assert expected == (response.status, message_of(response)), asked


def test_a_patch_is_seen_by_every_list(cloud: Asked) -> None:
    """Of an image that was in the set."""
    steps = [*replaced(name="z", tags=["new"]), {"op": "add", "path": "/kind", "value": "k"}]
    response = cloud.change("PATCH", "/v2/images/mine", steps, kind=PATCH)

    assert json.loads(response.body) == cloud.get("/v2/images/mine")
    assert ["mine"] == listed(cloud, "name=z") == listed(cloud, "tag=new&kind=k")
    assert [] == listed(cloud, "name=b") == listed(cloud, "tag=old")
    assert "mine" == listed(cloud, "sort=name:desc")[0]
    assert "mine" == listed(cloud, "sort=updated_at")[0]


def test_a_patch_with_a_mistake_changes_nothing(cloud: Asked) -> None:
    """All operations are carried out, or none."""
    before = cloud.get("/v2/images/mine")
    steps = [*replaced(name="z"), {"op": "remove", "path": "/nothing"}]

    assert 409 == cloud.change("PATCH", "/v2/images/mine", steps, kind=PATCH).status
    assert before == cloud.get("/v2/images/mine")
    assert not cloud.changes


def test_a_deleted_image_is_nowhere(cloud: Asked) -> None:
    """Neither by its id, nor as a marker, nor can it be made again."""
    assert 204 == cloud.ask("DELETE", "/v2/images/mine").status

    assert "mine" not in listed(cloud)
    for target in ("/v2/images/mine", "/v2/images/mine/members", "/v2/images/mine/file"):
        assert 404 == cloud.ask("GET", target).status
    refused = cloud.ask("GET", "/v2/images?marker=mine")
    assert (400, "No image found with ID mine") == (refused.status, message_of(refused))


def test_a_protected_image_is_not_deleted(cloud: Asked) -> None:
    """Until it is unprotected."""
    cloud.change("PATCH", "/v2/images/mine", replaced(protected=True), kind=PATCH)
    assert 403 == cloud.ask("DELETE", "/v2/images/mine").status
    cloud.change("PATCH", "/v2/images/mine", replaced(protected=False), kind=PATCH)
    assert 204 == cloud.ask("DELETE", "/v2/images/mine").status


def test_an_image_is_shared_accepted_and_taken_back(cloud: Asked) -> None:
    """It is in the member's list only when accepted."""
    new = made(cloud, name="for you")
    members = f"/v2/images/{new}/members"
    cloud.change("POST", members, {"member": THIRD})

    assert new not in listed(cloud, project=THIRD)
    assert [new] == listed(cloud, "visibility=shared&member_status=pending", project=THIRD)
    accepted = cloud.change("PUT", f"{members}/{THIRD}", {"status": "accepted"}, project=THIRD)
    assert "accepted" == json.loads(accepted.body)["status"]
    assert new in listed(cloud, project=THIRD)
    assert 403 == cloud.change("PUT", f"{members}/{THIRD}", {"status": "rejected"}).status
    assert 204 == cloud.ask("DELETE", f"{members}/{THIRD}").status
    assert new not in listed(cloud, project=THIRD)
    assert 404 == cloud.ask("GET", f"/v2/images/{new}", project=THIRD).status


def test_a_member_of_the_set_stays_one(cloud: Asked) -> None:
    """When the image changes, and when another project becomes a member."""
    cloud.change("PATCH", "/v2/images/shared", replaced(name="new"), kind=PATCH)
    cloud.change("POST", "/v2/images/shared/members", {"member": THIRD})

    assert "shared" in listed(cloud, project=OTHER)
    members = cloud.get("/v2/images/shared/members")["members"]
    assert [(OTHER, "accepted"), (THIRD, "pending")] == [
        (one["member_id"], one["status"]) for one in members
    ]


@pytest.mark.parametrize(
    ("method", "target", "action"),
    [
        ("POST", "/v2/images", "add_image"),
        ("PATCH", "/v2/images/mine", "modify_image"),
        ("DELETE", "/v2/images/mine", "delete_image"),
        ("PUT", "/v2/images/mine/tags/x", "modify_image"),
        ("POST", "/v2/images/mine/actions/deactivate", "deactivate"),
        ("POST", "/v2/images/shared/members", "add_member"),
    ],
)
def test_a_reader_changes_nothing(cloud: Asked, method: str, target: str, action: str) -> None:
    """With the name of what its role does not allow."""
    bodies = {"/v2/images": {}, "/v2/images/shared/members": {"member": "x"}}
    kind = PATCH if method == "PATCH" else "application/json"
    body = replaced(name="x") if method == "PATCH" else bodies.get(target)
    response = cloud.change(method, target, body, kind=kind, identity=READER)

    assert 403 == response.status
    assert f"You are not authorized to complete {action} action." == message_of(response)
    assert not cloud.changes


def test_the_file_of_the_set_never_changes(tmp_path: Path) -> None:
    """Whatever clients do; the next run starts with the set as it is."""
    path = tmp_path / "set.images"
    with simulated(tmp_path, IMAGES, "glance", _numbered()) as cloud:
        before, images = path.read_bytes(), listed(cloud)
        for change in scripted_changes(ME, OTHER, THIRD):
            target = change.target.format("mine", last="mine")
            cloud.change(change.method, target, change.body, kind=change.content_type)
        assert cloud.changes
        assert before == path.read_bytes()
        cloud.changes.forget()

        assert images == listed(cloud)
        assert not cloud.changes
    assert [path] == [one for one in tmp_path.iterdir() if one.suffix != ".ndjson"]


def test_a_set_that_is_only_read_changes_nothing(simulate_read_only: Asked) -> None:
    """What a client must not change is not simulated; the refusals of paths stay the same."""
    for change in scripted_changes(ME, OTHER, THIRD):
        if change.method == "GET":
            continue
        target = change.target.format("mine", last="mine")
        if change.target.endswith("/actions/nothing") or _is_refused_anyway(change):
            continue
        with pytest.raises(NotSimulated):
            simulate_read_only.change(change.method, target, change.body, kind=change.content_type)


def _is_refused_anyway(change: Change) -> bool:
    """Whether Glance refuses the request before it looks at the image."""
    takes_none = ("DELETE" == change.method) or "/tags/" in change.target
    return (bool(change.body) and takes_none) or change.target.endswith(OTHER_DATA)


@pytest.fixture(name="simulate_read_only")
def _read_only(tmp_path: Path) -> Iterator[Asked]:
    with simulated(tmp_path, IMAGES, "glance") as asked:
        yield asked


@pytest.mark.parametrize(("version", "visibility"), [(None, "private"), ("Queens", "shared")])
def test_ims_lists_its_new_images(tmp_path: Path, version: str | None, visibility: str) -> None:
    """It lists only registered ones, so a new one is registered."""
    images = [{**one, "__isregistered": "true"} for one in IMAGES]
    with simulated(tmp_path, images, "ims", _numbered()) as cloud:
        headers = {"Content-Type": "application/json"}
        if version is not None:
            headers["X-Api-Version"] = version
        response = cloud.ask("POST", "/v2/images", body=b'{"name": "new"}', headers=headers)
        image = json.loads(response.body)

        assert (201, visibility) == (response.status, image["visibility"])
        assert "os_hash_algo" not in image
        assert image["id"] == listed(cloud)[0]
        assert image["id"] == cloud.get("/v2/cloudimages")["images"][0]["id"]
        (quota,) = cloud.get("/v1/cloudimages/quota")["quotas"]["resources"]
        assert 3 == quota["used"]
        cloud.ask("PUT", f"/v2/images/{image['id']}/tags/a-tag")
        assert ["a-tag", "old"] == cloud.get("/v1/cloudimages/tags")["tags"]


def test_a_private_image_of_ims_is_shared_by_adding_a_member(tmp_path: Path) -> None:
    """In Glance it has to be made a shared one first."""
    images = [{**one, "__isregistered": "true", "__imagetype": "private"} for one in IMAGES]
    statuses = {}
    for dialect in ("ims", "glance"):
        (tmp_path / dialect).mkdir()
        with simulated(tmp_path / dialect, images, dialect, _numbered()) as cloud:
            response = cloud.change("POST", "/v2/images/mine/members", {"member": OTHER})
            image = cloud.get("/v2/images/mine")
            statuses[dialect] = (response.status, image["visibility"], image["__imagetype"])

    assert {"ims": (200, "shared", "shared"), "glance": (403, "private", "private")} == statuses


@pytest.mark.parametrize(("dialect", "status"), [("ims", 204), ("glance", 400)])
def test_only_ims_takes_a_body_with_a_delete(tmp_path: Path, dialect: str, status: int) -> None:
    """It says whether the backup is deleted too."""
    with simulated(tmp_path, IMAGES, dialect, _numbered()) as cloud:
        assert status == cloud.change("DELETE", "/v2/images/mine", {"delete_backup": True}).status


@pytest.mark.parametrize(
    ("method", "below", "body", "status"),
    [
        ("PUT", "/stage", {}, 404),
        ("POST", "/import", {"method": {"name": "web-download"}}, 400),
        ("POST", "/locations", {"url": "http://images.example/1"}, 403),
        ("POST", "/locations", {"url": 1}, 400),
        ("POST", "/locations", [], 400),
    ],
)
def test_data_comes_only_with_an_upload(
    cloud: Asked, method: str, below: str, body: object, status: int
) -> None:
    """As in a Glance with its defaults."""
    path = f"/v2/images/{made(cloud, **FORMATS)}{below}"

    assert status == cloud.change(method, path, body).status
    assert "queued" == cloud.get(path.removesuffix(below))["status"]


def test_it_is_not_known_how_ims_refuses_data_without_an_upload(tmp_path: Path) -> None:
    with simulated(tmp_path, IMAGES, "ims", _numbered()) as ims, pytest.raises(NotSimulated):
        ims.change("PUT", "/v2/images/mine/stage", {})


def test_each_change_makes_the_version_grow(cloud: Asked) -> None:
    """So no answer from before it is used again."""
    assert cloud.changes is not None
    versions = [cloud.changes.version]
    new = made(cloud, **FORMATS)
    versions.append(cloud.changes.version)
    cloud.change("PUT", f"/v2/images/{new}/file", b"x", kind=DATA)
    versions.append(cloud.changes.version)
    cloud.ask("DELETE", f"/v2/images/{new}")
    versions.append(cloud.changes.version)

    assert sorted(set(versions)) == versions
