"""The Faker provider: images, and each of their fields.

    fake = Faker()
    fake.add_provider(ImageProvider)
    fake.image()  # an image as a list answer shows it
    fake.image_os_version()  # one field: "Ubuntu 22.04 server 64bit"

Tables and rules are those of generated sets.
"""

from functools import lru_cache
from typing import cast

import numpy as np
import orjson

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.columns.images import Images
from glancetape_generators.columns.whole_images import WholeImages
from glancetape_generators.least_count import check_count
from glancetape_generators.provider import arguments
from glancetape_generators.provider.cloud_image import CloudImage
from glancetape_generators.provider.field_provider import FieldProvider
from glancetape_generators.provider.pool import Wanted, drawn_from, pool_of
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.world.fixed import record_numbers
from glancetape_generators.world.world import World


class ImageProvider(FieldProvider):
    """Images of a cloud and their fields, for Faker; a subclass may name another `spec`."""

    def cloud_image(
        self,
        *,
        visibility: str | None = None,
        kind: str | None = None,
        os: str | None = None,
        project: str | None = None,
        members: bool = False,
    ) -> CloudImage:
        """Return an image.

        All images drawn one by one belong to one world: they share projects, keys and parents.
        `visibility` is that of the API, `kind` gold, market, private or shared, and `os` a platform
        such as Ubuntu, a type such as Linux, or a version; upper and lower case are alike. Public
        images of the cloud (gold) are drawn only when they are asked for. `project` is 32
        hexadecimal digits: the image is one of a tenant, and belongs to this project. With
        `members` a shared image has its members too, as a line that can be imported:
        `[{"member_id": "...", "status": "accepted"}]`.

        Raises TypeError and ValueError for an argument that cannot be used, and LookupError when
        the spec makes no such image.
        """
        arguments.check(visibility=visibility, kind=kind, os=os, project=project, members=members)
        wanted = Wanted(visibility, kind, os, of_project=project is not None)
        lines = pool_of(arguments.spec(self.spec)).fitting(wanted)
        image = drawn_from(lines, self.generator.random.getrandbits(64), project)
        if not members:
            image.pop("members", None)
        return cast(CloudImage, image)

    def cloud_images(self, count: int, *, members: bool = False) -> list[CloudImage]:
        """Return `count` images that belong together: the images they refer to are among them.

        Raises TypeError and ValueError for an argument that cannot be used: also for a count
        without room for the fixed images and moments of the spec.
        """
        count = arguments.count(count)
        arguments.check(members=members)
        seed = self.generator.random.getrandbits(63)
        world = _world(arguments.spec(self.spec), seed)
        try:
            check_count(world.spec, count, lambda: world)
        except ImageSetError as error:
            raise ValueError(str(error)) from error
        records = record_numbers(np.arange(count, dtype=np.int64), len(world.fixed))
        whole = WholeImages(Images(world, records))
        written = whole.lines() if members else whole.bodies()
        return [orjson.loads(body) for body in written]

    # They replace Faker's own image(), which draws pictures. To type checkers the image() of a
    # `Faker` still returns bytes: `ImageProvider(fake)` has the right type, under each name.
    image = cloud_image
    images = cloud_images


@lru_cache(maxsize=4)
def _world(spec: arguments.SpecNow, seed: int) -> World:
    return World(read_spec(spec.name), seed)
