"""Answers to lists that were never recorded, where recorded lists prove them.

All recordings are put in the order of time and cut at the changes that matter to a view, in
whichever cassette these are. What the view shows in one state becomes a collection:

    recorded   GET page 1, GET page 2, PATCH image, GET page 1
    states     0: both pages          1: one page
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import closing
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

from glancetape_cassettes.cloud.refusals import NOT_FOUND, Refused
from glancetape_cassettes.cloud.responses import page_response, refusal_response
from glancetape_cassettes.cloud.routes import list_beside_unknown
from glancetape_cassettes.deriving.lists.derived_list import DerivedList
from glancetape_cassettes.deriving.lists.recorded_pages import Pages, list_of, recorded_pages
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.reasons import NotProved
from glancetape_cassettes.deriving.single_images import may_name_a_method, read_single
from glancetape_cassettes.deriving.timelines.asked_views import AskedView
from glancetape_cassettes.deriving.timelines.image_over_time import ImageOverTime
from glancetape_cassettes.deriving.timelines.opened_states import OpenedStates
from glancetape_cassettes.deriving.timelines.rules_of_views import RulesOfViews
from glancetape_cassettes.deriving.timelines.view_timeline import State, ViewTimeline
from glancetape_cassettes.deriving.timelines.views import View, list_path_of
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.deriving.walking.recognition import Recognised, recognise_as, why_no_list
from glancetape_cassettes.deriving.walking.walks import Walk
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.eligible import Candidate, Unfit, admitted, narrow
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.question import Asked, Question, asks_for_list
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded
from glancetape_cassettes.replaying.states import Changes

_MOST_NOTED = 1000  # views in states, of which it is known that they were read


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedState:
    """What was recorded in a view between two changes, and the collection made from it."""

    view: View
    group: RedactedAlike
    entries: Sequence[tuple[int, Entry]]
    """Each with its position in the order of time."""
    view_state: ViewState


class Deriver:
    """Derives answers to list questions from everything that a session's cassettes hold."""

    def __init__(
        self, recorded: RecordedAnswers, dialect: str = "auto", recognised: Recognised | None = None
    ) -> None:
        """Recognise the cloud, unless that is done; `dialect` is `auto` if nobody named it."""
        self.recorded = recorded
        states = recorded.states
        self._timelines = [ViewTimeline(group, states) for group in recorded.groups]
        self._entries = states.entries
        self._recorded_pages: dict[int, Mapping[Hashable, Pages]] = {}
        self._read: set[tuple[int, View, Changes]] = set()
        """The views from which something was derived, each with the changes played by then."""
        is_named = dialect != "auto"
        self.recognised = recognised or recognise_as(dialect, states.entries)
        self.rules = RulesOfViews(
            states.entries, states.services, self.recognised, is_named=is_named
        )
        self._opened = OpenedStates(self.rules, recorded.ignored, is_named=is_named)
        self._images = ImageOverTime(self._opened)

    def over(self, recorded: RecordedAnswers) -> Self:
        """The same for a rewound recording; collections are shared, and closed with the first."""
        other = copy(self)
        other.recorded = recorded
        return other

    def close(self) -> None:
        """Close all collections, also those that were opened for a rewound recording.

        What derives from them afterwards gets AlreadyClosed, as from a closed image set.
        """
        self._opened.close()

    def has_read(self, lookup: Lookup) -> bool:
        """Whether all that an answer is derived from was read before.

        Reading it takes half a millisecond for each recorded list, and an answer not a hundredth
        of that. So is it after each change: what was recorded of another state is read then.
        """
        try:
            asked = self._view_of(lookup)
        except Unfit:
            return True  # there is nothing to read
        return (asked.timeline.group.number, asked.view, self.recorded.played) in self._read

    def derive(self, lookup: Lookup) -> Answer | Miss | None:
        """The proved answer to GET of images, a list or a single one, or of a path that is unknown.

        None for other requests, and for a path of which nothing is known.
        """
        if any(read_single(one.asked.question) for one in lookup.as_recorded):
            return self._derive_image(lookup)
        if any(asks_for_list(one.asked.question) for one in lookup.as_recorded):
            return self._derive_list(lookup)
        if any(_list_beside(one.asked.question) for one in lookup.as_recorded):
            return self._refuse_unknown_path(lookup)
        return None

    def _derive_list(self, lookup: Lookup) -> Answer | Miss:
        if self.recognised is None:
            why = why_no_list(self.recorded.states.entries)
            return Miss(reason=f"{why[0].upper()}{why[1:]}.", is_of_others=True)
        if not self.recognised.dialect:
            return Miss(
                reason="Nothing is derived, because the recording fits no known cloud "
                f"{self.recognised.why_none}.",
                is_of_others=True,
            )
        try:
            asked = self._view_of(lookup)
        except Unfit as why:
            return replace(Miss.because(why), is_of_others=True)
        played = self.recorded.played
        outcome = self._list_from_states(asked, lookup)
        self._note_read(asked, played)
        return outcome

    def _note_read(self, asked: AskedView, played: Changes) -> None:
        if len(self._read) >= _MOST_NOTED:
            self._read.clear()
        self._read.add((asked.timeline.group.number, asked.view, played))

    def _list_from_states(self, asked: AskedView, lookup: Lookup) -> Answer | Miss:
        """The list as the very changes that were played led to it, or as it is in an equal state.

        recorded   GET list #1 with B, POST Z #2, DELETE Z #3, GET list #4 without B
        played     nothing: #1 is the list, and #4 none, since #1 contradicts it
        """
        state, same = asked.timeline.settled(asked.view, self.recorded.played)
        if same == state or not asked.timeline.has_lists(asked.view, same):
            return self._list(asked, state, lookup)
        outcome = self._list(asked, same, lookup)
        if isinstance(outcome, Answer):
            return outcome
        other = self._list(asked, state, lookup, agreeing_with=same)
        return other if isinstance(other, Answer) else outcome

    def _list(
        self, asked: AskedView, state: State, lookup: Lookup, agreeing_with: State = frozenset()
    ) -> Answer | Miss:
        try:
            view_state = self._opened.state(asked.timeline, asked.view, state, agreeing_with)
        except Unfit as why:
            return Miss.because(why)
        answer = _ask(view_state, asked)
        if isinstance(answer, Miss):
            return self._find_by_default_limit(lookup, view_state.limits.default) or answer
        return answer

    def known_list(self, lookup: Lookup) -> DerivedList | None:
        """The list of a request that got a derived page after a marker, as long as its state lasts.

        None where each page has to be asked for: see `lists.derived_list`. It knows a page by its
        query, so no id in that may have been replaced.
        """
        if self.recognised is None or not self.recognised.dialect:
            return None
        try:
            candidates = self._candidates(lookup, list_path_of)
            if len({one.item for one in admitted(candidates, lookup)}) != 1:
                return None  # which of them it is depends on how a page is asked for
            asked = self._view_of(lookup)
            state, same = asked.timeline.settled(asked.view, self.recorded.played)
            shown_in = same if asked.timeline.has_lists(asked.view, same) else state
            view_state = self._opened.state(asked.timeline, asked.view, shown_in)
            view_state.check_admitted()
        except (Unfit, NotProved):
            return None
        form = asked.form
        before, _, query = form.uri.partition("?")
        is_kept = form.uri == lookup.request.uri and not form.restore and ";" not in query
        proved = view_state.proved_pages(query) if is_kept else None
        if proved is None:
            return None
        redactor = form.group.redactor
        return DerivedList(
            source=proved.source,
            dialect=view_state.dialect,
            limits=view_state.limits,
            caller=str(asked.view.caller),
            before_query=f"{before}?",
            recorded=self._recorded_pages_of(lookup),
            pages=proved.pages,
            keeps=None if redactor is None else redactor.keeps_pages_of(lookup.request),
        )

    def _recorded_pages_of(self, lookup: Lookup) -> Pages:
        """The pages of a list that were recorded, by whichever caller."""
        found: Pages = frozenset()
        for form in lookup.as_recorded:
            number = form.group.number
            if number not in self._recorded_pages:
                self._recorded_pages[number] = recorded_pages(form.group.entries)
            found |= self._recorded_pages[number].get(list_of(form.asked.question), frozenset())
        return found

    def _derive_image(self, lookup: Lookup) -> Answer | Miss | None:
        """The proved answer to GET of one image; None when no list is recorded at its service."""
        if self.recognised is None or not self.recognised.dialect:
            return None
        try:
            asked = self._view_of(lookup)
        except Unfit as why:
            if isinstance(why, _NoList):
                return None
            return replace(Miss.because(why), is_of_others=True)
        played = self.recorded.played
        outcome = self._images.show(asked, played)
        self._note_read(asked, played)
        return outcome

    def _refuse_unknown_path(self, lookup: Lookup) -> Answer | None:
        """The 404 for a path that Glance's router does not know; None where that is not proved.

        The caller has to be one whose lists the cloud gave, and no such path may be recorded with
        another answer: some clouds list images at `/v2/images/`.
        """
        if self.recognised is None or not self.recognised.dialect:
            return None
        try:
            asked = self._view_of(lookup, _list_beside)
            state, _ = asked.timeline.settled(asked.view, self.recorded.played)
            view_state = self._opened.state(asked.timeline, asked.view, state)
            view_state.check_admitted()
        except (Unfit, NotProved):
            return None
        rules = view_state.dialect
        if (
            not rules.knows_refusals
            or may_name_a_method(asked.query)
            or self._knows_other_paths(asked.view)
        ):
            return None
        refused = Refused(404, NOT_FOUND)
        response = refusal_response(refused, rules, asked.headers, asked.request_id)
        return asked.proved(response, f"rules of {rules.name}")

    def _knows_other_paths(self, view: View) -> bool:
        """Whether a service answered a path that Glance's router does not know, but for a 404."""
        return any(
            _list_beside(entry.asked.question) is not None and entry.status not in (401, 404)
            for entry in self._entries
            if entry.asked.host == view.host
        )

    def _find_by_default_limit(self, lookup: Lookup, default: int | None) -> Answer | None:
        """What is recorded of the question that names the default limit, or leaves it out.

        With a default of 25, `limit=25` and no limit ask the same. The default is a setting of each
        cloud, so `question_of` does not know it.
        """
        if default is None:
            return None
        forms = tuple(
            replace(form, asked=replace(form.asked, question=_by_default(form.asked, default)))
            for form in lookup.as_recorded
        )
        if forms == lookup.as_recorded:  # another limit
            return None
        found = self.recorded.find(replace(lookup, as_recorded=forms))
        return found if isinstance(found, Answer) else None

    def states(self, *, last_only: bool = False) -> Iterator[RecordedState]:
        """Each view in each recorded state that has lists, or in the last of these only.

        A collection is closed when the next state is asked for. Views whose cloud is not known are
        left out.
        """
        for timeline in self._timelines:
            for view in filter(self.rules.are_known, timeline.views):
                for opened in self._states_of(timeline, view, last_only=last_only):
                    with closing(opened.view_state):
                        yield opened

    def _states_of(
        self, timeline: ViewTimeline, view: View, *, last_only: bool
    ) -> Iterator[RecordedState]:
        """A view in each state that has lists and is sure, or in the last one if that is sure."""
        for state in timeline.states(view, last_first=last_only):
            if timeline.is_unsure(view, state):
                if last_only:
                    return
                continue
            view_state = self._opened.open(timeline, view, state)
            if view_state is not None:
                yield RecordedState(
                    view=view,
                    group=timeline.group,
                    entries=tuple(timeline.of(view, state)),
                    view_state=view_state,
                )
                if last_only:
                    return

    def derive_again(
        self, state: RecordedState, entry: Entry, without: Sequence[Walk] = ()
    ) -> Answer | Miss:
        """The proved answer to a recorded request for a list, without the help of some walks.

        Links that are in no known form are no reason for a miss: they are compared.
        """
        asked = AskedView(
            timeline=self._timelines[state.group.number],
            view=state.view,
            form=AsRecorded(group=state.group, asked=entry.asked, uri=entry.uri, restore={}),
            headers=entry.cassette.request(entry.index).headers,
        )
        return _ask(state.view_state, asked, without, any_links=True)

    def _view_of(
        self, lookup: Lookup, path_of: Callable[[Question], str | None] = list_path_of
    ) -> AskedView:
        """The recorded view that a request asks about. Raises Unfit.

        `path_of` returns the path of the list at the service of a question.
        """
        chosen = narrow(self._candidates(lookup, path_of), lookup)
        if len({(timeline.group.number, view) for timeline, view in (c.item for c in chosen)}) > 1:
            raise Unfit(
                "It is recorded for several callers, and the request does not show which of them "
                "sends it."
            )
        timeline, view = chosen[0].item
        return AskedView(
            timeline=timeline, view=view, form=chosen[0].form, headers=lookup.request.headers
        )

    def _candidates(
        self, lookup: Lookup, path_of: Callable[[Question], str | None]
    ) -> Sequence[Candidate[tuple[ViewTimeline, View]]]:
        """The views at the place that a request asks, of whichever caller. Raises _NoList."""
        candidates = [
            Candidate(item=(timeline, view), example=example, form=form)
            for timeline, form in zip(self._timelines, lookup.as_recorded, strict=True)
            for view, example in timeline.views.items()
            if (view.api_version, view.path)
            == (form.asked.question.api_version, path_of(form.asked.question))
        ]
        if not candidates:
            raise _NoList("No list is recorded at this path and for this API version.")
        return candidates


