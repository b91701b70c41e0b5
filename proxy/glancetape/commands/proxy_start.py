"""Starting a proxy for a command: its files are checked first, then mitmproxy is loaded."""

from typing import TYPE_CHECKING

import click

from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape_cassettes.errors import GlancetapeError

if TYPE_CHECKING:
    from glancetape.options import Settings
    from glancetape.wire.mitmproxy_runner import Plan, Proxy


def check_files(settings: "Settings") -> None:
    """Raise CassetteError or ImageSetError for a file to replay that is not there.

    Loading mitmproxy takes a second; a wrong name is reported before it.
    """
    from glancetape.session.image_set_player import is_image_set
    from glancetape_cassettes.formats.cassette import load_cassette

    for file in settings.replay:
        if not is_image_set(file) and not file.is_file():
            load_cassette(file)


def serve(plan: "Plan", *, quiet: bool) -> None:
    """Run a proxy until a signal ends it, then print how many requests it had.

    The first line on standard error is `listening on http://HOST:PORT`: programs wait for it.
    """
    import asyncio

    from glancetape.terminal.stderr_log import log_to_stderr

    lines = log_to_stderr(quiet=quiet)

    def announce(proxy: "Proxy") -> None:
        click.echo(f"listening on {proxy.url}", err=True)
        lines.show()

    with errors_as_sentences():
        check_files(plan.settings)
        from glancetape.wire.mitmproxy_runner import Proxy

        try:
            proxy = Proxy(plan)
            asyncio.run(proxy.run(announce, signals=True))
            lines.write(f"glancetape: {proxy.counts}")
        finally:
            lines.finish()
        if proxy.storing_failed:
            raise GlancetapeError(f"answers that could not be recorded: {proxy.storing_failed}.")
