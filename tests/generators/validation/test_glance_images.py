"""Images of OpenStack Glance are checked by rules of their own."""

import json

import pytest

from glancetape_generators.validation import RULES, Cloud, Level, check_image, validate_images
from support.images.good_glance_images import (
    DAMAGES_OF_GLANCE,
    GOOD_OF_GLANCE,
    damaged_images_of_glance,
    good_images_of_glance,
)
from support.images.good_images import GOOD, Image


def test_good_images_break_no_rule() -> None:
    """Of every kind that clouds show: snapshots, images on Ceph, those without data."""
    assert [] == validate_images(good_images_of_glance())


@pytest.mark.parametrize("what", GOOD_OF_GLANCE)
def test_a_good_image_breaks_no_rule_by_itself(what: str) -> None:
    """Also without the other images."""
    assert [] == check_image(GOOD_OF_GLANCE[what], ())


@pytest.mark.parametrize(
    ("rule", "what", "changed", "also"),
    DAMAGES_OF_GLANCE,
    ids=[f"{rule}: {' '.join(changed)} of {what}" for rule, what, changed, _ in DAMAGES_OF_GLANCE],
)
def test_a_damage_is_found_by_its_rule(rule: str, what: str, changed: Image, also: str) -> None:
    """And by the rules that it breaks as a consequence."""
    findings = validate_images(damaged_images_of_glance(what, changed))

    assert {rule, *also.split()} == {finding.rule for finding in findings}


def test_every_rule_for_glance_is_broken_by_some_damage() -> None:
    """Otherwise a rule that finds nothing would go unnoticed."""
    rules = {name for name, rule in RULES.items() if rule.cloud is Cloud.GLANCE}

    assert rules == rules & {rule for rule, *_ in DAMAGES_OF_GLANCE}
    assert len(rules) > 10


def test_an_image_of_ims_is_checked_by_the_rules_of_ims() -> None:
    """Whatever else is in the set."""
    findings = validate_images([*good_images_of_glance(), GOOD["coreos"] | {"min_disk": 4}])

    assert {"min-disk-range"} == {finding.rule for finding in findings} - {"image-size-fits"}


def test_in_a_set_of_ims_an_image_of_glance_lacks_fields() -> None:
    """One finding, not one for each rule on them."""
    findings = validate_images([GOOD_OF_GLANCE["shared"]], Cloud.IMS)

    assert "fields-of-ims" in {finding.rule for finding in findings}
    assert all(RULES[finding.rule].level is not Level.CONTRADICTION for finding in findings), (
        json.dumps([finding.message for finding in findings])
    )
