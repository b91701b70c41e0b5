"""What `glancetape --help` and the help of each command promise."""

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from glancetape import __version__
from glancetape.cli import ALSO_CALLED, SECTIONS, load_command
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run

COMMANDS = {name: load_command(name) for names in SECTIONS.values() for name in names}
HEAVY = "mitmproxy faker yaml numpy pyroaring orjson sqlite3 rich asyncio hypothesis".split()


def test_commands_are_grouped_and_no_line_is_cut_off() -> None:
    """In the order of their use, whatever the width of the terminal."""
    for columns in ("60", "80", "200"):
        shown = run("--help", COLUMNS=columns)

        assert 0 == shown.returncode
        assert "..." not in shown.stdout.partition("Options:")[2]
        assert ["Options", *SECTIONS] == re.findall(r"^(\w.*):$", shown.stdout, re.MULTILINE)
        assert list(COMMANDS) == re.findall(r"^  ([a-z]+)  ", shown.stdout, re.MULTILINE)
        words = " ".join(shown.stdout.split())
        assert all(str(one.short_help) in words for one in COMMANDS.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_help_begins_with_what_the_command_does(name: str) -> None:
    """In the sentence that the list of commands has."""
    for option in ("-h", "--help"):
        shown = run(name, option)

        assert (0, "") == (shown.returncode, shown.stderr)
        usage, _, sentence = shown.stdout.splitlines()[:3]
        assert usage.startswith(f"Usage: glancetape {name} [OPTIONS]")
        assert COMMANDS[name].short_help == sentence.strip()


def test_without_arguments_the_help_is_shown() -> None:
    """Laid out as with --help. click 8.1 prints it and exits with 0, later versions with 2."""
    shown = run()

    assert (shown.returncode, shown.stderr, shown.stdout) in [
        (0, "", run("--help").stdout),
        (2, run("--help").stdout, ""),
    ]


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_printed(option: str) -> None:
    """With the name of the program."""
    assert f"glancetape {__version__}\n" == run(option).stdout


def test_a_name_that_is_spelt_alike_is_suggested() -> None:
    """By newer versions of click; older ones only say that there is no such command."""
    shown = run("gnerate")

    assert 2 == shown.returncode
    assert "'gnerate'" in shown.stderr
    if hasattr(click.exceptions, "NoSuchCommand"):
        assert "'generate'" in shown.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_help_and_a_command_is_the_help_of_the_command(name: str) -> None:
    assert run(name, "--help").stdout == run("help", name).stdout


def test_help_alone_is_the_help_of_all() -> None:
    assert run("--help").stdout == run("help").stdout
    assert run("gnerate").stderr == run("help", "gnerate").stderr


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("replay --cassete x", "Did you mean --cassette of `glancetape record`?"),
        ("replay --count 3", "It is one of `glancetape generate`."),
        ("inspect --listn 3", "Did you mean --listen of `glancetape record` and others?"),
        ("replay --frobnicate", ""),
    ],
)
def test_an_option_of_another_command_is_suggested_with_the_command(
    wrong: str, sentence: str
) -> None:
    """Before one of this command that is less alike."""
    refused = run(*wrong.split())

    option = wrong.split()[1]
    assert 2 == refused.returncode
    assert f"'{option}'" in refused.stderr
    assert refused.stderr.endswith(f" {sentence}\n" if sentence else "\n")
    assert bool(sentence) == ("of `glancetape" in refused.stderr)


def test_an_option_that_is_nearly_one_of_the_command_stays_with_it() -> None:
    refused = run("replay", "--ignor", "x")

    assert "--ignore" in refused.stderr or not hasattr(click.exceptions, "NoSuchCommand")
    assert "glancetape record" not in refused.stderr


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("record -- env pytest", "glancetape run --record FILE -- env"),
        ("record --cassette a.yaml env", "glancetape run --record FILE -- env"),
        ("replay a.yaml -- env pytest", "glancetape run --replay FILE -- env"),
        ("serve a.yaml -- env pytest", "glancetape run --replay FILE -- env"),
    ],
)
def test_a_command_to_run_leads_to_run(wrong: str, right: str) -> None:
    refused = run(*wrong.split())

    assert 2 == refused.returncode
    assert refused.stderr.endswith(f" does not run one. Use: {right}\n")


