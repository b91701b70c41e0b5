"""Rules on the shape: which fields an image has, their types, and the values each can have."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from glancetape_generators.validation.rules.facts import (
    ATTRIBUTES,
    DOCUMENT,
    GLANCE,
    OBSERVED,
    SAMPLES,
)
from glancetape_generators.validation.rules.rule import (
    ANY,
    DIFFERS,
    Cloud,
    Image,
    Rule,
    RuleTable,
    shown,
)

rule = RuleTable[Any]()

IS_OBJECT = Rule("is-object", "An image is a JSON object.", GLANCE, cloud=Cloud.ANY)
FIELD_TYPE = Rule(
    "field-type",
    "A field of the API has the type that the API gives it.",
    DOCUMENT,
    cloud=Cloud.ANY,
)
PROPERTY_TEXT = Rule(
    "property-text",
    "All other properties are text; a user's own property may be null.",
    DOCUMENT,
    DIFFERS,
    Cloud.ANY,
)
REQUIRED = Rule(
    "required-fields", "An image has the fields that all images have.", GLANCE, cloud=Cloud.ANY
)
REQUIRED_OF_IMS = Rule(
    "fields-of-ims", "An image of IMS has the fields that all of them have.", DOCUMENT, DIFFERS
)
LISTED = (IS_OBJECT, REQUIRED, REQUIRED_OF_IMS, FIELD_TYPE, PROPERTY_TEXT)

_NULL = type(None)
# fields -> (their types, the name of those in messages)
_GROUPS: tuple[tuple[str, tuple[type, ...], str], ...] = (
    ("id status visibility created_at updated_at", (str,), "text"),
    ("self file schema", (str,), "text"),
    ("name checksum disk_format container_format owner", (str, _NULL), "text or null"),
    ("size virtual_size", (int, _NULL), "an integer or null"),
    ("min_disk min_ram", (int,), "an integer"),
    ("protected os_hidden", (bool,), "true or false"),
    ("tags", (list,), "a list of text"),
    ("locations", (list,), "a list"),
    ("os_hash_algo os_hash_value", (str, _NULL), "text or null"),
    # Properties that are null in samples of the document.
    ("__description __data_origin", (str, _NULL), "text or null"),
)
_FIELDS: dict[object, tuple[frozenset[type], str]] = {
    name: (frozenset(types), text) for names, types, text in _GROUPS for name in names.split()
}
_TYPES = {name: types for name, (types, _) in _FIELDS.items()}
_TEXT = frozenset((str,))
# Properties of the document whose names do not begin with two underscores.
_PLAIN_NAMES = frozenset(
    "virtual_env_type max_ram active_at hw_firmware_type hw_vif_multiqueue_enabled "
    "enterprise_project_id _sys_enterprise_project_id".split()
)

_REQUIRED = frozenset(
    "id name status visibility protected size checksum container_format disk_format min_disk "
    "min_ram tags created_at updated_at self file schema".split()
)  # Glance of 2013 leaves an owner out that is null
_REQUIRED_OF_IMS = frozenset(
    "owner __isregistered __image_source_type __imagetype virtual_env_type __os_type "
    "__lazyloading".split()
)

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
is_uuid = re.compile(UUID).fullmatch
is_project = re.compile("[0-9a-f]{32}").fullmatch
_is_id = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").fullmatch


def wrong_types(image: Mapping[Any, Any]) -> Iterator[tuple[object, str, str]]:
    """Yield the fields of a wrong type: name of the field, name of the rule, message."""
    types_of = _TYPES.get
    for name, value in image.items():
        if value.__class__ not in types_of(name, _TEXT):
            if name in _FIELDS:
                message = f"{name} is {shown(value)}, not {_FIELDS[name][1]}"
                yield name, FIELD_TYPE.name, message
            elif value is not None or not _is_users_own(name):
                yield name, PROPERTY_TEXT.name, f"{shown(name)} is {shown(value)}, not text"
    tags = image.get("tags")
    if isinstance(tags, list) and not all(isinstance(tag, str) for tag in tags):
        yield "tags", FIELD_TYPE.name, f"tags is {shown(tags)}, not a list of text"


def _is_users_own(name: object) -> bool:
    """Whether a property is a user's own, which may be null: Glance stores null for it."""
    return not str(name).startswith("__") and name not in _PLAIN_NAMES


