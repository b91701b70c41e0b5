"""What happens in a history, step by step, and what of it is recorded.

A history is a list of actions: plain values, so that a shorter one is made by leaving some out.
Playing them against a cloud gives events: requests with their responses, each with the change
that it made. A `silent` action changes the cloud without a recorded request, and each caller that
saw the image is then shown, by a refusal or a conditional list, that it is gone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import orjson

from glancetape_cassettes.interaction import Headers, Request, Response
from support.clouds.clouds import FRACTIONS, on_the_wire
from support.hunt.people import ANSWERED, MEMBER, OPERATOR, Person
from support.hunt.world import (
    JSON,
    Change,
    HuntCloud,
    Images,
    after,
    answer_data,
    answer_head,
    answer_image,
    answer_list,
    answer_members,
    empty,
    error,
    find_image,
    member_shown,
    not_found,
    ok,
    visible,
    without,
)
from support.images.varied import PROJECTS

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOST = "http://glance.test:9292"
HEAD, CONDITIONAL = "HEAD", "conditional"
"""Ways to ask for what GET shows."""
CONDITIONS: Headers = (("If-None-Match", '"x"'),)
NATIVE_QUERY = "limit=500"
"""What the list of IMS's own API shows without parameters, asked for as Glance's."""
ALIAS, SECOND = "alias", "second"
"""Where a request is sent: another address of the image service, or the second service. Its usual
address is ""."""
DROPLETS = "https://api.droplets.test"
"""A service that is no Glance, and has a list of images at the same path."""
OTHER_SERVICES = {
    # name: host, path, body, whether it makes an image, status of the answer
    "cinder": (
        "http://cinder.test:8776",
        "/v3/{project}/volumes/{id}/action",
        b'{"os-volume_upload_image": {"image_name": "%s"}}',
        True,
        202,
    ),
    "evs": (
        "http://evs.test:8776",
        "/v3/{project}/cloudvolumes/{id}/action",
        b'{"os-volume_upload_image": {"image_name": "%s"}}',
        True,
        202,
    ),
    "nova-image": (
        "http://nova.test:8774",
        "/v2.1/servers/{id}/action",
        b'{"createImage": {"name": "%s"}}',
        True,
        202,
    ),
    "nova-server": (
        "http://nova.test:8774",
        "/v2.1/servers",
        b'{"server": {"name": "%s", "flavorRef": "1"}}',
        False,
        202,
    ),
    "neutron": (
        "http://neutron.test:9696",
        "/v2.0/networks",
        b'{"network": {"name": "%s"}}',
        False,
        201,
    ),
}


@dataclass(frozen=True)
class Action:
    """One thing that a caller does."""

    kind: str
    who: int
    number: int
    """Different in each action of a history: times, ids and request ids are made of it."""
    gap: int = 1
    """Seconds since the action before."""
    cassette: int = 0
    target: str = ""
    """The id of an image."""
    query: str = ""
    value: str = ""
    base: str = "/v2"
    version: str = ""
    """The version of the API that the client asks for, if it is not the caller's usual one."""
    by_hand: bool = False
    """Of a walk: the client does not follow `next`, and changes its limit from page to page."""
    broken: str = ""
    """What a gateway answered first: the request is sent again, or has been done already."""
    evidence: tuple[str, ...] = ()
    """Of a silent change: how each caller is shown it."""
    lost: tuple[int, ...] = ()
    """Of a walk: which of its pages, from 0, are not in the cassette."""
    at: str = ""
    """The address of an image service: "", ALIAS or SECOND."""
    taken_out: bool = False
    """Whether someone took its interactions out of the cassette: nobody knows of them any more."""
    undated: bool = False
    """Whether someone took the dates of its interactions out of the cassette."""
    run: int = 1
    """In which run it is recorded: 1 or 2."""
    again: int = -1
    """The number of the action of the first run whose words it uses again; -1 for none."""

    @property
    def wording(self) -> int:
        """Return the number that its words are made of."""
        return self.number if self.again < 0 else self.again


