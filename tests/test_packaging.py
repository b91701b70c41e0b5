"""What is installed: three packages, typed, with a command that starts quickly."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import glancetape
from support.running.processes import ROOT, run_process

PACKAGES = ("glancetape", "glancetape_generators", "glancetape_cassettes")


def test_the_version_stands_in_one_place() -> None:
    """The package says what the distribution says."""
    assert importlib.metadata.version("glancetape") == glancetape.__version__
    assert f"glancetape {glancetape.__version__}\n" == run_process("--version").stdout


def test_the_changelog_knows_the_version() -> None:
    """Or has it under Unreleased."""
    text = (ROOT / "CHANGELOG.md").read_text()

    assert f"## {glancetape.__version__}" in text or "## Unreleased" in text


def test_the_wheel_holds_the_three_packages_and_nothing_else(tmp_path: Path) -> None:
    """Top-level `proxy`, `generators` and `cassettes` would shadow a user's own folders."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip

    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    info = f"glancetape-{glancetape.__version__}.dist-info"
    assert {*PACKAGES, info} == {name.split("/")[0] for name in names}
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert f"{info}/licenses/LICENSE" in names


LOCKS = {  # lock: what it was made from
    "requirements.lock": "pyproject.toml",
    "tests/interop/oracle/requirements.lock": "tests/interop/oracle/requirements.txt",
    "tests/interop/clients/requirements.lock": "tests/interop/clients/requirements.txt",
}


@pytest.mark.parametrize(("lock", "source"), LOCKS.items(), ids=LOCKS.keys())
def test_a_lock_names_one_release_of_everything_and_no_host(lock: str, source: str) -> None:
    """On each Python, and the head says how to renew it."""
    lines = (ROOT / lock).read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    pinned = [line for line in lines if not line.startswith("#")]

    assert any("scripts/lock" in line for line in head)
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", line) for line in pinned)
    for python in ("3.11", "3.12", "3.13"):
        names = [Requirement(line).name for line in pinned if _is_for(python, line)]
        assert len(set(names)) == len(names)
        assert {canonicalize_name(one) for one in _asked_for(ROOT / source)} <= set(names)


def _is_for(python: str, line: str) -> bool:
    marker = Requirement(line).marker
    return marker is None or marker.evaluate(
        {"python_version": python, "python_full_version": f"{python}.0"}
    )


def _asked_for(source: Path) -> list[str]:
    if source.suffix == ".txt":
        asked = source.read_text().splitlines()
    else:
        project = tomllib.loads(source.read_text())["project"]
        asked = project["dependencies"] + project["optional-dependencies"]["dev"]
    return [Requirement(line).name for line in asked]
