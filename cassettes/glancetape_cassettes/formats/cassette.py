"""Opening a cassette: our own files are read item by item when needed, all others at once.

In our own files each item starts with `- ` in the first column and ends with its `recorded_at`
line, so the items are found without a YAML parser. Whatever follows the last complete item was
cut off while it was written:

    interactions:
    - request:            item 1
      ...
      recorded_at: '...'
    - request:            torn: left out with a warning
        method: GE
"""

import logging
import os
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.regular_file import (
    IMAGE_SET,
    check_merged,
    is_ndjson,
    read_bytes,
    refuse_ndjson,
    unzipped,
)
from glancetape_cassettes.interaction import Headers, Interaction, Request, Source, header, mark_of
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.later import later
from glancetape_cassettes.plain_names import shown_name, word_of
from glancetape_cassettes.service import Service

if TYPE_CHECKING:
    from glancetape_cassettes.formats import own_layout, recorders, safe_yaml, vcr, vcr_files
    from glancetape_cassettes.formats.foreign import foreign_entries, of_service, recognising
else:  # they load a YAML parser, which a session over an image set alone does without
    own_layout = later("glancetape_cassettes.formats.own_layout")
    safe_yaml = later("glancetape_cassettes.formats.safe_yaml")
    recorders = later("glancetape_cassettes.formats.recorders")
    vcr = later("glancetape_cassettes.formats.vcr")
    vcr_files = later("glancetape_cassettes.formats.vcr_files")
    foreign_entries = later("glancetape_cassettes.formats.foreign.foreign_entries")
    of_service = later("glancetape_cassettes.formats.foreign.of_service")
    recognising = later("glancetape_cassettes.formats.foreign.recognising")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Redaction:
    """How a cassette was redacted: with which key, whether ids were kept, more sensitive names.

    The default is a cassette that glancetape did not redact, such as one of another recorder.
    """

    key_id: str | None = None
    keep_ids: bool = False
    sensitive: tuple[str, ...] = ()
    """Names that were sensitive besides the built-in ones; requests are compared with the same."""

    def __str__(self) -> str:
        """Return it in words, as messages show it."""
        if self.key_id is None:
            return "is not redacted"
        names = f"; also sensitive: {', '.join(self.sensitive)}" if self.sensitive else ""
        return f"{'keeps ids' if self.keep_ids else 'has stand-ins'} (key {self.key_id}{names})"


class Place(NamedTuple):
    """Where an interaction is in its file: its number from 1, and the line where it starts."""

    number: int
    line: int = 1


