"""Projects have a character, servers keep what they are, and shares come out as asked for."""

import re
from collections import Counter, defaultdict
from itertools import chain
from operator import itemgetter

import pytest

from glancetape_generators.spec.reading import read_spec
from glancetape_generators.vocabulary.vocabulary import descriptions, vocabulary
from support.drawn.random_specs import spec_of
from support.sets.generated import Image, images_of

COUNT = 8000
_OF_ONE_SYSTEM = vocabulary()["applications_for"]


@pytest.fixture(scope="module")
def images() -> list[Image]:
    """Images of a region."""
    return images_of(read_spec("region"), COUNT)


@pytest.fixture(scope="module")
def projects(images: list[Image]) -> list[list[Image]]:
    """The images of each project with thirty or more, the oldest first."""
    owned = defaultdict(list)
    for image in images:
        if image["visibility"] != "public":
            owned[image["owner"]].append(image)
    for listed in owned.values():
        listed.sort(key=lambda image: str(image["created_at"]))
    return [listed for listed in owned.values() if len(listed) >= 30]


def _most(things: list[str | None], number: int) -> float:
    counted = Counter(thing for thing in things if thing is not None)
    return sum(count for _, count in counted.most_common(number)) / counted.total()


def test_a_project_runs_one_or_two_systems(projects: list[list[Image]]) -> None:
    """Two platforms have most of its images; projects differ."""
    assert len(projects) > 30
    shares = [_most([one.get("__platform") for one in listed], 2) for listed in projects]
    favourites = {
        Counter(one.get("__platform") for one in listed).most_common(1)[0][0] for listed in projects
    }

    assert sum(share > 0.7 for share in shares) > 0.8 * len(shares)
    assert len(favourites) > 3


PHRASES = {language: descriptions(language) for language in vocabulary()["descriptions"]}


@pytest.mark.parametrize(
    ("flavour", "languages"),
    [
        ("huawei-intl", {"en"}),
        ("huawei-cn", {"en", "zh"}),
        ("otc", {"en", "de"}),
        ("flexible-engine", {"en", "fr"}),
    ],
)
def test_a_project_describes_its_images_in_one_language(flavour: str, languages: set[str]) -> None:
    """One that is spoken in the cloud."""
    spec = spec_of({"like": "region", "flavour": flavour, "projects": {"count": 30}})
    owned = defaultdict(set)
    for image in images_of(spec, 2000):
        if image["visibility"] != "public" and image.get("__description"):
            owned[image["owner"]].add(image["__description"])

    spoken = [
        [name for name, phrases in PHRASES.items() if found <= set(phrases)]
        for found in owned.values()
        if len(found) > 1
    ]

    assert len(spoken) > 10
    assert all(len(names) == 1 for names in spoken)
    assert languages == {name for names in spoken for name in names}


@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize(
    ("preset", "field"), [("region", "__description"), ("openstack", "description")]
)
def test_descriptions_have_favourites_and_a_long_tail(preset: str, field: str, seed: int) -> None:
    """Some projects number theirs; a number never falls, and has one text around it."""
    spec = spec_of({"like": preset, "projects": {"count": 60}})
    owned = defaultdict(list)
    for image in sorted(images_of(spec, 3000, seed), key=itemgetter("created_at")):
        if image["visibility"] != "public" and image.get(field):
            owned[image["owner"]].append(image[field])
    unnumbered = set(chain(*vocabulary()["descriptions"].values()))
    numbered = [[text for text in texts if text not in unnumbered] for texts in owned.values()]

    assert len({*chain(*numbered)}) > 60
    assert 0.25 < sum(map(bool, numbered)) / len(numbered) < 0.65
    for texts in numbered:
        around = {re.sub("[0-9]+$", "", text.removeprefix("CHG00")) for text in texts}
        assert len(around) < 2
        numbers = [int(re.findall("[0-9]+", text)[-1]) for text in texts]
        assert sorted(numbers) == numbers


def test_a_project_has_few_conventions_for_names(projects: list[list[Image]]) -> None:
    """By the shape of the name: digits, separators."""
    shares = [
        _most([re.sub("[a-z]+", "a", re.sub("[0-9]+", "0", one["name"])) for one in listed], 3)
        for listed in projects
    ]

    assert sum(share > 0.6 for share in shares) > 0.8 * len(shares)


def test_numbers_in_names_rise(projects: list[list[Image]]) -> None:
    """In one project, the number of an app never falls."""
    steps = 0
    for listed in projects:
        last: dict[str, int] = {}
        for image in listed:
            if found := re.fullmatch(r"(?!golden)(.+)-v([0-9]+)", image["name"]):
                app, number = found[1], int(found[2])
                assert last.get(app, 0) <= number
                steps += app in last
                last[app] = number
    assert steps > 50


def test_few_images_of_a_project_have_the_same_number() -> None:
    """A project that makes many images counts faster than one that makes few."""
    names = Counter(
        (one["owner"], one["name"])
        for one in images_of(read_spec("tenant"), COUNT)
        if one["visibility"] != "public" and re.search("-v[0-9]+$", one["name"])
    )

    assert len({owner for owner, _ in names}) > 3
    assert names.total() < 1.3 * len(names)


@pytest.mark.parametrize("preset", ["region", "tenant", "openstack"])
def test_no_number_in_fifty_names_is_over_two_hundred(preset: str) -> None:
    """Few images would not be what is left of hundreds."""
    names = [
        str(one["name"]) for seed in range(9) for one in images_of(read_spec(preset), 50, seed)
    ]

    numbers = [int(found[1]) for name in names if (found := re.search("-v([0-9]+)$", name))]

    assert 20 < len(numbers)
    assert 200 >= max(numbers)


