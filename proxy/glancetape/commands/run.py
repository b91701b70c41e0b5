"""The command run: another command, whose HTTP and HTTPS go through a proxy."""

import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import (
    FAULTS,
    RECORDING,
    RunOutput,
    Trust,
    command,
    confdir_option,
    output_options,
    path,
    quiet_option,
    replay_option,
    settings_options,
    trust_options,
)
from glancetape.commands.starting.dry_run import recorded_into
from glancetape.commands.starting.proxy_start import (
    check_files,
    check_report,
    warn_of_proxy,
    write_end,
    write_report,
)
from glancetape.home_folder import in_home
from glancetape.options import Settings
from glancetape.session.file_to_replay import ENDINGS
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape_cassettes.errors import BadParameter

if TYPE_CHECKING:
    from glancetape.wire.mitmproxy_runner import Plan

_UNUSED = "no request came through the proxy; does the command use HTTP_PROXY?"


@command(
    "run",
    "Run a command with its traffic recorded or replayed.",
    runs_a_program=True,
)
@click.option(
    "--record", "record_into", metavar="FILE", type=path, help="Record into this cassette."
)
@replay_option()
@settings_options(
    *RECORDING,
    "own_project",
    "cloud",
    "writable",
    "cors",
    "no_cors",
    "server_name",
    "dialect",
    *FAULTS,
)
@output_options
@trust_options
@confdir_option
@quiet_option
@click.argument(
    "arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="[--] COMMAND..."
)
def run(
    *,
    record_into: Path | None,
    files: tuple[Path, ...],
    settings: Settings,
    output: RunOutput,
    trust: Trust,
    confdir: str,
    quiet: bool,
    arguments: tuple[str, ...],
) -> None:
    """Run a command with its traffic recorded or replayed.

    The command's HTTP and HTTPS go through a proxy: it gets HTTP_PROXY, HTTPS_PROXY, an empty
    NO_PROXY, and a CA bundle with the proxy's CA and the public roots. Its exit status is
    returned; 127 means that there is no such command. After --replay, more FILEs may follow
    before the command: run --replay a.yaml b.yaml -- COMMAND.
    """
    _check_choice(record_into, files, output)
    with errors_as_sentences():
        if files:
            more, arguments = split_files(arguments, lambda word: shutil.which(word) is not None)
            files += more
        from glancetape.commands.starting.child_process import ca_folder, check_command, run_through
        from glancetape.terminal.stderr_log import log_to_stderr

        check_command(arguments)
        settings = replace(settings, replay=tuple(in_home(file) for file in files))
        check_files(settings)
        check_report(output.used)
        lines = log_to_stderr(quiet=quiet)
        lines.show()
        with removed_when_ended("the command was not run") as ignore_signals, ExitStack() as stack:
            from glancetape.wire.mitmproxy_runner import ProxyThread

            folder = stack.enter_context(ca_folder(confdir))
            if record_into:
                file = recorded_into(in_home(record_into), dry_run=output.dry_run)
                settings = replace(settings, record=stack.enter_context(file))
                warn_of_proxy(lines, settings)
            with ProxyThread(_plan(settings, folder, trust)) as proxy:
                status = run_through(proxy.url, folder, arguments)
                ignore_signals()  # the cassette is finished
            write_end(lines, proxy.counts, quiet=quiet, cassette=settings.record)
        write_report(output.used, settings.replay, proxy.counts)
        if not proxy.counts.requests:
            lines.write(_UNUSED, "warning")
        lines.finish()
        sys.exit(status or (1 if proxy.storing_failed else 0))


def _plan(settings: Settings, confdir: Path, trust: Trust) -> "Plan":
    from glancetape.addresses import parse_address
    from glancetape.wire.mitmproxy_runner import Plan

    return Plan(
        settings=settings,
        listen=parse_address("127.0.0.1:0"),
        confdir=str(confdir),
        upstream_ca=trust.upstream_ca,
        insecure=trust.insecure,
    )


def split_files(
    arguments: tuple[str, ...], is_command: Callable[[str], bool]
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files that follow the one of --replay, and the command.

    >>> split_files(("b.yaml", "c.json", "--", "pytest", "-q"), lambda word: word == "pytest")
    ((PosixPath('b.yaml'), PosixPath('c.json')), ('pytest', '-q'))

    What is named like a cassette or a set is a file, with and without the two dashes. So is every
    other word before them, up to the first that is a command and has dashes of its own:
    `git log -- FILE`. Raises BadParameter for a file that is not there.
    """
    has_dashes = "--" in arguments
    count = 0
    for word in arguments:
        is_file = Path(word).suffix in ENDINGS or (has_dashes and not is_command(word))
        if word == "--" or not is_file:
            break
        count += 1
    command = arguments[count:]
    if count and command[:1] == ("--",):
        command = command[1:]
    if not command:  # a command that cannot be run, as its error says
        return (), arguments
    files = tuple(map(Path, arguments[:count]))
    for file in files:
        if file.suffix not in ENDINGS and not in_home(file).exists():
            raise BadParameter(
                f"{file}: there is no such file and no such command. Files to replay are before "
                "the two dashes, the command is after them: --replay a.yaml b.yaml -- COMMAND"
            )
    return files, command


def _check_choice(record_into: Path | None, files: tuple[Path, ...], output: RunOutput) -> None:
    if bool(record_into) == bool(files):
        raise click.UsageError("give either --record FILE or --replay FILE.")
    source = click.get_current_context().get_parameter_source("mode")
    if files and source is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--mode goes with --record; --replay records nothing.")
    if output.dry_run and files:
        raise click.UsageError("--dry-run goes with --record; --replay writes nothing.")
    if output.used and not files:
        raise click.UsageError("--used goes with --replay; a recording uses all it has.")
