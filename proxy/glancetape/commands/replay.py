"""The command replay: a proxy that answers from cassettes and an image set."""

from dataclasses import replace
from pathlib import Path

from glancetape.commands.shared_options import (
    REPLAYING,
    command,
    confdir_option,
    listen_option,
    quiet_option,
    replayed_files,
    settings_options,
    used_option,
)
from glancetape.commands.starting.proxy_start import serve
from glancetape.home_folder import in_home
from glancetape.options import Settings
from glancetape.terminal.error_sentences import errors_as_sentences


@command("replay", "Answer requests from cassettes and an image set, offline.")
@replayed_files
@listen_option
@settings_options(*REPLAYING)
@used_option
@confdir_option
@quiet_option
def replay(
    *,
    files: tuple[Path, ...],
    listen: str,
    settings: Settings,
    used: Path | None,
    confdir: str,
    quiet: bool,
) -> None:
    """Answer requests from cassettes and an image set, offline.

    Use the proxy's address as your client's endpoint, or as its HTTP proxy. An answer comes from
    the cassettes where they hold it or prove it, otherwise from the image set if you name one. A
    request that nothing answers gets a 501 with the reason and how to record it.
    """
    with errors_as_sentences():
        from glancetape.addresses import parse_address
        from glancetape.wire.mitmproxy_runner import Plan

        plan = Plan(
            settings=replace(settings, replay=tuple(in_home(file) for file in files)),
            listen=parse_address(listen),
            confdir=str(in_home(confdir)),
        )
    serve(plan, quiet=quiet, report=used)
