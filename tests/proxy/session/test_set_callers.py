"""Who asks an image set: logins, roles, own ids, and callers that own nothing."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.interaction import Request, Response, header
from glancetape_cassettes.replaying.answers import Answer
from support.sets.imagesets import ME, OTHER, THIRD
from support.sets.set_files import make_set, record

OWN = "0123456789abcdef" * 2
CLOUD = f"""\
projects: {{demo: home, team: {OTHER}}}
users: {{dana: {{password: right, projects: [demo, team]}}}}
"""


@pytest.fixture(name="images", scope="module")
def _images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set whose home project is ME."""
    path = tmp_path_factory.mktemp("set") / "big.images"
    members = [{"member_id": OTHER, "status": "accepted"}]
    records = [
        record("mine", owner=ME, visibility="private"),
        record("mine-too", owner=ME, visibility="private"),
        record("shared", owner=ME, visibility="shared", members=members),
        record("others", owner=OTHER, visibility="private"),
    ]
    make_set(path, records)
    return path


def ask(session: Session, method: str, path: str, body: Any = None, **headers: str) -> Response:
    """Return the response to a request that is answered."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        sent["Content-Type"] = "application/json"
    request = Request(
        method,
        f"http://127.0.0.1:8180{path}",
        tuple(sent.items()),
        b"" if body is None else json.dumps(body).encode(),
    )
    answer = session.answer(request, any_host=True)
    assert isinstance(answer, Answer), answer
    return answer.response


def log_in(session: Session, password: str = "right", project: str | None = "demo") -> Response:
    """Return the response to a login."""
    user = {"name": "dana", "password": password, "domain": {"id": "default"}}
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
    if project is not None:
        auth["scope"] = {"project": {"name": project, "domain": {"id": "default"}}}
    return ask(session, "POST", "/v3/auth/tokens", {"auth": auth})


def seen(session: Session, **headers: str) -> list[str] | int:
    """Return the images that a caller sees, or the status of a refusal."""
    response = ask(session, "GET", "/v2/images", **headers)
    if response.status != 200:
        return response.status
    return sorted(one["id"] for one in json.loads(response.body)["images"])


MINE, OTHERS = ["mine", "mine-too", "shared"], ["others", "shared"]


def test_the_log_names_the_project_of_a_token_that_the_set_gave_out(images: Path) -> None:
    """So two callers are told apart by what they see; a token says nothing to a reader."""
    with open_session(Settings(replay=(images,))) as session:
        tokens = [
            header(log_in(session, "any", project).headers, "X-Subject-Token") or ""
            for project in ("demo", OTHER)
        ]

        names = [session.name_of_caller((("X-Auth-Token", token),)) for token in tokens]

    assert [f"project {ME[:8]}", f"project {OTHER[:8]}"] == names


def test_a_token_shows_the_images_of_its_project(images: Path) -> None:
    """A project's id may be its name."""
    with open_session(Settings(replay=(images,))) as session:
        tokens = {
            project: header(log_in(session, "any", project).headers, "X-Subject-Token") or ""
            for project in ("demo", OTHER)
        }

        assert MINE == seen(session, X_Auth_Token=tokens["demo"])
        assert OTHERS == seen(session, X_Auth_Token=tokens[OTHER])
        assert OTHERS == seen(session, X_Auth_Token=tokens[OTHER], X_Project_Id=ME)
        assert MINE == seen(session, X_Auth_Token="any other")
        assert OTHERS == seen(session, X_Auth_Token="any other", X_Project_Id=OTHER)
        assert 401 == seen(session)


def test_a_revoked_token_is_refused_at_once(images: Path) -> None:
    """Answers that are kept ready are dropped by the same number."""
    with open_session(Settings(replay=(images,))) as session:
        token = header(log_in(session).headers, "X-Subject-Token") or ""
        before = session.changes_played
        ask(session, "DELETE", "/v3/auth/tokens", X_Auth_Token=token, X_Subject_Token=token)

        assert session.changes_played > before
        assert 401 == seen(session, X_Auth_Token=token)


