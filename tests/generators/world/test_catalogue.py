"""The public images of each flavour: names of real ones, each once, in the time of their system."""

import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from glancetape_generators.columns.images import Images
from glancetape_generators.spec.spec import Spec
from glancetape_generators.vocabulary.flavours import FLAVOURS, flavour_named
from glancetape_generators.world.world import World
from support.drawn.random_specs import spec_of
from support.sets.generated import SEED, Image, images_of

every_flavour = pytest.mark.parametrize("flavour", FLAVOURS)
# Names that were seen in the clouds, some of each kind.
SEEN = {
    "huawei-cn": ["Huawei Cloud EulerOS 2.0 标准版 64位", "Windows Server 2019 数据中心版 64位"],
    "huawei-intl": ["Huawei Cloud EulerOS 2.0 Standard 64 bit for ARM", "Debian 10.0.0 64bit"],
    "otc": ["Standard_Debian_12_amd64_bios_latest", "CCEv2-node-20190123", "MRS_CentOS7.2_2.0.6"],
    "flexible-engine": ["OBS Ubuntu 22.04", "OBS CentOS 7.4"],
    "openstack": ["Ubuntu 24.04", "Rocky 9", "CentOS Stream 9", "cirros-0.3.4-x86_64-uec"],
}
# Versions and the months in which they end; CentOS and Ubuntu are in all clouds.
ENDS = {"CentOS 6": "2020-12", "CentOS 8.": "2022-01", "Ubuntu 18.04": "2023-06"}


def _spec(flavour: str, **catalogue: int) -> Spec:
    spec = spec_of({"flavour": flavour})
    return replace(spec, catalogue=replace(spec.catalogue, every=1, **catalogue))


def _public(spec: Spec) -> list[Image]:
    return images_of(spec, spec.catalogue.images)


@every_flavour
def test_public_images_have_names_of_real_ones_each_once(flavour: str) -> None:
    """A catalogue of the whole list has them all, and some older builds."""
    spec = _spec(flavour, images=len(flavour_named(flavour).public) + 20)

    names = [image["name"] for image in _public(spec)]

    assert set(SEEN[flavour]) <= set(names)
    assert len(set(names)) == len(names)
    # Older builds and newest ones come by turns.
    assert {one.name for one in flavour_named(flavour).public} >= set(names[1:40:2])


@every_flavour
def test_no_public_image_is_newer_than_its_system(flavour: str) -> None:
    """And none is older."""
    for image in _public(_spec(flavour, images=400)):
        version = image.get("__os_version", image["name"])
        for begun, end in ENDS.items():
            if version.startswith(begun):
                assert image["created_at"] < end, image["name"]
        if "24.04" in version:
            assert image["created_at"] >= "2024-05"
        if "Kubernetes CAPI 1.26.4" == image["name"]:
            assert image["created_at"] >= "2023-04-13"


@every_flavour
def test_newer_builds_are_newer_and_come_first(flavour: str) -> None:
    """Build 0 of an image is the newest; its time is after those of the others."""
    world = World(_spec(flavour, images=500), SEED)
    catalogue = world.catalogue
    turns = np.arange(500)
    begin, end = catalogue.days(turns)
    of_image = defaultdict(list)
    for number, build, first, last in zip(
        catalogue.number(turns).tolist(), catalogue.build(turns).tolist(),
        begin.tolist(), end.tolist(), strict=True,
    ):  # fmt: skip
        of_image[number].append((build, first, last))

    assert (
        turns.tolist() == catalogue.turn(catalogue.number(turns), catalogue.build(turns)).tolist()
    )
    for builds in of_image.values():
        assert [build for build, _, _ in builds] == list(range(len(builds)))
        assert all(0 <= first < last <= world.latest for _, first, last in builds)
        assert [first for _, first, _ in builds] == sorted(
            (first for _, first, _ in builds), reverse=True
        )


@every_flavour
@pytest.mark.parametrize("images", [1, 2, 37, 60, 500])
def test_each_build_is_one_record_of_the_catalogue(flavour: str, images: int) -> None:
    """A record has a turn, and a turn has a record."""
    catalogue = World(_spec(flavour, images=images), SEED).catalogue
    places = np.arange(images)

    turns = catalogue.turn_at(places)

    assert places.tolist() == catalogue.place(turns).tolist()
    assert len({*turns.tolist()}) == images
    assert images < len(catalogue) or set(turns.tolist()) == set(range(images))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("like", ["region", "tenant"])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_small_set_has_its_images_in_the_years_of_a_large_one(like: str, flavour: str) -> None:
    """The shares of all years of 300 images are those of 3,000."""
    world = World(spec_of({"like": like, "flavour": flavour}), SEED)
    created = Images(world, np.arange(3000)).created

    years = [
        Counter((np.datetime64(0, "s") + some).astype("M8[Y]").astype(int).tolist())
        for some in (created[:300], created)
    ]

    small, large = ({year: n / one.total() for year, n in one.items()} for one in years)
    assert small.keys() == large.keys()
    assert max(abs(small[year] - large[year]) for year in large) < 0.1


def test_disks_are_those_of_the_cloud() -> None:
    """4 GB in the Open Telekom Cloud, 40 elsewhere, and 20 or 100 for older images."""
    otc = {one["min_disk"] for one in _public(_spec("otc")) if one["__os_type"] == "Linux"}
    huawei = {one["min_disk"] for one in _public(_spec("huawei-cn", images=98))}

    assert 4 in otc
    assert {20, 40, 100} == huawei


