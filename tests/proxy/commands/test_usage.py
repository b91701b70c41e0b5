"""Wrong usage of any command: one sentence that names the parameter, and exit status 2."""

import os
from pathlib import Path

import pytest

from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run

GOOD_RECORD = ("record", "--upstream", "http://127.0.0.1:9")
USAGE = {
    "no cassette to replay": (("replay",), "FILE"),
    "a file without certificates": (
        (*GOOD_RECORD, "--upstream-ca", "a.yaml", "--listen", "127.0.0.1:0"),
        "--upstream-ca: a.yaml holds no certificates",
    ),
    "a port that is too large": (("replay", "a.yaml", "--listen", "127.0.0.1:99999"), "--listen"),
    "no port": (("replay", "a.yaml", "--listen", "localhost:"), "--listen: 'localhost:' is not"),
    "an unknown mode": ((*GOOD_RECORD, "--mode", "often"), "--mode"),
    "a status that is no error": (
        ("replay", "a.yaml", "--miss-status", "200"),
        "--miss-status: 200 is",
    ),
    "an upstream without a scheme": (("record", "--upstream", "glance:9292"), "--upstream"),
    "an upstream with a path": (
        ("record", "--upstream", "http://glance:9292/v2"),
        "name only the root, http://glance:9292",
    ),
    "credentials in the upstream": (
        ("record", "--upstream", "http://admin:hunter2@glance:9292"),
        "leave user and password out",
    ),
    "two queries": (("query", "a.yaml", "limit=1", "name=a"), "limit=1 is not a file. QUERY is"),
    "a cassette without its option": (
        ("record", "-q", "b c.yaml"),
        "The file to record into is named with --cassette 'b c.yaml'; to record what a command",
    ),
    "an unknown option": (("replay", "a.yaml", "--frobnicate"), "--frobnicate"),
    "an unknown command": (("rewind",), "rewind"),
}


@pytest.mark.parametrize(("arguments", "message"), USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_ends_with_2_and_names_the_parameter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    """Nothing is made or changed."""
    monkeypatch.chdir(tmp_path)
    write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])

    refused = run(*arguments)

    assert (2, "") == (refused.returncode, refused.stdout)
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hunter2" not in refused.stderr
    assert ["a.yaml"] == os.listdir(tmp_path)
