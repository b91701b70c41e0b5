"""Sets of version 1 are converted: the same images, members, answers and choices."""

from pathlib import Path

import pytest
from click.testing import Result

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import version_1
from support.sets.changed_sets import change_body
from support.sets.set_commands import call
from support.sets.set_files import make_set
from support.sets.version_1_sets import write_version_1
from support.sets.whole_sets import RECORDS, answers_of


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A set of version 1, and beside it the set of today with the same images."""
    make_set(tmp_path / "new.images", RECORDS)
    with ImageSet(tmp_path / "new.images") as images:
        odd = images.bodies([7])[0].replace(b',"', b', "')  # as another program would write it
    change_body(tmp_path / "new.images", 7, odd)
    with ImageSet(tmp_path / "new.images") as images:
        about = {**images.about, "dialect": "ims", "made_by": "glancetape 0.1.0 generate"}
        about["home_project"] = "p" * 32
        write_version_1(tmp_path / "old.images", images, about)
    return tmp_path / "old.images"


def _convert(old: Path, *options: str) -> Result:
    return call("import", old, "--out", old.with_name("out.images"), *options)


def test_the_message_about_an_old_set_has_the_command_that_converts_it(old: Path) -> None:
    """And a server does not start with it."""
    shown = call("query", old, "limit=1")

    assert 1 == shown.exit_code
    assert f"glancetape import {old} --out NEW.images" in shown.stderr


def test_a_converted_set_answers_as_the_old_one(old: Path) -> None:
    """The same bytes and members; also dialect and home project stay."""
    done = _convert(old)

    assert (0, "out.images: 600 images\n") == (done.exit_code, Path(done.stderr).name)
    out, new = old.with_name("out.images"), old.with_name("new.images")
    with ImageSet(out) as one, ImageSet(new) as other:
        assert one.members_at(0, 600) == other.members_at(0, 600)
        everything = range(600)
        assert one.bodies(everything) == other.bodies(everything)
        assert ("ims", "p" * 32, "glancetape 0.1.0 generate") == tuple(
            one.about[name] for name in ("dialect", "home_project", "made_by")
        )
    assert answers_of(new)[1:] == answers_of(out)[1:]


def test_options_choose_again(old: Path) -> None:
    """As for any import."""
    done = _convert(old, "--dialect", "glance", "--home-project", "other")

    assert 0 == done.exit_code, done.stderr
    with ImageSet(old.with_name("out.images")) as images:
        assert ("glance", "other") == (images.about["dialect"], images.about["home_project"])
    refused = _convert(old, "--force", "--skip-bad")
    assert (2, True) == (refused.exit_code, "--skip-bad" in refused.stderr)


def test_only_sets_of_version_1_are_converted(old: Path, tmp_path: Path) -> None:
    """A set of today does not need it."""
    (tmp_path / "text").write_text("{}")

    assert version_1.is_version_1(old)
    assert not version_1.is_version_1(old.with_name("new.images"))
    assert not version_1.is_version_1(tmp_path / "text")
    refused = call("import", old.with_name("new.images"), "--out", tmp_path / "b.images")
    assert (1, True) == (refused.exit_code, "image set" in refused.stderr)
