"""A recorded login replays without the key, where it is clear which one is meant."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction, Request, Response, header
from glancetape_cassettes.redaction.redactor import redactor_like
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.logins import Login, login_of
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.replaying.recorded_terms.as_recorded import logins_of_one_kind
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import find

KEY = StandIns(b"a key for these tests")
OTHER_KEY = StandIns(b"another key, of somebody else")
KEYSTONE = "http://keystone.example:5000"
DANA, TARO = ("dana", "demo"), ("taro", "team")
NAMES_THE_KEY = f"key {KEY.key_id} is not here. Set GLANCETAPE_KEY to that key, or record with"


def domain(name: str = "Default") -> dict[str, str]:
    """A domain by its name."""
    return {"name": name}


def password(user: str, project: str, **scope: Any) -> Request:
    """A login with a password, for a project unless a scope is given."""
    of_user = {"user": {"name": user, "domain": domain(), "password": f"{user}-password"}}
    for_project = {"scope": {"project": {"name": project, "domain": domain()}}}
    identity = {"methods": ["password"], "password": of_user}
    return login(identity, scope or for_project)


def by_id(user: str, project: str) -> Request:
    """The same by ids, as another client is set up."""
    of_user = {"user": {"id": user.ljust(32, "0"), "password": "x"}}
    scope = {"scope": {"project": {"id": project.ljust(32, "0")}}}
    return login({"methods": ["password"], "password": of_user}, scope)


def token(user: str, project: str) -> Request:
    """A login with a token."""
    scope = {"scope": {"project": {"name": project, "domain": domain()}}}
    return login({"methods": ["token"], "token": {"id": f"gAAAAA{user}"}}, scope)


def credential(user: str, _: str) -> Request:
    """A login with an application credential."""
    of_user = {"id": user.ljust(32, "0"), "secret": f"{user}-secret"}
    return login({"methods": ["application_credential"], "application_credential": of_user}, {})


def of_v2(user: str, project: str) -> Request:
    """A login at the old API."""
    auth = {
        "passwordCredentials": {"username": user, "password": f"{user}-password"},
        "tenantName": project,
    }
    return post("/v2.0/tokens", {"auth": auth})


def unscoped(user: str, project: str) -> Request:
    """A login that asks for a token of no project."""
    return password(user, project, scope="unscoped")


def for_default(user: str, project: str) -> Request:
    """A login that leaves the scope to Keystone."""
    return password(user, project, scope=None)


def for_system(user: str, project: str) -> Request:
    """A login to administer the cloud."""
    return password(user, project, scope={"system": {"all": True}})


def federated(access: str) -> Request:
    """A login with the access token that an identity provider gave out."""
    path = "/v3/OS-FEDERATION/identity_providers/idp/protocols/openid/auth"
    return Request("POST", KEYSTONE + path, (("Authorization", f"Bearer {access}"),))


METHODS = (password, token, credential, of_v2, unscoped, for_default, for_system)


def login(identity: dict[str, Any], scope: dict[str, Any]) -> Request:
    """A login at v3."""
    return post("/v3/auth/tokens", {"auth": {"identity": identity, **scope}})


def post(path: str, body: Any) -> Request:
    """A request to Keystone."""
    return Request("POST", KEYSTONE + path, (), json.dumps(body).encode())


@dataclass
class Keystone:
    """Answers logins as Keystone does, and keeps what a recorder sees."""

    seen: list[Interaction] = field(default_factory=list)
    count: int = 0

    def log_in(self, request: Request, project: str, status: int = 201) -> str:
        """Give a token out."""
        self.count += 1
        given = f"gAAAAABtoken{self.count:04d}"
        body: Any = {"error": {"code": 401, "title": "Unauthorized"}}
        headers: tuple[tuple[str, str], ...] = ()
        if status == 201:
            headers = (("X-Subject-Token", given),)
            body = {"token": {"project": {"id": project.ljust(32, "f")}, "user": {"id": "u" * 32}}}
        self.keep(request, Response(status, "", headers, json.dumps(body).encode()))
        return given

    def keep(self, request: Request, response: Response) -> None:
        """Record an exchange."""
        self.seen.append(Interaction(request, response, "2026-11-26T06:42:57Z"))

    def read(self, path: str, token: str, answer: Any, **headers: str) -> None:
        """Answer a read with a token."""
        sent = (("X-Auth-Token", token), *((k.replace("_", "-"), v) for k, v in headers.items()))
        body = json.dumps(answer).encode()
        self.keep(Request("GET", KEYSTONE + path, sent), Response(200, "OK", (), body))

    def write(self, path: Path, key: StandIns = KEY, *, keep_ids: bool = False) -> Path:
        """Write the cassette that a recorder would."""
        redaction = Redaction(key.key_id, keep_ids)
        redactor = redactor_like(redaction, key)
        assert redactor is not None
        writer = CassetteWriter(path, "glancetape tests", redaction)
        for one in self.seen:
            done = redactor.interaction(one)
            bodies = done.request_body.readable(), done.response_body.readable()
            writer.append([emit(done.interaction, *bodies)])
        writer.close()
        return path


def opened(*paths: Path, key: StandIns | None = None) -> RecordedAnswers:
    """Open cassettes with a key, or as CI does without one."""
    cassettes = [load_cassette(path) for path in paths]
    return RecordedAnswers(cassettes, lambda redaction: redactor_like(redaction, key))


def recorded(path: Path, logins: Sequence[Request], status: int = 201) -> Path:
    """A cassette with some logins."""
    keystone = Keystone()
    for number, one in enumerate(logins):
        keystone.log_in(one, f"p{number}", status)
    return keystone.write(path)


def outcome(answers: RecordedAnswers, request: Request, *, any_host: bool = True) -> str:
    """`#1` for the first recorded interaction, or the reason of the miss."""
    found = find(answers, request, any_host=any_host)
    return found.reason if isinstance(found, Miss) else f"#{found.source.partition('#')[2]}"


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.__name__)
def test_the_only_login_of_its_kind_needs_no_key(method: Any, tmp_path: Path) -> None:
    """Whatever user, project and password the other machine has."""
    every = [one(*DANA) for one in METHODS]
    answers = opened(recorded(tmp_path / "a.yaml", every))

    for who in (DANA, TARO, ("joe", "Default")):
        assert f"#{METHODS.index(method) + 1}" == outcome(answers, method(*who))


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.__name__)
def test_with_several_logins_of_a_kind_the_miss_names_the_key(method: Any, tmp_path: Path) -> None:
    """With the key, each is found."""
    path = recorded(tmp_path / "a.yaml", [method(*DANA), method(*TARO)])

    assert f"any of the 2 recorded logins with {login_of(method(*DANA))}" in outcome(
        opened(path), method(*DANA)
    )
    assert NAMES_THE_KEY in outcome(opened(path), method(*DANA))
    assert NAMES_THE_KEY in outcome(opened(path, key=OTHER_KEY), method(*TARO))
    assert ["#1", "#2"] == [outcome(opened(path, key=KEY), method(*who)) for who in (DANA, TARO)]


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.__name__)
def test_logins_that_need_the_key_are_counted_by_their_kind(method: Any, tmp_path: Path) -> None:
    """Several of a kind are; not the same again, nor one of each kind, nor a refused one."""
    others = [one(*DANA) for one in METHODS if one is not method]
    rows = {
        "several": ([method(*DANA), method(*TARO), method(*DANA), *others], 201, 2),
        "the same": ([method(*DANA)] * 3, 201, 0),
        "one of each": ([method(*DANA), *others], 201, 0),
        "refused": ([method(*DANA), method(*TARO)], 401, 0),
    }
    for name, (logins, status, count) in rows.items():
        [group] = opened(recorded(tmp_path / f"{name}.yaml", logins, status)).groups

        assert ({login_of(logins[0]): count} if count else {}) == logins_of_one_kind(group), name


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.__name__)
def test_the_same_login_again_is_one_login(method: Any, tmp_path: Path) -> None:
    """Each run of a test program logs in."""
    path = recorded(tmp_path / "a.yaml", [method(*DANA)] * 3)

    assert "#3" == outcome(opened(path), method(*TARO))


@pytest.mark.parametrize("key", [None, KEY], ids=["without the key", "with it"])
def test_a_login_with_a_new_token_is_the_same_login(key: StandIns | None, tmp_path: Path) -> None:
    """Each run is given another token; it is a secret, and is not compared."""
    sent = [token(f"dana{run}", "demo") for run in range(3)]
    answers = opened(recorded(tmp_path / "a.yaml", sent), key=key)

    assert "#3" == outcome(answers, token("dana4", "demo"))
    assert (key is None) is outcome(answers, token("dana4", "team")).startswith("#")


def test_names_or_ids_are_the_same_login(tmp_path: Path) -> None:
    """CI may name the project by its id."""
    answers = opened(recorded(tmp_path / "a.yaml", [password(*DANA)]))

    assert "#1" == outcome(answers, by_id(*TARO))


_USER, _DOMAIN = "1" * 32, {"id": "default", "name": "Default"}
_SHOWN = {
    "user": {"id": _USER, "name": "dana", "domain": _DOMAIN},
    "project": {"id": "2" * 32, "name": "demo", "domain": {"id": "3" * 32, "name": "lab"}},
    "application_credential": {"id": "4" * 32, "name": "ci", "restricted": True},
}
_TRUST = {"id": "6" * 32, "impersonation": False}
_USERS = (
    {"id": _USER},
    {"name": "dana", "domain": {"id": "default"}},
    {"name": "dana", "domain": {"name": "Default"}},
)
_PROJECTS = (
    {"id": "2" * 32},
    {"name": "demo", "domain": {"id": "3" * 32}},
    {"name": "demo", "domain": {"name": "lab"}},
)
_OTHER_USERS = (
    {"id": "5" * 32},
    {"name": "taro", "domain": {"id": "default"}},
    {"name": "dana", "domain": {"name": "lab"}},
    {"name": "dana", "domain": {"id": "3" * 32}},
    {"name": "dana"},
)
_OTHER_PROJECTS = (
    {"id": "5" * 32},
    {"name": "demo", "domain": {"name": "Default"}},
    {"name": "demo", "domain": {"id": "default"}},
    {"name": "team", "domain": {"name": "lab"}},
)


def for_project(user: dict[str, Any], project: dict[str, Any]) -> Request:
    """A login with a password for a project, each as a client was given it."""
    of_user = {"user": {**user, "password": "x"}}
    return login({"methods": ["password"], "password": of_user}, {"scope": {"project": project}})


def for_domain(user: dict[str, Any], domain: dict[str, Any]) -> Request:
    """A login with a password for a domain."""
    of_user = {"user": {**user, "password": "x"}}
    return login({"methods": ["password"], "password": of_user}, {"scope": {"domain": domain}})


def for_trust(user: dict[str, Any]) -> Request:
    """A login with a password for what another user trusts this one with."""
    of_user = {"user": {**user, "password": "x"}}
    trust = {"OS-TRUST:trust": {"id": _TRUST["id"]}}
    return login({"methods": ["password"], "password": of_user}, {"scope": trust})


def with_credential(credential: dict[str, Any]) -> Request:
    """A login with an application credential."""
    of_user = {**credential, "secret": "x"}
    return login({"methods": ["application_credential"], "application_credential": of_user}, {})


_SAME_LOGINS = (
    tuple(for_project(user, project) for user in _USERS for project in _PROJECTS),
    tuple(
        for_domain(user, domain)
        for user in _USERS
        for domain in ({"id": "default"}, {"name": "Default"})
    ),
    tuple(for_trust(user) for user in _USERS),
    tuple(
        with_credential(one)
        for one in ({"id": "4" * 32}, *({"name": "ci", "user": user} for user in _USERS))
    ),
)
_OTHER_LOGINS = (
    *(for_project(user, project) for user in _OTHER_USERS for project in _PROJECTS),
    *(for_project(user, project) for user in _USERS for project in _OTHER_PROJECTS),
    *(for_domain(user, {"id": "default"}) for user in _OTHER_USERS),
    *(for_domain(_USERS[0], one) for one in ({"id": "3" * 32}, {"name": "lab"})),
    *(for_trust(user) for user in _OTHER_USERS),
    *(with_credential({"name": "ci", "user": user}) for user in _OTHER_USERS),
    with_credential({"id": "5" * 32}),
    with_credential({"name": "other", "user": _USERS[0]}),
)


def cassette_of(path: Path, sent: Request, *, keep_ids: bool) -> Path:
    """A cassette with one login, whose answer shows what its names are, as Keystone's does."""
    keystone = Keystone()
    keystone.log_in(sent, "p")
    [seen] = keystone.seen
    shown = dict[str, Any](_SHOWN)
    if b'"scope": {"domain"' in sent.body:
        shown["domain"] = _DOMAIN
    if b"OS-TRUST:trust" in sent.body:
        shown["OS-TRUST:trust"] = _TRUST
    answer = replace(seen.response, body=json.dumps({"token": shown}).encode())
    keystone.seen = [replace(seen, response=answer)]
    return keystone.write(path, keep_ids=keep_ids)


