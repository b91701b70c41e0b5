"""Rules on the operating system: platform, version, bits, firmware, architecture."""

import json
import re
from functools import lru_cache
from typing import Any

from glancetape_generators.validation.rules.facts import (
    APPS_OF_LINUX,
    APPS_OF_WINDOWS,
    CHOICE,
    DOCUMENT,
    MEANING,
    OBSERVED,
    PLATFORMS,
    SAMPLES,
    UEFI,
    UEFI_VERSIONS,
    WORDS_OF_SYSTEMS,
    plain,
)
from glancetape_generators.validation.rules.origins import way_of
from glancetape_generators.validation.rules.rule import DIFFERS, UNSEEN, Image, RuleTable, shown

rule = RuleTable[Any]()

_NAMING = frozenset({"__platform", "__os_version", "__os_bit"})
_WITH_SYSTEM = frozenset({"FusionCompute", "Ironic", "IsoImage"})
_ON_VIRTUAL_X86 = frozenset(
    "__support_kvm __support_xen __support_xen_gpu_type __support_kvm_gpu_type "
    "__support_xen_hana __support_kvm_infiniband __support_largememory "
    "__support_diskintensive __support_highperformance".split()
)
_bits_at_end = re.compile(r"(?:.* |^)(32|64)bit|other\((32|64) bit\)").fullmatch
_OS_TYPES = ("Linux", "Windows", "Other")
_BOOLEANS = ("true", "false")


@lru_cache(maxsize=1024)
def read_version(version: str) -> tuple[str, str | None]:
    """Return a version's plain spelling, and the bits that it ends with or None."""
    text = plain(version)
    found = _bits_at_end(text)
    return text, (found[1] or found[2]) if found else None


@rule(DOCUMENT, DIFFERS)
def platform_value(image: Image) -> str | None:
    """__platform is one that the document lists, or a newer one that clouds list or show."""
    found = image.get("__platform")
    return None if found is None or found in PLATFORMS else f"__platform is {shown(found)}"


@rule(DOCUMENT, DIFFERS)
def os_type_value(image: Image) -> str | None:
    """__os_type is Linux, Windows or Other."""
    found = image.get("__os_type")
    return None if found is None or found in _OS_TYPES else f"__os_type is {shown(found)}"


@rule(DOCUMENT)
def os_type_of_platform(image: Image) -> str | None:
    """__os_type is Windows for the platform Windows, Other for Other, and Linux otherwise."""
    platform, found = image.get("__platform"), image.get("__os_type")
    if platform is None or found not in _OS_TYPES:
        return None
    wanted = platform if platform in ("Windows", "Other") else "Linux"
    return None if found == wanted else f"__os_type is {shown(found)}, platform {shown(platform)}"


@rule(DOCUMENT, DIFFERS)
def system_complete(image: Image) -> str | None:
    """__platform, __os_version and __os_bit are all present or all absent."""
    if image.keys() >= _NAMING or _NAMING.isdisjoint(image):
        return None
    return f"no {', '.join(sorted(_NAMING - image.keys()))}"


@rule(SAMPLES, UNSEEN)
def system_named(image: Image) -> str | None:
    """An image for an ECS or a BMS, and an ISO image, has a platform."""
    if "__platform" in image or image.get("virtual_env_type") not in _WITH_SYSTEM:
        return None
    return f"no __platform, virtual_env_type {shown(image['virtual_env_type'])}"


@rule(DOCUMENT, DIFFERS)
def version_of_platform(image: Image) -> str | None:
    """__os_version begins with the name of its platform."""
    version, words = image.get("__os_version"), PLATFORMS.get(image.get("__platform", ""))
    if version is None or words is None:
        return None
    text = read_version(version)[0]
    if text.startswith(words) and text[len(words) : len(words) + 1] in (" ", "("):
        return None
    return f"__os_version is {shown(version)}, platform {shown(image['__platform'])}"


@rule(MEANING)
def version_of_another(image: Image) -> str | None:
    """__os_version does not begin with the name of another platform."""
    version, words = image.get("__os_version"), PLATFORMS.get(image.get("__platform", ""))
    if version is None or words is None:
        return None
    begun = _platform_named(read_version(version)[0])
    if begun in (None, words):
        return None
    return f"__os_version is {shown(version)}, platform {shown(image['__platform'])}"


def _platform_named(text: str) -> str | None:
    """The words of the platform that a version begins with."""
    begun = [words for words in set(PLATFORMS.values()) if text.startswith(f"{words} ")]
    return max(begun, key=len, default=None)


@rule(DOCUMENT, DIFFERS)
def version_bits(image: Image) -> str | None:
    """__os_version ends with the bits, like `64bit`; for CoreOS it need not."""
    version = image.get("__os_version")
    if version is None or read_version(version)[1] or image.get("__platform") == "CoreOS":
        return None
    return f"__os_version is {shown(version)}"


