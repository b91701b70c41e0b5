"""Images generated from a learned spec are like those that it was learned from."""

import random
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from glancetape_cassettes.errors import GlancetapeError, ImageSetError
from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.comparing.held_out import generated, score_held_out
from glancetape_generators.learning.comparing.scores import PARTS, compare
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.parts.name_templates import cut
from glancetape_generators.learning.spec_text import spec_of
from glancetape_generators.learning.writing_specs import learn_text, write_learned
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Tags
from support.sets.captures import tenant
from support.sets.generated import images_of

COUNT = 1600
SEED, OTHER = 14, 12


@cache
def _capture(seed: int, preset: str = "tenant") -> Capture:
    return generated(read_spec(preset), COUNT, seed)


@cache
def _learned(preset: str = "tenant") -> str:
    return learn_text(_capture(SEED, preset), 10)[1]


def _sections() -> Any:
    return yaml.safe_load(_learned())


@pytest.mark.parametrize("preset", ["tenant", "openstack"])
def test_a_learned_spec_makes_images_as_alike_as_another_seed_of_the_preset(preset: str) -> None:
    """Less a hundredth: a spec cannot say everything."""
    learned = compare(_capture(SEED, preset), generated(spec_of(_learned(preset)), COUNT, OTHER))
    seeds = compare(_capture(SEED, preset), _capture(OTHER, preset))

    assert learned.score >= seeds.score - 0.01
    assert set(PARTS) == set(learned.parts)


def test_a_plain_glance_is_learned_as_one() -> None:
    """With platforms by os_distro, snapshots as instances, and no property that Nova writes."""
    learned, preset = yaml.safe_load(_learned("openstack")), read_spec("openstack")

    assert "openstack" == learned["like"]
    assert preset.catalogue.images == learned["catalogue"]["images"]
    for section, weights in (("made", preset.made), ("kinds", preset.kinds)):
        total = sum(weights.values())
        for name, weight in learned[section].items():
            found = weight + (learned[section].get("image", 0) if name == "file" else 0)
            wanted = weights[name] + (weights["image"] if name == "file" else 0)
            # A copy of an uploaded file shows nothing of it, and counts as a file.
            few = name == "image" and 0.3 * wanted < weight * total / 1000 <= wanted
            assert few or found / 1000 == pytest.approx(wanted / total, abs=0.03)
    assert learned["platforms"]["Ubuntu"] > 250
    assert "image_type" not in learned.get("properties", {})
    assert "os_distro" not in learned.get("properties", {})
    assert "{os}-{date}.qcow2" in learned["names"]["patterns"]


@pytest.mark.usefixtures("uncalibrated")
def test_snapshots_of_a_learned_glance_have_the_disks_of_servers() -> None:
    """Not those of uploaded files, most of which fit on any disk."""
    images = images_of(read_spec("openstack"), COUNT)
    for one in images:
        if "image_type" not in one and one["disk_format"] != "iso":
            one["min_disk"] = 0 if one.get("os_distro") in ("ubuntu", "debian") else 20
    learned = learn_text(Capture.of(images), 10)[1]
    snapshots = [
        one for one in images_of(spec_of(learned), COUNT) if one.get("image_type") == "snapshot"
    ]

    assert len(snapshots) > 300
    assert sum(one["min_disk"] == 0 for one in snapshots) < len(snapshots) // 20


@pytest.mark.usefixtures("uncalibrated")
@pytest.mark.parametrize("preset", ["tenant", "openstack", "region"])
def test_private_images_alone_show_that_some_were_made_from_public_ones(preset: str) -> None:
    """As one project lists its own: few public images are added, and the ways of making stay."""
    images = images_of(read_spec(preset), COUNT)
    capture = Capture.of([one for one in images if one["visibility"] in ("private", "shared")])
    text = learn_text(capture, 10)[1]

    found = compare(capture, generated(spec_of(text), capture.count, OTHER))

    assert found.columns["way of making"] > 0.9
    assert 1 <= yaml.safe_load(text)["catalogue"]["images"] <= capture.count // 20


