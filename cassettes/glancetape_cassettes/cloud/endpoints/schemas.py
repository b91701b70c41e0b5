"""The schema documents, `GET /v2/schemas/NAME`; python-glanceclient makes its models from them."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import orjson

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.endpoints import schema_tables as tables
from glancetape_cassettes.cloud.endpoints.schema_tables import Table
from glancetape_cassettes.cloud.responses import json_response
from glancetape_cassettes.interaction import Response

Document = dict[str, Any]

_TEXT = {"type": "string"}
_IMAGE_LINKS = ("self", "enclosure:file", "describedby:schema")
_PAGE_LINKS = ("first", "next", "describedby:schema")
_LIST_LINKS = ("describedby:schema",)


def show_schema(asking: Asking) -> Response:
    """Return the schema that the path names."""
    body = _body_of(asking.named["schema"], asking.rules.image_schema)
    return json_response(body, asking.rules, asking.request_id)


def schema_of(name: str, image_schema: str = "Glance 33") -> Document:
    """Return a schema document, such as that of `image` or `metadefs/namespace`."""
    return (_OF_IMAGES[image_schema].get(name) or _DOCUMENTS[name])()


@cache
def _body_of(name: str, image_schema: str) -> bytes:
    return orjson.dumps(schema_of(name, image_schema))


def _links(*names: str) -> list[dict[str, str]]:
    """Return links by their relation; `enclosure:file` leads to what the field `file` names."""
    pairs = (name.partition(":") for name in names)
    return [{"rel": relation, "href": f"{{{field or relation}}}"} for relation, _, field in pairs]


def _item(name: str, fields: Table, *, required: tuple[str, ...] = ()) -> Document:
    """Return the schema of something whose fields are all known."""
    return {
        "name": name,
        "properties": fields,
        "additionalProperties": False,
        "required": list(required),
    }


def _page(name: str, item: Document, links: tuple[str, ...] = _PAGE_LINKS) -> Document:
    """Return the schema of a list of items."""
    ends = {relation: _TEXT for relation in ("first", "next") if relation in links}
    return {
        "name": name,
        "properties": {name: {"type": "array", "items": item}, **ends, "schema": _TEXT},
        "links": _links(*links),
    }


def _image(fields: Table) -> Document:
    return {
        "name": "image",
        "properties": fields,
        "additionalProperties": _TEXT,
        "links": _links(*_IMAGE_LINKS),
    }


def _older_image() -> Document:
    kept = {name: one for name, one in tables.IMAGE.items() if name not in tables.OLDER_LACK}
    return _image(kept | tables.OLDER_HAVE)


def _image_of_ims() -> Document:
    fields: Table = {}
    for name, one in tables.IMAGE.items():
        if name in tables.OLDER_LACK:
            continue
        field = dict(one)
        # IMS says it in words only. Without the flag, today's `glance` command fails at its start.
        if field.get("readOnly"):
            field["description"] += tables.IMS_READ_ONLY
        if name in tables.IMS_CHOICES:
            field["enum"] = tables.IMS_CHOICES[name]
        fields[name] = field
    return _image(fields | tables.IMS_ADDS)


def _images_of_ims() -> Document:
    # Documented: in the list's schema the type is misspelt.
    return _page("images", _image_of_ims() | {"additionalProperties": {"type": "String"}})


def _member() -> Document:
    return {"name": "member", "properties": tables.MEMBER}


def _task(fields: Table) -> Document:
    return {"name": "task", "properties": fields}


def _tasks() -> Document:
    listed = {
        name: one for name, one in tables.TASK.items() if name not in tables.NOT_IN_TASK_LISTS
    }
    return _page("tasks", _task(listed), _LIST_LINKS)


def _defining(document: Document, strings: Document, **more: Document) -> Document:
    """Return a document with the definitions that it refers to, before what it requires."""
    required = {name: document.pop(name) for name in ("required",) if name in document}
    definitions = {**tables.NUMBERS, "stringArray": strings, **more}
    return {**document, "definitions": definitions, **required}


def _with_properties(document: Document) -> Document:
    return _defining(document, tables.STRINGS, property=tables.PROPERTIES)


def _namespace() -> Document:
    return _item("namespace", tables.NAMESPACE, required=("namespace",))


def _resource_type() -> Document:
    return _item("resource_type_association", tables.RESOURCE_TYPE, required=("name",))


def _property(*required: str) -> Document:
    return _item("property", tables.PROPERTY, required=("type", "title", *required))


def _properties() -> Document:
    page = _page("properties", {})
    members = {"type": "object", "additionalProperties": _property()}
    return page | {"properties": page["properties"] | {"properties": members}}


def _object() -> Document:
    return _item("object", tables.OBJECT, required=("name",))


def _tag() -> Document:
    return _item("tag", tables.TAG, required=("name",))


_DOCUMENTS: Mapping[str, Callable[[], Document]] = {
    "image": lambda: _image(tables.IMAGE),
    "images": lambda: _page("images", _image(tables.IMAGE)),
    "member": _member,
    "members": lambda: _page("members", _member(), _LIST_LINKS),
    "task": lambda: _task(tables.TASK),
    "tasks": _tasks,
    "metadefs/namespace": lambda: _with_properties(_namespace()),
    "metadefs/namespaces": lambda: _with_properties(_page("namespaces", _namespace())),
    "metadefs/resource_type": _resource_type,
    "metadefs/resource_types": lambda: _page("resource_type_associations", _resource_type()),
    "metadefs/property": lambda: _defining(_property("name"), tables.AT_LEAST_ONE_STRING),
    "metadefs/properties": lambda: _defining(_properties(), tables.AT_LEAST_ONE_STRING),
    "metadefs/object": lambda: _with_properties(_object()),
    "metadefs/objects": lambda: _with_properties(_page("objects", _object())),
    "metadefs/tag": _tag,
    "metadefs/tags": lambda: _page("tags", _tag()),
}
_OF_IMAGES: Mapping[str, Mapping[str, Callable[[], Document]]] = {
    "Glance 33": {},
    "Glance 16": {"image": _older_image, "images": lambda: _page("images", _older_image())},
    "IMS": {"image": _image_of_ims, "images": _images_of_ims},
}
SCHEMAS = tuple(_DOCUMENTS)
"""The names of all documents."""
