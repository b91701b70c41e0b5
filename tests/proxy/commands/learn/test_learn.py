"""`glancetape learn`, as its users run it: from each kind of file, and when it refuses."""

import codecs
import errno
import json
import os
from pathlib import Path

import pytest
import yaml

from glancetape_generators.spec.reading import read_spec
from support.running.in_process import run
from support.running.processes import run_process
from support.sets.set_files import record, write_ndjson

COUNT = "600"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same images as NDJSON and as a set, and a cassette of a walk through them.

    The NDJSON is as a program on Windows may have saved it.
    """
    folder = tmp_path_factory.mktemp("captures")
    for ending in ("ndjson", "images", "yaml"):
        arguments = ("--spec", "tenant", "--count", COUNT, "--seed", "3")
        done = run("generate", *arguments, "--out", folder / f"a.{ending}")
        assert 0 == done.returncode, done.stderr
    lines = folder / "a.ndjson"
    lines.write_bytes(codecs.BOM_UTF8 + lines.read_bytes().replace(b"\n", b"\r\n"))
    return folder


def test_the_installed_program_learns_a_spec_that_generates(files: Path, tmp_path: Path) -> None:
    """And says on standard error how much of the images is in it."""
    out = tmp_path / "own.yaml"

    done = run_process("learn", files / "a.images", "--out", out)

    assert (0, "") == (done.returncode, done.stdout), done.stderr
    assert f"{out}: learned from 600 images\n" in done.stderr
    assert "each in at least 10 images of 3 projects\n" in done.stderr
    assert read_spec(out).projects.count == 6
    made = run("generate", "--spec", out, "--count", "100", "--out", tmp_path / "own.images")
    assert 0 == made.returncode, made.stderr
    valid = run("inspect", "--validate", tmp_path / "own.images")
    assert (0, "100 images: no rule is broken\n") == (valid.returncode, valid.stdout)


@pytest.mark.usefixtures("uncalibrated")
def test_a_set_and_its_ndjson_make_the_same_spec(files: Path, tmp_path: Path) -> None:
    """And the same report, which shows what left the capture."""
    for ending in ("images", "ndjson"):
        done = run(
            *("learn", files / f"a.{ending}", "--out", tmp_path / f"{ending}.yaml"),
            *("--report", tmp_path / f"{ending}.md"),
        )
        assert 0 == done.returncode, done.stderr
        assert "parts below 0.95: " in done.stderr

    for made in ("yaml", "md"):
        one, other = (tmp_path / f"{kind}.{made}" for kind in ("images", "ndjson"))
        assert one.read_text("utf-8") == other.read_text("utf-8")
    assert "| shapes |" in (tmp_path / "images.md").read_text("utf-8")


@pytest.mark.usefixtures("uncalibrated")
def test_a_cassette_that_keeps_ids_is_learned_from_only_when_asked(
    files: Path, tmp_path: Path
) -> None:
    """It holds real ids, and none of them is in the spec."""
    out = tmp_path / "own.yaml"

    refused = run("learn", files / "a.yaml", "--out", out)
    assert 1 == refused.returncode
    assert "--kept-ids learns from it all the same" in refused.stderr
    assert not out.exists()

    done = run("learn", files / "a.yaml", "--out", out, "--kept-ids")
    assert 0 == done.returncode, done.stderr
    assert read_spec(out).kinds["private"] > 0


@pytest.mark.parametrize("count", [0, 9])
def test_too_few_images_make_no_spec(tmp_path: Path, count: int) -> None:
    """Whatever would be learned from them would show single images."""
    images = [record(f"{number}" * 32) for number in range(count)]
    capture = write_ndjson(tmp_path / "a.ndjson", images)

    done = run("learn", capture, "--out", tmp_path / "own.yaml")

    assert (1, "") == (done.returncode, done.stdout)
    assert f"has {count} images; nothing is learned from fewer than 10 (--min)" in done.stderr
    assert [capture] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "a.ndjson, line 1: not JSON"),
        (b"[]\n", "a.ndjson, line 1: not a JSON object"),
        (b'\xff{"id": 1}\n', "a.ndjson, line 1: not JSON"),
        (b'{"id": "x"}\n', "a.ndjson, line 1: status is missing"),
        (b"SQLite format 3\0 and no more", "a.ndjson"),
    ],
)
def test_a_file_of_something_else_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    """With the line where it can be told, and without a traceback."""
    (tmp_path / "a.ndjson").write_bytes(content)

    done = run("learn", tmp_path / "a.ndjson", "--out", tmp_path / "own.yaml")

    assert 1 == done.returncode
    assert message in done.stderr
    assert not (tmp_path / "own.yaml").exists()


@pytest.mark.usefixtures("uncalibrated")
@pytest.mark.parametrize(
    "content",
    [
        b"like: region\n",
        b"# ours\n---\nkinds: {private: 1}\n",
        b"\n\ntimes:\n  first: 2024-01-01\n",
    ],
    ids=["a preset", "a comment first", "empty lines first"],
)
def test_a_spec_is_named_as_one(tmp_path: Path, content: bytes) -> None:
    """No line of it is an image, so leaving bad lines out would help nobody."""
    spec = tmp_path / "own.yaml"
    spec.write_bytes(content)

    done = run("learn", spec, "--out", tmp_path / "out.yaml")

    message = (
        f"Error: {spec} is a spec, not images; `glancetape generate --spec {spec}` makes some.\n"
    )
    assert (1, message) == (done.returncode, done.stderr)


def test_a_bad_first_line_is_no_line_to_leave_out(files: Path, tmp_path: Path) -> None:
    """Only among images there are lines without which a set can be made."""
    images = (files / "a.ndjson").read_bytes()
    for number, content in ((1, b"[]\n" + images), (601, images + b"[]\n")):
        (tmp_path / "a.ndjson").write_bytes(content)

        done = run("learn", tmp_path / "a.ndjson", "--out", tmp_path / "out.yaml")

        assert 1 == done.returncode
        assert f"a.ndjson, line {number}: " in done.stderr
        assert ("--skip-bad" in done.stderr) == (number > 1)


def test_files_are_not_overwritten_unasked(files: Path, tmp_path: Path) -> None:
    """Neither the spec nor the report, nor is one written without the other."""
    out, report = tmp_path / "own.yaml", tmp_path / "report.md"
    report.write_text("mine")

    done = run("learn", files / "a.ndjson", "--out", out, "--report", report)
    assert 1 == done.returncode
    assert "report.md exists" in done.stderr
    assert (False, "mine") == (out.exists(), report.read_text())

    same = run("learn", files / "a.ndjson", "--out", out, "--report", out)
    assert 1 == same.returncode
    assert "--report and --out are the same file" in same.stderr

    done = run("learn", files / "a.ndjson", "--out", files / "a.ndjson", "--force")
    assert 1 == done.returncode
    assert "is read; name another file." in done.stderr


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    """In a sentence, like any other file that cannot be read."""
    for file, why in (
        (tmp_path, "it is a folder; name a file in it."),
        (tmp_path / "none", os.strerror(errno.ENOENT)),
    ):
        done = run("learn", file, "--out", tmp_path / "own.yaml")

        assert 1 == done.returncode
        assert f"Error: {file}: {why}" in done.stderr


def test_what_to_do_with_a_cassette_of_no_known_cloud_is_said_for_this_command(
    tmp_path: Path,
) -> None:
    """A set that was imported with a dialect has one."""
    tape = tmp_path / "tape.yaml"
    request = {"method": "GET", "uri": "https://ims.example.com/v2/images", "body": None}
    headers = {"X-Project-Id": ["a" * 32], "X-Auth-Token": ["x"]}
    body = {"string": json.dumps({"images": [], "schema": "/v2/schemas/images"})}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": body}
    page = {"request": {**request, "headers": headers}, "response": response}
    tape.write_text(yaml.safe_dump({"version": 1, "interactions": [page]}))

    done = run("learn", tape, "--out", tmp_path / "own.yaml")

    assert 1 == done.returncode
    assert "make an image set with `glancetape import --dialect` first" in done.stderr
