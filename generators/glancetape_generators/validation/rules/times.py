"""Rules on times and statuses: in which order things happen, and what an upload adds."""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from glancetape_generators.validation.rules.facts import (
    DISK_SAMPLE,
    DOCUMENT,
    END_OF_LIFE,
    LIFE,
    MEANING,
    OBSERVED,
    plain,
)
from glancetape_generators.validation.rules.kinds import TENANTS
from glancetape_generators.validation.rules.rule import ANY, UNSEEN, Image, RuleTable, shown
from glancetape_generators.validation.rules.sizes import WAITING

rule = RuleTable[Any]()

_TIMES = ("created_at", "updated_at", "active_at")
_time = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
).fullmatch
_NOT_WHILE_WAITING = frozenset({"__image_size", "active_at", "__image_location"})
_address = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}:[0-9]{1,5}").fullmatch


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@rule(DOCUMENT, cloud=ANY)
def time_form(image: Image) -> str | None:
    """A time is written like 2018-09-06T14:03:27Z."""
    for name in _TIMES:
        text = image.get(name)
        if text is not None:
            found = _time(text)
            if found is None or not _is_day(found[1]):
                return f"{name} is {shown(text)}"
    return None


@rule(MEANING, cloud=ANY)
def updated_after_created(image: Image) -> str | None:
    """updated_at is not before created_at."""
    created, updated = image.get("created_at"), image.get("updated_at")
    if created is None or updated is None or created <= updated:
        return None
    return f"updated_at is {shown(updated)}, created_at {shown(created)}"


@rule(OBSERVED)
def active_between(image: Image) -> str | None:
    """active_at is between created_at and updated_at."""
    active = image.get("active_at")
    if active is None:
        return None
    if active < image.get("created_at", ""):
        return f"active_at is {shown(active)}, created_at {shown(image['created_at'])}"
    if active > image.get("updated_at", active):
        return f"active_at is {shown(active)}, updated_at {shown(image['updated_at'])}"
    return None


@rule(OBSERVED, UNSEEN)
def active_since(image: Image) -> str | None:
    """An active image of a tenant has active_at."""
    if "active_at" in image or image.get("status") != "active":
        return None
    return "no active_at" if image.get("__imagetype") in TENANTS else None


@rule(LIFE, UNSEEN)
def gold_while_supported(image: Image) -> str | None:
    """A gold image is not made after the month in which its system's general support ends."""
    version, created = image.get("__os_version"), image.get("created_at")
    if image.get("__imagetype") != "gold" or version is None or created is None:
        return None
    end = end_of_life(version)
    if end is None or created[:7] <= end[:7]:
        return None
    return f"created_at is {created}, {shown(version)} was supported until {end}"


@lru_cache(maxsize=1024)
def end_of_life(version: str) -> str | None:
    """The last day of a version's general support; None when it is not listed."""
    text = plain(version)
    for beginning, day in END_OF_LIFE.items():
        after = text[len(beginning) : len(beginning) + 1]
        if text.startswith(beginning) and not (after.isdigit() and beginning[-1].isdigit()):
            return day
    return None


@rule(MEANING)
def waiting_without(image: Image) -> str | None:
    """An image without data has no __image_size, active_at or __image_location."""
    if image.get("status") not in WAITING or _NOT_WHILE_WAITING.isdisjoint(image):
        return None
    return f"{image['status']} image with {', '.join(sorted(_NOT_WHILE_WAITING & image.keys()))}"


@rule(DISK_SAMPLE, UNSEEN)
def location(image: Image) -> str | None:
    """__image_location is `IP:PORT:pcsimsOWNER:ID`, and its image is active."""
    found = image.get("__image_location")
    if found is None or image.get("__imagetype") not in TENANTS:
        return None
    status = image.get("status", "active")
    if status != "active" and status not in WAITING:
        return f"__image_location, status {shown(status)}"
    if "owner" not in image or "id" not in image:
        return None
    place = f":pcsims{image['owner']}:{image['id']}"
    if found.endswith(place) and _address(found[: -len(place)]):
        return None
    return f"__image_location is {shown(found)}"
