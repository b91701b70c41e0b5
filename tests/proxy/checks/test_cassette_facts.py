"""What `glancetape inspect` shows of a cassette."""

import json
from pathlib import Path

import pytest

from glancetape.checks.cassette_facts import gather_facts
from glancetape.checks.client_needs import CLIENTS, Client, Need
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response, mark_of
from support.clouds.clouds import Caller
from support.clouds.histories import History, write
from support.clouds.recorded import PROJECT_A, get, ok, write_cassette
from support.clouds.small_images import ME, OTHER
from support.clouds.walked_cassettes import IMAGES, MINE, cloud_of, recorded, walk
from support.sets.set_commands import call

GLANCE = b'{"versions": [{"id": "v2.9", "links": [{"href": "http://glance:9292/v2/"}]}]}'
KEYSTONE = (
    b'{"version": {"id": "v3.14", "media-types": '
    b'[{"type": "application/vnd.openstack.identity-v3+json"}]}}'
)
LOGIN = b'{"auth": {"identity": {"methods": ["password"]}, "scope": {"project": {"id": "p"}}}}'
FULFILLED: dict[Need, list[tuple[Request, Response]]] = {
    Need.VERSIONS: [(get("/"), Response(300, "Multiple Choices", ok().headers, GLANCE))],
    Need.VERSION_LIST: [(get("/versions"), ok(GLANCE))],
    Need.IDENTITY_VERSIONS: [(get("/v3", host="http://keystone:5000"), ok(KEYSTONE))],
    Need.LOGIN: [
        (
            Request("POST", "http://keystone:5000/v3/auth/tokens", (), LOGIN),
            Response(201, "Created"),
        )
    ],
    Need.IMAGE_SCHEMA: [(get("/v2/schemas/image", PROJECT_A), ok(b"{}"))],
    Need.METADEFS_SCHEMAS: [
        (get(f"/v2/schemas/metadefs/{one}", PROJECT_A), ok(b"{}"))
        for one in ("namespace", "resource_type")
    ],
    Need.LIST: [(get("/v2/images", PROJECT_A), ok())],
    Need.NATIVE_LIST: [(get("/v2/cloudimages", PROJECT_A), ok())],
}


def _missing(path: Path, needs: set[Need], name: str) -> tuple[str, ...]:
    write_cassette(path, [pair for need in needs for pair in FULFILLED[need]])
    facts = gather_facts(load_cassette(path))
    return next(one.missing for one in facts.clients if one.name == name)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.name)
def test_a_client_lacks_what_was_not_recorded_and_nothing_more(
    tmp_path: Path, client: Client
) -> None:
    """Each need in turn is left out of a recording of everything else."""
    everything = set(Need)

    assert () == _missing(tmp_path / "all.yaml", everything, client.name)
    assert () == _missing(tmp_path / "its.yaml", set(client.needs), client.name)
    for number, need in enumerate(Need):
        without = _missing(tmp_path / f"{number}.yaml", everything - {need}, client.name)
        assert without == ((need.value,) if need in client.needs else ())


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_refused_request_fulfils_no_need(tmp_path: Path, status: int) -> None:
    """A client fails on it as it fails on a miss."""
    refused = [(request, Response(status)) for pairs in FULFILLED.values() for request, _ in pairs]
    write_cassette(tmp_path / "a.yaml", refused)

    facts = gather_facts(load_cassette(tmp_path / "a.yaml"))

    needs = {one.name: tuple(need.value for need in one.needs) for one in CLIENTS}
    assert needs == {one.name: one.missing for one in facts.clients}


def test_walks_are_shown_with_their_length_and_what_they_cover(tmp_path: Path) -> None:
    """The unfiltered first; of an incomplete one, that it proves nothing yet."""
    history = History(cloud_of(), [MINE])
    walk(history, "disk_format=iso&limit=2")
    walk(history)
    walk(history, "sort_key=name&limit=3", pages=1)
    path = write(tmp_path / "a.yaml", history.interactions)

    text = call("inspect", path).stdout.splitlines()
    found = json.loads(call("inspect", path, "--json").stdout)

    walks = [line.strip() for line in text if line.strip().startswith("walk ")]
    assert [
        f"walk a.yaml#2-5: everything the caller sees, {len(IMAGES)} images on 4 pages in 3 s",
        "walk a.yaml#1: disk_format=iso, 1 image on 1 page",
        "walk a.yaml#6: sort_key=name, 3 images on 1 page; "
        "incomplete: record each `next` to the last page",
    ] == walks
    assert "glance" == found["dialect"]
    assert [(True, True), (True, True), (False, False)] == [
        (one["complete"], one["proves_lists"]) for one in found["states"][0]["walks"]
    ]
    assert {"list": {"requests": 6, "statuses": {"200": 6}}} == found["requests"]