@pytest.mark.usefixtures("uncalibrated")
@pytest.mark.parametrize(
    ("of_ims", "like"), [(0, "openstack"), (1, "openstack"), (190, "openstack"), (210, "region")]
)
def test_most_images_decide_which_cloud_a_spec_is_of(of_ims: int, like: str) -> None:
    """A single image of IMS, uploaded to a Glance with its properties, changes nothing."""
    mixed = [
        *images_of(read_spec("region"), 400)[:of_ims],
        *images_of(read_spec("openstack"), 400)[of_ims:],
    ]
    learned, text, _ = learn_text(Capture.of(mixed), 10)
    others = [images for what, images in learned.conflicts.items() if "plain Glance" in what]

    assert yaml.safe_load(text)["like"] == like
    assert others == ([min(of_ims, 400 - of_ims)] if of_ims else [])


@pytest.mark.usefixtures("uncalibrated")
@pytest.mark.parametrize("preset", ["tenant", "openstack"])
def test_the_images_of_another_cloud_change_nothing(preset: str, tmp_path: Path) -> None:
    """The spec is that of one cloud alone, and the user is told what was left out."""
    spec, other = (
        read_spec(one) for one in (preset, "openstack" if preset == "tenant" else "region")
    )
    ours, others = images_of(spec, 500), images_of(other, 300)
    mixed = random.Random(1).sample([*ours, *others], 800)

    alone, together = (tmp_path / f"{name}.yaml" for name in ("alone", "together"))
    report = tmp_path / "report.md"
    write_learned(Capture.of(one for one in mixed if one in ours), 10, alone, None, force=False)
    said = write_learned(Capture.of(mixed), 10, together, report, force=False)

    assert alone.read_text("utf-8") == together.read_text("utf-8")
    assert "learned from 500 images" == said[0]
    cloud = "a plain Glance" if preset == "tenant" else "IMS"
    assert f"left out 300 images of {cloud}: a spec is of one cloud" in said
    assert "beside those of a plain Glance" in report.read_text("utf-8")


def test_too_few_images_of_one_cloud_make_no_spec(tmp_path: Path) -> None:
    """Whatever else is in the capture."""
    mixed = [*images_of(read_spec("tenant"), 9), *images_of(read_spec("openstack"), 8)]

    with pytest.raises(GlancetapeError, match="of 17 images, at most 9 are of one cloud"):
        write_learned(Capture.of(mixed), 10, tmp_path / "own.yaml", None, force=False)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.usefixtures("uncalibrated")
@pytest.mark.parametrize("keys", [1, 20, 21, 90])
def test_an_image_with_any_number_of_tags_is_learned_from(keys: int) -> None:
    """A spec says up to 20; Glance allows 128."""
    images = [{**one, "tags": [f"k{n}=1" for n in range(keys)]} for one in tenant(50)]

    text = learn_text(Capture.of(images), 10)[1]

    assert spec_of(text).tags.most == min(keys, 20)


def test_an_error_in_a_learned_spec_names_no_temporary_file() -> None:
    """It was never there for who reads the message."""
    with pytest.raises(ImageSetError, match=r"^the learned spec, line 1: times\.first: "):
        spec_of("times: {first: never}")


def test_a_capture_is_like_itself_and_less_like_others() -> None:
    """All parts are 1 for the same images, and lower for those of another preset."""
    same = compare(_capture(SEED), _capture(SEED))
    other = compare(_capture(SEED), generated(read_spec("edge-cases"), COUNT, SEED))

    assert {1.0} == {round(value, 9) for value in (*same.parts.values(), *same.columns.values())}
    assert all(other.parts[part] < 0.99 for part in PARTS if part != "parents")
    assert other.score < 0.9


def test_what_the_preset_says_is_learned() -> None:
    """Within what chance does to 1,600 images."""
    learned, preset = _sections(), read_spec("tenant")

    assert preset.catalogue.images == learned["catalogue"]["images"]
    assert preset.projects.count == learned["projects"]["count"]
    assert learned["projects"]["evenness"] <= 1
    for section, weights in (("kinds", preset.kinds), ("made", preset.made)):
        total = sum(weights.values())
        for name, weight in learned[section].items():
            assert weight / 1000 == pytest.approx(weights[name] / total, abs=0.03)
    assert "2023-01-01" == str(learned["times"]["first"])
    assert learned["times"]["weekend"] == pytest.approx(preset.times.weekend, abs=6)
    assert learned["times"]["growth"] == pytest.approx(preset.times.growth, abs=1)
    assert learned["times"]["ties"] <= 1
    assert {"nightly", "release", "manual"} == set(learned["properties"]["pipeline"]["values"])
    assert "share" not in learned["properties"]["pipeline"]
    assert "{app}-{date}" in learned["names"]["patterns"]
    assert "golden-{os}-v{number}" in learned["names"]["patterns"]
    assert "{app}镜像{number}" in learned["names"]["patterns"]


