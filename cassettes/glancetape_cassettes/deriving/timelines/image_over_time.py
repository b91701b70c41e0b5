"""One image over the states of a view: as it is in the present one, or as in another.

recorded   GET list #1 with A and B, PATCH B #2
asked      GET A, after PATCH B was played: no list is recorded in this state, and no change
           parts A from how #1 shows it
"""

from collections.abc import Sequence
from functools import partial
from urllib.parse import unquote

from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.cloud.responses import json_response, refusal_response
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.reasons import NotProved
from glancetape_cassettes.deriving.single_images import (
    Elsewhere,
    derive_image,
    left_out_of_lists,
    refuse_deleted,
)
from glancetape_cassettes.deriving.timelines.asked_views import AskedView
from glancetape_cassettes.deriving.timelines.opened_states import OpenedStates
from glancetape_cassettes.deriving.timelines.view_timeline import State
from glancetape_cassettes.deriving.timelines.views import View, image_in
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.eligible import Unfit
from glancetape_cassettes.replaying.states import Changes

_MOST_OTHER_STATES = 10
"""States that are tried for one image, besides that of the lists: each is opened for it."""


class ImageOverTime:
    """Finds the state of a view that proves how one image looks."""

    def __init__(self, opened: OpenedStates) -> None:
        """Take the states of all views; each is opened when it is first asked for."""
        self._opened = opened
        self._left_out: dict[tuple[int, View, State], str] = {}

    def show(self, asked: AskedView, played: Changes) -> Answer | Miss:
        """The image, or the refusal that it gets, after these changes were played."""
        outcome = self._show_from_states(asked, played)
        if isinstance(outcome, Answer):
            return outcome
        return self._refuse_deleted(asked, played) or outcome

    def _show_from_states(self, asked: AskedView, played: Changes) -> Answer | Miss:
        """The image as it is in the present state, or in another from which no change parts it."""
        timeline, view = asked.timeline, asked.view
        _, present = timeline.settled(view, played)
        outcome = self._show(asked, present)
        if isinstance(outcome, Answer) or timeline.was_refused(view):
            return outcome  # the caller may have another role, or none, in a state without a list
        image_id = unquote(image_in(asked.form.uri))
        equal = timeline.states_of_image(view, image_id, played)
        others = _others(timeline.states_with_lists(view), present, equal)
        by_id = tuple(timeline.answers_by_id(view, image_id, equal)) if others else ()
        following = timeline.first_not_played(played)
        tried = [present]
        for state in others:
            opened = [self._opened.if_open(timeline, view, one) for one in tried]
            elsewhere = Elsewhere(
                states=list(filter(None, opened)),
                by_id=by_id,
                is_later=partial(timeline.may_follow, number=following),
                changed_at=timeline.changed_at(following),
            )
            other = self._show(asked, state, elsewhere)
            if isinstance(other, Answer):
                return other
            if timeline.is_unsure(view, state):
                break  # it cannot be seen whether it contradicts those after it
            tried.append(state)
        return outcome  # of the state of the lists

    def _show(
        self, asked: AskedView, state: State, elsewhere: Elsewhere | None = None
    ) -> Answer | Miss:
        """The answer to a request for one image that a state of the view proves."""
        try:
            view_state = self._opened.state(asked.timeline, asked.view, state)
        except Unfit as why:
            return Miss.because(why)
        rules, segment = view_state.dialect, image_in(asked.form.uri)
        try:
            left_out = self._left_out_of_lists(asked, state, view_state)
            derived = derive_image(view_state, segment, asked.query, left_out, elsewhere)
        except NotProved as why:
            return asked.miss(why)
        except Refused as refused:
            response = refusal_response(refused, rules, asked.headers, asked.request_id)
            return asked.proved(response, f"rules of {rules.name}")
        response = json_response(derived.body, rules, asked.request_id)
        return asked.proved(response, format_sources(derived.sources))

    def _left_out_of_lists(self, asked: AskedView, state: State, view_state: ViewState) -> str:
        """What single images of this cloud have and its lists have not; worked out once."""
        place = asked.timeline.group.number, asked.view, state
        if place not in self._left_out:
            singles = asked.timeline.single_images(asked.view, state)
            self._left_out[place] = left_out_of_lists(view_state, singles)
        return self._left_out[place]

    def _refuse_deleted(self, asked: AskedView, played: Changes) -> Answer | None:
        """The 404 for an image whose recorded DELETE was played; None where that is not proved."""
        segment = image_in(asked.form.uri)
        deletion = asked.timeline.deletion_of(asked.view, unquote(segment), played)
        if deletion is None:
            return None
        try:
            rules = self._opened.rules.of(asked.view)
        except Unfit:
            return None
        refused = refuse_deleted(segment, asked.query, rules)
        if refused is None:
            return None
        response = refusal_response(refused, rules, asked.headers, asked.request_id)
        return asked.proved(response, format_sources((deletion.source,)))


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
