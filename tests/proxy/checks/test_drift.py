"""Asking a live service what was recorded: what has drifted."""

import errno
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from glancetape_cassettes.imageset.making.importing import import_ndjson
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.small_images import ME, OTHER
from support.clouds.walked_cassettes import IMAGES, cloud_of, recorded, walked_image
from support.running.processes import glancetape, running
from support.running.proxies import recording, replaying
from support.running.upstream import Silence, Upstream
from support.sets.set_commands import call

LATER = "2020-02-01T00:00:00Z"
TOKEN = ("--header", "X-Auth-Token: a-secret-token")


def make_set(path: Path, images: Iterable[dict[str, Any]], home: str = ME) -> Path:
    """Make a set of images that answers as Glance does."""
    source = path.with_suffix(".ndjson")
    source.write_bytes(b"\n".join(map(orjson.dumps, images)))
    import_ndjson(source, path, {"home_project": home, "dialect": "glance"}, force=True)
    return path


def drift_of(cassette: Path, images: Iterable[dict[str, Any]], *options: str) -> dict[str, Any]:
    """Ask a service that has these images now."""
    live = make_set(cassette.with_suffix(".images"), images)
    with replaying(live, dialect="glance") as proxy:
        done = call("verify", cassette, "--against", proxy.url, *options, "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["drifted"] is bool(done.exit_code)
    assert "a-secret-token" not in done.output
    return found


@pytest.fixture
def shown() -> list[dict[str, Any]]:
    """The images, as Glance shows them."""
    cloud = cloud_of()
    return [cloud.show(one) for one in cloud.images]


def test_what_is_as_it_was_has_not_drifted(tmp_path: Path, shown: list[dict[str, Any]]) -> None:
    """Every list is asked once, as it was recorded."""
    path = recorded(tmp_path / "a.yaml", cloud_of(), "name=name+1", "tag=x&limit=2", "limit=abc")

    found = drift_of(path, shown, *TOKEN)

    assert (7, False) == (found["asked"], found["drifted"])
    assert 7 == found["images"]["in_both"]


def test_images_that_are_new_gone_or_changed_are_reported(
    tmp_path: Path, shown: list[dict[str, Any]]
) -> None:
    """What has only moved to another page is none of them."""
    path = recorded(tmp_path / "a.yaml", cloud_of())
    new = [cloud_of().show(walked_image(number)) for number in (30, 31)]
    changed = shown[3] | {"name": "other", "updated_at": LATER}

    found = drift_of(path, [shown[0], *shown[2:3], changed, *shown[4:], *new])

    images = found["images"]
    assert sorted(one["id"] for one in new) == sorted(images["added"])
    assert [shown[1]["id"]] == images["removed"]
    assert [shown[3]["id"]] == list(images["changed"])
    assert 'name: recorded "name 1", now "other"' in images["changed"][shown[3]["id"]]


def test_the_end_of_a_longer_list_is_not_reported_as_gone(
    tmp_path: Path, shown: list[dict[str, Any]]
) -> None:
    """As many pages are asked as were recorded; what they do not reach is left open."""
    path = recorded(tmp_path / "a.yaml", cloud_of())
    new = [cloud_of().show(walked_image(number)) for number in range(30, 34)]

    found = drift_of(path, [*shown, *new])

    assert ([], 4) == (found["images"]["removed"], len(found["images"]["added"]))
    assert (4, 3) == (found["asked"], found["images"]["not_reached"])


def test_first_pages_alone_do_not_show_what_is_new_after_them(
    tmp_path: Path, shown: list[dict[str, Any]]
) -> None:
    """An image went, so the page shows the next one, which may have been there all along."""
    path = recorded(tmp_path / "a.yaml", cloud_of(), "limit=3", walks=())

    found = drift_of(path, [*shown[:-2], shown[-1]])

    assert ([], [shown[-2]["id"]]) == (found["images"]["added"], found["images"]["removed"])


def test_fields_that_come_go_and_change_their_type_are_counted(
    tmp_path: Path, shown: list[dict[str, Any]]
) -> None:
    """Over all images, with one as an example; null is of any type."""
    stored = [{k: v for k, v in one.items() if k != "__isregistered"} for one in IMAGES]
    cloud = cloud_of("glance", [one | {"hw": "1"} for one in stored])
    history = recorded(tmp_path / "a.yaml", cloud)
    text = history.read_text().replace('"size": 10,', '"size": "10",')
    history.write_text(text)

    found = drift_of(history, shown)

    became = {(one["field"], one["became"]): one["images"] for one in found["fields"]}
    expected = {("__isregistered", "added"): 7, ("hw", "removed"): 7, ("size", "retyped"): 1}
    assert expected == became
    assert "text to number" in [one.get("types") for one in found["fields"]]


def test_lists_that_are_refused_now_are_reported(tmp_path: Path, service: Upstream) -> None:
    """Here the service answers them with its page, whatever is asked."""
    path = recorded(tmp_path / "a.yaml", cloud_of(), "limit=abc", walks=("",))

    done = call("verify", path, "--against", service.url)

    assert 1 == done.exit_code
    assert "status: recorded 400, now 200" in done.stdout
    assert ["GET /v2/images", "GET /v2/images?limit=abc"] == service.seen


def test_a_recorded_project_is_not_sent_to_the_service(
    tmp_path: Path, shown: list[dict[str, Any]]
) -> None:
    """Stand-ins are not sent; --own-project takes the place of the recorded one both ways."""
    own = "c0ffee" + "0" * 26
    mine = [one | {"owner": own if one["owner"] == ME else one["owner"]} for one in shown]
    live = make_set(tmp_path / "live.images", mine, own)
    cassette = tmp_path / "a.yaml"
    headers = {"X-Project-Id": own}

    service = glancetape("replay", live, "--listen", "127.0.0.1:0", "--dialect", "glance")
    # In a process of its own: mitmproxy has one state for all proxies of a process.
    with running(service) as upstream, recording(cassette, upstream.url) as proxy:
        for query in ("", f"?owner={own}"):
            requests.get(f"{proxy.url}/v2/images{query}", headers=headers, timeout=10)
    assert own not in cassette.read_text()

    with replaying(live, dialect="glance") as proxy:
        target = ("--against", proxy.url, *TOKEN, "--json")
        with_key = json.loads(call("verify", cassette, *target, "--own-project", own).stdout)
        alone = json.loads(call("verify", cassette, *target).stdout)
        other_key = tmp_path / "key"
        other_key.write_text("0123456789abcdef0123456789abcdef")
        keyless = ("--key-file", str(other_key))
        without_key = json.loads(call("verify", cassette, *target, *keyless).stdout)

    assert (2, False, {}) == (with_key["asked"], with_key["drifted"], with_key["not_asked"])
    assert (1, False) == (alone["asked"], alone["drifted"])
    assert {"names a stand-in whose real id is not known": 1} == alone["not_asked"]
    assert (1, False) == (without_key["asked"], without_key["drifted"])
    assert {"owner": 7} == without_key["fields_not_compared"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_ends_with_a_sentence(status: int, tmp_path: Path) -> None:
    """And the token is not in it."""
    path = recorded(tmp_path / "a.yaml", cloud_of())
    refusing = write_cassette(
        tmp_path / "refusing.yaml",
        [(get("/v2/images?limit=2", ("X-Project-Id", ME)), type(ok())(status, "No", (), b"no"))],
    )

    with replaying(refusing) as proxy:
        done = call("verify", path, "--against", proxy.url, *TOKEN)

    assert (1, "") == (done.exit_code, done.stdout)
    assert done.stderr == (
        f"Error: {proxy.url} refuses with status {status}: pass your credentials with "
        "--header NAME:VALUE; the name is mostly X-Auth-Token.\n"
    )
    assert "a-secret-token" not in done.stderr


def test_a_service_that_is_not_there_ends_with_a_sentence(tmp_path: Path) -> None:
    """Or one that fails."""
    path = recorded(tmp_path / "a.yaml", cloud_of())
    url = f"http://127.0.0.1:{Silence().port}"

    done = call("verify", path, "--against", url)

    assert (1, f"Error: {url} cannot be reached: {os.strerror(errno.ECONNREFUSED)}.\n") == (
        done.exit_code,
        done.stderr,
    )
    other = write_cassette(tmp_path / "b.yaml", [(get("/v2/schemas/images"), ok(b"{}"))])
    with replaying(other) as proxy:
        failed = call("verify", path, "--against", proxy.url)
    assert (1, f"Error: {proxy.url} fails with status 501.\n") == (failed.exit_code, failed.stderr)


def test_lists_of_several_callers_need_a_project(tmp_path: Path) -> None:
    """A token is one project's."""
    pairs = [
        (get("/v2/images", ("X-Project-Id", one)), ok(b'{"images": []}')) for one in (ME, OTHER)
    ]
    path = write_cassette(tmp_path / "a.yaml", pairs)

    done = call("verify", path, "--against", "http://127.0.0.1:1")

    assert 1 == done.exit_code
    assert "lists of several callers are recorded" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--against", "ftp://x"), "not a URL"),
        (("--against", "http://a/path"), "name only the root"),
        (("--against", "http://127.0.0.1:1", "--header", "secret"), "is not 'NAME: VALUE'"),
    ],
)
def test_wrong_usage_ends_with_2(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """What might be a secret is not repeated."""
    path = recorded(tmp_path / "a.yaml", cloud_of())

    done = call("verify", path, *options)

    assert (2, False) == (done.exit_code, "secret" in done.stderr)
    assert said in done.stderr
