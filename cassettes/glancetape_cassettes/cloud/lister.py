"""The image service from an image set: lists images and shows single ones as the cloud would."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import Dialect, dialect_of
from glancetape_cassettes.cloud.links import next_link
from glancetape_cassettes.cloud.listing.matching import images_matching
from glancetape_cassettes.cloud.listing.paging import Way, order_along, places_after, way_of
from glancetape_cassettes.cloud.listing.query import Query, read_query
from glancetape_cassettes.cloud.listing.visibility import (
    Scope,
    exists,
    images_in,
    may_see,
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
    json_response,
    page_response,
    refusal_response,
)
from glancetape_cassettes.imageset.image_fields import GONE_STATUSES, MAX_ID, TIMES
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.memory_cache import Cache, bytes_of
from glancetape_cassettes.imageset.sort_keys import Sort
from glancetape_cassettes.interaction import Headers, Response
from glancetape_cassettes.replaying.question import api_version

if TYPE_CHECKING:  # NumPy is loaded with the first order
    from glancetape_cassettes.imageset.indexes.orders import Order

_ROOM = 16 << 20  # bytes, for each kind of bitmap
_PAGES_ROOM = 32 << 20
_MARKERS_ROOM, _MARKER = 4 << 20, 500  # bytes: of all, and of one
_LARGE_PAGE = 256 << 10  # bytes; a few such pages would displace all others


class Lister:
    """Answers requests for images from an image set; keeps what it works out, up to 68 MiB."""

    def __init__(
        self, images: ImageSet, *, pages_room: int = _PAGES_ROOM, changes: Changes | None = None
    ) -> None:
        """Use a set, which the caller closes. `pages_room` is how many bytes of pages are kept.

        `changes` are made above the set; None for a set that is only read.
        """
        self.images = images
        self.changes = changes
        self._matching: Cache[BitMap] = Cache(_ROOM)
        self._arranged: Cache[BitMap] = Cache(_ROOM)
        self._pages: Cache[Page] = Cache(pages_room)
        # Positions of markers; most come from the `next` of a page that was just returned.
        self._markers: Cache[int] = Cache(_MARKERS_ROOM)

    def list_images(
        self,
        query: str,
        project: str | None,
        dialect: str,
        headers: Headers = (),
        request_id: str = "0" * 32,
    ) -> Response:
        """Return the response to GET /v2/images?query, for a project; None is an unknown caller.

        A page, or a refusal in the cloud's words. `dialect` is "ims" or "glance". Of the request's
        `headers`, Accept and X-Api-Version matter. `request_id`, 32 hex digits, is sent back.
        """
        return self._respond(
            lambda asking, rules: self.list_page(query, asking, rules, request_id),
            project, dialect, headers, request_id,
        )  # fmt: skip

    def show_image(
        self,
        image_id: str,
        project: str | None,
        dialect: str,
        headers: Headers = (),
        request_id: str = "0" * 32,
    ) -> Response:
        """Return the response to GET /v2/images/{image_id}; parameters as in `list_images`."""
        return self._respond(
            lambda asking, rules: json_response(
                self.image_body(image_id, asking, rules), rules, request_id
            ),
            project, dialect, headers, request_id,
        )  # fmt: skip

    def _respond(
        self,
        respond: Callable[[str, Dialect], Response],
        project: str | None,
        dialect: str,
        headers: Headers,
        request_id: str,
    ) -> Response:
        """Return a response by the rules of a dialect, or the cloud's refusal."""
        rules = dialect_of(dialect, api_version(headers))
        try:
            if project is None:
                raise Refused(401, NOT_AUTHORIZED)
            return respond(project, rules)
        except Refused as refused:
            return refusal_response(refused, rules, headers, request_id)

    def list_page(self, query: str, project: str, rules: Dialect, request_id: str) -> Response:
        """Return the response with the page of a query string. Raises Refused."""
        return page_response(self._page(query, project, rules), rules, request_id)

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
                return changed.image if may_see_changed(changed, project, rules) else None
            if self.changes.is_gone(image_id):
                return None
        position = self.images.position_of(image_id)
        if position is None:
            return None
        image = self.images.image_at(position)
        visible = exists(image) and may_see(self.images, position, image, project, rules)
        return image if visible else None

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

    def _page(self, query: str, project: str, rules: Dialect) -> Page:
        """Return the page of a query string, from the cache if it is there."""
        if self.changes:
            return self.cut_page(*read_query(query, rules), project, rules)
        page = self._pages.get((query, project, rules))
        if page is None:
            page = self.cut_page(*read_query(query, rules), project, rules)
            size = len(page.bodies) + 2 * len(page.first) + 4 * len(query) + 1000
            if size <= _LARGE_PAGE:
                self._pages.put((query, project, rules), page, size)
        return page

    def cut_page(self, query: Query, marker: str | None, project: str, dialect: Dialect) -> Page:
        """Return the page of a query that comes after a marker. Raises Refused."""
        if self.changes:
            return self._merge_page(self.changes, query, marker, project, dialect)
        images = self.images
        position = None if marker is None else self._position_of(marker, project, dialect)
        if query.breaks:
            raise server_error()
        way = way_of(query.sort)
        order = order_along(images, way)
        found = self._arrange(scope_of(query, project, dialect), query, way, order)
        place = position if order is None or position is None else order.place_of(position)
        # One more than the limit, to see whether anything follows.
        most = query.limit + (not dialect.next_on_full_page)
        places = places_after(found, place, most, backwards=way.backwards)
        has_next = len(places) >= most and query.limit > 0
        places = places[: query.limit]
        positions = places if order is None else order.positions_at(places)
        bodies = b",".join(images.bodies(positions))
        if not has_next:
            return Page(bodies, query.first, None)
        last = images.id_at(positions[-1])
        self._markers.put((last, project, dialect), positions[-1], _MARKER)
        return Page(bodies, query.first, next_link(query.first, last))

    def _merge_page(
        self, changes: Changes, query: Query, marker: str | None, project: str, dialect: Dialect
    ) -> Page:
        """Return a page of the images of the set and the changed ones."""
        after = None if marker is None else self._marker_image(changes, marker, project, dialect)
        if query.breaks:
            raise server_error()
        images, way = self.images, way_of(query.sort)
        order = order_along(images, way)
        scope = scope_of(query, project, dialect)
        found = self._arrange(scope, query, way, order) - self._places_of(changes, order)
        place = self._place_before(after, query.sort, way, order)
        most = query.limit + (not dialect.next_on_full_page)
        places = places_after(found, place, most, backwards=way.backwards)
        positions = places if order is None else order.positions_at(places)
        changed = map(as_sorted, self._changed_in(scope, query))
        following_it = [
            one for one in changed if after is None or compare(query.sort, one, after) > 0
        ]
        page = in_order(images.images_at(positions) + following_it, query.sort)[:most]
        has_next = len(page) >= most and query.limit > 0
        page = page[: query.limit]
        bodies = b",".join(orjson.dumps(self._as_shown(changes, image)) for image in page)
        following = next_link(query.first, page[-1]["id"]) if has_next else None
        return Page(bodies, query.first, following)

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

    def _position_of(self, marker: str, project: str, dialect: Dialect) -> int:
        position = self._markers.get((marker, project, dialect))
        if position is None:
            position = self._find_marker(marker, project, dialect)
            self._markers.put((marker, project, dialect), position, _MARKER)
        return position

    def _find_marker(self, marker: str, project: str, dialect: Dialect) -> int:
        if len(marker) > MAX_ID:  # observed: the text was never filled in
            raise bad_request("Image with the given id %(image_id)s was not found")
        position = self.images.position_of(marker)
        image = None if position is None else self.images.image_at(position)
        if position is None or image is None or not exists(image):
            raise bad_request(f"No image found with ID {marker}")
        if not may_see(self.images, position, image, project, dialect):
            raise Refused(403, f"Forbidding request, image {marker} not visible")
        return position

    def _arrange(self, scope: Scope, query: Query, way: Way, order: "Order | None") -> BitMap:
        """Return the places, along a way, of all images that match a query."""
        if order is None:
            return self._match(scope, query)
        key = scope, query.conditions, query.extension, way.sort, way.newest_first
        found = self._arranged.get(key)
        if found is None:
            found = order.arrange(self._match(scope, query))
            self._arranged.put(key, found, bytes_of(found) + query.size)
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
