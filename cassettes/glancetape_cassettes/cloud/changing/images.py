"""Creating, patching and deleting images, and switching them off and on."""

from collections.abc import Callable
from typing import Any

import orjson

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.changing.finding import (
    FIELDS,
    changes_of,
    check_owner,
    check_role,
    done,
    keep,
    visible_image,
)
from glancetape_cassettes.cloud.changing.image_body import check_schema, read_image
from glancetape_cassettes.cloud.changing.json_patch import (
    LOCATIONS,
    Step,
    is_reserved,
    read_patch,
)
from glancetape_cassettes.cloud.endpoints.discovery import STORE
from glancetape_cassettes.cloud.overlay.changed_images import Changed, shown_time
from glancetape_cassettes.cloud.refusals import (
    Refused,
    bad_request,
    conflict,
    denied,
    forbidden,
)
from glancetape_cassettes.cloud.responses import json_response
from glancetape_cassettes.interaction import Headers, Response, header

_NEVER_GIVEN = ("direct_url", "self", "file", "schema", "stores")
_READ_ONLY = "created_at updated_at status checksum size virtual_size".split()
_LONGEST = 255
_MISSING = "No image found with ID {}"


def create_image(asking: Asking) -> Response:
    """Create an image without data."""
    given = read_image(asking.body)
    for name in _NEVER_GIVEN:
        if name in given:
            raise Refused(403, f"Attribute '{name}' is read-only.")
    check_schema(given)
    for name in given.keys() - set(FIELDS):
        if len(name) > _LONGEST:
            raise bad_request("Custom property should not be greater than 255 characters.")
        if is_reserved(name):
            raise denied(f"Attribute '{name}' is reserved.")
    check_role(asking, "add_image")
    _check_values(given)
    for name in _READ_ONLY:
        if name in given:
            raise Refused(403, f"Attribute '{name}' is read-only.")
    if LOCATIONS in given:
        raise Refused(403, "Attribute 'locations' is reserved.")
    owner = given.get("owner", asking.project)
    if owner != asking.project:
        raise denied(f"You are not permitted to create images owned by '{owner}'")
    if given.get("visibility") == "public":
        raise forbidden("publicize_image")
    moment = changes_of(asking).moment()
    image = _new_image(asking, given, shown_time(moment))
    times = {"created_at": moment, "updated_at": moment}
    keep(asking, Changed(image=image, moments=times), touched=False)
    stores: Headers = (("OpenStack-image-store-ids", STORE),) if asking.rules.newer_columns else ()
    location = ("Location", f"{asking.base}/v2/images/{image['id']}")
    return _shown(asking, image["id"], status=201, more=(location, *stores))


def _new_image(asking: Asking, given: dict[str, Any], now: str) -> dict[str, Any]:
    changes = changes_of(asking)
    image_id = given.get("id") or changes.new_id()
    if _exists(asking, image_id):
        raise Refused(409, f"Image ID {image_id} already exists!")
    newer = {"os_hidden": False, "os_hash_algo": None, "os_hash_value": None}
    # Observed on IMS: only registered images are listed, and its own have these properties.
    own = {"__isregistered": "true", "__imagetype": "private"} if asking.rules.gateway else {}
    properties = {name: value for name, value in given.items() if name not in FIELDS}
    path = f"/v2/images/{image_id}"
    return {
        **own,
        **properties,
        "name": given.get("name"),
        "disk_format": given.get("disk_format"),
        "container_format": given.get("container_format"),
        "visibility": given.get("visibility", asking.rules.new_visibility),
        "size": None,
        "virtual_size": None,
        "status": "queued",
        "checksum": None,
        "protected": given.get("protected", False),
        "min_ram": given.get("min_ram", 0),
        "min_disk": given.get("min_disk", 0),
        "owner": asking.project,
        **(newer | _hidden(given) if asking.rules.newer_columns else {}),
        "id": image_id,
        "created_at": now,
        "updated_at": now,
        "tags": list(dict.fromkeys(given.get("tags", ()))),
        "self": path,
        "file": f"{path}/file",
        "schema": "/v2/schemas/image",
    }


