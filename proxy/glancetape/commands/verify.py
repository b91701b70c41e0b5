"""The command verify: is what was recorded what the rules, or a live service, answer?"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glancetape.options import Settings, on_command
from glancetape.terminal.error_sentences import one_sentence
from glancetape.terminal.progress import Progress
from glancetape_cassettes.errors import BadParameter

if TYPE_CHECKING:
    from glancetape.checks.drift import Drift
    from glancetape_cassettes.deriving.deriver import Deriver
    from glancetape_cassettes.formats.cassette import Cassette
    from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers


@click.command()
@click.argument("cassettes", nargs=-1, required=True, metavar="CASSETTE...")
@on_command("dialect")
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
@click.option(
    "--against", metavar="URL", help="Ask this live service instead, and report what has drifted."
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="With --against: send this header, such as a token (repeatable). It is kept nowhere.",
)
@click.option(
    "--project",
    metavar="ID",
    help="With --against: your project's id there; it stands for the recorded one.",
)
@on_command("key_file")
@click.option(
    "--upstream-ca",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="With --against: trust these CAs.",
)
@click.option(
    "--insecure", is_flag=True, help="With --against: do not check the service's certificate."
)
def verify(cassettes: tuple[str, ...], dialect: str, *, as_json: bool, **live: Any) -> None:
    """Ask every recorded list request again, and compare with what was recorded.

    Answered by the rules that answer what was not recorded, from other walks where they cover it;
    so it shows whether the cloud goes by these rules. With --against a live service answers, and
    the report is what has changed there since. Exits 1 when something differs.
    """
    with one_sentence():
        from glancetape_cassettes.formats.cassette import load_cassette

        if not live["against"] and (given := [name for name in live if live[name]]):
            raise BadParameter(f"--{given[0].rstrip('s').replace('_', '-')} goes with --against.")
        loaded = [load_cassette(Path(name)) for name in dict.fromkeys(cassettes)]
        if live["against"]:
            drift = _look_for_drift(loaded, dialect, live)
            from glancetape.checks import drift_report

            shown = json.dumps(drift_report.as_json(drift), indent=2, ensure_ascii=False)
            click.echo(shown if as_json else drift_report.as_text(drift))
            sys.exit(1 if drift.is_any else 0)
        _verify(loaded, dialect, as_json=as_json)


def _verify(cassettes: list["Cassette"], dialect: str, *, as_json: bool) -> None:
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
            click.echo(json.dumps(found, indent=2) if as_json else why)
            return
        report = ask_again(deriver, progress)
    shown = verify_report.as_json(report, cassettes)
    text = json.dumps(shown, indent=2, ensure_ascii=False)
    click.echo(text if as_json else verify_report.as_text(report))
    sys.exit(1 if report.differing else 0)


def _why_nothing(recorded: "RecordedAnswers", deriver: "Deriver") -> str:
    """Say why nothing can be checked; "" when something can."""
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
            f"The recording fits no known cloud ({deriver.recognised.signs}), so there are no "
            "rules to check it by; --dialect names one."
        )
    return ""


def _look_for_drift(cassettes: list["Cassette"], dialect: str, live: dict[str, Any]) -> "Drift":
    from glancetape.addresses import parse_upstream
    from glancetape.checks.drift import find_drift
    from glancetape.checks.live_service import Live
    from glancetape.commands.header_option import header_of
    from glancetape_cassettes.deriving.recorded_callers import RecordedCallers

    with Progress() as progress:
        progress("reading", 0, 0)
        known = RecordedCallers.of(
            cassettes, live["project"], Settings.of({"key_file": live["key_file"]}).key_file
        )
        service = Live(
            parse_upstream(live["against"], "--against"),
            tuple(header_of(text) for text in live["headers"]),
            live["upstream_ca"],
            insecure=live["insecure"],
        )
        with service:
            return find_drift(known, service, progress)


COMMANDS = (verify,)
