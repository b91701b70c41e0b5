"""A random history from a seed: a cloud, its callers, what they do, how it is recorded."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from random import Random

from support.hunt.databases import MYSQL, POSTGRESQL, SQLITE
from support.hunt.people import ME, MEMBER, OPERATOR, OTHER, REFUSED, UNKNOWN, Person
from support.hunt.product import CODINGS, Redacting, Replay
from support.hunt.questions import (
    CHANGES,
    PASSWORDS,
    SECRETS,
    by_secret,
    list_question,
    plain_query,
    random_image,
)
from support.hunt.recording import (
    ALIAS,
    CONDITIONAL,
    EVIDENCE,
    HEAD,
    HOST,
    OTHER_SERVICES,
    SECOND,
    Action,
    Scene,
    service_at,
)
from support.hunt.runs import ALL, NEW_EPISODES
from support.hunt.world import HuntCloud
from support.images.varied import PROJECTS
from support.one_image import id_of

MOST_ACTIONS = 10
FIVE_YEARS_BEHIND = -5 * 365 * 86400


@dataclass(frozen=True)
class Edit:
    """How the response of one recorded list is changed by hand, or by another recorder."""

    kind: str
    place: int


@dataclass(frozen=True)
class History:
    """All that a seed fixes, but for the order of the replay."""

    seed: int
    scene: Scene
    redacting: tuple[Redacting, ...]
    """Of each cassette."""
    replay: Replay
    edit: Edit | None = None
    editing: str = ""
    """What was done with our cassettes after recording: MERGED, or PRUNED after that."""
    is_shuffled: bool = False
    """Whether interactions between which nothing changed are in another order."""
    mode: str = ""
    """The record mode of the second run; "" if there is only one."""


def draw(seed: int) -> History:
    """Return the history of a seed."""
    rng = Random(f"hunt/{seed}")
    dialect = rng.choice(("glance", "glance", "glance", "ims"))
    count = rng.choice((0, 1, 3, 4, 5, 6, 8, 12))
    images = [random_image(rng, number, dialect) for number in rng.sample(range(count + 20), count)]
    cloud = HuntCloud(dialect, images)
    if dialect == "glance":
        cloud.default_limit = rng.choice((25, 25, 25, 2, 3, 5, 100))
        cloud.largest_limit = rng.choice((1000, 1000, 1000, 1000, 3, 4))
    cloud.link_base = rng.choice(("",) * 5 + (HOST, "/prefix"))
    cloud.database = rng.choice((SQLITE, SQLITE, MYSQL, POSTGRESQL))
    people = draw_people(rng, dialect)
    redacting, replay = draw_redaction(rng)
    host = rng.choice((HOST,) * 8 + ("http://cloud.test/glance", "http://cloud.test/image"))
    alias, second, second_host = draw_addresses(rng, host, cloud)
    if second is not None:  # at our own address nobody can tell which of them is meant
        replay = replace(replay, any_host=False)
    actions = draw_actions(rng, (cloud, second), bool(alias), people, len(redacting))
    edit = None
    if redacting[0].foreign and rng.random() < 0.4:
        edit = Edit(rng.choice(EDITS), rng.randrange(100))
        if edit.kind == CUT:  # the page that is cut has to be the only one with a `next`
            limit = f"limit={max(2, count * 2 // 3)}"
            actions = (Action("walk", 0, MOST_ACTIONS * 10, query=limit), *actions[-2:])
    has_dates = rng.random() < 0.7
    fast = rng.choice((0, 0, 5, -5, 600, -600) if has_dates else (0, 0, FIVE_YEARS_BEHIND))
    off = rng.choice((0, 0, 0, 1, -4, 60, -600, 3600)) if has_dates else 0
    scene = Scene(
        cloud,
        people,
        actions,
        host,
        fast=fast,
        has_dates=has_dates,
        off=off,
        alias=alias,
        second=second,
        second_host=second_host,
    )
    editing = ""
    if not redacting[0].foreign:
        editing = rng.choice(("",) * 6 + (MERGED, PRUNED))
    if rng.random() < 0.2 and len(redacting) > 1:
        scene = replace(scene, jumps=draw_jumps(rng))
    if rng.random() < 0.2:
        scene = with_secrets(rng, scene)
    history = History(seed, scene, redacting, replay, edit, editing)
    history = edited_by_hand(rng, history)
    if len(redacting) == 1 and not redacting[0].foreign and rng.random() < 0.25:
        return with_second_run(rng, history)
    if len(redacting) > 1 and rng.random() < 0.1:
        return of_two_days(rng, history)
    return history


def with_second_run(rng: Random, history: History) -> History:
    """Return the history with a second run into its cassette, later or at once."""
    scene = history.scene
    first = [one for one in scene.actions if one.kind != "silent"]
    repeated = [
        replace(one, run=2, number=40 + place, again=one.number, gap=1, broken="")
        for place, one in enumerate(first)
        if rng.random() < 0.6
    ]
    for place, one in enumerate(repeated):
        if one.kind in ("create", "brief"):
            repeated[place] = replace(one, target=id_of(1000 + one.number))
    added = list(repeated)
    for place in range(rng.choice((0, 1, 1, 2, 3))):
        one = rng.choice(scene.actions)
        query = list_question(rng, scene.cloud.images)[1]
        new = Action("ask", one.who, 60 + place, query=query, base=one.base, at=one.at, run=2)
        added.insert(rng.randrange(len(added) + 1), new)
    if not added:
        return history
    added[0] = replace(added[0], gap=rng.choice((1, 60, 86400)))
    between = [_unseen(rng, scene, 70 + place) for place in range(rng.choice((0, 0, 1, 2)))]
    actions = (*scene.actions, *between, *added)
    return replace(
        history,
        scene=replace(scene, actions=actions),
        mode=rng.choice(MODES),
        is_shuffled=False,
    )


def of_two_days(rng: Random, history: History) -> History:
    """Return the history with each cassette recorded a day after the one before it."""
    scene = history.scene
    days = sorted({one.cassette for one in scene.actions})
    actions: list[Action] = []
    for day in days:
        here = [one for one in scene.actions if one.cassette == day]
        if actions:
            here[0] = replace(here[0], gap=86400)
            actions += [_unseen(rng, scene, 70 + day * 5 + n) for n in range(rng.choice((0, 1, 2)))]
        actions += here
    return replace(history, scene=replace(scene, actions=tuple(actions)))


def _unseen(rng: Random, scene: Scene, number: int) -> Action:
    """Return a change that nobody recorded, and perhaps nobody sees."""
    draft = Draft(rng, scene.cloud, scene.people, has_droplets=False, kinds=("silent",))
    known = [image["id"] for image in scene.cloud.images]
    return draw_action(draft, known, rng.randrange(len(scene.people)), number)


def edited_by_hand(rng: Random, history: History) -> History:
    """Return the history with interactions taken out, without their dates, or in another order."""
    out, undated = (rng.choice((0, 0, 0, 0, share)) for share in (0.25, 0.4))
    actions = tuple(
        replace(
            one,
            taken_out=rng.random() < out and one.kind != "silent",
            undated=rng.random() < undated,
        )
        for one in history.scene.actions
    )
    scene = replace(history.scene, actions=actions)
    return replace(history, scene=scene, is_shuffled=rng.random() < 0.15)


def draw_jumps(rng: Random) -> tuple[tuple[int, int], ...]:
    """Return when a recorder's clock is set forward or back, and perhaps set right again."""
    first = rng.randrange(1, 12)
    jump = first, rng.choice((5, 600, 4000, -5, -600, -4000))
    return jump, *([(first + rng.randrange(1, 6), 0)] * (rng.random() < 0.6))


