"""What is exported: recorded requests, or lists that are followed to their ends.

Each request is asked of a session, so its answer is the one that a replay gives. What a replay
would not answer, or what depends on requests before it, is left out, and the reason is counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import orjson

from glancetape.exporting.again_redacted import WithoutSecrets
from glancetape.session.session import Session
from glancetape.session.upstreams import upstreams_of
from glancetape_cassettes.dates import timestamp_of
from glancetape_cassettes.deriving.recorded_callers import RecordedCallers, only_one
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.formats.cassette import Cassette, load_cassette
from glancetape_cassettes.imageset.image_fields import format_time
from glancetape_cassettes.interaction import Headers, Request, Response, header
from glancetape_cassettes.replaying.answers import Answer, Provenance
from glancetape_cassettes.replaying.callers import Caller, caller_of
from glancetape_cassettes.replaying.entries import Entry, is_for_all_callers
from glancetape_cassettes.replaying.question import Question, error_form, question_of
from glancetape_cassettes.service import (
    Service,
    is_image_list,
    is_repeatable,
    read_image_path,
    service_of_path,
)

BASE = "http://export.invalid"
"""Our own address in answers; who writes them puts the address of the reader in its place."""
MOST = 10_000
"""Requests in an export; a stub server reads each of its stubs for each request."""
MOST_BYTES = 256 << 20
"""Of all bodies in an export; they are in memory until it is written."""
MOST_SINGLE = 1_000
"""Images that are exported one by one."""
_LIST_PATH = "/v2/images"
_OF_A_SET = ("/", "/versions", "/v2/", "/v2/schemas/images", "/v2/schemas/image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A request and its answer, as they are handed on."""

    request: Request
    response: Response
    at: str
    """When it was recorded; "" when that is not known."""
    described: str
    """Where the answer comes from: `exact; a.yaml#3`."""
    is_for_all: bool = False
    """Whether it needs no credentials: a version document."""
    only_for: tuple[str, str] | None = None
    """The header that names who gets it, where the export is for another caller."""
    is_redacted: bool = False
    """Whether its response held a secret that was not redacted before."""

    @property
    def question(self) -> Question:
        """What the request asks."""
        return question_of(self.request)

    @property
    def place(self) -> tuple[Any, ...]:
        """What a stub can tell requests apart by; the first of two that share it is exported."""
        parts = urlsplit(self.request.uri)
        query = sorted(_pairs(parts.query), key=lambda pair: pair[0])
        return (
            self.request.method,
            parts.path,
            tuple(query),
            self.question.api_version,
            self.question.conditions,
            caller_of(self.request.headers) is None,
            self.only_for,
            error_form(self.request.headers) if self.response.status >= 400 else None,
        )


@dataclass(slots=True, kw_only=True)
class Collected:
    """What is exported, and how often what else was left out."""

    exchanges: list[Exported] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """By the reason."""
    prefixes: tuple[str, ...] = ()
    """What a path may begin with besides, such as `/image`: version documents lead there."""

    def lines(self) -> list[str]:
        """What was left out, a line for each reason."""
        return [f"left out: {why} ({count})" for why, count in self.left_out.items()]


def recorded_in(cassette: Cassette) -> Iterator[Exported]:
    """Everything that a cassette holds, in its order; marks have no answer and are not in it."""
    for index in range(len(cassette)):
        interaction = cassette.interaction(index)
        if not interaction.passed_through:
            yield Exported(
                request=interaction.request,
                response=interaction.response,
                at=interaction.recorded_at,
                described=f"{Provenance.EXACT.value}; {cassette.source(index)}",
            )


