"""Of Keystone's documents everything public is recorded, and nothing of a customer or a secret.

The documents have the shapes that OpenStack, Huawei Cloud and Open Telekom Cloud give.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns

KEY = StandIns(b"a key for these tests")
PROJECT, USER, DOMAIN = "1bed856811654c1cb661a6ca845ebc77", "7a" * 16, "0c5f" * 8
TOKEN, AUDIT = "gAAAAABrB9Tx24UCqlqD0123456789", "3T2dc1CGQxyJsHdDu1xkcw"
PASSWORD, PHRASE = "swordfish-4711", "Ubuntu images of the platform team"
PRIVATE = {PROJECT, USER, DOMAIN, TOKEN, AUDIT, PASSWORD, PHRASE, "dana", "demo", "dom-4711"}
"""What must not be recorded. Everything else in the documents must."""

MEDIA = [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}]
V3 = {
    "id": "v3.14",
    "status": "stable",
    "updated": "2020-04-07T00:00:00Z",
    "links": [{"rel": "self", "href": "http://keystone.example:5000/v3/"}],
    "media-types": MEDIA,
}
V2 = {
    "id": "v2.0",
    "status": "deprecated",
    "updated": "2016-08-04T00:00:00Z",
    "links": [
        {"rel": "self", "href": "http://keystone.example:5000/v2.0/"},
        {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
    ],
    "media-types": MEDIA,
}
GLANCE = {
    "versions": [
        {"id": one, "status": status, "links": [{"rel": "self", "href": "http://glance:9292/v2/"}]}
        for one, status in (("v2.17", "CURRENT"), ("v2.16", "SUPPORTED"), ("v1.0", "DEPRECATED"))
    ]
}
NOVA = {"version": {"id": "v2.1", "version": "2.96", "min_version": "2.1", "max_version": "2.96"}}
CATALOG = [
    {
        "type": "image",
        "name": "glance",
        "id": "90095f474f054b4ba6e029bc398ccb59",
        "endpoints": [
            {
                "region": "eu-de",
                "region_id": "eu-de",
                "interface": interface,
                "id": f"3b1f{number}a5e1c2d4f60b7a8990011223344",
                "url": "https://ims.eu-de.example.com",
            }
            for number, interface in enumerate(("public", "internal", "admin"))
        ],
    },
    {"type": "identity", "name": "keystone", "id": "82b603219f8a4752b9bffc4f06f68052",
     "endpoints": []},
]  # fmt: skip
WHO = {
    "user": {"id": USER, "name": "dana", "domain": {"id": DOMAIN, "name": "dom-4711"},
             "password_expires_at": "2027-01-01T00:00:00.000000"},
    "project": {"id": PROJECT, "name": "demo", "domain": {"id": DOMAIN, "name": "dom-4711"}},
}  # fmt: skip
TIMES = {"expires_at": "2026-11-27T06:42:57.000000Z", "issued_at": "2026-11-26T06:42:57.000000Z"}
ROLES = [{"id": "15eec059bdef4d1899a0ce92b58c82a1", "name": "member"}]
LINKS = {"self": "http://keystone.example:5000/v3/auth/projects", "previous": None, "next": None}
DOCUMENTS: dict[str, tuple[str, Any]] = {
    "GET / of Keystone": ("/identity/", {"versions": {"values": [V3, V2]}}),
    "GET / of Glance": ("/", GLANCE),
    "GET /versions": ("/versions", GLANCE),
    "GET /v2": ("/v2", GLANCE),
    "GET /v3": ("/v3", {"version": V3}),
    "GET /v3/": ("/v3/", {"version": V3}),
    "GET /v2.0": ("/v2.0", {"version": V2}),
    "versions with a range": ("/identity/v3", NOVA),
    "a login": (
        "/v3/auth/tokens",
        {"token": {"methods": ["password"], "audit_ids": [AUDIT], "is_domain": False,
                   "roles": ROLES, "catalog": CATALOG, **WHO, **TIMES}},
    ),
    "an application credential": (
        "/v3/auth/tokens",
        {"token": {"methods": ["application_credential"], "roles": ROLES, **WHO, **TIMES,
                   "application_credential": {"id": USER, "name": "dana", "restricted": True}}},
    ),
    "a trust": (
        "/v3/auth/tokens",
        {"token": {**WHO, **TIMES, "OS-TRUST:trust": {
            "id": USER, "trustor_user": {"id": USER}, "impersonation": False}}},
    ),
    "a federated login": (
        "/v3/auth/tokens",
        {"token": {**TIMES, "user": {"id": USER, "OS-FEDERATION": {
            "identity_provider": {"id": "dom-4711"}, "protocol": {"id": "dom-4711"},
            "groups": [{"id": PROJECT}]}}}},
    ),
    "a login that lacks a method": (
        "/v3/auth/tokens",
        {"receipt": {"methods": ["password"], "user": WHO["user"], **TIMES},
         "required_auth_methods": [["password", "totp"], ["application_credential"]]},
    ),
    "a login of v2.0": (
        "/v2.0/tokens",
        {"access": {
            "token": {"id": TOKEN, "expires": "2026-11-27T06:42:57Z", "issued_at":
                      "2026-11-26T06:42:57.000000", "tenant": {"id": PROJECT, "name": "demo",
                      "description": PHRASE, "enabled": True}},
            "user": {"id": USER, "name": "dana", "username": "dana", "roles": [{"name": "member"}],
                     "roles_links": []},
            "metadata": {"is_admin": 0, "roles": ["15eec059bdef4d1899a0ce92b58c82a1"]},
            "serviceCatalog": [{"type": "image", "name": "glance", "endpoints_links": [],
                "endpoints": [{"region": "RegionOne", "id": "3b1fa5e1c2d4f60b7a89900112233445",
                    "publicURL": "http://glance:9292", "internalURL": "http://glance:9292",
                    "adminURL": "http://glance:9292", "versionId": "2",
                    "versionInfo": "http://glance:9292/v2/"}]}]}},
    ),
    "GET /v3/auth/catalog": ("/v3/auth/catalog", {"catalog": CATALOG, "links": LINKS}),
    "GET /v3/auth/projects": (
        "/v3/auth/projects",
        {"links": LINKS, "projects": [
            {"id": PROJECT, "name": "demo", "domain_id": DOMAIN, "parent_id": DOMAIN,
             "description": PHRASE, "enabled": True, "is_domain": False, "tags": [PHRASE],
             "options": {}, "links": {"self": "http://keystone.example:5000/v3/projects"}}]},
    ),
    "GET /v3/regions": (
        "/v3/regions",
        {"regions": [{"id": "eu-de", "parent_region_id": None}], "links": LINKS},
    ),
    "a refusal": (
        "/v3/auth/tokens",
        {"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made "
                   "requires authentication."}},
    ),
    "a refusal of IAM": (
        "/v3/auth/tokens",
        {"error_msg": "The username or password is wrong.", "error_code": "IAM.0011",
         "request_id": "0c0a2f4bb3f2ab2b8d3c4e5f6a7b8c9d"},
    ),
}  # fmt: skip
LOGINS: dict[str, tuple[str, Any]] = {
    "password": (
        "/v3/auth/tokens",
        {"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": "dana", "domain": {"name": "dom-4711"}, "password": PASSWORD}}},
            "scope": {"project": {"id": PROJECT}}}},
    ),
    "token": (
        "/v3/auth/tokens",
        {"auth": {"identity": {"methods": ["token"], "token": {"id": TOKEN}}}},
    ),
    "application credential": (
        "/v3/auth/tokens",
        {"auth": {"identity": {"methods": ["application_credential"], "application_credential": {
            "id": USER, "secret": PASSWORD}}, "scope": "unscoped"}},
    ),
    "v2.0": (
        "/v2.0/tokens",
        {"auth": {"tenantId": PROJECT, "passwordCredentials": {
            "username": "dana", "password": PASSWORD}}},
    ),
}  # fmt: skip


def redacted(path: str, asked: bytes = b"", answered: bytes = b"") -> tuple[str, bytes, bytes]:
    """The URI and both bodies of an exchange with Keystone, as they are stored."""
    request = Request("POST", f"http://keystone.example:5000{path}", (), asked)
    interaction = Interaction(request, Response(200, "OK", (), answered), "2026-11-26T06:42:57Z")
    done = Redactor(KEY).interaction(interaction)
    bodies = [
        from_readable(body.readable(), "body") for body in (done.request_body, done.response_body)
    ]
    return done.interaction.request.uri, bodies[0], bodies[1]


def leaves(value: Any) -> Iterator[Any]:
    """All values of a document that are no object and no list, in their order."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield value


