"""Trying a history: record it, replay it in some order, ask, and judge each answer.

A wrong answer is made small: images, actions and steps are left out while it stays wrong.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.interaction import Request, Response
from support.clouds.clouds import on_the_wire
from support.hunt.databases import SQLITE
from support.hunt.drawing import CUT, DAMAGED, PRUNED, VERSIONS, Edit, History, draw
from support.hunt.judging import (
    NOT_MODIFIED,
    Judge,
    Question,
    answer,
    as_asked,
    copies_of,
    differences,
    expected,
    is_of_hidden_property,
    is_one_of,
    may_know_its_clock,
    read,
    why_only_a_miss,
)
from support.hunt.people import MEMBER, Person
from support.hunt.product import (
    Player,
    Redacting,
    Refused,
    Replay,
    damage,
    edit,
    is_kept,
    leaves_mark,
    merged,
    prune,
    repeat,
    write,
)
from support.hunt.questions import PASSWORDS, SECRETS, by_secret, random_question
from support.hunt.recording import (
    ALIAS,
    CONDITIONAL,
    CONDITIONS,
    DROPLETS,
    HEAD,
    OTHER_SERVICES,
    SECOND,
    START,
    Action,
    Event,
    Recording,
    Scene,
    as_time,
    record,
    service_at,
)
from support.hunt.runs import ALL, NEW_EPISODES, superseded, without_events
from support.hunt.world import HuntCloud, find_image

HARMLESS = ("parsed_body", "twice", "CR LF in a header")
"""Edits after which an answer says what it did."""
IN_ONE_HISTORY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]+|[abc]\.yaml#[0-9-]+|\(.*?\)|'[^']*'|[0-9]+")
MOST_FOLLOWED = 4
STRANGER = "gAAAAAB-a-token-that-nobody-recorded"


@dataclass(frozen=True)
class Step:
    """One request of a replay: a recorded change that is played, or a question."""

    who: int
    action: int = -1
    """The number of the action whose changes are played; -1 for a question."""
    question: Question | None = None
    by_stranger: bool = False
    """Asked with a token that was not recorded."""
    times: int = 1
    """How often it is asked, one time right after the other: a server keeps what comes again."""


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, and the replay that leads to it."""

    history: History
    steps: tuple[Step, ...]
    """The last one is the question."""
    kind: str
    difference: str
    source: str
    got: Response | None
    wanted: tuple[Response, ...]

    @property
    def signature(self) -> str:
        """Write what the wrong answers of one cause have in common, for the most part."""
        question = self.steps[-1].question
        doing = sorted({one.kind for one in self.history.scene.actions} - {"ask", "walk"})
        asked = question.kind if question else "?"
        traits = traits_of(self.history, self.steps)
        return f"{self.kind} to {asked!r}; {', '.join(doing) or 'only reads'}; {', '.join(traits)}"


@dataclass
class Tried:
    """What came out of a history."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By the kind of question and the kind of answer."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Of the misses, in the product's words, without what is in them of one history only."""
    wrong: list[Wrong] = field(default_factory=list)
    refused: str = ""
    """Why the product did not open the cassettes."""


