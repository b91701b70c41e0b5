"""Whole images: all columns of a block of records together, and the JSON that they make.

An image's JSON is put together from texts written once for many images: the rows of the small
tables (`JointRows`), the text columns, and its tags.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import orjson

from glancetape_cassettes.imageset.image_fields import parse_time
from glancetape_cassettes.imageset.making.listed_images import NULL, ListedImage, listed_as_stored
from glancetape_generators.columns.glance_fields import GlanceFields
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.ims_fields import ImsFields
from glancetape_generators.columns.tags_and_members import Memberships, memberships, tag_turns
from glancetape_generators.columns.text_columns import TextColumns
from glancetape_generators.columns.unique_texts import UniqueProperty
from glancetape_generators.sampling.byte_columns import (
    decimal,
    is_there,
    together,
)
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.sampling.joining import (
    Chosen,
    Column,
    column_of,
    join_lines,
    list_pieces,
    table_of,
    text_where,
    texts_at,
)
from glancetape_generators.spec.spec import FixedImage
from glancetape_generators.vocabulary.key_order import USUAL
from glancetape_generators.vocabulary.tables import JointRows
from glancetape_generators.world.fixed import FIRST_FIXED
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
        self.unique = {one.field: UniqueProperty(images, one) for one in images.world.with_fields}
        """The properties of the spec whose texts are in no table."""
        self._has: dict[str, Flags] = {}

    def has(self, name: str) -> Flags:
        """Return whether an image has one of the `texts` of its fields."""
        if name not in self._has:
            self._has[name] = self.fields.has(name)
        return self._has[name]

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
        return [*chain.from_iterable(self.listed_with(b""))]

    def lines(self) -> list[bytes]:
        """Return each image as a line of NDJSON, with its members."""
        return [*chain.from_iterable(self._joined(self.members(), b"\n", None))]

    def ndjson(self) -> Iterator[list[bytes]]:
        """Yield the pieces of the same lines, those of some lines at once."""
        others, first = self._others(None), 0
        for width, pieces in list_pieces(self._lines(self.members(), b"\n"), len(self.images)):
            end, found = first + len(pieces) // width, pieces
            while others and others[-1][0] < end:
                if found is pieces:  # in which the next lines are written
                    found = [*pieces]
                number, place = others.pop()
                of_line = slice((number - first) * width, (number - first + 1) * width)
                body = self._written_anew(b"".join(pieces[of_line]), place)
                found[of_line] = [body, b"\n", *[b""] * (width - 2)]
            yield found
            first = end

    def listed_with(self, end: bytes, order: Ints | None = None) -> Iterator[list[bytes]]:
        """Yield each image as a list answer shows it, and `end` after it; some at once.

        The images come in their own order, or in that of the places in `order`.
        """
        return self._joined({}, end, order)

    def _joined(
        self, members: Mapping[int, list[dict[str, str]]], end: bytes, order: Ints | None
    ) -> Iterator[list[bytes]]:
        """Yield the images; `members` has the members of some, by the place of the image."""
        others, first = self._others(order), 0
        for lines in join_lines(self._lines(members, end), len(self.images), order):
            while others and others[-1][0] < first + len(lines):
                number, place = others.pop()
                body = lines[number - first].removesuffix(end)
                lines[number - first] = self._written_anew(body, place) + end
            yield lines
            first += len(lines)

    def _lines(self, members: Mapping[int, list[dict[str, str]]], end: bytes) -> Iterator[Column]:
        """Yield the pieces of the JSON in their order, each for all images."""
        yield from self._columns()
        yield self._members_in_json(members)
        yield b"}" + end

    def _others(self, order: Ints | None) -> list[tuple[int, int]]:
        """Return the images that are not as their pieces are: number of line and place, last first.

        The lines are in the order of the images, or of the places in `order`.
        """
        places = np.array(sorted({*self._given, *self._unusual.tolist()}), np.int64)
        numbers = places if order is None else np.argsort(order)[places]
        return sorted(zip(numbers.tolist(), places.tolist(), strict=True), reverse=True)

    def _members_in_json(self, members: Mapping[int, list[dict[str, str]]]) -> Column:
        """Return the members of images as NDJSON has them: after all else."""
        if not members:
            return b""
        texts = [b',"members":' + orjson.dumps(one) for one in members.values()]
        numbers = np.zeros(len(self.images), np.int64)
        numbers[[*members]] = np.arange(1, len(texts) + 1)
        return Chosen(table_of([b"", *texts]), numbers)

    def _written_anew(self, body: bytes, place: int) -> bytes:
        """Return an image in the order of the cloud, with the fields that its spec gives."""
        world, json, given = self.images.world, orjson.loads(body), self._given.get(place)
        last = {"members": json.pop("members")} if "members" in json else {}
        image = json if given is None else _with_given(json, given, world)
        in_order = {name: image[name] for name in world.in_order(image.keys())}
        return orjson.dumps({**in_order, **last})

    @property
    def _unusual(self) -> Ints:
        """The places of images with so few or so many fields that IMS orders them differently."""
        world, fields = self.images.world, self.fields
        if world.is_glance:
            return np.empty(0, np.int64)
        members = np.full(len(self.images), len(_ALWAYS), np.int64)
        for name, rows in self.rows.items():
            lengths = world.tables[name].lengths
            # In most tables, all rows have the same fields.
            is_same = lengths.min() == lengths.max()
            members += lengths[0] if is_same else lengths.take(rows)
        for name in fields.texts:
            members += self.has(name)
        for one in self.unique.values():
            members += one.is_there
        return np.flatnonzero((members < USUAL.start) | (members >= USUAL.stop))

    @property
    def has_fixed(self) -> bool:
        """Whether any is a fixed image: it may have fields that are in no table or column."""
        return bool(len(self.images.world.fixed.among(self.images.records)))

    @cached_property
    def _given(self) -> Mapping[int, FixedImage]:
        """The place of each fixed image, and what the spec gives of it."""
        world, records = self.images.world, self.images.records
        return {
            place: world.spec.images[records[place] - FIRST_FIXED]
            for place in world.fixed.among(records).tolist()
        }

    def members(self) -> dict[int, list[dict[str, str]]]:
        """Return the members of the images that have some, by the place of the image."""
        world, found = self.images.world, defaultdict[int, list[dict[str, str]]](list)
        listed = self.memberships
        for place, project, status in zip(*[one.tolist() for one in listed], strict=True):
            one = {"member_id": world.cast.ids[project], "status": world.member_statuses[status]}
            found[place].append(one)
        for place, fixed in self._given.items():
            if "members" in fixed.fields:
                found[place] = fixed.fields["members"]
        return {place: members for place, members in found.items() if members}

    def listed(self) -> Iterator[ListedImage]:
        """Yield each image as an import reads it."""
        members = self.members()
        for place, body in enumerate(self.bodies()):
            yield listed_as_stored(orjson.loads(body), body, members.get(place, []))

    def _columns(self) -> Iterator[Column]:
        """Yield the pieces of the JSON in their order, but for its end; each for all images."""
        world = self.images.world
        yield b"{"
        for part in world.layout:
            if isinstance(part, JointRows):
                yield part.write(self.rows, len(self.images))
            elif part == "id":
                yield from (b'"id":"', self.texts.id, b'"')
            elif part in world.before_id:
                yield from self._member(part, b"", b",")
            else:
                yield from self._member(part, b",", b"")

    def _member(self, name: str, before: bytes, after: bytes) -> Iterator[Column]:
        """Yield the pieces of a member that is not in a table."""
        key, texts = before + orjson.dumps(name) + b":", self.texts
        if name == "name":
            null = Chosen(_EITHER_NAME, texts.is_named.astype(np.int64))
            yield from (key, null, texts.name_in_json, text_where(texts.is_named, b'"'), after)
        elif name == "created_at":
            yield from (key + b'"', texts.created_at, b'"' + after)
        elif name == "updated_at":
            yield from (key + b'"', texts.updated_at, b'"' + after)
        elif name == "self":
            yield from (key + b'"/v2/images/', texts.id, b'"' + after)
        elif name == "file":
            yield from (key + b'"/v2/images/', texts.id, b'/file"' + after)
        elif name == "tags":
            yield from (key + b"[", self._tags_in_json(), b"]" + after)
        elif name in self.unique:
            one = self.unique[name]
            begins = table_of([b"", key + b"null" + after, key + b'"'])
            yield Chosen(begins, one.is_there.astype(np.int64) + one.is_text)
            yield from (one.in_json, text_where(one.is_text, b'"' + after))
        else:
            yield from self._of_fields(name, key, after)

    def _of_fields(self, name: str, key: bytes, after: bytes) -> Iterator[Column]:
        """Yield the pieces of a member that only images of this cloud have."""
        fields = self.fields
        if name in fields.numbers:
            numbers = fields.numbers[name]
            text = np.where(numbers == NULL, b"null", decimal(np.maximum(numbers, 0)))
            yield from (key, text, after)
        elif name in fields.written:
            text = fields.in_json(name)
            has = is_there(text)
            yield from (text_where(has, key), column_of(text, has), text_where(has, after))
        else:
            has, text = self.has(name), fields.in_json(name)
            nothing = key + b"null" + after if name in fields.nullable else b""
            yield text_where(has, key + b'"', nothing)
            yield from (column_of(text, has), text_where(has, b'"' + after))

    def _tags_in_json(self) -> Column:
        if not self.tags:
            return b""
        # Few images have any, and the first one if any.
        table, (first, *later) = self.images.world.tags, self.tags
        places = np.flatnonzero(first >= 0)
        columns = [table.first_in_json.take(first[places] + 1)]
        columns += [table.later_in_json.take(numbers[places] + 1) for numbers in later]
        return texts_at(places, together(*columns), len(self.images))


_EITHER_NAME = table_of([b"null", b'"'])
"""How a name begins in JSON: null, or the quote before its text."""


def _with_given(json: Mapping[str, Any], given: FixedImage, world: World) -> dict[str, Any]:
    """Return a fixed image with the fields that its spec gives, but for its members."""
    following = {name: text for name, text in given.following.items() if name in json}
    image = {**json, **following, **given.fields}
    if parse_time("updated_at", image["updated_at"]) > world.at:
        image["updated_at"] = json["updated_at"]
    image.pop("members", None)
    return image
