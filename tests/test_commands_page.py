"""docs/commands.md is what the program prints, and what it says of the program is true."""

import re

import pytest

from glancetape.cli import SECTIONS, load_command
from support.pages.commands_page import FAULTS_PAGE, NAMES, PAGE, commands_of, renewed, with_lab
from support.running.in_process import run

TEXT = PAGE.read_text("utf-8")
OPTION = re.compile(r"^\| `--([\w-]+) ID` \| (.*?) \|", re.MULTILINE)


def test_the_page_is_what_the_program_prints() -> None:
    """`scripts/docs` renews it."""
    assert renewed(TEXT) == TEXT


def test_the_page_about_faults_has_the_table_of_the_lab() -> None:
    """`scripts/docs` renews it."""
    text = FAULTS_PAGE.read_text("utf-8")

    assert with_lab(text) == text


def test_the_page_has_every_command_in_the_order_of_the_help() -> None:
    """Below the same headings."""
    assert NAMES == commands_of(TEXT)
    assert list(SECTIONS) == [one for one in re.findall("^## (.*)$", TEXT, re.M) if one in SECTIONS]


def test_the_commands_of_the_options_for_projects_are_named() -> None:
    """All of them, and no other."""
    having = {
        option: sorted(
            name
            for name in NAMES
            if any(f"--{option}" in parameter.opts for parameter in load_command(name).params)
        )
        for option in ("project", "own-project", "home-project")
    }

    assert having == {
        name: sorted(re.findall(r"`(\w+)`", commands)) for name, commands in OPTION.findall(TEXT)
    }


def _completed(shell: str, words: str, place: int) -> list[str]:
    """What a shell is offered for the last word of a command line."""
    done = run(
        _GLANCETAPE_COMPLETE=f"{shell}_complete",
        COMP_WORDS=words if shell != "fish" else " ".join(words.split()),
        COMP_CWORD=str(place) if shell != "fish" else words.rsplit(" ", maxsplit=1)[-1],
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_the_script_that_the_page_shows(shell: str) -> None:
    """The line stands in the page."""
    assert f"_GLANCETAPE_COMPLETE={shell}_source glancetape" in TEXT
    done = run(_GLANCETAPE_COMPLETE=f"{shell}_source")

    assert "_glancetape_completion" in done.stdout


def test_commands_options_and_choices_are_completed() -> None:
    """By what is typed of them."""
    assert ["plain,record", "plain,replay"] == _completed("bash", "glancetape re", 1)
    assert ["plain,--dialect"] == _completed("bash", "glancetape replay --dia", 2)
    assert ["plain,ims"] == _completed("bash", "glancetape generate --dialect i", 3)
    assert ["plain,region", "file,reg"] == _completed("bash", "glancetape generate --spec reg", 3)


@pytest.mark.parametrize(
    "words",
    [
        "replay a", "query a", "inspect a", "import a", "scan a", "verify a", "record --cassette a",
        "run --replay a", "run --record a", "generate --out a", "replay --key-file a",
        "verify x --upstream-ca a", "inspect --html a", "export a", "export a --out a", "merge a",
        "merge x --out a", "prune a", "prune x --unused a", "replay x --used a",
    ],
)  # fmt: skip
def test_file_names_are_completed(words: str) -> None:
    """The shell does it, once it is told that a file is meant."""
    assert ["file,a"] == _completed("bash", f"glancetape {words}", len(words.split()))
    assert "file" in _completed("zsh", f"glancetape {words}", len(words.split()))
