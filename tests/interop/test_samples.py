"""The committed samples are what a real Glance answers today."""

import re
from pathlib import Path

import pytest

from support.interop.record_samples import RECORDERS, SAMPLES, record_samples

# Our version, times, and the number that Glance gives to each request.
VOLATILE = re.compile(
    r"(?im)^(recorder: |  recorded_at: |      (?:date|x-openstack-request-id):\n      - ).*"
)


def without_volatile(cassette: Path) -> str:
    return VOLATILE.sub(r"\1*", cassette.read_text("utf-8"))


@pytest.fixture(scope="module", name="anew")
def _anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Record all samples once more."""
    folder = tmp_path_factory.mktemp("samples")
    record_samples(folder)
    return folder


@pytest.mark.parametrize("name", RECORDERS)
def test_recording_a_sample_anew_gives_the_same_but_for_times_and_request_ids(
    anew: Path, name: str
) -> None:
    """`scripts/record-samples` brings them up to date when this fails for a good reason."""
    assert without_volatile(SAMPLES / name) == without_volatile(anew / name)


def test_every_sample_is_one_that_is_recorded() -> None:
    assert sorted(RECORDERS) == sorted(path.name for path in SAMPLES.glob("*.yaml"))
