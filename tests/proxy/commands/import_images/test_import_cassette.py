"""Keeping what a cassette shows as an image set."""

import json
from pathlib import Path

import orjson
import pytest
from click.testing import Result

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.clouds.clouds import Caller
from support.clouds.histories import History, write
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.small_images import ME, OTHER
from support.clouds.walked_cassettes import (
    IMAGES,
    MINE,
    answered,
    cloud_of,
    recorded,
    walk,
    walked_image,
)
from support.sets.set_commands import call

ALL = [one["id"] for one in reversed(IMAGES)]


def ids(result: Result) -> list[str]:
    """Return the ids of a printed page."""
    assert 0 == result.exit_code, result.stderr
    return [one["id"] for one in json.loads(result.stdout)["images"]]


def imported(path: Path, *options: str) -> Result:
    """Import a cassette beside itself."""
    done = call("import", path, "--out", path.with_suffix(".images"), *options)
    assert 0 == done.exit_code, done.stderr
    return done


@pytest.mark.parametrize("dialect", ["glance", "ims"])
def test_a_walk_becomes_a_set_that_answers_alike(dialect: str, tmp_path: Path) -> None:
    """The same bytes, page by page, and answers that were not recorded."""
    cloud = cloud_of(dialect)
    path = recorded(tmp_path / "a.yaml", cloud)

    done = imported(path)

    out = tmp_path / "a.images"
    assert (
        f"{out}: 7 images; walk a.yaml#1-4 is complete: the set holds all that {ME} sees by "
        "default\n"
    ) == done.stderr
    for query in ("limit=2", "sort_key=name&sort_dir=asc", "tag=x&limit=3", "visibility=private"):
        shown = call("query", out, query).stdout
        assert json.loads(cloud.answer(query, ME).body) == json.loads(shown), query
    with ImageSet(out) as images:
        about = dict(images.about)
    assert (dialect, ME, "a.yaml") == (
        about["dialect"],
        about["home_project"],
        about["made_from"],
    )


def test_images_of_first_pages_alone_may_not_be_all(tmp_path: Path) -> None:
    """A line reports it."""
    path = recorded(tmp_path / "a.yaml", cloud_of(), "limit=2", walks=())

    done = imported(path)

    assert (
        f"{tmp_path}/a.images: 2 images; no complete walk of what {ME} sees by default is "
        "recorded: it may lack images\n"
    ) == done.stderr


def test_an_image_is_kept_as_it_was_seen_last(tmp_path: Path) -> None:
    """One that was deleted is left out, whether it was asked for or missing in a later walk."""
    history = History(cloud_of(), [MINE])
    walk(history)
    renamed = IMAGES[1] | {"name": "other", "updated_at": "2027-01-01T00:00:00Z"}
    history.cloud = cloud_of("glance", [IMAGES[0], renamed, *IMAGES[3:]])
    walk(history, "limit=3")
    history.cloud = cloud_of("glance", [IMAGES[0], renamed, *IMAGES[4:]])
    history.look(MINE, IMAGES[3]["id"])
    path = write(tmp_path / "a.yaml", history.interactions)

    imported(path)

    left = [one for one in ALL if one not in (IMAGES[2]["id"], IMAGES[3]["id"])]
    assert left == ids(call("query", tmp_path / "a.images"))
    assert [IMAGES[1]["id"]] == ids(call("query", tmp_path / "a.images", "name=other"))


def test_of_several_states_the_last_is_kept(tmp_path: Path) -> None:
    """A recorded change begins a new one."""
    history = History(cloud_of(), [MINE])
    walk(history)
    before, history.cloud = history.cloud, cloud_of("glance", IMAGES[1:])
    history.keep_change(before, IMAGES[0]["id"])
    walk(history)

    imported(write(tmp_path / "a.yaml", history.interactions))

    assert ALL[:-1] == ids(call("query", tmp_path / "a.images"))


