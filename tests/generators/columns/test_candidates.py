"""What is known of a record as a parent is found once, and kept for so many records."""

import numpy as np

from glancetape_generators.columns.candidates import Candidates
from glancetape_generators.sampling.draws import Ints

LATE = 1 << 40


def test_a_number_is_found_once_unless_its_record_is_a_late_one() -> None:
    """In any order; late records do not make the table larger."""
    known, asked = Candidates(), list[int]()

    def find(records: Ints) -> Ints:
        asked.extend(records.tolist())
        return records * 3

    rounds = [
        known.of(np.array(records, np.int64), find).tolist()
        for records in ([5, 700], [0, 5, LATE], [5, LATE, 700, 699], [])
    ]

    assert [[15, 2100], [0, 15, 3 * LATE], [15, 3 * LATE, 2100, 2097], []] == rounds
    assert [5, 700, 0, LATE, LATE, 699] == asked


def test_what_is_kept_is_not_looked_for() -> None:
    """A late record is: its number is not kept."""
    known, asked = Candidates(), list[int]()
    records = np.array([3, 9, LATE], np.int64)
    known.keep(records, records + 1)

    def find(some: Ints) -> Ints:
        asked.extend(some.tolist())
        return some + 1

    assert [4, 10, LATE + 1] == known.of(records, find).tolist()
    assert [LATE] == asked
    assert known.keeps(records[:2])
    assert not known.keeps(records)
