"""Generated images are as uneven as those of a region: sizes, shares, days, tags.

Every bound is five standard deviations of what is counted; seeds are given, so no run differs.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import numpy as np
import pytest

from glancetape_generators.columns.images import Images
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Spec
from glancetape_generators.vocabulary.flavours import FLAVOURS
from glancetape_generators.vocabulary.vocabulary import EPOCH
from glancetape_generators.world.world import World
from support.drawn.random_specs import spec_of
from support.sets.generated import Image, images_of

COUNT = 20_000
WAITING = ("queued", "saving", "importing", "uploading")
REGION = read_spec("region")
_NOW = datetime.fromtimestamp(REGION.times.now, UTC)


@pytest.fixture(scope="module")
def images() -> list[Image]:
    """Twenty thousand images of a region."""
    return images_of(REGION, COUNT)


@pytest.fixture(scope="module")
def tenants(images: list[Image]) -> list[Image]:
    """The tenants' images among them."""
    return [image for image in images if image["visibility"] != "public"]


def _assert_shares(weights: Mapping[str, Any], found: Collection[str]) -> None:
    """Check that things occur as often as their weights say."""
    counts, total = Counter(found), sum(weights.values())
    assert counts.keys() <= weights.keys()
    for thing, weight in weights.items():
        share = weight / total
        bound = 5 * (len(found) * share * (1 - share)) ** 0.5
        assert abs(counts[thing] - len(found) * share) <= bound, thing


def _way(image: Image) -> str:
    if image["virtual_env_type"] == "IsoImage":
        return "iso"
    way, _, _ = str(image["__data_origin"]).partition(",")
    return way


def test_the_catalogue_comes_first(images: list[Image]) -> None:
    """One in `every` records until it is complete, then none."""
    public = [place for place, image in enumerate(images) if image["__imagetype"] == "gold"]

    catalogue = REGION.catalogue
    assert list(range(0, catalogue.images * catalogue.every, catalogue.every)) == public


def test_kinds_have_their_shares(images: list[Image]) -> None:
    """Among the records outside the catalogue."""
    kinds = [image["__imagetype"] for image in images if image["__imagetype"] != "gold"]

    _assert_shares(REGION.kinds, kinds)


def test_ways_have_their_shares(tenants: list[Image]) -> None:
    """The few copies that find no parent become instances."""
    _assert_shares(REGION.made, [_way(image) for image in tenants])


def test_platforms_have_their_shares(images: list[Image], tenants: list[Image]) -> None:
    """All that have one; images of the market follow their product.

    Of a platform without public images, such as Other, there are fewer: nothing is made from one.
    """
    found = Counter(image["__platform"] for image in tenants if "__platform" in image)

    for platform, weight in REGION.platforms.items():
        share = weight / sum(REGION.platforms.values())
        assert abs(found[platform] / found.total() - share) < 0.01, platform
    assert REGION.platforms.keys() == {image.get("__platform") for image in images} - {None}


def test_statuses_have_their_shares(images: list[Image], tenants: list[Image]) -> None:
    """Tenants' images; public ones are active."""
    _assert_shares(REGION.statuses, [image["status"] for image in tenants])
    assert {"active"} == {image["status"] for image in images if image["visibility"] == "public"}


def test_statuses_of_members_have_their_shares(images: list[Image]) -> None:
    """Over all members of all shared images."""
    members = [image["members"] for image in images if "members" in image]

    _assert_shares(REGION.members.statuses, [one["status"] for many in members for one in many])
    sizes = Counter(map(len, members))
    assert max(sizes) == REGION.members.most
    assert sizes[1] > sizes[2] > sizes[4] > 0


def test_a_few_projects_have_most_images(tenants: list[Image]) -> None:
    """The largest one has more than twenty times as many as the median."""
    sizes = Counter(image["owner"] for image in tenants)
    middle = median([*sizes.values(), *[0] * (REGION.projects.count - len(sizes))])

    assert len(sizes) > REGION.projects.count / 2
    assert max(sizes.values()) > 20 * middle > 0
    half = REGION.projects.count // 10
    assert sum(size for _, size in sizes.most_common(half)) > len(tenants) / 2


