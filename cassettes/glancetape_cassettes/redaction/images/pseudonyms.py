"""Images that may be shared: every text that people chose is replaced by a stand-in.

    {"name": "acme-web-3", "__os_version": "Ubuntu 22.04 server 64bit", "cost-center": "4711"}
    {"name": "standin-text-9c...", "__os_version": "Ubuntu 22.04 server 64bit",
     "standin-text-07...": "standin-text-e1..."}

The same text has the same stand-in everywhere, so a filter by a name or a tag still finds the same
images. What the cloud's documents define stays: states, sizes, times, systems, and links between
images.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from glancetape_cassettes.imageset.image_fields import FIELDS, LINKS_TO_IMAGES
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction, count_differences
from glancetape_cassettes.redaction.policy import PLACEHOLDER, Treatment, field_treatment
from glancetape_cassettes.redaction.stand_ins import StandIns, is_stand_in

_FREE = frozenset(["name", "direct_url"])
"""Fields of the API whose text people choose, or that has names of stores in it."""
# Properties whose values a document of IMS or Glance lists, or the service sets.
_DEFINED = frozenset(
    """
    max_ram active_at virtual_env_type hw_firmware_type hw_vif_multiqueue_enabled
    __image_size __image_source_type __imagetype __is_config_init __is_offshelved __isregistered
    __lazyloading __os_bit __os_feature_list __os_type __os_version __platform __root_origin
    __sequence_num __support_agent_list __whole_image __system_support_market __quick_start
    __system_support_export __productcode
    architecture hypervisor_type vm_mode os_type os_distro os_version os_require_quiesce
    os_secure_boot os_shutdown_timeout image_type image_state image_location container_format
    bdm_v2 root_device_name auto_disk_config
    """.split()
)
_DEFINED_BEGIN = ("__support_", "hw_", "img_config_", "trait:")
_DEFINED_VALUE = re.compile(r"[^\x00-\x1f\x7f]{0,80}")
_FEATURES = "__os_feature_list"
_THINGS = frozenset("__backup_id __system__cmkid instance_uuid".split())
"""Properties with the id of a server, a backup or a key."""
_ORIGIN, _LOCATION = "__data_origin", "__image_location"
_BUCKET = re.compile(r"[^:]*:\d+:pcsims([0-9a-f]{32})")
_STORE = "192.0.2.10:5443:pcsims"  # an address for documentation (RFC 5737)
_PLAIN = frozenset(["", "null", "true", "false", "True", "False", "0", PLACEHOLDER])
"""Texts that say nothing about who chose them."""
_ENDING = re.compile(r"\.(?:zvhd2?|vhdx?|vmdk|vdi|raw|qcow2?|qed|iso|img)\Z", re.IGNORECASE)


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
            _ORIGIN: self._origin,
            _LOCATION: self._location,
            **dict.fromkeys(_THINGS, stand_ins.identity),
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
        if _stays(name, value):
            return value
        return self._replace.get(name, self._stand_ins.text)(value)

    def _tag(self, tag: str) -> str:
        """Replace key and value of a tag, each by itself."""
        key, mark, value = tag.partition("=")
        return f"{self._text(key)}{mark}{self._text(value)}"

    def _text(self, text: str) -> str:
        return text if text in _PLAIN or is_stand_in(text) else self._stand_ins.text(text)

    def _origin(self, text: str) -> str:
        """Keep how an image was made, and from which image; replace servers, buckets, files."""
        way, comma, rest = text.partition(",")
        if way in ("instance", "volume", "server_backup"):
            return f"{way}{comma}{self._stand_ins.identity(rest)}"
        if way == "image":
            region, comma_2, source = rest.rpartition(",")
            return f"{way}{comma}{self._text(region)}{comma_2}{source}"
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
        if (found := _BUCKET.fullmatch(place)) is not None:
            return f"{_STORE}{self._stand_ins.identity(found[1])}:{image_id}"
        return f"{self._text(place)}{colon}{image_id}"


def is_defined(name: str) -> bool:
    """Whether a document of IMS or Glance defines a field, so that its name says nothing."""
    return (
        name in FIELDS
        or name in _DEFINED
        or name in LINKS_TO_IMAGES
        or name in _THINGS
        or name in (_ORIGIN, _LOCATION, "__description", "description", "direct_url")
        or name in ("__account_code", "__image_displayname")
        or name.startswith(_DEFINED_BEGIN)
        or field_treatment(name) in (Treatment.ID, Treatment.NAME)
    )


def _stays(name: str, value: str) -> bool:
    """Whether a value is one of few that a document lists, or a link to an image."""
    if name in FIELDS:
        return name not in _FREE
    if name in LINKS_TO_IMAGES or name == _FEATURES:
        return True
    is_listed = name in _DEFINED or name.startswith(_DEFINED_BEGIN)
    return is_listed and _DEFINED_VALUE.fullmatch(value) is not None
