"""Which rules the lists of a view follow: those that the lists of its address show.

    recorded   lists of a Glance at one address, and of IMS at another
    derived    at each address by the rules of its own cloud; at a third, whose lists show
               neither, nothing

Limits and versions are those of one service too: two clouds in a recording may differ in them.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from glancetape_cassettes.cloud.dialects import Dialect, dialect_of
from glancetape_cassettes.deriving.timelines.views import View
from glancetape_cassettes.deriving.walking.limits import Limits, PageLength, limits_of
from glancetape_cassettes.deriving.walking.recognition import (
    Recognised,
    address_in_words,
    recognise_one_cloud,
)
from glancetape_cassettes.deriving.walking.shown_versions import versions_shown
from glancetape_cassettes.imageset.collations import alike
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.eligible import Unfit
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.in_view.image_services import (
    Address,
    ImageServices,
    address_of,
    images_shown_by,
)
from glancetape_cassettes.service import is_image_list, prefix_of

Lengths = Mapping[tuple[int, int], tuple[int, bool]]
"""How many images lists have, and whether they have a next page, by the places of their entries."""


class RulesOfViews:
    """Finds the rules, the limits and the version of the service that a view is of."""

    def __init__(
        self,
        entries: Sequence[Entry],
        services: ImageServices,
        recognised: Recognised | None,
        *,
        is_named: bool,
    ) -> None:
        """Take all that is recorded, and the cloud of it; `is_named` if the user named that."""
        self._entries = entries
        self._services = services
        self._recognised = recognised
        self._is_named = is_named
        self._recognised_at: dict[Address | None, Recognised | None] = {}
        self._rules_at: dict[Address | None, tuple[str, str]] = {}
        self._limits_at: dict[Address | None, Limits] = {}
        self._shown_to_others: dict[tuple[Address | None, Caller | None], frozenset[str]] = {}

    def recognised_at(self, address: Address | None) -> Recognised | None:
        """The cloud of an address, by its own lists unless it is named; None without a list."""
        if address not in self._recognised_at:
            here = [one for one in self._entries if address_of(one) in (None, address)]
            is_only = self._is_named or len(here) == len(self._entries)
            self._recognised_at[address] = (
                self._recognised if is_only else recognise_one_cloud(here)
            )
        return self._recognised_at[address]

    def of(self, view: View) -> Dialect:
        """The rules of a view's service. Raises Unfit where its lists do not show them."""
        if view.address not in self._rules_at:
            why = self._why_no_rules(view.address)
            found = self.recognised_at(view.address)
            self._rules_at[view.address] = "" if why or found is None else found.dialect, why
        name, why = self._rules_at[view.address]
        if why:
            raise Unfit(why)
        return dialect_of(name, view.api_version)

    def _why_no_rules(self, address: Address | None) -> str:
        """Why it is not known which cloud's rules an address follows; "" where it is.

        Two addresses that may lead to one service show the rules of one cloud, or of none.
        """
        found = self.recognised_at(address)
        if found is None:
            return "No list shows which cloud this address is of; --dialect names one."
        if not found.dialect:
            return f"Its lists do not show that this address is of a known cloud {found.why_none}."
        for other in dict.fromkeys(map(address_of, self._entries)):  # the first of them is named
            there = None if other in (None, address) else self.recognised_at(other)
            if there is None or there.dialect in ("", found.dialect):
                continue
            if self._services.may_be_same(address, other):
                return (
                    f"It may be the same service as that at {address_in_words(other)}, whose "
                    f"lists are those of {there.dialect}, not of {found.dialect}; --dialect names "
                    "one."
                )
        return ""

    def are_known(self, view: View) -> bool:
        """Whether the lists of a view show whose rules they follow."""
        try:
            self.of(view)
        except Unfit:
            return False
        return True

    def limits_of(self, view: View, known: Lengths) -> Limits:
        """What all recorded pages of a view's host show of its limits.

        Pages whose length is `known` are not read again.
        """
        service = view.address
        if service not in self._limits_at:
            lengths = (
                _page_length(entry, known)
                for entry in self._entries
                if address_of(entry) == service
            )
            dialect = self.of(view)
            pages = filter(None, lengths)
            self._limits_at[service] = limits_of(pages, dialect, is_named=self._is_named)
        return self._limits_at[service]

    def version_of(self, view: View) -> int:
        """The least version that version documents of a view's service show; 0 without one."""
        prefix = prefix_of(view.path)
        here = (
            entry
            for entry in self._entries
            if entry.asked.host == view.host and prefix_of(entry.asked.question.path) == prefix
        )
        return min(versions_shown(here), default=0)

    def is_shown_to_others(self, view: View, name: str) -> bool:
        """Whether other callers of a view's service were shown a property, in any case.

        Operators may protect properties: Glance shows them to some callers only, and its filters
        find images by them for all.
        """
        place = view.address, view.caller
        if place not in self._shown_to_others:
            others = (one for one in self._entries if one.asked.caller != view.caller)
            self._shown_to_others[place] = frozenset(
                alike(shown)
                for entry in others
                if self._services.may_be_same(view.address, address_of(entry))
                for image in images_shown_by(entry)
                for shown in image
            )
        return alike(name) in self._shown_to_others[place]


def _page_length(entry: Entry, known: Lengths) -> PageLength | None:
    """How long a recorded list is; None for anything else."""
    question, query = entry.asked.question, urlsplit(entry.uri).query
    if question.method != "GET" or not is_image_list(question.path):
        return None
    if (length := known.get(entry.place)) is not None:
        count, has_next = length
        return PageLength.counted(query, count, has_next=has_next)
    status, value = entry.cassette.json_answer(entry.index)
    return PageLength.of(query, value) if status == 200 else None