def test_tags_are_few_keys_with_values_of_their_shares(
    images: list[Image], tenants: list[Image]
) -> None:
    """The share of tenants' images with tags is right, and no image has a key twice."""
    # Projects write words in several ways; no spelling is that of two words.
    word_of = {text: word for word, texts in REGION.tags.spellings.items() for text in texts}
    of_keys: dict[str, list[str]] = {key: [] for key in REGION.tags.keys}
    for image in tenants:
        pairs = [tag.partition("=")[::2] for tag in image["tags"]]
        assert len(dict(pairs)) == len(pairs) <= REGION.tags.most
        for key, value in pairs:
            word, said = (str(word_of.get(text, text)) for text in (key, value))
            of_keys[word].append(said)

    for key, values in of_keys.items():
        assert len(values) > 100
        _assert_shares(REGION.tags.keys[key], values)
    share = REGION.tags.share
    _assert_shares(
        {"tagged": share, "": 100 - share},
        ["tagged" if image["tags"] else "" for image in tenants],
    )
    assert not any(image["tags"] for image in images if image["visibility"] == "public")


def test_patterns_of_names_have_their_shares(tenants: list[Image]) -> None:
    """Some names occur more than once, as in a real region."""
    names = Counter(image["name"] for image in tenants)
    golden = sum(count for name, count in names.items() if name.startswith("golden-"))
    share = REGION.names.patterns["golden-{os}-v{number}"] / sum(REGION.names.patterns.values())

    assert abs(golden - len(tenants) * share) < 5 * (len(tenants) * share) ** 0.5
    assert max(names.values()) > 5


def test_a_data_disk_is_called_by_its_app(tenants: list[Image]) -> None:
    """Where a name has the system of other images, as `golden-ubuntu2204-v3`."""
    names = [one["name"] for one in tenants if one["virtual_env_type"] == "DataImage"]
    golden = [name for name in names if name.startswith("golden-")]

    assert len(golden) > 50
    assert not any(name.startswith("golden-data-") for name in golden)


def test_sizes_are_those_of_real_images(images: list[Image]) -> None:
    """Most end 8 KiB before a multiple of 64 KiB; Windows and media have sizes of their own."""
    sizes = [int(one["__image_size"]) for one in images if "__image_size" in one]
    of_windows = [
        int(one["__image_size"])
        for one in images
        if one["__os_type"] == "Windows" and "__image_size" in one and "__platform" in one
    ]
    of_systems = [
        int(one["__image_size"])
        for one in images
        if one["virtual_env_type"] == "FusionCompute" and "__image_size" in one
    ]
    of_media = [
        int(one["__image_size"])
        for one in images
        if one["disk_format"] == "iso" and "__image_size" in one
    ]

    ends = Counter(size % 65_536 for size in sizes)
    assert {0, 57_344} == ends.keys()
    assert abs(ends[57_344] - 2 * len(sizes) / 3) < 5 * (2 * len(sizes) / 9) ** 0.5
    assert min(of_windows) > 4 << 30
    assert min(of_systems) > 400_000_000
    assert 300 << 20 < min(of_media) < max(of_media) < 7 << 30


def test_a_system_fills_less_of_a_larger_disk(images: list[Image]) -> None:
    """What fills a large disk is data; an image of data has a disk without a system."""
    shares: dict[bool, list[float]] = {True: [], False: []}
    for one in images:
        if "__image_size" in one and "__platform" in one and one["disk_format"] != "iso":
            is_large = one["min_disk"] >= 500
            if is_large or one["min_disk"] == 40:
                shares[is_large].append(int(one["__image_size"]) / (one["min_disk"] << 30))

    assert len(shares[True]) > 5
    assert max(shares[True]) < 0.2
    assert max(shares[False]) > 0.4
    middle = median(shares[False])
    assert 0.1 < middle < 0.25  # 40 GB: most have 4 to 10
    assert median(share for share in shares[False] if share > middle) > 1.3 * middle


# When


def _from_files(**times: int) -> Spec:
    """Return a spec of images without parents."""
    return replace(
        REGION,
        kinds={"private": 1, "shared": 0, "market": 0},
        made={**dict.fromkeys(REGION.made, 0), "file": 1},
        times=replace(REGION.times, **{"growth": 1, "weekend": 100, "bursts": 0, **times}),
    )


