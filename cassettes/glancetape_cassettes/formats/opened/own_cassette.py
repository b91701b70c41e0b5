"""A cassette of our own, whose items are found without a YAML parser and read when needed.

In our own files each item starts with `- ` in the first column and ends with its `recorded_at`
line. Whatever follows the last complete item was cut off while it was written:

    interactions:
    - request:            item 1
      ...
      recorded_at: '...'
    - request:            torn: left out with a warning
        method: GE
"""

import logging
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import own_layout, vcr
from glancetape_cassettes.formats.opened.head import read_head, redaction_in
from glancetape_cassettes.formats.opened.in_memory import Hashed, date_of, json_answer_of
from glancetape_cassettes.interaction import Headers, Interaction, Request, Source
from glancetape_cassettes.later import later
from glancetape_cassettes.plain_names import shown_name

if TYPE_CHECKING:
    from glancetape_cassettes.formats import safe_yaml
else:  # it loads a YAML parser, and items as glancetape writes them need none
    safe_yaml = later("glancetape_cassettes.formats.safe_yaml")

logger = logging.getLogger(__name__)

_MARK = b"passed_through"


class OwnCassette(Hashed):
    """A cassette that glancetape wrote."""

    def __init__(self, path: Path, text: bytes, *, is_searched: bool = False) -> None:
        """Find the items; a torn item at the end is left out with a warning."""
        self.path = path
        self._is_searched = is_searched
        self._text = text
        contents = own_layout.find_items(text)
        self._starts, self._end = contents.starts, contents.end
        self.redaction = redaction_in(
            read_head(text, contents.first, str(path), is_searched=is_searched)
        )
        if contents.torn < len(text):
            logger.warning(
                "%s: left out %d bytes after interaction %d: recording was interrupted there, and "
                "the next interaction is incomplete",
                path,
                len(text) - contents.torn,
                len(self._starts),
            )

    def __len__(self) -> int:
        """Return the number of complete interactions."""
        return len(self._starts)

    def __repr__(self) -> str:
        """Return the file's name and number of interactions."""
        return f"<OwnCassette {self.path} with {len(self)} interactions>"

    def _span(self, index: int) -> tuple[int, int]:
        count = len(self._starts)
        if not 0 <= index < count:  # the place before the first one is not the last one's
            raise IndexError(
                f"{self.path} has {count} interactions; {index} is not one of 0 to {count - 1}"
            )
        last = index + 1 == count
        return self._starts[index], self._end if last else self._starts[index + 1]

    def _slice(self, index: int) -> bytes:
        start, end = self._span(index)
        return self._text[start:end]

    def source(self, index: int) -> Source:
        """Return where an interaction is."""
        return Source(shown_name(self.path), index + 1)

    def request(self, index: int) -> Request:
        """Return a request; in our own layout its response is not read."""
        head = own_layout.read_head(self._text, *self._span(index))
        return head if head is not None else self.interaction(index).request

    def interaction(self, index: int) -> Interaction:
        """Return an interaction."""
        try:
            return self._parse(index, 1)
        except CassetteError:  # parsed again with the line, which takes time to find
            return self._parse(index, self.line(index))

    def recorded_at(self, index: int) -> str:
        """Return when an interaction was recorded."""
        found = own_layout.read_date(self._text, *self._span(index))
        return self.interaction(index).recorded_at if found is None else found

    def answer_date(self, index: int) -> str:
        """Return the header Date of a response; our own layout needs no YAML parser."""
        found = own_layout.read_answer_date(self._text, *self._span(index))
        return date_of(self.interaction(index)) if found is None else found

    def answer_headers(self, index: int) -> Headers:
        """Return the headers of a response; our own layout needs no YAML parser."""
        found = own_layout.read_answer_headers(self._text, *self._span(index))
        return self.interaction(index).response.headers if found is None else found

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response; our own layout needs no YAML parser."""
        found = own_layout.read_json_answer(self._text, *self._span(index))
        return json_answer_of(self.interaction(index)) if found is None else found

    def status(self, index: int) -> int:
        """Return the status of a response; our own layout needs no YAML parser."""
        found = own_layout.read_status(self._text, *self._span(index))
        return self.interaction(index).response.status if found is None else found

    def is_mark(self, index: int) -> bool:
        """Return whether an interaction is the mark of a request that was not recorded."""
        if own_layout.ends_with_json(self._text, *self._span(index)):
            return False
        return _MARK in self._slice(index) and self.interaction(index).passed_through

    def _hash(self) -> bytes:
        return blake2b(self._text, digest_size=16).digest()

    def line(self, index: int) -> int:
        """Return the line on which an interaction starts; this reads the file up to it."""
        return self._text.count(b"\n", 0, self._starts[index]) + 1

    def _parse(self, index: int, line: int) -> Interaction:
        where, item = f"{self.path}, interaction {index + 1} (line {line})", self._slice(index)
        if (quickly := own_layout.read_item(item)) is not None:
            return vcr.interaction_from(quickly, where)
        node, loader = safe_yaml.compose(item, str(self.path), line)
        if self._is_searched:
            loader.repeated_keys.clear()
        value = safe_yaml.build(node, loader, str(self.path), line)
        if not isinstance(value, list) or len(value) != 1:
            raise CassetteError(f"{where}: not an item of the list 'interactions'.")
        return vcr.interaction_from(value[0], where)
