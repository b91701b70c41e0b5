"""The recorded request that shares most with a missed one, and what differs.

Of bodies in JSON the members that differ are named; their values are not shown, for they may be
secrets. Secrets by their names are left out, unless nothing else differs:

    asked     {"auth": {"user": {"name": "remy", "password": "x"}}}
    recorded  {"auth": {"user": {"name": "dana", "password": "y"}, "scope": "unscoped"}}
    shown     body: asked a text at auth.user.name, recorded another text
              body: asked (absent), recorded a text at auth.scope
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from glancetape_cassettes.interaction import Source
from glancetape_cassettes.nouns import shortened
from glancetape_cassettes.redaction.policy import Treatment, field_treatment
from glancetape_cassettes.redaction.stand_ins import is_stand_in
from glancetape_cassettes.replaying.entries import SUBJECT, Entry
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.question import Asked, Query, Question

_ABSENT = "(absent)"
_MOST_SHOWN = 120
_MOST_WORK = 50_000
"""Parameters compared for one miss: 5,000 requests of the usual length, in well under 50 ms."""
_WORK_OF_ONE = 4
_WORK_OF_CHARACTERS = 20
"""To read and compare this many characters of JSON takes as long as to compare a parameter."""
_LONGEST_BODY = 100_000
"""Characters: all that asks for something is far shorter; what is longer is data."""
_BODY = "body"
_MOST_MEMBERS = 6
"""Of those that differ, in one line of a message."""


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
    best: tuple[tuple[int, int], Asked, Entry] | None = None
    for form in lookup.as_recorded:
        question = form.asked.question
        work = 0
        for entry in form.group.by_path.get(question.path) or form.group:
            recorded = entry.asked.question
            far = _how_far(form.asked, entry.asked)
            if best is None or far <= best[0][0]:
                members = 0
                if question.body != recorded.body:
                    members = len(_members_that_differ(question.body, recorded.body))
                    work += (len(question.body) + len(recorded.body)) // _WORK_OF_CHARACTERS
                if best is None or (far, members) < best[0]:
                    best = (far, members), form.asked, entry
                if not far:
                    break
            work += _WORK_OF_ONE + len(question.query) + len(recorded.query)
            if work > _MOST_WORK:
                break
    if best is None:
        return None
    _, form_asked, entry = best
    scheme, place, *_ = urlsplit(entry.uri)
    origin = f"{scheme}://{place.rpartition('@')[2]}"
    return Closest(entry.source, differences(form_asked, entry.asked), origin)


def _how_far(asked: Asked, recorded: Asked) -> int:
    """`distance` of the `differences`, without the words: there may be thousands to compare."""
    one, other = asked.question, recorded.question
    far = 0
    if one.method != other.method:
        far += _WEIGHTS["method"]
    if one.path != other.path:
        far += _WEIGHTS["path"]
    if one.query != other.query:
        far += _PARAMETER * len(_names_that_differ(one.query, other.query))
    if one.body != other.body:
        far += _WEIGHTS["body"]
    if one.conditions != other.conditions:
        far += _PARAMETER
    if _differ(one.api_version, other.api_version):
        far += _PARAMETER
    if _differ(asked.host, recorded.host):
        far += _WEIGHTS["host"]
    if _differ(asked.caller, recorded.caller):
        far += _WEIGHTS["caller"]
    if not far and _differ(asked.error_form, recorded.error_form):
        far = _PARAMETER
    return far


def _differ(left: object, right: object) -> bool:
    """Whether both are known and are not the same."""
    return left is not None and right is not None and left != right


def _names_that_differ(asked: Query, recorded: Query) -> set[str]:
    left, right = set(asked), set(recorded)
    if len(left) == len(asked) and len(right) == len(recorded):
        return {name for name, _ in left ^ right}
    counted, other = Counter(asked), Counter(recorded)
    return {name for name, _ in (*(counted - other), *(other - counted))}


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
    found.extend(_body_differences(one.body, other.body))
    if one.conditions != other.conditions:
        found.append(Difference("headers", _pairs(one.conditions), _pairs(other.conditions)))
    for what, left, right in (
        ("API version", one.api_version, other.api_version),
        ("host", asked.host, recorded.host),
    ):
        if left != right and left is not None and right is not None:
            found.append(Difference(what, _short(left), _short(right)))
    mine, theirs = asked.caller, recorded.caller
    if mine != theirs and mine is not None and theirs is not None:
        other_one = f"another {theirs.kind.value}" if mine.shown == theirs.shown else theirs.shown
        found.append(Difference("caller", _short(mine.shown), _short(other_one)))
    form, other_form = asked.error_form, recorded.error_form
    if not found and form != other_form and form is not None and other_form is not None:
        found.append(Difference("form of errors", form, other_form))
    return tuple(found)


def _query_differences(one: Question, other: Question) -> Iterable[Difference]:
    asked, recorded = Counter(one.query), Counter(other.query)
    left, right = _by_name(asked - recorded), _by_name(recorded - asked)
    for name in sorted({*left, *right}):
        yield Difference(f"parameter {name}", _values(left, name), _values(right, name))


def _by_name(pairs: Counter[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in sorted(pairs.elements()):
        values.setdefault(name, []).append(value)
    return values


def _values(by_name: dict[str, list[str]], name: str) -> str:
    values = by_name.get(name, [])
    return _short(", ".join(values) if any(values) else '""') if values else _ABSENT


def _body_differences(asked: str, recorded: str) -> Iterable[Difference]:
    if asked == recorded:
        return
    members = _members_that_differ(asked, recorded)
    for name, left, right in members[:_MOST_MEMBERS]:
        # Not "NAME: a text", in which a log would take the text for a secret with that name.
        if left == _ABSENT:
            yield Difference(_BODY, left, f"{right} at {name}")
        else:
            other = right.replace("a ", "another ", 1) if left == right else right
            yield Difference(_BODY, f"{left} at {name}", other)
    if not members:
        other = f"another, {_length(recorded)}" if recorded else "none"
        yield Difference(_BODY, _length(asked), other)


def _members_that_differ(asked: str, recorded: str) -> list[tuple[str, str, str]]:
    """The members in which two bodies in JSON differ, each with what both have there.

    Empty for equal bodies, and for those that cannot be compared by their members.
    """
    if asked == recorded or max(len(asked), len(recorded)) > _LONGEST_BODY:
        return []
    try:
        left, right = (_members("", json.loads(body)) for body in (asked, recorded))
    except (ValueError, RecursionError):
        return []
    if "" in left or "" in right:  # a text or a number alone
        return []
    names = [
        name
        for name in dict.fromkeys([*left, *right])
        if repr(left.get(name, _ABSENT)) != repr(right.get(name, _ABSENT))
    ]
    # Another recorder keeps the password of a login, which is not compared.
    named = [name for name in names if not _is_secret(name.rpartition(".")[2])] or names
    return [(name, _kind(name, left), _kind(name, right)) for name in named]


def _is_secret(name: str) -> bool:
    return field_treatment(name) is Treatment.SECRET


def _members(path: str, value: Any) -> dict[str, Any]:
    """What is at each place of a question's body.

    In it, an object is the sorted list of its names and values.

        [["auth", [["methods", ["password"]]]]]   {"auth.methods[0]": "password"}
    """
    if not isinstance(value, list):
        return {path: value}
    found: dict[str, Any] = {}
    for number, one in enumerate(value):
        if isinstance(one, list) and len(one) == 2 and isinstance(one[0], str):
            name = one[0] if one[0].replace("-", "_").isidentifier() else json.dumps(one[0])
            found |= _members(f"{path}.{name}" if path else name, one[1])
        else:
            found |= _members(f"{path}[{number}]", one)
    return found


def _kind(name: str, members: dict[str, Any]) -> str:
    """What a member's value is, for it may be a secret; the value itself where it can be none."""
    if name not in members:
        return _ABSENT
    value = members[name]
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return "a text" if isinstance(value, str) else "a number"


def _length(body: str) -> str:
    return f"{len(body)} characters" if body else "none"


def _pairs(pairs: Query) -> str:
    shown = (f"{name}: {_condition(name, value)}" for name, value in pairs)
    return _short(", ".join(shown) or _ABSENT)


def _condition(name: str, value: str) -> str:
    """A condition as it is shown: of a token that another one asks about, the kind alone."""
    kind, _, id_ = value.partition(" ")
    return value if name != SUBJECT or is_stand_in(id_) else kind


def _short(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return shortened(text, _MOST_SHOWN)


_PARAMETER = 2
_WEIGHTS = {"method": 8, "path": 16, "body": 2, "host": 2, "caller": 1}


def distance(found: Iterable[Difference]) -> int:
    """How far apart two requests are: another path is further away than another parameter.

    A body counts once, however many of its members differ.
    """
    counted = Counter(one.what for one in found)
    if _BODY in counted:
        counted[_BODY] = 1
    return sum(_WEIGHTS.get(what, _PARAMETER) * times for what, times in counted.items())
