"""What the documentation says is what the program does."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from glancetape.pytest_plugin import hooks
from support.pages.console import Step, console, is_as_shown, steps_of
from support.running.in_process import run
from support.running.processes import ROOT

COMMANDS = (
    *("record", "replay", "run", "serve", "scan", "verify", "lab"),
    *("generate", "learn", "import", "query", "inspect", "export", "merge", "prune"),
)


OTHER_PAGES = ("CONTRIBUTING.md", "SECURITY.md", "docs/example/README.md")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_shown_on_a_page_besides_its_help(command: str) -> None:
    """With its purpose or its output."""
    texts = [page.read_text("utf-8") for page in PAGES if page.name != "commands.md"]

    assert any(f"glancetape {command}" in text for text in texts)


@cache
def _helps() -> str:
    """Return what all commands print as help, and our options of pytest."""
    parser = pytest.Parser(_ispytest=True)
    hooks.pytest_addoption(parser)
    options = (name for group in parser._groups for one in group.options for name in one.names())
    return " ".join([*(run(command, "--help").stdout for command in COMMANDS), *options])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_on_a_page_exists(page: Path) -> None:
    """No flag that was renamed; mitmproxy and our scripts have theirs."""
    text = page.read_text("utf-8")
    helps = _helps()
    others = {"--set", "--interop", "--latest", "--only", "--sets"}
    others |= {"--markdown", "--file", "--users", "--seconds", "--url"}  # of scripts/bench and load
    others |= {"--disable-socket", "--allow-hosts"}  # of pytest-socket
    others |= {"--upstream-auth"}  # of mitmdump
    others |= {"--block-network", "--allowed-hosts"}  # of pytest-recording

    flags = set(re.findall(r"`(--[a-z][a-z-]+)", text)) | set(
        re.findall(r"(?<=glancetape )[^\n`]*?(--[a-z-]+)", text)
    )

    assert set() == {flag for flag in flags - others if not re.search(rf"{flag}\b", helps)}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if steps_of(page)], ids=lambda page: page.name
)
def test_every_command_of_a_page_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    """Its console blocks, one after the other, in a folder like the clone."""
    with console(tmp_path) as shell:
        printed = [(step, shell.run(step)) for step in steps_of(page)]

    differing = [
        f"$ {step.command}\n--- shown\n{step.shown}\n--- printed\n{text}"
        for step, text in printed
        if not is_as_shown(step.shown, text)
    ]
    assert [] == differing, "\n\n".join(differing)


@pytest.mark.parametrize("page", ["recording.md", "mitmproxy.md"])
def test_the_first_command_of_a_block_that_needs_your_cloud_starts(
    page: str, tmp_path: Path
) -> None:
    """Nothing more can be shown: the cloud is an example. mitmweb would open a browser."""
    text = (ROOT / "docs" / page).read_text("utf-8").replace("\\\n", "")
    commands = re.findall(r"^```sh\n(.*)$", text, re.MULTILINE)

    with console(tmp_path) as shell:
        printed = [
            shell.run(Step(f"{one.replace('mitmweb', 'mitmdump')} &", "...")) for one in commands
        ]

    assert commands
    assert all("listening" in one for one in printed), printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_commands_only_where_they_are_run(page: Path) -> None:
    """In console blocks; a command elsewhere could say what is not true any more."""
    text = re.sub(r"^```console\n.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.M)

    assert [] == re.findall(r"^(?: {4,}|\$ )(?:glancetape|mitmdump|scripts/)\b.*", text, flags=re.M)


def test_every_link_of_a_page_leads_to_a_file_or_a_heading() -> None:
    """Pages move and are renamed; the links between them follow."""
    broken = [
        f"{page.name}: {target}"
        for page in [*PAGES, *(ROOT / name for name in OTHER_PAGES)]
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text("utf-8"))
        if not _leads_somewhere(page, target)
    ]

    assert [] == broken


def _leads_somewhere(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = page.parent / name if name else page
    if not file.exists():
        return False
    headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.M) if anchor else []
    slugs = [re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings]
    return not anchor or anchor in slugs


def test_every_script_is_named_in_contributing_or_is_a_part_of_one() -> None:
    """What no page names, no one finds."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    parts = {"venv", "installed"}

    scripts = {
        path.name for path in (ROOT / "scripts").iterdir() if not path.suffix and path.is_file()
    }

    assert {name for name in scripts if f"scripts/{name} " not in text} == parts


OF_OTHERS = {
    "Cannot use v2 authentication with domain scope",  # openstacksdk
    "mitmproxy ... requires h11<=0.14.0",  # pip
    "httpcore ... requires h11>=0.16",
}


def _texts_in_our_code() -> str:
    """All texts in the program, what is put into them as `...`."""
    found = []
    for room in ("cassettes", "generators", "proxy"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (
                        one.value if isinstance(one, ast.Constant) else "..." for one in node.values
                    )
                    found.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return "\n".join(found)


def test_every_message_that_troubleshooting_explains_is_still_one() -> None:
    """A word in capitals, and `...`, are what differs from case to case."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    seen = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ")]
    messages = {one for cell in seen for one in re.findall("`([^`]+)`", cell) if " " in one}
    texts = _texts_in_our_code()

    ours = messages - {one for one in messages if one.startswith("--")} - OF_OTHERS
    lost = {
        one
        for one in ours
        if not all(part in texts for part in re.split(r"\s?\.\.\.\s?|[A-Z]{4,}\s?", one))
    }

    assert len(ours) > 15
    assert set() == lost
