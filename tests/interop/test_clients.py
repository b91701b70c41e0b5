"""Real clients see the same from the cassette as from the Glance that it was recorded from.

Everything is recorded once; then the Glance is stopped, and the tests only replay.
"""

import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from support.interop.commands import CLIENTS, SCRIPTS, run, run_through, serving
from support.interop.glance import Glance
from support.sets.varied import PROJECTS, varied_images

pytestmark = pytest.mark.interop

MINE = PROJECTS[0]
TOKEN, OTHER_TOKEN = f"alice:{MINE}:member", f"bob:{MINE}:member"
# A token names nobody's project to us, so stand-ins would show in the bodies that these two print.
KEEPING_IDS = ("curl", "requests")

WALK: dict[str, Any] = {"limit": 7}
QUERIES: list[dict[str, Any]] = [
    WALK,
    {"limit": 5, "filters": {"visibility": "public", "status": "active"}, "sort": ["name", "asc"]},
    {"limit": "abc"},
]
# These send properties that the documents of Glance do not name; openstacksdk drops them.
CUSTOM = {"limit": 9, "filters": {"__os_type": "Linux", "__imagetype": "gold"}}
NOT_RECORDED: dict[str, Any] = {"limit": 8, "filters": {"visibility": "community"}}
QUERIES_OF: dict[str, list[dict[str, Any]]] = {
    "requests": [*QUERIES, CUSTOM],
    "openstacksdk": QUERIES,
    "glanceclient": [*QUERIES, CUSTOM],
    "huaweicloud": [*QUERIES, CUSTOM],
}
CLIENT_NAMES = ("curl", *QUERIES_OF)
WAYS = ("reverse", "proxied")

Command = list[str | Path]
MakeCommand = Callable[[str, str], Command]


@dataclass(frozen=True)
class Answer:
    """What the Glance answered to a plain request, and the request."""

    target: str
    headers: Mapping[str, str]
    body: bytes

    def again(self, url: str) -> bytes:
        """Ask the same at another place."""
        return requests.get(url + self.target, headers=self.headers, timeout=60).content


@dataclass(frozen=True)
class Recorded:
    """Where the recordings lie, and what the Glance gave when it was asked directly."""

    folder: Path
    url: str
    targets: list[str]
    direct: Mapping[str, bytes]
    recording: Mapping[tuple[str, str], bytes]
    answers: Mapping[str, Answer]

    def cassette(self, client: str, way: str) -> Path:
        """Return where a client was recorded."""
        return self.folder / f"{client}-{way}.yaml"

    def command(self, client: str, url: str, token: str = TOKEN) -> Command:
        """Return the command that was recorded."""
        return command_of(client, url, token, self.targets)


def command_of(client: str, url: str, token: str, targets: Iterable[str]) -> Command:
    """Return the command that asks the queries; curl, which follows no pages, gets targets."""
    if client != "curl":
        return ask(client, url, token, QUERIES_OF[client])
    command: Command = ["curl", "--silent", "--show-error", "--globoff"]
    command += ["--write-out", "\n%{http_code}\n", "--header", f"X-Auth-Token: {token}"]
    return [*command, *(url + target for target in targets)]


def ask(client: str, url: str, token: str, queries: Sequence[Mapping[str, Any]]) -> Command:
    """Return the command of a client program."""
    program = CLIENTS / f"list_{client}.py"
    return [SCRIPTS / "clients", program, url, token, json.dumps(queries)]


def targets_of(url: str) -> list[str]:
    """Return what a walk asks one after the other, and two questions more."""
    targets, target = [], "/v2/images?limit=7"
    while target:
        targets.append(target)
        found = requests.get(url + target, headers={"X-Auth-Token": TOKEN}, timeout=60).json()
        target = found.get("next")
    return [
        *targets,
        "/v2/images?tag=a%3Db&sort=name:asc,created_at:desc&limit=3",
        "/v2/images?limit=abc",
    ]


def record(client: str, way: str, url: str, cassette: Path, targets: Iterable[str]) -> bytes:
    """Record a client and give what it printed."""
    options: Command = ["--keep-ids"] if client in KEEPING_IDS else []
    if way == "proxied":
        command = command_of(client, url, TOKEN, targets)
        return run_through(["--record", cassette, *options], command)
    with serving("record", "--upstream", url, "--cassette", cassette, *options) as proxy:
        return run(*command_of(client, proxy, TOKEN, targets))


def record_answers(url: str, cassette: Path) -> dict[str, Answer]:
    """Record plain requests, ids becoming stand-ins; give what Glance itself answered."""
    token, project = {"X-Auth-Token": TOKEN}, {"X-Project-Id": MINE}
    questions = {
        "everybody's images": ("/v2/images?limit=100", token),
        "images of an owner": (f"/v2/images?owner={PROJECTS[1]}", token),
        "private images of my project": ("/v2/images?visibility=private&limit=100", project),
    }
    answers = {
        name: Answer(target, headers, Answer(target, headers, b"").again(url))
        for name, (target, headers) in questions.items()
    }
    with serving("record", "--upstream", url, "--cassette", cassette) as proxy:
        for answer in answers.values():
            assert answer.body == answer.again(proxy)
    return answers


