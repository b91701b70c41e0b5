"""The command scan: which secrets a cassette holds."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import command, json_option, path
from glancetape.terminal.error_sentences import show_message
from glancetape.terminal.escaping import escape_json, escape_values
from glancetape.terminal.tables import table
from glancetape_cassettes.errors import GlancetapeError

if TYPE_CHECKING:
    from glancetape_cassettes.redaction.scan import ScanReport


@command("scan", "Find secrets in cassettes of any recorder.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=path)
@json_option
def scan(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Find secrets in cassettes of any recorder.

    Reports every value that recording would have dropped or replaced, without showing it. Exits
    with 1 when it finds one.
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
        click.echo(_lay_out(escape_values(reports)))
    for message in unread:
        show_message("Error", *message.args)
    sys.exit(1 if unread or any(report.findings for report in reports) else 0)


def _lay_out(reports: Sequence["ScanReport"]) -> str:
    """A line for each finding, in columns, then a line for each file."""
    rows = [
        (
            f"{found.file}:{found.line}",
            f"#{found.interaction}" if found.interaction else "",
            found.position,
            f"{found.kind} ({found.length} characters)",
        )
        for report in reports
        for found in report.findings
    ]
    return "\n".join([*([table((), rows)] if rows else []), *map(_summary, reports)])


def _summary(report: "ScanReport") -> str:
    count, ids = len(report.findings), report.real_ids
    found = _counted(count, "secret") if count else "no secrets"
    real = "1 id or name is" if ids == 1 else f"{ids} ids or names are"
    note = f"; {real} not replaced by a stand-in" if ids else ""
    return f"{report.file}: {found} in {_counted(report.interactions, report.unit)}{note}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s'[: count != 1]}"
