"""Pages of lists as they were recorded, and their links."""

from dataclasses import dataclass

from glancetape_cassettes.interaction import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPage:
    """A page of a list, as it was recorded."""

    time: int
    """Its number in the order of time, among everything recorded."""
    source: Source
    query: str
    ids: tuple[str, ...]
    has_next: bool
    problem: str = ""
    """Why its images cannot be put in order; "" when they can."""
    explained: tuple[str, ...] | None = None
    """For a page that is not a part of what the view shows in its state, the images that a recorded
    change before it may have altered: it shows nothing of them. None for a page of the state."""
    of_other: bool = False
    """Whether another caller got it, who is sure to see the public images only."""
    version: str = ""
    """The version of the API whose rules it follows; "" if that is the view's."""
    second: int | None = None
    """When it was recorded, in whole seconds since 1970; None without a date."""

    @property
    def only_contradicts(self) -> bool:
        """Whether it is of a later state, or another caller's: no part of a walk, and may still
        contradict one."""
        return self.explained is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLinks:
    """The links of a recorded page, and the query that it answers."""

    source: Source
    query: str
    first: str | None
    next: str | None
    last: str
    """The id of its last image; "" without images."""
