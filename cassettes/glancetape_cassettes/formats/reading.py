"""The entries of any file that has recorded traffic, for an import."""

from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.file_kinds import is_vcr
from glancetape_cassettes.formats.foreign.foreign_entries import (
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
)
from glancetape_cassettes.formats.foreign.recognising import read_head, recognise
from glancetape_cassettes.formats.opened.foreign_cassette import ForeignItems
from glancetape_cassettes.formats.own_layout import is_own
from glancetape_cassettes.formats.regular_file import marked_head, read_bytes, unzipped

VCR = ForeignFormat(
    name="a VCR cassette",
    looks_like=lambda head, _: is_vcr(head),
    read=lambda path, _: _cassette_entries(path),
    plays=True,
)


def format_of(path: Path) -> ForeignFormat:
    """Return the format of a file or folder. Raises CassetteError, which says what can be read."""
    return VCR if VCR.looks_like(read_head(path), path) else recognise(path)


def _cassette_entries(path: Path) -> Entries:
    text = unzipped(read_bytes(path), path)
    if is_own(marked_head(text)):
        raise CassetteError(f"{path}: a cassette of glancetape already; copy it.")
    items = ForeignItems(path, text)
    if not items.places:
        raise CassetteError(f"{path}: a VCR cassette without interactions.")
    for index, place in enumerate(items.places):
        try:
            yield Entry(place.number, items.read(index))
        except CassetteError as error:
            why = str(error).removeprefix(f"{items.where(index)}: ").rstrip(".")
            yield LeftOut(place.number, why, is_bad=True)
