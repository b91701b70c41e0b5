"""An independent judge: whether a list question is beyond what one unfiltered walk can prove.

It knows the images as the walk showed them, reads queries as the naive oracle does, and goes by
the tables of docs/derived-answers.md. Nothing of the product is used here.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from support.oracle import naive_query as read
from support.oracle.deviations import asks_odd_bounds
from support.oracle.naive import naive_answer
from support.oracle.naive_filters import (
    NUMBERS,
    TIMES,
    WITH_OPERATORS,
    Rules,
    column,
    make_conditions,
)

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
NULLABLE = ("name", "size", "container_format", "disk_format")
SHOWS_MEMBERSHIPS = (None, "shared", "all")

Shown = dict[str, Any]
Pairs = read.Pairs


class Judge:
    """Judges questions of a project by the images that its unfiltered walk showed."""

    def __init__(self, shown: Iterable[Shown], project: str, longest: int) -> None:
        """Take the images, whose project sees them, and the length of the longest page."""
        self.project = project
        self.longest = longest
        # What is shown and someone else's is shared with the project, in the default status.
        members = [{"member_id": project, "status": "accepted"}]
        self.images = [{**image, "members": members} for image in shown]
        self.by_id = {image["id"]: image for image in self.images}

    def why_unprovable(self, query: str) -> str | None:
        """Name the rule by which a question may be left open; None when it has to be answered."""
        if asks_odd_bounds(query):
            return "odd bounds"
        refused = naive_answer(self.images, without_markers(query), self.project).status
        if refused != 200:  # whatever there is
            return "server error" if refused == 500 else None
        rest = read.read_pairs(query)
        if may_fail(rest):
            return "odd values"
        limit = read.take_first(rest, "limit")
        marker = read.take_first(rest, "marker")
        if marker is not None and marker not in self.by_id:
            return "marker" if UUID.match(marker) else None
        return (
            self._pool(list(rest)) or self._images(list(rest), marker) or self._limit(rest, limit)
        )

    def _pool(self, rest: Pairs) -> str | None:
        hidden = (read.take_all(rest, "os_hidden") or ["false"])[-1]
        if hidden.lower() == "true":
            return "hidden images"
        visibilities = read.values_of(rest, "visibility")
        if any(one in ("community", "all") for one in visibilities):
            return "visibility"
        member_status = read.take_first(rest, "member_status") or "accepted"
        listed = visibilities[-1] if visibilities else None
        if member_status != "accepted" and listed in SHOWS_MEMBERSHIPS:
            return "memberships"
        return None

    def _images(self, rest: Pairs, marker: str | None) -> str | None:
        """Look for doubt at the images that match but for a filter in doubt."""
        order = read.take_order(rest)
        filters = dict(rest)
        for name, text in filters.items():
            candidates = self._matching([pair for pair in rest if pair[0] != name])
            if name in TIMES and any(is_in_doubt(image, name, text) for image in candidates):
                return "fractions of a second"
            if name not in (*NUMBERS, *TIMES) and self._likes(name, text, candidates):
                return "texts that are alike"
            if text == "" and any(is_shown_empty(image, name) for image in candidates):
                return "empty properties"
        matching = self._matching(rest)
        start = [] if marker is None else [self.by_id[marker]]
        if marker is not None and any(
            key in NULLABLE
            and not self.by_id[marker][key]
            and any(image[key] is None for image in [*matching, *start])
            for key, _ in order
        ):
            return "lost nulls"
        if ties([*matching, *start], order):
            return "same second"
        return self._order(order, matching, start)

    def _likes(self, name: str, text: str, images: list[Shown]) -> bool:
        """Return whether an image has a text that is like one that is asked for, and another."""
        wanted = [text]
        if name in WITH_OPERATORS:
            word, value = read.read_operator(text)
            wanted = [value] if word == "eq" else read.read_list(value)
        likeness = {bare(one) for one in wanted}
        stored = {
            one
            for image in images
            for one in ([image.get(name)] if name != "tags" else image["tags"])
            if isinstance(one, str)
        }
        return any(one not in wanted and bare(one) in likeness for one in stored)

    def _order(
        self, order: list[tuple[str, str]], matching: list[Shown], start: list[Shown]
    ) -> str | None:
        for key, _ in order:
            if key in NULLABLE and any(image[key] is None for image in matching):
                return "order of nulls"
            texts = {str(image[key]) for image in [*self.images, *start] if image[key]}
            if key in NULLABLE and not all(map(is_plain, texts)):
                return "order of texts"
            if key in NULLABLE and key != "size" and sorted(texts) != sorted(texts, key=bare):
                return "order of texts"
        return None

    def _limit(self, rest: Pairs, limit: str | None) -> str | None:
        if limit is None or int(limit) <= self.longest:
            return None
        read.take_order(rest)
        return "large limits" if len(self._matching(rest)) > self.longest else None

    def _matching(self, rest: Pairs) -> list[Shown]:
        """Return the images that match what is left of a query without its order and its page."""
        pairs = list(rest)
        tags = [tag.strip() for tag in read.take_all(pairs, "tag")]
        member_status = read.take_first(pairs, "member_status") or "accepted"
        rules = Rules("glance", self.project)
        conditions, _ = make_conditions(pairs, tags, member_status, rules)
        return [image for image in self.images if all(holds(image) for holds in conditions)]


def bare(text: str) -> str:
    """Return a text without case, accents and blanks at its end."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one)).rstrip(" ")


