"""Options that several commands have: each is declared once, so it means the same everywhere."""

import functools
import os
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import click

from glancetape.terminal.color import color_option
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape_cassettes.cloud.dialect_names import NAMES
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.lean_process import one_blas_thread
from glancetape_cassettes.plain_names import word_of
from glancetape_cassettes.version import __version__

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

path = click.Path(path_type=Path)
"""The type of a file that a command reads or writes; shells complete it."""


class WholeNumber(click.IntRange):
    """A whole number in a range; click itself calls another text "not a valid integer range"."""

    name = "whole number"


def command(
    name: str, short_help: str, *, runs_a_program: bool = False
) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command, with the options that all commands have.

    `short_help` is its line in `glancetape --help`. Of a command that runs a program of the user,
    everything after the first argument is an argument, and the environment stays the user's.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        @functools.wraps(function)
        def call(**values: Any) -> Any:
            from glancetape.terminal.stderr_log import show_warnings

            show_warnings()
            with nullcontext() if runs_a_program else one_blas_thread():
                return function(**values)

        settings = {"allow_interspersed_args": not runs_a_program}
        made = click.command(name, short_help=short_help, context_settings=settings)(call)
        made.params.append(color_option())
        return made

    return decorate


def only_files(context: click.Context, _: click.Parameter, words: Sequence[Path]) -> Sequence[Path]:
    """Return the files of an argument. Raises UsageError, which names `run`, for a command."""
    for word in words:
        if not os.path.exists(word) and _is_command(str(word)):
            how = "--record" if context.info_name == "record" else "--replay"
            raise click.UsageError(
                f"{word} is a command, and {context.command_path} does not run one. Use: "
                f"glancetape run {how} FILE -- {word_of(word)}",
                context,
            )
    return words


def _is_command(word: str) -> bool:
    from shutil import which  # files that are there need no answer

    return which(word) is not None


replayed_files = click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=path,
    callback=only_files,
)


def replay_option(default: str = "") -> Decorator:
    """Add `--replay FILE`; `default` says what is replayed without it."""
    return click.option(
        "--replay",
        "files",
        multiple=True,
        metavar="FILE",
        type=path,
        help="Answer from this cassette or image set (repeatable)."
        + (f" [default: {default}]" if default else ""),
    )


def settings_options(*names: str) -> Decorator:
    """Add options of a session to a command, which gets their values as one `settings`."""
    from glancetape.commands.click_options import on_command  # not loaded where there is no session
    from glancetape.options import Settings, flag

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(**values: Any) -> Any:
            chosen = {name: values.pop(name) for name in names}
            with errors_as_sentences():
                settings = Settings.of(chosen, flag)
            return function(settings=settings, **values)

        return on_command(*names)(call)

    return decorate


