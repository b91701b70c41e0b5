"""Whatever file a command is given: an answer, or a sentence that names it. Never a traceback."""

import os
import shutil
import sys
from pathlib import Path

import click
import pytest

from glancetape.cli import main
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import ROOT

FILE = "<file>"
URL = "http://glance.example:9292/v2/images"
CURL = ("curl", "-s", "-H", "X-Auth-Token: t", "-w", "%{http_code} %header{x-glancetape}")
COMMANDS = {
    "replay": ("replay", FILE),
    "run": ("run", "--replay", FILE, "--", "true"),
    "serve": ("serve", FILE),
    "lab": ("lab", "--replay", FILE, "--", "true"),
    "inspect": ("inspect", FILE),
    "scan": ("scan", FILE),
    "query": ("query", FILE),
    "verify": ("verify", FILE),
    "import": ("import", FILE, "--out", "out.images"),
    "export": ("export", FILE, "--to", "har", "--out", "out.har"),
    "export stubs": ("export", FILE, "--to", "wiremock", "--out", "stubs"),
    "export images": ("export", FILE, "--to", "ndjson", "--out", "out.ndjson"),
    "merge": ("merge", FILE, "other.yaml", "--out", "out.yaml"),
    "prune": ("prune", FILE, "--keep-matching", "~a"),
}
BAD = {
    "missing.yaml": None,
    "missing.images": None,
    f"{'a' * 300}.yaml": None,  # no file has so long a name
    "empty.yaml": b"",
    "empty.images": b"",
    "binary.yaml": bytes(range(256)),
    "binary.images": bytes(range(256)),
    "text.yaml": b"hello\n",
    "list.yaml": b"[1, 2]\n",
    "two words \u00e4.yaml": b"\0",
}
FOLDER = "a folder"


OTHERS = {
    "record": ("record", "--upstream", "http://127.0.0.1:9", "--listen", "127.0.0.1:0"),
    "learn": ("learn", FILE, "--out", "own.yaml"),
    "generate": ("generate", "--count", "3", "--out", "a.ndjson"),
}
PATHS = [
    (arguments, one.opts[-1])
    for name, arguments in (COMMANDS | OTHERS).items()
    if " " not in name
    for one in getattr(main.get_command(click.Context(main), name), "params", ())
    if isinstance(one, click.Option) and isinstance(one.type, click.Path)
]


@pytest.mark.parametrize(
    ("arguments", "option"), PATHS, ids=[f"{one[0][0]} {one[1]}" for one in PATHS]
)
def test_no_option_ends_in_a_traceback_where_its_name_is_too_long_for_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], option: str
) -> None:
    """Whatever the option is for. What else is wrong may be said first."""
    monkeypatch.chdir(tmp_path)
    write_cassette(Path("a.yaml"), [(get("/v2/images"), ok())])
    words = ["a.yaml" if word == FILE else word for word in arguments[1:]]

    refused = run(arguments[0], option, "x" * 300, *words)

    assert refused.returncode in (0, 1, 2)
    assert "Traceback" not in refused.stderr
    assert (refused.returncode > 0) is ("Error: " in refused.stderr)


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_file_that_cannot_be_used_is_named_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """Missing, empty, binary, something else, or a folder."""
    monkeypatch.chdir(tmp_path)
    Path(FOLDER).mkdir()
    for name, content in BAD.items():
        if content is not None:
            Path(name).write_bytes(content)

    for name in (*BAD, FOLDER):
        if arguments[0] == "import" and BAD.get(name) == b"":
            continue  # NDJSON of no images
        done = run(*(name if one == FILE else one for one in arguments))

        assert done.returncode, (name, done)
        assert f"Error: {name}" in done.stderr, (name, done)
        assert "Traceback" not in done.stderr


GOOD = ("inspect", "scan", "verify", "import")


@pytest.mark.parametrize("command", GOOD)
def test_line_ends_and_names_of_files_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A cassette that an editor saved with CRLF, or with a byte order mark, in any folder."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "cassettes" / "samples" / "walk.yaml").read_bytes()
    folder = Path("\u00e4 \u00f6")
    folder.mkdir()
    for number, content in enumerate((text, text.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + text)):
        path = folder / f"w\u00e4lk {number}.yaml"
        path.write_bytes(content)
        words = (str(path) if one == FILE else one for one in COMMANDS[command])

        done = run(*words, *(("--force",) if command == "import" else ()))

        assert 0 == done.returncode, done


SAMPLE = str(ROOT / "cassettes" / "samples" / "walk.yaml")
OTHER = str(ROOT / "cassettes" / "samples" / "filters.yaml")
WRITING = {
    "record": ("run", "--record", FILE, "--", "true"),
    "dry run": ("run", "--record", FILE, "--dry-run", "--", "true"),
    "import": ("import", SAMPLE, "--out", FILE),
    "export": ("export", SAMPLE, "--to", "har", "--out", FILE),
    "export images": ("export", SAMPLE, "--to", "ndjson", "--out", FILE),
    "merge": ("merge", SAMPLE, OTHER, "--out", FILE),
    "learn": ("learn", SAMPLE, "--out", FILE),
    "inspect": ("inspect", SAMPLE, "--html", FILE),
}


@pytest.mark.parametrize("arguments", WRITING.values(), ids=WRITING)
def test_no_plain_file_gets_the_name_of_a_compressed_one(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Other programs would take it for damaged."""
    for name in ("a.yaml.gz", "b.GZ"):
        path = tmp_path / name
        done = run(*(str(path) if one == FILE else one for one in arguments))

        assert done.returncode
        assert f"{path}: what is made is not compressed; leave out {path.suffix}." in done.stderr
        assert [] == list(tmp_path.iterdir())


NAMES = {
    "no UTF-8": os.fsdecode(b"n\xf6.yaml"),
    "two lines": "a\nb.yaml",
    "blanks": " a b .yaml",
}


@pytest.mark.sampled(3)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems take text for a name only")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize(
    "arguments",
    [
        ("query", FILE, "limit=2"),
        ("inspect", FILE),
        ("inspect", FILE, "--json"),
        ("run", "--replay", FILE, "--", *CURL, f"{URL}?limit=2"),
        ("run", "--replay", FILE, "--", *CURL, f"{URL}?visibility=community&limit=9"),
        ("scan", FILE),
        ("verify", FILE),
        ("import", FILE, "--out", "out.images"),
        ("export", FILE, "--to", "har", "--out", "out.har"),
    ],
    ids=" ".join,
)
def test_a_cassette_may_have_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], name: str
) -> None:
    """The images of its walk are derived, or a miss names the file; what is printed is text."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "cassettes" / "samples" / "walk.yaml", name)

    done = run(*(name if one == FILE else one for one in arguments))

    assert 0 == done.returncode, done
    if arguments[0] == "run":
        assert done.stdout.endswith((".yaml#4-7", "501 miss")), done
