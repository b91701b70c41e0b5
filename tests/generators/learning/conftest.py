"""A fixture that leaves out what takes three quarters of the time of learning."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from glancetape_generators.learning import learned_spec


@pytest.fixture
def uncalibrated() -> Iterator[None]:
    """Learn without generating images to correct two numbers, `growth` and `own`.

    No text of a spec depends on them. Most tests of `test_closed_loop` learn as a whole.
    """

    def as_counted(sections: Mapping[str, Any], _: object) -> dict[str, Any]:
        return dict(sections)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learned_spec, "calibrate", as_counted)
        yield
