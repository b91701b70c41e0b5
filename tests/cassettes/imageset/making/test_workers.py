"""Work in several processes has the result of one process, and leaves no files."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.making import importing, ndjson
from glancetape_cassettes.imageset.making import workers as making_workers
from glancetape_cassettes.imageset.making.importing import import_ndjson
from glancetape_cassettes.imageset.making.workers import (
    free_processors,
    processors,
    several,
)
from support.images.varied import varied_images
from support.running.processes import ROOT
from support.sets.set_files import write_ndjson
from support.wire.in_workers import die, double, leave_cycle, own_pid, refuse, touch


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(workers: int) -> None:
    """However many there are, and whoever is ready first."""
    with several(workers) as share:
        assert [2 * number for number in range(20)] == list(share(double, range(20)))


def test_tasks_begin_before_the_first_result_is_asked_for(tmp_path: Path) -> None:
    """So the caller does its own work meanwhile, and results of two calls do not mix."""
    with several(2) as share:
        first, second = share(touch, [tmp_path / "a"]), share(double, range(9))
        until = time.monotonic() + 30
        while not (tmp_path / "a").exists():
            assert time.monotonic() < until
            time.sleep(0.01)

        assert [2 * number for number in range(9)] == list(second)
        assert [tmp_path / "a"] == list(first)


def test_fewer_than_two_workers_are_this_process() -> None:
    """A small file is not worth starting one."""
    with several(1) as share:
        assert {os.getpid()} == set(share(own_pid, range(3)))


def test_a_worker_does_not_load_the_program_that_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs nothing of it, and a script without a guard would run once more in each."""
    program, traces = tmp_path / "program.py", tmp_path / "traces"
    program.write_text(f"open({str(traces)!r}, 'a').write('loaded ')")
    main = ModuleType("__main__")
    main.__file__ = str(program)
    monkeypatch.setitem(sys.modules, "__main__", main)

    with several(2) as share:
        assert [0, 2, 4] == list(share(double, range(3)))

    assert not traces.exists()
    assert main is sys.modules["__main__"]


def test_workers_are_gone_afterwards() -> None:
    """Also when not all results were taken."""
    with several(2) as share:
        pids = {next(share(own_pid, range(100)))}

    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_leaves_in_cycles_is_freed(workers: int) -> None:
    """Otherwise the memory of an import grows with the images that are redacted."""
    with several(workers) as share:
        assert {0} == set(share(leave_cycle, range(20)))


def test_a_worker_that_dies_is_an_error_of_ours() -> None:
    """It does not hang and shows no traceback of another process."""
    with pytest.raises(ImageSetError, match="worker"), several(2) as share:
        list(share(die, range(10)))


def test_an_error_in_a_worker_is_that_of_the_caller() -> None:
    """As if it had been done here."""
    with pytest.raises(ImageSetError, match="not 0"), several(2) as share:
        list(share(refuse, range(10)))


def test_a_set_is_the_same_for_any_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, over several parts and several blocks."""
    monkeypatch.setattr(importing, "_WORTH_SHARING", 0)
    monkeypatch.setattr(ndjson, "PART", 10_000)
    monkeypatch.setattr(importing, "BLOCK", 64)
    source = write_ndjson(tmp_path / "a.ndjson", varied_images(500, seed=9))
    made = []
    for workers in (1, 2, 3):
        out = tmp_path / f"{workers}.images"
        import_ndjson(source, out, {"made_by": "a test"}, workers=workers)
        made.append(out.read_bytes())

    assert made[0] == made[1]
    assert made[0] == made[2]


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_lines_are_named_by_their_numbers_in_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """A line's number in its part is nothing that a person could find."""
    monkeypatch.setattr(importing, "_WORTH_SHARING", 0)
    monkeypatch.setattr(ndjson, "PART", 1000)
    source = write_ndjson(tmp_path / "a.ndjson", varied_images(40, seed=9))
    written = source.read_bytes().split(b"\n")
    written[30] = b"{"
    written[20] = b""
    written[35] = written[5]
    source.write_bytes(b"\n".join(written))
    out = tmp_path / "a.images"

    with pytest.raises(ImageSetError, match=r"a\.ndjson, line 31: not JSON"):
        import_ndjson(source, out, {}, workers=workers)
    imported = import_ndjson(source, out, {}, workers=workers, skip_bad=True)

    assert (37, 2) == (imported.images, imported.skipped)
    assert ["line 31", "line 36"] == [why.partition(":")[0] for why in imported.first_skipped]


