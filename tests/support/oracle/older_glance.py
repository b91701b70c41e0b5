"""A Glance before 17, release by release, by plain loops over the images.

Written from the branches `grizzly-eol` to `queens-eol` of Glance (`glance/api/v2/images.py` and
`glance/db/sqlalchemy/api.py`), with the defects that matter. It shares no code with the product.
"""

import operator as op
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

Image = Mapping[str, Any]
Condition = Callable[[Image], bool]

COMPARED = "name id status container_format disk_format".split()
NUMBERS = "size virtual_size min_disk min_ram".split()
KEYS = "name status container_format disk_format size id created_at updated_at".split()
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": op.eq,
    "neq": op.ne,
    "gt": op.gt,
    "gte": op.ge,
    "lt": op.lt,
    "lte": op.le,
}


@dataclass(frozen=True)
class OlderGlance:
    """The images of a cloud; `members` of a stored image are the projects that accepted it."""

    minor: int
    """The newest version of its API: 1 is Grizzly, 2 Havana to Juno, 3 Kilo to Mitaka (of which
    this is Liberty), 4 Newton, 5 Ocata and Pike, 6 Queens."""
    images: Sequence[Image]
    project: str

    def show(self, image: Image) -> dict[str, Any]:
        """Return an image as it is shown: before Icehouse without an owner."""
        hidden = {"members", *(("owner", "virtual_size") if self.minor < 2 else ())}
        shown = {name: value for name, value in image.items() if name not in hidden}
        return shown | {"visibility": self.visibility(image)}

    def visibility(self, image: Image) -> str:
        """Return the visibility of an image: before Ocata it is public or not."""
        stored = str(image["visibility"])
        return stored if self.minor >= 5 or stored == "public" else "private"

    def list_images(self, query: str) -> tuple[list[Image], bool] | None:
        """Return a page, and whether it has a next; None where Glance refuses the query."""
        pairs = parse_qsl(query, keep_blank_values=True)
        asked = dict(pairs)
        limit = int(asked.pop("limit", "25"))
        marker = asked.pop("marker", None)
        status = asked.pop("member_status", "accepted")
        order = self._order(pairs)
        if order is None:
            return None
        for name in ("sort", "sort_key", "sort_dir"):
            if name != "sort" or self.minor >= 3:
                asked.pop(name, None)
        tags = [value for name, value in pairs if name == "tag"] if self.minor >= 2 else []
        if tags:
            del asked["tag"]
        visibility = asked.pop("visibility", None)
        kinds = ["public", "private", "shared", *(["community"] if self.minor >= 5 else [])]
        if visibility and visibility not in kinds:
            return None
        found = [one for one in self.images if self._is_listed(one, visibility, status)]
        found = [one for one in found if all(tag in one["tags"] for tag in tags)]
        for name, value in asked.items():
            holds = self._condition(name, value)
            if holds is None:
                return None
            found = [one for one in found if holds(one)]
        for key, direction in reversed(order):
            found.sort(key=lambda one, key=key: rank(one.get(key)), reverse=direction == "desc")
        if marker is not None:
            start = next(one for one in self.images if one["id"] == marker)
            found = [one for one in found if self._is_after(one, start, order)]
        page = found[:limit]
        return page, len(page) == limit > 0

    def _order(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]] | None:
        keys = [value for name, value in pairs if name == "sort_key"]
        directions = [value for name, value in pairs if name == "sort_dir"]
        if self.minor < 3:  # pop takes the last of repeated parameters
            key, direction = (keys or ["created_at"])[-1], (directions or ["desc"])[-1]
            order = [key, "created_at", "id"]
            if self.minor == 2 and key == "id":
                order = ["created_at", "id"]
            return [(one, direction) for one in order]
        for value in (value for name, value in pairs if name == "sort"):
            keys = [part.partition(":")[0] for part in value.split(",")]
            directions = [part.partition(":")[2] or "desc" for part in value.split(",")]
        if not set(keys) <= set(KEYS) or (1 < len(directions) != len(keys)):
            return None
        keys, directions = keys or ["created_at"], directions or ["desc"]
        rest = directions[0] if len(directions) == 1 else "desc"
        if len(directions) == 1:
            directions = directions * len(keys)
        order_of = list(zip(keys, directions, strict=True))
        return order_of + [(key, rest) for key in ("created_at", "id") if key not in keys]

    def _is_listed(self, image: Image, visibility: str | None, status: str) -> bool:
        if image["status"] in ("killed", "deleted", "pending_delete"):
            return False
        kind = self.visibility(image)
        own, member = image["owner"] == self.project, self.project in image.get("members", ())
        with_me = member and status in ("accepted", "all")
        if self.minor >= 5:
            seen = kind in ("public", "community") or own or (with_me and kind == "shared")
            if visibility is not None:
                return seen and kind == visibility
            return seen and (kind != "community" or own)
        if visibility == "shared":
            return member if self.minor < 2 else with_me
        seen = kind == "public" or own or with_me
        if visibility == "private":
            return seen and kind == "private" and (own or self.minor >= 2)
        return seen and (visibility != "public" or kind == "public")

    def _condition(self, name: str, value: str) -> Condition | None:
        if name in ("created_at", "updated_at"):
            return self._time(name, value)
        if name in COMPARED and self.minor >= 4 and ":" in value:
            operator, _, text = value.partition(":")
            wanted = text.split(",") if operator == "in" else [text]
            return (lambda one: one[name] in wanted) if operator in ("in", "eq") else None
        if name.endswith(("_min", "_max")):
            sign, number, column = 1 if name.endswith("_min") else -1, int(value), name[:-4]
            return lambda one: one[column] is not None and sign * one[column] >= sign * number
        if name == "protected":  # before Queens MySQL compares it with a word, which is 0
            wanted_flag = self.minor >= 6 and value == "true"
            return lambda one: one[name] == wanted_flag
        if name in NUMBERS:
            return lambda one: str(one[name]) == value
        return lambda one: name in one and one[name] == value

    def _time(self, name: str, value: str) -> Condition:
        if self.minor < 4:  # the text of the filter, compared with what the database stores
            return lambda one: str(one[name])[:-1].replace("T", " ") == value
        operator, _, time = value.partition(":") if value[:1].isalpha() else ("eq", "", value)
        compare, moment = COMPARE[operator], datetime.fromisoformat(time)
        return lambda one: compare(datetime.fromisoformat(one[name]), moment)

    def _is_after(self, image: Image, marker: Image, order: list[tuple[str, str]]) -> bool:
        for key, direction in order:
            one, other = image.get(key), marker.get(key)
            if one is None and self.minor < 4:  # NULL, or a text beside numbers: not below
                return False
            left, right = rank(0 if one is None and key in NUMBERS else one or ""), rank(other)
            if left != right:
                return (left < right) == (direction == "desc")
        return False


def rank(value: Any) -> tuple[int, Any]:
    """Put null below everything."""
    return (0, 0) if value is None else (1, value)
