"""`glancetape import`, from NDJSON: what it prints, what it leaves, what it takes."""

import contextlib
import errno
import os
import signal
import subprocess
import time
import tracemalloc
from pathlib import Path

import pytest

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import importing, ndjson
from glancetape_cassettes.imageset.making.importing import import_ndjson
from glancetape_cassettes.imageset.making.listed_images import BLOCK
from glancetape_cassettes.imageset.making.written_bodies import ROOM
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.running.in_process import run
from support.running.processes import (
    SIGNALS_AS_USUAL,
    glancetape,
    run_process,
    wait_for_the_end_of,
)
from support.sets.set_commands import ME, OTHER, RECORDS, call
from support.sets.set_files import make_set, record, to_line, write_ndjson


def test_an_import_prints_what_it_made(tmp_path: Path) -> None:
    """On standard error; nothing else is left beside."""
    source = write_ndjson(tmp_path / "a.ndjson", RECORDS)

    done = run_process("import", source, "--out", tmp_path / "a.images", "--home-project", OTHER)

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
        "--skip-bad skips such lines.\n"
    ) == done.stderr
    assert ["a.ndjson"] == os.listdir(tmp_path)


def test_skipped_lines_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    """Five of them say enough."""
    source = write_ndjson(tmp_path / "a.ndjson", [RECORDS[0], *[b"{}"] * 6, RECORDS[1]])

    done = call("import", source, "--out", tmp_path / "a.images", "--skip-bad")

    shown = [f"  line {number}: id is missing" for number in range(2, 7)]
    assert 0 == done.exit_code
    assert [
        f"{tmp_path}/a.images: 2 images; 6 bad lines skipped", *shown, "  ..."
    ] == done.stderr.splitlines()  # fmt: skip


def test_secrets_are_redacted_and_counted(tmp_path: Path) -> None:
    """Ids are kept, unless --stand-ins is given; the home project is then the owner's stand-in."""
    source = write_ndjson(
        tmp_path / "a.ndjson",
        [record("c" * 32, owner=ME, visibility="private", db_password="hunter22", odd_one="x")],
    )
    key = tmp_path / "key"
    key.write_text("a key for this test alone")
    key.chmod(0o600)
    kept, out = tmp_path / "kept.images", tmp_path / "a.images"

    plain = call("import", source, "--out", kept, "--home-project", ME, "--sensitive", "odd-one")
    done = call(
        "import", source, "--out", out, "--home-project", ME, "--stand-ins", "--key-file", key
    )

    assert f"{kept}: 1 image\n  2 values redacted\n" == plain.stderr
    assert f"{out}: 1 image\n  2 values redacted\n" == done.stderr
    with ImageSet(kept) as images:
        assert (ME, ME) == (images.image_at(0)["owner"], images.about["home_project"])
        assert ("REDACTED", "REDACTED") == tuple(
            images.image_at(0)[name] for name in ("db_password", "odd_one")
        )
    with ImageSet(out) as images:
        stand_in = StandIns(key.read_bytes()).identity(ME)
        assert stand_in == images.image_at(0)["owner"] == images.about["home_project"]
    assert [] == [path for path in (kept, out) if b"hunter22" in path.read_bytes()]
    assert ME.encode() not in out.read_bytes()


def test_a_key_without_stand_ins_is_refused(tmp_path: Path) -> None:
    source = write_ndjson(tmp_path / "a.ndjson", RECORDS)

    done = call("import", source, "--out", tmp_path / "a.images", "--key-file", source)

    assert 2 == done.exit_code
    assert "--key-file goes with cassettes and with --stand-ins." in done.stderr


@pytest.mark.sampled(2)
@pytest.mark.parametrize("full", ["out", "temporary"])
def test_a_full_disk_ends_an_import_with_a_clear_error(
    tmp_path: Path, small_disk: Path, full: str
) -> None:
    """Whether it is the set's or that of temporary files; the space is free again."""
    many = (record(f"{number:036d}", name=f"{number}" * 60) for number in range(9_000))
    source = write_ndjson(tmp_path / "a.ndjson", many)
    folder = small_disk if full == "out" else tmp_path
    temporary = {"TMPDIR": str(small_disk)} if full == "temporary" else {}
    before = set(os.listdir(folder))

    done = run("import", source, "--out", folder / "a.images", **temporary)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"Error: {folder}/a.images cannot be written: ")
    assert os.strerror(errno.ENOSPC) in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert before == set(os.listdir(folder))
    assert [] == os.listdir(small_disk)


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many lines that the work is worth sharing with other processes."""
    path = tmp_path_factory.mktemp("big") / "big.ndjson"
    before, after = to_line(record("NUMBER", __x="x" * 200)).split(b"NUMBER")
    path.write_bytes(b"".join(b"%s%036d%s\n" % (before, n, after) for n in range(90_000)))
    return path


def _has_written(pid: int, folder: Path) -> bool:
    """Whether a process has written images to a file that it has open in a folder."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            is_there = str(folder) in os.readlink(descriptor)
            if is_there and descriptor.stat().st_size > ROOM:
                return True
    return False


