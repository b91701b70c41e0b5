"""What happens to images as time goes on, and which of them are there at the time of the view.

Each event of an image has a time, which follows from seed and record like any field. A view shows
what has happened until then, so an image is the same in every view in which it did not change:

    created 1 March, renamed 8 March, deleted 20 March
    view of 5 March: as created     of 10 March: renamed     of 25 March: not there

Every event sets `updated_at`, so an image has changed between two views if that differs.
"""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.world.calendar import DAY, NEVER
from glancetape_generators.world.field_tables import SHARED
from glancetape_generators.world.fixed import FIRST_FIXED

if TYPE_CHECKING:
    from glancetape_generators.columns.images import Images

_REST = 3600  # seconds in which nothing else happens to a new image


class Lifecycle:
    """The events of some images, as seconds since 1970; NEVER for those that do not come."""

    def __init__(self, images: "Images") -> None:
        """Look at these images; an event is drawn when it is read."""
        self._images, self._world = images, images.world
        self._at = images.world.at

    @cached_property
    def begins(self) -> Ints:
        """When an image is first seen: public and fixed ones are shown when they are complete."""
        images = self._images
        early = (images.is_tenants & (images.records < FIRST_FIXED)) | ~images.drafts.is_uploaded
        return np.where(early, images.created, self.active)

    @cached_property
    def active(self) -> Ints:
        """When its data was complete."""
        images = self._images
        return np.where(images.drafts.is_uploaded, images.active, NEVER)

    @cached_property
    def renamed(self) -> Ints:
        """When a tenant's image is renamed."""
        return self._drawn("renamed", self._images.is_tenants)

    @cached_property
    def hidden(self) -> Ints:
        """When a tenant's image is hidden; only Glance hides images."""
        return self._drawn("hidden", self._images.is_tenants & self._world.is_glance)

    @cached_property
    def unshared(self) -> Ints:
        """When a shared image is shared no longer."""
        return self._drawn("unshared", self._images.kind == SHARED)

    @cached_property
    def deleted(self) -> Ints:
        """When a tenant's image is deleted."""
        return self._drawn("deleted", self._images.is_tenants)

    def _drawn(self, event: str, may: Flags) -> Ints:
        """Draw when an event comes: while people work, and to no image that the spec gives."""
        images, waiting = self._images, self._world.waiting.get(event)
        if waiting is None:
            return np.full(len(images), NEVER, np.int64)
        days = waiting.draw(images.draws, f"churn/{event}")
        may = may & (images.records < FIRST_FIXED) & (days >= 0)
        base = np.where(images.drafts.is_uploaded, images.active, images.created) + _REST
        drawn = base + days * DAY + images.draws.below(f"churn/{event}/second", DAY)
        at_work = self._world.days.at_work(images.draws, f"churn/{event}", drawn)
        return np.where(may, np.where(at_work >= base, at_work, drawn), NEVER)

    @cached_property
    def is_there(self) -> Flags:
        """Whether an image exists at the time of the view."""
        found: Flags = (self.begins <= self._at) & (self.deleted > self._at)
        return found

    @cached_property
    def is_saving(self) -> Flags:
        """Whether its data is on its way at the time of the view."""
        images = self._images
        found: Flags = images.is_tenants & images.drafts.is_uploaded & (self.active > self._at)
        return found

    def has_come(self, event: Ints) -> Flags:
        """Return whether an event has come at the time of the view."""
        found: Flags = event <= self._at
        return found

    def latest(self, touched: Ints) -> Ints:
        """Return when an image last changed; `touched` is a change that no other field shows."""
        found = self._images.created
        for event in (self.active, touched, self.renamed, self.hidden, self.unshared):
            found = np.where((event <= self._at) & (event > found), event, found)
        return found
