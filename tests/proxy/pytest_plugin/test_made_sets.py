"""What a marker says of a spec comes from a test file: its name is shown and stored safely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape.pytest_plugin import made_sets
from glancetape.pytest_plugin.made_sets import safe_name
from glancetape_cassettes.redaction.redactor import Redactor


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("region", "region"),
        ("specs/big region.yaml", "big-region.yaml"),
        ("../../etc/passwd", "passwd"),
        ("..", "spec"),
        ("", "spec"),
        ("a\x1b[2J\nb\0c", "a-2J-b-c"),
        ("镜像", "镜像"),
        ("x" * 300, "x" * 60),
    ],
)
def test_the_name_of_a_spec_has_no_signs(spec: str, expected: str) -> None:
    """Neither a path nor what a terminal obeys."""
    found = safe_name(spec)

    assert found.isprintable()
    assert not set(found) & set("/\\\0")
    assert expected == found


@given(st.from_regex(made_sets._PLAIN, fullmatch=True))
def test_a_plain_name_would_stay_as_it_is(name: str) -> None:
    """So nothing that knows secrets is loaded for it."""
    assert name == Redactor(None).text(name) == safe_name(name)


def test_a_secret_in_the_name_of_a_spec_is_not_stored() -> None:
    """It would be in each cassette that is made of the set."""
    assert "Tr0ub4dor" not in safe_name("token=Tr0ub4dor-And-3xyz")
