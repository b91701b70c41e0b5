"""Every rule has a name, a sentence and a source."""

import re

from glancetape_generators.validation import RULES


def test_a_rule_is_a_name_a_sentence_and_a_source() -> None:
    """The sentence fits into a cell of a table."""
    for rule in RULES.values():
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", rule.name)
        assert re.fullmatch(r"[A-Z_a-z][^\n|]{10,110}\.", rule.sentence), rule
        assert rule.source, rule


def test_rules_are_found_by_their_names() -> None:
    """All names are different."""
    assert {name: name for name in RULES} == {name: rule.name for name, rule in RULES.items()}
    assert len(RULES) > 120
