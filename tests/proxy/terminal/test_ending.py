"""What a command says when a signal ends it, wherever it is just then."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import ErrorWithStatus


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """A command that a signal ends leaves it ignored."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


class _Signals:
    """Sends a signal to this process while a class is made that has it."""

    def __set_name__(self, owner: type, name: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_ends_a_command_while_a_class_is_made() -> None:
    with pytest.raises(ErrorWithStatus) as ended, removed_when_ended():
        type("Made", (), {"field": _Signals()})

    assert "ended by SIGTERM; nothing was written." == str(ended.value)
    assert 143 == ended.value.exit_code


def test_an_error_that_no_signal_raised_is_not_taken_for_one() -> None:
    with pytest.raises(RuntimeError, match="as usual"), removed_when_ended():
        raise RuntimeError("as usual")


class _SignalsAtItsEnd:
    """Sends a signal to this process while it is freed, where Python ignores all exceptions."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_ends_a_command_while_an_object_is_freed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def goes_on_for_long() -> None:
        _SignalsAtItsEnd()
        time.sleep(30)

    with pytest.raises(ErrorWithStatus, match="ended by SIGTERM"), removed_when_ended():
        goes_on_for_long()

    assert ("", "") == capsys.readouterr()


def test_what_else_python_ignores_is_shown_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda ignored: shown.append(str(ignored.exc_value)))

    class Fails:
        def __del__(self) -> None:
            raise ValueError("as usual")

    with removed_when_ended():
        Fails()

    assert ["as usual"] == shown
