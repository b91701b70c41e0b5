"""Whole images: all columns of a block of records together, and the JSON that they make.

An image's JSON is put together from texts written once for many images: the rows of the small
tables (`JointRows`), the text columns, and its tags.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import repeat

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
        bodies = list(map(b"".join, zip(*self._parts(), strict=True)))
        for place in self._unusual.tolist():
            image = orjson.loads(bodies[place])
            order = self.images.world.in_order(image.keys())
            bodies[place] = orjson.dumps({name: image[name] for name in order})
        for place, one in self._fixed():
            bodies[place] = _written_over(bodies[place], one, self.images.world)
        return bodies

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
        members = self.members()
        return [
            body[:-1] + b',"members":' + orjson.dumps(members[place]) + b"}\n"
            if place in members
            else body + b"\n"
            for place, body in enumerate(self.bodies())
        ]

    def _parts(self) -> Iterator[Iterable[bytes]]:
        """Yield the parts of the JSON from `{` to `}`, each for all images."""
        count, world = len(self.images), self.images.world
        yield repeat(b"{", count)
        for part in world.layout:
            if isinstance(part, JointRows):
                yield part.write(self.rows, count)
            elif part == "id":
                yield from self._pieces(b'"id":"', self._ids, b'"')
            elif part in world.before_id:
                yield from self._member(part, b"", b",")
            else:
                yield from self._member(part, b",", b"")
        yield repeat(b"}", count)

    @cached_property
    def _ids(self) -> list[bytes]:
        ids: list[bytes] = self.texts.id.tolist()
        return ids

    def _pieces(self, *pieces: bytes | list[bytes]) -> Iterator[Iterable[bytes]]:
        for piece in pieces:
            yield repeat(piece, len(self.images)) if isinstance(piece, bytes) else piece

    def _member(self, name: str, before: bytes, after: bytes) -> Iterator[Iterable[bytes]]:
        """Yield the pieces of a member that is not in a table."""
        key, texts = before + orjson.dumps(name) + b":", self.texts
        if name == "name":
            quote = np.where(texts.is_named, b'"', b"")
            text = np.where(texts.is_named, texts.name_in_json, b"null")
            yield from self._pieces(key, together(quote, text, quote).tolist(), after)
        elif name == "created_at":
            yield from self._pieces(key + b'"', texts.created_at.tolist(), b'"' + after)
        elif name == "updated_at":
            yield from self._pieces(key + b'"', texts.updated_at.tolist(), b'"' + after)
        elif name == "self":
            yield from self._pieces(key + b'"/v2/images/', self._ids, b'"' + after)
        elif name == "file":
            yield from self._pieces(key + b'"/v2/images/', self._ids, b'/file"' + after)
        elif name == "tags":
            yield from self._pieces(key + b"[", *self._tags_in_json(), b"]" + after)
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

    def _tags_in_json(self) -> Iterator[list[bytes]]:
        table = self.images.world.tags
        for turn, numbers in enumerate(self.tags):
            in_json = table.later_in_json if turn else table.first_in_json
            yield in_json[numbers + 1].tolist()


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
