"""Rules on sizes and memory."""

import re
from typing import Any

from glancetape_generators.validation.rules.facts import (
    BRACES,
    DOCUMENT,
    EIGHTEEN,
    EMPTY,
    GLANCE,
    MEANING,
    MOST_DISK,
    OBSERVED,
    SAMPLES,
    UNKNOWN,
)
from glancetape_generators.validation.rules.kinds import TENANTS
from glancetape_generators.validation.rules.rule import (
    ANY,
    DIFFERS,
    UNSEEN,
    Image,
    RuleTable,
    shown,
)

rule = RuleTable[Any]()

WAITING = ("queued", "saving")

_GIB = 1 << 30
_is_positive = re.compile(r"[1-9][0-9]{0,18}").fullmatch
_is_amount = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch
_PAIRS = frozenset({EMPTY, BRACES, EIGHTEEN, UNKNOWN})
_PAIRS_OF = {
    "gold": frozenset({EMPTY}),
    "market": frozenset({BRACES}),
    "private": frozenset({BRACES, EIGHTEEN}),
    "shared": frozenset({BRACES, EIGHTEEN}),
}
_GONE = ("killed", "deleted")


@rule(SAMPLES, UNSEEN)
def checksum_of_size(image: Image) -> str | None:
    """Size and checksum are a known pair of placeholders, or both null."""
    if "size" not in image or "checksum" not in image:
        return None
    pair = image["size"], image["checksum"]
    return None if pair in _PAIRS else f"size is {shown(pair[0])}, checksum {shown(pair[1])}"


@rule(SAMPLES, UNSEEN)
def size_of_kind(image: Image) -> str | None:
    """Size is 0 for gold, 2 for market, 2 or 18 for tenants' images; null before the upload."""
    kind, status = image.get("__imagetype"), image.get("status")
    if "size" not in image or "checksum" not in image or kind not in _PAIRS_OF:
        return None
    pair = image["size"], image["checksum"]
    if status in WAITING and kind in TENANTS:
        return None if pair == UNKNOWN else f"size is {shown(pair[0])}, status {status}"
    if pair in _PAIRS_OF[kind] or pair not in _PAIRS:
        return None
    if pair == UNKNOWN and (status is None or status in _GONE):
        return None
    return f"size is {shown(pair[0])}, {kind} image"


@rule(GLANCE, cloud=ANY)
def min_disk_amount(image: Image) -> str | None:
    """min_disk is 0 or more."""
    found = image.get("min_disk")
    return None if found is None or found >= 0 else f"min_disk is {shown(found)}"


@rule(DOCUMENT, DIFFERS)
def min_disk_range(image: Image) -> str | None:
    """min_disk is 10 to 1,024; at least 20 for Windows, at least 1 for a data disk image."""
    found, environment = image.get("min_disk"), image.get("virtual_env_type")
    if found is None or environment is None:
        return None
    if environment == "DataImage":
        least = 1
    elif image.get("__os_type") == "Windows":
        least = 20
    else:
        least = 10
    return None if least <= found <= MOST_DISK else f"min_disk is {shown(found)}"


@rule(DOCUMENT, cloud=ANY)
def min_ram_range(image: Image) -> str | None:
    """min_ram is 0 or more."""
    found = image.get("min_ram")
    return None if found is None or found >= 0 else f"min_ram is {shown(found)}"


@rule(DOCUMENT, DIFFERS)
def image_size_form(image: Image) -> str | None:
    """__image_size is the text of a number greater than 0."""
    found = image.get("__image_size")
    return None if found is None or _is_positive(found) else f"__image_size is {shown(found)}"


@rule(MEANING)
def image_size_fits(image: Image) -> str | None:
    """__image_size is no larger than min_disk."""
    found, disk = image.get("__image_size"), image.get("min_disk")
    if found is None or disk is None or not _is_positive(found) or int(found) <= disk * _GIB:
        return None
    return f"__image_size is {found}, min_disk {shown(disk)}"


@rule(OBSERVED, DIFFERS)
def max_ram_form(image: Image) -> str | None:
    """max_ram is the text of a number; 0 means unlimited."""
    found = image.get("max_ram")
    return None if found is None or _is_amount(found) else f"max_ram is {shown(found)}"


@rule(MEANING)
def max_ram_above(image: Image) -> str | None:
    """max_ram is at least min_ram, or 0."""
    found = image.get("max_ram")
    if found is None or found == "0" or not _is_amount(found):
        return None
    if int(found) >= image.get("min_ram", 0):
        return None
    return f"max_ram is {found}, min_ram {shown(image['min_ram'])}"
