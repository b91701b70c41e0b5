"""A cassette without some of its interactions, which answers no request otherwise than before.

What is removed may still be what another answer depends on. So some of it stays:

    a change     while something that it may have altered stays after it
    a login      that gave out a token, and the shortest request of each caller: where several
                 may ask, a replay takes nobody for another one
    evidence     a list or an image without which another answer would be derived: it showed
                 that the cloud had changed in between, or how many images it lists at once

    recorded   GET list #1, PATCH image #2, GET list #3     nobody used #2
    kept       all: without #2, a replay would take #3 for the answer in the place of #1
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import orjson

from glancetape_cassettes.cloud.dialects import Dialect, dialect_of
from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.deriving.walking.limits import Limits, PageLength, limits_of
from glancetape_cassettes.editing.cassette_parts import Parts
from glancetape_cassettes.formats.cassette import Cassette, load_cassette
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.callers import granted_by
from glancetape_cassettes.replaying.changes import Change, Shows, change_of, subject_of
from glancetape_cassettes.replaying.entries import Entry, is_for_all_callers
from glancetape_cassettes.replaying.in_view.image_services import Address, address_of
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.replaying.states import first_changes
from glancetape_cassettes.service import Service, is_login, read_image_path, service_of_path

_MOST_TRIALS = 100
_MOST_ASKED = 10_000
"""Each trial asks everything that was recorded, after each change: half a minute in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """What comes of removing interactions."""

    before: Parts
    kept: tuple[int, ...]
    """Their positions, from 0."""
    needed: dict[int, str]
    """What was to be removed and stays: {position: why}."""

    @property
    def parts(self) -> tuple[bytes, ...]:
        """The texts of the smaller file."""
        return self.before.with_items(tuple(self.before.items[index] for index in self.kept))

    @property
    def removed(self) -> int:
        """How many interactions are removed."""
        return len(self.before.items) - len(self.kept)


def thin(before: Parts, unwanted: Collection[int], *, keeps_rules: bool = True) -> Thinned:
    """Remove interactions at positions from 0, as far as no other answer needs them.

    With `keeps_rules`, what is derived from the kept walks stays derived: whatever shows the
    version of the cloud and its limits stays too. Otherwise some of it may become a miss.
    """
    cassette = before.cassette
    recorded = RecordedAnswers([cassette], lambda _: None)
    entries = _entries(recorded)
    needed: dict[int, str] = {}
    kept = {index for index in range(len(cassette)) if index not in unwanted}
    if not kept:
        return Thinned(before=before, kept=(), needed=needed)
    _keep_logins(cassette, kept, needed)
    _keep_callers(before, recorded, kept, needed)
    _keep_changes(recorded, entries, kept, needed)
    if keeps_rules and any(asks_for_list(entries[index].asked.question) for index in kept):
        for entry in entries:
            if entry.index not in kept and _is_version_document(entry):
                kept.add(entry.index)
                needed[entry.index] = "it shows which version of Glance this is"
        _keep_limits(Deriver(recorded), entries, kept, needed)
    evidence = _least_evidence(before, recorded, kept, entries, keeps_rules=keeps_rules)
    for index in evidence:
        needed[index] = "without it a replay would answer other requests otherwise"
    kept.update(evidence)
    _keep_changes(recorded, entries, kept, needed)
    return Thinned(before=before, kept=tuple(sorted(kept)), needed=needed)


def _entries(recorded: RecordedAnswers) -> list[Entry]:
    found = [entry for group in recorded.groups for entry in group]
    return sorted(found, key=lambda one: one.index)


def _keep_logins(cassette: Cassette, kept: set[int], needed: dict[int, str]) -> None:
    """Keep the logins that show who may ask."""
    for index in range(len(cassette)):
        request = cassette.request(index)
        if index in kept or not is_login(request.method, urlsplit(request.uri).path):
            continue
        if granted_by(cassette.interaction(index).response) is not None:
            kept.add(index)
            needed[index] = "it shows whose token it gave out"


