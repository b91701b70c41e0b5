"""Copy an image set, or a part of it in which links hold, while its images are redacted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from glancetape_cassettes.collection.collection_file import add_as_recorded
from glancetape_cassettes.collection.sampling_images import choose_sample
from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import BadImage
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexed_values import MEMBERS
from glancetape_cassettes.imageset.making.listed_images import ListedImage, listed_as_stored
from glancetape_cassettes.imageset.making.set_writer import SetWriter
from glancetape_cassettes.imageset.making.whole_file import beside
from glancetape_cassettes.plain_names import is_same_file
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction

_AT_ONCE = 4096  # images
_KEPT_ABOUT = ("home_project", "dialect")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """How many images were copied, and how many of their values were replaced."""

    images: int
    replaced: int


def copy_part(
    images: ImageSet,
    share: float,
    out: Path,
    about: Mapping[str, str],
    *,
    redact: ImageRedaction,
    force: bool = False,
    progress: Progress = lambda *_: None,
) -> Copied:
    """Write a share (more than 0, up to 1) of a set's images to a new set.

    With an image comes what it was made from. Home project and dialect are the set's own unless
    `about` has others. Raises ImageSetError and leaves `out` as it was.
    """
    if is_same_file(out, images.path):
        raise ImageSetError(f"{out} is the file to read; name another file with --out.")
    positions = _chosen(images, share)
    kept = {name: images.about[name] for name in _KEPT_ABOUT}
    kept["home_project"] = redact.identity(kept["home_project"])
    replaced: list[int] = []
    with beside(out, force=force) as partial, SetWriter(partial) as writer:
        try:
            add_as_recorded(writer, _copies(images, positions, redact, replaced, progress))
        except BadImage as error:
            raise ImageSetError(f"an image of {images.path} cannot be kept: {error}.") from error
        writer.finish({**kept, **about}, lambda step: progress(step, 0, 0))
    return Copied(len(positions), sum(replaced))


def _chosen(images: ImageSet, share: float) -> Sequence[int]:
    if share >= 1 or not len(images):
        return range(len(images))
    chosen = choose_sample(images, share)
    if not chosen:
        raise ImageSetError(
            f"a share of {share:.4g} keeps none of {len(images):,} images; pass a larger --sample."
        )
    return [position for position, one in enumerate(images.ids()) if one in chosen]


def _copies(
    images: ImageSet,
    positions: Sequence[int],
    redact: ImageRedaction,
    replaced: list[int],
    progress: Progress,
) -> Iterator[ListedImage]:
    for start in range(0, len(positions), _AT_ONCE):
        some = positions[start : start + _AT_ONCE]
        members = images.members_at(some[0], some[-1] + 1)
        bodies = images.bodies(some)
        for position, body in zip(some, bodies, strict=True):
            image = orjson.loads(body)
            image[MEMBERS] = [
                {"member_id": project, "status": status}
                for project, status in members.get(position, [])
            ]
            image, count = redact(image)
            its_members = image.pop(MEMBERS)
            if count:
                replaced.append(count)
            yield listed_as_stored(image, orjson.dumps(image) if count else body, its_members)
        progress("images", start + len(some), len(positions))
