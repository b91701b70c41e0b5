"""Real clients perform the same operations in each way, on an image set and on a recording.

docs/clients.md is the table of this matrix; `scripts/clients --table` writes it again.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from interop.oracle import accounts
from support.images.varied import varied_images
from support.interop.certificates import Certificates, make_certificates
from support.interop.client_table import Table
from support.interop.clients import (
    NOT_RECORDED,
    OPERATIONS,
    ROWS,
    Client,
    Login,
    Performed,
    Place,
    Source,
    Way,
    perform,
)
from support.interop.glance import Glance, start_glance
from support.interop.keystone import Cloud, cloud_with
from support.interop.naive_truth import Truth
from support.running.in_process import run
from support.running.processes import glancetape, running

REAL_IMAGES = list(varied_images(240, seed=3))
REAL = Truth(REAL_IMAGES, accounts.PROJECTS["demo"])
RECORDED = [name for name in OPERATIONS if name not in NOT_RECORDED]
SPEC = ("--count", "400", "--spec", "tenant", "--seed", "3")
MEMBER, CREDENTIAL = accounts.MEMBER, accounts.APPLICATION_CREDENTIAL
LOGIN = {
    "username": MEMBER.name,
    "password": MEMBER.password,
    "project_name": MEMBER.roles[0][0],
    "project_id": accounts.PROJECTS["demo"],
    "application_credential_id": CREDENTIAL.id,
    "application_credential_secret": CREDENTIAL.secret,
    "access_key": "AKDANA",
    "secret_key": "SKDANA",
}
CLOUD_FILE = {
    "region": accounts.REGION,
    "projects": {"demo": "home"},
    "users": {MEMBER.name: {"password": MEMBER.password, "projects": ["demo"]}},
    "application_credentials": {
        CREDENTIAL.name: {
            "id": CREDENTIAL.id,
            "secret": CREDENTIAL.secret,
            "user": MEMBER.name,
            "project": "demo",
        }
    },
    "access_keys": {LOGIN["access_key"]: {"secret": LOGIN["secret_key"], "project": "demo"}},
}
SECRETS = (
    *(MEMBER.password, CREDENTIAL.secret, LOGIN["secret_key"]),
    *("gAAAAA", "SDK-HMAC-SHA256", accounts.PROJECTS["demo"]),
)
"""What no cassette may hold: passwords, tokens, signatures, ids of projects."""
SIMULATED = {Way.HTTP: "http://cloud.example", Way.HTTPS: "https://cloud.example"}
"""No such host is asked for: what answers is the proxy."""

every_way = pytest.mark.parametrize("way", Way, ids=lambda way: way.name.lower())


def every_client(source: Source) -> pytest.MarkDecorator:
    """Each client that works there."""
    rows = [client for client in ROWS if source in client.sources]
    return pytest.mark.parametrize("client", rows, ids=lambda client: client.name)


@pytest.fixture(scope="module", name="images")
def _images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated set; the same images as NDJSON and the file of its accounts lie beside it."""
    path = tmp_path_factory.mktemp("set") / "tenant.images"
    for file in (path, path.with_suffix(".ndjson")):
        assert 0 == run("generate", *SPEC, "--out", file).returncode
    path.with_suffix(".yaml").write_text(yaml.safe_dump(CLOUD_FILE))
    return path


@pytest.fixture(scope="module", name="simulated")
def _simulated(images: Path) -> Truth:
    """What the home project of the set sees: the one with most images that are not public."""
    lines = images.with_suffix(".ndjson").read_text("utf-8").splitlines()
    listed = [json.loads(line) for line in lines]
    owners = Counter(image["owner"] for image in listed if image["visibility"] != "public")
    return Truth(listed, owners.most_common(1)[0][0])


@pytest.fixture(scope="module", name="replayed_set")
def _replayed_set(images: Path) -> Iterator[Callable[[bool], str]]:
    """The URL of the set: with its accounts, or open to anybody."""
    listed, opened = (
        glancetape("replay", "-q", images, *options, "--listen", ":0")
        for options in (("--cloud", images.with_suffix(".yaml")), ())
    )
    with running(listed) as with_accounts, running(opened) as without:
        yield lambda has_accounts: (with_accounts if has_accounts else without).url


@pytest.fixture(scope="module", name="certificates")
def _certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module", name="cloud")
def _cloud(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Cloud]:
    """A real Keystone and a real Glance, with HTTP and HTTPS."""
    folder = tmp_path_factory.mktemp("glance")
    with cloud_with(REAL_IMAGES, folder, certificates.server) as cloud:
        yield cloud


@pytest.fixture(scope="module", name="glance_alone")
def _glance_alone(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Glance]:
    """A real Glance that believes a signed request the project that it names."""
    folder = tmp_path_factory.mktemp("glance")
    glance = start_glance(REAL_IMAGES, folder, "--certificate", str(certificates.server))
    yield glance
    glance.stop()


