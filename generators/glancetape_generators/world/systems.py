"""The systems that images of a set can have: their fields by number, and choices among them."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import cached_property

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets, octets
from glancetape_generators.sampling.draws import Choice, Flags, GroupedChoice, Ints
from glancetape_generators.spec.spec import Weights
from glancetape_generators.vocabulary.flavours import Flavour
from glancetape_generators.vocabulary.vocabulary import System, medium_name, medium_sizes
from glancetape_generators.world.field_tables import (
    BMS,
    DATA,
    ECS,
    ENVIRONMENTS,
    INSTALLER,
    OS_TYPES,
)

_SPECIAL = frozenset(
    "__support_kvm_gpu_type __support_xen_gpu_type __support_xen_hana __support_kvm_infiniband "
    "__support_kvm_fpga_type __support_largememory __support_diskintensive "
    "__support_highperformance __support_arm".split()
)
_NO_PRODUCTS = ("CoreOS", "Windows 10", "Windows 7")
"""Versions that begin like this hold containers only, or are for desktops."""
ANY, SERVERS, INSTALLERS = range(3)
"""The groups of systems: of any server, of virtual servers, of installation media."""
_ENVIRONMENTS = ((ECS, BMS), (ECS,), (INSTALLER,))
_PARTS = 1000  # of the weight of a version, which its systems share


class Systems:
    """All systems by number, and choices among those of a spec's platforms."""

    def __init__(
        self,
        flavour: Flavour,
        platforms: Weights,
        last: int,
        versions: Weights,
        public: Sequence[System],
        by_popularity: Collection[str] = (),
    ) -> None:
        """Choose among systems of `platforms` released before the day `last` (since 1970).

        `versions` has weights for those of some platforms. The systems of `public` images are never
        chosen. What is made from public images of the platforms `by_popularity` does not follow
        `versions`.
        """
        self._by_popularity = frozenset(by_popularity)
        self.is_glance = flavour.is_glance
        disks = () if flavour.is_glance else _of_data_disks()
        chosen = (*flavour.systems, *flavour.installers, *disks)
        self._versions = versions
        self._rows_of: dict[str, list[tuple[int, System]]] = {}
        for number, row in enumerate(chosen):
            self._rows_of.setdefault(row.platform, []).append((number, row))
        self._listed = {row.platform for row in chosen if row.version in versions}
        self.rows = [*chosen, *public]
        self.fields = frozenset(name for row in self.rows for name in row.fields)
        """The fields of images that follow from a system."""
        self.public = np.arange(len(chosen), len(self.rows))
        """The number of each public image's system."""
        self._last = last
        self._platforms = platforms
        self.platforms = list(platforms)
        self.of_platform = self._of_platform(last)
        """The systems of each platform: of any server, then of virtual ones, then of media."""
        self.platform_weights = [
            platforms[name] * bool(total) for name, (_, total) in self._groups_of(ECS).items()
        ]
        self.any = self._flat(platforms)
        """The systems of servers on one line, platform by platform."""
        self.server = self._choice(lambda _: True)
        self.data_disk = (
            Choice(range(len(chosen) - len(disks), len(chosen)), [9, 1]) if disks else self.server
        )
        """The systems of data disks; Glance has no images of them."""
        self.for_product = {name: self._choice_of_type(name) for name in OS_TYPES}
        """For each type of system that a product may need, without special hardware; any server's
        if the spec has none."""

    def released_by(self, day: int) -> GroupedChoice:
        """Return the choice of `of_platform` without the systems that came after a day."""
        return self._of_platform(min(day + 1, self._last))

    def _of_platform(self, last: int) -> GroupedChoice:
        groups = [self._groups_of(*of, last=last).values() for of in _ENVIRONMENTS]
        return GroupedChoice([listed for group in groups for listed, _ in group])

    def add(self, row: System) -> int:
        """Add a system of a fixed image, which is drawn for no other; return its number."""
        self.rows.append(row)
        return len(self.rows) - 1

    @cached_property
    def since(self) -> Ints:
        """The first day on which an image can have each system, in days since 1970."""
        return np.array([row.since for row in self.rows], np.int64)

    @cached_property
    def until(self) -> Ints:
        """The first day after the end of each system, in days since 1970."""
        return np.array([row.until for row in self.rows], np.int64)

    @cached_property
    def weight(self) -> Ints:
        """How often each system occurs among those of its platform."""
        return np.array([row.weight for row in self.rows], np.int64)

    @cached_property
    def environment(self) -> Ints:
        """The number of each system's environment."""
        return np.array([ENVIRONMENTS.index(row.environment) for row in self.rows], np.int64)

    @cached_property
    def os_type(self) -> Ints:
        """The number of each system's type."""
        return np.array([OS_TYPES.index(row.os_type) for row in self.rows], np.int64)

    @cached_property
    def version(self) -> Ints:
        """The number of each system's version."""
        versions: dict[str, int] = {}
        numbers = [versions.setdefault(row.version, len(versions)) for row in self.rows]
        return np.array(numbers, np.int64)

    @cached_property
    def public_names(self) -> Octets:
        """What a public image of each system is called."""
        return octets([row.version + row.suffix for row in self.rows])

    @cached_property
    def medium_names(self) -> Octets:
        """What files with the installation media of each system are called; b"" if not known."""
        return octets([medium_name(row.platform, row.version) for row in self.rows])

    @cached_property
    def medium(self) -> Ints:
        """The number of each system's installation medium; editions of a Windows have one."""
        rows = enumerate(self.medium_names.tolist())
        first: dict[bytes, int] = {}  # a medium without a name is its own
        return np.array([first.setdefault(name or b"%d" % row, row) for row, name in rows])

    @cached_property
    def medium_sizes(self) -> tuple[Ints, Ints]:
        """The least MiB of the installation media of each system, and the most."""
        found = [medium_sizes(name.decode()) for name in self.medium_names.tolist()]
        return np.array([one[0] for one in found]), np.array([one[1] for one in found])

    @cached_property
    def short_names(self) -> Octets:
        """What each system is called in names of images."""
        return octets([row.short for row in self.rows])

    def _choice_of_type(self, os_type: str) -> Choice:
        choice = self._choice(lambda row: row.os_type == os_type and _can_have_products(row))
        return choice if choice.total else self.server

    @cached_property
    def is_plain(self) -> Flags:
        """Whether each system is for usual virtual servers: without GPU, FPGA or the like."""
        return np.array(
            [row.environment == ECS and not _SPECIAL & row.fields.keys() for row in self.rows]
        )

    def _groups_of(
        self, *environments: str, last: int | None = None
    ) -> dict[str, tuple[list[tuple[int, int]], int]]:
        found, last = {}, self._last if last is None else last
        for name in self.platforms:
            listed = self._weighted(
                [
                    (number, row)
                    for number, row in self._rows_of.get(name, ())
                    if row.environment in environments and row.since < last
                ]
            )
            found[name] = listed, sum(weight for _, weight in listed)
        return found

    def _flat(self, platforms: Weights) -> Choice:
        things, widths = [], []
        for name, (listed, total) in self._groups_of(ECS, BMS).items():
            for number, weight in listed:
                things.append(number)
                widths.append((platforms[name] * weight << 12) // max(total, 1))
        return Choice(things, widths)

    @cached_property
    def has_share(self) -> Flags:
        """Whether a spec has a share of each system's version, also of what has a parent."""
        return np.array([self._is_listed(row) for row in self.rows], np.bool_)

    def _is_listed(self, row: System) -> bool:
        return row.platform in self._listed - self._by_popularity

    @cached_property
    def stratum(self) -> Ints:
        """The group of each system: its platform, or its version if the spec weighs versions."""
        numbers: dict[tuple[str, str], int] = {}
        return np.array(
            [
                numbers.setdefault(
                    (row.platform, row.version if self._is_listed(row) else ""),
                    len(numbers),
                )
                for row in self.rows
            ],
            np.int64,
        )

    def _weighted(self, rows: list[tuple[int, System]]) -> list[tuple[int, int]]:
        if not rows or rows[0][1].platform not in self._listed:
            return [(number, row.weight) for number, row in rows]
        totals = Counter[str]()
        for _, row in rows:
            totals[row.version] += row.weight
        return [
            (
                number,
                self._versions.get(row.version, 0) * _PARTS * row.weight // totals[row.version],
            )
            for number, row in rows
        ]

    def _choice(self, can_be: Callable[[System], bool]) -> Choice:
        """Return a choice among some systems of virtual servers, by platforms and versions.

        A platform's weight is divided among its systems, so their number does not change its share.
        """
        of_servers = [
            number
            for rows in self._rows_of.values()
            for number, row in rows
            if row.environment == ECS
        ]
        widths = dict.fromkeys(sorted(of_servers), 0)
        for name, weight in self._platforms.items():
            listed = self._weighted(
                [
                    (number, row)
                    for number, row in self._rows_of.get(name, ())
                    if row.environment == ECS and row.since < self._last and can_be(row)
                ]
            )
            total = sum(one for _, one in listed)
            widths |= {number: (weight * one << 12) // max(total, 1) for number, one in listed}
        return Choice([*widths], [*widths.values()])


def _can_have_products(row: System) -> bool:
    return not row.version.startswith(_NO_PRODUCTS) and not _SPECIAL & row.fields.keys()


def _of_data_disks() -> tuple[System, ...]:
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
