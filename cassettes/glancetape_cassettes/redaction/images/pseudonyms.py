"""Images that may be shared: every text that people chose is replaced by a stand-in.

    {"name": "acme-web-3", "__os_version": "Ubuntu 22.04 server 64bit", "cost-center": "4711"}
    {"name": "standin-text-9c...", "__os_version": "Ubuntu 22.04 server 64bit",
     "standin-text-07...": "standin-text-e1..."}

The same text has the same stand-in everywhere, so a filter by a name or a tag still finds the same
images. What the cloud's documents define stays: states, sizes, times, systems, and links between
images. Any other text in their fields is replaced, too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from glancetape_cassettes.imageset.image_fields import FIELDS, LINKS_TO_IMAGES
from glancetape_cassettes.redaction.images.defined_values import (
    LOCATION,
    ORIGIN,
    THINGS,
    has_defined_form,
    is_defined,
    is_id,
)
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction, count_differences
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.redaction.stand_ins import StandIns, is_stand_in

_BUCKET = re.compile(r"[^:]*:\d+:pcsims([0-9a-f]{32})")
_STORE = "192.0.2.10:5443:pcsims"  # an address for documentation (RFC 5737)
_PLAIN = frozenset(["", "null", "true", "false", "True", "False", "0", PLACEHOLDER])
"""Texts that say nothing about who chose them."""
_ENDING = re.compile(r"\.(?:zvhd2?|vhdx?|vmdk|vdi|raw|qcow2?|qed|iso|img)\Z", re.IGNORECASE)
_LINKS = {"self": "/v2/images/{}", "file": "/v2/images/{}/file", "schema": "/v2/schemas/image"}
"""Field -> what Glance writes there for an id; clouds put names of theirs before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonymisation(ImageRedaction):
    """Redacts images, and then replaces what people chose; it can be sent to another process."""

    def __call__(self, image: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Return an image as it may be shared, and how many of its values were replaced."""
        # Not super(): a dataclass with slots is made twice, and super() knows only the first.
        redacted, replaced = ImageRedaction.__call__(self, image)
        shared = _pseudonyms(self.key).image(redacted)
        return shared, replaced + count_differences(redacted, shared)


@lru_cache(maxsize=4)
def _pseudonyms(key: bytes) -> "_Pseudonyms":
    return _Pseudonyms(StandIns(key))


class _Pseudonyms:
    """Replaces texts with the stand-ins of one key."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins
        self._replace: Mapping[str, Callable[[str], str]] = {
            ORIGIN: self._origin,
            LOCATION: self._location,
            **dict.fromkeys(THINGS, stand_ins.identity),
            **dict.fromkeys(("id", *LINKS_TO_IMAGES), self._image),
        }
        """Field -> what makes another value of the same form."""

    def image(self, image: Mapping[str, Any]) -> dict[str, Any]:
        """Return an image in which every text that people chose is replaced."""
        found: dict[str, Any] = {}
        for name, value in image.items():
            if name == "tags":
                found[name] = list(dict.fromkeys(map(self._tag, value)))
            elif name == "locations":
                found[name] = []
            elif name in _LINKS:
                found[name] = _LINKS[name].format(self._image(image["id"]))
            else:
                found[self._name(name)] = self._value(name, value)
        return found

    def _name(self, name: str) -> str:
        return name if is_defined(name) else self._stand_ins.text(name)

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, list | dict) and name not in FIELDS:
            return self._stand_ins.text(repr(value))
        if not isinstance(value, str) or value in _PLAIN or is_stand_in(value):
            return value
        if has_defined_form(name, value):
            return value
        return self._replace.get(name, self._stand_ins.text)(value)

    def _tag(self, tag: str) -> str:
        """Replace key and value of a tag, each by itself."""
        key, mark, value = tag.partition("=")
        return f"{self._text(key)}{mark}{self._text(value)}"

    def _text(self, text: str) -> str:
        return text if text in _PLAIN or is_stand_in(text) else self._stand_ins.text(text)

    def _image(self, text: str) -> str:
        """Keep the id of an image, unless people chose it."""
        return text if is_id(text) or text in _PLAIN else self._stand_ins.identity(text)

    def _origin(self, text: str) -> str:
        """Keep how an image was made, and from which image; replace servers, buckets, files."""
        way, comma, rest = text.partition(",")
        if way in ("instance", "volume", "server_backup"):
            return f"{way}{comma}{self._stand_ins.identity(rest)}"
        if way == "image":
            region, comma_2, source = rest.rpartition(",")
            return f"{way}{comma}{self._text(region)}{comma_2}{self._image(source)}"
        if way == "file":
            bucket, colon, name = rest.partition(":")
            ending = _ENDING.search(name)
            return (
                f"{way}{comma}{self._text(bucket)}{colon}{self._text(name)}"
                f"{ending[0] if ending else ''}"
            )
        return self._text(text)

    def _location(self, text: str) -> str:
        """Replace address and bucket of the data; the project in it is its owner's stand-in."""
        place, colon, image_id = text.rpartition(":")
        image_id = self._image(image_id)
        if (found := _BUCKET.fullmatch(place)) is not None:
            return f"{_STORE}{self._stand_ins.identity(found[1])}:{image_id}"
        return f"{self._text(place)}{colon}{image_id}"