@dataclass(frozen=True)
class Scene:
    """Where a history happens: the cloud before it, its callers, and what is done there."""

    cloud: HuntCloud
    people: tuple[Person, ...]
    actions: tuple[Action, ...]
    host: str = HOST
    """With a prefix of its path, if the service has one."""
    fast: int = 0
    """Seconds by which the cloud's clock is ahead of the recorder's."""
    has_dates: bool = False
    """Whether the cloud's answers have a header `Date`."""
    off: int = 0
    """Seconds by which the clock of who records the second cassette is ahead of the first one's."""
    jumps: tuple[tuple[int, int], ...] = ()
    """When the clock of who records the first cassette was set: from which event on, and by how
    many seconds it is ahead then."""
    alias: str = ""
    """Another address of the service, such as that of its internal endpoint; "" without one."""
    second: HuntCloud | None = None
    """The image service of another region, which may have images with the same ids."""
    second_host: str = ""

    def off_at(self, number: int, cassette: int) -> int:
        """Return by how many seconds the clock of who records an event is ahead."""
        if cassette:
            return self.off
        return next((by for first, by in reversed(self.jumps) if first <= number), 0)

    def host_at(self, at: str) -> str:
        """Return the address that a request is sent to."""
        return {ALIAS: self.alias, SECOND: self.second_host}.get(at, self.host)

    def cloud_at(self, at: str) -> HuntCloud:
        """Return the service at an address, as it was in the beginning."""
        return self.second if at == SECOND and self.second is not None else self.cloud


@dataclass(frozen=True)
class Event:
    """A recorded request."""

    number: int
    action: int
    """The number of the action that it comes from."""
    who: int
    request: Request
    response: Response
    second: int
    cassette: int
    change: Change | None = None
    repeatable: bool = True
    is_broken: bool = False
    """Whether a gateway answered a read that the service has nothing against."""
    shows: int = 0
    """How many of the silent changes it shows to its caller."""
    at: str = ""
    """The address of an image service that the action is about."""
    off: int = 0
    """Seconds by which the clock of who records it is ahead."""
    stands_for: Response | None = None
    """Of a 304, the answer of which its client had a copy."""
    undated: bool = False
    run: int = 1
    is_edited: bool = False
    """Whether someone changed its answer, which shows nothing of the service any more."""

    @property
    def recorded_at(self) -> str:
        """Return the time as cassettes have it; "" without one."""
        return "" if self.undated else as_time(START + timedelta(seconds=self.second + self.off))