@pytest.mark.parametrize("keep_ids", [False, True], ids=["stand-ins", "ids"])
@pytest.mark.parametrize("same", _SAME_LOGINS, ids=["project", "domain", "trust", "credential"])
def test_a_login_is_the_same_by_names_and_by_ids(
    same: tuple[Request, ...], *, keep_ids: bool, tmp_path: Path
) -> None:
    """The recorded answer shows the id of each name, and of its domain. Any of these was sent."""
    for number, sent in enumerate(same):
        path = cassette_of(tmp_path / f"{number}.yaml", sent, keep_ids=keep_ids)
        answers = opened(path, key=None if keep_ids else KEY)

        assert [] == [one.body for one in same if "#1" != outcome(answers, one)]
        assert [] == [one.body for one in _OTHER_LOGINS if "#1" == outcome(answers, one)]


@pytest.mark.parametrize("same", _SAME_LOGINS, ids=["project", "domain", "trust", "credential"])
def test_without_the_key_a_login_by_names_and_by_ids_is_one(
    same: tuple[Request, ...], tmp_path: Path
) -> None:
    """One of them answers, as if it alone was recorded."""
    paths = [
        cassette_of(tmp_path / f"{number}.yaml", sent, keep_ids=False)
        for number, sent in enumerate(same)
    ]

    assert all(outcome(opened(*paths), one).startswith("#") for one in (*same, *same[::-1]))


