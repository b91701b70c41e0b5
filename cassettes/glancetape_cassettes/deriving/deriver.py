"""Answering requests from what was recorded, where that proves the answer."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from glancetape_cassettes.cloud.dialects import dialect_of
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.cloud.responses import page_response, refusal_response, request_id_of
from glancetape_cassettes.collection.disk_cache import open_collection
from glancetape_cassettes.collection.seen import gather
from glancetape_cassettes.collection.storing import write_collection
from glancetape_cassettes.collection.timeline import changes_something, in_order
from glancetape_cassettes.deriving.outcome import Derived, Unproved
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.ranking import ranks_of
from glancetape_cassettes.deriving.reading_pages import read_pages
from glancetape_cassettes.deriving.reasons import NotProved
from glancetape_cassettes.deriving.recognition import Recognised, recognise
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.deriving.walks import Walk, walks_of
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.eligible import Candidate, Unfit, narrow
from glancetape_cassettes.replaying.question import asks_for_list, project_in, question_of
from glancetape_cassettes.replaying.recorded_answers import Entry, Group, Recording, View
from glancetape_cassettes.service import is_image_list
from glancetape_cassettes.version import __version__

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ViewKey:
    """Who sees what, where."""

    host: str | None
    path: str
    """Of its lists; a host may have several services."""
    whose: str | None
    api_version: str

    def __str__(self) -> str:
        """Write it so that different ones differ."""
        return repr((self.host, self.path, self.whose, self.api_version))


@dataclass(frozen=True, slots=True)
class RecordedState:
    """What was recorded of a view between two changes, and the collection made of it."""

    key: ViewKey
    group: Group
    number: int
    """How many changes were recorded before it."""
    entries: Sequence[tuple[int, Entry]]
    """Each with its place in time."""
    collection: ViewState


class Deriver:
    """Answers questions about lists that were not recorded, from those that were."""

    def __init__(self, recording: Recording, dialect: str = "auto") -> None:
        """Look which cloud it is; `dialect` is "ims" or "glance" when that is known."""
        self._recording = recording
        self._groups = [_Timeline(group) for group in recording.groups]
        self._collections: dict[tuple[int, ViewKey, int], ViewState | None] = {}
        entries = [entry for one in self._groups for entry in one.entries]
        self.recognised = recognise(entries) if dialect == "auto" else Recognised(dialect, "told")

    def close(self) -> None:
        """Close all collections."""
        for collection in self._collections.values():
            if collection is not None:
                collection.close()
        self._collections.clear()

    def answer(self, request: Request, *, any_host: bool = False) -> Derived | Unproved | None:
        """Answer GET of an image list; None for any other request."""
        question = question_of(request)
        if not asks_for_list(question):
            return None
        if self.recognised is None:
            return Unproved("No list is recorded.")
        if not self.recognised.dialect:
            return Unproved(
                f"The recording fits no known cloud ({self.recognised.signs}), so nothing is "
                "derived from it; --dialect names one."
            )
        try:
            timeline, key, view = self._whose(self._recording.views(request, any_host=any_host))
            collection = self._collection(timeline, key)
            return self._ask(collection, key, view, request)
        except Unfit as reason:
            return Unproved(str(reason))

    def states(self, *, last_only: bool = False) -> Iterator[RecordedState]:
        """Open each view in each recorded state that has lists, or in the last of these only.

        A collection is closed when the next one is asked for. The dialect has to be known.
        """
        for timeline in self._groups:
            for key in timeline.views:
                numbers = range(timeline.count_changes(), -1, -1)
                for number in numbers if last_only else reversed(numbers):
                    collection = self._open(timeline, key, number)
                    if collection is None:
                        continue
                    with closing(collection):
                        entries = tuple(timeline.of(key, number))
                        yield RecordedState(key, timeline.group, number, entries, collection)
                    if last_only:
                        break

    def ask_again(
        self, state: RecordedState, entry: Entry, without: Sequence[Walk] = ()
    ) -> Derived | Unproved:
        """Answer what a recorded request for a list asked, without some of the walks."""
        request = entry.cassette.request(entry.index)
        view = View(state.group, entry.asked, entry.uri, {})
        return self._ask(state.collection, state.key, view, request, without)

    def _whose(self, views: list[View]) -> tuple["_Timeline", ViewKey, View]:
        """Find the recorded view that a request asks for. Raises Unfit."""
        candidates = [
            Candidate(
                (timeline, key), example.asked, view.asked, example.uri, view.uri,
                view.group.callers,
            )
            for timeline, view in zip(self._groups, views, strict=True)
            for key, example in timeline.views.items()
            if (key.api_version, key.path)
            == (view.asked.question.api_version, view.asked.question.path)
        ]  # fmt: skip
        if not candidates:
            raise Unfit("No list is recorded at this path and for this API version.")
        chosen = narrow(candidates)
        if len({one.place for one in chosen}) > 1:
            raise Unfit("It is recorded for several callers, and nothing tells which one asks.")
        timeline, key = chosen[0].place
        return timeline, key, next(one for one in views if one.group is timeline.group)

    def _collection(self, timeline: "_Timeline", key: ViewKey) -> ViewState:
        """Give the collection of a view in the state that the changes played lead to."""
        state = timeline.state(self._recording)
        place = id(timeline), key, state
        if place not in self._collections:
            self._collections[place] = self._open(timeline, key, state)
        collection = self._collections[place]
        if collection is None:
            raise Unfit("No list is recorded in the state that the requests played so far lead to.")
        return collection

    def _open(self, timeline: "_Timeline", key: ViewKey, state: int) -> ViewState | None:
        assert self.recognised is not None
        entries = list(timeline.of(key, state))
        if not any(asks_for_list(entry.asked.question) for _, entry in entries):
            return None
        dialect = dialect_of(self.recognised.dialect, key.api_version)

        def write(path: Path, about: dict[str, str]) -> int:
            seen = gather(entries)
            walks = walks_of(read_pages(seen.pages, dialect), seen.fields)
            created = {image_id: one.times[0] for image_id, one in seen.images.items()}
            ranks = ranks_of(created, walks)
            write_collection(path, seen, ranks, {**about, "dialect": dialect.name})
            return len(seen.images)

        program = f"{__version__} {dialect.name}"
        images = open_collection(timeline.cassettes(), f"{key} {state}", program, write)
        return ViewState(images, dialect, project_in(key.whose))

    def _ask(
        self,
        collection: ViewState,
        key: ViewKey,
        view: View,
        request: Request,
        without: Sequence[Walk] = (),
    ) -> Derived | Unproved:
        query = urlsplit(view.uri).query
        request_id = request_id_of(view.uri, key.whose or "")
        try:
            proved = collection.derive(query, without)
        except Refused as refused:
            response = refusal_response(refused, collection.dialect, request.headers, request_id)
            return Derived(response, f"rules of {collection.dialect.name}", view.restore)
        except NotProved as why:
            root = "://".join(urlsplit(self._example(key, view.group).uri)[:2])
            return Unproved(str(why), tuple(f"GET {root}{one}" for one in why.requests))
        sources = format_sources(proved.sources) or f"rules of {collection.dialect.name}"
        response = page_response(proved.page, collection.dialect, request_id)
        return Derived(response, sources, view.restore)

    def _example(self, key: ViewKey, group: Group) -> Entry:
        """Give a recorded list of a view."""
        return next(one for one in self._groups if one.group is group).views[key]


class _Timeline:
    """The recordings that were redacted alike, in the order of time, cut at the changes."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.entries = in_order(group)
        self._changes = [entry for entry in self.entries if changes_something(entry)]
        self.views: dict[ViewKey, Entry] = {}
        for entry in self.entries:
            if asks_for_list(entry.asked.question):
                self.views.setdefault(_key_of(entry), entry)

    def cassettes(self) -> list[Cassette]:
        return list({id(entry.cassette): entry.cassette for entry in self.entries}.values())

    def count_changes(self) -> int:
        """Count the recorded changes, at any host: other services make and delete images too."""
        return len(self._changes)

    def state(self, recording: Recording) -> int:
        """Count the changes played. Raises Unfit when one before them was not."""
        played = [recording.was_played(one) for one in self._changes]
        count = sum(played)
        if not all(played[:count]):
            raise Unfit("Changes were played in another order than they were recorded in.")
        return count

    def of(self, key: ViewKey, state: int) -> Iterator[tuple[int, Entry]]:
        """Give what was recorded of a view in a state, each with its place in time."""
        changed = {entry.place for entry in self._changes}
        count = 0
        for time, entry in enumerate(self.entries):
            if entry.place in changed:
                count += 1
            elif count == state and _key_of(entry) == key:
                yield time, entry


def _key_of(entry: Entry) -> ViewKey:
    asked, path = entry.asked, entry.asked.question.path
    folder = path.rpartition("/")[0]
    return ViewKey(
        asked.host,
        folder if is_image_list(folder) else path,
        asked.whose,
        asked.question.api_version,
    )
