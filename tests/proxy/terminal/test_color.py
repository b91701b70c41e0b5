"""Colour: on a terminal, unless --color, NO_COLOR or TERM decide otherwise."""

from pathlib import Path

import pytest

from support.clouds.walked_cassettes import cloud_of, recorded
from support.running.in_process import run
from support.running.processes import glancetape
from support.running.pty_screen import run_in_terminal


def _on_terminal(*arguments: str | Path, **environment: str) -> bytes:
    """What a command shows on a terminal."""
    return run_in_terminal(glancetape(*arguments), **environment)[1]


@pytest.mark.parametrize(
    ("options", "environment", "is_colored"),
    [
        ((), {}, True),
        ((), {"TERM": "dumb"}, False),
        ((), {"TERM": "unknown"}, False),
        (("--color", "always"), {"TERM": "dumb"}, True),
        ((), {"NO_COLOR": ""}, True),
        ((), {"NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {}, False),
    ],
)
def test_a_terminal_is_coloured(
    options: tuple[str, ...], environment: dict[str, str], is_colored: bool
) -> None:
    """An error is: its first word is red. The option decides before the environment."""
    environment = {"TERM": "xterm", "NO_COLOR": ""} | environment
    shown = _on_terminal("inspect", "missing.images", *options, **environment)

    assert is_colored == (b"\x1b[31mError:" in shown), shown
    assert is_colored == (b"\x1b" in shown)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("--nosuch",),
        ("inspect",),
        ("inspect", "--nosuch"),
        ("inspect", "a.images", "--color", "blue"),
    ],
    ids=" ".join,
)
def test_an_error_before_the_options_are_read_obeys_the_environment(
    words: tuple[str, ...], environment: dict[str, str]
) -> None:
    """The group of commands has no `--color` of its own."""
    shown = _on_terminal(*words, **environment)

    assert b"Error:" in shown
    assert b"\x1b" not in shown


def test_a_file_is_coloured_only_on_request(tmp_path: Path) -> None:
    """The heads of a table are bold."""
    path = recorded(tmp_path / "a.yaml", cloud_of())

    plain, colored = run("verify", path), run("verify", path, "--color", "always")

    assert "\x1b" not in plain.stdout
    assert "\x1b[1mrule " in colored.stdout


def test_an_error_in_a_file_is_coloured_only_on_request() -> None:
    """The option may come before the argument."""
    assert "\x1b" not in run("inspect", "missing.images").stderr
    shown = run("inspect", "--color", "always", "missing.images").stderr
    assert shown.startswith("\x1b[31mError:\x1b[0m missing.images: ")


def test_a_wrong_color_is_wrong_usage() -> None:
    """With the choices."""
    refused = run("inspect", "a.images", "--color", "blue")

    assert 2 == refused.returncode
    assert "'auto', 'always', 'never'" in refused.stderr
