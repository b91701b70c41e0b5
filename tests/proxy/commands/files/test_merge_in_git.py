"""Two branches that recorded into one cassette, merged by the recipes of `docs/keeping.md`."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from support.clouds.histories import History, write
from support.clouds.walked_cassettes import MINE, cloud_of, walk
from support.running.processes import BIN, ROOT

PAGE = (ROOT / "docs" / "keeping.md").read_text("utf-8")
BY_HAND, DRIVER = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
(ATTRIBUTE,) = re.findall(r"`(cassettes/\*\.yaml merge=\w+)`", PAGE)


@pytest.fixture(name="clone")
def _clone(tmp_path: Path) -> Path:
    """A clone on its branch `ours`; on `theirs`, another page was added to the cassette."""
    history = History(cloud_of(), [MINE])
    walk(history)
    first, second, third, *_ = history.interactions
    cassette = tmp_path / "cassettes" / "images.yaml"
    cassette.parent.mkdir()
    git(tmp_path, "init -q -b ours")
    write(cassette, [first])
    git(tmp_path, "add -A", "commit -q -m first", "checkout -q -b theirs")
    write(cassette, [third])
    git(tmp_path, "commit -q -a -m third", "checkout -q ours")
    write(cassette, [second])
    git(tmp_path, "commit -q -a -m second")
    return tmp_path


def git(clone: Path, *commands: str, fails: bool = False) -> None:
    """Run git, as a user without any configuration."""
    for command in commands:
        done = sh(clone, f"git -c user.name=me -c user.email=me@example.com {command}")
        assert fails == bool(done.returncode), done.stdout


def sh(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in which `glancetape` is the installed one."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    return subprocess.run(
        ["sh", "-e", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"PATH": path, "HOME": str(folder)},
    )


def test_a_conflict_is_merged_by_hand(clone: Path) -> None:
    """Before, the cassette is refused, with the same commands."""
    git(clone, "merge -q theirs", fails=True)
    refused = sh(clone, "glancetape inspect cassettes/images.yaml")
    merged = sh(clone / "cassettes", BY_HAND)

    for command in BY_HAND.splitlines():
        assert command in refused.stdout
    assert merged.returncode == 0, merged.stdout
    assert 3 == len(load_cassette(clone / "cassettes" / "images.yaml"))


def test_the_merge_driver_leaves_no_conflict(clone: Path) -> None:
    (clone / ".gitattributes").write_text(f"{ATTRIBUTE}\n", "utf-8")
    assert sh(clone, DRIVER).returncode == 0
    git(clone, "merge -q theirs -m both")

    assert 3 == len(load_cassette(clone / "cassettes" / "images.yaml"))
