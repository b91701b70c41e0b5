"""Whether an answer of the product is one that the cloud would have given.

Nothing of the product is used here. The cloud is made again with the changes that were played so
far, and asked the same question. A change that no request recorded leaves the cloud before it and
the cloud after it possible, except for a derived answer to a caller that was shown the change.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from glancetape_cassettes.interaction import Headers, Response
from support.hunt.people import ANSWERED, MEMBER, Person
from support.hunt.recording import (
    DROPLETS,
    HEAD,
    NATIVE_QUERY,
    OTHER_SERVICES,
    Event,
    Recording,
    service_at,
)
from support.hunt.world import (
    Change,
    HuntCloud,
    answer_data,
    answer_head,
    answer_image,
    answer_list,
    answer_members,
    found,
)

NOT_MODIFIED, CONFLICT, NOT_FOUND = 304, 409, 404
REPLACED = ("facade00", "standin-", "REDACTED")
"""How values begin that redaction puts in place of others."""
MOST_UNSEEN = 6
Judge = Callable[[HuntCloud, Person, "Question"], Response]
"""Returns what a cloud gives to a caller."""
DEFAULTS = (("sort_key", "created_at"), ("sort_dir", "desc"), ("member_status", "accepted"))
SAID_BY_OLD_CODE = ("visibility=shared", "status=deleted", "status=pending_delete")
"""What only the code of old Glances says of IMS: no derived answer may rest on that."""


@dataclass(frozen=True)
class Question:
    """A GET that is asked in replay."""

    kind: str
    path: str
    """`images`, `images/ID`, `images/ID/members` or `images/ID/file`."""
    query: str = ""
    base: str = "/v2"
    host: str = ""
    """Of another service; "" for an image service."""
    at: str = ""
    """The address of the image service."""
    method: str = "GET"
    version: str | None = None
    """The version of the API, if it is not the caller's usual one."""
    conditions: Headers = ()
    """Headers such as `If-None-Match`, which Glance does not read."""
    escaped: bool = False
    """Whether a letter of the path is escaped, which Glance reads as it is."""

    @property
    def target(self) -> str:
        """Write it for people."""
        where = f"({self.at} service) " if self.at else self.host
        return f"{where}{self.base}/{self.path}{'?' * bool(self.query)}{self.query}"


def expected(
    recording: Recording,
    who: int,
    question: Question,
    played: set[int],
    kind: str,
    judge: Judge | None = None,
) -> list[Response]:
    """Return the responses of which an answer has to be one, as a judge gives them."""
    person = as_asked(recording.scene.people[who], question.version)
    if question.host:
        uri = f"{question.host}{question.base}/{question.path}?{question.query}"
        return [event.response for event in recording.events if event.request.uri == uri]
    if takes_other_token(recording, who):
        person = replace(person, role=MEMBER)
    every = range(len(recording.silent))
    possible = [tuple(every[:count]) for count in range(len(every) + 1)]
    if kind == "derived":
        possible = sorted(possible_for(recording, who, played, question.at))
    found = []
    for silent in possible:
        cloud = copy(recording.scene.cloud_at(question.at))
        cloud.images = recording.images(played, silent, question.at)
        found.append((judge or answer)(cloud, person, question))
    return found


def as_asked(person: Person, version: str | None) -> Person:
    """Return a caller that asks for a version of the API; its usual one if that is None."""
    return person if version is None else replace(person, api_version=version)


