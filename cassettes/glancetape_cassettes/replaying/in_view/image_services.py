"""Which addresses of a recording lead to the same image service.

A catalog of Keystone names an address for each interface of a service; a client may use any.

    catalog     RegionOne: public http://image.test, internal http://10.0.0.5:9292
                RegionTwo: public http://image.test/two
    the same    http://image.test/v2/images, http://image.test/v2.9/images, http://10.0.0.5:9292/...
    another     http://image.test/two/v2/images

Where no catalog tells, two addresses may be the same if they show a common image, or if not both of
them list images: one by itself may have been made just now. Two regions may have images with the
same ids, too. So what one of the two shows may contradict the other, and neither proves anything
about the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.known_services import endpoints_in, may_show_catalog
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.question import asks_for_list, host_of
from glancetape_cassettes.service import list_beside_native, prefix_of, read_image_path

Address = tuple[str | None, str]
"""A host, and the path of its list of images, whichever version of the API a request names."""


def address_at(host: str | None, path: str) -> Address | None:
    """The address that a request is sent to; None if its path is not that of an image service.

    >>> address_at("image.test", "/glance/v2.9/images/ID/file")
    ('image.test', '/glance/v2/images')
    """
    parts = read_image_path(path)
    return None if parts is None else (host, parts.whichever_version)


def address_of(entry: Entry) -> Address | None:
    """The address that a recorded request was sent to; None if it was to no image service."""
    return address_at(entry.asked.host, entry.asked.question.path)


def address_of_native(entry: Entry) -> Address | None:
    """The address of the service whose own list of IMS was asked for; None for anything else."""
    question = entry.asked.question
    path = list_beside_native(question.path) if question.method == "GET" else None
    return None if path is None else (entry.asked.host, path)


def served_at(entry: Entry) -> Address | None:
    """The address of the image service that a request was sent to, by Glance's API or IMS's own."""
    return address_of(entry) or address_of_native(entry)


class ImageServices:
    """The image services that recorded requests were sent to."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Take all recorded requests; what they show is read when it is needed."""
        self._entries = entries
        self._one_of: dict[tuple[Address, Address], bool] = {}
        self._shown: dict[Address, Mapping[str, bool]] = {}

    def is_same(self, one: Address | None, other: Address | None) -> bool:
        """Whether two addresses surely lead to the same service."""
        if one == other:
            return True
        return None not in (one, other) and self.name_of(one) == self.name_of(other)

    def may_be_same(self, one: Address | None, other: Address | None) -> bool:
        """Whether two addresses may lead to the same service."""
        if self.is_same(one, other):
            return True
        if one is None or other is None:
            return False
        if (one, other) not in self._one_of:
            self._one_of[one, other] = self._may_be_one(one, other)
        return self._one_of[one, other]

    def name_of(self, address: Address | None) -> Address | None:
        """The first address of the service; the same for all that surely lead to it."""
        return self._names.get(address, address) if address is not None else None

    def _may_be_one(self, one: Address, other: Address) -> bool:
        if one in self._regions and other in self._regions:
            return False  # each is in a catalog, and they are together in none
        left, right = self._shown_at(one), self._shown_at(other)
        if not left.keys().isdisjoint(right):
            return True
        return not (any(left.values()) and any(right.values()))

    def _shown_at(self, address: Address) -> Mapping[str, bool]:
        """The ids of all images that an address showed, and whether in a list."""
        if address not in self._shown:
            found: dict[str, bool] = {}
            for entry in (one for one in self._entries if served_at(one) == address):
                is_list = asks_for_list(entry.asked.question)
                for image in images_shown_by(entry):
                    if isinstance(image_id := image.get("id"), str):
                        found[image_id] = is_list or found.get(image_id, False)
            self._shown[address] = found
        return self._shown[address]

    @cached_property
    def _names(self) -> dict[Address, Address]:
        """Of each address that a catalog puts together with others, the first of these."""
        together: dict[Address, set[Address]] = {}
        in_region: dict[tuple[str | None, str], set[Address]] = {}
        for address, regions in self._regions.items():
            for region in regions:
                in_region.setdefault(region, set()).add(address)
        for addresses in in_region.values():
            joined = addresses.union(*(together.get(one, set()) for one in addresses))
            together |= dict.fromkeys(joined, joined)
        return {one: min(joined, key=str) for one, joined in together.items()}

    @cached_property
    def _regions(self) -> dict[Address, set[tuple[str | None, str]]]:
        """The regions that catalogs put an address in, each with the host of its Keystone."""
        found: dict[Address, set[tuple[str | None, str]]] = {}
        for entry in self._entries:
            if not may_show_catalog(entry.asked.question.path):
                continue
            value = _shown_by(entry)
            for endpoint in endpoints_in(value):
                if endpoint.is_of_images:
                    prefix = prefix_of(urlsplit(endpoint.url).path)
                    address = host_of(endpoint.url), f"{prefix}/v2/images"
                    found.setdefault(address, set()).add((entry.asked.host, endpoint.region))
        return found


def images_shown_by(entry: Entry) -> Iterator[dict[str, Any]]:
    """The images in a recorded answer; one without a list may show an image by itself."""
    value = _shown_by(entry)
    images = value.get("images")
    for image in images if isinstance(images, list) else [value]:
        if isinstance(image, dict):
            yield image


def _shown_by(entry: Entry) -> dict[str, Any]:
    """The JSON object of a recorded answer; empty for a refusal and for other bodies."""
    try:
        status, value = entry.cassette.json_answer(entry.index)
    except CassetteError:  # it is reported when the interaction is asked for
        return {}
    return value if 200 <= status < 300 and isinstance(value, dict) else {}
