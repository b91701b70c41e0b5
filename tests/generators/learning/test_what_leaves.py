"""Nothing that identifies an image or a project is in a learned spec, or in the report on it."""

import random
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.imageset.image_fields import format_time
from glancetape_generators.learning.capture import Capture
from glancetape_generators.learning.gate import examine
from glancetape_generators.learning.spec_text import spec_of
from glancetape_generators.learning.threshold import PROJECTS, Threshold
from glancetape_generators.learning.writing_specs import learn_text, write_learned
from support.drawn.examples import examples
from support.drawn.random_records import collections
from support.sets.captures import (
    of_preset,
    rare_tokens,
    tenant,
    tokens_of,
    with_owners,
    words_of_the_generator,
)
from support.sets.generated import Image
from support.sets.set_files import record

pytestmark = pytest.mark.usefixtures("uncalibrated")

LEAST = 10
# Fields whose text is free; each gets a secret of its own in some images.
PLANTED = (
    *("id", "name", "owner", "__description", "__data_origin", "__image_location", "file"),
    *("__originalimagename", "__backup_id", "__system__cmkid", "enterprise_project_id", "self"),
    *("__productcode", "__account_code", "__os_version", "__platform", "commit", "pipeline"),
    *("checksum", "disk_format", "status_note", "__support_agent_list", "__os_feature_list"),
    *("os_distro", "os_version", "image_type", "base_image_ref", "owner_user_name", "description"),
    *("hw_firmware_type", "virtual_env_type", "container_format", "__os_type", "__imagetype"),
)


def _secret(drawn: random.Random) -> str:
    return "zq" + "".join(drawn.choices("abcdefghijklmnoprstuvwxy0123456789", k=14))


def _planted(images: list[Image], of_each: int) -> list[Image]:
    """Plant a word in every field of some images; each word is in `of_each` images."""
    drawn = random.Random(3)
    places = iter(drawn.sample(range(len(images)), len(images)))
    for field in PLANTED:
        secret = _secret(drawn)
        for number in range(1 if field == "id" else of_each):
            images[next(places)][field] = f"{secret}-{number}" if field == "id" else secret
    for make in (
        lambda image, secret: image["tags"].append(secret),
        lambda image, secret: image["tags"].append(f"{secret}=prod"),
        lambda image, secret: image["tags"].append(f"env={secret}"),
        lambda image, secret: image["tags"].append(f"env.{secret}"),
        lambda image, secret: image.update({secret: "x"}),
        lambda image, secret: image.update({f"__{secret}": secret}),
        lambda image, secret: image.update(name=f"web-{secret}-20240102"),
        lambda image, secret: image.update(name=f"{secret}镜像{secret}"),
        lambda image, secret: image.update(
            visibility="shared", members=[{"member_id": secret, "status": "accepted"}]
        ),
    ):
        secret = _secret(drawn)
        for _ in range(of_each):
            make(images[next(places)], secret)
    return images


def _spec_of(images: list[Image]) -> str:
    return learn_text(Capture.of(images), LEAST)[1]


def _made(images: list[Image], folder: Path) -> tuple[str, str]:
    out, report = folder / "spec.yaml", folder / "report.md"
    write_learned(Capture.of(images), LEAST, out, report, force=True)
    return out.read_text("utf-8"), report.read_text("utf-8")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("owners", [1, 2, 6])
@pytest.mark.parametrize("preset", ["tenant", "openstack"])
@pytest.mark.parametrize("of_each", [1, LEAST - 1])
def test_a_word_that_few_images_have_stays_in_the_capture(
    owners: int, preset: str, of_each: int
) -> None:
    """In whichever field it is, and however many projects the capture shows."""
    images = _planted(with_owners(of_preset(preset, 800), owners), of_each)

    assert "zq" not in _spec_of(images).casefold()


def test_a_word_that_few_images_have_is_not_in_the_report(tmp_path: Path) -> None:
    """It names the fields and texts that the spec has, and numbers, of which none is of few."""
    images = _planted(tenant(), LEAST - 1)

    made = _made(images, tmp_path)

    assert [] == [text for text in made if "zq" in text.casefold()]
    _, _, did_not = made[1].partition("## What did not")
    left_out, _, _ = did_not.partition("## How alike")
    assert f"fewer than {LEAST}" in left_out
    assert [] == [
        one for one in re.findall(r" (\d[\d,]*) (?:times|images)", left_out) if len(one) < 2
    ]


