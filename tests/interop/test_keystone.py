"""A real Keystone in front of a real Glance, as a team's cloud has them: no proxy is involved."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from interop.oracle import accounts
from support.interop.glance import READY, Glance, start_glance
from support.running.processes import ROOT
from support.sets.varied import varied_images

pytestmark = pytest.mark.interop

IMAGES = list(varied_images(60, seed=3))
LIST_IMAGES = """
import json, openstack
images = openstack.connect().image.images()
print(json.dumps([image.id for image in images]))
"""


@dataclass(frozen=True)
class Cloud:
    """A running Keystone, and the Glance that its catalog names."""

    keystone: str
    glance: Glance
    process: subprocess.Popen[str]


@pytest.fixture(scope="module", name="cloud")
def _cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Start both; the end of the module stops them."""
    port = free_port()
    keystone = start_keystone("--image-url", f"http://127.0.0.1:{port}")
    url = address_of(keystone)
    try:
        glance = start_glance(
            IMAGES, tmp_path_factory.mktemp("glance"), "--port", str(port), "--keystone", url
        )
        try:
            yield Cloud(url, glance, keystone)
        finally:
            glance.stop()
    finally:
        stop(keystone)


def free_port() -> int:
    """Return a port that nothing listens on: Keystone's catalog names it before Glance has it."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        port: int = end.getsockname()[1]
        return port


def start_keystone(*arguments: str, temporary: Path | None = None) -> subprocess.Popen[str]:
    """Start a Keystone; the first call of all installs it."""
    return subprocess.Popen(
        [ROOT / "scripts" / "keystone", "--parent", str(os.getpid()), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | ({"TMPDIR": str(temporary)} if temporary else {}),
    )


def address_of(process: subprocess.Popen[str]) -> str:
    """Return the address that a service prints when it is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith(READY):
        stop(process)
        pytest.fail(f"Keystone did not start: {line!r}")
    return line.removeprefix(READY).strip()


def stop(process: subprocess.Popen[str], by: signal.Signals = signal.SIGTERM) -> int:
    """Stop a service by a signal and return its exit status."""
    if process.poll() is None:
        process.send_signal(by)
    try:
        return process.wait(timeout=20)
    finally:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()


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


def password_of(cloud: Cloud, user: accounts.User) -> dict[str, str]:
    return {
        "OS_AUTH_URL": cloud.keystone,
        "OS_USERNAME": user.name,
        "OS_PASSWORD": user.password,
        "OS_PROJECT_NAME": user.roles[0][0],
        "OS_USER_DOMAIN_NAME": accounts.DOMAIN_NAME,
        "OS_PROJECT_DOMAIN_NAME": accounts.DOMAIN_NAME,
        "OS_REGION_NAME": accounts.REGION,
    }


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
