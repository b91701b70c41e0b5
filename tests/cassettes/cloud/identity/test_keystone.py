"""Keystone: logins of every kind, tokens, the catalog and projects, in Keystone's words."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from glancetape_cassettes.cloud.identity.accounts import (
    Accounts,
    ApplicationCredential,
    ListedAccounts,
    OpenAccounts,
    Project,
    User,
)
from glancetape_cassettes.cloud.identity.keystone import Keystone, is_keystone
from glancetape_cassettes.cloud.identity.tokens import Tokens
from glancetape_cassettes.interaction import Request, Response, header
from support.sets.imagesets import ME, OTHER, REQUEST_ID, THIRD

ORIGIN = "http://127.0.0.1:8180"
UNAUTHORIZED = "The request you have made requires authentication."
DEMO, TEAM = Project(ME, "demo"), Project(OTHER, "team")
DANA = User(id="d" * 32, name="dana", password="right", roles={ME: "member", OTHER: "reader"})
REMY = User(id="e" * 32, name="remy", password="other", roles={OTHER: "reader"})
CREDENTIAL = ApplicationCredential(
    id="c" * 32, name="ci", secret="credential-secret", user=DANA, project=DEMO
)


class Clock:
    """A time that a test sets."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A Keystone, asked as a client asks it."""

    def __init__(self, accounts: Accounts) -> None:
        self.clock = Clock()
        self.keystone = Keystone(accounts, self.clock)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        origin: str = ORIGIN,
        **headers: str,
    ) -> Response:
        """Answer a request; headers by their names with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = b""
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(method, origin + path, tuple(sent.items()), raw)
        response = self.keystone.respond(request, REQUEST_ID)
        assert response is not None
        return response

    def log_in(self, identity: Any, scope: Any = None, query: str = "") -> Response:
        """Answer a login."""
        auth = {"identity": identity} | ({} if scope is None else {"scope": scope})
        return self.ask("POST", f"/v3/auth/tokens{query}", {"auth": auth})

    def token(self, identity: Any, scope: Any = None) -> str:
        """Return the token of a login that succeeds."""
        response = self.log_in(identity, scope)
        assert 201 == response.status, response.body
        return header(response.headers, "X-Subject-Token") or ""

    def project_of(self, token: str) -> str | None:
        """Return the project of a request with a token; fails for an invalid one."""
        request = Request("GET", f"{ORIGIN}/v2/images", (("X-Auth-Token", token),))
        identity = self.keystone.identify(request)
        assert identity is not None
        return identity.project


def password(name: str = "dana", secret: str = "right", **user: Any) -> dict[str, Any]:
    given = {"name": name, "password": secret, "domain": {"id": "default"}, **user}
    return {"methods": ["password"], "password": {"user": given}}


def of_token(token: str) -> dict[str, Any]:
    return {"methods": ["token"], "token": {"id": token}}


def of_credential(**credential: Any) -> dict[str, Any]:
    return {"methods": ["application_credential"], "application_credential": credential}


def project(name: str) -> dict[str, Any]:
    return {"project": {"name": name, "domain": {"name": "Default"}}}


def error_of(response: Response) -> tuple[int, str]:
    error = json.loads(response.body)["error"]
    assert error["code"] == response.status
    return response.status, error["message"]


def shown(response: Response) -> Mapping[str, Any]:
    token: Mapping[str, Any] = json.loads(response.body)["token"]
    return token


@pytest.fixture
def listed() -> Asked:
    """A Keystone that lets in two users."""
    return Asked(
        ListedAccounts(
            all_projects=(DEMO, TEAM, Project(THIRD, "closed")),
            users=(DANA, REMY),
            credentials=(CREDENTIAL,),
        )
    )


@pytest.fixture
def anyone() -> Asked:
    """A Keystone that lets in anybody."""
    known = [ME, OTHER]
    return Asked(OpenAccounts(home=ME, is_project=known.__contains__, known=lambda: known))


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        ("/v3", True),
        ("/v3/", True),
        ("/v3/auth/tokens", True),
        ("/identity", True),
        ("/identity/", True),
        ("/identity/v3/auth/tokens", True),
        ("/keystone/v3", True),
        ("/", False),
        ("/v2/images", False),
        ("/v30", False),
        ("/identity/v2.0/tokens", False),
        ("/other/v3", False),
    ],
)
def test_paths_of_keystone(path: str, is_it: bool) -> None:
    """At the address of the image service, with or without a prefix."""
    assert is_it == is_keystone(path)


@pytest.mark.parametrize("prefix", ["", "/identity", "/keystone"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_version_is_shown_at_the_address_that_the_client_used(
    anyone: Asked, prefix: str, slash: str
) -> None:
    """With and without a slash, and in a list at the root of a prefix."""
    response = anyone.ask("GET", f"{prefix}/v3{slash}", origin="https://iam.invalid:5000")
    (link,) = json.loads(response.body)["version"]["links"]

    assert f"https://iam.invalid:5000{prefix}/v3/" == link["href"]
    if prefix:
        versions = json.loads(anyone.ask("GET", prefix + slash).body)["versions"]["values"]
        assert ["v3.14"] == [one["id"] for one in versions]


def test_a_login_shows_user_project_roles_and_a_catalog_that_leads_back(listed: Asked) -> None:
    """The image service is at the address and scheme that the client used."""
    response = listed.ask(
        "POST",
        "/identity/v3/auth/tokens",
        {"auth": {"identity": password(), "scope": project("demo")}},
        origin="https://cloud.invalid",
    )
    token = shown(response)

    assert ("dana", ME) == (token["user"]["name"], token["project"]["id"])
    assert {"member", "reader"} == {one["name"] for one in token["roles"]}
    assert {
        "identity": {"https://cloud.invalid/identity/v3"},
        "image": {"https://cloud.invalid"},
    } == {
        service["type"]: {one["url"] for one in service["endpoints"]}
        for service in token["catalog"]
    }
    assert "2027-01-16T08:00:00.000000Z" == token["expires_at"]
    assert ME == listed.project_of(header(response.headers, "X-Subject-Token") or "")


REFUSED: dict[str, tuple[Any, Any, int, str]] = {
    "a wrong password": (password(secret="wrong"), None, 401, UNAUTHORIZED),
    "no password": (password(secret=""), None, 401, UNAUTHORIZED),
    "an unknown user": (password("nobody"), None, 401, UNAUTHORIZED),
    "another domain": (password(domain={"name": "other"}), None, 401, UNAUTHORIZED),
    "an unknown project": (password(), project("nothing"), 401, UNAUTHORIZED),
    "a project without a role": (password(), project("closed"), 401, UNAUTHORIZED),
    "the system": (password(), {"system": {"all": True}}, 401, UNAUTHORIZED),
    "a domain": (password(), {"domain": {"id": "default"}}, 401, UNAUTHORIZED),
    "an unknown token": (of_token("x"), None, 404, "Could not recognize Fernet token"),
    "a wrong secret": (of_credential(id="c" * 32, secret="x"), None, 401, UNAUTHORIZED),
    "an unknown credential": (
        of_credential(id="x", secret="x"),
        *(None, 404, "Could not find Application Credential: x."),
    ),
    "a credential with a scope": (
        of_credential(id="c" * 32, secret="credential-secret"),
        project("demo"),
        401,
        "Error authenticating with application credential: Application credentials cannot "
        "request a scope.",
    ),
    "totp": (
        {"methods": ["totp"], "totp": {}},
        *(None, 401),
        "Attempted to authenticate with an unsupported method. This simulated Keystone has no "
        "totp; log in with password or token or application_credential.",
    ),
    "no method": ({"methods": []}, None, 401, UNAUTHORIZED),
}


@pytest.mark.parametrize(("identity", "scope", "status", "message"), REFUSED.values(), ids=REFUSED)
def test_a_login_is_refused_in_keystones_words(
    listed: Asked, identity: Any, scope: Any, status: int, message: str
) -> None:
    """A 401 says where to log in."""
    response = listed.log_in(identity, scope)

    assert (status, message) == error_of(response)
    expected = f'Keystone uri="{ORIGIN}/v3"' if status == 401 else None
    assert expected == header(response.headers, "WWW-Authenticate")


MALFORMED = {
    b"{": "Expecting to find valid JSON in request body.",
    b"[]": "Expecting to find valid JSON in request body.",
    b"{}": "Expecting to find auth in request body.",
    b'{"auth": {}}': "'identity' is a required property",
    b'{"auth": {"identity": {}}}': "Invalid input for field 'identity': 'methods' is a required",
    b'{"auth": 5}': "5 is not of type 'object'",
    b'{"auth": {"identity": {"methods": ["password"]}}}': "Expecting to find password in identity.",
    b'{"auth": {"identity": {"methods": ["password"], "password": {}}}}': "Expecting to find user",
    b'{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "a"}}}}}': (
        "Expecting to find domain in user."
    ),
    b'{"auth": {"identity": {"methods": []}, "scope": {}}}': "Expecting to find system, project,",
}


@pytest.mark.parametrize(
    ("body", "message"), MALFORMED.items(), ids=map(str, range(len(MALFORMED)))
)
def test_a_malformed_login_is_a_400(listed: Asked, body: bytes, message: str) -> None:
    """It says what is missing."""
    status, said = error_of(listed.ask("POST", "/v3/auth/tokens", body))

    assert 400 == status
    assert said.startswith(message)


def test_a_login_that_is_no_json_says_so(listed: Asked) -> None:
    """As in a form."""
    answer = listed.ask("POST", "/v3/auth/tokens", b"a=b", Content_Type="text/plain")

    assert error_of(answer)[1].startswith("Expecting to find application/json in Content-Type")


def test_a_login_without_a_scope_is_for_the_first_project(listed: Asked) -> None:
    """Unless it wants none."""
    assert ME == listed.project_of(listed.token(password()))
    assert listed.project_of(listed.token(password(), {"unscoped": {}})) is None
    assert listed.project_of(listed.token(password(), "unscoped")) is None
    assert "catalog" not in shown(listed.log_in(password(), "unscoped"))


def test_a_token_is_exchanged_for_one_of_another_project(listed: Asked) -> None:
    """It ends when the first one does."""
    first = listed.token(password(), "unscoped")
    listed.clock.now += 3600
    response = listed.log_in(of_token(first), project("team"))

    assert OTHER == shown(response)["project"]["id"]
    assert ["reader"] == [one["name"] for one in shown(response)["roles"]]
    assert ["token", "password"] == shown(response)["methods"]
    assert (
        shown(response)["issued_at"]
        < shown(response)["expires_at"]
        == "2027-01-16T08:00:00.000000Z"
    )
    assert 2 == len(shown(response)["audit_ids"])


@pytest.mark.parametrize(
    "credential",
    [
        {"id": "c" * 32},
        {"name": "ci", "user": {"name": "dana", "domain": {"id": "default"}}},
        {"name": "ci", "user": {"id": "d" * 32}},
    ],
)
def test_an_application_credential_logs_in_to_its_project(
    listed: Asked, credential: dict[str, Any]
) -> None:
    """By its id, or by its name and user."""
    response = listed.log_in(of_credential(**credential, secret="credential-secret"))

    assert ME == shown(response)["project"]["id"]
    assert "ci" == shown(response)["application_credential"]["name"]


@pytest.mark.parametrize(
    ("scope", "project_id", "region"),
    [
        (None, ME, "RegionOne"),
        (project("demo"), ME, "RegionOne"),
        (project(OTHER), OTHER, "RegionOne"),
        ({"project": {"id": OTHER}}, OTHER, "RegionOne"),
        ({"project": {"id": THIRD}}, THIRD, "RegionOne"),
        (project("web-prod"), ME, "RegionOne"),
        (project("ci-lab-1"), ME, "RegionOne"),
        (project("my-team"), ME, "RegionOne"),
        (project("eu-west-0"), ME, "eu-west-0"),
        (project("ap-southeast-1"), ME, "ap-southeast-1"),
        (project("eu-de"), ME, "eu-de"),
        (project("eu-de_team"), ME, "eu-de"),
        (project("cn-north-4"), ME, "cn-north-4"),
    ],
)
def test_anybody_may_log_in_to_any_project(
    anyone: Asked, scope: Any, project_id: str, region: str
) -> None:
    """By id; a name that is no id is that of the home project."""
    response = anyone.log_in(password("whoever", "whatever"), scope)
    token = shown(response)

    assert 201 == response.status
    assert project_id == token["project"]["id"]
    assert {region} == {
        one["region"] for service in token["catalog"] for one in service["endpoints"]
    }


def test_anybody_logs_in_with_any_token_or_credential(anyone: Asked) -> None:
    """But not with one that has ended."""
    own = anyone.token(password())
    anyone.ask("DELETE", "/v3/auth/tokens", X_Auth_Token=own, X_Subject_Token=own)

    assert ME == anyone.project_of(anyone.token(of_token("from elsewhere")))
    assert ME == anyone.project_of(anyone.token(of_credential(id="x", secret="y")))
    assert 404 == anyone.log_in(of_token(own)).status


def test_a_token_is_shown_checked_and_ended(listed: Asked) -> None:
    """After that it is a 401, also at the image service."""
    token = listed.token(password())
    both = {"X_Auth_Token": token, "X_Subject_Token": token}

    assert "dana" == shown(listed.ask("GET", "/v3/auth/tokens", **both))["user"]["name"]
    assert "catalog" not in shown(listed.ask("GET", "/v3/auth/tokens?nocatalog", **both))
    assert 200 == listed.ask("HEAD", "/v3/auth/tokens", **both).status
    assert (403, 404, 401) == tuple(
        listed.ask("GET", "/v3/auth/tokens", **headers).status
        for headers in (
            {"X_Auth_Token": token},
            {"X_Auth_Token": token, "X_Subject_Token": "x"},
            {"X_Subject_Token": token},
        )
    )
    before = listed.keystone.version

    assert 204 == listed.ask("DELETE", "/v3/auth/tokens", **both).status
    assert listed.keystone.version > before
    assert 401 == listed.ask("GET", "/v3/auth/tokens", **both).status
    request = Request("GET", f"{ORIGIN}/v2/images", (("X-Auth-Token", token),))
    assert listed.keystone.identify(request) is None


def test_a_token_ends_after_a_day(listed: Asked) -> None:
    """By the clock of the session."""
    token = listed.token(password())
    request = Request("GET", f"{ORIGIN}/v2/images", (("X-Auth-Token", token),))
    listed.clock.now += 24 * 3600 - 1
    assert listed.keystone.identify(request) is not None
    listed.clock.now += 1

    assert listed.keystone.identify(request) is None


def test_a_percent_encoded_token_is_the_same_token(listed: Asked) -> None:
    """python-glanceclient encodes the values of all headers."""
    token = listed.token(password())

    assert ME == listed.project_of(token.replace("g", "%67", 1))


def test_the_catalog_and_the_projects_are_those_of_the_token(listed: Asked) -> None:
    """One without a project has no catalog."""
    scoped, unscoped = listed.token(password()), listed.token(password(), "unscoped")
    catalog = listed.ask("GET", "/v3/auth/catalog", X_Auth_Token=scoped)
    projects = listed.ask("GET", "/v3/auth/projects", X_Auth_Token=unscoped)

    assert ["identity", "image"] == [one["type"] for one in json.loads(catalog.body)["catalog"]]
    assert 403 == listed.ask("GET", "/v3/auth/catalog", X_Auth_Token=unscoped).status
    assert ["demo", "team"] == [one["name"] for one in json.loads(projects.body)["projects"]]
    for path in ("/v3/auth/catalog", "/v3/auth/projects", "/v3/projects", "/v3/auth/domains"):
        assert 401 == listed.ask("GET", path).status


@pytest.mark.parametrize(("name", "found"), [("demo", [ME]), ("closed", []), ("nothing", [])])
def test_a_user_without_a_project_finds_one_by_its_name(
    listed: Asked, name: str, found: list[str]
) -> None:
    """Those of the user only."""
    token = listed.token(password(), "unscoped")
    answer = listed.ask("GET", f"/v3/projects?name={name}", X_Auth_Token=token)
    document = json.loads(answer.body)

    assert found == [one["id"] for one in document["projects"]]
    assert f"{ORIGIN}/v3/projects?name={name}" == document["links"]["self"]


@pytest.mark.parametrize("name", ["closed", "nothing", THIRD])
@pytest.mark.parametrize("accounts", ["listed", "anyone"])
def test_a_member_of_a_project_may_not_look_for_another(
    request: pytest.FixtureRequest, accounts: str, name: str
) -> None:
    """As in Keystone; so `openstack image add project` takes what it was given for an id."""
    asked: Asked = request.getfixturevalue(accounts)
    token = asked.token(password(), project("demo"))
    answers = [
        asked.ask("GET", f"/v3/projects{how}", X_Auth_Token=token)
        for how in (f"/{name}", f"?name={name}")
    ]

    assert [
        (403, f"You are not authorized to perform the requested action: identity:{action}.")
        for action in ("get_project", "list_projects")
    ] == [error_of(one) for one in answers]


@pytest.mark.parametrize("name", ["demo", "any-name"])
def test_a_project_has_the_name_that_the_login_used(anyone: Asked, name: str) -> None:
    """In lists, by its id, and where a client looks for it."""
    token = anyone.token(password(), project(name))
    listed, named = (
        json.loads(anyone.ask("GET", path, X_Auth_Token=token).body)["projects"]
        for path in ("/v3/auth/projects", f"/v3/projects?name={name}")
    )

    assert [(ME, name)] == [(one["id"], one["name"]) for one in named]
    assert (ME, name) in [(one["id"], one["name"]) for one in listed]


@pytest.mark.parametrize("path", ["/v3/auth/projects", "/v3/projects"])
def test_an_open_keystone_lists_the_project_of_the_caller(anyone: Asked, path: str) -> None:
    """Once, even if it owns no image of the set, and shows it by its id."""
    token = anyone.token(password(), {"project": {"id": THIRD}})
    listed = json.loads(anyone.ask("GET", path, X_Auth_Token=token).body)["projects"]
    home = json.loads(anyone.ask("GET", path, X_Auth_Token=anyone.token(password())).body)

    assert 1 == sum(one["id"] == THIRD for one in listed)
    assert THIRD not in [one["id"] for one in home["projects"]]
    assert 200 == anyone.ask("GET", f"/v3/projects/{THIRD}", X_Auth_Token=token).status


def test_the_project_of_a_region_is_the_home_project(anyone: Asked) -> None:
    """So Huawei Cloud's SDK finds one for any region."""
    answer = anyone.ask("GET", "/v3/projects?name=cn-north-4", Authorization="SDK-HMAC-SHA256 x")

    assert [(ME, "cn-north-4")] == [
        (one["id"], one["name"]) for one in json.loads(answer.body)["projects"]
    ]


