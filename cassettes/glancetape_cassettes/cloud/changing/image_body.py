"""Checking an image against its schema, in the words of jsonschema, which Glance passes on."""

import re
import textwrap
from collections.abc import Mapping
from pprint import pformat
from typing import Any

import orjson

from glancetape_cassettes.cloud.endpoints.schema_tables import IMAGE
from glancetape_cassettes.cloud.refusals import Refused, bad_request, server_error

_OTHER: dict[str, Any] = {"type": "string"}
_TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def read_json(body: bytes) -> Any:
    """Return the JSON of a request's body. Raises Refused."""
    if not body:
        raise bad_request("Body expected in request.")
    try:
        return orjson.loads(body)
    except ValueError:
        raise bad_request("Malformed JSON in request body.") from None


def read_image(body: bytes) -> dict[str, Any]:
    """Return the fields of an image that a client posts. Raises Refused."""
    image = read_json(body)
    if not isinstance(image, dict):
        raise server_error()  # observed
    return image


def check_schema(fields: Mapping[str, Any]) -> None:
    """Refuse fields that do not match the schema of an image."""
    for name, value in fields.items():
        where = ["properties", name] if name in IMAGE else ["additionalProperties"]
        _check(value, IMAGE.get(name, _OTHER), where, [name])


def _check(value: Any, schema: Mapping[str, Any], where: list[str], path: list[Any]) -> None:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is_a(value, kind) for kind in kinds):
        listed = ", ".join(repr(kind) for kind in kinds)
        raise _mismatch(f"{value!r} is not of type {listed}", "type", schema, where, path, value)
    if "enum" in schema and value not in schema["enum"]:
        what = f"{value!r} is not one of {schema['enum']!r}"
        raise _mismatch(what, "enum", schema, where, path, value)
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        what = f"{value!r} does not match {schema['pattern']!r}"
        raise _mismatch(what, "pattern", schema, where, path, value)
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        raise _mismatch(f"{value!r} is too long", "maxLength", schema, where, path, value)
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            _check(one, schema["items"], [*where, "items"], [*path, number])


def _is_a(value: object, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])


def _mismatch(
    what: str, rule: str, schema: Mapping[str, Any], where: list[str], path: list[Any], value: Any
) -> Refused:
    in_schema = "".join(f"[{part!r}]" for part in where)
    in_value = "".join(f"[{part!r}]" for part in path)
    return bad_request(
        f"Provided object does not match schema 'image': {what}\n\n"
        f"Failed validating {rule!r} in schema{in_schema}:\n{_indented(schema)}\n\n"
        f"On instance{in_value}:\n{_indented(value)}"
    )


def _indented(value: Any) -> str:
    return textwrap.indent(pformat(value, width=72, sort_dicts=False), "    ")
