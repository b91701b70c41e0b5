"""The generated parts of docs/commands.md: every help text, and the table of options.

The page marks them: what is between `<!-- help NAME -->` and `<!-- /help -->` is the help of the
command NAME ("glancetape" for the whole program), and what is between `<!-- options -->` and
`<!-- /options -->` is the table. `scripts/docs` writes them again.
"""

import re
from pathlib import Path

from click.testing import CliRunner

from glancetape.cli import SECTIONS, main
from glancetape.options import OPTIONS, PREFIX

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"
NAMES = [one.name for commands in SECTIONS.values() for one in commands]
"""The commands, in the order of `glancetape --help`."""

_HELP = re.compile(r"(<!-- help (\w+) -->\n).*?(<!-- /help -->\n)", re.DOTALL)
_TABLE = re.compile(r"(<!-- options -->\n).*?(<!-- /options -->\n)", re.DOTALL)
_WIDTH = 80


def renewed(page: str) -> str:
    """The text of the page with its generated parts as the program has them now."""
    page = _HELP.sub(lambda found: f"{found[1]}```text\n{_help(found[2])}```\n{found[3]}", page)
    return _TABLE.sub(lambda found: f"{found[1]}{_options_table()}{found[2]}", page)


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
