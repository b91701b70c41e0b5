"""Learn a spec: each section of it from the columns of a capture, within the threshold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from glancetape_cassettes.imageset.image_fields import MEMBER_STATUSES, format_time
from glancetape_generators.learning.calibrating import Wanted, calibrate
from glancetape_generators.learning.capture import (
    MEMBER,
    MEMBER_STATUS,
    Capture,
    Code,
    Column,
    is_known,
)
from glancetape_generators.learning.identifying import Identifying
from glancetape_generators.learning.parts.free_values import (
    FreeProperty,
    free_properties,
    tagging,
)
from glancetape_generators.learning.parts.key_templates import KeyTemplates, key_templates
from glancetape_generators.learning.parts.kinds_and_ways import Classified
from glancetape_generators.learning.parts.name_templates import Naming, learn_naming
from glancetape_generators.learning.parts.pairs import Tables, learn_pairs
from glancetape_generators.learning.parts.parentage import count_unseen, parent_choice
from glancetape_generators.learning.parts.project_sizes import count_projects, fit_evenness, sizes
from glancetape_generators.learning.parts.time_profile import time_profile
from glancetape_generators.learning.threshold import Kept, Threshold, count_kept, rounded
from glancetape_generators.sampling.draws import Flags
from glancetape_generators.spec.names_and_tags import FIELDS_OF_API, MADE_BY_GLANCE
from glancetape_generators.spec.reading import GLANCE_STATUSES, STATUSES, read_spec
from glancetape_generators.spec.sections.limits import LEAST_DISK, MOST_DISK
from glancetape_generators.spec.spec import DISKS, KINDS, WAYS, Catalogue
from glancetape_generators.spec.statuses import ImpossibleStatus, statuses_by_way
from glancetape_generators.vocabulary.flavours import DEFAULT, OPENSTACK
from glancetape_generators.world.world import World

_ALONE = ("file", "volume", "iso")  # made without another image
_ENOUGH = 200  # tenants' images, for a number to be tried
_MOST_CATALOGUE = 100_000
_UNSEEN = 20  # images for each public one that the capture does not show
_MOST_MEMBERS = 256
_EVERY = 4  # records for a public one, while there are any: no capture shows it


@dataclass(slots=True)
class LearnedSpec:
    """A spec as plain values, and what could not be learned."""

    sections: dict[str, Any] = field(default_factory=dict)
    """Key of a spec -> its value, in the order in which they are written."""
    left_out: dict[str, int] = field(default_factory=dict)
    """What was left out because too few images or projects have it -> how many images."""
    conflicts: dict[str, int] = field(default_factory=dict)
    """What the generator's rules do not allow -> how many images."""

    def leave_out(self, what: str, images: int) -> None:
        """Note that something of some images is not in the spec."""
        if images:
            self.left_out[what] = self.left_out.get(what, 0) + images

    def conflict(self, what: str, images: int) -> None:
        """Note that something of some images cannot be generated."""
        if images:
            self.conflicts[what] = self.conflicts.get(what, 0) + images


@cache
def made_fields(preset: str) -> frozenset[str]:
    """Return the fields that the generator makes by itself for images like those of a preset."""
    tables = World(read_spec(preset), 0).tables.values()
    return FIELDS_OF_API.union(MADE_BY_GLANCE, *(table.fields for table in tables))


def learn(capture: Capture, least: int) -> LearnedSpec:
    """Learn a spec from a capture of one cloud; `least` images must have a value at least."""
    return _Learner(capture, Threshold.of(capture, least)).learn()


