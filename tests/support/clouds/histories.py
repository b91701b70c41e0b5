"""What may have been recorded of a small cloud that is walked, asked and changed, as strategies.

Every change is followed by recorded answers that show it to everybody who had recorded before:
nothing can be said of a change that no recording shows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from hypothesis import strategies as st

from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.clouds import Caller, Cloud
from support.clouds.recorded import KEPT
from support.clouds.small_images import ME, OTHER, images
from support.drawn.rolls import Roll, octets, pick
from support.oracle.naive_filters import UNLISTED_STATUSES
from support.oracle.naive_query import Refused, read_pairs
from support.oracle.plain_queries import LIMITS, plain_queries
from support.oracle.queries import queries

JSON = (("Content-Type", "application/json"),)
START = datetime(2026, 11, 23, 10, tzinfo=UTC)
COUNTS = (0, 1, 3, 4, 5, 6, 7, 8)
MOST_STEPS = 14


@dataclass
class Walk:
    """A list that is being followed, page by page."""

    caller: Caller
    query: str | None
    limits: Sequence[int | None]
    pages: int = 0


@dataclass
class History:
    """A cloud, and what was recorded of it so far."""

    cloud: Cloud
    callers: Sequence[Caller]
    interactions: list[Interaction] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """The ids of images that were deleted."""
    earlier: list[tuple[Cloud, Request]] = field(default_factory=list)
    """The cloud before each change that was recorded, and the request that made the change."""

    @property
    def states(self) -> list[tuple[Request | None, Cloud]]:
        """Return the states that recorded changes lead to, each with the change before it."""
        changes: list[Request | None] = [None, *(request for _, request in self.earlier)]
        clouds = [*(cloud for cloud, _ in self.earlier), self.cloud]
        return list(zip(changes, clouds, strict=True))

    def keep_change(self, before: Cloud, image_id: str) -> None:
        """Record a request that changed something; nothing before it holds behind it."""
        request = self.callers[0].request("", f"/v2/images/{image_id}")
        patch = b"[%d]" % len(self.earlier)  # each is another request
        request = Request("PATCH", request.uri, request.headers, patch)
        self.earlier.append((before, request))
        self._keep(request, Response(200, "OK", JSON, b"{}"))

    def ask(self, caller: Caller, query: str) -> dict[str, Any] | None:
        """Record a list request; gives the page, None for a refusal."""
        response = self.cloud.answer(query, caller.project, caller.api_version)
        self._keep(caller.request(query), response)
        page: dict[str, Any] | None = orjson.loads(response.body)
        return page if response.status == 200 else None

    @property
    def recorded_callers(self) -> Sequence[Caller]:
        """Those who may ask: a token that nobody recorded says nothing of who has it."""
        headers = {interaction.request.headers for interaction in self.interactions}
        if not self.callers[0].by_token:
            return self.callers
        return [one for one in self.callers if one.request("").headers in headers] or self.callers

    def look(self, caller: Caller, image_id: str) -> None:
        """Record what is answered to a request for one image."""
        request = caller.request("", f"/v2/images/{image_id}")
        for image in self.cloud.images:
            if image["id"] == image_id and is_seen(self.cloud, caller, image_id):
                body = orjson.dumps(self.cloud.show(image))
                self._keep(request, Response(200, "OK", JSON, body))
                return
        self._keep(request, Response(404, "Not Found", JSON, b"{}"))

    def _keep(self, request: Request, response: Response) -> None:
        self.interactions.append(Interaction(request, response, self.now))

    @property
    def now(self) -> str:
        """The time of the next interaction, and of what changes before it."""
        time = START + timedelta(seconds=len(self.interactions))
        return time.isoformat().replace("+00:00", "Z")

    def advance(self, walk: Walk) -> None:
        """Record the next page of a walk."""
        assert walk.query is not None
        page = self.ask(walk.caller, with_limit(walk.query, walk.limits, walk.pages))
        walk.pages += 1
        follows = page.get("next") if page else None
        walk.query = urlsplit(follows).query if follows else None

    def show(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Record for all callers how an image is now, or that it is there no more."""
        image_id = (after or before or {})["id"]
        for caller in self.callers:
            self._show_to(caller, image_id, before)

    def _show_to(self, caller: Caller, image_id: str, before: dict[str, Any] | None) -> None:
        if query := is_seen(self.cloud, caller, image_id):
            self.ask(caller, query)
            return
        if before is None:
            return
        then = Cloud(self.cloud.dialect, [before])
        for view in VIEWS_OF_ONE:
            query = f"id={image_id}{view}"
            if image_id in listed(then, caller, query):
                self.ask(caller, query)


VIEWS_OF_ONE = (
    "",
    "&os_hidden=true",
    *(f"&visibility={one}" for one in ("public", "private", "shared", "community")),
    *(f"&member_status={one}" for one in ("pending", "rejected")),
    *(f"&visibility=shared&member_status={one}" for one in ("pending", "rejected")),
    *(f"&os_hidden=true&member_status={one}" for one in ("pending", "rejected")),
    "&os_hidden=true&visibility=community",
)


def is_seen(cloud: Cloud, caller: Caller, image_id: str) -> str:
    """Return a query that shows an image; "" when none does."""
    queries_of_one = (f"id={image_id}{view}" for view in VIEWS_OF_ONE)
    return next((one for one in queries_of_one if image_id in listed(cloud, caller, one)), "")


