"""How many requests a session replayed, recorded, missed: the last lines that a program shows."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from glancetape.terminal.escaping import escape
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.nouns import shortened
from glancetape_cassettes.replaying.answers import Provenance

_ID = lazy_compile(
    r"[0-9]+|[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}|(?=.*[0-9]).{16,}|.{41,}"
)
_MOST_KINDS = 1000
_MOST_SOURCES = 100_000
_MOST_SHOWN = 8
_LONGEST = 100


def pattern_of(path: str) -> str:
    """A path with `ID` in place of what only one request has.

    >>> pattern_of("/v3/0a1b2c3d4e5f60718293a4b5c6d7e8f9/volumes/12")
    '/v3/ID/volumes/ID'
    """
    return "/".join("ID" if _ID.fullmatch(part) else part for part in path.split("/"))


class Kind(NamedTuple):
    """What requests have in common that are counted together."""

    method: str
    host: str
    path: str
    """With `ID` in place of ids, and of a query the names of its parameters."""


class Tally:
    """How many requests of each kind there were."""

    def __init__(self) -> None:
        """Count from zero."""
        self._kinds: Counter[Kind] = Counter()
        self._others = 0

    def add(self, method: str, uri: str, *, names_query: bool = False) -> None:
        """Count a request. Beyond 1,000 kinds, only the number of further requests is kept."""
        kind = kind_of(method, uri, names_query)
        if kind in self._kinds or len(self._kinds) < _MOST_KINDS:
            self._kinds[kind] += 1
        else:
            self._others += 1

    def among(self, kinds: Collection[Kind], *, known: bool) -> Self:
        """The requests of these kinds; with `known` false, all others."""
        part = type(self)()
        part._kinds = Counter({one: n for one, n in self._kinds.items() if (one in kinds) is known})
        part._others = 0 if known else self._others
        return part

    def plain(self) -> list[Any]:
        """All of it in plain values, for another process."""
        kinds = [[one.method, one.host, one.path, count] for one, count in self._kinds.items()]
        return [kinds, self._others]

    def add_plain(self, plain: Sequence[Any]) -> None:
        """Add what `plain` gave in another process."""
        kinds, others = plain
        for method, host, path, count in kinds:
            self._kinds[Kind(method, host, path)] += count
        self._others += others

    def __iter__(self) -> Iterator[Kind]:
        """The kinds, the most frequent first."""
        return iter(
            sorted(self._kinds, key=lambda kind: (-self._kinds[kind], kind.host, kind.path))
        )

    def lines(self) -> list[str]:
        """A few aligned lines: count, method and target of the most frequent kinds."""
        kinds = list(self)
        shown = kinds[: _MOST_SHOWN if len(kinds) > _MOST_SHOWN + 1 or self._others else None]
        digits = max((len(f"{self._kinds[kind]:,}") for kind in shown), default=0)
        width = max((len(kind.method) for kind in shown), default=0)
        lines = [
            f"{self._kinds[kind]:>{digits},}  {kind.method:<{width}}  {kind.host}{kind.path}"
            for kind in shown
        ]
        rest = sum(self._kinds[kind] for kind in kinds[len(shown) :]) + self._others
        return [*lines, f"and {rest:,} other requests"] if rest else lines


def kind_of(method: str, uri: str, names_query: bool = False) -> Kind:
    """The kind of a request, with or without the names of its parameters."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return Kind(escape(method[:20]), "", "a URL that cannot be read")
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&")} - {""})
    query = "?" + "&".join(names) if names and names_query else ""
    path = pattern_of(parts.path or "/") + query
    host = parts.netloc.rpartition("@")[2]
    return Kind(*map(escape, (method[:20], shortened(host, _LONGEST), shortened(path, _LONGEST))))


@dataclass(slots=True, kw_only=True)
class Counts:
    """The requests of a session, by what became of them."""

    replayed: int = 0
    derived: int = 0
    synthetic: int = 0
    missed: int = 0
    recorded: int = 0
    not_recorded: int = 0
    passed: int = 0
    passed_by_kind: Tally = field(default_factory=Tally)
    missed_by_kind: Tally = field(default_factory=Tally)
    too_large: int = 0
    """Requests that exceed a limit."""
    refused: int = 0
    """Requests that cannot be read, or that are not served."""
    other_hosts: int = 0
    """Requests for a host that is not this machine."""
    failed: int = 0
    faults: int = 0
    """Answers that were failed on purpose."""
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each source has answered, by the word of its provenance."""
    lacks_sources: bool = False
    """Whether there were more sources than are counted."""

    def count_answer(self, provenance: Provenance, source: str = "") -> None:
        """Count an answer, and where it is from. Beyond 100,000 sources, only the answer."""
        if source:
            key = provenance._value_, source  # `value` takes several times as long
            counted = self.sources.get(key)
            if counted is not None or len(self.sources) < _MOST_SOURCES:
                self.sources[key] = (counted or 0) + 1
            else:
                self.lacks_sources = True
        if provenance is Provenance.SYNTHETIC:  # the most by far, where many are counted
            self.synthetic += 1
        elif provenance is Provenance.EXACT:
            self.replayed += 1
        else:
            self.derived += 1

    def count_miss(self, request: str) -> None:
        """Count a miss. `request` is its method and URL, without secrets."""
        self.missed += 1
        method, _, url = request.partition(" ")
        self.missed_by_kind.add(method, url, names_query=True)

    def count_passed(self, request: str) -> None:
        """Count what passed through. `request` is its method and URL, without secrets."""
        self.passed += 1
        method, _, url = request.partition(" ")
        self.passed_by_kind.add(method, url)

    def plain(self, *, with_kinds: bool = False) -> dict[str, Any]:
        """The numbers that are not zero in plain values, for another process."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        kinds = {name: getattr(self, name).plain() for name in _KINDS if with_kinds}
        return {name: number for name, number in numbers.items() if number} | kinds

    def add_plain(self, plain: Mapping[str, Any]) -> None:
        """Add what `plain` gave in another process."""
        for name, value in plain.items():
            if name in _KINDS:
                getattr(self, name).add_plain(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    @property
    def requests(self) -> int:
        """All requests that came through."""
        return sum(count for _, count in self._named())

    def _named(self) -> tuple[tuple[str, int], ...]:
        return (
            ("recorded", self.recorded),
            ("replayed", self.replayed),
            ("derived", self.derived),
            ("synthetic", self.synthetic),
            ("passed through", self.passed),
            ("not recorded", self.not_recorded),
            ("missed", self.missed),
            ("refused", self.too_large + self.refused),
            ("refused for their host", self.other_hosts),
            ("failed", self.failed),
            ("failed on purpose", self.faults),
        )

    def __str__(self) -> str:
        """The counts that are not zero: `2 replayed, 1 missed`."""
        return ", ".join(f"{count} {name}" for name, count in self._named() if count) or (
            "no requests"
        )


_KINDS = ("passed_by_kind", "missed_by_kind")
_OF_ONE_PROCESS = ("sources", "lacks_sources")
_NUMBERS = tuple(one.name for one in fields(Counts) if one.name not in (*_KINDS, *_OF_ONE_PROCESS))
