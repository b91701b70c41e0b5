"""What tests let worker processes do; here, as a worker imports it by the name of its module."""

import os
import signal
import time
from pathlib import Path
from weakref import WeakSet

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.making.blocks import Block
from glancetape_cassettes.imageset.making.written_bodies import write_block, write_pieces


def double(number: int) -> int:
    """Return twice the number; later tasks end before earlier ones."""
    time.sleep(0.02 if number % 3 else 0)
    return 2 * number


def touch(path: Path) -> Path:
    """Create a file, and return its path."""
    path.touch()
    return path


def write_number(task: tuple[Path, Path | None, int]) -> None:
    """Write a number so many times to a file, with its file of ends."""
    out, ends, number = task
    write_pieces(out, ends, number, (f"{number} ".encode() for _ in range(number)))


KEPT: list[str] = []


def kept(_: int) -> str:
    """Return what is kept in this process."""
    return ", ".join(KEPT)


def own_pid(_: int) -> int:
    """Return the id of this process."""
    return os.getpid()


def die(number: int) -> int:
    """End the process at task 3, as the system does when memory is short."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    """Raise an error of ours."""
    raise ImageSetError(f"not {number}")


def write_empty(task: tuple[Path, int]) -> Block:
    """Write a block without images, the number of which is given."""
    return write_block(*task, Block())


class _Cycle:
    """Something that only a garbage collection frees."""

    def __init__(self) -> None:
        self.itself = self


_MADE: "WeakSet[_Cycle]" = WeakSet()


def leave_cycle(_: int) -> int:
    """Return how many cycles earlier tasks in this process have left."""
    left = len(_MADE)
    _MADE.add(_Cycle())
    return left