class Cassette(Protocol):
    """The interactions of one file, in their order. Indexes count from 0."""

    path: Path
    redaction: Redaction

    def __len__(self) -> int:
        """Return the number of complete interactions."""
        ...

    def source(self, index: int) -> Source:
        """Return where an interaction is: file name, and number counted from 1."""
        ...

    def line(self, index: int) -> int:
        """Return the line on which an interaction starts."""
        ...

    def request(self, index: int) -> Request:
        """Return the request of an interaction."""
        ...

    def interaction(self, index: int) -> Interaction:
        """Return an interaction."""
        ...

    def recorded_at(self, index: int) -> str:
        """Return when an interaction was recorded, as the file has it; "" when it has not."""
        ...

    def answer_date(self, index: int) -> str:
        """Return the header Date of a response; "" when it has none."""
        ...

    def answer_headers(self, index: int) -> Headers:
        """Return the headers of a response."""
        ...

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response; the value is None unless the body is JSON."""
        ...

    def status(self, index: int) -> int:
        """Return the status of a response."""
        ...

    def is_mark(self, index: int) -> bool:
        """Return whether an interaction is the mark of a request that was not recorded."""
        ...

    def digest(self) -> bytes:
        """Return a hash of the whole file."""
        ...


_MARK = b"passed_through"


def load_cassette(path: str | Path, *, is_searched: bool = False) -> Cassette:
    """Return the interactions in a cassette that glancetape, vcrpy or Ruby VCR wrote.

    A HAR file and what clients print are read too. Raises CassetteError, which names the file and,
    if possible, the line. A key that someone added to a cassette of ours a second time is refused
    when its interaction is read, and so is JSON of another recorder that is cut off or packed.
    `is_searched` reads both all the same, as `scan` does, which looks into all that is there.
    """
    path = Path(path)
    text = unzipped(read_bytes(path), path)
    if text.startswith(IMAGE_SET):
        raise CassetteError(
            f"{path} is a database and not a cassette. If it is an image set, "
            "`glancetape query` reads it."
        )
    check_merged(text, path)
    if own_layout.is_own(text):
        return OwnCassette(path, text, is_searched=is_searched)
    found = recognising.recognised(text[: recognising.HEAD], path)
    if found is None:
        recognising.refuse_others(text[: recognising.HEAD], path)
        if is_ndjson(text):
            refuse_ndjson(path)
        return ForeignCassette(path, text, is_searched=is_searched)
    if found.read is None or not found.plays:
        raise CassetteError(
            f"{path}: {found.name}, which has to become a cassette first: "
            f"glancetape import {word_of(path)} --out {word_of(path.with_suffix('.yaml'))}"
            f"{' --url URL' if found.needs_url else ''}"
        )
    return RecordingOfOthers(path, found.read(path, None))


_MOST_CHECKED = 2 << 20  # bytes; a fifth of a second for a cassette of another recorder


def check_cassette(path: Path) -> None:
    """Raise what `load_cassette` raises for a file that is not a cassette, but soon.

    A large file is not read twice: only whether it is there is checked.
    """
    if os.path.isfile(path) and path.stat().st_size > _MOST_CHECKED:
        return
    text = unzipped(read_bytes(path), path)
    if text.startswith(IMAGE_SET) or not own_layout.is_own(text):
        load_cassette(path)
    else:
        check_merged(text, path)
        _header(text, own_layout.find_items(text).first, str(path))


class _Hashed(ABC):
    """Has a hash, which most sessions do without."""

    _digest = b""

    def digest(self) -> bytes:
        """Return a hash of the whole file."""
        if not self._digest:
            self._digest = self._hash()
        return self._digest

    @abstractmethod
    def _hash(self) -> bytes: ...


class OwnCassette(_Hashed):
    """A cassette that glancetape wrote."""

    def __init__(self, path: Path, text: bytes, *, is_searched: bool = False) -> None:
        """Find the items; a torn item at the end is left out with a warning."""
        self.path = path
        self._is_searched = is_searched
        self._text = text
        contents = own_layout.find_items(text)
        self._starts, self._end = contents.starts, contents.end
        self.redaction = _redaction(
            _header(text, contents.first, str(path), is_searched=is_searched)
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
        return _answer_date(self.interaction(index)) if found is None else found

    def answer_headers(self, index: int) -> Headers:
        """Return the headers of a response; our own layout needs no YAML parser."""
        found = own_layout.read_answer_headers(self._text, *self._span(index))
        return self.interaction(index).response.headers if found is None else found

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response; our own layout needs no YAML parser."""
        found = own_layout.read_json_answer(self._text, *self._span(index))
        return _json_answer(self.interaction(index)) if found is None else found

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


class _InMemory(_Hashed):
    """Interactions that were read at once, and where each of them is in the file."""

    def __init__(self, path: Path, interactions: list[Interaction], places: list[Place]) -> None:
        self.path = path
        self.redaction = Redaction()
        self._interactions = interactions
        self._places = places

    def __len__(self) -> int:
        """Return the number of interactions."""
        return len(self._interactions)

    def __repr__(self) -> str:
        """Return the file's name and number of interactions."""
        return f"<{type(self).__name__} {self.path} with {len(self)} interactions>"

    def source(self, index: int) -> Source:
        """Return where an interaction is."""
        return Source(shown_name(self.path), self._places[index].number)

    def line(self, index: int) -> int:
        """Return the line on which an interaction starts; 1 where it is not known."""
        return self._places[index].line

    def request(self, index: int) -> Request:
        """Return the request of an interaction."""
        return self._interactions[index].request

    def interaction(self, index: int) -> Interaction:
        """Return an interaction."""
        return self._interactions[index]

    def recorded_at(self, index: int) -> str:
        """Return when an interaction was recorded."""
        return self._interactions[index].recorded_at

    def answer_date(self, index: int) -> str:
        """Return the header Date of a response."""
        return _answer_date(self._interactions[index])

    def answer_headers(self, index: int) -> Headers:
        """Return the headers of a response."""
        return self._interactions[index].response.headers

    def json_answer(self, index: int) -> tuple[int, Any]:
        """Return status and JSON value of a response."""
        return _json_answer(self._interactions[index])

    def status(self, index: int) -> int:
        """Return the status of a response."""
        return self._interactions[index].response.status

    def is_mark(self, index: int) -> bool:
        """Return whether an interaction is the mark of a request that was not recorded."""
        return self._interactions[index].passed_through


class ForeignCassette(_InMemory):
    """A cassette that vcrpy, Ruby VCR or a person wrote; it is read at once."""

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
    """The items of a cassette that another recorder wrote, each read by itself."""

    def __init__(self, path: Path, text: bytes, *, is_searched: bool = False) -> None:
        """Find the items. Raises CassetteError for another format or version."""
        self._is_searched = is_searched
        file = vcr_files.read_vcr_file(text, str(path))
        self._path = path
        self._items = file.items
        is_of_go_vcr = any(_is_of_go_vcr(item) for item in file.items[:1])
        versions = recorders.GO_VCR_VERSIONS if is_of_go_vcr else (vcr.VERSION,)
        self.redaction = _redaction(_check_version(file.rest, str(path), versions))
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