def _keep_callers(
    before: Parts, recorded: RecordedAnswers, kept: set[int], needed: dict[int, str]
) -> None:
    """Keep something of each caller: who is not known is taken for the only one."""
    for group in recorded.groups:
        for caller, asked in group.seen.items():
            if caller is None or any(entry.index in kept for entry in asked):
                continue
            shortest = min(asked, key=lambda one: len(before.items[one.index]))
            kept.add(shortest.index)
            needed[shortest.index] = f"it shows that {caller.short} asks too"


def _keep_changes(
    recorded: RecordedAnswers, entries: Sequence[Entry], kept: set[int], needed: dict[int, str]
) -> None:
    """Keep each change before something that it may have altered, and each mark beside it.

    The client of a marked request gets a miss in any case; the mark says that it took effect.
    """
    groups = {entry.place: group.number for group in recorded.groups for entry in group}
    marks = {mark.place for group in recorded.groups for mark in group.marks}
    for entry in reversed(entries):
        change = change_of(entry, groups[entry.place])
        is_mark = entry.place in marks
        if entry.index in kept or (change is None and not is_mark):
            continue
        for other in entries[0 if is_mark else entry.index + 1 :]:
            if other.index not in kept:
                continue
            if why := _why_it_stays(recorded, entry, change, other, groups[other.place]):
                kept.add(entry.index)
                needed[entry.index] = why
                break


def _why_it_stays(
    recorded: RecordedAnswers, entry: Entry, change: Change | None, other: Entry, group: int
) -> str:
    """Why a change, or a mark without one, stays beside something that is kept; "" if it may go."""
    subject, shown = subject_of(other, group), f"#{other.index + 1} shows"
    is_change = change_of(other, group) is not None
    alters = subject.shows is not Shows.NOTHING if change is None else change.is_of(subject)
    if is_change or alters is not False:
        is_later = other.index > entry.index
        return f"{'it may have changed' if is_later else 'made again, it may change'} what {shown}"
    states = recorded.states
    number = states.number_of(entry)
    if number is None:
        return ""
    all_others = first_changes(len(states.changes)) & ~(1 << number)
    is_early = states.shown_too_early(other, all_others) is not None
    return f"{shown} an image that was updated only after it" if is_early else ""


def _least_evidence(
    before: Parts,
    recorded: RecordedAnswers,
    kept: Collection[int],
    entries: Sequence[Entry],
    *,
    keeps_rules: bool,
) -> list[int]:
    """Return what has to stay beside what is kept, so that no answer becomes another one.

    Halves, quarters and so on are left out while every answer stays. Then no single one can be left
    out, unless the trials have come to an end.
    """

    def is_enough(evidence: Sequence[int]) -> bool:
        tried = {*kept, *evidence}
        _keep_changes(recorded, entries, tried, {})
        return not _answers_otherwise(before, tried, entries, keeps_rules=keeps_rules)

    if is_enough(()):
        return []
    found = [one.index for one in entries if one.index not in kept and _is_evidence(one)]
    asked = len(entries) * (1 + len(recorded.states.changes))
    size, trials = len(found) // 2, min(_MOST_TRIALS, _MOST_ASKED // asked)
    while size and trials:
        start = 0
        while start < len(found) and trials:
            fewer = found[:start] + found[start + size :]
            trials -= 1
            if is_enough(fewer):
                found = fewer
            else:
                start += size
        size //= 2
    return found


def _is_evidence(entry: Entry) -> bool:
    """Whether derived answers may depend on a request to the image service that changed nothing.

    A read shows images, or what kind of cloud it is. A refused change may show that an image is
    gone: `DELETE /v2/images/C/members/P` gets 404.
    """
    is_of_images = service_of_path(entry.asked.question.path) is Service.IMAGE
    return is_of_images and change_of(entry, 0) is None


def _is_version_document(entry: Entry) -> bool:
    is_read = entry.asked.question.method == "GET"
    return is_read and _is_evidence(entry) and is_for_all_callers(entry)


