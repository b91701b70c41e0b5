"""Answers to lists that were never recorded, where recorded lists prove them.

All recordings are put in the order of time and cut at the changes that matter to a view, in
whichever cassette these are. What the view shows in one state becomes a collection, which is
gathered when it is first asked for:

    recorded   GET page 1, GET page 2, PATCH image, GET page 1
    states     0: both pages          1: one page
"""

import logging
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import closing
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Self
from urllib.parse import unquote, urlsplit

from glancetape_cassettes.cloud.links import LIST_PATH
from glancetape_cassettes.cloud.refusals import NOT_FOUND, Refused
from glancetape_cassettes.cloud.responses import (
    json_response,
    page_response,
    refusal_response,
    request_id_of,
)
from glancetape_cassettes.cloud.routes import list_beside_unknown
from glancetape_cassettes.collection.collection_file import write_collection
from glancetape_cassettes.collection.disk_cache import open_collection
from glancetape_cassettes.collection.gathering import gather
from glancetape_cassettes.deriving.lists.derived_list import DerivedList
from glancetape_cassettes.deriving.lists.recorded_pages import Pages, list_of, recorded_pages
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.reasons import NotProved
from glancetape_cassettes.deriving.single_images import (
    Elsewhere,
    derive_image,
    left_out_of_lists,
    may_name_a_method,
    read_single,
    refuse_deleted,
)
from glancetape_cassettes.deriving.timelines.rules_of_views import RulesOfViews
from glancetape_cassettes.deriving.timelines.view_timeline import State, ViewTimeline
from glancetape_cassettes.deriving.timelines.views import (
    View,
    image_in,
    is_answered_list,
    list_path_of,
    view_of,
)
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.deriving.walking.limits import Limits
from glancetape_cassettes.deriving.walking.ranking import ranks_of
from glancetape_cassettes.deriving.walking.reading_pages import Read, read_pages
from glancetape_cassettes.deriving.walking.recognition import (
    Recognised,
    recognise_as,
    why_no_list,
)
from glancetape_cassettes.deriving.walking.walks import Walk, walks_of
from glancetape_cassettes.errors import AlreadyClosed
from glancetape_cassettes.interaction import Headers
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.replaying.eligible import Candidate, Unfit, admitted, narrow
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.question import Asked, Question, asks_for_list
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded
from glancetape_cassettes.replaying.states import Changes
from glancetape_cassettes.replaying.timeline import status_of
from glancetape_cassettes.version import __version__

logger = logging.getLogger(__name__)

