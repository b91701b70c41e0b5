"""A `map` over several processes; results come in the order of the tasks."""

import gc
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count, islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.lean_process import one_blas_thread, without_garbage_collection

if TYPE_CHECKING:  # loaded where there are several processes: it takes a while
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.connection import Connection

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""Works like the built-in map."""

GIVEN_UP = threading.Event()
"""Set in the processes of `several` when no more of their results are taken: a task that waits for
another one, which may have failed, ends then."""
_ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_YOUNGEST = 0  # the generation of the objects that no collection has visited: those of one task
_MOST = 4  # one process writes what the others make; more than this only take memory


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
def several(workers: int) -> Iterator[Map]:
    """Yield a `map` over some number of processes; fewer than two mean this process alone.

    Only a few tasks are started ahead, so memory does not grow with their number. Each task is
    followed by a search for cycles, instead of one whenever there are many new objects.
    """
    with without_garbage_collection(), one_blas_thread():
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
        is_forked = _may_fork()
        context = get_context("fork" if is_forked else "spawn")
        hears_give_up, give_up = context.Pipe(duplex=False)
        hears_end, end = context.Pipe(duplex=False)
        hears = hears_give_up, hears_end
        initargs = (hears, (give_up, end) if is_forked else ())
        pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=initargs)
        try:
            with _undisturbed(), _without_main():
                _start(pool, workers)
            yield _Results(pool, workers + 1, folder).of
        finally:
            with _undisturbed():  # a second Ctrl-C would leave processes waiting
                give_up.close()
                with suppress(RuntimeError):  # its thread could not be started
                    pool.shutdown(cancel_futures=True)
                for pipe in (end, *hears):
                    pipe.close()


def _start(pool: "ProcessPoolExecutor", workers: int) -> None:
    """Start the processes of a pool.

    Raises ImageSetError where the system allows no more processes or threads.
    """
    try:
        for _ in range(workers):
            pool.submit(int)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ImageSetError(
            f"worker processes could not be started: {why}; try again with --workers 1."
        ) from error


def _may_fork() -> bool:
    """Whether other processes may be copies of this one, which have all that was made by now.

    A copy has the locks of this process without the threads that hold them, so there must be no
    other thread. Only Linux says how many there are, those of libraries among them.
    """
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


class _Results:
    """Results of a pool's processes, in the order of their tasks; some tasks are started ahead."""

    def __init__(self, pool: "ProcessPoolExecutor", ahead: int, folder: Path) -> None:
        self._pool, self._ahead, self._folder = pool, ahead, folder
        # Writing over a file takes less time than making one, as the system has its memory.
        self._free, self._made = list[Path](), count()

    def of(self, function: Callable[[_Task], _Result], tasks: Iterable[_Task]) -> Iterator[_Result]:
        """Start the first tasks, and return the results."""
        rest = iter(tasks)
        with _reporting_ended():
            begun = deque(self._begin(function, task) for task in islice(rest, self._ahead + 1))
        return self._in_order(function, rest, begun)

    def _in_order(
        self,
        function: Callable[[_Task], _Result],
        rest: Iterator[_Task],
        begun: "deque[tuple[Path, Future[None]]]",
    ) -> Iterator[_Result]:
        with _reporting_ended():
            while begun:
                yield self._load(*begun.popleft())
                begun += (self._begin(function, task) for task in islice(rest, 1))

    def _begin(
        self, function: Callable[[_Task], _Result], task: _Task
    ) -> "tuple[Path, Future[None]]":
        try:
            path = self._free.pop()
        except IndexError:  # asked for only once, as other threads begin tasks, too
            path = self._folder / str(next(self._made))
        return path, self._pool.submit(_store, path, function, task)

    def _load(self, path: Path, stored: "Future[None]") -> Any:
        """Wait for a result and return it."""
        stored.result()
        with path.open("rb") as file:
            loaded = pickle.load(file)  # noqa: S301 - written by a process that this one started
        self._free.append(path)
        return loaded


@contextmanager
def _reporting_ended() -> Iterator[None]:
    """Report a process that was ended as an error of ours."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool as error:
        raise ImageSetError(
            "a worker process was ended, perhaps for want of memory; try again with --workers 1."
        ) from error


def _store(path: Path, function: Callable[[_Task], _Result], task: _Task) -> None:
    """Run a task and store its result in a file.

    A large result would pass the pool's pipe in many small pieces, and a process that is killed
    halfway would leave the reader waiting for ever.
    """
    result = function(task)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            pickle.dump(result, file, pickle.HIGHEST_PROTOCOL)
            file.truncate()  # what is left of an earlier result
    except OSError as error:
        raise ImageSetError(f"no room for work in {path.parents[1]}: {error.strerror}.") from error
    gc.collect(_YOUNGEST)


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
def _undisturbed() -> Iterator[None]:
    """Let signals that end this process wait, here and in processes that are started meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(hears: "Sequence[Connection]", tells: "Sequence[Connection]") -> None:
    """Leave Ctrl-C to the parent process; learn when that gives up, and end when it ends.

    `tells` are the ends of pipes that only the parent may keep open.
    """
    # A block is many thousand objects, and cycles come only from redaction: once a task is enough.
    gc.disable()
    gc.freeze()  # what there was before: a search would copy it into this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for one in _ENDING - {signal.SIGINT}:
        if callable(signal.getsignal(one)):
            signal.signal(one, signal.SIG_DFL)  # it is for the parent to remove what was begun
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    for pipe in tells:
        pipe.close()
    threading.Thread(target=_end_with_parent, args=hears, daemon=True).start()


def _end_with_parent(give_up: "Connection", end: "Connection") -> None:
    """End with the parent, or when it needs no process any more.

    The pool ends its processes before that, if it could start them all and its thread.
    """
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel, give_up])
        GIVEN_UP.set()
        wait([parent.sentinel, end])
        os._exit(1)
