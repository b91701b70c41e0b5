"""The generated parts of docs/commands.md: every help text, and the table of options.

And the table of the lab in docs/faults.md, between `<!-- lab -->` and `<!-- /lab -->`.

The page marks them: what is between `<!-- help NAME -->` and `<!-- /help -->` is the help of the
command NAME ("glancetape" for the whole program), and what is between `<!-- options -->` and
`<!-- /options -->` is the table. `scripts/docs` writes them again.
"""

import re
from pathlib import Path

from click.testing import CliRunner

from glancetape.cli import SECTIONS, main
from glancetape.faults.misbehaviours import MISBEHAVIOURS
from glancetape.options import OPTIONS, PREFIX

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"
FAULTS_PAGE = PAGE.with_name("faults.md")
NAMES = [name for names in SECTIONS.values() for name in names]
"""The commands, in the order of `glancetape --help`."""

_HELP = re.compile(r"(<!-- help (\w+) -->\n).*?(<!-- /help -->\n)", re.DOTALL)
_TABLE = re.compile(r"(<!-- options -->\n).*?(<!-- /options -->\n)", re.DOTALL)
_LAB = re.compile(r"(<!-- lab -->\n).*?(<!-- /lab -->\n)", re.DOTALL)
_WIDTH = 80


def renewed(page: str) -> str:
    """The text of the page with its generated parts as the program has them now."""
    page = _HELP.sub(lambda found: f"{found[1]}```text\n{_help(found[2])}```\n{found[3]}", page)
    return _TABLE.sub(lambda found: f"{found[1]}{_options_table()}{found[2]}", page)


def with_lab(page: str) -> str:
    """The text of the page about faults with the table of the lab as the program has it now."""
    rows = [
        f"| `{row.name}` | {row.what} | [{_issue(row.bug)}]({row.bug}) |\n" for row in MISBEHAVIOURS
    ]
    head = "| NAME | what the cloud does | public bug |\n|---|---|---|\n"
    return _LAB.sub(lambda found: f"{found[1]}{head}{''.join(rows)}{found[2]}", page)


def _issue(url: str) -> str:
    """An issue or a change as GitHub shortens it: `owner/name#1`."""
    owner, name, _, number = url.removeprefix("https://github.com/").split("/")
    return f"{owner}/{name}#{number}"


def commands_of(page: str) -> list[str]:
    """The commands whose help the page has."""
    return [found[2] for found in _HELP.finditer(page) if found[2] != "glancetape"]


def _help(name: str) -> str:
    arguments = [] if name == "glancetape" else [name]
    shown = CliRunner().invoke(
        main, [*arguments, "--help"], prog_name="glancetape", terminal_width=_WIDTH
    )
    assert shown.exit_code == 0, shown.output
    return shown.output


def _options_table() -> str:
    rows = [
        f"| `{PREFIX}{option.name}` | {f'`{option.flag}`' if option.on_command_line else ''} "
        f"| {f'`{option.default}`' if option.default else ''} | {option.help} |"
        for option in OPTIONS
    ]
    head = "| addon (`--set`) | command line | default | meaning |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
    FAULTS_PAGE.write_text(with_lab(FAULTS_PAGE.read_text("utf-8")), "utf-8")
