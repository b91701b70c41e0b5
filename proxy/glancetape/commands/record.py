"""The command record: a proxy that stores the traffic of the image service in a cassette."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from glancetape.commands.shared_options import (
    RECORDING,
    Trust,
    command,
    confdir_option,
    dry_run_option,
    listen_option,
    only_files,
    path,
    quiet_option,
    settings_options,
    trust_options,
)
from glancetape.commands.starting.dry_run import recorded_into
from glancetape.commands.starting.proxy_start import serve
from glancetape.home_folder import in_home
from glancetape.options import Settings
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape_cassettes.plain_names import word_of


def _no_words(context: click.Context, parameter: click.Parameter, words: Sequence[Path]) -> None:
    if only_files(context, parameter, words):
        raise click.UsageError(
            f"Got unexpected extra argument ({words[0]}). The file to record into is named with "
            f"--cassette {word_of(words[0])}; to record what a command asks, use `glancetape run`.",
            context,
        )


@command("record", "Record the image service's traffic into a cassette.")
@click.argument("words", nargs=-1, metavar="", type=path, expose_value=False, callback=_no_words)
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="[SERVICE=]URL",
    help="Act as a reverse proxy for this service; with image=URL and identity=URL for both "
    "(repeatable). [default: forward proxy]",
)
@click.option(
    "--cassette",
    default="cassette.yaml",
    show_default=True,
    metavar="FILE",
    type=path,
    help="The cassette to record into.",
)
@listen_option
@settings_options(
    *RECORDING,
    "server_name",
)
@dry_run_option
@trust_options
@confdir_option
@quiet_option
def record(
    *,
    upstreams: tuple[str, ...],
    cassette: Path,
    listen: str,
    settings: Settings,
    dry_run: bool,
    trust: Trust,
    confdir: str,
    quiet: bool,
) -> None:
    """Record the image service's traffic into a cassette.

    With --upstream, your client uses the proxy's address as its endpoint. If it logs in, name both
    services, and let its auth URL be the proxy's address with /identity/v3. Without --upstream, set
    the proxy as your client's HTTP proxy, or use `glancetape run`. Each interaction is on the disk
    before the client gets the response.
    """
    with errors_as_sentences():
        from glancetape.addresses import parse_address, parse_upstreams
        from glancetape.wire.mitmproxy_runner import Plan

        parse_upstreams(upstreams)
        address = parse_address(listen)
        with recorded_into(in_home(cassette), dry_run=dry_run) as file:
            plan = Plan(
                settings=replace(settings, record=file, upstream=upstreams),
                listen=address,
                confdir=str(in_home(confdir)),
                upstream_ca=trust.upstream_ca,
                insecure=trust.insecure,
            )
            serve(plan, quiet=quiet)
