"""The index of everything that a session's cassettes hold.

A request finds the recordings of the same question; host and caller decide between them. Reads may
be repeated without end and by any number of threads. Changes are played once each, in the order in
which they were recorded, and a request gets what was recorded in the state that the changes played
so far have led to (`states`):

    recorded   GET X #1, PATCH X #2, GET X #3
    replayed   GET X -> #1, GET X -> #1, PATCH X -> #2, GET X -> #3, GET X -> #3, PATCH X -> a miss
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Self

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.known_services import service_of_list
from glancetape_cassettes.redaction.policy import why_lost
from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.replaying.callers import Caller, CallerKind, caller_of, granted_by
from glancetape_cassettes.replaying.changes import subject_of
from glancetape_cassettes.replaying.eligible import (
    Candidate,
    Unfit,
    check_form,
    check_order,
    check_value,
    narrow,
    why_nothing,
)
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike, RequestRedactor
from glancetape_cassettes.replaying.looking_up import Lookup, look_up
from glancetape_cassettes.replaying.question import Asked, Ignored, error_form, host_of, path_of_uri
from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded
from glancetape_cassettes.replaying.states import Changes, Played, RecordedStates, first_changes
from glancetape_cassettes.service import Service, is_repeatable, service_of_path

_PUT_IT_THERE = (
    "Record data without secrets that can be searched: not packed, or as gzip or zip. Or write the "
    "data into the cassette yourself, if it holds no secret."
)
MOST_READY_BYTES = 64 * 1024 * 1024


class RecordedAnswers:
    """The recorded answers of any number of cassettes, found by request."""

    def __init__(
        self,
        cassettes: Iterable[Cassette],
        redactor_for: Callable[[Redaction], RequestRedactor | None],
        own_project: str | None = None,
        ignored: Ignored = Ignored(),  # noqa: B008 - it is frozen
    ) -> None:
        """Index the cassettes by question.

        `redactor_for` returns what makes requests comparable with those in a cassette; None leaves
        them as they are. `own_project` is an id of the caller's own that takes the place of the
        recorded one. What is `ignored` is in no question, recorded or asked.
        """
        self.ignored = ignored
        self._groups: dict[Redaction, RedactedAlike] = {}
        self._own_project = own_project
        self._played = Played()
        self._lock = threading.Lock()
        self._ready: OrderedDict[tuple[int, int], Response] = OrderedDict()
        self._ready_bytes = 0
        read: list[tuple[Cassette, list[Request], RedactedAlike]] = []
        for cassette in cassettes:
            redaction = cassette.redaction
            if redaction not in self._groups:
                self._groups[redaction] = RedactedAlike(
                    number=len(self._groups),
                    redactor=redactor_for(redaction),
                    key_id=redaction.key_id,
                )
            requests = [ignored.without(cassette.request(index)) for index in range(len(cassette))]
            read.append((cassette, requests, self._groups[redaction]))
            _learn_tokens(*read[-1])
        _separate_refused(read)
        for number, (cassette, requests, group) in enumerate(read):
            _index(cassette, number, requests, group)
        self.states = RecordedStates(self.groups)

    def rewound(self) -> Self:
        """The same recording as if nothing had been played; both may be used at once."""
        other = copy(self)
        other._played = Played()
        return other

    @property
    def played(self) -> Changes:
        """The changes that were played, of those in `states`."""
        return self._played.changes

    @property
    def changes_played(self) -> int:
        """How many requests were played that are played only once."""
        return len(self._played.places)

    @property
    def groups(self) -> tuple[RedactedAlike, ...]:
        """The recorded requests, those together that can be compared with each other."""
        return tuple(self._groups.values())

    @property
    def sensitive_names(self) -> tuple[str, ...]:
        """The names under which the cassettes' recorders replaced values, beyond the tables."""
        return tuple(sorted({name for one in self._groups for name in one.sensitive}))

    def look_up(self, request: Request, *, any_host: bool = False) -> Lookup:
        """The request in the terms of what is recorded; see `looking_up.look_up`."""
        request = self.ignored.without(request)
        return look_up(request, self.groups, project=self._own_project, any_host=any_host)

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
            if mark := self._play_mark(lookup):
                return Miss(reason=mark)
            return Miss.because(why)

    def _play_mark(self, lookup: Lookup) -> str:
        """Take a request for the next mark of the same method and path; "" when there is none.

        What it changed is in effect from then on, though its response is not known.
        """
        for form in lookup.as_recorded:
            with self._lock:
                for mark in form.group.marks:
                    if mark.place not in self._played.places and _is_marked(form, mark.asked):
                        self._mark_played(mark)
                        return (
                            f"It passed through when {mark.source} was recorded, so its response "
                            "was not recorded."
                        )
        return ""

    def _play(self, candidates: Sequence[Candidate[Entry]]) -> Answer | Miss:
        question = candidates[0].asked.question
        repeatable = is_repeatable(question.method, question.path)
        check_value(candidates)
        with self._lock:
            chosen = self._read(candidates) if repeatable else self._next_change(candidates)
            entry = chosen.item
            response = self._response(entry)
            check_form(chosen, response)
            check_order(chosen, response)
            if not repeatable:
                self._mark_played(entry)
        if lost := _why_lost(entry, chosen.asked, response):
            return Miss(reason=lost)
        return Answer(
            response=response,
            provenance=Provenance.EXACT,
            source=str(entry.source),
            restore=chosen.form.restore,
            repeatable=repeatable,
        )

    def _read(self, candidates: Sequence[Candidate[Entry]]) -> Candidate[Entry]:
        """The last recording in this state before the caller's next change. Raises Unfit."""
        if not self.states.changes:
            return candidates[-1]
        fitting = [one for one in candidates if not self._differences(one)]
        if not fitting:
            raise Unfit(self._why_other_state(candidates))
        early = [self.states.shown_too_early(one.item, self._played.changes) for one in fitting]
        if None not in early:
            raise Unfit(self.states.too_early_in_words(*next(filter(None, early))))
        fitting = [one for one, shown in zip(fitting, early, strict=True) if shown is None]
        fitting = [one for one in fitting if self._is_of_this_state(one)] or fitting
        past = [one for one in fitting if not self._not_played_by_caller(one.item)]
        return past[-1] if past else fitting[0]

    def _is_of_this_state(self, candidate: Candidate[Entry]) -> bool:
        """Whether the changes that matter to a recording are those that were played, none else."""
        subject = subject_of(candidate.item, candidate.form.group.number)
        before = first_changes(self.states.of(candidate.item)[0])
        return not (before ^ self._played.changes) & self.states.mattering(subject)

    def _next_change(self, candidates: Sequence[Candidate[Entry]]) -> Candidate[Entry]:
        left = [one for one in candidates if one.item.place not in self._played.places]
        if not left:
            times = "once" if len(candidates) == 1 else f"{len(candidates)} times"
            raise Unfit(
                f"It was recorded {times} and has been played as often; a request that changes "
                "something is not repeated."
            )
        fitting = next((one for one in left if not self._differences(one)), None)
        if fitting is None:
            raise Unfit(self._why_other_state(left))
        return fitting

    def _differences(self, candidate: Candidate[Entry]) -> Changes:
        """The changes because of which a recording is of another state than the present one."""
        subject = subject_of(candidate.item, candidate.form.group.number)
        return self.states.differences(candidate.item, subject, self._played.changes)

    def _why_other_state(self, candidates: Sequence[Candidate[Entry]]) -> str:
        nearest = min(map(self._differences, candidates), key=int.bit_count)
        return self.states.in_words(nearest, self._played.changes)

    def _not_played_by_caller(self, entry: Entry) -> Changes:
        before = first_changes(self.states.of(entry)[1])
        return before & self.states.of_caller(entry.asked.caller) & ~self._played.changes

    def _mark_played(self, entry: Entry) -> None:
        self._played.places.add(entry.place)
        number = self.states.number_of(entry)
        if number is not None:
            self._played.changes |= 1 << number

    def _response(self, entry: Entry) -> Response:
        ready = self._ready.pop(entry.place, None)
        if ready is None:
            ready = entry.cassette.interaction(entry.index).response
            self._ready_bytes += len(ready.body)
        self._ready[entry.place] = ready
        while self._ready_bytes > MOST_READY_BYTES and len(self._ready) > 1:
            self._ready_bytes -= len(self._ready.popitem(last=False)[1].body)
        return ready


