"""Who sends a request: the caller, as headers and recorded logins show it.

A signed request names its project, other requests show a token or an access key. A login that was
recorded with Keystone shows which project a token is for; the token's requests are that project's.

    X-Project-Id: 1bed8568...   the project 1bed8568...
    X-Auth-Token: gAAAA...      the token gAAAA..., or its project when its login was recorded
    Authorization: SDK-HMAC-SHA256 Access=AK, ...   the access key AK, whatever the signature
"""

import json
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from glancetape_cassettes.interaction import Headers, Response, access_key_of, header


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


_HEADERS = (
    # the first that is there counts: a project is known for longer than a token
    (CallerKind.PROJECT, "x-project-id"),
    (CallerKind.TOKEN, "x-auth-token"),
    (CallerKind.ACCESS_KEY, "authorization"),
)


@lru_cache(maxsize=256)
def caller_of(headers: Headers) -> Caller | None:
    """The caller that headers show; None for a request without credentials."""
    for kind, name in _HEADERS:
        if value := header(headers, name):
            if kind is CallerKind.ACCESS_KEY:
                value = access_key_of(value) or value
            return Caller(kind, value)
    return None


def projects_of_tokens(response: Response) -> dict[Caller, Caller]:
    """The project of the token that a response of Keystone gives out: {token: project}.

    v3 gives the token in X-Subject-Token, v2.0 in the body. Empty when the token has no project.
    """
    try:
        body = json.loads(response.body)
        if "access" in body:
            token, project = body["access"]["token"]["id"], body["access"]["token"]["tenant"]["id"]
        else:
            token = header(response.headers, "x-subject-token")
            project = body["token"]["project"]["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    return {Caller(CallerKind.TOKEN, str(token)): Caller(CallerKind.PROJECT, str(project))}
