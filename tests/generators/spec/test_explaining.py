"""`explain` describes what a spec will make: expected numbers, in a few aligned lines."""

from dataclasses import replace

import pytest

from glancetape_generators.spec.explaining import explain
from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.spec.spec import Catalogue, Members, Projects, Property, Spec, Tags

REGION = read_spec("region")

TENANT = """\
images           1,000, flavour huawei-intl, region eu-west-101
  catalogue      60: one in 10 records until that number is reached
  private        about 808, 80.8% of all
  shared         about 113, 11.3% of all
  market         about 19, 1.9% of all
tenants' images  about 921
  made from      instance 60%, file 14%, volume 9%, image 8%, server_backup 6%, iso 3%
  parents        about 10% of the same project, others public: the n-th most popular as 1 / (4 + n)
  status         active >99.9%, queued <0.1%, saving <0.1%
  projects       6; the largest has about 40.8% of them (376)
  members        1 to 5 of a shared image: accepted 70%, pending 20%, rejected 10%
  names
    20%          {app}-{date}
    18%          {app}-{os}-{date}
    14%          {app}_{date}_{time}
    10%          {app}-v{number}
    8%           {app}-backup-{date}
    6%           {app}-{hex}
    ...          and 5 more
  tags           80% have 1 to 4 (about 737 images)
    env          prod 50%, test 25%, dev 20%, staging 5%
    team         platform 30%, web 22%, data 16%, mobile 10%, security 8%, ml 6%, 2 others 8%
    app          shop 26%, crm 20%, portal 18%, billing 14%, search 10%, mail 8%, 1 other 4%
    cost-center  1000 40%, 1010 25%, 2000 20%, 4711 15%
    release      1.0 30%, 1.1 25%, 2.0 25%, 2.1 15%, 3.0-rc1 5%
    owner        ops 50%, dev 30%, ci 20%
    keep         "" 100%
"""


def _lines(spec: Spec, count: int = 1000) -> dict[str, str]:
    pairs = (line.strip().partition("  ") for line in explain(spec, count).splitlines())
    return {name: value.strip() for name, _, value in pairs}


def test_a_mix_is_described_in_aligned_lines() -> None:
    """The lines above, and more like them."""
    assert explain(read_spec("tenant"), 1000).startswith(TENANT)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("count", [0, 1, 100, 1_000_000_000])
def test_the_description_of_a_preset_fits_on_a_screen(preset: str, count: int) -> None:
    """About forty lines, the same each time."""
    text = explain(read_spec(preset), count)

    lines = text.splitlines()
    assert 30 < len(lines) < 50
    assert all(len(line) <= 125 and line == line.rstrip() for line in lines)
    assert text == explain(read_spec(preset), count)


@pytest.mark.parametrize(
    ("images", "every", "count", "wanted"),
    [
        (0, 4, 100, "none"),
        (3, 4, 0, "0 of 3: one in 4 records until that number is reached"),
        (3, 4, 1, "1 of 3: one in 4 records until that number is reached"),
        (3, 4, 4, "1 of 3: one in 4 records until that number is reached"),
        (3, 4, 5, "2 of 3: one in 4 records until that number is reached"),
        (3, 4, 8, "2 of 3: one in 4 records until that number is reached"),
        (3, 4, 9, "3: one in 4 records until that number is reached"),
        (3, 1, 9, "3: the first records"),
    ],
)
def test_the_catalogue_is_counted(images: int, every: int, count: int, wanted: str) -> None:
    """As many as there are among the first `count` records."""
    spec = replace(REGION, catalogue=Catalogue(images, every))
    of_it = [n for n in range(count) if n % every == 0 and n // every < images]

    told = _lines(spec, count)["catalogue"]

    assert wanted == told
    assert told.startswith(str(len(of_it)) if images else "none")


def test_what_cannot_occur_is_not_listed() -> None:
    """Kinds without weight, members without shared images, statuses when all are active."""
    told = _lines(
        replace(
            REGION,
            kinds={"private": 1, "shared": 0, "market": 0},
            statuses={"active": 1, "queued": 0},
            tags=replace(REGION.tags, share=0),
        )
    )

    assert {"shared", "market", "members", "status"}.isdisjoint(told)
    assert "none" == told["tags"]
    assert "none" == told["own properties"]
    assert "about 910, 91% of all" == told["private"]


def test_a_shared_image_has_no_more_members_than_there_are_other_projects() -> None:
    """The owner is not a member."""
    members = Members(256, {"pending": 1, "accepted": 0, "rejected": 0})

    told = _lines(replace(REGION, members=members, projects=Projects(3, 0)))

    assert "1 to 2 of a shared image: pending 100%" == told["members"]
    assert told["projects"].startswith("3; the largest has about 54.5% of them")


def test_a_small_share_is_not_shown_as_0() -> None:
    """One in a million is shown as <0.1%."""
    spec = replace(REGION, made={"file": 999_999, "iso": 1, "volume": 0})

    assert "file >99.9%, iso <0.1%" == _lines(spec)["made from"]


def test_old_tags_ties_nulls_and_growth_are_described() -> None:
    """As the preset edge-cases has them."""
    told = _lines(read_spec("edge-cases"), 200)

    assert told["tags"].endswith(", 40% of the tags as key.value, from before the upgrade")
    assert "about 60% are created in the same second as others" == told["ties"]
    assert "null for about 8%, otherwise" == told["names"]
    assert "none, as many images a day at the end as at the beginning" == told["growth"]
    assert 'null 50%, "null" 50%' == told["nothing"].partition(": ")[2]


def test_an_odd_text_is_shown_as_json_and_cut() -> None:
    """No value of a spec breaks a line or moves the cursor."""
    odd = {"\x1b[2J\n": 2, " a": 1, "": 1, None: 1, "null": 1, "x" * 99: 1}
    names = [f"name{number}\r" for number in range(10)]
    spec = replace(REGION, properties={name: Property(10, ("gold",), odd) for name in names})

    text = explain(spec, 10)

    values = r'"\u001b[2J\n" 28.5%, " a" 14.3%, "" 14.3%, null 14.3%, "null" 14.3%, '
    values += "x" * 37 + "... 14.3%"
    assert f"10% of gold: {values}" == _lines(spec)[r'"name7\r"']
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.endswith("and 2 more")


def test_only_the_first_of_many_tag_keys_are_shown() -> None:
    """So that the description fits on a screen."""
    tags = Tags(share=50, most=20, old=0, keys={f"{number:030}": {"a": 1} for number in range(20)})

    told = explain(replace(REGION, tags=tags), 10)

    assert "and 12 more" in told
    assert "00000000000000000...  a 100%" in told
