"""What a project sees of images, worked out from their text: no code of a server is in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Image = Mapping[str, Any]
UNKNOWN = "00000000-0000-4000-8000-00000000dead"


@dataclass(frozen=True)
class Truth:
    """The images of a cloud and the project that asks."""

    images: Sequence[Image]
    project: str

    def facts(self) -> dict[str, Any]:
        """What a client is told to ask for: ids, and a name that one image alone has."""
        return {
            "ids": {
                "known": self._known["id"],
                "shared": self._shared["id"],
                "unknown": UNKNOWN,
            },
            "name": self._known["name"],
        }

    def results(self) -> dict[str, Any]:
        """What each operation has to give; of a refusal, its status."""
        listed = [image for image in self.images if self._is_listed(image)]
        return {
            "list": _ids(listed),
            "public": _ids(image for image in listed if image["visibility"] == "public"),
            "linux": _ids(image for image in listed if image.get("__os_type") == "Linux"),
            "sort": [name.strip() for name in sorted(image["name"] or "" for image in listed)],
            "walk": _ids(listed),
            "id": self._known["name"],
            "name": [self._known["id"]],
            "members": sorted(
                [member["member_id"], member["status"]] for member in self._shared["members"]
            ),
            "pending": _ids(image for image in self._shown if self._state(image) == "pending"),
            "bad": 400,
            "unauthorized": 401,
            "missing": 404,
            "create": 501,
        }

    def extra(self) -> dict[str, Any]:
        """What the operations of IMS alone have to give."""
        listed = [image for image in self.images if self._is_listed(image)]
        return {
            "native": _ids(listed),
            "versions": ["v1.0", "v1.1", "v2.0", "v2.1", "v2.2"],
            "version": ["v2.2"],
            "quota": "image",
            "tags": sorted({tag for image in listed for tag in image["tags"]}),
        }

    @property
    def _shown(self) -> list[Image]:
        return [image for image in self.images if not image.get("os_hidden")]

    @property
    def _known(self) -> Image:
        """Of the project alone, with a name that needs no quoting."""
        names = [image["name"] for image in self.images]
        return next(
            image
            for image in self._shown
            if image["owner"] == self.project
            and names.count(image["name"]) == 1
            and str(image["name"]).replace("-", "").replace(".", "").replace(" ", "").isalnum()
            and image["name"].isascii()
        )

    @property
    def _shared(self) -> Image:
        """An image that the project shares with others; only its owner sees them all."""
        return next(
            image
            for image in self._shown
            if image["owner"] == self.project and image.get("members")
        )

    def _state(self, image: Image) -> str | None:
        """How the project stands to an image that is shared with it."""
        if image["visibility"] != "shared":
            return None
        return next(
            (
                member["status"]
                for member in image.get("members", ())
                if member["member_id"] == self.project
            ),
            None,
        )

    def _is_listed(self, image: Image) -> bool:
        return not image.get("os_hidden") and (
            image["owner"] == self.project
            or image["visibility"] == "public"
            or self._state(image) == "accepted"
        )


def _ids(images: Iterable[Image]) -> list[str]:
    return sorted(image["id"] for image in images)
