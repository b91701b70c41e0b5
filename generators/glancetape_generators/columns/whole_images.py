"""Whole images: all columns of a block of records together, and the JSON that they make.

An image's JSON is put together from texts written once for many images: the rows of the small
tables (`JointRows`), the text columns, and its tags.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
import orjson

from glancetape_cassettes.imageset.image_fields import parse_time
from glancetape_cassettes.imageset.making.blocks import NULL, ListedImage, listed_as_stored
from glancetape_generators.columns.glance_fields import GlanceFields
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.ims_fields import ImsFields
from glancetape_generators.columns.tags_and_members import Memberships, memberships, tag_turns
from glancetape_generators.columns.text_columns import TextColumns
from glancetape_generators.sampling.byte_columns import Octets, lengths_of, together
from glancetape_generators.sampling.draws import Ints
from glancetape_generators.spec.spec import FixedImage
from glancetape_generators.vocabulary.tables import JointRows
from glancetape_generators.world.fixed import FIRST_FIXED
from glancetape_generators.world.key_order import USUAL
from glancetape_generators.world.world import World

_ALWAYS = ("id", "name", "created_at", "updated_at", "tags", "self", "file")
"""The members that every image has, and that are in no table."""


class WholeImages:
    """Some images in all their parts: the row of each table, texts, tags and members."""

    def __init__(self, images: Images) -> None:
        """Gather the parts of these images."""
        self.images = images
        self.texts = TextColumns(images)
        self.fields: ImsFields | GlanceFields = (
            GlanceFields(images, self.texts)
            if images.world.is_glance
            else ImsFields(images, self.texts)
        )

    @property
    def rows(self) -> Mapping[str, Ints]:
        """Table of the world -> the row of each image."""
        return self.fields.rows

    @cached_property
    def tags(self) -> list[Ints]:
        """The first tag of each image, then the second, and so on: its number, -1 for none."""
        return tag_turns(self.images)

    @cached_property
    def memberships(self) -> Memberships:
        """Which projects the images are shared with."""
        return memberships(self.images)

    def bodies(self) -> list[bytes]:
        """Return each image as a list answer shows it, in JSON."""
        return list(map(b"".join, self._in_pieces([b"}"] * len(self.images))))

    def _in_pieces(self, ends: list[bytes]) -> Iterator[tuple[bytes, ...]]:
        """Return the pieces of each image's JSON, with what `ends` it instead of `}`."""
        world, columns = self.images.world, list(self._columns())
        for place in self._unusual.tolist():
            image = orjson.loads(_taken(columns, place) + b"}")
            written = orjson.dumps({name: image[name] for name in world.in_order(image.keys())})
            columns[0][place] = written[:-1]
        for place, one in self._fixed():
            columns[0][place] = _written_over(_taken(columns, place) + b"}", one, world)[:-1]
        # No list of them: the tuples would be looked at again and again by the garbage collector.
        return zip(*columns, ends, strict=True)

    @property
    def _unusual(self) -> Ints:
        """The places of the images with so few or many members that IMS has another order."""
        world, fields = self.images.world, self.fields
        if world.is_glance:
            return np.empty(0, np.int64)
        members = np.full(len(self.images), len(_ALWAYS), np.int64)
        for name, rows in self.rows.items():
            members += world.tables[name].lengths[rows]
        for name in fields.texts:
            members += fields.has(name)
        return np.flatnonzero((members < USUAL.start) | (members >= USUAL.stop))

    @property
    def has_fixed(self) -> bool:
        """Whether some of them are fixed images, of which tables and columns do not have all."""
        return bool(len(self.images.world.fixed.among(self.images.records)))

    def _fixed(self) -> Iterator[tuple[int, FixedImage]]:
        """Yield the place of each fixed image, and what the spec gives of it."""
        world, records = self.images.world, self.images.records
        for place in world.fixed.among(records).tolist():
            yield place, world.spec.images[records[place] - FIRST_FIXED]

    def members(self) -> dict[int, list[dict[str, str]]]:
        """Return the members of the images that have some, by the place of the image."""
        world, found = self.images.world, defaultdict[int, list[dict[str, str]]](list)
        listed = self.memberships
        for place, project, status in zip(
            listed.places, listed.projects, listed.statuses, strict=True
        ):
            one = {"member_id": world.cast.ids[project], "status": world.member_statuses[status]}
            found[place].append(one)
        for place, fixed in self._fixed():
            if "members" in fixed.fields:
                found[place] = fixed.fields["members"]
        return {place: members for place, members in found.items() if members}

    def listed(self) -> Iterator[ListedImage]:
        """Yield each image as an import reads it."""
        members = self.members()
        for place, body in enumerate(self.bodies()):
            yield listed_as_stored(orjson.loads(body), body, members.get(place, []))

    def lines(self) -> list[bytes]:
        """Return each image as a line of NDJSON, with its members."""
        return list(map(b"".join, self._in_pieces(self._ends_of_lines())))

    def ndjson(self) -> bytes:
        """Return these lines as one text, in less time than joining them takes."""
        return b"".join(chain.from_iterable(self._in_pieces(self._ends_of_lines())))

    def _ends_of_lines(self) -> list[bytes]:
        ends = [b"}\n"] * len(self.images)
        for place, members in self.members().items():
            ends[place] = b',"members":' + orjson.dumps(members) + b"}\n"
        return ends

    def _columns(self) -> Iterator[list[bytes]]:
        """Yield the pieces of the JSON from `{` to before `}`, each for all images."""
        count = len(self.images)
        for part in _with_neighbours(self._parts()):
            if isinstance(part, bytes):
                yield [part] * count
            elif isinstance(part, _Rows):
                yield part.rows.write(self.rows, count, part.before, part.after)
            else:
                yield part

    def _parts(self) -> Iterator[bytes | JointRows | list[bytes]]:
        """Yield what all images have, rows of tables and columns, in the order of the JSON."""
        world = self.images.world
        yield b"{"
        for part in world.layout:
            if isinstance(part, JointRows):
                yield part
            elif part == "id":
                yield from _between(b'"id":"', self._ids.copy(), b'"')
            elif part in world.before_id:
                yield from self._member(part, b"", b",")
            else:
                yield from self._member(part, b",", b"")

    @cached_property
    def _ids(self) -> list[bytes]:
        ids: list[bytes] = self.texts.id.tolist()
        return ids

    def _member(self, name: str, before: bytes, after: bytes) -> Iterator[bytes | list[bytes]]:
        """Yield the pieces of a member that is not in a table."""
        key, texts = before + orjson.dumps(name) + b":", self.texts
        if name == "name":
            quote = np.where(texts.is_named, b'"', b"")
            text = np.where(texts.is_named, texts.name_in_json, b"null")
            yield from _between(key, together(quote, text, quote).tolist(), after)
        elif name == "created_at":
            yield from _between(key + b'"', texts.created_at.tolist(), b'"' + after)
        elif name == "updated_at":
            yield from _between(key + b'"', texts.updated_at.tolist(), b'"' + after)
        elif name == "self":
            yield from _between(key + b'"/v2/images/', self._ids.copy(), b'"' + after)
        elif name == "file":
            yield from _between(key + b'"/v2/images/', self._ids.copy(), b'/file"' + after)
        elif name == "tags":
            yield from _between(key + b"[", self._tags_in_json(), b"]" + after)
        else:
            yield self._of_fields(name, before, after).tolist()

    def _of_fields(self, name: str, before: bytes, after: bytes) -> Octets:
        """Return a member that only images of this cloud have."""
        key, fields = before + orjson.dumps(name) + b":", self.fields
        if name in fields.numbers:
            numbers = fields.numbers[name]
            text = np.where(numbers == NULL, b"null", numbers.astype("S20"))
            return together(key, text, after)
        if name in fields.written:
            text = fields.in_json(name)
            has = lengths_of(text) > 0
            return together(np.where(has, key, b""), text, np.where(has, after, b""))
        has, text = fields.has(name), fields.in_json(name)
        nothing = key + b"null" + after if name in fields.nullable else b""
        start, end = np.where(has, key + b'"', nothing), np.where(has, b'"' + after, b"")
        return together(start, text, end)

    def _tags_in_json(self) -> list[bytes]:
        table, found = self.images.world.tags, [b""] * len(self.images)
        if self.tags:  # few images have any, and the first one if any
            first, *later = self.tags
            places = np.flatnonzero(first >= 0)
            columns = [table.first_in_json[first[places] + 1]]
            columns += [table.later_in_json[numbers[places] + 1] for numbers in later]
            for place, text in zip(places.tolist(), together(*columns).tolist(), strict=True):
                found[place] = text
        return found


