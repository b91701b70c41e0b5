"""`glancetape generate` when it is ended, or disk and memory are: nothing half is left."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest

from glancetape_generators.world.fixed import MOST_IMAGES
from support.running.in_process import run
from support.running.processes import SIGNALS_AS_USUAL, glancetape, wait_for_the_end_of
from support.sets.endings import ENDINGS

# So many that each goes on for a second after it began to write, when the test ends it. A set is
# put in order before anything is written, and that is all lost.
COUNTS = {".images": "200000", ".ndjson": "1000000"}

_BEGUN: list["subprocess.Popen[str]"] = []


@pytest.fixture(autouse=True)
def _nothing_goes_on() -> Iterator[None]:
    """End what a failed test left: a million images take a while."""
    yield
    for process in _BEGUN:
        if process.poll() is None:
            process.kill()
            process.communicate()
    _BEGUN.clear()


def _begun(
    out: Path, *arguments: str, under: Sequence[str] = (), **environment: str
) -> "subprocess.Popen[str]":
    """Start the program and wait until it writes."""
    process = subprocess.Popen(
        [*SIGNALS_AS_USUAL, *under, *glancetape("generate", "--out", out, *arguments)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | environment,
    )  # fmt: skip
    _BEGUN.append(process)
    folder = environment.get("TMPDIR")
    until = time.monotonic() + 30
    while not _writes(out, Path(folder) if folder else None):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    return process


def _writes(out: Path, temporary: Path | None) -> bool:
    if temporary is not None:
        return any(temporary.glob("glancetape-*/.*.partial"))
    return any(path.stat().st_size > 1 << 20 for path in out.parent.glob(f".{out.name}.*.partial"))


def _workers(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [*map(int, children)]
    except OSError:  # not on Linux
        return []


ENDS = {
    signal.SIGINT: (130, "Error: ended by Ctrl-C; nothing was written.\n"),
    signal.SIGTERM: (143, "Error: ended by SIGTERM; nothing was written.\n"),
    signal.SIGHUP: (129, "Error: ended by SIGHUP; nothing was written.\n"),
}


# Each kind of file and each number of workers; all together, and SIGHUP, with --interop.
USUALLY = {(".images", "2", signal.SIGINT), (".ndjson", "1", signal.SIGTERM)}


@pytest.mark.parametrize(
    ("ending", "workers", "sent"),
    [
        pytest.param(*case, marks=() if case in USUALLY else pytest.mark.interop)
        for case in product(COUNTS, "12", ENDS)
    ],
)
def test_who_ends_it_finds_everything_as_it_was(
    tmp_path: Path, ending: str, workers: str, sent: signal.Signals
) -> None:
    """Also when the signal comes twice, as from an impatient Ctrl-C."""
    out = tmp_path / f"a{ending}"
    out.write_bytes(b"as before")
    process = _begun(out, "--count", COUNTS[ending], "--workers", workers, "--force")
    its_workers = _workers(process.pid)

    process.send_signal(sent)
    time.sleep(0.01)
    process.send_signal(sent)
    printed = process.communicate(timeout=30)

    assert (*ENDS[sent], "") == (process.returncode, printed[1], printed[0])
    assert b"as before" == out.read_bytes()
    assert [out.name] == os.listdir(tmp_path)
    wait_for_the_end_of(its_workers)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.interop),
        signal.SIGTERM,
        pytest.param(signal.SIGHUP, marks=pytest.mark.interop),
    ],
)
def test_a_cassette_that_is_not_finished_leaves_no_file(
    tmp_path: Path, sent: signal.Signals
) -> None:
    """Neither beside nor where temporary files are."""
    out, temporary = tmp_path / "a.yaml", tmp_path / "temporary"
    temporary.mkdir()
    process = _begun(out, "--count", "10000", TMPDIR=str(temporary))

    process.send_signal(sent)
    printed = process.communicate(timeout=30)

    assert (*ENDS[sent], "") == (process.returncode, printed[1], printed[0])
    assert ["temporary"] == os.listdir(tmp_path)
    assert [] == os.listdir(temporary)


@pytest.mark.parametrize("ending", [pytest.param(".images", marks=pytest.mark.interop), ".ndjson"])
def test_a_kill_leaves_at_most_a_hidden_file_with_a_clear_name(tmp_path: Path, ending: str) -> None:
    """No process can clear away then; the workers end by themselves."""
    out = tmp_path / f"a{ending}"
    process = _begun(out, "--count", COUNTS[ending], "--workers", "2")
    its_workers = _workers(process.pid)

    process.kill()
    process.communicate(timeout=30)

    left = os.listdir(tmp_path)
    assert all(
        re.fullmatch(rf"\.a{re.escape(ending)}\..*\.(?:lock|partial)", name) for name in left
    )
    wait_for_the_end_of(its_workers)


@pytest.mark.parametrize("ending", [pytest.param(".images", marks=pytest.mark.interop), ".ndjson"])
def test_a_worker_that_is_killed_ends_it_with_a_sentence(tmp_path: Path, ending: str) -> None:
    """As the system does when memory is short."""
    out = tmp_path / f"a{ending}"
    process = _begun(out, "--count", COUNTS[ending], "--workers", "2")
    its_workers = _workers(process.pid)
    if not its_workers:
        process.kill()
        process.communicate()
        pytest.skip("the workers cannot be found here")

    os.kill(its_workers[0], signal.SIGKILL)
    printed = process.communicate(timeout=30)

    sentence = (
        "Error: a worker process was ended, perhaps for want of memory; try again with "
        "--workers 1.\n"
    )
    assert (1, "", sentence) == (process.returncode, *printed)
    assert [] == os.listdir(tmp_path)
    wait_for_the_end_of(its_workers)


def test_what_its_starter_ignores_does_not_end_it(tmp_path: Path) -> None:
    """As under nohup."""
    out = tmp_path / "a.ndjson"
    process = _begun(out, "--count", "60000", "--workers", "1", under=["nohup"])

    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)

    assert 0 == process.returncode
    assert 60_000 == out.read_bytes().count(b"\n")


@pytest.mark.parametrize(
    ("ending", "full"),
    [
        *((ending, "out") for ending in ENDINGS),
        (".images", "temporary"),
        (".yaml", "temporary"),
    ],
)
def test_a_full_disk_ends_it_with_a_clear_error(
    tmp_path: Path, small_disk: Path, ending: str, full: str
) -> None:
    """Whether it is the file's or that of temporary files; the space is free again."""
    folder = small_disk if full == "out" else tmp_path
    temporary = {"TMPDIR": str(small_disk)} if full == "temporary" else {}
    before = set(os.listdir(folder))
    out = folder / f"a{ending}"

    done = run("generate", "--count", "10000", "--out", out, **temporary)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"Error: {out} cannot be written: ")
    assert os.strerror(errno.ENOSPC) in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert before == set(os.listdir(folder))
    assert [] == os.listdir(small_disk)


@pytest.mark.skipif(sys.platform != "linux", reason="memory cannot be limited so")
def test_too_many_images_for_the_memory_end_in_a_sentence(tmp_path: Path) -> None:
    """A set's order takes some bytes for each of them."""
    out = tmp_path / "a.images"
    command = glancetape("generate", "--count", str(MOST_IMAGES), "--workers", "1", "--out", out)
    within = ["sh", "-c", 'ulimit -v 8388608 && exec "$@"', "sh"]  # 8 GiB

    done = subprocess.run(
        [*within, *command], capture_output=True, text=True, timeout=60, check=False
    )

    sentence = (
        f"Error: {out}: there is not enough memory for 2,147,483,648 images; make fewer, or use "
        "--workers 1.\n"
    )
    assert (1, "", sentence) == (done.returncode, done.stdout, done.stderr)
    assert [] == os.listdir(tmp_path)
