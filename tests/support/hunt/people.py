"""Who asks in a history: projects, and the ways in which their requests show who they are."""

from dataclasses import dataclass

from glancetape_cassettes.interaction import Headers
from support.images.varied import PROJECTS

ME, OTHER, THIRD = PROJECTS[:3]

MEMBER, OPERATOR, REFUSED, UNKNOWN = "member", "operator", "refused", "unknown"
"""What the cloud makes of a caller: it answers, also about all projects, it refuses with 403, or
with 401."""
ANSWERED = (MEMBER, OPERATOR)


@dataclass(frozen=True)
class Person:
    """A caller: its project, and how its requests show it."""

    project: str
    shows: str = "project"
    """`project` (X-Project-Id), `token`, or `access` (a signature made with an access key)."""
    token: str = ""
    role: str = MEMBER
    api_version: str | None = None
    hidden: tuple[str, ...] = ()
    """Properties that the operator protects: its project is not shown them, whoever has them."""

    def headers(self, number: int) -> Headers:
        """Return the headers of a request; `number` makes each signature another one."""
        headers: Headers = (("Accept", "application/json"), self._credentials(number))
        if self.api_version is not None:
            headers = (*headers, ("X-Api-Version", self.api_version))
        return headers

    def _credentials(self, number: int) -> tuple[str, str]:
        if self.shows == "token":
            return "X-Auth-Token", self.token
        if self.shows == "access":
            signed = f"SignedHeaders=host;x-sdk-date, Signature={number:064x}"
            return "Authorization", f"SDK-HMAC-SHA256 Access={self.token}, {signed}"
        return "X-Project-Id", self.project