@dataclass
class Recording:
    """The events of a history so far, and the services as they left them."""

    scene: Scene
    clouds: list[HuntCloud]
    events: list[Event] = field(default_factory=list)
    silent: list[tuple[int, Change]] = field(default_factory=list)
    """Each with the number of events that were recorded before it."""
    second: int = 0
    at: str = ""
    """The address that the present action is about."""
    in_order_of_time: bool = True
    """Whether all cassettes have dates, or there is but one."""
    traces: dict[tuple[int, str], dict[int, list[int]]] = field(default_factory=dict)
    """By caller and address, the events that show each silent change; a judge finds them out."""
    broken_off: dict[tuple[int, str], str] = field(default_factory=dict)
    """By caller and address, the query of the page with which a walk would have gone on."""
    replayed: Callable[[Request], Response | None] = lambda _: None
    """Returns what a second run gets from the cassette of the first; None for what is recorded."""

    @property
    def service(self) -> int:
        """Return the number of the service there."""
        return service_at(self.at)

    @property
    def cloud(self) -> HuntCloud:
        """Return the service there, as it is now."""
        return self.clouds[self.service]

    def keep(
        self, action: Action, request: Request, response: Response, **more: object
    ) -> Response:
        """Record an answer, and make the change that comes with it; return what the client gets."""
        if (given := self.replayed(request)) is not None:
            return given
        if self.scene.has_dates:
            date = format_datetime(self.time, usegmt=True)
            response = replace(response, headers=(*response.headers, ("Date", date)))
        if action.broken and self.is_hit(action):
            broken = broken_answer(action.broken, request.uri)
            if request.method in ("GET", HEAD):
                self.keep(replace(action, broken=""), request, broken, is_broken=True)
            else:
                response = broken
                is_redirect = action.broken.startswith("3")
                if is_redirect or action.broken == "429" or action.number % 3 == 0:
                    more.pop("change", None)
        if isinstance(change := more.get("change"), Change):
            more["change"] = change = replace(change, service=self.service)
        if action.taken_out:
            if isinstance(change, Change):
                self.make(change)
                self.silent.append((len(self.events), change))
            return response
        event = Event(
            len(self.events),
            action.number,
            action.who,
            request,
            response,
            self.second,
            action.cassette,
            at=self.at,
            off=self.scene.off_at(len(self.events), action.cassette),
            undated=action.undated,
            run=action.run,
            **more,  # type: ignore[arg-type]
        )
        self.events.append(event)
        if event.change is not None:
            self.make(event.change)
        return response

    def is_hit(self, action: Action) -> bool:
        """Whether the gateway fails at the next request: at the first one or the third."""
        before = sum(one.action == action.number for one in self.events)
        return before == (2 if action.kind == "walk" and action.number % 2 else 0)

    @property
    def time(self) -> datetime:
        """Return the time by the clock of the cloud."""
        return START + timedelta(seconds=self.second + self.scene.fast)

    def make(self, change: Change) -> None:
        """Change the service that has the image."""
        cloud = self.clouds[change.service]
        cloud.images = after(cloud.images, [change])

    def images(self, played: set[int], silent: Collection[int], at: str = "") -> Images:
        """Return the images there when only these events and these silent changes happened."""
        changes: list[tuple[int, int, Change]] = [
            (event.number, 1, event.change)
            for event in self.events
            if event.number in played and event.change is not None
        ]
        changes += [(*self.silent[one][:1], 0, self.silent[one][1]) for one in silent]
        changes.sort(key=lambda one: one[:2])
        here = [change for *_, change in changes if change.service == service_at(at)]
        return after(self.scene.cloud_at(at).images, here)

    def person(self, action: Action) -> Person:
        """Return the caller of an action, as its requests show it."""
        person = self.scene.people[action.who]
        return replace(person, api_version=action.version) if action.version else person

    def request(
        self,
        action: Action,
        method: str,
        path: str,
        body: bytes = b"",
        more: Headers = (),
        host: str = "",
    ) -> Request:
        """Return a request of the action's caller."""
        person = self.person(action)
        headers = (*person.headers(action.number), *more)
        return Request(method, f"{host or self.scene.host_at(action.at)}{path}", headers, body)


def broken_answer(status: str, uri: str) -> Response:
    """Return what a gateway answers by itself: that it fails, or that the client ask elsewhere."""
    broken = error(int(status), "The service is not there.")
    if not status.startswith("3"):
        return broken
    return replace(broken, headers=(*broken.headers, ("Location", f"{uri}#elsewhere")))


def service_at(at: str) -> int:
    """Return the number of the service at an address."""
    return int(at == SECOND)


def list_path(query: str, base: str = "/v2") -> str:
    """Return path and query of a list request, as a client sends them."""
    return f"{base}/images{'?' * bool(query)}{on_the_wire(query)}"


def record(scene: Scene, begin: Callable[[Recording], None] = lambda _: None) -> Recording:
    """Play the actions against the services; `begin` is called when a second run begins."""
    clouds = [scene.cloud] if scene.second is None else [scene.cloud, scene.second]
    recording = Recording(scene, deepcopy(clouds))
    run = 1
    for action in scene.actions:
        if action.run != run:
            run = action.run
            begin(recording)
        recording.second += action.gap
        recording.at = action.at
        ACTIONS[action.kind](recording, action)
    return recording


