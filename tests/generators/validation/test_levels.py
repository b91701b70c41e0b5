"""A contradiction fails a check; what real clouds have been seen to do is a note."""

import pytest

from glancetape_generators.validation import RULES, Level, as_text, validate_images
from glancetape_generators.validation.report import Tally
from support.images.good_images import GOOD, Image, good_images

# Changes as records of real clouds show them, beside what the API document says.
AS_IN_REAL_RECORDS: dict[str, Image] = {
    "a server from the market": {
        "__productcode": "7b1f8a3e-0c52-4d0e-9a53-1f2d3c4b5a69",
        "__account_code": "",
        "__backup_id": "",
        "__root_origin": "file",
        "__sequence_num": "1",
    },
    "booleans of another spelling": {
        "__isregistered": "True",
        "__support_kvm": "True",
        "__support_xen": "True",
        "hw_vif_multiqueue_enabled": "False",
        "__system_support_market": False,
    },
    "one field of an enterprise project": {"enterprise_project_id": "0"},
    "small disks of OTC": {"min_disk": 4, "__image_size": "911269888"},
    "a system that the document does not know": {
        "__platform": "Kylin",
        "__os_version": "Kylin V10 SP3 64bit",
    },
    "a parent that is gone": {
        "__data_origin": "instance,0c0ffee0-0000-4000-8000-000000000001",
        "__originalimagename": "0c0ffee0-0000-4000-8000-000000000002",
        "__root_origin": ...,
    },
    "itself as its parent, and no time of activation": {
        "__originalimagename": GOOD["coreos"]["id"],
        "__data_origin": None,
        "__root_origin": ...,
        "active_at": ...,
    },
    "an old record": {"__lazyloading": ..., "__support_kvm": ..., "virtual_size": 0},
    "an id that is no UUID": {
        "id": "image_id",
        "self": "/v2/images/image_id",
        "file": "/v2/images/image_id/file",
    },
}


def _changed(fields: Image) -> Image:
    image = GOOD["coreos"] | fields
    return {name: value for name, value in image.items() if value is not ...}


@pytest.mark.parametrize("what", AS_IN_REAL_RECORDS)
def test_what_real_records_show_is_a_note(what: str) -> None:
    """It is found, and no contradiction."""
    findings = validate_images([_changed(AS_IN_REAL_RECORDS[what])])

    assert findings
    assert {finding.rule for finding in findings if _level(finding.rule) is _WRONG} == set()


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": "2026-01-02T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"},
        {"__image_size": str(41 << 30), "min_disk": 40},
        {"visibility": "public"},
        {"__platform": "Windows", "__os_type": "Windows"},
        {"__os_bit": "32"},
        {"min_disk": -1},
        {"disk_format": "iso"},
    ],
    ids=str,
)
def test_what_logic_forbids_is_a_contradiction(fields: Image) -> None:
    """Two fields of one image say different things."""
    findings = validate_images([_changed(fields)])

    assert _WRONG in {_level(finding.rule) for finding in findings}


def test_a_parent_of_the_same_second_is_older() -> None:
    """Times have whole seconds."""
    child = GOOD["shared"]
    (parent,) = (one for one in good_images() if one["id"] == child["__originalimagename"])
    parent |= dict.fromkeys(("created_at", "updated_at"), child["created_at"])

    assert "parent-older" not in {finding.rule for finding in validate_images([child, parent])}


def test_without_notes_a_report_lists_contradictions_only() -> None:
    """The first line counts all."""
    images = [_changed({"__backup_id": "", "min_disk": -1})]
    report = Tally(validate_images(images)).report(1)

    text = as_text(report, notes=False)

    assert "backup-named" not in text
    assert "min-disk-amount" in text
    assert "rules are broken" in text.splitlines()[0]


def test_every_level_has_rules() -> None:
    """And each of the lower ones a note that is not about Glance."""
    assert set(Level) == {rule.level for rule in RULES.values()}


_WRONG = Level.CONTRADICTION


def _level(rule: str) -> Level:
    return RULES[rule].level
