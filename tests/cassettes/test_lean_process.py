"""What a process is spared, and that it is afterwards as before."""

import gc
import os
from contextlib import suppress

import pytest

from glancetape_cassettes.lean_process import one_blas_thread, without_garbage_collection


@pytest.mark.parametrize("threads", [None, "3"])
def test_the_number_of_threads_is_afterwards_as_before(
    monkeypatch: pytest.MonkeyPatch, threads: str | None
) -> None:
    """Whatever its caller chose stays, and holds meanwhile if it is a number of threads."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if threads is not None:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
    during = ""

    with suppress(KeyError), one_blas_thread():
        during = os.environ["OPENBLAS_NUM_THREADS"]
        raise KeyError

    assert (threads or "1") == during
    assert threads == os.environ.get("OPENBLAS_NUM_THREADS")


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_afterwards_collected_as_before(*, collects: bool) -> None:
    before, during = gc.isenabled(), True
    (gc.enable if collects else gc.disable)()
    try:
        with suppress(KeyError), without_garbage_collection():
            during = gc.isenabled()
            raise KeyError

        assert not during
        assert collects == gc.isenabled()
    finally:
        (gc.enable if before else gc.disable)()