def with_secrets(rng: Random, scene: Scene) -> Scene:
    """Return the scene with texts that look like secrets in images, changes and questions."""
    for image in scene.cloud.images:
        if rng.random() < 0.5:
            image["name"] = rng.choice(SECRETS)
        if rng.random() < 0.3:
            image["tags"] = [*image["tags"], rng.choice(SECRETS)]
        if rng.random() < 0.2:
            image["admin_password"] = rng.choice(PASSWORDS)
    return replace(scene, actions=tuple(_with_secret(rng, one) for one in scene.actions))


def _with_secret(rng: Random, action: Action) -> Action:
    secret = rng.choice(SECRETS)
    if action.kind == "tag":
        return replace(action, value=action.value[0] + secret)
    if action.kind == "change" and rng.random() < 0.5:
        named = rng.choice(("name", "admin_password"))
        return replace(action, value=f"{named}={secret}")
    if action.kind in ("ask", "walk") and rng.random() < 0.6:
        return replace(action, query=by_secret(rng))
    return action


MERGED, PRUNED = "merged", "pruned"
MODES = (NEW_EPISODES, ALL)
CUT = "one image cut out"
DAMAGED = ("cut", "cut, with its length", "cut while packed", "too long", "chunked", "not packed")
EDITS: tuple[str, ...] = ("parsed_body", "status 999", "status 103", "CR LF in a header")
EDITS += (*[CUT] * 4, *DAMAGED)
EDITS += tuple(f"status {code}" for code in (201, 206, 302, 304, 401, 403, 404, 500))
EDITS += ("twice", "twice")


