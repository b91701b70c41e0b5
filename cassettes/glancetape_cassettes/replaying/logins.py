"""Logins at Keystone, and of which kind one is."""

import json
from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.service import is_federated_login, is_login

_SCOPES = ("project", "domain", "system", "OS-TRUST:trust", "unscoped")
_UNIQUE_WITHIN = {
    "domain": "",
    "user": "domain",
    "project": "domain",
    "application_credential": "user",
}
"""What a login names, and within what its name is unique (Identity API v3)."""


@dataclass(frozen=True, slots=True)
class Login:
    """A kind of login: everything in its request but names, ids and secrets."""

    method: str
    """As Keystone calls it, such as `password`; `v2.0 password` for the old API; `federation`."""
    scope: str
    """`project`, `domain`, `system`, `OS-TRUST:trust`, `unscoped`; "" for the user's default."""

    def __str__(self) -> str:
        """For people: `password for a project`."""
        scope = self.scope.removeprefix("OS-TRUST:")
        if scope == "unscoped":
            return f"{self.method} for no project"
        article = "the" if scope == "system" else "a"
        return f"{self.method} for {article} {scope}" if scope else self.method


def login_of(request: Request) -> Login | None:
    """The kind of login that a request is; None for other requests, and if it cannot be read."""
    path = request.uri.partition("?")[0]
    path = "/" + path.partition("://")[2].partition("/")[2] if "://" in path else path
    if not is_login(request.method, path):
        return None
    if is_federated_login(request.method, path):
        return Login("federation", "")
    try:
        auth = json.loads(request.body)["auth"]
        if "/v2.0/" in path:
            return _of_v2(auth)
        methods = auth["identity"]["methods"]
        return Login("+".join(sorted(map(str, methods))), _scope_of(auth.get("scope")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _of_v2(auth: dict[str, Any]) -> Login:
    method = "token" if "token" in auth else "password"
    has_project = bool(auth.get("tenantName") or auth.get("tenantId"))
    return Login(f"v2.0 {method}", "project" if has_project else "")


def _scope_of(scope: Any) -> str:
    if isinstance(scope, str):
        return scope
    return next((one for one in _SCOPES if one in (scope or {})), "")


def by_ids(body: bytes, answer: Response) -> str | None:
    """The body of a login at v3 with ids for the names of which its answer shows the ids.

    Two logins with the same are the same login. None if the answer gives no token.

        answer  {"token": {"user": {"id": "u1", "name": "dana", "domain": {"id": "default", ...
        body    {"user": {"name": "dana", "domain": {"name": "Default"}, "password": ...
                {"user": {"name": "dana", "domain": {"id": "default"}, "password": ...
        both    {"user": {"id": "u1", "password": ...
    """
    try:
        token = json.loads(answer.body)["token"]
        return json.dumps(_by_ids(json.loads(body), token), sort_keys=True)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _by_ids(value: Any, token: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    named = {kind: _by_id(kind, one, token) for kind, one in value.items()}
    return {name: _by_ids(one, token) for name, one in named.items()}


def _by_id(kind: str, reference: Any, shown: dict[str, Any]) -> Any:
    """A reference to what the answer shows as `kind`, by its id; any other one as it is."""
    known = shown.get(kind)
    if kind not in _UNIQUE_WITHIN or not isinstance(reference, dict) or not known:
        return reference
    within = _UNIQUE_WITHIN[kind]
    owner = known if within in known else shown
    reference = reference | {
        name: _by_id(within, one, owner) for name, one in reference.items() if name == within
    }
    if "id" in reference or "name" not in reference or reference["name"] != known["name"]:
        return reference
    if within and reference.get(within) != {"id": owner[within]["id"]}:
        return reference
    kept = {name: one for name, one in reference.items() if name not in ("name", within)}
    return kept | {"id": known["id"]}
