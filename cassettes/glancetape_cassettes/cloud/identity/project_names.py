"""The names of an image set's projects, which Nova wrote into their snapshots.

    {"owner": "6a26...", "owner_id": "6a26...", "owner_project_name": "shop-prod"}

The newest such image decides. An image that was given to another project since has another owner
than `owner_id`, and says nothing. Each question takes two lookups and reads few images, whatever
the size of the set.
"""

from functools import cached_property

from pyroaring import BitMap

from glancetape_cassettes.imageset.image_set import ImageSet

_NAME, _ID = "owner_project_name", "owner_id"
_TRIED = 20  # images that may say nothing
_MOST_KEPT = 10_000


class ProjectNames:
    """The names of the projects in an image set."""

    def __init__(self, images: ImageSet) -> None:
        """Look in a set."""
        self._images = images
        self._names: dict[str, str | None] = {}

    @cached_property
    def _has_names(self) -> bool:
        return self._images.counts().get(_NAME, 0) > 0

    def name_of(self, project: str) -> str | None:
        """Return the name of the project with an id; None if no image says it."""
        if not self._has_names:
            return None
        if project not in self._names:
            found = self._first(self._images.having(_ID, project), project=project)
            if len(self._names) >= _MOST_KEPT:
                self._names.clear()
            self._names[project] = found[1] if found else None
        return self._names[project]

    def id_of(self, name: str) -> str | None:
        """Return the id of the project with a name; None if no image says it."""
        if not self._has_names:
            return None
        found = self._first(self._images.having(_NAME, name))
        return found[0] if found else None

    def _first(self, positions: BitMap, *, project: str | None = None) -> tuple[str, str] | None:
        """Return the id and the name that the newest image at some positions says."""
        if project is not None:
            positions &= self._images.having("owner", project)
        for image in self._images.images_at(positions[:_TRIED].to_array().tolist()):
            owner, name = image.get("owner"), image.get(_NAME)
            if (
                isinstance(owner, str)
                and image.get(_ID) == owner
                and isinstance(name, str)
                and name
            ):
                return owner, name
        return None