@rule(DOCUMENT)
def os_bit(image: Image) -> str | None:
    """__os_bit is 32 or 64, as in __os_version; 64 if the version has none."""
    found = image.get("__os_bit")
    if found is None:
        return None
    wanted = read_version(image.get("__os_version", ""))[1]
    if wanted is None:
        wanted = "64" if image.get("__platform") == "CoreOS" or found not in ("32", "64") else found
    return None if found == wanted else f"__os_bit is {shown(found)}, not {wanted}"


@rule(DOCUMENT, DIFFERS)
def firmware_value(image: Image) -> str | None:
    """hw_firmware_type is bios or uefi."""
    found = image.get("hw_firmware_type")
    return None if found in (None, "bios", "uefi") else f"hw_firmware_type is {shown(found)}"


@rule(CHOICE, UNSEEN)
def iso_without_firmware(image: Image) -> str | None:
    """An ISO image has no hw_firmware_type."""
    if "hw_firmware_type" in image and image.get("virtual_env_type") == "IsoImage":
        return "ISO image with hw_firmware_type"
    return None


@rule(UEFI)
def uefi_bits(image: Image) -> str | None:
    """Only 64-bit systems boot with UEFI."""
    if image.get("hw_firmware_type") != "uefi" or image.get("__os_bit", "64") != "32":
        return None
    return "hw_firmware_type is uefi, __os_bit 32"


@rule(UEFI, DIFFERS)
def uefi_version(image: Image) -> str | None:
    """Only the versions that the document lists, and all systems on ARM, boot with UEFI."""
    if image.get("hw_firmware_type") != "uefi" or image.get("__support_arm") == "true":
        return None
    version = image.get("__os_version")
    if version is None or read_version(version)[0] in UEFI_VERSIONS:
        return None
    return f"hw_firmware_type is uefi, __os_version {shown(version)}"


@rule(OBSERVED)
def arm_firmware(image: Image) -> str | None:
    """An image for ARM boots with UEFI."""
    if image.get("__support_arm") != "true" or image.get("hw_firmware_type") == "uefi":
        return None
    return f"hw_firmware_type is {shown(image.get('hw_firmware_type'))}, __support_arm true"


@rule(OBSERVED, UNSEEN)
def arm_without(image: Image) -> str | None:
    """An image for ARM supports nothing that only x86 servers have."""
    if image.get("__support_arm") != "true":
        return None
    found = sorted(_ON_VIRTUAL_X86 & image.keys())
    if image.get("__support_amd") == "true":
        found.append("__support_amd")
    return f"image for ARM with {', '.join(found)}" if found else None


@rule(MEANING)
def arm_system(image: Image) -> str | None:
    """An image for ARM has a 64-bit system that is not Windows."""
    if image.get("__support_arm") != "true":
        return None
    if image.get("__os_bit", "64") != "64":
        return f"__os_bit is {shown(image['__os_bit'])}, __support_arm true"
    return "Windows, __support_arm true" if image.get("__os_type") == "Windows" else None


@rule(OBSERVED, UNSEEN)
def feature_list(image: Image) -> str | None:
    """__os_feature_list is the text of a JSON object whose values are "true" or "false"."""
    found = image.get("__os_feature_list")
    if found is None or _are_features(found):
        return None
    return f"__os_feature_list is {shown(found)}"


@lru_cache(maxsize=64)
def _are_features(text: str) -> bool:
    try:
        features = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(features, dict) and all(value in _BOOLEANS for value in features.values())


# Names are free text, so the rules on words in them are notes.
_words_in = re.compile("[a-z]+").findall


@rule(MEANING, UNSEEN)
def app_of_system(image: Image) -> str | None:
    """An app that only Linux or only Windows runs is named only in images of it."""
    system, name = image.get("__os_type"), image.get("name")
    if system not in ("Linux", "Windows") or name is None or image.get("__imagetype") == "market":
        return None
    strange = APPS_OF_WINDOWS if system == "Linux" else APPS_OF_LINUX
    found = strange.intersection(_words_in(name.lower()))
    return f"name is {shown(name)}, __os_type {system}" if found else None


@rule(MEANING, UNSEEN)
def file_of_system(image: Image) -> str | None:
    """A file that is named after a system holds an image of this system."""
    platform, origin = image.get("__platform"), image.get("__data_origin")
    if way_of(image) != "file" or platform is None or origin is None:
        return None
    found = [
        named
        for word in _words_in(origin.rpartition("/")[2].rpartition(":")[2].lower())
        if (named := WORDS_OF_SYSTEMS.get(word)) is not None
    ]
    if not found or any(platform in named for named in found):
        return None
    return f"__data_origin is {shown(origin)}, __platform {shown(platform)}"