def _keep_limits(
    deriver: Deriver, entries: Sequence[Entry], kept: set[int], needed: dict[int, str]
) -> None:
    """Keep the lists that show how many images a cloud lists at once; see `walking.limits`."""
    lengths: dict[Address | None, list[tuple[int, PageLength]]] = {}
    for entry in entries:
        length = _page_length(entry) if asks_for_list(entry.asked.question) else None
        if length is not None:
            lengths.setdefault(address_of(entry), []).append((entry.index, length))
    for address, here in lengths.items():
        found = deriver.rules.recognised_at(address)
        if found is None or not found.dialect or not any(index in kept for index, _ in here):
            continue
        rules = dialect_of(found.dialect, "mitaka")

        def shown(
            here: Sequence[tuple[int, PageLength]] = here, rules: Dialect = rules
        ) -> tuple[object, ...]:
            pages = (length for index, length in here if index in kept)
            return _known(limits_of(pages, rules, is_named=False))

        target = _known(limits_of((one for _, one in here), rules, is_named=False))
        for index, _ in sorted(here, key=lambda one: -one[1].count):
            now = shown()
            if now == target:
                break
            if index not in kept:
                kept.add(index)
                if shown() == now:
                    kept.remove(index)
                else:
                    needed[index] = "it shows how many images this cloud lists at once"


def _page_length(entry: Entry) -> PageLength | None:
    status, value = entry.cassette.json_answer(entry.index)
    return PageLength.of(urlsplit(entry.uri).query, value) if status == 200 else None


def _known(limits: Limits) -> tuple[object, ...]:
    """What decides where pages end: the least that a limit can be, only if it is not known."""
    return (
        limits.default,
        limits.least_default if limits.default is None else None,
        limits.largest,
        limits.least_largest if limits.largest is None else None,
    )


def _answers_otherwise(
    before: Parts, kept: set[int], entries: Sequence[Entry], *, keeps_rules: bool
) -> bool:
    """Whether a request would get another answer from the kept interactions than from all."""
    gone = [one for one in entries if one.index not in kept and _is_evidence(one)]
    if not gone or not kept:
        return False
    ids = {image_id for entry in gone for image_id in _ids_in(entry)}
    with temporary_folder() as folder:
        path = folder / before.cassette.path.name
        items = tuple(text for index, text in enumerate(before.items) if index in kept)
        path.write_bytes(b"".join(before.with_items(items)))
        after = RecordedAnswers([load_cassette(path)], lambda _: None)
        whole = RecordedAnswers([before.cassette], lambda _: None)
        changes = [one.entry for one in whole.states.changes if one.entry.index in kept]
        with closing(Deriver(whole)) as first, closing(Deriver(after)) as second:
            proved, now = _what_is_proved(first), _what_is_proved(second)
            return (
                _has_other_limits(proved, now, keeps_rules=keeps_rules)
                or _proves_otherwise(proved, now)
                or _replays_otherwise(first, second, changes, [*_probes(whole, ids)])
            )


def _replays_otherwise(
    whole: Deriver, after: Deriver, changes: Sequence[Entry], probes: Sequence[Request]
) -> bool:
    """Whether any of these requests gets an answer that it did not get from the whole recording.

    Asked before the first change and after each one, until one cannot be played.
    """
    for change in (None, *changes):
        if change is not None and not (
            _is_played(whole.recorded, change) and _is_played(after.recorded, change)
        ):
            return False
        for request in probes:
            answer = _answer(after, request)
            if answer is not None and answer != _answer(whole, request):
                return True
    return False


def _is_played(recorded: RecordedAnswers, change: Entry) -> bool:
    """Play a change; whether that could be done. Of a mark there is no answer, but an effect."""
    before = recorded.changes_played
    recorded.find(recorded.look_up(change.cassette.request(change.index)))
    return recorded.changes_played > before


@dataclass(slots=True, kw_only=True)
class _Proved:
    """What the walks of one view prove, and by which rules."""

    dialect: str
    limits: Limits
    walks: set[tuple[str, tuple[str, ...], bool]]
    """Query, ids of the images, and whether the walk is complete."""