def possible_for(recording: Recording, who: int, played: set[int], at: str) -> set[tuple[int, ...]]:
    """Return the sets of silent changes that may have happened as far as a caller was shown.

    Those of other services do not matter, nor what another address shows of which nobody can know
    that it leads to the same service.
    An update that was made after a change that was not played is not known before that change.
    """
    shown = {
        event.shows - 1
        for event in recording.events
        if event.shows
        and event.who == who
        and is_last(recording, event)
        and (event.repeatable or event.number in played)
        and may_be_one(recording, event.at, at)
    }
    waiting = [one for one in recording.events if may_change(one) and one.number not in played]
    for number, events in traces(recording, who, at).items():
        place, silent = recording.silent[number]
        seen = [one for one in events if recording.events[one].repeatable or one in played]
        same = [one.number for one in waiting if is_of_image(one, silent) and one.number >= place]
        if not seen or (same and same[0] <= seen[0]):  # that change explains the image's looks
            continue
        if silent.kind != "create" or not may_be_made(recording, who, at, waiting, place):
            shown.add(number)
    for number in tuple(shown):
        place, silent = recording.silent[number]
        if silent.kind != "delete" and any(one.number < place for one in waiting):
            shown.discard(number)
    here = {
        number
        for number, (_, change) in enumerate(recording.silent)
        if change.service == service_at(at)
    }
    shown &= here
    others = sorted(here - shown)[:MOST_UNSEEN]
    return {
        tuple(sorted(shown.union(chosen)))
        for count in range(len(others) + 1)
        for chosen in combinations(others, count)
    }


def may_be_made(
    recording: Recording, who: int, at: str, waiting: Sequence[Event], place: int
) -> bool:
    """Whether all new images that a caller was shown may be those that other services made.

    What these make has no known id, so a new image may be it, unless there are more of them.
    """
    makers = [
        one.number
        for one in waiting
        if one.number >= place and not (is_of_images(one) and one.response.status < 300)
    ]
    if not makers:
        return False
    old = {image["id"] for image in recording.scene.cloud_at(at).images}
    new = {
        image_id
        for event in recording.events[place:]
        if event.who == who and is_shown(event) and may_be_one(recording, event.at, at)
        for image_id in times_of_images(event).keys() - old
    }
    seen_before = any(
        event.number < makers[0] and times_of_images(event).keys() & new
        for event in recording.events[place:]
        if event.who == who and is_shown(event)
    )
    return not seen_before and len(new) <= len(makers)


def traces(recording: Recording, who: int, at: str) -> dict[int, list[int]]:
    """Return the events whose answers show a caller each silent change: else they would differ."""
    if (who, at) not in recording.traces:
        events = [
            one
            for one in recording.events
            if one.who == who and not one.is_edited and may_be_one(recording, one.at, at)
        ]
        recording.traces[who, at] = {
            number: [
                event.number
                for event in events
                if event.number >= place
                and is_last(recording, event)
                and shows_change(recording, event, number)
            ]
            for number, (place, silent) in enumerate(recording.silent)
            if silent.service == service_at(at)
        }
    return recording.traces[who, at]


def may_change(event: Event) -> bool:
    """Whether an event changed something, or may have as far as its answer shows."""
    return event.change is not None or (not event.repeatable and event.response.status >= 500)


def is_of_image(event: Event, silent: Change) -> bool:
    """Whether an event changes the image that a silent change is of, or may as its answer shows.

    A gateway's 503 does not show whether Glance got the request.
    """
    if (change := event.change) is not None:
        return (change.image_id, change.service) == (silent.image_id, silent.service)
    _, _, rest = urlsplit(event.request.uri).path.partition("/images/")
    return is_of_images(event) and (rest.partition("/")[0], service_at(event.at)) == (
        silent.image_id,
        silent.service,
    )


def is_last(recording: Recording, event: Event) -> bool:
    """Whether nothing comes after an event that was recorded before it.

    Without dates, a cassette comes after those that are named before it.
    """
    return recording.in_order_of_time or event.cassette == max(
        one.cassette for one in recording.events
    )


