"""The operator's public images: which one each record of the catalogue is, and when it was made.

The n-th record of the catalogue has turn n. First comes the newest build of each image, then the
builds that they replaced:

    turn 0, 1, 2    Ubuntu 24.04    Ubuntu 22.04    Fedora 37, which is not built again
    turn 3, 4       Ubuntu 24.04 (20250611)    Ubuntu 22.04 (20250406)
    turn 5, 6       ...

Builds of an image share the time from its system's release to its end, the newest at the end.
"""

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets, octets
from glancetape_generators.sampling.draws import Choice, GroupedChoice, Ints
from glancetape_generators.spec.spec import Weights
from glancetape_generators.vocabulary.flavours import Flavour
from glancetape_generators.world.calendar import Days

_ONLY_BUILD = 540  # days after a system's release in which an image without builds is made


class Catalogue:
    """The public images of a flavour by number, their builds by turn."""

    def __init__(
        self, flavour: Flavour, platforms: Weights, days: Days, *, latest: int, images: int
    ) -> None:
        """Take the images of `platforms` that can be made before the day `latest` of the set."""
        able = [
            one
            for one in flavour.public
            if platforms.get(one.system.platform)
            and max(one.system.since - days.first, 0) < min(one.system.until - days.first, latest)
        ]
        names = {one.name for one in able}
        self.images = [one for one in able if names.issuperset(one.boots_with)]
        if not self.images:
            return
        self._again = np.array(
            [number for number, one in enumerate(self.images) if one.builds]
            or range(len(self.images)),
            np.int64,
        )
        beyond = max(images - len(self.images), 0)
        self._rounds = np.ones(len(self.images), np.int64)
        self._rounds[self._again] += -(-beyond // len(self._again))
        self._since = np.array([max(one.system.since - days.first, 0) for one in self.images])
        self._until = np.array([min(one.system.until - days.first, latest) for one in self.images])
        self._once = np.array([not one.builds for one in self.images])
        self.names: Octets = octets([one.name for one in self.images])
        self.choice = self._choice(platforms)
        """Which image a server is made from: platforms have the spec's shares."""
        self.of_platform = GroupedChoice(
            [
                [
                    (number, one.system.weight)
                    for number, one in enumerate(self.images)
                    if one.system.platform == name
                ]
                for name in platforms
            ]
        )
        """The same for each of the platforms."""

    def _choice(self, platforms: Weights) -> Choice:
        """Return which image a server is made from: platforms have the spec's shares."""
        of_platform: dict[str, int] = {}
        for one in self.images:
            name = one.system.platform
            of_platform[name] = of_platform.get(name, 0) + one.system.weight
        weights = [
            (platforms[one.system.platform] * one.system.weight << 12)
            // max(of_platform[one.system.platform], 1)
            for one in self.images
        ]
        return Choice(range(len(weights)), weights if any(weights) else [1] * len(weights))

    def __len__(self) -> int:
        """Count the images; 0: the flavour has none that fit."""
        return len(self.images)

    def number(self, turns: Ints) -> Ints:
        """Return the number of the image at some turns."""
        later = self._again[(turns - len(self)) % len(self._again)]
        return np.where(turns < len(self), turns, later)

    def build(self, turns: Ints) -> Ints:
        """Return which build of its image is at some turns: 0 is the newest."""
        later: Ints = 1 + (turns - len(self)) // len(self._again)
        return np.where(turns < len(self), 0, later)

    def turn(self, numbers: Ints, builds: Ints) -> Ints:
        """Return the turns of some builds of some images."""
        place = np.searchsorted(self._again, numbers)
        later: Ints = len(self) + (builds - 1) * len(self._again) + place
        return np.where(builds == 0, numbers, later)

    def days(self, turns: Ints) -> tuple[Ints, Ints]:
        """Return from which day of the set on, and before which one, some builds were made."""
        number, build = self.number(turns), self.build(turns)
        since, until, rounds = self._since[number], self._until[number], self._rounds[number]
        once = self._once[number] & (rounds == 1)
        until = np.where(once, np.minimum(until, since + _ONLY_BUILD), until)
        span = until - since
        begin = until - span * np.minimum(build + 1, rounds) // rounds
        end = until - span * np.minimum(build, rounds - 1) // rounds
        return begin, np.maximum(end, begin + 1)
