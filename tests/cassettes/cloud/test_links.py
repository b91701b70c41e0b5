"""Which ids a link contains as they are."""

from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.cloud.links import is_plain


@given(marker=st.text(st.sampled_from("aZ09-_ .~%+/&é٣ª\0"), max_size=6))
def test_a_plain_id_is_written_as_it_is(marker: str) -> None:
    """Quoting changes none of it, and it has no dot or tilde, which older versions quote."""
    assert not is_plain(marker) or (marker == quote_plus(marker) and not set(marker) & set(".~"))


@pytest.mark.parametrize(
    "marker", ["4501ef02-3698-45a3-aa90-36693a48a139", "A_b", "7"], ids=["uuid", "letters", "digit"]
)
def test_an_id_of_letters_digits_and_hyphens_is_plain(marker: str) -> None:
    """As the ids of all clouds are."""
    assert is_plain(marker)


def test_no_id_is_not_plain() -> None:
    """A link would have no marker."""
    assert not is_plain("")
