"""The page that `inspect --html` makes from a cassette. It needs only a browser."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from glancetape.checks.cassette_facts import CassetteFacts, RequestCount, StateFacts, WalkFacts
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.imageset.picture.bars import OTHERS, Row, bars
from glancetape_cassettes.imageset.picture.layout import card, document, row, tiles
from glancetape_cassettes.imageset.picture.text import in_tooltip, named, shown, sized
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.plain_names import is_same_file

_MOST = 12
"""Rows of a card."""
_LONGEST = 200


def write_cassette_page(facts: CassetteFacts, file: Path, out: Path, *, force: bool) -> None:
    """Write the page of the cassette in `file` to `out`, whole or not at all.

    Raises CassetteError or ImageSetError when it cannot be written; `out` is as before.
    """
    if is_same_file(out, file):
        raise CassetteError(f"{out} is the cassette itself; name another file with --html.")
    with beside(out, force=force) as partial:
        partial.write_text(page_of(facts), encoding="utf-8", newline="\n")


def page_of(facts: CassetteFacts) -> str:
    """The page as HTML; equal facts make equal pages."""
    title = shown(os.fsencode(facts.file).decode(errors="replace"), 120)
    proving = sum(walk.proves for state in facts.states for walk in state.walks)
    ready = sum(not one.missing for one in facts.clients)
    numbers = [
        (f"{facts.interactions:,}", "interaction" if facts.interactions == 1 else "interactions"),
        (f"{len(facts.callers):,}", "caller" if len(facts.callers) == 1 else "callers"),
        (f"{proving:,}", "complete walk" if proving == 1 else "complete walks"),
        (f"{ready} of {len(facts.clients)}", "clients lack nothing"),
        (sized(facts.bytes), "on the disk"),
    ]
    kinds = {kind.value: asked for kind, asked in facts.requests.items()}
    cards = (
        row(_counts("Requests", kinds, len(kinds)), _counts("Callers", facts.callers)),
        row(*([_counts("Logins", facts.logins)] if facts.logins else [])),
        row(*(_state(state) for state in facts.states[:_MOST]))
        if facts.states
        else _nothing(facts),
        row(_clients(facts)),
    )
    return document(
        kicker="Cassette",
        title=title,
        facts=[
            ("recorded", f"{facts.oldest} to {facts.newest}" if facts.oldest else ""),
            ("redaction", facts.redaction),
            ("dialect", f"{facts.dialect} ({facts.signs})" if facts.dialect else ""),
        ],
        body="\n".join([tiles(numbers), *filter(None, cards)]),
        footer="Lists are derived from complete walks. Times are UTC; "
        '<span class="mono">--json</span> has all rows.',
    )


def _counts(title: str, counts: Mapping[str, RequestCount], most: int = _MOST) -> str:
    found = sorted(counts.items(), key=lambda one: (-one[1].requests, one[0]))
    whole = sum(asked.requests for _, asked in found)
    rows = [_bar(name, asked) for name, asked in found[:most]]
    rest = sum(asked.requests for _, asked in found[most:])
    if rest:
        rows.append(Row('<i class="soft">others</i>', "others", rest, ((OTHERS, rest),)))
    return card(title, "", bars(rows, whole, "request"))


def _bar(name: str, asked: RequestCount) -> Row:
    """A bar in two colours: what was answered, and what was refused or failed."""
    failed = sum(count for status, count in asked.statuses.items() if status >= 400)
    parts = (("c0", asked.requests - failed), (OTHERS, failed))
    tooltip = f"{name}, {failed:,} refused or failed" if failed else name
    return Row(named(name), in_tooltip(tooltip), asked.requests, parts)


def _nothing(facts: CassetteFacts) -> str:
    return row(card("Derivable", f"Nothing: {shown(facts.signs, _LONGEST)}."))


def _state(state: StateFacts) -> str:
    lead = f"{named(state.place)}, state {state.state}: {counted(state.images, 'image')} seen"
    walks = [_walk(walk) for walk in state.walks[:_MOST]]
    left = len(state.walks) - _MOST
    more = [f"and {counted(left, 'more walk')}"] if left > 0 else []
    return card(f"Walks of {shown(state.caller)}", lead, _listed([*walks, *more]), "wide")


def _walk(walk: WalkFacts) -> str:
    asked = shown(walk.query, _LONGEST) if walk.query else "everything the caller sees"
    length = f"{counted(walk.images, 'image')} on {counted(walk.pages, 'page')}"
    note = "" if walk.is_complete else ", incomplete"
    problem = f", proves nothing: {shown(walk.problem, _LONGEST)}" if walk.problem else ""
    source = shown(walk.source, _LONGEST)
    return f'<span class="mono">{source}</span> {asked}: {length}{note}{problem}'


def _clients(facts: CassetteFacts) -> str:
    ready = [
        shown(one.name, _LONGEST) + (" (with GLANCETAPE_KEY)" if one.needs_key else "")
        for one in facts.clients
        if not one.missing
    ]
    lacking: Sequence[str] = [
        f"{shown(one.name, _LONGEST)} lacks {shown('; '.join(one.missing), 2 * _LONGEST)}"
        for one in facts.clients
        if one.missing
    ]
    lead = f"Lack nothing: {'; '.join(ready)}" if ready else "Each client would miss something"
    return card("Clients", lead, _listed(lacking), "wide")


def _listed(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
