"""What the documentation says is what the program does."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from glancetape.options import OPTIONS, PREFIX
from support.running.processes import BIN, ROOT, glancetape, run, running

README = (ROOT / "README.md").read_text()
COMMANDS = (
    *("record", "replay", "run", "scan", "verify"),
    *("generate", "import", "query", "inspect"),
)


def _options_table() -> str:
    rows = [
        f"| `{PREFIX}{option.name}` | {f'`{option.flag}`' if option.on_command_line else ''} "
        f"| {f'`{option.default}`' if option.default else ''} | {option.help} |"
        for option in OPTIONS
    ]
    head = "| addon (`--set`) | command line | default | meaning |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def test_the_table_of_options_is_the_table_in_the_code() -> None:
    """One fact, one place; this is its print."""
    (shown,) = re.findall(r"<!-- options -->\n(.*?)<!-- /options -->", README, re.DOTALL)

    assert _options_table() == shown


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


def test_the_session_on_the_first_screen_is_what_comes_out() -> None:
    """Each command of the README, with another port."""
    block = re.findall(r"```console\n(.*?)```", README, re.DOTALL)[0]
    first, _, rest = block.partition("$ curl")
    arguments = shlex.split(first.splitlines()[0].removeprefix("$ glancetape ").removesuffix(" &"))
    steps = [step.split("\n", 1) for step in f"$ curl{rest}".split("$ ")[1:]]

    with running(
        glancetape(*arguments[:-1], str(ROOT / arguments[-1]), "--listen", "127.0.0.1:0")
    ) as player:
        shown = [_output(step[0].replace("http://127.0.0.1:8180", player.url)) for step in steps]
        player.stop()

    expected = [step[1].strip() for step in steps]
    assert expected == [
        one.strip().replace(player.url, "http://127.0.0.1:8180").replace(f"{ROOT}/", "")
        for one in shown
    ]


def test_the_session_with_an_image_set_is_what_comes_out(tmp_path: Path) -> None:
    """Each command of the README, in an empty folder."""
    block = re.findall(r"```console\n(.*?)```", README, re.DOTALL)[1]
    steps = [step.partition("\n") for step in block.split("$ ")[1:]]

    for command, _, expected in steps:
        shown = re.sub(r"in \d+\.\d s(, [\d,]+ images/s)?", "in 0.5 s", _output(command, tmp_path))
        assert (command, expected.strip()) == (command, shown.strip())


_READ = """import json, sys
page = json.load(sys.stdin)
for path in sys.argv[1].split(", "):
    values = [page]
    for name in path.strip(".").split("."):
        values = [value[name.removesuffix("[]")] for value in values]
        if name.endswith("[]"):
            values = values[0]
    print(*values, sep=chr(10))"""


def _output(command: str, folder: Path = ROOT) -> str:
    """Run a line and give what it shows; jq is not everywhere, so Python reads the JSON."""
    command = re.sub(r"jq -r (\.[\w.]+|'[^']+')", r"$PYTHON -c '$READ' \1", command)
    command = command.replace("$READ", _READ).replace("$PYTHON", sys.executable)
    return subprocess.run(
        ["sh", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"},
    ).stdout


def test_every_script_is_named_in_contributing_or_is_a_part_of_one() -> None:
    """A script that nobody is told of is a script that nobody runs."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    parts = {"venv", "clients"}

    scripts = {
        path.name for path in (ROOT / "scripts").iterdir() if not path.suffix and path.is_file()
    }

    assert {name for name in scripts if f"scripts/{name} " not in text} == parts