def test_with_a_file_only_its_users_are_let_in(images: Path, tmp_path: Path) -> None:
    """A wrong password is a 401, as is any other token or project header."""
    cloud = tmp_path / "cloud.yaml"
    cloud.write_text(CLOUD)
    with open_session(Settings(replay=(images,), cloud=cloud)) as session:
        login = log_in(session)
        token = header(login.headers, "X-Subject-Token") or ""

        assert 401 == log_in(session, "wrong").status
        assert 401 == log_in(session, project="nothing").status
        assert MINE == seen(session, X_Auth_Token=token)
        assert 401 == seen(session, X_Auth_Token="any other")
        assert 401 == seen(session, X_Project_Id=ME)


def test_a_file_of_users_needs_a_set(tmp_path: Path) -> None:
    """A cassette has its own logins."""
    cassette = tmp_path / "a.yaml"
    cassette.write_text("version: 1\ninteractions: []\n")

    with pytest.raises(BadParameter, match="only an image set has users"):
        open_session(Settings(replay=(cassette,), cloud=tmp_path / "cloud.yaml"))


def test_an_own_id_takes_the_place_of_the_home_project_everywhere(images: Path) -> None:
    """In logins, lists, members and links."""
    with open_session(Settings(replay=(images,), own_project=OWN)) as session:
        login = log_in(session, project=OWN)
        token = header(login.headers, "X-Subject-Token") or ""

        assert OWN == json.loads(login.body)["token"]["project"]["id"]
        assert MINE == seen(session, X_Auth_Token=token)
        assert MINE == seen(session, X_Project_Id=OWN)
        page = ask(session, "GET", f"/v2/images?owner={OWN}", X_Project_Id=OWN)
        assert {OWN} == {one["owner"] for one in json.loads(page.body)["images"]}
        assert ME.encode() not in page.body
        project = ask(session, "GET", f"/v3/projects/{OWN}", X_Auth_Token=token)
        assert OWN == json.loads(project.body)["project"]["id"]


def test_a_project_that_owns_nothing_is_told_so_once(
    images: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With the option that helps; the home project and members are told nothing."""
    with (
        open_session(Settings(replay=(images,))) as session,
        caplog.at_level(logging.WARNING, "glancetape"),
    ):
        for project in (ME, OTHER, THIRD, THIRD):
            seen(session, X_Project_Id=project)

    assert [
        f"project {THIRD} owns nothing in big.images and sees only public images; --own-project "
        f"{THIRD} puts it in the place of the home project"
    ] == [one.getMessage() for one in caplog.records]


def test_a_project_has_the_name_that_images_of_nova_have(tmp_path: Path) -> None:
    """In tokens and lists, and a login with that name is for this project, as one by id is."""
    # A list has projects with many images.
    mine = [record(f"mine{n}", owner=ME, visibility="private") for n in range(101)]
    by_nova = [
        record(f"snapshot{n}", owner=OTHER, owner_id=OTHER, owner_project_name="shop-prod",
               visibility="private")
        for n in range(100)
    ]  # fmt: skip
    make_set(tmp_path / "named.images", [*mine, *by_nova])
    with open_session(Settings(replay=(tmp_path / "named.images",))) as session:
        logins = [log_in(session, "any", name) for name in ("shop-prod", OTHER, "anything", None)]
        shown = [json.loads(login.body)["token"].get("project") for login in logins]
        tokens = [header(login.headers, "X-Subject-Token") or "" for login in logins]
        listed, named = (
            json.loads(ask(session, "GET", path, X_Auth_Token=tokens[0]).body)["projects"]
            for path in ("/v3/auth/projects", "/v3/projects?name=shop-prod")
        )

        found = seen(session, X_Auth_Token=tokens[0])
        assert isinstance(found, list)
        assert {"snapshot"} == {one[:8] for one in found}
    assert [(OTHER, "shop-prod"), (OTHER, "shop-prod"), (ME, "anything")] == [
        (one["id"], one["name"]) for one in shown if one["name"] != one["id"]
    ]
    assert {OTHER: "shop-prod"} == {
        one["id"]: one["name"] for one in listed if one["name"] != one["id"]
    }
    assert [OTHER] == [one["id"] for one in named]