def traits_of(history: History, steps: tuple[Step, ...]) -> list[str]:
    """Name what is not as in the simplest history."""
    scene, first = history.scene, history.redacting[0]
    keeps = first.keep_ids or first.foreign
    whos = {action.who for action in scene.actions} | {step.who for step in steps}
    traits = {
        scene.cloud.dialect: scene.cloud.dialect != "glance",
        history.editing: history.editing != "",
        "property protections": any(one.hidden for one in scene.people),
        f"default limit {scene.cloud.default_limit}": scene.cloud.default_limit != 25,
        f"largest limit {scene.cloud.largest_limit}": scene.cloud.largest_limit != 1000,
        scene.cloud.database: scene.cloud.database != SQLITE,
        "foreign cassette": first.foreign,
        "stand-ins": not keeps,
        "two keys": not keeps and len({one.key for one in history.redacting}) > 1,
        "no key": not keeps and history.replay.key is None,
        "several cassettes": len({action.cassette for action in scene.actions}) > 1,
        "one second": any(action.gap == 0 for action in scene.actions[1:]),
        "/v2.9": any(action.base != "/v2" for action in scene.actions),
        "prefix": urlsplit(scene.host).path != "",
        "two services": scene.second is not None,
        "alias": scene.alias != "",
        history.edit.kind if history.edit else "": history.edit is not None,
        "another clock": scene.fast != 0,
        "two recorders' clocks": scene.off != 0,
        "a clock that was set": scene.jumps != (),
        "secrets": has_secrets(scene),
        "compressed": any(one.packed for one in history.redacting),
        "lost pages": any(one.lost for one in scene.actions),
        "taken out": any(one.taken_out for one in scene.actions),
        "undated": any(one.undated for one in scene.actions),
        "another order": history.is_shuffled,
        f"second run: {history.mode}": history.mode != "",
        "stranger": steps[-1].by_stranger,
        "several callers": len(whos) > 1,
        **{scene.people[who].role: scene.people[who].role != MEMBER for who in whos},
    }
    return sorted(name for name, is_so in traits.items() if is_so)


def has_secrets(scene: Scene) -> bool:
    """Whether a text of an image or of an action is one that is redacted as a secret."""
    texts = [str(scene.cloud.images), *(one.query + one.value for one in scene.actions)]
    return any(secret in text for secret in (*SECRETS, *PASSWORDS) for text in texts)


# -- a replay -------------------------------------------------------------------------------------


def plan(history: History, recording: Recording, rng: Random) -> list[Step]:
    """Return the requests of a replay: each caller's changes in their order, and questions."""
    waiting: dict[int, list[int]] = {}
    for event in recording.events:
        actions = waiting.setdefault(event.who, [])
        if not event.repeatable and event.action not in actions:
            actions.append(event.action)
    waiting = {who: actions for who, actions in waiting.items() if actions}
    every = {event.number for event in recording.events}
    images = recording.images(every, range(len(recording.silent)))
    if recording.scene.second is not None:
        images += recording.images(every, range(len(recording.silent)), SECOND)
        images += recording.scene.second.images
    images = [*{one["id"]: one for one in [*recording.scene.cloud.images, *images]}.values()]
    steps: list[Step] = []
    in_order = rng.random() < 0.4
    for _ in range(20):
        for _ in range(rng.choice((0, 1, 2, 3))):
            steps.append(ask_step(rng, history, recording, images, steps))
        if not waiting:
            break
        who = min(waiting, key=lambda one: waiting[one][0]) if in_order else rng.choice([*waiting])
        steps.append(Step(who, waiting[who].pop(0)))
        if not waiting[who]:
            del waiting[who]
    for _ in range(8):
        steps.append(ask_step(rng, history, recording, images, steps))
    return steps


def ask_step(
    rng: Random,
    history: History,
    recording: Recording,
    images: list[dict[str, object]],
    before: Sequence[Step],
) -> Step:
    """Return a question of a caller: a recorded one, one that was asked before, or another."""
    earlier = [one for one in before if one.question is not None]
    if earlier and rng.random() < 0.3:
        return rng.choice(earlier)
    who = rng.choice(who_may_ask(history, recording))
    recorded = [one for one in map(question_of, recording.events) if one is not None]
    times = rng.choice((1, 1, 1, 3))
    if recorded and rng.random() < 0.4:
        return Step(who, question=rng.choice(recorded), times=times)
    question = random_question(rng, images)
    if (
        any(event.request.uri.startswith(DROPLETS) for event in recording.events)
        and rng.random() < 0.3
    ):
        query = rng.choice(("page=1&per_page=2", "per_page=200", "limit=2", "page=2"))
        return Step(
            who, question=Question("another service's list", "images", query, "/v2", DROPLETS)
        )
    if has_secrets(history.scene) and rng.random() < 0.4:
        question = Question("what looks like a secret", "images", by_secret(rng))
    base = rng.choice(("/v2",) * 15 + ("/v2.9", "/v2.0"))
    at = rng.choice(addresses_of(history.scene))
    recorded_whos = recorded_by(history, recording)
    if history.scene.people[who].api_version is not None and rng.random() < 0.1:
        question = replace(question, version=rng.choice(VERSIONS))
    by_stranger = who in recorded_whos and rng.random() < 0.08
    question = replace(question, escaped=rng.random() < 0.03)
    asked = replace(question, base=base, at=at)
    return Step(who, question=asked, by_stranger=by_stranger, times=times)


