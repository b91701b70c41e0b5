"""Who sends a request to the image service, by its token, its project or its signature."""

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

from glancetape_cassettes.cloud.asking import Identity
from glancetape_cassettes.cloud.identity.accounts import ROLES, Accounts
from glancetape_cassettes.cloud.identity.signatures import is_signed_by, signature_of
from glancetape_cassettes.cloud.identity.tokens import Tokens
from glancetape_cassettes.interaction import Request, header


def identify(
    request: Request,
    accounts: Accounts,
    tokens: Tokens,
    project_of_token: Callable[[], str | None] = lambda: None,
) -> Identity | None:
    """Return who sends a request; None without valid credentials.

    `project_of_token` returns the project of a token that another Keystone gave out.
    """
    token_id = unquoted(request, "x-auth-token")
    token = tokens.find(token_id) if token_id else None
    if token is not None:
        project = token.project.id if token.project is not None else None
        return Identity(project=project, roles=frozenset(token.roles))
    if token_id and tokens.is_known(token_id):
        return None  # revoked, or past its end
    if accounts.is_open:
        return _anybody(request, token_id, accounts, project_of_token)
    return _signer(request, accounts)


def unquoted(request: Request, name: str) -> str | None:
    """Return a header's value; python-glanceclient percent-encodes them. None without it."""
    value = header(request.headers, name)
    return unquote(value) if value and "%" in value else value or None


def _anybody(
    request: Request,
    token_id: str | None,
    accounts: Accounts,
    project_of_token: Callable[[], str | None],
) -> Identity | None:
    project = unquoted(request, "x-project-id") or project_of_token()
    if project is None:
        if not token_id and not header(request.headers, "authorization"):
            return None
        project = accounts.home
    return _member_of(project)


@lru_cache(maxsize=256)
def _member_of(project: str) -> Identity:
    return Identity(project=project)


def _signer(request: Request, accounts: Accounts) -> Identity | None:
    """Return the project of a listed access key that signed a request."""
    signature = signature_of(request)
    key = accounts.access_key(signature.access) if signature is not None else None
    if signature is None or key is None or not is_signed_by(key.secret, signature, request):
        return None
    if unquoted(request, "x-project-id") not in (None, key.project.id):
        return None
    return Identity(project=key.project.id, roles=frozenset(ROLES[key.role]))
