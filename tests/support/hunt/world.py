"""The cloud of a history: images that changes alter, and the answer to any request.

Lists are answered by the in-memory cloud of clouds.py, which shares no code with the product.
Here is what it has besides: limits that an operator sets, single images, members, refusals, and
changes as values, so that any selection of them can be made again from the beginning.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import orjson

from glancetape_cassettes.interaction import Response
from support.clouds.clouds import Cloud, refusal, rules_of
from support.hunt.databases import (
    MYSQL,
    POSTGRESQL,
    SQLITE,
    is_behind,
    mysql_image,
    mysql_pairs,
    mysql_text,
    postgresql_fails,
    postgresql_sorted,
)
from support.hunt.people import ANSWERED, OPERATOR, REFUSED, UNKNOWN, Person
from support.oracle import naive_query as read
from support.oracle.naive import LARGEST_LIMIT, NaiveAnswer, find_marker, make_links
from support.oracle.naive_filters import NUMBERS, Image, Rules, column

Images = list[dict[str, Any]]
JSON = (("Content-Type", "application/json"),)
REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    302: "Found",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
MOST_JOINS = 63
"""SQLite joins at most 64 tables, and Glance joins one for each tag and each property."""
NOT_PROPERTIES = frozenset(
    "limit marker sort sort_key sort_dir visibility member_status tag os_hidden name id status "
    "container_format disk_format owner checksum os_hash_value min_disk min_ram size "
    "virtual_size protected created_at updated_at".split()
)


@dataclass(frozen=True)
class Change:
    """What a request does to the cloud; `kind` says which of the other fields count."""

    kind: str
    """`create`, `update`, `delete`, `member` or `tag`."""
    image_id: str
    fields: Mapping[str, Any] | None = None
    """The new image, or the fields that are new in it."""
    name: str = ""
    """The member's project, or the tag."""
    status: str | None = None
    """The member's status; None removes the member."""
    present: bool = True
    service: int = 0
    """Which of the image services has the image."""


@dataclass
class HuntCloud(Cloud):
    """A cloud whose operator has set the default limit and the largest one."""

    default_limit: int = 25
    largest_limit: int = LARGEST_LIMIT
    database: str = SQLITE
    link_base: str = ""
    """What links begin with: nothing, or the address that the operator has set."""

    def answer(
        self,
        query: str,
        project: str,
        api_version: str | None = None,
        *,
        is_operator: bool = False,
    ) -> Response:
        """Answer GET /v2/images?query, or fail as the database does."""
        found = super().answer(query, project, api_version, is_operator=is_operator)
        if self.database != POSTGRESQL or found.status != 200:
            return found
        pairs = read.read_pairs(query)
        marker = dict(reversed(pairs)).get("marker")
        by_number = [key for key, _ in read.take_order(list(pairs)) if key in NUMBERS]
        start = [one for one in self.images if one["id"] == marker]
        no_number = any(column(one, key) is None for one in start for key in by_number)
        if no_number or postgresql_fails(pairs):
            return error(500, "The server has either erred or is incapable of performing it.")
        return found

    def _page(self, query: str, rules: Rules) -> tuple[list[Image], str, str | None]:
        pairs = read.read_pairs(query)
        asked = read.take_first(list(pairs), "limit")
        limit = self.default_limit if asked is None else read.read_limit(asked)
        limit = min(limit, self.largest_limit)
        images = self._matching(pairs, rules)
        page = images[:limit]
        goes_on = len(images) > limit if rules.ims else len(images) >= limit
        last = page[-1]["id"] if page and goes_on else None
        first, following = make_links(pairs, last, rules)
        return page, f"{self.link_base}{first}", following and f"{self.link_base}{following}"

    def _matching(self, pairs: read.Pairs, rules: Rules) -> list[Image]:
        """Return all images of a list, from its marker on, as the database gives them."""
        if self.database == MYSQL:
            by_id = {image["id"]: image for image in self.images}
            compared = replace(self, database=SQLITE)
            compared.images = [mysql_image(image) for image in self.images]
            project = replace(rules, project=mysql_text(rules.project))
            return [by_id[one["id"]] for one in compared._matching(mysql_pairs(pairs), project)]
        if self.database == POSTGRESQL:
            marker = dict(reversed(pairs)).get("marker")
            if [name for name, _ in pairs].count("marker") > 1:
                return []  # the second is the name of a property, which no image has
            unmarked = [pair for pair in pairs if pair != ("marker", marker)]
            order = read.take_order(list(pairs))
            found, _, _ = super()._page(read_all(unmarked), rules)
            start = next((one for one in self.images if one["id"] == marker), None)
            listed = postgresql_sorted(found, order)
            return [one for one in listed if start is None or is_behind(order, one, start)]
        return super()._page(read_all(pairs), rules)[0]


