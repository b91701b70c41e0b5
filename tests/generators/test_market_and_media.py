"""Names of products on the market and of installation media, and what copies have."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from glancetape_generators.vocabulary.flavours import FLAVOURS, flavour_named
from glancetape_generators.vocabulary.vocabulary import medium_name, products
from support.drawn.random_specs import spec_of
from support.sets.generated import Image, images_of

MEDIA = {
    ("CentOS", "CentOS 7.9 64bit"): "CentOS-7.9-x86_64-DVD",
    ("CentOS Stream", "CentOS Stream 9.6 64bit"): "CentOS-Stream-9-latest-x86_64-dvd1",
    ("Ubuntu", "Ubuntu 14.04 server 32bit"): "ubuntu-14.04-server-i386",
    ("Ubuntu", "Ubuntu 22.04 server 64bit"): "ubuntu-22.04-live-server-amd64",
    ("SUSE", "SUSE Linux Enterprise Server 15 SP4 64bit"): "SLES-15-SP4-x86_64-DVD1",
    ("Windows", "Windows Server 2012 R2 Datacenter 64bit"): "en_windows_server_2012_r2_x64_dvd",
    ("Windows", "Windows 7 Professional 32bit"): "en_windows_7_x86_dvd",
    ("Rocky Linux", "Rocky Linux 9"): "Rocky-9-x86_64-dvd",
    ("Other", "Other(64 bit)"): "",
}


@pytest.mark.parametrize(("system", "wanted"), MEDIA.items(), ids=map(str, MEDIA.values()))
def test_media_are_called_as_their_makers_call_them(system: tuple[str, str], wanted: str) -> None:
    """By the version, without the ending; 32 bits show."""
    assert wanted == medium_name(*system)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_medium_of_a_flavour_has_a_plain_name(flavour: str) -> None:
    """Of letters, digits, dots, dashes and underscores, so it is no path and needs no escape."""
    for one in flavour_named(flavour).installers:
        name = medium_name(one.platform, one.version)
        assert re.fullmatch(r"[\w.-]*", name, re.ASCII), name
        assert name or one.platform in ("Other", "CirrOS")


def _media(flavour: str, **said: Any) -> list[Image]:
    spec = spec_of({"like": "tenant", "flavour": flavour, "made": {"iso": 1, "file": 1}, **said})
    return [one for one in images_of(spec, 600) if one["disk_format"] == "iso"]


@pytest.mark.parametrize("flavour", ["huawei-cn", "otc"])
def test_installation_media_are_files_of_their_system(flavour: str) -> None:
    """Most images of them are called like the file; a vendor's has the version of the system."""
    media = _media(flavour, projects={"count": 60})  # each of them has few media

    files = [one["__data_origin"].partition(":")[2] for one in media]
    assert len(media) > 200
    assert all(name.endswith(".iso") for name in files)
    named = [one for one, file in zip(media, files, strict=True) if file == f"{one['name']}.iso"]
    assert len(media) * 0.4 < len(named) < len(media) * 0.8
    for one, file in zip(media, files, strict=True):
        is_vendors = re.search("x86_64|amd64|i386", file)
        if is_vendors and one["__platform"] in ("Ubuntu", "Debian", "Red Hat"):
            assert re.findall("[0-9.]+[0-9]", one["__os_version"])[0] in file


def test_installation_media_of_glance_end_with_iso() -> None:
    """As openstacksdk names an image after its file."""
    media = _media("openstack", projects={"count": 60})
    named = [one["name"] for one in media if "x86_64" in one["name"]]

    assert len(named) > 20
    assert all(name.endswith(".iso") for name in named)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_installation_medium_is_called_like_a_backup_of_a_server(flavour: str) -> None:
    """A project's own is its file with a date; of an unknown system it has any name."""
    media = [
        one
        for one in _media(flavour)
        if one.get("__platform") != "Other"
        and (flavour != "openstack" or one.get("os_distro") not in ("freebsd", "cirros", None))
    ]

    assert len(media) > (20 if flavour == "openstack" else 200)
    words = "backup|snap|before|golden|packer"
    assert not [one["name"] for one in media if re.search(words, one["name"])]
    dated = [one for one in media if re.search(r"(x86_64|amd64|dvd).*-20\d{6}", one["name"])]
    assert len(media) * 0.05 < len(dated) < len(media) * 0.5


