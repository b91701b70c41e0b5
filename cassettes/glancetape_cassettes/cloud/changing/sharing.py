"""Sharing images: adding members, removing them, and a member's own answer."""

from typing import Any

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.changing.finding import (
    changes_of,
    check_owner,
    check_role,
    done,
    keep,
    visible_image,
)
from glancetape_cassettes.cloud.changing.image_body import read_json
from glancetape_cassettes.cloud.endpoints.members import find_member, member_response
from glancetape_cassettes.cloud.overlay.changed_images import Changed
from glancetape_cassettes.cloud.refusals import Refused, bad_request, forbidden
from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES
from glancetape_cassettes.interaction import Response


def add_member(asking: Asking) -> Response:
    """Share an image with a project, which has not answered yet."""
    body = _body(asking, 'Expected a member in the form: {"member": "image_id"}')
    if "member" not in body:
        raise bad_request("Member to be added not specified")
    project = str(body["member"])
    if not project:
        raise bad_request("Member can't be empty")
    changed = _shared(asking, "create")
    check_owner(asking, changed, "add_member")
    _share(changed.image)
    image_id = changed.image["id"]
    if any(one["member_id"] == project for one in changed.members):
        raise Refused(409, f"Member {project} is duplicated for image {image_id}")
    now = changes_of(asking).now()
    changed.members.append(
        {"member_id": project, "status": "pending", "created_at": now, "updated_at": now}
    )
    keep(asking, changed, touched=False)
    return _shown(asking, changed, project)


def answer_share(asking: Asking) -> Response:
    """Set the status of the caller's own membership."""
    body = _body(asking, 'Expected a status in the form: {"status": "status"}')
    if "status" not in body:
        raise bad_request("Status not specified")
    changed = _shared(asking, "update")
    find_member(asking, changed.image)
    project = asking.named["member"]
    if project != asking.project:
        raise forbidden("modify_member")
    check_role(asking, "modify_member")
    if body["status"] not in MEMBER_STATUSES:
        raise bad_request('Incorrect request: Status must be "pending", "accepted" or "rejected".')
    for one in changed.members:
        if one["member_id"] == project:
            one |= {"status": body["status"], "updated_at": changes_of(asking).now()}
    keep(asking, changed, touched=False)
    return _shown(asking, changed, project)


def remove_member(asking: Asking) -> Response:
    """Stop sharing an image with a project."""
    changed = _shared(asking, "delete")
    find_member(asking, changed.image)
    check_owner(asking, changed, "delete_member")
    project = asking.named["member"]
    changed.members = [one for one in changed.members if one["member_id"] != project]
    keep(asking, changed, touched=False)
    return done(asking, kind="")


def _body(asking: Asking, expected: str) -> dict[str, Any]:
    body = read_json(asking.body)
    if not isinstance(body, dict):
        raise bad_request(expected)
    return body


def _shared(asking: Asking, action: str) -> Changed:
    """Return an image that may have members."""
    changed = visible_image(asking, "Image {} not found.")
    image = changed.image
    # Documented for IMS: an image that is shared is no longer private.
    becomes_shared = (
        asking.rules.gateway and action == "create" and image["visibility"] == "private"
    )
    if image["visibility"] != "shared" and not becomes_shared:
        raise Refused(403, f"Not allowed to {action} members for image {image['id']}.")
    return changed


def _share(image: dict[str, Any]) -> None:
    """Make a private image of IMS a shared one."""
    if image["visibility"] == "private":
        image["visibility"] = "shared"
        if image.get("__imagetype") == "private":
            image["__imagetype"] = "shared"


def _shown(asking: Asking, changed: Changed, project: str) -> Response:
    (member,) = (one for one in changed.members if one["member_id"] == project)
    shown = {
        "member_id": project,
        "image_id": changed.image["id"],
        "status": member["status"],
        "created_at": member["created_at"],
        "updated_at": member["updated_at"],
        "schema": "/v2/schemas/member",
    }
    return member_response(asking, shown)
