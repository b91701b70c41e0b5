"""The entries of any file that has recorded traffic, for an import."""

from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import OwnCassette, load_cassette
from glancetape_cassettes.formats.file_kinds import is_vcr
from glancetape_cassettes.formats.foreign.foreign_entries import Entries, Entry, ForeignFormat
from glancetape_cassettes.formats.foreign.recognising import read_head, recognise

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
    cassette = load_cassette(path)
    if isinstance(cassette, OwnCassette):
        raise CassetteError(f"{path}: a cassette of glancetape already; copy it.")
    if not len(cassette):
        raise CassetteError(f"{path}: a VCR cassette without interactions.")
    for index in range(len(cassette)):
        yield Entry(index + 1, cassette.interaction(index))
