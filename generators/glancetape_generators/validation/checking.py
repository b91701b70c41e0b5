"""All rules in one table, and what an image or a list of images breaks of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from glancetape_generators.validation import over_time
from glancetape_generators.validation.conflicts import ClaimGathering, finding_of
from glancetape_generators.validation.rules import (
    glance,
    holders,
    kinds,
    members,
    origins,
    parents,
    shape,
    sizes,
    support,
    system,
    times,
)
from glancetape_generators.validation.rules.members import MEMBER_SHAPE, Members, well_typed_members
from glancetape_generators.validation.rules.parents import Find, check_parent, remembering
from glancetape_generators.validation.rules.rule import (
    Cloud,
    Finding,
    Image,
    Rule,
    cloud_of,
    id_of,
    shown,
)
from glancetape_generators.validation.rules.shape import IS_OBJECT, missing_fields, wrong_types

_SUBJECTS = (shape, kinds, origins, system, support, sizes, times, glance)
_CLOUDS = (Cloud.IMS, Cloud.GLANCE)
_CHECKS = {
    cloud: tuple(check for subject in _SUBJECTS for check in subject.rule.checks_for(cloud))
    for cloud in _CLOUDS
}
_CHECKS_OF_MEMBERS = {cloud: members.rule.checks_for(cloud) for cloud in _CLOUDS}

RULES: dict[str, Rule] = {
    rule.name: rule
    for rules in (
        shape.LISTED,
        *(subject.rule.listed for subject in _SUBJECTS),
        (MEMBER_SHAPE, *members.rule.listed),
        (*parents.LISTED, *parents.rule.listed),
        holders.RULES,
        over_time.RULES,
    )
    for rule in rules
}
"""Name -> rule: all rules, in the order of reports."""


def well_typed(image: object, cloud: Cloud = Cloud.IMS) -> tuple[Image, list[tuple[str, str]]]:
    """Return the fields of an image that have their right type, and the rules the others break.

    `{"id": "...", "min_disk": "40"}` becomes `{"id": "..."}` and a finding of `field-type`. The
    checks of all other rules rely on it.
    """
    if not isinstance(image, Mapping):
        return {}, [(IS_OBJECT.name, f"image is {shown(image)}")]
    broken, wrong = list(missing_fields(image, cloud)), list(wrong_types(image))
    if not wrong:
        return image, broken
    names = {name for name, _, _ in wrong}
    kept = {name: value for name, value in image.items() if name not in names}
    return kept, [*broken, *((rule, message) for _, rule, message in wrong)]


def _broken_alone(image: Image, its_members: Members, cloud: Cloud) -> Iterator[tuple[str, str]]:
    """Yield the rules that an image breaks by itself, with messages."""
    for name, check in _CHECKS[cloud]:
        message = check(image)
        if message is not None:
            yield name, message
    if its_members or image.get("visibility") == "shared":
        for name, check in _CHECKS_OF_MEMBERS[cloud]:
            message = check(image, its_members)
            if message is not None:
                yield name, message


class Examination:
    """Checks consecutive images and their parents, and gathers their claims."""

    def __init__(self, find: Find | None, cloud: Cloud = Cloud.ANY) -> None:
        """Look parents up with `find`; None checks images by themselves only.

        `cloud` is whose images they all are; ANY decides it for each image by its fields.
        """
        self._find = find and remembering(find)
        self._cloud = cloud
        self.gathering = ClaimGathering()
        self.moments = over_time.Moments()

    def check(self, image: object, its_members: object, position: int) -> list[Finding]:
        """Return the findings of the next image."""
        if not isinstance(image, Mapping):
            return _findings(image, well_typed(image)[1])
        cloud = cloud_of(image) if self._cloud is Cloud.ANY else self._cloud
        fields, broken = well_typed(image, cloud)
        if its_members:
            listed, wrong = well_typed_members(its_members)
            if wrong is not None:
                broken.append((MEMBER_SHAPE.name, wrong))
        else:
            listed = ()
        broken.extend(_broken_alone(fields, listed, cloud))
        if self._find is not None:
            broken.extend(check_parent(fields, self._find))
            self.gathering.add(fields, listed, position)
            self.moments.add(fields, position)
        return _findings(image, broken)


def _findings(image: object, broken: Sequence[tuple[str, str]]) -> list[Finding]:
    return [Finding(rule, id_of(image), message) for rule, message in broken] if broken else []


def check_image(image: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return what an image breaks by itself: all rules except those on parents and whole sets."""
    return Examination(None).check(image, members, 0)


def _split(line: object) -> tuple[object, object]:
    """Split an image of NDJSON into the image and its members."""
    if not isinstance(line, Mapping) or "members" not in line:
        return line, ()
    return {name: value for name, value in line.items() if name != "members"}, line["members"]


def validate_images(images: Sequence[dict[str, Any]], cloud: Cloud = Cloud.ANY) -> list[Finding]:
    """Return what the images of a whole set break; an image may have `members`, as in NDJSON.

    `cloud` is whose images they all are; ANY decides it for each image by its fields.
    """
    by_id = {id_of(image): image for image in reversed(images) if isinstance(image, Mapping)}
    examination = Examination(by_id.get, cloud)
    found: list[Finding] = []
    for position, line in enumerate(images):
        found += examination.check(*_split(line), position)

    def look(position: int) -> tuple[Image, Members]:
        image, its_members = _split(images[position])
        return well_typed(image)[0], well_typed_members(its_members)[0]

    conflicts = examination.gathering.claims().conflicts()
    found += [finding_of(conflict, look) for conflict in conflicts]
    for broken in examination.moments.broken():
        found.append(over_time.finding_over_time(broken, look(broken[1])[0]))
    return found
