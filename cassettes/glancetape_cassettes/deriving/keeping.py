"""Importing a cassette: which of its views is kept, and whether that is all the caller sees."""

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
from glancetape_cassettes.deriving.deriver import Deriver, RecordedState
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.recorded_callers import RecordedCaller, RecordedCallers
from glancetape_cassettes.deriving.timelines.views import View
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.deriving.walking.recognition import why_no_list
from glancetape_cassettes.deriving.walking.walks import Walk
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset.image_fields import BadImage
from glancetape_cassettes.nouns import counted
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction

REDACTED = "{:,} values redacted"
"""Says how many secrets and ids an import replaced."""
_MOST_BAD = 10
"""Pages whose faults are listed."""
_NOTHING = "no page of images is recorded, so there is nothing to import."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an import kept."""

    images: int
    project: str
    complete: str
    """The recordings of a walk that shows all the project sees by default; "" without one."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """A view that could be kept, and how much of it is recorded."""

    group: int
    view: View
    images: int
    walks: int

    def __str__(self) -> str:
        """One line for a list of choices."""
        caller = self.view.caller or "without credentials"
        walks = counted(self.walks, "complete walk")
        return f"{caller} at {self.view.host}: {self.images:,} images, {walks}"


def import_cassette(
    callers: RecordedCallers,
    dialect: str | None,
    out: Path,
    about: dict[str, str],
    *,
    redact: ImageRedaction,
    force: bool,
) -> Kept:
    """Write the images of one caller's view to an image set. Raises GlancetapeError."""
    deriver = Deriver(callers.recorded, dialect or "auto")
    if deriver.recognised is None:
        why = why_no_list(callers.recorded.states.entries)
        raise GlancetapeError(f"{why}, so there is nothing to import.")
    if not deriver.recognised.dialect:
        raise GlancetapeError(f"the recording fits no known cloud {deriver.recognised.why_none}.")
    caller, kept, notes = _choose(callers, deriver)
    for state in deriver.states(last_only=True):
        if (state.group.number, state.view) == (kept.group, kept.view):
            about = {"dialect": state.view_state.dialect.name, **about}
            home = _home(callers, caller, state)
            return _keep(state, home, out, about, tuple(notes), redact=redact, force=force)
    raise GlancetapeError(_NOTHING)


def _choose(
    callers: RecordedCallers, deriver: Deriver
) -> tuple[RecordedCaller, _Choice, list[str]]:
    """Whose images are kept, and notes on what is not. Raises GlancetapeError with the choices."""
    choices = [
        _Choice(
            group=state.group.number,
            view=state.view,
            images=len(state.view_state.images),
            walks=sum(walk.is_complete for walk in state.view_state.walks),
        )
        for state in deriver.states(last_only=True)
    ]
    chosen = callers.chosen()
    if len(chosen) != 1:
        listed = map(str, choices)
        if chosen:
            raise GlancetapeError(
                "several views are recorded; choose one with --home-project. They are:", *listed
            )
        raise GlancetapeError("nothing is recorded for that project. The views are:", *listed)
    (caller,) = chosen
    own = [
        one
        for one in choices
        if (one.group, one.view.host, one.view.caller)
        == (caller.group.number, caller.host, caller.caller)
    ]
    if not own:
        raise GlancetapeError(_NOTHING)
    best = max(own, key=lambda one: one.images)
    others = [
        f"left out: what is recorded for the API version {one.view.api_version} "
        f"({one.images:,} images)"
        for one in own
        if one is not best
    ]
    return caller, best, others


def _home(callers: RecordedCallers, caller: RecordedCaller, state: RecordedState) -> str:
    if caller.project is not None:
        return caller.project
    if callers.project is not None:
        return callers.stand_in_of(caller.group) or callers.project
    return state.view_state.images.about["home_project"]


def _keep(
    state: RecordedState,
    home: str,
    out: Path,
    about: dict[str, str],
    notes: tuple[str, ...],
    *,
    redact: ImageRedaction,
    force: bool,
) -> Kept:
    view_state = state.view_state
    images, known = view_state.images, view_state.known
    whole = _default_walks(view_state)
    gone = set(_gone_since(view_state, whole[0])) if whole else set()
    positions = [one for one in still_there(known, len(images)) if one not in gone]
    bad = [f"{page.source}: {page.problem}" for page in known.pages if page.problem]
    if bad and not positions:
        raise GlancetapeError("no page of images can be imported:", *bad[:_MOST_BAD])
    notes += tuple(f"an image or a page is left out: {one}" for one in bad[:_MOST_BAD])
    there = set(positions)
    shared, hidden = [], 0
    for position, image in enumerate(images):
        if position in there and image.get("owner") not in (None, home):
            if image["visibility"] == "shared":
                shared.append(image["id"])
            hidden += image["visibility"] == "private"
    members, unclear = memberships(shared, (page for page in known.pages if not page.of_other))
    about = {**about, "home_project": home}
    try:
        redacted = keep_images(images, positions, members, out, about, redact=redact, force=force)
    except BadImage as error:
        raise GlancetapeError(f"an image cannot be imported: {error}.") from error
    home = redact.identity(home)
    if redacted:
        notes += (REDACTED.format(redacted),)
    if hidden:
        notes += (f"{hidden:,} private images of others are in it, which {home} does not see",)
    if unclear:
        notes += (f"{unclear:,} shared images are taken to be accepted: no list shows it",)
    holding = [walk for walk in whole if not view_state.why_void(walk)]
    proof = format_sources(page.source for page in holding[0].pages) if holding else ""
    return Kept(images=len(positions), project=home, complete=proof, notes=notes)


def _default_walks(view_state: ViewState) -> list[Walk]:
    """The walks that showed all the caller saw by default, the latest first."""
    return [
        walk
        for walk in view_state.walks
        if walk.is_complete
        and _is_default(walk.query)
        and walk.query.conditions <= _always(view_state)
    ]


def _is_default(query: Query) -> bool:
    return query.visibility is None and query.member_status == "accepted" and not query.hidden


def _always(view_state: ViewState) -> frozenset[Has]:
    return frozenset(Has(name, frozenset((value,))) for name, value in view_state.dialect.always)


def _gone_since(view_state: ViewState, walk: Walk) -> Iterator[int]:
    """The positions of images that a later walk would have shown, and did not."""
    seen: set[str] = set()
    for page in view_state.known.pages:
        try:
            query, _ = read_query(page.query, view_state.dialect)
        except Refused:
            continue
        if _is_default(query) and not page.of_other:
            seen.update(page.ids)
    for image_id in seen - walk.index_of.keys():
        position = view_state.images.position_of(image_id)
        if position is not None and view_state.known.last[position] < walk.pages[0].time:
            yield position


def summary(out: Path, kept: Kept) -> Sequence[str]:
    """What was made and whether it is all, a line each."""
    whose = kept.project or "the caller"
    if kept.complete:
        extent = f"walk {kept.complete} is complete: the set holds all that {whose} sees by default"
    else:
        extent = f"no complete walk of what {whose} sees by default is recorded: it may lack images"
    return [
        f"{out}: {counted(kept.images, 'image')}; {extent}",
        *(f"  {note}" for note in kept.notes),
    ]
