"""Which projects a shared image is shared with."""

from dataclasses import replace

import numpy as np
import pytest

from glancetape_generators.columns.images import Images
from glancetape_generators.columns.tags_and_members import memberships
from glancetape_generators.spec.reading import read_spec
from glancetape_generators.world.world import World
from support.sets.generated import SEED


@pytest.mark.parametrize("tenants", [2, 3, 5, 400])
@pytest.mark.parametrize("preset", ["region", "openstack"])
def test_an_image_is_shared_with_projects_that_follow_in_the_ring(
    preset: str, tenants: int
) -> None:
    """One after the other, without the owner."""
    spec = read_spec(preset)
    world = World(replace(spec, projects=replace(spec.projects, count=tenants)), SEED)
    images = Images(world, np.arange(3000))

    found = memberships(images)

    of_image: dict[int, list[int]] = {}
    for place, project in zip(found.places, found.projects, strict=True):
        of_image.setdefault(place, []).append(project)
    ring = world.cast.ring
    assert of_image
    assert len(found.places) == len(found.statuses)
    for place, projects in of_image.items():
        owner = images.owner[place]
        begin = ring.index(projects[0])
        others = [one for one in (*ring[begin:], *ring[:begin]) if one != owner]
        assert others[: len(projects)] == projects