def _is_of_go_vcr(item: "vcr_files.Item") -> bool:
    try:
        return recorders.is_of_go_vcr(item.read())
    except CassetteError:
        return False  # it is read again, and refused by its number


class RecordingOfOthers(_InMemory):
    """What another tool than a VCR saved, such as a HAR file; it is read at once."""

    def __init__(
        self, path: Path, entries: "foreign_entries.Entries", *, skip_bad: bool = False
    ) -> None:
        """Read all entries of the image service and of Keystone.

        Of other requests, those that may have changed images become marks. Raises CassetteError
        when no entry is kept, or when one is damaged; the latter not with `skip_bad`.
        """
        services = KnownServices()
        kept: list[tuple[Interaction, Place]] = []
        left_out = Counter[str]()
        for one in of_service.with_validated(entries):
            if isinstance(one, foreign_entries.Entry):
                request, date = one.interaction.request, one.interaction.recorded_at
                status: int | None = one.interaction.response.status
                if why := of_service.why_not_kept(one.interaction):
                    left_out[why] += 1
                    if why != of_service.NOT_STORED:
                        continue
                    status = None
                elif of_service.judge(services, one.interaction) is not Service.OTHER:
                    kept.append((one.interaction, Place(one.number)))
                    continue
                else:
                    left_out["of another service"] += 1
            else:
                if one.is_bad and not skip_bad:
                    made = word_of(path.with_suffix(".yaml"))
                    raise CassetteError(
                        f"{path}, entry {one.number}: {one.reason}. To leave it out: "
                        f"glancetape import {word_of(path)} --out {made} --skip-bad"
                    )
                left_out[one.reason] += 1
                if one.request is None:
                    continue
                request, date, status = one.request, one.recorded_at, None
            if of_service.leaves_mark(services, request, status):
                kept.append((mark_of(request, date), Place(one.number)))
        if all(interaction.passed_through for interaction, _ in kept):
            raise CassetteError(
                f"{path}: no answer of the image service is in it.",
                *(f"{count:,} left out: {reason}" for reason, count in left_out.items()),
            )
        for reason, count in left_out.items():
            logger.warning("%s: left out %d: %s", path, count, reason)
        interactions = [interaction for interaction, _ in kept]
        places = [place for _, place in kept]
        super().__init__(path, interactions, places)

    def _hash(self) -> bytes:
        """Return a hash of all that was read: an entry may have its body in another file."""
        digest = blake2b(digest_size=16)
        for one in self._interactions:
            asked, answered = one.request, one.response
            for part in (
                *(asked.method, asked.uri, asked.headers, asked.body, one.recorded_at),
                *(answered.status, answered.reason, answered.headers, answered.body),
            ):
                content = part if isinstance(part, bytes) else repr(part).encode("utf-8", "replace")
                digest.update(b"%d:" % len(content) + content)
        return digest.digest()


def _answer_date(interaction: Interaction) -> str:
    return header(interaction.response.headers, "date") or ""


def _json_answer(interaction: Interaction) -> tuple[int, Any]:
    try:
        return interaction.response.status, orjson.loads(interaction.response.body)
    except ValueError:
        return interaction.response.status, None


def _header(text: bytes, first: int, where: str, *, is_searched: bool = False) -> dict[str, Any]:
    value = own_layout.read_header(text[:first])
    if value is None:
        node, loader = safe_yaml.compose(text[:first], where)
        if is_searched:
            loader.repeated_keys.clear()
        value = safe_yaml.build(node, loader, where)
    return _check_version(value if isinstance(value, dict) else {}, where)


def _check_version(
    header: dict[str, Any], where: str, versions: tuple[int, ...] = (vcr.VERSION,)
) -> dict[str, Any]:
    version = header.get("version", vcr.VERSION)
    if version not in versions:
        raise CassetteError(
            f"{where}: cassette version {version!r}, but this release reads version "
            f"{' and '.join(map(str, versions))}; upgrade glancetape or record again."
        )
    return header


def _redaction(header: dict[str, Any]) -> Redaction:
    value = header.get("redaction")
    if not isinstance(value, dict):
        return Redaction()
    key_id, names = value.get("key_id"), value.get("sensitive")
    return Redaction(
        str(key_id) if key_id else None,
        value.get("ids") == "kept",
        tuple(map(str, names)) if isinstance(names, list) else (),
    )
