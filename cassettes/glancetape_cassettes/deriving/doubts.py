"""Doubts: which images match for certain, and which may. Lists do not show all that clouds store.

Example. Four images of the seconds 1 to 4, D the newest, recorded in two pages: D C B, then A.

    created_at=gte:00:00:03           D C        proved
    created_at=gt:00:00:03            D, and C?  a miss
    created_at=gt:00:00:03&name=D     D          proved

C is shown as created at 00:00:03. The cloud may have stored 00:00:03.5, and then C matches `gt`.
So D matches for certain and C possibly. As long as the two sets differ, any page might be wrong,
and there is no answer. With `name=D` they do not differ: C is out, whatever its fraction is.

One change: the client records `created_at=gt:00:00:03` itself, and the cloud shows D. This second
walk covers the last two questions. The cloud has applied its filter, so the filter is not applied
again, and both are proved, in any order. A list of `created_at=eq:00:00:03` that shows C settles it
too: then C has no fraction, and `gt` leaves it out. If that list is empty, C may also be deleted.

The reasons here complete the sentence "It is not certain which images match: ...".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from pyroaring import BitMap

from glancetape_cassettes.cloud.dialects import NEWER_FIELDS, Dialect
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
from glancetape_cassettes.collection.collection_file import CollectionNotes
from glancetape_cassettes.collection.uncertain_values import is_redacted
from glancetape_cassettes.deriving.coverage import depends_on_memberships, interval_of
from glancetape_cassettes.deriving.walking.walks import QueriedPage
from glancetape_cassettes.imageset.collations import alike
from glancetape_cassettes.imageset.image_fields import FIELDS, parse_time
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.indexed_values import ALIKE, TAGS

_SECOND = 1_000_000  # microseconds
# Glance adds these to the images that it has found: an image shown with `stores: ceph` does not
# match `stores=ceph`.
_COMPUTED = frozenset(["stores", "direct_url", "locations"])
# Columns of a newer Glance, which are properties like any other to an older one.
_NEWER = frozenset(NEWER_FIELDS)
# Properties by which the API document says that a list can be filtered.
_DOCUMENTED = frozenset(
    "__isregistered __imagetype __os_bit __platform __os_type __support_kvm __support_xen "
    "__support_largememory __support_diskintensive __support_highperformance __support_xen_hana "
    "__support_kvm_infiniband __support_xen_gpu_type __support_kvm_gpu_type".split()
)

_WHOLE_OR_NOT = ("gt", "lt", "lte")
"""What these show holds also if MySQL compared the fraction of a second as none."""

Interval = tuple[int, int]
"""The first and the last microsecond that a time may have."""

Doubtful = tuple[BitMap, str]
"""The images for which it is not certain whether a condition holds, and why."""


class Matches:
    """The images that match for certain, all that may match, and why the others may."""

    def __init__(self, images: BitMap) -> None:
        """Begin with images that match for certain, as no condition has been applied yet."""
        self.certain, self.possible = BitMap(images), BitMap(images)
        self._doubts: list[Doubtful] = []

    def narrow(self, certain: BitMap, doubtful: BitMap, why: str) -> None:
        """Keep the images for which one more condition holds, or may hold."""
        self.certain &= certain
        self.possible &= certain | doubtful
        if doubtful:
            self._doubts.append((doubtful, why))

    @property
    def doubt(self) -> str:
        """Why some images may match and others are certain to; "" when all is certain.

        A doubt that another condition settles is none: see `name=D` in the example.
        """
        undecided = self.possible - self.certain
        return next((why for doubtful, why in self._doubts if doubtful & undecided), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownImages:
    """The images of one view as recorded answers show them, and how far that can be trusted."""

    images: ImageSet
    known: CollectionNotes
    dialect: Dialect
    project: str | None
    """The caller's; None when it is not known."""
    times: Mapping[str, Mapping[int, Interval]] = field(default_factory=dict)
    """For `created_at` and `updated_at`, where lists filtered by it settle fractions of a second:
    for each image, the first and the last microsecond that it may have."""
    is_shown_to_others: Callable[[str], bool] = lambda _: False
    """Whether other callers of the service were shown a property."""

    # What the caller may see

    def narrow_to_view(self, matches: Matches, walk: Query, query: Query) -> None:
        """Keep the images of a walk that a question may see before any filter.

        The walk of `visibility=all` shows the community images of all projects. A question without
        `visibility` lists only the caller's own, and a token does not show which project that is.
        """
        everything = matches.possible
        if query.visibility in ("all", walk.visibility):
            inside = everything
        elif query.visibility is None:
            inside = everything - (
                self._with("community") if walk.visibility == "all" else BitMap()
            )
            inside |= everything & self._own("community")
        else:
            inside = everything & self._with(query.visibility)
        doubt, why = BitMap(), ""
        if query.visibility is None and walk.visibility == "all" and self.project is None:
            doubt = everything & self._with("community")
            why = (
                "which community images are listed depends on the caller's project, which is not "
                "known"
            )
        if walk.member_status != query.member_status and depends_on_memberships(query):
            doubt |= (everything & self._with("shared")) - self._own("shared")
            why = "lists do not show the member status of an image"
        unsure = everything & self._with("community") & self.known.unsure.get("owner", BitMap())
        if query.visibility is None and walk.visibility == "all" and unsure:
            doubt |= unsure
            why = "some community images do not show their owner"
        matches.narrow(inside - doubt, doubt, why)

    def _with(self, visibility: str) -> BitMap:
        return self.images.having("visibility", visibility)

    def _own(self, visibility: str) -> BitMap:
        if self.project is None:
            return BitMap()
        return self._with(visibility) & self.images.having("owner", self.project)

    # Filters

    def narrow_by_filters(self, matches: Matches, conditions: Iterable[Condition]) -> None:
        """Keep the images for which all conditions hold, or may hold."""
        for condition in sorted(conditions, key=str):
            holds = images_matching(self.images, condition)
            doubt, why = self._doubt(condition)
            if _is_of_whole_seconds(condition) and self.times.get(condition.name):
                settled, fit = self._settled(condition, doubt)
                holds, doubt = (holds - settled) | fit, doubt - settled
            matches.narrow(holds - doubt, doubt, why)

    def _doubt(self, condition: Condition) -> Doubtful:
        match condition:
            case Has(name, values):
                return self._doubt_of_text(name, values)
            case When(name):
                return self._doubt_of_time(condition)
            case Between(name):  # a page without `size` does not show that the image has none
                return self.known.unsure.get(name, BitMap()), f"{name} is missing in some images"
            case Nothing() if self.dialect.gateway:  # `min_disk=abc`: Glance finds nothing
                return self._all(), "how IMS compares a text with a number is not known"
            case Nothing():
                return BitMap(), ""
            case Broken():  # a recorded page of `name_min=5`: any image may be on it, or not
                return self._all(), "what an odd bound finds is not known"

    def _doubt_of_time(self, asked: When) -> Doubtful:
        """Doubt an image of the very second that is asked for: its fraction is not shown.

        `gte` and `lt` of a whole second are certain: 3.0 and 3.5 are both at or after 3.
        """
        unsure = self.known.unsure.get(asked.name, BitMap())
        second, fraction = divmod(asked.moment, _SECOND)
        if fraction or asked.operator not in ("gte", "lt"):
            same = images_matching(self.images, Between(asked.name, second, second))
            if same:
                return unsure | same, (
                    f"some images have exactly this second as {asked.name}, and lists do not show "
                    "fractions of a second"
                )
        return unsure, f"{asked.name} is missing in some images"

    def _settled(self, asked: When, doubt: BitMap) -> tuple[BitMap, BitMap]:
        """Return the doubtful images whose time is known well enough, and those of them that match.

        C was listed by `created_at=eq:00:00:03`, so `gt:00:00:03` leaves it out for certain.
        """
        settled, fit = BitMap(), BitMap()
        unsure = self.known.unsure.get(asked.name, BitMap())
        known = self.times[asked.name]
        for position in (doubt - unsure) & BitMap(known):
            first, last = known[position]
            answers = {holds_at(asked, moment) for moment in (first, last)}
            if asked.operator in ("eq", "neq") and first < asked.moment < last:
                answers = {True, False}
            if len(answers) == 1:
                settled.add(position)
                if True in answers:
                    fit.add(position)
        return settled, fit

    def _doubt_of_text(self, name: str, values: frozenset[str]) -> Doubtful:
        """Doubt a value that is not shown as the cloud stores it.

        A name `backup-PROJECT` is recorded with the project's stand-in, so the question, which has
        the real id, and the recording do not meet. An owner's stand-in is compared with a stand-in.
        """
        if any(is_redacted(name, value) for value in values):
            return self._all(), f"the value of {name} is redacted in the recording"
        if name in _COMPUTED:
            return self._all(), f"Glance computes {name}, and no filter finds it"
        shown = FIELDS | _DOCUMENTED | self.known.shown
        if not self.dialect.newer_columns:
            shown -= _NEWER - self.known.shown
        if self.dialect.gateway and name not in shown:
            # A single image of IMS shows properties that its lists leave out.
            return self._all(), f"no recorded image shows {name}, and IMS may hide it"
        if name not in FIELDS | self.known.shown and self.is_shown_to_others(name):
            return self._all(), f"other callers are shown {name}, and this one is not"
        likeness = alike(name)
        if any(one != name and alike(one) == likeness for one in self.known.shown - FIELDS):
            return self._all(), f"databases differ in whether another case of {name} is the same"
        doubtful = self._alike(name, values)
        why = f"databases differ in which texts of {name} are the same"
        if unsure := self.known.unsure.get(name):
            why = self._why_unsure(name, unsure)
            doubtful |= unsure
        elif "" in values and (empty := self.known.empty.get(name)):
            why = f"in some images {name} is shown empty and may be null"
            doubtful |= empty  # Glance shows null as an empty text, and finds null by no filter
        return doubtful, why

    def _alike(self, name: str, values: frozenset[str]) -> BitMap:
        """Return the images with another value, which some databases take for one of these.

        MySQL finds `Zebra` and `zebra ` by `name=zebra`, other databases find neither.
        """
        wanted = frozenset(map(alike, values))
        found = images_matching(self.images, Has(name, wanted))
        found |= self.images.having_any(ALIKE + name, wanted)
        if name == TAGS:
            for tag in wanted & self.known.alike_tags.keys():
                found |= self.known.alike_tags[tag]
        return found - images_matching(self.images, Has(name, values))

    def _why_unsure(self, name: str, unsure: BitMap) -> str:
        """Say what keeps a value from being compared, by the first image that has such a one."""
        value = self.images.image_at(unsure.min()).get(name, [])
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(one, str) and is_redacted(name, one) for one in texts):
            return f"in some images {name} has stand-ins or is redacted; --keep-ids records ids"
        return f"in some images {name} is missing or not a text"

    def _all(self) -> BitMap:
        return BitMap(range(len(self.images)))


