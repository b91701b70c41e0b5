"""`glancetape inspect --validate` as its users see it."""

import json
from pathlib import Path

import pytest

from support.images.good_images import GOOD
from support.running.in_process import run
from support.running.processes import run_process
from support.sets.set_files import make_set


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Return a set in which no rule is broken."""
    make_set(tmp_path / "sound.images", GOOD.values())
    return tmp_path / "sound.images"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return a set with an image whose system has no such type."""
    images = [dict(image) for image in GOOD.values()]
    images[0]["__os_type"] = "Solaris"
    make_set(tmp_path / "broken.images", images)
    return tmp_path / "broken.images"


def test_a_sound_set_ends_with_0(sound: Path) -> None:
    """In one line, with exit status 0."""
    done = run_process("inspect", "--validate", sound)

    assert (0, f"{len(GOOD)} images: no rule is broken\n") == (done.returncode, done.stdout)


def test_a_broken_rule_is_named_with_the_image(broken: Path) -> None:
    """And the exit status is 1, for a script."""
    done = run("inspect", "--validate", broken)

    assert 1 == done.returncode
    assert "os-type-value" in done.stdout
    assert "Solaris" in done.stdout


def test_a_program_gets_json(broken: Path) -> None:
    """Counts and first findings by rule."""
    done = run("inspect", "--validate", "--json", broken)

    assert len(GOOD) == json.loads(done.stdout)["images"]
    assert "os-type-value" in json.dumps(json.loads(done.stdout))


def test_a_page_and_a_validation_are_not_made_at_once(sound: Path, tmp_path: Path) -> None:
    """Two outcomes and one exit status would be confusing."""
    done = run("inspect", "--validate", "--html", tmp_path / "a.html", sound)

    assert 2 == done.returncode
    assert not (tmp_path / "a.html").exists()
