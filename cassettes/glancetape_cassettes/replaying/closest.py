"""The nearest recorded request, and what differs: what a miss tells its reader."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from glancetape_cassettes.interaction import Source
from glancetape_cassettes.replaying.question import Query, Question

_ABSENT = "(absent)"
_MOST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the request and a recorded one do not share."""

    what: str
    asked: str
    recorded: str

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.what}: asked {self.asked}, recorded {self.recorded}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with who asks it where; None where that does not matter."""

    question: Question
    host: str | None = None
    whose: str | None = None
    error_form: str | None = None


@dataclass(frozen=True, slots=True)
class Closest:
    """The recorded request that shares most with the one asked."""

    source: Source
    differences: tuple[Difference, ...]
    origin: str = ""
    """Scheme and host that it was recorded from."""


def differences(asked: Asked, recorded: Asked) -> tuple[Difference, ...]:
    """List what differs, the weightiest first."""
    one, other = asked.question, recorded.question
    found = [
        Difference(what, left, right)
        for what, left, right in (
            ("method", one.method, other.method),
            ("path", one.path, other.path),
        )
        if left != right
    ]
    found.extend(_query_differences(one, other))
    if one.body != other.body:
        found.append(Difference("body", _length(one.body), f"another, {_length(other.body)}"))
    if one.conditions != other.conditions:
        found.append(Difference("headers", _pairs(one.conditions), _pairs(other.conditions)))
    for what, left, right in (
        ("API version", one.api_version, other.api_version),
        ("host", asked.host, recorded.host),
        ("caller", asked.whose, recorded.whose),
    ):
        if left != right and left is not None and right is not None:
            found.append(Difference(what, _short(left), _short(right)))
    form, other_form = asked.error_form, recorded.error_form
    if not found and form != other_form and form is not None and other_form is not None:
        found.append(Difference("form of errors", form, other_form))
    return tuple(found)


def _query_differences(one: Question, other: Question) -> Iterable[Difference]:
    asked, recorded = Counter(one.query), Counter(other.query)
    left, right = sorted((asked - recorded).elements()), sorted((recorded - asked).elements())
    for name in sorted({name for name, _ in (*left, *right)}):
        yield Difference(f"parameter {name}", _values(left, name), _values(right, name))


def _values(pairs: list[tuple[str, str]], name: str) -> str:
    values = [value for key, value in pairs if key == name]
    return _short(", ".join(values) if any(values) else '""') if values else _ABSENT


def _length(body: str) -> str:
    return f"{len(body)} characters" if body else "none"


def _pairs(pairs: Query) -> str:
    return _short(", ".join(f"{name}: {value}" for name, value in pairs) or _ABSENT)


def _short(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


_WEIGHTS = {"method": 8, "path": 16, "body": 2, "host": 2, "caller": 1}


def distance(found: Iterable[Difference]) -> int:
    """Weigh differences: another path is further away than another parameter."""
    return sum(_WEIGHTS.get(difference.what, 2) for difference in found)