@pytest.fixture(scope="module", name="table")
def _table() -> Iterator[Table]:
    """The table of the page; what differs is written at the end, if that is wanted."""
    table = Table.read(renewed=os.environ.get("GLANCETAPE_CLIENTS_TABLE") == "write")
    yield table
    if table.is_renewed:
        table.write()


@every_client(Source.SET)
@every_way
def test_a_client_gets_from_a_set_what_the_set_holds(
    images: Path,
    simulated: Truth,
    replayed_set: Callable[[bool], str],
    table: Table,
    tmp_path: Path,
    client: Client,
    way: Way,
) -> None:
    has_accounts = client.login is not Login.NONE
    root = SIMULATED.get(way) or replayed_set(has_accounts)
    place = Place(
        auth_url=f"{root}/v3",
        image_url=root,
        region=accounts.REGION,
        login=LOGIN | {"project_id": simulated.project},
        facts=simulated.facts(),
    )
    through: list[str | Path] = []
    if way in SIMULATED:
        through = ["-q", "--replay", images]
        through += ["--cloud", images.with_suffix(".yaml")] if has_accounts else []

    wanted = [*OPERATIONS, *client.extra]
    done = perform(client, place, wanted, tmp_path / "home", *through)

    expect(done, simulated.results() | simulated.extra(), "only read")
    table.compare(client, way, Source.SET, done)


@every_client(Source.RECORDING)
@every_way
def test_a_client_gets_from_a_recording_what_the_real_cloud_gave(
    request: pytest.FixtureRequest,
    certificates: Certificates,
    table: Table,
    tmp_path: Path,
    client: Client,
    way: Way,
) -> None:
    """A real Keystone and Glance are recorded; the client logs in, also to the recording."""
    cassette = tmp_path / "images.yaml"
    place, upstreams = recorded_from(client, way, request)
    if way is Way.ENDPOINT:
        recorder = ("record", "-q", *upstreams, "--cassette", cassette)
        live = at_endpoint(client, place, RECORDED, tmp_path / "live", *recorder)
        done = at_endpoint(client, place, [*OPERATIONS], tmp_path / "again", "replay", cassette)
    else:
        trust = ("--upstream-ca", certificates.ca) if way is Way.HTTPS else ()
        live = perform(
            client, place, RECORDED, tmp_path / "live", "-q", *trust, "--record", cassette
        )
        done = perform(client, place, [*OPERATIONS], tmp_path / "again", "--replay", cassette)

    truth = REAL.results()
    expect(live, {name: truth[name] for name in RECORDED}, "")
    recorded = truth | {"pending": 501, "members": renamed(truth["members"])}
    if "members" in done.results:
        done.results["members"] = renamed(done.results["members"])
    expect(done, recorded, "Not recorded")
    assert [] == [one for one in SECRETS if one in cassette.read_text("utf-8")]
    table.compare(client, way, Source.RECORDING, done)


def recorded_from(
    client: Client, way: Way, request: pytest.FixtureRequest
) -> tuple[Place, list[str]]:
    """Where the client finds the real services, and the options of `record` that name them."""
    secure = way is Way.HTTPS
    identity = ""
    if client.has_keystone:
        cloud: Cloud = request.getfixturevalue("cloud")
        identity = f"{cloud.secure_keystone if secure else cloud.keystone}/v3"
        glance = cloud.glance
    else:
        glance = request.getfixturevalue("glance_alone")
    image = glance.secure_url if secure else glance.url
    place = Place(
        auth_url=identity,
        image_url=image,
        region=accounts.SECURE_REGION if secure else accounts.REGION,
        login=LOGIN,
        facts=REAL.facts(),
    )
    upstreams = ["--upstream", f"image={image}"]
    return place, [*upstreams, "--upstream", f"identity={identity}"] if identity else upstreams


def at_endpoint(
    client: Client, place: Place, operations: list[str], home: Path, *command: str | Path
) -> Performed:
    """Perform operations at glancetape's own address."""
    with running(glancetape(*command, "--listen", ":0")) as service:
        ours = Place(
            auth_url=f"{service.url}/identity/v3",
            image_url=service.url,
            region=place.region,
            login=place.login,
            facts=place.facts,
        )
        done = perform(client, ours, operations, home)
        assert 0 == service.stop(), service.said
    return done


def expect(done: Performed, truth: Mapping[str, Any], miss: str) -> None:
    """Compare all results; a refusal has its status, and a miss says why."""
    assert done.results, done.said
    for name, result in done.results.items():
        expected = truth[name]
        if isinstance(expected, int):
            assert expected == result["status"], (name, result)
            assert expected != 501 or miss in result["text"], (name, result)
        else:
            assert expected, f"{name} would prove nothing"
            # A command's table shows no blanks at the end of a name.
            names = name == "sort" and isinstance(result, list)
            seen = [one.strip() for one in result] if names else result
            assert expected == seen, name


def renamed(members: Any) -> Any:
    """Projects by number, as a cassette has stand-ins for their ids."""
    if not isinstance(members, list):
        return members
    return [len({member for member, _ in members}), sorted(status for _, status in members)]
