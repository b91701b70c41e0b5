"""What a cloud could have breaks no rule, however odd it looks."""

from typing import Any

import pytest

from glancetape_generators.validation import check_image, validate_images
from support.images.good_images import GOOD, good_images


def test_good_images_break_no_rule() -> None:
    """Every kind of image, made in every way."""
    assert [] == validate_images(good_images())


def test_no_images_break_no_rule() -> None:
    """An empty set is valid."""
    assert [] == validate_images([])


@pytest.mark.parametrize("what", GOOD)
def test_a_good_image_breaks_no_rule_by_itself(what: str) -> None:
    """Its parent is not looked up."""
    image = {name: value for name, value in GOOD[what].items() if name != "members"}

    assert [] == check_image(image, GOOD[what].get("members", ()))


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "名" * 128},
        {"name": "in:weird, 100% & more"},
        {"name": "e\u0301 👩\u200d🚀"},
        {"name": None},
        {"__description": None},
        {"__description": ""},
        {"__data_origin": None, "__root_origin": ...},
        {"tags": []},
        {"tags": ["a.b", "生产", "x86,64bit", "key=a=b"]},
        {"virtual_size": ...},
        {"virtual_size": 0},
        {"updated_at": "2024-02-29T23:59:59Z"},
        {"status": "killed", "size": None, "checksum": None, "active_at": ...},
        {"status": "deleted"},
        {"__lazyloading": "False"},
        {"anything": "of a tenant's own"},
        {"os_hidden": False, "os_hash_algo": None, "os_hash_value": None},
        {"__data_origin": "file,bucket:folder/with, comma\nand: more.raw"},
        {"max_ram": "1024", "min_ram": 1024},
        {"__image_size": str(40 << 30)},
        {"min_disk": 1024},
    ],
    ids=str,
)
def test_what_is_odd_but_legal_breaks_no_rule(fields: dict[str, Any]) -> None:
    """Unusual values that were observed in clouds."""
    image = {name: value for name, value in (GOOD["coreos"] | fields).items() if value is not ...}

    assert [] == check_image(image, [])


@pytest.mark.parametrize(
    ("platform", "version", "bits"),
    [
        ("Red Hat", "Redhat Linux Enterprise 7.4 64bit", "64"),
        ("Red Hat", "Red Hat Linux Enterprise 9.1 64bit", "64"),
        ("RedHat", "Redhat 7.6 64bit", "64"),
        ("OpenSUSE", "openSUSE 15.5 64bit", "64"),
        ("SUSE", "SUSE Enterprise Linux Server 11 SP3 64bit", "64"),
        ("Debian", "Debian GNU/Linux 10.0.0 64bit", "64"),
        ("Oracle Linux", "Oracle Linux Server release 7.6 64bit", "64"),
        ("EulerOS", "EulerOS 2.5 64bit", "64"),
        ("Fedora", "Fedora 39 64bit", "64"),
        ("Ubuntu", "Ubuntu 14.04 server 32bit", "32"),
        ("CoreOS", "CoreOS 1298.6.0 64bit", "64"),
    ],
)
def test_documents_spell_versions_in_several_ways(platform: str, version: str, bits: str) -> None:
    """All spellings are legal."""
    fields = {"__platform": platform, "__os_version": version, "__os_bit": bits}

    assert [] == check_image(GOOD["coreos"] | fields, [])


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("encrypted", "centos 7.6 64BIT"),
        ("windows file", "Windows Server 2012 R2 Essentials 64bit"),
        ("windows file", "Windows Server 2012 Essentials R2 64bit"),
        ("windows file", "Windows 10 64bit"),
        ("hana", "SUSE Enterprise Linux Server 11 SP3 64bit"),
        ("special", "Redhat Linux Enterprise 7.3 64bit"),
        ("special", "Red Hat Linux Enterprise 7.3 64bit"),
        ("special", "Red Hat Enterprise Linux 7.3 64bit"),
        ("special", "Red Hat 7.3 64bit"),
    ],
)
def test_lists_of_versions_know_their_spellings(image: str, version: str) -> None:
    """The lists for UEFI and special servers use other spellings."""
    fields = {"__os_version": version, "hw_firmware_type": "uefi"}

    assert [] == check_image(GOOD[image] | fields, [])


def test_256_projects_may_be_members() -> None:
    """The limit of the sharing document."""
    members = [{"member_id": f"{number:032x}", "status": "pending"} for number in range(256)]
    image = {name: value for name, value in GOOD["shared"].items() if name != "members"}

    assert [] == check_image(image, members)
