"""One view in one state: the pages that its recorded walks prove.

A query is derived from the latest walk that passes every step: it covers the query (`coverage`),
it is valid (`validity`), its matches are certain (`doubts`), and so is their order (`order`). If a
walk covers the query but leaves a doubt, the next walk is tried. If none is left, the first doubt
is the reason of the miss.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import parse_qsl

from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.links import next_link
from glancetape_cassettes.cloud.listing.conditions import Between, Has
from glancetape_cassettes.cloud.listing.query import Query, parameters_of, read_query
from glancetape_cassettes.cloud.page_maker import LAST, PageMaker
from glancetape_cassettes.cloud.refusals import Refused, bad_request
from glancetape_cassettes.cloud.responses import Page
from glancetape_cassettes.collection.collection_file import CollectionNotes, read_notes
from glancetape_cassettes.collection.uncertain_values import NULLABLE_KEYS
from glancetape_cassettes.deriving.coverage import asks_for_gone, is_always_empty
from glancetape_cassettes.deriving.doubts import ShownImages, settled_times
from glancetape_cassettes.deriving.evidence import Evidence
from glancetape_cassettes.deriving.lists.derived_list import ProvedPages
from glancetape_cassettes.deriving.lists.list_proof import ListProof
from glancetape_cassettes.deriving.lists.list_proofs import ListProofs
from glancetape_cassettes.deriving.order import (
    CreationOrder,
    walk_in_order,
    why_databases_differ,
    why_order_is_unsure,
)
from glancetape_cassettes.deriving.provenance import Sources, format_sources
from glancetape_cassettes.deriving.reasons import (
    NotProved,
    differs_by_version,
    lost_nulls,
    names_a_method,
    nothing_covers,
    odd_bound,
    odd_escape,
    refusal_not_recorded,
    refused_last,
    too_many_joins,
    uncertain_matches,
    uncertain_order,
    unknown_limit,
    unknown_links,
    unknown_marker,
)
from glancetape_cassettes.deriving.validity import (
    CheckedWalk,
    may_be_gone,
    was_otherwise_before,
)
from glancetape_cassettes.deriving.walking.every_database import (
    asks_too_much,
    may_be_an_id,
    why_a_database_may_refuse,
)
from glancetape_cassettes.deriving.walking.limits import Limits
from glancetape_cassettes.deriving.walking.link_forms import Links
from glancetape_cassettes.deriving.walking.older_versions import OlderAsked, why_versions_differ
from glancetape_cassettes.deriving.walking.reading_pages import Read, read_pages
from glancetape_cassettes.deriving.walking.shown_versions import KINDS_OF_VISIBILITY, oldest_showing
from glancetape_cassettes.deriving.walking.walks import Walk, lacks_nulls_of, loses_images, walks_of
from glancetape_cassettes.imageset.checked_file import Bytes
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, MAX_ID
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Source
from glancetape_cassettes.replaying.question import has_short_escape


@dataclass(frozen=True, slots=True)
class DerivedPage:
    """A page and the interactions that prove it; none when the dialect's rules alone do."""

    page: Page
    sources: tuple[Source, ...]