@pytest.mark.parametrize(("load", "free"), [(0.0, 4), (0.4, 4), (1.2, 3), (3.9, 1), (17.0, 1)])
def test_busy_processors_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, load: float, free: int
) -> None:
    """Two processes on one processor are slower than one, because each has to start."""
    monkeypatch.setattr(making_workers, "processors", lambda: 4)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)

    assert free == free_processors()


def test_without_a_load_all_processors_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has none."""
    monkeypatch.delattr(os, "getloadavg", raising=False)

    assert processors() == free_processors()


_REFUSED = {
    "second fork": """
fork, forks = os.fork, iter([True])
def refuse():
    if next(forks, False):
        return fork()
    raise BlockingIOError(11, "no more processes")
os.fork = refuse
""",
    "thread of the pool": """
def refuse(self):
    raise RuntimeError("can't start new thread")
_ExecutorManagerThread.start = refuse
""",
}


@pytest.mark.parametrize("refused", _REFUSED.values(), ids=_REFUSED)
def test_no_process_is_left_where_not_all_can_be_started(refused: str) -> None:
    """As where a container allows a small number: the pool forgets those that it has started."""
    program = f"""
import os
from concurrent.futures.process import _ExecutorManagerThread

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.making.workers import several
{refused}
try:
    with several(3) as share:
        list(share(int, range(9)))
except ImageSetError as error:
    print(error)
"""
    done = _run(program)

    assert done.stdout.startswith("worker processes could not be started: ")
    assert (True, "") == (done.stdout.endswith("; try again with --workers 1.\n"), done.stderr)


@pytest.mark.skipif(sys.platform != "linux", reason="only there are workers always copies")
@pytest.mark.parametrize("at", ["IdIndex", "WordIndex", "NumberIndex"])
def test_a_worker_that_dies_at_an_index_leaves_no_file(tmp_path: Path, at: str) -> None:
    """Others wait for the end of what it was to write, and give up."""
    source = str(write_ndjson(tmp_path / "a.ndjson", varied_images(50, seed=9)))
    out = str(tmp_path / "a.images")
    program = f"""
import os
from pathlib import Path
from signal import SIGKILL

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.making import importing, shared_indexes

importing._WORTH_SHARING, parent = 0, os.getpid()
def die(_):
    assert parent != os.getpid()
    os.kill(os.getpid(), SIGKILL)
shared_indexes.{at}.part = die
try:
    importing.import_ndjson(Path({source!r}), Path({out!r}), {{}}, workers=2)
except ImageSetError as error:
    print(error)
"""
    (tmp_path / "temporary").mkdir()
    done = _run(program, TMPDIR=str(tmp_path / "temporary"))

    assert (True, "") == (done.stdout.startswith("a worker process was ended"), done.stderr)
    assert ["a.ndjson", "temporary"] == sorted(os.listdir(tmp_path))
    assert [] == os.listdir(tmp_path / "temporary")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how many threads there are")
@pytest.mark.parametrize("beside", ["", "Thread(target=Event().wait, daemon=True).start()"])
def test_workers_are_copies_of_a_process_without_other_threads(beside: str) -> None:
    """They have what it made. A lock that another thread holds would be locked in them for ever."""
    program = f"""
from threading import Event, Thread

from glancetape_cassettes.imageset.making.workers import several
from support.wire.in_workers import KEPT, kept

{beside}
KEPT.append("made before")
with several(2) as share:
    print(*share(kept, range(9)))
"""
    done = _run(program)

    has = "" if beside else "made before"
    assert (f"{' '.join([has] * 9)}\n", "") == (done.stdout, done.stderr)


def _run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # It has threads of its own otherwise.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT / "tests",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