def draw_addresses(rng: Random, host: str, cloud: HuntCloud) -> tuple[str, HuntCloud | None, str]:
    """Return another address of the service, and a second service with its address."""
    alias, second, second_host = "", None, ""
    if rng.random() < 0.2:
        alias = rng.choice(("http://10.0.0.5:9292", "http://cloud.test/internal"))
    if rng.random() < 0.25:
        places = ("http://glance-2.test:9292", f"{host}/second", "http://cloud.test/two/image")
        second_host = rng.choice(places)
        dialect = cloud.dialect if rng.random() < 0.85 else {"glance": "ims"}.get(cloud.dialect, "")
        second = draw_second(rng, cloud, dialect or "glance")
    return alias, second, second_host


def draw_second(rng: Random, cloud: HuntCloud, dialect: str) -> HuntCloud:
    """Return the image service of another region, where some images have the same ids."""
    images = [random_image(rng, number, dialect) for number in rng.sample(range(40, 60), 3)]
    for number, image in enumerate(cloud.images):
        if rng.random() < 0.4:
            images.append(random_image(rng, number, dialect) | {"id": image["id"]})
        elif rng.random() < 0.3 and dialect == cloud.dialect:
            images.append(deepcopy(image))  # as replicators copy them
    second = HuntCloud(dialect, rng.sample(images, rng.randrange(len(images) + 1)))
    second.database = rng.choice((cloud.database, SQLITE, MYSQL, POSTGRESQL))
    if dialect == "glance":
        second.default_limit = rng.choice((25, 2, 3, 100))
        second.largest_limit = rng.choice((1000, 1000, 3))
    return second


def draw_people(rng: Random, dialect: str) -> tuple[Person, ...]:
    """Return one to four callers."""
    version = rng.choice((None, "Q", "M")) if dialect == "ims" else None
    shows = rng.choice(("project", "token", "token", "access"))
    people = []
    for number, project in enumerate([ME, *rng.choices((ME, OTHER, PROJECTS[2]), k=3)]):
        token = f"gAAAAAB-token-{number}-of-{project[:4]}" if shows == "token" else f"AK{number}X"
        people.append(Person(project, shows, token, MEMBER, version))
    people = people[: rng.choice((1, 1, 1, 2, 2, 3, 4))]
    if shows == "project":  # two callers of one project are one there
        people = list({person.project: person for person in people}.values())
    if rng.random() < 0.2:  # for all of a project: a login shows no more of a caller
        project = rng.choice(people).project
        people = [
            replace(one, hidden=("__os_type",)) if one.project == project else one for one in people
        ]
    if dialect == "glance" and rng.random() < 0.2:
        place = rng.randrange(len(people))
        people[place] = replace(people[place], project=PROJECTS[3], role=OPERATOR, hidden=())
    if rng.random() < 0.18:
        place = rng.randrange(len(people))
        people[place] = replace(people[place], role=rng.choice((REFUSED, REFUSED, UNKNOWN)))
    return tuple(people)


def draw_redaction(rng: Random) -> tuple[tuple[Redacting, ...], Replay]:
    """Return how each of one to three cassettes is redacted, and which key is there later."""
    count = rng.choice((1, 1, 1, 2, 2, 3))
    how = rng.choice(
        (
            "keep",
            "keep",
            "keep",
            "stand-ins",
            "stand-ins",
            "stand-ins",
            "two keys",
            "foreign",
            "both",
        )
    )
    any_host = rng.random() < 0.5
    if how == "foreign":
        packed = rng.choice(("",) * 4 + CODINGS)
        return (Redacting(foreign=True, packed=packed),), Replay(None, any_host)
    if how == "keep":
        return (Redacting(keep_ids=True),) * count, Replay(0, any_host)
    if how == "stand-ins":
        return (Redacting(),) * count, Replay(rng.choice((0, None)), any_host)
    if how == "both":  # another recorder's cassette beside ours
        ours = rng.choice((Redacting(keep_ids=True), Redacting()))
        return (ours, Redacting(foreign=True), ours)[: max(count, 2)], Replay(0, any_host)
    keys = (Redacting(key=0), Redacting(key=1), Redacting(key=0))
    return keys[: max(count, 2)], Replay(rng.choice((0, 1, None)), any_host)


