"""How many images a set needs at least, so that all that its spec fixes is among them."""

from collections.abc import Callable

from glancetape_cassettes.errors import ImageSetError
from glancetape_generators.columns.images import parents_of_orphans
from glancetape_generators.spec.spec import Spec
from glancetape_generators.world.fixed import MOST_IMAGES
from glancetape_generators.world.world import World


def check_count(spec: Spec, count: int, world: Callable[[], World]) -> None:
    """Raise ImageSetError when a set of `count` images has no room for what the spec fixes.

    The same for more images than can be made. Only fixed images need the `world` of the spec.
    """
    if count > MOST_IMAGES:
        raise ImageSetError(f"{count:,} images are too many; choose up to {MOST_IMAGES:,}.")
    moments = sum(spec.moments.values())
    least = len(spec.images) + moments
    if moments:
        # The records of moments lie among those of the catalogue.
        every, images = spec.catalogue.every, spec.catalogue.images
        public = images if every == 1 else min(images, -(-moments // (every - 1)))
        least += public
    made = ""
    if spec.images:
        parents = parents_of_orphans(world())
        if (parents >= 0).any():
            least = max(least, len(spec.images) + int(parents.max()) + 1)
            made = " with the public images that they are made from"
    if count < least:
        raise ImageSetError(
            f"{count:,} images are too few for this spec: {len(spec.images):,} fixed images{made} "
            f"and {moments:,} with a given moment need a count of {least:,} or more."
        )