def test_what_is_derivable_is_shown_by_caller_and_state(tmp_path: Path) -> None:
    """A change begins a new state of each list that shows the image."""
    history = History(cloud_of(), [MINE, Caller(OTHER)])
    walk(history)
    walk(history, caller=Caller(OTHER))
    history.keep_change(history.cloud, IMAGES[0]["id"])
    walk(history)
    path = write(tmp_path / "a.yaml", history.interactions)

    found = json.loads(call("inspect", path, "--json").stdout)

    assert [(ME[:8], 1), (ME[:8], 2), (OTHER[:8], 1)] == sorted(
        (one["caller"].removeprefix("project "), one["state"]) for one in found["states"]
    )
    assert {"change": 1, "list": 12} == {
        kind: one["requests"] for kind, one in found["requests"].items()
    }


def test_nothing_that_only_its_owner_may_know_is_shown(tmp_path: Path) -> None:
    """Another recorder leaves tokens, passwords and users in its cassettes."""
    secrets = ("gAAAAABsecret", "gAAAAABother", "hunter2")
    requests = [
        get("/v2/images", ("X-Auth-Token", secrets[0]), host="http://joe:hunter2@glance:9292"),
        get(f"/v2/images?token={secrets[1]}", ("X-Auth-Token", secrets[1])),
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"version": 1, "interactions": list(map(_of_vcrpy, requests))}))

    shown = [call("inspect", path, *options).stdout for options in ((), ("--json",))]

    assert not [one for one in secrets for text in shown if one in text]
    assert {"token", "token (2)"} == set(json.loads(shown[1])["callers"])


def _of_vcrpy(request: Request) -> dict[str, object]:
    headers = {name: [value] for name, value in request.headers}
    return {
        "request": {"method": "GET", "uri": request.uri, "headers": headers, "body": None},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json"]},
            "body": {"string": '{"images": [], "first": "/v2/images"}'},
        },
    }


def test_logins_marks_and_age_are_shown(tmp_path: Path) -> None:
    """A mark is no request that anything answers."""
    login = FULFILLED[Need.LOGIN][0]
    dates = ("2026-11-25T10:00:00Z", "2026-11-23T10:00:00Z", "")
    interactions = [Interaction(*login, date) for date in dates]
    volume = Request("POST", "http://cinder:8776/v3/p/volumes/v/action")
    path = write(tmp_path / "a.yaml", [*interactions, mark_of(volume, dates[0])])

    found = json.loads(call("inspect", path, "--json").stdout)

    assert {"oldest": dates[1], "newest": dates[0], "undated": 1} == found["recorded"]
    assert {"password for a project": {"requests": 3, "statuses": {"201": 3}}} == found["logins"]
    assert {"requests": 1, "statuses": {}} == found["requests"]["mark"]
    assert [] == found["states"]
    assert "derivable     nothing: no list of images is recorded" in call("inspect", path).stdout


def test_a_list_that_shows_no_images_is_counted_and_named(tmp_path: Path) -> None:
    """It is a recorded list, as the line above says; nothing is derived from it."""
    refused = Interaction(
        Request("GET", "http://glance:9292/v2/images"), Response(403, "", (), b"{}")
    )
    shown = call("inspect", write(tmp_path / "a.yaml", [refused])).stdout

    assert "lists of images: 1 (403 1)" in shown
    assert "derivable     nothing: no recorded list shows images as the image service does" in shown


def test_validate_refuses_a_cassette(tmp_path: Path) -> None:
    """Its rules are those of a whole set."""
    done = call("inspect", recorded(tmp_path / "a.yaml", cloud_of()), "--validate")

    assert (2, "") == (done.exit_code, done.stdout)
    assert "--validate is for image sets" in done.stderr


def test_a_page_is_drawn_of_a_cassette(tmp_path: Path) -> None:
    """With the same facts; text from outside stays text, and nothing is loaded."""
    history = History(cloud_of(), [MINE])
    walk(history, "limit=9&name=<script>alert(1)</script>")
    walk(history)
    path, out = write(tmp_path / "a.yaml", history.interactions), tmp_path / "a.html"

    done, again = call("inspect", path, "--html", out), call("inspect", path, "--html", out)
    itself = call("inspect", path, "--html", path, "--force")

    page = out.read_text("utf-8")
    assert (0, "", f"{out}: what {path} looks like\n") == (done.exit_code, done.stdout, done.stderr)
    assert (1, 1) == (again.exit_code, itself.exit_code)
    assert path.read_text("utf-8").startswith("# glancetape cassette")
    assert f"everything the caller sees: {len(IMAGES)} images on 4 pages" in page
    assert "python-glanceclient lacks GET /v2/schemas/image" in page
    assert "<script" not in page
    assert not {'http-equiv="refresh', "src=", "href="} & set(page.split())
