"""The command prune: a cassette without what nobody uses."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from glancetape.commands.shared_options import command, dry_run_option, path, show_diff
from glancetape.terminal.ending import removed_when_ended
from glancetape.terminal.error_sentences import errors_as_sentences, show_message
from glancetape.terminal.escaping import escape
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import is_same_file

if TYPE_CHECKING:
    from glancetape_cassettes.formats.cassette import Cassette
    from glancetape_cassettes.interaction import Interaction

_SHOWN = 10
_WRONG = "{}: not a report on what was used; `glancetape run --used` writes one."
Used = Mapping[Path, Sequence[dict[str, Any]]]
"""By report, what it says of each file."""


@command("prune", "Remove what nobody uses from a cassette.")
@click.argument("cassette", metavar="CASSETTE", type=path)
@click.option(
    "--unused",
    "reports",
    multiple=True,
    metavar="FILE",
    type=path,
    help="Remove what this report says was not used (repeatable: what no report has used). "
    "`replay --used`, `run --used` and `pytest --glancetape-report` write one.",
)
@click.option(
    "--keep",
    "--keep-matching",
    "keep",
    metavar="FILTER",
    help="Keep what this mitmproxy filter matches, such as '~u limit=7'. Without --unused, remove "
    "the rest.",
)
@dry_run_option
def prune(*, cassette: Path, reports: tuple[Path, ...], keep: str | None, dry_run: bool) -> None:
    """Remove what nobody uses from a cassette.

    What stays keeps its text and its order, and every answer that the smaller cassette gives is the
    one that the whole one gave. So it keeps changes before what they may have changed, logins whose
    tokens are used, and answers that show how the cloud changed in between. If you replay several
    cassettes together, merge them first.
    """
    with errors_as_sentences():
        from glancetape_cassettes.editing.cassette_parts import check_uncompressed, take_apart
        from glancetape_cassettes.editing.rewriting import rewrite_cassette
        from glancetape_cassettes.editing.thinning import thin
        from glancetape_cassettes.editing.written_secrets import describe, find_written_secrets

        if not reports and keep is None:
            raise BadParameter("give --unused FILE, --keep FILTER, or both.")
        matches = None
        if keep is not None:
            from glancetape.wire.flow_filter import filter_of_interactions

            matches = filter_of_interactions(keep, "--keep")
        check_uncompressed(cassette)
        before = take_apart(cassette)
        used = {report: _read_report(report) for report in reports}
        unwanted = _unwanted(before.cassette, used, matches)
        thinned = thin(before, unwanted, keeps_rules=bool(reports))
        if not thinned.kept:
            raise GlancetapeError(
                f"{cassette}: nothing would be left, so nothing is removed; delete the file."
            )
        if dry_run:
            show_diff(cassette, cassette, before.all, thinned.parts)
        elif thinned.removed:
            with removed_when_ended():
                rewrite_cassette(cassette, before.all, thinned.parts)
        left = () if dry_run else find_written_secrets(cassette)
    would = "would be " if dry_run else ""
    count = counted(len(before.items), "interaction")
    click.echo(
        escape(f"{cassette}: {thinned.removed:,} of {count} {would}removed"),
        err=True,
    )
    lines = _kept_lines(thinned.needed)
    lines += _about_others(cassette, used) if thinned.removed else []
    for line in lines:
        click.echo(escape(f"  {line}"), err=True)
    if left:
        message = f"{cassette}: it still holds what recording would have replaced:"
        show_message("warning", message, *describe(left))


def _kept_lines(needed: dict[int, str]) -> list[str]:
    """What stays although nobody used it, and why."""
    lines = [f"#{index + 1} stays: {why}" for index, why in sorted(needed.items())]
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {more} more stay"] if more > 1 else lines


def _about_others(cassette: Path, used: Used) -> list[str]:
    """What to do if cassettes that the reports name too are replayed together with this one."""
    files = [one for report in used.values() for one in report if "interactions" in one]
    others = sorted({one["file"] for one in files if not is_same_file(one["file"], cassette)})
    if not others:
        return []
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return [
        f"if you replay it together with {others[0]}{more}, merge them first: what goes here may "
        "change their answers"
    ]


def _unwanted(
    cassette: "Cassette", used: Used, matches: "Callable[[Interaction], bool] | None"
) -> set[int]:
    """The positions of what is to be removed."""
    found = set(range(len(cassette)))
    for report, files in used.items():
        found &= _unused_in(report, files, cassette)
    if matches is not None:
        found -= {index for index in found if matches(cassette.interaction(index))}
    return found


def _read_report(report: Path) -> list[dict[str, Any]]:
    """What a report says of each file. Raises GlancetapeError."""
    from glancetape.checks.uses import VERSION

    if not report.is_file():
        raise GlancetapeError(f"{report}: no such report.")
    try:
        value = json.loads(report.read_bytes())
    except OSError as error:
        raise GlancetapeError(f"{report}: cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise GlancetapeError(f"{report}: not JSON: {error}.") from error
    if not isinstance(value, dict) or not isinstance(value.get("files"), list):
        raise GlancetapeError(_WRONG.format(report))
    if value.get("version") != VERSION:
        raise GlancetapeError(
            f"{report}: version {value.get('version')!r}, but this release reads {VERSION}."
        )
    files = (one for one in value["files"] if isinstance(one, dict))
    return [one for one in files if isinstance(one.get("file"), str)]


def _unused_in(report: Path, files: Sequence[dict[str, Any]], cassette: "Cassette") -> set[int]:
    """The positions that a report says were not used. Raises GlancetapeError."""
    from glancetape.checks.uses import request_line

    about = _about(files, cassette.path)
    if about is None or not isinstance(about.get("unused"), list):
        raise GlancetapeError(f"{report}: it does not say what of {cassette.path} was used.")
    outdated = GlancetapeError(
        f"{report}: {cassette.path} has changed since; run what wrote the report again."
    )
    if about.get("digest") not in (None, cassette.digest().hex()):
        raise outdated
    found = set()
    for one in about["unused"]:
        number = one.get("number") if isinstance(one, dict) else None
        if not isinstance(number, int):
            raise GlancetapeError(_WRONG.format(report))
        if not 0 < number <= len(cassette) or request_line(cassette, number) != one.get("request"):
            raise outdated
        found.add(number - 1)
    return found


def _about(files: Iterable[dict[str, Any]], cassette: Path) -> dict[str, Any] | None:
    """What a report says of a cassette, whose path may be written otherwise there."""
    files = list(files)
    same = [one for one in files if is_same_file(one["file"], cassette)]
    alike = [one for one in files if Path(one["file"]).name == cassette.name]
    return next(iter(same or (alike if len(alike) == 1 else [])), None)
