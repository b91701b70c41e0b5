"""What an image is: its kind, how it was made, and which group its disk belongs to."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from glancetape_generators.learning.capture import Capture
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import DISKS, WAYS
from glancetape_generators.world.field_tables import DATA, INSTALLER, KIND_NAMES

_OF_VISIBILITY: Mapping[str, str] = {
    "public": "gold",
    "private": "private",
    "shared": "shared",
    "community": "shared",
}


class Sorted:
    """The images of a capture, sorted by kind, way and group of disks."""

    def __init__(self, capture: Capture) -> None:
        """Sort them; a sorting is made when it is read."""
        self.capture = capture

    @cached_property
    def is_ims(self) -> bool:
        """Whether the images come from Huawei Cloud IMS or a clone, not from a plain Glance."""
        return "__imagetype" in self.capture.columns

    @cached_property
    def kind(self) -> Ints:
        """The number of each image's kind in KIND_NAMES: by `__imagetype`, or by visibility."""
        capture = self.capture
        found = np.full(capture.count, KIND_NAMES.index("private"), np.int64)
        for visibility, kind in _OF_VISIBILITY.items():
            found[capture.is_value("visibility", visibility)] = KIND_NAMES.index(kind)
        for number, kind in enumerate(KIND_NAMES):
            found[capture.is_value("__imagetype", kind)] = number
        return found

    def of_kind(self, *kinds: str) -> Flags:
        """Return which images are of some kinds."""
        found: Flags = np.isin(self.kind, [KIND_NAMES.index(kind) for kind in kinds])
        return found

    @cached_property
    def tenants(self) -> Flags:
        """Which images are private or shared."""
        return self.of_kind("private", "shared")

    @cached_property
    def way(self) -> Ints:
        """The number in WAYS of how each image was made, -1 where it does not show it."""
        capture = self.capture
        found = np.full(capture.count, -1, np.int64)
        origin = capture.column("__data_origin")
        heads = [text.partition(",")[0] for text in origin.texts()]
        of_values = np.array([WAYS.index(one) if one in WAYS else -1 for one in heads] or [-1])
        found = np.where(origin.codes >= 0, of_values[origin.codes], found)
        found[capture.is_value("image_type", "snapshot")] = WAYS.index("instance")
        if not self.is_ims:
            found[(found < 0) & self.tenants] = WAYS.index("file")
        is_iso = capture.is_value("disk_format", "iso")
        is_iso |= capture.is_value("virtual_env_type", INSTALLER)
        found[is_iso] = WAYS.index("iso")
        found[capture.is_value("__whole_image", "true")] = WAYS.index("server_backup")
        return found

    @cached_property
    def disk_group(self) -> Ints:
        """The number in DISKS of the group that each image's disk belongs to, -1 for none."""
        capture = self.capture
        found = np.full(capture.count, -1 if self.is_ims else DISKS.index("Linux"), np.int64)
        for group in DISKS[:3]:
            found[capture.is_value("__os_type", group)] = DISKS.index(group)
        found[capture.is_value("virtual_env_type", DATA)] = DISKS.index("data")
        found[self.way == WAYS.index("iso")] = DISKS.index("iso")
        return found
