"""`glancetape query` on an image set."""

import json
import random
import subprocess
from pathlib import Path

import pytest
from click.testing import Result

from glancetape_cassettes.imageset.image_set import ImageSet
from support.running.in_process import run
from support.running.processes import glancetape
from support.sets.changed_sets import tables_changed
from support.sets.set_commands import ME, OTHER, RECORDS, call
from support.sets.set_files import make_set, record


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A set of three images; its home project is ME."""
    make_set(tmp_path / "a.images", RECORDS)
    (tmp_path / "a.ndjson").unlink()
    return tmp_path / "a.images"


def _ids(result: Result) -> list[str]:
    return [image["id"] for image in json.loads(result.stdout)["images"]]


FORMS = [
    "name=x", "?name=x", "/v2/images?name=x", "https://ims.example.com/v2/images?name=x",
    "http://[::1]:9292/v2/images?name=x#top", "http://[/v2/images?name=x", "n%61me=x",
]  # fmt: skip


@pytest.mark.parametrize("query", FORMS)
def test_a_query_may_be_a_string_or_a_link(images: Path, query: str) -> None:
    """As a string, or out of a link."""
    assert ["b"] == _ids(call("query", images, query))


@pytest.mark.parametrize("query", ["/v2/cloudimages?name=x", "https://ims.example.com/v2", "/"])
def test_a_link_to_something_else_is_refused(images: Path, query: str) -> None:
    """It would get another answer from the cloud."""
    done = call("query", images, query)

    assert 2 == done.exit_code
    assert "is not answered by an image set" in done.stderr


@pytest.mark.parametrize("query", ["", "?", "/v2/images", "https://ims.example.com/v2/images"])
def test_an_empty_query_asks_for_everything(images: Path, query: str) -> None:
    """That the home project sees."""
    assert ["b", "a"] == _ids(call("query", images, query))
    assert ["b", "a"] == _ids(call("query", images))


def test_another_project_may_ask(images: Path) -> None:
    """By option or by the header of a signed request; the option decides."""
    header = ("--header", f"X-Project-Id: {OTHER}")

    assert ["c", "b"] == _ids(call("query", images, "--project", OTHER))
    assert ["c", "b"] == _ids(call("query", images, *header))
    assert ["b", "a"] == _ids(call("query", images, *header, "--project", ME))


def test_status_and_headers_are_shown_when_asked_for(images: Path) -> None:
    """With the length of the body that follows."""
    done = run("query", images, "name=x", "--include")

    head, _, body = done.stdout.partition("\n\n")
    lines = head.split("\n")
    assert "HTTP/1.1 200 OK" == lines[0]
    assert "Content-Type: application/json" in lines
    assert f"Content-Length: {len(body.encode()) - 1}" in lines
    assert ["b"] == [image["id"] for image in json.loads(body)["images"]]


def test_a_refusal_is_printed_and_ends_with_1(images: Path) -> None:
    """In the form that the Accept header asks for."""
    plain = call("query", images, "limit=-1", "--dialect", "glance")
    as_json = call("query", images, "limit=-1", "--header", "Accept: application/json")

    assert (1, 1) == (plain.exit_code, as_json.exit_code)
    assert plain.stdout.startswith("400 Bad Request\n")
    assert json.loads(as_json.stdout)
    assert "" == plain.stderr


def test_the_dialect_can_be_chosen(images: Path) -> None:
    """The set has its own; `ims` lists registered images only."""
    assert ["b", "a"] == _ids(call("query", images))
    assert ["b", "a"] == _ids(call("query", images, "--dialect", "glance"))
    assert [] == _ids(call("query", images, "--dialect", "ims"))


def test_an_unknown_dialect_of_a_set_is_reported(images: Path) -> None:
    """A later version may know more of them; one that this version knows can be given."""
    with tables_changed(images) as connection:
        connection.execute("UPDATE about SET value = 'swift' WHERE name = 'dialect'")

    refused = call("query", images)

    assert (1, f"Error: {images} has an unknown dialect; choose one with --dialect.\n") == (
        refused.exit_code,
        refused.stderr,
    )
    assert 0 == call("query", images, "--dialect", "glance").exit_code


def test_piped_answers_are_the_bytes_of_the_cloud(images: Path) -> None:
    """And a newline."""
    done = subprocess.run(
        glancetape("query", images, "limit=1"), capture_output=True, check=True, timeout=60
    )

    with ImageSet(images) as made:
        assert b"[" + made.bodies([1])[0] + b"]" in done.stdout
    assert b"}\n" == done.stdout[-2:]
    assert 1 == done.stdout.count(b"\n")


def test_a_reader_that_had_enough_gets_no_traceback(tmp_path: Path) -> None:
    """As in `| head`."""
    long = [record(f"{number}", visibility="public", name="x" * 2000) for number in range(1000)]
    make_set(tmp_path / "a.images", long)
    process = subprocess.Popen(
        glancetape("query", tmp_path / "a.images", "limit=1000"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stderr

    assert b"{" == process.stdout.read(10)[:1]
    process.stdout.close()

    assert b"" == process.stderr.read()
    assert process.wait(30) in (0, 1)
    process.stderr.close()


def test_damage_ends_in_a_sentence_or_goes_unnoticed(images: Path) -> None:
    """Never in a traceback: `call` would raise it."""
    whole = images.read_bytes()
    reported = 0
    for seed in range(60):
        chance = random.Random(seed)
        data = bytearray(whole)
        page = chance.randrange(len(data) // 8192) * 8192
        for _ in range(4):
            data[page + chance.randrange(128)] = chance.randrange(256)
        images.write_bytes(data)
        for arguments in (("query", images, "name=x&sort_key=name&size=gt:1"), ("inspect", images)):
            done = call(*arguments)
            assert done.exit_code in (0, 1)
            reported += done.stderr.startswith(f"Error: {images}")

    assert reported > 10