def is_plain(text: str) -> bool:
    """Return whether all databases put the signs of a text in one order: no punctuation."""
    return all(one.isascii() and one.isalnum() for one in text)


def may_fail(rest: Pairs) -> bool:
    """Return whether a value may be refused by a database, or be another number to it."""
    return any(
        "\0" in name + value
        or name == "deleted_at"
        or (name, value) == ("visibility", "")
        or (name in NUMBERS and not re.fullmatch(r"[+-]?[0-9]{1,9}", value))
        for name, value in rest
    )


def has_odd_values(query: str) -> bool:
    """Return whether a query has such values, if it can be read."""
    try:
        return may_fail(read.read_pairs(query))
    except read.Refused:
        return False


def without_markers(query: str) -> str:
    """Leave the marker out of a query; further ones are filters, which nothing refuses."""
    try:
        pairs = read.read_pairs(query)
    except read.Refused:
        return query
    return urlencode([pair for pair in pairs if pair[0] != "marker"])


def is_in_doubt(image: Shown, name: str, text: str) -> bool:
    """Return whether a hidden fraction of a second decides about an image."""
    word, value = read.read_operator(text)
    time: datetime = read.read_utc(name, value)
    if word in ("gte", "lt") and time.microsecond == 0:
        return False
    return bool(column(image, name) == time.replace(microsecond=0))


def is_shown_empty(image: Shown, name: str) -> bool:
    """Return whether a property may be null, which is shown like an empty text."""
    return name not in COLUMNS and image.get(name) == ""


COLUMNS = frozenset(
    "name disk_format container_format visibility size virtual_size status checksum protected "
    "min_ram min_disk owner os_hidden os_hash_algo os_hash_value id created_at updated_at".split()
)


def ties(images: list[Shown], order: list[tuple[str, str]]) -> bool:
    """Return whether fractions of seconds decide the order of two images.

    `created_at` before `id`, in one direction, is the order of a walk, which shows it.
    """
    for place, (key, direction) in enumerate(order):
        if key not in TIMES or (order[place + 1 :] == [("id", direction)] and key == "created_at"):
            continue
        seen: set[tuple[Any, ...]] = set()
        for image in images:
            cells = tuple(column(image, before) for before, _ in order[: place + 1])
            if cells in seen:
                return True
            seen.add(cells)
    return False
