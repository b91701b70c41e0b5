"""The command scan: which secrets a cassette holds."""

import sys
from pathlib import Path

import click

from glancetape.commands.shared_options import command, json_option, path
from glancetape.terminal.error_sentences import show_message
from glancetape.terminal.escaping import escape_json, escape_values
from glancetape_cassettes.errors import GlancetapeError


@command("scan", "Find secrets in cassettes of any recorder.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=path)
@json_option
def scan(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Find secrets in cassettes of any recorder.

    Reports every value that recording would have dropped or replaced, without showing it. Exits
    with 1 when there is one.
    """
    from glancetape_cassettes.redaction import scan as scanning

    reports, unread = [], []
    for file in files:
        try:
            reports.append(scanning.scan(file))
        except GlancetapeError as error:
            unread.append(error)
    if as_json:
        click.echo(escape_json(scanning.as_json(reports)))
    elif reports:
        click.echo(scanning.as_text(escape_values(reports)))
    for message in unread:
        show_message("Error", *message.args)
    sys.exit(1 if unread or any(report.findings for report in reports) else 0)
