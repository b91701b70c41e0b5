"""Paths that begin with `~`, and users who have no home: a sentence says so, never a traceback."""

import re
from pathlib import Path

import pytest

from glancetape.home_folder import NoHome, cache_folder, in_home
from glancetape_cassettes.errors import RedactionKeyError
from glancetape_cassettes.redaction.stand_ins import find_key, find_or_make_key
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import ROOT
from support.running.without_home import without_home

RAISES = re.compile(r"\.expanduser\(\)|Path\.home\(\)")


def test_a_path_of_a_user_who_is_unknown_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Path("~no such user/a.yaml") == in_home("~no such user/a.yaml")
    monkeypatch.setenv("HOME", "/home/dana")
    assert Path("/home/dana/a.yaml") == in_home(Path("~/a.yaml"))
    without_home(monkeypatch)
    assert Path("~/a.yaml") == in_home("~/a.yaml")


def test_nothing_is_kept_where_there_is_no_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor in a folder whose name is `~`."""
    without_home(monkeypatch)
    monkeypatch.chdir(tmp_path)

    assert find_key() is None
    with pytest.raises(RedactionKeyError, match=r"no home folder is known.*Set HOME or "):
        find_or_make_key()
    with pytest.raises(NoHome, match="Set HOME, or XDG_CACHE_HOME"):
        cache_folder({})
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (("replay", "a.yaml", "--listen", "127.0.0.1:0"), "--confdir"),
        (("record", "--cassette", "b.yaml", "--listen", "127.0.0.1:0"), "HOME"),
        (("serve", "a.yaml", "--listen", "127.0.0.1:0", "--tls"), "XDG_CACHE_HOME"),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_a_command_that_needs_a_home_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], advice: str
) -> None:
    """With what to name instead."""
    without_home(monkeypatch)
    monkeypatch.chdir(tmp_path)
    write_cassette(Path("a.yaml"), [(get("/"), ok())])

    refused = run(*command)

    assert 1 == refused.returncode
    assert "Error: no home folder is known" in refused.stderr
    assert advice in refused.stderr
    assert "Traceback" not in refused.stderr


def test_no_module_looks_for_a_home_in_a_way_that_raises() -> None:
    """`in_home` is the way that does not."""
    modules = (
        path
        for room in ("proxy", "cassettes", "generators")
        for path in sorted((ROOT / room).rglob("*.py"))
    )

    assert [] == [str(path) for path in modules if RAISES.search(path.read_text("utf-8"))]
