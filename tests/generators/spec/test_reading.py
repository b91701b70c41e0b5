"""Reading specs: presets, files, and everything that can be written in them."""

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from glancetape_generators.spec.layers import PRESETS
from glancetape_generators.spec.reading import GLANCE_STATUSES, STATUSES, read_spec
from glancetape_generators.spec.spec import (
    DISKS,
    KINDS,
    TEMPLATED,
    WAYS,
    Catalogue,
    Projects,
    Property,
)
from support.drawn.random_specs import spec_of
from support.sets.generated import images_of
from support.sets.spec_files import Write, refusal


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_read_by_its_name(preset: str) -> None:
    """Its kinds, ways and disks are in the order of the constants."""
    spec = read_spec(preset)

    assert spec == read_spec(Path(preset))
    assert KINDS == tuple(spec.kinds)
    assert WAYS == tuple(spec.made)
    assert DISKS == tuple(spec.disks)
    assert set(spec.statuses) <= {*STATUSES, *GLANCE_STATUSES}


def test_presets_have_the_values_of_their_files() -> None:
    """A few values of each preset."""
    region, tenant, cloud, odd = (read_spec(preset) for preset in PRESETS)

    assert Catalogue(90, 4) == region.catalogue
    assert Projects(1500, 6) == region.projects
    assert (17532, 1767225600) == (region.times.first, region.times.now)
    assert {"": 1} == region.tags.keys["keep"]
    assert {"1000": 40, "1010": 25, "2000": 20, "4711": 15} == region.tags.keys["cost-center"]
    assert {10: 20, 20: 40, 40: 40} == region.disks["iso"]
    assert ("nightly", 50) in tenant.properties["pipeline"].values.items()
    assert ("openstack", "ceph", "RegionOne") == (cloud.flavour, cloud.store, cloud.region)
    assert {None: 1, "null": 1} == odd.properties["nothing"].values
    assert 19 == len(odd.names.patterns)


