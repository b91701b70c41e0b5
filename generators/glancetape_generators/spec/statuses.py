"""Statuses of images in a plain Glance, by the way in which they are made.

Nova uploads in one step, so its images are never uploading or importing. A snapshot of a volume has
no data that could be on its way. The images that can have a status have more of it instead:

    statuses: {active: 80, uploading: 20}, made: {instance: 75, file: 25}
    instance  all active
    file      80 of 100 uploading, so that 20 of 100 images are
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from glancetape_generators.spec.spec import Spec

_IN_STEPS = frozenset(["uploading", "importing"])
_WITHOUT_DATA = _IN_STEPS | {"queued", "saving", "killed"}
_UPLOADS, _BY_NOVA, _VOLUMES = ("file", "iso"), ("instance", "server_backup", "image"), ("volume",)
_GROUPS = (_UPLOADS, _BY_NOVA, _VOLUMES)

Shares = Mapping[str, Fraction]
"""Status -> its share of some images; their sum is 1."""


class ImpossibleStatus(ValueError):
    """Images that are made in some way can have none of the statuses of a spec."""

    def __init__(self, ways: Iterable[str]) -> None:
        """Name the ways."""
        super().__init__(", ".join(ways))
        self.ways = tuple(ways)


def statuses_by_way(spec: Spec) -> Mapping[str, Shares]:
    """Return the shares of statuses for each way, so that together they are those of the spec.

    Where too few images can have a status, it has as many as there are, and others have more.
    Raises ImpossibleStatus.
    """
    total = sum(spec.statuses.values())
    asked = {name: Fraction(weight, total) for name, weight in spec.statuses.items() if weight}
    in_steps = {name: one for name, one in asked.items() if name in _IN_STEPS}
    waiting = {n: one for n, one in asked.items() if n in _WITHOUT_DATA and n not in in_steps}
    whole = {name: one for name, one in asked.items() if name not in _WITHOUT_DATA}
    uploads, by_nova, volumes = _parts(spec)
    steps = min(_sum(in_steps), uploads)
    rest = _sum(waiting) + _sum(whole)
    if by_nova and not rest:
        raise ImpossibleStatus(way for way in _BY_NOVA if spec.made[way])
    if volumes and not whole:
        raise ImpossibleStatus(way for way in _VOLUMES if spec.made[way])
    if not rest:
        steps = uploads  # all images are uploads
    others = by_nova + uploads - steps  # which can have no data yet
    wait = min(_sum(waiting) * (1 - steps) / rest, others) if rest else Fraction(0)
    part = wait / others if others else Fraction(0)
    stepping = steps / uploads if uploads else Fraction(0)
    of_groups = (
        (
            (in_steps, stepping),
            (waiting, (1 - stepping) * part),
            (whole, (1 - stepping) * (1 - part)),
        ),
        ((waiting, part), (whole, 1 - part)),
        ((whole, Fraction(1)),),
    )
    return {
        way: {
            name: one * share / _sum(statuses)
            for statuses, share in parts
            for name, one in statuses.items()
        }
        for ways, parts in zip(_GROUPS, of_groups, strict=True)
        for way in ways
    }


def shares_of_statuses(spec: Spec) -> Shares:
    """Return the shares that statuses have in a plain Glance. Raises ImpossibleStatus."""
    by_way, found = statuses_by_way(spec), dict.fromkeys(spec.statuses, Fraction(0))
    for ways, part in zip(_GROUPS, _parts(spec), strict=True):
        for name, share in by_way[ways[0]].items():
            found[name] += part * share
    return found


def _parts(spec: Spec) -> list[Fraction]:
    """Return the share of each group of ways; without public images, all images are uploads."""
    if not spec.catalogue.images:
        return [Fraction(1), Fraction(0), Fraction(0)]
    total = sum(spec.made.values())
    return [Fraction(sum(spec.made[way] for way in ways), total) for ways in _GROUPS]


def _sum(shares: Shares) -> Fraction:
    return sum(shares.values(), Fraction(0))
