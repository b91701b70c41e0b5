"""Opening any recording, also those that only mitmproxy can read.

It imports mitmproxy when a flow file is opened, and not before.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from glancetape_cassettes.errors import CassetteError

if TYPE_CHECKING:  # loaded with the first file; an image set is none
    from glancetape_cassettes.formats.cassette import Cassette

_STARTS = b"0123456789\x1f"
"""A flow begins with its length; a file that is compressed, with the mark of gzip."""


def load_recording(path: Path) -> "Cassette":
    """Return what `load_cassette` does, and the HTTP flows of a flow file. Raises CassetteError."""
    from glancetape_cassettes.formats.cassette import load_cassette
    from glancetape_cassettes.formats.opened.recording_of_others import RecordingOfOthers

    if not _is_flow_file(path):
        return load_cassette(path)
    from glancetape.wire.saved.flow_files import read_flow_file

    return RecordingOfOthers(path, read_flow_file(path))


def check_recording(path: Path) -> None:
    """Raise what `load_recording` raises, but soon: a large file is only looked for."""
    if not _is_flow_file(path):
        from glancetape_cassettes.formats.cassette import check_cassette

        check_cassette(path)


def _is_flow_file(path: Path) -> bool:
    """Whether a file begins like a flow file; False also for a file that cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            if file.read(1) not in _STARTS:
                return False
        from glancetape_cassettes.formats.foreign.recognising import (
            FLOW_FILE,
            read_head,
            recognised,
        )

        return FLOW_FILE is recognised(read_head(path), path)
    except (OSError, CassetteError):
        return False
