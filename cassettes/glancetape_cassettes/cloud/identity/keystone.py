"""Keystone: gives out tokens and shows them, the catalog and the projects."""

import json
import re
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from glancetape_cassettes.cloud.asking import Identity
from glancetape_cassettes.cloud.identity import documents
from glancetape_cassettes.cloud.identity.accounts import Accounts, Named, Project, User
from glancetape_cassettes.cloud.identity.authenticating import log_in, region_of
from glancetape_cassettes.cloud.identity.identifying import identify, unquoted
from glancetape_cassettes.cloud.identity.login import (
    NO_TOKEN,
    KeystoneRefused,
    read_login,
    unauthorized,
)
from glancetape_cassettes.cloud.identity.signatures import signature_of
from glancetape_cassettes.cloud.identity.tokens import Token, Tokens
from glancetape_cassettes.cloud.refusals import REASONS
from glancetape_cassettes.interaction import Headers, Request, Response
from glancetape_cassettes.lazy_regex import lazy_compile

_PLACE = lazy_compile(
    r"(?P<prefix>/identity|/keystone)?(?:/v3(?P<below>/.*)?|(?<=.)/?)\Z", re.DOTALL
)
_OLD_LOGIN = lazy_compile(r"(?:/identity|/keystone)?/v2\.0/(?:tokens|tenants)(?:/.*)?\Z", re.DOTALL)
_PROJECT = lazy_compile(r"/projects/([^/]+)\Z")
_ALLOWED = {
    "": "HEAD, OPTIONS, GET",
    "/auth/tokens": "HEAD, OPTIONS, POST, DELETE, GET",
    "/auth/catalog": "HEAD, OPTIONS, GET",
    "/auth/projects": "HEAD, OPTIONS, GET",
    "/auth/domains": "HEAD, OPTIONS, GET",
    "/auth/system": "HEAD, OPTIONS, GET",
}


class _Asked(NamedTuple):
    """A request to Keystone, taken apart."""

    request: Request
    base: str
    """The address of Keystone as the client used it, without a version."""
    origin: str
    """Scheme and host that the client used."""
    below: str
    """What follows `/v3`, without a slash at the end."""

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.request.uri).query, keep_blank_values=True)


def is_keystone(path: str) -> bool:
    """Whether a path is Keystone's: `/v3/auth/tokens`, `/identity/v3`."""
    return _PLACE.match(path) is not None


def is_old_keystone(path: str) -> bool:
    """Whether a path is that of a login of Keystone's old API, which Queens removed."""
    return _OLD_LOGIN.match(path) is not None