_LIMITS = "limits"
_MOST_NOTED = 1000
_MOST_OTHER_STATES = 10
"""States that are tried for one image, besides that of the lists: each is opened for it."""


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
        self._view_states: dict[tuple[int, View, State, State], ViewState | None] = {}
        self._closed = Event()
        self._left_out: dict[tuple[int, View, State], str] = {}
        self._entries = states.entries
        self._recorded_pages: dict[int, Mapping[Hashable, Pages]] = {}
        self._read: set[tuple[int, View, Changes]] = set()
        """The views from which something was derived, each with the changes played by then."""
        self._is_named = dialect != "auto"
        self.recognised = recognised or recognise_as(dialect, states.entries)
        self.rules = RulesOfViews(
            states.entries, states.services, self.recognised, is_named=self._is_named
        )

    def over(self, recorded: RecordedAnswers) -> Self:
        """The same for a rewound recording; collections are shared, and closed with the first."""
        other = copy(self)
        other.recorded = recorded
        return other

    def close(self) -> None:
        """Close all collections, also those that were opened for a rewound recording.

        What derives from them afterwards gets AlreadyClosed, as from a closed image set.
        """
        self._closed.set()
        for view_state in self._view_states.values():
            if view_state is not None:
                view_state.close()
        self._view_states.clear()

    def has_read(self, lookup: Lookup) -> bool:
        """Whether all that an answer is derived from was read before.

        Reading it takes half a millisecond for each recorded list, and an answer not a hundredth
        of that. So is it after each change: what was recorded of another state is read then.
        """
        try:
            timeline, view, _ = self._view_of(lookup)
        except Unfit:
            return True  # there is nothing to read
        return (timeline.group.number, view, self.recorded.played) in self._read

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
            timeline, view, form = self._view_of(lookup)
        except Unfit as why:
            return replace(Miss.because(why), is_of_others=True)
        played = self.recorded.played
        outcome = self._list_from_states(timeline, view, form, lookup)
        self._note_read(timeline, view, played)
        return outcome

    def _note_read(self, timeline: ViewTimeline, view: View, played: Changes) -> None:
        if len(self._read) >= _MOST_NOTED:
            self._read.clear()
        self._read.add((timeline.group.number, view, played))

    def _list_from_states(
        self, timeline: ViewTimeline, view: View, form: AsRecorded, lookup: Lookup
    ) -> Answer | Miss:
        """The list as the very changes that were played led to it, or as it is in an equal state.

        recorded   GET list #1 with B, POST Z #2, DELETE Z #3, GET list #4 without B
        played     nothing: #1 is the list, and #4 none, since #1 contradicts it
        """
        state, same = timeline.settled(view, self.recorded.played)
        if same == state or not timeline.has_lists(view, same):
            return self._list(timeline, view, state, form, lookup)
        outcome = self._list(timeline, view, same, form, lookup)
        if isinstance(outcome, Answer):
            return outcome
        other = self._list(timeline, view, state, form, lookup, agreeing_with=same)
        return other if isinstance(other, Answer) else outcome

    def _list(
        self,
        timeline: ViewTimeline,
        view: View,
        state: State,
        form: AsRecorded,
        lookup: Lookup,
        agreeing_with: State = frozenset(),
    ) -> Answer | Miss:
        try:
            view_state = self._view_state(timeline, view, state, agreeing_with)
        except Unfit as why:
            return Miss.because(why)
        answer = self._ask(view_state, timeline, view, form, lookup.request.headers)
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
            timeline, view, form = self._view_of(lookup)
            state, same = timeline.settled(view, self.recorded.played)
            shown_in = same if timeline.has_lists(view, same) else state
            view_state = self._view_state(timeline, view, shown_in)
            view_state.check_admitted()
        except (Unfit, NotProved):
            return None
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
            caller=str(view.caller),
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
            timeline, view, form = self._view_of(lookup)
        except Unfit as why:
            if isinstance(why, _NoList):
                return None
            return replace(Miss.because(why), is_of_others=True)
        played = self.recorded.played
        outcome = self._show_from_states(timeline, view, form, lookup.request.headers)
        self._note_read(timeline, view, played)
        if isinstance(outcome, Answer):
            return outcome
        return self._refuse_deleted(timeline, view, form, lookup.request.headers) or outcome

    def _refuse_unknown_path(self, lookup: Lookup) -> Answer | None:
        """The 404 for a path that Glance's router does not know; None where that is not proved.

        The caller has to be one whose lists the cloud gave, and no such path may be recorded with
        another answer: some clouds list images at `/v2/images/`.
        """
        if self.recognised is None or not self.recognised.dialect:
            return None
        try:
            timeline, view, form = self._view_of(lookup, _list_beside)
            state, _ = timeline.settled(view, self.recorded.played)
            view_state = self._view_state(timeline, view, state)
            view_state.check_admitted()
        except (Unfit, NotProved):
            return None
        rules, query = view_state.dialect, urlsplit(form.uri).query
        if not rules.knows_refusals or may_name_a_method(query) or self._knows_other_paths(view):
            return None
        request_id = request_id_of(form.uri, str(view.caller))
        headers = lookup.request.headers
        return Answer(
            response=refusal_response(Refused(404, NOT_FOUND), rules, headers, request_id),
            provenance=Provenance.DERIVED,
            source=f"rules of {rules.name}",
            restore=form.restore,
        )

    def _knows_other_paths(self, view: View) -> bool:
        """Whether a service answered a path that Glance's router does not know, but for a 404."""
        return any(
            _list_beside(entry.asked.question) is not None
            and status_of(entry.cassette, entry.index) not in (401, 404)
            for entry in self._entries
            if entry.asked.host == view.host
        )

    def _show_from_states(
        self, timeline: ViewTimeline, view: View, form: AsRecorded, headers: Headers
    ) -> Answer | Miss:
        """The image as it is in the present state, or in another from which no change parts it."""
        _, present = timeline.settled(view, self.recorded.played)
        outcome = self._show(timeline, view, present, form, headers)
        if isinstance(outcome, Answer) or timeline.was_refused(view):
            return outcome  # the caller may have another role, or none, in a state without a list
        image_id = unquote(image_in(form.uri))
        equal = timeline.states_of_image(view, image_id, self.recorded.played)
        others = _others(timeline.states_with_lists(view), present, equal)
        by_id = tuple(timeline.answers_by_id(view, image_id, equal)) if others else ()
        following = timeline.first_not_played(self.recorded.played)
        tried = [present]
        for state in others:
            places = ((timeline.group.number, view, one, frozenset[int]()) for one in tried)
            opened = [self._view_states.get(place) for place in places]
            elsewhere = Elsewhere(
                states=list(filter(None, opened)),
                by_id=by_id,
                is_later=partial(timeline.may_follow, number=following),
                changed_at=timeline.changed_at(following),
            )
            other = self._show(timeline, view, state, form, headers, elsewhere)
            if isinstance(other, Answer):
                return other
            if timeline.is_unsure(view, state):
                break  # it cannot be seen whether it contradicts those after it
            tried.append(state)
        return outcome  # of the state of the lists

    def _refuse_deleted(
        self, timeline: ViewTimeline, view: View, form: AsRecorded, headers: Headers
    ) -> Answer | None:
        """The 404 for an image whose recorded DELETE was played; None where that is not proved."""
        segment, query = image_in(form.uri), urlsplit(form.uri).query
        deletion = timeline.deletion_of(view, unquote(segment), self.recorded.played)
        if deletion is None:
            return None
        try:
            rules = self.rules.of(view)
        except Unfit:
            return None
        refused = refuse_deleted(segment, query, rules)
        if refused is None:
            return None
        request_id = request_id_of(form.uri, str(view.caller))
        return Answer(
            response=refusal_response(refused, rules, headers, request_id),
            provenance=Provenance.DERIVED,
            source=format_sources((deletion.source,)),
            restore=form.restore,
        )

    def _show(
        self,
        timeline: ViewTimeline,
        view: View,
        state: State,
        form: AsRecorded,
        headers: Headers,
        elsewhere: Elsewhere | None = None,
    ) -> Answer | Miss:
        """The answer to a request for one image that a state of the view proves."""
        segment, query = image_in(form.uri), urlsplit(form.uri).query
        request_id = request_id_of(form.uri, str(view.caller))
        try:
            view_state = self._view_state(timeline, view, state)
        except Unfit as why:
            return Miss.because(why)
        rules = view_state.dialect
        try:
            left_out = self._left_out_of_lists(timeline, view, state, view_state)
            derived = derive_image(view_state, segment, query, left_out, elsewhere)
        except NotProved as why:
            return _miss(why, timeline, view, form.uri)
        except Refused as refused:
            response = refusal_response(refused, rules, headers, request_id)
            sources = f"rules of {rules.name}"
        else:
            response = json_response(derived.body, rules, request_id)
            sources = format_sources(derived.sources)
        return Answer(
            response=response,
            provenance=Provenance.DERIVED,
            source=sources,
            restore=form.restore,
        )

    def _left_out_of_lists(
        self, timeline: ViewTimeline, view: View, state: State, view_state: ViewState
    ) -> str:
        """What single images of this cloud have and its lists have not; worked out once."""
        place = timeline.group.number, view, state
        if place not in self._left_out:
            singles = timeline.single_images(view, state)
            self._left_out[place] = left_out_of_lists(view_state, singles)
        return self._left_out[place]

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
                for state in timeline.states(view, last_first=last_only):
                    if timeline.is_unsure(view, state):
                        if last_only:
                            break
                        continue
                    view_state = self._open(timeline, view, state)
                    if view_state is None:
                        continue
                    with closing(view_state):
                        yield RecordedState(
                            view=view,
                            group=timeline.group,
                            entries=tuple(timeline.of(view, state)),
                            view_state=view_state,
                        )
                    if last_only:
                        break

    def derive_again(
        self, state: RecordedState, entry: Entry, without: Sequence[Walk] = ()
    ) -> Answer | Miss:
        """The proved answer to a recorded request for a list, without the help of some walks.

        Links that are in no known form are no reason for a miss: they are compared.
        """
        headers = entry.cassette.request(entry.index).headers
        form = AsRecorded(group=state.group, asked=entry.asked, uri=entry.uri, restore={})
        timeline = self._timelines[state.group.number]
        return self._ask(
            state.view_state, timeline, state.view, form, headers, without, any_links=True
        )

    def _view_of(
        self, lookup: Lookup, path_of: Callable[[Question], str | None] = list_path_of
    ) -> tuple[ViewTimeline, View, AsRecorded]:
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
        return timeline, view, chosen[0].form

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

    def _view_state(
        self,
        timeline: ViewTimeline,
        view: View,
        state: State,
        agreeing_with: State = frozenset(),
    ) -> ViewState:
        """The collection of a view in a state that the changes played lead to. Raises Unfit.

        Nothing recorded in `agreeing_with`, a part of the state, contradicts what it proves.
        """
        if not state:
            raise Unfit("Changes were played in another order than they were recorded in.")
        place = timeline.group.number, view, state, agreeing_with
        if not timeline.was_answered(view):
            raise Unfit("Every list that this caller asked for was refused.")
        if timeline.is_unsure(view, state):
            raise Unfit(
                "Two cassettes do not show whether a change was made before a list or after it: "
                "their dates are missing, the same, or closer than their recorders' clocks differ."
            )
        self.rules.of(view)
        if place not in self._view_states:
            if self._closed.is_set():
                raise AlreadyClosed("the session")
            self._view_states[place] = self._open(timeline, view, state, agreeing_with)
        view_state = self._view_states[place]
        if view_state is None:
            raise Unfit("No list is recorded in the state that the requests played so far lead to.")
        if view_state.known.unauthorized >= 0:
            raise Unfit(
                "The last request of this caller was refused (401), as those of an expired token "
                "are. Record the list again with a new one."
            )
        return view_state

    def _open(
        self, timeline: ViewTimeline, view: View, state: State, agreeing_with: State = frozenset()
    ) -> ViewState | None:
        entries = list(timeline.of(view, state))
        if not any(is_answered_list(entry) for _, entry in entries if view_of(entry) == view):
            return None
        dialect = self.rules.of(view)
        read: Read = {}  # of a collection that is made now, so that none is read twice

        def write(path: Path, about: dict[str, str]) -> int:
            gathered = gather(entries)
            limits = self.rules.limits_of(view, gathered.lengths)
            begin = entries[0][0]
            for answer in (
                *timeline.unordered(view, state),
                *timeline.later(view, state),
                *timeline.of_others(view, state, begin),
                *(timeline.once_more(view, agreeing_with) if agreeing_with else ()),
            ):
                gathered.add_later(answer.time, answer.entry, answer.explained)
            pages = read_pages(gathered.pages, dialect, limits, read)
            walks = walks_of(pages, gathered.fields)
            created = {image_id: one.created for image_id, one in gathered.images.items()}
            ranks = ranks_of(created, walks)
            about |= {"dialect": dialect.name, _LIMITS: limits.as_json()}
            write_collection(path, gathered, ranks, about)
            return len(gathered.images)

        program = f"{__version__} {dialect.name} {self._is_named} {self.recorded.ignored}"
        name = f"{view} {sorted(state)} {sorted(agreeing_with)}"
        images = open_collection(timeline.cassettes(), name, program, write)
        try:
            limits = Limits.from_json(images.about[_LIMITS])
            project = view.caller.project if view.caller else None
            version, ignored = self.rules.version_of(view), self.recorded.ignored.names
            to_others = partial(self.rules.is_shown_to_others, view)
            return ViewState(images, dialect, limits, project, version, ignored, read, to_others)
        except BaseException:
            images.close()
            raise

    def _ask(
        self,
        view_state: ViewState,
        timeline: ViewTimeline,
        view: View,
        form: AsRecorded,
        headers: Headers,
        without: Sequence[Walk] = (),
        *,
        any_links: bool = False,
    ) -> Answer | Miss:
        rules = f"rules of {view_state.dialect.name}"
        request_id = request_id_of(form.uri, str(view.caller))
        try:
            proved = view_state.derive(urlsplit(form.uri).query, without, any_links=any_links)
        except Refused as refused:
            response = refusal_response(refused, view_state.dialect, headers, request_id)
            sources = rules
        except NotProved as why:
            return _miss(why, timeline, view, form.uri)
        else:
            response = page_response(proved.page, view_state.dialect, request_id)
            sources = format_sources(proved.sources) or rules
        return Answer(
            response=response,
            provenance=Provenance.DERIVED,
            source=sources,
            restore=form.restore,
        )


