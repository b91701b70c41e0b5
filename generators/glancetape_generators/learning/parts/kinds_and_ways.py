"""What an image is: its kind, how it was made, and which group its disk belongs to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, cached_property

import numpy as np

from glancetape_generators.learning.capture import Capture, Code, Column
from glancetape_generators.learning.parts.public_images import PublicImages
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import DISKS, WAYS
from glancetape_generators.vocabulary.flavours import (
    DEFAULT,
    FLAVOURS,
    OPENSTACK,
    Flavour,
    flavour_named,
)
from glancetape_generators.vocabulary.vocabulary import System
from glancetape_generators.world.field_tables import DATA, INSTALLER, KIND_NAMES

_OF_VISIBILITY: Mapping[str, str] = {
    "public": "gold",
    "private": "private",
    "shared": "shared",
    "community": "community",
}
_OF_IMAGE_TYPE: Mapping[str, str] = {"snapshot": "instance", "backup": "server_backup"}
"""What Nova writes into `image_type` -> how it made the image."""


def of_one_cloud(capture: Capture) -> Capture:
    """Return the images of the cloud that most are from, IMS or a plain Glance.

    What images of both are like together is like neither, and a spec is of one cloud.
    """
    images = Classified(capture)
    chosen = images.has_type == images.is_ims
    return capture if chosen.all() else capture.at(chosen)


class Classified:
    """The images of a capture, classified by kind, way of making and group of disks."""

    def __init__(self, capture: Capture) -> None:
        """Classify these images; each column is computed when it is read."""
        self.capture = capture

    @cached_property
    def is_ims(self) -> bool:
        """Whether most images come from Huawei Cloud IMS or a clone, not from a plain Glance."""
        return int(self.has_type.sum()) * 2 > self.capture.count

    @cached_property
    def has_type(self) -> Flags:
        """Whether an image has a property that each one of IMS has."""
        found: Flags = self.capture.column("__imagetype").codes >= 0
        return found

    @cached_property
    def flavour(self) -> Flavour:
        """The cloud: the one with most of the names of public images, then of the versions."""
        if not self.is_ims:
            return flavour_named(OPENSTACK)
        clouds = [flavour_named(name) for name in FLAVOURS if name != OPENSTACK]
        names = self.capture.column("name").at(self.of_kind("gold"))
        versions = self.capture.column("__os_version")

        def known(cloud: Flavour) -> tuple[int, int, bool]:
            public = {name for one in cloud.public for name in (one.name, one.before)}
            own = {one.version for one in cloud.systems}
            return _count(names, public), _count(versions, own), cloud.name == DEFAULT

        return max(clouds, key=known)

    @cached_property
    def public(self) -> PublicImages:
        """The public images, as the cloud's catalogue has them."""
        return PublicImages(
            self.capture, self.flavour, self.capture.is_public | self.of_kind("gold")
        )

    @cached_property
    def kind(self) -> Ints:
        """The number of each image's kind in KIND_NAMES: by `__imagetype`, or by visibility."""
        capture = self.capture
        found = np.full(capture.count, KIND_NAMES.index("private"), np.int64)
        for visibility, kind in _OF_VISIBILITY.items():
            found[capture.is_value("visibility", visibility)] = KIND_NAMES.index(kind)
        for number, kind in enumerate(KIND_NAMES):
            found[capture.is_value("__imagetype", kind)] = number
        # Older builds of the operator's images are community images in some clouds.
        is_operators, is_community = capture.is_public, capture.is_value("visibility", "community")
        if not self.is_ims and not is_operators.any() and is_community.any():
            # Without public images, the operator is who has older builds with their names.
            public = PublicImages(capture, self.flavour, is_community)
            is_operators = is_community & (public.number_of >= 0) & ~capture.has("base_image_ref")
        operators = np.unique(capture.owners[is_operators & (capture.owners >= 0)])
        found[is_community & np.isin(capture.owners, operators)] = KIND_NAMES.index("gold")
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
        for image_type, way in _OF_IMAGE_TYPE.items():
            found[capture.is_value("image_type", image_type)] = WAYS.index(way)
        if not self.is_ims:
            found[capture.has("block_device_mapping")] = WAYS.index("volume")
            found[(found < 0) & self.tenants] = WAYS.index("file")
            # Only operators write such properties: the upload is a copy of their image.
            is_copy = (found == WAYS.index("file")) & self.public.have_properties_of_one
            found[is_copy] = WAYS.index("image")
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
            found[capture.is_value("os_type", group.casefold())] = DISKS.index(group)
        found[capture.is_value("os_distro", "windows")] = DISKS.index("Windows")
        found[capture.is_value("virtual_env_type", DATA)] = DISKS.index("data")
        found[self.way == WAYS.index("iso")] = DISKS.index("iso")
        if not self.is_ims:
            # Nova writes the disk of the server into min_disk: those are not choices of people.
            found[self.is_made("instance", "volume", "server_backup")] = -1
        return found

    def is_made(self, *ways: str) -> Flags:
        """Return which images were made in one of some ways."""
        found: Flags = np.isin(self.way, [WAYS.index(way) for way in ways])
        return found

    @cached_property
    def platform(self) -> Column:
        """The platform of each image: `__platform`, or the one with its os_distro and version."""
        if self.is_ims:
            return self.capture.column("__platform")
        return self._of_distros(lambda platform, _: platform, [one.platform for one in self._known])

    @cached_property
    def version(self) -> Column:
        """The version of each image, as a spec names it: `__os_version`, or `Rocky Linux 9`."""
        if self.is_ims:
            return self.capture.column("__os_version")
        return self._of_distros(
            lambda name, version: f"{name} {version}" if version else "",
            [one.version for one in self._known],
        )

    @cached_property
    def _known(self) -> Sequence[System]:
        return [one.system for one in self.public.known]

    def _of_distros(self, name_of: Callable[[str, str], str], known: Sequence[str]) -> Column:
        """Return what platform and version are called, by os_distro and os_version.

        Clouds write `centos` for what is like it. So an image that was made from a public one has
        what that one has, by its name.
        """
        distros, versions = self.capture.column("os_distro"), self.capture.column("os_version")
        pairs, codes = np.unique(
            np.stack([distros.codes, versions.codes], axis=1), axis=0, return_inverse=True
        )
        exact, of_distro = _platforms_of_distros()
        numbers: dict[Code, int] = {}
        of_pairs = np.full(len(pairs), -1, np.int64)
        for number, (distro, version) in enumerate(pairs.tolist()):
            if distro >= 0:
                name = str(distros.values[distro]).casefold()
                text = str(versions.values[version]) if version >= 0 else ""
                platform = exact.get((name, text)) or of_distro.get(name, name)
                if found := name_of(platform, text):
                    of_pairs[number] = numbers.setdefault(found, len(numbers))
        of_known = [numbers.setdefault(name, len(numbers)) for name in known]
        public = self.public.number_of
        by_name = np.array(of_known or [-1], np.int64)[np.maximum(public, 0)]
        return Column(list(numbers), np.where(public >= 0, by_name, of_pairs[codes.reshape(-1)]))


def _count(column: Column, values: Collection[Code]) -> int:
    """Return how many images have one of some values."""
    wanted = np.array([value in values for value in column.values] or [False])
    return int((wanted[column.codes] & (column.codes >= 0)).sum())


@cache
def _platforms_of_distros() -> tuple[Mapping[tuple[str, str], str], Mapping[str, str]]:
    """Return the platform of each os_distro and os_version, and of each os_distro alone."""
    exact: dict[tuple[str, str], str] = {}
    of_distro: dict[str, str] = {}
    for one in flavour_named(OPENSTACK).systems:
        distro, version = (
            str(one.fields.get("os_distro", "")),
            str(one.fields.get("os_version", "")),
        )
        if distro:
            exact.setdefault((distro, version), one.platform)
            of_distro.setdefault(distro, one.platform)
    return exact, of_distro