def test_with_the_key_the_login_of_another_is_a_miss(tmp_path: Path) -> None:
    """Here names can be compared, and so they can where ids were kept."""
    path = recorded(tmp_path / "a.yaml", [password(*DANA)])
    keystone = Keystone()
    keystone.log_in(password(*DANA), "p")
    kept = keystone.write(tmp_path / "kept.yaml", keep_ids=True)

    for answers in (opened(path, key=KEY), opened(kept), opened(kept, key=KEY)):
        assert "#1" == outcome(answers, password(*DANA))
        why = outcome(answers, password(*TARO))
        assert "logins with password for a project name another user, domain or project" in why


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (credential, "Recorded are logins with password for a project; this one is with appl"),
        (of_v2, "this one is with v2.0 password for a project."),
        (unscoped, "this one is with password for no project."),
        (for_default, "this one is with password."),
        (for_system, "this one is with password for the system."),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_login_of_another_kind_is_a_miss_that_names_both(
    asked: Any, why: str, tmp_path: Path
) -> None:
    """A token of another kind would see something else."""
    answers = opened(recorded(tmp_path / "a.yaml", [password(*DANA)]))

    assert why in outcome(answers, asked(*DANA))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v3"),
        ("GET", "/identity/v3/"),
        ("GET", "/v3/projects?name=demo"),
        ("POST", "/v3/auth/tokens"),
        ("POST", "/v2.0/tokens"),
    ],
)
def test_a_recording_without_keystone_says_so(method: str, path: str, tmp_path: Path) -> None:
    """As older recordings are; whatever a client asks first, and even if its login has no sense."""
    keystone = Keystone()
    keystone.read("/v2/images", "t", {"images": []})
    answers = opened(keystone.write(tmp_path / "a.yaml"))
    asked = Request(method, KEYSTONE + path, (), b"{}")

    why = outcome(answers, asked), outcome(answers, password(*DANA))

    assert (
        "Nothing is recorded from Keystone, not even a login.",
        "No login is recorded: the recording was made without Keystone.",
    ) == why


