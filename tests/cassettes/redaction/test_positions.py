"""Every position with every name and form: nothing is stored, and `scan` finds each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import RedactedInteraction, Redactor
from glancetape_cassettes.redaction.scan import scan
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import dealt
from support.secrets.positions import SECRET, Planted, as_vcrpy, rows

ROWS = tuple(rows())
POSITIONS = sorted({row.position for row in ROWS})
KEY = StandIns(b"a key for these tests")


def _stored(found: RedactedInteraction) -> Iterator[str]:
    yield str(found.interaction)
    for body in (found.request_body, found.response_body):
        raw = from_readable(body.readable(), "body")
        yield raw.decode("latin-1")
        yield raw.replace(b"\0", b"").decode("latin-1")


def _leaks(options: RedactionOptions, planted: Planted) -> bool:
    found = Redactor(KEY, options).interaction(planted.interaction)
    return any(SECRET in text or SECRET[:10] in text for text in _stored(found))


@pytest.mark.parametrize("keep_ids", [False, True], ids=["stand-ins", "real ids"])
@pytest.mark.parametrize("position", POSITIONS)
def test_no_secret_is_stored_in_any_position(position: str, keep_ids: bool) -> None:
    """Each secret at some of them by default, and with real ids at others."""
    options = RedactionOptions(keep_ids=keep_ids)
    there = [row for row in ROWS if row.position == position]
    here = dealt(there, POSITIONS.index(position) + keep_ids)

    assert [] == [row.name for row in here if _leaks(options, row)]


@pytest.mark.parametrize("position", POSITIONS)
def test_scan_finds_a_secret_in_any_position(position: str, tmp_path: Path) -> None:
    """Each secret at some of them by default, as above."""
    there = [row for row in ROWS if row.position == position]
    here = dealt(there, POSITIONS.index(position))
    path = tmp_path / "foreign.yaml"
    items = [as_vcrpy(row.interaction) for row in here]
    path.write_text(yaml.dump({"interactions": items, "version": 1}, Dumper=yaml.CSafeDumper))

    report = scan(path)

    found = {finding.interaction for finding in report.findings}
    assert [] == [row.name for number, row in enumerate(here, 1) if number not in found]
    assert SECRET not in str(report)


def test_there_are_enough_rows() -> None:
    assert 400 <= len(ROWS)