def test_more_data_takes_longer(images: list[Image]) -> None:
    """No image is there sooner than a fast network brings its data, and most take minutes."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for one in images:
        if "active_at" in one and "__image_size" in one:
            created, active = (
                datetime.fromisoformat(one[of]) for of in ("created_at", "active_at")
            )
            took, size = (active - created).total_seconds(), int(one["__image_size"])
            if active < _NOW - timedelta(hours=4):  # of the newest, those that are there were quick
                assert size < 92_000_000 * took
                seconds[size > 100 << 30].append(took)

    assert len(seconds[True]) > 10
    assert median(seconds[True]) > 4 * median(seconds[False])


def test_an_installation_medium_is_one_file(images: list[Image]) -> None:
    """So images made from files of the same name have the same size."""
    sizes: dict[str, set[str]] = {}
    for one in images:
        if one["disk_format"] == "iso" and "__image_size" in one:
            file = one["__data_origin"].partition(":")[2]
            sizes.setdefault(file, set()).add(one["__image_size"])
    names = {name.decode() + ".iso" for name in World(REGION, 1).systems.medium_names.tolist()}

    known = [of for file, of in sizes.items() if file in names]
    assert len(known) > 20
    assert all(len(of) == 1 for of in known)


def test_weekends_are_quiet(images: list[Image]) -> None:
    """As quiet as the spec says."""
    weekend = sum(date.fromisoformat(image["created_at"][:10]).weekday() >= 5 for image in images)
    share = 2 * REGION.times.weekend / (2 * REGION.times.weekend + 500)

    # Bursts are on few days, of which too many or too few may be on weekends.
    assert abs(weekend - COUNT * share) < 5 * (COUNT * share) ** 0.5 + 0.01 * COUNT


def test_the_last_year_has_several_times_the_images_of_the_first(images: list[Image]) -> None:
    """A growth of 6 in eight years, and a little more, as an image is later than its parent."""
    years = Counter(image["created_at"][:4] for image in images)

    assert [str(year) for year in range(2018, 2026)] == sorted(years)
    assert 3 * years["2018"] < years["2025"] < 12 * years["2018"]
    assert years["2019"] < years["2021"] < years["2023"]


def test_no_time_is_after_now(images: list[Image]) -> None:
    """Or before the first day, even in a set whose images are mostly of the last days."""
    first = date(2025, 11, 2).toordinal() - EPOCH
    late = images_of(_from_files(first=first, growth=1000), 3000)

    assert min(image["created_at"] for image in images) >= "2018-01-01T00:00:00Z"
    now = "2026-01-01T00:00:00Z"
    for some in (images, late):
        active = [image for image in some if image["status"] == "active"]
        assert "2025-12-31T12" < max(image["created_at"] for image in active)
        assert max(image["updated_at"] for image in some) <= now
        assert max(image["created_at"] for image in some) < now
        assert max(image["active_at"] for image in active if "active_at" in image) <= now


@pytest.mark.sampled(2)
@pytest.mark.parametrize("like", ["region", "tenant"])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_most_of_the_newest_images_are_active(like: str, flavour: str) -> None:
    """On the first page of 25 at most a few wait for their data, as where time goes on."""
    world = World(spec_of({"like": like, "flavour": flavour}), 7)
    images = Images(world, np.arange(COUNT))
    waits = images.drafts.has_status(*WAITING)

    pages = [waits[np.argsort(-images.created[:count])[:25]] for count in (300, 3000, COUNT)]

    assert 0 < waits.sum()
    assert max(page.sum() for page in pages) <= 4


@pytest.mark.parametrize("preset", ["region", "openstack", "edge-cases"])
def test_new_images_were_not_all_changed_in_the_last_second(preset: str) -> None:
    """Those whose data is on its way are from the last hours, and change at times of their own."""
    found = Counter(image["updated_at"] for image in images_of(read_spec(preset), 1000))

    assert found["2026-01-01T00:00:00Z"] <= 1


@pytest.mark.parametrize("preset", ["region", "openstack"])
def test_images_are_changed_when_people_work(preset: str) -> None:
    """In the hours, and as rarely at weekends, as they are made, if it is on a later day."""
    times = [
        [datetime.fromisoformat(image[f"{what}_at"]) for what in ("created", "updated")]
        for image in images_of(read_spec(preset), COUNT)
        if image.get("image_type") != "backup"
    ]
    changed = [updated for created, updated in times if updated - created > timedelta(days=1)]

    hours, of_made = (
        Counter(one.hour for one in some) for some in (changed, [made for made, _ in times])
    )

    assert len(changed) > 3000
    differ = [hours[hour] / len(changed) - of_made[hour] / len(times) for hour in range(24)]
    assert sum(map(abs, differ)) < 0.12
    assert sum(one.weekday() > 4 for one in changed) < len(changed) * 0.14


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_backups_are_made_by_a_job_of_the_night(seed: int) -> None:
    """At one hour in each project; of a week, those of one day are kept longer."""
    of_projects = defaultdict(list)
    for image in images_of(read_spec("openstack"), COUNT, seed):
        if image.get("image_type") == "backup" and image["status"] == "active":
            created = datetime.fromisoformat(image["created_at"])
            of_projects[image["owner"]].append((created, image["backup_type"]))

    late = 0
    assert sum(map(len, of_projects.values())) > 200
    for backups in of_projects.values():
        times = sorted(created.hour * 3600 + created.minute * 60 for created, _ in backups)
        late += sum(abs(one - times[len(times) // 2]) >= 900 for one in times)
        weekly = {created.weekday() for created, sort in backups if sort == "weekly"}
        daily = {created.weekday() for created, sort in backups if sort == "daily"}
        assert len(weekly) < 2
        assert not weekly & daily
    assert late < 3  # of the last day, which ends with the set


@pytest.mark.parametrize("bursts", [0, 5])
def test_bursts_occur_where_the_spec_has_them(bursts: int) -> None:
    """Days with more than three times as many images as usual."""
    spec = _from_files(bursts=bursts, first=date(2025, 1, 1).toordinal() - EPOCH)
    images = [image for image in images_of(spec, COUNT) if image["status"] == "active"]
    days = Counter(image["created_at"][:10] for image in images)
    usual = median(days.values())

    busy = sum(count > 3 * usual for count in days.values())

    assert 365 == len(days)
    assert abs(busy - 3.64 * bursts) <= 5 * (3.64 * bursts) ** 0.5


@pytest.mark.parametrize(
    ("preset", "least", "most"), [("region", 0, 0.01), ("tenant", 0, 0.01), ("edge-cases", 0.45, 1)]
)
def test_ties_share_seconds(preset: str, least: float, most: float) -> None:
    """Where the spec has ties; otherwise by chance only."""
    found = images_of(read_spec(preset), 1000)

    seconds = Counter(image["created_at"] for image in found)

    tied = sum(count for count in seconds.values() if count > 1)
    assert least <= tied / len(found) <= most


def test_a_product_has_one_system(images: list[Image]) -> None:
    """In all its editions; a product for Windows runs on Windows."""
    systems: dict[str, set[str]] = {}
    for image in images:
        if image["__imagetype"] == "market":
            systems.setdefault(image["__productcode"], set()).add(image["__os_version"])
            if image["name"].startswith(("SQL Server", "remote desktop")):
                assert "Windows" == image["__os_type"]

    assert {1} == {len(versions) for versions in systems.values()}


@pytest.mark.parametrize("name", ["__system__cmkid", "__lazyloading", "size"])
def test_images_of_a_server_are_alike(tenants: list[Image], name: str) -> None:
    """Its disk is encrypted or not, and what it says about itself does not change by chance."""
    servers = defaultdict(list)
    for one in tenants:
        if one["visibility"] == "private" and one["status"] == "active" and _way(one) == "instance":
            servers[one["__data_origin"]].append(one.get(name))

    several = [values for values in servers.values() if len(values) > 1]
    assert len(several) > 300
    assert [] == [values for values in several if len(set(values)) > 1]
    assert 1 < len({values[0] for values in several})


def test_a_project_shares_with_the_same_few_again(tenants: list[Image]) -> None:
    """Most of its images go to one project or two; few go to any."""
    members: dict[str, Counter[str]] = defaultdict(Counter)
    for one in tenants:
        members[one["owner"]].update(member["member_id"] for member in one.get("members", ())[:1])

    several = [listed for listed in members.values() if listed.total() >= 6]
    assert len(several) > 50
    of_the_first = sum(max(listed.values()) for listed in several)
    assert 0.4 < of_the_first / sum(listed.total() for listed in several) < 0.8
    assert len({max(listed, key=lambda name: listed[name]) for listed in several}) > 30