@pytest.fixture(scope="module")
def recorded(
    start_glance: Callable[[Iterable[Mapping[str, Any]]], Glance],
    tmp_path_factory: pytest.TempPathFactory,
) -> Recorded:
    """Record every client in both ways from a Glance that is stopped then."""
    folder = tmp_path_factory.mktemp("clients")
    glance = start_glance(varied_images(60, seed=7))
    targets = targets_of(glance.url)
    answers = record_answers(glance.url, folder / "stand-ins.yaml")
    direct, recording = {}, {}
    for client in CLIENT_NAMES:
        direct[client] = run(*command_of(client, glance.url, TOKEN, targets))
        for way in WAYS:
            cassette = folder / f"{client}-{way}.yaml"
            recording[client, way] = record(client, way, glance.url, cassette, targets)
    assert glance.stop() == 0
    return Recorded(folder, glance.url, targets, direct, recording, answers)


@contextmanager
def replaying(
    recorded: Recorded, client: str, way: str
) -> Iterator[Callable[[MakeCommand], bytes]]:
    """Return what runs a command, made of URL and token, against the client's cassette."""
    cassette = recorded.cassette(client, way)
    if way == "proxied":
        yield lambda make: run_through(["--replay", cassette], make(recorded.url, TOKEN))
    else:
        with serving("replay", cassette) as proxy:
            yield lambda make: run(*make(proxy, TOKEN))


every_way = pytest.mark.parametrize("way", WAYS)
every_client = pytest.mark.parametrize("client", CLIENT_NAMES)


def test_the_glance_is_gone_before_anything_is_replayed(recorded: Recorded) -> None:
    address = urlsplit(recorded.url)

    with socket.socket() as probe:
        assert probe.connect_ex((address.hostname, address.port)) != 0


@every_way
@every_client
def test_a_client_that_is_recorded_sees_what_it_sees_without_us(
    recorded: Recorded, client: str, way: str
) -> None:
    assert recorded.direct[client] == recorded.recording[client, way]


@every_way
@every_client
def test_a_client_sees_the_same_from_the_cassette_every_time_and_with_any_token(
    recorded: Recorded, client: str, way: str
) -> None:
    with replaying(recorded, client, way) as replay:
        first = replay(lambda url, token: recorded.command(client, url, token))
        second = replay(lambda url, token: recorded.command(client, url, token))
        other = replay(lambda url, _: recorded.command(client, url, OTHER_TOKEN))

    assert recorded.direct[client] == first
    assert recorded.direct[client] == second
    assert recorded.direct[client] == other


@every_client
def test_the_recorded_queries_are_a_walk_a_filter_and_an_error(
    recorded: Recorded, client: str
) -> None:
    """Else the comparisons would prove little."""
    seen = recorded.direct[client].decode()

    if client == "curl":
        assert len(recorded.targets) == seen.count("\n200\n") + seen.count("\n400\n")
        assert len(recorded.targets) > 5
    else:
        walk, filtered, error, *_ = map(json.loads, seen.splitlines())
        assert 400 == error["status"]
        assert "limit param must be an integer" in error["text"]
        assert len(walk["images"]) > len(filtered["images"]) > 1


@every_way
@pytest.mark.parametrize("client", QUERIES_OF)
def test_a_client_shows_its_user_that_a_query_is_not_recorded(
    recorded: Recorded, client: str, way: str
) -> None:
    with replaying(recorded, client, way) as replay:
        line = replay(lambda url, token: ask(client, url, token, [NOT_RECORDED]))

    answer = json.loads(line)
    assert 501 == answer["status"]
    assert "Not recorded: GET " in answer["text"]
    assert "No recorded walk covers it" in answer["text"]


def test_a_signature_differs_in_each_run_and_is_nowhere_in_the_cassette(recorded: Recorded) -> None:
    text = recorded.cassette("huaweicloud", "reverse").read_text()

    assert "X-Sdk-Date" in text
    assert "SDK-HMAC-SHA256" not in text
    assert "AKalice" not in text
    assert MINE not in text


OWN_ID_COMES_BACK = ("images of an owner", "private images of my project")


@pytest.mark.parametrize("question", OWN_ID_COMES_BACK)
def test_an_id_that_the_client_names_comes_back_though_a_stand_in_is_stored(
    recorded: Recorded, question: str
) -> None:
    answer, cassette = recorded.answers[question], recorded.folder / "stand-ins.yaml"

    with serving("replay", cassette) as proxy:
        replayed = answer.again(proxy)

    assert json.loads(answer.body)["images"]
    assert answer.body == replayed
    assert [] == [project for project in PROJECTS if project in cassette.read_text()]


def test_an_owner_has_the_same_stand_in_wherever_it_stands(recorded: Recorded) -> None:
    answer, cassette = recorded.answers["everybody's images"], recorded.folder / "stand-ins.yaml"
    real = json.loads(answer.body)["images"]

    with serving("replay", cassette) as proxy:
        stored = json.loads(answer.again(proxy))["images"]

    pairs = {(one["owner"], other["owner"]) for one, other in zip(real, stored, strict=True)}
    owners = {owner for owner, _ in pairs}
    assert 4 == len(owners) == len(pairs) == len({stand_in for _, stand_in in pairs})
    assert all(stand_in.startswith("facade00") for _, stand_in in pairs)
    assert [{**image, "owner": ""} for image in real] == [
        {**image, "owner": ""} for image in stored
    ]