def _is_of_whole_seconds(condition: Condition) -> TypeGuard[When]:
    """Whether a time is compared alike by all databases: MySQL takes some fractions for none."""
    return isinstance(condition, When) and not condition.moment % _SECOND


def holds_at(asked: When, moment: int) -> bool:
    """Whether a time in microseconds fits a filter."""
    if asked.operator == "neq":
        return moment != asked.moment
    low, high = interval_of(asked.operator, asked.moment)
    return (low is None or low <= moment) and (high is None or moment <= high)


def settled_times(
    pages: Iterable[QueriedPage],
    images: ImageSet,
    known: CollectionNotes,
    positions: Mapping[str, int],
) -> dict[str, dict[int, Interval]]:
    """Return what pages filtered by times show of the times of their images: see `ShownImages`."""
    found: dict[str, dict[int, Interval]] = {}
    for one in pages:
        conditions = [
            each
            for each in one.query.conditions
            if isinstance(each, When)
            and (_is_of_whole_seconds(each) or each.operator in _WHOLE_OR_NOT)
        ]
        if not conditions or one.page.problem:
            continue
        for image_id in one.page.ids:
            position = positions[image_id]
            if known.since[position] > one.page.time:
                continue  # it was updated later
            for each in conditions:
                low, high = (None, None)
                if each.operator != "neq":
                    low, high = interval_of(each.operator, each.moment)
                of_name = found.setdefault(each.name, {})
                first, last = of_name.get(position) or _second_of(images, position, each.name)
                of_name[position] = max(first, low or first), min(last, high or last)
    return found


def _second_of(images: ImageSet, position: int, name: str) -> Interval:
    start = parse_time(name, images.image_at(position)[name]) * _SECOND
    return start, start + _SECOND - 1