def _why_lost(entry: Entry, asked: Asked, response: Response) -> str:
    """Why a recording answers nothing: redaction replaced its body whole. "" if it answers.

    A change of which that is true is in effect from then on, as that of a mark is.
    """
    question = asked.question
    why = why_lost(
        question.method, entry.uri, response.status, request=question.body, response=response.body
    )
    return f"{entry.source} is no answer: {why}. {_PUT_IT_THERE}" if why else ""


def _learn_tokens(cassette: Cassette, requests: list[Request], group: RedactedAlike) -> None:
    for index, request in enumerate(requests):
        # A login, or a question about a token: Keystone answers both alike.
        if request.method in ("POST", "GET") and is_repeatable("POST", path_of_uri(request.uri)):
            granted = granted_by(cassette.interaction(index).response)
            if granted is not None:
                group.learn(granted)


def _separate_refused(read: Iterable[tuple[Cassette, list[Request], RedactedAlike]]) -> None:
    """Find tokens that the image service only ever refused, beside others of the same project.

    The refused one has expired, or its user may not do what it asked for. What the other one may do
    is another question. One that was refused under another key may be any token without an answer.
    Only a success (2xx) shows that a caller may do something. All else may be said before Glance
    looks at that: of a query, a method, an id that no image has (404), by a cache or by a gateway.
    """
    read = list(read)
    groups = {group.number: group for _, _, group in read}
    answered: dict[int, set[Caller]] = {number: set() for number in groups}
    refused: dict[int, set[Caller]] = {number: set() for number in groups}
    if all(len(group.granted) < 2 for group in groups.values()):
        return
    for cassette, requests, group in read:
        for index, request in enumerate(requests):
            caller = caller_of(request.headers)
            if caller is None or caller.kind is not CallerKind.TOKEN:
                continue
            if service_of_path(path_of_uri(request.uri)) is not Service.IMAGE:
                continue
            status, admitted = cassette.status(index), answered[group.number]
            if status in (401, 403):
                refused[group.number].add(caller)
            elif not 200 <= status < 300 or caller in admitted:
                continue
            elif not _is_of_other_service(cassette, index):
                admitted.add(caller)
    for number, group in groups.items():
        elsewhere = any(refused[one] - answered[one] for one in groups if one != number)
        may_be_refused = {*group.granted} if elsewhere else refused[number] & group.granted.keys()
        group.only_refused = may_be_refused - answered[number]
        tokens = Counter(one.project for one in group.granted.values())
        group.only_refused = {
            token for token in group.only_refused if tokens[group.granted[token].project] > 1
        }


