"""What holds for every test: which of them run, and what they see of the user and the machine."""

import gc
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from glancetape_cassettes.writing import scribe
from support.drawn.examples import FULL, SHORT, left_out, share_of
from support.running.forked import end_server, forked_scribe
from support.running.upstream import Upstream, upstream

_START_SCRIBE = scribe.start_process

# How long an example takes says more of the machine than of the program; scripts/bench measures.
settings.register_profile("full", deadline=None, max_examples=FULL)
settings.register_profile("short", deadline=None, max_examples=SHORT)
settings.register_profile("long", deadline=None, max_examples=10 * FULL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--interop", action="store_true", help="also run the tests that need a real Glance"
    )


def pytest_configure(config: pytest.Config) -> None:
    # The workers and the tests start hundreds of Pythons: what they load is compiled once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    usual = "full" if config.getoption("--interop") else "short"
    settings.load_profile(config.getoption("--hypothesis-profile", None) or usual)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Keep what is collected out of the garbage collector's sight: it stays until the end.

    Sixteen thousand tests are half a million objects, and each full collection would visit them
    all. That took an eighth of the tests' time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(5_000, 10, 10)
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--interop"):
        return
    skip = pytest.mark.skip(reason="needs --interop")
    for item in items:
        if item.get_closest_marker("interop"):
            item.add_marker(skip)
    is_named = any("[" in named for named in config.args)
    if not is_named and share_of(FULL) < FULL:
        out = dict.fromkeys(left_out(items))
        config.hook.pytest_deselected(items=list(out))
        items[:] = [item for item in items if item not in out]


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
        patch.delenv("CI", raising=False)  # where it is set, recording gives a warning
        # With another Python, a script that a test starts would make our environment again.
        patch.setenv("PYTHON", str(getattr(sys, "_base_executable", sys.executable)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _scribes_start_at_once() -> Iterator[None]:
    """Fork them: each would first load and compile for a quarter of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scribe, "start_process", forked_scribe)
        yield
    end_server()


@pytest.fixture
def started_scribe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test's scribes be started as those of users are."""
    monkeypatch.setattr(scribe, "start_process", _START_SCRIBE)


@pytest.fixture
def uncalibrated(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Learn without most of the time: images are made to correct `growth`.

    No text of a spec depends on this number; what it would have been corrected to is in the list.
    Most tests of `test_closed_loop` learn as a whole.
    """
    wanted = list[object]()

    def as_counted(sections: Mapping[str, Any], towards: object) -> dict[str, Any]:
        wanted.append(towards)
        return dict(sections)

    monkeypatch.setattr("glancetape_generators.learning.learned_spec.calibrate", as_counted)
    return wanted


@pytest.fixture
def service() -> Iterator[Upstream]:
    """A real image service on a free port."""
    with upstream() as server:
        yield server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)
