"""The command line: one function a command. Those for image sets are in a module of their own."""

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glancetape import __version__
from glancetape.addresses import parse_address, parse_upstream
from glancetape.commands import import_and_inspect
from glancetape.commands.generate import generate
from glancetape.commands.verify import verify
from glancetape.options import BY_NAME, Settings, on_command
from glancetape.terminal.error_sentences import one_sentence
from glancetape_cassettes.errors import GlancetapeError

if TYPE_CHECKING:
    from glancetape.terminal.stderr_log import Lines
    from glancetape.wire.mitmproxy_runner import Plan, Proxy

_MITMPROXY_FOLDER = "~/.mitmproxy"


def _log_to_stderr(quiet: bool) -> "Lines":
    """Log to standard error, from the moment that `show` is called."""
    from glancetape.terminal.stderr_log import Lines

    lines = Lines()
    logging.getLogger().addHandler(lines)
    # Clients that keep their connections open at the end are no error of anybody's.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    for name in ("glancetape", "glancetape_cassettes"):
        logging.getLogger(name).setLevel(logging.WARNING if quiet else logging.INFO)
    return lines


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="glancetape %(version)s")
def main() -> None:
    """Record GET /v2/images traffic (Huawei Cloud IMS, OpenStack Glance) and replay it offline."""


def _proxy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--listen",
            default="127.0.0.1:8180",
            show_default=True,
            metavar="HOST:PORT",
            help="Where to listen; port 0 takes any free one.",
        ),
        _confdir_option,
        _quiet_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


_confdir_option = click.option(
    "--confdir",
    default=_MITMPROXY_FOLDER,
    show_default=True,
    metavar="DIR",
    help="mitmproxy's folder, with its CA.",
)
_quiet_option = click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")


def _upstream_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option(
        "--insecure", is_flag=True, help="Do not check the certificate of the real service."
    )(command)
    return click.option(
        "--upstream-ca",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        help="Trust these CAs for the real service.",
    )(command)


@main.command()
@click.option(
    "--upstream",
    metavar="URL",
    help="Act as a reverse proxy for this service. [default: forward proxy]",
)
@click.option(
    "--cassette",
    default="cassette.yaml",
    show_default=True,
    metavar="FILE",
    help="The cassette to record into.",
)
@_proxy_options
@on_command("mode", "keystone", "keep_ids", "key_file", "keep_header", "sensitive", "miss_status")
@_upstream_options
def record(cassette: str, **values: Any) -> None:
    """Record the traffic of the image service into a cassette.

    With --upstream, point your client at this proxy; without, set it as the client's HTTP proxy
    (or use `glancetape run`). Each answer is on the disk before the client gets it.
    """
    _serve({"record": cassette}, values)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@_proxy_options
@on_command("project", "dialect", "key_file", "sensitive", "miss_status")
def replay(files: tuple[str, ...], **values: Any) -> None:
    """Answer from cassettes and an image set, without any network.

    Point your client at this proxy, or set it as the client's HTTP proxy. What is recorded is
    answered from the recording, the rest from the image set if one is named. A request that neither
    answers gets 501, what is nearest, and how to record it.
    """
    _serve({"replay": files}, values)


@main.command(context_settings={"allow_interspersed_args": False})
@click.option("--record", "record_into", metavar="FILE", help="Record into this cassette.")
@click.option(
    "--replay", "files", multiple=True, metavar="FILE", help="Answer from this (repeatable)."
)
@_confdir_option
@_quiet_option
@on_command(
    "mode",
    "keystone",
    "keep_ids",
    "key_file",
    "keep_header",
    "sensitive",
    "miss_status",
    "project",
    "dialect",
)
@_upstream_options
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    record_into: str | None, files: tuple[str, ...], command: tuple[str, ...], **values: Any
) -> None:
    """Run a command with its HTTP and HTTPS through the proxy.

    The command gets HTTP_PROXY, HTTPS_PROXY, an empty NO_PROXY, and a CA bundle with the proxy's
    CA and the public roots. Its exit status is returned.
    """
    if bool(record_into) == bool(files):
        raise click.UsageError("give either --record FILE or --replay FILE.")
    source = click.get_current_context().get_parameter_source("mode")
    if files and source is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--mode goes with --record; --replay records nothing.")
    cassettes = {"record": record_into} if record_into else {"replay": files}
    with one_sentence():
        from glancetape.commands.child_process import run_through
        from glancetape.wire.mitmproxy_runner import ProxyThread

        lines = _log_to_stderr(values.pop("quiet"))
        lines.show()
        plan = _plan(cassettes, {**values, "listen": "127.0.0.1:0", "upstream": None})
        with ProxyThread(plan) as proxy:
            status = run_through(proxy.url, Path(plan.confdir or "").expanduser(), command)
        lines.say(f"glancetape: {proxy.counts}")
        if not proxy.counts.requests:
            lines.say(
                "warning: no request came through the proxy; does the command honour HTTP_PROXY?"
            )
        lines.finish()
        sys.exit(status or (1 if proxy.storing_failed else 0))


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
def scan(files: tuple[str, ...], as_json: bool) -> None:
    """Look for secrets in cassettes of any recorder; exit 1 when there are any.

    Found is what recording would have left out or replaced. The secrets are not shown.
    """
    from glancetape_cassettes.redaction import scan as scanning

    reports, unread = [], []
    for name in files:
        try:
            reports.append(scanning.scan(Path(name)))
        except GlancetapeError as error:
            unread.append(str(error))
    if reports or as_json:
        click.echo(scanning.as_json(reports) if as_json else scanning.as_text(reports))
    for message in unread:
        click.echo(f"Error: {message}", err=True)
    sys.exit(1 if unread or any(report.findings for report in reports) else 0)


def _plan(cassettes: dict[str, Any], values: dict[str, Any]) -> "Plan":
    from glancetape.wire.mitmproxy_runner import Plan

    chosen = {name: values[name] for name in BY_NAME if name in values}
    upstream = values.get("upstream")
    return Plan(
        settings=Settings.of(chosen | cassettes),
        listen=parse_address(values["listen"]),
        upstream=parse_upstream(upstream) if upstream else None,
        confdir=str(Path(values["confdir"]).expanduser()),
        upstream_ca=values.get("upstream_ca"),
        insecure=bool(values.get("insecure")),
    )


def _serve(cassettes: dict[str, Any], values: dict[str, Any]) -> None:
    lines = _log_to_stderr(values.pop("quiet"))

    def announce(proxy: "Proxy") -> None:  # the first line: programs wait for it
        click.echo(f"listening on {proxy.url}", err=True)
        lines.show()

    with one_sentence():
        from glancetape.wire.mitmproxy_runner import Proxy

        try:
            proxy = Proxy(_plan(cassettes, values))
            asyncio.run(proxy.run(announce, signals=True))
            lines.say(f"glancetape: {proxy.counts}")
        finally:
            lines.finish()
        if proxy.storing_failed:
            raise GlancetapeError(f"answers that could not be recorded: {proxy.storing_failed}.")


for _command in (*import_and_inspect.COMMANDS, generate, verify):
    main.add_command(_command)