class _Learner:
    """What is learned from one capture."""

    def __init__(self, capture: Capture, threshold: Threshold) -> None:
        self.capture = capture
        self.threshold = threshold
        self.identifying = Identifying(capture)
        self.images = Classified(capture)
        self.learned = LearnedSpec()

    def learn(self) -> LearnedSpec:
        """Learn one section after the other; one that nothing is known about is left out."""
        sections = self.learned.sections
        is_ims = self.images.is_ims
        sections["like"] = "region" if is_ims else OPENSTACK
        if (flavour := self.images.flavour.name) not in (DEFAULT, OPENSTACK):
            sections["flavour"] = flavour
        for name, section in (
            ("catalogue", self._catalogue),
            ("kinds", self._kinds),
            ("made", self._made),
            ("platforms", self._platforms),
            ("parents", self._parents),
            ("versions", self._versions),
            ("statuses", self._statuses),
            ("projects", self._projects),
            ("members", self._members),
            ("tags", self._tags),
            ("times", self._times),
            ("names", self._names),
            ("apps", self._apps),
            ("disks", self._disks),
            ("properties", self._properties),
            ("templates", self._templates),
            ("given", self._given),
        ):
            if value := section():
                sections[name] = value
        self.learned.sections = calibrate(sections, self._wanted())
        return self.learned

    def _wanted(self) -> Wanted:
        """Return what the numbers that are tried should lead to."""
        created = self.capture.seconds("created_at")[self.images.tenants]
        created = created[is_known(created)]
        return Wanted(
            images=self.capture.count,
            created=float(created.mean()) if len(created) >= _ENOUGH else None,
        )

    def _weights(self, column: Column, chosen: Flags, what: str) -> dict[Code, int]:
        kept = self._kept(column, chosen, what)
        return kept.weights()

    def _kept(self, column: Column, chosen: Flags, what: str) -> Kept:
        kept = count_kept(self.threshold, self.capture, column, chosen)
        self.learned.leave_out(what, kept.folded)
        return kept

    def _known(self, column: Column, chosen: Flags, known: tuple[str, ...], what: str) -> Flags:
        """Return the chosen images with a value that a spec can name; the others are conflicts."""
        is_known = np.array([value in known for value in column.values] or [False])
        found: Flags = chosen & (column.codes >= 0) & is_known[column.codes]
        self.learned.conflict(what, int((chosen & (column.codes >= 0) & ~found).sum()))
        return found

    def _catalogue(self) -> dict[str, int]:
        gold = int(self.images.of_kind("gold").sum())
        images = min(gold, _MOST_CATALOGUE)
        if gold < self.threshold.images:
            self.learned.leave_out("public images", gold)
            # A list of private images shows no public ones, but that some were made from them.
            unseen = count_unseen(self.capture, self.images, self.threshold)
            images = min(unseen, self.capture.count // _UNSEEN)
        if not images:
            return {"images": 0, "every": 1}
        return {"images": images, "every": max(1, min(_EVERY, self.capture.count // images))}

    def _kinds(self) -> dict[Code, int]:
        column = Column(list(KINDS), self.images.kind - 1)  # gold, number 0, has its own section
        return self._weights(column, column.codes >= 0, "kinds")

    def _made(self) -> dict[Code, int]:
        column = Column(list(WAYS), self.images.way)
        return self._weights(column, self.images.tenants & (column.codes >= 0), "ways of making")

    def _platforms(self) -> dict[Code, int]:
        column = self.images.platform
        all_images = np.ones(self.capture.count, bool)
        ours = self.images.flavour.platforms
        known = self._known(column, all_images, ours, "platforms that glancetape lacks")
        return self._weights(column, known, "platforms")

    def _versions(self) -> dict[Code, int]:
        column = self.images.version
        ours = tuple({one.version for one in self.images.flavour.systems})
        all_images = np.ones(self.capture.count, bool)
        known = self._known(column, all_images, ours, "versions that glancetape lacks")
        return self._weights(column, known & self._draws_version(known), "versions")

    def _draws_version(self, known: Flags) -> Flags:
        """Return which images have a version of their own choice, by which versions are counted.

        Where public images have weights, those decide about all that is made from images of their
        platform. Where too few others of a platform are left, all of them count.
        """
        platform = self.images.platform
        popular = self.learned.sections.get("parents", {}).get("popular", {})
        by_name = {one.name: one.system.platform for one in self.images.public.known}
        named = {by_name[name] for name in popular}
        uploads = self.images.is_made("file", "iso") | self.images.of_kind("market")
        found = np.ones(self.capture.count, bool)
        for number, name in enumerate(platform.values):
            here = platform.codes == number
            if name in named and self.threshold.passes(self.capture, known & here & uploads):
                found &= ~here | uploads
        return found

    def _parents(self) -> dict[str, Any]:
        found = parent_choice(self.capture, self.images, self.threshold)
        self.learned.leave_out("children of public images", found.left_out)
        # A spec refuses public images of platforms to which it gives no weight.
        platforms = self.learned.sections.get("platforms")
        of = {one.name: one.system.platform for one in self.images.public.known}
        popular = {
            name: weight
            for name, weight in found.popular.items()
            if platforms is None or platforms.get(of[str(name)])
        }
        said = {"own": found.own, "evenness": found.evenness, "popular": popular or None}
        return {name: value for name, value in said.items() if value is not None}

    def _statuses(self) -> dict[Code, int]:
        column = self.capture.column("status")
        ours = STATUSES if self.images.is_ims else (*STATUSES, *GLANCE_STATUSES)
        known = self._known(column, self.images.tenants, ours, "statuses")
        found = self._weights(column, known, "statuses")
        if found and not self.images.is_ims and not self._can_have(found):
            self.learned.conflict("statuses", int(known.sum()))
            return {}
        return found

    def _can_have(self, statuses: Mapping[Code, int]) -> bool:
        """Whether images made in each way of the spec can have one of these statuses.

        A capture whose images all failed shows `killed` only, which no copy of a volume can be.
        """
        sections, usual = self.learned.sections, read_spec(OPENSTACK)
        made = {**dict.fromkeys(WAYS, 0), **sections["made"]} if "made" in sections else usual.made
        spec = replace(
            usual,
            catalogue=Catalogue(**sections["catalogue"]),
            made=made,
            statuses={str(name): weight for name, weight in statuses.items()},
        )
        try:
            statuses_by_way(spec)
        except ImpossibleStatus:
            return False
        return True

    def _projects(self) -> dict[str, int]:
        of_projects = sizes(self.capture, self.images.tenants)
        if not len(of_projects):
            return {"count": 2, "evenness": 0}
        count = count_projects(of_projects)
        kinds = self.learned.sections.get("kinds")
        if kinds is None or "shared" in kinds:
            count = max(2, count)  # an image is shared with another project
        return {"count": count, "evenness": fit_evenness(of_projects)}

    def _members(self) -> dict[str, Any]:
        capture = self.capture
        counts = capture.counted(MEMBER)
        most = 0
        while most < _MOST_MEMBERS and self.threshold.passes(capture, counts > most):
            most += 1
        if not most:
            return {}
        of_images = Column(list(range(1, most + 1)), np.where(counts > 0, counts, 0) - 1)
        kept_numbers = self._kept(of_images, (counts > 0) & (counts <= most), "numbers of members")
        found: dict[str, Any] = {"most": most}
        if kept_numbers.counts:
            found["numbers"] = dict(sorted(kept_numbers.weights().items(), key=_by_number))
        entries = capture.several(MEMBER_STATUS)
        per_status = np.bincount(entries.codes, minlength=len(entries.values))
        passing = self.threshold.kept_entries(
            capture, entries.places, entries.codes, len(entries.values)
        )
        numbers = {value: number for number, value in enumerate(entries.values)}
        kept = {
            status: int(per_status[number])
            for status in MEMBER_STATUSES
            if (number := numbers.get(status, -1)) >= 0 and passing[number]
        }
        if kept:
            found["statuses"] = rounded(kept)
        return found

    def _tags(self) -> dict[str, Any]:
        found = tagging(self.capture, self.images.tenants, self.threshold, self.identifying)
        self.learned.leave_out("tags", found.folded)
        section: dict[str, Any] = {
            "share": found.share,
            "most": found.most,
            "old": found.old,
            "keys": dict(found.keys),
        }
        if found.numbers:
            section["numbers"] = dict(found.numbers)
        if len(found.popular) > 1:
            section["popular"] = dict(found.popular)
        return section

    def _times(self) -> dict[str, Any]:
        alone = np.isin(self.images.way, [WAYS.index(way) for way in _ALONE])
        tenants = self.images.tenants
        found = time_profile(self.capture, tenants, tenants & alone, self.threshold)
        if found is None:
            return {}
        return {
            "first": format_time(found.first * 86_400)[:10],
            "now": format_time(found.now),
            "growth": found.growth,
            "weekend": found.weekend,
            "bursts": found.bursts,
            "ties": found.ties,
        }

    def _names(self) -> dict[str, Any]:
        found = self._naming.patterns
        self.learned.leave_out("name templates", found.folded)
        nulls = self.threshold.percent(
            self.capture, self.capture.is_value("name", None), self.images.tenants
        )
        return {"patterns": found.weights() or {"{app}": 1}, "nulls": nulls}

    def _apps(self) -> dict[Code, int]:
        self.learned.leave_out("words in names", self._naming.apps.folded)
        return self._naming.apps.weights()

    @cached_property
    def _naming(self) -> Naming:
        return learn_naming(self.capture, self.images.tenants, self.threshold, self.identifying)

    def _disks(self) -> dict[str, dict[Code, int]]:
        capture, group = self.capture, self.images.disk_group
        column, sizes_of = capture.column("min_disk"), capture.numbers("min_disk")
        found = {}
        for number, name in enumerate(DISKS):
            chosen = (group == number) & (column.codes >= 0)
            least = LEAST_DISK[name] if self.images.is_ims else 0
            fits = (sizes_of >= least) & (sizes_of <= MOST_DISK)
            # Others have at least the disk of what they were made from, which nobody chose.
            alone = chosen & self.images.is_made("file")
            if name not in _ALONE and int(alone.sum()) >= _ENOUGH:
                chosen = alone
            self.learned.conflict(f"min_disk of {name}", int((chosen & ~fits).sum()))
            kept = self._kept(column, chosen & fits, f"min_disk of {name}")
            if kept.counts:
                found[name] = dict(sorted(kept.weights().items(), key=_by_number))
        return found

    def _properties(self) -> dict[str, Any]:
        in_templates = self._key_templates.properties
        return {
            name: {
                **({} if name in in_templates else {"share": one.share}),
                "kinds": list(one.kinds),
                "values": dict(one.values),
            }
            for name, one in self._own_properties.items()
        }

    def _templates(self) -> dict[str, Any]:
        self.learned.leave_out("sets of keys", self._key_templates.folded)
        return dict(self._key_templates.templates)

    @cached_property
    def _key_templates(self) -> KeyTemplates:
        return key_templates(self.capture, self.images, self._own_properties, self.threshold)

    @cached_property
    def _own_properties(self) -> dict[str, FreeProperty]:
        absent = "community" if self.images.is_ims else "market"
        kinds = {kind: self.images.of_kind(kind) for kind in ("gold", *KINDS) if kind != absent}
        made = made_fields("region" if self.images.is_ims else OPENSTACK)
        return free_properties(self.capture, kinds, made, self.threshold, self.identifying)

    def _given(self) -> Tables:
        disks = self.learned.sections.get("disks", {})
        found = learn_pairs(self.capture, self.images, self._own_properties, disks, self.threshold)
        platforms = self.learned.sections.get("platforms", {})
        if "platform" in found:  # a spec names those of its cloud only
            found["platform"] = {
                name: tables for name, tables in found["platform"].items() if name in platforms
            }
        return {name: tables for name, tables in found.items() if tables}


def _by_number(pair: tuple[Code, int]) -> int:
    return int(pair[0] or 0)
