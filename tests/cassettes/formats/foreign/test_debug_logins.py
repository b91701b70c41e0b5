"""Logins in the output of `openstack --debug`: what was sent follows from the answer."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape_cassettes.formats.foreign.debug_log.debug_logs import DEBUG_LOG
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.of_service import OF_GLANCETAPE, why_not_kept
from glancetape_cassettes.interaction import Request, header
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.logins import login_of
from support.running.in_process import run

KEYSTONE = "http://keystone.example:5000/v3/auth/tokens"
GLANCE = "http://glance.example:9292/v2/images"
PAGE = '{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
DOMAIN = {"id": "default", "name": "Default"}
PROJECT = {"id": "b" * 32, "name": "demo", "domain": DOMAIN}
CREDENTIAL = {"id": "c" * 32, "name": "ci", "restricted": True}
ENDPOINT = {"interface": "public", "region": "r", "url": "http://glance.example:9292"}
CATALOG = [{"type": "image", "name": "glance", "endpoints": [ENDPOINT]}]


def token(*methods: str, **more: Any) -> dict[str, Any]:
    """What Keystone answers."""
    return {
        "methods": list(methods or ("password",)),
        "user": {"domain": DOMAIN, "id": "a" * 32, "name": "dana", "password_expires_at": None},
        "audit_ids": ["RsjJgnH7J4j9skLwtqhQxw"],
        "expires_at": "2026-11-27T17:18:53.000000Z",
        "issued_at": "2026-11-26T17:18:53.000000Z",
        "catalog": CATALOG,
        **more,
    }


def login(answer: Any, lead: str = "") -> str:
    """What keystoneauth prints of a login."""
    text = answer if isinstance(answer, str) else json.dumps({"token": answer})
    line = '"POST /v3/auth/tokens HTTP/1.1" 201 4711'
    return f"{lead}Making authentication request to {KEYSTONE}\n{lead}{line}\n{lead}{text}\n"


def asks(name: str, lead: str = "", ours: str = "") -> str:
    """A list that is asked with a token, and its answer; `ours` is its `X-Glancetape`."""
    asked = f'curl -g -i -X GET {GLANCE} -H "X-Auth-Token: {{SHA256}}{name * 8}"'
    more = f" X-Glancetape: {ours}" if ours else ""
    return (
        f"{lead}REQ: {asked}\n{lead}RESP: [200] Content-Type: application/json{more}\n"
        f"{lead}RESP BODY: {PAGE}\n"
    )


def read(path: Path, text: str) -> list[Entry | LeftOut]:
    path.write_text(text)
    assert DEBUG_LOG.read is not None
    return list(DEBUG_LOG.read(path, None))


KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "a project": (token(project=PROJECT), "password for a project"),
    "a domain": (token(domain=DOMAIN), "password for a domain"),
    "the system": (token(system={"all": True}), "password for the system"),
    "no scope": (token(), "password"),
    "an application credential": (
        token("application_credential", project=PROJECT, application_credential=CREDENTIAL),
        "application_credential",
    ),
    "a token": (token("token", project=PROJECT), "token for a project"),
    "a token that was made with a password": (token("password", "token"), "token"),
}
BEGINS = "Making authentication request to http://keystone.example:5000"


@pytest.mark.parametrize("lead", ["", "2026-11-26 17:18:53.120 12 DEBUG keystoneauth.identity "])
@pytest.mark.parametrize(("answer", "kind"), KINDS.values(), ids=KINDS)
def test_a_login_is_read_with_the_token_of_the_next_request(
    tmp_path: Path, answer: dict[str, Any], kind: str, lead: str
) -> None:
    """What Keystone answered is as it was printed, and the date is the one that it named."""
    text = asks("0", lead) + login(answer, lead) + asks("0", lead) + asks("1", lead)
    found = read(tmp_path / "a.log", text)

    logged_in = found[1]
    assert [Entry] * 4 == list(map(type, found))
    assert isinstance(logged_in, Entry)
    asked, answered = logged_in.interaction.request, logged_in.interaction.response
    assert ("POST", KEYSTONE, kind) == (asked.method, asked.uri, str(login_of(asked)))
    assert {"token": answer} == json.loads(answered.body)
    assert (201, "{SHA256}11111111") == (
        answered.status,
        header(answered.headers, "x-subject-token"),
    )
    assert answer["issued_at"] == logged_in.interaction.recorded_at


LEFT_OUT = {
    "another method": (login(token("oauth1")) + asks("1"), "a login other than"),
    "Keystone v2.0": (f"{BEGINS}/v2.0/tokens\n" + asks("1"), "with v2.0 or by a federation"),
    "a federation": (
        f"{BEGINS}/v3/OS-FEDERATION/identity_providers/a/protocols/b/auth\n" + asks("1"),
        "with v2.0 or by a federation",
    ),
    "the token of another session beside its own": (
        login(token()) + asks("1") + asks("2"),
        "several new tokens follow it",
    ),
    "two methods": (login(token("password", "totp")) + asks("1"), "a login other than"),
    "no request after it": (asks("1") + login(token()), "no request with the token"),
    "only older tokens after it": (
        asks("1") + login(token()) + asks("1"),
        "no request with the token",
    ),
    "no answer": (login("") + asks("1"), "does not show what Keystone answered"),
    "an answer that is cut off": (
        login(json.dumps({"token": token()})[:-30]) + asks("1"),
        "does not show what Keystone answered",
    ),
    "no catalog": (
        login(token(catalog="<removed>")) + asks("1"),
        "does not show what Keystone answered",
    ),
}


@pytest.mark.parametrize(("text", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_login_that_the_log_does_not_show_is_left_out(
    tmp_path: Path, text: str, reason: str
) -> None:
    """What else is in the log is read."""
    found = read(tmp_path / "a.log", text)

    (out,) = [one for one in found if isinstance(one, LeftOut)]
    assert reason in out.reason
    assert not out.is_bad


@pytest.mark.parametrize(
    ("answers", "is_replayed"),
    [
        (["exact; a.yaml#4"], True),
        (["derived; a.yaml#4-7", "synthetic; a.images", "exact; a.yaml#4"], True),
        (["recorded; a.yaml#4"], False),
        (["not-recorded"], False),
        (["exact; a.yaml#4", "recorded; a.yaml#8"], False),  # in mode new_episodes
        (["exact; a.yaml#4", ""], False),
    ],
)
def test_a_login_at_a_replay_is_left_out_as_what_it_answered(
    tmp_path: Path, answers: list[str], *, is_replayed: bool
) -> None:
    """A log has no headers of a login; the answers to its token show who gave that out."""
    text = login(token(project=PROJECT)) + "".join(asks("1", ours=one) for one in answers)

    logged_in = read(tmp_path / "a.log", text)[0]

    assert isinstance(logged_in, Entry)
    assert (OF_GLANCETAPE if is_replayed else None) == why_not_kept(logged_in.interaction)


def test_a_login_is_read_in_the_same_time_however_many_there_are(tmp_path: Path) -> None:
    """A log may be of a day: what a login takes must not grow with the requests beside it."""
    calls = {}
    for count in (50, 400):
        called = 0

        def note(_: object, event: str, __: object) -> None:
            nonlocal called
            called += event in ("call", "c_call")

        text = "".join(login(token(project=PROJECT)) + asks(f"{n:08x}") for n in range(count))
        sys.setprofile(note)
        try:
            found = read(tmp_path / "a.log", text)
        finally:
            sys.setprofile(None)
        assert 2 * count == len([one for one in found if isinstance(one, Entry)])
        calls[count] = called / count

    assert calls[400] < 1.2 * calls[50]


def test_two_logins_at_once_have_no_tokens(tmp_path: Path) -> None:
    """Whose the next token is, nothing shows."""
    text = login(token(project=PROJECT)) + login(token(domain=DOMAIN)) + asks("1") + asks("2")

    found = read(tmp_path / "a.log", text)

    assert [LeftOut, LeftOut, Entry, Entry] == list(map(type, found))


def test_a_login_of_each_of_several_runs_is_read(tmp_path: Path) -> None:
    """A log may have several commands."""
    one, other = token(project=PROJECT), token(domain=DOMAIN)

    found = read(tmp_path / "a.log", login(one) + asks("1") + login(other) + asks("2"))

    subjects = [
        header(entry.interaction.response.headers, "x-subject-token")
        for entry in found
        if isinstance(entry, Entry) and entry.interaction.response.status == 201
    ]
    assert ["{SHA256}11111111", "{SHA256}22222222"] == subjects


def test_an_exchange_with_keystone_v2_is_one_like_any_other(tmp_path: Path) -> None:
    """Older clients print the login itself, with the password masked."""
    sent = {"auth": {"tenantName": "demo", "passwordCredentials": {"password": "***"}}}
    answer = {"access": {"token": {"id": "{SHA1}11"}, "serviceCatalog": []}}
    url = "http://keystone.example:5000/v2.0/tokens"
    text = (
        f"REQ: curl -g -i -X POST {url} -d '{json.dumps(sent)}'\n"
        f"RESP: [200] Content-Type: application/json\nRESP BODY: {json.dumps(answer)}\n"
    )
    (found,) = read(tmp_path / "a.log", text)

    assert isinstance(found, Entry)
    assert "v2.0 password for a project" == str(login_of(found.interaction.request))
    assert answer == json.loads(found.interaction.response.body)


USER = {"password": "another", "name": "dana", "domain": {"name": "Default"}}
SECRETS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "password": (token(project=PROJECT), {"user": USER}),
    "token": (token("token", project=PROJECT), {"id": "gAAAAnother"}),
    "application_credential": (
        token("application_credential", project=PROJECT, application_credential=CREDENTIAL),
        {"id": CREDENTIAL["id"], "secret": "another"},
    ),
}


@pytest.mark.parametrize("method", SECRETS)
def test_a_bug_report_with_a_login_becomes_an_offline_test(tmp_path: Path, method: str) -> None:
    """With the names that the log shows, and any password, secret or token."""
    answer, secret = SECRETS[method]
    log, tape, key = tmp_path / "a.log", tmp_path / "a.yaml", tmp_path / "key"
    log.write_text(login(answer) + asks("1"))
    key.write_text("ab" * 32)
    assert 0 == run("import", log, "--out", tape, "--key-file", key).returncode
    asked: dict[str, Any] = {"identity": {"methods": [method], method: secret}}
    if method != "application_credential":
        asked["scope"] = {"project": {"name": "demo", "domain": {"name": "Default"}}}
    sent = Request(
        "POST",
        KEYSTONE,
        (("Content-Type", "application/json"),),
        json.dumps({"auth": asked}).encode(),
    )

    with open_session(Settings(replay=(tape,), key_file=key)) as session:
        logged_in = session.answer(sent, any_host=True)
        assert isinstance(logged_in, Answer), logged_in
        subject = header(logged_in.response.headers, "x-subject-token")
        assert subject is not None
        listed = session.answer(Request("GET", GLANCE, (("X-Auth-Token", subject),)), any_host=True)

    assert isinstance(listed, Answer), listed
    assert PAGE == listed.response.body.decode()
    assert "11111111" not in tape.read_text()
