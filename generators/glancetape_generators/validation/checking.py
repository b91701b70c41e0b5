"""Checking images: all rules in one place, and what an image and a list of them break."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from glancetape_generators.validation.rules import (
    claims,
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
from glancetape_generators.validation.rules.claims import Claiming, finding_of
from glancetape_generators.validation.rules.members import MEMBER_SHAPE, Members, sound_members
from glancetape_generators.validation.rules.parents import (
    PARENT_THERE,
    Find,
    check_parent,
    remembering,
)
from glancetape_generators.validation.rules.rule import Finding, Image, Rule, id_of, told
from glancetape_generators.validation.rules.shape import (
    IS_OBJECT,
    REQUIRED,
    missing_fields,
    wrong_types,
)

_ROOMS = (shape, kinds, origins, system, support, sizes, times)
_CHECKS = tuple(check for room in _ROOMS for check in room.rule.checks)

RULES: dict[str, Rule] = {
    rule.name: rule
    for rules in (
        shape.LISTED,
        *(room.rule.listed for room in _ROOMS),
        (MEMBER_SHAPE, *members.rule.listed),
        (PARENT_THERE, *parents.rule.listed),
        claims.RULES,
    )
    for rule in rules
}
"""Name -> rule: all there are, in the order in which they are told."""


def sound(image: object) -> tuple[Image, list[tuple[str, str]]]:
    """Give of an image what has its right type, and of the rest the rules it breaks."""
    if not isinstance(image, Mapping):
        return {}, [(IS_OBJECT.name, f"image is {told(image)}")]
    missing, wrong = missing_fields(image), list(wrong_types(image))
    broken = [] if missing is None else [(REQUIRED.name, missing)]
    if not wrong:
        return image, broken
    names = {name for name, _, _ in wrong}
    kept = {name: value for name, value in image.items() if name not in names}
    return kept, [*broken, *((rule, message) for _, rule, message in wrong)]


def check_sound(image: Image, its_members: Members) -> Iterator[tuple[str, str]]:
    """Yield the rules that an image of sound fields breaks by itself, with messages."""
    for name, check in _CHECKS:
        message = check(image)
        if message is not None:
            yield name, message
    if its_members or image.get("visibility") == "shared":
        for name, check in members.rule.checks:
            message = check(image, its_members)
            if message is not None:
                yield name, message


class Examination:
    """Checks consecutive images, with their parents, and gathers what they claim."""

    def __init__(self, find: Find | None) -> None:
        """Take the function that finds parents; None leaves parents unchecked."""
        self._find = find and remembering(find)
        self.claiming = Claiming()

    def check(self, image: object, its_members: object, position: int) -> list[Finding]:
        """Give what the next image breaks."""
        fields, broken = sound(image)
        if not isinstance(image, Mapping):
            return _findings(image, broken)
        if its_members:
            listed, wrong = sound_members(its_members)
            if wrong is not None:
                broken.append((MEMBER_SHAPE.name, wrong))
        else:
            listed = ()
        broken.extend(check_sound(fields, listed))
        if self._find is not None:
            broken.extend(check_parent(fields, self._find))
            self.claiming.add(fields, listed, position)
        return _findings(image, broken)


def _findings(image: object, broken: Sequence[tuple[str, str]]) -> list[Finding]:
    return [Finding(rule, id_of(image), message) for rule, message in broken] if broken else []


def check_image(image: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Give what an image breaks by itself: all rules but those of parents and of whole sets."""
    return Examination(None).check(image, members, 0)


def split(line: object) -> tuple[object, object]:
    """Take the members out of an image as NDJSON has it."""
    if not isinstance(line, Mapping) or "members" not in line:
        return line, ()
    return {name: value for name, value in line.items() if name != "members"}, line["members"]


def validate_images(images: Sequence[dict[str, Any]]) -> list[Finding]:
    """Give what the images of a whole set break; each may have `members`, as in NDJSON."""
    by_id = {id_of(image): image for image in reversed(images) if isinstance(image, Mapping)}
    examination = Examination(by_id.get)
    found: list[Finding] = []
    for position, line in enumerate(images):
        found += examination.check(*split(line), position)

    def look(position: int) -> tuple[Image, Members]:
        image, its_members = split(images[position])
        return sound(image)[0], sound_members(its_members)[0]

    conflicts = examination.claiming.claims().conflicts()
    return [*found, *(finding_of(conflict, look) for conflict in conflicts)]
