"""The systems that images of a set can have: their fields by number, and choices among them."""

import numpy as np

from glancetape_generators.sampling.byte_columns import octets
from glancetape_generators.sampling.draws import Choice
from glancetape_generators.spec.spec import Weights
from glancetape_generators.vocabulary.vocabulary import System, installers, systems
from glancetape_generators.world.field_tables import (
    BMS,
    DATA,
    ECS,
    ENVIRONMENTS,
    INSTALLER,
    OS_TYPES,
)


class Systems:
    """All systems by number, and choices among those of a spec's platforms."""

    def __init__(self, platforms: Weights, last: int) -> None:
        """Choose among systems of `platforms` released before the day `last` (since 1970)."""
        self.rows = (*systems(), *installers(), *_of_data_disks())
        self.since = np.array([row.since for row in self.rows], np.int64)
        self.environment = np.array(
            [ENVIRONMENTS.index(row.environment) for row in self.rows], np.int64
        )
        self.os_type = np.array([OS_TYPES.index(row.os_type) for row in self.rows], np.int64)
        self.public_names = octets([row.version + row.suffix for row in self.rows])
        self.short_names = octets([row.short for row in self.rows])

        weights = [
            platforms.get(row.platform, 0) * row.weight * (row.since < last) for row in self.rows
        ]
        self.any = self._choice(weights, ECS, BMS)
        self.server = self._choice(weights, ECS)
        self.installer = self._choice(weights, INSTALLER)
        self.data_disk = Choice(
            [number for number, row in enumerate(self.rows) if row.environment == DATA], [9, 1]
        )
        self.for_product = {name: self._choice_of_type(weights, name) for name in OS_TYPES}
        """For each type of system that a product may need; any server's if the spec has none."""

    def _choice_of_type(self, weights: list[int], os_type: str) -> Choice:
        of_type = [
            weight * (row.os_type == os_type)
            for weight, row in zip(weights, self.rows, strict=True)
        ]
        choice = self._choice(of_type, ECS)
        return choice if choice.total else self.server

    def _choice(self, weights: list[int], *environments: str) -> Choice:
        """Return a choice among the systems of some environments.

        A platform's weight is divided among its systems, so their number does not change its share.
        """
        chosen = [number for number, row in enumerate(self.rows) if row.environment in environments]
        of_platform: dict[str, int] = {}
        for number in chosen:
            if weights[number]:
                platform = self.rows[number].platform
                of_platform[platform] = of_platform.get(platform, 0) + self.rows[number].weight
        return Choice(
            chosen,
            [(weights[n] << 12) // of_platform.get(self.rows[n].platform, 1) for n in chosen],
        )


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
