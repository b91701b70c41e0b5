"""The command serve: the direct server, for load."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from glancetape.commands.shared_options import (
    REPLAYING,
    WholeNumber,
    command,
    listen_option,
    options_as,
    path,
    quiet_option,
    replayed_files,
    settings_options,
)
from glancetape.commands.starting.proxy_start import check_files, write_end
from glancetape.home_folder import in_home
from glancetape.options import Settings
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape_cassettes.lean_process import without_garbage_collection

if TYPE_CHECKING:
    from glancetape.addresses import Address
    from glancetape.session.counts import Counts
    from glancetape.terminal.stderr_log import Lines
    from glancetape.wire.serving.one_process import Announce
    from glancetape.wire.serving.plan import Certificate, ServePlan

_NO_METRICS = "off"


class Tls(NamedTuple):
    """Whether HTTPS is served, and with which certificate."""

    is_wanted: bool
    chain: Path | None
    key: Path | None


tls_options = options_as(
    "tls",
    lambda tls, tls_cert, tls_key: Tls(is_wanted=tls, chain=tls_cert, key=tls_key),
    click.option("--tls", is_flag=True, help="Make a certificate, and serve HTTPS with it."),
    click.option(
        "--tls-cert", metavar="FILE", type=path, help="Serve HTTPS with this certificate (PEM)."
    ),
    click.option("--tls-key", metavar="FILE", type=path, help="The key of that certificate (PEM)."),
)


@command("serve", "Answer like replay, but at load: as an endpoint, without mitmproxy.")
@replayed_files
@listen_option
@click.option(
    "--workers",
    type=WholeNumber(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="Number of processes.",
)
@tls_options
@click.option(
    "--metrics",
    metavar="HOST:PORT",
    help="Where Prometheus finds /metrics; `off` for nowhere. [default: 127.0.0.1 and the port "
    "after that of --listen]",
)
@click.option("--access-log", is_flag=True, help="Print a line for each answer.")
@settings_options(*REPLAYING)
@quiet_option
def serve(
    *,
    files: tuple[Path, ...],
    listen: str,
    workers: int,
    tls: Tls,
    metrics: str | None,
    access_log: bool,
    settings: Settings,
    quiet: bool,
) -> None:
    """Answer like replay, but at load: as an endpoint, without mitmproxy.

    The answers are those of `glancetape replay`, byte for byte, many times as fast. Your client
    uses the address as its endpoint. For HTTPS to the names of a real cloud through a proxy, use
    replay.
    """
    with errors_as_sentences():
        with without_garbage_collection(stays=True):
            from glancetape.addresses import parse_address
            from glancetape.terminal.stderr_log import log_to_stderr
            from glancetape.wire.serving.plan import ServePlan, set_log_levels

            address = parse_address(listen)
            plan = ServePlan(
                settings=replace(settings, replay=tuple(in_home(file) for file in files)),
                listen=address,
                metrics=_metrics_address(metrics, address),
                workers=workers,
                certificate=_certificate(address.host, tls),
                access_log=access_log,
                quiet=quiet,
            )
            check_files(plan.settings)
        if plan.certificate is not None:
            plan.certificate.context()
        lines = log_to_stderr(quiet=quiet)
        set_log_levels(plan)

        try:
            counts = _serve(plan, partial(_announce, plan, lines))
            write_end(lines, counts, quiet=quiet)
        finally:
            lines.finish()


def _announce(plan: "ServePlan", lines: "Lines", url: str, metrics: str) -> None:
    click.echo(f"listening on {url}", err=True)
    if metrics and not plan.quiet:
        lines.write(f"metrics on {metrics}")
    if plan.certificate is not None and plan.certificate.ca is not None and not plan.quiet:
        lines.write(f"clients have to trust {plan.certificate.ca}")
    lines.show()


def _serve(plan: "ServePlan", announce: "Announce") -> "Counts":
    with without_garbage_collection(stays=True):
        from glancetape.wire.serving.server import raise_file_limit

        raise_file_limit()  # workers inherit it
        if plan.workers > 1:
            from glancetape.wire.serving.workers import serve_with_workers as serve_plan
        else:
            from glancetape.wire.serving.one_process import serve_here as serve_plan
    return serve_plan(plan, announce)


def _certificate(host: str, tls: Tls) -> "Certificate | None":
    from glancetape_cassettes.errors import BadParameter

    if (tls.chain is None) != (tls.key is None):
        raise BadParameter("--tls-cert and --tls-key have to be given together.")
    if tls.chain is not None and tls.key is not None:
        from glancetape.wire.serving.plan import Certificate

        return Certificate(chain=in_home(tls.chain), key=in_home(tls.key))
    if not tls.is_wanted:
        return None
    import os
    from datetime import UTC, datetime

    from glancetape.home_folder import cache_folder
    from glancetape.wire.serving.own_certificate import own_certificate

    return own_certificate(host, cache_folder(os.environ) / "tls", datetime.now(UTC))


def _metrics_address(text: str | None, listen: "Address") -> "Address | None":
    from glancetape.addresses import Address, parse_address

    if text == _NO_METRICS:
        return None
    if text is not None:
        return parse_address(text, "--metrics")
    return Address("127.0.0.1", min(listen.port + 1, 65535) if listen.port else 0)