def _others(with_lists: Sequence[State], present: State, equal: State) -> Sequence[State]:
    """The states besides the present one in which an image looks the same, in the order to try.

    In these only other images differ: PATCH of B was played, and C is as it was before. Those
    before the present come first, the latest of them before the others. Those after it follow, the
    earliest first: what is recorded of each may contradict the next.
    """
    others = [one for one in with_lists if one != present and one <= equal]
    begin = min(present, default=0)
    earlier = [one for one in others if max(one) < begin]
    later = sorted((one for one in others if max(one) >= begin), key=min)
    return (*earlier, *later)[:_MOST_OTHER_STATES]


def _list_beside(question: Question) -> str | None:
    """The path of the list beside an unknown path; None for a question of another kind."""
    if question.method != "GET" or question.conditions or question.body:
        return None
    return list_beside_unknown(question.path)


class _NoList(Unfit):
    """No list is recorded of the service that a request asks."""


def _miss(why: NotProved, timeline: ViewTimeline, view: View, uri: str) -> Miss:
    """The miss of a question with this URI, and what to record at the service of its view."""
    root = "://".join(urlsplit(timeline.views[view].uri)[:2])
    asked = urlsplit(uri)
    requests = [f"{view.path}{one.removeprefix(LIST_PATH)}" for one in why.requests]
    if not requests:
        requests.append(f"{asked.path}?{asked.query}" if asked.query else asked.path)
    return Miss(reason=str(why), answerable_with=tuple(f"GET {root}{one}" for one in requests))


def _by_default(asked: Asked, default: int) -> Question:
    """The question with the default limit named, or left out if it is named."""
    query, limit = asked.question.query, ("limit", str(default))
    limits = [pair for pair in query if pair[0] == "limit"]
    if limits == [limit]:
        query = tuple(pair for pair in query if pair != limit)
    elif not limits:
        query = tuple(sorted((*query, limit), key=lambda pair: pair[0]))
    return replace(asked.question, query=query)