def addresses_of(scene: Scene) -> tuple[str, ...]:
    """Return where an image service is, the usual address more often."""
    return ("", "", *[SECOND] * 2 * (scene.second is not None), *[ALIAS] * bool(scene.alias))


def recorded_by(history: History, recording: Recording) -> set[int]:
    """Return the callers that the cassettes have requests of."""
    return {one.who for one in recording.events if is_kept(one, history.redacting[one.cassette])}


def who_may_ask(history: History, recording: Recording) -> list[int]:
    """Return the callers that were recorded, and those whose requests name their project.

    A token or an access key that was not recorded is a stranger's, whoever has it.
    """
    recorded = recorded_by(history, recording)
    named = {who for who, one in enumerate(history.scene.people) if one.shows == "project"}
    return sorted(recorded | named) or [0]


def question_of(event: Event) -> Question | None:
    """Return a recorded read as a question; None for what is not asked again."""
    request = event.request
    parts = urlsplit(request.uri)
    base, found, path = parts.path.rpartition("/images")
    if request.method not in ("GET", HEAD) or not found:
        return None
    base = base[base.rindex("/v2") :]
    if parts.netloc == urlsplit(DROPLETS).netloc:
        return Question("another service's list", "images", parts.query, base, DROPLETS)
    conditions = tuple(one for one in request.headers if one in CONDITIONS)
    way = HEAD if request.method == HEAD else CONDITIONAL if conditions else ""
    return Question(
        f"recorded {way}".strip(),
        f"images{path}",
        parts.query,
        base,
        at=event.at,
        method=request.method,
        version=dict(request.headers).get("X-Api-Version"),
        conditions=conditions,
    )


def why_damaged(response: Response, method: str) -> str:
    """Return why a client would not get a whole response; "" when it would."""
    fields = {name.lower(): value for name, value in response.headers}
    if "transfer-encoding" in fields or "content-encoding" in fields:
        return "a coding that the body does not have"
    length = fields.get("content-length")
    if method == HEAD or response.status in (204, NOT_MODIFIED):
        return "a body where none may be" if response.body else ""
    return "" if length == str(len(response.body)) else f"length {length}"


def is_of_other_service(event: Event) -> bool:
    """Whether a request was sent to another service than that of images."""
    netloc = urlsplit(event.request.uri).netloc
    return netloc in {urlsplit(host).netloc for host, *_ in OTHER_SERVICES.values()}


def times_in(response: Response) -> list[str]:
    """Return all times of images in a response."""
    value = read(response)
    images = value.get("images", [value]) if isinstance(value, dict) else ()
    shown = (one.get(name) for one in images for name in ("created_at", "updated_at"))
    return [str(time) for time in shown if time]


def shows(response: Response, image_id: str, updated_at: str) -> bool:
    """Whether a response shows an image as it was updated then."""
    value = read(response)
    images = value.get("images", [value]) if isinstance(value, dict) else ()
    return any(
        (one.get("id"), one.get("updated_at")) == (image_id, updated_at)
        for one in images
        if isinstance(one, dict)
    )


