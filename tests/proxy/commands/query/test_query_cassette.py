"""Asking cassettes for one answer, as a replay would give it."""

import json
from pathlib import Path

import pytest

from support.clouds.clouds import Caller
from support.clouds.histories import History, write
from support.clouds.small_images import ME, OTHER
from support.clouds.walked_cassettes import IMAGES, MINE, cloud_of, recorded, walk, walked_image
from support.running.processes import run_process
from support.sets.set_commands import call


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """One walk of four pages."""
    return recorded(tmp_path / "a.yaml", cloud_of())


def test_what_was_recorded_comes_as_it_was(cassette: Path) -> None:
    """The body on standard output, where it comes from on standard error."""
    done = call("query", cassette, "limit=2")

    assert (0, "X-Glancetape: exact; a.yaml#1\n") == (done.exit_code, done.stderr)
    assert cloud_of().answer("limit=2", ME).body.decode() + "\n" == done.stdout


def test_what_is_proved_is_derived(cassette: Path) -> None:
    """From all pages of the walk."""
    done = call("query", cassette, "sort_key=name&sort_dir=asc&limit=2")

    assert (0, "X-Glancetape: derived; a.yaml#1-4\n") == (done.exit_code, done.stderr)
    expected = cloud_of().answer("sort_key=name&sort_dir=asc&limit=2", ME).body
    assert json.loads(expected) == json.loads(done.stdout)


def test_a_miss_shows_why_and_what_would_help(cassette: Path) -> None:
    """On standard error; nothing is answered."""
    done = call("query", cassette, "visibility=community")

    assert (1, "") == (done.exit_code, done.stdout)
    request, reason, remedy = done.stderr.splitlines()
    asked = "GET http://glance:9292/v2/images?visibility=community"
    assert f"Error: Not recorded: {asked}" == request
    assert reason.startswith("  No ")
    assert remedy.startswith("  To answer it, record GET http://glance:9292/v2/images?")
    assert f"--cassette {cassette} --mode new_episodes" in remedy


def test_a_refusal_ends_with_1(cassette: Path) -> None:
    """As the cloud words it."""
    done = call("query", cassette, "limit=abc", "--header", "Accept: application/json")

    assert (1, "X-Glancetape: derived; rules of glance\n") == (done.exit_code, done.stderr)
    assert "400 Bad Request" == json.loads(done.stdout)["code"]


def test_headers_are_shown_when_asked_for(cassette: Path) -> None:
    """With where it comes from, and the true length."""
    done = run_process("query", cassette, "name=name+1&limit=2", "--include")

    head, _, body = done.stdout.partition("\n\n")
    assert "HTTP/1.1 200 OK" == head.splitlines()[0]
    assert "X-Glancetape: derived; a.yaml#1-4" in head.splitlines()
    assert f"Content-Length: {len(body.encode()) - 1}" in head.splitlines()


@pytest.mark.parametrize(
    "query", ["/v2/images?limit=2", "?limit=2", "http://glance:9292/v2/images?limit=2"]
)
def test_a_link_can_be_asked(query: str, cassette: Path) -> None:
    """As `next` has it."""
    assert "X-Glancetape: exact; a.yaml#1\n" == call("query", cassette, query).stderr


def test_a_query_may_be_left_out_after_one_file(tmp_path: Path) -> None:
    """Then the default list is asked for."""
    path = recorded(tmp_path / "a.yaml", cloud_of(), walks=("",))

    assert "X-Glancetape: exact; a.yaml#1\n" == call("query", path).stderr


@pytest.mark.parametrize("last", ["b.yaml", "missing.yaml", "missing.yml", "missing.images"])
def test_a_query_is_required_after_more_than_one_file(cassette: Path, last: str) -> None:
    """A file in its place would ask for a parameter of that name."""
    recorded(cassette.with_name("b.yaml"), cloud_of())
    last = str(cassette.with_name(last))

    refused = call("query", cassette, last)

    assert (2, "") == (refused.exit_code, refused.stdout)
    assert f"{last} is a FILE; pass QUERY too after more than one FILE." in refused.stderr


def test_an_image_set_answers_what_cassettes_do_not(cassette: Path, tmp_path: Path) -> None:
    """First exact, then derived, then synthetic."""
    market = walked_image(50, visibility="community")
    more = recorded(tmp_path / "b.yaml", cloud_of("glance", [market]), "visibility=community")
    call("import", more, "--out", tmp_path / "b.images")
    files = (cassette, tmp_path / "b.images")

    exact = call("query", *files, "limit=2")
    derived = call("query", *files, "tag=x&limit=2")
    synthetic = call("query", *files, "visibility=community")

    assert "X-Glancetape: exact; a.yaml#1\n" == exact.stderr
    assert "X-Glancetape: derived; a.yaml#1-4\n" == derived.stderr
    assert "X-Glancetape: synthetic; b.images\n" == synthetic.stderr
    assert [market["id"]] == [one["id"] for one in json.loads(synthetic.stdout)["images"]]


def test_a_project_chooses_among_recorded_ones(tmp_path: Path) -> None:
    """Or takes the place of the only one."""
    other = Caller(OTHER)
    history = History(cloud_of(), [MINE, other])
    walk(history)
    walk(history, "limit=2", other)
    both = write(tmp_path / "both.yaml", history.interactions)
    one = recorded(tmp_path / "one.yaml", cloud_of())

    mine = call("query", both, "visibility=private&limit=2", "--project", ME)
    theirs = call("query", both, "visibility=private&limit=2", "--project", OTHER)
    nobody = call("query", both, "visibility=private&limit=2")
    own = call("query", one, "visibility=private&limit=2", "--project", "my-project")

    assert [IMAGES[5]["id"]] == [one["id"] for one in json.loads(mine.stdout)["images"]]
    assert [] == json.loads(theirs.stdout)["images"]
    assert 1 == nobody.exit_code
    assert ["my-project"] == [one["owner"] for one in json.loads(own.stdout)["images"]]


def test_a_dialect_can_be_named(tmp_path: Path) -> None:
    """IMS lists no hidden images as such; Glance's filter needs another walk."""
    path = recorded(tmp_path / "a.yaml", cloud_of("ims"))

    assert "X-Glancetape: derived; a.yaml#1-4\n" == call("query", path, "limit=3").stderr
    refused = call("query", path, "limit=abc", "--dialect", "glance")
    assert "X-Glancetape: derived; rules of glance\n" == refused.stderr


def test_what_cannot_be_read_ends_with_a_sentence(tmp_path: Path) -> None:
    """A file that is not there, and one that is no cassette."""
    (tmp_path / "junk.yaml").write_text("a: [1")

    for name in ("none.yaml", "junk.yaml"):
        done = call("query", tmp_path / name, "limit=2")
        assert (1, "") == (done.exit_code, done.stdout)
        assert done.stderr.startswith("Error: ")
