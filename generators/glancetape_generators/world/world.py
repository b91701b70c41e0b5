"""The world of a spec and a seed: everything that all images of a set share, computed once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Choice, Ints
from glancetape_generators.spec.spec import DISKS, WAYS, Property, Spec
from glancetape_generators.spec.spec import KINDS as DRAWN_KINDS
from glancetape_generators.vocabulary.tables import JointRows, Row, Table
from glancetape_generators.vocabulary.vocabulary import System, installers, systems
from glancetape_generators.world.calendar import Days
from glancetape_generators.world.cast import Cast
from glancetape_generators.world.field_tables import (
    BMS,
    CONSTANT,
    DATA,
    ECS,
    ENVIRONMENTS,
    EXTRAS,
    FORMATS,
    INSTALLER,
    KIND_NAMES,
    KINDS,
    PLACEHOLDERS,
    SLOTS,
    Extra,
)
from glancetape_generators.world.tags import TagTable

OS_TYPES = ("Linux", "Windows", "Other")
_SETTLING = 30  # at the end of the set: days on which the catalogue gets no new images


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraTable:
    """A field with a table of its own; row 0 is an image without the field."""

    name: str
    """The name of the table, and of the draw that chooses a row."""
    table: Table
    choices: Sequence[Choice]
    of_each: Ints
    """For each kind and type of system the number of its choice, -1 for none."""
    environments: Ints
    """For each of ENVIRONMENTS 1 if its images may have the field, 0 if not."""
    uploaded: bool
    """Whether only images with data have the field."""


class World:
    """Everything that the images of a set share."""

    def __init__(self, spec: Spec, seed: int) -> None:
        """Compute the tables and choices of a spec."""
        self.spec, self.seed = spec, seed
        self.days = Days(spec.times, seed)
        self.cast = Cast(seed, spec.projects)
        self.systems = (*systems(), *installers(), *_bare())
        self._choose_systems()
        self.drawn_kinds = _choice(DRAWN_KINDS, spec.kinds)
        self.ways = _choice(WAYS, spec.made)
        self.status_names = tuple(spec.statuses)
        self.statuses = _choice(self.status_names, spec.statuses)
        self.disk_sizes = sorted({size for sizes in spec.disks.values() for size in sizes})
        self.disks = [
            Choice(
                [self.disk_sizes.index(size) for size in spec.disks[name]],
                list(spec.disks[name].values()),
            )
            for name in DISKS
        ]
        self.member_statuses = tuple(spec.members.statuses)
        self.extras = [_extra(extra) for extra in EXTRAS]
        self.extras += [_custom(name, one) for name, one in spec.properties.items()]
        self.tables = self._tables()
        self.joint_rows = JointRows.all_of(self.tables)
        self.tags = TagTable(spec.tags)
        self.projects = octets(self.cast.ids)
        self.public_names = octets([system.version + system.suffix for system in self.systems])
        self.short_names = octets([system.short for system in self.systems])

    def _choose_systems(self) -> None:
        spec, last = self.spec, self.days.first + self.days.count - 2 * _SETTLING
        weights = [
            spec.platforms.get(system.platform, 0) * system.weight * (system.since < last)
            for system in self.systems
        ]
        # A platform's weight is divided among its systems: their number does not change its share.
        self.all_systems = self._systems_where(weights, (ECS, BMS))
        self.server_systems = self._systems_where(weights, (ECS,))
        self.installers = self._systems_where(weights, (INSTALLER,))
        # For each type of system that a product may need; any server system if the spec has none.
        self.systems_of_products: dict[str, Choice] = {}
        for name in OS_TYPES:
            of_type = zip(weights, self.systems, strict=True)
            fitting = [weight * (system.os_type == name) for weight, system in of_type]
            choice = self._systems_where(fitting, (ECS,))
            self.systems_of_products[name] = choice if choice.total else self.server_systems
        self.bare_systems = Choice(
            [n for n, system in enumerate(self.systems) if system.environment == DATA],
            [9, 1],
        )
        self.system_since = np.array([system.since for system in self.systems], np.int64)
        self.system_environment = np.array(
            [ENVIRONMENTS.index(system.environment) for system in self.systems], np.int64
        )
        self.system_os_type = np.array(
            [OS_TYPES.index(system.os_type) for system in self.systems], np.int64
        )

    def _systems_where(self, weights: list[int], environments: tuple[str, ...]) -> Choice:
        chosen = [n for n, one in enumerate(self.systems) if one.environment in environments]
        of_platform: dict[str, int] = {}
        for number in chosen:
            if weights[number]:
                platform = self.systems[number].platform
                of_platform[platform] = of_platform.get(platform, 0) + self.systems[number].weight
        return Choice(
            chosen,
            [(weights[n] << 12) // of_platform.get(self.systems[n].platform, 1) for n in chosen],
        )

    def _tables(self) -> dict[str, Table]:
        # In the order of the members of an image's JSON.
        return {
            "status": Table([{"status": name} for name in (*self.status_names, "active")]),
            "kind": Table(KINDS),
            "constant": Table([CONSTANT]),
            "placeholder": Table(PLACEHOLDERS),
            "format": Table([{"disk_format": name} for name in FORMATS]),
            "slot": Table(SLOTS),
            "disk": Table([{"min_disk": size} for size in self.disk_sizes]),
            "owner": Table(self.cast.owner_rows()),
            "system": Table([system.fields for system in self.systems]),
            "product": Table(self.cast.product_rows()),
            "enterprise": Table(self.cast.enterprise_rows()),
            "key": Table(self.cast.key_rows()),
            **{extra.name: extra.table for extra in self.extras},
        }

    @property
    def latest(self) -> int:
        """The number of the first day on which the catalogue gets no new images."""
        return self.days.count - _SETTLING

    @property
    def now(self) -> int:
        """Seconds since 1970; no time of the set is later."""
        return self.spec.times.now

    def catalogue_before(self, records: Ints) -> Ints:
        """Return for each record how many images of the catalogue come before it."""
        catalogue = self.spec.catalogue
        counts: Ints = np.minimum(-(-records // catalogue.every), catalogue.images)
        return counts


def _bare() -> tuple[System, ...]:
    """Return the systems of data disks, which consist of a type only."""
    return tuple(
        System(
            platform="",
            os_type=name,
            short="data",
            version="",
            weight=1,
            since=0,
            environment=DATA,
            suffix="",
            fields={"__os_type": name, "virtual_env_type": DATA},
        )
        for name in OS_TYPES[:2]
    )


def _choice(names: Iterable[str], weights: Mapping[str, int]) -> Choice:
    listed = [weights.get(name, 0) for name in names]
    return Choice(range(len(listed)), listed)


def _extra(extra: Extra) -> ExtraTable:
    values: dict[str | int | None, int] = {}
    choices = {}
    for whose, weights in extra.weights.items():
        rows = [0 if one is None else values.setdefault(one, len(values) + 1) for one in weights]
        choices[whose] = Choice(rows, list(weights.values()))
    rows_of: list[Row] = [{}, *({extra.field: value} for value in values)]
    allowed = np.array([name in extra.environments for name in ENVIRONMENTS], np.int64)
    return _extra_table(extra.field, rows_of, choices, allowed, extra.uploaded)


def _custom(name: str, one: Property) -> ExtraTable:
    rows: list[Row] = [{}, *({name: value} for value in one.values)]
    total = sum(one.values.values())
    weights = [(100 - one.share) * total, *(one.share * weight for weight in one.values.values())]
    choices = dict.fromkeys(one.kinds, Choice(range(len(rows)), weights))
    # A prefix for the table and the draw, as a property may be called `kind`.
    return _extra_table(
        f"property/{name}", rows, choices, np.ones(len(ENVIRONMENTS), np.int64), False
    )


def _extra_table(
    name: str, rows: list[Row], choices: Mapping[str, Choice], allowed: Ints, uploaded: bool
) -> ExtraTable:
    described = list(choices)
    of_each = np.full(len(KIND_NAMES) * len(OS_TYPES), -1, np.int64)
    for place, (kind, os_type) in enumerate(product(KIND_NAMES, OS_TYPES)):
        group = "tenant" if kind in ("private", "shared") else kind
        for whose in (f"{group}/{os_type}", kind, group, os_type):
            if whose in choices:
                of_each[place] = described.index(whose)
                break
    return ExtraTable(
        name=name,
        table=Table(rows),
        choices=list(choices.values()),
        of_each=of_each,
        environments=allowed,
        uploaded=uploaded,
    )
