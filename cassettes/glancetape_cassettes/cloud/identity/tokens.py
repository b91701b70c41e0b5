"""The tokens that a cloud gives out."""

import base64
import hmac
import json
import secrets
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from glancetape_cassettes.cloud.identity.accounts import (
    ApplicationCredential,
    Domain,
    Project,
    User,
)

_VALID = 24 * 3600  # seconds; documented for IAM
_PREFIX = "gAAAAA"  # that of all tokens of Keystone today
_SIGNATURE, _KEY = 16, 32  # bytes
_LONGEST = 8192
_MOST_KEPT = 10_000


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
    """The tokens of a cloud.

    What a token is for is written into it and signed, as Keystone's are. So processes that answer
    from the same files accept each other's tokens. Only which were revoked is known to one session.
    """

    def __init__(self, clock: Callable[[], float] = time.time, key: bytes = b"") -> None:
        """Start without tokens. Those that are signed with the same `key` are accepted."""
        self._clock = clock
        self._key = key or secrets.token_bytes(_KEY)
        self._tokens: OrderedDict[str, Token] = OrderedDict()
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
            id="",
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
        token = replace(token, id=self._sealed(token))
        self._keep(token)
        return token

    def find(self, token_id: str) -> Token | None:
        """Return a valid token; None for one that was never given out, revoked, or has ended."""
        token = self._opened(token_id)
        return token if token is not None and self._clock() < token.expires else None

    def is_known(self, token_id: str) -> bool:
        """Whether a token was given out by this cloud, be it valid or not."""
        return token_id in self._revoked or self._opened(token_id) is not None

    def revoke(self, token: Token) -> None:
        """End a token."""
        self._revoked.add(token.id)
        self._tokens.pop(token.id, None)

    def forget(self) -> None:
        """Forget all tokens: none that was given out is accepted any more."""
        self._tokens.clear()
        self._revoked.clear()
        self._key = blake2b(self._key).digest()

    # What is written into a token

    def _keep(self, token: Token) -> None:
        self._tokens[token.id] = token
        if len(self._tokens) > _MOST_KEPT:
            self._tokens.popitem(last=False)

    def _sealed(self, token: Token) -> str:
        content = asdict(token)
        for one in (content["user"], (content["credential"] or {}).get("user")):
            if one is not None:
                one["password"] = ""
        if content["credential"] is not None:
            content["credential"]["secret"] = ""
        written = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 9)
        return _encoded(self._signature(written) + written)

    def _signature(self, written: bytes) -> bytes:
        return blake2b(written, key=self._key, digest_size=_SIGNATURE).digest()

    def _opened(self, token_id: str) -> Token | None:
        """Return what a token of this cloud is for; None for a revoked or a foreign one."""
        if token_id in self._revoked:
            return None
        kept = self._tokens.get(token_id)
        if kept is not None or not token_id.startswith(_PREFIX) or len(token_id) > _LONGEST:
            return kept
        encoded = token_id.removeprefix(_PREFIX)
        try:
            sealed = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            return None
        signature, written = sealed[:_SIGNATURE], sealed[_SIGNATURE:]
        is_ours = hmac.compare_digest(signature, self._signature(written))
        if not is_ours or _encoded(sealed) != token_id:
            return None
        token = _read(json.loads(zlib.decompress(written)), token_id)
        self._keep(token)
        return token


def _encoded(sealed: bytes) -> str:
    return _PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _read(content: dict[str, Any], token_id: str) -> Token:
    """The token that was written. It was signed, so it has the form in which it was written."""
    credential = content["credential"]
    if credential is not None:
        user, project = User(**credential["user"]), Project(**credential["project"])
        credential = ApplicationCredential(**credential | {"user": user, "project": project})
    return Token(
        **content
        | {
            "id": token_id,
            "methods": tuple(content["methods"]),
            "user": User(**content["user"]),
            "audit_ids": tuple(content["audit_ids"]),
            "project": Project(**content["project"]) if content["project"] else None,
            "domain": Domain(**content["domain"]) if content["domain"] else None,
            "roles": tuple(content["roles"]),
            "credential": credential,
        }
    )
