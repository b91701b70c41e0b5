"""A stand-in for keystonemiddleware: it reads the identity out of the token itself.

The paste pipeline puts it ahead of Glance's own ContextMiddleware, which then sees the headers
that a real Keystone set-up would have given it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

DEFAULT_USER = "oracle"
DEFAULT_PROJECT = "a" * 32
DEFAULT_ROLE = "member"

# Keystone hands out a role together with those it implies; Glance's policies ask for the lowest.
IMPLIED_ROLES = {
    "admin": "admin,manager,member,reader",
    "manager": "manager,member,reader",
    "member": "member,reader",
}

# What keystonemiddleware takes off a request before it sets its own: clients must not bring them.
IDENTITY_KEYS = (
    "HTTP_X_IDENTITY_STATUS",
    "HTTP_X_USER_ID",
    "HTTP_X_PROJECT_ID",
    "HTTP_X_TENANT_ID",
    "HTTP_X_ROLES",
    "HTTP_X_ROLE",
    "HTTP_X_SERVICE_CATALOG",
)

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def identify(token: str | None, signed_project: str | None) -> tuple[str, str, str] | None:
    """Return (user, project, role) of a request, None when it shows no identity at all.

    A token reads `user:project:role`; any other text (`notused`, a real Keystone token) is a member
    of the default project. A request without token that names a project is one that Huawei's SDK
    signed: its signature is taken as good.
    """
    if token:
        # python-glanceclient percent-encodes header values.
        parts = unquote(token).split(":")
        if len(parts) == 3:
            return parts[0], parts[1], parts[2]
        return DEFAULT_USER, DEFAULT_PROJECT, DEFAULT_ROLE
    if signed_project:
        return DEFAULT_USER, signed_project, DEFAULT_ROLE
    return None


class IdentityFilter:
    """WSGI middleware that sets the identity headers, or none when there is no token."""

    def __init__(self, app: Application) -> None:
        self.app = app

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Replace whatever identity headers came in by those of the token, then go on."""
        identity = identify(environ.get("HTTP_X_AUTH_TOKEN"), environ.get("HTTP_X_PROJECT_ID"))
        for key in IDENTITY_KEYS:
            environ.pop(key, None)
        if identity is not None:
            user, project, role = identity
            environ["HTTP_X_IDENTITY_STATUS"] = "Confirmed"
            environ["HTTP_X_USER_ID"] = user
            environ["HTTP_X_ROLES"] = IMPLIED_ROLES.get(role, role)
            if project:
                environ["HTTP_X_PROJECT_ID"] = project
        return self.app(environ, start_response)


def filter_factory(global_conf: Environ, **local_conf: Any) -> Callable[[Application], Application]:
    """Make the filter, as paste.deploy wants it."""
    return IdentityFilter
