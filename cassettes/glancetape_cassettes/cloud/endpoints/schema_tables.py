"""What the schema documents are made of: fields with their types and descriptions.

The facts are those of Glance 33 (observed). `schemas` puts documents together from them.
"""

from typing import Any

Table = dict[str, dict[str, Any]]

_UUID = "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"
_TEXT: dict[str, Any] = {"type": "string"}
_LINK: dict[str, Any] = {"readOnly": True, "type": "string"}


def _field(kind: Any, description: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "description": description, **more}


def _read_only(kind: Any, description: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "readOnly": True, "description": description, **more}


def _or_null(kind: str) -> list[str]:
    return ["null", kind]


def _time(description: str) -> dict[str, Any]:
    return _read_only("string", description, format="date-time")


IMAGE: Table = {
    "id": _field("string", "An identifier for the image", pattern=_UUID),
    "name": _field(_or_null("string"), "Descriptive name for the image", maxLength=255),
    "status": _read_only(
        "string",
        "Status of the image",
        enum="queued saving active killed deleted uploading importing pending_delete "
        "deactivated".split(),
    ),
    "visibility": _field(
        "string", "Scope of image accessibility", enum="community public private shared".split()
    ),
    "protected": _field("boolean", "If true, image will not be deletable."),
    "os_hidden": _field(
        "boolean", "If true, image will not appear in default image list response."
    ),
    "checksum": _read_only(_or_null("string"), "md5 hash of image contents.", maxLength=32),
    "os_hash_algo": _read_only(
        _or_null("string"), "Algorithm to calculate the os_hash_value", maxLength=64
    ),
    "os_hash_value": _read_only(
        _or_null("string"),
        "Hexdigest of the image contents using the algorithm specified by the os_hash_algo",
        maxLength=128,
    ),
    "owner": _field(_or_null("string"), "Owner of the image", maxLength=255),
    "size": _read_only(_or_null("integer"), "Size of image file in bytes"),
    "virtual_size": _read_only(_or_null("integer"), "Virtual size of image in bytes"),
    "container_format": _field(
        _or_null("string"),
        "Format of the container",
        enum=[None, *"ami ari aki bare ovf ova docker compressed".split()],
    ),
    "disk_format": _field(
        _or_null("string"),
        "Format of the disk",
        enum=[None, *"ami ari aki vhd vhdx vmdk raw qcow2 vdi iso ploop".split()],
    ),
    "created_at": _read_only("string", "Date and time of image registration"),
    "updated_at": _read_only("string", "Date and time of the last image modification"),
    "tags": _field(
        "array",
        "List of strings related to the image",
        items={"type": "string", "maxLength": 255},
    ),
    "direct_url": _read_only("string", "URL to access the image file kept in external store"),
    "min_ram": _field("integer", "Amount of ram (in MB) required to boot image."),
    "min_disk": _field("integer", "Amount of disk space (in GB) required to boot image."),
    "self": _read_only("string", "An image self url"),
    "file": _read_only("string", "An image file url"),
    "stores": _read_only(
        "string",
        "Store in which image data resides.  Only present when the operator has enabled multiple "
        "stores.  May be a comma-separated list of store identifiers.",
    ),
    "schema": _read_only("string", "An image schema url"),
    "locations": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "url": {"type": "string", "maxLength": 255},
                "metadata": {"type": "object"},
                "validation_data": {
                    "description": "Values to be used to populate the corresponding image "
                    "properties. If the image status is not 'queued', values must exactly match "
                    "those already contained in the image properties.",
                    "type": "object",
                    "writeOnly": True,
                    "additionalProperties": False,
                    "properties": {
                        "checksum": {"type": "string", "minLength": 32, "maxLength": 32},
                        "os_hash_algo": {"type": "string", "maxLength": 64},
                        "os_hash_value": {"type": "string", "maxLength": 128},
                    },
                    "required": ["os_hash_algo", "os_hash_value"],
                },
            },
            "required": ["url", "metadata"],
        },
        "description": "A set of URLs to access the image file kept in external store",
    },
}

