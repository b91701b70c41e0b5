"""Recorded lists against a live service: what has changed there since.

Each recorded walk is followed along the live list, for as many pages as were recorded. An image
counts as added or removed only when both lists were seen around its place. An image beyond the end
of either list counts as neither:

    recorded   a b c | d      pages of three, the second one was not recorded to its end
    live       x a b | c      x is added; nothing is known about d
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import orjson

from glancetape.checks.live_service import Live
from glancetape.checks.page_diff import asked_by, differing_fields, image_ids, shown
from glancetape_cassettes.deriving.recorded_callers import (
    RecordedCaller,
    RecordedCallers,
    last_lists,
    only_one,
)
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import is_stand_in
from glancetape_cassettes.replaying.entries import Entry

Progress = Callable[[str, int, int], None]
_Image = dict[str, Any]
_SENT = frozenset(("accept", "accept-language", "x-api-version", "x-language"))
_TYPES = {
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    list: "list",
    dict: "object",
}


@dataclass(slots=True)
class FieldDrift:
    """How many images show a change of a field, and one of them."""

    count: int
    example: str


@dataclass(slots=True, kw_only=True)
class Drift:
    """What differs between a recording and a live service."""

    url: str
    asked: int = 0
    compared: int = 0
    """Images that are in both lists."""
    skipped: Counter[str] = field(default_factory=Counter)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    """The id of an image -> what differs, a line each."""
    fields: dict[tuple[str, str], FieldDrift] = field(default_factory=dict)
    """(field, `added` or `removed` or `text to number`) -> the images."""
    answers: list[str] = field(default_factory=list)
    """Lists with another status or other links, a line each."""
    not_reached: int = 0
    """Recorded images that the live list may hold beyond the pages asked for."""
    not_compared: Counter[str] = field(default_factory=Counter)
    """Fields recorded as stand-ins whose key is not here -> how many images."""

    @property
    def is_any(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.changed or self.fields or self.answers)


@dataclass(slots=True, kw_only=True)
class _List:
    """A recorded list, page by page, and the live one along it."""

    recorded: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    recorded_ends: bool = False
    live_ends: bool = False
    live_marker: str | None = None


def find_drift(
    known: RecordedCallers, service: Live, progress: Progress = lambda *_: None
) -> Drift:
    """Send the recorded list requests to a live service. Raises GlancetapeError on failure."""
    callers = known.chosen()
    if not callers and not known.project:
        raise GlancetapeError("no list of images is recorded, so there is nothing to ask.")
    caller = only_one(callers, "choose one with --own-project")
    finder = _Finder(known, caller, service)
    lists = last_lists(caller)
    for done, entry in enumerate(lists):
        progress(f"asking {service.url}", done, len(lists))
        finder.ask(entry)
    finder.conclude()
    return finder.drift


class _Finder:
    def __init__(self, known: RecordedCallers, caller: RecordedCaller, service: Live) -> None:
        self.drift = Drift(url=service.url)
        self._service = service
        self._redactor = known.redactor(caller.group)
        self._has_key = self._redactor is not None and self._redactor.stand_ins is not None
        self._own: dict[str, str] = {}  # recorded id -> one's own
        if known.project and not is_stand_in(known.project):
            for recorded in (caller.project, known.stand_in_of(caller.group)):
                if recorded and recorded != known.project:
                    self._own[recorded] = known.project
        self._lists: dict[tuple[Any, ...], list[_List]] = {}
        self._recorded: dict[str, _Image] = {}
        self._live: dict[str, _Image] = {}

    def ask(self, entry: Entry) -> None:
        """Send one recorded list request and compare the answer."""
        status, page = entry.cassette.json_answer(entry.index)
        if status != 200 and (status in (401, 403, 408, 429) or status >= 500 or status < 400):
            self.drift.skipped[f"recorded with status {status}"] += 1
            return
        if status == 200 and not _is_page(page):
            self.drift.skipped["recorded without a page of images"] += 1
            return
        parts = urlsplit(entry.uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
        pairs = [(name, self._own_of(value)) for name, value in pairs]
        if any(_names_a_stand_in(value) for _, value in pairs):
            self.drift.skipped["names a stand-in whose real id is not known"] += 1
            return
        if status != 200:
            answer = self._get(entry, parts.path, pairs)
            self._compare_status(entry, status, answer.status)
            return
        self._ask_page(entry, page, parts.path, pairs)

    def _ask_page(
        self, entry: Entry, page: dict[str, Any], path: str, pairs: list[tuple[str, str]]
    ) -> None:
        along, marker = self._list_of(entry, pairs)
        for image in page["images"]:
            self._recorded[image["id"]] = image
        along.recorded += image_ids(page)
        along.recorded_ends = page.get("next") is None
        if along.live_ends:
            self.drift.skipped["the live list is shorter"] += 1
            return
        if marker is not None and along.live_marker is not None:
            pairs = [(n, along.live_marker if n == "marker" else v) for n, v in pairs]
        answer = self._get(entry, path, pairs)
        if answer.status in (400, 404) and marker is not None and along.live_marker is None:
            self.drift.skipped["begins after an image that may be gone"] += 1
            return
        if not self._compare_status(entry, 200, answer.status):
            return
        found = self._redacted(entry, answer)
        if not _is_page(found):
            self.drift.answers.append(f"{_line(entry)}: no page of images any more")
            return
        if asked_by(page.get("first")) != asked_by(found.get("first")):
            one, two = page.get("first"), found.get("first")
            self.drift.answers.append(f"{_line(entry)}: first: recorded {one}, now {two}")
        for image in found["images"]:
            self._live[image["id"]] = image
        along.live += image_ids(found)
        along.live_ends = found.get("next") is None
        along.live_marker = along.live[-1] if found["images"] else along.live_marker

    def _list_of(self, entry: Entry, pairs: list[tuple[str, str]]) -> tuple[_List, str | None]:
        """The list that a page continues or begins, and the marker of the page."""
        marker = dict(pairs).get("marker")
        rest = sorted(pair for pair in pairs if pair[0] not in ("limit", "marker"))
        kind = entry.asked.question.api_version, *rest
        known = self._lists.setdefault(kind, [])
        for one in reversed(known):
            if marker is not None and one.recorded and one.recorded[-1] == marker:
                return one, marker
        known.append(_List())
        return known[-1], marker

    def _own_of(self, value: str) -> str:
        for recorded, own in self._own.items():
            value = value.replace(recorded, own)
        return value

    def _get(self, entry: Entry, path: str, pairs: list[tuple[str, str]]) -> Response:
        request = entry.cassette.request(entry.index)
        sent: Headers = tuple(pair for pair in request.headers if pair[0].lower() in _SENT)
        project = self._own_of(header(request.headers, "x-project-id") or "")
        if project and not is_stand_in(project):
            sent = (*sent, ("X-Project-Id", project))
        query = urlencode(pairs, safe=":,", errors="surrogateescape")
        answer = self._service.get(f"{quote(path, safe='/%')}{'?' * bool(query)}{query}", sent)
        self.drift.asked += 1
        if answer.status in (401, 403):
            raise GlancetapeError(
                f"{self._service.url} refuses with status {answer.status}: pass your credentials "
                "with --header NAME:VALUE; the name is mostly X-Auth-Token."
            )
        if answer.status < 200 or 300 <= answer.status < 400 or answer.status in (408, 429):
            raise GlancetapeError(f"{self._service.url} answers with status {answer.status}.")
        if answer.status >= 500:
            raise GlancetapeError(f"{self._service.url} fails with status {answer.status}.")
        return answer

    def _redacted(self, entry: Entry, answer: Response) -> Any:
        """The JSON value that recording would have stored; None for a body that is not JSON."""
        body = answer.body
        for recorded, own in self._own.items():
            body = body.replace(own.encode(), recorded.encode())
        if self._redactor is not None:
            request = Request("GET", entry.uri)
            kept = Response(answer.status, "", answer.headers, body)
            redacted = self._redactor.interaction(Interaction(request, kept))
            body = redacted.response_body.text_bytes()
        try:
            return orjson.loads(body)
        except ValueError:
            return None

    def _compare_status(self, entry: Entry, recorded: int, live: int) -> bool:
        if recorded != live:
            self.drift.answers.append(f"{_line(entry)}: status: recorded {recorded}, now {live}")
        return recorded == live

    # The comparison, once all lists are asked

    def conclude(self) -> None:
        """Compare the images of all lists."""
        removed: dict[str, None] = {}
        added: dict[str, None] = {}
        for one in (one for each in self._lists.values() for one in each):
            removed.update(dict.fromkeys(_lacking(one.recorded, one.live, one.live_ends)))
            added.update(dict.fromkeys(_lacking(one.live, one.recorded, one.recorded_ends)))
        self.drift.removed = [one for one in removed if one not in self._live]
        self.drift.added = [one for one in added if one not in self._recorded]
        unseen = self._recorded.keys() - self._live.keys()
        self.drift.not_reached = len(unseen) - len(self.drift.removed)
        known_fields = {name for image in self._recorded.values() for name in image}
        for image_id in self.drift.added:
            for name in self._live[image_id].keys() - known_fields:
                self._note_field(name, "added", image_id)
        for image_id, before in self._recorded.items():
            if image_id in self._live:
                self.drift.compared += 1
                self._compare(image_id, before, self._live[image_id])

    def _compare(self, image_id: str, before: _Image, now: _Image) -> None:
        for name in differing_fields(before, now):
            if name not in before:
                self._note_field(name, "added", image_id)
            elif name not in now:
                self._note_field(name, "removed", image_id)
            elif isinstance(before[name], str) and is_stand_in(before[name]) and not self._has_key:
                self.drift.not_compared[name] += 1
            elif became := _retyped(before[name], now[name]):
                self._note_field(name, became, image_id)
            else:
                line = f"{name}: recorded {shown(before[name])}, now {shown(now[name])}"
                self.drift.changed.setdefault(image_id, []).append(line)

    def _note_field(self, name: str, became: str, image_id: str) -> None:
        self.drift.fields.setdefault((name, became), FieldDrift(0, image_id)).count += 1


def _lacking(some: list[str], others: list[str], others_end: bool) -> Iterable[str]:
    """The images of a list that the other lacks, as far as the other was seen."""
    there = set(others)
    known = others_end
    for image_id in reversed(some):
        if image_id in there:
            known = True
        elif known:
            yield image_id


def _is_page(page: Any) -> bool:
    return (
        isinstance(page, dict)
        and isinstance(page.get("images"), list)
        and all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in page["images"])
    )


def _names_a_stand_in(value: str) -> bool:
    named = value.removeprefix("in:").split(",")
    return any(is_stand_in(one) or PLACEHOLDER in one for one in named)


def _retyped(before: Any, now: Any) -> str:
    """`text to number` for a field with another type; "" when it is the same, or null."""
    one, other = _TYPES.get(type(before)), _TYPES.get(type(now))
    return f"{one} to {other}" if one and other and one != other else ""


def _line(entry: Entry) -> str:
    parts = urlsplit(entry.uri)
    return f"{entry.source} GET {parts.path}{'?' * bool(parts.query)}{parts.query}"
