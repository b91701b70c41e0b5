"""The forms of links: how a recorded cloud writes `first` and `next`, so that derived pages do too.

Example. `GET /v2/images?name=a&limit=2` was recorded, and its page ends with image B:

    "next": "/v2/images?name=a&limit=2&marker=B"                      as Glance 33 writes it
    "next": "/v2/images?marker=B&limit=2&name=a"                      as Glance 12 does
    "next": "https://image.example/glance/v2/images?name=a&..."       behind some proxies

A form is an order of parameters and an encoding of values, and what comes before `/v2/images`. The
links of all recorded pages have to be in one form, and derived links are in the same. Where several
forms fit, because no recorded link has more than one parameter, that of the dialect counts. Where
none fits, nothing is derived: a client that follows the link would ask what the cloud never said.

Each form is a row of docs/derived-answers.md.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from urllib.parse import quote, quote_plus, unquote_plus

from glancetape_cassettes.cloud.dialects import Dialect, Pairs
from glancetape_cassettes.cloud.hash_order import in_hash_order
from glancetape_cassettes.cloud.links import LIST_PATH
from glancetape_cassettes.cloud.listing.query import parameters_of
from glancetape_cassettes.cloud.refusals import Refused
from glancetape_cassettes.collection.recorded_lists import RecordedLinks
from glancetape_cassettes.interaction import Source

_MARKER = "marker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of the parameters of links."""

    name: str
    meaning: str
    arrange: Callable[[Pairs, Pairs, Sequence[str]], Iterable[tuple[str, str]]]
    """Takes what a link keeps of the request, the marker, and the names in the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A way to encode names and values."""

    name: str
    meaning: str
    encode: Callable[[str], str]


def _before_limit(kept: Pairs, marker: Pairs, _: Sequence[str]) -> Iterable[tuple[str, str]]:
    at = next((place for place, (name, _) in enumerate(kept) if name == "limit"), len(kept))
    return (*kept[:at], *marker, *kept[at:])


def _hashed(kept: Pairs, marker: Pairs, asked: Sequence[str]) -> Iterable[tuple[str, str]]:
    values = dict((*kept, *marker))
    added = [name for name, _ in kept if name not in asked]
    names = in_hash_order((*added, *asked), marker=bool(marker))
    return ((name, values[name]) for name in names)


ORDERS = (
    Order(
        name="marker last",
        meaning="the order of the request, then the marker",
        arrange=lambda kept, marker, _: (*kept, *marker),
    ),
    Order(
        name="hash table",
        meaning="that of a dictionary of CPython 2.7",
        arrange=_hashed,
    ),
    Order(
        name="marker first",
        meaning="the marker, then the order of the request",
        arrange=lambda kept, marker, _: (*marker, *kept),
    ),
    Order(
        name="marker before limit",
        meaning="the order of the request, with the marker before `limit`",
        arrange=_before_limit,
    ),
    Order(
        name="sorted",
        meaning="by name",
        arrange=lambda kept, marker, _: sorted((*kept, *marker), key=lambda pair: pair[0]),
    ),
)
ENCODINGS = (
    Encoding(name="form", meaning="a blank is `+`, all else is escaped", encode=quote_plus),
    Encoding(
        name="percent",
        meaning="a blank is `%20`, all else is escaped",
        encode=lambda text: quote(text, safe=""),
    ),
    Encoding(
        name="colons",
        meaning="as the first, but `:` and `,` stay",
        encode=lambda text: quote_plus(text, safe=":,"),
    ),
    Encoding(
        name="colons, percent",
        meaning="as the second, but `:` and `,` stay",
        encode=lambda text: quote(text, safe=":,"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkForm:
    """How a cloud writes the query of a link."""

    order: Order
    encoding: Encoding
    adds: bool
    """Whether it has the filters that always apply, as the dialect says."""

    def write(self, kept: Pairs, marker: str | None, asked: Sequence[str]) -> str:
        """Return a query with its question mark, "" without parameters."""
        after: Pairs = () if marker is None else ((_MARKER, marker),)
        encode = self.encoding.encode
        pairs = self.order.arrange(kept, after, asked)
        text = "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)
        return f"?{text}" if text else ""


class Links:
    """Writes the links of derived pages as those of recorded ones are written."""

    def __init__(
        self, recorded: Sequence[RecordedLinks], dialect: Dialect, ignored: Container[str] = ()
    ) -> None:
        """Work nothing out yet: most states are asked for few pages.

        `ignored` are parameters that do not matter: recorded links have them, and derived ones not.
        """
        self._recorded = recorded
        self._dialect = dialect
        self._ignored = ignored

    @cached_property
    def unknown(self) -> Source | None:
        """A recorded page whose links are in no form that the others are in; None if all are."""
        left: set[LinkForm] = set(_FORMS)
        for one in self._recorded:
            left = {form for form in left if self._is_written_by(form, one)}
            if not left or not self._has_one_root(one):
                return one.source
        return None

    @cached_property
    def form(self) -> LinkForm:
        """The form of the recorded links: that of the dialect if it fits, or if none does."""
        own = ORDERS[1] if self._dialect.hash_order_in_links else ORDERS[0]
        forms = sorted(_FORMS, key=lambda form: form.order != own)
        fit = (
            form for form in forms if all(self._is_written_by(form, one) for one in self._recorded)
        )
        return next(fit, forms[0])

    def first(self, pairs: Pairs) -> str:
        """Return the link to the first page of a query."""
        return self._root("first") + LIST_PATH + self._query(self.form, pairs, None)

    def next(self, pairs: Pairs, marker: str) -> str:
        """Return the link to the page after a marker."""
        return self._root("next") + LIST_PATH + self._query(self.form, pairs, marker)

    def _query(self, form: LinkForm, pairs: Pairs, marker: str | None) -> str:
        kept = tuple(pair for pair in pairs if pair[0] != _MARKER)
        if not self._dialect.repeats_in_links:
            kept = tuple(dict(kept).items())
        if form.adds:
            names = {name for name, _ in kept}
            kept = (*(pair for pair in self._dialect.always if pair[0] not in names), *kept)
        return form.write(kept, marker, [name for name, _ in pairs])

    def _is_written_by(self, form: LinkForm, one: RecordedLinks) -> bool:
        try:
            pairs = tuple(parameters_of(one.query))
        except Refused:
            return True
        return all(
            link is None or self._query_of(link) == self._query(form, pairs, marker)
            for link, marker in ((one.first, None), (one.next, one.last))
        )

    def _query_of(self, link: str) -> str:
        parts = link.partition("?")[2].split("&")
        kept = [one for one in parts if unquote_plus(one.partition("=")[0]) not in self._ignored]
        query = "&".join(kept)
        return f"?{query}" if query else ""

    def _roots(self, name: str) -> set[str]:
        links = (one.first if name == "first" else one.next for one in self._recorded)
        return {_path_of(link).removesuffix(LIST_PATH) for link in links if link is not None}

    def _root(self, name: str) -> str:
        other = "first" if name == "next" else "next"
        return next(iter(self._roots(name) or self._roots(other)), "")

    def _has_one_root(self, one: RecordedLinks) -> bool:
        links = (link for link in (one.first, one.next) if link is not None)
        are_lists = all(_path_of(link).endswith(LIST_PATH) for link in links)
        return are_lists and len(self._roots("first")) < 2 and len(self._roots("next")) < 2


_FORMS = tuple(
    LinkForm(order=order, encoding=encoding, adds=adds)
    for adds, encoding, order in product((True, False), ENCODINGS, ORDERS)
)


def _path_of(link: str) -> str:
    return link.partition("?")[0]
