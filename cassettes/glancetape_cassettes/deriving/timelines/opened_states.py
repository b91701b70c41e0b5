"""Views in their states, each opened when it is first asked for.

What was recorded of a view in one state is gathered, joined to walks, and written into a collection
beside the cassette, so that the next start reads it from there.
"""

from functools import partial
from pathlib import Path
from threading import Event

from glancetape_cassettes.collection.collection_file import write_collection
from glancetape_cassettes.collection.disk_cache import open_collection
from glancetape_cassettes.collection.gathering import gather
from glancetape_cassettes.deriving.timelines.rules_of_views import RulesOfViews
from glancetape_cassettes.deriving.timelines.view_timeline import State, ViewTimeline
from glancetape_cassettes.deriving.timelines.views import View, is_answered_list, view_of
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.deriving.walking.limits import Limits
from glancetape_cassettes.deriving.walking.ranking import ranks_of
from glancetape_cassettes.deriving.walking.reading_pages import Read, read_pages
from glancetape_cassettes.deriving.walking.walks import walks_of
from glancetape_cassettes.errors import AlreadyClosed
from glancetape_cassettes.replaying.eligible import Unfit
from glancetape_cassettes.replaying.question import Ignored
from glancetape_cassettes.version import __version__

_LIMITS = "limits"


class OpenedStates:
    """The collections of views in their states, kept open until they are closed together."""

    def __init__(self, rules: RulesOfViews, ignored: Ignored, *, is_named: bool) -> None:
        """Take the rules of all views; `ignored` is in no question.

        `is_named` says whether the user named the cloud, which its lists may then contradict.
        """
        self.rules = rules
        self._ignored = ignored
        self._is_named = is_named
        self._closed = Event()
        self._states: dict[tuple[int, View, State, State], ViewState | None] = {}

    def close(self) -> None:
        """Close all collections. What is asked of them afterwards raises AlreadyClosed."""
        self._closed.set()
        for view_state in self._states.values():
            if view_state is not None:
                view_state.close()
        self._states.clear()

    def if_open(self, timeline: ViewTimeline, view: View, state: State) -> ViewState | None:
        """The view in a state, if that was opened before and has lists."""
        return self._states.get((timeline.group.number, view, state, frozenset()))

    def state(
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
        if place not in self._states:
            if self._closed.is_set():
                raise AlreadyClosed("the session")
            self._states[place] = self.open(timeline, view, state, agreeing_with)
        view_state = self._states[place]
        if view_state is None:
            raise Unfit("No list is recorded in the state that the requests played so far lead to.")
        if view_state.known.unauthorized >= 0:
            raise Unfit(
                "The last request of this caller was refused (401), as those of an expired token "
                "are. Record the list again with a new one."
            )
        return view_state

    def open(
        self, timeline: ViewTimeline, view: View, state: State, agreeing_with: State = frozenset()
    ) -> ViewState | None:
        """The collection of a view in a state, which the caller closes; None without a list.

        Raises Unfit where the rules of the view are not known.
        """
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

        program = f"{__version__} {dialect.name} {self._is_named} {self._ignored}"
        name = f"{view} {sorted(state)} {sorted(agreeing_with)}"
        images = open_collection(timeline.cassettes(), name, program, write)
        try:
            limits = Limits.from_json(images.about[_LIMITS])
            project = view.caller.project if view.caller else None
            version, ignored = self.rules.version_of(view), self._ignored.names
            to_others = partial(self.rules.is_shown_to_others, view)
            return ViewState(images, dialect, limits, project, version, ignored, read, to_others)
        except BaseException:
            images.close()
            raise