def test_what_is_shared_is_listed_where_it_was(tmp_path: Path) -> None:
    """By the status with which it was asked for; what no list showed is pending."""
    members = {
        status: walked_image(
            number, visibility="shared", members=[{"member_id": ME, "status": status}]
        )
        for number, status in enumerate(("accepted", "pending", "rejected"), 20)
    }
    cloud = cloud_of("glance", [*IMAGES, *members.values()])
    history = History(cloud, [MINE])
    for query in ("", "visibility=shared&member_status=pending"):
        history.ask(MINE, query)
    shown = orjson.dumps(cloud.show(members["rejected"]))
    history.interactions.append(answered("", shown))
    request = MINE.request("", f"/v2/images/{members['rejected']['id']}")
    seen = history.interactions[-1]
    history.interactions[-1] = type(seen)(request, seen.response, seen.recorded_at)

    imported(write(tmp_path / "a.yaml", history.interactions))

    out = tmp_path / "a.images"
    assert [members["accepted"]["id"]] == ids(call("query", out, "visibility=shared"))
    assert [members["rejected"]["id"], members["pending"]["id"]] == ids(
        call("query", out, "visibility=shared&member_status=pending")
    )


def test_of_several_views_one_is_chosen(tmp_path: Path) -> None:
    """By its project; without it they are listed."""
    other = Caller(OTHER)
    history = History(cloud_of(), [MINE, other])
    walk(history)
    walk(history, "limit=3", other)
    path = write(tmp_path / "a.yaml", history.interactions)
    out = tmp_path / "a.images"

    several = call("import", path, "--out", out)
    nobody = call("import", path, "--out", out, "--home-project", "c" * 32)

    assert (1, 1) == (several.exit_code, nobody.exit_code)
    assert "several views are recorded; choose one with --home-project. They are:" in several.stderr
    assert f"  project {ME} at glance:9292: 7 images, 1 complete walk\n" in several.stderr
    assert f"  project {OTHER} at glance:9292: 6 images, 1 complete walk\n" in several.stderr
    assert "nothing is recorded for that project." in nobody.stderr
    assert not out.exists()
    imported(path, "--home-project", OTHER)
    assert [one for one in ALL if one != IMAGES[5]["id"]] == ids(call("query", out))


def test_the_home_of_a_token_is_guessed_or_named(tmp_path: Path) -> None:
    """As that of NDJSON: who owns most that is not public."""
    caller = Caller(ME, by_token=True)
    history = History(cloud_of(), [caller])
    walk(history, "limit=2", caller)
    path = write(tmp_path / "a.yaml", history.interactions)

    imported(path)
    with ImageSet(tmp_path / "a.images") as images:
        assert ME == images.about["home_project"]
    imported(path, "--home-project", OTHER, "--force")
    with ImageSet(tmp_path / "a.images") as images:
        assert OTHER == images.about["home_project"]


def test_private_images_of_others_are_reported(tmp_path: Path) -> None:
    """An administrator saw them; the set shows them to nobody else but their owners."""
    history = History(cloud_of(), [MINE])
    secret = history.cloud.show(walked_image(40, visibility="private", owner=OTHER))
    page = orjson.dumps({"images": [secret], "first": "/v2/images"})
    path = write(tmp_path / "a.yaml", [answered("", page)])

    done = imported(path)

    assert f"  1 private images of others are in it, which {ME} does not see\n" in done.stderr


def test_an_unknown_cloud_needs_a_dialect(tmp_path: Path) -> None:
    """Nothing shows how it answers."""
    body = orjson.dumps({"images": [], "first": "/v2/images"})
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok(body))])

    done = call("import", path, "--out", tmp_path / "a.images")

    assert 1 == done.exit_code
    assert done.stderr.endswith("; --dialect names one.\n")
    imported(path, "--dialect", "ims")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"images": [1, {}, {"id": "a"}]}',
        b'{"images": [{"id": "a"}, {"id": "a"}]}',
        b'{"images": [{"id": "a", "status": "odd"}]}',
    ],
)
def test_pages_that_are_none_are_left_out(body: bytes, tmp_path: Path) -> None:
    """They show no image that a set could hold."""
    history = History(cloud_of(), [MINE])
    walk(history)
    history.interactions.append(answered("name=odd", body))

    done = imported(write(tmp_path / "a.yaml", history.interactions), "--dialect", "glance")

    assert ALL == ids(call("query", tmp_path / "a.images"))
    assert (body[:1] == b"{") == ("an image or a page is left out: a.yaml#" in done.stderr)