class Keystone:
    """Answers requests to Keystone, and says who sends a request to the image service."""

    def __init__(
        self,
        accounts: Accounts,
        clock: Callable[[], float] = time.time,
        *,
        shares_tokens: bool = True,
    ) -> None:
        """Let in those of `accounts`.

        One that `shares_tokens` accepts those of every other one with the same accounts.
        """
        self.accounts = accounts
        self._tokens = Tokens(clock, accounts.key() if shares_tokens else b"")
        self.version = 0
        """Grows whenever a request with a known token may get another answer."""

    def forget(self) -> None:
        """Forget all tokens."""
        self._tokens.forget()
        self.version += 1

    def identify(
        self, request: Request, project_of_token: Callable[[], str | None] = lambda: None
    ) -> Identity | None:
        """Return who sends a request to the image service; None without valid credentials.

        `project_of_token` returns the project of a token that another Keystone gave out.
        """
        return identify(request, self.accounts, self._tokens, project_of_token)

    def lasting_project(self, request: Request) -> str | None:
        """Return the project of a request if all requests with its headers have it, for good.

        None where that depends on a token of this Keystone, which ends, or on a signature.
        """
        token_id = unquoted(request, "x-auth-token")
        if not self.accounts.is_open or (token_id and self._tokens.is_known(token_id)):
            return None
        identity = self.identify(request)
        return None if identity is None else identity.project

    def respond(self, request: Request, request_id: str) -> Response | None:
        """Return the response to a request whose path is Keystone's.

        None for what this Keystone does not have, such as users and roles.
        """
        asked = _asked(request)
        try:
            response = self._respond(asked)
        except KeystoneRefused as refused:
            more: Headers = ()
            if refused.status == 401:
                more = (("WWW-Authenticate", f'Keystone uri="{asked.base}/v3"'),)
            body = json.dumps({"error": refused.error}).encode() + b"\n"
            response = _json(body, refused.status, more)
        if response is None:
            return None
        return _finished(response, request, request_id)

    def _respond(self, asked: _Asked) -> Response | None:
        method = "GET" if asked.request.method == "HEAD" else asked.request.method
        if asked.below in _ALLOWED:
            allowed = (("Allow", _ALLOWED[asked.below]),)
            if method == "OPTIONS":
                return Response(200, "OK", (("Content-Type", _HTML), *allowed))
            if method not in _ALLOWED[asked.below]:
                return _json(b'{"message":"The method is not allowed for the requested URL."}\n',
                             405, allowed)  # fmt: skip
        operation = _OPERATIONS.get((method, asked.below))
        if operation is not None:
            return operation(self, asked)
        if method == "GET" and (found := _PROJECT.match(asked.below)):
            return self._show_project(asked, unquote(found[1]))
        return None

    def _show_version(self, asked: _Asked) -> Response:
        shown = documents.version(asked.base)
        if urlsplit(asked.request.uri).path.rstrip("/").endswith("/v3"):
            return _json({"version": shown})
        location = (("Location", f"{asked.base}/v3/"),)
        return _json({"versions": {"values": [shown]}}, 300, location)

    # Tokens

    def _log_in(self, asked: _Asked) -> Response:
        token = log_in(read_login(asked.request), self.accounts, self._tokens)
        return self._token(asked, token, 201)

    def _token(self, asked: _Asked, token: Token, status: int = 200) -> Response:
        shown = documents.token(
            token,
            asked.base,
            asked.origin,
            self.accounts,
            catalog="nocatalog" not in asked.query,
        )
        return _json(shown, status, (("X-Subject-Token", token.id),))

    def _show_token(self, asked: _Asked) -> Response:
        return self._token(asked, self._subject(asked, "validate_token"))

    def _revoke(self, asked: _Asked) -> Response:
        self._tokens.revoke(self._subject(asked, "revoke_token"))
        self.version += 1
        return Response(204, REASONS[204])

    def _subject(self, asked: _Asked, action: str) -> Token:
        """Return the token that a request is about. Raises KeystoneRefused."""
        self._caller(asked)
        named = unquoted(asked.request, "x-subject-token")
        if named is None:
            raise _not_authorized(action)
        token = self._tokens.find(named)
        if token is None:
            known = self._tokens.is_known(named)
            raise KeystoneRefused(404, "Failed to validate token" if known else NO_TOKEN)
        return token

    # What belongs to a token

    def _caller(self, asked: _Asked) -> Token | None:
        """Return the token of the caller; None for one without. Raises KeystoneRefused."""
        if identify(asked.request, self.accounts, self._tokens) is None:
            raise unauthorized()
        return self._tokens.find(unquoted(asked.request, "x-auth-token") or "")

    def _show_catalog(self, asked: _Asked) -> Response:
        token = self._caller(asked)
        if token is not None and token.project is None:
            message = "You are not authorized to perform the requested action."
            raise KeystoneRefused(403, message)
        region = token.region if token is not None else region_of(None, self.accounts)
        return _json({"catalog": documents.services(region, asked.base, asked.origin)})

    def _list_projects(self, asked: _Asked) -> Response:
        projects = self._projects(asked)
        names = asked.query.get("name")
        if names and asked.below == "/projects":
            named = [one for one in projects if one.name == names[-1]]
            projects = named or self._called(asked, names[-1])
        link = f"{asked.base}/v3{asked.below}"
        query = urlsplit(asked.request.uri).query
        link = f"{link}?{query}" if query else link
        return _json(documents.projects(projects, link, asked.base, self.accounts.domain))

    def _called(self, asked: _Asked, name: str) -> list[Project]:
        """Return the projects with a name that the caller's lack. Raises KeystoneRefused.

        Huawei Cloud: whoever has no project yet looks for the one that is named like the region.
        Keystone refuses a member of a project, and then the `openstack` command takes the name for
        an id: `openstack image add project IMAGE PROJECT` shares with exactly that project.
        """
        token = self._caller(asked)
        if token is not None and token.project is not None:
            if token.project.name == name:
                return [token.project]
            raise _not_authorized("list_projects")
        if not self.accounts.is_open:
            return []
        project = self.accounts.project(Named(name=name), self._user(asked))
        return [] if project is None else [project]

    def _projects(self, asked: _Asked) -> list[Project]:
        signature = signature_of(asked.request)
        user = self._user(asked)
        if signature is not None and not self.accounts.is_open:
            key = self.accounts.access_key(signature.access)
            return [] if key is None else [key.project]
        found = self.accounts.projects(user)
        token = self._caller(asked)
        # Anybody may log in to any project, also to one that owns no image of a small set.
        own = token.project if token is not None and self.accounts.is_open else None
        if own is None:
            return found
        # It has the name that the login used, where the set knows none.
        shown = [own if (own.id, own.id) == (one.id, one.name) else one for one in found]
        return shown if own.id in {one.id for one in found} else [*shown, own]

    def _user(self, asked: _Asked) -> User:
        token = self._caller(asked)
        return token.user if token is not None else User(id="", name="")

    def _show_project(self, asked: _Asked, project_id: str) -> Response | None:
        token = self._caller(asked)
        scope = None if token is None else token.project  # Keystone shows a member no other project
        for one in self._projects(asked):
            if one.id == project_id and (scope is None or scope.id == project_id):
                shown = documents.project(one, asked.base, self.accounts.domain)
                return _json({"project": shown})
        raise _not_authorized("get_project")

    def _list_domains(self, asked: _Asked) -> Response:
        return self._list_nothing(asked, "domains")

    def _list_system(self, asked: _Asked) -> Response:
        return self._list_nothing(asked, "system")

    def _list_nothing(self, asked: _Asked, what: str) -> Response:
        self._caller(asked)
        link = f"{asked.base}/v3{asked.below}"
        links = {"next": None, "self": link, "previous": None}
        return _json({what: [], "links": links if what == "domains" else {"self": link}})


