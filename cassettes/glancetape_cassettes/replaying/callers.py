"""Who sends a request: the caller, as headers and recorded logins show it.

A signed request names its project, other requests show a token or an access key. A login that was
recorded with Keystone shows which project a token is for; the token's requests are that project's.

    X-Project-Id: 1bed8568...   the project 1bed8568...
    X-Auth-Token: gAAAA...      the token gAAAA..., or its project when its login was recorded
    Authorization: SDK-HMAC-SHA256 Access=AK, ...   the access key AK, whatever the signature
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from urllib.parse import urlsplit

from glancetape_cassettes.interaction import Headers, Request, Response, access_key_of, header
from glancetape_cassettes.redaction.stand_ins import is_stand_in
from glancetape_cassettes.service import is_login

_SHOWN = 8


class CallerKind(Enum):
    """What a caller is known by."""

    PROJECT = "project"
    TOKEN = "token"
    ACCESS_KEY = "access key"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. Callers of different kinds are never the same."""

    kind: CallerKind
    id: str

    @property
    def project(self) -> str | None:
        """The id of the project; None when the caller is known by something else."""
        return self.id if self.kind is CallerKind.PROJECT else None

    def __str__(self) -> str:
        """The kind and the id: `project 1bed8568`."""
        return f"{self.kind.value} {self.id}"

    @property
    def shown(self) -> str:
        """The same for logs and reports: of a real token or access key, the kind alone."""
        is_safe = self.kind is CallerKind.PROJECT or is_stand_in(self.id)
        return str(self) if is_safe else str(self.kind.value)

    @property
    def short(self) -> str:
        """The kind and eight characters of the id, to be shown; none of a real token or key.

        >>> Caller(CallerKind.PROJECT, "1bed8568c0de4a11b0a4dd6c4eb4d1e5").short
        'project 1bed8568'
        >>> Caller(CallerKind.TOKEN, "standin-token-06c63cf3616c06c63cf3").short
        'token 06c63cf3'
        >>> Caller(CallerKind.TOKEN, "gAAAAABl").short
        'token'
        """
        if is_stand_in(self.id):  # all of one kind begin alike
            text = self.id.rpartition("-")[2] if self.id.startswith("standin-") else self.id[8:]
        elif self.kind is CallerKind.PROJECT:
            text = self.id
        else:
            return str(self.kind.value)
        return f"{self.kind.value} {text.replace('-', '')[:_SHOWN]}"


def names_of(callers: Iterable[Caller]) -> list[str]:
    """Callers in the words of a message: ids that can be searched for in the cassette, and counts.

    The id is whole, because redaction takes a part of one after `token` for the token itself.

    >>> names_of([Caller(CallerKind.TOKEN, "gAAAAABl"), Caller(CallerKind.TOKEN, "gAAAAABm")])
    ['2 tokens']
    >>> names_of([Caller(CallerKind.TOKEN, "standin-token-06c63cf3616c06c63cf3")])
    ['token standin-token-06c63cf3616c06c63cf3']
    """
    callers = list(callers)
    nameless = Counter(one.kind.value for one in callers if one.shown == one.kind.value)
    counted = [f"{count} {kind}{'s' * (count > 1)}" for kind, count in sorted(nameless.items())]
    return counted + sorted(one.shown for one in callers if one.shown not in nameless)


_HEADERS = (
    # the first that is there counts: a project is known for longer than a token
    (CallerKind.PROJECT, "x-project-id"),
    (CallerKind.TOKEN, "x-auth-token"),
    (CallerKind.ACCESS_KEY, "authorization"),
)


@lru_cache(maxsize=256)
def caller_of(headers: Headers) -> Caller | None:
    """The caller that headers show; None for a request without credentials."""
    return next(credentials_in(headers), None)


def credentials_in(headers: Headers) -> Iterator[Caller]:
    """Yield all that headers show of who sends a request: project, token and access key."""
    for kind, name in _HEADERS:
        if value := header(headers, name):
            if kind is CallerKind.ACCESS_KEY:
                value = access_key_of(value) or value
            yield Caller(kind, value)


def sender_of(request: Request) -> Caller | None:
    """The caller that a request shows. A login shows none by its `Authorization`.

    There it has what a password is to other logins: `Bearer`, of an identity provider, or `Basic`.
    """
    caller = caller_of(request.headers)
    if caller is None or caller.kind is not CallerKind.ACCESS_KEY:
        return caller
    return None if is_login(request.method, urlsplit(request.uri).path) else caller


def is_known_to_keystone(headers: Headers) -> bool:
    """Whether credentials are of the kind that each service of an OpenStack cloud takes.

    Such are OpenStack's headers, and the signatures of Huawei Cloud and its clones (API Request
    Signing Guide). A test may also ask GitHub (`Bearer`) or a store that S3's clients sign for:

    >>> is_known_to_keystone((("Authorization", "SDK-HMAC-SHA256 Access=AK, Signature=0f1e"),))
    True
    >>> is_known_to_keystone((("Authorization", "AWS4-HMAC-SHA256 Credential=AK/20260101/r/s"),))
    False
    """
    caller = caller_of(headers)
    if caller is None or caller.kind is not CallerKind.ACCESS_KEY:
        return caller is not None
    return (header(headers, "authorization") or "").startswith("SDK-HMAC-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a token is for, as Keystone says when it gives the token out or validates it."""

    token: Caller
    project: Caller | None
    """None for a token of a domain, of the system, or without a scope."""
    holder: str
    """Whose token it is, and for which domain: tokens of the same holder are for the same."""
    roles: frozenset[str]
    """The names of the roles that it has in its project."""


def granted_by(response: Response) -> Granted | None:
    """What a response of Keystone says of the token in it; None when it shows none.

    v3 has the token in X-Subject-Token, v2.0 in the body.
    """
    try:
        body = json.loads(response.body)
        if "access" in body:
            access = body["access"]
            token, of_v2 = access["token"]["id"], access.get("user") or {}
            project, user = access["token"].get("tenant"), of_v2
            roles, scope = of_v2.get("roles"), None
        else:
            token = header(response.headers, "x-subject-token")
            known = body["token"]
            project, user, roles = (known.get(one) for one in ("project", "user", "roles"))
            scope = [known.get("domain"), known.get("system")]
        if not token:
            return None
        return Granted(
            token=Caller(CallerKind.TOKEN, str(token)),
            project=Caller(CallerKind.PROJECT, str(project["id"])) if project else None,
            holder=json.dumps([(user or {}).get("id") or token, scope]),
            roles=frozenset(str(role.get("name") or role.get("id")) for role in roles or ()),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
