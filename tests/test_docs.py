"""What the documentation says is what the program does."""

import re
from pathlib import Path

import pytest

from support.running.console import console, is_as_shown, steps_of
from support.running.in_process import run
from support.running.processes import ROOT

README = (ROOT / "README.md").read_text()
COMMANDS = (
    *("record", "replay", "run", "scan", "verify"),
    *("generate", "import", "query", "inspect"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(command: str) -> None:
    """And the help's first sentence says what it does."""
    shown = run(command, "--help")

    assert f"glancetape {command}" in README
    assert 0 == shown.returncode
    assert len(shown.stdout.splitlines()[2].strip()) > 20


def test_every_option_in_the_readme_exists() -> None:
    """No flag that was renamed."""
    helps = "".join(run(command, "--help").stdout for command in COMMANDS)
    scripts = {"--interop"}

    flags = set(re.findall(r"`(--[a-z][a-z-]+)", README)) | set(
        re.findall(r"(?<=glancetape )[^\n`]*?(--[a-z-]+)", README)
    )

    assert {flag for flag in flags - scripts if not re.search(rf"{flag}\b", helps)} == {"--set"}


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_commands_only_where_they_are_run(page: Path) -> None:
    """In console blocks; a command elsewhere could say what is not true any more."""
    text = re.sub(r"^```console\n.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.M)

    assert [] == re.findall(r"^(?: {4,}|\$ )(?:glancetape|mitmdump|scripts/)\b.*", text, flags=re.M)


def test_every_link_of_a_page_leads_to_a_file_or_a_heading() -> None:
    """Pages move and are renamed; the links between them follow."""
    broken = [
        f"{page.name}: {target}"
        for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
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
    """A script that nobody is told of is a script that nobody runs."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    parts = {"venv", "clients", "installed"}

    scripts = {
        path.name for path in (ROOT / "scripts").iterdir() if not path.suffix and path.is_file()
    }

    assert {name for name in scripts if f"scripts/{name} " not in text} == parts