def _not_authorized(action: str) -> KeystoneRefused:
    """What Keystone says to a member of a project who may not do this."""
    message = f"You are not authorized to perform the requested action: identity:{action}."
    return KeystoneRefused(403, message)


_HTML = "text/html; charset=utf-8"
_OPERATIONS: dict[tuple[str, str], Callable[[Keystone, _Asked], Response]] = {
    ("GET", ""): Keystone._show_version,
    ("POST", "/auth/tokens"): Keystone._log_in,
    ("GET", "/auth/tokens"): Keystone._show_token,
    ("DELETE", "/auth/tokens"): Keystone._revoke,
    ("GET", "/auth/catalog"): Keystone._show_catalog,
    ("GET", "/auth/projects"): Keystone._list_projects,
    ("GET", "/projects"): Keystone._list_projects,
    ("GET", "/auth/domains"): Keystone._list_domains,
    ("GET", "/auth/system"): Keystone._list_system,
}


def _asked(request: Request) -> _Asked:
    parts = urlsplit(request.uri)
    found = _PLACE.match(parts.path)
    assert found is not None
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    below = (found["below"] or "").rstrip("/")
    return _Asked(
        request=request, base=origin + (found["prefix"] or ""), origin=origin, below=below
    )


def _json(shown: object, status: int = 200, more: Iterable[tuple[str, str]] = ()) -> Response:
    # A client may send bytes that are not UTF-8, and Python's own encoder shows them escaped.
    body = shown if isinstance(shown, bytes) else json.dumps(shown).encode()
    return Response(status, REASONS[status], (("Content-Type", "application/json"), *more), body)


def _finished(response: Response, request: Request, request_id: str) -> Response:
    groups = (request_id[i:j] for i, j in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
    headers = (
        *response.headers,
        ("Vary", "X-Auth-Token"),
        ("x-openstack-request-id", "req-" + "-".join(groups)),
    )
    if request.method == "HEAD":
        headers = (*headers, ("Content-Length", str(len(response.body))))
    return Response(response.status, response.reason, headers, response.body)