# The code of Glance 16, and the document of Open Telekom Cloud: fields of an older Glance.
OLDER_LACK = ("os_hidden", "os_hash_algo", "os_hash_value", "stores")
# The code of Glance 16: it knows no compressed images, and does not check the data of a location.
OLDER_HAVE = {
    "container_format": IMAGE["container_format"]
    | {"enum": [None, *"ami ari aki bare ovf ova docker".split()]},
    "locations": IMAGE["locations"]
    | {
        "items": {
            "type": "object",
            "properties": {
                "url": {"type": "string", "maxLength": 255},
                "metadata": {"type": "object"},
            },
            "required": ["url", "metadata"],
        }
    },
}
# The same document: its lists of formats, which lack the formats that IMS itself uses.
IMS_CHOICES: dict[str, list[str | None]] = {
    "visibility": ["public", "private"],
    "container_format": [None, *"ami ari aki bare ovf ova".split()],
    "disk_format": [None, *"ami ari aki vhd vmdk raw qcow2 vdi iso".split()],
}
IMS_ADDS = {
    name: {"is_base": False, "type": "string", "description": description}
    for name, description in (
        (
            "kernel_id",
            "ID of image stored in Glance that should be used as the kernel when booting",
        ),
        (
            "ramdisk_id",
            "ID of image stored in Glance that should be used as the ramdisk when booting",
        ),
        ("instance_uuid", "ID of instance used to create this image."),
        ("os_distro", "Common name of operating system distribution"),
        ("os_version", "Operating system version as specified by the distributor"),
        ("architecture", "Operating system architecture"),
    )
}
IMS_READ_ONLY = " (READ-ONLY)"

MEMBER: Table = {
    "member_id": _field("string", "An identifier for the image member (tenantId)"),
    "image_id": _field("string", "An identifier for the image", pattern=_UUID),
    "created_at": _field("string", "Date and time of image member creation"),
    "updated_at": _field("string", "Date and time of last modification of image member"),
    "status": _field(
        "string", "The status of this image member", enum="pending accepted rejected".split()
    ),
    "schema": _LINK,
}

TASK: Table = {
    "id": _field("string", "An identifier for the task", pattern=_UUID),
    "type": _field(
        "string",
        "The type of task represented by this content",
        enum="import api_image_import location_import".split(),
    ),
    "status": _field(
        "string",
        "The current status of this task",
        enum="pending processing success failure".split(),
    ),
    "input": _field(_or_null("object"), "The parameters required by task, JSON blob"),
    "result": _field(_or_null("object"), "The result of current task, JSON blob"),
    "owner": _field("string", "An identifier for the owner of this task"),
    "message": _field(
        "string",
        "Human-readable informative message only included when appropriate (usually on failure)",
    ),
    "image_id": _field("string", "Image associated with the task"),
    "request_id": _field("string", "Human-readable informative request-id"),
    "user_id": _field("string", "User associated with the task"),
    "expires_at": _field(
        _or_null("string"), "Datetime when this resource would be subject to removal"
    ),
    "created_at": _field("string", "Datetime when this resource was created"),
    "updated_at": _field("string", "Datetime when this resource was updated"),
    "self": _LINK,
    "schema": _LINK,
}
NOT_IN_TASK_LISTS = ("input", "result", "message")

_POSITIVE: dict[str, Any] = {"type": "integer", "minimum": 0}
_KINDS = ["array", "boolean", "integer", "number", "object", "string", None]
_STRING_ARRAY: dict[str, Any] = {"$ref": "#/definitions/stringArray"}
_AT_MOST = {"$ref": "#/definitions/positiveInteger"}
_AT_LEAST = {"$ref": "#/definitions/positiveIntegerDefault0"}