def test_installation_media_of_one_name_are_few_files() -> None:
    """A vendor publishes one file for all, now and then a newer one of nearly the same size."""
    of_many = {"made": {"iso": 1}, "projects": {"count": 1500}}
    spec = spec_of({"like": "openstack", **of_many, "times": {"first": "2024-01-01"}})
    files = defaultdict(set)
    count: Counter[str] = Counter()
    for one in images_of(spec, 2500):
        if one["size"] and re.search("x86_64|amd64", one["name"]):
            files[one["name"]].add((one["size"], one["os_hash_value"], one["checksum"]))
            count[one["name"]] += 1

    assert max(count.values()) > 100
    for found in files.values():
        sizes = [size for size, _, _ in found]
        assert len(found) <= 3  # of the two years
        assert max(sizes) < 1.05 * min(sizes)
    assert len(set().union(*files.values())) == sum(map(len, files.values()))


def test_a_medium_that_a_project_names_after_its_app_is_a_file_of_its_own() -> None:
    """It is what the project made of a vendor's: only copies have the same data."""
    spec = spec_of(
        {
            "like": "openstack",
            "made": {"iso": 1},
            "names": {"patterns": {"{app}-{uuid}": 1}},
            "projects": {"count": 60},
        }
    )
    media = [one for one in images_of(spec, 2000) if one["disk_format"] == "iso" and one["size"]]
    counts = Counter(one["os_hash_value"] for one in media)

    own = [one for one in media if re.search("-[0-9a-f]{12}$", one["name"])]

    assert len(media) * 0.2 < len(own) < len(media) * 0.8
    assert {1} == {counts[one["os_hash_value"]] for one in own}


@pytest.mark.parametrize(
    "said",
    [
        {"apps": {"shop": 1}},
        {"names": {"patterns": {"{uuid}": 1}}},
        {"names": {"patterns": {"call it {app}": 1}}},
    ],
    ids=["apps", "no app", "a sentence"],
)
def test_a_spec_that_names_its_images_names_media_too(said: Mapping[str, Any]) -> None:
    """By its own apps and patterns."""
    assert not [one for one in _media("huawei-intl", **said) if "x86_64" in one["name"]]


def _market(flavour: str) -> list[Image]:
    spec = spec_of({"like": "region", "flavour": flavour, "kinds": {"market": 1}})
    return [one for one in images_of(spec, 3000) if one["__imagetype"] == "market"]


@pytest.mark.parametrize("flavour", ["huawei-cn", "huawei-intl"])
def test_products_are_named_in_the_language_of_the_cloud(flavour: str) -> None:
    """Chinese only in China; some names are those of copies, some those of vendors."""
    names = {one["name"] for one in _market(flavour)}

    chinese = [name for name in names if re.search("[\u4e00-\u9fff]", name)]
    assert bool(chinese) == (flavour == "huawei-cn")
    assert any(name.startswith("COPY_") for name in names)
    assert any(re.fullmatch(r"[a-z]+(-[a-z]+)+-\d_[a-z]{3}-[\w-]+-std", name) for name in names)
    assert len(names) > 100


def test_a_product_has_one_name_and_its_editions_rise() -> None:
    """In the order of time, so a later image has no lower edition."""
    of_product = defaultdict(list)
    for one in _market("huawei-intl"):
        name, edition = re.fullmatch(r"(.*?)(?: (\d+\.\d))?", one["name"]).groups()  # type: ignore[union-attr]
        of_product[one["__productcode"]].append((one["created_at"], name, float(edition or 0)))

    for listed in of_product.values():
        listed.sort()
        assert 1 == len({name for _, name, _ in listed})
        assert [edition for *_, edition in listed] == sorted(edition for *_, edition in listed)