def is_same_change(one: Event, other: Event, history: History) -> bool:
    """Whether two tokens of a project asked for the same: nobody can tell which of them it was."""
    people, same = history.scene.people, (other.request.method, other.request.uri)
    return (
        not one.repeatable
        and one.who != other.who
        and people[one.who].project == people[other.who].project
        and (one.request.method, one.request.uri) == same
        and looks(one.request.body) == looks(other.request.body)
    )


def looks(body: bytes) -> bytes:
    """Return a body as recordings have it, in which all secrets look the same."""
    for secret in SECRETS:
        body = body.replace(secret.encode(), SECRETS[0].encode())
    return body


@dataclass
class Stage:
    """A replay that is going on."""

    history: History
    recording: Recording
    player: Player
    played: set[int] = field(default_factory=set)
    judge: Judge = answer
    stopped: set[int] = field(default_factory=set)
    """Callers that cannot go on: their next change would not fit what was played."""
    asked: list[Step] = field(default_factory=list)
    """The questions of the list that is followed."""
    next_query: str | None = None
    """The query of the page after the last one, if that was derived."""

    def request(self, step: Step) -> Request:
        """Return the request of a question."""
        assert step.question is not None
        person = as_asked(self.history.scene.people[step.who], step.question.version)
        if step.by_stranger:
            person = Person(person.project, "token", STRANGER, person.role, person.api_version)
        host = step.question.host or self.history.scene.host_at(step.question.at)
        path = step.question.path
        if step.question.escaped:
            path = path.replace("images", "im%61ges", 1)
        uri = f"{host}{step.question.base}/{path}"
        if step.question.query:
            uri += f"?{on_the_wire(step.question.query)}"
        headers = (*person.headers(9000), *step.question.conditions)
        return Request(step.question.method, uri, headers)

    def play(self, step: Step) -> None:
        """Play the changes of an action, unless they do not fit what was played before."""
        if step.who in self.stopped:
            return
        for event in self.recording.events:
            if event.action != step.action or event.who != step.who or event.repeatable:
                continue
            if not self.fits(event):
                self.stopped.add(step.who)
                return
            reply = self.player.ask(event.request)
            how = self.history.redacting[event.cassette]
            if reply.kind != "exact" and is_kept(event, how):
                self.stopped.add(step.who)
                return
            self.played.add(event.number)

    def fits(self, event: Event) -> bool:
        """Whether a change is of an image that is there, and none after it was played.

        Nor is it one that another token of its project made before in the same words: that one is
        played first.
        """
        change = event.change
        if any(is_same_change(one, event, self.history) for one in self.not_played(event)):
            return False
        if change is None or change.kind == "create":
            return True
        others = {
            one.number
            for one in self.recording.events
            if one.change is not None
            and (one.change.image_id, one.change.service) == (change.image_id, change.service)
        }
        if any(one > event.number for one in others & self.played):
            return False
        images = self.recording.images(self.played, range(len(self.recording.silent)), event.at)
        return find_image(images, change.image_id) is not None

    def not_played(self, event: Event) -> Iterator[Event]:
        """Yield what was recorded before an event and not played."""
        events = self.recording.events[: event.number]
        return (one for one in events if one.number not in self.played)

    def may_ask(self, step: Step) -> bool:
        """Whether the answer can be judged: it is known who asks, which service, and for what."""
        question = step.question
        if question is not None and question.host and self.history.replay.any_host:
            return False
        if question is not None and is_of_hidden_property(self.recording, step.who, question):
            return False
        recorded = recorded_by(self.history, self.recording)
        if step.by_stranger:
            return step.who in recorded
        return step.who in who_may_ask(self.history, self.recording)

    def follow(self, step: Step, tried: Tried) -> Wrong | None:
        """Ask a question and judge the answer, and the pages after it; return the first wrong one.

        What is asked is the last of `asked`, after those that are before it.
        """
        self.asked = [step]
        for _ in range(MOST_FOLLOWED):
            last = self.asked[-1]
            if (wrong := self.ask(last, tried)) is not None:
                return replace(wrong, steps=tuple(self.asked))
            if (following := self.next_query) is None or last.question is None:
                return None
            question = replace(last.question, kind="next page", query=following)
            self.asked.append(replace(last, question=question))
        return None

    def ask(self, step: Step, tried: Tried) -> Wrong | None:
        """Ask a question and judge the answer."""
        self.next_query = None
        question = step.question
        assert question is not None
        request = self.request(step)
        reply = [self.player.ask(request) for _ in range(step.times)][-1]
        kind = f"{question.kind}{' by a stranger' if step.by_stranger else ''}"
        if reply.kind == "miss" or reply.response is None:
            tried.counts[kind, "miss"] += 1
            tried.reasons[IN_ONE_HISTORY.sub("...", reply.source)] += 1
            return None
        cloud = self.history.scene.cloud_at(question.at)
        default_limit = min(cloud.default_limit, cloud.largest_limit)  # what no limit asks for
        wanted = expected(self.recording, step.who, question, self.played, reply.kind, self.judge)
        first = self.history.redacting[0]
        replaced = not first.foreign and (not first.keep_ids or has_secrets(self.history.scene))
        unknown = (
            why_only_a_miss(self.recording, step.who, question) if reply.kind == "derived" else ""
        )
        unknown = unknown or self.why_too_early(reply.response, service_at(question.at))
        unknown = unknown or why_damaged(reply.response, question.method)
        if reply.kind == "exact" and reply.response.status == NOT_MODIFIED:
            copies = copies_of(self.recording, question)
            if any(is_one_of(one, wanted, default_limit, replaced=replaced) for one in copies):
                tried.counts[kind, "exact"] += 1
                return None
        if not unknown and is_one_of(reply.response, wanted, default_limit, replaced=replaced):
            tried.counts[kind, reply.kind] += 1
            if reply.kind == "derived" and question.path == "images":
                following = read(reply.response).get("next")
                self.next_query = urlsplit(following).query if following else None
            return None
        if reply.kind == "exact" and self.was_broken(reply.response.status):
            return None
        if reply.kind == "exact" and not unknown and self.is_edited(reply.response):
            return None  # the page as someone made it
        tried.counts[kind, "wrong"] += 1
        difference = unknown
        if not unknown and wanted:
            difference = differences(reply.response, wanted[-1], default_limit, replaced=replaced)
        return Wrong(
            self.history, (), reply.kind, difference, reply.source, reply.response, tuple(wanted)
        )

    def why_too_early(self, response: Response, service: int) -> str:
        """Return how an answer shows what surely happened after a change that was not played.

        Images of changes that were played are as these left them, and changes at other services
        make images. Without a date nobody knows when a change was made.
        """
        recording, scene = self.recording, self.history.scene
        changes = [one for one in recording.events if one.change is not None and self.is_known(one)]
        missing = [one for one in changes if one.number not in self.played]
        has_foreign = any(one.foreign for one in self.history.redacting)
        if not scene.has_dates and (has_foreign or scene.fast):
            missing = [one for one in missing if self.notes_its_time(one)]
        if not missing:
            return ""
        first = missing[0]
        if any(is_of_other_service(one) for one in changes if one.number > first.number):
            return ""
        changed = {
            one.change.image_id
            for one in changes
            if one not in missing and one.change and one.change.service == service
        }
        for place, silent in recording.silent:
            updated = (silent.fields or {}).get("updated_at")
            if silent.service != service:
                continue
            if silent.kind != "update" or silent.image_id in changed or place <= first.number:
                continue
            began = as_time(START + timedelta(seconds=first.second + scene.fast))
            if str(updated) > began and shows(response, silent.image_id, str(updated)):
                return f"image {silent.image_id[:8]} as it was after event {first.number}"
        return ""

    def notes_its_time(self, event: Event) -> bool:
        """Whether the answer to a change shows an image with a time that is new then."""
        new = times_in(event.response)
        before = [
            time for one in self.recording.events[: event.number] for time in times_in(one.response)
        ]
        return bool(new and before) and max(before) < max(new)

    def is_known(self, event: Event) -> bool:
        """Whether the cassettes have a request, or its mark."""
        how = self.history.redacting[event.cassette]
        return is_kept(event, how) or leaves_mark(event, how)

    def was_broken(self, status: int) -> bool:
        """Whether a gateway gave a recorded read this status."""
        return any(one.is_broken and one.response.status == status for one in self.recording.events)

    def is_edited(self, response: Response) -> bool:
        """Whether an answer may be the page that was edited."""
        edit = self.history.edit
        return edit is not None and edit.kind in (CUT, f"status {response.status}")