def shows_change(recording: Recording, event: Event, number: int) -> bool:
    """Whether an answer would have been another one if one silent change had not been made.

    Of members and data it only counts whether there is such an image (docs/derived-answers.md), and
    so of what has no body: a copy that is still good (304), a member that is there already (409).
    """
    if is_shown(event):
        return not is_as_shown(recording, event, number)
    if (image_id := image_of(event)) == "" or event.is_broken:
        return False
    is_there = event.response.status < 300 or event.response.status in (NOT_MODIFIED, CONFLICT)
    of_member = urlsplit(event.request.uri).path.partition("/images/")[2].count("/") > 1
    if not is_there and (event.response.status != NOT_FOUND or of_member):
        return False
    cloud = cloud_without(recording, event, number)
    version = dict(event.request.headers).get("X-Api-Version")
    person = as_asked(recording.scene.people[event.who], version)
    return is_there is not (found(cloud, person, image_id) is not None)


def image_of(event: Event) -> str:
    """Return the id of the image whose path an event asks for; "" for anything else."""
    path = urlsplit(event.request.uri).path
    if not is_of_images(event) or is_native(event):
        return ""
    return path.partition("/images/")[2].partition("/")[0]


def is_shown(event: Event) -> bool:
    """Whether an event is a list or a single image that the service gave or refused."""
    path = "" if is_native(event) else urlsplit(event.request.uri).path.rpartition("/images")[2]
    is_read = event.request.method == "GET" and is_of_images(event) and not event.is_broken
    is_whole = event.response.status < 500 and event.response.status != NOT_MODIFIED
    return is_read and path.count("/") < 2 and is_whole


def is_native(event: Event) -> bool:
    """Whether an event is a list of IMS's own API."""
    return urlsplit(event.request.uri).path.endswith("/v2/cloudimages")


def is_as_shown(recording: Recording, event: Event, without: int) -> bool:
    """Whether an answer would have been the same if one silent change had not been made."""
    parts = urlsplit(event.request.uri)
    path = f"images{parts.path.rpartition('/images')[2]}"
    cloud = cloud_without(recording, event, without)
    question = Question("", path, parts.query)
    if is_native(event):
        question = Question("", "images", NATIVE_QUERY)
    version = dict(event.request.headers).get("X-Api-Version")
    person = as_asked(recording.scene.people[event.who], version)
    given = answer(cloud, person, question)
    if is_native(event):  # by its own rules it may leave images out
        pages = [read(one).get("images", []) for one in (event.response, given)]
        return all(image in pages[1] for image in pages[0])
    return differences(event.response, given, 0, replaced=False) == ""


def cloud_without(recording: Recording, event: Event, without: int) -> HuntCloud:
    """Return the cloud that answered an event, as if one silent change had not been made."""
    made = {one.number for one in recording.events[: event.number]}
    before = [number for number, (place, _) in enumerate(recording.silent) if place <= event.number]
    cloud = copy(recording.scene.cloud_at(event.at))
    cloud.images = recording.images(made, set(before) - {without}, event.at)
    return cloud


def may_be_one(recording: Recording, one: str, other: str) -> bool:
    """Whether it can be known that two addresses may lead to the same service.

    A catalog shows it, or a common image. An address that showed no image may be anything.
    """
    if service_at(one) != service_at(other):
        return False
    if one == other or any(is_login(event) for event in recording.events):
        return True
    left, right = shown_at(recording, one), shown_at(recording, other)
    return not left or not right or bool(left & right)


def shown_at(recording: Recording, at: str) -> set[str]:
    """Return the ids of all images that an address showed."""
    values = [
        read(event.response)
        for event in recording.events
        if event.at == at and is_of_images(event) and event.response.status < 300
    ]
    pages = [one.get("images", [one]) for one in values if isinstance(one, dict)]
    return {image["id"] for page in pages for image in page if "id" in image}


def may_know_its_clock(events: Sequence[Event], *, has_dates: bool) -> bool:
    """Whether anybody can know that a recorder's clock was set, if it was.

    A `Date` shows it in each answer. Without one, dates that go back in a cassette do, or of two
    answers in two cassettes the one with the later date, if it has an image as it was earlier.
    """
    return (
        has_dates
        or all(one.off == events[0].off for one in events)
        or any(
            one.recorded_at > other.recorded_at
            and (one.cassette == other.cassette or has_older_image(one, other))
            for one, other in combinations(events, 2)
        )
    )