@pytest.mark.parametrize(
    "sent",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.interop),  # as SIGINT; generate has it too
        pytest.param(signal.SIGKILL, marks=pytest.mark.interop),  # generate has it too
    ],
)
def test_an_import_that_is_ended_leaves_the_set_as_it_was(
    tmp_path: Path, big: Path, sent: signal.Signals
) -> None:
    """Ctrl-C cleans up; after a kill there may be a hidden file with a clear name."""
    out = tmp_path / "a.images"
    out.write_bytes(b"as before")
    process = subprocess.Popen(
        [*SIGNALS_AS_USUAL, *glancetape("import", big, "--out", out, "--force")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 120  # on a busy machine
    while not _has_written(process.pid, tmp_path):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)

    workers = _children(process.pid)
    process.send_signal(sent)
    printed = "".join(process.communicate(timeout=30))

    assert process.returncode
    assert "Traceback" not in printed
    assert b"as before" == out.read_bytes()
    left = {path.name for path in tmp_path.iterdir()} - {"a.images"}
    if sent != signal.SIGKILL:
        assert set() == left
    assert all(
        name.startswith(".a.images.") and name.endswith((".lock", ".partial")) for name in left
    )
    wait_for_the_end_of(workers)


def test_a_set_is_not_written_over_what_it_is_made_from(tmp_path: Path) -> None:
    """Not even with --force."""
    source = tmp_path / "a.ndjson"
    write_ndjson(source, [record("1")])
    before = source.read_bytes()

    done = run("import", source, "--out", source, "--force")

    assert 1 == done.returncode
    assert f"Error: {source} is read; name another file with --out.\n" == done.stderr
    assert before == source.read_bytes()


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # not on Linux
        return []


def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More images may take some bytes each for their orders, no more.

    What is read at once is an eighth of the usual, and both files have several times as much. What
    Python and NumPy allocate is counted, which is the same in each run; SQLite has caches of a
    fixed size.
    """
    monkeypatch.setattr(importing, "BLOCK", BLOCK // 8)
    monkeypatch.setattr(ndjson, "PART", ndjson.PART // 8)
    short, long = (_memory_for(count, tmp_path) for count in (3_000, 6_000))

    assert long - short < 100 * 3_000  # a line has 1,178 bytes


def _memory_for(count: int, folder: Path) -> int:
    """The most bytes that an import of so many images had allocated at a time."""
    one = to_line(record("%036d", name="name %d", __text="%d " + "x" * 1000))
    source = folder / f"{count}.ndjson"
    lines = (one % (n, n * 7919 % count, n % 50) + b"\n" for n in range(count))
    source.write_bytes(b"".join(lines))
    tracemalloc.start()
    try:
        import_ndjson(source, folder / f"{count}.images", {})
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_existing_set_is_only_replaced_with_force(tmp_path: Path) -> None:
    """Without it the command ends before it reads anything."""
    images = tmp_path / "a.images"
    make_set(images, RECORDS)
    source = write_ndjson(tmp_path / "b.ndjson", [RECORDS[1]])
    before = images.read_bytes()

    refused = call("import", source, "--out", images)
    assert 1 == refused.exit_code
    assert f"{images} exists; --force writes over it." in refused.stderr
    assert before == images.read_bytes()

    assert 0 == call("import", source, "--out", images, "--force").exit_code
    assert before != images.read_bytes()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \r\n"], ids=["none", "lines", "blanks"])
def test_a_file_without_anything_is_refused(tmp_path: Path, content: bytes) -> None:
    """It is what an export that failed leaves behind; no set is made of it."""
    source, out = tmp_path / "a.ndjson", tmp_path / "a.images"
    source.write_bytes(content)

    done = call("import", source, "--out", out)

    assert 0 != done.exit_code
    assert "the file is empty" in done.stderr
    assert not out.exists()