def options_as(name: str, make: Callable[..., Any], *options: Decorator) -> Decorator:
    """Add options to a command, which gets what `make` makes of their values as one argument.

        quality_options = options_as("quality", Quality, size_option, color_option)

    `make` is called with the values by the names of the options.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(**values: Any) -> Any:
            chosen = {option: values.pop(option) for option in signature(make).parameters}
            return function(**{name: make(**chosen)}, **values)

        decorated: Callable[..., Any] = call
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


RECORDING = (
    *("mode", "keystone", "only", "fail_open", "keep_ids", "key_file", "keep_header"),
    *("sensitive", "ignore", "miss_status"),
)
"""The options of what records."""
FAULTS = ("latency", "fail", "throttle", "lab", "fault_seed")
"""The options that make the cloud misbehave, where something is replayed."""
REPLAYING = (
    *("writable", "own_project", "cloud", "dialect", "key_file", "sensitive", "ignore"),
    *("miss_status", "cors", "no_cors", "server_name", *FAULTS),
)
"""The options of a server that only replays."""


class Trust(NamedTuple):
    """Which certificates of the real service are trusted."""

    upstream_ca: str | None
    """A file of CAs; None for the public ones."""
    insecure: bool
    """Every certificate is."""


trust_options = options_as(
    "trust",
    Trust,
    click.option(
        "--upstream-ca",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="Trust the CAs in this file (PEM) for the real service.",
    ),
    click.option(
        "--insecure", is_flag=True, help="Do not check the certificate of the real service."
    ),
)


DEFAULT_CONFDIR = "~/.mitmproxy"
confdir_option = click.option(
    "--confdir",
    default=DEFAULT_CONFDIR,
    show_default=True,
    metavar="DIR",
    type=click.Path(),
    help="The folder in which mitmproxy keeps its CA.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only warnings and errors.")
listen_option = click.option(
    "--listen",
    default="127.0.0.1:8180",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; port 0 takes any free port.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
force_option = click.option("--force", is_flag=True, help="Replace an existing file.")
used_option = click.option(
    "--used",
    metavar="FILE",
    type=path,
    help="At the end, write which interactions were used, as JSON; `prune --unused` reads it.",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Print what would change, as a unified diff; write nothing."
)


class RunOutput(NamedTuple):
    """What a run leaves behind besides its cassette."""

    used: Path | None
    """Where the report on what was used is written."""
    dry_run: bool
    """The cassette stays as it is, and a diff is printed."""


output_options = options_as("output", RunOutput, used_option, dry_run_option)
workers_option = click.option(
    "--workers",
    type=WholeNumber(1, 64),
    metavar="N",
    help="Number of processes. [default: one for each idle processor, at most 4]",
)
header_option = click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    callback=lambda *given: tuple(map(_parse_header, given[2])),
    help="Send this header with each request (repeatable). It is not stored.",
)


def show_diff(old_name: Path, new_name: Path, old: Sequence[bytes], new: Sequence[bytes]) -> None:
    """Print the unified diff of two files that are given in parts."""
    from glancetape.terminal.escaping import escape
    from glancetape_cassettes.editing.differences import unified_diff

    for line in unified_diff(str(old_name), str(new_name), old, new):
        click.echo(escape(line))


def _parse_header(text: str) -> tuple[str, str]:
    """Name and value of 'NAME: VALUE'. The error does not repeat what may be a secret."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError("--header is not 'NAME: VALUE'.")
    return name.strip(), value.strip()


class ImageSetOptions(NamedTuple):
    """How a set answers: what `--home-project` and `--dialect` write into it."""

    home_project: str | None
    dialect: str | None


def image_set_options(*, default_project: str, default_dialect: str) -> Decorator:
    """Add `--home-project` and `--dialect`; the command gets them as `options`.

    The defaults are described in the help.
    """
    return options_as(
        "options",
        ImageSetOptions,
        click.option(
            "--home-project",
            metavar="ID",
            callback=_check_project,
            help="The project whose view the image set shows when the caller names none. "
            f"[default: {default_project}]",
        ),
        click.option(
            "--dialect",
            type=click.Choice(NAMES),
            help=f"The cloud whose rules apply. [default: {default_dialect}]",
        ),
    )


def _check_project(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.isprintable():
        raise click.UsageError("--home-project must be printable text.")
    return value


_AN_ID = lazy_compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_ENDING = lazy_compile(r"(?:\.[A-Za-z0-9]{1,10})?\Z")


def name_to_store(file: Path) -> str:
    """Return the name of a file as it may stand in what is made of it: without secrets and ids.

    >>> name_to_store(Path("prod-0123456789abcdef0123456789abcdef.ndjson"))
    'prod-REDACTED.ndjson'
    """
    from glancetape_cassettes.redaction.policy import PLACEHOLDER
    from glancetape_cassettes.redaction.redactor import Redactor
    from glancetape_cassettes.redaction.stand_ins import is_stand_in

    name = os.fsencode(file.name).decode(errors="replace")
    # The ending stays: what reads the file may go by it, and a secret would take it for its own.
    stem = _ENDING.sub("", name)
    without_ids = _AN_ID.sub(lambda one: one[0] if is_stand_in(one[0]) else PLACEHOLDER, stem)
    return Redactor(None).text(without_ids) + name[len(stem) :]


def about_set(command: str, source: str, options: ImageSetOptions) -> dict[str, str]:
    """What an image set stores about itself: how it was made and how it answers.

    A home project or dialect that was not chosen is absent.
    """
    chosen = {"dialect": options.dialect, "home_project": options.home_project}
    return {
        "made_by": f"glancetape {__version__} {command}",
        "made_from": source,
        **{name: value for name, value in chosen.items() if value is not None},
    }
