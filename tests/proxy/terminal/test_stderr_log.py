"""Log lines: escaped, and one line for each value."""

import logging
import sys
from collections.abc import Iterator

import pytest

from glancetape.terminal.stderr_log import Lines

logger = logging.getLogger("glancetape.tests")


@pytest.fixture
def lines() -> Iterator[Lines]:
    """A handler of this module's log."""
    handler = Lines()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)


def test_a_level_above_info_comes_first(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    """An INFO line is the message alone."""
    logger.info("replayed %d", 1)
    logger.warning("missed")
    lines.finish()

    assert "replayed 1\nwarning: missed\n" == capsys.readouterr().err


def test_a_value_cannot_forge_a_line(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of a value are escaped; newlines of the message are its layout."""
    logger.warning("not recorded: %s\n  why: %s", "a\nerror: forged", "\x1b[2J")
    lines.finish()

    expected = "warning: not recorded: a\\nerror: forged\n  why: \\x1b[2J\n"
    assert expected == capsys.readouterr().err


def test_a_traceback_keeps_its_lines(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    """What it quotes is escaped."""
    try:
        raise ValueError("\x9b31m")
    except ValueError:
        logger.exception("failed")
    lines.finish()

    shown = capsys.readouterr().err.splitlines()
    assert ("error: failed", "ValueError: \\x9b31m") == (shown[0], shown[-1])


def test_nobody_has_to_read_the_lines(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    """A closed standard error loses them, and nothing fails."""

    class Closed:
        def write(self, _: str) -> int:
            raise ValueError

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Closed())
    logger.info("lost")
    lines.finish()
