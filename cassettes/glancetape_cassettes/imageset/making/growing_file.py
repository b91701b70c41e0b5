"""A file that no other program sees until it is whole, and that can grow at its beginning.

The first part of a set is known only once the second one is written, which is a thousand times as
long. Linux (ext4, XFS) can make room before what is written, and give a name to a file without
one. Elsewhere the file is copied, which takes a tenth of the time in which a set is made.
"""

import ctypes
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

_UNNAMED: int | None = getattr(os, "O_TMPFILE", None)
_INSERT_RANGE = 0x20  # FALLOC_FL_INSERT_RANGE of <linux/falloc.h>


def open_unnamed(folder: Path) -> IO[bytes]:
    """Open a new file that is on the disk of a folder and has no name."""
    with suppress(OSError):  # a file system without such files
        if _UNNAMED is not None:
            return open(os.open(folder, _UNNAMED | os.O_RDWR | os.O_CLOEXEC, 0o666), "w+b")
    return tempfile.TemporaryFile(dir=folder)


def grow_at_beginning(file: IO[bytes], length: int) -> bool:
    """Make room before what a file holds; False, and nothing has changed, where that cannot be."""
    fallocate = _fallocate()
    if fallocate is None:
        return False
    file.flush()
    return bool(fallocate(file.fileno(), _INSERT_RANGE, 0, length) == 0)


@cache
def _fallocate() -> Any:
    if ctypes.sizeof(ctypes.c_long) < ctypes.sizeof(ctypes.c_longlong):
        return None  # what type a place in a file has depends on the C library
    try:
        found = ctypes.CDLL(None).fallocate
    except (OSError, AttributeError, TypeError):  # not Linux
        return None
    found.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long)
    return found


def name_file(file: IO[bytes], path: Path) -> bool:
    """Let a file without a name replace `path`; False, and nothing has changed, if it cannot."""
    file.flush()
    beside = path.with_name(f"{path.name}.named")
    try:
        # With the number of a folder, even one that is not used, the link itself is followed.
        os.link(f"/proc/self/fd/{file.fileno()}", beside, src_dir_fd=file.fileno())
        beside.replace(path)
    except (OSError, NotImplementedError):
        return False
    finally:
        beside.unlink(missing_ok=True)
    return True