def test_a_word_of_one_project_among_many_stays_in_the_capture() -> None:
    """Even if most of its images have it."""
    images = with_owners(tenant(), 6)
    owner = next(image["owner"] for image in images if image["visibility"] != "public")
    for image in images:
        if image["owner"] == owner:
            image["name"] = "zqhidden-web"
            image["tags"] = ["zqkey=zqvalue"]
            image["zqproperty"] = "zqtext"
            image["pipeline"] = "zqword"

    assert "zq" not in _spec_of(images).casefold()


@pytest.mark.parametrize("owners", [pytest.param(1, marks=pytest.mark.interop), 4])
def test_few_projects_need_only_enough_images_and_the_report_says_so(
    tmp_path: Path, owners: int
) -> None:
    """The usual capture shows one project and what is public."""
    images = with_owners(tenant(600), owners)
    for image in images:
        if image["owner"] == f"{0:032x}":
            image["pipeline"] = "zqword"

    spec, report = _made(images, tmp_path)

    assert "zqword" in yaml.safe_load(spec)["properties"]["pipeline"]["values"]
    assert "no number of projects is required" in report
    assert "zqword" in report


def test_the_view_of_one_project_shows_its_own_habits_and_not_those_of_its_partners(
    tmp_path: Path,
) -> None:
    """A partner shares many images with it, and all of them have the partner's word."""
    images = with_owners(tenant(), 6)
    for image in images:
        number = int(image["owner"], 16) if image["visibility"] != "public" else 6
        if 0 < number < 6:
            word = "zqpartner" + "abcdef"[number]
            image.update(visibility="shared", name=f"web-{word}", tags=[word], pipeline=word)
        elif not number:
            image.update(visibility="private", name="web-zqown", pipeline="zqown")

    spec, report = _made(images, tmp_path)

    assert "{app}-zqown" in yaml.safe_load(spec)["names"]["patterns"]
    assert {"zqown"} == set(yaml.safe_load(spec)["properties"]["pipeline"]["values"]) - {"other"}
    assert "zqpartner" not in spec + report
    assert "It is the view of 1 project" in report


def _plain(count: int = 600) -> list[Image]:
    """Return images of 6 projects, of which each share is 0 or 100 and no two are of one time."""
    images = with_owners(tenant(count), 6)
    for number, image in enumerate(images):
        created = format_time(1_704_067_200 + number * 77_777)
        image.update(created_at=created, updated_at=created, active_at=created)
        if image["visibility"] != "public":
            image.update(name="web", tags=["env=prod"], pipeline="nightly", zqall="x")
    return images


_FEW: dict[str, Callable[[Image], None]] = {
    "no name": lambda image: image.update(name=None),
    "a tag of before": lambda image: image.update(tags=["env.prod"]),
    "another tag": lambda image: image.update(tags=["env=zqvalue" + image["id"][:5]]),
    "no tag": lambda image: image.update(tags=[]),
    "another value": lambda image: image.update(pipeline="zqvalue" + image["id"][:5]),
    "a property less": lambda image: image.pop("zqall", None),
    "one second": lambda image: image.update(created_at="2024-03-03T03:03:03Z"),
    "an earlier time": lambda image: image.update(created_at="1999-01-01T00:00:00Z"),
    "a later time": lambda image: image.update(
        created_at="2039-01-01T00:00:00Z", updated_at="2039-01-01T00:00:00Z"
    ),
}
"""What an image can be, by which it differs from all others."""


def _shares(images: list[Image]) -> dict[str, Any]:
    spec = yaml.safe_load(_spec_of(images))
    tags, times, properties = spec["tags"], spec["times"], spec["properties"]
    return {
        "nulls": spec["names"]["nulls"],
        "tags": (tags["share"], tags["old"], tags["keys"]),
        "pipeline": properties["pipeline"]["values"],
        "zqall": properties["zqall"].get("share", spec["templates"]),
        "times": (times["first"], times["now"].year, times["ties"]),
    }


@pytest.mark.sampled(6)
@pytest.mark.parametrize("kind", _FEW)
def test_a_share_of_few_images_or_of_one_project_is_none(kind: str) -> None:
    """Neither a percentage, nor `other`, nor the first or last day shows them; many are shown."""
    few, of_one, many = (_plain() for _ in range(3))
    private = [place for place, image in enumerate(few) if image["visibility"] != "public"]
    for place in private[: LEAST - 1]:
        _FEW[kind](few[place])
    owner = few[private[0]]["owner"]
    for place in [place for place in private if few[place]["owner"] == owner][: 3 * LEAST]:
        _FEW[kind](of_one[place])
    for place in private[: 12 * LEAST]:
        _FEW[kind](many[place])

    as_it_is = _shares(_plain())
    assert as_it_is == _shares(few)
    assert as_it_is == _shares(of_one)
    assert as_it_is != _shares(many)


