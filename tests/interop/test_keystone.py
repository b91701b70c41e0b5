"""A real Keystone in front of a real Glance, as a team's cloud has them: no proxy is involved."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from interop.oracle import accounts
from support.images.varied import varied_images
from support.interop.commands import GLANCETAPE, run, serving
from support.interop.keystone import (
    Cloud,
    address_of,
    cloud_with,
    password_of,
    start_keystone,
    stop,
)
from support.running.processes import ROOT

IMAGES = list(varied_images(60, seed=3))
LIST_IMAGES = """
import json, openstack
images = openstack.connect().image.images()
print(json.dumps([image.id for image in images]))
"""


@pytest.fixture(scope="module", name="cloud")
def _cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Start both; the end of the module stops them."""
    with cloud_with(IMAGES, tmp_path_factory.mktemp("glance")) as cloud:
        yield cloud


def project_of(user: accounts.User) -> str:
    """Return the id of the project that a user logs in to."""
    return accounts.PROJECTS[user.roles[0][0]]


def visible_to(project: str) -> set[str]:
    """Return the ids of the images that a project's list has to show."""
    accepted = {"member_id": project, "status": "accepted"}
    return {
        image["id"]
        for image in IMAGES
        if not image["os_hidden"]
        and (
            project == image["owner"]
            or image["visibility"] == "public"
            or accepted in image.get("members", [])
        )
    }


def list_with_openstacksdk(run: Callable[..., Any], environment: dict[str, str]) -> list[str]:
    """Return the ids that openstacksdk lists, logged in as OS_ variables say."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    done = run(LIST_IMAGES, kept | environment)
    assert 0 == done.returncode, done.stderr
    ids: list[str] = json.loads(done.stdout)
    return ids


@pytest.fixture(name="run_client")
def _run_client() -> Callable[[str, dict[str, str]], subprocess.CompletedProcess[str]]:
    def run(program: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "scripts" / "clients", "-c", program],
            capture_output=True,
            text=True,
            timeout=600,
            env=environment,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "user", [accounts.MEMBER, accounts.TEAM_MEMBER], ids=lambda user: user.name
)
def test_openstacksdk_logs_in_with_a_password_and_lists_what_its_project_sees(
    cloud: Cloud, run_client: Callable[..., Any], user: accounts.User
) -> None:
    listed = list_with_openstacksdk(run_client, password_of(cloud, user))

    assert visible_to(project_of(user)) == set(listed)
    assert len(listed) == len(set(listed))


def test_openstacksdk_logs_in_with_an_application_credential(
    cloud: Cloud, run_client: Callable[..., Any]
) -> None:
    credential = accounts.APPLICATION_CREDENTIAL

    listed = list_with_openstacksdk(
        run_client,
        {
            "OS_AUTH_TYPE": "v3applicationcredential",
            "OS_AUTH_URL": cloud.keystone,
            "OS_APPLICATION_CREDENTIAL_ID": credential.id,
            "OS_APPLICATION_CREDENTIAL_SECRET": credential.secret,
            "OS_REGION_NAME": accounts.REGION,
        },
    )

    assert visible_to(accounts.PROJECTS[credential.project]) == set(listed)


@pytest.mark.parametrize("headers", [{}, {"X-Auth-Token": "u:" + "a" * 32 + ":member"}])
def test_the_real_glance_refuses_what_keystone_did_not_give_out(
    cloud: Cloud, headers: dict[str, str]
) -> None:
    answer = requests.get(cloud.glance.url + "/v2/images", headers=headers, timeout=30)

    assert 401 == answer.status_code


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT], ids=lambda by: by.name)
def test_a_signal_ends_keystone_with_status_0_and_leaves_no_files(
    tmp_path: Path, by: signal.Signals
) -> None:
    keystone = start_keystone(temporary=tmp_path)
    address_of(keystone)
    assert [*tmp_path.iterdir()]

    status = stop(keystone, by)

    assert 0 == status
    assert [] == [*tmp_path.iterdir()]


def test_a_member_looks_for_projects_as_at_ours(cloud: Cloud, tmp_path: Path) -> None:
    """Other projects cannot be looked up, so clients take what they were given for an id."""
    images, users = tmp_path / "small.images", tmp_path / "cloud.yaml"
    run(*GLANCETAPE, "generate", "--count", "10", "--out", images)
    member = accounts.MEMBER
    known = {name: accounts.PROJECTS[name] for name, _ in member.roles}
    projects = json.dumps(dict(member.roles))
    users.write_text(
        f"projects: {json.dumps(known)}\n"
        f"users: {{{member.name}: {{password: {member.password}, projects: {projects}}}}}\n"
    )
    paths = ["/v3/auth/projects"] + [
        f"/v3/projects{how}"
        for named in (*accounts.PROJECTS.values(), "service", "nothing", "0" * 32)
        for how in ("/" + named, "?name=" + named)
    ]
    with serving("replay", images, "--cloud", users) as ours:
        told = [looked_up(url, member, paths) for url in (cloud.keystone, ours)]

    assert told[0][f"/v3/projects/{project_of(member)}"] == (200, ["demo"])
    assert told[0] == told[1]


def looked_up(url: str, user: accounts.User, paths: list[str]) -> dict[str, tuple[int, Any]]:
    """Return the status and the names, or the words of the refusal, for each path."""
    with_password = {
        "methods": ["password"],
        "password": {
            "user": {"name": user.name, "password": user.password, "domain": {"id": "default"}}
        },
    }
    scope = {"project": {"name": user.roles[0][0], "domain": {"id": "default"}}}
    login = {"auth": {"identity": with_password, "scope": scope}}
    token = requests.post(f"{url}/v3/auth/tokens", json=login, timeout=30).headers[
        "X-Subject-Token"
    ]
    told: dict[str, tuple[int, Any]] = {}
    for path in paths:
        answer = requests.get(url + path, headers={"X-Auth-Token": token}, timeout=30)
        shown = answer.json()
        projects = shown.get("projects", [shown.get("project")])
        told[path] = (
            answer.status_code,
            shown["error"]["message"]
            if "error" in shown
            else sorted(one["name"] for one in projects),
        )
    return told