def perform(history: History, steps: list[Step] | None = None, judge: Judge = answer) -> Tried:
    """Record and replay a history; the steps are drawn unless they are given."""
    with TemporaryDirectory(prefix="hunt-first-") as name:
        recording = record(history.scene, partial(begin_second_run, history, Path(name)))
    written = recording.events
    if history.mode == ALL:
        recording = without_events(recording, superseded(recording))
    if not may_know_its_clock(dated(history, recording), has_dates=history.scene.has_dates):
        return Tried()
    has_foreign = any(one.foreign for one in history.redacting)
    is_dated = not has_foreign and not any(one.undated for one in recording.events)
    recording.in_order_of_time = len(history.redacting) == 1 or is_dated
    chosen = (
        steps if steps is not None else plan(history, recording, Random(f"steps/{history.seed}"))
    )
    tried = Tried()
    with TemporaryDirectory(prefix="hunt-") as name:
        folder = Path(name)
        if not (paths := write_all(history, recording, written, folder)):
            return tried
        try:
            player = Player(paths, history.replay, folder)
        except Refused as why:
            tried.refused = str(why)
            return tried
        try:
            stage = Stage(history, recording, player, judge=judge)
            for place, step in enumerate(chosen):
                if step.question is None:
                    stage.play(step)
                elif stage.may_ask(step) and (wrong := stage.follow(step, tried)) is not None:
                    before = chosen[:place]  # an answer that was kept may be wrong later
                    tried.wrong.append(replace(wrong, steps=(*before, *wrong.steps)))
        finally:
            player.close()
    return tried


