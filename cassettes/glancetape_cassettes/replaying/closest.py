"""The recorded request that shares most with a missed one, and what differs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from glancetape_cassettes.interaction import Source
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.question import Asked, Query, Question

_ABSENT = "(absent)"
_MOST_SHOWN = 120
_MOST_COMPARED = 5000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a request and a recorded one differ."""

    what: str
    asked: str
    recorded: str

    def __str__(self) -> str:
        """For people: `parameter limit: asked 3, recorded 2`."""
        return f"{self.what}: asked {self.asked}, recorded {self.recorded}"


@dataclass(frozen=True, slots=True)
class Closest:
    """The recorded request that shares most with the one that is asked."""

    source: Source
    differences: tuple[Difference, ...]
    origin: str = ""
    """Scheme and host that it was recorded from, such as `https://ims.example.com`."""


def closest_to(lookup: Lookup) -> Closest | None:
    """The recorded request that shares most with a request; None when nothing is recorded."""
    best: tuple[int, Closest] | None = None
    for form in lookup.as_recorded:
        everything = list(form.group)
        near = [one for one in everything if one.asked.question.path == form.asked.question.path]
        for entry in (near or everything)[:_MOST_COMPARED]:
            found = differences(form.asked, entry.asked)
            if best is None or distance(found) < best[0]:
                origin = "://".join(urlsplit(entry.uri)[:2])
                best = distance(found), Closest(entry.source, found, origin)
    return best[1] if best else None


def differences(asked: Asked, recorded: Asked) -> tuple[Difference, ...]:
    """What differs, the weightiest first."""
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
        ("caller", asked.caller, recorded.caller),
    ):
        if left != right and left is not None and right is not None:
            found.append(Difference(what, _short(str(left)), _short(str(right))))
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
    """How far apart two requests are: another path is further away than another parameter."""
    return sum(_WEIGHTS.get(difference.what, 2) for difference in found)
