"""A request to the simulated cloud, taken apart once, as all endpoints read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.lister import Lister
from glancetape_cassettes.interaction import Headers

MEMBER, READER = "member", "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who sends a request, as far as the image service knows."""

    project: str | None
    """None for a token without a project."""
    roles: frozenset[str] = frozenset((MEMBER, READER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request of a caller that the cloud has let in."""

    method: str
    path: str
    """As it was sent, without the prefix of a deployment: `/v2/images/ID`."""
    query: str
    headers: Headers
    body: bytes
    base: str
    """The address that the client used, `https://cloud.example/image`."""
    identity: Identity
    rules: Dialect
    request_id: str
    """32 hex digits."""
    lister: Lister
    named: Mapping[str, str] = field(default_factory=dict)
    """What the path names: `image`, `member`, `tag`."""

    @property
    def project(self) -> str:
        """The project of the caller. The routes refuse callers without one."""
        return self.identity.project or ""
