"""One image by its id: what recorded lists prove of `GET /v2/images/ID`, or of a name in its place.

Example. Four images, D the newest, are recorded in two pages: D C B, then A. The walk is complete.

    GET /v2/images/ID of C      200: C as the list shows it, without the envelope of a page
    GET /v2/images/C            404 in Glance's words: every id is a UUID, and "C" is a name. A
                                client then asks for ?name=C, which the walk answers too
    GET /v2/images/ID of E      a miss: E may be hidden, killed, of another project's community, or
                                offered and not accepted, and no list shows all of these

One change, which nobody records: C is renamed to Z, and the client records `name=Z`. The walk is
void, so A, B and D are misses: what else has changed since cannot be seen. The new list is a walk
of its own, which shows C as Z.

Another change, which is recorded: PATCH of B. Played or not, it is no change of C, so a walk from
before it still shows C, and one from after it already does. Unless C was recorded otherwise before:
then it was changed unseen, and whether before PATCH of B or after it is not known. And unless only
lists from after PATCH of B show C, which was updated then, as far as clocks can be trusted:

    PATCH of B 10:00    list 10:05, C updated 9:40     C was the same before PATCH of B
                        list 10:05, C updated 10:03    a miss until PATCH of B is played

And a third, DELETE of A, which is recorded and played: its caller gets Glance's 404 for A.

Each rule below has a row in docs/derived-answers.md. That the caller is the one whose lists were
recorded, and may still list, is made sure of before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import decode_segment
from glancetape_cassettes.cloud.listing.query import parameters_of
from glancetape_cassettes.cloud.refusals import Refused, not_found
from glancetape_cassettes.collection.recorded_images import agree
from glancetape_cassettes.deriving.reasons import (
    NotProved,
    image_no_longer_holds,
    unknown_image,
)
from glancetape_cassettes.deriving.view_state import ViewState
from glancetape_cassettes.deriving.walking.every_database import may_be_an_id
from glancetape_cassettes.deriving.walking.walks import Walk
from glancetape_cassettes.imageset.image_fields import BadImage, parse_time
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.replaying.question import Question
from glancetape_cassettes.replaying.timeline import MOST_CLOCKS_DIFFER
from glancetape_cassettes.service import ImagePath, is_image_list, read_image_path


@dataclass(frozen=True, slots=True)
class DerivedImage:
    """An image as JSON, and the interactions that prove it."""

    body: bytes
    sources: tuple[Source, ...]


def read_single(question: Question) -> ImagePath | None:
    """Return the path of a question that asks for one whole image; None for any other question.

    Glance refuses a body (400). A server in front may resolve `/v2/images/..`.
    """
    if question.method != "GET" or question.conditions or question.body:
        return None
    path = read_image_path(question.path)
    is_single = path and path.image_id not in ("", ".", "..") and is_image_list(path.of_list)
    # `/v2/images/ID/` has an empty last segment, so it does not name an image.
    return path if is_single and path and question.path.count("/", len(path.of_list)) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What was recorded of an image in other states, from which no recorded change parts it."""

    states: Sequence[ViewState]
    by_id: Sequence[tuple[int, Mapping[str, Any] | None]]
    """What requests for it by its id got, with their times; None for a refusal."""
    is_later: Callable[[int], bool]
    """Whether what was recorded at a time may come after a change that was not played."""
    changed_at: float
    """When the first such change was recorded, in seconds since 1970; NEVER without a date."""

    def why_not(self, image_id: str, walk: Walk, body: bytes) -> str:
        """Why the image may not be as a walk shows it; "" if it surely is."""
        image = orjson.loads(body)
        if self._contradicts(image_id, walk, image):
            return "An earlier answer shows it differently, and no recorded change explains that."
        if not any(self.is_later(page.time) for page in walk.pages) or self._was_shown(image_id):
            return ""
        if _seconds_of(image.get("updated_at")) + MOST_CLOCKS_DIFFER <= self.changed_at:
            return ""
        return "Only lists after a change show it, and this replay has not played that change yet."

    def _contradicts(self, image_id: str, walk: Walk, image: Mapping[str, Any]) -> bool:
        """Whether any of that, before a walk, does not agree with how the walk shows the image."""
        begin = walk.pages[0].time
        earlier = [one for time, one in self.by_id if time < begin]
        if not all(one and agree(one, image) for one in earlier):
            return True
        return any(one.contradicts(image_id, walk) for one in self.states)

    def _was_shown(self, image_id: str) -> bool:
        """Whether any of that shows the image before the changes that the replay has not played."""
        times = [time for time, one in self.by_id if one]
        times += (time for state in self.states for time in state.times_of(image_id))
        return not all(map(self.is_later, times))