# -- reads ----------------------------------------------------------------------------------------


def ask(recording: Recording, action: Action) -> None:
    """Ask for one page, in the way that `value` names."""
    person = recording.person(action)
    response = answer_list(recording.cloud, person, action.query)
    keep_read(recording, action, list_path(action.query, action.base), response)


def keep_read(recording: Recording, action: Action, path: str, response: Response) -> None:
    """Record what GET was answered, or the same asked for by HEAD or with a condition."""
    if action.value == HEAD:
        response = answer_head(recording.cloud, recording.person(action), response)
    method = HEAD if action.value == HEAD else "GET"
    more = CONDITIONS if action.value == CONDITIONAL else ()
    request = recording.request(action, method, path, more=more)
    if more and response.status == 200 and action.number % 2:  # of a cache before the service
        not_modified = Response(304, "Not Modified", (("ETag", '"x"'),))
        recording.keep(action, request, not_modified, stands_for=response)
        return
    recording.keep(action, request, response)


def native(recording: Recording, action: Action) -> None:
    """Ask for the list of IMS's own API, which has no links."""
    response = native_page(answer_list(recording.cloud, recording.person(action), NATIVE_QUERY))
    recording.keep(action, recording.request(action, "GET", "/v2/cloudimages"), response)


def native_page(response: Response) -> Response:
    """Return a page as IMS's own API shows it."""
    if response.status != 200:
        return response
    return replace(response, body=orjson.dumps({"images": orjson.loads(response.body)["images"]}))


def walk(recording: Recording, action: Action) -> None:
    """Follow `next` to the end, or for as many pages as `value` says."""
    follow(recording, action, action.query)


def resume(recording: Recording, action: Action) -> None:
    """Go on with a walk of the caller that was broken off, whatever happened meanwhile."""
    query = recording.broken_off.pop((action.who, action.at), None)
    if query is not None:
        follow(recording, action, query)


def follow(recording: Recording, action: Action, first: str) -> None:
    """Record pages of a list, and note where that is broken off."""
    query: str | None = first
    for number in range(int(action.value or 12)):
        if query is None:
            return
        response = answer_list(recording.cloud, recording.person(action), query)
        path = list_path(query, action.base)
        if number not in action.lost:
            response = recording.keep(action, recording.request(action, "GET", path), response)
        page = orjson.loads(response.body) if response.status == 200 else {}
        following = page.get("next")
        query = urlsplit(following).query if following else None
        if query is not None and action.by_hand:
            query = next_by_hand(first, page, action.number + number)
    if query is not None:
        recording.broken_off[action.who, action.at] = query


def next_by_hand(first: str, page: Mapping[str, Any], number: int) -> str:
    """Return the query of a client that makes its next one itself, with a limit as it likes.

    Now and then it begins with the last image of the page again.
    """
    images = page["images"]
    start = images[-2 if number % 3 == 0 and len(images) > 1 else -1]["id"]
    pairs = parse_qsl(first, keep_blank_values=True, errors="surrogateescape")
    kept = [pair for pair in pairs if pair[0] not in ("limit", "marker")]
    limit = [("limit", str((1, 3, 2, 1000, 5)[number % 5]))]
    return urlencode([*kept, *limit, ("marker", start)], errors="surrogateescape")


def look(recording: Recording, action: Action) -> None:
    """Ask for one image, or for its members."""
    person = recording.person(action)
    answer = answer_members if action.value == "members" else answer_image
    path = f"{action.base}/images/{action.target}{'/members' * (action.value == 'members')}"
    keep_read(recording, action, path, answer(recording.cloud, person, action.target))


