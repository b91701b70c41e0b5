"""Rules of the members: the projects that an image is shared with."""

from collections.abc import Mapping, Sequence
from typing import Any

from glancetape_generators.validation.rules.facts import (
    DOCUMENT,
    GLANCE,
    MEANING,
    MOST_MEMBERS,
    MOST_MEMBERS_OF_WHOLE,
    SHARING,
)
from glancetape_generators.validation.rules.rule import Image, Rule, Rules, told
from glancetape_generators.validation.rules.shape import is_project

rule = Rules[Any]()

Members = Sequence[Mapping[str, Any]]

MEMBER_SHAPE = Rule("member-shape", "A member has a member_id and a status, both text.", GLANCE)


def sound_members(members: object) -> tuple[Members, str | None]:
    """Give the members that look like some, and what is wrong with the first other one."""
    if not isinstance(members, (list, tuple)):
        return (), f"members is {told(members)}, not a list"
    sound = [member for member in members if _is_member(member)]
    if len(sound) == len(members):
        return sound, None
    return sound, f"member {told(next(one for one in members if not _is_member(one)))}"


def _is_member(member: object) -> bool:
    return (
        isinstance(member, Mapping)
        and isinstance(member.get("member_id"), str)
        and isinstance(member.get("status"), str)
    )


@rule(GLANCE)
def members_of_shared(image: Image, members: Members) -> str | None:
    """Only an image of visibility shared has members."""
    found = image.get("visibility", "shared")
    if not members or found == "shared":
        return None
    return f"visibility is {told(found)}, members {len(members)}"


@rule(MEANING)
def shared_with_some(image: Image, members: Members) -> str | None:
    """A shared image has a member."""
    return "no members" if not members and image.get("visibility") == "shared" else None


@rule(SHARING)
def members_at_most(image: Image, members: Members) -> str | None:
    """An image has up to 256 members, one of a server's backup up to 10."""
    most = MOST_MEMBERS_OF_WHOLE if "__whole_image" in image else MOST_MEMBERS
    return None if len(members) <= most else f"{len(members)} members"


@rule(MEANING)
def member_form(image: Image, members: Members) -> str | None:
    """A member is a project: 32 hexadecimal digits in lower case."""
    for member in members:
        if not is_project(member["member_id"]):
            return f"member_id is {told(member['member_id'])}"
    return None


@rule(GLANCE)
def member_not_owner(image: Image, members: Members) -> str | None:
    """The owner is no member."""
    owner = image.get("owner")
    if any(member["member_id"] == owner for member in members):
        return f"member_id is that of the owner, {told(owner)}"
    return None


@rule(DOCUMENT)
def member_status(image: Image, members: Members) -> str | None:
    """A member's status is pending, accepted or rejected."""
    for member in members:
        if member["status"] not in ("pending", "accepted", "rejected"):
            return f"status of member {told(member['member_id'])} is {told(member['status'])}"
    return None


@rule(GLANCE)
def member_once(image: Image, members: Members) -> str | None:
    """A project is a member once."""
    seen: set[str] = set()
    for member in members:
        if member["member_id"] in seen:
            return f"member {told(member['member_id'])} is there twice"
        seen.add(member["member_id"])
    return None
