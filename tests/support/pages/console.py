"""Running the console blocks of a page as a reader does, in a folder like the clone.

A block is fenced as `console`. A line with `$ ` is a command, `> ` continues it, and the lines
after it are its output; `...` in an output matches any text. A command that ends in `&` goes on in
the background on a free port, and the address that the page shows leads there; `kill %1` ends it.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from shutil import copytree, which

from support.running.processes import BIN, ROOT, Running, running, start

_LISTENING = ("record", "replay", "serve")
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
_MISS = re.compile(r"^warning: Not recorded: .*\n(?:  .*\n)*", re.MULTILINE)
_QUOTED = re.compile(r"'[^']*'")
_FOR_A_SHELL = re.compile(r"[|&;<>()$`*?\[\]{}~#]")
_TIMINGS = (
    (r"\d[\d,]* images/s", "N images/s"),
    (r"\b\d+(\.\d+)? s\b", "N s"),
    (r"N s, N images/s", "N s"),
)
# Not every machine has jq, which is quicker; the pages use only paths such as `.images[].name`.
_JQ = """#!{python}
import json, os, sys
page = json.load(sys.stdin)
for path in sys.argv[-1].split(", "):
    values = [page]
    for name in path.strip(".").split("."):
        if name != "[]":
            values = [value.get(name.removesuffix("[]")) for value in values]
        if name.endswith("[]"):
            values = values[0]
    for value in values:
        try:
            print(value if isinstance(value, str) else json.dumps(value), flush=True)
        except BrokenPipeError:  # `head` has read enough
            os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a page and the output that the page shows."""

    command: str
    shown: str


def steps_of(page: Path) -> list[Step]:
    """Return the commands of all console blocks of a page, in their order."""
    return [step for block in _BLOCK.findall(page.read_text("utf-8")) for step in _steps(block)]


def _steps(block: str) -> Iterator[Step]:
    for text in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        first, *rest = text.rstrip("\n").split("\n")
        command = [first]
        while rest and (f"{rest[0]} ".startswith("> ") or command[-1].endswith("\\")):
            command.append(rest.pop(0).removeprefix(">").removeprefix(" "))
        yield Step("\n".join(command), "\n".join(rest).strip())


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether an output is the one that a page shows, but for what it leaves out and timings."""
    wanted, found = _without_timings(shown), _without_timings(printed)
    pattern = ".*".join(map(re.escape, wanted.split("...")))
    return re.fullmatch(pattern, found, re.DOTALL) is not None


def _without_timings(text: str) -> str:
    for pattern, name in _TIMINGS:
        text = re.sub(pattern, name, text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


@dataclass(slots=True)
class Console:
    """A shell in a folder that has the files of the clone that the pages name."""

    folder: Path
    _stack: ExitStack
    _real: dict[str, str] = field(default_factory=dict)  # {address on the page: where it listens}
    _jobs: dict[int, Running] = field(default_factory=dict)  # by the number that a shell gives

    def run(self, step: Step) -> str:
        """Run a command and return what it prints, in the words of the page."""
        command = step.command
        for shown, real in self._real.items():
            command = command.replace(shown, real)
        if job := re.fullmatch(r"kill (?:-INT )?%(\d+)", command):
            return self._end(int(job[1]))
        if command.endswith(" &"):
            return self._begin(command.removesuffix(" &"), step)
        if command.startswith("glancetape ") and not _FOR_A_SHELL.search(_QUOTED.sub("", command)):
            words = shlex.split(command.replace("\\\n", ""))
            if words[1] in _LISTENING and "--listen" not in words:
                words[2:2] = ["--listen", "127.0.0.1:0"]  # others may listen at the usual port
            words[0] = str(BIN / words[0])
            program = start(words, self.folder, installed=False, **self._environment())
            printed = program.stdout.read() if program.stdout else ""
            program.wait(120)
            return self._as_shown(printed)
        return self._as_shown(
            subprocess.run(
                ["sh", "-c", command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
                cwd=self.folder,
                env=os.environ | self._environment(),
            ).stdout
        )

    def _begin(self, command: str, step: Step) -> str:
        arguments = shlex.split(re.sub(r"(--listen )\S+", r"\g<1>127.0.0.1:0", command))
        if arguments[0] == "mitmdump":
            arguments += ["-p", "0"]
        elif "--listen" not in arguments:
            arguments[2:2] = ["--listen", "127.0.0.1:0"]
        program = BIN / arguments[0]
        job = self._stack.enter_context(
            running(
                [program, *arguments[1:]],
                cwd=self.folder,
                installed=False,
                **self._environment(),
            )
        )
        self._jobs[max(self._jobs, default=0) + 1] = job
        if address := _ADDRESS.search(step.shown or ""):
            self._real[address[0]] = job.url.removeprefix("http://")
        printed = takewhile(lambda line: "listening" not in line, list(job.lines))
        lines = job.lines[: len(list(printed)) + 1]
        return self._as_shown("\n".join(lines) if step.shown else "")

    def _end(self, job: int) -> str:
        ended = self._jobs.pop(job)
        before = len(ended.lines)
        ended.stop()
        # The warning of the last miss may come after its answer, so after the next command began.
        return self._as_shown(_MISS.sub("", "\n".join(ended.lines[before:])))

    def _as_shown(self, text: str) -> str:
        for shown, real in self._real.items():
            text = text.replace(real, shown)
        return text.replace(f"{self.folder}/", "").strip()

    def _environment(self) -> dict[str, str]:
        bin_folder = self.folder / ".bin"
        return {
            "PATH": f"{bin_folder}:{BIN}:{os.environ['PATH']}",
            "HOME": str(self.folder / ".home"),
            "XDG_CONFIG_HOME": str(self.folder / ".home/.config"),
            "CI": "",
            "COLUMNS": "100",
        }


@contextmanager
def console(folder: Path) -> Iterator[Console]:
    """Open a shell in a folder; what it began in the background ends with it."""
    copytree(ROOT / "cassettes" / "samples", folder / "cassettes" / "samples")
    (folder / "proxy").symlink_to(ROOT / "proxy")
    (folder / ".home").mkdir()
    (folder / ".bin").mkdir()
    if which("jq") is None:
        jq = folder / ".bin" / "jq"
        jq.write_text(_JQ.format(python=sys.executable))
        jq.chmod(0o755)
    with ExitStack() as stack:
        yield Console(folder, stack)
