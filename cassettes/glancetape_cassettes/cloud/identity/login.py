"""What a client posts to `/v3/auth/tokens`: read, or refused in Keystone's words."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from glancetape_cassettes.cloud.identity.accounts import Named
from glancetape_cassettes.interaction import Request, header

PASSWORD, TOKEN, CREDENTIAL = METHODS = ("password", "token", "application_credential")
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
}
_CLIENT_ERROR = (
    " The server could not comply with the request since it is either malformed or otherwise "
    "incorrect. The client is assumed to be in error."
)
_SCOPES = "system, project, domain, OS-TRUST:trust or unscoped"
NO_TOKEN = "Could not recognize Fernet token"
_UNSUPPORTED = "Attempted to authenticate with an unsupported method."


class KeystoneRefused(Exception):
    """Keystone refuses a request. Carries the error that it shows."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        """Keep status and message, in Keystone's words, and further members of the error."""
        super().__init__(message)
        self.status = status
        self.error = {"code": status, **more, "message": message, "title": _TITLES[status]}


def unauthorized() -> KeystoneRefused:
    """Return the refusal of a caller whose credentials are missing or wrong."""
    return KeystoneRefused(401, "The request you have made requires authentication.")


def _expected(what: str, where: str) -> KeystoneRefused:
    return KeystoneRefused(400, f"Expecting to find {what} in {where}.{_CLIENT_ERROR}")


class Scope(NamedTuple):
    """What a token is asked for: a project, a domain, or neither."""

    project: Named | None = None
    domain: Named | None = None
    is_explicit: bool = True
    """Whether the login names a scope at all, be it none."""
    is_other: bool = False
    """Whether it is the system or a trust, in which nobody has a role."""


class Login(NamedTuple):
    """A login: who, by which methods, and to what."""

    methods: tuple[str, ...]
    scope: Scope
    user: Named | None = None
    password: str = ""
    token: str | None = None
    credential: Named | None = None
    credential_user: Named | None = None
    credential_secret: str = ""


def read_login(request: Request) -> Login:
    """Return what a request to log in asks for. Raises KeystoneRefused."""
    auth = _auth_of(request)
    identity = auth.get("identity")
    if identity is None:
        raise KeystoneRefused(400, "'identity' is a required property")
    identity = _mapping(identity, "Invalid input for field 'identity': ")
    if "methods" not in identity:
        field = "Invalid input for field 'identity': 'methods' is a required property"
        raise KeystoneRefused(400, field)
    scope = _scope_of(auth)
    methods = _methods_of(identity)
    for method in methods:
        if method not in identity:
            raise _expected(method, "identity")
    user, password = _password_of(identity) if PASSWORD in methods else (None, "")
    named = _mapping(identity[CREDENTIAL]) if CREDENTIAL in methods else {}
    owner = named.get("user")
    return Login(
        methods=methods,
        scope=scope,
        user=user,
        password=password,
        token=_text(_mapping(identity[TOKEN]).get("id")) if TOKEN in methods else None,
        credential=_named(named) if named else None,
        credential_user=_named(_mapping(owner)) if owner is not None else None,
        credential_secret=_text(named.get("secret")) or "",
    )


def _auth_of(request: Request) -> Mapping[str, Any]:
    if request.body:
        kind = (header(request.headers, "content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise _expected("application/json", "Content-Type header")
    try:
        body = orjson.loads(request.body or b"{}")  # it refuses half of a surrogate pair
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _expected("valid JSON", "request body")
    if "auth" not in body:
        raise _expected("auth", "request body")
    return _mapping(body["auth"])


def _mapping(value: object, field: str = "") -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise KeystoneRefused(400, f"{field}{value!r} is not of type 'object'")
    return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _methods_of(identity: Mapping[str, Any]) -> tuple[str, ...]:
    methods = identity["methods"]
    if not isinstance(methods, list) or not methods:
        raise unauthorized()
    for method in methods:
        if method not in METHODS:
            why = ""
            if method == "totp":
                why = f" This simulated Keystone has no totp; log in with {' or '.join(METHODS)}."
            raise KeystoneRefused(401, _UNSUPPORTED + why, identity={"methods": list(METHODS)})
    return tuple(dict.fromkeys(methods))


def _password_of(identity: Mapping[str, Any]) -> tuple[Named, str]:
    given = _mapping(identity[PASSWORD])
    if "user" not in given:
        raise _expected("user", "None")
    user = _mapping(given["user"])
    return _with_domain(user, "user"), _text(user.get("password")) or ""


def _with_domain(given: Mapping[str, Any], what: str) -> Named:
    """Return a user or a project, which is named by its id or within a domain."""
    named = _named(given)
    if named.id is None:
        if named.name is None:
            raise _expected("id or name", what)
        if "domain" not in given:
            raise _expected("domain", what)
    return named


def _named(given: Mapping[str, Any]) -> Named:
    domain = given.get("domain")
    within = _named(domain) if isinstance(domain, dict) else Named()
    return Named(
        id=_text(given.get("id")), name=_text(given.get("name")), domain=within.id or within.name
    )


def _scope_of(auth: Mapping[str, Any]) -> Scope:
    scope = auth.get("scope")
    if scope is None:
        return Scope(is_explicit=False)
    if scope == "unscoped":
        return Scope()
    scope = _mapping(scope, "Invalid input for field 'scope': ")
    if "project" in scope:
        return Scope(project=_with_domain(_mapping(scope["project"]), "project"))
    if "domain" in scope:
        return Scope(domain=_named(_mapping(scope["domain"])))
    if "unscoped" in scope:
        return Scope()
    if not scope.keys() & {"system", "OS-TRUST:trust"}:
        raise _expected(_SCOPES, "scope")
    return Scope(is_other=True)
