"""Images of which answers show that they are there, and nothing else.

GET /v2/images              200: a, b    e is not listed
GET /v2/images/e/members    200          e is there since 1: was it when the list was recorded?
GET /v2/images/e/file       404          e is away
GET /v2/images?marker=e     200          e is there again since 3, and may be another one by now

What is there before a list, and not in it, the cloud has left out of it by itself. Another caller
sees other images. But if it was answered about e, and then gets a 404, e has changed for it, and
perhaps for all.
"""

from collections.abc import Collection, Container
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.service import ImagePath, read_image_path

_LENGTH_OF_ID = 36  # characters
_OF_WHAT_IS_THERE = (304, 409)


@dataclass(slots=True, kw_only=True)
class Presence:
    """Which images answers have shown to be there; times are numbers in the order of time."""

    listed: set[str] = field(default_factory=set)
    """The ids of all images that the caller was shown, also of those that cannot be kept."""
    _seen: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)
    """By image, when it was there (True) or away: in any order, as answers are read in any."""
    _of_others: dict[Caller | None, set[str]] = field(default_factory=dict)

    def note(self, time: int, entry: Entry, status: int, altered: Collection[str] = ()) -> None:
        """Note the image that an answer shows to be there: a marker, or one with data or members.

        What is a marker for nobody gets a 400, and members of nothing a 404. A copy of an image is
        still good (304), and what has data takes no other (409), only while it is there. What
        became of the `altered` images a recorded change explains.
        """
        _, *markers = entry.uri.split("marker=")
        if len(markers) == 1 and markers[0][:_LENGTH_OF_ID] in self.listed:
            return  # as on each page of a walk: nothing has to be read
        image_id, is_there = _shown_by(entry, status)
        if is_there is not None and image_id and not (is_there and image_id in altered):
            self._seen.setdefault(image_id, []).append((time, is_there))

    def shown_to(self, other: Caller | None) -> set[str]:
        """The images that answers showed to another caller; add to them what else they show."""
        return self._of_others.setdefault(other, set())

    def note_of_other(self, time: int, entry: Entry, status: int) -> None:
        """Note what an answer to another caller shows of an image: only that it is away by now."""
        image_id, is_there = _shown_by(entry, status)
        shown = self.shown_to(entry.asked.caller)
        if is_there:
            shown.add(image_id)
        elif is_there is not None and image_id in shown:
            self._seen.setdefault(image_id, []).append((time, False))

    def last_unshown(self, images: Container[str]) -> tuple[str, int]:
        """Of the images that are not among these and were never listed, the one that came last.

        And since when it is there: lists after that show by themselves that it is in none of them.
        "" and -1 if there is none.
        """
        there = (
            (_since(seen), image_id)
            for image_id, seen in self._seen.items()
            if image_id not in images and image_id not in self.listed
        )
        time, image_id = max(there, default=(-1, ""))
        return (image_id, time) if time >= 0 else ("", -1)


def _since(seen: Collection[tuple[int, bool]]) -> int:
    """When an image was there first, or first again after it was away; -1 if it never was."""
    since, was_there = -1, False
    for time, is_there in sorted(seen):
        if is_there and not was_there:
            since = time
        was_there = is_there
    return since


def shows_only_presence(entry: Entry) -> bool:
    """Whether an answer shows that an image is there, and nothing of what lists show of it."""
    path = path_of(entry)
    if path is None or not path.image_id:
        return False
    status = entry.status
    is_read = entry.asked.question.method == "GET" and not path.below
    return status in _OF_WHAT_IS_THERE or (200 <= status < 300 and not is_read)


def _shown_by(entry: Entry, status: int) -> tuple[str, bool | None]:
    """The image that a request names, and whether it is there; None if that is not shown."""
    path = path_of(entry)
    if path is None:
        return "", None
    image_id = image_named_in(entry, path)
    if status in ((404,) if path.image_id else (400, 403)):
        return image_id, False
    return image_id, 200 <= status < 300 or status in _OF_WHAT_IS_THERE or None


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
