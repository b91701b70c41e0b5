"""What an image set does not answer is a miss; a file that is not a set is refused."""

import logging
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import requests

from glancetape_cassettes.errors import BadParameter, GlancetapeError
from support.clouds.recorded import get, ok, write_cassette
from support.running.proxies import replaying
from support.sets.changed_sets import tables_changed
from support.sets.set_files import make_set, record

TOKEN = {"X-Auth-Token": "a-token"}
OTHERS = "big.images simulates only an image service and its Keystone."
READ_ONLY = (
    "big.images is only read: it answers no {}. With --writable clients can change its images for "
    "one run."
)
OLD_LOGIN = (
    "big.images simulates Keystone v3, and this is a login of v2.0, which Keystone has not had "
    "since Queens: set the client to v3, and end its URL in /v3."
)
MISSES = {
    "bytes that are no text": (
        *("GET", "/v2/images/%ff"),
        "big.images does not simulate a path that is not UTF-8.",
    ),
    "users": ("GET", "/v3/users", "big.images simulates only the logins of Keystone."),
    **{
        f"a login of v2.0 at {path}": ("POST", path, OLD_LOGIN)
        for path in ("/v2.0/tokens", "/identity/v2.0/tokens/", "/v2.0/tenants")
    },
    "a new image": ("POST", "/v2/images", READ_ONLY.format("POST")),
    "an upload": ("PUT", "/v2/images/a/file", READ_ONLY.format("PUT")),
    "a change": ("PATCH", "/v2/images/a", READ_ONLY.format("PATCH")),
    "a removal": ("DELETE", "/v2/images/a", READ_ONLY.format("DELETE")),
}


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A set of three images."""
    path = tmp_path / "big.images"
    make_set(path, [record(name) for name in "abc"])
    return path


def test_what_a_set_does_not_answer_is_a_miss_without_advice_to_record(big: Path) -> None:
    """No command could record into a set."""
    with replaying(big) as proxy:
        for method, target, reason in MISSES.values():
            answer = requests.request(method, proxy.url + target, headers=TOKEN, timeout=10)
            told = answer.json()["glancetape"]

            assert (501, "miss") == (answer.status_code, answer.headers["X-Glancetape"]), target
            assert {"answer", "request", "reason"} == told.keys()
            assert reason == told["reason"]
            assert answer.json()["error"]["message"].endswith(f"\n{reason}")

    assert f"{len(MISSES)} missed" == str(proxy.counts)


@pytest.mark.parametrize(
    ("dialect", "status"), [("glance", 300), ("glance-pre-17", 300), ("ims", 404)]
)
def test_a_path_that_no_service_has_gets_what_the_cloud_says_at_its_own_address(
    big: Path, dialect: str, status: int, tmp_path: Path
) -> None:
    """A client of a proxy named another host, and beside a cassette it may be another service."""
    other = "http://nova.example/flavors"
    with replaying(big, dialect=dialect) as proxy:
        direct = requests.get(f"{proxy.url}/flavors", headers=TOKEN, timeout=10)
        passing = requests.get(other, headers=TOKEN, timeout=10, proxies={"http": proxy.url})
    recorded = write_cassette(tmp_path / "basic.yaml", [(get("/v2/images?limit=2"), ok())])
    with replaying(big, recorded, dialect=dialect) as proxy:
        beside = requests.get(f"{proxy.url}/flavors", headers=TOKEN, timeout=10)

    assert (status, "synthetic; big.images") == (
        direct.status_code,
        direct.headers["X-Glancetape"],
    )
    assert (501, OTHERS) == (passing.status_code, passing.json()["glancetape"]["reason"])
    assert 501 == beside.status_code


@pytest.mark.parametrize("dialect", ["auto", "ims", "glance"])
def test_the_dialect_is_the_sets_own_unless_one_is_named(big: Path, dialect: str) -> None:
    """These images have nothing of IMS."""
    with replaying(big, dialect=dialect) as proxy:
        answer = requests.get(f"{proxy.url}/v2/images", headers=TOKEN, timeout=10)

    assert ("x-openstack-request-id" in answer.headers) == (dialect != "ims")
    assert ("Server" in answer.headers) == (dialect == "ims")


def _tell(path: Path, statement: str) -> None:
    with tables_changed(path) as connection:
        connection.execute(statement)


def test_an_unknown_dialect_of_a_set_is_refused_unless_one_is_named(big: Path) -> None:
    """A later version may know more of them."""
    _tell(big, "UPDATE about SET value = 'swift' WHERE name = 'dialect'")

    with pytest.raises(GlancetapeError, match=r"has an unknown dialect; give --dialect\."):
        replaying(big).__enter__()
    with replaying(big, dialect="glance") as proxy:
        assert requests.get(f"{proxy.url}/v2/images", headers=TOKEN, timeout=10).ok


def test_two_sets_are_refused_by_name(big: Path, tmp_path: Path) -> None:
    """Which of them would answer?"""
    other = tmp_path / "other.images"
    shutil.copy(big, other)

    with (
        pytest.raises(BadParameter, match=r"big\.images and .*other\.images are both image sets"),
        replaying(big, other),
    ):
        pass


def test_files_that_are_neither_cassette_nor_set_are_refused_each_in_its_words(
    tmp_path: Path,
) -> None:
    """Each in a sentence, and a pipe does not make it wait."""
    (tmp_path / "folder.images").mkdir()
    os.mkfifo(tmp_path / "pipe.images")
    (tmp_path / "empty.images").touch()
    (tmp_path / "text.images").write_text("text")
    (tmp_path / "a.ndjson").write_text('{"id": "a"}\n{"id": "b"}\n')
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE images (id TEXT)")
    said = {
        "folder.images": "it is a folder; name a file in it",
        "pipe.images": "not a regular file",
        "empty.images": "is not an image set; make one with `glancetape generate`",
        "text.images": "is not an image set; make one with `glancetape generate`",
        "missing.images": "no such image set. Make one with `glancetape generate`",
        "a.ndjson": "glancetape import .*a.ndjson --out .*a.images",
        "other.db": "is a SQLite database, but not an image set",
        "missing.yaml": "no such cassette",
    }

    for name, sentence in said.items():
        with pytest.raises(GlancetapeError, match=sentence), replaying(tmp_path / name):
            pass


def test_a_damaged_set_is_our_own_failure_and_the_log_says_which(
    big: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing goes on to the service."""
    octets = bytearray(big.read_bytes())
    octets[octets.index(b'"self":')] ^= 1
    big.write_bytes(octets)

    with caplog.at_level(logging.ERROR, "glancetape"), replaying(big) as proxy:
        answer = requests.get(f"{proxy.url}/v2/images", headers=TOKEN, timeout=10)

    assert (500, "error") == (answer.status_code, answer.headers["X-Glancetape"])
    assert "1 failed" == str(proxy.counts)
    (said,) = (
        line.getMessage().partition("/v2/images: ")[2]
        for line in caplog.records
        if line.name == "glancetape.wire.answering"
    )
    assert re.fullmatch(rf"{re.escape(str(big))} is damaged \(block \d+ of \d+\); .*", said)