def read_all(pairs: read.Pairs) -> str:
    """Return the query with its first limit replaced by one that no list here reaches."""
    place = next((at for at, pair in enumerate(pairs) if pair[0] == "limit"), len(pairs))
    return urlencode([*pairs[:place], ("limit", str(LARGEST_LIMIT)), *pairs[place + 1 :]])


def apply(images: Images, change: Change) -> None:
    """Make a change; one of an image that is not there does nothing."""
    if change.kind == "create":
        images.append(deepcopy(dict(change.fields or {})))
        return
    image = find_image(images, change.image_id)
    if image is None:
        return
    if change.kind == "delete":
        image["status"] = "deleted"  # an operator's list may still begin after it (observed)
    elif change.kind == "update":
        image.update(change.fields or {})
    elif change.kind == "tag":
        tags = [tag for tag in image.get("tags", ()) if tag != change.name]
        image["tags"] = [*tags, change.name] if change.present else tags
        image.update(change.fields or {})
    elif change.kind == "member":
        kept = [one for one in image.get("members", ()) if one["member_id"] != change.name]
        if change.status is not None:
            kept.append({"member_id": change.name, "status": change.status})
        image["members"] = kept


def find_image(images: Images, image_id: str) -> dict[str, Any] | None:
    """Return the image with an id; None if it is not there, or deleted."""
    there = (one for one in images if one["status"] != "deleted")
    return next((one for one in there if one["id"] == image_id), None)


def after(images: Images, changes: Iterable[Change]) -> Images:
    """Return copies of the images, changed."""
    copies = deepcopy(images)
    for change in changes:
        apply(copies, change)
    return copies


def answer_list(cloud: HuntCloud, person: Person, query: str) -> Response:
    """Return the page, or the refusal, that a list query gets."""
    if (refused := refuse_caller(person, "get_images")) is not None:
        return refused
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    names = [name for name, _ in pairs]
    if "_method" in names:
        return error(405, "The method specified is not allowed for this resource.")
    joined = [name for name in names if name == "tag" or name not in NOT_PROPERTIES]
    if len(joined) > MOST_JOINS:
        return error(500, "The server has either erred or is incapable of performing it.")
    is_operator = person.role == OPERATOR
    found = cloud.answer(query, person.project, person.api_version, is_operator=is_operator)
    return without(found, frozenset(person.hidden))


def without(response: Response, hidden: Set[str]) -> Response:
    """Return a response that shows nobody these properties; filters find them all the same."""
    if response.status >= 300 or not hidden:
        return response
    value = orjson.loads(response.body)
    for image in value.get("images", [value]):
        for name in hidden & image.keys():
            del image[name]
    return replace(response, body=orjson.dumps(value))


def answer_head(cloud: HuntCloud, person: Person, shown: Response) -> Response:
    """Return what HEAD gets where GET would get `shown`: Glance has no HEAD (observed).

    What IMS makes of it is not documented; here it is what HTTP says.
    """
    if cloud.dialect == "glance" and person.role != UNKNOWN:
        shown = error(405, "")
    return replace(shown, body=b"")