def differing(before: Any, after: Any) -> list[Any]:
    """The values of a document that were replaced."""
    pairs = list(zip(leaves(before), leaves(after), strict=True))
    return [one for one, other in pairs if one != other]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_everything_public_is_recorded_and_nothing_else(name: str) -> None:
    """Compared value by value with the document of the service."""
    path, document = DOCUMENTS[name]

    _, _, body = redacted(path, answered=json.dumps(document).encode())

    private = [one for one in leaves(document) if one in PRIVATE]
    assert private == differing(document, json.loads(body))
    assert not [one for one in PRIVATE if one.encode() in body]


@pytest.mark.parametrize("name", LOGINS)
def test_a_login_is_recorded_with_stand_ins_and_without_secrets(name: str) -> None:
    """An id stays an id, so that the same one is found again."""
    path, asked = LOGINS[name]

    _, body, _ = redacted(path, json.dumps(asked).encode())

    private = [one for one in leaves(asked) if one in PRIVATE]
    assert private == differing(asked, json.loads(body))
    text = body.decode()
    assert not [one for one in PRIVATE if one in text]
    known = {PROJECT: KEY.identity, USER: KEY.identity, "dana": KEY.name, TOKEN: KEY.token}
    for one in private:
        if one in known:
            assert known[one](one) in text


