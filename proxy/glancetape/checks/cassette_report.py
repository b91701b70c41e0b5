"""What `inspect` prints of a cassette, as text and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from glancetape.checks.cassette_facts import (
    CassetteFacts,
    Kind,
    RequestCount,
    StateFacts,
    WalkFacts,
)
from glancetape.terminal.tables import table, unbroken
from glancetape_cassettes.nouns import counted, shortened

_SHOWN = 8
"""Rows of a section; JSON has them all."""
_LONGEST = 200
"""Characters of a query or a reason."""


def as_text(facts: CassetteFacts) -> str:
    """The facts for a terminal. Escape them first: they are printed as they are."""
    rows = [
        ("interactions", f"{facts.interactions:,} in {facts.bytes / 1e6:,.1f} MB"),
        ("recorded", _age(facts)),
        ("redaction", facts.redaction),
        ("", ""),
        *_named("requests", _by_kind(facts), most=len(Kind)),
        ("", ""),
        *_named("callers", _most(facts.callers)),
        ("", ""),
        *_named("logins", _most(facts.logins)),
        *_alike(facts),
        ("", ""),
        *_derivable(facts),
        ("", ""),
        *_clients(facts),
    ]
    return table((), rows)


def _age(facts: CassetteFacts) -> str:
    undated = f"{facts.undated:,} without a date" if facts.undated else ""
    dated = f"{facts.oldest} to {facts.newest}" if facts.oldest else ""
    return ", ".join(filter(None, (dated, undated))) or "-"


def _by_kind(facts: CassetteFacts) -> list[tuple[str, RequestCount]]:
    return [(kind.value, facts.requests[kind]) for kind in _kinds(facts)]


def _kinds(facts: CassetteFacts) -> Iterator[Kind]:
    return (kind for kind in Kind if kind in facts.requests)


def _named(
    head: str, counts: Sequence[tuple[str, RequestCount]], most: int = _SHOWN
) -> Iterator[tuple[str, str]]:
    """A row for each count; the first has the name of the section."""
    if not counts:
        yield head, "none"
    for place, (name, asked) in enumerate(counts[:most]):
        yield "" if place else head, f"{name}: {asked.requests:,}{_statuses(asked)}"
    if len(counts) > most:
        yield "", f"and {len(counts) - most:,} more; --json has them all"


def _alike(facts: CassetteFacts) -> Iterator[tuple[str, str]]:
    for kind, count in facts.alike.items():
        yield (
            "",
            f"{count:,} with {kind} differ in their names: only GLANCETAPE_KEY tells them apart",
        )


def _most(counts: Mapping[str, RequestCount]) -> list[tuple[str, RequestCount]]:
    return sorted(counts.items(), key=lambda one: (-one[1].requests, one[0]))


def _statuses(asked: RequestCount) -> str:
    """The statuses, unless all are 200: ` (200 40, 404 2)`."""
    if not set(asked.statuses) - {200}:
        return ""
    found = (unbroken(f"{one} {count:,}") for one, count in sorted(asked.statuses.items()))
    return f" ({', '.join(found)})"


def _derivable(facts: CassetteFacts) -> Iterator[tuple[str, str]]:
    if not facts.states:
        yield "derivable", f"nothing: {facts.signs}"
        return
    yield "derivable", f"by the rules of {facts.dialect} ({facts.signs})"
    last = {(one.caller, one.place): one.state for one in facts.states}
    for state in facts.states[:_SHOWN]:
        yield "", _state(state, last[state.caller, state.place])
        for walk in state.walks[:_SHOWN]:
            yield "", f"  {_walk(walk)}"
        if len(state.walks) > _SHOWN:
            yield "", f"  and {len(state.walks) - _SHOWN:,} more walks; --json has them all"
        if not any(walk.proves for walk in state.walks):
            yield "", "  no walk is complete and certain, so no list is derived"
    if len(facts.states) > _SHOWN:
        yield "", f"and {len(facts.states) - _SHOWN:,} more states; --json has them all"


def _state(state: StateFacts, last: int) -> str:
    between = f", state {state.state} of {last}" if last > 1 else ""
    return f"{state.caller} at {state.place}{between}: {counted(state.images, 'image')} seen"


def _walk(walk: WalkFacts) -> str:
    asked = shortened(walk.query, _LONGEST) if walk.query else "everything the caller sees"
    length = f"{counted(walk.images, 'image')} on {counted(walk.pages, 'page')}"
    if walk.seconds is not None and walk.pages > 1:
        length += f" in {walk.seconds:,.0f} s"
    if walk.problem:
        length += f"; proves nothing: {shortened(walk.problem, _LONGEST)}"
    elif not walk.is_complete:
        length += "; incomplete: record each `next` to the last page"
    return f"walk {walk.source}: {asked}, {length}"


def _clients(facts: CassetteFacts) -> Iterator[tuple[str, str]]:
    head = "clients"
    for one in facts.clients:
        has = f"lacks {'; '.join(one.missing)}" if one.missing else "lacks nothing"
        key = "; without GLANCETAPE_KEY, its login is a miss" if one.needs_key else ""
        yield head, f"{one.name}: {has}{key}"
        head = ""


def as_json(facts: CassetteFacts) -> dict[str, Any]:
    """The facts for programs."""
    return {
        "file": facts.file,
        "bytes": facts.bytes,
        "interactions": facts.interactions,
        "redaction": facts.redaction,
        "recorded": {
            "oldest": facts.oldest or None,
            "newest": facts.newest or None,
            "undated": facts.undated,
        },
        "requests": {kind.name.lower(): _count(facts.requests[kind]) for kind in _kinds(facts)},
        "callers": {name: _count(one) for name, one in _most(facts.callers)},
        "logins": {name: _count(one) for name, one in _most(facts.logins)},
        "logins_alike": facts.alike,
        "dialect": facts.dialect or None,
        "recognised_by": facts.signs,
        "states": [
            {
                "caller": state.caller,
                "place": state.place,
                "state": state.state,
                "images": state.images,
                "walks": [_walk_as_json(walk) for walk in state.walks],
            }
            for state in facts.states
        ],
        "clients": {
            one.name: {"missing": list(one.missing), "needs_key": one.needs_key}
            for one in facts.clients
        },
    }


def _count(asked: RequestCount) -> dict[str, Any]:
    statuses = {str(status): count for status, count in sorted(asked.statuses.items())}
    return {"requests": asked.requests, "statuses": statuses}


def _walk_as_json(walk: WalkFacts) -> dict[str, Any]:
    return {
        "source": walk.source,
        "query": walk.query,
        "pages": walk.pages,
        "images": walk.images,
        "seconds": walk.seconds,
        "complete": walk.is_complete,
        "proves_lists": walk.proves,
        "problem": walk.problem or None,
    }