def download(recording: Recording, action: Action) -> None:
    """Ask for the data of an image."""
    person = recording.person(action)
    path = f"{action.base}/images/{action.target}/file"
    response = answer_data(recording.cloud, person, action.target)
    recording.keep(action, recording.request(action, "GET", path), response)


# -- changes --------------------------------------------------------------------------------------


def new_time(recording: Recording) -> str:
    """Return the present time, as images have it."""
    return as_time(recording.time)


def as_time(time: datetime) -> str:
    """Write a time as images have it."""
    return time.isoformat().replace("+00:00", "Z")


def refusal_of(recording: Recording, action: Action, *, by_owner: bool = True) -> Response | None:
    """Return why the caller may not change the image; None when it may."""
    person = recording.scene.people[action.who]
    if person.role not in ANSWERED:
        return answer_image(recording.cloud, person, action.target)
    image = visible(recording.cloud, person, action.target)
    if image is None:
        return not_found(action.target)
    if by_owner and image.get("owner") != person.project and person.role != OPERATOR:
        return error(403, "You are not permitted to do this with this image.")
    return None


def change_image(recording: Recording, action: Action) -> None:
    """Change, delete or fill an image, as `value` says."""
    method, path, body, more, fields, status = change_request(action)
    request = recording.request(
        action, method, f"{action.base}/images/{action.target}{path}", body, more
    )
    refused = refusal_of(recording, action)
    if fields.keys() & {*recording.scene.people[action.who].hidden}:
        refused = refused or error(403, "The property is protected.")
    if "owner" in fields and recording.scene.people[action.who].role != OPERATOR:
        refused = refused or error(403, "You are not permitted to do this with this image.")
    if refused is not None:
        recording.keep(action, request, refused, repeatable=False)
        return
    update = {**fields, "updated_at": new_time(recording)}
    change = Change("delete" if method == "DELETE" else "update", action.target, update)
    if status == 200:
        shown = dict(find_image(recording.cloud.images, action.target) or {}) | update
        hidden = frozenset(recording.scene.people[action.who].hidden)
        response = without(ok(recording.cloud.show(shown)), hidden)
    else:
        response = empty(status) if status < 400 else error(status, "The image is too large.")
    recording.keep(action, request, response, change=change, repeatable=False)


def change_request(
    action: Action,
) -> tuple[str, str, bytes, Headers, dict[str, object], int]:
    """Return method, rest of the path, body, headers, new fields and status of a change."""
    kind, _, text = action.value.partition("=")
    number = b" " * action.wording  # each upload is another one
    if kind == "delete":
        return "DELETE", "", b"", (), {}, 204
    octets = (("Content-Type", "application/octet-stream"),)
    if kind == "upload":
        size: dict[str, object] = {"status": "active", "size": 3 + action.number}
        return "PUT", "/file", b"abc" + number, octets, size, 204
    if kind == "too much":  # observed: Glance has noted the beginning of the data by then
        return "PUT", "/file", b"too much" + number, octets, {}, 413
    if kind in ("deactivate", "reactivate"):
        status = "deactivated" if kind == "deactivate" else "active"
        return "POST", f"/actions/{kind}", b"", (), {"status": status}, 204
    value: object = text == "true" if text in ("true", "false") and kind != "__os_type" else text
    patch = [{"op": "replace", "path": f"/{kind}", "value": value}]
    patched = (("Content-Type", "application/openstack-images-v2.1-json-patch"),)
    return "PATCH", "", orjson.dumps(patch), patched, {kind: value}, 200


def create(recording: Recording, action: Action) -> None:
    """Make an image."""
    person = recording.scene.people[action.who]
    visibility = action.value or "shared"
    asked = {"name": f"made {action.wording}", "visibility": visibility}
    request = recording.request(action, "POST", f"{action.base}/images", orjson.dumps(asked), JSON)
    if person.role not in ANSWERED:
        refused = answer_list(recording.cloud, person, "")
        recording.keep(action, request, refused, repeatable=False)
        return
    image = made_image(recording, action, asked["name"], visibility)
    response = ok(recording.cloud.show(image), 201)
    change = Change("create", action.target, image)
    recording.keep(action, request, response, change=change, repeatable=False)


