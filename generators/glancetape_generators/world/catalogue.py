"""The operator's public images: which one each record of the catalogue is, and when it was made.

Each build of an image has a turn. First comes the newest build of each image, then the builds that
they replaced:

    turn 0, 1, 2    Ubuntu 24.04    Ubuntu 22.04    Fedora 37, which is not built again
    turn 3, 4       Ubuntu 24.04 (20250611)    Ubuntu 22.04 (20250406)
    turn 5, 6       ...

The records of the catalogue have oldest and newest builds by turns, so that a small set has images
from which others were made years ago:

    records 0, 1, 2, 3    turns 5, 0, 6, 1

The oldest build of an image is from its system's release, the newest from its end or from now, the
others from between. An image with one build has it from the release, as other images were made from
it ever since; one for special hardware has the newest, as few are made from it.

Where the build before the newest has a name of its own (`Ubuntu_24.04_prev`), it is from shortly
before that. Builds come in pairs there: it, and an older one with its date.
"""

from collections import Counter

import numpy as np

from glancetape_generators.sampling.byte_columns import Octets, lengths_of, octets, together
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.spec.spec import Spec
from glancetape_generators.vocabulary.flavours import Flavour, PublicImage
from glancetape_generators.world.calendar import Days

_ONLY_BUILD = 240  # days after a system's release in which an image without builds is made
_KERNELS = ("aki", "ari")  # the disk formats of kernels and ramdisks
_BUILDING = 90  # days in which one build of an image is made


