"""Failures: which requests get an error or a broken connection in place of their answer.

A rule is `WHAT:HOW-OFTEN[@PATH]`:

    503:1%              one request in a hundred gets the service's 503
    gateway-429:0.5%    the same of the API gateway in front of it
    reset:first-2@/v2/images   the first two times that a request for lists or images comes

Its answer is otherwise as it would have been, so a client that tries again gets it.
"""

import re
from dataclasses import dataclass
from typing import Self

from glancetape.faults.broken import Broken
from glancetape.faults.draws import Draws
from glancetape.faults.error_words import GATEWAY, SERVICE
from glancetape_cassettes.errors import BadParameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """An error status, in the form of the service or of the gateway in front of it."""

    status: int
    by_gateway: bool = False


_RULE = re.compile(
    r"(?P<what>[a-z0-9-]+):(?:(?P<percent>[0-9]+(?:\.[0-9]+)?)%|first-(?P<first>[1-9][0-9]{0,5}))"
    r"(?:@(?P<path>/.*))?",
    re.ASCII,
)
_GATEWAY = "gateway-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One rule."""

    text: str
    """As it was given, which is how the log and X-Glancetape name it."""
    what: Error | Broken
    share: float = 0.0
    """The part of the requests that it meets, 0 to 1."""
    first: int = 0
    """How often it meets each request before it lets it pass; 0 when a share decides."""
    path: str = "/"
    """It meets requests for this path and those below it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The rule that a text names. Raises BadParameter."""
        found = _RULE.fullmatch(text)
        if not found:
            raise BadParameter(
                f"{text!r} is not a failure; write it like 503:1%, reset:0.5% or "
                "500:first-2@/v2/images."
            )
        share = float(found["percent"] or 0) / 100
        if share > 1:
            raise BadParameter(f"{text!r} fails more than 100% of the requests.")
        return cls(
            text=text,
            what=_what(found["what"], text),
            share=share,
            first=int(found["first"] or 0),
            path=found["path"] or "/",
        )

    def meets(self, method: str, target: str, draws: Draws) -> bool:
        """Whether this rule fails the next request with a method, a path and a query."""
        path = target.partition("?")[0]
        if not (path == self.path or path.startswith(self.path.rstrip("/") + "/")):
            return False
        request = f"{method} {target}"
        time = draws.next_time(self.text, request)
        if self.first:
            return time <= self.first
        return draws.draw(self.text, request, time) < self.share


def _what(name: str, text: str) -> Error | Broken:
    broken = {one.value: one for one in Broken}
    if name in broken:
        return broken[name]
    by_gateway = name.startswith(_GATEWAY)
    known = GATEWAY if by_gateway else SERVICE
    digits = name.removeprefix(_GATEWAY)
    if digits.isdecimal() and int(digits) in known:
        return Error(status=int(digits), by_gateway=by_gateway)
    names = [*map(str, SERVICE), *(f"{_GATEWAY}{status}" for status in GATEWAY)]
    every = ", ".join([*names, *broken])
    raise BadParameter(f"{text!r}: {name} is not one of {every}.")