def _hidden(given: dict[str, Any]) -> dict[str, Any]:
    return {"os_hidden": given["os_hidden"]} if "os_hidden" in given else {}


def _exists(asking: Asking, image_id: str) -> bool:
    """Whether an id is taken; that of a deleted image stays so."""
    changes = changes_of(asking)
    return (
        changes.find(image_id) is not None
        or changes.is_gone(image_id)
        or asking.lister.images.position_of(image_id) is not None
    )


def _check_values(fields: dict[str, Any]) -> None:
    for name in ("min_disk", "min_ram"):
        if fields.get(name, 0) < 0:
            value = fields[name]
            what = f"Invalid value '{value}' for parameter '{name}': Cannot be a negative value"
            raise bad_request(what)


def _shown(asking: Asking, image_id: str, *, status: int = 200, more: Headers = ()) -> Response:
    body = asking.lister.image_body(image_id, asking.project, asking.rules)
    return json_response(body, asking.rules, asking.request_id, status=status, more=more)


def patch_image(asking: Asking) -> Response:
    """Change fields and properties of an image: all operations, or none."""
    steps = read_patch(asking.body, header(asking.headers, "content-type"))
    changed = visible_image(asking, _MISSING)
    if steps:
        check_owner(asking, changed, "modify_image")
        for step in steps:
            _apply(step, changed.image)
        keep(asking, changed)
    return json_response(orjson.dumps(changed.image), asking.rules, asking.request_id)


def _apply(step: Step, image: dict[str, Any]) -> None:
    """Carry out an operation. Raises Refused."""
    name, value = step.name, step.value
    if name == LOCATIONS:
        raise _no_location(step)
    # Observed: where data is stored is shown, but neither a field nor a property.
    is_field, exists = name in FIELDS and name != "stores", name in image and name != "stores"
    if step.operation == "remove":
        if is_field:
            raise denied(f"Property {name} may not be removed.")
        if not exists:
            raise conflict(f"Property {name} does not exist.")
        del image[name]
        return
    if step.operation == "replace" and not is_field and not exists:
        raise conflict(f"Property {name} does not exist.")
    if name == "owner" and value != image["owner"]:
        raise denied("Owner can't be updated by non admin.")
    if name == "visibility" and value == "public" != image["visibility"]:
        raise forbidden("publicize_image")
    if name in ("disk_format", "container_format") and image["status"] != "queued":
        raise Refused(403, f"Attribute {name} can be only replaced for a queued image.")
    _check_values({name: value} if name in ("min_disk", "min_ram") else {})
    image[name] = list(dict.fromkeys(value)) if name == "tags" else value


def _no_location(step: Step) -> Refused:
    """Return the refusal of a change of where the data is. Observed on Glance 33."""
    if step.operation == "remove":
        return forbidden("delete_image_location")
    if not step.value:
        return denied("Cannot set locations to empty list.")
    verb = "add" if step.operation == "add" else "update"
    return Refused(403, f"It's not allowed to {verb} locations if locations are invisible.")


def delete_image(asking: Asking) -> Response:
    """Delete an image that is not protected."""
    changed = visible_image(asking, "Failed to find image {} to delete")
    image = changed.image
    check_owner(asking, changed, "delete_image")
    if image["protected"]:
        raise Refused(403, f"Image {image['id']} is protected and cannot be deleted.")
    position = asking.lister.images.position_of(image["id"])
    changes_of(asking).remove(image["id"], position)
    return done(asking)


def switch(action: str, before: str, after: str) -> Callable[[Asking], Response]:
    """Return the operation that changes the status of an image from one to another."""

    def respond(asking: Asking) -> Response:
        changed = visible_image(asking, _MISSING)
        check_owner(asking, changed, action)
        status = changed.image["status"]
        if status not in (before, after):
            raise Refused(403, f"Not allowed to {action} image in status '{status}'")
        changed.image["status"] = after
        if after == "active" and changed.data is not None:
            changed.image["stores"] = STORE
        if after == "deactivated":
            changed.image.pop("stores", None)
        keep(asking, changed)
        return done(asking)

    return respond


deactivate = switch("deactivate", "active", "deactivated")
reactivate = switch("reactivate", "deactivated", "active")
