"""What a command says when a signal ends it, wherever it is just then."""

import os
import signal

import pytest

from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import ErrorWithStatus


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
