"""Recognition: which dialect a recorded cloud follows, seen from its answers.

IMS adds `__isregistered` to links, sends `X-Request-Id` and `Server: api-gateway`, and ends with a
full page if nothing follows. Glance sends `X-Openstack-Request-Id` and, from version 17 on, shows
`os_hidden`. Its version document shows which versions of the API it has. Signs of several dialects
at one address fit none: nothing is derived there then. A recording may hold several clouds, each at
addresses of its own, so each address is judged by its own lists:

    http://ims.test/v2/images       links with __isregistered added     ims
    http://glance.test/v2/images    X-Openstack-Request-Id              glance
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from glancetape_cassettes.deriving.walking.shown_versions import LAST, versions_shown
from glancetape_cassettes.interaction import Headers, Source, header
from glancetape_cassettes.known_services import service_of_list
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.in_view.image_services import Address, address_of
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.service import Service

_LOOKED_AT = 20  # pages; more show nothing new and take time at the start
_NO_SIGNS = "no signs of either"
_NAMED_BY_USER = "named by --dialect"
_Signs = dict[str, Source | None]
"""Each sign with the first recording that shows it; None for a version document."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The dialect of a recording, "" when its signs fit none, and these signs."""

    dialect: str
    """Of several clouds, that of the one from which most lists are recorded."""
    signs: str
    others: tuple[str, ...] = ()
    """The dialects of the other clouds in the recording."""
    is_mixed: bool = False
    """Whether different recordings of one address have the signs of different clouds."""

    @property
    def names(self) -> str:
        """All dialects of the recording, for people."""
        return " and ".join((self.dialect, *self.others))

    @property
    def why_none(self) -> str:
        """Why nothing is derived without a dialect, and what to do, as the end of a sentence."""
        again = (
            "; record the service as it is now into another cassette, or name its dialect "
            "with --dialect"
        )
        return f"({self.signs}){again if self.is_mixed else '; --dialect names one'}"


def recognise_as(dialect: str, entries: Iterable[Entry]) -> Recognised | None:
    """Return the named dialect, or for `auto` the one that `recognise` sees."""
    return recognise(entries) if dialect == "auto" else Recognised(dialect, _NAMED_BY_USER)


def why_no_list(entries: Iterable[Entry]) -> str:
    """Why nothing is recognised in recorded entries, as the end of a sentence."""
    if any(asks_for_list(entry.asked.question) for entry in entries):
        return "no recorded list shows images as the image service does"
    return "no list of images is recorded"


def recognise(entries: Iterable[Entry]) -> Recognised | None:
    """Return the dialect of recorded entries; None when no page of images is recorded.

    Each address is judged by its own lists; the others of its cloud may have more signs.
    """
    entries = list(entries)
    whole = recognise_one_cloud(entries)
    lists = Counter(address_of(one) for one in entries if asks_for_list(one.asked.question))
    if len(lists) < 2:
        return whole
    found = [(one, recognise_at(one, entries)) for one, _ in lists.most_common()]
    clouds = [(one, cloud) for one, cloud in found if cloud is not None]
    dialects = list(dict.fromkeys(cloud.dialect for _, cloud in clouds if cloud.dialect))
    if not dialects or (whole is not None and [whole.dialect] == dialects):
        return whole
    signs = (
        f"{address_in_words(one)} as {cloud.dialect or 'none'}: {cloud.signs}"
        for one, cloud in clouds
    )
    return Recognised(dialects[0], "; ".join(signs), tuple(dialects[1:]))


def recognise_at(address: Address | None, entries: Iterable[Entry]) -> Recognised | None:
    """Return the dialect that the lists of one address show; None when it has no page of images."""
    return recognise_one_cloud([one for one in entries if address_of(one) in (None, address)])


