"""The image service from an image set: lists images and shows single ones as the cloud would."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import Dialect, dialect_of
from glancetape_cassettes.cloud.links import next_link
from glancetape_cassettes.cloud.listing.matching import images_matching
from glancetape_cassettes.cloud.listing.page_query import PageQuery, read_page_query
from glancetape_cassettes.cloud.listing.paging import Way, order_along, places_after, way_of
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.cloud.listing.visibility import (
    Scope,
    exists,
    images_in,
    may_see,
    plainly_seen,
    scope_of,
)
from glancetape_cassettes.cloud.overlay.changed_images import Changed, Changes
from glancetape_cassettes.cloud.overlay.page_order import (
    as_sorted,
    compare,
    first_place_after,
    in_order,
)
from glancetape_cassettes.cloud.overlay.predicates import is_listed, may_see_changed
from glancetape_cassettes.cloud.page_maker import Images, PageMaker, page_maker_for
from glancetape_cassettes.cloud.refusals import (
    NOT_AUTHORIZED,
    NOT_FOUND,
    Refused,
    bad_request,
    not_found,
    server_error,
)
from glancetape_cassettes.cloud.responses import (
    Page,
    page_response,
    refusal_response,
)
from glancetape_cassettes.imageset.checked_file import Bytes
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, MAX_ID, TIMES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.memory_cache import Cache, bytes_of
from glancetape_cassettes.imageset.sort_keys import Sort
from glancetape_cassettes.interaction import Headers, Response, api_version

if TYPE_CHECKING:  # NumPy is loaded with the first order
    from glancetape_cassettes.imageset.indexes.orders import Order

_ROOM = 12 << 20  # bytes, for each kind of bitmap


class _List(NamedTuple):
    """All images of a list, in its order."""

    places: BitMap
    """Where they are along the way."""
    way: Way
    order: "Order | None"


def _known(image: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return an image without the fields that its cloud does not know."""
    unknown = dialect.unknown_fields
    if not unknown or image.keys().isdisjoint(unknown):
        return image
    return {name: value for name, value in image.items() if name not in unknown}


