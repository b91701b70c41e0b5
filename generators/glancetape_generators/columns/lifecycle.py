"""What happens to images as time goes on, and which of them are there at the time of the view.

Each event of an image has a time, which follows from seed and record like any field. A view shows
what has happened until then, so an image is the same in every view in which it did not change:

    created 1 March, renamed 8 March, deleted 20 March
    view of 5 March: as created     of 10 March: renamed     of 25 March: not there

Every event sets `updated_at`, so an image has changed between two views if that differs.
"""

from functools import cached_property

import numpy as np

from glancetape_generators.columns.drafts import Drafts
from glancetape_generators.sampling.draws import Flags, Ints
from glancetape_generators.world.calendar import DAY, NEVER
from glancetape_generators.world.field_tables import SHARED
from glancetape_generators.world.fixed import FIRST_FIXED

_REST = 3600  # seconds in which nothing else happens to a new image


class Lifecycle:
    """The events of some images, as seconds since 1970; NEVER for those that do not come."""

    def __init__(self, drafts: Drafts, *, created: Ints, active: Ints) -> None:
        """Take when each image was created, and when the data of an uploaded one was complete.

        An event is drawn when it is read.
        """
        self._drafts, self._world = drafts, drafts.world
        self._created, self._active = created, active
        self._at = drafts.world.at

    @cached_property
    def begins(self) -> Ints:
        """When an image is first seen: public and fixed ones are shown when they are complete."""
        drafts = self._drafts
        early = (drafts.is_tenants & (drafts.records < FIRST_FIXED)) | ~drafts.is_uploaded
        return np.where(early, self._created, self.active)

    @cached_property
    def active(self) -> Ints:
        """When its data was complete."""
        return np.where(self._drafts.is_uploaded, self._active, NEVER)

    @cached_property
    def renamed(self) -> Ints:
        """When a tenant's image is renamed."""
        return self._drawn("renamed", self._drafts.is_tenants)

    @cached_property
    def hidden(self) -> Ints:
        """When a tenant's image is hidden; only Glance hides images."""
        return self._drawn("hidden", self._drafts.is_tenants & self._world.is_glance)

    @cached_property
    def unshared(self) -> Ints:
        """When a shared image is shared no longer."""
        return self._drawn("unshared", self._drafts.kind == SHARED)

    @cached_property
    def deleted(self) -> Ints:
        """When a tenant's image is deleted."""
        return self._drawn("deleted", self._drafts.is_tenants)

    def _drawn(self, event: str, may: Flags) -> Ints:
        """Draw when an event comes: while people work, and to no image that the spec gives."""
        drafts, waiting = self._drafts, self._world.waiting.get(event)
        if waiting is None:
            return np.full(len(drafts.records), NEVER, np.int64)
        days = waiting.draw(drafts.draws, f"churn/{event}")
        may = may & (drafts.records < FIRST_FIXED) & (days >= 0)
        base = np.where(drafts.is_uploaded, self._active, self._created) + _REST
        drawn = base + days * DAY + drafts.draws.below(f"churn/{event}/second", DAY)
        at_work = self._world.days.at_work(drafts.draws, f"churn/{event}", drawn)
        return np.where(may, np.where(at_work >= base, at_work, drawn), NEVER)

    @cached_property
    def is_there(self) -> Flags:
        """Whether an image exists at the time of the view."""
        found: Flags = (self.begins <= self._at) & (self.deleted > self._at)
        return found

    @cached_property
    def is_saving(self) -> Flags:
        """Whether its data is on its way at the time of the view."""
        drafts = self._drafts
        found: Flags = drafts.is_tenants & drafts.is_uploaded & (self.active > self._at)
        return found

    def has_come(self, event: Ints) -> Flags:
        """Return whether an event has come at the time of the view."""
        found: Flags = event <= self._at
        return found

    def latest(self, touched: Ints) -> Ints:
        """Return when an image last changed; `touched` is a change that no other field shows."""
        found = self._created
        for event in (self.active, touched, self.renamed, self.hidden, self.unshared):
            found = np.where((event <= self._at) & (event > found), event, found)
        return found
