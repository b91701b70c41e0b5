"""What recorded changes explain of an answer that another state of the cloud gave."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.collection.recorded_images import agree
from glancetape_cassettes.dates import NEVER
from glancetape_cassettes.replaying.timeline import MOST_CLOCKS_DIFFER


@dataclass(frozen=True, slots=True)
class Maker:
    """A recorded change that may have made an image, of which no response shows the id."""

    recorded: float = NEVER
    """When, in seconds since 1970; NEVER without a date."""
    asked_for: Mapping[str, Any] | None = None
    """The members that a `POST /v2/images` asked for; None if another service makes the image."""

    def may_have_made(self, image: Mapping[str, Any], created: int) -> bool:
        """Whether it may have made an image, which was created then, in seconds since 1970.

        POST /v2/images {"name": "a"}   503
        a, shared                       may be made by it
        b, or a as a public image       not: it was made unseen, and perhaps before
        """
        if created < self.recorded - MOST_CLOCKS_DIFFER:
            return False
        if self.asked_for is None:
            return True
        shown = image.get("visibility")
        if "visibility" not in self.asked_for and shown in ("public", "community"):
            return False
        return agree(self.asked_for, image)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What is known of an answer that is not a part of what a view shows in its state."""

    altered: Collection[str]
    """Images that recorded changes between may have altered: how they look is explained."""
    absent: Collection[str]
    """Those of them of which it is also explained that the answer does not show them."""
    makers: Sequence[Maker] = ()
    """Those of these changes that may have made another image: each, one."""
    of_other: bool = False
    """Whether it is an answer to another caller."""
    version: str = ""
    """The version of the API that was asked for; "" if it is the view's."""
    has_other_stand_ins: bool = False
    """Whether it is redacted with another key."""
    is_native: bool = False
    """Whether it is IMS's own list: how its images look is known, and not which it leaves out."""
