"""The members of an image: the projects that it is shared with."""

from typing import Any

import orjson

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.cloud.responses import json_response
from glancetape_cassettes.interaction import Response

Member = dict[str, Any]
_SCHEMA, _LIST_SCHEMA = "/v2/schemas/member", "/v2/schemas/members"
ONLY_SHARED = "Only shared images have members."


def list_members(asking: Asking) -> Response:
    """Return the members of an image: all of them to its owner, and only itself to a member."""
    image = shared_image(asking)
    if image["visibility"] != "shared":
        what = f"Not allowed to list members for image {image['id']}: {ONLY_SHARED}"
        raise Refused(403, what)
    body = {"members": members_shown(asking, image), "schema": _LIST_SCHEMA}
    return json_response(orjson.dumps(body), asking.rules, asking.request_id)


def show_member(asking: Asking) -> Response:
    """Return one member of an image."""
    image = shared_image(asking)
    if image["visibility"] != "shared":
        raise Refused(404, ONLY_SHARED)
    return member_response(asking, find_member(asking, image))


def member_response(asking: Asking, member: Member) -> Response:
    """Return the response that shows one member."""
    return json_response(orjson.dumps(member), asking.rules, asking.request_id)


def shared_image(asking: Asking) -> dict[str, Any]:
    """Return the image that the path names. Raises Refused when the caller may not see it."""
    image = asking.lister.find_visible(asking.named["image"], asking.project, asking.rules)
    if image is None:
        raise Refused(404, f"Image {asking.named['image']} not found.")
    return image


def find_member(asking: Asking, image: dict[str, Any]) -> Member:
    """Return the member that the path names. Raises Refused when the caller sees no such one."""
    wanted = asking.named["member"]
    for member in members_shown(asking, image):
        if member["member_id"] == wanted:
            return member
    raise Refused(404, f"{wanted} not found in the member list of the image {image['id']}.")


def members_shown(asking: Asking, image: dict[str, Any]) -> list[Member]:
    """Return those members of an image that the caller may see."""
    members = asking.lister.members_of(image)
    if image["owner"] != asking.project:
        members = [one for one in members if one["member_id"] == asking.project]
    return [
        {
            "member_id": one["member_id"],
            "image_id": image["id"],
            "status": one["status"],
            "created_at": one["created_at"],
            "updated_at": one["updated_at"],
            "schema": _SCHEMA,
        }
        for one in members
    ]
