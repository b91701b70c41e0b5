"""Storing flows that a user chooses in a cassette, as an import of a flow file does."""

from collections.abc import Sequence
from pathlib import Path

from mitmproxy import flow

from glancetape.importing.report import as_text
from glancetape.importing.selecting import Selection
from glancetape.importing.writing_cassette import import_entries
from glancetape.options import Settings, addon_name
from glancetape.wire.flow_filter import filter_of_interactions
from glancetape.wire.saved.flow_files import timed_entry_of
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.sending_order import in_order
from glancetape_cassettes.redaction.stand_ins import find_or_make_key

_CHOSEN = Path("the chosen flows")


def save(flows: Sequence[flow.Flow], out: Path, settings: Settings) -> list[str]:
    """Write a new cassette with the flows, in the order of time; what was kept and left out.

    Raises GlancetapeError when nothing is kept, or the file exists; then nothing is written.
    """
    if out.exists():
        raise CassetteError(
            f"{out} exists, and nothing is added to it. Name a new file; `glancetape merge` joins "
            "cassettes."
        )
    by_time = sorted(flows, key=lambda one: one.timestamp_created)
    timed = [timed_entry_of(one, number) for number, one in enumerate(by_time, start=1)]
    chosen = filter_of_interactions(settings.only, addon_name("only")) if settings.only else None
    done = import_entries(
        in_order(timed),
        _CHOSEN,
        out,
        settings=settings,
        selection=Selection(settings, chosen),
        key=find_or_make_key(settings.key_file),
        skip_bad=True,
        force=False,
    )
    return as_text(out, _CHOSEN, "of mitmproxy", done)