class Collector:
    """Asks a session that replays one cassette or one image set."""

    def __init__(self, session: Session, base: str, redact: WithoutSecrets | None = None) -> None:
        """Take the session, which stays open as long as this is used.

        `base` is our address: version documents lead there. "" leaves them as they were recorded.
        `redact` takes the secrets out of answers that were not redacted before.
        """
        self._session, self._base, self._redact = session, base, redact
        self.found = Collected()
        self._seen: set[tuple[Any, ...]] = set()
        self._bytes = 0
        self._why = ""

    def _ask(
        self,
        request: Request,
        *,
        at: str = "",
        is_for_all: bool = False,
        only_for: tuple[str, str] | None = None,
    ) -> Exported | None:
        """An answer that is not exported yet; None for a miss, which nothing is counted for."""
        outcome = self._session.answer(request, any_host=self._any_host, base=self._base)
        if not isinstance(outcome, Answer):
            self._why = outcome.reason if outcome is not None else ""
            return None
        response = outcome.response
        if self._redact is not None:
            response = self._redact.response(request, response)
        return Exported(
            request=request,
            response=response,
            at=at,
            described=outcome.described,
            is_for_all=is_for_all,
            only_for=only_for,
            is_redacted=response is not outcome.response,
        )

    @property
    def _any_host(self) -> bool:
        return self._session.player is not None

    def _add(self, one: Exported) -> bool:
        """Export an answer; False when there is one already that a stub cannot tell it from."""
        if one.place in self._seen:
            return False
        self._bytes += len(one.response.body)
        if len(self.found.exchanges) >= MOST or self._bytes > MOST_BYTES:
            raise GlancetapeError(
                f"there are more than {MOST:,} requests or {MOST_BYTES >> 20} MiB to export; name "
                "a smaller list with --query. `glancetape serve` has no such limit."
            )
        self._seen.add(one.place)
        self.found.exchanges.append(one)
        return True

    # What was recorded

    def add_recorded(self, path: Path, project: str | None, key_file: Path | None) -> None:
        """Export what one caller recorded and may ask at any time.

        Raises GlancetapeError when `project` does not choose one of several callers.
        """
        cassette = load_cassette(path)
        callers = RecordedCallers.of([cassette], project, key_file)
        chosen = self._choose(callers)
        self.found.prefixes = tuple(one.prefix for one in upstreams_of(callers.recorded.groups))
        for entry in sorted(
            (entry for group in callers.recorded.groups for entry in group),
            key=lambda one: one.index,
        ):
            self._add_entry(cassette, entry, chosen)
        marks = sum(len(group.marks) for group in callers.recorded.groups)
        if marks:
            self.found.left_out["passed through while it was recorded, so there is no answer"] += (
                marks
            )

    def _choose(self, callers: RecordedCallers) -> "_Chosen":
        entries = [entry for group in callers.recorded.groups for entry in group]
        if callers.all():
            one = only_one(callers.chosen(), "choose one with --project")
            return _Chosen(host=one.host, caller=one.caller)
        known = {entry.asked.caller for entry in entries} - {None}
        hosts = {entry.asked.host for entry in entries}
        if len(known) > 1 or len(hosts) > 1:
            raise GlancetapeError(
                f"{len(known)} callers at {len(hosts)} hosts are recorded, and no list shows which "
                "of them is meant."
            )
        return _Chosen(host=next(iter(hosts), None), caller=next(iter(known), None))

    def _add_entry(self, cassette: Cassette, entry: Entry, chosen: "_Chosen") -> None:
        question, left_out = entry.asked.question, self.found.left_out
        is_for_all = is_for_all_callers(entry)
        if service_of_path(question.path) is Service.KEYSTONE:
            left_out["requests to Keystone, whose answers get new dates in a replay"] += 1
        elif not is_repeatable(question.method, question.path):
            left_out["changes, which a replay plays once"] += 1
        elif entry.asked.host != chosen.host:
            left_out[f"requests to another host than {chosen.host}"] += 1
        else:
            request = cassette.request(entry.index)
            is_chosen = is_for_all or entry.asked.caller in (None, chosen.caller)
            found = self._ask(
                request,
                at=cassette.recorded_at(entry.index),
                is_for_all=is_for_all,
                only_for=None if is_chosen else naming_header(request.headers),
            )
            if found is None:
                left_out["answers that a change before them leads to"] += 1
            else:
                self._add(found)

    # Lists

    def add_lists(
        self, queries: Sequence[str], limit: int | None, origin: str, headers: Headers
    ) -> None:
        """Export lists, each with the pages that its links lead to. Raises GlancetapeError."""
        for query in queries:
            pairs = _pairs(query.lstrip("?"))
            if limit is not None:
                if any(name == "limit" for name, _ in pairs):
                    raise BadParameter(f"--limit: the query {query!r} has a limit already.")
                pairs.append(("limit", str(limit)))
            uri = f"{origin}{'?' if pairs else ''}{urlencode(pairs)}"
            request = Request("GET", uri, headers)
            found = self._ask(request)
            if found is None:
                asked = urlsplit(uri)
                raise GlancetapeError(
                    f"nothing answers the list {asked.path}?{asked.query}, so nothing is exported.",
                    self._why,
                )
            self._add(found)
        self.follow_links()

    def follow_links(self) -> None:
        """Export what `next` and `first` of exported lists lead to, as far as it is answered."""
        position = 0
        while position < len(self.found.exchanges):
            one = self.found.exchanges[position]
            position += 1
            for name, link in _links(one):
                request = Request("GET", urljoin(one.request.uri, link), one.request.headers)
                found = self._ask(request, at=one.at, only_for=one.only_for)
                if found is not None:
                    self._add(found)
                elif name == "next":
                    self.found.left_out["next pages that a replay does not answer either"] += 1

    def add_single_images(self) -> None:
        """Export each image that an exported list shows, by its id, where that is answered."""
        shown: dict[str, Exported] = {}
        for one in self.found.exchanges:
            for image_id in _ids(one) if one.only_for is None else ():
                shown.setdefault(image_id, one)
        if len(shown) > MOST_SINGLE:
            why = f"single images: the lists show more than {MOST_SINGLE:,}"
            self.found.left_out[why] += len(shown)
            return
        for image_id, one in shown.items():
            path = read_image_path(urlsplit(one.request.uri).path)
            if path is None:
                continue
            link = f"{path.of_list}/{quote(image_id, safe='')}"
            request = Request("GET", urljoin(one.request.uri, link), one.request.headers)
            found = self._ask(request, at=one.at)
            if found is not None:
                self._add(found)

    def add_documents_of_set(self, origin: str, headers: Headers) -> None:
        """Export the version documents and the schemas of an image set."""
        for path in _OF_A_SET:
            is_for_all = "schemas" not in path
            found = self._ask(Request("GET", origin + path, headers), is_for_all=is_for_all)
            if found is not None:
                self._add(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Whose requests are exported."""

    host: str | None
    caller: Caller | None


def list_of(path: Path, project: str | None, key_file: Path | None) -> tuple[str, Headers]:
    """The URL of a cassette's image list, and the headers of its caller. Raises GlancetapeError."""
    cassette = load_cassette(path)
    callers = RecordedCallers.of([cassette], project, key_file)
    one = only_one(callers.chosen(), "choose one with --project")
    first = next(
        entry
        for entry in one.group
        if (entry.asked.host, entry.asked.caller) == (one.host, one.caller)
        and is_image_list(entry.asked.question.path)
    )
    return first.uri.partition("?")[0], _headers_of(first)


def naming_header(headers: Headers) -> tuple[str, str] | None:
    """The header by which a caller is known, as it is recorded; None without credentials."""
    for name in ("x-project-id", "x-auth-token", "authorization"):  # as in `callers`
        if value := header(headers, name):
            return name, value
    return None


def last_date(cassette: Cassette) -> str:
    """When a cassette was recorded last; "" when it has no dates."""
    dates = [cassette.recorded_at(index) for index in range(len(cassette))]
    return max(dates, key=timestamp_of, default="")


def dated(exchanges: Iterable[Exported], begin: int) -> Iterator[Exported]:
    """The same, one second after the other."""
    for number, one in enumerate(exchanges):
        yield replace(one, at=format_time(begin + number))


def _headers_of(entry: Entry) -> Headers:
    return entry.cassette.request(entry.index).headers


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True, errors="surrogateescape")


def _page(one: Exported) -> dict[str, Any] | None:
    path = urlsplit(one.request.uri).path
    if one.request.method != "GET" or one.response.status != 200 or not is_image_list(path):
        return None
    try:
        page = orjson.loads(one.response.body)
    except ValueError:
        return None
    return page if isinstance(page, dict) else None


def _links(one: Exported) -> Iterator[tuple[str, str]]:
    page = _page(one) or {}
    for name in ("next", "first"):
        if isinstance(link := page.get(name), str):
            yield name, link


def _ids(one: Exported) -> Iterator[str]:
    images = (_page(one) or {}).get("images")
    for image in images if isinstance(images, list) else ():
        if isinstance(image, dict) and isinstance(image.get("id"), str):
            yield image["id"]
