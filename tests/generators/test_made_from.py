"""What images of one server, copies, backups and builds of a public image have in common."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from glancetape_generators.generating import generate_ndjson
from glancetape_generators.spec.reading import read_spec
from support.drawn.random_specs import spec_of
from support.sets.generated import Image, images_of

COUNT = 8000
OF_A_SERVER = (
    *("__os_feature_list", "hw_vif_multiqueue_enabled", "min_ram", "max_ram"),
    *("enterprise_project_id", "__system__cmkid"),
)
SETS = [("region", "huawei-cn"), ("region", "otc"), ("tenant", "huawei-intl")]
every_set = pytest.mark.parametrize(("like", "flavour"), SETS)


def _images(like: str, flavour: str) -> list[Image]:
    return images_of(spec_of({"like": like, "flavour": flavour}), COUNT)


def _by(images: Iterable[Image], field: str) -> list[list[Image]]:
    found = defaultdict(list)
    for one in images:
        found[one[field]].append(one)
    return [several for several in found.values() if len(several) > 1]


def _of_servers(images: list[Image]) -> list[list[Image]]:
    made = [one for one in images if str(one.get("__data_origin")).startswith("instance,")]
    return _by(made, "__data_origin")


def _named_by_app(like: str, flavour: str) -> list[Image]:
    said = {"names": {"patterns": {"{app} {date}": 1}}}
    return images_of(spec_of({"like": like, "flavour": flavour, **said}), COUNT)


def _app(image: Image) -> str:
    app, _, _ = image["name"].rpartition(" ")
    return app


@every_set
def test_all_images_of_a_server_are_of_one_app(like: str, flavour: str) -> None:
    """Nobody runs a mail server on Monday and a build agent on Tuesday."""
    servers = _of_servers(_named_by_app(like, flavour))

    assert len(servers) > 30
    for server in servers:
        assert 1 == len({_app(one) for one in server})


@every_set
@pytest.mark.parametrize("field", OF_A_SERVER)
def test_images_of_a_server_that_have_a_property_have_the_same(
    like: str, flavour: str, field: str
) -> None:
    """They are images of the same disk, hardware and network."""
    values = Counter(
        len({one[field] for one in server if field in one})
        for server in _of_servers(_images(like, flavour))
    )

    assert {0, 1} >= values.keys()
    assert values[1] > 2


@every_set
def test_a_server_has_about_as_much_data_in_each_of_its_images(like: str, flavour: str) -> None:
    """Even years apart: within a fifth, or 64 KiB."""
    servers = _of_servers(_images(like, flavour))
    for server in servers:
        sizes = [int(one["__image_size"]) for one in server if "__image_size" in one]
        assert not sizes or max(sizes) < 1.25 * min(sizes) + 65_536

    assert len(servers) > 30


@every_set
def test_what_a_server_was_made_from_is_still_there(like: str, flavour: str) -> None:
    """Its image is larger than the project's: a server writes something."""
    images = _images(like, flavour)
    by_id = {one["id"]: one for one in images}
    pairs = [
        (one, by_id[one["__originalimagename"]])
        for one in images
        if str(one.get("__data_origin")).startswith("instance,")
    ]
    sized = [
        (int(one["__image_size"]), int(parent["__image_size"]))
        for one, parent in pairs
        if "__image_size" in one and "__image_size" in parent
    ]

    assert len(sized) > 100
    assert [] == [(size, of_parent) for size, of_parent in sized if size <= of_parent]


@every_set
def test_each_backup_makes_one_image(like: str, flavour: str) -> None:
    """A backup is one point in time."""
    ids = [one["__backup_id"] for one in _images(like, flavour) if one.get("__backup_id")]

    assert len(ids) > 100
    assert len(ids) == len(set(ids))


@every_set
def test_a_copy_is_named_after_the_app_of_its_original(like: str, flavour: str) -> None:
    """Where it was copied from one of the project's images."""
    images = _named_by_app(like, flavour)
    by_id = {one["id"]: one for one in images}
    pairs = [
        (_app(one), _app(by_id[one["__originalimagename"]]))
        for one in images
        if one["__imagetype"] != "market" and str(one.get("__data_origin")).startswith("image,")
    ]

    assert len(pairs) > 300
    assert [] == [(app, of_original) for app, of_original in pairs if app != of_original]


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _builds(images: list[Image]) -> list[list[Image]]:
    """The builds of each public image, the oldest first."""
    operator = next(one["owner"] for one in images if one["visibility"] == "public")
    public = [one for one in images if one["owner"] == operator]
    found = defaultdict(list)
    for one in public:
        ending = r"( \(\d{8}\)|_\d{8}_0|_latest|_prev)$"
        found[re.sub(ending, "", one["name"])].append(one)
    return [sorted(one, key=lambda image: str(image["created_at"])) for one in found.values()]