def brief(recording: Recording, action: Action) -> None:
    """Make an image and delete it at once."""
    create(recording, action)
    change_image(recording, replace(action, value="delete"))


def made_image(
    recording: Recording, action: Action, name: str, visibility: str
) -> dict[str, object]:
    """Return a new image of the caller's project."""
    image: dict[str, object] = {
        "id": action.target,
        "name": name,
        "status": "queued",
        "visibility": visibility,
        "owner": recording.scene.people[action.who].project,
        "created_at": new_time(recording),
        "updated_at": new_time(recording),
        "size": None,
        "disk_format": "raw",
        "container_format": "bare",
        "tags": [],
        FRACTIONS: dict.fromkeys(("created_at", "updated_at"), action.number % 3 * 250_000),
    }
    return image | ({"__isregistered": "true"} if recording.cloud.dialect == "ims" else {})


def member(recording: Recording, action: Action) -> None:
    """Share an image: `value` is `add=PROJECT`, `remove=PROJECT` or `set=STATUS/PROJECT`."""
    verb, _, rest = action.value.partition("=")
    status, _, project = rest.rpartition("/")
    folder = f"{action.base}/images/{action.target}/members"
    if verb == "add":
        body = orjson.dumps({"member": project})
        request = recording.request(action, "POST", folder, body, JSON)
        change = Change("member", action.target, name=project, status="pending")
    elif verb == "remove":
        request = recording.request(action, "DELETE", f"{folder}/{project}")
        change = Change("member", action.target, name=project)
    else:
        body = orjson.dumps({"status": status})
        request = recording.request(action, "PUT", f"{folder}/{project}", body, JSON)
        change = Change("member", action.target, name=project, status=status)
    refused = refusal_of(recording, action, by_owner=verb != "set") or _no_membership(
        recording, action, verb
    )
    if refused is not None:
        recording.keep(action, request, refused, repeatable=False)
        return
    shown = {"member_id": project, "status": change.status or ""}
    response = empty(204) if verb == "remove" else ok(member_shown(action.target, shown))
    recording.keep(action, request, response, change=change, repeatable=False)


def _no_membership(recording: Recording, action: Action, verb: str) -> Response | None:
    image = find_image(recording.cloud.images, action.target) or {}
    project = action.value.partition("=")[2].rpartition("/")[2]
    has = any(one["member_id"] == project for one in image.get("members", ()))
    if verb == "add":
        if image.get("visibility") != "shared":
            return error(403, "Only shared images have members.")
        return error(409, "It is a member already.") if has else None
    if verb == "set" and recording.scene.people[action.who].project != project:
        return error(403, "Only the member may answer.")
    return None if has else error(404, "There is no such member.")


def tag(recording: Recording, action: Action) -> None:
    """Add a tag or take one off: `value` is `+TAG` or `-TAG`."""
    name, present = action.value[1:], action.value[0] == "+"
    path = f"{action.base}/images/{action.target}/tags/{quote(name, safe='')}"
    request = recording.request(action, "PUT" if present else "DELETE", path)
    refused = refusal_of(recording, action)
    if refused is not None:
        recording.keep(action, request, refused, repeatable=False)
        return
    image = find_image(recording.cloud.images, action.target) or {}
    if not present and name not in image.get("tags", ()):
        recording.keep(action, request, error(404, "There is no such tag."), repeatable=False)
        return
    update = {"updated_at": new_time(recording)}
    change = Change("tag", action.target, update, name=name, present=present)
    recording.keep(action, request, empty(204), change=change, repeatable=False)


