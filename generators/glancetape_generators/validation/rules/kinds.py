"""Rules on the kinds: public images (gold), market, private and shared images."""

import re
from typing import Any

from glancetape_generators.validation.rules.facts import (
    DOCUMENT,
    MEANING,
    OBSERVED,
    SAMPLES,
    SHARING,
)
from glancetape_generators.validation.rules.rule import DIFFERS, UNSEEN, Image, RuleTable, shown
from glancetape_generators.validation.rules.shape import UUID, is_uuid

rule = RuleTable[Any]()

TENANTS = frozenset({"private", "shared"})
CLOUDS = frozenset({"gold", "market"})

_VISIBILITIES = {"gold": "public", "market": "public", "private": "private", "shared": "shared"}
_OF_TENANTS = frozenset(
    "__backup_id __root_origin __system__cmkid __whole_image enterprise_project_id "
    "_sys_enterprise_project_id __sequence_num __image_location".split()
)
_OF_MARKET = frozenset("__productcode __is_offshelved __account_code".split())
_NOT_OF_GOLD = (
    _OF_TENANTS
    | _OF_MARKET
    | frozenset(
        "__data_origin __originalimagename __image_size max_ram active_at __is_config_init".split()
    )
)
# __account_code is not always there: one of the two market images that were observed has none.
_ALWAYS_OF_MARKET = frozenset(
    "__productcode __is_offshelved __data_origin __originalimagename __image_size max_ram "
    "active_at".split()
)
_is_product = re.compile(f"[0-9a-f]{{32}}|{UUID}").fullmatch
_is_copy = re.compile(f"image,[^,\\s]+,({UUID})").fullmatch


def _are_there(image: Image, names: frozenset[str]) -> str | None:
    if names.isdisjoint(image):
        return None
    return f"{image['__imagetype']} image with {', '.join(sorted(names & image.keys()))}"


@rule(DOCUMENT)
def visibility_of_kind(image: Image) -> str | None:
    """A gold or market image is public, a private one private, a shared one shared."""
    kind = image.get("__imagetype")
    wanted = _VISIBILITIES.get(kind or "")
    found = image.get("visibility", wanted)
    return None if wanted in (None, found) else f"{kind} image with visibility {shown(found)}"


@rule(DOCUMENT, DIFFERS)
def protected_of_kind(image: Image) -> str | None:
    """Gold and market images are protected, tenants' images are not."""
    kind = image.get("__imagetype")
    if kind not in _VISIBILITIES or image.get("protected", kind in CLOUDS) == (kind in CLOUDS):
        return None
    return f"{kind} image with protected {shown(image['protected'])}"


@rule(SAMPLES, UNSEEN)
def public_untagged(image: Image) -> str | None:
    """Gold and market images have no tags."""
    tags = image.get("tags")
    return f"tags are {shown(tags)}" if tags and image.get("__imagetype") in CLOUDS else None


@rule(OBSERVED, UNSEEN)
def public_active(image: Image) -> str | None:
    """Gold and market images are active."""
    if image.get("__imagetype") in CLOUDS and image.get("status", "active") != "active":
        return f"{image['__imagetype']} image with status {shown(image['status'])}"
    return None


@rule(DOCUMENT, DIFFERS)
def gold_without(image: Image) -> str | None:
    """A gold image has no field about a tenant, a market product, or how it was made."""
    return _are_there(image, _NOT_OF_GOLD) if image.get("__imagetype") == "gold" else None


@rule(SAMPLES, UNSEEN)
def gold_environment(image: Image) -> str | None:
    """A gold image is for a virtual server (ECS) or a bare metal server (BMS)."""
    if image.get("__imagetype") != "gold":
        return None
    found = image.get("virtual_env_type", "Ironic")
    return None if found in ("FusionCompute", "Ironic") else f"virtual_env_type is {shown(found)}"


@rule(OBSERVED, UNSEEN)
def market_fields(image: Image) -> str | None:
    """A market image has a product code, __is_offshelved, an origin, sizes and times."""
    if image.get("__imagetype") != "market" or image.keys() >= _ALWAYS_OF_MARKET:
        return None
    return f"market image without {', '.join(sorted(_ALWAYS_OF_MARKET - image.keys()))}"


@rule(DOCUMENT, DIFFERS)
def market_without(image: Image) -> str | None:
    """A market image has no field about a tenant."""
    return _are_there(image, _OF_TENANTS) if image.get("__imagetype") == "market" else None


@rule(OBSERVED, UNSEEN)
def market_environment(image: Image) -> str | None:
    """A market image is for an ECS."""
    found = image.get("virtual_env_type", "FusionCompute")
    if found == "FusionCompute" or image.get("__imagetype") != "market":
        return None
    return f"market image with virtual_env_type {shown(found)}"


@rule(OBSERVED, UNSEEN)
def market_origin(image: Image) -> str | None:
    """A market image is a copy, `image,REGION,UUID`, whose __originalimagename is that UUID."""
    if image.get("__imagetype") != "market":
        return None
    origin = image.get("__data_origin", "")
    if origin is None:
        return "__data_origin is null"
    found = _is_copy(origin)
    if found is None:
        return f"__data_origin is {shown(origin)}" if "__data_origin" in image else None
    if image.get("__originalimagename", found[1]) != found[1]:
        return f"__originalimagename is {shown(image['__originalimagename'])}, not {found[1]}"
    return None


@rule(OBSERVED, UNSEEN)
def productcode_form(image: Image) -> str | None:
    """A market image's __productcode is 32 hexadecimal digits or a UUID."""
    code = image.get("__productcode")
    if code is None or image.get("__imagetype") != "market" or _is_product(code):
        return None
    return f"__productcode is {shown(code)}"


@rule(DOCUMENT, DIFFERS)
def offshelved_value(image: Image) -> str | None:
    """__is_offshelved is true or false."""
    found = image.get("__is_offshelved")
    return None if found in (None, "true", "false") else f"__is_offshelved is {shown(found)}"


@rule(DOCUMENT, DIFFERS)
def tenants_without(image: Image) -> str | None:
    """A tenant's image has no field about a market product."""
    return _are_there(image, _OF_MARKET) if image.get("__imagetype") in TENANTS else None


@rule(SHARING)
def shared_unencrypted(image: Image) -> str | None:
    """A shared image is not encrypted."""
    if "__system__cmkid" in image and image.get("__imagetype") == "shared":
        return "shared image with __system__cmkid"
    return None


@rule(DOCUMENT, DIFFERS)
def key_form(image: Image) -> str | None:
    """The key of an encrypted image is a UUID."""
    key = image.get("__system__cmkid")
    return None if key is None or is_uuid(key) else f"__system__cmkid is {shown(key)}"


@rule(MEANING, UNSEEN)
def enterprise_project_twice(image: Image) -> str | None:
    """The two fields for an enterprise project are both present and equal, or both absent."""
    one = image.get("enterprise_project_id")
    other = image.get("_sys_enterprise_project_id")
    if one == other:
        return None
    return f"enterprise_project_id is {shown(one)}, _sys_enterprise_project_id {shown(other)}"


@rule(DOCUMENT, DIFFERS)
def enterprise_project_form(image: Image) -> str | None:
    """An enterprise project is 0 or a UUID."""
    for name in ("enterprise_project_id", "_sys_enterprise_project_id"):
        found = image.get(name)
        if found is not None and found != "0" and not is_uuid(found):
            return f"{name} is {shown(found)}"
    return None