def test_few_servers_have_the_small_disks_of_public_images() -> None:
    """In the Open Telekom Cloud most have more than the 4 GB of the image that they are from."""
    images = images_of(spec_of({"like": "tenant", "flavour": "otc"}), 3000)

    servers = [one["min_disk"] for one in images if "instance" in one.get("__data_origin", "")]

    assert 0 < servers.count(4) < 0.2 * len(servers)


def test_a_name_need_not_be_the_version() -> None:
    """Debian, Windows in Chinese, and every image of the Open Telekom Cloud."""
    found = {one["name"]: one["__os_version"] for one in _public(_spec("huawei-cn", images=98))}

    assert "Debian GNU/Linux 12.0.0 64bit" == found["Debian 12.0.0 64bit"]
    windows = found["Windows Server 2019 数据中心版 64位"]
    assert "Windows Server 2019 Datacenter 64bit" == windows
    assert not any("Red Hat" in version for version in found.values())
    assert any(version.startswith("Redhat Linux Enterprise") for version in found.values())


def test_the_open_telekom_cloud_keeps_builds_by_name() -> None:
    """`_latest`, `_prev`, then dates."""
    names = {one["name"]: one["created_at"] for one in _public(_spec("otc", images=400))}
    stem = "Standard_Ubuntu_22.04"

    dated = sorted(name for name in names if name.startswith(f"{stem}_2"))
    assert dated
    assert names[f"{stem}_latest"] > names[f"{stem}_prev"] > names[dated[-1]]
    assert all(name == f"{stem}_{names[name][:10].replace('-', '')}_0" for name in dated)


def test_a_build_of_the_open_telekom_cloud_has_the_version_of_its_name() -> None:
    """`Standard_Fedora_29_latest` holds Fedora 29, `Standard_CentOS_7_prev` a CentOS 7."""
    found = {
        (number[1], one["__os_version"])
        for one in _public(_spec("otc"))
        if (number := re.match(r"Standard_[A-Za-z_]+_([\d.]+)_", one["name"]))
    }

    assert len(found) > 15
    for number, version in found:
        assert re.search(rf" {re.escape(number)}[. ]", version)


def test_a_market_copies_within_its_cloud() -> None:
    """From the other regions of the flavour; the Open Telekom Cloud has no market."""
    for flavour in ("huawei-cn", "huawei-intl"):
        spec = spec_of({"flavour": flavour})
        market = [one for one in images_of(spec, 1000) if one["__imagetype"] == "market"]
        regions = {one["__data_origin"].split(",")[1] for one in market}
        assert regions == {*flavour_named(flavour).regions} - {spec.region}

    otc = images_of(spec_of({"like": "tenant", "flavour": "otc"}), 1000)
    assert "market" not in {one["__imagetype"] for one in otc}


@pytest.mark.sampled(2)
@every_flavour
def test_a_catalogue_of_any_size_can_be_made(flavour: str) -> None:
    """What the cloud has not is older builds."""
    for images in (1, 2, 37, 3000):
        spec = _spec(flavour, images=images)
        public = _public(spec)
        assert images == len(public)
        assert len({one["owner"] for one in public}) == 1


def test_a_platform_that_the_spec_leaves_out_has_no_public_image() -> None:
    """Unless none would be left."""
    spec = replace(_spec("huawei-intl"), platforms={"Debian": 1, "Windows": 2})

    assert {"Debian", "Windows"} == {one["__platform"] for one in _public(spec)}


def test_a_build_before_the_newest_is_little_older_than_that() -> None:
    """In the Open Telekom Cloud; what is from years ago has its date in its name."""
    created = {
        one["name"]: date.fromisoformat(one["created_at"][:10]) for one in _public(_spec("otc"))
    }
    stems = [name.removesuffix("_prev") for name in created if name.endswith("_prev")]

    between = [(created[f"{one}_latest"] - created[f"{one}_prev"]).days for one in stems]

    assert len(between) > 40
    assert 0 < min(between)
    assert max(between) < 365


def test_the_newest_builds_for_special_hardware_are_as_new_as_others() -> None:
    """In the Open Telekom Cloud, where all newest builds are called alike."""
    created = {
        one["name"]: date.fromisoformat(one["created_at"][:10]) for one in _public(_spec("otc"))
    }
    usual = ("latest", "amd64_bios_latest")
    apart = {
        name: abs((day - created[f"{stem[1]}_{of}"]).days)
        for name, day in created.items()
        if (stem := re.match(r"(\w+?_[\d.]+)_(BMS|FPGA|V100|amd64_uefi)_latest", name))
        for of in usual
        if f"{stem[1]}_{of}" in created
    }

    assert len(apart) > 8
    assert not {name: days for name, days in apart.items() if days > 90}


def test_an_image_with_a_date_in_its_name_is_from_the_week_after_it() -> None:
    """Images of other services have the days of their builds in their names."""
    dated = {
        one["name"]: date.fromisoformat(one["created_at"][:10])
        for one in _public(_spec("otc"))
        if re.search(r"\d{8}", one["name"])
    }

    assert "CCEv2-node-20190123" in dated
    for name, created in dated.items():
        year, month, day = map(int, re.findall(r"(\d{4})(\d\d)(\d\d)", name)[0])
        assert 0 <= (created - date(year, month, day)).days < 7