def dated(history: History, recording: Recording) -> list[Event]:
    """Return the events that cassettes have with a date of the recorder."""
    pairs = ((one, history.redacting[one.cassette]) for one in recording.events)
    return [one for one, how in pairs if is_kept(one, how) and not how.foreign and not one.undated]


def begin_second_run(history: History, folder: Path, recording: Recording) -> None:
    """Let a second run get what the first one recorded, if its mode says so."""
    how, path = history.redacting[0], folder / "first.yaml"
    events = [one for one in recording.events if is_kept(one, how) or leaves_mark(one, how)]
    if history.mode != NEW_EPISODES or not events:
        return
    write(path, events, how)
    player = Player([path], Replay(how.key), folder)

    def replayed(request: Request) -> Response | None:
        reply = player.ask(request)
        is_login = urlsplit(request.uri).path.endswith("/auth/tokens")  # which is always sent
        return reply.response if reply.kind == "exact" and not is_login else None

    recording.replayed = replayed


def write_all(
    history: History, recording: Recording, written: list[Event], folder: Path
) -> list[Path]:
    """Write the cassettes of a history and return their paths; empty ones are left out.

    `written` are all events, also those of a first run that a second one replaces.
    """
    paths = []
    for number, how in enumerate(history.redacting):
        events = [one for one in written if one.cassette == number]
        events = [one for one in events if is_kept(one, how) or leaves_mark(one, how)]
        if not events:
            continue
        path = folder / f"{'abc'[number]}.yaml"
        if history.is_shuffled:
            events = shuffled(events, recording, Random(f"shuffled/{history.seed}"))
        write(path, events, how, replaces=history.mode == ALL)
        paths.append(path)
        if history.edit is not None and (place := place_of_edit(events, history.edit)) is not None:
            edit_by_hand(path, events, history.edit.kind, place)
            one = events[place]
            recording.events[one.number] = replace(one, is_edited=history.edit.kind not in HARMLESS)
    if history.editing and len(paths) > 1:
        paths = merged(paths, folder / "m.yaml")
    if history.editing == PRUNED and len(paths) == 1:  # it looks at one cassette by itself
        prune(paths[0], Random(f"prune/{history.seed}"))
    return paths