def test_another_word_is_refused_as_before(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.yaml")

    assert missing in run("record", missing).stderr
    assert "no such cassette" in run("replay", missing).stderr


def test_a_text_in_place_of_a_number_is_called_so() -> None:
    """In every option that has a range."""
    for command in map(load_command, COMMANDS):
        for option in command.params:
            kind: click.ParamType = option.type
            if isinstance(kind, click.IntRange):
                with pytest.raises(click.BadParameter, match="whole number"):
                    kind(value="abc", param=option)


def test_an_option_means_the_same_in_every_command() -> None:
    """The same form, and a help that begins alike."""
    meanings = defaultdict(set)
    for command in COMMANDS.values():
        for one in command.params:
            if isinstance(one, click.Option):
                sentence = re.split(r"[.;,]", one.help or "")[0]
                meaning = (*one.opts, one.is_flag, one.multiple, one.metavar, sentence)
                meanings[one.opts[-1]].add(meaning)

    assert {} == {name: found for name, found in meanings.items() if len(found) > 1}


_FORKS = """
import ast, os, sys
from glancetape.cli import main

heavy, cases = ast.literal_eval(sys.argv[1])
for number, arguments in enumerate(cases):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    os.dup2(os.open(f"{number}.err", os.O_CREAT | os.O_WRONLY), 2)
    try:
        main(arguments, prog_name="glancetape")
    except SystemExit:
        with open(f"{number}.loaded", "w") as file:
            file.write(" ".join(name for name in heavy if name in sys.modules))
    os._exit(0)
"""


def _run_each(cases: Sequence[tuple[str, ...]], folder: Path) -> list[tuple[str, set[str]]]:
    """Run commands, each in a new process; return what they print as errors, and heavy modules.

    The processes are forked from one that has loaded the command line and nothing else.
    """
    subprocess.run(
        [sys.executable, "-c", _FORKS, repr((HEAVY, cases))],
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
        cwd=folder,
    )
    return [
        ((folder / f"{n}.err").read_text(), set((folder / f"{n}.loaded").read_text().split()))
        for n in range(len(cases))
    ]


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """mitmproxy takes a second, NumPy a tenth."""
    cases = [("--help",), *((name, "--help") for name in COMMANDS)]

    found = _run_each(cases, tmp_path)

    assert [] == [(case, heavy) for case, (_, heavy) in zip(cases, found, strict=True) if heavy]


WRONG = [
    (("replay", "a.yaml", "--frobnicate"), "'--frobnicate'"),
    (("replay", "a.yaml", "--listen", "nowhere:"), "--listen"),
    (("replay", "a.yaml", "--miss-status", "200"), "--miss-status: 200 is"),
    (("replay", "a.yaml", "--upstream-ca", "a.yaml"), "'--upstream-ca'"),
    (("replay", "missing.yaml"), "missing.yaml: no such cassette"),
    (("replay", "a.yaml", "missing.images"), "missing.images: no such image set"),
    (("replay", "a.yaml", "broken.yaml"), "broken.yaml, line 2: not a cassette"),
    (("run", "--replay", "notes.yaml", "true"), "notes.yaml: not a VCR cassette"),
    (("replay", "cut.images"), "cut.images is cut off"),
    (("record", "--upstream", "glance"), "--upstream"),
    (
        ("record", "--listen", "127.0.0.1:0", "--upstream-ca", "a.yaml"),
        "a.yaml holds no certificates",
    ),
    (("run", "--replay", "missing.yaml", "true"), "missing.yaml: no such cassette"),
    (("run", "--replay", "missing.images", "true"), "missing.images: no such image set"),
    (("run", "--replay", "a.yaml", "no-such-command"), "cannot be run"),
    (("verify", "a.yaml", "--insecure"), "--insecure goes with --against"),
    (("query", "missing.images"), "missing.images: no such image set"),
]


def test_a_wrong_argument_is_reported_before_mitmproxy_and_numpy_are_loaded(tmp_path: Path) -> None:
    """So it takes a fraction of a second; a damaged file is as wrong as a name."""
    write_cassette(tmp_path / "a.yaml", [(get("/"), ok())])
    (tmp_path / "broken.yaml").write_text("interactions: [\n")
    (tmp_path / "notes.yaml").write_text("a: 1\n")
    (tmp_path / "cut.images").write_bytes(b"SQLite format 3\0")

    found = _run_each([arguments for arguments, _ in WRONG], tmp_path)

    for (arguments, message), (shown, loaded) in zip(WRONG, found, strict=True):
        assert message in shown, arguments
        assert not {"mitmproxy", "numpy"} & loaded, arguments


@pytest.mark.parametrize(
    ("old", "suggested"),
    [
        (("replay", "a.yaml", "--project", "a"), "`--own-project`"),
        (("import", "a.ndjson", "--project", "a"), "`--home-project`"),
        (("generate", "--project", "a"), "`--home-project`"),
        (("verify", "a.yaml", "--project", "a"), "`--own-project`"),
        (("run", "--project", "a", "true"), "`--own-project`"),
        (("query", "a.images", "--headers"), "`--include` (`-i`)"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_the_name_that_an_option_had_leads_to_its_new_one(
    old: tuple[str, ...], suggested: str
) -> None:
    """Not to what is spelt alike, which click suggests."""
    refused = run(*old)

    name = next(one for one in old if one.startswith("--"))
    sentence = f"Error: No such option '{name}': `{name}` is now {suggested}.\n"
    assert 2 == refused.returncode
    assert refused.stderr.endswith(sentence)


OTHER_NAMES = {
    "replay a.yaml --port 8080": "Did you mean --listen HOST:PORT?",
    "serve a.yaml --threads 2": "Did you mean --workers N?",
    "serve a.yaml --https": "Did you mean --tls?",
    "serve a.yaml --key a.pem": "Did you mean --tls-key FILE or --key-file FILE?",
    "record --url http://a": "Did you mean --upstream [SERVICE=]URL?",
    "record -o a.yaml": "Did you mean --cassette FILE?",
    "run --cassette a.yaml -- true": "Did you mean --record FILE or --replay FILE?",
    "generate --preset region": "Did you mean --spec FILE|PRESET?",
    "generate --size 5": "Did you mean --count N?",
    "import a.har --output b.yaml": "Did you mean --out FILE?",
    "export a.yaml --format har": "Did you mean --to?",
    "verify a.yaml --url http://a": "Did you mean --against URL?",
    "query a.images --limit 5": "Write it in QUERY, as in 'limit=5&visibility=public'.",
    "replay a.yaml --tls": "It is one of `glancetape serve`.",
}


@pytest.mark.parametrize("line", OTHER_NAMES)
def test_an_option_of_other_programs_leads_to_the_one_that_is_meant(line: str) -> None:
    """Which may be spelt quite otherwise."""
    refused = run(*line.split())

    wrong = next(one for one in line.split() if one.startswith("-"))
    sentence = f"Error: No such option '{wrong}'. {OTHER_NAMES[line]}\n"
    assert 2 == refused.returncode
    assert refused.stderr.endswith(sentence)


@pytest.mark.parametrize("option", ALSO_CALLED)
def test_each_option_with_other_names_is_one_of_a_command(option: str) -> None:
    """Which would otherwise never be suggested."""
    assert any(option in each.opts for command in COMMANDS.values() for each in command.params)
