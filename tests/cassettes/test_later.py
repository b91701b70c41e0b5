"""Work beside other work, and modules that are loaded so."""

import sys
import threading
from pathlib import Path
from threading import Event

import pytest

from glancetape_cassettes.later import loaded_meanwhile, meanwhile


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test writes modules; none of them is loaded afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("loaded_beside", "broken_beside"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def test_both_are_done_at_the_end_of_the_block() -> None:
    begun, may_end, done = Event(), Event(), list[str]()

    def work() -> None:
        begun.set()
        assert may_end.wait(30)
        done.append("work")

    with meanwhile(work):
        assert begun.wait(30)
        done.append("block")
        may_end.set()

    assert done == ["block", "work"]


def test_a_module_is_loaded_beside_the_block(modules: Path) -> None:
    (modules / "loaded_beside.py").write_text("value = 7\n")

    with loaded_meanwhile("loaded_beside"):
        pass

    assert sys.modules["loaded_beside"].value == 7


def test_a_module_that_fails_is_reported_by_who_imports_it(modules: Path) -> None:
    (modules / "broken_beside.py").write_text("1 / 0\n")

    with loaded_meanwhile("broken_beside"):
        pass

    with pytest.raises(ZeroDivisionError):
        __import__("broken_beside")


def test_without_a_thread_the_block_is_done_alone() -> None:
    size = threading.stack_size(1 << 60)  # no system has so much memory for one
    try:
        with meanwhile(pytest.fail):
            done = True
    finally:
        threading.stack_size(size)

    assert done


def test_an_error_in_the_block_is_raised_when_the_work_is_done() -> None:
    done: list[int] = []

    with pytest.raises(KeyError, match="block"), meanwhile(lambda: done.append(1)):
        raise KeyError("block")

    assert done == [1]