class Catalogue:
    """The public images of a flavour by number, their builds by turn."""

    def __init__(self, flavour: Flavour, spec: Spec, days: Days, *, latest: int) -> None:
        """Take the images of the spec's platforms that can be made before its day `latest`."""
        able = [
            one
            for one in flavour.public
            if spec.platforms.get(one.system.platform)
            and max(one.system.since - days.first, 0) < min(one.system.until - days.first, latest)
        ]
        names = {one.name for one in able}
        self.images = _in_turns(
            [one for one in able if names.issuperset(one.boots_with)], spec, days.first + latest
        )
        if not self.images:
            return
        self._again = np.array(
            [number for number, one in enumerate(self.images) if one.builds]
            or range(len(self.images)),
            np.int64,
        )
        self._before = octets([one.before for one in self.images])
        self._has_before = lengths_of(self._before) > 0
        self._together = 2 if self._has_before.any() else 1
        """Older builds of an image that come one after the other."""
        beyond = max(spec.catalogue.images - len(self.images), 0)
        every = self.number(np.arange(len(self.images) + beyond))
        self._rounds = np.bincount(every, minlength=len(self.images))
        """The number of builds of each image."""
        self._turns = self._mixed(beyond)
        self._places = np.argsort(self._turns)
        self._since = np.array([max(one.system.since - days.first, 0) for one in self.images])
        self._until = np.array([min(one.system.until - days.first, latest) for one in self.images])
        self.plain = np.array(
            [
                number
                for number, one in enumerate(self.images)
                if not one.boots_with and one.format not in _KERNELS
            ]
            or range(len(self.images)),
            np.int64,
        )
        """The numbers of those that are neither a kernel or a ramdisk, nor need one."""
        usual = {one.system.version for one in self.images if not one.system.suffix}
        self._is_special = np.array(
            [
                one.builds and bool(one.system.suffix) and one.system.version in usual
                for one in self.images
            ]
        )
        self._names = octets([one.name for one in self.images])
        self._dated = tuple(octets([one.dated[n] for one in self.images]) for n in (0, 1))

    def __len__(self) -> int:
        """Count the images; 0: the flavour has none that fit."""
        return len(self.images)

    def _mixed(self, beyond: int) -> Ints:
        """Return the turn of each record: the others, oldest first, between them newest builds."""
        newest, others = np.arange(len(self)), len(self) + np.arange(beyond)
        numbers = self.number(others)
        back = self._rounds[numbers] - self.build(others)  # 1 for the oldest one
        others = others[np.lexsort((numbers, back))]
        # The first of the others comes before the first of the newest.
        order = np.concatenate((2 * np.arange(len(newest)) + 1, 2 * np.arange(beyond)))
        mixed: Ints = np.concatenate((newest, others))[np.argsort(order, kind="stable")]
        return mixed

    def turn_at(self, places: Ints) -> Ints:
        """Return the turn of each record of the catalogue, given how many come before it."""
        return self._turns[places]

    def place(self, turns: Ints) -> Ints:
        """Return how many records of the catalogue come before those of some turns."""
        return self._places[turns]

    def number(self, turns: Ints) -> Ints:
        """Return the number of the image at some turns."""
        later = self._again[(turns - len(self)) // self._together % len(self._again)]
        return np.where(turns < len(self), turns, later)

    def build(self, turns: Ints) -> Ints:
        """Return which build of its image is at some turns: 0 is the newest."""
        older, which = np.divmod(turns - len(self), self._together)
        later = 1 + older // len(self._again) * self._together + which
        return np.where(turns < len(self), 0, later)

    def names(self, turns: Ints, dates: Octets, newer: Ints) -> Octets:
        """Return the names of some builds, given when they were made and how many are newer."""
        number = self.number(turns)
        before, after = (part.take(number) for part in self._dated)
        older = together(before, dates, after)
        older = np.where(self._is_before(number, newer), self._before.take(number), older)
        return np.where(newer > 0, older, self._names.take(number))

    def has_before(self, numbers: Ints) -> Flags:
        """Return whether the build before the newest of some images has a name of its own."""
        return self._is_before(numbers, np.ones_like(numbers))

    def turn(self, numbers: Ints, builds: Ints) -> Ints:
        """Return the turns of some builds of some images."""
        place = np.searchsorted(self._again, numbers)
        pair, which = np.divmod(builds - 1, self._together)
        later = len(self) + (pair * len(self._again) + place) * self._together + which
        return np.where(builds == 0, numbers, later)

    def turn_like(self, numbers: Ints, builds: Ints) -> Ints:
        """Return the same, or the turn of the oldest build of images that have fewer builds."""
        return self.turn(numbers, np.minimum(builds, self._rounds[numbers] - 1))

    def days(self, turns: Ints) -> tuple[Ints, Ints]:
        """Return from which day of the set on, and before which one, some builds were made."""
        number, build = self.number(turns), self.build(turns)
        since, until, rounds = self._since[number], self._until[number], self._rounds[number]
        once = (rounds == 1) & ~self._is_special[number]
        soon = np.where(since == 0, _BUILDING, _ONLY_BUILD)  # what is older is there from the start
        until = np.where(once, np.minimum(until, since + soon), until)
        window = np.where(once, until - since, np.minimum(until - since, _BUILDING))
        is_near = self.has_before(number)
        window = np.where(is_near, np.clip((until - since) // rounds, 1, window), window)
        back = np.minimum(build, rounds - 1)
        begin = until - window - (until - window - since) * back // np.maximum(rounds - 1, 1)
        begin = np.where(is_near & (build == 1), until - 2 * window, begin)
        return begin, begin + window

    def _is_before(self, number: Ints, build: Ints) -> Flags:
        """Return which builds are the one shortly before the newest, as its name says.

        With two builds the older one has to be the oldest: other images were made from it.
        """
        found: Flags = (build == 1) & self._has_before[number] & (self._rounds[number] > 2)
        return found


def _in_turns(images: list[PublicImage], spec: Spec, now: int) -> list[PublicImage]:
    """Return the images of the platforms in turns, so a small catalogue has some of each.

    Of each platform, the popular ones come first, then those of `versions`, as other images are
    made from them; then those of usual hardware, as most are: by turns one whose system lives and
    one whose system ended, those first that are there from the first day on. So the first image of
    a platform is one from which others can have been made years ago. The most frequent platforms
    begin.
    """
    popular, versions, platforms = spec.parents.popular, spec.versions, spec.platforms
    seen = Counter[tuple[object, ...]]()

    def next_of(*group: object) -> int:
        seen[group] += 1
        return seen[group]

    def rank(one: PublicImage) -> tuple[int, ...]:
        system = one.system
        grade = (
            not popular.get(one.name),
            not versions.get(system.version),
            not system.weight or bool(system.suffix),
        )
        ended = system.until < now
        return (*grade, next_of(system.platform, *grade, ended), ended)

    by_age = sorted(images, key=lambda one: max(one.system.since, spec.times.first))
    in_ranks = sorted(by_age, key=rank)
    return sorted(
        in_ranks,
        key=lambda one: (
            next_of(one.system.platform),
            -platforms.get(one.system.platform, 0),
        ),
    )
