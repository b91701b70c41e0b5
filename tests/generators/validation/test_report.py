"""A report is shown as a few lines, or as an object."""

from glancetape_generators.validation import RULES, Finding, ValidationReport, as_json, as_text
from glancetape_generators.validation.report import Tally

FINDINGS = [
    Finding("slot", "b", '__sequence_num is "1"'),
    *(Finding("id-form", f"ID{number}", f'id is "ID{number}"') for number in range(1200)),
    Finding("slot", "", "__sequence_num is null"),
    Finding("links", "c", 'self is "/"'),
]


def test_no_finding_is_one_line() -> None:
    """With the number of images."""
    assert "1,000,000 images: no rule is broken" == as_text(ValidationReport(1_000_000, {}, {}))
    assert "1 image: no rule is broken" == as_text(ValidationReport(1, {}, {}))


def test_a_report_lists_each_broken_rule_and_its_first_images() -> None:
    """Aligned, contradictions first."""
    text = as_text(Tally(FINDINGS).report(3000))

    assert [
        "3,000 images: 3 rules are broken, 1 of them a contradiction",
        "contradiction:",
        "  links        1  The links self, file and schema follow from the id.",
        '    c: self is "/"',
        "differs from the API document:",
        "  id-form  1,200  An id is a UUID of version 4, in lower case.",
        *(f'    ID{number}: id is "ID{number}"' for number in range(5)),
        "never seen:",
        "  slot         2  " + RULES["slot"].sentence,
        '    b: __sequence_num is "1"',
        "    no id: __sequence_num is null",
    ] == text.splitlines()


def test_one_broken_rule_is_in_the_singular() -> None:
    """1 rule is broken, not 1 rules."""
    assert as_text(Tally(FINDINGS[:1]).report(3)).startswith(
        "3 images: 1 rule is broken, none of them a contradiction\n"
    )


def test_a_report_is_an_object_for_programs() -> None:
    """With the same numbers."""
    assert {
        "images": 3,
        "contradictions": 0,
        "findings": {
            "slot": {
                "level": "never seen",
                "sentence": RULES["slot"].sentence,
                "count": 1,
                "first": [{"image": "b", "message": '__sequence_num is "1"'}],
            }
        },
    } == as_json(Tally(FINDINGS[:1]).report(3))


def test_tallies_of_blocks_add_up() -> None:
    """To the tally of all findings."""
    whole = Tally(FINDINGS)

    parts = Tally(FINDINGS[:3])
    parts.extend(Tally(FINDINGS[3:]))

    assert whole.report(9) == parts.report(9)