@pytest.mark.parametrize("preset", ["region", "openstack"])
def test_no_project_gives_a_dozen_images_one_name(preset: str) -> None:
    """A date or a number tells them apart; only installation media keep the name of their file."""
    named = Counter(
        (one["owner"], one["name"])
        for one in images_of(read_spec(preset), COUNT)
        if one["visibility"] != "public" and one["disk_format"] != "iso"
    )

    assert max(named.values()) < 12


@pytest.mark.parametrize(
    ("preset", "most"), [("region", 0.05), ("tenant", 0.1), ("openstack", 0.07)]
)
def test_few_images_of_a_project_have_the_name_of_another(preset: str, most: float) -> None:
    """In 6,000 images: the six projects of a tenant repeat more than the many of a region."""
    named = Counter(
        (one["owner"], one["name"])
        for one in images_of(read_spec(preset), 6000)
        if one["visibility"] != "public" and one["disk_format"] != "iso"
    )

    repeated = sum(count for count in named.values() if count > 1)

    assert repeated < most * named.total()


@pytest.mark.parametrize(
    ("preset", "words"),
    [("region", ("env", "Env", "environment", "stage", "ENV")), ("openstack", ("ci", "CI"))],
)
def test_each_project_writes_the_words_of_its_tags_in_one_way(
    preset: str, words: tuple[str, ...]
) -> None:
    """Projects differ: one has `env=prod`, another one `stage=live`."""
    used = defaultdict(set)
    for image in images_of(read_spec(preset), COUNT):
        for tag in image["tags"]:
            if (key := tag.partition("=")[0]) in words:
                used[image["owner"]].add(key)

    assert set(words) == set(chain.from_iterable(used.values()))
    assert {1} == {len(keys) for keys in used.values()}


def test_a_project_writes_the_words_of_its_tags_in_one_style() -> None:
    """It has what is at the same part of each list; words without a list have one spelling."""
    tags = {
        "share": 100,
        "most": 2,
        "keys": {"env": {"prod": 1, "dev": 1}, "x": {"prod": 1, "": 1}},
        "spellings": {"env": ["env", "stage"], "prod": ["p", "q", "live", "LIVE"]},
    }
    spec = spec_of({"like": "region", "tags": tags})
    styles = {
        "env": {"env=p", "env=q", "env=dev"},
        "stage": {"stage=live", "stage=LIVE", "stage=dev"},
    }

    used: dict[str, set[str]] = defaultdict(set)
    for image in images_of(spec, 4000):
        used[image["owner"]].update(image["tags"])

    keys = Counter(
        key for tags_of in used.values() for key, known in styles.items() if tags_of & known
    )
    assert min(keys.values()) > 20
    for tags_of in used.values():
        with_env = {tag for tag in tags_of if tag[0] in "es"}
        assert any(with_env <= known for known in styles.values())
        assert len({tag.partition("=")[2] for tag in tags_of} - {"", "dev"}) <= 1
    assert {"x", "x=p", "x=q", "x=live", "x=LIVE"} <= set().union(*used.values())


def test_an_app_fits_its_system(images: list[Image]) -> None:
    """In names of images and of the files that they were made from."""
    seen = 0
    for image in images:
        for text in (image["name"], image.get("__data_origin", "").partition(":")[2]):
            app = re.match("[a-z]+", text)
            if app and app[0] in _OF_ONE_SYSTEM and image["visibility"] != "public":
                seen += 1
                if image["__os_type"] != "Other":
                    assert image["__os_type"] in _OF_ONE_SYSTEM[app[0]], text
    assert seen > 500


def test_a_server_has_one_parent_and_one_set_of_flags(images: list[Image]) -> None:
    """However many images were made from it."""
    servers = defaultdict(set)
    count: Counter[str] = Counter()
    for image in images:
        if image.get("__data_origin", "").startswith("instance,"):
            server = image["__data_origin"]
            count[server] += 1
            flags = (image.get("__support_agent_list"), image.get("__support_fc_inject"))
            servers[server].add((image["__originalimagename"], image["owner"], flags))

    assert {1} == {len(found) for found in servers.values()}
    assert sum(number > 1 for number in count.values()) > 50


def test_few_parents_are_for_special_hardware(images: list[Image]) -> None:
    """GPUs, FPGAs, HANA and bare metal."""
    known = {image["id"]: image for image in images}
    parents = [known[name] for one in images if (name := one.get("__originalimagename")) in known]
    special = [
        one
        for one in parents
        if one["virtual_env_type"] == "Ironic"
        or any(name.endswith(("gpu_type", "fpga_type", "hana")) for name in one)
    ]

    assert len(special) < 0.05 * len(parents)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(3))
def test_shares_come_out_as_asked_for(seed: int) -> None:
    """Within a percentage point in 5,000 images, whatever their parents are."""
    said = {
        "like": "region",
        "platforms": {"Windows": 40, "Ubuntu": 45, "CentOS": 15},
        "versions": {"Ubuntu 22.04 server 64bit": 60, "Ubuntu 20.04 server 64bit": 40},
        "parents": {"evenness": 20},
    }
    images = images_of(spec_of(said), 5000, seed)
    tenants = [one for one in images if one["visibility"] != "public"]
    found = Counter(one["__platform"] for one in tenants if "__platform" in one)
    versions = Counter(one["__os_version"] for one in tenants if one.get("__platform") == "Ubuntu")

    for name, share in said["platforms"].items():  # type: ignore[attr-defined]
        assert abs(found[name] / found.total() - share / 100) <= 0.01, name
    for name, share in said["versions"].items():  # type: ignore[attr-defined]
        assert abs(versions[name] / versions.total() - share / 100) <= 0.02, name
