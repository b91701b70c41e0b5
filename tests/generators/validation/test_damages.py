"""Every planted damage is found by its rule, and by no other."""

import pytest

from glancetape_generators.validation import RULES, Cloud, check_image, validate_images
from support.images.damages import DAMAGES, Damage
from support.images.good_images import GOOD

ANOTHER = "c" * 32


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_a_damage_is_found_by_its_rule(damage: Damage) -> None:
    """And by the rules that it breaks as a consequence."""
    findings = validate_images(damage.apply())

    assert {damage.rule, *damage.also} == {finding.rule for finding in findings}


def test_every_rule_is_broken_by_some_damage() -> None:
    """Otherwise a rule that finds nothing would go unnoticed."""
    rules = {name for name, rule in RULES.items() if rule.cloud is not Cloud.GLANCE}

    assert rules == {"waiting-recent", *(damage.rule for damage in DAMAGES)}
    assert len(DAMAGES) >= 200


def test_a_finding_names_the_image() -> None:
    """By its id."""
    (finding,) = check_image(GOOD["coreos"] | {"min_ram": -1}, [])

    assert ("min-ram-range", GOOD["coreos"]["id"]) == (finding.rule, finding.image)
    assert "min_ram is -1" == finding.message


def test_an_image_without_fields_of_ims_lacks_them_in_a_set_of_ims() -> None:
    """One finding, not one for each rule."""
    image = {
        name: value
        for name, value in GOOD["coreos"].items()
        if not name.startswith("__") and name != "virtual_env_type"
    }

    findings = validate_images([image], Cloud.IMS)

    assert ["fields-of-ims"] == [finding.rule for finding in findings]


def test_a_conflict_is_found_once_for_each_other_holder() -> None:
    """At its first image; the first holder is right."""
    ours = GOOD["encrypted"]
    others = [ours | {"owner": owner} for owner in (ANOTHER, "d" * 32, ANOTHER)]

    findings = [
        finding for finding in validate_images([ours, *others]) if finding.rule == "key-owner"
    ]

    key, owner, image_id = (ours[name] for name in ("__system__cmkid", "owner", "id"))
    where = f"in the earlier image {image_id} to"
    assert [
        f'"{key}" belongs to "{other}", {where} "{owner}"' for other in (ANOTHER, "d" * 32)
    ] == [finding.message for finding in findings]


def test_of_images_with_one_id_the_later_ones_are_found() -> None:
    """The first image is right."""
    findings = validate_images([GOOD["coreos"], GOOD["coreos"], GOOD["coreos"]])

    assert ["id-once"] * 2 == [finding.rule for finding in findings]
    assert {f'an earlier image has the id "{GOOD["coreos"]["id"]}" too'} == {
        finding.message for finding in findings
    }


def test_a_damaged_parent_does_not_raise() -> None:
    """Its fields of the right type are compared."""
    parent = GOOD["gold bms"] | {"created_at": 7, "min_disk": None, "status": []}

    findings = validate_images([GOOD["bms"], parent])

    assert {"field-type"} == {finding.rule for finding in findings}


@pytest.mark.parametrize(("stuck", "fresh", "found"), [(5, 4, 5), (5, 5, 0), (4, 0, 0)])
def test_most_images_that_wait_are_recent(stuck: int, fresh: int, found: int) -> None:
    """A few are stuck in real clouds too."""
    old = {"created_at": "2022-08-02T10:00:00Z", "updated_at": "2022-08-02T10:00:00Z"}
    images = [GOOD["queued"] | old] * stuck + [GOOD["queued"]] * fresh

    findings = [one for one in validate_images(images) if one.rule == "waiting-recent"]

    assert found == len(findings)
