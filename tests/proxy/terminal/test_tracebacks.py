"""A traceback says where our program failed, and shows nothing of the data that it failed at."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mitmproxy.log import MitmFormatter

from glancetape.terminal.stderr_log import Lines
from glancetape.terminal.tracebacks import failure_to_log, without_quotes
from glancetape_cassettes.errors import CassetteError

SECRET = "swordfishOfJoe"


class _Refused(ValueError):
    pass


class _Silent(Exception):
    def __str__(self) -> str:
        raise RuntimeError(SECRET)


def _chained() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise _Refused(f"cannot read {SECRET!r}") from error


def _in_turn() -> None:
    try:
        {}[SECRET]
    except KeyError:
        raise RuntimeError(f'failed at "{SECRET}"')  # noqa: B904 - the chain is what it is about


def _raise(message: str) -> None:
    raise ValueError(message)


FAILURES: tuple[Callable[[], object], ...] = (
    lambda: int(SECRET),
    lambda: {}[SECRET],
    lambda: f"{SECRET}\xe9".encode().decode("ascii"),
    lambda: getattr(object(), SECRET),
    lambda: compile(f"'{SECRET}", "x", "eval"),
    lambda: json.loads(f'{{"{SECRET}"'),
    _chained,
    _in_turn,
    lambda: _raise(f"can't read b'{SECRET}'"),
    lambda: _raise(f"joe's password {SECRET}77 isn't right"),
)


@pytest.mark.parametrize("fail", FAILURES)
def test_a_traceback_in_a_log_shows_its_error_and_no_data(
    fail: Callable[[], object], capsys: pytest.CaptureFixture[str]
) -> None:
    """In our own lines, and in those that mitmproxy writes."""
    written: list[str] = []

    class Mitmproxy(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    logger, ours, theirs = logging.getLogger("glancetape.tests.traces"), Lines(), Mitmproxy()
    theirs.setFormatter(MitmFormatter(colorize=False))
    for handler in (ours, theirs):
        logger.addHandler(handler)
    kind = "nothing failed"
    try:
        fail()
    except Exception as error:
        kind = type(error).__name__
        logger.error("failed to record", exc_info=failure_to_log())
    ours.finish()
    for handler in (ours, theirs):
        logger.removeHandler(handler)

    for shown in (capsys.readouterr().err, "\n".join(written)):
        assert f"{kind}: " in shown
        assert "Traceback" in shown
        assert SECRET not in shown


def test_what_a_library_logs_shows_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    logger, lines = logging.getLogger("glancetape.tests.library"), Lines()
    logger.addHandler(lines)
    try:
        _chained()
    except ValueError:
        logger.exception("Unhandled error in task.")
    lines.finish()
    logger.removeHandler(lines)

    shown = capsys.readouterr().err
    assert "_Refused: cannot read '...'" in shown
    assert "direct cause" in shown
    assert SECRET not in shown


def test_our_own_errors_and_those_of_the_system_keep_the_names_of_files() -> None:
    ours = without_quotes(CassetteError("'images.yaml' is damaged"))
    system = without_quotes(FileNotFoundError(2, "No such file or directory", "images.yaml"))

    assert "'images.yaml' is damaged" == str(ours)
    assert "[Errno 2] No such file or directory: 'images.yaml'" == str(system)
    assert without_quotes(None) is None


def test_an_error_that_cannot_say_what_is_wrong_is_logged_by_its_name() -> None:
    shown = without_quotes(_Silent())

    assert "_Silent" == type(shown).__name__
    assert "(its message cannot be shown)" == str(shown)


def test_a_fault_in_a_command_shows_no_data(tmp_path: Path) -> None:
    """Nothing catches it: Python prints it, and ends with status 1."""
    broken = tmp_path / "broken.py"
    broken.write_text(
        "import glancetape.cli\n"
        "def fail(**_): int('" + SECRET + "')\n"
        "glancetape.cli.main = fail\n"
        "from glancetape.__main__ import main\n"
        "main()\n"
    )

    ended = subprocess.run([sys.executable, broken], capture_output=True, text=True, check=False)

    assert 1 == ended.returncode
    assert "ValueError: invalid literal for int() with base 10: '...'" in ended.stderr
    assert SECRET not in ended.stderr.replace(f"int('{SECRET}')", "")