@pytest.mark.parametrize(
    ("asked", "recorded"),
    [
        ("/v3/projects?name=demo", f"/v3/projects?name={KEY.name('demo')}"),
        (f"/v3/users?id={USER}", f"/v3/users?id={KEY.identity(USER)}"),
        (f"/v3/projects?parent_id={DOMAIN}", f"/v3/projects?parent_id={KEY.identity(DOMAIN)}"),
        ("/v2.0/tenants?name=demo", f"/v2.0/tenants?name={KEY.name('demo')}"),
        ("/v3/services?name=glance&type=image", "/v3/services?name=glance&type=image"),
        ("/v3/regions?id=eu-de", "/v3/regions?id=eu-de"),
    ],
)
def test_a_question_about_a_customer_names_a_stand_in(asked: str, recorded: str) -> None:
    """Services and regions are the cloud's."""
    assert f"http://keystone.example:5000{recorded}" == redacted(asked)[0]


def test_words_of_people_are_not_looked_for_in_later_answers() -> None:
    """A project's description may be the name of an image."""
    redactor = Redactor(KEY)
    projects = json.dumps({"projects": [{"id": PROJECT, "description": PHRASE}]}).encode()
    images = json.dumps({"images": [{"id": "1", "name": PHRASE}]}).encode()

    for uri, body in (("http://k/v3/projects", projects), ("http://g/v2/images", images)):
        response = Response(200, "OK", (), body)
        done = redactor.interaction(Interaction(Request("GET", uri), response, ""))

    assert images == from_readable(done.response_body.readable(), "body")
