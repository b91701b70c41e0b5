"""Everything that was recorded, asked one question at a time.

A question is looked up by its canonical form; among recordings of the same question, host and
caller decide. Reads may be repeated without end and by any number of threads. Requests that
change something are played in the order in which they were recorded, once each; a read is
answered as it was recorded between the same two changes.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, urlsplit

from glancetape_cassettes.formats.cassette import Cassette, Redaction
from glancetape_cassettes.interaction import Headers, Request, Response, Source
from glancetape_cassettes.replaying.closest import Asked, Closest, differences, distance
from glancetape_cassettes.replaying.eligible import Candidate, Unfit, check_form, narrow
from glancetape_cassettes.replaying.question import (
    Question,
    error_form,
    host_of,
    project_in,
    projects_of_tokens,
    question_of,
    whose,
)
from glancetape_cassettes.service import is_repeatable

MOST_READY_BYTES = 64 * 1024 * 1024
_MOST_COMPARED = 5000


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
    closest: Closest | None = None


class RequestRedactor(Protocol):
    """Redacts a request as the recording was redacted; see `redact.Redactor.request`."""

    def request(self, request: Request) -> tuple[Request, dict[str, str]]:
        """Give the redacted request and {stand-in: id}."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded request, in the terms in which requests are compared."""

    cassette: Cassette
    index: int
    changes: int
    """How many recorded changes stand before it in its cassette."""
    asked: Asked
    uri: str

    @property
    def place(self) -> tuple[int, int]:
        """Tell it apart from all others."""
        return id(self.cassette), self.index

    @property
    def source(self) -> Source:
        """Tell where it stands."""
        return self.cassette.source(self.index)


@dataclass(slots=True, eq=False)
class Group:
    """The recordings that were redacted alike."""

    redactor: RequestRedactor | None
    entries: dict[Question, list[Entry]] = field(default_factory=dict)
    callers: set[str | None] = field(default_factory=set)
    projects: dict[str, str] = field(default_factory=dict)
    """Of the tokens that recorded answers of Keystone gave out, as callers."""

    def caller(self, headers: Headers) -> str | None:
        """Tell whose view a request asks for; a token of a known project is that project's."""
        caller = whose(headers)
        return self.projects.get(caller, caller) if caller is not None else None

    def add(self, entry: Entry) -> None:
        """Take a recorded request in."""
        self.entries.setdefault(entry.asked.question, []).append(entry)
        self.callers.add(entry.asked.whose)

    def __iter__(self) -> Iterator[Entry]:
        """Yield all recorded requests."""
        for entries in self.entries.values():
            yield from entries

    def only_project(self) -> str | None:
        """Give the recorded project when there is just one."""
        projects = {project_in(one) for one in self.callers} - {None}
        return projects.pop() if len(projects) == 1 else None