def draw_actions(
    rng: Random,
    clouds: tuple[HuntCloud, HuntCloud | None],
    has_alias: bool,
    people: tuple[Person, ...],
    cassettes: int,
) -> tuple[Action, ...]:
    """Return what the callers do, in the order of time."""
    count = rng.randint(2, MOST_ACTIONS)
    cloud, second = clouds
    known = [[image["id"] for image in one.images] if one else [] for one in clouds]
    # One caller after the other, as when tests are recorded one by one.
    by_caller = rng.random() < 0.4
    actions = opening(rng, cloud, second, has_alias, people)
    has_droplets = rng.random() < 0.15
    draft = Draft(rng, cloud, people, has_droplets, rng.choice((KINDS, KINDS, EQUAL_AGAIN, QUIET)))
    whos = sorted(rng.randrange(len(people)) for _ in range(count))
    for number in range(count):
        who = whos[number] if by_caller else rng.randrange(len(people))
        at = rng.choice(("", "", *[SECOND] * 2 * (second is not None), *[ALIAS] * 2 * has_alias))
        there = service_at(at)
        here = draft if at != SECOND or second is None else replace(draft, cloud=second)
        # Now and then it is an image of the other service, which this one does not have.
        targets = known[there] if rng.random() < 0.9 or second is None else known[1 - there]
        action = draw_action(here, targets, who, len(actions))
        if action.kind in ("create", "brief") and second is not None and rng.random() < 0.3:
            copied = sorted(set(known[1 - there]) - set(known[there]))
            action = replace(action, target=rng.choice(copied)) if copied else action
        cassette = rng.choice((who, rng.randrange(cassettes))) % cassettes
        gap = rng.choice((0, 1, 1, 2)) if rng.random() < 0.97 else 4000
        base = rng.choice(("/v2",) * 12 + ("/v2.9", "/v2.0"))
        broken = rng.choice(BROKEN) if rng.random() < 0.06 and action.kind != "silent" else ""
        if people[who].api_version is not None and rng.random() < 0.15:
            action = replace(action, version=rng.choice(VERSIONS))
        placed = replace(action, cassette=cassette, gap=gap, base=base, at=at, broken=broken)
        actions.append(placed)
        if action.kind in ("create", "brief") or action.value == "appear":
            known[there].append(action.target)
    return tuple(actions)


def opening(
    rng: Random,
    cloud: HuntCloud,
    second: HuntCloud | None,
    has_alias: bool,
    people: tuple[Person, ...],
) -> list[Action]:
    """Return what comes first: logins, whole lists, and what shows a largest limit below 1000."""
    actions: list[Action] = []
    if people[0].shows == "token" and rng.random() < (0.7 if second or has_alias else 0.4):
        roles = rng.choice(("with roles", ""))
        for who in range(len(people)):
            actions.append(Action("login", who, len(actions), value=roles))
    if cloud.largest_limit < 1000:
        who = rng.randrange(len(people))
        actions.append(Action("ask", who, len(actions), query="limit=1000"))
    if second is not None and (second.largest_limit < 1000 or rng.random() < 0.5):
        who = rng.randrange(len(people))
        actions.append(Action("walk", who, len(actions), query="limit=1000", at=SECOND))
    if rng.random() < 0.65:
        for who in range(len(people)):
            query = f"limit={rng.choice((2, 3, 100, 1000))}{rng.choice(('', '&visibility=all'))}"
            actions.append(Action("walk", who, len(actions), query=query))
    return actions


@dataclass(frozen=True)
class Draft:
    """What the drawing of an action may look at."""

    rng: Random
    cloud: HuntCloud
    people: tuple[Person, ...]
    has_droplets: bool
    """Whether they also use a service that is no Glance and has a list at the same path."""
    kinds: tuple[str, ...]
    """The kinds of actions, the frequent ones more often."""


def draw_action(draft: Draft, known: list[str], who: int, number: int) -> Action:
    """Return one action of a caller."""
    rng = draft.rng
    target = rng.choice(known) if known else id_of(50)
    kinds = draft.kinds
    if draft.cloud.dialect == "ims":
        kinds = (*kinds, "native", "native")
    kind = rng.choice((*kinds, "droplets") if draft.has_droplets else kinds)
    return FILL[kind](draft, Action(kind, who, number, target=target))