def _ask(
    view_state: ViewState,
    asked: AskedView,
    without: Sequence[Walk] = (),
    *,
    any_links: bool = False,
) -> Answer | Miss:
    """The answer to a request for a list that a state of the view proves."""
    rules = f"rules of {view_state.dialect.name}"
    try:
        proved = view_state.derive(asked.query, without, any_links=any_links)
    except Refused as refused:
        response = refusal_response(refused, view_state.dialect, asked.headers, asked.request_id)
        return asked.proved(response, rules)
    except NotProved as why:
        return asked.miss(why)
    response = page_response(proved.page, view_state.dialect, asked.request_id)
    return asked.proved(response, format_sources(proved.sources) or rules)


def _list_beside(question: Question) -> str | None:
    """The path of the list beside an unknown path; None for a question of another kind."""
    if question.method != "GET" or question.conditions or question.body:
        return None
    return list_beside_unknown(question.path)


class _NoList(Unfit):
    """No list is recorded of the service that a request asks."""


def _by_default(asked: Asked, default: int) -> Question:
    """The question with the default limit named, or left out if it is named."""
    query, limit = asked.question.query, ("limit", str(default))
    limits = [pair for pair in query if pair[0] == "limit"]
    if limits == [limit]:
        query = tuple(pair for pair in query if pair != limit)
    elif not limits:
        query = tuple(sorted((*query, limit), key=lambda pair: pair[0]))
    return replace(asked.question, query=query)
