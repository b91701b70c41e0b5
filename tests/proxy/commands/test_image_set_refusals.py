"""What the commands for image sets cannot use is reported in a sentence, never in a traceback."""

import gzip
import os
import shlex
from pathlib import Path

import pytest

from support.running.in_process import run
from support.sets.set_commands import RECORDS, call
from support.sets.set_files import write_ndjson

WRONG = {
    "no source": ("import", "missing.ndjson", "--out", "b.images"),
    "no folder": ("import", "a.ndjson", "--out", "missing/b.images"),
    "a folder as source": ("import", ".", "--out", "b.images"),
    "a folder as set": ("query", "."),
    "no set": ("query", "missing.images"),
    "NDJSON as set": ("query", "a.ndjson"),
    "nothing to inspect": ("inspect", "missing.images"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_used_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """In one sentence that names the file."""
    monkeypatch.chdir(tmp_path)
    write_ndjson(tmp_path / "a.ndjson", RECORDS)

    done = call(*arguments)

    assert (1, "", 1) == (done.exit_code, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith("Error: ")
    assert arguments[-1 if len(arguments) < 4 else 3 if "missing/" in arguments[3] else 1] in (
        done.stderr
    )
    assert ["a.ndjson"] == os.listdir(tmp_path)


USAGE = {
    "no out": ("import", "a.ndjson"),
    "an unknown dialect": ("import", "a.ndjson", "--out", "b", "--dialect", "swift"),
    "a project that is not printable": (
        "import",
        "a.ndjson",
        "--out",
        "b",
        "--home-project",
        "\udcff",
    ),
    "a header without a colon": ("query", "a.images", "--header", "Accept"),
    "a header without a name": ("query", "a.images", "--header", ": text/html"),
    "no file": ("inspect",),
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    """Before any file is looked at."""
    assert 2 == call(*arguments).exit_code


def test_names_that_are_no_text_can_be_imported_and_asked(tmp_path: Path) -> None:
    """File names and arguments are bytes."""
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.ndjson"))
    write_ndjson(source, RECORDS)

    assert 0 == run("import", source, "--out", tmp_path / "a.images").returncode
    for arguments in (("name=\udcff",), ("--project", "\udcff"), ("--header", "Accept: \udcff")):
        asked = run("query", tmp_path / "a.images", *arguments)
        assert asked.returncode in (0, 1)
        assert "Traceback" not in asked.stderr


@pytest.mark.parametrize(
    "name", ["my images.ndjson", "a.jsonl", "a.json", "a.txt", "a", "a.json.gz"]
)
@pytest.mark.parametrize("command", ["inspect", "verify", "query", "serve", "replay"])
def test_ndjson_is_known_by_its_content_and_becomes_a_set_with_the_command_that_is_shown(
    command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its name is, and whatever is to be done with it."""
    monkeypatch.chdir(tmp_path)
    plain = write_ndjson(tmp_path / "plain", RECORDS).read_bytes()
    Path(name).write_bytes(gzip.compress(plain) if name.endswith(".gz") else plain)

    done = call(command, name, *(["limit=1"] if command == "query" else []))

    assert (1, "", 1) == (done.exit_code, done.stdout, len(done.stderr.splitlines()))
    assert f"Error: {name}: NDJSON, which has to become an image set first: " in done.stderr
    if name.endswith(".gz"):
        assert f"gunzip {name} && glancetape" in done.stderr
        Path(name.removesuffix(".gz")).write_bytes(plain)
    _, *words = shlex.split(done.stderr[done.stderr.index("glancetape import") :])
    assert 0 == call(*words).exit_code
    assert 0 == call("query", words[-1], "limit=1").exit_code
