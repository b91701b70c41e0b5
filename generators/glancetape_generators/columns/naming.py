"""How tenants name their images: each project has a convention or two, and a few apps.

    project A:  shop-20240301, crm-20240312        project B:  db_v3, db_v4, cache_v1

A number rises with the time in which a project makes images of an app. Where a name does not show
the app, as in `golden-ubuntu-v3`, it rises with that of the project. It rises faster in a project
that makes many of the images, so that few of them have the same number.
"""

from functools import cached_property

import numpy as np

from glancetape_generators.columns.images import Images
from glancetape_generators.sampling.draws import Draws, Ints
from glancetape_generators.world.calendar import DAY

_MOST = 200  # numbers of a series; even a few images of it can show one of the last
_FASTER = 400  # times as fast as one with few images counts a project that makes all images
_OF_PROJECT = 1 << 20  # more than the number of apps


class Naming:
    """What the names of some images are made of; only tenants' images have such names."""

    def __init__(self, images: Images) -> None:
        """Name these images."""
        self._images, self._world = images, images.world
        self._draws = images.draws

    @cached_property
    def pattern(self) -> Ints:
        """The number of the pattern of each name, by the spec's weights and the project's habit."""
        return self._world.patterns.pick(self._draws, self._images.owner)

    @property
    def app(self) -> Ints:
        """The number of the app of each image."""
        return self._images.app

    @cached_property
    def number(self) -> Ints:
        """The number in each name: 1 at first, and more later on, up to _MOST.

        The busier the days are, the faster it rises.
        """
        days, images = self._world.days, self._images
        app = np.where(self._world.shows_app[self.pattern], self.app + 1, 0)
        series = Draws(self._world.seed, images.owner * _OF_PROJECT + app)
        widths = self._world.cast.widths
        total = int(widths.sum())
        most = (_MOST * _FASTER * widths // (total + _FASTER * widths))[images.owner]
        last = most // 2 + series.below("number/last", most // 2 + 1)
        day = days.of(images.created)
        begun, ended = days.beginning(day), days.beginning(day + 1)
        begun += (ended - begun) * (images.created % DAY) // DAY
        number: Ints = 1 + np.minimum(begun, days.length - 1) * last // days.length
        return number