@pytest.mark.parametrize("owners", [1, 2, 6])
def test_every_longer_word_is_common_or_the_generators_own(owners: int) -> None:
    """By a count that shares no code with the one that decides."""
    images = with_owners(tenant(), owners)
    rare = rare_tokens(images, LEAST, PROJECTS if owners >= 5 else 1)

    assert set() == (tokens_of(_spec_of(images)) & rare) - words_of_the_generator()


@given(collections)
@example(
    [
        record("0"),
        record("1"),
        record("2", visibility="private", status="killed"),
        record("3", visibility="private", status="killed", disk_format="iso"),
    ]
)  # too few of each way, so the ways are the preset's; and no image of a volume is ever killed
@examples(40)
def test_any_small_capture_makes_a_spec_that_is_read_or_none(images: list[Image]) -> None:
    """Whatever odd values its images have."""
    capture = Capture.of(images)

    _, text, _ = learn_text(capture, 2)

    spec_of(text)
    rare = rare_tokens(images, 2, PROJECTS if capture.projects >= 5 else 1)
    assert set() == (tokens_of(text) & rare) - words_of_the_generator()


_TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "null",
            "true",
            "1",
            "1.0",
            "a: b",
            "#x",
            "{a}",
            "{uuid}",
            "x-{Date}",
            "}{",
            "a\nb",
            "\x07",
            "ä",
            "🙂",
        ),
        *("-", "2024-01-01", "v12", "yes", "~", "[x]", "'", '"', "\\", "\u2028", "a" * 300, "a=b"),
        *("=", "."),
    ]
)


@given(st.lists(_TEXTS, min_size=1, max_size=4), st.lists(_TEXTS, min_size=1, max_size=4))
@example(["a\nb"], ["-"])  # the pattern `a-b`, which some UUIDs have
@examples(40)
def test_odd_texts_that_many_images_have_are_read_back(names: list[str], values: list[str]) -> None:
    """As names, tags, and names and values of properties."""
    images = tenant(60)
    for number, image in enumerate(images):
        image["name"] = names[number % len(names)]
        image["tags"] = [values[number % len(values)]]
        image[names[0] or "x"] = values[number % len(values)]
        image["own"] = values[number % len(values)]

    _, text, _ = learn_text(Capture.of(images), 2)

    written = yaml.load(text, yaml.BaseLoader)["properties"]
    read = spec_of(text).properties
    assert "own" in written
    assert {name: one["values"] for name, one in written.items()} == {
        name: {value: str(weight) for value, weight in one.values.items()}
        for name, one in read.items()
    }


# Ids and secrets

_OWNER = "0f3c5b0e9a7d4c1f8e2b6a5d4c3b2a19"
_IMAGE = "4b1d2f6c-8e3a-4c57-9a0b-d1e2f3a4b5c6"
_STRANGER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_TOKEN = "gAAAAABl" + "aB3_xY-9" * 14
IDENTIFYING = {
    "an owner": _OWNER,
    "an owner in capitals": _OWNER.upper(),
    "an owner behind a word": f"proj_{_OWNER}",
    "an owner's first digits": _OWNER[:8],
    "an owner with hyphens": f"{_OWNER[:8]}-{_OWNER[8:12]}-{_OWNER[12:16]}-{_OWNER[16:20]}",
    "an owner with a name": "zqacme_prod",
    "its name inside a text": "for-zqacme_prod-only",
    "a short name": "zq7",
    "a member": "zqpartner",
    "an image": _IMAGE,
    "a UUID of no image": _STRANGER,
    "32 digits of nobody": _STRANGER.replace("-", ""),
    "a token": _TOKEN,
    "a token behind a word": f"k_{_TOKEN}",
    "a token right behind a letter": f"k{_TOKEN}",
    "a key of AWS behind a word": "k_AKIAIOSFODNN7EXAMPLE",
    "a host": "db07.zqhost.internal",
    "a host behind a word": "on-db07.eu.zqcorp.de-2",
    "a domain": "zqsite.com",
    "a domain of a country": "zqsite.eu",
    "a domain of a service": "zqsite.cloud",
    "a network of IPv6": "fd0a:7::/48",
    "the beginning of an address of IPv6": "2001:db8:7::",
    "a domain in reverse": "com.zqvendor.build",
    "a person": "zq.lovelace@acme.example",
    "a person's name": "zqlovelace.ada@acme.example",
    "an address": "10.4.7.12",
    "an address of IPv6": "2001:db8::7",
    "a network card": "52:54:00:12:ab:ef",
    "a page": "https://zqwiki/x",
}
_PLACES: dict[str, Callable[[Image, str], None]] = {
    "name of a property": lambda image, text: image.update({text: "zqvalue"}),
    "value of a property": lambda image, text: image.update(zqproperty=text),
    "tag": lambda image, text: image["tags"].append(text),
    "piece of a tag": lambda image, text: image["tags"].append(f"{text}.zqvalue"),
    "key of a tag": lambda image, text: image["tags"].append(f"{text}=zqvalue"),
    "value of a tag": lambda image, text: image["tags"].append(f"zqkey={text}"),
    "name": lambda image, text: image.update(name=f"web-{text}"),
}