def test_products_need_no_special_hardware_and_a_usual_disk() -> None:
    """As the two that were seen; nobody sells a WordPress for a GPU."""
    market = _market("huawei-intl")

    special = [one for one in market if any("gpu" in name or "fpga" in name for name in one)]
    assert [] == special
    assert sum(one["min_disk"] == 40 for one in market) > 0.8 * len(market)


def test_products_are_of_systems_that_vendors_sell() -> None:
    """Of servers, not of desktops or hosts of containers, and until the system ends."""
    market = _market("huawei-intl")
    until = {
        one.version: np.datetime64(one.until, "D") for one in flavour_named("huawei-intl").systems
    }
    versions = {one["__os_version"] for one in market}

    assert len(versions) > 30
    assert not any(re.match("CoreOS|Windows (?!Server)", version) for version in versions)
    assert all(np.datetime64(one["created_at"][:10]) < until[one["__os_version"]] for one in market)


def test_products_are_the_same_in_each_language() -> None:
    """So a product keeps its type of system."""
    types = [[os_type for _, os_type in products(language)] for language in ("en", "zh", "none")]

    assert types[0] == types[1] == types[2]


@pytest.mark.parametrize("preset", ["region", "tenant", "edge-cases"])
def test_a_copy_has_the_data_and_the_disk_of_its_original(preset: str) -> None:
    """As many bytes, also where a copy was copied."""
    images = images_of(
        spec_of({"like": preset, "made": {"file": 1, "instance": 1, "image": 2}}), 800
    )
    by_id = {one["id"]: one for one in images}
    copies = [
        (one, by_id[one["__originalimagename"]])
        for one in images
        if one["__imagetype"] != "market" and str(one.get("__data_origin")).startswith("image,")
    ]

    assert len(copies) > 50
    for copy, original in copies:
        assert copy["min_disk"] == original["min_disk"]
        if "__image_size" in copy:
            assert copy["__image_size"] == original["__image_size"]


@pytest.mark.parametrize(("flavour", "ahead"), [("huawei-cn", 8), ("huawei-intl", 0), ("otc", 1)])
def test_people_work_by_day_in_their_part_of_the_world(flavour: str, ahead: int) -> None:
    """Most images are made from eight to eighteen o'clock there."""
    images = images_of(spec_of({"like": "tenant", "flavour": flavour}), 2000)
    hours = [(int(one["created_at"][11:13]) + ahead) % 24 for one in images]

    assert sum(8 <= hour < 18 for hour in hours) > 0.6 * len(hours)


def test_the_first_public_images_are_of_usual_systems() -> None:
    """The first images of a set are made from them: no bare metal, no system of the past."""
    for flavour in FLAVOURS:
        images = images_of(spec_of({"like": "region", "flavour": flavour}), 40)
        operator = images[0]["owner"]  # whose old builds may be of the community
        public = [one for one in images if one["owner"] == operator]
        assert 10 == len(public)
        assert {"public", "community"} >= {one["visibility"] for one in public}
        assert not [one for one in public[:5] if one.get("virtual_env_type") == "Ironic"]
        assert public[0]["name"].count("Ubuntu") or public[0]["name"].count("CentOS")


@pytest.mark.parametrize("flavour", ["huawei-intl", "huawei-cn"])
def test_products_have_the_versions_that_the_spec_weighs(flavour: str) -> None:
    """A version that it leaves out is on no image that follows the spec."""
    versions = {"Ubuntu 22.04 server 64bit": 3, "Ubuntu 20.04 server 64bit": 1}
    spec = spec_of(
        {
            "like": "region",
            "flavour": flavour,
            "kinds": {"market": 1},
            "platforms": {"Ubuntu": 1, "CentOS": 1},
            "versions": versions,
        }
    )

    market = [one for one in images_of(spec, 2000) if one["__imagetype"] == "market"]

    found = {one["__os_version"] for one in market if one["__platform"] == "Ubuntu"}
    assert set(versions) == found
    assert len({one["__os_version"] for one in market} - found) > 3
