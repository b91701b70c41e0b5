"""A team's tests with openstacksdk and a password: recorded at a real Keystone, replayed offline.

Both ways of docs/recording.md: through `HTTP_PROXY`, and in front of both services. Keystone and
Glance have ended before anything is replayed; the replay has another home, no key, and another
account.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from interop.oracle import accounts
from support.images.varied import varied_images
from support.interop.keystone import cloud_with, password_of
from support.running.processes import BIN, ROOT, glancetape, running

IMAGES = list(varied_images(60, seed=3))
TEAM_TESTS = Path(__file__).parent / "clients" / "tests_openstacksdk.py"
README, EXAMPLE = (
    (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/example/README.md")
)
_FENCED = r"^```{}\n({}.*?)^```$"
[TEST] = re.findall(_FENCED.format("python", "import openstack\n"), EXAMPLE, re.DOTALL | re.M)
[STEPS] = re.findall(_FENCED.format("sh", "glancetape run --record "), README, re.DOTALL | re.M)
RECORD, SCAN, REPLAY = STEPS.strip().split("\n")
TESTS = 7
SECRETS = (accounts.MEMBER.name, accounts.MEMBER.password, accounts.PROJECTS["demo"], "gAAAAA")
ANOTHER = {"OS_USERNAME": "ci", "OS_PASSWORD": "none", "OS_PROJECT_NAME": "ci"}


@dataclass(frozen=True)
class Recorded:
    """What was recorded, in a folder each, and how the client was set up."""

    through_proxy: Path
    in_front: Path
    account: dict[str, str]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine's cloud or key; the clients' Python has pytest."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "GLANCETAPE_KEY": ""}
    python = subprocess.run(
        [ROOT / "scripts" / "clients", "-c", "import sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    path = f"{python}/bin:{BIN}:{kept['PATH']}"
    return kept | own | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | more


def shell(command: str, folder: Path, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a line of the README, beside a clouds.yaml with the account of the environment."""
    named = {name[3:].lower(): value for name, value in env.items() if name.startswith("OS_")}
    own = {name: named.pop(name) for name in ("region_name", "auth_type") if name in named}
    named.pop("identity_api_version", None)
    clouds = {"clouds": {"example": {"auth": named, **own}}}
    (folder / "clouds.yaml").write_text(json.dumps(clouds), "utf-8")
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module", name="recorded")
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    home, folders = tmp_path_factory.mktemp("home"), []
    for name in ("proxy", "front"):
        folder = tmp_path_factory.mktemp(name)
        (folder / "test_images.py").write_text(f"{TEAM_TESTS.read_text('utf-8')}\n\n{TEST}")
        folders.append(folder)
    proxied, front = folders
    with cloud_with(IMAGES, tmp_path_factory.mktemp("glance")) as cloud:
        account = password_of(cloud, accounts.MEMBER) | {"OS_AUTH_URL": f"{cloud.keystone}/v3"}
        done = shell(RECORD, proxied, environment(home, **account))
        assert 0 == done.returncode, done.stdout + done.stderr
        assert f"{TESTS} passed" in done.stdout
        upstreams = f"image={cloud.glance.url}", f"identity={account['OS_AUTH_URL']}"
        named = [word for one in upstreams for word in ("--upstream", one)]
        record = glancetape("record", *named, "--cassette", "images.yaml", "--listen", ":0")
        with running(record, front, installed=True, **environment(home)) as recorder:
            led = account | {"OS_AUTH_URL": f"{recorder.url}/identity/v3"}
            done = shell("pytest test_images.py", front, environment(home, **led))
            assert 0 == done.returncode, done.stdout + done.stderr + recorder.said
            assert 0 == recorder.stop()
        assert "passed through" not in recorder.said
    return Recorded(proxied, front, account)


def test_the_readme_records_a_login_and_replays_it_elsewhere(
    recorded: Recorded, tmp_path: Path
) -> None:
    """Word for word, with another home, no key, another account, and `-q`."""
    env = environment(tmp_path, **(recorded.account | ANOTHER))

    scanned = shell(SCAN, recorded.through_proxy, env)
    done = shell(REPLAY, recorded.through_proxy, env)

    assert 0 == scanned.returncode, scanned.stdout
    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{TESTS} passed" in done.stdout
    assert re.fullmatch(r"glancetape: \d+ replayed(, \d+ derived)?\n", done.stderr), done.stderr
    assert not (tmp_path / ".config").exists(), "a replay makes no key"


@pytest.mark.parametrize("folder", ["through_proxy", "in_front"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_whichever_way_it_was_recorded_it_replays_at_our_own_address(
    recorded: Recorded, tmp_path: Path, folder: str, host: str
) -> None:
    """The catalog leads the client back to the name that it used."""
    cassette = getattr(recorded, folder)
    with running(
        glancetape("replay", "-q", "images.yaml", "--listen", ":0"),
        cassette,
        installed=True,
        **environment(tmp_path),
    ) as replay:
        url = f"{replay.url.replace('127.0.0.1', host)}/identity/v3"
        env = environment(tmp_path, **(recorded.account | ANOTHER | {"OS_AUTH_URL": url}))
        done = shell("pytest test_images.py", cassette, env)
        assert 0 == replay.stop()

    assert 0 == done.returncode, done.stdout + done.stderr + replay.said
    assert f"{TESTS} passed" in done.stdout
    assert re.fullmatch(r"glancetape: \d+ replayed(, \d+ derived)?", replay.lines[-1])


@pytest.mark.parametrize("folder", ["through_proxy", "in_front"])
def test_the_cassette_has_what_the_services_said_and_no_secret(
    recorded: Recorded, folder: str
) -> None:
    """Their URLs, and no name, id, password or token."""
    text = (getattr(recorded, folder) / "images.yaml").read_text("utf-8")
    identity = recorded.account["OS_AUTH_URL"]

    assert f"uri: {identity}/auth/tokens" in text
    assert f'"url": "{identity}"' in text
    assert '"interface": "public"' in text
    assert '"region": "RegionOne"' in text
    assert not [one for one in SECRETS if one in text.replace("dana-", "")]
