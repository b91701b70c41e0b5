"""Recorded requests in the terms in which requests are compared, and which of them may be.

Cassettes that were redacted with the same key and options hold the same stand-in for the same id,
so their requests can be compared with each other. They form one group.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import floor
from typing import Protocol

from glancetape_cassettes.dates import NEVER, timestamp_of
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.interaction import Headers, Request, Source, header
from glancetape_cassettes.known_services import may_show_versions, service_of_versions
from glancetape_cassettes.replaying.callers import (
    Caller,
    CallerKind,
    Granted,
    credentials_in,
    is_known_to_keystone,
    sender_of,
)
from glancetape_cassettes.replaying.logins import Login, login_of
from glancetape_cassettes.replaying.question import Asked, Question, question_of
from glancetape_cassettes.service import Service, is_login, service_of_path

_FOR_ALL_CALLERS = frozenset(["/", "/versions", "/versions/", "/image/", "/image/versions"])
"""Paths of version documents, which are the same for everybody."""
_REDIRECTS = (301, 302, 307, 308)
_OURS = (Service.IMAGE, Service.KEYSTONE)
SUBJECT = "x-subject-token"
_OWN = "the caller's own"


@lru_cache(maxsize=256)  # the requests of one client have the same headers
def _subject_of(headers: Headers) -> str | None:
    """The token that a request asks about."""
    return header(headers, SUBJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A recorded request, and where its interaction is."""

    cassette: Cassette
    cassette_number: int
    """The position of the cassette among those of the session, from 0."""
    index: int
    """The position of the interaction in its cassette, from 0."""
    asked: Asked
    uri: str

    @property
    def place(self) -> tuple[int, int]:
        """What no other entry of the session shares: the positions of cassette and interaction."""
        return self.cassette_number, self.index

    @property
    def source(self) -> Source:
        """File and number, as users see them."""
        return self.cassette.source(self.index)

    @property
    def status(self) -> int:
        """The status of the recorded response. Raises CassetteError if it cannot be read."""
        return self.cassette.status(self.index)

    @property
    def second(self) -> int | None:
        """When it was recorded, in whole seconds since 1970; None when the file has no date."""
        time = timestamp_of(self.cassette.recorded_at(self.index))
        return None if time == NEVER else floor(time)

    @property
    def credentials(self) -> Iterator[Caller]:
        """All that its headers show of who sent it."""
        return credentials_in(self.cassette.request(self.index).headers)

    @property
    def is_admitted(self) -> bool:
        """Whether its caller was not refused."""
        return self.cassette.interaction(self.index).response.status not in (401, 403)


def is_for_all_callers(entry: Entry) -> bool:
    """Whether a recording is a version document of Glance or Keystone, below whatever prefix.

    So is a redirect to one: Glance leads from `/v2` to `/v2/`. A browser asks with OPTIONS whether
    a page may read an answer, and sends no credentials then, whoever logged in (Fetch standard).
    """
    if entry.asked.question.method == "OPTIONS" and entry.asked.caller is None:
        return True
    path = entry.asked.question.path
    if path in _FOR_ALL_CALLERS:
        return True
    if not may_show_versions(path):
        return False
    try:
        status, value = entry.cassette.json_answer(entry.index)
    except CassetteError:  # it is reported when the interaction is asked for
        return False
    if status in _REDIRECTS:
        return True
    return isinstance(value, dict) and service_of_versions(value) in _OURS


def _shown_alone(entry: Entry) -> Iterator[Caller]:
    """What shows who sent a request without what is beside it; a key may be for any project."""
    first, *others = entry.credentials
    yield first
    yield from (one for one in others if one.kind is CallerKind.TOKEN)


