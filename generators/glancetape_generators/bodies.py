"""Images as JSON: what the tables and the texts say of each, put together."""

from collections.abc import Iterator

import numpy as np
import orjson

from glancetape_generators.draws import Ints
from glancetape_generators.images import Images
from glancetape_generators.texts import OwnTexts, Texts

_PLAIN = {  # property -> the texts that never need an escape
    "__data_origin": "origin",
    "__originalimagename": "parent",
    "__image_location": "location",
    "__image_size": "image_size",
    "__backup_id": "backup",
    "created_at": "created_at",
    "active_at": "active_at",
    "updated_at": "updated_at",
}
OWN = {
    "name": "name",
    **{name: text for name, text in _PLAIN.items() if not name.endswith("ed_at")},
}
"""Property -> the text that holds it, of those that are indexed by their values."""


class Made:
    """Some images in all their parts: the row of each table, texts, tags, members."""

    def __init__(self, images: Images) -> None:
        """Take the images."""
        self.images = images
        self.texts = OwnTexts(images)
        nothing = np.zeros(len(images), np.int64)
        self.rows: dict[str, Ints] = {
            "status": images.status,
            "kind": images.kind_row,
            "constant": nothing,
            "placeholder": images.placeholder,
            "format": images.format,
            "slot": images.slot,
            "disk": images.disk,
            "owner": images.owner,
            "system": images.system,
            "product": images.product,
            "enterprise": images.enterprise,
            "key": images.key,
            **images.extras,
        }
        """Table -> the row of each image."""

    def own(self, name: str) -> Texts:
        """Give the texts that hold a property."""
        found: Texts = getattr(self.texts, OWN[name])
        return found

    def bodies(self) -> list[bytes]:
        """Write each image as a list answer shows it."""
        return [f"{{{body}}}".encode() for body in map("".join, zip(*self._parts(), strict=True))]

    def lines(self) -> list[bytes]:
        """Write each image as a line of NDJSON, with its members."""
        return [
            body[:-1] + b',"members":' + orjson.dumps(members) + b"}\n" if members else body + b"\n"
            for body, members in zip(self.bodies(), self.texts.members, strict=True)
        ]

    def _parts(self) -> Iterator[list[str]]:
        ids = self.texts.id
        yield [f'"id":"{one}",' for one in ids]
        yield [f'"name":{_to_json(name)},' for name in self.texts.name]
        for table, rows in self.rows.items():
            yield self.images.world.tables[table].written[rows].tolist()
        for name, text in _PLAIN.items():
            texts = getattr(self.texts, text)
            yield ["" if one is None else f'"{name}":"{one}",' for one in texts]
        yield [
            f'"tags":[{",".join(map(_to_json, tags))}],' if tags else '"tags":[],'
            for tags in self.texts.tags
        ]
        yield [
            f'"self":"/v2/images/{one}","file":"/v2/images/{one}/file","schema":"/v2/schemas/image"'
            for one in ids
        ]


def _to_json(text: str | None) -> str:
    return orjson.dumps(text).decode()