def shuffled(events: list[Event], recording: Recording, rng: Random) -> list[Event]:
    """Return events in another order: reads between which nothing changed change places."""
    changing = {one.number for one in recording.events if not one.repeatable}
    since = [place for place, _ in recording.silent]

    def changes_before(event: Event) -> tuple[int, int]:
        made = sum(number < event.number for number in changing)
        return made, sum(place <= event.number for place in since)

    def place(event: Event) -> tuple[int, int, int, float]:
        made, silent = changes_before(event)
        return made, silent, not event.repeatable, rng.random()

    return sorted(events, key=place)


def place_of_edit(events: list[Event], how: Edit) -> int | None:
    """Return which of the events is edited: a list that was given; None if there is none."""
    places = [
        place
        for place, event in enumerate(events)
        if event.response.status == 200
        and event.request.method == "GET"
        and urlsplit(event.request.uri).path.endswith("/images")
        and (how.kind != CUT or shows_where_it_was_cut(event))
    ]
    return places[how.place % len(places)] if places else None


def edit_by_hand(path: Path, events: list[Event], kind: str, place: int) -> None:
    """Edit one recorded list of a foreign cassette."""
    page = orjson.loads(events[place].response.body)
    if kind == "parsed_body":
        edit(path, place, {"parsed_body": page, "body": None})
    elif kind in DAMAGED:
        damage(path, place, kind)
    elif kind == "twice":
        repeat(path, place)
    elif kind.startswith("status"):
        edit(path, place, {"status": {"code": int(kind[-3:]), "message": "Odd"}})
    elif kind == "CR LF in a header":
        edit(path, place, {"headers": {"X\r\nSet-Cookie": ["a\r\nb"]}})
    else:
        page["images"] = page["images"][1:]
        edit(path, place, {"body": {"string": orjson.dumps(page).decode()}})


def shows_where_it_was_cut(event: Event) -> bool:
    """Whether a page says how long it was: without a limit, its length is taken for the default."""
    return b'"next"' in event.response.body and "limit=" in event.request.uri


# -- making a wrong answer small ------------------------------------------------------------------


def smaller(wrong: Wrong) -> Iterator[tuple[History, tuple[Step, ...]]]:
    """Yield simpler histories and replays, each with one thing left out."""
    history, steps = wrong.history, wrong.steps
    scene = history.scene
    for place in range(len(steps) - 1):
        yield history, (*steps[:place], *steps[place + 1 :])
    for place in reversed(range(len(scene.actions))):
        actions = (*scene.actions[:place], *scene.actions[place + 1 :])
        yield replace(history, scene=replace(scene, actions=actions)), steps
    for place in range(len(scene.cloud.images)):
        images = [*scene.cloud.images[:place], *scene.cloud.images[place + 1 :]]
        yield with_cloud(history, images=images), steps
    for place in range(len(scene.second.images) if scene.second is not None else 0):
        assert scene.second is not None
        images = [*scene.second.images[:place], *scene.second.images[place + 1 :]]
        fewer: HuntCloud = replace(scene.second, images=images)
        yield replace(history, scene=replace(scene, second=fewer)), steps
    yield from simpler_ways(history, steps)
    if any(one.packed for one in history.redacting):
        unpacked = tuple(replace(one, packed="") for one in history.redacting)
        yield replace(history, redacting=unpacked), steps
    for place, action in enumerate(scene.actions):
        simple: list[dict[str, object]] = [{"gap": 1}, {"base": "/v2"}, {"cassette": 0}]
        simple += [{"lost": ()}, {"taken_out": False}, {"undated": False}]
        simple += [{"version": ""}, {"query": "limit=1000"}, {"by_hand": False}, {"broken": ""}]
        if action.at == ALIAS:
            simple.append({"at": ""})
        for fields in simple:
            changed: Action = replace(action, **fields)  # type: ignore[arg-type]
            if changed != action and (action.query or "query" not in fields):
                actions = (*scene.actions[:place], changed, *scene.actions[place + 1 :])
                yield replace(history, scene=replace(scene, actions=actions)), steps


