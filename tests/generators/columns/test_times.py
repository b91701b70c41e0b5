"""Times are written as the API writes them."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from glancetape_generators.columns.text_columns import write_times
from support.drawn.examples import examples

_LAST = 253_402_300_799  # the last second of the year 9999


@examples(200)
@given(
    st.lists(
        st.one_of(
            st.integers(-62_135_596_800, _LAST),  # from the year 1 on
            st.integers(0, 1 << 32),
            st.sampled_from([-1, 0, 353_894_399, 353_894_400, 951_868_800, 1_709_164_800]),
        ),
        max_size=5,
    )
)
def test_seconds_are_written_as_datetime_writes_them(seconds: list[int]) -> None:
    """Also around leap days, before 1970, and where the dates that are kept ready begin and end."""
    written = write_times(np.array(seconds, np.int64)).tolist()

    expected = [datetime.fromtimestamp(one, UTC).replace(tzinfo=None) for one in seconds]
    assert [f"{one.isoformat()}Z" for one in expected] == [one.decode() for one in written]
