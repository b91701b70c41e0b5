"""The commands for image sets: import, query and inspect, as their users run them."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from glancetape.cli import main
from glancetape_cassettes.imageset.reading import ImageSet
from processes import glancetape, run
from set_files import make_set, record, write_ndjson

ME, OTHER = "a" * 32, "b" * 32
RECORDS = [
    record(
        "a", name="镜像 & co", owner=ME, visibility="private", created_at="2018-09-06T14:00:01Z"
    ),
    record("b", name="x", owner=OTHER, visibility="public", created_at="2018-09-06T14:00:02Z"),
    record("c", name="x", owner=OTHER, visibility="private", created_at="2018-09-06T14:00:03Z"),
]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A set of three images; its home project is ME."""
    make_set(tmp_path / "a.images", RECORDS)
    (tmp_path / "a.ndjson").unlink()
    return tmp_path / "a.images"


def _call(*arguments: str | Path) -> Result:
    """Run a command in this process; one that ends in a traceback fails the test."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _ids(result: Result) -> list[str]:
    return [image["id"] for image in json.loads(result.stdout)["images"]]


# import


def test_an_import_says_what_it_made(tmp_path: Path) -> None:
    """On standard error; nothing else is left beside."""
    source = write_ndjson(tmp_path / "a.ndjson", RECORDS)

    done = run("import", source, "--out", tmp_path / "a.images", "--project", OTHER)

    assert (0, "", f"{tmp_path}/a.images: 3 images\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
    assert ["a.images", "a.ndjson"] == sorted(os.listdir(tmp_path))
    with ImageSet(tmp_path / "a.images") as made:
        assert OTHER == made.about["home_project"]
        assert "a.ndjson" == made.about["made_from"]
        assert made.about["made_by"].startswith("glancetape ")


def test_a_bad_line_ends_an_import_with_1(tmp_path: Path) -> None:
    """With the file, the line and the reason, in one sentence."""
    source = write_ndjson(tmp_path / "a.ndjson", [RECORDS[0], record("b", min_ram="1 GB")])

    done = run("import", source, "--out", tmp_path / "a.images")

    assert (1, "") == (done.returncode, done.stdout)
    assert (
        f'Error: {source}, line 2: min_ram is "1 GB", not an integer; '
        "--skip-bad leaves such lines out.\n"
    ) == done.stderr
    assert ["a.ndjson"] == os.listdir(tmp_path)


def test_skipped_lines_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    """Five of them say enough."""
    source = write_ndjson(tmp_path / "a.ndjson", [RECORDS[0], *[b"{}"] * 6, RECORDS[1]])

    done = _call("import", source, "--out", tmp_path / "a.images", "--skip-bad")

    shown = [f"  line {number}: id is missing" for number in range(2, 7)]
    assert 0 == done.exit_code
    assert [
        f"{tmp_path}/a.images: 2 images; 6 bad lines left out", *shown, "  ..."
    ] == done.stderr.splitlines()  # fmt: skip


def test_an_existing_set_is_only_written_over_with_force(tmp_path: Path, images: Path) -> None:
    """Without it the command ends before it reads anything."""
    source = write_ndjson(tmp_path / "b.ndjson", [RECORDS[1]])
    before = images.read_bytes()

    refused = _call("import", source, "--out", images)
    assert 1 == refused.exit_code
    assert f"{images} exists; --force writes over it." in refused.stderr
    assert before == images.read_bytes()

    assert 0 == _call("import", source, "--out", images, "--force").exit_code
    assert before != images.read_bytes()


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
def test_what_cannot_be_used_is_told_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    """In one sentence that names the file."""
    monkeypatch.chdir(tmp_path)
    write_ndjson(tmp_path / "a.ndjson", RECORDS)

    done = _call(*arguments)

    assert (1, "", 1) == (done.exit_code, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith("Error: ")
    assert arguments[-1 if len(arguments) < 4 else 3 if "missing/" in arguments[3] else 1] in (
        done.stderr
    )
    assert ["a.ndjson"] == os.listdir(tmp_path)


USAGE = {
    "no out": ("import", "a.ndjson"),
    "an unknown dialect": ("import", "a.ndjson", "--out", "b", "--dialect", "swift"),
    "a project that is no text": ("import", "a.ndjson", "--out", "b", "--project", "\udcff"),
    "a header without a colon": ("query", "a.images", "--header", "Accept"),
    "a header without a name": ("query", "a.images", "--header", ": text/html"),
    "two queries": ("query", "a.images", "limit=1", "limit=2"),
    "no file": ("inspect",),
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    """Before any file is looked at."""
    assert 2 == _call(*arguments).exit_code


def test_names_that_are_no_text_can_be_imported_and_asked(tmp_path: Path) -> None:
    """File names and arguments are bytes."""
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.ndjson"))
    write_ndjson(source, RECORDS)

    assert 0 == run("import", source, "--out", tmp_path / "a.images").returncode
    for arguments in (("name=\udcff",), ("--project", "\udcff"), ("--header", "Accept: \udcff")):
        asked = run("query", tmp_path / "a.images", *arguments)
        assert asked.returncode in (0, 1)
        assert "Traceback" not in asked.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("full", ["out", "temporary"])
def test_a_full_disk_ends_an_import_with_a_clear_error(
    tmp_path: Path, small_disk: Path, full: str
) -> None:
    """Whether it is the set's or that of temporary files; the space is free again."""
    many = (record(f"{number:036d}", name=f"{number}" * 30) for number in range(30_000))
    source = write_ndjson(tmp_path / "a.ndjson", many)
    folder = small_disk if full == "out" else tmp_path
    temporary = {"TMPDIR": str(small_disk)} if full == "temporary" else {}
    before = set(os.listdir(folder))

    done = run("import", source, "--out", folder / "a.images", **temporary)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"Error: {folder}/a.images cannot be written: ")
    assert "full" in done.stderr or "No space left" in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert before == set(os.listdir(folder))
    assert [] == os.listdir(small_disk)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_is_ended_leaves_the_set_as_it_was(
    tmp_path: Path, sent: signal.Signals
) -> None:
    """Ctrl-C cleans up; after a kill there may be a hidden file that says what it is."""
    source = tmp_path / "big.ndjson"
    padding = "x" * 200  # so that the work is worth sharing with other processes
    write_ndjson(source, (record(f"{number:036d}", __x=padding) for number in range(150_000)))
    out = tmp_path / "a.images"
    out.write_bytes(b"as before")
    process = subprocess.Popen(
        glancetape("import", source, "--out", out, "--force"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 30
    while not any(path.stat().st_size > 1 << 20 for path in tmp_path.glob(".*.partial")):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)

    workers = _children(process.pid)
    process.send_signal(sent)
    said = "".join(process.communicate(timeout=30))

    assert process.returncode
    assert "Traceback" not in said
    assert b"as before" == out.read_bytes()
    left = {path.name for path in tmp_path.iterdir()} - {"a.images", "big.ndjson"}
    if sent != signal.SIGKILL:
        assert set() == left
    assert all(name.startswith(".a.images.") and name.endswith(".partial") for name in left)
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < until + 30
        time.sleep(0.05)


def test_a_set_is_not_written_over_what_it_is_made_from(tmp_path: Path) -> None:
    """Not even with --force."""
    source = tmp_path / "a.ndjson"
    write_ndjson(source, [record("1")])
    before = source.read_bytes()

    done = run("import", source, "--out", source, "--force")

    assert 1 == done.returncode
    assert f"Error: {source} is what is to be read; name another file with --out.\n" == done.stderr
    assert before == source.read_bytes()


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # not on Linux
        return []


_PEAK = """
import sys
from pathlib import Path
from glancetape_cassettes.imageset.importing import import_ndjson
import_ndjson(Path(sys.argv[1]), Path(sys.argv[2]), {})
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Five times the images may take some bytes each for their orders, no more."""
    padding = "x" * 1000
    peaks = []
    for count in (20_000, 100_000):
        source = tmp_path / f"{count}.ndjson"
        made = (
            record(f"{n:036d}", name=f"name {n * 7919 % count}", __text=f"{n % 50} {padding}")
            for n in range(count)
        )
        with source.open("w") as file:
            file.writelines(json.dumps(one) + "\n" for one in made)
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, source, tmp_path / f"{count}.images"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks.append(int(done.stdout) / 1024)
        source.unlink()

    assert peaks[1] - peaks[0] < 50  # MiB, for 90 MB more


# query

FORMS = [
    "name=x", "?name=x", "/v2/images?name=x", "https://ims.example.com/v2/images?name=x",
    "http://[::1]:9292/v2/images?name=x#top", "http://[/v2/images?name=x", "n%61me=x",
]  # fmt: skip


@pytest.mark.parametrize("query", FORMS)
def test_a_query_may_come_in_any_form_that_one_has_it_in(images: Path, query: str) -> None:
    """As a string, or out of a link."""
    assert ["b"] == _ids(_call("query", images, query))


@pytest.mark.parametrize("query", ["/v2/cloudimages?name=x", "https://ims.example.com/v2", "/"])
def test_a_link_to_something_else_is_refused(images: Path, query: str) -> None:
    """It would get another answer from the cloud."""
    done = _call("query", images, query)

    assert 2 == done.exit_code
    assert "is not answered by an image set" in done.stderr


@pytest.mark.parametrize("query", ["", "?", "/v2/images", "https://ims.example.com/v2/images"])
def test_an_empty_query_asks_for_everything(images: Path, query: str) -> None:
    """That the home project sees."""
    assert ["b", "a"] == _ids(_call("query", images, query))
    assert ["b", "a"] == _ids(_call("query", images))


def test_another_project_may_ask(images: Path) -> None:
    """By option or by the header of a signed request; the option decides."""
    header = ("--header", f"X-Project-Id: {OTHER}")

    assert ["c", "b"] == _ids(_call("query", images, "--project", OTHER))
    assert ["c", "b"] == _ids(_call("query", images, *header))
    assert ["b", "a"] == _ids(_call("query", images, *header, "--project", ME))


def test_status_and_headers_are_shown_when_asked_for(images: Path) -> None:
    """With the length of the body that follows."""
    done = run("query", images, "name=x", "--headers")

    head, _, body = done.stdout.partition("\n\n")
    lines = head.split("\n")
    assert "HTTP/1.1 200 OK" == lines[0]
    assert "Content-Type: application/json" in lines
    assert f"Content-Length: {len(body.encode()) - 1}" in lines
    assert ["b"] == [image["id"] for image in json.loads(body)["images"]]


def test_a_refusal_is_printed_and_ends_with_1(images: Path) -> None:
    """In the form that the Accept header asks for."""
    plain = _call("query", images, "limit=-1", "--dialect", "glance")
    as_json = _call("query", images, "limit=-1", "--header", "Accept: application/json")

    assert (1, 1) == (plain.exit_code, as_json.exit_code)
    assert plain.stdout.startswith("400 Bad Request\n")
    assert json.loads(as_json.stdout)
    assert "" == plain.stderr


def test_the_dialect_can_be_chosen(images: Path) -> None:
    """The set has its own; `ims` lists registered images only."""
    assert ["b", "a"] == _ids(_call("query", images))
    assert ["b", "a"] == _ids(_call("query", images, "--dialect", "glance"))
    assert [] == _ids(_call("query", images, "--dialect", "ims"))


def test_an_unknown_dialect_of_a_set_is_told(images: Path) -> None:
    """A later version may know more of them; one that this version knows can be given."""
    connection = sqlite3.connect(images)
    connection.execute("UPDATE about SET value = 'swift' WHERE name = 'dialect'")
    connection.commit()
    connection.close()

    refused = _call("query", images)

    assert (1, f"Error: {images} has an unknown dialect; give --dialect.\n") == (
        refused.exit_code,
        refused.stderr,
    )
    assert 0 == _call("query", images, "--dialect", "glance").exit_code


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
    """Never in a traceback: `_call` would raise it."""
    whole = images.read_bytes()
    told = 0
    for seed in range(60):
        chance = random.Random(seed)
        data = bytearray(whole)
        page = chance.randrange(len(data) // 8192) * 8192
        for _ in range(4):
            data[page + chance.randrange(128)] = chance.randrange(256)
        images.write_bytes(data)
        for arguments in (("query", images, "name=x&sort_key=name&size=gt:1"), ("inspect", images)):
            done = _call(*arguments)
            assert done.exit_code in (0, 1)
            told += done.stderr.startswith(f"Error: {images}")

    assert told > 10


# inspect


def test_a_set_is_shown_to_people_and_to_programs(images: Path) -> None:
    """The same in both."""
    text, as_json = _call("inspect", images), _call("inspect", images, "--json")

    shown = json.loads(as_json.stdout)
    assert (0, 0) == (text.exit_code, as_json.exit_code)
    assert (3, "a.images", ME) == (shown["images"], shown["file"], shown["about"]["home_project"])
    assert ["2018-09-06T14:00:01Z", "2018-09-06T14:00:03Z"] == shown["created"]
    assert 3 == shown["properties"]["visibility"]["images"]
    assert text.stdout.startswith("images ")
    assert "2018-09-06T14:00:01Z to 2018-09-06T14:00:03Z" in text.stdout
    assert ME in text.stdout


@pytest.mark.parametrize("command", ["import", "query", "inspect"])
def test_help_loads_nothing_heavy(command: str) -> None:
    """NumPy alone takes a tenth of a second."""
    code = (
        "import sys\nfrom glancetape.cli import main\n"
        f"main([{command!r}, '--help'], standalone_mode=False)\n"
        "heavy = 'mitmproxy faker yaml numpy pyroaring orjson sqlite3 hypothesis'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert f" {command} [OPTIONS]" in shown.stdout
    assert "[]" == shown.stdout.splitlines()[-1]