def _identified() -> list[Image]:
    """Return images of 7 projects; each id of the table is of one of them."""
    images = with_owners(tenant(600), 7)
    owners = {image["owner"] for image in images if image["visibility"] != "public"}
    named = dict(zip(sorted(owners), (_OWNER, "zqacme_prod", "zq7"), strict=False))
    for image in images:
        image["owner"] = named.get(image["owner"], image["owner"])
    images[5].update(
        visibility="shared", members=[{"member_id": "zqpartner", "status": "accepted"}]
    )
    images[9]["id"] = _IMAGE
    return images


@pytest.mark.sampled(3)
@pytest.mark.parametrize("place", _PLACES)
def test_an_id_or_a_secret_stays_in_the_capture_however_many_images_have_it(place: str) -> None:
    """Many images of several projects have each; another text that as many have leaves."""
    images = _identified()
    private = [image for image in images if image["visibility"] != "public"]
    random.Random(5).shuffle(private)
    texts = [*IDENTIFYING.values(), "zqcommon", "zqcommon"]
    for number, image in enumerate(private):
        _PLACES[place](image, texts[number % len(texts)])

    found = _spec_of(images).casefold()

    assert "zqcommon" in found
    assert [] == [kind for kind, text in IDENTIFYING.items() if text.casefold() in found]
    assert not {"zqlovelace", "zqhost", "zqcorp", "zqsite", "zqvendor", "zqwiki"} & tokens_of(found)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("kind", IDENTIFYING)
def test_the_gate_refuses_an_id_or_a_secret_that_many_images_have(kind: str) -> None:
    """It does not trust what learned the spec, and does not repeat the text."""
    text = IDENTIFYING[kind]
    images = _identified()
    for image in images:
        image["pipeline"] = text
    spec = _spec(
        properties={"pipeline": {"share": 1, "kinds": ["private"], "values": {text: 1}}},
    )

    _, leaks = examine(spec, Capture.of(images), Threshold(LEAST, PROJECTS))

    assert ["properties"] == list({leak.place for leak in leaks})
    assert not any(text.casefold() in str(leak).casefold() for leak in leaks)


def test_a_common_text_that_only_looks_a_little_like_an_id_leaves() -> None:
    """Dates, names of Glance's properties, and short pieces that any UUID may have."""
    texts = [
        *("2024-01-05", "hw_qemu_guest_agent", "release 20240105", "a-b", "1.2.3", "v1.2.beta"),
        *("3.10.0-1160.el7.x86_64", "ubuntu.qcow2", "03:04:05", "5.4.0-generic", "1.2.3.4.5"),
    ]
    images = _identified()
    for number, image in enumerate(images):
        image["pipeline"] = texts[number % len(texts)]

    values = yaml.safe_load(_spec_of(images))["properties"]["pipeline"]["values"]
    assert set(texts) == set(map(str, values))


def test_a_short_text_is_no_piece_of_an_id() -> None:
    """One image has a UUID with `a-b`; a longer piece of the UUID is found."""
    images = tenant(60)
    images[7]["id"] = "4b1d2f6c-8e3a-4c57-9a0a-b1e2f3a4b5c6"
    images[8]["file"] = f"/v2/images/{images[7]['id']}/file"
    capture, threshold = Capture.of(images), Threshold(LEAST, 1)

    short, _ = examine(_spec(names={"patterns": {"{app}a-b{os}": 1}}), capture, threshold)
    _, leaks = examine(_spec(names={"patterns": {"{app}9a0a-b1e2{os}": 1}}), capture, threshold)

    assert "a-b" in {one.literal for one in short}
    assert leaks


