"""Which images answers show to be there, without showing them.

GET /v2/images?marker=a     200    a is there: what is a marker for nobody gets a 400
GET /v2/images/b/members    200    so is b
GET /v2/images/b            404    and now it is not
"""

from collections.abc import Collection, Container
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.service import ImagePath, read_image_path

_LENGTH_OF_ID = 36  # characters
_OF_WHAT_IS_THERE = (304, 409)


@dataclass(slots=True, kw_only=True)
class Presence:
    """The images that answers to one caller show to be there."""

    listed: set[str] = field(default_factory=set)
    """The ids of all images that the caller was shown, also of those that cannot be kept."""
    _there: dict[str, int] = field(default_factory=dict)
    """When an answer showed first that an image is there, without showing the image; or first again
    after it was gone."""
    _away: set[str] = field(default_factory=set)
    """Images of that kind that were gone when they were asked for last."""

    def note(self, time: int, entry: Entry, status: int, altered: Collection[str] = ()) -> None:
        """Note the image that an answer shows to be there: a marker, or one with data or members.

        What is a marker for nobody gets a 400, and members of nothing a 404. A copy of an image is
        still good (304), and what has data takes no other (409), only while it is there.
        """
        _, *markers = entry.uri.split("marker=")
        if len(markers) == 1 and markers[0][:_LENGTH_OF_ID] in self.listed:
            return  # as on each page of a walk: nothing has to be read
        path = path_of(entry)
        if path is None:
            return
        image_id = image_named_in(entry, path)
        if status in ((404,) if path.image_id else (400, 403)):
            self._away.add(image_id)
            return
        is_there = 200 <= status < 300 or status in _OF_WHAT_IS_THERE
        if not is_there or not image_id or image_id in altered:
            return
        if image_id in self._away:
            self._away.remove(image_id)
            self._there[image_id] = time
        else:
            self._there[image_id] = min(time, self._there.get(image_id, time))

    def last_unshown(self, images: Container[str]) -> tuple[str, int]:
        """Of the images that are not among these and were never listed, the one noted last.

        And its time. "" and -1 if there is none.
        """
        there = (
            (time, image_id)
            for image_id, time in self._there.items()
            if image_id not in images and image_id not in self.listed
        )
        time, image_id = max(there, default=(-1, ""))
        return image_id, time


def path_of(entry: Entry) -> ImagePath | None:
    """The path of a request, taken apart; None for one outside the image service."""
    return read_image_path(entry.asked.question.path)


def image_named_in(entry: Entry, path: ImagePath) -> str:
    """The id of the image that a request names, in its path or as a marker; "" without one."""
    return unquote(path.image_id) or marker_of(entry) or ""


def marker_of(entry: Entry) -> str | None:
    """The image after which a list was asked for; Glance splits a query at `;` too."""
    query = urlsplit(entry.uri).query.replace(";", "&")
    asked = parse_qsl(query, errors="surrogateescape")
    return next((value for name, value in asked if name == "marker"), None)