class RequestRedactor(Protocol):
    """Redacts a request as the recorded ones were redacted."""

    def request(self, request: Request) -> tuple[Request, dict[str, str]]:
        """The redacted request, and the ids that were replaced: {stand-in: id}."""
        ...

    def without_key(self, request: Request) -> Request | None:
        """The request with a stand-in wherever the absent key would make one; None with the key."""
        ...

    def without_stand_ins(self, request: Request) -> Request:
        """The request with its secrets replaced, and its ids, names and tokens as they are."""
        ...

    def keeps_pages_of(self, request: Request) -> Callable[[Sequence[tuple[str, str]], str], bool]:
        """What says whether the URI of another page of a list is compared as it is."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class RedactedAlike:
    """The entries of all cassettes that were redacted with the same key and options."""

    number: int
    """The position of the group in its session, from 0."""
    redactor: RequestRedactor | None
    """None for cassettes of other recorders, whose requests are compared as they are."""
    key_id: str | None = None
    """The id of the key that their stand-ins were made with; None for other recorders."""
    entries: dict[Question, list[Entry]] = field(default_factory=dict)
    by_path: dict[str, list[Entry]] = field(default_factory=dict)
    callers: set[Caller | None] = field(default_factory=set)
    granted: dict[Caller, Granted] = field(default_factory=dict)
    """What the tokens are for whose logins were recorded, in their order."""
    only_refused: set[Caller] = field(default_factory=set)
    """Tokens that the image service refused (401, 403) each time, beside others that it did not."""
    logins: dict[tuple[int, int], Login] = field(default_factory=dict)
    """The recorded logins: {place of the entry: kind}."""

    seen: dict[Caller | None, list[Entry]] = field(default_factory=dict)
    """What each caller asked of the image service; what needs no credentials is not in it."""
    elsewhere: dict[Caller, list[Entry]] = field(default_factory=dict)
    """What each caller asked of other services of the cloud."""
    marks: list[Entry] = field(default_factory=list)
    """Requests that may have changed images, and whose responses were not recorded."""
    _admitted: frozenset[Caller | None] | None = field(default=None, init=False)
    _only_elsewhere: frozenset[Caller] | None = field(default=None, init=False)
    _projects: dict[Caller, Caller] | None = field(default=None, init=False)

    def who_may_ask(self, *, with_credentials: bool) -> frozenset[Caller | None]:
        """The callers of the image service of whom an unknown one may be one.

        Whose every answer is a 401 or 403 may send a new token, but none sends no credentials.
        """
        if self._admitted is None:
            self._admitted = frozenset(
                caller
                for caller, entries in self.seen.items()
                if any(entry.is_admitted for entry in entries)
            )
        if with_credentials or not self._admitted:
            return self._admitted | (self.seen.keys() - {None})
        return self._admitted

    def who_asked_elsewhere(self) -> frozenset[Caller]:
        """Who asked another service of the cloud, and may ask the image service too.

        Clients send one service more headers than another. A token, or an access key without a
        project, that was also sent to the image service shows the caller known there:

            Glance     X-Auth-Token t1                        the token t1
            Barbican   X-Auth-Token t1, X-Project-Id p        the same
            IMS        Access=AK, X-Project-Id p              the project p
            EPS        Access=AK, X-Domain-Id d               the same
            ECS        Access=AK, X-Project-Id q              the project q
        """
        if self._only_elsewhere is None:
            shown = {
                one
                for entries in self.seen.values()
                for entry in entries
                for one in entry.credentials
            }
            self._only_elsewhere = frozenset(
                caller
                for caller, entries in self.elsewhere.items()
                if shown.isdisjoint(one for entry in entries for one in _shown_alone(entry))
            )
        return self._only_elsewhere

    def who_logged_in(self) -> frozenset[Caller]:
        """The callers of projects whose logins were recorded, whether they asked or not.

        A token of no project (unscoped, of a domain) is for a login at a project.
        """
        return frozenset(
            self.projects.get(one.token, one.token)
            for one in self.granted.values()
            if one.project is not None
        )

    def caller_of(self, request: Request) -> Caller | None:
        """Who sends a request; a token of a known project counts as the project."""
        caller = sender_of(request)
        return self.projects.get(caller, caller) if caller is not None else None

    def learn(self, granted: Granted) -> None:
        """Take in what a recorded answer of Keystone says a token is for."""
        self.granted.setdefault(granted.token, granted)
        self._projects = None

    @property
    def projects(self) -> dict[Caller, Caller]:
        """The callers of the tokens whose logins were recorded: {token: project}.

        Tokens of one project with different roles see different images: they count as callers of
        their own, and so do tokens without a project. Tokens for the same are the first of them.

            token t1, t2: project p, member   both are the project p
            token t3:     project p, admin    with it in the recording: t1 and t2 are t1, t3 is t3

        A token of `only_refused` is a caller of its own.
        """
        if self._projects is None:
            roles: dict[Caller, set[frozenset[str]]] = {}
            granted = [one for one in self.granted.values() if one.token not in self.only_refused]
            for one in granted:
                if one.project is not None:
                    roles.setdefault(one.project, set()).add(one.roles)
            first: dict[object, Caller] = {}
            self._projects = {
                one.token: one.project
                if one.project is not None and len(roles[one.project]) == 1
                else first.setdefault((one.project or one.holder, one.roles), one.token)
                for one in granted
            }
        return self._projects

    def question_of(self, request: Request) -> Question:
        """The question that a request asks; one about a token asks about the token's caller."""
        question = question_of(request)
        subject = _subject_of(request.headers)
        if subject is None:
            return question
        token = Caller(CallerKind.TOKEN, subject)
        caller = self.projects.get(token, token)
        about = _OWN if caller == self.caller_of(request) else str(caller)
        return replace(question, conditions=(*question.conditions, (SUBJECT, about)))

    def lacks_subject(self, request: Request) -> bool:
        """Whether a request asks about a token of which the recording does not say what it is."""
        redacted = self.redactor.request(request)[0] if self.redactor else request
        subject = _subject_of(redacted.headers)
        return subject is not None and Caller(CallerKind.TOKEN, subject) not in self.granted

    def add(self, entry: Entry) -> None:
        """Index an entry by its question and by its path."""
        self.entries.setdefault(entry.asked.question, []).append(entry)
        self.by_path.setdefault(entry.asked.question.path, []).append(entry)
        self.callers.add(entry.asked.caller)
        question = entry.asked.question
        if is_login(question.method, question.path) and (
            login := login_of(entry.cassette.request(entry.index))
        ):
            self.logins[entry.place] = login
        if self._is_of_image_service(entry):
            if not is_for_all_callers(entry):
                self.seen.setdefault(entry.asked.caller, []).append(entry)
        elif service_of_path(question.path) is Service.OTHER:
            self._see_elsewhere(entry)

    def _see_elsewhere(self, entry: Entry) -> None:
        """Take in who asks another service. A token whose login is recorded is known by that."""
        caller = entry.asked.caller
        if caller is None or caller in self.granted or is_for_all_callers(entry):
            return
        if is_known_to_keystone(entry.cassette.request(entry.index).headers):
            self.elsewhere.setdefault(caller, []).append(entry)

    def _is_of_image_service(self, entry: Entry) -> bool:
        """Whether a request went to the image service: what we recorded did, unless to Keystone."""
        service = service_of_path(entry.asked.question.path)
        is_ours = self.key_id is not None
        return service is Service.IMAGE or (is_ours and service is Service.OTHER)

    def __iter__(self) -> Iterator[Entry]:
        """All entries, those of one question together."""
        for entries in self.entries.values():
            yield from entries
        yield from self.marks

    def only_project(self) -> str | None:
        """The recorded project; None when several are recorded, or none."""
        projects = {one.project for one in self.callers if one is not None} - {None}
        return projects.pop() if len(projects) == 1 else None
