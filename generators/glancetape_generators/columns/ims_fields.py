"""What images of IMS have besides the fields of every image: rows of tables, and texts."""

from collections.abc import Collection, Mapping

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.columns.text_columns import TextColumns
from glancetape_generators.sampling.byte_columns import Octets, is_there
from glancetape_generators.sampling.draws import Flags, Ints

TEXTS = {
    "__data_origin": "origin",
    "__originalimagename": "parent",
    "__image_location": "location",
    "__image_size": "image_size",
    "__backup_id": "backup",
    "active_at": "active_at",
}
"""Property -> the column of TextColumns that holds it.

An image with b"" in the column does not have the property; none of the texts needs a JSON escape.
"""


class ImsFields:
    """The fields of some images of IMS."""

    texts = tuple(TEXTS)
    """The properties that are in no table."""
    numbers: Mapping[str, Ints] = {}
    """The numbers that are in no table."""
    nullable: Collection[str] = ()
    """Those of `texts` that are null where an image does not have them."""
    written: Collection[str] = ()
    """The members whose JSON is written as a whole."""

    def __init__(self, images: Images, columns: TextColumns) -> None:
        """Take the rows and texts of these images."""
        self._columns = columns
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
            **images.extras_in_tables,
        }
        """Table of the world -> the row of each image."""
        self.is_counted: Flags = images.is_tenants
        """Whether it counts for its owner, who may be the home project: it is not public."""

    def has(self, name: str) -> Flags:
        """Return whether an image has one of `texts`."""
        return is_there(self.text(name))

    def text(self, name: str) -> Octets:
        """Return the column of one of `texts`."""
        found: Octets = getattr(self._columns, TEXTS[name])
        return found

    def in_json(self, name: str) -> Octets:
        """Return the same column in JSON, without quotes."""
        return self.text(name)
