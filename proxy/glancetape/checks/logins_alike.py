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
"""Bytes of a cassette whose logins are compared at the end of a recording, which takes seconds."""
_LOGIN = b"/tokens"


def logins_alike(cassette: Cassette, recorded: RecordedAnswers) -> dict[str, int]:
    """How many logins of a cassette differ in their names alone, by kind, where those are several.

    None do where names are as they were sent. `recorded` is the index of the cassette.
    """
    if cassette.redaction.key_id is None or cassette.redaction.keep_ids:
        return {}
    found = [pair for group in recorded.groups for pair in logins_of_one_kind(group).items()]
    return {str(login): count for login, count in found}


def notes_on_logins(cassette: Path) -> list[str]:
    """What to do about such logins of a cassette, if it has any and can be read."""
    try:
        size = cassette.stat().st_size
        if not size or not _may_have_several(cassette):
            return []
        recorded = load_cassette(cassette)
        if recorded.redaction.keep_ids:
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


def _may_have_several(cassette: Path) -> bool:
    """Whether a file names Keystone's tokens more than once; most do not, which is seen at once."""
    with cassette.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as text:
        first = text.find(_LOGIN)
        return first >= 0 and text.find(_LOGIN, first + 1) >= 0