def _walk(draft: Draft, action: Action) -> Action:
    rng = draft.rng
    query = plain_query(rng, draft.cloud.images) if rng.random() < 0.4 else ""
    if "limit" not in query and rng.random() < 0.85:
        query += "&" * bool(query) + f"limit={rng.choice((1, 2, 3, 100, 1000, 1000))}"
    value, by_hand = rng.choice(("", "", "", "1", "2")), rng.random() < 0.25
    lost = (rng.randrange(4),) if rng.random() < 0.1 else ()
    return replace(action, query=query, value=value, by_hand=by_hand, lost=lost)


def _ask(draft: Draft, action: Action) -> Action:
    way = draft.rng.choice(("",) * 8 + (HEAD, CONDITIONAL))
    return replace(action, query=list_question(draft.rng, draft.cloud.images)[1], value=way)


def _look(draft: Draft, action: Action) -> Action:
    return replace(
        action, value=draft.rng.choice(("",) * 4 + ("members",) * 2 + (HEAD, CONDITIONAL))
    )


def _download(draft: Draft, action: Action) -> Action:
    return action


def _native(draft: Draft, action: Action) -> Action:
    return action


def _resume(draft: Draft, action: Action) -> Action:
    return replace(action, value=draft.rng.choice(("", "", "1")))


def _change(draft: Draft, action: Action) -> Action:
    return replace(action, value=draft.rng.choice(CHANGES))


def _create(draft: Draft, action: Action) -> Action:
    visibility = draft.rng.choice(("public", "private", "shared", "community"))
    return replace(action, target=id_of(1000 + action.number), value=visibility)


def _member(draft: Draft, action: Action) -> Action:
    project = draft.rng.choice(draft.people).project
    verbs = (
        f"add={project}",
        f"remove={project}",
        f"set=accepted/{project}",
        f"set=rejected/{project}",
    )
    return replace(action, value=draft.rng.choice(verbs))


def _tag(draft: Draft, action: Action) -> Action:
    return replace(action, value=draft.rng.choice("+-") + draft.rng.choice(("x", "new")))


def _service(draft: Draft, action: Action) -> Action:
    service = draft.rng.choice(list(OTHER_SERVICES))
    return replace(action, target=id_of(2000 + action.number), value=service)


def _silent(draft: Draft, action: Action) -> Action:
    shown = tuple(draft.rng.choice(EVIDENCE) for _ in draft.people)
    value = draft.rng.choice(SILENT)
    if value == "appear":
        action = replace(action, target=id_of(3000 + action.number))
    return replace(action, value=value, evidence=shown)


def _droplets(draft: Draft, action: Action) -> Action:
    return replace(action, query=draft.rng.choice(("page=1&per_page=200", "per_page=200")))


FILL: dict[str, Callable[[Draft, Action], Action]] = {
    "walk": _walk,
    "resume": _resume,
    "ask": _ask,
    "look": _look,
    "download": _download,
    "native": _native,
    "change": _change,
    "create": _create,
    "brief": _create,
    "member": _member,
    "tag": _tag,
    "service": _service,
    "droplets": _droplets,
    "silent": _silent,
}
SILENT = ("delete", "hide", "rename", "rename", "appear", "ready", "open", "unhide")
SILENT += ("accepted", "rejected", "expelled", "offer", "shelve", "community", "withdraw", "give")
SILENT += ("protect", "retag", "retype")
VERSIONS = ("Q", "M")
BROKEN = ("302", "307", "429", "500", "502", "503", "504")
KINDS = (
    *("walk",) * 7,
    *("resume",) * 2,
    *("ask",) * 4,
    *("look",) * 2,
    "download",
    *("change",) * 4,
    "create",
    "member",
    "member",
    "tag",
    "service",
    "silent",
    "silent",
)
QUIET = (
    # Few changes, so that most walks prove something, and answers that may contradict them.
    *("walk",) * 5,
    *("ask",) * 3,
    *("look",) * 4,
    *("download",) * 2,
    *("silent",) * 2,
    "member",
)
EQUAL_AGAIN = (
    # Most changes leave a list as it was, but for what nobody recorded.
    *("walk",) * 4,
    *("ask",) * 2,
    *("look",) * 3,
    *("brief",) * 3,
    "change",
    *("silent",) * 3,
)
