"""Recognition: which dialect a recorded cloud follows, seen from its answers.

IMS adds `__isregistered` to links, sends `X-Request-Id` and `Server: api-gateway`, and ends with a
full page if nothing follows. Glance sends `X-Openstack-Request-Id` and shows `os_hidden`. Signs of
both, or images without `os_hidden` from a Glance, fit no dialect: nothing is derived then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import orjson

from glancetape_cassettes.interaction import Interaction, header
from glancetape_cassettes.known_services import service_of_list
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.service import Service

_LOOKED_AT = 20  # pages; more show nothing new and take time at the start
_NO_SIGNS = "no signs of either"
_NAMED_BY_USER = "named by --dialect"


@dataclass(frozen=True, slots=True)
class Recognised:
    """The dialect of a recording, "" when its signs fit none, and these signs."""

    dialect: str
    signs: str


def recognise_as(dialect: str, entries: Iterable[Entry]) -> Recognised | None:
    """Return the named dialect, or for `auto` the one that `recognise` sees."""
    return recognise(entries) if dialect == "auto" else Recognised(dialect, _NAMED_BY_USER)


def recognise(entries: Iterable[Entry]) -> Recognised | None:
    """Return the dialect of recorded entries; None when no page is recorded."""
    pages = [entry for entry in entries if asks_for_list(entry.asked.question)]
    # Only a last page shows how the cloud ends a list, so it is always looked at.
    some = [*pages[:: -(-len(pages) // _LOOKED_AT) or 1], *pages[-1:]]
    return _judge(entry.cassette.interaction(entry.index) for entry in some)


def _judge(interactions: Iterable[Interaction]) -> Recognised | None:
    ims: dict[str, None] = {}
    glance: dict[str, None] = {}
    neither: dict[str, None] = {}
    seen_any = False
    for interaction in interactions:
        page = _page(interaction)
        if page is None:
            continue
        seen_any = True
        ims.update(dict.fromkeys(_signs_of_ims(interaction, page)))
        glance.update(dict.fromkeys(_signs_of_glance(interaction, page)))
        neither.update(dict.fromkeys(_signs_of_others(page)))
    if not seen_any:
        return None
    if ims and not glance:
        return Recognised("ims", "; ".join(ims))
    if glance and not ims and not neither:
        return Recognised("glance", "; ".join(glance))
    signs = [f"as IMS: {'; '.join(ims)}"] if ims else []
    signs += [f"as Glance: {'; '.join(glance)}"] if glance else []
    return Recognised("", ", ".join([*signs, *neither]) or _NO_SIGNS)


class _Page:
    """The images and links of a page, and the parameters that it was asked with."""

    def __init__(self, interaction: Interaction, value: dict[str, object]) -> None:
        images = value["images"]
        assert isinstance(images, list)
        self.images = [image for image in images if isinstance(image, dict)]
        asked = parse_qsl(urlsplit(interaction.request.uri).query, keep_blank_values=True)
        self.asked = dict(asked)
        first = value.get("first")
        link = first if isinstance(first, str) else ""
        self.linked = dict(parse_qsl(link.partition("?")[2]))
        self.has_next = value.get("next") is not None


def _page(interaction: Interaction) -> _Page | None:
    try:
        value = orjson.loads(interaction.response.body)
    except ValueError:
        return None
    if interaction.response.status != 200 or not isinstance(value, dict):
        return None
    if not isinstance(value.get("images"), list) or service_of_list(value) is Service.OTHER:
        return None
    return _Page(interaction, value)


def _signs_of_ims(interaction: Interaction, page: _Page) -> Iterable[str]:
    if "__isregistered" in page.linked and "__isregistered" not in page.asked:
        yield "links with __isregistered added"
    if header(interaction.response.headers, "x-request-id"):
        yield "X-Request-Id"
    if header(interaction.response.headers, "server") == "api-gateway":
        yield "Server: api-gateway"
    full = page.images and str(len(page.images)) == page.asked.get("limit", "")
    if full and not page.has_next:
        yield "a full last page without next"


def _signs_of_glance(interaction: Interaction, page: _Page) -> Iterable[str]:
    if header(interaction.response.headers, "x-openstack-request-id"):
        yield "X-Openstack-Request-Id"
    if page.images and all("os_hidden" in image for image in page.images):
        yield "images with os_hidden"


def _signs_of_others(page: _Page) -> Iterable[str]:
    if any("os_hidden" not in image for image in page.images):
        yield "images without os_hidden, so a Glance before 17, whose rules differ"
