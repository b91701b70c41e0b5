"""Views: what one caller sees at one place, and what a recorded request shows of it.

view       project a at http://glance/v2/images
a  GET /v2/images              is of the view
a  GET /v2.9/images            of the same service, so it shows what the view shows
a  X-Api-Version: Queens       of another view of this service: it may contradict this one
b  GET /v2/images              of another caller: it shows what everybody sees
?  GET /v2/images              of a cassette with another key: it may be a's
a  GET http://other/v2/images  of another cloud
"""

from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from glancetape_cassettes.redaction.stand_ins import STAND_IN_MARKS
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.in_view.image_services import Address, address_at, address_of
from glancetape_cassettes.replaying.question import Question, asks_for_list
from glancetape_cassettes.service import read_image_path


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one caller sees at one place. One view proves nothing about another."""

    host: str | None
    path: str
    """The path of the lists; a host may have several services."""
    caller: Caller | None
    api_version: str

    @property
    def address(self) -> Address | None:
        """The address of its service."""
        return address_at(self.host, self.path)

    def __str__(self) -> str:
        """A text that differs for each view."""
        return repr((self.host, self.path, str(self.caller or ""), self.api_version))


class Whose(Enum):
    """Whether a request is of the caller of a view."""

    OWN = "the caller's own"
    PERHAPS = "perhaps the caller's"
    """Of a cassette that is redacted with another key, so that callers cannot be compared."""
    OTHER = "another caller's"


def view_of(entry: Entry) -> View:
    """The view that a recorded request belongs to."""
    asked, path = entry.asked, read_image_path(entry.asked.question.path)
    return View(
        host=asked.host,
        path=asked.question.path if path is None else path.of_list,
        caller=asked.caller,
        api_version=asked.question.api_version,
    )


def list_path_of(question: Question) -> str:
    """The path of the list at whose service a question is asked."""
    path = read_image_path(question.path)
    return question.path if path is None else path.of_list


def image_in(uri: str) -> str:
    """What a request for one image names, as it was sent."""
    path = read_image_path(urlsplit(uri).path)
    return path.image_id if path is not None else ""


def is_answered_list(entry: Entry) -> bool:
    """Whether a recorded request is one for a list that the cloud gave."""
    question = entry.asked.question
    return asks_for_list(question) and entry.status == 200


def is_about(entry: Entry, view: View) -> bool:
    """Whether a response to the caller of a view may show, or contradict, what the view shows."""
    return entry.asked.caller == view.caller and is_at_place_of(entry, view)


def is_at_place_of(entry: Entry, view: View) -> bool:
    """Whether a request went to the address of a view, whoever sent it, by the same rules.

    The host's other paths for the API (`/v2.9/images`) are the same service.
    """
    address = address_of(entry)
    return address is not None and address == view.address and _has_rules_of(entry, view)


def _has_rules_of(entry: Entry, view: View) -> bool:
    """Whether a response is by the rules of a view's API version: refusals are, in any version."""
    if entry.asked.question.api_version == view.api_version:
        return True
    return 400 <= entry.status < 500


def other_version(entry: Entry, view: View) -> str:
    """The API version that a request asked for; "" if it is a view's."""
    asked = entry.asked.question.api_version
    return "" if asked == view.api_version else asked


def whose(caller: Caller | None, view: View, *, same_key: bool) -> Whose:
    """Whether a caller is that of a view; `same_key` if both are redacted alike.

    Requests without credentials have one caller, and real ids are the same under any key.
    """
    if same_key:
        return Whose.OWN if caller == view.caller else Whose.OTHER
    if caller is None or view.caller is None:
        return Whose.OTHER
    if caller.project is None or view.caller.project is None:
        return Whose.PERHAPS
    if any(mark in caller.id + view.caller.id for mark in STAND_IN_MARKS):
        return Whose.PERHAPS
    return Whose.PERHAPS if caller == view.caller else Whose.OTHER
