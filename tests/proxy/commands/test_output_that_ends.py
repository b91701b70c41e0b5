"""Standard output that takes nothing: closed, full, or a pipe that nobody reads any more."""

import errno
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO
from unittest import mock

import pytest

from glancetape.cli import main
from support.running.in_process import run
from support.running.processes import ROOT, glancetape, start

SAMPLES = ROOT / "cassettes" / "samples"
WALK, FILTERS = str(SAMPLES / "walk.yaml"), str(SAMPLES / "filters.yaml")
SET, LEAKS, OUT = "<set>", "<leaks>", "<out>"
COMMANDS = {
    "help": ("--help",),
    "help of a command": ("generate", "--help"),
    "version": ("--version",),
    "query": ("query", SET, "limit=100"),
    "query with headers": ("query", "-i", WALK, "limit=7"),
    "inspect": ("inspect", WALK),
    "inspect, JSON": ("inspect", SET, "--json"),
    "validate": ("inspect", SET, "--validate"),
    "check": ("inspect", SET, "--check"),
    "scan": ("scan", LEAKS),
    "scan, JSON": ("scan", LEAKS, "--json"),
    "verify": ("verify", WALK),
    "explain": ("generate", "--spec", "region", "--explain"),
    "merge": ("merge", WALK, FILTERS, "--out", OUT, "--dry-run"),
    "import": ("import", LEAKS, "--out", OUT, "--force", "--json"),
}


class _Sink(io.RawIOBase):
    """A file that fails each time it is written, until the test is over."""

    def __init__(self, number: int) -> None:
        self.number = number

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.number:
            raise OSError(self.number, os.strerror(self.number))
        return len(memoryview(data))


@contextmanager
def failing(number: int) -> Iterator[TextIO]:
    """Standard output on which each write fails."""
    sink = _Sink(number)
    with io.TextIOWrapper(io.BufferedWriter(sink), "utf-8") as stream:
        yield stream
        sink.number = 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image set, and a cassette of another recorder with a secret."""
    folder = tmp_path_factory.mktemp("ended")
    run("generate", "--count", "100", "--seed", "7", "--out", folder / "a.images")
    (folder / "leaks.yaml").write_text(
        "interactions:\n- request: {method: GET, uri: 'http://h/v2/images', headers: {}}\n"
        "  response: {status: {code: 200, message: OK}, headers: {}, "
        """body: {string: '{"images": [], "password": "hunter2hunter2"}'}}\n"""
    )
    return folder


def _status(arguments: tuple[str, ...], folder: Path, stream: TextIO | None) -> object:
    files = {SET: "a.images", LEAKS: "leaks.yaml", OUT: "out.yaml"}
    words = [str(folder / files[one]) if one in files else one for one in arguments]
    with mock.patch.object(sys, "stdout", stream), pytest.raises(SystemExit) as ended:
        main(words, prog_name="glancetape")
    return ended.value.code


@pytest.mark.sampled(3)
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_where_nothing_can_be_written_a_command_ends_in_a_sentence_or_without_one(
    arguments: tuple[str, ...], folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Never in a traceback. A closed output is what the user wants; so is a pipe that was left."""
    closed = _status(arguments, folder, None)
    with failing(errno.EPIPE) as left:
        unread = _status(arguments, folder, left)
    said = capfd.readouterr().err
    for number in (errno.ENOSPC, errno.EIO):
        with failing(number) as full:
            assert 1 == _status(arguments, folder, full)
        assert (
            f"Error: the output cannot be written: {os.strerror(number)}.\n"
            in capfd.readouterr().err
        )

    assert (1 if "scan" in arguments else 0) == closed
    assert 1 == unread
    assert "Error" not in said
    assert "Traceback" not in said


def test_a_full_disk_of_temporary_files_is_not_taken_for_the_output(small_disk: Path) -> None:
    """The bundle of certificates does not fit beside what is there."""
    (small_disk / "other").write_bytes(bytes(990_000))

    done = run("run", "--replay", WALK, "--", "true", TMPDIR=str(small_disk))

    assert 1 == done.returncode
    assert (
        f"Error: a temporary file in {small_disk} cannot be written: {os.strerror(errno.ENOSPC)}. "
        "Make room there, or set TMPDIR to another folder."
    ) == done.stderr.splitlines()[-1]
    assert ["other"] == os.listdir(small_disk)


def test_temporary_files_of_a_killed_run_are_removed_by_the_next(tmp_path: Path) -> None:
    """A folder with certificates. The command that it ran goes on without it."""
    command = glancetape("run", "--replay", WALK, "--", "sh", "-c", "kill -9 $PPID")
    killed = start(command, TMPDIR=str(tmp_path)).wait(60)
    assert [] != os.listdir(tmp_path)

    done = run("run", "--replay", WALK, "--", "true", TMPDIR=str(tmp_path))

    assert (-9, 0) == (killed, done.returncode)
    assert [] == os.listdir(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", WALK, "--to", "ndjson", "--out", "-"),
        ("export", WALK, "--to", "wiremock", "--out", "-"),
        ("generate", "--count", "9", "--out", "-"),
        ("learn", WALK, "--out", "-"),
        ("import", WALK, "--out", "-"),
        ("merge", WALK, FILTERS, "--out", "-"),
    ],
    ids=lambda one: " ".join(one[:4:2]),
)
def test_a_dash_is_not_standard_output(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a file called so: who pipes it on would wait, and find the file later."""
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)

    assert (2, "") == (done.returncode, done.stdout)
    assert "name one" in done.stderr or "does not end in" in done.stderr
    assert [] == list(tmp_path.iterdir())


def test_a_link_stays_one_and_leads_to_what_is_made(tmp_path: Path) -> None:
    """As for a cassette. A link in /dev is one, too."""
    link, target = tmp_path / "link.ndjson", tmp_path / "real.ndjson"
    link.symlink_to(target)

    for force in ((), ("--force",)):
        assert 0 == run("export", WALK, "--to", "ndjson", "--out", link, *force).returncode
        assert link.is_symlink()
        assert 25 == len(target.read_text().splitlines())


def test_a_program_that_is_started_has_all_standard_streams_where_ours_are_closed(
    tmp_path: Path,
) -> None:
    """Otherwise it would have none, or a file of ours: the next that is opened gets the number."""
    told = tmp_path / "told"
    code = f"""import os
null = os.stat(os.devnull)
found = [os.path.samestat(os.fstat(number), null) for number in range(3)]
open({str(told)!r}, "w").write(repr(found))"""
    command = glancetape("run", "--replay", WALK, "--", sys.executable, "-c", code)

    closed = f"exec {shlex.join(map(str, command))} <&- >&- 2>&-"
    status = subprocess.run(["sh", "-c", closed], timeout=60, check=False).returncode

    assert (0, "[True, True, True]") == (status, told.read_text("utf-8"))