def test_a_set_without_images_is_not_made_of_pages_that_have_some(tmp_path: Path) -> None:
    """It would answer that there are none; the error names the image."""
    body = orjson.dumps({"images": [{"id": "a"}, {"id": "a"}], "first": "/v2/images"})
    path = write(tmp_path / "a.yaml", [answered("", body)])

    done = call("import", path, "--out", tmp_path / "a.images", "--dialect", "glance")

    assert 1 == done.exit_code
    assert (
        "Error: no page of images can be imported:\n  a.yaml#1: image a is on it twice\n"
    ) == done.stderr
    assert not (tmp_path / "a.images").exists()


def test_values_that_are_no_text_stay_as_they_are(tmp_path: Path) -> None:
    """A set cannot filter by them, and shows them."""
    shown = cloud_of().show(IMAGES[0]) | {"odd": {"a": [1]}, "number": 5}
    path = write(tmp_path / "a.yaml", [answered("", orjson.dumps({"images": [shown]}))])

    imported(path)

    page = json.loads(call("query", tmp_path / "a.images").stdout)
    assert [shown] == page["images"]
    assert [] == ids(call("query", tmp_path / "a.images", "number=5"))


def test_a_foreign_cassette_is_redacted(tmp_path: Path) -> None:
    """With --stand-ins the owner and the home project become the same."""
    shown = cloud_of().show(IMAGES[0]) | {"owner": ME, "db_password": "hunter22", "odd": [1]}
    body = orjson.dumps({"images": [shown]})
    path = write(tmp_path / "a.yaml", [answered("", body)])
    key = tmp_path / "key"
    key.write_text("a key for this test alone")
    key.chmod(0o600)

    kept = imported(path)
    with ImageSet(tmp_path / "a.images") as images:
        assert shown | {"db_password": "REDACTED"} == images.image_at(0)
    done = imported(path, "--stand-ins", "--key-file", str(key), "--force")

    assert "  1 values redacted\n" in kept.stderr
    stand_in = StandIns(key.read_bytes()).identity(ME)
    assert stand_in in done.stderr
    with ImageSet(tmp_path / "a.images") as images:
        assert stand_in == images.image_at(0)["owner"] == images.about["home_project"]


def test_a_cassette_is_recognised_by_its_content(tmp_path: Path) -> None:
    """Whatever it is called; so is NDJSON."""
    path = recorded(tmp_path / "a.yaml", cloud_of()).rename(tmp_path / "a.ndjson")
    lines = tmp_path / "b.yaml"
    lines.write_bytes(orjson.dumps(IMAGES[0]))

    assert "7 images; walk" in imported(path).stderr
    assert f"{tmp_path}/b.images: 1 image\n" == imported(lines).stderr


def test_an_existing_set_is_kept_unless_forced(tmp_path: Path) -> None:
    """And the cassette is never replaced."""
    path = recorded(tmp_path / "a.yaml", cloud_of())
    imported(path)
    before = path.read_bytes()

    again = call("import", path, "--out", tmp_path / "a.images")
    itself = call("import", path, "--out", path, "--force")

    assert (1, 1) == (again.exit_code, itself.exit_code)
    assert "exists; --force writes over it." in again.stderr
    assert "is the file to read" in itself.stderr
    assert before == path.read_bytes()
    imported(path, "--force")


@pytest.mark.parametrize("option", [("--skip-bad",), ("--workers", "2")])
def test_options_for_ndjson_are_refused(option: tuple[str, ...], tmp_path: Path) -> None:
    """They would do nothing."""
    path = recorded(tmp_path / "a.yaml", cloud_of())

    assert 2 == call("import", path, "--out", tmp_path / "a.images", *option).exit_code
