"""Which images are sure to match, and which may: what lists show is not all there is."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.listing.conditions import (
    Between,
    Broken,
    Condition,
    Has,
    Nothing,
    When,
)
from glancetape_cassettes.cloud.listing.matching import images_matching
from glancetape_cassettes.cloud.listing.query import Query
from glancetape_cassettes.collection.storing import Known, is_redacted
from glancetape_cassettes.deriving.coverage import depends_on_memberships
from glancetape_cassettes.imageset.image_fields import FIELDS
from glancetape_cassettes.imageset.image_set import ImageSet

_SECOND = 1_000_000
_COMPUTED = frozenset(["stores", "direct_url", "locations"])  # added by Glance to what it has found
_NEWER = frozenset(["os_hidden", "os_hash_algo", "os_hash_value"])  # properties to an older Glance
# Properties by which the API document says that a list can be filtered.
_DOCUMENTED = frozenset(
    "__isregistered __imagetype __os_bit __platform __os_type __support_kvm __support_xen "
    "__support_largememory __support_diskintensive __support_highperformance __support_xen_hana "
    "__support_kvm_infiniband __support_xen_gpu_type __support_kvm_gpu_type".split()
)


class Matches:
    """The images that match for certain, all that may match, and why the others may."""

    def __init__(self, images: BitMap) -> None:
        """Begin with images that match for certain as yet."""
        self.certain, self.possible = BitMap(images), BitMap(images)
        self._doubts: list[tuple[BitMap, str]] = []

    def narrow(self, certain: BitMap, doubtful: BitMap, why: str) -> None:
        """Keep those for which one more thing holds, or may."""
        self.certain &= certain
        self.possible &= certain | doubtful
        if doubtful:
            self._doubts.append((doubtful, why))

    @property
    def doubt(self) -> str:
        """Say why some may match and others are certain to; "" when all is certain."""
        undecided = self.possible - self.certain
        return next((why for doubtful, why in self._doubts if doubtful & undecided), "")


@dataclass(frozen=True, slots=True)
class ShownImages:
    """What can be said of the images of one view."""

    images: ImageSet
    known: Known
    dialect: Dialect
    project: str | None
    """The caller's, where it is known."""

    def narrow_to_view(self, found: Matches, walk: Query, asked: Query) -> None:
        """Keep those images of a walk that belong to the view a question asks for."""
        everything = found.possible
        if asked.visibility in ("all", walk.visibility):
            inside = everything
        elif asked.visibility is None:  # of the community's images one sees one's own
            inside = everything - (
                self._with("community") if walk.visibility == "all" else BitMap()
            )
            inside |= everything & self._own("community")
        else:
            inside = everything & self._with(asked.visibility)
        doubt, why = BitMap(), ""
        if asked.visibility is None and walk.visibility == "all" and self.project is None:
            doubt = everything & self._with("community")
            why = "whose community images are listed depends on the caller's project"
        elif inside is not everything and self._leaves_out_own(asked):
            inside -= self._own("shared")
            if self.project is None:
                doubt, inside = inside, BitMap()
                why = "which shared images are the caller's own is not known"
        if walk.member_status != asked.member_status and depends_on_memberships(asked):
            doubt |= (everything & self._with("shared")) - self._own("shared")
            why = "in which state an image is shared is not shown"
        found.narrow(inside - doubt, doubt, why)

    def _leaves_out_own(self, asked: Query) -> bool:
        return asked.visibility == "shared" and not self.dialect.own_shared

    def _with(self, visibility: str) -> BitMap:
        return self.images.having("visibility", visibility)

    def _own(self, visibility: str) -> BitMap:
        if self.project is None:
            return BitMap()
        return self._with(visibility) & self.images.having("owner", self.project)

    def narrow_by_filters(self, found: Matches, conditions: Iterable[Condition]) -> None:
        """Keep those images for which conditions hold."""
        for condition in sorted(conditions, key=str):
            holds = images_matching(self.images, condition)
            doubt, why = self._doubt(condition)
            found.narrow(holds - doubt, doubt, why)

    def _doubt(self, condition: Condition) -> tuple[BitMap, str]:
        """Give the images for which it is not certain whether a condition holds, and why."""
        match condition:
            case Has(name, values):
                return self._doubt_of_text(name, values)
            case When(name):
                unsure = self.known.unsure.get(name, BitMap())
                if second := self._of_the_very_second(condition):
                    return unsure | second, (
                        f"images have the very second asked for as {name}, and fractions of "
                        "a second are not shown"
                    )
                return unsure, f"some images do not show {name}"
            case Between(name):
                return self.known.unsure.get(name, BitMap()), f"some images do not show {name}"
            case Nothing() if self.dialect.gateway:
                return (
                    self._all(),
                    "what IMS makes of a text where a number is compared is not known",
                )
            case Nothing() | Broken():
                return BitMap(), ""

    def _doubt_of_text(self, name: str, values: frozenset[str]) -> tuple[BitMap, str]:
        if any(is_redacted(name, value) for value in values):
            return self._all(), f"the value of {name} is redacted in the recording"
        if name in _COMPUTED:
            return self._all(), f"{name} is shown, but is no property that a filter finds"
        shown = FIELDS | _DOCUMENTED | self.known.shown
        if not self.dialect.newer_columns:
            shown -= _NEWER - self.known.shown
        if self.dialect.gateway and name not in shown:
            return self._all(), f"no recorded image shows {name}, which IMS may have and not show"
        unsure = self.known.unsure.get(name, BitMap())
        if unsure:
            return unsure, f"some images show {name} redacted, as no text, or not at all"
        if "" in values:
            return self.known.empty.get(name, BitMap()), (
                f"some images show {name} as an empty text, which may be null"
            )
        return BitMap(), ""

    def _of_the_very_second(self, asked: When) -> BitMap:
        second, fraction = divmod(asked.moment, _SECOND)
        if not fraction and asked.operator in ("gte", "lt"):
            return BitMap()
        return images_matching(self.images, Between(asked.name, second, second))

    def _all(self) -> BitMap:
        return BitMap(range(len(self.images)))
