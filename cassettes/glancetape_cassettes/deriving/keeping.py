"""Importing a cassette: which view of it is kept, and whether it is all that the caller sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from glancetape_cassettes.cloud.listing.conditions import Has
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.collection.image_set_of import (
    keep_images,
    memberships,
    still_there,
)
from glancetape_cassettes.deriving.deriver import Deriver, RecordedState, ViewKey
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.recorded_callers import Caller, Known
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.deriving.walks import Walk
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.replaying.recorded_answers import Group


@dataclass(frozen=True, slots=True)
class Kept:
    """What an import came to."""

    images: int
    project: str
    complete: str
    """The recordings of a walk that shows all that the project sees by default; "" without one."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """A view, and how much of it is recorded."""

    group: Group
    key: ViewKey
    images: int
    walks: int

    def __str__(self) -> str:
        """Describe it in a line."""
        whose = self.key.whose or "without credentials"
        walks = "1 complete walk" if self.walks == 1 else f"{self.walks} complete walks"
        return f"{whose} at {self.key.host}: {self.images:,} images, {walks}"


def import_cassette(
    known: Known, dialect: str | None, out: Path, about: dict[str, str], *, force: bool
) -> Kept:
    """Write the images of one caller's view to an image set. Raises GlancetapeError."""
    deriver = Deriver(known.recording, dialect or "auto")
    if deriver.recognised is None:
        raise GlancetapeError("no page of images is recorded, so there is nothing to import.")
    if not deriver.recognised.dialect:
        raise GlancetapeError(
            f"the recording fits no known cloud ({deriver.recognised.signs}); --dialect names one."
        )
    caller, view, notes = _choose(known, deriver)
    for state in deriver.states(last_only=True):
        if (state.group is view.group, state.key) == (True, view.key):
            about = {"dialect": deriver.recognised.dialect, **about}
            home = _home(known, caller, state)
            return _keep(state, home, out, about, tuple(notes), force=force)
    raise GlancetapeError("no page of images is recorded, so there is nothing to import.")


def _choose(known: Known, deriver: Deriver) -> tuple[Caller, _View, list[str]]:
    """Choose whose images are kept. Raises GlancetapeError that lists the views."""
    views = [
        _View(
            state.group,
            state.key,
            len(state.collection.images),
            sum(walk.is_complete for walk in state.collection.walks),
        )
        for state in deriver.states(last_only=True)
    ]
    callers = known.named(known.callers())
    if len(callers) != 1:
        which = "recorded of that project" if known.project else "--project says which"
        several = "nothing is" if not callers else "several views are recorded;"
        listed = "".join(f"\n  {view}" for view in views)
        raise GlancetapeError(f"{several} {which}. Recorded are:{listed}")
    own = [
        view
        for view in views
        if (view.group is callers[0].group, view.key.host, view.key.whose)
        == (True, callers[0].host, callers[0].whose)
    ]
    if not own:
        raise GlancetapeError("no page of images is recorded, so there is nothing to import.")
    best = max(own, key=lambda view: view.images)
    others = [
        f"left out: what is recorded for the API version {view.key.api_version} "
        f"({view.images:,} images)"
        for view in own
        if view is not best
    ]
    return callers[0], best, others


def _home(known: Known, caller: Caller, state: RecordedState) -> str:
    if caller.project is not None:
        return caller.project
    if known.project is not None:
        return known.stand_in_of(caller.group) or known.project
    return state.collection.images.about["home_project"]


def _keep(
    state: RecordedState,
    home: str,
    out: Path,
    about: dict[str, str],
    notes: tuple[str, ...],
    *,
    force: bool,
) -> Kept:
    collection = state.collection
    images, known = collection.images, collection.known
    whole = _default_walks(collection)
    gone = set(_gone_since(collection, whole[0])) if whole else set()
    positions = [one for one in still_there(known, len(images)) if one not in gone]
    there = set(positions)
    shared, hidden = [], 0
    for position, image in enumerate(images):
        if position in there and image["owner"] not in (None, home):
            if image["visibility"] == "shared":
                shared.append(image["id"])
            hidden += image["visibility"] == "private"
    members, unclear = memberships(shared, known.pages)
    keep_images(images, positions, members, out, {**about, "home_project": home}, force=force)
    if hidden:
        notes += (f"{hidden:,} private images of others are in it, which {home} does not see",)
    if unclear:
        notes += (f"{unclear:,} shared images are taken to be accepted: no list tells it",)
    holding = [walk for walk in whole if not collection.why_void(walk)]
    proof = format_sources(page.source for page in holding[0].pages) if holding else ""
    return Kept(len(positions), home, proof, notes)


def _default_walks(collection: ViewState) -> list[Walk]:
    """Give the walks that showed all that the caller saw by default, the latest first."""
    return [
        walk
        for walk in collection.walks
        if walk.is_complete
        and _is_default(walk.query)
        and walk.query.conditions <= _always(collection)
    ]


def _is_default(query: Query) -> bool:
    return query.visibility is None and query.member_status == "accepted" and not query.hidden


def _always(collection: ViewState) -> frozenset[Has]:
    return frozenset(Has(name, frozenset((value,))) for name, value in collection.dialect.always)


def _gone_since(collection: ViewState, walk: Walk) -> Iterator[int]:
    """Give the images that a later walk would have to show, and does not."""
    seen: set[str] = set()
    for page in collection.known.pages:
        try:
            query, _ = read_query(page.query, collection.dialect)
        except Refused:
            continue
        if _is_default(query):
            seen.update(page.ids)
    for image_id in seen - walk.index_of.keys():
        position = collection.images.position_of(image_id)
        if position is not None and collection.known.last[position] < walk.pages[0].time:
            yield position


def summary(out: Path, kept: Kept) -> Sequence[str]:
    """Say what was made, and whether it is all."""
    images = "image" if kept.images == 1 else "images"
    whose = kept.project or "the caller"
    if kept.complete:
        said = f"walk {kept.complete} is complete: the set holds all that {whose} sees by default"
    else:
        said = f"no complete walk of what {whose} sees by default is recorded: it may lack images"
    return [f"{out}: {kept.images:,} {images}; {said}", *(f"  {note}" for note in kept.notes)]
