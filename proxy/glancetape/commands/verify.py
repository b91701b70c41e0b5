"""The command verify: whether recorded answers follow from the rules, or are still a service's."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.shared_options import (
    Trust,
    command,
    header_option,
    json_option,
    path,
    settings_options,
    trust_options,
)
from glancetape.options import Settings
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape.terminal.escaping import escape, escape_json, escape_values
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter

if TYPE_CHECKING:
    from glancetape_cassettes.deriving.deriver import Deriver
    from glancetape_cassettes.formats.cassette import Cassette
    from glancetape_cassettes.interaction import Headers
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers


@command("verify", "Check recorded lists against the rules or a live service.")
@click.argument("cassettes", nargs=-1, required=True, metavar="CASSETTE...", type=path)
@json_option
@click.option(
    "--against",
    metavar="URL",
    help="Ask this live service instead, and report what has changed there. --header, "
    "--own-project, --key-file, --upstream-ca and --insecure go with it.",
)
@click.option(
    "--each",
    is_flag=True,
    help="Check each CASSETTE by itself, not all of them as one recording.",
)
@header_option
@settings_options("dialect", "own_project", "key_file")
@trust_options
def verify(
    cassettes: tuple[Path, ...],
    *,
    as_json: bool,
    against: str | None,
    each: bool,
    headers: "Headers",
    settings: Settings,
    trust: Trust,
) -> None:
    """Check recorded lists against the rules or a live service.

    Derives every recorded list again, from a different walk where one covers it. A difference
    means that this cloud does not follow the dialect's rules. With --against, asks a live service
    for every recorded list, and reports what has changed there. Exits with 1 when something
    differs.
    """
    with errors_as_sentences():
        from glancetape.wire.saved.recordings import load_recording

        if each and (against or as_json):
            raise BadParameter("--each goes without --against and without --json.")
        if against:
            loaded = [load_recording(file) for file in dict.fromkeys(cassettes)]
            _compare_live(loaded, against, headers, settings, trust, as_json=as_json)
        live = {
            "--header": headers,
            "--own-project": settings.own_project,
            "--key-file": settings.key_file,
            "--upstream-ca": trust.upstream_ca,
            "--insecure": trust.insecure,
        }
        if given := [name for name, value in live.items() if value]:
            raise BadParameter(f"{given[0]} goes with --against.")
        loaded = [load_recording(file) for file in dict.fromkeys(cassettes)]
        differing = [
            _derive_again(some, settings.dialect, as_json=as_json)
            for some in ([[one] for one in loaded] if each else [loaded])
        ]
        sys.exit(1 if any(differing) else 0)


def _derive_again(cassettes: list["Cassette"], dialect: str, *, as_json: bool) -> bool:
    """Print what comes of deriving every recorded list; return whether something differs."""
    from glancetape.checks import verify_report
    from glancetape.checks.verify import verify as ask_again
    from glancetape_cassettes.deriving.deriver import Deriver
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers

    with Progress() as progress:
        progress("reading", 0, 0)
        recorded = RecordedAnswers(cassettes, lambda _: None)
        deriver = Deriver(recorded, dialect)
        if why := _why_nothing(recorded, deriver):
            names = [str(one.path) for one in cassettes]
            found = {"cassettes": names, "lists": 0, "not_checked": why}
            click.echo(json.dumps(found, indent=2) if as_json else escape(why))
            return False
        report = ask_again(deriver, progress)
    if as_json:
        _print_json(verify_report.as_json(report, cassettes))
    else:
        click.echo(verify_report.as_text(escape_values(report)))
    return bool(report.differing)


def _why_nothing(recorded: "RecordedAnswers", deriver: "Deriver") -> str:
    """Why there is nothing to check; "" when there is something."""
    from glancetape_cassettes.service import is_image_list

    entries = [entry for group in recorded.groups for entry in group]
    if not entries:
        return "Nothing is recorded, so there is nothing to check."
    if not any(is_image_list(one.asked.question.path) for one in entries):
        return "No list of images is recorded, so there is nothing to check."
    if deriver.recognised is None:
        return "No list of images was answered with a page, so there is nothing to check."
    if not deriver.recognised.dialect:
        return (
            "There are no rules to check by, because the recording fits no known cloud "
            f"{deriver.recognised.why_none}."
        )
    return ""


def _compare_live(
    cassettes: list["Cassette"],
    against: str,
    headers: "Headers",
    settings: Settings,
    trust: Trust,
    *,
    as_json: bool,
) -> None:
    """Print what a live service answers otherwise than recorded, and exit."""
    from glancetape.addresses import parse_upstream
    from glancetape.checks import drift_report
    from glancetape.checks.drift import find_drift
    from glancetape.checks.live_service import Live
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers

    with Progress() as progress:
        progress("reading", 0, 0)
        callers = RecordedCallers.of(cassettes, settings.own_project, settings.key_file)
        service = Live(
            parse_upstream(against, "--against"),
            headers,
            trust.upstream_ca,
            insecure=trust.insecure,
        )
        with service:
            drift = find_drift(callers, service, progress)
    if as_json:
        _print_json(drift_report.as_json(drift))
    else:
        click.echo(drift_report.as_text(escape_values(drift)))
    sys.exit(1 if drift.is_any else 0)


def _print_json(report: object) -> None:
    click.echo(escape_json(json.dumps(report, indent=2, ensure_ascii=False)))