def _what_is_proved(deriver: Deriver) -> dict[str, _Proved]:
    """By group and view; a walk that is void proves nothing."""
    found: dict[str, _Proved] = {}
    if deriver.recognised is None or not deriver.recognised.dialect:
        return found
    for state in deriver.states():
        view_state = state.view_state
        rules = _Proved(dialect=view_state.dialect.name, limits=view_state.limits, walks=set())
        proved = found.setdefault(f"{state.group.number} {state.view}", rules)
        for walk in view_state.walks:
            if not view_state.why_void(walk):
                proved.walks.add((str(walk.query), tuple(walk.ids), walk.is_complete))
    return found


def _has_other_limits(
    before: Mapping[str, _Proved], after: Mapping[str, _Proved], *, keeps_rules: bool
) -> bool:
    """Whether limits seem to be what they are not, or with `keeps_rules` are known less well."""
    for view, proved in after.items():
        if view not in before or _known(before[view].limits) == _known(proved.limits):
            continue
        known, now = before[view].limits, proved.limits
        is_weaker = (
            now.default in (None, known.default)
            and now.largest in (None, known.largest)
            and now.least_default <= known.least_default
            and now.least_largest <= known.least_largest
        )
        if keeps_rules or not is_weaker:
            return True
    return False


def _proves_otherwise(before: Mapping[str, _Proved], after: Mapping[str, _Proved]) -> bool:
    """Whether a walk proves something that it did not, or other rules apply to it.

    The beginning of a walk proves no more than the walk did.
    """
    for view, proved in after.items():
        known = before.get(view)
        if known is None or known.dialect != proved.dialect:
            return True
        for query, ids, is_complete in proved.walks:
            if not any(
                query == one
                and ids == longer[: len(ids)]
                and (not is_complete or (was_complete and len(ids) == len(longer)))
                for one, longer, was_complete in known.walks
            ):
                return True
    return False


# Parameters in orders that tell the forms of links apart, and values that need escapes.
_WITH_LINKS = (
    "sort_dir=desc&limit=5",
    "limit=1&visibility=public&sort_key=name",
    "visibility=public&sort_key=name&limit=1",
    "created_at=gt:2020-01-01T00:00:00Z&limit=1",
    "name=a%20b&limit=1",
)


def _probes(recorded: RecordedAnswers, ids: Collection[str]) -> Iterator[Request]:
    """Reads that are recorded, some images by their ids, and lists whose links show their form."""
    lists: dict[str, Request] = {}
    for entry in _entries(recorded):
        question = entry.asked.question
        if question.method in ("GET", "HEAD"):
            request = entry.cassette.request(entry.index)
            if asks_for_list(question):
                uri = request.uri.partition("?")[0]
                lists.setdefault(f"{uri} {entry.asked.caller}", replace(request, uri=uri))
            yield request
    for one in lists.values():
        for image_id in ids:
            yield replace(one, uri=f"{one.uri}/{quote(image_id, safe='')}")
        for query in _WITH_LINKS:
            yield replace(one, uri=f"{one.uri}?{query}")


def _ids_in(entry: Entry) -> Iterator[str]:
    """The images that an answer shows, or that its request names."""
    path = read_image_path(entry.asked.question.path)
    if path is None:
        return
    if path.image_id:
        yield unquote(path.image_id)
        return
    status, value = entry.cassette.json_answer(entry.index)
    images = value.get("images") if status == 200 and isinstance(value, dict) else ()
    for image in images if isinstance(images, list) else ():
        if isinstance(image, dict) and isinstance(image.get("id"), str):
            yield image["id"]


def _answer(deriver: Deriver, request: Request) -> tuple[int, Any] | None:
    """Status and JSON of an answer in the present state; None for a miss.

    What was recorded may be derived from the rest, in another layout.
    """
    lookup = deriver.recorded.look_up(request)
    outcome: object = deriver.recorded.find(lookup)
    if not isinstance(outcome, Answer) and deriver.recognised is not None:
        outcome = deriver.derive(lookup)
    if not isinstance(outcome, Answer):
        return None
    body = outcome.response.body
    try:
        return outcome.response.status, orjson.loads(body)
    except ValueError:
        return outcome.response.status, body
