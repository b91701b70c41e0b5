"""A cassette that vcrpy, Ruby VCR or a person wrote; it is read at once."""

import logging
from hashlib import blake2b
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import recorders, vcr, vcr_files
from glancetape_cassettes.formats.foreign import foreign_entries, of_service
from glancetape_cassettes.formats.opened.head import check_version, redaction_in
from glancetape_cassettes.formats.opened.in_memory import InMemory, Place
from glancetape_cassettes.interaction import Interaction

logger = logging.getLogger(__name__)


class ForeignCassette(InMemory):
    """Such a cassette, whose interactions are all in memory."""

    def __init__(self, path: Path, text: bytes, *, is_searched: bool = False) -> None:
        """Read all interactions. Raises CassetteError for another format or version."""
        items = ForeignItems(path, text, is_searched=is_searched)
        make = foreign_entries.Entry
        read = (make(index, items.read(index)) for index in range(len(items.places)))
        kept = of_service.with_validated(read)
        interactions = [one.interaction for one in kept if isinstance(one, make)]
        super().__init__(path, interactions, items.places)
        if not interactions:
            logger.warning("%s: a cassette without interactions, so it answers nothing", path)
        self.redaction = items.redaction
        self._text = text

    def _hash(self) -> bytes:
        return blake2b(self._text, digest_size=16).digest()


class ForeignItems:
    """The items of such a cassette: one that cannot be read leaves the others readable."""

    def __init__(self, path: Path, text: bytes, *, is_searched: bool = False) -> None:
        """Find the items. Raises CassetteError for another format or version."""
        self._is_searched = is_searched
        file = vcr_files.read_vcr_file(text, str(path))
        self._path = path
        self._items = file.items
        is_of_go_vcr = any(_is_of_go_vcr(item) for item in file.items[:1])
        versions = recorders.GO_VCR_VERSIONS if is_of_go_vcr else (vcr.VERSION,)
        self.redaction = redaction_in(check_version(file.rest, str(path), versions))
        self.places = [Place(number, item.line) for number, item in enumerate(file.items, start=1)]

    def where(self, index: int) -> str:
        """Return where an item is, as messages have it."""
        place = self.places[index]
        return f"{self._path}, interaction {place.number} (line {place.line})"

    def read(self, index: int) -> Interaction:
        """Return an item. Raises CassetteError for one that cannot be read."""
        where = self.where(index)
        try:
            value = self._items[index].read()
        except CassetteError as error:
            why = str(error).removeprefix(str(self._path)).lstrip(",: ")
            why = why.removeprefix(f"line {self.places[index].line}: ")
            raise CassetteError(f"{where}: {why}") from error
        return vcr.interaction_from(
            recorders.as_vcrpy(value), where, is_foreign=True, is_searched=self._is_searched
        )


def _is_of_go_vcr(item: vcr_files.Item) -> bool:
    try:
        return recorders.is_of_go_vcr(item.read())
    except CassetteError:
        return False  # it is read again, and refused by its number
