"""The command lab, with clients that are programs of their own."""

import errno
import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from glancetape.faults.misbehaviours import EQUAL_NAMES, MISBEHAVIOURS
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run

HEAD = """
import json, sys, urllib.request
from urllib.parse import urljoin
ROOT = "http://cloud.example/"
def ask(link):
    asked = urllib.request.Request(urljoin(ROOT, link), headers={"X-Auth-Token": "t"})
    return json.load(urllib.request.urlopen(asked))
"""
CLIENTS = {
    "follows links": """
link = "/v2/images?limit=20"
while link:
    page = ask(link)
    for image in page["images"]:
        print(image["id"])
    link = page.get("next")
""",
    "counts": """
last = ""
while True:
    images = ask("/v2/images?limit=20" + last)["images"]
    for image in images:
        print(image["name"])
    if len(images) < 20:
        break
    last = "&marker=" + images[-1]["id"]
""",
    "lists nothing": "print('hello')",
    "fails": "sys.exit('no cloud')",
}


def client(folder: Path, name: str) -> list[str]:
    """The command of a client."""
    file = folder / "client.py"
    file.write_text(HEAD + CLIENTS[name], "utf-8")
    return [sys.executable, str(file)]


def test_a_client_is_told_what_it_survives(tmp_path: Path) -> None:
    """The cloud is made for it; what the client printed is kept where that is wanted."""
    chosen = ("next-repeats", "image-deleted", "marker-deleted")
    flags = [word for name in chosen for word in ("--lab", name)]
    kept = tmp_path / "kept"

    done = run(
        *("lab", "--json", "--outputs", kept, *flags, "--"), *client(tmp_path, "follows links")
    )

    verdicts = json.loads(done.stdout)
    assert 1 == done.returncode
    assert {"survives": False, "why": "did not end"} == verdicts["next-repeats"]
    assert verdicts["image-deleted"]["survives"]
    assert {"survives": True, "why": "ended with status 1"} == verdicts["marker-deleted"]
    names = (*chosen, "well-behaved")
    assert {f"{name}.{one}" for name in names for one in ("out", "err")} == {
        one.name for one in kept.iterdir()
    }
    assert b"HTTPError" in (kept / "marker-deleted.err").read_bytes()


def test_the_cloud_that_is_made_has_as_many_equal_names_as_a_real_one(tmp_path: Path) -> None:
    """And further images, which keep their own names."""
    options = ("--lab", "equal-names", "--outputs", tmp_path)

    run("lab", *options, "--", *client(tmp_path, "counts"))

    names = Counter((tmp_path / "equal-names.out").read_text("utf-8").splitlines())
    assert EQUAL_NAMES == max(names.values()) < names.total()


def test_a_client_that_counts_loses_images_where_pages_are_short(tmp_path: Path) -> None:
    """It is judged by names, as it prints no ids."""
    flags = ("--lab", "limit-clamped", "--lab", "locations")

    done = run("lab", *flags, "--", *client(tmp_path, "counts"))

    rows = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
    assert 1 == done.returncode
    assert "NO" in rows["limit-clamped"]
    assert "images missing" in rows["limit-clamped"]
    assert "yes" in rows["locations"]


@pytest.mark.parametrize(
    ("name", "words"), [("lists nothing", "was shown 0 images"), ("fails", "ended with 1")]
)
def test_a_command_that_lists_no_images_is_refused(tmp_path: Path, name: str, words: str) -> None:
    """With what it wrote to its standard error."""
    done = run("lab", "--", *client(tmp_path, name))

    assert (1, "") == (done.returncode, done.stdout)
    assert words in done.stderr
    assert ("no cloud" in done.stderr) == (name == "fails")


def test_what_a_recording_cannot_answer_is_shown(tmp_path: Path) -> None:
    """The client may show no more than a status of 501."""
    cassette = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?limit=3"), ok())])

    done = run("lab", "--replay", cassette, "--", *client(tmp_path, "follows links"))

    assert 1 == done.returncode
    assert "Not recorded: GET http://cloud.example/v2/images?limit=20\n" in done.stderr


def test_a_command_that_is_not_there_ends_with_127() -> None:
    """As in a shell, before anything is made."""
    assert 127 == run("lab", "--", "no-such-program").returncode


def test_a_misbehaviour_that_there_is_none_of_is_refused() -> None:
    """All names are listed."""
    done = run("lab", "--lab", "chaos", "--", "true")

    assert 2 == done.returncode
    assert all(row.name in done.stderr for row in MISBEHAVIOURS)


@pytest.mark.parametrize(
    ("below", "why"), [("", "a file has its name"), ("inner", os.strerror(errno.ENOTDIR))]
)
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, below: str, why: str) -> None:
    file = tmp_path / "file"
    file.touch()
    folder = file / below if below else file

    done = run("lab", "--outputs", folder, "--", "true")

    assert (1, f"Error: {folder}: the folder cannot be made: {why}.\n") == (
        done.returncode,
        done.stderr,
    )


def test_a_command_that_prints_for_ever_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the disk is full."""
    monkeypatch.setattr("glancetape.commands.lab._MOST_PRINTED", 1 << 20)
    code = "while True: print('x' * 9999)"

    done = run("lab", "--timeout", "600", "--", sys.executable, "-c", code)

    assert 1 == done.returncode
    assert f"{sys.executable} did not end, and was shown 0 images" in done.stderr