@dataclass(frozen=True, slots=True)
class View:
    """A request in the terms of one group."""

    group: Group
    asked: Asked
    uri: str
    restore: dict[str, str]

    def candidates(self) -> list[Candidate]:
        """Give the recordings of the same question."""
        return [
            Candidate(entry, entry.asked, self.asked, entry.uri, self.uri, self.group.callers)
            for entry in self.group.entries.get(self.asked.question, ())
        ]


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
        self._groups: dict[Redaction, Group] = {}
        self._project = project
        self._played: dict[int, int] = {}  # per cassette: changes played so far
        self._used: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._ready: OrderedDict[tuple[int, int], Response] = OrderedDict()
        self._ready_bytes = 0
        self.changes_played = 0
        read: list[tuple[Cassette, list[Request], Group]] = []
        for cassette in cassettes:
            redaction = cassette.redaction
            if redaction not in self._groups:
                self._groups[redaction] = Group(redactor_for(redaction))
            requests = [cassette.request(index) for index in range(len(cassette))]
            read.append((cassette, requests, self._groups[redaction]))
            _learn_tokens(*read[-1])
        for cassette, requests, group in read:
            _index(cassette, requests, group)

    def answer(
        self, request: Request, *, any_host: bool = False, explain: bool = True
    ) -> Hit | Miss:
        """Find the recorded answer to a request.

        `any_host`: the request was sent to us, not to a cloud, so its host says nothing.
        `explain`: look for the closest recording when there is no answer; `closest` does later.
        """
        views = self.views(request, any_host=any_host)
        candidates = [one for view in views for one in view.candidates()]
        try:
            if not candidates:
                raise Unfit(
                    "No recorded request asks the same." if views else "Nothing is recorded."
                )
            return self._play(narrow(candidates), views)
        except Unfit as reason:
            return Miss(str(reason), _closest(views) if explain else None)

    def closest(self, request: Request, *, any_host: bool = False) -> Closest | None:
        """Find the recorded request that shares most with one."""
        return _closest(self.views(request, any_host=any_host))

    def views(self, request: Request, *, any_host: bool = False) -> list[View]:
        """Put a request in the terms of each group."""
        return [self._view(group, request, any_host) for group in self._groups.values()]

    @property
    def groups(self) -> tuple[Group, ...]:
        """Give the recordings, those together that were redacted alike."""
        return tuple(self._groups.values())

    def was_played(self, entry: Entry) -> bool:
        """Tell whether a recorded change has been played."""
        return entry.place in self._used

    def _view(self, group: Group, request: Request, any_host: bool) -> View:
        recorded = group.only_project() if self._project else None
        if self._project and recorded:
            request = _renamed(request, self._project, recorded)
        comparable, restore = group.redactor.request(request) if group.redactor else (request, {})
        if self._project and recorded:
            restore = restore | {recorded: self._project}
        asked = Asked(
            question_of(comparable),
            None if any_host else host_of(request.uri),
            group.caller(comparable.headers),
            error_form(request.headers),
        )
        return View(group, asked, comparable.uri, restore)

    def _play(self, candidates: list[Candidate], views: list[View]) -> Hit:
        question = candidates[0].asked.question
        repeatable = is_repeatable(question.method, question.path)
        with self._lock:
            chosen = self._latest(candidates) if repeatable else self._next_change(candidates)
            entry: Entry = chosen.place
            response = self._response(entry)
            check_form(chosen, response)
            if not repeatable:
                self._mark_played(entry)
        restore = next(view.restore for view in views if view.asked is chosen.asked)
        return Hit(response, entry.cassette.source(entry.index), restore, repeatable)

    def _latest(self, candidates: list[Candidate]) -> Candidate:
        """Choose the last recording that is not behind a change which was not played yet."""
        due = [
            one
            for one in candidates
            if one.place.changes <= self._played.get(id(one.place.cassette), 0)
        ]
        return due[-1] if due else candidates[0]

    def _next_change(self, candidates: list[Candidate]) -> Candidate:
        for one in candidates:
            if one.place.place not in self._used:
                return one
        times = "once" if len(candidates) == 1 else f"{len(candidates)} times"
        raise Unfit(
            f"It was recorded {times} and has been played as often; a request that changes "
            "something is not repeated."
        )

    def _mark_played(self, entry: Entry) -> None:
        self._used.add(entry.place)
        self.changes_played += 1
        played = self._played.get(id(entry.cassette), 0)
        self._played[id(entry.cassette)] = max(played, entry.changes + 1)

    def _response(self, entry: Entry) -> Response:
        ready = self._ready.pop(entry.place, None)
        if ready is None:
            ready = entry.cassette.interaction(entry.index).response
            self._ready_bytes += len(ready.body)
        self._ready[entry.place] = ready
        while self._ready_bytes > MOST_READY_BYTES and len(self._ready) > 1:
            self._ready_bytes -= len(self._ready.popitem(last=False)[1].body)
        return ready


def _learn_tokens(cassette: Cassette, requests: list[Request], group: Group) -> None:
    for index, request in enumerate(requests):
        if request.method == "POST" and is_repeatable("POST", urlsplit(request.uri).path):
            group.projects |= projects_of_tokens(cassette.interaction(index).response)


def _index(cassette: Cassette, requests: list[Request], group: Group) -> None:
    changes = 0
    for index, request in enumerate(requests):
        question = question_of(request)
        asked = Asked(
            question,
            host_of(request.uri),
            group.caller(request.headers),
            error_form(request.headers),
        )
        group.add(Entry(cassette, index, changes, asked, request.uri))
        changes += not is_repeatable(question.method, question.path)


def _renamed(request: Request, own: str, recorded: str) -> Request:
    """Put the recorded project where the caller names its own."""
    uri = request.uri
    for spelt in {own, quote(own, safe="")}:
        uri = uri.replace(spelt, recorded)
    headers = tuple((name, recorded if value == own else value) for name, value in request.headers)
    return Request(
        request.method, uri, headers, request.body.replace(own.encode(), recorded.encode())
    )


def _closest(views: list[View]) -> Closest | None:
    """Find the recorded request that shares most with the one asked."""
    best: tuple[int, Closest] | None = None
    for view in views:
        everything = list(view.group)
        near = [one for one in everything if one.asked.question.path == view.asked.question.path]
        for entry in (near or everything)[:_MOST_COMPARED]:
            found = differences(view.asked, entry.asked)
            if best is None or distance(found) < best[0]:
                origin = "://".join(urlsplit(entry.uri)[:2])
                source = entry.cassette.source(entry.index)
                best = distance(found), Closest(source, found, origin)
    return best[1] if best else None