def test_a_recording_with_keystone_and_no_login_says_no_more(tmp_path: Path) -> None:
    """A client that found the version of Keystone, and then logged in past the recorder."""
    keystone = Keystone()
    keystone.read("/v3", "t", {"version": {"id": "v3.14", "status": "stable"}})
    keystone.read("/v3/auth/catalog", "t", {"catalog": []})
    answers = opened(keystone.write(tmp_path / "a.yaml"))

    assert "No login is recorded." == outcome(answers, password(*DANA))
    unknown = Request("GET", f"{KEYSTONE}/v3/auth/projects", (("X-Auth-Token", "t"),))
    assert "No recorded request asks the same." == outcome(answers, unknown)


def test_one_login_in_each_of_two_cassettes_with_two_keys_is_several(tmp_path: Path) -> None:
    """Nobody can tell whether they are the same."""
    paths = []
    for name, key in (("a.yaml", KEY), ("b.yaml", OTHER_KEY)):
        keystone = Keystone()
        keystone.log_in(password(*DANA), "p")
        paths.append(keystone.write(tmp_path / name, key))

    assert NAMES_THE_KEY in outcome(opened(*paths), password(*DANA))
    assert "#1" == outcome(opened(*paths, key=OTHER_KEY), password(*DANA))


def test_through_a_proxy_the_keystone_that_is_asked_counts(tmp_path: Path) -> None:
    """Two clouds with a login each."""
    keystone = Keystone()
    for host in ("a.example", "b.example"):
        sent = password(*DANA) if host == "a.example" else password(*TARO)
        uri = sent.uri.replace("keystone.example", host)
        keystone.log_in(Request(sent.method, uri, sent.headers, sent.body), host)
    answers = opened(keystone.write(tmp_path / "a.yaml"))
    asked = password("joe", "x")

    for number, host in enumerate(("a.example", "b.example"), start=1):
        there = Request(asked.method, asked.uri.replace("keystone.example", host), (), asked.body)
        assert f"#{number}" == outcome(answers, there, any_host=False)
    assert NAMES_THE_KEY in outcome(answers, asked)


