"""What the client programs share: the command line, and the one form in which all of them answer.

`PROGRAM URL TOKEN QUERIES`: TOKEN is `user:project:role`; QUERIES is a JSON list of
`{"limit": 7, "filters": {"visibility": "public"}, "sort": ["name", "asc"]}`, each member optional.
A line of JSON is printed for each query: what the client's user sees, in the order of the answer.
"""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Query:
    """One list query; its pages are all followed."""

    limit: int | str | None = None
    filters: dict[str, str] = field(default_factory=dict)
    sort: tuple[str, str] | None = None


@dataclass(frozen=True)
class Asked:
    """The service's root URL, and who asks."""

    url: str
    token: str

    @property
    def user(self) -> str:
        """The user in the token."""
        return self.token.split(":")[0]

    @property
    def project(self) -> str:
        """The project in the token."""
        return self.token.split(":")[1]


class Refused(Exception):
    """The service refused: its status, and the text that the client's user gets to see."""

    def __init__(self, status: int | None, text: str) -> None:
        """Take both."""
        super().__init__(text)
        self.status = status
        self.text = text


def main(list_images: Callable[[Asked, Query], Iterable[dict[str, Any]]]) -> None:
    """Ask the queries of the command line and print the answers."""
    url, token, queries = sys.argv[1:]
    for query in json.loads(queries):
        try:
            answer: dict[str, Any] = {
                "images": list(list_images(Asked(url, token), Query(**query)))
            }
        except Refused as refused:
            # An address in an error is the proxy's, another one in each run.
            text = refused.text.replace(url, "URL")
            answer = {"status": refused.status, "text": text}
        sys.stdout.write(json.dumps(answer, sort_keys=True) + "\n")
