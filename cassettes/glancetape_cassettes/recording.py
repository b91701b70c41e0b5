"""Everything that was recorded, asked one question at a time.

A question is looked up by its canonical form; among recordings of the same question, host and
caller decide. Reads may be repeated without end and by any number of threads. Requests that
change something are played in the order in which they were recorded, once each; a read is
answered as it was recorded between the same two changes.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from glancetape_cassettes.canonical import (
    Question,
    error_form,
    host_of,
    question_of,
    whose,
)
from glancetape_cassettes.cassette import Cassette, Redaction
from glancetape_cassettes.closest import Asked, Closest, differences, distance
from glancetape_cassettes.interaction import Request, Response, Source
from glancetape_cassettes.service import is_repeatable

MOST_READY_BYTES = 64 * 1024 * 1024
_NO_CALLER = ("/", "/versions", "/versions/", "/image/", "/image/versions")
_MOST_COMPARED = 20_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A recorded response; `restore` maps stand-ins to the caller's own ids."""

    response: Response
    source: Source
    restore: Mapping[str, str]
    repeatable: bool


@dataclass(frozen=True, slots=True)
class Miss:
    """Why there is no answer, in one sentence, and the nearest recording."""

    reason: str
    closest: Closest | None


class RequestRedactor(Protocol):
    """Redacts a request as the recording was redacted; see `redact.Redactor.request`."""

    def request(self, request: Request) -> tuple[Request, dict[str, str]]:
        """Give the redacted request and {stand-in: id}."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    cassette: Cassette
    index: int
    changes: int  # how many recorded changes stand before it in its cassette
    asked: Asked
    uri: str

    def source(self) -> Source:
        return self.cassette.source(self.index)


@dataclass(slots=True)
class _Group:
    """The recordings that were redacted alike."""

    redactor: RequestRedactor | None
    entries: dict[Question, list[_Entry]] = field(default_factory=dict)
    callers: set[str | None] = field(default_factory=set)

    def add(self, entry: _Entry) -> None:
        self.entries.setdefault(entry.asked.question, []).append(entry)
        self.callers.add(entry.asked.whose)

    def ask(self, request: Request) -> tuple[Request, dict[str, str]]:
        return self.redactor.request(request) if self.redactor else (request, {})


class Recording:
    """The interactions of any number of cassettes."""

    def __init__(
        self,
        cassettes: Iterable[Cassette],
        redactor_for: Callable[[Redaction], RequestRedactor | None],
        project: str | None = None,
    ) -> None:
        """Index the cassettes by question.

        `redactor_for` gives what makes requests comparable with a cassette's (None: compare as
        they are). `project` is an id of the caller that stands for the recorded one's.
        """
        self._groups: dict[Redaction, _Group] = {}
        self._project = project
        self._played: dict[int, int] = {}  # per cassette: changes played so far
        self._used: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._ready: OrderedDict[tuple[int, int], Response] = OrderedDict()
        self._ready_bytes = 0
        self.changes_played = 0
        self.count = 0
        for cassette in cassettes:
            redaction = cassette.redaction
            if redaction not in self._groups:
                self._groups[redaction] = _Group(redactor_for(redaction))
            self._index(cassette, self._groups[redaction])

    def _index(self, cassette: Cassette, group: _Group) -> None:
        changes = 0
        for index in range(len(cassette)):
            request = cassette.request(index)
            question = question_of(request)
            asked = Asked(
                question, host_of(request.uri), whose(request.headers), error_form(request.headers)
            )
            group.add(_Entry(cassette, index, changes, asked, request.uri))
            changes += not is_repeatable(question.method, question.path)
            self.count += 1

    def answer(self, request: Request, *, any_host: bool = False) -> Hit | Miss:
        """Find the recorded answer to a request.

        `any_host`: the request was sent to us, not to a cloud, so its host says nothing.
        """
        misses: list[Miss] = []
        for group in self._groups.values():
            outcome = self._answer_from(group, request, any_host)
            if isinstance(outcome, Hit):
                return outcome
            misses.append(outcome)
        if not misses:
            return Miss("Nothing is recorded.", None)
        return min(misses, key=_how_far)

    def _answer_from(self, group: _Group, request: Request, any_host: bool) -> Hit | Miss:
        comparable, restore = group.ask(request)
        question = question_of(comparable)
        asked = Asked(
            question,
            None if any_host else host_of(request.uri),
            self._caller(request, comparable),
            error_form(request.headers),
        )
        entries = group.entries.get(question, [])
        if not entries:
            return self._miss("No recorded request asks the same.", group, asked)
        entries, reason = _narrow_by_host(entries, asked.host)
        if not reason and question.path not in _NO_CALLER:
            entries, reason = _narrow_by_caller(entries, asked.whose, group.callers)
        if reason:
            return self._miss(reason, group, asked)
        entries = _prefer(
            entries, lambda entry: _query_text(entry.uri) == _query_text(comparable.uri)
        )
        entries = _prefer(entries, lambda entry: entry.asked.error_form == asked.error_form)
        return self._play(entries, asked, group, restore)

    def _caller(self, request: Request, comparable: Request) -> str | None:
        if self._project is not None and whose(request.headers) == f"project {self._project}":
            return None
        return whose(comparable.headers)

    def _play(
        self, entries: list[_Entry], asked: Asked, group: _Group, restore: dict[str, str]
    ) -> Hit | Miss:
        repeatable = is_repeatable(asked.question.method, asked.question.path)
        with self._lock:
            entry = self._latest(entries) if repeatable else self._next_change(entries)
            if entry is None:
                times = "once" if len(entries) == 1 else f"{len(entries)} times"
                return self._miss(
                    f"It was recorded {times} and has been played as often; a request that "
                    "changes something is not repeated.",
                    group,
                    asked,
                )
            response = self._response(entry)
        if response.status == 401 and entry.asked.whose is None and asked.whose is not None:
            reason = "It is recorded without credentials only, as refused."
            return self._miss(reason, group, asked)
        if response.status >= 400 and entry.asked.error_form not in (None, asked.error_form):
            return self._miss(
                f"The recorded error is in {entry.asked.error_form}; the Accept header asks for "
                f"{asked.error_form or 'text'}.",
                group,
                asked,
            )
        if self._project is not None and (recorded := entry.asked.whose or "").startswith(
            "project "
        ):
            restore = restore | {recorded.removeprefix("project "): self._project}
        return Hit(response, entry.source(), restore, repeatable)

    def _latest(self, entries: list[_Entry]) -> _Entry:
        """Choose the last recording that is not behind a change which was not played yet."""
        due = [
            entry for entry in entries if entry.changes <= self._played.get(id(entry.cassette), 0)
        ]
        return due[-1] if due else entries[0]

    def _next_change(self, entries: list[_Entry]) -> _Entry | None:
        for entry in entries:
            place = (id(entry.cassette), entry.index)
            if place not in self._used:
                self._used.add(place)
                self.changes_played += 1
                played = self._played.get(id(entry.cassette), 0)
                self._played[id(entry.cassette)] = max(played, entry.changes + 1)
                return entry
        return None

    def _response(self, entry: _Entry) -> Response:
        place = (id(entry.cassette), entry.index)
        ready = self._ready.pop(place, None)
        if ready is None:
            ready = entry.cassette.interaction(entry.index).response
            self._ready_bytes += len(ready.body)
        self._ready[place] = ready
        while self._ready_bytes > MOST_READY_BYTES and len(self._ready) > 1:
            self._ready_bytes -= len(self._ready.popitem(last=False)[1].body)
        return ready

    def _miss(self, reason: str, group: _Group, asked: Asked) -> Miss:
        everything = [entry for entries in group.entries.values() for entry in entries]
        near = [
            entry for entry in everything if entry.asked.question.path == asked.question.path
        ] or everything
        compared = [(differences(asked, entry.asked), entry) for entry in near[:_MOST_COMPARED]]
        if not compared:
            return Miss("Nothing is recorded.", None)
        found, entry = min(compared, key=lambda pair: distance(pair[0]))
        origin = "://".join(urlsplit(entry.uri)[:2])
        return Miss(reason, Closest(entry.source(), found, origin))


def _how_far(miss: Miss) -> int:
    return distance(miss.closest.differences) if miss.closest else 1_000_000


def _query_text(uri: str) -> str:
    return uri.partition("?")[2]


def _prefer(entries: list[_Entry], fits: Callable[[_Entry], bool]) -> list[_Entry]:
    return [entry for entry in entries if fits(entry)] or entries


def _narrow_by_host(entries: list[_Entry], host: str | None) -> tuple[list[_Entry], str]:
    if host is not None:
        same = [entry for entry in entries if entry.asked.host == host]
        return same, "" if same else "It is recorded from another host only."
    hosts = sorted({entry.asked.host or "" for entry in entries})
    if len(hosts) > 1:
        return [], f"It is recorded from several hosts ({', '.join(hosts)}); ask through the proxy."
    return entries, ""


def _narrow_by_caller(
    entries: list[_Entry], caller: str | None, known: set[str | None]
) -> tuple[list[_Entry], str]:
    same = [entry for entry in entries if entry.asked.whose == caller]
    if same:
        return same, ""
    callers = {entry.asked.whose for entry in entries}
    if caller is not None and caller.startswith("project "):
        return [], "It is recorded for another project only (see replay --project)."
    if caller is not None and caller in known:
        return [], "It is recorded for other callers, not for this one."
    if len(callers) > 1:
        return [], (
            f"It is recorded for {len(callers)} callers, and nothing tells which of them asks; "
            "send the token or project id of one."
        )
    return entries, ""