def test_a_project_is_shown_by_its_id(listed: Asked) -> None:
    """If it is that of the token, or one of the user who has not chosen any yet."""
    token = listed.token(password(), "unscoped")
    found = listed.ask("GET", f"/v3/projects/{OTHER}", X_Auth_Token=token)
    scoped = listed.token(password(), project("demo"))

    assert "team" == json.loads(found.body)["project"]["name"]
    assert 200 == listed.ask("GET", f"/v3/projects/{ME}", X_Auth_Token=scoped).status
    assert 403 == listed.ask("GET", f"/v3/projects/{OTHER}", X_Auth_Token=scoped).status
    assert 403 == listed.ask("GET", f"/v3/projects/{THIRD}", X_Auth_Token=token).status


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/v3/auth/tokens"), ("POST", "/v3/auth/catalog")]
)
def test_a_method_that_a_path_does_not_have_is_a_405(anyone: Asked, method: str, path: str) -> None:
    """With those that it has, as OPTIONS shows them."""
    response = anyone.ask(method, path)

    assert 405 == response.status
    assert header(response.headers, "Allow") == header(anyone.ask("OPTIONS", path).headers, "Allow")


@pytest.mark.parametrize("target", ["/v3/users", "/v3/roles", "/v3/projects/a/users"])
def test_what_this_keystone_does_not_have_has_no_answer(anyone: Asked, target: str) -> None:
    """It is a miss, and no empty list."""
    request = Request("GET", ORIGIN + target, (("X-Auth-Token", "x"),))

    assert anyone.keystone.respond(request, REQUEST_ID) is None


def test_all_tokens_are_forgotten_at_once(listed: Asked) -> None:
    """For the next test on the same server."""
    token = listed.token(password())
    listed.keystone.forget()

    assert 404 == listed.log_in(of_token(token)).status


def test_a_token_is_accepted_by_a_cloud_of_the_same_accounts_only() -> None:
    """So any number of processes are one service; a token that was changed is nobody's."""
    user = User(id="u", name="dana", password="secret", roles={"p": "member"})
    listed = ListedAccounts(all_projects=(Project("p", "demo"),), users=(user,))
    other = replace(listed, users=(replace(user, password="changed"),))
    now = [1000.0]
    first, second, third = (Tokens(lambda: now[0], one.key()) for one in (listed, listed, other))

    given = first.issue(("password",), user, project=Project("p", "demo"), roles=("member",))
    changed = [given.id[:place] + "A" + given.id[place + 1 :] for place in range(6, len(given.id))]

    assert given == replace(second.find(given.id) or given, user=user)
    assert "" == (second.find(given.id) or given).user.password
    assert third.find(given.id) is None
    assert not any(second.is_known(one) for one in changed if one != given.id)
    now[0] += 24 * 3600
    assert (None, True) == (second.find(given.id), second.is_known(given.id))
