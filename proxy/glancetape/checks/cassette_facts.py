"""What a cassette holds, gathered for `inspect`: requests, callers, logins, walks, and gaps.

Everything is counted from the cassette as it is stored. Ids are stand-ins there, and where they
are real ones, a token or an access key is left out: see `Caller.short`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from glancetape.checks.client_needs import CLIENTS, Need, missing_for, needs_by_path
from glancetape.checks.logins_alike import logins_alike
from glancetape_cassettes.dates import timestamp_of
from glancetape_cassettes.deriving.deriver import Deriver, RecordedState
from glancetape_cassettes.deriving.provenance import format_sources
from glancetape_cassettes.deriving.walking.recognition import why_no_list
from glancetape_cassettes.deriving.walking.walks import Walk
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.known_services import service_of_versions
from glancetape_cassettes.plain_names import shown_name
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.entries import Entry, is_for_all_callers
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.service import (
    Service,
    is_image_list,
    is_login,
    is_repeatable,
    read_image_path,
    service_of_path,
)

Progress = Callable[[str, int, int], None]
_K = TypeVar("_K")

NO_CREDENTIALS = "no credentials"
_PAGING = frozenset(("limit", "marker"))


class Kind(Enum):
    """What a recorded request is, in the words of the report."""

    LIST = "lists of images"
    IMAGE = "single images"
    BELOW_IMAGE = "members, tags and data of images"
    NATIVE = "IMS's own paths (cloudimages)"
    SCHEMA = "schemas"
    VERSIONS = "version documents"
    LOGIN = "logins"
    KEYSTONE = "other requests to Keystone"
    CHANGE = "changes"
    MARK = "marks of changes that were not recorded"
    OTHER = "other requests"


@dataclass(slots=True, kw_only=True)
class RequestCount:
    """How many requests of one sort there are, and with which statuses they were answered."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkFacts:
    """A recorded list from its first page to its last, or as far as it was recorded."""

    query: str
    """Its filters and order, without limit and marker; "" for everything that its caller sees."""
    source: str
    pages: int
    images: int
    seconds: float | None
    """From its first page to its last; None where the cassette has no dates."""
    is_complete: bool
    problem: str
    """Why nothing is derived from it; "" when something is."""

    @property
    def proves(self) -> bool:
        """Whether lists are derived from it."""
        return self.is_complete and not self.problem


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFacts:
    """One view between two changes, and the walks that were recorded then."""

    caller: str
    place: str
    """The address of its lists."""
    state: int
    """Which of the view's recorded states it is, from 1."""
    images: int
    walks: tuple[WalkFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFacts:
    """A client, and what it would miss in a replay."""

    name: str
    missing: tuple[str, ...]
    needs_key: bool = False
    """Whether its login is a miss where the key of the stand-ins is absent."""


@dataclass(slots=True, kw_only=True)
class CassetteFacts:
    """What `inspect` shows about a cassette."""

    file: str
    bytes: int
    interactions: int
    redaction: str
    oldest: str = ""
    newest: str = ""
    undated: int = 0
    """Interactions without a date."""
    requests: dict[Kind, RequestCount] = field(default_factory=dict)
    callers: dict[str, RequestCount] = field(default_factory=dict)
    logins: dict[str, RequestCount] = field(default_factory=dict)
    """By method and scope."""
    alike: dict[str, int] = field(default_factory=dict)
    """How many of them differ in their names alone, so that only the key tells them apart."""
    dialect: str = ""
    """"" when no list is recorded, or when the lists fit no known cloud."""
    signs: str = ""
    """What shows the dialect, or why there is none."""
    states: list[StateFacts] = field(default_factory=list)
    clients: list[ClientFacts] = field(default_factory=list)


def gather_facts(cassette: Cassette, progress: Progress = lambda *_: None) -> CassetteFacts:
    """The facts about a cassette. Raises CassetteError if an interaction cannot be read."""
    recorded = RecordedAnswers([cassette], lambda _: None)
    entries = sorted((one for group in recorded.groups for one in group), key=lambda one: one.index)
    facts = CassetteFacts(
        file=shown_name(cassette.path),
        bytes=cassette.path.stat().st_size,
        interactions=len(cassette),
        redaction=Redactor(None).text(str(cassette.redaction)),  # a person may have written it
    )
    logins = {place: str(one) for group in recorded.groups for place, one in group.logins.items()}
    present: set[Need] = set()
    answered: set[str] = set()
    names = _Names()
    for done, entry in enumerate(entries):
        if not done % 100:
            progress("reading", done, len(entries))
        kind = _kind_of(entry)
        status = 0 if kind is Kind.MARK else entry.status
        _count(facts.requests, kind, status)
        if kind is Kind.LOGIN:
            _count(facts.logins, logins.get(entry.place, "of an unknown kind"), status)
        elif kind not in (Kind.VERSIONS, Kind.MARK):
            _count(facts.callers, names.of(entry.asked.caller), status)
        if 200 <= status < 400:
            present |= set(_needs_of(entry, kind))
            if entry.asked.question.method == "GET":
                answered.add(entry.asked.question.path)
    _add_age(facts, cassette)
    facts.alike = logins_alike(cassette, recorded)
    found = frozenset(present) | needs_by_path(frozenset(answered))
    facts.clients = [
        ClientFacts(
            name=one.name,
            missing=tuple(need.value for need in missing_for(one, found)),
            needs_key=bool(facts.alike) and Need.LOGIN in one.needs,
        )
        for one in CLIENTS
    ]
    for state in _states(facts, Deriver(recorded), progress):
        facts.states.append(_facts_of(state, names.of(state.view.caller), facts))
    return facts


class _Names:
    """Short names of callers; a second one that would be called alike gets a number."""

    def __init__(self) -> None:
        self._names: dict[Caller | None, str] = {None: NO_CREDENTIALS}

    def of(self, caller: Caller | None) -> str:
        if caller is not None and caller not in self._names:
            like = sum(one is not None and one.short == caller.short for one in self._names)
            self._names[caller] = f"{caller.short} ({like + 1})" if like else caller.short
        return self._names[caller]


def _kind_of(entry: Entry) -> Kind:
    return next((kind for kind, is_of in _KINDS if is_of(entry)), Kind.OTHER)


def _path(entry: Entry) -> str:
    return entry.asked.question.path


def _is_of_image(entry: Entry, *, below: bool) -> bool:
    path = read_image_path(_path(entry))
    return path is not None and bool(path.image_id) and bool(path.below) is below


def _is_of_service(entry: Entry, service: Service, part: str = "") -> bool:
    return service_of_path(_path(entry)) is service and part in _path(entry)


_KINDS: tuple[tuple[Kind, Callable[[Entry], bool]], ...] = (
    (Kind.MARK, lambda one: one.cassette.is_mark(one.index)),
    (Kind.LOGIN, lambda one: is_login(one.asked.question.method, _path(one))),
    (Kind.CHANGE, lambda one: not is_repeatable(one.asked.question.method, _path(one))),
    (Kind.VERSIONS, is_for_all_callers),
    (Kind.LIST, lambda one: is_image_list(_path(one))),
    (Kind.IMAGE, lambda one: _is_of_image(one, below=False)),
    (Kind.BELOW_IMAGE, lambda one: _is_of_image(one, below=True)),
    (Kind.KEYSTONE, lambda one: _is_of_service(one, Service.KEYSTONE)),
    (Kind.SCHEMA, lambda one: _is_of_service(one, Service.IMAGE, "/schemas/")),
    (Kind.NATIVE, lambda one: _is_of_service(one, Service.IMAGE, "/cloudimages")),
)
"""The first that is true decides."""


def _needs_of(entry: Entry, kind: Kind) -> Iterator[Need]:
    """What an answer gives to clients, beside what its path says."""
    if kind is Kind.LOGIN:
        yield Need.LOGIN
    elif kind is Kind.LIST and asks_for_list(entry.asked.question):
        yield Need.LIST
    elif kind is Kind.VERSIONS:
        _, value = entry.cassette.json_answer(entry.index)
        service = service_of_versions(value) if isinstance(value, dict) else None
        if service is Service.IMAGE and not _path(entry).rstrip("/").endswith("/versions"):
            yield Need.VERSIONS
        elif service is Service.KEYSTONE:
            yield Need.IDENTITY_VERSIONS


def _count(counts: dict[_K, RequestCount], name: _K, status: int) -> None:
    asked = counts.setdefault(name, RequestCount())
    asked.requests += 1
    if status:
        asked.statuses[status] += 1


def _add_age(facts: CassetteFacts, cassette: Cassette) -> None:
    dates = [cassette.recorded_at(index) for index in range(len(cassette))]
    dated = [(time, one) for one in dates if (time := timestamp_of(one)) > float("-inf")]
    facts.undated = len(dates) - len(dated)
    if dated:
        facts.oldest, facts.newest = min(dated)[1], max(dated)[1]


def _states(facts: CassetteFacts, deriver: Deriver, progress: Progress) -> Iterator[RecordedState]:
    """The recorded states, after the facts have the dialect; none without one."""
    if deriver.recognised is None:
        facts.signs = why_no_list(deriver.recorded.states.entries)
        return
    facts.dialect, facts.signs = deriver.recognised.names, deriver.recognised.signs
    if not facts.dialect:
        return
    for done, state in enumerate(deriver.states()):
        progress("joining pages", done, done + 1)
        yield state


def _facts_of(state: RecordedState, caller: str, facts: CassetteFacts) -> StateFacts:
    lists = (one for _, one in state.entries if _path(one) == state.view.path)
    place = _shown(next(lists).uri).partition("?")[0]
    before = [one for one in facts.states if (one.caller, one.place) == (caller, place)]
    entry_at = dict(state.entries)
    walks = (_walk_facts(walk, state, entry_at) for walk in state.view_state.walks)
    return StateFacts(
        caller=caller,
        place=place,
        state=len(before) + 1,
        images=len(state.view_state.images),
        walks=tuple(sorted(walks, key=lambda one: (not one.proves, one.query != "", -one.images))),
    )


def _walk_facts(walk: Walk, state: RecordedState, entry_at: Mapping[int, Entry]) -> WalkFacts:
    problem = walk.problem or (state.view_state.why_void(walk) if walk.is_complete else "")
    entries = [entry_at[page.time] for page in walk.pages]
    asked = parse_qsl(urlsplit(_shown(entries[0].uri)).query, keep_blank_values=True)
    times = [timestamp_of(one.cassette.recorded_at(one.index)) for one in entries]
    spent = max(times) - min(times) if min(times) > float("-inf") else None
    return WalkFacts(
        query=urlencode([pair for pair in asked if pair[0] not in _PAGING], safe=":,"),
        source=format_sources(page.source for page in walk.pages),
        pages=len(walk.pages),
        images=len(walk.ids),
        seconds=spent,
        is_complete=walk.is_complete,
        problem=problem,
    )


def _shown(uri: str) -> str:
    """A URI without secrets: another recorder may have left some in it."""
    return Redactor(None).request_line("", uri).strip()
