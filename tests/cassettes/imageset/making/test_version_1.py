"""Sets of version 1 are converted: the same images, members, answers and choices."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import version_1
from glancetape_cassettes.imageset.schema import APPLICATION_ID
from support.sets.changed_sets import change_body
from support.sets.set_commands import call
from support.sets.set_files import make_set
from support.sets.whole_sets import RECORDS, answers_of


def _write_version_1(path: Path, images: ImageSet, about: dict[str, str]) -> None:
    """Write the tables of version 1 that a conversion reads, as that version wrote them."""
    members: dict[str, BitMap] = {}
    for position, some in images.members_at(0, len(images)).items():
        for project, status in some:
            members.setdefault(f"{status} {project}", BitMap()).add(position)
    with closing(sqlite3.connect(path)) as tables:
        tables.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        tables.execute("PRAGMA user_version = 1")
        tables.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT)")
        tables.execute("CREATE TABLE images (position INTEGER PRIMARY KEY, id, created_at, json)")
        tables.execute("CREATE TABLE property_values (property, value, count, positions)")
        known = {"images": str(len(images)), **about}
        tables.executemany("INSERT INTO about VALUES (?, ?)", known.items())
        bodies = images.bodies(range(len(images)))
        tables.executemany(
            "INSERT INTO images VALUES (?, ?, '', ?)",
            zip(range(len(images)), images.ids(), bodies, strict=True),
        )
        tables.executemany(
            "INSERT INTO property_values VALUES ('members', ?, ?, ?)",
            ((value, len(found), found.serialize()) for value, found in members.items()),
        )
        tables.commit()


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
        _write_version_1(tmp_path / "old.images", images, about)
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


@pytest.mark.parametrize(
    "damage",
    ["UPDATE images SET json = x'7b' WHERE position = 5", "DELETE FROM images WHERE position > 9",
     "UPDATE property_values SET positions = x'00'", "DROP TABLE images",
     "DELETE FROM about", "UPDATE about SET value = '9' WHERE name = 'images'",
     "UPDATE about SET value = '-1' WHERE name = 'images'"],
)  # fmt: skip
def test_a_damaged_old_set_is_refused_and_nothing_is_left(old: Path, damage: str) -> None:
    """With the name of the old file."""
    with closing(sqlite3.connect(old)) as tables:
        tables.execute(damage)
        tables.commit()

    with pytest.raises(ImageSetError, match=r"old\.images is damaged"):
        version_1.convert(old, old.with_name("out.images"), {})

    assert not old.with_name("out.images").exists()


def test_only_sets_of_version_1_are_converted(old: Path, tmp_path: Path) -> None:
    """A set of today does not need it."""
    (tmp_path / "text").write_text("{}")

    assert version_1.is_version_1(old)
    assert not version_1.is_version_1(old.with_name("new.images"))
    assert not version_1.is_version_1(tmp_path / "text")
    refused = call("import", old.with_name("new.images"), "--out", tmp_path / "b.images")
    assert (1, True) == (refused.exit_code, "image set" in refused.stderr)
