"""A small cloud in memory: it answers lists as a service does, and changes as a service's does.

What it finds is what the naive oracle in naive.py finds. On top of that it has what only a real
service has: times that are stored with fractions of a second but shown without, values that are
stored but not shown, and Glance's way of losing images behind a marker whose cell is null.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cmp_to_key
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from glancetape_cassettes.interaction import Headers, Request, Response
from support.oracle import naive_query as read
from support.oracle.naive import DEFAULT_LIMIT, LARGEST_LIMIT, NaiveAnswer, make_links, naive_answer
from support.oracle.naive_filters import (
    COMPARISONS,
    DEFAULTS,
    NUMBERS,
    TIMES,
    Condition,
    Image,
    Rules,
    column,
    make_conditions,
)

HOST = "http://glance:9292"
SCHEMA = "/v2/schemas/images"
FRACTIONS = "fractions"
"""The member of a stored image that has the microseconds of its times; no list shows it."""

COLUMNS = (
    "name disk_format container_format visibility size virtual_size status checksum protected "
    "min_ram min_disk owner os_hidden os_hash_algo os_hash_value id created_at updated_at tags"
).split()
ONLY_GLANCE = frozenset(["os_hidden", "os_hash_algo", "os_hash_value"])
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 500: "Internal Server Error"}
NOT_SENT = re.compile(rb"[^\x21-\x7e]")

Order = list[tuple[str, str]]


@dataclass
class Cloud:
    """Images, and the rules by which they are listed: those of "glance" or of "ims"."""

    dialect: str
    images: list[dict[str, Any]] = field(default_factory=list)
    loses_nulls: bool = True
    """Pages behind a marker are cut as Glance cuts them."""

    def answer(
        self,
        query: str,
        project: str,
        api_version: str | None = None,
        *,
        is_operator: bool = False,
    ) -> Response:
        """Answer GET /v2/images?query."""
        found = naive_answer(
            self.images, query, project, self.dialect, api_version, is_operator=is_operator
        )
        if found.status != 200:
            return refusal(found)
        rules = rules_of(self.dialect, project, api_version, is_operator=is_operator)
        images, first, following = self._page(query, rules)
        shown = [self.show(image) for image in images]
        if self.dialect == "ims":
            page: dict[str, Any] = {"schema": SCHEMA, "next": following}
            page |= {"images": shown, "first": first}
        else:
            page = {"images": shown, "first": first, "schema": SCHEMA, "next": following}
        if following is None:
            del page["next"]
        return Response(200, "OK", self._headers(), self._write(page))

    def show(self, image: Image) -> dict[str, Any]:
        """Return an image as lists show it."""
        shown: dict[str, Any] = {}
        for name, value in image.items():
            if name not in (*COLUMNS, FRACTIONS, "members"):
                shown[name] = value if self.dialect == "ims" else as_text(value)
        for name in COLUMNS:
            if not (self.dialect == "ims" and name in ONLY_GLANCE):
                default = image["created_at"] if name in TIMES else DEFAULTS.get(name)
                shown[name] = image.get(name, default)
        shown["tags"] = list(image.get("tags", ()))
        link = f"/v2/images/{image['id']}"
        return shown | {"self": link, "file": f"{link}/file", "schema": "/v2/schemas/image"}

    def _page(self, query: str, rules: Rules) -> tuple[list[Image], str, str | None]:
        """Return the images and the links of a page of a query that is not refused."""
        pairs = read.read_pairs(query)
        rest = list(pairs)
        limit_text = read.take_first(rest, "limit")
        marker = read.take_first(rest, "marker")
        member_status = read.take_first(rest, "member_status") or "accepted"
        tags = [tag.strip() for tag in read.take_all(rest, "tag")]
        limit = DEFAULT_LIMIT if limit_text is None else read.read_limit(limit_text)
        limit = min(limit, LARGEST_LIMIT)
        order = read.take_order(rest)

        times = [pair for pair in dict(rest).items() if pair[0] in TIMES]
        rest = [pair for pair in rest if pair[0] not in TIMES]
        conditions, _ = make_conditions(rest, tags, member_status, rules)
        conditions += [stored_time_is(name, text) for name, text in times]
        images = [image for image in self.images if all(holds(image) for holds in conditions)]
        images.sort(key=cmp_to_key(lambda one, other: compare(order, one, other)))
        if marker is not None:
            start = next(image for image in self.images if image["id"] == marker)
            after = behind if self.loses_nulls else strictly_behind
            images = [image for image in images if after(order, image, start)]
        page = images[:limit]
        goes_on = len(images) > limit if rules.ims else len(images) >= limit
        last = page[-1]["id"] if page and goes_on else None
        return list(page), *make_links(pairs, last, rules)

    def _headers(self) -> Headers:
        kind = ("Content-Type", "application/json")
        if self.dialect == "ims":
            return (kind, ("Server", "api-gateway"), ("X-Request-Id", "0" * 32))
        return (
            kind,
            ("x-openstack-request-id", "req-00000000-0000-4000-8000-000000000000"),
        )

    def _write(self, page: Mapping[str, Any]) -> bytes:
        if self.dialect == "ims":
            return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
        return json.dumps(page, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Caller:
    """Who asks, and how its requests say so."""

    project: str
    api_version: str | None = None
    by_token: bool = False
    """Names no project but shows a token, which only the cloud knows the project of."""

    def request(self, query: str, path: str = "/v2/images") -> Request:
        """Make a request, of a list unless told otherwise, as it goes over the wire."""
        who = ("X-Auth-Token", f"t-{self.project}") if self.by_token else self._named()
        headers: Headers = (("Accept", "application/json"), who)
        if self.api_version is not None:
            headers = (*headers, ("X-Api-Version", self.api_version))
        return Request("GET", f"{HOST}{path}{'?' * bool(query)}{on_the_wire(query)}", headers)

    def _named(self) -> tuple[str, str]:
        return ("X-Project-Id", self.project)


def on_the_wire(query: str) -> str:
    """Percent-encode what no HTTP client sends: blanks, control signs and what is not ASCII."""
    raw = query.encode("utf-8", "surrogateescape").replace(b"#", b"%23")
    return NOT_SENT.sub(lambda found: b"%%%02X" % found[0][0], raw).decode()


def as_text(value: Any) -> str:
    """Return a property as Glance shows it: null as an empty text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def rules_of(
    dialect: str, project: str, api_version: str | None, *, is_operator: bool = False
) -> Rules:
    """Return the rules that the naive oracle goes by."""
    if dialect == "glance":
        return Rules("glance", project, is_operator)
    newer = (api_version or "").strip()[:1].upper() > "M"
    return Rules("queens" if newer else "mitaka", project)


