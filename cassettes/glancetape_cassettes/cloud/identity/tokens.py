"""The tokens that were given out in a session."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from glancetape_cassettes.cloud.identity.accounts import (
    ApplicationCredential,
    Domain,
    Project,
    User,
)

_VALID = 24 * 3600  # seconds; documented for IAM
_PREFIX = "gAAAAA"  # that of all tokens of Keystone today


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, and for whom it is."""

    id: str
    methods: tuple[str, ...]
    user: User
    issued: float
    expires: float
    audit_ids: tuple[str, ...]
    project: Project | None = None
    domain: Domain | None = None
    roles: tuple[str, ...] = ()
    region: str = ""
    credential: ApplicationCredential | None = None

    @property
    def issued_at(self) -> str:
        """When it was given out, as Keystone writes times."""
        return _written(self.issued)

    @property
    def expires_at(self) -> str:
        """Until when it is valid."""
        return _written(self.expires)


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


class Tokens:
    """The tokens of a session, by their ids."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Start without tokens."""
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._revoked: set[str] = set()

    def issue(
        self,
        methods: tuple[str, ...],
        user: User,
        *,
        project: Project | None = None,
        domain: Domain | None = None,
        roles: tuple[str, ...] = (),
        region: str = "",
        credential: ApplicationCredential | None = None,
        parent: Token | None = None,
    ) -> Token:
        """Return a new token. One that `parent` was exchanged for ends when `parent` does."""
        now = self._clock()
        audit_id = secrets.token_urlsafe(16)
        token = Token(
            id=_PREFIX + secrets.token_urlsafe(132),
            methods=methods,
            user=user,
            issued=now,
            expires=now + _VALID if parent is None else parent.expires,
            audit_ids=(audit_id,) if parent is None else (audit_id, parent.audit_ids[-1]),
            project=project,
            domain=domain,
            roles=roles,
            region=region,
            credential=credential,
        )
        self._tokens[token.id] = token
        return token

    def find(self, token_id: str) -> Token | None:
        """Return a valid token; None for one that was never given out, revoked, or has ended."""
        token = self._tokens.get(token_id)
        return token if token is not None and self._clock() < token.expires else None

    def is_known(self, token_id: str) -> bool:
        """Whether a token was given out in this session, be it valid or not."""
        return token_id in self._tokens or token_id in self._revoked

    def revoke(self, token: Token) -> None:
        """End a token."""
        self._revoked.add(token.id)
        self._tokens.pop(token.id, None)

    def forget(self) -> None:
        """Forget all tokens."""
        self._tokens.clear()
        self._revoked.clear()