def _is_of_other_service(cassette: Cassette, index: int) -> bool:
    """Whether an answer shows that another service has a list at such a path, too."""
    try:
        status, value = cassette.json_answer(index)
    except CassetteError:  # it is reported when the interaction is asked for
        return False
    is_object = status == 200 and isinstance(value, dict)
    return is_object and service_of_list(value) is Service.OTHER


def _is_marked(form: AsRecorded, mark: Asked) -> bool:
    """Whether a request is of the method, path and host of a mark: it has nothing more.

    Without the key, any id may be the one of which the mark has the stand-in.
    """
    asked = form.asked
    if asked.question.method != mark.question.method or asked.host not in (None, mark.host):
        return False
    one, other = asked.question.path.split("/"), mark.question.path.split("/")
    return len(one) == len(other) and all(
        left == right or (form.absent_key is not None and right.startswith(STAND_IN_MARKS))
        for left, right in zip(one, other, strict=True)
    )


def _index(cassette: Cassette, number: int, requests: list[Request], group: RedactedAlike) -> None:
    for index, request in enumerate(requests):
        question = group.question_of(request)
        asked = Asked(
            question=question,
            host=host_of(request.uri),
            caller=group.caller_of(request),
            error_form=error_form(request.headers),
        )
        entry = Entry(
            cassette=cassette,
            cassette_number=number,
            index=index,
            asked=asked,
            uri=request.uri,
        )
        if cassette.is_mark(index):
            group.marks.append(entry)
        else:
            group.add(entry)