@pytest.mark.usefixtures("uncalibrated")
def test_ties_and_even_projects_are_learned() -> None:
    """From a preset that has both."""
    capture = generated(read_spec("edge-cases"), COUNT, SEED)

    learned = yaml.safe_load(learn_text(capture, 10)[1])

    times = [
        capture.column("created_at").codes[place]
        for place in range(COUNT)
        if not capture.is_public[place]
    ]
    counts = Counter(times)
    shared = sum(count for count in counts.values() if count > 1) / len(times)
    assert learned["times"]["ties"] == pytest.approx(100 * shared, abs=5)
    assert {1, 2, 3} & {learned["projects"]["evenness"]}
    assert learned["names"]["nulls"] == pytest.approx(8, abs=2)
    assert learned["tags"]["old"] == pytest.approx(40, abs=12)


def test_a_held_out_half_is_compared_with_two_ceilings() -> None:
    """Two seeds of what was learned, and the two halves themselves."""
    found = score_held_out(_capture(SEED), 10)

    assert found is not None
    assert 0.85 < found.learned.score < 1
    assert found.learned.score <= found.halves.score + 0.02
    assert score_held_out(generated(read_spec("tenant"), 30, SEED), 10) is None


def test_the_spec_is_a_page_of_text() -> None:
    """That a person reads and edits."""
    assert len(_learned()) < 9000
    assert max(map(len, _learned().splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("web-v12", ["app", "", "word", "number"]),
        ("ubuntu_20240102", ["os", "", "number"]),
        ("Ubuntu 22.04 server 64bit", ["os"]),
        ("websites", ["word"]),
        ("kafka镜像7", ["app", "word", "number"]),
        ("rocky.qcow2", ["os", "", "word"]),
        ("backup-web", ["word", "", "app"]),
        ("a1f3c9e0-build", ["hex", "", "word"]),
        ("7c2f9a10-0b1d-4e6a-9f00-123456789abc", ["uuid"]),
        ("", []),
    ],
)
def test_a_name_is_cut_where_its_kind_of_letter_changes(name: str, kinds: list[str]) -> None:
    """Words of the vocabulary are whole; other words are not searched for them."""
    assert kinds == [kind for kind, _ in cut(name)]
    assert name == "".join(text for _, text in cut(name))


@pytest.mark.usefixtures("uncalibrated")
def test_words_that_many_names_have_are_apps_or_part_of_patterns() -> None:
    """A word of one in twenty names is part of patterns; the words of an app are one app."""
    images = tenant(600)
    for number, image in enumerate(images):
        if image["visibility"] != "public":
            word = ("payroll", "ledger", "ledger", "acme-portal")[number % 4] if number % 3 else "x"
            image["name"] = f"team-{word}-{number}" if number % 3 else f"only-{number}-once{number}"
    images[5]["name"] = "team-unique-5"

    learned = yaml.safe_load(learn_text(Capture.of(images), 10)[1])

    patterns = learned["names"]["patterns"]
    assert "only-{number}-once{number}" in patterns
    assert {"team-payroll-{number}", "team-ledger-{number}"} <= patterns.keys()
    assert "unique" not in str(learned)
    few = [image for image in images if image["visibility"] != "public"]
    for number, image in enumerate(few):
        image["name"] = f"{'abcdefghijklmnopqrstuvwxyz'[number % 26] * 5}-portal-v{number}"
    learned = yaml.safe_load(learn_text(Capture.of(images), 10)[1])
    assert {"{app}-portal-v{number}": 1000} == learned["names"]["patterns"]
    assert {"aaaaa", "zzzzz"} <= learned["apps"].keys()


@pytest.mark.parametrize("rare", [0, 4, 38])
def test_a_tag_of_few_images_makes_no_other_key_popular(rare: int) -> None:
    """Wherever the image with it is."""
    images = [one for one in tenant(60) if one["visibility"] != "public"][:40]
    for number, image in enumerate(images):
        image["tags"] = ["env=prod", "team=web"] if number % 2 else ["env=prod"]
    images[rare]["tags"].append("stage=beta")

    learned = yaml.safe_load(learn_text(Capture.of(images), 10)[1])

    assert {"env": 667, "team": 333} == learned["tags"]["popular"]


