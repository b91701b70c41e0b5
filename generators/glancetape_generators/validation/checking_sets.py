"""Check the file of an image set in several processes, in little memory whatever its size."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.workers import several
from glancetape_generators.validation.checking import Examination, well_typed
from glancetape_generators.validation.conflicts import Claims, finding_of
from glancetape_generators.validation.over_time import Moments, finding_over_time
from glancetape_generators.validation.report import SHOWN, Tally, ValidationReport
from glancetape_generators.validation.rules.members import Members
from glancetape_generators.validation.rules.rule import Cloud, Image

Progress = Callable[[str, int, int], None]
"""Called with the name of the step, how much of it is done, and how much there is."""

_BLOCK = 1 << 14
"""Images that one task of a process checks."""
_CHUNK = 200  # images read from the file at once
# For fewer images, starting a process takes longer than it saves.
_WORTH_SHARING = 20_000


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was found in a block."""

    end: int
    tally: Tally
    claims: Claims
    moments: Moments


def validate_set(
    images: ImageSet, workers: int = 1, progress: Progress = lambda *_: None
) -> ValidationReport:
    """Return a report on all images of a set.

    `workers` is the number of processes for a large set; more than one needs what Python's
    multiprocessing needs, such as a guarded main module. Memory grows by about forty bytes an
    image, for its claims. Raises ImageSetError when the file is damaged.
    """
    tally, claims, moments, count = Tally(), Claims(), Moments(), len(images)
    tasks = ((images.path, first, min(first + _BLOCK, count)) for first in range(0, count, _BLOCK))
    with several(workers if count >= _WORTH_SHARING else 1) as share:
        for checked in share(_check_block, tasks):
            tally.extend(checked.tally)
            claims.extend(checked.claims)
            moments.extend(checked.moments)
            progress("checking", checked.end, count)
    _count_conflicts(images, claims, tally)
    _count_over_time(images, moments, tally)
    return tally.report(count)


def _check_block(task: tuple[Path, int, int]) -> _Checked:
    """Check the images at the positions `first` to before `last` of a file."""
    path, first, last = task
    tally = Tally()
    with ImageSet(path) as images:
        examination = Examination(lambda image_id: _find(images, image_id), _cloud_of(images))
        members = images.members_at(first, last)
        for position, image in _images(images, first, last):
            its_members = _members(members.get(position, ()))
            for finding in examination.check(image, its_members, position):
                tally.add(finding)
    return _Checked(last, tally, examination.gathering.claims(), examination.moments)


def _cloud_of(images: ImageSet) -> Cloud:
    """Images in a set of IMS are all of IMS; one of Glance may hold images that came from IMS."""
    return Cloud.IMS if images.about.get("dialect") == "ims" else Cloud.ANY


def _images(images: ImageSet, first: int, last: int) -> Iterator[tuple[int, object]]:
    for start in range(first, last, _CHUNK):
        positions = range(start, min(start + _CHUNK, last))
        for position, body in zip(positions, images.bodies(positions), strict=True):
            yield position, _read(body)


def _read(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")  # a text is not an image, which is a finding


def _members(pairs: Iterable[tuple[str, str]]) -> Members:
    return [{"member_id": project, "status": status} for project, status in pairs]


def _find(images: ImageSet, image_id: str) -> Image | None:
    position = images.position_of(image_id)
    if position is None:
        return None
    found = _read(images.bodies([position])[0])
    return found if isinstance(found, dict) else None


def _count_conflicts(images: ImageSet, claims: Claims, tally: Tally) -> None:
    def look(position: int) -> tuple[Image, Members]:
        members = images.members_at(position, position + 1).get(position, ())
        return well_typed(_read(images.bodies([position])[0]))[0], _members(members)

    counted: Counter[str] = Counter()
    for conflict in claims.conflicts():
        counted[conflict.rule] += 1
        if counted[conflict.rule] <= SHOWN:
            tally.add(finding_of(conflict, look))
        else:  # only counted: reading two images for each of a million conflicts takes minutes
            tally.counts[conflict.rule] += 1


def _count_over_time(images: ImageSet, moments: Moments, tally: Tally) -> None:
    for broken in moments.broken():
        rule, position, _ = broken
        if tally.counts[rule] < SHOWN:
            image = well_typed(_read(images.bodies([position])[0]))[0]
            tally.add(finding_over_time(broken, image))
        else:
            tally.counts[rule] += 1