def other_service(recording: Recording, action: Action) -> None:
    """Ask another service of the cloud, which may make an image of it."""
    host, path, body, makes, status = OTHER_SERVICES[action.value]
    project = recording.scene.people[action.who].project
    path = path.format(project=project, id=f"{action.number:08x}-1111-4000-8000-000000000000")
    name = f"made {action.number}"
    request = recording.request(action, "POST", path, body % name.encode(), JSON, host)
    change = None
    if makes:
        image = made_image(recording, action, name, "private")
        change = Change("create", action.target, image)
    recording.keep(action, request, ok({}, status), change=change, repeatable=False)


def droplets(recording: Recording, action: Action) -> None:
    """List the images of a service that is no Glance."""
    images = [
        {"id": 7000 + number, "name": f"distribution {number}", "slug": None, "public": True}
        for number in range(3)
    ]
    page = {"images": images, "links": {}, "meta": {"total": len(images)}}
    path = list_path(action.query, "/v2")
    recording.keep(action, recording.request(action, "GET", path, host=DROPLETS), ok(page))


def login(recording: Recording, action: Action) -> None:
    """Log in at Keystone; the answer gives the caller's token out."""
    person = recording.scene.people[action.who]
    scope = {"project": {"id": person.project}}
    roles = {OPERATOR: "admin", MEMBER: "member"}.get(person.role, "")
    asked = {"auth": {"identity": {"methods": ["password"]}, "scope": scope}}
    request = Request("POST", "http://keystone.test:5000/v3/auth/tokens", JSON, orjson.dumps(asked))
    token: dict[str, object] = {"project": {"id": person.project, "name": "p"}}
    if action.value == "with roles":
        token["roles"] = [{"id": "1", "name": roles}] if roles else []
    if recording.scene.alias or recording.scene.second is not None:
        token["catalog"] = [catalog_entry(recording.scene)]
    given = {"token": token | {"methods": ["password"]}}
    headers = (*JSON, ("X-Subject-Token", person.token))
    response = Response(201, "Created", headers, orjson.dumps(given))
    recording.keep(action, request, response)


def catalog_entry(scene: Scene) -> dict[str, object]:
    """Return where the catalog says that the image services are: by region, for each interface."""
    addresses = [("RegionOne", "public", scene.host), ("RegionOne", "internal", scene.alias)]
    addresses += [("RegionTwo", "public", scene.second_host)]
    endpoints = [
        {"interface": interface, "region": region, "region_id": region, "url": url}
        for region, interface, url in addresses
        if url
    ]
    return {"type": "image", "name": "glance", "endpoints": endpoints}


# -- what no recorded request did ------------------------------------------------------------------


def silent(recording: Recording, action: Action) -> None:
    """Delete an image, make it private or rename it, then show that to each caller that saw it."""
    action = replace(action, version="")  # callers look in the version that is usual for them
    people = recording.scene.people
    saw = [visible(recording.cloud, one, action.target) is not None for one in people]
    is_there = find_image(recording.cloud.images, action.target) is not None
    if is_there is (action.value == "appear"):
        return
    change = silent_change(recording, action)
    before = deepcopy(recording.cloud)
    recording.make(change)
    recording.silent.append((len(recording.events), change))
    for who, person in enumerate(people):
        if saw[who] and visible(recording.cloud, person, action.target) is None:
            show(recording, action, who, before)
        elif action.evidence[who] == "get" and visible(recording.cloud, person, action.target):
            one = replace(action, kind="look", who=who, value="")
            path = f"{action.base}/images/{action.target}"
            response = answer_image(recording.cloud, person, action.target)
            shows = 0 if change.kind == "member" else len(recording.silent)
            recording.keep(one, recording.request(one, "GET", path), response, shows=shows)
        elif action.evidence[who] == "members":
            look(recording, replace(action, who=who, value="members"))


