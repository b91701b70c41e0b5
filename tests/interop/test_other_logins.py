"""Logins that take more than a password: recorded at a real Keystone, replayed without it.

The replay has another home, no key, another account, another passcode and another access token.
"""

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from interop.oracle import accounts
from support.images.varied import varied_images
from support.interop.keystone import Cloud, cloud_with, password_of
from support.running.processes import ROOT, glancetape

IMAGES = list(varied_images(10, seed=3))
CLIENT = Path(__file__).parent / "clients" / "log_in_otherwise.py"
PROVIDER = {"OS_IDENTITY_PROVIDER": accounts.IDENTITY_PROVIDER, "OS_PROTOCOL": accounts.PROTOCOL}
[ACCESS_TOKEN] = accounts.ACCESS_TOKENS
ANOTHER = {
    "OS_USERNAME": "ci",
    "OS_PASSWORD": "none",
    "OS_PROJECT_NAME": "ci",
    "PASSCODE": "000000",
    "OS_ACCESS_TOKEN": "any",
}


@pytest.fixture(scope="module", name="cloud")
def _cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud_with(IMAGES, tmp_path_factory.mktemp("glance")) as cloud:
        yield cloud


def passcode() -> str:
    """The passcode of now, as an authenticator app shows it."""
    secret = base64.b32decode(accounts.TWO_FACTORS.totp)
    return TOTP(secret, 6, SHA1(), 30).generate(time.time()).decode()


def through(
    how: str, option: str, cassette: Path, home: Path, account: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Let the client log in and list the images through glancetape."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "GLANCETAPE_KEY": ""}
    return subprocess.run(
        [*glancetape("run", option, cassette, "--"), ROOT / "scripts" / "clients", CLIENT, how],
        env=kept | own | account,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("how", ["receipt", "at-once", "federated"])
def test_it_replays_without_key_and_keystone(cloud: Cloud, tmp_path: Path, how: str) -> None:
    """Whatever the replay sends as passcode or access token."""
    cassette, here, there = tmp_path / "a.yaml", tmp_path / "here", tmp_path / "there"
    code = passcode()
    account = (
        password_of(cloud, accounts.TWO_FACTORS)
        | PROVIDER
        | {"OS_AUTH_URL": f"{cloud.keystone}/v3", "PASSCODE": code, "OS_ACCESS_TOKEN": ACCESS_TOKEN}
    )

    recorded = through(how, "--record", cassette, here, account)
    replayed = through(how, "--replay", cassette, there, account | ANOTHER)

    assert 0 == recorded.returncode, recorded.stderr
    assert 0 == replayed.returncode, replayed.stderr
    assert json.loads(recorded.stdout) == json.loads(replayed.stdout) != []
    text = cassette.read_text("utf-8")
    user = accounts.TWO_FACTORS
    secrets = [user.password, code, user.name, ACCESS_TOKEN, "gAAAAA", *accounts.ACCESS_TOKENS]
    assert not [one for one in secrets if one in text]
    assert (how == "receipt") == ("openstack-auth-receipt" in text.lower())