def answer_image(cloud: HuntCloud, person: Person, image_id: str) -> Response:
    """Return what GET /v2/images/ID gets."""
    if (refused := refuse_caller(person, "get_image")) is not None:
        return refused
    image = visible(cloud, person, image_id)
    # Observed: Glance's server takes the bytes of a path for latin-1.
    name = unquote(image_id, encoding="latin-1")
    return (
        not_found(name)
        if image is None
        else without(ok(cloud.show(image)), frozenset(person.hidden))
    )


def answer_data(cloud: HuntCloud, person: Person, image_id: str) -> Response:
    """Return what GET /v2/images/ID/file gets: bytes that depend on the size, so on uploads."""
    if (refused := refuse_caller(person, "download_image")) is not None:
        return refused
    image = visible(cloud, person, image_id)
    if image is None:
        return not_found(image_id)
    if image["status"] == "deactivated" and person.role != OPERATOR:
        return error(403, "The image is deactivated.")
    if image["status"] != "active" or not image.get("size"):
        return empty(204)
    octets = (("Content-Type", "application/octet-stream"),)
    return Response(200, "OK", octets, b"the data: %d bytes" % image["size"])


def answer_members(cloud: HuntCloud, person: Person, image_id: str) -> Response:
    """Return what GET /v2/images/ID/members gets: the owner sees all, a member its own row."""
    if (refused := refuse_caller(person, "get_members")) is not None:
        return refused
    image = found(cloud, person, image_id)
    if image is None:
        return not_found(image_id)
    if image["visibility"] != "shared":
        return error(403, f"Not allowed to list members for image {image_id}.")
    members = image.get("members", ())
    if image.get("owner") != person.project and person.role != OPERATOR:
        members = [one for one in members if one["member_id"] == person.project]
    shown = [member_shown(image_id, one) for one in members]
    return ok({"members": shown, "schema": "/v2/schemas/members"})


def member_shown(image_id: str, member: Mapping[str, str]) -> dict[str, str]:
    """Return a membership as the API shows it."""
    time = "2021-01-01T00:00:00Z"
    return {**member, "image_id": image_id, "created_at": time, "updated_at": time} | {
        "schema": "/v2/schemas/member"
    }


def visible(cloud: HuntCloud, person: Person, image_id: str) -> Image | None:
    """Return the image if the caller can see it by its id.

    Observed: a private image without an owner is found for everybody, and shown to nobody.
    """
    image = found(cloud, person, image_id)
    if image is None or person.role == OPERATOR:
        return image
    is_nobodys = image.get("owner") is None and image["visibility"] == "private"
    return None if is_nobodys else image


def found(cloud: HuntCloud, person: Person, image_id: str) -> Image | None:
    """Return the image if Glance finds it for the caller by its id."""
    if person.role not in ANSWERED:
        return None
    if cloud.database == MYSQL:
        image_id = mysql_text(unquote(image_id))
    if person.role == OPERATOR:
        return find_image(cloud.images, unquote(image_id))
    rules = rules_of(cloud.dialect, person.project, person.api_version)
    try:
        return find_marker(cloud.images, unquote(image_id), rules)
    except read.Refused:
        return None


def refuse_caller(person: Person, action: str) -> Response | None:
    """Return the refusal of a caller that may do nothing; None for all others."""
    if person.role == UNKNOWN:
        return error(401, "This server could not verify that you are authorized.")
    if person.role == REFUSED:
        return error(403, f"You are not authorized to complete {action} action.")
    return None


def error(status: int, message: str) -> Response:
    """Return a refusal in Glance's form."""
    if status in (400, 403, 500):
        return refusal(NaiveAnswer(status, None, None, None, message))
    body = {
        "message": f"{message}<br /><br />\n\n\n",
        "code": f"{status} {REASONS[status]}",
        "title": REASONS[status],
    }
    return Response(status, REASONS[status], JSON, orjson.dumps(body))


def not_found(image_id: str) -> Response:
    """Return the refusal of a request for an image that is not there."""
    return error(404, f"No image found with ID {image_id}")


def ok(value: Any, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(status, REASONS[status], JSON, orjson.dumps(value))


def empty(status: int) -> Response:
    """Return a response without a body."""
    return Response(status, REASONS[status], ())


def ids(images: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of images."""
    return [one["id"] for one in images]
