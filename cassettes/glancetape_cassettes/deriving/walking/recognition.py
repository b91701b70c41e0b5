"""Recognition: which dialect a recorded cloud follows, seen from its answers.

IMS adds `__isregistered` to links, sends `X-Request-Id` and `Server: api-gateway`, and ends with a
full page if nothing follows. Glance sends `X-Openstack-Request-Id` and, from version 17 on, shows
`os_hidden`. Its version document shows which versions of the API it has. Signs of several dialects
fit none: nothing is derived then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import orjson

from glancetape_cassettes.deriving.walking.shown_versions import LAST, versions_shown
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


def why_no_list(entries: Iterable[Entry]) -> str:
    """Why nothing is recognised in recorded entries, as the end of a sentence."""
    if any(asks_for_list(entry.asked.question) for entry in entries):
        return "no recorded list shows images as the image service does"
    return "no list of images is recorded"


def recognise(entries: Iterable[Entry]) -> Recognised | None:
    """Return the dialect of recorded entries; None when no page of images is recorded."""
    entries = list(entries)
    pages = [entry for entry in entries if asks_for_list(entry.asked.question)]
    # Only a last page shows how the cloud ends a list, so it is always looked at.
    some = [*pages[:: -(-len(pages) // _LOOKED_AT) or 1], *pages[-1:]]
    hosts = {entry.asked.host for entry in some}
    versions = set(versions_shown(entry for entry in entries if entry.asked.host in hosts))
    interactions = (entry.cassette.interaction(entry.index) for entry in some)
    return _judge(interactions, sorted(versions))


def _judge(interactions: Iterable[Interaction], versions: list[int]) -> Recognised | None:
    ims: dict[str, None] = {}
    glance: dict[str, None] = {}
    older: dict[str, None] = {}
    newer: dict[str, None] = {}
    seen_any = False
    for interaction in interactions:
        page = _page(interaction)
        if page is None:
            continue
        seen_any = True
        ims.update(dict.fromkeys(_signs_of_ims(interaction, page)))
        glance.update(dict.fromkeys(_signs_of_glance(interaction, page)))
        newer.update(dict.fromkeys(_signs_of_newer(page)))
        older.update(dict.fromkeys(_signs_of_older(page)))
    if not seen_any:
        return None
    if ims and not glance and not newer:
        return Recognised("ims", "; ".join(ims))
    for minor in versions if glance or newer else ():
        (older if minor <= LAST else newer)[f"v2.{minor} as the newest version"] = None
    if (glance or newer) and not ims and not older:
        return Recognised("glance", "; ".join([*glance, *newer]))
    if glance and not ims and not newer:
        return Recognised("glance-pre-17", "; ".join([*glance, *older]))
    kinds = (("IMS", ims), ("Glance", {**glance, **newer}), ("a Glance before 17", older))
    signs = [f"as {kind}: {'; '.join(found)}" for kind, found in kinds if found]
    return Recognised("", ", ".join(signs) or _NO_SIGNS)


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


def _signs_of_newer(page: _Page) -> Iterable[str]:
    if any("os_hidden" in image for image in page.images):
        yield "images with os_hidden"


def _signs_of_older(page: _Page) -> Iterable[str]:
    if any("os_hidden" not in image for image in page.images):
        yield "images without os_hidden"
