"""Work that makes many objects and no garbage: loading modules, reading pages."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