def _seconds_of(updated_at: Any) -> float:
    """Return a time of an image as seconds since 1970; infinity for anything else."""
    try:
        return parse_time("updated_at", updated_at) if isinstance(updated_at, str) else inf
    except BadImage:
        return inf


def derive_image(
    view_state: ViewState,
    segment: str,
    query_string: str,
    left_out: str,
    elsewhere: Elsewhere | None = None,
) -> DerivedImage:
    """Return the image that a valid walk shows; `segment` is what the path names, as it was sent.

    `left_out` is the result of `left_out_of_lists`; `elsewhere` is given where the walks are of
    another state than the replay is in. Raises Refused when no image can have the id, and NotProved
    when nothing proves an answer.
    """
    view_state.check_admitted()
    if not _is_utf8(segment):
        why = "The path is not UTF-8, and it is not known how the cloud reads it."
        raise NotProved(why)
    image_id = decode_segment(segment)
    if may_name_a_method(query_string):
        why = "The parameter _method may name the method of the request, so this may be no GET."
        raise NotProved(why)
    if not may_be_an_id(image_id) and not view_state.has_other_ids:
        if not view_state.dialect.knows_refusals:
            why = "It names no UUID, and this cloud's words for that are not recorded."
            raise NotProved(why)
        raise not_found(image_id)
    voided = None
    for one in view_state.walks_showing(image_id):
        if one.why_disproved:
            voided = voided or one
            continue
        if why := view_state.why_not_visible(image_id):
            raise NotProved(why)
        if left_out:
            why = (
                f"A single image was recorded with {left_out}, which lists of this cloud leave out."
            )
            raise NotProved(why)
        body = view_state.body_of(image_id)
        if elsewhere is not None and (why := elsewhere.why_not(image_id, one.walk, body)):
            raise NotProved(why)
        sources = tuple(page.source for page in one.walk.pages)
        return DerivedImage(body, sources)
    raise unknown_image() if voided is None else image_no_longer_holds(voided)


def refuse_deleted(segment: str, query_string: str, dialect: Dialect) -> Refused | None:
    """Return the 404 of an image that the caller deleted; None where its words are not known."""
    if not dialect.knows_refusals or may_name_a_method(query_string) or not _is_utf8(segment):
        return None
    return not_found(decode_segment(segment))


def left_out_of_lists(view_state: ViewState, recorded: Iterable[Mapping[str, Any]]) -> str:
    """Name a member that single images of this cloud have and its lists have not; "" if none.

    `recorded` are the single images that were recorded in the same state. Observed on Glance 33,
    and documented of IMS: both show the same. A cloud that is recorded otherwise is taken at its
    word.
    """
    for image in recorded:
        image_id = image.get("id")
        if not isinstance(image_id, str) or next(view_state.walks_showing(image_id), None) is None:
            continue
        listed: Mapping[str, Any] = orjson.loads(view_state.body_of(image_id))
        if more := image.keys() - listed.keys():
            return min(more)
    return ""


def _is_utf8(segment: str) -> bool:
    try:
        unquote_to_bytes(segment.encode("utf-8", "surrogateescape")).decode()
    except UnicodeDecodeError:
        return False
    return True


def may_name_a_method(query_string: str) -> bool:
    """Whether a query may have a parameter `_method`, which Glance takes for the method."""
    try:
        return any(name == "_method" for name, _ in parameters_of(query_string))
    except Refused:  # observed: Glance does not look at the query of a single image
        return "_method" in query_string