def has_older_image(one: Event, other: Event) -> bool:
    """Whether an answer has an image as it was before another answer."""
    left, right = times_of_images(one), times_of_images(other)
    return any(left[image_id] < right[image_id] for image_id in left.keys() & right)


def times_of_images(event: Event) -> dict[str, tuple[int, str]]:
    """Return when the images in an answer were updated; one is made before, and deleted after."""
    change, value = event.change, read(event.response)
    if change is not None and change.kind in ("create", "delete"):
        return {change.image_id: (0 if change.kind == "create" else 2, "")}
    pages = value.get("images", [value]) if isinstance(value, dict) else []
    return {
        one["id"]: (1, str(one["updated_at"])) for one in pages if {"id", "updated_at"} <= {*one}
    }


def takes_other_token(recording: Recording, who: int) -> bool:
    """Whether a token counts as another one of its project, though the cloud refuses it.

    Both logins are recorded and show the same project, and nothing recorded shows the refusal: what
    another service answers does not.
    """
    person = recording.scene.people[who]
    logged_in = {event.who for event in recording.events if is_login(event)}
    asked = {event.who for event in recording.events if is_of_images(event)}
    refused = {
        event.who
        for event in recording.events
        if is_of_images(event) and event.response.status in (401, 403)
    }
    others = {
        one
        for one in (logged_in & asked) - {who}
        if recording.scene.people[one].project == person.project
        and recording.scene.people[one].role == MEMBER
    }
    return person.role not in ANSWERED and who in logged_in - refused and bool(others)


def is_of_images(event: Event) -> bool:
    """Whether an event is a request to the image service."""
    others = {urlsplit(host).netloc for host, *_ in OTHER_SERVICES.values()}
    netloc = urlsplit(event.request.uri).netloc
    return not is_login(event) and netloc not in others | {urlsplit(DROPLETS).netloc}


def is_login(event: Event) -> bool:
    """Whether an event is a login at Keystone."""
    return urlsplit(event.request.uri).path.endswith("/auth/tokens")


def is_of_hidden_property(recording: Recording, who: int, question: Question) -> bool:
    """Whether a question asks for a property that its caller is not shown, and no other was.

    For all that anybody can know, no image of the service has it: another service shows nothing.
    """
    names = {name.lower() for name, _ in parse_qsl(question.query, keep_blank_values=True)}
    asked = names & {*recording.scene.people[who].hidden}
    bodies = [
        event.response.body
        for event in recording.events
        if event.who != who and may_be_one(recording, event.at, question.at)
    ]
    return any(all(b'"%s"' % name.encode() not in body for body in bodies) for name in asked)


def answer(cloud: HuntCloud, person: Person, question: Question) -> Response:
    """Return what the cloud gives for a question."""
    parts = question.path.split("/")
    if len(parts) == 1:
        shown = answer_list(cloud, person, question.query)
    else:
        shown = BELOW[parts[2] if len(parts) == 3 else ""](cloud, person, parts[1])
    return answer_head(cloud, person, shown) if question.method == HEAD else shown


BELOW = {"": answer_image, "members": answer_members, "file": answer_data}


def copies_of(recording: Recording, question: Question) -> list[Response]:
    """Return the answers that a recorded 304 to a question stood for."""
    return [
        event.stands_for
        for event in recording.events
        if event.stands_for is not None
        and question.conditions
        and event.at == question.at
        and urlsplit(event.request.uri).path.endswith(question.path)
        and parse_qsl(urlsplit(event.request.uri).query, keep_blank_values=True)
        == parse_qsl(question.query, keep_blank_values=True)
    ]


