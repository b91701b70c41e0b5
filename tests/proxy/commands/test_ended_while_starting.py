"""Ctrl-C while a command loads its modules, or ends: it says so in a line, and leaves nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.running.processes import ROOT, SIGNALS_AS_USUAL, glancetape, running

SAMPLE = ROOT / "cassettes" / "samples" / "walk.yaml"
ANY_PORT = "127.0.0.1:0"
# Plays a slow disk: loading mitmproxy takes a second on a fast one.
SLOW = "import sys, time\nprint('loading', file=sys.stderr, flush=True)\ntime.sleep(60)\n"
# Python 3.11 gives a RuntimeError for whatever ends this.
SLOW_CLASS = f"""
class _Slow:
    def __set_name__(self, owner, name):
        {SLOW.strip().replace(chr(10), "; ")}

class _Owner:
    slow = _Slow()
"""


@pytest.mark.parametrize(
    ("module", "text", "words"),
    [
        ("click", SLOW, ["inspect", SAMPLE]),
        ("click", SLOW_CLASS, ["inspect", SAMPLE]),
        ("orjson", SLOW, ["inspect", SAMPLE]),
        ("orjson", SLOW_CLASS, ["inspect", SAMPLE]),
        ("logging", SLOW, ["--help"]),
    ],
    ids=[
        "ours",
        "a class of ours",
        "a command's",
        "a class of a command's",
        "a command's for help",
    ],
)
def test_it_ends_in_one_line_whatever_is_being_imported(
    tmp_path: Path, module: str, text: str, words: list[str | Path]
) -> None:
    """The command line's own modules too, which are imported before anything else."""
    (tmp_path / module).mkdir()
    (tmp_path / module / "__init__.py").write_text(text)

    command = [sys.executable, "-m", "glancetape", *words]
    ended = _interrupted(command, tmp_path, {"PYTHONPATH": str(tmp_path)}, times=1)

    assert (130, "Error: ended by Ctrl-C.\n") == ended


def test_next_to_nothing_is_imported_before_ctrl_c_is_a_line() -> None:
    """Until then Python ends the program, with a traceback."""
    asked = (
        "import sys; before = set(sys.modules); import glancetape.__main__; "
        "print(*sorted(set(sys.modules) - before))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )

    own = {"glancetape", "glancetape.__main__", "glancetape_cassettes"}
    own |= {"glancetape_cassettes.version"}
    assert own == set(ended.stdout.split()) - {"types"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["record", "--cassette", "a.yaml", "--listen", ANY_PORT],
            "ended by Ctrl-C; the proxy was not started.",
        ),
        (["replay", SAMPLE, "--listen", ANY_PORT], "ended by Ctrl-C; the proxy was not started."),
        (
            ["run", "--record", "a.yaml", "--", "touch", "made"],
            "ended by Ctrl-C; the command was not run.",
        ),
    ],
    ids=["record", "replay", "run"],
)
def test_it_ends_with_a_sentence_and_leaves_nothing(
    tmp_path: Path, words: list[str | Path], sentence: str
) -> None:
    """Also when the signal comes twice, as from an impatient user."""
    slow, folder, temporary = tmp_path / "slow", tmp_path / "folder", tmp_path / "temporary"
    for one in (slow / "mitmproxy", folder, temporary, tmp_path / "home"):
        one.mkdir(parents=True)
    (slow / "mitmproxy" / "__init__.py").write_text(SLOW)
    environment = {
        "PYTHONPATH": str(slow),
        "TMPDIR": str(temporary),
        "HOME": str(tmp_path / "home"),
    }

    ended = _interrupted(glancetape(*words), folder, environment, times=2)

    assert (130, f"Error: {sentence}\n") == ended
    assert [] == [*folder.iterdir(), *temporary.iterdir()]


# The loop calls it when it has ended; the handlers of signals are still its own.
AGAIN = """
import asyncio.selector_events, signal
_close = asyncio.selector_events.BaseSelectorEventLoop._close_self_pipe

def _close_and_interrupt(loop):
    _close(loop)
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        signal.raise_signal(signal.SIGINT)

asyncio.selector_events.BaseSelectorEventLoop._close_self_pipe = _close_and_interrupt
"""


@pytest.mark.parametrize(
    "words", [["serve"], ["serve", "--workers", "2"], ["replay"]], ids=" ".join
)
def test_a_second_ctrl_c_while_the_loop_closes_prints_nothing(
    tmp_path: Path, words: list[str]
) -> None:
    """As `timeout` sends it, once to the process and once to its group."""
    (tmp_path / "sitecustomize.py").write_text(AGAIN)
    command = glancetape(*words, SAMPLE, "--listen", ANY_PORT)

    with running(command, installed=True, PYTHONPATH=str(tmp_path)) as server:
        status = server.stop(signal.SIGINT)

    assert (0, "glancetape: no requests") == (status, server.lines[-1])
    assert [] == [line for line in server.lines if "wakeup" in line or "Error" in line]


def _interrupted(
    command: Sequence[str | Path], folder: Path, environment: dict[str, str], times: int
) -> tuple[int, str]:
    """The status and the words of a command that Ctrl-C ends once it says that it is loading."""
    with subprocess.Popen(
        [*SIGNALS_AS_USUAL, *command],
        cwd=folder,
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "loading\n" == process.stderr.readline()
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    return process.returncode, said