@pytest.mark.usefixtures("uncalibrated")
def test_images_have_as_many_tags_where_each_project_has_keys_of_its_own() -> None:
    """Keys of too few projects stand in the spec as `other`, `other-2` and so on."""
    images = [dict(one, tags=[]) for one in tenant(400) if one["visibility"] != "public"]
    for number, image in enumerate(images):
        image["tags"] = [f"{image['owner'][:6]}-{key}" for key in "abc"[: 1 + number % 3]]

    learned = yaml.safe_load(learn_text(Capture.of(images), 10)[1])["tags"]

    assert {"other", "other-2", "other-3"} == learned["keys"].keys() == learned["popular"].keys()
    assert learned["popular"]["other"] > learned["popular"]["other-2"]
    assert {1: 333, 2: 333, 3: 333} == pytest.approx(learned["numbers"], abs=9)


def test_the_order_of_the_images_changes_nothing(
    tmp_path: Path, uncalibrated: list[object]
) -> None:
    """Two recordings of the same images make the same spec and report."""
    images = tenant(300)
    made = []
    for _ in range(2):
        out, report = tmp_path / "spec.yaml", tmp_path / "report.md"
        write_learned(Capture.of(images), 10, out, report, force=True)
        made.append((out.read_text("utf-8"), report.read_text("utf-8")))
        random.Random(1).shuffle(images)

    assert made[0] == made[1]
    half = len(uncalibrated) // 2  # a report is made by learning again from the images of the spec
    assert uncalibrated[:half] == uncalibrated[half:]
    assert uncalibrated


@pytest.mark.parametrize("flavour", ["otc", "huawei-cn", "flexible-engine"])
def test_the_cloud_is_known_by_its_public_images(flavour: str) -> None:
    """Each has names and versions of its own."""
    capture = generated(spec_of(f"like: tenant\nflavour: {flavour}\n"), 800, SEED)

    assert flavour == Classified(capture).flavour.name


@pytest.mark.usefixtures("uncalibrated")
def test_a_learned_spec_names_its_cloud() -> None:
    """And only versions and platforms of that cloud are in it, otherwise it could not be read."""
    capture = generated(spec_of("like: tenant\nflavour: otc\n"), 800, SEED)

    _, text, _ = learn_text(capture, 10)

    assert "otc" == yaml.safe_load(text)["flavour"] == spec_of(text).flavour


def test_the_default_cloud_is_not_written() -> None:
    """A spec holds what differs."""
    assert "flavour" not in _sections()


@pytest.mark.usefixtures("uncalibrated")
def test_how_many_members_images_have_is_learned_without_their_ids() -> None:
    """As shares of one, two and so on, of the images that have any."""
    images = tenant(1600)
    shared = [image for image in images if image.get("members")]
    for number, image in enumerate(shared):
        count = 5 if number % 4 == 0 else 2
        image["members"] = [
            {"member_id": f"partner-{member}", "status": "pending"} for member in range(count)
        ]

    text = learn_text(Capture.of(images), 10)[1]

    assert {
        "most": 5,
        "numbers": {2: pytest.approx(750, abs=5), 5: pytest.approx(250, abs=5)},
        "statuses": {"pending": 1000},
    } == yaml.safe_load(text)["members"]
    assert "partner" not in text


@pytest.mark.usefixtures("uncalibrated")
def test_keys_of_tags_are_learned_as_often_as_images_have_them() -> None:
    """A key that nearly all have is beside rare ones, in the spec and in what is made from it."""
    shares = {"env": 95, "team": 50, "owner": 15, "keep": 8}
    tags = Tags(
        share=60,
        most=3,
        old=0,
        keys={key: {"a": 2, "b": 1} for key in shares},
        numbers={1: 47, 2: 38, 3: 15},
        popular=shares,
    )
    capture = generated(replace(read_spec("region"), tags=tags), 4000, SEED)

    spec = spec_of(learn_text(capture, 10)[1])

    tagged = [image["tags"] for image in images_of(spec, 4000) if image["tags"]]
    found = Counter(tag.partition("=")[0] for one in tagged for tag in one)
    for key, share in shares.items():
        assert 100 * found[key] / len(tagged) == pytest.approx(share, abs=6)
    assert spec.tags.numbers[1] == pytest.approx(470, abs=30)