def recognise_one_cloud(entries: Sequence[Entry]) -> Recognised | None:
    """Return the dialect of entries that are taken for one cloud's; None without a page."""
    pages = [entry for entry in entries if asks_for_list(entry.asked.question)]
    # Only a last page shows how the cloud ends a list, so it is always looked at.
    some = [*pages[:: -(-len(pages) // _LOOKED_AT) or 1], *pages[-1:]]
    hosts = {entry.asked.host for entry in some}
    versions = set(versions_shown(entry for entry in entries if entry.asked.host in hosts))
    return _judge(some, sorted(versions))


def address_in_words(address: Address | None) -> str:
    """An address for people: `glance.test/v2/images`."""
    return "".join(part or "" for part in address) if address is not None else "another path"


def _judge(entries: Iterable[Entry], versions: list[int]) -> Recognised | None:
    ims: _Signs = {}
    glance: _Signs = {}
    older: _Signs = {}
    newer: _Signs = {}
    seen_any = False
    for entry in entries:
        page = _page(entry)
        if page is None:
            continue
        seen_any = True
        for signs, found in (
            (ims, _signs_of_ims(page)),
            (glance, _signs_of_glance(page)),
            (newer, _signs_of_newer(page)),
            (older, _signs_of_older(page)),
        ):
            for sign in found:
                signs.setdefault(sign, entry.source)
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
    return _of_several_kinds({kind: signs for kind, signs in kinds if signs})


def _of_several_kinds(kinds: Mapping[str, _Signs]) -> Recognised:
    """Nothing that is known: the signs of several kinds of clouds, or none of any.

    Where different recordings show them, the service may have become another one in between.
    """
    shown = {kind: next(filter(None, signs.values()), None) for kind, signs in kinds.items()}
    is_mixed = len(set(shown.values()) - {None}) > 1
    where = {kind: f" in {source}" if is_mixed and source else "" for kind, source in shown.items()}
    signs = [f"as {kind}: {'; '.join(found)}{where[kind]}" for kind, found in kinds.items()]
    return Recognised("", ", ".join(signs) or _NO_SIGNS, is_mixed=is_mixed)


class _Page:
    """The headers, images and links of a page, and the parameters that it was asked with."""

    def __init__(self, uri: str, headers: Headers, value: dict[str, object]) -> None:
        self.headers = headers
        images = value["images"]
        assert isinstance(images, list)
        self.images = [image for image in images if isinstance(image, dict)]
        asked = parse_qsl(urlsplit(uri).query, keep_blank_values=True)
        self.asked = dict(asked)
        first = value.get("first")
        link = first if isinstance(first, str) else ""
        self.linked = dict(parse_qsl(link.partition("?")[2]))
        self.has_next = value.get("next") is not None


def _page(entry: Entry) -> _Page | None:
    status, value = entry.cassette.json_answer(entry.index)
    if status != 200 or not isinstance(value, dict):
        return None
    if not isinstance(value.get("images"), list) or service_of_list(value) is Service.OTHER:
        return None
    uri = entry.cassette.request(entry.index).uri
    return _Page(uri, entry.cassette.answer_headers(entry.index), value)


def _signs_of_ims(page: _Page) -> Iterable[str]:
    if "__isregistered" in page.linked and "__isregistered" not in page.asked:
        yield "links with __isregistered added"
    if header(page.headers, "x-request-id"):
        yield "X-Request-Id"
    if header(page.headers, "server") == "api-gateway":
        yield "Server: api-gateway"
    full = page.images and str(len(page.images)) == page.asked.get("limit", "")
    if full and not page.has_next:
        yield "a full last page without next"


def _signs_of_glance(page: _Page) -> Iterable[str]:
    if header(page.headers, "x-openstack-request-id"):
        yield "X-Openstack-Request-Id"


def _signs_of_newer(page: _Page) -> Iterable[str]:
    if any("os_hidden" in image for image in page.images):
        yield "images with os_hidden"


def _signs_of_older(page: _Page) -> Iterable[str]:
    if any("os_hidden" not in image for image in page.images):
        yield "images without os_hidden"