def listed(cloud: Cloud, caller: Caller, query: str) -> set[str]:
    """Return the ids of the images that a query lists."""
    response = cloud.answer(query, caller.project, caller.api_version)
    page = orjson.loads(response.body)
    return {image["id"] for image in page["images"]} if response.status == 200 else set()


def is_listed(image: dict[str, Any]) -> bool:
    """Return whether lists show it to someone; by its id a killed one can be seen, too."""
    return image["status"] not in UNLISTED_STATUSES


def with_limit(query: str, limits: Sequence[int | None], page: int) -> str:
    """Ask for another limit on each page, as clients that adapt it do."""
    limit = limits[page % len(limits)] if limits else None
    if limit is None:
        return query
    try:
        pairs = [pair for pair in read_pairs(query) if pair[0] != "limit"]
    except Refused:
        return query
    return urlencode([*pairs, ("limit", str(limit))])


_ORDER, _LIMITS, _NAMES = octets(max(COUNTS) + MOST_STEPS), octets(4), octets(4)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a cloud and what was recorded of it: whole and partial walks, pages, changes."""
    dialect = draw(st.sampled_from(("glance", "glance", "ims")))
    count = draw(st.sampled_from(COUNTS))
    numbers = Roll(draw(_ORDER)).shuffle(range(count + MOST_STEPS))
    collection = [draw(images(dialect, number)) for number in numbers[:count]]
    cloud = Cloud(
        dialect, collection, draw(st.just(True) if dialect == "glance" else st.booleans())
    )
    version = draw(st.sampled_from((None, "Q", "M"))) if dialect == "ims" else None
    by_token = draw(st.booleans())
    mine = Caller(ME, version, by_token)
    callers = [mine, Caller(OTHER, version, by_token)][: draw(st.sampled_from((1, 1, 1, 2)))]
    history = History(cloud, callers)
    walks = [_start(draw, cloud, callers) for _ in range(draw(st.integers(1, 3)))]
    for step in range(draw(st.integers(1, MOST_STEPS))):
        going = [walk for walk in walks if walk.query is not None]
        action = draw(st.sampled_from(("walk",) * 8 + ("change", "page", "start", "look")))
        if action == "change":
            change(draw, history, numbers[count + step])
        elif action == "look" and cloud.images:
            known = [*history.gone, *(one["id"] for one in cloud.images if is_listed(one))]
            if known:
                history.look(pick(draw, callers), pick(draw, known))
        elif action == "page":
            history.ask(pick(draw, callers), draw(queries(cloud.images)))
        elif action == "start" or not going:
            walks.append(_start(draw, cloud, callers))
        else:
            history.advance(pick(draw, going))
    for walk in walks:
        if draw(st.sampled_from((True, True, False))):
            for _ in range(count + 3):
                if walk.query is not None:
                    history.advance(walk)
    return history


def _start(draw: st.DrawFn, cloud: Cloud, callers: Sequence[Caller]) -> Walk:
    odd = draw(st.sampled_from((False,) * 4 + (True,)))
    query = draw(queries(cloud.images) if odd else st.one_of(st.just(""), plain_queries()))
    roll = Roll(draw(_LIMITS))
    limits = [roll.pick(LIMITS) for _ in range(roll.pick((0, 0, 0, 1, 2, 3)))]
    return Walk(pick(draw, callers), query, limits)


def change(draw: st.DrawFn, history: History, number: int) -> None:
    """Make, change or delete an image, and record that, or what shows it."""
    stored = history.cloud.images
    then = replace(history.cloud, images=[*stored])
    before = pick(draw, [None, *stored])
    after: dict[str, Any] | None = None
    if before is None:
        after = draw(images(history.cloud.dialect, number))
        after |= {"created_at": history.now, "updated_at": history.now}
        stored.append(after)
    elif draw(st.booleans()):
        stored.remove(before)
        history.gone.append(before["id"])
    else:
        drawn = draw(images(history.cloud.dialect, number))
        kept = {"id": before["id"], "members": before.get("members", [])}
        roll, others = Roll(draw(_NAMES)), sorted(drawn.keys() - kept)
        names = [roll.pick(others) for _ in range(roll.pick((1, 2, 3)))]
        after = before | {name: drawn[name] for name in names}
        # Glance notes when an image changed; a list that shows nothing new of it proves nothing.
        after |= {"updated_at": history.now}
        stored[stored.index(before)] = after
    if draw(st.sampled_from((True, False, False))):
        history.keep_change(then, (after or before or {})["id"])
    else:
        history.show(before, after)


def record(history: History, folder: Path, cassettes: Sequence[int]) -> RecordedAnswers:
    """Write what was recorded into cassettes; each number says into which one an item goes."""
    written: dict[int, list[Interaction]] = {}
    for place, interaction in enumerate(history.interactions):
        written.setdefault(cassettes[place % len(cassettes)], []).append(interaction)
    paths = [write(folder / f"{number}.yaml", some) for number, some in written.items()]
    return RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)


def write(path: Path, interactions: Iterable[Interaction]) -> Path:
    """Write a cassette whose ids are kept and whose items have their times."""
    writer = CassetteWriter(path, "glancetape tests", KEPT)
    writer.append(
        [
            emit(one, to_readable(one.request.body), to_readable(one.response.body))
            for one in interactions
        ]
    )
    writer.close()
    return path


CASSETTES = st.sampled_from(((0,), (0,), (0, 1), (0, 0, 1), (1, 1, 1, 0)))
"""Into which cassette each recorded item goes, over and over."""