@pytest.mark.parametrize("key", [None, KEY], ids=["without the key", "with it"])
def test_a_refused_login_is_given_only_where_none_succeeded(
    key: StandIns | None, tmp_path: Path
) -> None:
    """Passwords are not compared: a wrong one looks like the right one."""
    keystone = Keystone()
    for status in (401, 201, 401):
        keystone.log_in(password(*DANA), "p", status)
    mixed = keystone.write(tmp_path / "a.yaml")
    refused = recorded(tmp_path / "b.yaml", [password(*DANA)], 401)

    assert "#2" == outcome(opened(mixed, key=key), password(*DANA))
    assert "#1" == outcome(opened(refused, key=key), password(*DANA))


@pytest.mark.parametrize("key", [None, KEY], ids=["without the key", "with it"])
def test_the_token_of_a_replayed_login_opens_what_its_caller_recorded(
    key: StandIns | None, tmp_path: Path
) -> None:
    """Two users log in by different methods, and each gets its own list."""
    keystone = Keystone()
    for number, sent in enumerate((password(*DANA), credential(*TARO)), start=1):
        given = keystone.log_in(sent, f"p{number}")
        keystone.read("/v2/images", given, {"images": [], "number": number})
    answers = opened(keystone.write(tmp_path / "a.yaml"), key=key)

    for sent, number in ((password(*DANA), 2), (credential(*TARO), 4)):
        login_answer = find(answers, sent)
        assert isinstance(login_answer, Answer)
        given = header(login_answer.response.headers, "x-subject-token") or ""
        assert given.startswith("standin-token-")
        read = Request("GET", f"{KEYSTONE}/v2/images", (("X-Auth-Token", given),))
        assert f"#{number}" == outcome(answers, read)


@pytest.mark.parametrize("key", [None, KEY], ids=["without the key", "with it"])
def test_questions_about_a_token_and_about_projects_replay(
    key: StandIns | None, tmp_path: Path
) -> None:
    """With the token of the replayed login, whichever of several logins recorded them."""
    keystone = Keystone()
    first = keystone.log_in(password(*DANA), "p")
    told = {"token": {"project": {"id": "p".ljust(32, "f")}, "user": {"id": "u" * 32}}}
    keystone.read("/v3/auth/tokens", first, told, X_Subject_Token=first)
    keystone.read("/v3/auth/catalog", first, {"catalog": []})
    keystone.read("/v3/auth/projects", first, {"projects": []})
    keystone.read("/v3/projects?name=demo", first, {"projects": [{"name": "demo"}]})
    keystone.log_in(password(*DANA), "p")
    answers = opened(keystone.write(tmp_path / "a.yaml"), key=key)
    login_answer = find(answers, password(*DANA))
    assert isinstance(login_answer, Answer)
    given = header(login_answer.response.headers, "x-subject-token") or ""
    auth = ("X-Auth-Token", given)

    for number, (path, *more) in enumerate(
        (
            ("/v3/auth/tokens", ("X-Subject-Token", given)),
            ("/v3/auth/catalog",),
            ("/v3/auth/projects",),
            ("/v3/projects?name=demo",),
        ),
        start=2,
    ):
        request = Request("GET", KEYSTONE + path, (auth, *more))
        assert f"#{number}" == outcome(answers, request)
    other = Request("GET", f"{KEYSTONE}/v3/auth/tokens", (auth, ("X-Subject-Token", "another")))
    assert "#" != outcome(answers, other)[0]


