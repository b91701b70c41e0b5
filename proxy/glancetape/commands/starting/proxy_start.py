"""Starting a proxy for a command: its files are checked first, then mitmproxy is loaded."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from glancetape.commands.starting.proxy_variables import unused_proxy
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.plain_names import why_not_plain

if TYPE_CHECKING:
    from glancetape.options import Settings
    from glancetape.session.counts import Counts, Kind
    from glancetape.terminal.stderr_log import Lines
    from glancetape.wire.mitmproxy_runner import Plan


def check_files(settings: "Settings") -> None:
    """Raise CassetteError or ImageSetError for a file to replay that is missing or damaged.

    Loading mitmproxy takes a second; a wrong name or file is reported before it.
    """
    from glancetape.session.file_to_replay import is_image_set
    from glancetape.wire.saved.recordings import check_recording

    for file in settings.replay:
        if is_image_set(file):
            from glancetape_cassettes.imageset.set_file import SetFile

            SetFile(file).close()
        else:
            check_recording(file)


def warn_of_proxy(lines: "Lines", settings: "Settings") -> None:
    """Write what to do where a recorder passes by the proxy that the environment names."""
    from glancetape.addresses import parse_upstreams

    roots = [one.root for one in parse_upstreams(settings.upstream)]
    if settings.record and (name := unused_proxy(os.environ, roots)):
        lines.write(
            f"{name} is set, and glancetape connects to the service without that proxy. If there "
            "is no other way out, record in mitmproxy: mitmdump -s proxy/glancetape/addon.py "
            f"--set glancetape_record={settings.record} --mode upstream:PROXY",
            "warning",
        )


def write_end(
    lines: "Lines", counts: "Counts", *, quiet: bool, cassette: Path | None = None
) -> None:
    """Write how many requests there were, and what a replay has missed or will miss.

    `cassette` is what was recorded into: a replay may have answers of an earlier recording there.
    """
    from glancetape.checks.logins_alike import notes_on_logins
    from glancetape_cassettes.service import is_login

    lines.write(f"glancetape: {counts}")
    has_passed = any(True for _ in counts.passed_by_kind)
    kept = _recorded_kinds(cassette) if cassette is not None and has_passed else frozenset()
    passed = counts.passed_by_kind.among(kept, known=False)
    for what, tally in (
        ("passed through; a replay will miss them", passed),
        (
            "passed through; the cassette keeps what it has of them",
            counts.passed_by_kind.among(kept, known=True),
        ),
        ("missed", counts.missed_by_kind),
    ):
        if not quiet and (rows := tally.lines()):
            lines.write("\n  ".join([f"{what}:", *rows]))
    if cassette is not None and counts.recorded and not quiet:
        for note in notes_on_logins(cassette):
            lines.write(note)
    _warn_of_hidden(lines, counts)
    logins = [one for one in passed if is_login(one.method, one.path)]
    for one in logins[:1]:
        lines.write(
            f"{one.method} {one.path} passed through: a replay will miss the login. "
            "Record it without --no-keystone.",
            "warning",
        )


def _warn_of_hidden(lines: "Lines", counts: "Counts") -> None:
    """Name a missed login or version document, which clients do not report.

    openstacksdk reports that there is no image service, and not why.
    """
    from glancetape_cassettes.known_services import may_show_versions
    from glancetape_cassettes.service import is_login

    hidden = [
        one
        for one in counts.missed_by_kind
        if is_login(one.method, one.path) or may_show_versions(one.path.partition("?")[0])
    ]
    for one in hidden[:1]:
        more = f", and {len(hidden) - 1} more like it" if len(hidden) > 1 else ""
        lines.write(
            f"{one.method} {one.host}{one.path} was missed{more}: a client may report only that "
            "it finds no service. The warning of this miss, above, names what to do.",
            "warning",
        )


def _recorded_kinds(cassette: Path) -> frozenset["Kind"]:
    """The kinds of requests that a cassette has answers to; none if it cannot be read."""
    from glancetape.session.counts import kind_of
    from glancetape_cassettes.formats.cassette import load_cassette

    try:
        recorded = load_cassette(cassette)
        answered = (one for one in range(len(recorded)) if not recorded.is_mark(one))
        requests = map(recorded.request, answered)
        return frozenset(kind_of(one.method, one.uri) for one in requests)
    except GlancetapeError:
        return frozenset()


def check_report(path: Path | None) -> None:
    """Raise GlancetapeError if the report cannot be written at the end; None is not a report."""
    if path is None:
        return
    if why := why_not_plain(path):
        raise GlancetapeError(why)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
    is_replaced = path.is_file() or not path.exists()
    if path.is_dir() or not os.access(path.parent if is_replaced else path, os.W_OK):
        why = why or "it cannot be opened for writing"
    if why:
        raise GlancetapeError(f"{path}: cannot be written: {why}.")


def write_report(path: Path | None, files: Sequence[Path], counts: "Counts") -> None:
    """Write which interactions of the replayed files were used, for `prune`; nothing for None.

    Raises GlancetapeError when the file cannot be written.
    """
    if path is None:
        return
    from glancetape.checks.uses import session_report, write_json

    missed = [
        {"request": f"{one.method} {one.host}{one.path}", "status": None, "why": "missed"}
        for one in counts.missed_by_kind
    ]
    report = session_report(files, counts.sources, missed, all_used=counts.lacks_sources)
    write_json(path, report)


def serve(plan: "Plan", *, quiet: bool, report: Path | None = None) -> None:
    """Run a proxy until a signal ends it, then print how many requests it had.

    `report` is the file for the report on what was used. The first line on standard error is
    `listening on http://HOST:PORT`: programs wait for it.
    """
    import asyncio

    from glancetape.terminal.stderr_log import log_to_stderr

    lines = log_to_stderr(quiet=quiet)

    def announce(proxy: "Proxy") -> None:
        click.echo(f"listening on {proxy.url}", err=True)
        lines.show()
        warn_of_proxy(lines, plan.settings)

    with errors_as_sentences():
        check_files(plan.settings)
        check_report(report)
        try:
            with removed_when_ended("the proxy was not started"):
                from glancetape.wire.mitmproxy_runner import Proxy

                proxy = Proxy(plan)
                asyncio.run(proxy.run(announce, signals=True))  # which takes signals for its end
            write_end(lines, proxy.counts, quiet=quiet, cassette=plan.settings.record)
            write_report(report, plan.settings.replay, proxy.counts)
        finally:
            lines.finish()
        if proxy.storing_failed:
            raise GlancetapeError(
                f"answers and marks that could not be recorded: {proxy.storing_failed}."
            )
