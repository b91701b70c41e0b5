"""Rules on members: the projects that an image is shared with."""

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
from glancetape_generators.validation.rules.rule import (
    ANY,
    DIFFERS,
    UNSEEN,
    Image,
    Rule,
    RuleTable,
    shown,
)
from glancetape_generators.validation.rules.shape import is_project

rule = RuleTable[Any]()

Members = Sequence[Mapping[str, Any]]

MEMBER_SHAPE = Rule("member-shape", "A member has a member_id and a status; both are text.", GLANCE)


def well_typed_members(members: object) -> tuple[Members, str | None]:
    """Return the members of the right shape, and what is wrong with the first of the others."""
    if not isinstance(members, (list, tuple)):
        return (), f"members is {shown(members)}, not a list"
    found = [member for member in members if _is_member(member)]
    if len(found) == len(members):
        return found, None
    return found, f"member {shown(next(one for one in members if not _is_member(one)))}"


def _is_member(member: object) -> bool:
    return (
        isinstance(member, Mapping)
        and isinstance(member.get("member_id"), str)
        and isinstance(member.get("status"), str)
    )


@rule(GLANCE, cloud=ANY)
def members_of_shared(image: Image, members: Members) -> str | None:
    """Only an image with visibility shared has members."""
    found = image.get("visibility", "shared")
    if not members or found == "shared":
        return None
    return f"visibility is {shown(found)}, members {len(members)}"


@rule(MEANING, UNSEEN)
def shared_with_some(image: Image, members: Members) -> str | None:
    """A shared image has at least one member."""
    return "no members" if not members and image.get("visibility") == "shared" else None


@rule(SHARING, DIFFERS)
def members_at_most(image: Image, members: Members) -> str | None:
    """An image has up to 256 members; an image made from a server's backup up to 10."""
    most = MOST_MEMBERS_OF_WHOLE if "__whole_image" in image else MOST_MEMBERS
    return None if len(members) <= most else f"{len(members)} members"


@rule(MEANING, DIFFERS)
def member_form(image: Image, members: Members) -> str | None:
    """A member is a project: 32 hexadecimal digits in lower case."""
    for member in members:
        if not is_project(member["member_id"]):
            return f"member_id is {shown(member['member_id'])}"
    return None


@rule(GLANCE, cloud=ANY)
def member_not_owner(image: Image, members: Members) -> str | None:
    """The owner is not a member."""
    owner = image.get("owner")
    if any(member["member_id"] == owner for member in members):
        return f"the owner {shown(owner)} is a member"
    return None


@rule(DOCUMENT, cloud=ANY)
def member_status(image: Image, members: Members) -> str | None:
    """A member's status is pending, accepted or rejected."""
    for member in members:
        if member["status"] not in ("pending", "accepted", "rejected"):
            return f"status of member {shown(member['member_id'])} is {shown(member['status'])}"
    return None


@rule(GLANCE, cloud=ANY)
def member_once(image: Image, members: Members) -> str | None:
    """No project is a member twice."""
    seen: set[str] = set()
    for member in members:
        if member["member_id"] in seen:
            return f"member {shown(member['member_id'])} occurs twice"
        seen.add(member["member_id"])
    return None
