"""Logins that a replay without the key of their stand-ins cannot tell apart.

recorded   password for a project: standin-name-1, standin-name-2
recorded   password for a project: standin-name-3, standin-name-2
asked      password for a project: dana, demo     -> the key shows which; without it, a miss
"""

import mmap
from pathlib import Path

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.formats.cassette import Cassette, load_cassette
from glancetape_cassettes.plain_names import shown_name, word_of
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.replaying.recorded_terms.as_recorded import logins_of_one_kind

MOST_COMPARED = 64 << 20
"""Bytes of the largest cassette whose logins are compared when a recording ends."""
_LOGIN = b"/tokens"


def logins_alike(cassette: Cassette, recorded: RecordedAnswers) -> dict[str, int]:
    """Count the logins that differ in their names alone: kind -> how many, two or more.

    Empty where names are as they were sent. `recorded` is the index of the cassette.
    """
    if not _has_stand_ins(cassette):
        return {}
    found = [pair for group in recorded.groups for pair in logins_of_one_kind(group).items()]
    return {str(login): count for login, count in found}


def notes_on_logins(cassette: Path) -> list[str]:
    """A sentence for each kind of such logins; none for a cassette that cannot be read."""
    try:
        size = cassette.stat().st_size
        if not size or not _may_have_several(cassette):
            return []
        recorded = load_cassette(cassette)
        if not _has_stand_ins(recorded):
            return []
        if size > MOST_COMPARED:
            return [
                f"{shown_name(cassette)} is large, so its logins are not compared. `glancetape "
                f"inspect {word_of(cassette)}` shows whether a replay without the key, as in CI, "
                "can tell them apart."
            ]
        alike = logins_alike(recorded, RecordedAnswers([recorded], lambda _: None))
    except (OSError, GlancetapeError):
        return []
    return [
        f"{count} logins with {kind} are recorded that differ in their names: a replay "
        "without the key, as in CI, cannot tell them apart. Set GLANCETAPE_KEY there, or "
        "record with --keep-ids."
        for kind, count in alike.items()
    ]


def _has_stand_ins(cassette: Cassette) -> bool:
    return cassette.redaction.key_id is not None and not cassette.redaction.keep_ids


def _may_have_several(cassette: Path) -> bool:
    """Whether a file names Keystone's tokens more than once; most do not, which is seen at once."""
    with cassette.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as text:
        first = text.find(_LOGIN)
        return first >= 0 and text.find(_LOGIN, first + 1) >= 0
