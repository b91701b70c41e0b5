"""Recorded lists against the dialect's rules: each list is derived again and compared.

A list is derived without the walks that it is part of where another walk covers it. That the two
are equal shows that the cloud follows the rules. Derived from its own walk, a list shows only that
the walk is in the order that the rules give it.

    recorded   walk #1-3 of all images, walk #4-5 of those with status=active
    verified   #4 from the walk #1-3: by another walk    #1 from #1-3: by its own walk
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from glancetape.checks.page_diff import compare_pages, differing_fields
from glancetape.checks.rules_used import rules_used
from glancetape_cassettes.cloud.listing.query import read_query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.collection.recorded_lists import RecordedPage
from glancetape_cassettes.dates import timestamp_of
from glancetape_cassettes.deriving.coverage import why_not_covered
from glancetape_cassettes.deriving.deriver import Deriver, RecordedState
from glancetape_cassettes.deriving.walking.walks import Walk
from glancetape_cassettes.interaction import Response, Source
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.question import asks_for_list

Progress = Callable[[str, int, int], None]

_REFUSED = re.compile(r"refused \(.*\),")
_MOST_KEPT = 100  # differences
# These statuses are about the caller or the moment, not about the question.
_NOT_ABOUT_THE_QUESTION = frozenset((401, 407, 408, 429))


class Outcome(Enum):
    """How a recorded list compares with the derived one, in the words of the report."""

    ANOTHER_WALK = "by another walk"
    OWN_WALK = "by its own walk"
    RULES = "by the rules alone"
    DIFFERS = "differ"
    CHANGED = "changed since"
    NOT_DERIVED = "not derived"

    @property
    def is_equal(self) -> bool:
        """Whether the derived list is the recorded one."""
        return self in (Outcome.ANOTHER_WALK, Outcome.OWN_WALK, Outcome.RULES)


def equal_of(counts: Counter[Outcome]) -> int:
    """How many lists were derived as they were recorded."""
    return sum(count for outcome, count in counts.items() if outcome.is_equal)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDifference:
    """A recorded list that differs from the derived one."""

    source: Source
    request: str
    derived_from: str
    found: tuple[str, ...]
    """What differs, a line each."""


@dataclass(slots=True, kw_only=True)
class Reason:
    """Why some recorded lists cannot be derived."""

    count: int
    example: str
    source: Source


@dataclass(slots=True, kw_only=True)
class VerifyReport:
    """How all recorded lists compare with the derived ones."""

    dialect: str
    signs: str
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    rules: dict[str, Counter[Outcome]] = field(default_factory=dict)
    """The same for each rule, over the lists whose answer depends on it."""
    differences: list[ListDifference] = field(default_factory=list)
    """The first hundred."""
    reasons: dict[str, Reason] = field(default_factory=dict)
    not_asked: Counter[str] = field(default_factory=Counter)
    """Recorded answers that are neither pages nor refusals, by what they are."""
    other_links: int = 0
    """Pages whose links ask the same in another spelling."""

    @property
    def lists(self) -> int:
        """How many lists were compared."""
        return self.outcomes.total()

    @property
    def equal(self) -> int:
        """How many were derived as they were recorded."""
        return equal_of(self.outcomes)

    @property
    def differing(self) -> int:
        """How many differ although the recording shows no change in between."""
        return self.outcomes[Outcome.DIFFERS]


def verify(deriver: Deriver, progress: Progress = lambda *_: None) -> VerifyReport:
    """Derive every recorded list again and compare. The dialect has to be known."""
    assert deriver.recognised is not None
    report = VerifyReport(dialect=deriver.recognised.names, signs=deriver.recognised.signs)
    for state in deriver.states():
        verifier = _Verifier(deriver, state, report)
        lists = [
            (time, entry) for time, entry in state.entries if asks_for_list(entry.asked.question)
        ]
        for done, (time, entry) in enumerate(lists):
            progress("asking again", done, len(lists))
            verifier.ask(time, entry)
    return report


class _Verifier:
    """Compares the lists of one view in one state."""

    def __init__(self, deriver: Deriver, state: RecordedState, report: VerifyReport) -> None:
        self._deriver, self._state, self._report = deriver, state, report
        self._known, self._images = state.view_state.known, state.view_state.images
        self._pages: dict[int, RecordedPage] = {page.time: page for page in self._known.pages}
        self._own: dict[int, list[Walk]] = {}
        for walk in state.view_state.walks:
            for page in walk.pages:
                self._own.setdefault(page.time, []).append(walk)
        self._first: dict[str, int] = {}
        for page in self._known.pages:
            for image_id in page.ids:
                self._first.setdefault(image_id, page.time)

    def ask(self, time: int, entry: Entry) -> None:
        """Compare one list, and count the outcome in the report."""
        status, page = entry.cassette.json_answer(entry.index)
        if why := self._why_not(time, status, page):
            self._report.not_asked[why] += 1
            return
        outcome, difference = self._judge(time, entry, status, page)
        self._report.outcomes[outcome] += 1
        query = urlsplit(entry.uri).query
        for rule in rules_used(query, status, page, self._state.view_state.dialect):
            self._report.rules.setdefault(rule, Counter())[outcome] += 1
        if difference is not None and len(self._report.differences) < _MOST_KEPT:
            self._report.differences.append(difference)

    def _why_not(self, time: int, status: int, page: Any) -> str:
        if status == 200:
            if not isinstance(page, dict) or not isinstance(page.get("images"), list):
                return "no page of images, though the status is 200"
            recorded = self._pages.get(time)
            if recorded is not None and recorded.problem and not recorded.ids:
                return _without_names(recorded.problem)
            return ""
        if 400 <= status < 500 and status not in _NOT_ABOUT_THE_QUESTION:
            return ""
        return f"status {status}"

    def _judge(
        self, time: int, entry: Entry, status: int, page: Any
    ) -> tuple[Outcome, ListDifference | None]:
        parts = urlsplit(entry.uri)
        request = urlunsplit(("", "", parts.path, parts.query, ""))
        if status == 200 and (why := self._why_refused(parts.query)):
            found: tuple[str, ...] = ("status: recorded 200, refused by the rules", f"  {why}")
            return Outcome.DIFFERS, ListDifference(
                source=entry.source, request=request, derived_from="", found=found
            )
        own = self._own.get(time, ())
        answer = self._deriver.derive_again(self._state, entry, own)
        outcome = Outcome.ANOTHER_WALK
        if isinstance(answer, Miss) and own:
            answer, outcome = self._deriver.derive_again(self._state, entry), Outcome.OWN_WALK
        if isinstance(answer, Miss):
            if why := self._why_against_rules(own):
                found = ("the recorded list is not by the dialect's rules:", f"  {why}")
                return Outcome.DIFFERS, ListDifference(
                    source=entry.source, request=request, derived_from="", found=found
                )
            self._note_reason(answer.reason, entry.source)
            return Outcome.NOT_DERIVED, None
        if answer.source.startswith("rules of"):
            outcome = Outcome.RULES
        found = tuple(self._compare(entry, status, page, answer))
        if not found:
            return outcome, None
        if status == answer.response.status == 200 and self._was_changed(
            time, entry, page, orjson.loads(answer.response.body)
        ):
            return Outcome.CHANGED, None
        return Outcome.DIFFERS, ListDifference(
            source=entry.source, request=request, derived_from=answer.source, found=found
        )

    def _why_refused(self, query: str) -> str:
        try:
            read_query(query, self._state.view_state.dialect)
        except Refused as refused:
            return str(refused.message)
        return ""

    def _why_against_rules(self, walks: Iterable[Walk]) -> str:
        view_state = self._state.view_state
        reasons = (view_state.why_against_rules(one) for one in walks if one.is_complete)
        return next(filter(None, reasons), "")

    def _note_reason(self, reason: str, source: Source) -> None:
        key = _without_names(reason)
        noted = self._report.reasons.setdefault(key, Reason(count=0, example=reason, source=source))
        noted.count += 1

    def _compare(self, entry: Entry, status: int, page: Any, answer: Answer) -> Iterator[str]:
        response = answer.response
        if status != response.status:
            yield f"status: recorded {status}, derived {response.status}"
        elif status == 200:
            derived = orjson.loads(response.body)
            found, other_links = compare_pages(page, derived, "derived")
            self._report.other_links += other_links and not found
            yield from found
        else:
            recorded = _message_of(entry.cassette.interaction(entry.index).response)
            if recorded != (derived := _message_of(response)):
                yield f"refusal: recorded {recorded!r}"
                yield f"         derived  {derived!r}"

    # What changed according to the recording

    def _was_changed(self, time: int, entry: Entry, page: Any, derived: Any) -> bool:
        """Whether the recording shows that the differing images changed after a page."""
        before = {one["id"]: one for one in page["images"]}
        after = {one["id"]: one for one in derived["images"]}
        lost = [one for one in before if one not in after]
        other = [
            one for one in before if one in after and differing_fields(before[one], after[one])
        ]
        recorded_at = timestamp_of(entry.cassette.recorded_at(entry.index))
        return (
            any(self._changed_after(one, time) for one in (*lost, *other))
            or any(self._is_gone(one, time, entry) for one in lost)
            or any(
                self._is_new(after[one], time, recorded_at) for one in after if one not in before
            )
        )

    def _changed_after(self, image_id: str, time: int) -> bool:
        position = self._images.position_of(image_id)
        if position is None:
            return False
        return self._known.since[position] > time or self._known.gone.get(position, -1) > time

    def _is_gone(self, image_id: str, time: int, entry: Entry) -> bool:
        """Whether a valid walk that covers the question was recorded later, without the image."""
        position = self._images.position_of(image_id)
        query, _ = read_query(urlsplit(entry.uri).query, self._state.view_state.dialect)
        view_state = self._state.view_state
        covering = [
            walk
            for walk in view_state.walks
            if walk.is_complete and walk.pages[0].time > time
            if not why_not_covered(walk.query, query) and not view_state.why_void(walk)
        ]
        if position is None or any(image_id in walk.index_of for walk in covering):
            return False
        return any(walk.pages[0].time > self._known.last[position] for walk in covering)

    def _is_new(self, image: dict[str, Any], time: int, recorded_at: float) -> bool:
        position, first = self._images.position_of(image["id"]), self._first.get(image["id"], -1)
        if position is None:
            return False
        if first <= time:
            return self._known.since[position] > time
        return recorded_at < timestamp_of(str(image.get("updated_at") or ""))


def _message_of(response: Response) -> str:
    """The sentence of a refusal, from JSON, HTML or plain text."""
    try:
        value = orjson.loads(response.body)
    except ValueError:
        return " ".join(response.body.decode("utf-8", "replace").split())
    message = value.get("message", value) if isinstance(value, dict) else value
    return " ".join(str(message).split())


def _without_names(reason: str) -> str:
    """A reason without the images and recordings it names, to count reasons of one kind."""
    words = _REFUSED.sub("refused (...),", reason).split(" ")
    return " ".join(
        "..." if "#" in word or (index and words[index - 1] == "image") else word
        for index, word in enumerate(words)
    )
