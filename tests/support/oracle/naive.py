"""The answer to a list query as the rules say it, by plain loops over the images.

What is fast is tested against it, and it is tested against a real Glance (tests/interop). It
differs from Glance where Glance's pages do not make up its list: nulls are lowest across pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from urllib.parse import urlencode

from support.oracle import naive_query as read
from support.oracle.naive_filters import (
    DELETED_STATUSES,
    ONLY_GLANCE,
    Image,
    Rules,
    column,
    is_shared_with,
    make_conditions,
)
from support.oracle.naive_query import Pairs, Refused

PATH = "/v2/images"
DEFAULT_LIMIT, LARGEST_LIMIT = 25, 1000


@dataclass(frozen=True)
class NaiveAnswer:
    """What is to be answered: the page and its links, or an error's text."""

    status: int
    ids: list[str] | None
    first: str | None
    next: str | None
    message: str | None


def naive_answer(
    images: Sequence[Image],
    query: str,
    project: str,
    dialect: str = "glance",
    api_version: str | None = None,
    *,
    is_operator: bool = False,
) -> NaiveAnswer:
    """Answer a raw query string for a project, as the clouds of a dialect do."""
    version = "older" if dialect == "glance-pre-17" else "glance"
    if dialect == "ims":
        letter = (api_version or "").strip()[:1]
        version = "queens" if letter and letter in "NOPQRSTUVWXYZnopqrstuvwxyz" else "mitaka"
    if version == "older":  # its images have no such fields
        images = [without(image, ONLY_GLANCE) for image in images]
    try:
        return answer(images, query, Rules(version, project, is_operator))
    except Refused as refused:
        return NaiveAnswer(refused.status, None, None, None, str(refused))


def without(image: Image, names: Sequence[str]) -> Image:
    return {name: value for name, value in image.items() if name not in names}


def answer(images: Sequence[Image], query: str, rules: Rules) -> NaiveAnswer:
    pairs = read.read_pairs(query)
    rest = list(pairs)

    limit_text = read.take_first(rest, "limit")
    marker = read.take_first(rest, "marker")
    member_status = read.take_first(rest, "member_status")
    tags = [tag.strip() for tag in read.take_all(rest, "tag")]
    read.check_visibility(rest, rules.visibilities)
    read.check_no_changes_since(rest)
    if member_status is None:
        member_status = "accepted"
    read.check_member_status(member_status)
    limit = DEFAULT_LIMIT if limit_text is None else read.read_limit(limit_text)
    limit = min(limit, LARGEST_LIMIT)
    order = read.take_order(rest)

    conditions, too_large = make_conditions(rest, tags, member_status, rules)
    marker_image = None if marker is None else find_marker(images, marker, rules)
    if too_large:
        raise read.erred()

    def compare(one: Image, other: Image) -> int:
        return compare_by(order, one, other)

    matches = [image for image in images if all(holds(image) for holds in conditions)]
    matches.sort(key=cmp_to_key(compare))
    if marker_image is not None:
        matches = [image for image in matches if compare(image, marker_image) > 0]
    ids = [image["id"] for image in matches[:limit]]
    goes_on = len(matches) > limit if rules.ims else len(matches) >= limit
    first, following = make_links(pairs, ids[-1] if ids and goes_on else None, rules)
    return NaiveAnswer(200, ids, first, following, None)


def find_marker(images: Sequence[Image], marker: str, rules: Rules) -> Image:
    """Return the marker's image, which need not be in the list but must be visible."""
    if len(marker) > read.ID_LENGTH:
        raise Refused("Image with the given id %(image_id)s was not found")
    for image in images:
        is_there = rules.is_operator or image["status"] not in DELETED_STATUSES
        if image["id"] == marker and is_there:
            break
    else:
        raise Refused(f"No image found with ID {marker}")
    everyones = ("public",) if rules.version == "mitaka" else ("public", "community")
    if not (
        rules.is_operator
        or image.get("owner") in (None, rules.project)
        or column(image, "visibility") in everyones
        or is_shared_with(image, rules.project, "all")
    ):
        raise Refused(f"Forbidding request, image {marker} not visible", 403)
    return image


def compare_by(order: list[tuple[str, str]], one: Image, other: Image) -> int:
    """Return -1, 0 or 1: which of the images comes first. Null is below everything."""
    for key, direction in order:
        left, right = column(one, key), column(other, key)
        if left == right:
            continue
        below = left is None or (right is not None and left < right)
        return -1 if below == (direction == "asc") else 1
    return 0


def make_links(pairs: Pairs, last_id: str | None, rules: Rules) -> tuple[str, str | None]:
    """Return the links to the first and, after the image of the given id, to the next page.

    The order of parameters is not that of an older Glance: `links_in_any_order` leaves it out.
    """
    kept = [pair for pair in pairs if pair[0] != "marker"]
    if not rules.ims:
        kept = list(dict(kept).items())
    elif not read.values_of(kept, "__isregistered"):
        kept.insert(0, ("__isregistered", "true"))
    first = f"{PATH}?{urlencode(kept)}" if kept else PATH
    if last_id is None:
        return first, None
    return first, f"{PATH}?{urlencode([*kept, ('marker', last_id)])}"


def links_in_any_order(answer: NaiveAnswer) -> NaiveAnswer:
    """Return an answer with the parameters of its links sorted."""

    def in_order(link: str | None) -> str | None:
        if link is None or "?" not in link:
            return link
        path, _, query = link.partition("?")
        return f"{path}?{'&'.join(sorted(query.split('&')))}"

    return replace(answer, first=in_order(answer.first), next=in_order(answer.next))