class _Rows(NamedTuple):
    """Rows of tables, with what all images have before and after them."""

    rows: JointRows
    before: bytes
    after: bytes


def _with_neighbours(
    parts: Iterable[bytes | JointRows | list[bytes]],
) -> list[bytes | _Rows | list[bytes]]:
    """Return the parts of images with what all have in the texts of the rows beside it.

    These texts are written once for many images; the fewer parts, the faster they are joined.
    """
    found: list[bytes | _Rows | list[bytes]] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, bytes) and isinstance(last, bytes):
            found[-1] = last + part
        elif isinstance(part, bytes) and isinstance(last, _Rows):
            found[-1] = last._replace(after=last.after + part)
        elif isinstance(part, JointRows) and isinstance(last, bytes):
            found[-1] = _Rows(part, last, b"")
        else:
            found.append(_Rows(part, b"", b"") if isinstance(part, JointRows) else part)
    return found


def _between(before: bytes, texts: list[bytes], after: bytes) -> Iterator[bytes | list[bytes]]:
    yield before
    yield texts
    yield after


def _taken(columns: list[list[bytes]], place: int) -> bytes:
    """Return what some columns have at a place, and leave nothing there."""
    taken = b"".join(column[place] for column in columns)
    for column in columns:
        column[place] = b""
    return taken


def _written_over(body: bytes, given: FixedImage, world: World) -> bytes:
    """Return an image with the fields that a spec gives, in the order of the cloud."""
    json = orjson.loads(body)
    image = dict(json)
    following = {name: text for name, text in given.following.items() if name in image}
    image |= {**following, **given.fields}
    if parse_time("updated_at", image["updated_at"]) > world.at:
        image["updated_at"] = json["updated_at"]
    image.pop("members", None)
    return orjson.dumps({name: image[name] for name in world.in_order(image.keys())})
