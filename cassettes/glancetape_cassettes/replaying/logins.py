"""Logins at Keystone, and of which kind one is."""

import json
from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.interaction import Request
from glancetape_cassettes.service import is_federated_login, is_login

_SCOPES = ("project", "domain", "system", "OS-TRUST:trust", "unscoped")


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