def why_only_a_miss(recording: Recording, who: int, question: Question) -> str:
    """Return why nothing that was recorded can tell what the cloud derives; "" when it can."""
    scene = recording.scene
    if question.host:
        return "nobody knows the rules of another service"
    if question.method == HEAD and scene.cloud_at(question.at).dialect == "ims":
        return "the API document says nothing of HEAD"
    if scene.cloud_at(question.at).dialect != "ims" or scene.people[who].role not in ANSWERED:
        return ""
    rests_on = [said for said in SAID_BY_OLD_CODE if said in question.query]
    project = scene.people[who].project  # with their logins, its tokens are one caller
    asked = [
        event.request.uri
        for event in recording.events
        if scene.people[event.who].project == project
        and service_at(event.at) == service_at(question.at)
    ]
    if any(not any(said in uri for uri in asked) for said in rests_on):
        return "only old Glance code says what IMS answers"
    return ""


def is_one_of(
    got: Response, wanted: Sequence[Response], default_limit: int, *, replaced: bool
) -> bool:
    """Whether an answer is one of those; `replaced`: values may have been redacted."""
    return any(differences(got, one, default_limit, replaced=replaced) == "" for one in wanted)


def differences(got: Response, wanted: Response, default_limit: int, *, replaced: bool) -> str:
    """Return in a few words how an answer differs; "" when it does not."""
    if any(set("\r\n") & set(name + value) for name, value in got.headers):
        return "a header with CR LF in it"
    if got.status != wanted.status:
        return f"status {got.status}, not {wanted.status}"
    left, right = read(got), read(wanted)
    if not isinstance(left, dict) or not isinstance(right, dict):
        return "" if left == right else "another body"
    if got.status != 200:
        return "" if replaced or message(left) == message(right) else "another message"
    if "images" in right and "schema" in right:
        return of_pages(left, right, default_limit, replaced=replaced)
    return of_values(left, right, "", replaced=replaced)


def of_pages(left: Any, right: Any, default_limit: int, *, replaced: bool) -> str:
    """Return how pages differ."""
    ids = [[image.get("id") for image in page.get("images", ())] for page in (left, right)]
    if ids[0] != ids[1]:
        return f"images {short(ids[0])}, not {short(ids[1])}"
    for name in ("first", "next"):
        one, other = (link(page.get(name), default_limit) for page in (left, right))
        if (difference := of_values(one, other, name, replaced=replaced)) != "":
            return difference
    for one, other in zip(left["images"], right["images"], strict=True):
        difference = of_values(one, other, f"image {short([one['id']])}", replaced=replaced)
        if difference:
            return difference
    return ""


def of_values(left: Any, right: Any, where: str, *, replaced: bool) -> str:
    """Return where two JSON values differ, but for what redaction replaced."""
    if left == right:
        return ""
    if replaced and isinstance(left, str) and any(mark in left for mark in REPLACED):
        return ""
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        pairs = [(left[name], right[name], f"{where} {name}".strip()) for name in left]
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        if where.endswith("tags"):
            left, right = sorted(left), sorted(right)
        pairs = [(one, other, where) for one, other in zip(left, right, strict=True)]
        if where.endswith("tags") and replaced:
            return ""
    else:
        return f"{where}: {left!r}, not {right!r}"[:300]
    found = (of_values(one, other, place, replaced=replaced) for one, other, place in pairs)
    return next((one for one in found if one), "")


def link(text: str | None, default_limit: int) -> Any:
    """Return what a link asks for: without its order, and without what only names a default."""
    if text is None:
        return None
    base, _, query = text.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    defaults = {*DEFAULTS, ("limit", str(default_limit))}
    return [base, *(list(pair) for pair in sorted(pairs) if pair not in defaults)]


def read(response: Response) -> Any:
    """Return a body as JSON, or as it is."""
    try:
        return orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return response.body


def message(value: dict[str, Any]) -> Any:
    """Return what a refusal says."""
    return value.get("message", value)


def short(ids: Sequence[Any]) -> str:
    """Write ids by their first digits."""
    return "[" + " ".join(str(one).partition("-")[0].lstrip("0") or "0" for one in ids) + "]"
