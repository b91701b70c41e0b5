"""Requests that begin a new state, at whatever service, and those that cannot touch images."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.interaction import (
    Request,
    Response,
    mark_of,
    without_headers,
)
from glancetape_cassettes.replaying.answers import Miss
from glancetape_cassettes.service import HARMLESS
from support.clouds.asking import find
from support.clouds.histories import History
from support.clouds.recorded_lists import (
    ASKED,
    JSON,
    MINE,
    changing,
    derived_from,
    history_of,
    history_of_four,
    keep,
    listed_image,
    opened,
    shown,
    walk,
)
from support.one_image import id_of

ACTION = "/v2.1/servers/s/action"
TOKENS = st.text("0123456789abcdef", min_size=8, max_size=32)


def keep_mark(history: History, request: Request) -> None:
    """Record that a request passed through."""
    history.interactions.append(without_headers(mark_of(request, "2026-11-23T10:00:30Z")))


def goes_on_after(method: str, path: str, body: bytes, folder: Path) -> bool:
    """Whether a walk may go on after a request at another port of the host."""
    history = history_of(listed_image(1), listed_image(2), listed_image(3))
    history.ask(MINE, "limit=2")
    request = Request(method, f"http://glance:8774{path}", changing("GET").headers, body)
    keep(history, request, Response(202, "Accepted", (JSON,), b"{}"))
    history.ask(MINE, f"limit=2&marker={id_of(2)}")
    with TemporaryDirectory(dir=folder) as own:
        return [1, 2, 3] == shown(derived_from(history, Path(own)), ASKED)


SENT = {
    "reads": [(method, "/v3/p/volumes", b"") for method in ("GET", "HEAD", "OPTIONS")],
    "login and logout": [
        ("POST", "/v3/auth/tokens", b"{}"),
        ("POST", "/identity/v3/auth/tokens", b"{}"),
        ("DELETE", "/v3/auth/tokens", b"{}"),
        ("POST", "/v2.0/tokens", b"{}"),
    ],
    "new objects of Keystone": [("POST", "/v3/users", b"{}")],
    "networks (Neutron)": [
        ("POST", "/v2.0/networks", b"{}"),
        ("POST", "/cloud/one/v2.0/ports", b"{}"),
        ("PUT", "/v2.0/routers/r/add_router_interface", b"{}"),
    ],
    "new servers (Nova)": [
        ("POST", "/v2.1/servers", b"{}"),
        ("POST", "/v2.1/p/servers", b"{}"),
    ],
    "keys for servers (Nova)": [
        ("POST", "/v2.1/os-keypairs", b"{}"),
        ("DELETE", "/v2.1/p/os-keypairs/k", b""),
    ],
    "starting and stopping servers (Nova)": [("POST", ACTION, b'{"os-start": null}')],
}
"""Row of the table HARMLESS -> requests, also below a prefix."""
HARMFUL = {
    "a role, with which a user may see more images": [
        ("PUT", "/v3/projects/p/users/u/roles/r", b""),
    ],
    "an image, as the image service has URLs below /v2.0 too": [("POST", "/v2.0/images", b"{}")],
    "deleting a server, and with it the image that shelving made of it": [
        ("DELETE", "/v2.1/servers/s", b""),
    ],
    "an action of a server that makes an image, or may": [
        ("POST", ACTION, body)
        for body in (
            b'{"createImage": {}}',
            b'{"os-start": null, "shelve": null}',
            b"",
            b"[",
            b"[1]",
        )
    ],
    "a tag of an image that is called as a path of Neutron": [
        ("PUT", f"/v2/images/{id_of(3)}/tags/v2.0/ports", b""),
    ],
}


@pytest.mark.parametrize("row", [one.what for one in HARMLESS])
def test_what_cannot_touch_images_begins_no_state(row: str, tmp_path: Path) -> None:
    """A walk goes on after it."""
    assert all(goes_on_after(*request, tmp_path) for request in SENT[row])


@pytest.mark.parametrize("requests", HARMFUL.values(), ids=HARMFUL)
def test_what_may_touch_images_begins_a_state(
    requests: Sequence[tuple[str, str, bytes]], tmp_path: Path
) -> None:
    """Though it looks like a request that cannot."""
    assert not any(goes_on_after(*request, tmp_path) for request in requests)


def test_a_mark_begins_a_state_when_the_request_is_made_again(tmp_path: Path) -> None:
    """A volume was uploaded to an image; the request passed through, unrecorded."""
    upload = Request(
        "POST",
        "http://cinder:8776/v3/p/volumes/7/action?x=1",
        MINE.request("", "/").headers,
        b'{"os-volume_upload_image": {}}',
    )
    history = history_of_four()
    keep_mark(history, upload)
    history.cloud.images.append(listed_image(5, created_at=history.now))
    walk(history)
    recording = opened(history, tmp_path)
    deriver = Deriver(recording, "glance")

    assert [1, 2, 3, 4] == shown(deriver, ASKED)
    missed = find(recording, upload)
    assert isinstance(missed, Miss)
    assert "passed through when" in missed.reason
    assert [1, 2, 3, 4, 5] == shown(deriver, ASKED)
    again = find(recording, upload)
    assert isinstance(again, Miss)
    assert "No recorded request asks the same." == again.reason


def test_another_request_than_the_one_that_was_marked_begins_no_state(tmp_path: Path) -> None:
    """Neither one of another path or method, nor the mark's own answer."""
    upload = Request("POST", "http://cinder:8776/v3/p/volumes/7/action")
    history = history_of_four()
    keep_mark(history, upload)
    walk(history)
    recording = opened(history, tmp_path)

    for other in (
        Request("PUT", upload.uri),
        Request("POST", f"{upload.uri}s"),
        Request("POST", upload.uri.replace("cinder", "other")),
    ):
        assert isinstance(find(recording, other), Miss)
    assert 0 == recording.changes_played
    assert [1, 2, 3, 4] == shown(Deriver(recording, "glance"), ASKED)


@given(
    path=st.builds(
        "{}/{}/{}".format,
        st.sampled_from(("/v1", "/v2", "/v3", "/v2.1", "/volume/v3")),
        TOKENS,
        st.sampled_from(
            (
                "volumes/5a8e290d/action",
                "cloudvolumes/5a8e290d/action",
                "cloudservers",
                "cloudservers/action",
                "backups",
                "os-volume-transfer",
            )
        ),
    ),
    action=st.sampled_from(("os-volume_upload_image", "os-start", "createImage")),
    method=st.sampled_from(("POST", "PUT", "PATCH", "DELETE")),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_cinder_evs_and_ecs_are_asked_begins_a_state(
    path: str, action: str, method: str, tmp_path: Path
) -> None:
    """An upload of a volume is an image; the paths look like those of Keystone or of images."""
    assert not goes_on_after(method, path, orjson.dumps({action: {}}), tmp_path)
