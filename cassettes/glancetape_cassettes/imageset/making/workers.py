"""A `map` over several processes; results come in the order of the tasks."""

import gc
import itertools
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, TypeVar

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.checked_file import copy_rest
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder

if TYPE_CHECKING:  # loaded where there are several processes: it takes a while
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.connection import Connection

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""Works like the built-in map; use each result before the next one, as it may be `Pieces`."""


GIVEN_UP = threading.Event()
"""Set in the processes of `several` when no more of their results are taken: a task that waits for
another one, which may have failed, ends then."""
_BLAS_THREADS = "OPENBLAS_NUM_THREADS"
_YOUNGEST = 0  # the generation of the objects that no collection has visited: those of one task
_MOST = 4  # one process writes what the others make; more than this only take memory


class Pieces:
    """Bytes that a task makes piece by piece, and that are written to a file once.

    One process writes each piece at once. Of another process they are a file, which the system
    copies. So they are never in memory all together.
    """

    def __init__(self, number: int, pieces: Iterable[bytes]) -> None:
        """Take pieces, and the number of things that they are made of."""
        self.number = number
        self._pieces = pieces

    def write_to(self, file: IO[bytes]) -> None:
        """Write them to the end of a file."""
        file.writelines(self._pieces)


class _StoredPieces:
    """Pieces that another process wrote to a file."""

    def __init__(self, number: int, path: Path, done: Callable[[Path], None]) -> None:
        self.number = number
        self._path, self._done = path, done

    def write_to(self, file: IO[bytes]) -> None:
        with self._path.open("rb") as stored:
            copy_rest(stored, file)
        self._done(self._path)


def processors() -> int:
    """Return how many processors this process may use, at most four."""
    usable = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(usable, _MOST)


def free_processors() -> int:
    """Return how many processors are idle enough to help, at least one and at most four.

    Processes that share a busy processor take turns on it, and each has its own start to pay for.
    """
    try:
        busy = os.getloadavg()[0]
    except (OSError, AttributeError):  # Windows has no load
        return processors()
    return max(1, processors() - round(busy))


@contextmanager
def lean_process() -> Iterator[None]:
    """Spare this process, and those that it starts, two things that cost time and give nothing.

    The garbage collector visits all objects whenever there are many new ones: a tenth of the time
    until the first image. It rests; `several` collects after each task instead. And NumPy starts a
    thread for each processor, for products of matrices that nobody computes here.
    """
    was_collecting, threads = gc.isenabled(), os.environ.get(_BLAS_THREADS)
    gc.disable()
    os.environ.setdefault(_BLAS_THREADS, "1")
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()
        if threads is None:
            os.environ.pop(_BLAS_THREADS, None)


@contextmanager
def several(workers: int) -> Iterator[Map]:
    """Yield a `map` over some number of processes; fewer than two mean this process alone.

    Only a few tasks are started ahead, so memory does not grow with their number.
    """
    with lean_process():
        if workers < 2:
            yield alone
        else:
            with _pool(workers) as share:
                yield share


def alone(function: Callable[[_Task], _Result], tasks: Iterable[_Task]) -> Iterator[_Result]:
    """Map in this process."""
    for task in tasks:
        yield function(task)
        gc.collect(_YOUNGEST)


@contextmanager
def _pool(workers: int) -> Iterator[Map]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with temporary_folder() as folder:
        # A forked process would inherit the caller's locks without the threads that hold them.
        context = get_context("spawn")
        hears, tells = context.Pipe(duplex=False)
        pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(hears,))
        try:
            with _deaf_to_ctrl_c(), _without_main():
                for _ in range(workers):
                    pool.submit(int)
            yield lambda function, tasks: _in_order(pool, workers + 1, folder, function, tasks)
        finally:
            with _deaf_to_ctrl_c():  # a second Ctrl-C would leave processes waiting
                tells.close()
                pool.shutdown(cancel_futures=True)
                hears.close()


def _in_order(
    pool: "ProcessPoolExecutor",
    ahead: int,
    folder: Path,
    function: Callable[[_Task], _Result],
    tasks: Iterable[_Task],
) -> Iterator[_Result]:
    from concurrent.futures.process import BrokenProcessPool

    waiting: deque[tuple[Path, Future[int | None]]] = deque()
    # Writing over a file takes less time than making one, as the system has its memory.
    free, made = list[Path](), itertools.count()
    try:
        for task in tasks:
            path = free.pop() if free else folder / str(next(made))
            waiting.append((path, pool.submit(_store, path, function, task)))
            if len(waiting) > ahead:
                yield _load(*waiting.popleft(), free.append)
        while waiting:
            yield _load(*waiting.popleft(), free.append)
    except BrokenProcessPool as error:
        raise ImageSetError(
            "a worker process was ended, perhaps for want of memory; try again with --workers 1."
        ) from error


def _store(path: Path, function: Callable[[_Task], _Result], task: _Task) -> int | None:
    """Run a task and store its result in a file; return the number of things of Pieces.

    A large result would pass the pool's pipe in many small pieces, and a process that is killed
    halfway would leave the reader waiting for ever.
    """
    result, number = function(task), None
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            if isinstance(result, Pieces):
                result.write_to(file)
                number = result.number
            else:
                pickle.dump(result, file, pickle.HIGHEST_PROTOCOL)
            file.truncate()  # what is left of an earlier result
    except OSError as error:
        raise ImageSetError(f"no room for work in {path.parents[1]}: {error.strerror}.") from error
    gc.collect(_YOUNGEST)
    return number


def _load(path: Path, stored: "Future[int | None]", done: Callable[[Path], None]) -> Any:
    """Wait for a result and return it; `done` is called when its file is needed no longer."""
    number = stored.result()
    if number is not None:
        return _StoredPieces(number, path, done)
    with path.open("rb") as file:
        result = pickle.load(file)  # noqa: S301 - written by a process that this one started
    done(path)
    return result


@contextmanager
def _without_main() -> Iterator[None]:
    """Make processes that are started meanwhile leave out the program that starts them.

    They would load it again, with all that it loads; nothing that they are given is defined in it.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Make processes that are started meanwhile ignore Ctrl-C from their first moment."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread can set signals
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) or signal.SIG_DFL
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin(hears: "Connection") -> None:
    """Leave Ctrl-C to the parent process; learn when that gives up, and end when it ends."""
    # A block is many thousand objects, and cycles come only from redaction: once a task is enough.
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(hears,), daemon=True).start()


def _end_with_parent(hears: "Connection") -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel, hears])
        GIVEN_UP.set()
        wait([parent.sentinel])
        os._exit(1)