def silent_change(recording: Recording, action: Action) -> Change:
    """Return what happens to an image without a recorded request."""
    project = recording.scene.people[action.who].project
    now = {"updated_at": new_time(recording)}
    service = recording.service
    if action.value == "appear":
        kinds = ("public", "private", "shared", "community")
        image = made_image(recording, action, "a", kinds[action.number % 4])
        return Change("create", action.target, image | {"status": "active"}, service=service)
    if action.value in ("accepted", "rejected", "expelled"):
        status = None if action.value == "expelled" else action.value
        return Change("member", action.target, name=project, status=status, service=service)
    fields: Mapping[str, object] = {
        "hide": {"visibility": "private", "owner": "f" * 32},
        "rename": {"name": f"renamed {action.number}"},
        "ready": {"status": "active", "size": 40},
        "open": {"visibility": "public"},
        "offer": {"visibility": "shared"},
        "unhide": {"os_hidden": False},
        "shelve": {"os_hidden": True},
        "community": {"visibility": "community"},
        "withdraw": {"visibility": "private"},
        "give": {"owner": PROJECTS[action.number % 3]},
        "protect": {"protected": True},
        "retag": {"tags": ["x", f"t{action.number}"]},
        "retype": {"__os_type": "Windows"},
    }.get(action.value, {})
    image = find_image(recording.cloud.images, action.target) or {}
    if action.value == "withdraw" and image.get("owner") is None:
        fields = {**fields, "owner": "f" * 32}  # without one, Glance finds it for everybody
    kind = "delete" if action.value == "delete" else "update"
    return Change(kind, action.target, {**fields, **now}, service=service)


def show(recording: Recording, action: Action, who: int, before: HuntCloud) -> None:
    """Record an answer by which a caller can know that an image is gone."""
    person = recording.scene.people[who]
    how = action.evidence[who % len(action.evidence)]
    one = replace(action, kind=how, who=who, gap=0, query="", value="", evidence=())
    image_path = f"{action.base}/images/{action.target}"
    shows = len(recording.silent)
    if how == "conditional" and was_listed(before, person, action.target):
        request = recording.request(
            one, "GET", list_path("limit=1000", action.base), more=CONDITIONS
        )
        response = answer_list(recording.cloud, person, "limit=1000")
        recording.keep(one, request, response, shows=shows)
        return
    if how == "marker":
        query = urlencode([("limit", "2"), ("marker", action.target)])
        response = answer_list(recording.cloud, person, query)
        request = recording.request(one, "GET", list_path(query, action.base))
        if response.status != 200:
            recording.keep(one, request, response, shows=shows)
            return
        # An operator may begin after an image that is deleted: that shows nothing.
    method, rest = {
        "delete": ("DELETE", ""),
        "patch": ("PATCH", ""),
        "file": ("GET", "/file"),
        "members": ("GET", "/members"),
        "tag": ("PUT", "/tags/t"),
    }.get(how, ("GET", ""))
    body = b"[]" if method == "PATCH" else b""
    request = recording.request(one, method, image_path + rest, body)
    response = not_found(action.target)
    recording.keep(one, request, response, repeatable=method == "GET", shows=shows)


def was_listed(cloud: HuntCloud, person: Person, image_id: str) -> bool:
    """Whether the plain list showed the image."""
    response = answer_list(cloud, person, "limit=1000")
    images = orjson.loads(response.body).get("images", [])
    return any(one["id"] == image_id for one in images)


ACTIONS: dict[str, Callable[[Recording, Action], None]] = {
    "ask": ask,
    "walk": walk,
    "resume": resume,
    "look": look,
    "download": download,
    "native": native,
    "change": change_image,
    "create": create,
    "brief": brief,
    "member": member,
    "tag": tag,
    "service": other_service,
    "droplets": droplets,
    "login": login,
    "silent": silent,
}
EVIDENCE: Sequence[str] = (
    "get",
    "delete",
    "patch",
    "file",
    "members",
    "tag",
    "marker",
    "conditional",
)
