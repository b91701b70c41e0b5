"""Log lines: escaped, and one line for each value."""

import errno
import logging
import sys
import time
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


@pytest.mark.parametrize("shown", range(0, 40, 3))
def test_no_beginning_of_a_secret_is_left_at_the_end_of_a_long_line(
    shown: int, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the token so many letters are in what is shown of the line."""
    logger.warning("%s gAAAAAB%s", "x" * (3996 - shown), "Zq7WkR3xVb9TnM5pLc2H" * 9)
    lines.finish()

    assert "Zq7" not in capsys.readouterr().err


def test_nobody_has_to_read_the_lines(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    """A closed standard error loses them, and nothing fails."""
    lost = []

    class Closed:
        def write(self, text: str) -> int:
            lost.append(text)
            raise ValueError

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Closed())
    logger.info("lost")
    lines.finish()

    assert "lost" in "".join(lost)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("value", ["a", "\x1b", "é", "\u202e", "\n"])
@pytest.mark.parametrize("count", [10, 4000, 100_000])
def test_no_value_makes_a_line_long(
    lines: Lines, capsys: pytest.CaptureFixture[str], value: str, count: int
) -> None:
    """A client chooses what it asks, and a service what it answers."""
    logger.info("missed: %s\nto record it: %s", value * count, "short")
    lines.finish()

    first, second = capsys.readouterr().err.splitlines()
    assert len(first) <= 4000
    assert (count > 4000 - len("missed: ")) <= first.endswith("...")
    assert "to record it: short" == second


@pytest.mark.parametrize("count", [3, 100, 101, 100_000])
def test_no_record_has_very_many_lines(
    lines: Lines, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    """The first and the last ones say most: the message and the error of a traceback."""
    logger.info("\n".join(f"line {number}" for number in range(count)))
    lines.finish()

    shown = capsys.readouterr().err.splitlines()
    assert ("line 0", f"line {count - 1}") == (shown[0], shown[-1])
    assert len(shown) == (count if count <= 100 else 101)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_is_one_line_a_second(
    lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """It is logged hundreds of times a second, each time with a traceback."""
    now = 100.0
    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: now)
        for _ in range(2500):
            try:
                raise OSError(number, "too many")
            except OSError:
                logger.exception("Unhandled error in task.")
            now += 0.001
    lines.finish()

    shown = capsys.readouterr().err.splitlines()
    assert 3 == len(shown)
    assert {"error: too many open files"} == {line.rpartition(":")[0] for line in shown}