class Lister:
    """Answers requests for images from an image set; keeps what it works out, up to 24 MiB."""

    def __init__(self, images: ImageSet, *, changes: Changes | None = None) -> None:
        """Use a set, which the caller closes.

        `changes` are made above the set; None for a set that is only read.
        """
        self.images = images
        self.changes = changes
        self._matching: Cache[BitMap] = Cache(_ROOM)
        self._lists: Cache[_List] = Cache(_ROOM)

    def list_images(
        self,
        query: str,
        project: str | None,
        dialect: str,
        headers: Headers = (),
        request_id: str = "0" * 32,
    ) -> Response:
        """Return the response to GET /v2/images?query, for a project; None is an unknown caller.

        A page, or a refusal in the cloud's words. `dialect` is one of `dialect_names.NAMES`. Of the
        request's `headers`, Accept and X-Api-Version matter. `request_id`, 32 hex digits, is sent
        back.
        """
        rules = dialect_of(dialect, api_version(headers))
        try:
            if project is None:
                raise Refused(401, NOT_AUTHORIZED)
            return self.list_page(query, project, rules, request_id)
        except Refused as refused:
            return refusal_response(refused, rules, headers, request_id)

    def list_page(self, query: str, project: str, rules: Dialect, request_id: str) -> Response:
        """Return the response with the page of a query string. Raises Refused."""
        page = self.cut_page(read_page_query(query, rules), project, rules)
        return page_response(page, rules, request_id)

    def image_body(self, image_id: str, project: str, rules: Dialect) -> bytes:
        """Return an image as JSON, by its id. Raises Refused."""
        image = self.find_visible(image_id, project, rules)
        if image is None:
            raise not_found(image_id)
        if image["owner"] is None and image["visibility"] == "private":
            # Observed: everyone may use it as a marker, and nobody is shown it.
            raise Refused(404, NOT_FOUND)
        return orjson.dumps(image)

    def find_visible(self, image_id: str, project: str, rules: Dialect) -> dict[str, Any] | None:
        """Return an image that a project may see by its id; None when there is no such image."""
        if self.changes:
            changed = self.changes.find(image_id)
            if changed is not None:
                visible = may_see_changed(changed, project, rules)
                return _known(changed.image, rules) if visible else None
            if self.changes.is_gone(image_id):
                return None
        position = self.images.position_of(image_id)
        if position is None:
            return None
        image = self.images.image_at(position)
        visible = exists(image) and may_see(self.images, position, image, project, rules)
        return _known(image, rules) if visible else None

    def members_of(self, image: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the members of an image, each with its status and times."""
        changed = self.changes.find(image["id"]) if self.changes else None
        if changed is not None:
            return changed.members
        position = self.images.position_of(image["id"])
        if position is None:
            return []
        times = {name: image[name] for name in TIMES}
        # The set does not hold when a project became a member.
        return [
            {"member_id": project, "status": status, **times}
            for project, status in self.images.members_of(position)
        ]

    def tags_of(self, query: Query, project: str, rules: Dialect) -> list[str]:
        """Return the tags of all images that match a query, each once, in the order of the tags."""
        matching = self._match(scope_of(query, project, rules), query)
        if self.changes:
            matching = matching - self.changes.replaced
        bodies = self.images.bodies(list(matching))
        tags = {tag for body in bodies for tag in orjson.loads(body)["tags"]}
        for one in self._changed_in(scope_of(query, project, rules), query):
            tags.update(one.image["tags"])
        return sorted(tags)

    def count_owned(self, project: str) -> int:
        """Count the images that a project owns and that still exist."""
        owned = self.images.having("owner", project)
        for status in GONE_STATUSES:
            owned -= self.images.having("status", status)
        if not self.changes:
            return len(owned)
        owners = [one.image["owner"] for one in self.changes.images if exists(one.image)]
        return len(owned - self.changes.replaced) + owners.count(project)

    def cut_page(self, asked: PageQuery, project: str, dialect: Dialect) -> Page:
        """Return the page that a query asks for. Raises Refused."""
        if self.changes:
            return self._merge_page(self.changes, asked, project, dialect)
        _, limit, first, marker, _ = asked
        position = None if marker is None else self._find_marker(marker, project, dialect)
        if asked.query.breaks:
            raise server_error()
        listed = self._list(asked, project, dialect)
        (shown,), last = self.joined(*self.cut(listed, position, limit, dialect), dialect)
        return Page(shown, first, None if last is None else next_link(first, last, dialect))

    def cut(
        self, listed: _List, position: int | None, limit: int, dialect: Dialect
    ) -> tuple[Sequence[int], bool]:
        """Return the positions of the images after a position, and whether others follow them."""
        found, way, order = listed
        place = position if order is None or position is None else order.place_of(position)
        # One more than the limit, to see whether anything follows.
        most = limit + (not dialect.next_on_full_page)
        places = places_after(found, place, most, backwards=way.backwards)
        has_next = len(places) >= most and limit > 0
        del places[limit:]
        return places if order is None else order.positions_at(places), has_next

    def joined(
        self, positions: Sequence[int], has_next: bool, dialect: Dialect
    ) -> tuple[tuple[Bytes], str | None]:
        """Return the images of a page, and the id of the last one if others follow."""
        if not has_next:
            return (self._as_known(self.images.joined(positions), positions, dialect),), None
        joined, last = self.images.joined_with_last_id(positions)
        return (self._as_known(joined, positions, dialect),), last

    def page_maker(
        self, query: str, project: str, dialect: str, headers: Headers = ()
    ) -> PageMaker | None:
        """Return what makes the other pages of a list; None where each has to be asked for.

        `query` is that of a page of the list after a marker. Other parameters as in `list_images`.
        """
        rules = dialect_of(dialect, api_version(headers))
        try:
            asked = read_page_query(query, rules)
        except Refused:
            return None
        if self.changes is not None or asked.marker is None or asked.query.breaks:
            return None
        known = _KnownPages(self, (asked.key, project), rules)
        return page_maker_for(asked, rules, known.joined, known.mapped)

    def _merge_page(
        self, changes: Changes, asked: PageQuery, project: str, dialect: Dialect
    ) -> Page:
        """Return a page of the images of the set and the changed ones."""
        query, limit, first, marker, _ = asked
        after = None if marker is None else self._marker_image(changes, marker, project, dialect)
        if query.breaks:
            raise server_error()
        found, way, order = self._list(asked, project, dialect)
        scope = scope_of(query, project, dialect)
        place = self._place_before(after, query.sort, way, order)
        most = limit + (not dialect.next_on_full_page)
        unchanged = found - self._places_of(changes, order)
        places = places_after(unchanged, place, most, backwards=way.backwards)
        positions = places if order is None else order.positions_at(places)
        changed = map(as_sorted, self._changed_in(scope, query))
        following_it = [
            one for one in changed if after is None or compare(query.sort, one, after) > 0
        ]
        page = in_order(self.images.images_at(positions) + following_it, query.sort)[:most]
        has_next = len(page) >= most and limit > 0
        page = page[:limit]
        shown = (_known(self._as_shown(changes, image), dialect) for image in page)
        bodies = b",".join(map(orjson.dumps, shown))
        following = next_link(first, page[-1]["id"], dialect) if has_next else None
        return Page(bodies, first, following)

    def _as_known(self, joined: Bytes, positions: Sequence[int], dialect: Dialect) -> Bytes:
        """Return the images of a page without the fields that a dialect does not know."""
        if not dialect.unknown_fields:
            return joined
        read = bytes(joined)
        if not any(f'"{name}"'.encode() in read for name in dialect.unknown_fields):
            return joined
        images = self.images.images_at(positions)
        return b",".join(orjson.dumps(_known(image, dialect)) for image in images)

    @staticmethod
    def _as_shown(changes: Changes, image: dict[str, Any]) -> dict[str, Any]:
        changed = changes.find(image["id"])
        return image if changed is None else changed.image

    def _changed_in(self, scope: Scope, query: Query) -> list[Changed]:
        changed = self.changes.images if self.changes else ()
        return [one for one in changed if is_listed(one, scope, query)]

    @staticmethod
    def _places_of(changes: Changes, order: "Order | None") -> BitMap:
        if order is None:
            return changes.replaced
        return BitMap(order.place_of(position) for position in changes.replaced)

    def _place_before(
        self, after: dict[str, Any] | None, sort: Sort, way: Way, order: "Order | None"
    ) -> int | None:
        """Return the place that a page begins after; None when it begins with the first image."""
        if after is None:
            return None

        def image_at(place: int) -> dict[str, Any]:
            return self.images.image_at(place if order is None else order.positions_at([place])[0])

        count = len(self.images)
        first = first_place_after(count, image_at, sort, after, backwards=way.backwards)
        if way.backwards:
            return first
        return first - 1 if first else None

    def _marker_image(
        self, changes: Changes, marker: str, project: str, dialect: Dialect
    ) -> dict[str, Any]:
        changed = changes.find(marker)
        if changed is None:
            if changes.is_gone(marker):
                raise bad_request(f"No image found with ID {marker}")
            return self.images.image_at(self._find_marker(marker, project, dialect))
        if not may_see_changed(changed, project, dialect):
            raise Refused(403, f"Forbidding request, image {marker} not visible")
        return as_sorted(changed)

    def _find_marker(self, marker: str, project: str, dialect: Dialect) -> int:
        if len(marker) > MAX_ID:  # observed: the text was never filled in
            raise bad_request("Image with the given id %(image_id)s was not found")
        position = self.images.position_of(marker)
        if position is None:
            raise bad_request(f"No image found with ID {marker}")
        if position not in self._plainly_seen(project, dialect):
            image = self.images.image_at(position)
            if not exists(image):
                raise bad_request(f"No image found with ID {marker}")
            if not may_see(self.images, position, image, project, dialect):
                raise Refused(403, f"Forbidding request, image {marker} not visible")
        return position

    def _plainly_seen(self, project: str, dialect: Dialect) -> BitMap:
        """Return images that exist and that a project may see; all but those without an owner."""
        found = self._matching.get((project, dialect))
        if found is None:
            found = plainly_seen(self.images, project, dialect)
            self._matching.put((project, dialect), found, bytes_of(found))
        return found

    def _list(self, asked: PageQuery, project: str, dialect: Dialect) -> _List:
        """Return all images that match a query, whatever its marker and limit."""
        key = asked.key, project
        found = self._lists.get(key)
        if found is None:
            query, way = asked.query, way_of(asked.query.sort)
            order = order_along(self.images, way)
            places = self._match(scope_of(query, project, dialect), query)
            if order is not None:
                places = order.arrange(places)
            found = _List(places, way, order)
            self._lists.put(key, found, bytes_of(places) + query.size)
        return found

    def _match(self, scope: Scope, query: Query) -> BitMap:
        """Return the positions of all images that match a query, whatever its marker and limit."""
        key = scope, query.conditions, query.extension
        found = self._matching.get(key)
        if found is None:
            visible = self._visible(scope)
            found = None
            for condition in (*query.conditions, *query.extension):
                if found is None:
                    found = visible & images_matching(self.images, condition)
                elif found:
                    found &= images_matching(self.images, condition)
            found = visible if found is None else found
            self._matching.put(key, found, bytes_of(found) + query.size)
        return found

    def _visible(self, scope: Scope) -> BitMap:
        found = self._matching.get(scope)
        if found is None:
            found = images_in(self.images, scope)
            self._matching.put(scope, found, bytes_of(found))
        return found

    def page_after(
        self, key: tuple[Hashable, str], marker: str, limit: int, dialect: Dialect
    ) -> tuple[Sequence[int], bool] | None:
        """Return what `cut` returns for a list that was cut before, by its key.

        None once it has made room for others, and for a marker that is not plainly seen.
        """
        listed, seen = self._lists.get(key), self._matching.get((key[1], dialect))
        position = self.images.position_of(marker)
        if listed is None or seen is None or position is None or position not in seen:
            return None
        return self.cut(listed, position, limit, dialect)


class _KnownPages:
    """The pages of a list, as long as a lister keeps what it has worked out."""

    __slots__ = ("_dialect", "_images", "_key", "_lister", "_shows_all")

    def __init__(self, lister: Lister, key: tuple[Hashable, str], dialect: Dialect) -> None:
        """Take the key of a list that a page was cut from."""
        self._lister, self._images = lister, lister.images
        self._key, self._dialect = key, dialect
        self._shows_all = not dialect.unknown_fields
        """Whether images are shown as they are in the file."""

    def joined(self, marker: str, limit: int) -> tuple[Bytes, str | None] | None:
        """Return at most `limit` images after a marker, and the last one's id if more follow."""
        found = self._lister.page_after(self._key, marker, limit, self._dialect)
        if found is None:
            return None
        (joined,), last = self._lister.joined(*found, self._dialect)
        return joined, last

    def mapped(self, marker: str, limit: int) -> Images | None:
        """Return the same in pieces that only the system may read, if it can read them so."""
        found = self._lister.page_after(self._key, marker, limit, self._dialect)
        if found is None:
            return None
        positions, has_next = found
        pieces = None
        if self._shows_all:
            pieces = self._images.mapped_with_last_id(positions, wants_id=has_next)
        if pieces is not None:
            return pieces
        joined, last = self._lister.joined(positions, has_next, self._dialect)
        return joined, len(joined[0]), last
