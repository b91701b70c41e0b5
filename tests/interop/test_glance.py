"""The real Glance that other tests compare with holds what it was given and answers as one does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from support.images.varied import PROJECTS, varied_images
from support.interop.glance import READY, SCRIPT, Glance, start_glance
from support.sets.set_commands import call

MEMBER = f"user:{PROJECTS[0]}:member"
Image = dict[str, Any]


def get(
    glance: Glance, path: str, token: str | None = MEMBER, headers: Mapping[str, str] | None = None
) -> requests.Response:
    sent = {"Accept": "application/json", **(headers or {})}
    if token is not None:
        sent["X-Auth-Token"] = token
    return requests.get(glance.url + path, headers=sent, timeout=30)


def list_ids(glance: Glance, token: str) -> list[str]:
    return [image["id"] for image in get(glance, "/v2/images?limit=1000", token).json()["images"]]


def visible_ids(glance: Glance, project: str) -> list[str]:
    """Return what a member of the project is to see, newest first."""
    accepted = {"member_id": project, "status": "accepted"}
    visible = [
        image
        for image in glance.images
        if not image["os_hidden"]
        and (
            image["owner"] == project
            or image["visibility"] == "public"
            or accepted in image.get("members", [])
        )
    ]
    visible.sort(key=lambda image: (image["created_at"], image["id"]), reverse=True)
    return [image["id"] for image in visible]


@pytest.mark.parametrize("project", PROJECTS)
def test_lists_what_the_project_may_see_in_default_order(glance: Glance, project: str) -> None:
    listed = list_ids(glance, f"user:{project}:member")

    assert visible_ids(glance, project) == listed


def test_projects_see_different_images(glance: Glance) -> None:
    views = {tuple(list_ids(glance, f"user:{project}:member")) for project in PROJECTS}

    assert len(PROJECTS) == len(views)


def test_admin_sees_the_private_images_of_every_project(glance: Glance) -> None:
    private = {
        image["id"]
        for image in glance.images
        if image["visibility"] == "private" and not image["os_hidden"]
    }

    listed = set(list_ids(glance, f"user:{PROJECTS[0]}:admin"))

    assert private <= listed


def test_image_comes_back_in_the_fields_it_was_given_in(glance: Glance) -> None:
    given = {image["id"]: image for image in glance.images}

    listed: list[Image] = get(glance, "/v2/images?limit=1000").json()["images"]

    for image in listed:
        expected = {key: value for key, value in given[image["id"]].items() if key != "members"}
        # Glance shows a property stored as null as empty text, and tags in no order.
        if "__description" in expected:
            expected["__description"] = expected["__description"] or ""
        expected["tags"] = sorted(expected["tags"])
        image["tags"] = sorted(image["tags"])
        for link in ("self", "file", "schema"):
            del image[link]
        assert expected == image


@pytest.mark.parametrize("limit", [1, 7, 25])
def test_walk_by_next_sees_every_image_once(glance: Glance, limit: int) -> None:
    walked: list[str] = []
    path: str | None = f"/v2/images?limit={limit}"
    while path is not None:
        page = get(glance, path).json()
        walked += [image["id"] for image in page["images"]]
        path = page.get("next")

    assert visible_ids(glance, PROJECTS[0]) == walked


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        (MEMBER.replace(":", "%3A"), {}),
        ("notused", {}),
        (None, {"X-Project-Id": PROJECTS[0], "Authorization": "SDK-HMAC-SHA256 Access=FAKE"}),
    ],
    ids=["percent-encoded token", "opaque token", "signed request"],
)
def test_every_way_of_naming_the_project_gives_its_view(
    glance: Glance, token: str | None, headers: dict[str, str]
) -> None:
    expected = visible_ids(glance, PROJECTS[0])[:25]

    images = get(glance, "/v2/images", token, headers).json()["images"]

    assert expected == [image["id"] for image in images]


def test_no_token_is_a_401(glance: Glance) -> None:
    answer = get(glance, "/v2/images", token=None)

    assert answer.status_code == 401
    assert "could not verify that you are authorized" in answer.text


@pytest.mark.parametrize(("path", "status"), [("/", 300), ("/versions", 200)])
def test_version_list_needs_no_token(glance: Glance, path: str, status: int) -> None:
    answer = get(glance, path, token=None)

    assert status == answer.status_code
    assert "versions" in answer.json()


def test_role_without_rights_is_a_403(glance: Glance) -> None:
    answer = get(glance, "/v2/images", f"user:{PROJECTS[0]}:nobody")

    assert answer.status_code == 403
    assert "You are not authorized to complete get_images action." in answer.json()["message"]


def test_limit_that_is_no_number_is_a_400(glance: Glance) -> None:
    answer = get(glance, "/v2/images?limit=abc")

    assert answer.status_code == 400
    assert "limit param must be an integer" in answer.json()["message"]


@pytest.mark.parametrize(
    ("kind", "announced", "status", "is_noted"),
    [
        ("application/octet-stream", "7", 400, True),
        ("text/plain", "5", 415, False),
    ],
)
def test_data_that_is_refused_on_the_way_is_noted_in_the_image(
    glance: Glance, kind: str, announced: str, status: int, is_noted: bool
) -> None:
    """So a refused upload begins a new state, unless Glance refuses it at once."""
    asked = {"name": "empty", "disk_format": "raw", "container_format": "bare"}
    token = {"X-Auth-Token": "user:0123456789abcdef0123456789abcdef:member"}
    made = requests.post(f"{glance.url}/v2/images", json=asked, headers=token, timeout=30).json()
    url = f"{glance.url}/v2/images/{made['id']}"
    time.sleep(1)  # images show whole seconds
    sent = {**token, "Content-Type": kind, "x-openstack-image-size": announced}
    refused = requests.put(f"{url}/file", data=b"abcde", headers=sent, timeout=30)
    shown = requests.get(url, headers=token, timeout=30).json()
    requests.delete(url, headers=token, timeout=30)

    assert (status, "queued") == (refused.status_code, shown["status"])
    assert is_noted == (shown["updated_at"] != made["updated_at"])


def test_sigterm_stops_it_and_closes_the_port(
    start_glance: Callable[[list[Image]], Glance],
) -> None:
    glance = start_glance(list(varied_images(1, seed=1)))
    address = urlsplit(glance.url)

    status = glance.stop()

    assert status == 0
    with socket.socket() as probe:
        assert probe.connect_ex((address.hostname, address.port)) != 0


def test_sigterm_removes_its_temporary_folder(tmp_path: Path) -> None:
    process = start_script(tmp_path)
    assert process.stdout is not None
    line = process.stdout.readline()
    during = list(tmp_path.iterdir())

    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=20)

    assert line.startswith(READY)
    assert len(during) == 1
    assert rest == ""
    assert list(tmp_path.iterdir()) == []


def test_sigterm_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    process = start_script(tmp_path)
    wait_until(lambda: any(tmp_path.iterdir()))

    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_state_folder_that_was_asked_for_is_kept_and_used_again(tmp_path: Path) -> None:
    state, temporary = tmp_path / "state", tmp_path / "temporary"
    temporary.mkdir()
    ndjson = tmp_path / "images.ndjson"
    ndjson.write_text(
        '{"id": "one", "status": "active", "visibility": "public",'
        ' "created_at": "2018-09-06T14:03:27Z"}\n'
    )

    listed = []
    for arguments in (["--images", str(ndjson)], []):
        process = start_script(temporary, "--state", str(state), *arguments)
        assert process.stdout is not None
        glance = Glance(process.stdout.readline().removeprefix(READY).strip(), [], process)
        listed.append(list_ids(glance, MEMBER))
        glance.stop()

    assert listed == [["one"], ["one"]]


def test_it_stops_when_its_parent_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        process = start_script(tmp_path, "--parent", str(parent.pid))
        assert process.stdout is not None
        process.stdout.readline()
        parent.communicate()

    process.communicate(timeout=20)

    assert process.returncode == 0


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: "),
        ("[]", "line 2: not a JSON object"),
        ('{"id": "x", "status": "lost", "created_at": "2018-09-06T14:03:27Z"}', "status 'lost'"),
        ('{"id": "x", "status": "active", "created_at": "yesterday"}', "created_at is 'yesterday'"),
        ('{"status": "active", "created_at": "2018-09-06T14:03:27Z"}', "line 2: id is missing"),
        ('{"id": "one", "status": "active", "created_at": "2018-09-06T14:03:27Z"}', "there twice"),
    ],
)
def test_bad_line_is_an_error_that_names_it(tmp_path: Path, line: str, complaint: str) -> None:
    ndjson = tmp_path / "images.ndjson"
    good = '{"id": "one", "status": "active", "created_at": "2018-09-06T14:03:27Z"}'
    ndjson.write_text(f"{good}\n{line}\n")

    process = start_script(tmp_path, "--images", str(ndjson), stderr=subprocess.PIPE)
    out, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert out == ""
    assert "line 2: " in errors.splitlines()[-1]
    assert complaint in errors.splitlines()[-1]
    assert [ndjson] == list(tmp_path.iterdir())


def start_script(
    temporary: Path, *arguments: str, stderr: int | None = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start the script by itself, with its temporary folders made in the given one."""
    return subprocess.Popen(
        [SCRIPT, *(arguments if "--parent" in arguments else (*arguments, "--parent", own_pid()))],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def own_pid() -> str:
    return str(os.getpid())


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_images_of_the_preset_openstack_are_loaded_without_their_places(tmp_path: Path) -> None:
    """As `glancetape generate --spec openstack` makes them; this Glance has no data anywhere."""
    made = tmp_path / "made.ndjson"
    call("generate", "--spec", "openstack", "--count", "500", "--seed", "3", "--out", made)
    records = [json.loads(line) for line in made.read_text("utf-8").splitlines()]
    assert any("locations" in image for image in records)

    glance = start_glance(records, tmp_path)
    try:
        listed = get(glance, "/v2/images?limit=1000", "user:p:admin").json()["images"]
    finally:
        glance.stop()

    assert listed
    given = {image["id"]: image for image in records}
    for image in listed:
        kept = {name: image[name] for name in image if not name.startswith(("direct_", "schema"))}
        was = {name: given[image["id"]].get(name) for name in kept}
        assert sorted(kept.pop("tags")) == sorted(was.pop("tags"))  # Glance's are a set
        assert kept == was
        assert not image.keys() & {"direct_url", "locations"}