@pytest.mark.parametrize("key", [None, KEY], ids=["without the key", "with it"])
def test_a_federated_login_replays_with_any_access_token(
    key: StandIns | None, tmp_path: Path
) -> None:
    """Beside another caller: what is in `Authorization` is as secret as a password."""
    keystone = Keystone()
    for sent in (federated("eyJhbGciOi-one"), token("dana", "demo"), password(*TARO)):
        keystone.log_in(sent, "p")
    answers = opened(keystone.write(tmp_path / "a.yaml"), key=key)

    assert ["#1", "#1"] == [outcome(answers, federated("eyJhbGciOi-two")) for _ in range(2)]


@pytest.mark.parametrize("key", [None, KEY], ids=["without the key", "with it"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_question_about_an_unknown_token_says_so(
    method: str, key: StandIns | None, tmp_path: Path
) -> None:
    """Without the key it may be the recorded one, and nobody can tell."""
    keystone = Keystone()
    given = keystone.log_in(password(*DANA), "p")
    told = {"error": {"code": 404}}
    keystone.read("/v3/auth/tokens", given, told, X_Subject_Token="gAAAAABofanother")
    answers = opened(keystone.write(tmp_path / "a.yaml"), key=key)

    headers = (("X-Auth-Token", given), ("X-Subject-Token", "gAAAAABofathird"))
    missed = find(answers, Request(method, f"{KEYSTONE}/v3/auth/tokens", headers))
    assert isinstance(missed, Miss)
    assert "a token (X-Subject-Token) of no recorded login" in missed.reason
    assert ("POST /v3/auth/tokens and the request again",) == missed.answerable_with


def test_a_question_about_a_known_token_does_not_lack_a_login(tmp_path: Path) -> None:
    """Of a login, or one that is recorded with what it is for: the question was not recorded."""
    keystone = Keystone()
    given = keystone.log_in(password(*DANA), "p")
    other = keystone.log_in(password(*TARO), "q")
    answers = opened(keystone.write(tmp_path / "a.yaml"), key=KEY)

    for subject in (given, other):
        headers = (("X-Auth-Token", given), ("X-Subject-Token", subject))
        missed = find(answers, Request("DELETE", f"{KEYSTONE}/v3/auth/tokens", headers))
        assert isinstance(missed, Miss)
        assert "No recorded request asks the same." in missed.reason


def test_one_project_by_name_needs_no_key_and_two_do(tmp_path: Path) -> None:
    """Clients that sign their requests ask for their project's id first."""
    keystone = Keystone()
    keystone.read("/v3/projects?name=demo", "", {"projects": [{"name": "demo"}]})
    one = opened(keystone.write(tmp_path / "a.yaml"))
    keystone.read("/v3/projects?name=team", "", {"projects": [{"name": "team"}]})
    two = opened(keystone.write(tmp_path / "b.yaml"))
    asked = Request("GET", f"{KEYSTONE}/v3/projects?name=demo")

    assert "#1" == outcome(one, asked)
    assert NAMES_THE_KEY in outcome(two, asked)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (password(*DANA), Login("password", "project")),
        (unscoped(*DANA), Login("password", "unscoped")),
        (for_default(*DANA), Login("password", "")),
        (for_system(*DANA), Login("password", "system")),
        (of_v2(*DANA), Login("v2.0 password", "project")),
        (post("/v2.0/tokens", {"auth": {"token": {"id": "t"}}}), Login("v2.0 token", "")),
        (
            post("/identity/v3/auth/tokens", {"auth": {"identity": {"methods": ["totp", "a"]}}}),
            Login("a+totp", ""),
        ),
        (federated("t"), Login("federation", "")),
        (Request("GET", federated("t").uri), Login("federation", "")),
        (Request("DELETE", federated("t").uri), None),
        (post("/v3/auth/tokens", {"auth": {"identity": {}}}), None),
        (post("/v3/auth/tokens", []), None),
        (Request("POST", f"{KEYSTONE}/v3/auth/tokens", (), b"\xff{"), None),
        (Request("POST", f"{KEYSTONE}/v3/auth/tokens", (), b"[" * 9999), None),
        (Request("GET", f"{KEYSTONE}/v3/auth/tokens"), None),
        (post("/v3/users", {"auth": {"identity": {"methods": ["password"]}}}), None),
    ],
)
def test_the_kind_of_a_login(request_: Request, kind: Login | None) -> None:
    """Method and scope; what cannot be read is of no kind."""
    assert kind == login_of(request_)
