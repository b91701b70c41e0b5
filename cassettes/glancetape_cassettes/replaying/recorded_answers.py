"""The index of everything that a session's cassettes hold.

A request finds the recordings of the same question; host and caller decide between them. Reads may
be repeated without end and by any number of threads. Changes are played in the order in which they
were recorded, once each, and a read gets what was recorded between the same two changes:

    recorded   GET image #1, PATCH image #2, GET image #3
    replayed   GET -> #1, GET -> #1, PATCH -> #2, GET -> #3, GET -> #3, PATCH -> a miss
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from glancetape_cassettes.formats.cassette import Cassette, Redaction
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.replaying.callers import projects_of_tokens
from glancetape_cassettes.replaying.eligible import (
    Candidate,
    Unfit,
    check_form,
    narrow,
    why_nothing,
)
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike, RequestRedactor
from glancetape_cassettes.replaying.looking_up import Lookup, look_up
from glancetape_cassettes.replaying.question import Asked, error_form, host_of, question_of
from glancetape_cassettes.service import is_repeatable

MOST_READY_BYTES = 64 * 1024 * 1024


class RecordedAnswers:
    """The recorded answers of any number of cassettes, found by request."""

    def __init__(
        self,
        cassettes: Iterable[Cassette],
        redactor_for: Callable[[Redaction], RequestRedactor | None],
        project: str | None = None,
    ) -> None:
        """Index the cassettes by question.

        `redactor_for` returns what makes requests comparable with those in a cassette; None leaves
        them as they are. `project` is an id of the caller's own that takes the place of the
        recorded one.
        """
        self._groups: dict[Redaction, RedactedAlike] = {}
        self._project = project
        self._played: dict[int, int] = {}  # a cassette's position -> changes played so far
        self._used: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._ready: OrderedDict[tuple[int, int], Response] = OrderedDict()
        self._ready_bytes = 0
        self.changes_played = 0
        read: list[tuple[Cassette, list[Request], RedactedAlike]] = []
        for cassette in cassettes:
            redaction = cassette.redaction
            if redaction not in self._groups:
                self._groups[redaction] = RedactedAlike(
                    number=len(self._groups),
                    redactor=redactor_for(redaction),
                    key_id=redaction.key_id,
                )
            requests = [cassette.request(index) for index in range(len(cassette))]
            read.append((cassette, requests, self._groups[redaction]))
            _learn_tokens(*read[-1])
        for number, (cassette, requests, group) in enumerate(read):
            _index(cassette, number, requests, group)

    @property
    def groups(self) -> tuple[RedactedAlike, ...]:
        """The recorded requests, those together that can be compared with each other."""
        return tuple(self._groups.values())

    def look_up(self, request: Request, *, any_host: bool = False) -> Lookup:
        """The request in the terms of what is recorded; see `looking_up.look_up`."""
        return look_up(request, self.groups, project=self._project, any_host=any_host)

    def find(self, lookup: Lookup) -> Answer | Miss:
        """The recorded answer to a request. A change counts as played from then on."""
        candidates = [
            Candidate(item=entry, example=entry, form=form)
            for form in lookup.as_recorded
            for entry in form.same_question
        ]
        try:
            if not candidates:
                raise why_nothing(lookup)
            return self._play(narrow(candidates, lookup))
        except Unfit as why:
            return Miss(reason=str(why))

    def was_played(self, entry: Entry) -> bool:
        """Whether a recorded change has been played."""
        return entry.place in self._used

    def _play(self, candidates: Sequence[Candidate[Entry]]) -> Answer:
        question = candidates[0].asked.question
        repeatable = is_repeatable(question.method, question.path)
        with self._lock:
            chosen = self._latest(candidates) if repeatable else self._next_change(candidates)
            entry = chosen.item
            response = self._response(entry)
            check_form(chosen, response)
            if not repeatable:
                self._mark_played(entry)
        return Answer(
            response=response,
            provenance=Provenance.EXACT,
            source=str(entry.source),
            restore=chosen.form.restore,
            repeatable=repeatable,
        )

    def _latest(self, candidates: Sequence[Candidate[Entry]]) -> Candidate[Entry]:
        """The last recording before the first change that has not been played."""
        due = [
            one
            for one in candidates
            if one.item.changes <= self._played.get(one.item.cassette_number, 0)
        ]
        return due[-1] if due else candidates[0]

    def _next_change(self, candidates: Sequence[Candidate[Entry]]) -> Candidate[Entry]:
        for one in candidates:
            if one.item.place not in self._used:
                return one
        times = "once" if len(candidates) == 1 else f"{len(candidates)} times"
        raise Unfit(
            f"It was recorded {times} and has been played as often; a request that changes "
            "something is not repeated."
        )

    def _mark_played(self, entry: Entry) -> None:
        self._used.add(entry.place)
        self.changes_played += 1
        played = self._played.get(entry.cassette_number, 0)
        self._played[entry.cassette_number] = max(played, entry.changes + 1)

    def _response(self, entry: Entry) -> Response:
        ready = self._ready.pop(entry.place, None)
        if ready is None:
            ready = entry.cassette.interaction(entry.index).response
            self._ready_bytes += len(ready.body)
        self._ready[entry.place] = ready
        while self._ready_bytes > MOST_READY_BYTES and len(self._ready) > 1:
            self._ready_bytes -= len(self._ready.popitem(last=False)[1].body)
        return ready


def _learn_tokens(cassette: Cassette, requests: list[Request], group: RedactedAlike) -> None:
    for index, request in enumerate(requests):
        if request.method == "POST" and is_repeatable("POST", urlsplit(request.uri).path):
            group.projects |= projects_of_tokens(cassette.interaction(index).response)


def _index(cassette: Cassette, number: int, requests: list[Request], group: RedactedAlike) -> None:
    changes = 0
    for index, request in enumerate(requests):
        question = question_of(request)
        asked = Asked(
            question=question,
            host=host_of(request.uri),
            caller=group.caller_of(request.headers),
            error_form=error_form(request.headers),
        )
        group.add(
            Entry(
                cassette=cassette,
                cassette_number=number,
                index=index,
                changes=changes,
                asked=asked,
                uri=request.uri,
            )
        )
        changes += not is_repeatable(question.method, question.path)