def simpler_ways(  # noqa: PLR0912 - a list of what can be simpler
    history: History, steps: tuple[Step, ...]
) -> Iterator[tuple[History, tuple[Step, ...]]]:
    """Yield the history with a simpler cloud, recorder or replay."""
    cloud = history.scene.cloud
    if cloud.default_limit != 25:
        yield with_cloud(history, default_limit=25), steps
    if cloud.largest_limit != 1000:
        yield with_cloud(history, largest_limit=1000), steps
    if history.edit is not None:
        yield replace(history, edit=None), steps
    if history.editing:
        yield replace(history, editing=""), steps
    if history.is_shuffled:
        yield replace(history, is_shuffled=False), steps
    if history.mode:
        yield replace(history, mode=""), steps
    if any(one.hidden for one in history.scene.people):
        people = tuple(replace(one, hidden=()) for one in history.scene.people)
        yield replace(history, scene=replace(history.scene, people=people)), steps
    if urlsplit(history.scene.host).path:
        yield replace(history, scene=replace(history.scene, host="http://glance.test:9292")), steps
    if history.scene.jumps:
        yield replace(history, scene=replace(history.scene, jumps=())), steps
    if history.scene.fast:
        yield replace(history, scene=replace(history.scene, fast=0)), steps
    used = {action.at for action in history.scene.actions} | {
        step.question.at for step in steps if step.question is not None
    }
    if history.scene.alias and ALIAS not in used:
        yield replace(history, scene=replace(history.scene, alias="")), steps
    if history.scene.second is not None and SECOND not in used:
        yield replace(history, scene=replace(history.scene, second=None, second_host="")), steps
    plain = (Redacting(keep_ids=True),) * len(history.redacting)
    if plain != history.redacting:
        yield replace(history, redacting=plain, replay=replace(history.replay, key=0)), steps
    one_key = tuple(replace(one, key=0) for one in history.redacting)
    if one_key != history.redacting:
        yield replace(history, redacting=one_key), steps
    if history.replay.key is None and not history.redacting[0].foreign:
        yield replace(history, replay=replace(history.replay, key=0)), steps
    if any(one.times > 1 for one in steps):
        yield history, tuple(replace(one, times=1) for one in steps)
    if steps[-1].by_stranger:
        yield history, (*steps[:-1], replace(steps[-1], by_stranger=False))


def with_cloud(history: History, **fields: object) -> History:
    """Return the history with another cloud."""
    cloud: HuntCloud = replace(history.scene.cloud, **fields)  # type: ignore[arg-type]
    return replace(history, scene=replace(history.scene, cloud=cloud))


def shrink(wrong: Wrong, most: int = 400) -> Wrong:
    """Return the smallest history found, in so many tries, that has a wrong answer like this."""
    tries = 0
    is_smaller = True
    while is_smaller and tries < most:
        is_smaller = False
        for history, steps in smaller(wrong):
            tries += 1
            again = perform(history, list(steps))
            if again.wrong and again.wrong[-1].kind == wrong.kind:
                wrong, is_smaller = again.wrong[-1], True
                break
            if tries >= most:
                break
    return wrong


def try_seed(seed: int) -> Tried:
    """Draw the history of a seed, and try it."""
    return perform(draw(seed))