def test_a_property_name_of_a_report_is_in_the_spec(tmp_path: Path) -> None:
    """Also one with a space in it, in the list of what is least alike."""
    images = _identified()
    for image in images[::2]:
        image[f"of {_OWNER}"] = "x"

    assert [] == [text for text in _made(images, tmp_path) if _OWNER in text]


def test_names_of_properties_that_few_images_have_take_little_memory() -> None:
    """Memory grows with the entries, not with the names times the images."""
    images = [{"id": f"{n}", "owner": "o", f"zq{n}": "x", "common": "y"} for n in range(4000)]
    tracemalloc.start()
    try:
        capture = Capture.of(images)
        half = capture.at(np.arange(capture.count) % 2 == 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 24 << 20  # a column for each name takes 128 MB
    assert [17] == np.flatnonzero(capture.has("zq17")).tolist()
    assert [9] == np.flatnonzero(half.has("zq18")).tolist()
    assert (1, 0) == (capture.images_with("zq17"), half.images_with("zq17"))
    assert half.has("common").all()


# The gate by itself


def _spec(**sections: Any) -> str:
    return yaml.safe_dump({"like": "region", **sections}, allow_unicode=True)


@pytest.mark.parametrize(
    "sections",
    [
        {"names": {"patterns": {"{app}-zqname": 1}}},
        {"names": {"patterns": {"zqname{number}": 1}}},
        {"tags": {"keys": {"zqname": {"": 1}}}},
        {"tags": {"keys": {"env": {"zqname": 1}}}},
        {"properties": {"zqname": {"share": 1, "kinds": ["private"], "values": {"x": 1}}}},
        {"properties": {"x": {"share": 1, "kinds": ["private"], "values": {"zqname": 1}}}},
        {"platforms": {"zqname": 1}},
        {"versions": {"zqname": 1}},
        {"apps": {"zqname": 1}},
        {"region": "zqname"},
    ],
)
def test_the_gate_finds_a_text_of_few_images_wherever_it_is(sections: dict[str, Any]) -> None:
    """It does not trust what learned the spec, and does not repeat the text."""
    images = tenant()
    images[7]["name"] = "web-ZQname-2"
    capture = Capture.of(images)

    _, leaks = examine(_spec(**sections), capture, Threshold(LEAST, 1))

    assert leaks
    assert not any("zqname" in str(leak).casefold() for leak in leaks)


def test_the_gate_says_why_each_text_passes() -> None:
    """By the vocabulary, by number, or because no image has it."""
    images = tenant()
    for image in [one for one in images if one["visibility"] != "public"][::2]:
        image["tags"] = ["team=prod"]
    keys = {"ubuntu": {"": 1}, "team": {"prod": 1, "zqnowhere": 1}}

    passed, leaks = examine(_spec(tags={"keys": keys}), Capture.of(images), Threshold(LEAST, 3))

    having = [image for image in images if any(tag.startswith("team=") for tag in image["tags"])]
    owners = {image["owner"] for image in having}
    assert [] == leaks
    assert {
        "ubuntu": "in the vocabulary",
        "team": f"in {len(having):,} images of {len(owners)} projects",
        "prod": "in the vocabulary",
        "zqnowhere": "in no image",
    } == {one.literal: one.reason for one in passed}


def test_null_is_no_text_that_an_image_with_none_has() -> None:
    """Many images have null as a value, and one says `none`."""
    images = tenant(60)
    for image in images:
        image["zqown"] = None
    images[7]["name"] = "web-none"

    spec = yaml.safe_load(_spec_of(images))

    assert {None: 1000} == spec["properties"]["zqown"]["values"]


def test_the_kinds_of_a_property_are_no_text_of_an_image() -> None:
    """A plain Glance calls no image gold; one project calls its image golden."""
    images = of_preset("openstack", 400)
    for image in images:
        image["zqown"] = "zqvalue"
    images[7]["name"] = "golden-web"

    spec = yaml.safe_load(_spec_of(images))

    assert "gold" in spec["properties"]["zqown"]["kinds"]


def test_nothing_is_written_when_the_gate_finds_a_leak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the spec nor the report."""
    images = tenant()
    images[7]["name"] = "zqname"
    monkeypatch.setattr(
        "glancetape_generators.learning.writing_specs.write_spec",
        lambda *_: _spec(names={"patterns": {"zqname": 1}}),
    )

    with pytest.raises(GlancetapeError, match="nothing is written"):
        _made(images, tmp_path)

    assert [] == list(tmp_path.iterdir())