def test_a_file_with_the_name_of_a_preset_needs_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name alone is the preset."""
    monkeypatch.chdir(tmp_path)
    Path("region").write_text("region: mine")

    assert "eu-west-101" == read_spec("region").region
    assert "mine" == read_spec("./region").region


def test_a_file_without_like_is_like_region(write: Write) -> None:
    """Everything else comes from that preset."""
    spec = read_spec(write("region: mine"))

    assert "mine" == spec.region
    assert read_spec("region").tags == spec.tags


def test_a_byte_order_mark_is_skipped(write: Write) -> None:
    """Editors on Windows write it."""
    assert read_spec("tenant") == read_spec(write(b"\xef\xbb\xbflike: tenant\r\n"))


def test_sections_are_merged_key_by_key(write: Write) -> None:
    """Missing keys come from the preset, and from the preset that it is like."""
    spec = read_spec(write("like: tenant\ntags: {most: 2}\ndisks: {iso: {10: 1}}\n"))
    tenant = read_spec("tenant")

    assert (80, 2) == (spec.tags.share, spec.tags.most)
    assert tenant.tags.keys == spec.tags.keys
    assert {10: 1} == spec.disks["iso"]
    assert tenant.disks["Linux"] == spec.disks["Linux"]


@pytest.mark.parametrize(
    ("text", "reach", "wanted"),
    [
        ("kinds: {market: 1}", "kinds",
         {"private": 0, "shared": 0, "market": 1, "community": 0}),
        ("made: {iso: 2}", "made", dict.fromkeys(WAYS, 0) | {"iso": 2}),
        ("platforms: {Other: 1}", "platforms", {"Other": 1}),
        ("statuses: {queued: 0, active: 1}", "statuses", {"queued": 0, "active": 1}),
        ("members: {statuses: {pending: 3}}", "members.statuses",
         {"pending": 3, "accepted": 0, "rejected": 0}),
        ("tags: {keys: {a: {b: 1}}, most: 1}", "tags.keys", {"a": {"b": 1}}),
        ("names: {patterns: {x: 1}}", "names.patterns", {"x": 1}),
        ("disks: {data: {1: 1, 1024: 2}}", "disks", {1: 1, 1024: 2}),
        ("properties: {}", "properties", {}),
    ],
)  # fmt: skip
def test_mappings_of_weights_are_replaced(
    text: str, reach: str, wanted: dict[Any, Any], write: Write
) -> None:
    """Merging two sets of weights would make a mix that nobody asked for."""
    found: Any = read_spec(write(f"like: tenant\n{text}"))
    for name in reach.split("."):
        found = getattr(found, name)

    assert wanted == (found["data"] if reach == "disks" else found)


def test_text_is_read_as_it_is_written(write: Write) -> None:
    """1.10 is not a number and `no` not a boolean; null is null where null is allowed."""
    spec = read_spec(
        write(
            "region: 101\n"
            "tags: {most: 1, keys: {1.10: {no: 1, 2020-01-01: 2, null: 3}}}\n"
            "names: {patterns: {0x1F: 1}}\n"
            "properties:\n"
            "  1: {share: 1, kinds: [gold], values: {~: 1, 'null': 2, yes: 3, '': 4}}\n"
        )
    )

    assert "101" == spec.region
    assert {"1.10": {"no": 1, "2020-01-01": 2, "null": 3}} == spec.tags.keys
    assert {"0x1F": 1} == spec.names.patterns
    values = {None: 1, "null": 2, "yes": 3, "": 4}
    assert {"1": Property(1, ("gold",), values)} == spec.properties


def test_a_file_can_set_every_field(write: Write) -> None:
    """A file that sets all of them has nothing from its preset."""
    lines = [
        "flavour: huawei-intl",
        "store: file",
        "region: here-1",
        "catalogue: {images: 3, every: 2}",
        "kinds: {private: 1, shared: 2, market: 3}",
        "made: {instance: 1, file: 2, image: 3, volume: 4, iso: 5, server_backup: 6}",
        "platforms: {Ubuntu: 7}",
        "statuses: {active: 8}",
        "projects: {count: 9, evenness: 10, named: {a: {share: 39}}}",
        "members: {most: 11, statuses: {pending: 1, accepted: 2, rejected: 3}, numbers: {11: 1}, "
        f"ids: [{', '.join('bcdefghijkl')}]}}",
        "tags: {share: 12, most: 1, old: 13, keys: {key: {value: 14}}, numbers: {1: 44}, "
        "popular: {key: 45}, spellings: {key: [key, Key]}}",
        "times: {first: 2000-01-01, now: 2030-01-01T00:00:01Z, growth: 15, weekend: 16, "
        "bursts: 17, ties: 18, at: 2029-01-01T00:00:00Z}",
        "names: {patterns: {'{app}': 19}, nulls: 20}",
        "disks: {Linux: {21: 1}, Windows: {22: 1}, Other: {23: 1}, data: {24: 1}, iso: {25: 1}}",
        "properties: {mine: {share: 26, kinds: [market], values: {v: 27}}}",
        "templates:",
        *(f"  {name}: [{{weight: 40, keys: [mine]}}]" for name in TEMPLATED),
        "given: {made: {file: {min_disk: {38: 1}}}}",
        "churn: {renamed: 35, unshared: 36, deleted: 37.5}",
        "versions: {Ubuntu 22.04 server 64bit: 31}",
        "parents: {own: 32, evenness: 33, popular: {Ubuntu 22.04 server 64bit: 41}}",
        "apps: {shop: 34}",
        "images: [{name: a, children: 28, data: {text: b}}]",
        "moments: {2029-01-01T00:00:00Z: 29}",
    ]
    text = "\n".join(lines)

    spec = read_spec(write(f"like: edge-cases\n{text}"))

    assert replace(spec, like="region") == read_spec(write(text))
    others = [read_spec(preset) for preset in PRESETS]
    # There are only a few of these.
    few = {".like", ".flavour", ".store", ".kinds.community", ".churn.hidden"}
    assert not [
        name
        for other in others
        for name, value in _leaves(spec)
        if name not in few and value == dict(_leaves(other))[name]
    ]


def test_a_flavour_comes_after_the_root_and_before_other_presets(write: Write) -> None:
    """So it replaces what `region` says, and nothing that another preset or the file does."""
    spec = read_spec(write("like: tenant\nflavour: openstack\ntags: {most: 1}"))

    tenant, cloud = read_spec("tenant"), read_spec("openstack")
    assert (cloud.platforms, cloud.store, cloud.names) == (spec.platforms, spec.store, spec.names)
    assert tenant.times == spec.times
    assert (tenant.tags.share, 1, cloud.tags.keys) == (
        spec.tags.share, spec.tags.most, spec.tags.keys,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("flavour", "wanted"), [("openstack", ("community", 0)), ("huawei-intl", ("market", 7))]
)
def test_a_kind_that_a_cloud_does_not_have_counts_as_its_counterpart(
    flavour: str, wanted: tuple[str, int], write: Write
) -> None:
    """So any preset goes with any flavour."""
    kinds = "{private: 1, market: 3, community: 4}"
    own = "{share: 1, kinds: [private, market, community], values: {a: 1}}"
    text = f"flavour: {flavour}\nkinds: {kinds}\nproperties: {{p: {own}}}"

    spec = read_spec(write(text))

    kind, market = wanted
    assert {"private": 1, "shared": 0, "market": market, "community": 7 - market} == spec.kinds
    assert ("private", kind) == spec.properties["p"].kinds


def _leaves(of: Any, where: str = "") -> list[tuple[str, Any]]:
    if not is_dataclass(of):
        return [(where, of)]
    return [
        leaf for one in fields(of) for leaf in _leaves(getattr(of, one.name), f"{where}.{one.name}")
    ]


def test_an_undocumented_name_with_underscores_is_allowed(write: Write) -> None:
    """Clouds have fields that no document mentions."""
    spec = read_spec(write("properties: {__p: {share: 1, kinds: [gold], values: {a: 1}}}"))

    assert {"__p": Property(1, ("gold",), {"a": 1})} == spec.properties


def test_members_are_those_that_a_spec_names_as_many_as_it_says(write: Write) -> None:
    """And no project is a member of its own images."""
    ids, team = [f"partner-{number}" for number in range(4)], "5c3a1f7a6f0001526f1d1a520d6c4f0e"
    spec = read_spec(
        write(
            "kinds: {shared: 1}\n"
            f"projects: {{count: 1, named: {{{team}: {{share: 50}}}}}}\n"
            f"members: {{numbers: {{1: 3, 4: 1}}, ids: [{', '.join([*ids, team])}]}}\n"
        )
    )

    shared = [one for one in images_of(spec, 2000) if one["visibility"] == "shared"]

    members = [[one["member_id"] for one in image["members"]] for image in shared]
    assert {*ids, team} == {one for listed in members for one in listed}
    assert all(len(set(listed)) == len(listed) for listed in members)
    assert not [
        1 for image, listed in zip(shared, members, strict=True) if image["owner"] in listed
    ]
    is_one = [
        len(listed) == 1
        for image, listed in zip(shared, members, strict=True)
        if "__whole_image" not in image
    ]
    assert {1, 4} == {len(listed) for listed in members}
    assert sum(is_one) / len(is_one) == pytest.approx(0.75, abs=0.04)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("projects", [8, 40, 2000])
def test_tags_have_the_numbers_and_the_keys_that_a_spec_says(projects: int) -> None:
    """A key that nearly all images have is beside rare ones, however many projects there are."""
    spec = spec_of(
        {
            "like": "region",
            "projects": {"count": projects},
            "tags": {
                "share": 50,
                "numbers": {1: 30, 2: 50, 3: 20},
                "popular": {"env": 95, "team": 60, "owner": 20, "keep": 10, "site": 5},
                "keys": {key: {"a": 2, "b": 1} for key in ("env", "team", "owner", "keep", "site")},
            },
        }
    )

    tagged = [one["tags"] for one in images_of(spec, 5000) if one["tags"]]

    numbers = Counter(map(len, tagged))
    keys = Counter(tag.partition("=")[0] for tags in tagged for tag in tags)
    for number, share in spec.tags.numbers.items():
        assert 100 * numbers[number] / len(tagged) == pytest.approx(share, abs=2)
    for key, share in spec.tags.popular.items():
        assert 100 * keys[key] / len(tagged) == pytest.approx(share, abs=6)
    assert all(len({tag.partition("=")[0] for tag in tags}) == len(tags) for tags in tagged)


def test_keys_of_tags_come_without_the_spellings_of_other_keys(write: Write) -> None:
    """What a file asks for is what images have; a preset's spellings are for the preset's keys."""
    assert "env" in read_spec("region").tags.spellings
    assert {} == read_spec(write("tags: {most: 1, keys: {env: {prod: 1}}}")).tags.spellings
    own = read_spec(write("tags: {most: 1, keys: {env: {b: 1}}, spellings: {env: [e, E]}}"))
    assert {"env": ("e", "E")} == own.tags.spellings
    assert read_spec("region").tags.spellings == read_spec(write("tags: {most: 1}")).tags.spellings


def test_a_value_of_a_tag_is_spelled_as_values_are(write: Write) -> None:
    """With what a key has no room for: more letters, and a sign of equality."""
    spec = read_spec(
        write(f"tags: {{most: 1, keys: {{a: {{b: 1}}}}, spellings: {{b: ['{'=' * 43}']}}}}")
    )

    assert {"b": ("=" * 43,)} == spec.tags.spellings


def _tags_of(keys: int, values: int) -> str:
    """Write the tags of keys with two spellings and of values with ten."""
    words = [
        [f"{letter}{n}" for n in range(count)] for letter, count in (("k", keys), ("v", values))
    ]
    spellings = [
        f"{word}: [{', '.join(f'{word}-{n}' for n in range(count))}]"
        for of, count in zip(words, (2, 10), strict=True)
        for word in of
    ]
    of_each = ", ".join(f"{word}: 1" for word in words[1])
    listed = ", ".join(f"{word}: {{{of_each}}}" for word in words[0])
    return f"{{most: 1, keys: {{{listed}}}, spellings: {{{', '.join(spellings)}}}}}"


def test_spellings_may_make_many_tags(write: Write) -> None:
    """As many as are allowed; few more are refused, below."""
    assert 520 == len(read_spec(write(f"tags: {_tags_of(20, 500)}")).tags.spellings)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ("{numbers: {0: 1}}", "tags.numbers.0: 0 is not a whole number from 1 to 20."),
        ("{numbers: {1: 0}}", "tags.numbers: no weight is above 0."),
        ("{keys: {a: {b: 1}}, most: 1, popular: {c: 1}}", "tags.popular.c: no such key of tags"),
        ("{keys: {a: {b: 1}, c: {d: 1}}, most: 1, popular: {a: 1}}", "tags.popular: c has no we"),
        ("{keys: {a: {b: 1}}, numbers: {2: 1}}", "tags.numbers: most is 2, and 1 keys allow"),
        ("{keys: {a: {b: 1}}, spellings: {c: [d]}}", "tags.spellings.c: no such key or value of"),
        ("{keys: {a: {b: 1}}, spellings: {b: []}}", "tags.spellings.b: has 0; write 1 to 20 "),
        ("{keys: {a: {b: 1}}, spellings: {a: ['c=']}}", "tags.spellings.a: a key must not contain"),
        ("{keys: {a: {a: 1}}, spellings: {a: ['c=']}}", "tags.spellings.a: a key must not contain"),
        ("{keys: {a: {b: 1}}, spellings: {b: ['']}}", "tags.spellings.b: the text is empty"),
        (f"{{keys: {{a: {{b: 1}}}}, spellings: {{b: [{'c' * 44}]}}}}", "tags.spellings.b: has 44 "),
        (
            _tags_of(21, 500),
            "tags.spellings: make 210,000 tags of all keys and values; at most 200",
        ),
        ("{keys: {a: {b: 1}}, spellings: {b: c}}", "tags.spellings.b: c is not a list"),
    ],
)
def test_bad_tags_are_refused(tags: str, told: str, write: Write) -> None:
    """With the key and what is expected."""
    assert refusal(write(f"tags: {tags}\n")).startswith(f"spec.yaml, line 1: {told}")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ("{numbers: {0: 1}}", "members.numbers.0: 0 is not a whole number from 1 to 256."),
        ("{numbers: {1: 0}}", "members.numbers: no weight is above 0."),
        ("{ids: []}", "members.ids: has 0 ids; write 1 to 1,000."),
        ("{ids: [a, b, a]}", "members.ids: a occurs twice."),
        ("{ids: [ours]}", "members.ids: a project is not a member of its own images;"),
        (
            "{most: 3, ids: [a, b]}",
            "members.ids: an image cannot have 3 members, as members.ids has 2; "
            "lower members.most, or add ids.",
        ),
        ("{ids: [a], numbers: {1: 9, 2: 1}}", "members.numbers: an image cannot have 2 members"),
    ],
)
def test_bad_members_are_refused(members: str, told: str, write: Write) -> None:
    """With the key and what is expected. The preset's `most` may be more than a file's ids."""
    assert 8 == read_spec(write("members: {ids: [a, b]}")).members.most
    named = "projects: {named: {ours: {share: 1}}}"

    assert refusal(write(f"members: {members}\n{named}\n")).startswith(f"spec.yaml, line 1: {told}")