def refusal(found: NaiveAnswer) -> Response:
    """Refuse in Glance's words, as JSON."""
    reason = REASONS[found.status]
    body = {
        "message": f"{found.message}<br /><br />\n\n\n",
        "code": f"{found.status} {reason}",
        "title": reason,
    }
    headers = (("Content-Type", "application/json"),)
    return Response(found.status, reason, headers, json.dumps(body).encode())


def cell(image: Image, key: str) -> Any:
    """Return what is stored in a column, times with their microseconds."""
    value = column(image, key)
    if key in TIMES:
        known: datetime = value
        return known + timedelta(microseconds=image.get(FRACTIONS, {}).get(key, 0))
    return value


def stored_time_is(name: str, text: str) -> Condition:
    """Compare a time as it is stored with that of a filter."""
    word, value = read.read_operator(text)
    time = read.read_utc(name, value)
    return lambda image: bool(COMPARISONS[word](cell(image, name), time))


def compare(order: Order, one: Image, other: Image) -> int:
    """Return -1, 0 or 1: which of the images is listed first. Null is below everything."""
    for key, direction in order:
        left, right = cell(one, key), cell(other, key)
        if left != right:
            below = left is None or (right is not None and left < right)
            return -1 if below == (direction == "asc") else 1
    return 0


def strictly_behind(order: Order, image: Image, marker: Image) -> bool:
    """Return whether an image is listed behind another."""
    return compare(order, image, marker) > 0


def behind(order: Order, image: Image, marker: Image) -> bool:
    """Return whether Glance finds an image behind a marker.

    There a null cell counts as "" or 0, and a null of the marker as "", which SQLite has above all
    numbers; in the order of the list both stand below everything.
    """
    for key, direction in order:
        left, right = cell(image, key), cell(marker, key)
        if left is None:
            left = 0 if key in NUMBERS else ""
        one, other = ranked(left), ranked("" if right is None else right)
        if one != other:
            return (one < other) == (direction == "desc")
    return False


def ranked(value: Any) -> tuple[bool, Any]:
    """Put every text above every number, as SQLite does."""
    return isinstance(value, str), value


def comparable(response: Response, dialect: str) -> Any:
    """Return an answer as it is compared: IMS may put the parameters of its links in any order."""
    if response.status != 200:
        return response.status, response.body
    page: dict[str, Any] = json.loads(response.body)
    if dialect == "ims":
        for name in {"first", "next"} & page.keys():
            parts = urlsplit(page[name])
            page[name] = parts.path, sorted(parse_qsl(parts.query, keep_blank_values=True))
    return response.status, page
