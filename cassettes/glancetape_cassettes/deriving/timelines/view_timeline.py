"""The recording of a group in the order of time, cut at the changes that matter to a view.

    recorded   GET list #1, PATCH C #2, GET list #3, GET D #4 (404)
    state 0    #1; later than it are #3, which PATCH C explains as far as C goes, and #4, which it
               does not: D is gone, and perhaps it was in this state
    state 1    #3 and #4

Changes count over all groups. So do refusals and lists of other callers, and those recorded with
another key: whether they contradict a view is for `collection` to say.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from glancetape_cassettes.collection.explained import Explained, Maker
from glancetape_cassettes.collection.presence import shows_only_presence
from glancetape_cassettes.dates import NEVER, timestamp_of
from glancetape_cassettes.deriving.single_images import may_name_a_method, read_single
from glancetape_cassettes.deriving.timelines.explaining import (
    altered_for,
    asked_for,
    deletes_something,
    explains_refusal,
    is_refused_list,
    may_depend_on,
    refused_image,
)
from glancetape_cassettes.deriving.timelines.views import (
    View,
    Whose,
    is_about,
    is_answered_list,
    is_at_place_of,
    other_version,
    view_of,
    whose,
)
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.changes import Change, Shows, Subject
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.in_view.image_services import (
    Address,
    address_of,
    address_of_native,
    served_at,
)
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.replaying.states import Changes, RecordedStates, first_changes
from glancetape_cassettes.service import read_image_path

_MOST_SETTLED = 1000
State = frozenset[int]
"""A state of a view: after how many of all recorded changes the view looks like this."""

_Sights = dict[tuple[Address | None, str], list[tuple[int, dict[str, Any]]]]
"""By service and image."""
_NOTHING = Explained(altered=(), absent=())


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterAnswer:
    """An answer that is not a part of what a view shows in a state, and may contradict it."""

    time: int
    """Its position in the order of time."""
    entry: Entry
    explained: Explained


class ViewTimeline:
    """The entries of a group in the order of time, cut at the changes of all groups."""

    def __init__(self, group: RedactedAlike, states: RecordedStates) -> None:
        """Find the views of a group; `states` has the entries and changes of all groups."""
        self.group = group
        self._states = states
        numbers = self._cassette_numbers = {entry.cassette_number for entry in group}
        self.entries = [
            (2 * position, entry)
            for position, entry in enumerate(states.entries)
            if entry.cassette_number in numbers
        ]
        """Each with its number in the order of time. Between two numbers there is one for what may
        have been recorded after the first: see `unordered`."""
        self.views: dict[View, Entry] = {}
        """Each view of lists, with a recorded list as an example."""
        self._answered: dict[View, bool] = {}
        self._unsure_of: dict[View, list[tuple[int, int]]] = {}
        self._with_lists: dict[View, list[State]] = {}
        self._listed_in: dict[View, set[tuple[int, int]]] = {}
        self._settled: dict[tuple[View, Changes], tuple[State, State]] = {}
        self._refused: dict[View, bool] = {}
        self._sights: dict[Caller | None, _Sights] = {}
        self._deletions: dict[tuple[View, str], tuple[int, Entry] | None] = {}
        for _, entry in self.entries:
            if asks_for_list(entry.asked.question):
                self.views.setdefault(view_of(entry), entry)

    def cassettes(self) -> list[Cassette]:
        """All cassettes, those of the group first: changes and limits in the others count too."""
        own = {entry.cassette_number: entry.cassette for _, entry in self.entries}
        every = {entry.cassette_number: entry.cassette for entry in self._states.entries}
        return list((own | every).values())

    def state(self, view: View, changes: Changes) -> State:
        """The state of a view after a set of changes; empty when none like it was recorded."""
        return self._states.equal_to(self._subject(view), changes)

    def settled(self, view: View, changes: Changes) -> tuple[State, State]:
        """The state of a view, without what surely came after a change that was not played.

        And the part of it that the very same changes led to, of those that matter to the view.
        """
        key = view, changes
        if (found := self._settled.get(key)) is None:
            if len(self._settled) >= _MOST_SETTLED:
                self._settled.clear()
            state = self.state(view, changes)
            if self._states.lacks_changes(changes, max(state, default=0)):
                state -= self._too_early(view, changes)
            found = state, state & self._states.same_as(self._subject(view), changes)
            self._settled[key] = found
        return found

    def _too_early(self, view: View, changes: Changes) -> State:
        return frozenset(
            number
            for _, entry in self.entries
            if self._states.lacks_changes(changes, self._states.of(entry)[1])
            and self._states.number_of(entry) is None
            and is_about(entry, view)
            and self._states.shown_too_early(entry, changes)
            for number in self._states.of(entry)
        )

    def has_lists(self, view: View, state: State) -> bool:
        """Whether the caller of a view got a list in a state."""
        return any(first in state and last in state for first, last in self._states_of_lists(view))

    def _states_of_lists(self, view: View) -> set[tuple[int, int]]:
        if view not in self._listed_in:
            self._listed_in[view] = {
                self._states.of(entry)
                for _, entry in self.entries
                if is_answered_list(entry) and view_of(entry) == view
            }
        return self._listed_in[view]

    def states(self, view: View, *, last_first: bool) -> Iterator[State]:
        """The recorded states of a view, each once."""
        seen: set[int] = set()
        numbers = range(len(self._states.changes) + 1)
        for number in reversed(numbers) if last_first else numbers:
            if number not in seen:
                state = self.state(view, first_changes(number))
                seen |= state
                yield state

    def states_with_lists(self, view: View) -> Sequence[State]:
        """The recorded states of a view in which it got a list, the latest first."""
        if view not in self._with_lists:
            self._with_lists[view] = [
                state for state in self.states(view, last_first=True) if self.has_lists(view, state)
            ]
        return self._with_lists[view]

    def states_of_image(self, view: View, image_id: str, changes: Changes) -> State:
        """The recorded states in which an image looks as after a set of changes."""
        return self._states.equal_to(self._image(view, image_id), changes)

    def single_images(self, view: View, state: State) -> Iterator[dict[str, Any]]:
        """The images that were recorded by their ids in a state."""
        for _, entry in self.of(view, state):
            if read_single(entry.asked.question):
                status, value = entry.cassette.json_answer(entry.index)
                if status == 200 and isinstance(value, dict):
                    yield value

    def answers_by_id(
        self, view: View, image_id: str, states: State
    ) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """What requests for one image got in some states: it, or None for a refusal; with times."""
        for time, entry in self.entries:
            path = read_single(entry.asked.question)
            if path is None or unquote(path.image_id) != image_id:
                continue
            if entry.asked.caller != view.caller or not self._may_concern(entry, view):
                continue
            if not self._may_be_of(states, entry):
                continue
            status, value = entry.cassette.json_answer(entry.index)
            if status == 200 and isinstance(value, dict):
                yield time, value
            elif status in (403, 404):
                yield time, None

    def first_not_played(self, played: Changes) -> int:
        """The number of the first recorded change that is not in a set; one more than the last of
        all if none is left."""
        return (~played & (played + 1)).bit_length() - 1

    def may_follow(self, time: int, number: int) -> bool:
        """Whether what was recorded at a time may come after the change with a number."""
        return self._states.of(self._states.entries[time // 2])[1] > number

    def changed_at(self, number: int) -> float:
        """When a change was recorded, in seconds since 1970; NEVER if there is no such date."""
        changes = self._states.changes
        if number >= len(changes):
            return NEVER
        return _time_of(changes[number])

    def was_refused(self, view: View) -> bool:
        """Whether the caller of a view was ever refused as such: any request (401), or a list."""
        if view not in self._refused:
            self._refused[view] = any(
                status == 401 or (status == 403 and asks_for_list(entry.asked.question))
                for _, entry in self.entries
                if entry.asked.caller == view.caller
                and self._may_concern(entry, view)
                and (status := entry.status) in (401, 403)
            )
        return self._refused[view]

    def deletion_of(self, view: View, image_id: str, played: Changes) -> Entry | None:
        """The recorded DELETE by the caller of a view that a replay played, and that took an image.

        None where something recorded later shows or changes an image with this id.
        """
        if (view, image_id) not in self._deletions:
            self._deletions[view, image_id] = self._find_deletion(view, image_id)
        found = self._deletions[view, image_id]
        return found[1] if found is not None and played >> found[0] & 1 else None

    def _find_deletion(self, view: View, image_id: str) -> tuple[int, Entry] | None:
        """Its number among all changes, and the request."""
        changes = [one for one in enumerate(self._states.changes) if one[1].image_id == image_id]
        if not changes:
            return None
        number, last = changes[-1]
        entry = last.entry
        is_own = entry.asked.caller == view.caller and is_at_place_of(entry, view)
        if not (last.deletes and last.succeeded and is_own and last.group == self.group.number):
            return None
        if may_name_a_method(urlsplit(entry.uri).query) or self.was_refused(view):
            return None
        position = self._states.entries.index(entry)
        later = (
            one
            for place, one in enumerate(self._states.entries)
            if self._states.latest[place] > position
            and self._states.services.may_be_same(address_of(one), view.address)
        )
        return None if any(_shows(one, image_id) for one in later) else (number, entry)

    def _image(self, view: View, image_id: str) -> Subject:
        return Subject(
            shows=Shows.IMAGE, group=self.group.number, caller=view.caller, image_id=image_id
        )

    def _subject(self, view: View) -> Subject:
        return Subject(shows=Shows.LIST, group=self.group.number, caller=view.caller)

    def was_answered(self, view: View) -> bool:
        """Whether the caller of a view got a list at all, in any state."""
        if view not in self._answered:
            self._answered[view] = any(
                is_answered_list(one) for _, one in self.entries if view_of(one) == view
            )
        return self._answered[view]

    def of(self, view: View, state: State) -> Iterator[tuple[int, Entry]]:
        """What was recorded of a view in a state, each with its position in the order of time.

        So are refusals of a later state that no recorded change between explains: DELETE of B does
        not explain that A is gone. A was deleted unseen, and perhaps in this state.
        """
        for time, entry in self.entries:
            if self._states.number_of(entry) is not None or not is_about(entry, view):
                continue
            first, last = self._states.of(entry)
            if first in state and last in state:
                yield time, entry
            elif refused_image(entry) or is_refused_list(entry):
                between = self._between(state, entry, first, last)
                if between is not None and self._is_unexplained(entry, between):
                    yield time, entry

    def later(self, view: View, state: State) -> Iterator[LaterAnswer]:
        """The lists and images that a view showed after changes that ended a state.

        And the images that are shown to be there. Of a refusal `of` knows whether it is explained.
        """
        for time, entry in self.entries:
            if not is_about(entry, view):
                continue
            if not self._shows_presence(entry) and not (_is_read(entry) and entry.status == 200):
                continue
            first, last = self._states.of(entry)
            between = self._between(state, entry, first, last)
            if between is None or first in state or last in state:
                continue
            if (answer := self._later(time, entry, view, Whose.OWN, between)) is not None:
                yield answer

    def of_others(self, view: View, state: State, begin: int) -> Iterator[LaterAnswer]:
        """What the service of a view answered other callers from a time on, in a state or later.

        All callers see the same public images, so another's list that lacks one, or shows it with
        another name, contradicts what the view showed before. So does what the caller itself got
        at another address that may lead to the service, or in another version of its API.
        """
        for position, entry in enumerate(self._states.entries):
            is_same_key = entry.cassette_number in self._cassette_numbers
            relation = whose(entry.asked.caller, view, same_key=is_same_key)
            time = self._latest_time(position)
            if time < begin:
                continue
            if relation is Whose.OWN and is_at_place_of(entry, view):
                continue
            if not self._may_concern(entry, view):
                continue
            may_be_own = relation is not Whose.OTHER
            is_refusal = self._states.number_of(entry) is None and (
                bool(refused_image(entry)) or (is_refused_list(entry) and may_be_own)
            )
            if not (is_refusal or _is_read(entry) or self._shows_presence(entry)):
                continue
            may_be_of = self._may_be_of(state, entry)
            between = [] if may_be_of else self._between(state, entry, *self._states.of(entry))
            if between is None or (is_refusal and not self._is_unexplained(entry, between)):
                continue
            if (answer := self._later(time, entry, view, relation, between)) is not None:
                yield answer

    def _shows_presence(self, entry: Entry) -> bool:
        """Whether an answer shows only that an image is there, and no recorded change made it."""
        return self._states.number_of(entry) is None and shows_only_presence(entry)

    def once_more(self, view: View, state: State) -> Iterator[LaterAnswer]:
        """What was recorded of a view in a state, as if it were recorded after all else.

        What a replay proves from an equal state must not contradict what its own state shows.
        """
        end = 2 * len(self._states.entries)
        for time, entry in (*self.of(view, state), *self._elsewhere(view, state)):
            explained = replace(
                _NOTHING, version=other_version(entry, view), is_native=_is_native(entry)
            )
            yield LaterAnswer(time=end + time, entry=entry, explained=explained)

    def _elsewhere(self, view: View, state: State) -> Iterator[tuple[int, Entry]]:
        """What the caller of a view got in a state at other addresses, or in another version."""
        for time, entry in self.entries:
            if self._states.number_of(entry) is not None or entry.asked.caller != view.caller:
                continue
            if is_at_place_of(entry, view) or not self._may_concern(entry, view):
                continue
            if self._may_be_of(state, entry):
                yield time, entry

    def unordered(self, view: View, state: State) -> Iterator[LaterAnswer]:
        """What was recorded of a view in a state and may be later than it is taken to be.

        Two cassettes have the same second: a list with image A in one, and a 404 for A in the
        other. Whichever comes first in the order of time, the list may be out of date.
        """
        for time, entry in self.of(view, state):
            latest = self._latest_time(time // 2)
            if latest > time:
                yield LaterAnswer(time=latest, entry=entry, explained=_NOTHING)

    def _latest_time(self, position: int) -> int:
        latest = self._states.latest[position]
        return 2 * latest + 1 if latest > position else 2 * position

    def _later(
        self, time: int, entry: Entry, view: View, relation: Whose, between: Sequence[Change]
    ) -> LaterAnswer | None:
        """A later answer with what the changes before it explain; None if they explain all."""
        unknown = [one for one in between if not one.image_id]
        if any(map(deletes_something, unknown)):
            return None  # after a DELETE of no known image it says nothing at all
        altered = altered_for(between, entry.asked.caller, self._seen_by(entry.asked.caller))
        explained = Explained(
            altered=altered.keys(),
            absent=[one for one, members in altered.items() if may_depend_on(entry.uri, members)],
            # Other services make images, and do not say which.
            makers=[Maker(_time_of(one), asked_for(one)) for one in unknown],
            of_other=relation is Whose.OTHER,
            version=other_version(entry, view),
            has_other_stand_ins=relation is Whose.PERHAPS,
            is_native=_is_native(entry),
        )
        return LaterAnswer(time=time, entry=entry, explained=explained)

    def _may_concern(self, entry: Entry, view: View) -> bool:
        """Whether a response may contradict what a view shows, whoever got it.

        Its address is that of the view, or another one that may lead to the same service. IMS's own
        list shows the same images, by rules of its own. A damaged response at an address of which
        that is unknown shows nothing, not even a status.
        """
        address, services = served_at(entry), self._states.services
        if address is None or not services.may_be_same(address, view.address):
            return False
        return services.is_same(address, view.address) or _is_readable(entry)

    def _may_be_of(self, state: State, entry: Entry) -> bool:
        """Whether something was recorded in a state, or may have been: its state may be unsure."""
        first, last = self._states.of(entry)
        return not state.isdisjoint(range(first, last + 1))

    def _between(self, state: State, entry: Entry, first: int, last: int) -> list[Change] | None:
        """The changes between a state and what was recorded later, that altered what it shows.

        None if it was recorded earlier. A change at another image service alters nothing there.
        """
        before = max((number for number in state if number < first), default=None)
        if before is None:
            return None
        address, services = served_at(entry), self._states.services
        return [
            one
            for one in self._states.changes[before:last]
            if one.touches_images
            and ((at := address_of(one.entry)) is None or services.is_same(at, address))
        ]

    def _is_unexplained(self, entry: Entry, between: Sequence[Change]) -> bool:
        """Whether an image or a list was refused, and none of these changes explains it."""
        image_id, seen = refused_image(entry), self._seen_by(entry.asked.caller)
        return not any(
            explains_refusal(change, entry, seen)
            for change in between
            # That an image was made explains no refusal.
            if not change.makes and (not change.image_id or change.image_id == image_id)
        )

    def _seen_by(self, caller: Caller | None) -> Callable[[Change], dict[str, Any] | None]:
        """What returns the image of a change as a caller saw it last before."""

        def seen(change: Change) -> dict[str, Any] | None:
            if caller not in self._sights:
                self._sights[caller] = self._sights_of(caller)
            service = self._states.services.name_of(address_of(change.entry))
            image = service, change.image_id or ""
            shown = self._sights[caller].get(image, ())
            position = self._positions[change.entry.place]
            return next((image for place, image in reversed(shown) if place < position), None)

        return seen

    def _sights_of(self, caller: Caller | None) -> _Sights:
        """All that answers showed a caller of owners and visibility: by image, with positions."""
        found: _Sights = {}
        for position, entry in enumerate(self._states.entries):
            if entry.asked.caller != caller:
                continue
            service = self._states.services.name_of(served_at(entry))
            for image in _images_in(entry):
                about = {name: image.get(name) for name in ("owner", "visibility")}
                found.setdefault((service, str(image.get("id"))), []).append((position, about))
        return found

    @cached_property
    def _positions(self) -> dict[tuple[int, int], int]:
        return {entry.place: position for position, entry in enumerate(self._states.entries)}

    def is_unsure(self, view: View, state: State) -> bool:
        """Whether something recorded of a view may be of this state or of another."""
        return any(
            not state.isdisjoint(range(first, last + 1))
            and not state.issuperset(range(first, last + 1))
            for first, last in self._unsure(view)
        )

    def _unsure(self, view: View) -> list[tuple[int, int]]:
        """The first and last states of what is of no certain state; worked out once."""
        if view not in self._unsure_of:
            found = {
                self._states.of(entry)
                for _, entry in self.entries
                if self._states.number_of(entry) is None and is_about(entry, view)
            }
            self._unsure_of[view] = [one for one in found if one[0] < one[1]]
        return self._unsure_of[view]


def _time_of(change: Change) -> float:
    """When a change was recorded, in seconds since 1970; NEVER without a date."""
    return timestamp_of(change.entry.cassette.recorded_at(change.entry.index))


def _shows(entry: Entry, image_id: str) -> bool:
    """Whether a recorded answer shows an image with an id, in whatever status, or what it has.

    As a marker an image that is gone may get a page: an operator's list begins after it (observed).
    """
    path = read_image_path(entry.asked.question.path)
    if path is not None and unquote(path.image_id) == image_id:
        status = entry.status
        return entry.asked.question.method == "GET" and (200 <= status < 300 or status == 304)
    return any(image.get("id") == image_id for image in _images_in(entry))


def _images_in(entry: Entry) -> list[dict[str, Any]]:
    """The images that a recorded list or single image shows; none for anything else."""
    if not _is_read(entry):
        return []
    status, value = entry.cassette.json_answer(entry.index)
    if status != 200 or not isinstance(value, dict):
        return []
    images = value.get("images")
    shown = images if isinstance(images, list) else [value]
    return [one for one in shown if isinstance(one, dict)]


def _is_readable(entry: Entry) -> bool:
    try:
        entry.cassette.status(entry.index)
    except CassetteError:  # it is reported when the interaction is asked for
        return False
    return True


def _is_read(entry: Entry) -> bool:
    """Whether a list or a single image was asked for."""
    if entry.asked.question.method != "GET":
        return False
    path = read_image_path(entry.asked.question.path)
    return not path.below if path is not None else _is_native(entry)


def _is_native(entry: Entry) -> bool:
    return address_of_native(entry) is not None
