"""`glancetape import --pseudonymise` and `--sample`: a capture that may be shared."""

from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.imageset.image_set import ImageSet
from support.running.in_process import run
from support.sets.captures import tenant, tokens_of
from support.sets.set_commands import call
from support.sets.set_files import write_ndjson

COUNT = 600
KEY = {"GLANCETAPE_KEY": "a key for tests, long enough"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same images as NDJSON, as a set, and as a cassette of one project's view."""
    folder = tmp_path_factory.mktemp("sources")
    write_ndjson(folder / "a.ndjson", tenant(COUNT))
    assert 0 == call("import", folder / "a.ndjson", "--out", folder / "a.images").exit_code
    made = ("generate", "--spec", "tenant", "--count", str(COUNT), "--out", folder / "a.yaml")
    assert 0 == call(*made).exit_code
    return folder


def _import(source: Path, out: Path, *options: str) -> list[dict[str, Any]]:
    done = run("import", source, "--out", out, "--force", *options, **KEY)
    assert 0 == done.returncode, done.stderr
    with ImageSet(out) as images:
        members = images.members_at(0, len(images))
        return [
            {**image, "members": sorted(members.get(position, []))}
            for position, image in enumerate(images)
        ]


def test_ndjson_and_a_set_become_the_same_pseudonyms(sources: Path, tmp_path: Path) -> None:
    """With members, links and owners that fit together."""
    one = _import(sources / "a.ndjson", tmp_path / "one.images", "--pseudonymise")
    two = _import(sources / "a.images", tmp_path / "two.images", "--pseudonymise")

    before = {image["id"]: image for image in tenant(COUNT)}
    assert one == two
    assert before.keys() == {image["id"] for image in one}
    owners: dict[str, set[str]] = {}
    for image in one:
        was = before[image["id"]]
        owners.setdefault(was["owner"], set()).add(image["owner"])
        assert was.get("__originalimagename") == image.get("__originalimagename")
        assert len(was.get("members", [])) == len(image["members"])
    assert all(len(stand_ins) == 1 for stand_ins in owners.values())


def test_no_chosen_word_is_in_the_file(sources: Path, tmp_path: Path) -> None:
    """Nor the name of the file that was read."""
    secret = tmp_path / "zqcapture.ndjson"
    images = tenant(200)
    for number, image in enumerate(images):
        image.update(name=f"zqname{number}", zqproperty=f"zqvalue{number}", tags=["zqtag=zqtext"])
    write_ndjson(secret, images)

    shown = _import(secret, tmp_path / "shared.images", "--pseudonymise")

    assert not [token for token in tokens_of(shown) if "zq" in token]
    stored = (tmp_path / "shared.images").read_bytes()
    for word in (b"zqcapture", b"zqname", b"zqproperty", b"zqvalue", b"zqtag", b"zqtext"):
        assert word not in stored


TOKEN, PROJECT = "gAAAAABcanaryTOKENabcdefghij0123456789XYZ", "0a" * 16
NAMES = {
    f"{TOKEN}-{PROJECT}": "REDACTED",
    f"prod_{TOKEN}": "prod_REDACTED",
    f"of_{PROJECT.upper()}_x": "of_REDACTED_x",
    f"a-6eb46d00-93bb-4d0e-adbe-913f955f0752.{TOKEN}": "a-REDACTED.REDACTED",
    f"facade00{'0' * 24}": f"facade00{'0' * 24}",
    "images of march": "images of march",
}


@pytest.mark.parametrize("options", [(), ("--stand-ins",), ("--sample", "100%")])
@pytest.mark.parametrize("name", NAMES)
def test_no_secret_and_no_id_of_a_file_name_is_stored(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    source = tmp_path / f"{name}.ndjson"
    write_ndjson(source, tenant(3))
    _import(source, tmp_path / "a.images", *options)

    with ImageSet(tmp_path / "a.images") as images:
        assert f"{NAMES[name]}.ndjson" == images.about["made_from"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("ending", ["ndjson", "images", "yaml"])
def test_a_sample_holds_what_its_images_were_made_from(
    sources: Path, tmp_path: Path, ending: str
) -> None:
    """The same part each time; its images are as they were."""
    source = sources / f"a.{ending}"
    whole = _import(source, tmp_path / "whole.images", "--sample", "100%")
    part = _import(source, tmp_path / "part.images", "--sample", "10%")

    assert part == _import(source, tmp_path / "again.images", "--sample", "10")
    by_id = {image["id"]: image for image in whole}
    ids = {image["id"] for image in part}
    assert all(by_id[image["id"]] == image for image in part)
    assert 0.05 * len(whole) < len(part) < 0.4 * len(whole)
    for image in part:
        parent = image.get("__originalimagename")
        assert parent not in by_id or parent in ids


def test_a_sample_says_how_many_and_keeps_the_view(sources: Path, tmp_path: Path) -> None:
    """Home project and dialect are those of the set."""
    out = tmp_path / "part.images"
    done = run("import", sources / "a.images", "--out", out, "--sample", "10%")

    with ImageSet(sources / "a.images") as whole, ImageSet(out) as part:
        assert f"{out}: {len(part)} of {COUNT} images\n" == done.stderr
        for name in ("home_project", "dialect"):
            assert whole.about[name] == part.about[name]


def test_a_cassette_is_shared_with_its_view(sources: Path, tmp_path: Path) -> None:
    """The home project is a stand-in that owns most of the images."""
    shared = _import(sources / "a.yaml", tmp_path / "a.images", "--pseudonymise", "--sample", "50%")

    with ImageSet(tmp_path / "a.images") as images:
        home = images.about["home_project"]
    assert home.startswith("facade00")
    assert home in {image["owner"] for image in shared}
    assert all(image["name"].startswith("standin-text-") for image in shared)


@pytest.mark.parametrize("share", ["0", "-1%", "101%", "five", "", "nan", "1e9", "٥"])
def test_a_share_that_is_none_is_refused(sources: Path, tmp_path: Path, share: str) -> None:
    """Before anything is read."""
    done = run("import", sources / "a.images", "--out", tmp_path / "x.images", "--sample", share)

    assert 2 == done.returncode
    assert "--sample is not a percentage" in done.stderr


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("a.images", ("--sample", "0.0001%"), "keeps none of "),
        ("a.images", ("--sample", "5%", "--skip-bad"), "do not go with image sets"),
        ("a.yaml", ("--sample", "5%", "--out", "x.yaml"), "go with image sets"),
        ("none.images", ("--sample", "5%"), "none.images"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    sources: Path, tmp_path: Path, source: str, options: tuple[str, ...], message: str
) -> None:
    """And nothing is written."""
    out = () if "--out" in options else ("--out", tmp_path / "x.images")

    done = run("import", sources / source, *out, *options)

    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert [] == list(tmp_path.iterdir())


def test_a_set_is_not_written_over_itself(sources: Path) -> None:
    """With --force neither."""
    before = (sources / "a.images").read_bytes()
    both = (sources / "a.images", "--out", sources / "a.images")

    done = run("import", *both, "--sample", "5%", "--force")

    assert 1 == done.returncode
    assert "is the file to read" in done.stderr
    assert before == (sources / "a.images").read_bytes()
