"""What a process is spared: searching for cycles where there are none, and threads of NumPy."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

_BLAS_THREADS = "OPENBLAS_NUM_THREADS"


@contextmanager
def without_garbage_collection(*, stays: bool = False) -> Iterator[None]:
    """Stop the search for cycles inside a `with` block. Loading modules takes a sixth less.

    With `stays`, no later search looks at what there is at the end of the block, which is right for
    a process that loads modules and opens files until it ends. The first search would look at all
    that was made in the block, and so would those with which Python ends.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if stays:
            gc.freeze()
        if was_enabled:
            gc.enable()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let NumPy start no threads if it is loaded in the `with` block, or in processes begun there.

    It starts one for each processor, for products of matrices that nobody computes here. To load it
    takes a quarter less without them. And a process with several threads cannot be forked, so each
    of its workers would have to load all modules again. The number that a user chose stays, and
    afterwards the environment is as before.
    """
    chosen = os.environ.get(_BLAS_THREADS)
    os.environ.setdefault(_BLAS_THREADS, "1")
    try:
        yield
    finally:
        if chosen is None:
            os.environ.pop(_BLAS_THREADS, None)