class ViewState:
    """One view in one state: derives the pages that its recorded walks prove."""

    def __init__(
        self,
        images: ImageSet,
        dialect: Dialect,
        limits: Limits,
        project: str | None,
        version: int = 0,
        ignored: Container[str] = (),
        read: Read | None = None,
        is_shown_to_others: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Read the stored collection; `project` is the caller's, None when it is not known.

        `version` is the least that the cloud's version documents show: see `older_versions`.
        `ignored` are parameters that do not matter. `read` are queries that were read already.
        `is_shown_to_others` says whether other callers were shown a property.
        """
        self.images = images
        known = read_notes(images)
        positions = {image_id: position for position, image_id in enumerate(images.ids())}
        self.limits = limits
        kinds = images.having("visibility", "shared") | images.having("visibility", "community")
        by_images = oldest_showing(known.shown, has_kinds=bool(kinds))
        self._least_version = max(version, by_images)
        pages = list(read_pages(known.pages, dialect, limits, {} if read is None else read))
        self._links = Links(known.links, dialect, ignored)
        # Links are put into the form of the recorded ones at the end, so no order matters here.
        self.dialect = dialect = replace(limits.for_answers(dialect), hash_order_in_links=False)
        times = settled_times(pages, images, known, positions)
        shown = ShownImages(
            images=images,
            known=known,
            dialect=dialect,
            project=project,
            times=times,
            is_shown_to_others=is_shown_to_others,
        )
        self._evidence = Evidence(shown, positions, pages)
        walks = walks_of(pages, self._fields)
        self._walks = {walk: CheckedWalk(walk, self._evidence) for walk in walks}
        self._sources: dict[Walk, Sources] = {}

    def close(self) -> None:
        """Close the collection's image set."""
        self.images.close()

    @property
    def known(self) -> CollectionNotes:
        """What is known of the images, by their positions."""
        return self._evidence.known

    @property
    def walks(self) -> Sequence[Walk]:
        """All walks, complete or not, the latest first."""
        return tuple(self._walks)

    def _fields(self, image_id: str) -> dict[str, object] | None:
        position = self._evidence.positions.get(image_id)
        return None if position is None else self.images.image_at(position)

    def why_void(self, walk: Walk) -> str:
        """Why a complete walk proves nothing; "" when it is valid."""
        return self._walks[walk].why_void

    def why_against_rules(self, walk: Walk) -> str:
        """What in a complete walk the dialect's rules do not explain; "" when nothing."""
        return self._walks[walk].why_against_rules

    def derive(
        self, query_string: str, without: Sequence[Walk] = (), *, any_links: bool = False
    ) -> DerivedPage:
        """Return the page that the recording proves for a query string; see `_derive`.

        Its links have the form of the recorded ones; with `any_links`, those of the dialect if that
        is not known.
        """
        derived = self._derive(query_string, without)
        if self._links.unknown is not None and not any_links:
            raise unknown_links(self._links.unknown)
        page, pairs = derived.page, tuple(parameters_of(query_string))
        following = None
        if page.next is not None:
            ((_, last),) = parse_qsl(page.next.partition("?")[2])[-1:]
            following = self._links.next(pairs, last)
        shown = page._replace(first=self._links.first(pairs), next=following)
        return replace(derived, page=shown)

    def _derive(self, query_string: str, without: Sequence[Walk]) -> DerivedPage:
        """Return the page that the recording proves for a query string, with relative links.

        Raises Refused when the cloud would refuse the query, and NotProved when nothing proves a
        page. `without` are walks that must not be used.
        """
        self.check_admitted()
        if has_short_escape(query_string):
            raise odd_escape()
        try:
            parameters = parameters_of(query_string)
            if any(name == "_method" for name, _ in parameters):
                raise names_a_method()
            query, marker = read_query(query_string, self.dialect)
            if why := why_a_database_may_refuse(parameters):
                raise uncertain_matches(why)
            after = self._position_of(marker)
        except Refused as refused:
            if not self.dialect.knows_refusals:
                raise refusal_not_recorded(refused) from refused
            raise
        if asks_too_much(parameters):
            raise too_many_joins()
        if query.breaks:
            raise odd_bound()
        if self.dialect.knows_refusals:
            if is_always_empty(query):
                return self._empty_page(query, after)
            if after is None and asks_for_gone(query) and not self._lists_gone:
                return DerivedPage(Page(b"", query.first, None), ())
        return self._from_walks(query, after, without, parameters)

    def proved_pages(self, query_string: str) -> ProvedPages | None:
        """What makes the other pages of a list after a marker; None where each has to be proved.

        `query_string` is that of such a page, for which `derive` returned one.
        """
        asked = parameters_of(query_string)
        names = [name for name, _ in asked]
        query, _ = read_query(query_string, self.dialect)
        if names.count("marker") != 1 or names.count("limit") > 1 or LAST in query_string:
            return None
        if self._links.unknown is not None or query.breaks or is_always_empty(query):
            return None
        proof = self._proof_of_all_pages(query, asked)
        if proof is None:
            return None
        positions, markers = self._evidence.positions, proof.markers

        def cut(marker: str, limit: int) -> tuple[Bytes, str | None] | None:
            position = positions.get(marker)
            if position is None or position not in markers:
                return None
            return proof.cut(proof.positions_after(position, limit + 1), limit)

        def links(limit: str | None, last: str) -> tuple[str, str]:
            pairs = tuple(
                (name, limit if name == "limit" and limit else value) for name, value in asked
            )
            return self._links.first(pairs), self._links.next(pairs, last)

        source = format_sources(self._sources_of(proof.walk))
        return ProvedPages(PageMaker(cut, self.dialect, links), source)

    def _proof_of_all_pages(
        self, query: Query, parameters: Sequence[tuple[str, str]]
    ) -> ListProof | None:
        """The first walk that has no doubt about the list; None if pages may need another walk."""
        for proof in self._proofs.of(query):
            if proof.checked.why_void:
                continue
            try:
                self._check_documented(query, proof.walk.query)
                self._check_nulls(query, proof.walk)
                # A marker is not a value that versions compare, so any of them stands for all.
                self._check_versions(query, proof.checked, parameters, after=0)
            except NotProved:
                continue
            if not proof.matches.doubt:
                return proof if proof.is_in_certain_order else None
        return None

    def check_admitted(self) -> None:
        """Raise NotProved if the last list that the caller asked for was refused (403)."""
        if self.known.refused > self._answered_last:
            raise refused_last()

    @cached_property
    def _answered_last(self) -> int:
        """When the caller got its last list; -1 without one."""
        answered = (page.time for page in self.known.pages if not page.only_contradicts)
        return max(answered, default=-1)

    @cached_property
    def has_other_ids(self) -> bool:
        """Whether an image is recorded whose id is not a UUID, as no Glance gives one."""
        return not all(map(may_be_an_id, self._evidence.positions))

    def walks_showing(self, image_id: str) -> Iterator[CheckedWalk]:
        """All complete walks that show an image, valid or not, the latest first."""
        return (one for one in self._complete_walks() if image_id in one.walk.index_of)

    def contradicts(self, image_id: str, walk: Walk) -> bool:
        """Whether this state, recorded before a walk of another one, has its image otherwise."""
        return was_otherwise_before(image_id, walk, self._evidence)

    def times_of(self, image_id: str) -> Iterator[int]:
        """When lists of this state showed an image, as numbers in the order of time."""
        pages = (one.page for one in self._evidence.pages)
        return (one.time for one in pages if not one.only_contradicts and image_id in one.ids)

    def body_of(self, image_id: str) -> bytes:
        """Return an image as JSON, as a list showed it last."""
        return self.images.bodies([self._evidence.positions[image_id]])[0]

    def why_not_visible(self, image_id: str) -> str:
        """Why the caller of a list may not be shown its image by the id; "" if it surely is.

        Observed: to a token without a project Glance lists every shared image that has a member,
        and shows none of them. Such a token sees no private image.
        """
        having, position = self.images.having, self._evidence.positions[image_id]
        if position in self._evidence.gone:
            return "The list shows it as gone, and whether it is shown by its id is not known."
        shared = having("visibility", "shared")
        if self._kinds_of_visibility_unknown:  # one that is shared is private
            shared = having("visibility", "private")
        if position not in shared or self._has_project:
            return ""
        return (
            "It is shared, and no list shows that the caller has a project. Without one, Glance "
            "lists shared images and does not show them by their id."
        )

    @property
    def _kinds_of_visibility_unknown(self) -> bool:
        """Whether the cloud may be one in which images are only public or private."""
        return self.dialect.spans_versions and self._least_version < KINDS_OF_VISIBILITY

    @cached_property
    def _has_project(self) -> bool:
        """Whether the caller surely has a project: it is named, or a list shows a private image."""
        private = self.images.having("visibility", "private")
        if self._kinds_of_visibility_unknown:
            private = BitMap()
        return self._evidence.shown.project is not None or any(
            self._evidence.positions_of(one.walk.ids) & private for one in self._complete_walks()
        )

    def _position_of(self, marker: str | None) -> int | None:
        """Return the position of the image after which a page begins."""
        if marker is None:
            return None
        if len(marker) > MAX_ID:
            raise bad_request("Image with the given id %(image_id)s was not found")
        position = self._evidence.positions.get(marker)
        if position is None and not may_be_an_id(marker):
            raise bad_request(f"No image found with ID {marker}")
        known = self.known
        if position is None or position in known.gone or position in known.doubted:
            raise unknown_marker(marker)
        return position

    @cached_property
    def _lists_gone(self) -> bool:
        """Whether lists of this cloud show images that are gone: then it is taken at its word."""
        return bool(self._evidence.listed(self._evidence.gone))

    def _empty_page(self, query: Query, after: int | None) -> DerivedPage:
        """Return an empty page. A walk still has to prove that the marker exists.

        Otherwise `limit=0&marker=ID` would be an empty page where the cloud answers 400.
        """
        page = Page(b"", query.first, None)
        if after is None:
            return DerivedPage(page, ())
        self._check_lost(query, after, BitMap())
        image_id = self.images.id_at(after)
        for one in self._complete_walks():
            if image_id in one.walk.index_of and not one.why_disproved:
                return DerivedPage(page, self._sources_of(one.walk))
        raise unknown_marker(image_id)

    def _from_walks(
        self,
        query: Query,
        after: int | None,
        without: Sequence[Walk],
        parameters: Sequence[tuple[str, str]],
    ) -> DerivedPage:
        first_doubt: NotProved | None = None
        try:
            for proof in self._proofs.of(query):
                if proof.walk in without or proof.checked.why_void:
                    continue
                try:
                    self._check_documented(query, proof.walk.query)
                    self._check_nulls(query, proof.walk)
                    self._check_versions(query, proof.checked, parameters, after)
                    if after is not None:
                        self._check_marker(after, proof.walk)
                    return self._from_walk(proof, query, after)
                except NotProved as doubt:
                    first_doubt = first_doubt or doubt
            if first_doubt is not None:
                raise first_doubt
            walks = tuple(self._walks.values())
            raise nothing_covers(query, walks, self.dialect, self.limits)
        finally:
            # Its traceback refers to this frame. Without a cycle, a view that nobody needs any
            # more closes its file at once.
            del first_doubt

    def _check_marker(self, position: int, walk: Walk) -> None:
        """Raise NotProved unless a marker existed when a walk was recorded, and since."""
        image_id = self.images.id_at(position)
        if image_id in walk.index_of:
            return
        last = self.known.last[position]
        if last < walk.pages[0].time or may_be_gone(position, self._evidence):
            raise unknown_marker(image_id)

    def _check_nulls(self, query: Query, walk: Walk) -> None:
        """Raise NotProved if a walk may lack images that the query asks for: see `lacks_nulls_of`.

        A filter by the key leaves out the images without it, whatever the database.
        """
        key = lacks_nulls_of(walk, self._fields)
        filters = (one.name for one in query.conditions if isinstance(one, Has | Between))
        if key and key not in filters:
            why = f"some databases lose images without a {key} on the pages of a list in this order"
            raise uncertain_matches(why)

    def _check_documented(self, query: Query, walk: Query) -> None:
        """Raise NotProved if only the code of an old Glance says what IMS lists.

        It says that `status=deleted` lists nothing, and of which shared images are one's own. A
        walk of the same list shows what IMS does.
        """
        if not self.dialect.gateway:
            return  # observed: what a Glance does
        if query.visibility == "shared" != walk.visibility:
            why = "which shared images IMS lists by visibility=shared is not documented"
            raise uncertain_matches(why)
        for condition in query.conditions - walk.conditions:
            match condition:
                case Has("visibility"):  # a second one in the query
                    why = "what IMS lists by two values of visibility is not documented"
                    raise uncertain_matches(why)
                case Has("status", values) if not values.isdisjoint(GONE_STATUSES):
                    why = "whether IMS lists images that are gone is not documented"
                    raise uncertain_matches(why)

    def _check_versions(
        self,
        query: Query,
        checked: CheckedWalk,
        parameters: Sequence[tuple[str, str]],
        after: int | None,
    ) -> None:
        """Raise NotProved if versions that the cloud may have answer a question differently."""
        if not self.dialect.spans_versions:
            return
        nulls, walk = self.known.nulls, checked.walk
        asked = OlderAsked(
            query=query,
            walk=walk.query,
            parameters=[*parameters, *parameters_of(walk.pages[0].query)],
            has_nulls=lambda key: bool(nulls.get(key, BitMap()) & checked.images),
            after=after is not None,
        )
        if why := why_versions_differ(asked, self._least_version):
            raise differs_by_version(why)

    def _from_walk(self, proof: ListProof, query: Query, after: int | None) -> DerivedPage:
        matches = proof.matches
        if matches.doubt:
            raise uncertain_matches(matches.doubt)
        if after is not None:
            self._check_lost(query, after, matches.certain)
        found = proof.positions_after(after, query.limit + 1)
        page = self._cut(proof, query, found)
        if why := self._why_order_is_unsure(proof, query, after, found[: query.limit]):
            in_walk = self._page_of_walk(proof, query, after)
            if in_walk is None:
                raise uncertain_order(why)
            page = in_walk
        if page.next is not None and not self.limits.is_certain(query.asked_limit):
            raise unknown_limit(query)
        return DerivedPage(page, self._sources_of(proof.walk))

    def _why_order_is_unsure(
        self, proof: ListProof, query: Query, after: int | None, positions: Sequence[int]
    ) -> str:
        """Why it is not certain that a page comes in this order; "" when it is.

        What a page begins after need not be of the walk.
        """
        if proof.is_in_certain_order and (after is None or after in proof.checked.images):
            return ""
        created, certain = self._order_of_creation, proof.matches.certain
        seen = [*([] if after is None else [after]), *positions]
        if seen and not created.shows_all(query, certain | BitMap(seen)):
            before = [] if after is None else proof.ties.beyond(after, back=True)
            seen = [*before[::-1], *seen, *proof.ties.beyond(seen[-1], back=False)]
        return why_order_is_unsure(query, certain, seen, created) or why_databases_differ(
            query, certain, after, BitMap(positions), self._evidence
        )

    def _sources_of(self, walk: Walk) -> Sources:
        found = self._sources.get(walk)
        if found is None:
            found = self._sources[walk] = Sources(page.source for page in walk.pages)
        return found

    def _complete_walks(self) -> Iterator[CheckedWalk]:
        return (one for one in self._walks.values() if one.walk.is_complete)

    def _cut(self, proof: ListProof, query: Query, found: Sequence[int]) -> Page:
        """Return the page of images in order, of which at least one may be too many."""
        joined, last = proof.cut(found, query.limit)
        following = None if last is None else next_link(query.first, last, self.dialect)
        return Page(joined, query.first, following)

    def _page_of_walk(self, proof: ListProof, query: Query, after: int | None) -> Page | None:
        """Return the page in the order that a walk shows; None when no walk shows it."""
        matches = proof.matches.certain
        marker = BitMap() if after is None else BitMap([after])
        place = walk_in_order(query, matches | marker, self._complete_walks())
        if place is None:
            return None
        start = None if after is None else place(after)
        found = sorted((one for one in matches if start is None or place(one) > start), key=place)
        return self._cut(proof, query, found)

    @cached_property
    def _order_of_creation(self) -> CreationOrder:
        return CreationOrder(self._evidence, self._complete_walks())

    @cached_property
    def _proofs(self) -> ListProofs:
        return ListProofs(self._complete_walks(), self._order_of_creation, len(self.images))

    def _check_lost(self, query: Query, marker: int, matches: BitMap) -> None:
        """Raise NotProved if the cloud may lose images after a marker: see `loses_images`."""
        if query.sort_keys.isdisjoint(NULLABLE_KEYS):
            return
        image = self.images.image_at(marker)
        if not loses_images(query, image):
            return
        for key in sorted(query.sort_keys):
            if key not in NULLABLE_KEYS or image.get(key):
                continue
            if image.get(key) is None or self.known.nulls.get(key, BitMap()) & matches:
                raise lost_nulls(key)
