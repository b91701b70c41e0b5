"""Key-set templates in numbers: which optional properties an image can have together.

    volume:  template 0 (weight 70) has enterprise_project_id
             template 1 (weight 30) has enterprise_project_id, __description

A template is for the images that can have all of its keys: one with `__support_s4l` for bare metal
only. Those of a kind of image and an environment share its images by their weights.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from glancetape_generators.sampling.draws import Draws, Flags, GroupedChoice, Ints
from glancetape_generators.spec.spec import TEMPLATED, WAYS, Template
from glancetape_generators.world.extra_tables import ExtraTable
from glancetape_generators.world.field_tables import DATA, ECS, ENVIRONMENTS

_OF_SERVERS = ("__support_", "__system__cmkid")
"""Keys that begin like this belong to a server: all images of it have the same ones.

Images of an encrypted disk are encrypted.
"""
_INSTANCE = WAYS.index("instance")
_SLOT = "__sequence_num"


class KeySets:
    """The templates of a spec, and a choice among them."""

    def __init__(
        self, templates: Mapping[str, Sequence[Template]], extras: Iterable[ExtraTable]
    ) -> None:
        """Number the templates; `extras` say which environments have a key."""
        environments = {extra.field: extra.environments for extra in extras}
        environments[_SLOT] = np.array([name in (ECS, DATA) for name in ENVIRONMENTS], np.int64)
        rows = [(place, one) for place, name in enumerate(TEMPLATED) for one in templates[name]]
        self._keys = {
            key: np.array([key in one.keys for _, one in rows])
            for key in dict.fromkeys(key for _, one in rows for key in one.keys)
        }
        # Templates with the same keys that belong to a server have the same number here.
        supports: dict[tuple[str, ...], int] = {}
        for _, one in rows:
            supports.setdefault(_of_server(one), len(supports))
        self._supports: Ints = np.array([supports[_of_server(one)] for _, one in rows], np.int64)
        self._of_supports = {
            key: np.array([key in keys for keys in supports])
            for key in self._keys
            if key.startswith(_OF_SERVERS)
        }
        groups: list[list[tuple[int, int]]] = []
        for place in range(len(TEMPLATED)):
            mine = [(row, one) for row, (of, one) in enumerate(rows) if of == place and one.weight]
            for number in range(len(ENVIRONMENTS)):
                fitting = [
                    (row, one)
                    for row, one in mine
                    if all(environments[key][number] for key in one.keys if key in environments)
                ]
                groups.append([(row, one.weight) for row, one in fitting or mine])
        self._choice = GroupedChoice(groups)
        self._of_servers = GroupedChoice(
            [
                [(row, weight) for row, weight in group if self._supports[row] == support]
                for group in groups
                for support in range(len(supports))
            ]
        )
        self._count = len(supports)

    def draw(
        self, seed: int, draws: Draws, sorts: Ints, environments: Ints, servers: Ints
    ) -> "DrawnKeys":
        """Draw the template of each image, given its number of TEMPLATED, and its server or -1."""
        groups = sorts * len(ENVIRONMENTS) + environments
        drawn = self._choice.pick(draws, "keys", groups)
        supports = self._supports[drawn]
        some = np.flatnonzero(servers >= 0)
        if self._count > 1 and len(some):
            of_instances = _INSTANCE * len(ENVIRONMENTS) + environments[some]
            of_servers = self._choice.pick(Draws(seed, servers[some]), "keys/server", of_instances)
            theirs = self._supports[of_servers]
            fitting = self._of_servers.pick(
                draws.some(some), "keys", groups[some] * self._count + theirs
            )
            drawn[some] = np.where(fitting >= 0, fitting, drawn[some])
            supports[some] = theirs
        return DrawnKeys(self._keys, drawn, self._of_supports, supports)


class DrawnKeys:
    """Which optional properties some images have."""

    def __init__(
        self,
        keys: Mapping[str, Flags],
        drawn: Ints,
        of_supports: Mapping[str, Flags],
        supports: Ints,
    ) -> None:
        """Take the number of each image's template, and of what belongs to its server."""
        self._keys, self._drawn = keys, drawn
        self._of_supports, self._supports = of_supports, supports

    def have(self, key: str) -> Flags:
        """Return which images have a property."""
        found: Flags
        if key in self._of_supports:
            found = self._of_supports[key][self._supports]
        elif key in self._keys:
            found = self._keys[key][self._drawn]
        else:
            found = np.zeros(len(self._drawn), np.bool_)
        return found


def _of_server(template: Template) -> tuple[str, ...]:
    return tuple(sorted(key for key in template.keys if key.startswith(_OF_SERVERS)))
