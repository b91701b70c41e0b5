"""The operations of `PATCH /v2/images/ID`, in both of Glance's media types.

[{"op": "replace", "path": "/name", "value": "web-2"}]     ...images-v2.1-json-patch
[{"replace": "/name", "value": "web-2"}]                   ...images-v2.0-json-patch
"""

from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.cloud.changing.image_body import check_schema, read_json
from glancetape_cassettes.cloud.refusals import Refused, bad_request

_TYPES = tuple(f"application/openstack-images-v2.{minor}-json-patch" for minor in (0, 1))
_OPERATIONS = ("add", "remove", "replace")
_LISTED = f"It must be one of the following: {', '.join(_OPERATIONS)}."
READ_ONLY = (
    "created_at updated_at status checksum size virtual_size direct_url self file schema id "
    "os_hash_algo os_hash_value"
).split()
LOCATIONS = "locations"
"""Its elements are added and removed one by one: `/locations/-`."""
RESERVED = ("location", "deleted", "deleted_at")
RESERVED_START = "os_glance"


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on one field or property."""

    operation: str
    """`add`, `remove` or `replace`."""
    name: str
    value: Any = None


def read_patch(body: bytes, content_type: str | None) -> list[Step]:
    """Return the operations of a patch. Raises Refused."""
    kind = (content_type or "").partition(";")[0].strip()
    if kind not in _TYPES:
        raise unsupported(
            content_type, f"Image PATCH expects Content-Type one of: {', '.join(_TYPES)}"
        )
    written = read_json(body)
    if not isinstance(written, list):
        raise bad_request("Request body must be a JSON array of operation objects.")
    read = _read_newer if kind == _TYPES[1] else _read_older
    return [_checked(read(one)) for one in written if _is_operation(one)]


def unsupported(content_type: str | None, why: str) -> Refused:
    """Return the refusal of a content type."""
    shown = content_type or "${CONTENT_TYPE}"  # observed: the text is not filled in
    message = f"The request media type {shown} is not supported by this server.\n"
    return Refused(415, message, detail=why, ending="")


def _is_operation(one: object) -> bool:
    if not isinstance(one, dict):
        raise bad_request("Operations must be JSON objects.")
    return True


def _read_newer(one: dict[str, Any]) -> Step:
    if "op" not in one:
        raise bad_request(f"Unable to find `op` in JSON Schema change. {_LISTED}")
    operation = one["op"]
    if operation not in _OPERATIONS:
        raise bad_request(f"Invalid operation: `{operation}`. {_LISTED}")
    if "path" not in one:
        raise bad_request("Unable to find 'path' in JSON Schema change")
    return _step(operation, one["path"], one)


def _read_older(one: dict[str, Any]) -> Step:
    found = [name for name in _OPERATIONS if name in one]
    if len(found) != 1:
        raise bad_request(
            'Operation objects must contain exactly one member named "add", "remove", or "replace".'
        )
    return _step(found[0], one[found[0]], one)


def _step(operation: str, path: object, one: dict[str, Any]) -> Step:
    name = _name_in(path, operation)
    if operation != "remove" and "value" not in one:
        raise bad_request(f'Operation "{operation}" requires a member named "value".')
    value = one.get("value")
    is_one = name == LOCATIONS and operation == "add"
    return Step(operation, name, [value] if is_one else value)


def _name_in(path: object, operation: str) -> str:
    """Return what a JSON pointer names; it has one part, and two for a location."""
    text = path if isinstance(path, str) else str(path)
    if not text.startswith("/"):
        raise bad_request(f'Pointer `{text}` does not start with "/".')
    parts = text[1:].split("/")
    wanted = 2 if parts[0] == LOCATIONS and operation != "replace" else 1
    if len(parts) != wanted:
        raise bad_request(f"Invalid JSON pointer for this resource: '{text}'")
    return parts[0].replace("~1", "/").replace("~0", "~")


def _checked(step: Step) -> Step:
    """Return an operation that may be carried out, whatever the image is. Raises Refused."""
    if step.name in READ_ONLY:
        raise Refused(403, f"Attribute '{step.name}' is read-only.")
    if is_reserved(step.name):
        raise Refused(403, f"Attribute '{step.name}' is reserved.")
    if step.operation != "remove":
        check_schema({step.name: step.value})
    return step


def is_reserved(name: str) -> bool:
    """Whether Glance keeps a name for itself."""
    return name in RESERVED or name.startswith(RESERVED_START)