PROPERTY: Table = {
    "name": {"type": "string", "maxLength": 80},
    "title": _TEXT,
    "description": _TEXT,
    "operators": {"type": "array", "items": _TEXT},
    "type": {"type": "string", "enum": _KINDS},
    "required": _STRING_ARRAY,
    "minimum": {"type": "number"},
    "maximum": {"type": "number"},
    "maxLength": _AT_MOST,
    "minLength": _AT_LEAST,
    "pattern": {"type": "string", "format": "regex"},
    "enum": {"type": "array"},
    "readonly": {"type": "boolean"},
    "default": {},
    "items": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": _KINDS},
            "enum": {"type": "array"},
        },
    },
    "maxItems": _AT_MOST,
    "minItems": _AT_LEAST,
    "uniqueItems": {"type": "boolean", "default": False},
    "additionalItems": {"type": "boolean"},
}
NUMBERS: dict[str, Any] = {
    "positiveInteger": _POSITIVE,
    "positiveIntegerDefault0": {"allOf": [_AT_MOST, {"default": 0}]},
}
STRINGS: dict[str, Any] = {"type": "array", "items": _TEXT, "uniqueItems": True}
AT_LEAST_ONE_STRING: dict[str, Any] = {
    "type": "array",
    "items": _TEXT,
    "minItems": 1,
    "uniqueItems": True,
}
PROPERTIES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["title", "type"],
        "properties": PROPERTY,
    },
}
_PROPERTIES = {"$ref": "#/definitions/property"}

NAMESPACE: Table = {
    "namespace": _field("string", "The unique namespace text.", maxLength=80),
    "display_name": _field(
        "string",
        "The user friendly name for the namespace. Used by UI if available.",
        maxLength=80,
    ),
    "description": _field(
        "string", "Provides a user friendly description of the namespace.", maxLength=500
    ),
    "visibility": _field("string", "Scope of namespace accessibility.", enum=["public", "private"]),
    "protected": _field("boolean", "If true, namespace will not be deletable."),
    "owner": _field("string", "Owner of the namespace.", maxLength=255),
    "created_at": _time("Date and time of namespace creation"),
    "updated_at": _time("Date and time of the last namespace modification"),
    "schema": _LINK,
    "self": _LINK,
    "resource_type_associations": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": _TEXT, "prefix": _TEXT, "properties_target": _TEXT},
        },
    },
    "properties": _PROPERTIES,
    "objects": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "name": _TEXT,
                "description": _TEXT,
                "required": _STRING_ARRAY,
                "properties": _PROPERTIES,
            },
        },
    },
    "tags": {"type": "array", "items": {"type": "object", "properties": {"name": _TEXT}}},
}

RESOURCE_TYPE: Table = {
    "name": _field(
        "string",
        "Resource type names should be aligned with Heat resource types whenever possible: "
        "https://docs.openstack.org/heat/latest/template_guide/openstack.html",
        maxLength=80,
    ),
    "prefix": _field(
        "string",
        "Specifies the prefix to use for the given resource type. Any properties in the namespace "
        "should be prefixed with this prefix when being applied to the specified resource type. "
        "Must include prefix separator (e.g. a colon :).",
        maxLength=80,
    ),
    "properties_target": _field(
        "string",
        "Some resource types allow more than one key / value pair per instance.  For example, "
        "Cinder allows user and image metadata on volumes. Only the image properties metadata is "
        "evaluated by Nova (scheduling or drivers). This property allows a namespace target to "
        "remove the ambiguity.",
        maxLength=80,
    ),
    "created_at": _time("Date and time of resource type association"),
    "updated_at": _time("Date and time of the last resource type association modification"),
}

OBJECT: Table = {
    "name": {"type": "string", "maxLength": 80},
    "description": _TEXT,
    "required": _STRING_ARRAY,
    "properties": _PROPERTIES,
    "schema": _LINK,
    "self": _LINK,
    "created_at": _time("Date and time of object creation"),
    "updated_at": _time("Date and time of the last object modification"),
}

TAG: Table = {
    "name": {"type": "string", "maxLength": 80},
    "created_at": _time("Date and time of tag creation"),
    "updated_at": _time("Date and time of the last tag modification"),
}
