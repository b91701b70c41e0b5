"""Logins in a log of keystoneauth, which prints what Keystone answered, and not what was asked.

    Making authentication request to http://keystone:5000/v3/auth/tokens
    {"token": {"methods": ["password"], "user": {...}, "project": {...}, "catalog": [...], ...}}
    REQ: curl -g -i -X GET http://glance:9292/v2/images -H "X-Auth-Token: {SHA256}14..."

| of the login | where it is from |
|---|---|
| names of the user, the project and their domains | the answer |
| password, secret of an application credential, token before it | nowhere; any does in a replay |
| the token | the only new one in the requests before the next login, which have a hash of it |
| its date | `issued_at` in the answer |
| that a replay answered it | all answers to requests with the token have the replay's header |

A login is left out if it was made in another way, if the log does not show its token, or if several
are under way at once. No line says whose a token is, so where two new ones follow a login, neither
is taken. If one follows, it may still be that of another session whose login is not in the log, if
that session alone asked anything; nothing in a log shows that.

keystoneauth prints nothing of an answer of Keystone v2.0, nor of a federation. Older clients print
`REQ` and `RESP` of a login with v2.0: that is an exchange like any other.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.formats.foreign.foreign_entries import Unusable
from glancetape_cassettes.formats.foreign.plain_text import bytes_of, json_at
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.lazy_regex import lazy_compile

_LOGIN = lazy_compile(
    r"Making authentication request to (?P<url>https?://[^\s\"'<>]{1,2000})(?=\s|\Z)"
)
_V3 = lazy_compile(r".*/v3/auth/tokens(?:\?nocatalog)?\Z")
_ANSWER = lazy_compile(r'\{"token": ?\{')
_JSON = ("Content-Type", "application/json")
_SECRET = "not in the log"


@dataclass(frozen=True, slots=True)
class LoggedLogin:
    """A login, and where its lines begin and end in the log."""

    start: int
    end: int
    url: str
    token: dict[str, Any] | None
    """What Keystone answered; None where the log does not show it."""
    body: str = ""

    def with_subject(self, subject: str, *headers: tuple[str, str]) -> Interaction:
        """The login as a client sends it, and its answer with this token. Raises Unusable.

        `headers` are further ones of the answer.
        """
        if not _V3.match(self.url):
            raise Unusable("a login with v2.0 or by a federation, whose answer no log shows")
        if self.token is None:
            raise Unusable("the log does not show what Keystone answered to the login")
        asked = json.dumps({"auth": _auth_of(self.token)})
        given = (_JSON, ("X-Subject-Token", subject), *headers)
        date = self.token.get("issued_at")
        return Interaction(
            Request("POST", self.url, (_JSON,), asked.encode()),
            Response(201, "Created", given, bytes_of(self.body)),
            date if isinstance(date, str) else "",
        )


def logins_in(text: str) -> Iterator[LoggedLogin]:
    """The logins of a log, in its order."""
    begins = list(_LOGIN.finditer(text))
    ends = [*(one.start() for one in begins[1:]), len(text)]
    for begin, end in zip(begins, ends, strict=False):  # without any, there is one end more
        answer = _ANSWER.search(text, begin.end(), end)
        found = json_at(text, answer.start()) if answer is not None else None
        if answer is None or found is None or not _is_token(found[0]) or found[1] > end:
            yield LoggedLogin(begin.start(), begin.end(), begin["url"], None)
            continue
        value, stop = found
        body = text[answer.start() : stop]
        yield LoggedLogin(begin.start(), stop, begin["url"], value["token"], body)


def _is_token(value: Any) -> bool:
    match value:
        case {"token": {"methods": [*_], "user": {"name": str()}, "expires_at": str()} as token}:
            return bool(token.get("catalog") != "<removed>")
    return False


def _auth_of(token: dict[str, Any]) -> dict[str, Any]:
    """What a client sends for such a token. Raises Unusable."""
    match token:
        case {"methods": ["application_credential"], "application_credential": {"id": str(one)}}:
            how: dict[str, Any] = {"id": one, "secret": _SECRET}
            return {
                "identity": {"methods": ["application_credential"], "application_credential": how}
            }
        case {"methods": ["password"], "user": {"name": name, "domain": {"name": domain}}}:
            user = {"name": name, "domain": {"name": domain}, "password": _SECRET}
            identity = {"methods": ["password"], "password": {"user": user}}
            return {"identity": identity} | _scoped(token)
        # Keystone adds the methods of the token that the login was made with.
        case {"methods": [*methods]} if "token" in methods:
            identity = {"methods": ["token"], "token": {"id": _SECRET}}
            return {"identity": identity} | _scoped(token)
    raise Unusable("a login other than with a password, a token or an application credential")


def _scoped(token: dict[str, Any]) -> dict[str, Any]:
    scope = _scope_of(token)
    return {"scope": scope} if scope else {}


def _scope_of(token: dict[str, Any]) -> dict[str, Any] | None:
    match token:
        case {"project": {"name": str(name), "domain": {"name": str(domain)}}}:
            return {"project": {"name": name, "domain": {"name": domain}}}
        case {"domain": {"name": str(name)}}:
            return {"domain": {"name": name}}
        case {"system": {"all": True}}:
            return {"system": {"all": True}}
    return None