def _is_old(image: Image) -> bool:
    return bool(re.search(r"\(\d{8}\)$|_\d{8}_0$|_prev$", image["name"]))


@pytest.mark.parametrize("flavour", ["openstack", "otc"])
def test_a_build_has_its_later_name_since_there_is_a_newer_one(flavour: str) -> None:
    """Who uploads the newer one renames the older one within a minute, if not again later."""
    spec = spec_of({"like": "region", "flavour": flavour})
    soon = several = 0
    for builds in _builds(images_of(spec, 2000)):
        for older, newer in pairwise(builds):
            if not _is_old(older):  # such as 22.04 and 22.04 Minimal, which are two images
                continue
            after = _seconds(older["updated_at"]) - _seconds(newer["created_at"])
            assert after > 0
            several, soon = several + 1, soon + (after < 3 * 3600)

    assert several > 30
    assert soon > 0.25 * several  # others were hidden or renamed again when the next ones came


@pytest.mark.parametrize("flavour", ["openstack", "otc"])
@pytest.mark.parametrize("at", ["2021-03-01", "2023-08-15", "2025-10-20"])
def test_the_newest_build_of_any_day_has_the_plain_name(
    flavour: str, at: str, tmp_path: Path
) -> None:
    """As nobody knows then that there will be a newer one; older ones have other names."""
    spec = spec_of({"like": "region", "flavour": flavour, "times": {"at": f"{at}T00:00:00Z"}})
    generate_ndjson(spec, 3000, 7, tmp_path / "set")
    images = [json.loads(line) for line in (tmp_path / "set").read_bytes().splitlines()]

    several = 0
    for builds in _builds(images):
        assert not _is_old(builds[-1])
        assert all(_is_old(one) for one in builds[:-1])
        several += len(builds) > 1
    assert several >= 1


def test_the_last_three_builds_of_a_plain_glance_can_be_used() -> None:
    """As `uuid_validity` says; older ones are hidden."""
    for builds in _builds(images_of(read_spec("openstack"), 2000)):
        for newer, one in enumerate(reversed(builds)):
            assert one["os_hidden"] == (newer >= 3)
            assert one["visibility"] == ("community" if newer in (1, 2) else "public")


def test_presets_of_one_seed_share_the_data_of_other_people_only() -> None:
    """Files that are published for all are the same in any cloud; what a cloud makes is its own."""
    clouds = [
        images_of(spec_of({"like": like, "flavour": "openstack"}), 3000)
        for like in ("region", "tenant", "openstack")
    ]
    hashes = [{one["os_hash_value"]: one for one in cloud if one["size"]} for cloud in clouds]

    shared = hashes[0].keys() & (hashes[1].keys() | hashes[2].keys())
    assert shared
    for one in shared:
        image = hashes[0][one]
        assert "base_image_ref" not in image
        assert image["name"].endswith(".iso") or image["disk_format"] in ("iso", "qcow2")


@pytest.mark.parametrize("seed", [3, 4])
def test_what_is_named_after_an_app_has_data_of_its_own(seed: int) -> None:
    """Only installation media, copies, and what is named after its system are the same file."""
    images = images_of(read_spec("openstack"), COUNT, seed)
    uploads = [
        one
        for one in images
        if one["size"] and "base_image_ref" not in one and one["disk_format"] != "iso"
    ]
    built = [one for one in uploads if re.match("packer-|snapshot for|[a-z-]+-snap", one["name"])]
    counts = Counter(one["os_hash_value"] for one in built)

    # A copy has the data of its original, and 6 of 46 uploads are copies.
    assert len(built) > 300
    assert max(counts.values()) < 12
    assert sum(count for count in counts.values() if count > 1) < 0.35 * len(built)


@pytest.mark.parametrize("preset", ["region", "tenant", "openstack"])
def test_a_project_seldom_uploads_an_installation_medium_again(preset: str) -> None:
    """In a large set, too, it has few of them by the name of their file."""
    images = images_of(read_spec(preset), 20_000)
    media = Counter(
        (one["owner"], one["name"])
        for one in images
        if re.search(r"(x86_64|amd64|_x64_)(?!.*-20\d{6})", one["name"])
        and one["visibility"] != "public"
    )
    by_owner = Counter(owner for owner, _ in media.elements())

    assert max(media.values()) <= 12
    assert 10 < max(by_owner.values()) <= 40