def missing_fields(image: Mapping[Any, Any], cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Yield the rules on the fields that all images have and this one lacks, with messages."""
    if not image.keys() >= _REQUIRED:
        yield REQUIRED.name, f"no {', '.join(sorted(_REQUIRED - image.keys()))}"
    if cloud is Cloud.IMS and not image.keys() >= _REQUIRED_OF_IMS:
        yield REQUIRED_OF_IMS.name, f"no {', '.join(sorted(_REQUIRED_OF_IMS - image.keys()))}"


@rule(DOCUMENT, DIFFERS)
def id_form(image: Image) -> str | None:
    """An id is a UUID of version 4, in lower case."""
    image_id = image.get("id")
    return None if image_id is None or _is_id(image_id) else f"id is {shown(image_id)}"


@rule(DOCUMENT, DIFFERS)
def owner_form(image: Image) -> str | None:
    """An owner is a project: 32 hexadecimal digits in lower case."""
    owner = image.get("owner")
    return None if owner is None or is_project(owner) else f"owner is {shown(owner)}"


@rule(SAMPLES, cloud=ANY)
def links(image: Image) -> str | None:
    """The links self, file and schema follow from the id."""
    if "id" not in image:
        return None
    path = f"/v2/images/{image['id']}"
    if image.get("self", path) != path:
        return f"self is {shown(image['self'])}"
    if image.get("file", f"{path}/file") != f"{path}/file":
        return f"file is {shown(image['file'])}"
    if image.get("schema", "/v2/schemas/image") != "/v2/schemas/image":
        return f"schema is {shown(image['schema'])}"
    return None


@rule(ATTRIBUTES, DIFFERS)
def name_length(image: Image) -> str | None:
    """A name has 1 to 128 characters, or is null."""
    name = image.get("name")
    if name is None or 0 < len(name) <= 128:
        return None
    return f"name {shown(name)} has {len(name)} characters"


@rule(DOCUMENT, DIFFERS)
def virtual_size_unknown(image: Image) -> str | None:
    """A virtual size is null, or 0 as observed in an answer to PATCH."""
    size = image.get("virtual_size")
    return None if size is None or size == 0 else f"virtual_size is {shown(size)}"


@rule(GLANCE, cloud=ANY)
def tag_once(image: Image) -> str | None:
    """No tag occurs twice."""
    tags = image.get("tags")
    if not tags or len(tags) == len(set(tags)):
        return None
    return f"tag {shown(next(tag for tag in tags if tags.count(tag) > 1))} occurs twice"


@rule(ATTRIBUTES, DIFFERS)
def tag_length(image: Image) -> str | None:
    """A tag has 1 to 255 characters; in `key=value` up to 36 for the key and 43 for the value."""
    for tag in image.get("tags") or ():
        key, equals, value = tag.partition("=")
        if not 0 < len(tag) <= 255 or (equals and not (0 < len(key) <= 36 and len(value) <= 43)):
            return f"tag {shown(tag)} has {len(tag)} characters"
    return None


def _choice(field: str, *values: str | None) -> None:
    """Add the rule `FIELD-value`: the field has one of these values."""
    allowed = frozenset(values)

    def check(image: Image) -> str | None:
        found = image.get(field)
        return None if found is None or found in allowed else f"{field} is {shown(found)}"

    words = field.strip("_").replace("__", "_")
    check.__name__ = f"{words}_value"
    check.__doc__ = f"{field} is one of {', '.join(map(str, values))}."
    rule(_OBSERVED_TOO.get(field, DOCUMENT), DIFFERS)(check)


_OBSERVED_TOO = {"__lazyloading": f"{DOCUMENT}; {OBSERVED}"}

_choice("status", "queued", "saving", "deleted", "killed", "active")
_choice("visibility", "public", "private", "shared")
_choice("container_format", "bare")
_choice("disk_format", "zvhd2", "zvhd", "vhd", "raw", "qcow2", "iso")
_choice("__isregistered", "true")
_choice("__image_source_type", "uds")
_choice("__imagetype", "gold", "private", "shared", "market")
_choice("virtual_env_type", "FusionCompute", "Ironic", "DataImage", "IsoImage")
_choice("__lazyloading", "true", "false", "True", "False")


@rule(GLANCE, cloud=ANY)
def disk_format_known(image: Image) -> str | None:
    """A disk format is null only while an image is queued."""
    if image.get("disk_format", "") is None and image.get("status", "queued") != "queued":
        return f"disk_format is null, status {shown(image['status'])}"
    return None
