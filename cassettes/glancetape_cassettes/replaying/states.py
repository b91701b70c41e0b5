"""In which state of the cloud each request was recorded, and whether it is the one of a replay.

The state of the cloud is the set of changes that were made. A recorded request shows the state
that the changes before it led to; during replay, the changes that were played lead to one. The
recorded answer is right if no change that matters to the request is in only one of the two:

    recorded   GET X #1, PATCH X #2, GET X #3, PATCH Y #4, GET X #5
    played     nothing   #1 is right; #3 and #5 are not, since PATCH X matters to them
               #4        #1 is right: PATCH Y does not matter to it
               #2        #3 and #5 are right

An image that was made and deleted again matters to nobody before and after:

    recorded   GET list #1, POST Z #2, GET list #3, DELETE Z #4, GET list #5
    played     nothing   #1 and #5 are right
               #2        #3 is right
               #2, #4    #1 and #5 are right

Of two answers that are right, the one with nothing between wins: #1 if nothing was played. And an
answer is not right if it shows an image that was updated after a change that was not played:
the image was updated unseen, and only after that change. A played change may explain it.

    recorded   POST Z #1, DELETE Z #2, GET list #3 with B, updated after POST Z
    played     nothing   #3 is not right: the list looked otherwise before POST Z

Cassettes have an order in time among each other only where their dates show it. A request that may
have been recorded before a change of another cassette, or after it, has several states, and its
answer is right only if it is right for each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from glancetape_cassettes.dates import NEVER
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.changes import Change, Shows, Subject, change_of
from glancetape_cassettes.replaying.clocks import clocks_apart
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.in_view.image_services import Address, ImageServices, address_of
from glancetape_cassettes.replaying.in_view.visible import VisibleImages
from glancetape_cassettes.replaying.timeline import (
    in_order,
    seconds_of,
    time_of,
    updated_in,
)

_MOST_SHOWN = 100
_MOST_KEPT = 1000
_MOST_BEFORE = 100
"""Answers before a change that are read to see whether its cloud notes the time of a change."""
Changes = int
"""A set of changes: bit n is the change with number n."""


def first_changes(count: int) -> Changes:
    """The changes with the numbers below `count`."""
    return (1 << count) - 1


@dataclass(frozen=True, slots=True)
class _ChangesOfCassette:
    """The changes in one cassette, in order."""

    numbers: list[int]
    """Their positions among the changes of all cassettes."""
    indexes: list[int]
    """Their positions in the cassette."""
    seconds: list[int]
    """When they were recorded; empty when the cassette has no dates."""


@dataclass(slots=True)
class _LifeOfImage:
    """The changes of one image."""

    all: Changes = 0
    made: Changes = 0
    deleted: Changes = 0

    def is_absent_after(self, changes: Changes) -> bool:
        """Whether the image surely does not exist: not made yet, or deleted."""
        return bool(self.deleted & changes or (self.made and not self.made & changes))


@dataclass(slots=True, kw_only=True)
class Played:
    """What a replay has played so far; each replay of a recording has one of its own."""

    places: set[tuple[int, int]] = field(default_factory=set)
    """The requests that are played once."""
    changes: Changes = 0


class RecordedStates:
    """All recorded requests in the order of time, and between which changes each was sent.

    Changes count over all cassettes, whatever they are redacted with.
    """

    def __init__(self, groups: Sequence[RedactedAlike]) -> None:
        """Put the requests of all groups in order."""
        self._groups = groups
        group_of = {entry.place: group.number for group in groups for entry in group}
        self.entries = in_order(entry for group in groups for entry in group)
        self.changes: list[Change] = [
            change
            for entry in self.entries
            if (change := change_of(entry, group_of[entry.place])) is not None
        ]
        self._number_of = {one.entry.place: number for number, one in enumerate(self.changes)}
        self._mattering: dict[Subject, Changes] = {}
        self._of_caller: dict[Caller | None, Changes] = {}
        self._visible: dict[int, VisibleImages] = {}
        self.services = ImageServices(self.entries)
        self._changed = {one.image_id for one in self.changes if one.image_id}
        self._lives = self._lives_of_images()
        self._of_images = self._of_any_image = self._of_new_image = 0
        for number, change in enumerate(self.changes):
            self._of_images |= change.touches_images << number
            is_of_any = change.touches_images and not change.image_id
            self._of_any_image |= (is_of_any and not change.makes) << number
            self._of_new_image |= (is_of_any and change.makes) << number
        self._times: dict[int, float] = {}
        self._earliest: dict[Changes, int | None] = {}
        self._updated: dict[tuple[int, int], Sequence[tuple[str, float, float]]] = {}
        self._seconds: dict[tuple[int, int], int | None] = {}
        by_cassette: dict[int, list[Entry]] = {}
        for entry in self.entries if self.changes else ():
            by_cassette.setdefault(entry.cassette_number, []).append(entry)
        if len(by_cassette) > 1:
            for each in by_cassette.values():
                self._seconds |= seconds_of(each)
        self._by_cassette = {
            number: self._changes_of(number)
            for number in {one.entry.cassette_number for one in self.changes}
        }

    def _lives_of_images(self) -> dict[tuple[Address | None, str], _LifeOfImage]:
        """The changes of each image, by its service and id."""
        lives: dict[tuple[Address | None, str], _LifeOfImage] = {}
        for number, change in enumerate(self.changes):
            if change.image_id:
                life = lives.setdefault(self._image_of(change), _LifeOfImage())
                life.all |= 1 << number
                if change.succeeded:
                    life.made |= change.makes << number
                    life.deleted |= change.deletes << number
        return lives

    def _image_of(self, change: Change) -> tuple[Address | None, str]:
        """The image of a change: two services may have images with the same id."""
        return self.services.name_of(address_of(change.entry)), change.image_id or ""

    def _changes_of(self, cassette: int) -> _ChangesOfCassette:
        found = [
            (number, one.entry)
            for number, one in enumerate(self.changes)
            if one.entry.cassette_number == cassette
        ]
        seconds = [self._seconds.get(entry.place) for _, entry in found]
        return _ChangesOfCassette(
            [number for number, _ in found],
            [entry.index for _, entry in found],
            [one for one in seconds if one is not None],
        )

    @cached_property
    def _apart(self) -> float:
        """By how many seconds the dates of two cassettes must differ to show an order."""
        is_one = len({entry.cassette_number for entry in self.entries}) < 2
        return 0 if is_one else clocks_apart(self.entries)

    @cached_property
    def latest(self) -> Sequence[int]:
        """For each of the entries, the last one that it may come after.

        That is itself, unless an entry of another cassette has the same second:

            a.yaml  10:00:00 #1, 10:00:01 #2    b.yaml  10:00:01 #3, 10:00:02 #4
            latest        #1           #3                     #3           #4

        If the clocks of the two recorders differ, seconds that are so far apart are the same.
        Without dates, the order in which the cassettes are named is that of the user.
        """
        by_cassette: dict[int, list[Entry]] = {}
        for entry in self.entries:
            by_cassette.setdefault(entry.cassette_number, []).append(entry)
        seconds: dict[tuple[int, int], int | None] = {}
        for each in by_cassette.values() if len(by_cassette) > 1 else ():
            seconds |= seconds_of(each)
        if not seconds or None in seconds.values():
            return range(len(self.entries))
        found, last_of = [], dict.fromkeys(by_cassette, -1)  # the last one not later than an entry
        following = 0
        for position, entry in enumerate(self.entries):
            until = (seconds[entry.place] or 0) + self._apart
            while following < len(self.entries):
                one = self.entries[following]
                if (seconds[one.place] or 0) > until:
                    break
                last_of[one.cassette_number] = following
                following += 1
            others = (last for number, last in last_of.items() if number != entry.cassette_number)
            found.append(max((position, *others)))
        return found

    def number_of(self, entry: Entry) -> int | None:
        """The number of a change; None for any other request."""
        return self._number_of.get(entry.place)

    def of(self, entry: Entry) -> tuple[int, int]:
        """How many changes were made before a request, at least and at most.

        The two differ when a change in another cassette has the same second, or no date, or when
        the clocks of the two recorders differ by more than what is between.
        """
        if not self.changes:
            return 0, 0
        first, last = len(self.changes), 0
        second = self._seconds.get(entry.place)
        for cassette, changes in self._by_cassette.items():
            if cassette == entry.cassette_number:
                surely = possibly = bisect_left(changes.indexes, entry.index)
            elif second is None or not changes.seconds:
                surely, possibly = 0, len(changes.numbers)
            else:
                surely = bisect_left(changes.seconds, second - self._apart)
                possibly = bisect_right(changes.seconds, second + self._apart)
            if surely < len(changes.numbers):
                first = min(first, changes.numbers[surely])
            if possibly:
                last = max(last, changes.numbers[possibly - 1] + 1)
        return first, max(first, last)

    def mattering(self, subject: Subject) -> Changes:
        """The changes that may alter what a subject shows."""
        if subject.shows is Shows.LIST and subject.image_id not in self._changed:
            subject = replace(subject, image_id="")  # no change is of the marker
        if subject not in self._mattering:
            found = 0
            for number, change in enumerate(self.changes):
                is_of = change.is_of(subject)
                if is_of is None:
                    is_of = not self._is_hidden(change, subject)
                found |= is_of << number
            self._mattering[subject] = found
        return self._mattering[subject]

    def difference(self, subject: Subject, one: Changes, other: Changes) -> Changes:
        """The changes in only one of two sets because of which a subject looks otherwise.

        Those of an image that exists after neither of the two do not matter, unless a list begins
        after it: Glance takes a deleted image as an operator's marker (observed).
        """
        differing = (one ^ other) & self.mattering(subject)
        if differing and subject.shows in (Shows.LIST, Shows.IMAGE):
            for number in numbers_in(differing):
                change = self.changes[number]
                if subject.shows is Shows.LIST and change.image_id == subject.image_id:
                    continue
                life = self._lives.get(self._image_of(change)) if change.image_id else None
                if life and life.is_absent_after(one) and life.is_absent_after(other):
                    differing &= ~life.all
        return differing

    def differences(self, entry: Entry, subject: Subject, played: Changes) -> Changes:
        """The changes because of which a request may be of another state than a replay's."""
        first, last = self.of(entry)
        found = self.difference(subject, first_changes(first), played)
        if first < last:
            unsure = first_changes(last) ^ first_changes(first)
            found |= unsure & self.mattering(subject)
        return found

    def of_caller(self, caller: Caller | None) -> Changes:
        """The changes that a caller made."""
        if caller not in self._of_caller:
            made = ((one.caller == caller) << number for number, one in enumerate(self.changes))
            self._of_caller[caller] = sum(made)
        return self._of_caller[caller]

    def equal_to(self, subject: Subject, played: Changes) -> frozenset[int]:
        """The recorded states in which a subject looks as in a replay; each is how many changes
        led to it.
        """
        return self._states_where(
            subject, lambda before: not self.difference(subject, before, played)
        )

    def same_as(self, subject: Subject, played: Changes) -> frozenset[int]:
        """Those of the states equal to a replay's that the very same changes led to, of those that
        matter to a subject.
        """
        mattering = self.mattering(subject)
        return self._states_where(subject, lambda before: not (before ^ played) & mattering)

    def _states_where(self, subject: Subject, is_one: Callable[[Changes], bool]) -> frozenset[int]:
        """The states whose changes fulfil a condition, which only those that matter decide."""
        mattering = self.mattering(subject)
        found: set[int] = set()
        for number in range(len(self.changes) + 1):
            decides = not number or mattering >> (number - 1) & 1
            if is_one(first_changes(number)) if decides else number - 1 in found:
                found.add(number)
        return frozenset(found)

    def shown_too_early(self, entry: Entry, played: Changes) -> tuple[int, str] | None:
        """A change that was not played, and an image that an answer shows as updated after it.

        None if there is no such image. Images of played changes are as these left them, or as what
        they started does: an upload goes on. One that made an image of unknown id explains new
        images, and no older one.
        """
        missing = self._missing(played, self.of(entry)[1])
        if not missing:
            return None
        number = self._earliest_in(missing)
        if number is None or self._is_followed(number, played & self._of_any_image):
            return None
        service = self.services.name_of(address_of(entry))
        has_new = self._is_followed(number, played & self._of_new_image)
        for image_id, time, made in self._updated_in(entry):
            life = self._lives.get((service, image_id))
            since = self._time_of(number)
            if time > since and not (life and life.all & played) and not (has_new and made > since):
                return number, image_id
        return None

    def _is_followed(self, number: int, changes: Changes) -> bool:
        """Whether one of some changes was surely made after the change with a number.

        Where the clocks of two recorders differ, a later number alone does not show it.
        """
        later = numbers_in(changes & ~first_changes(number))
        return any(self.of(self.changes[one].entry)[0] > number for one in later)

    def lacks_changes(self, played: Changes, count: int) -> bool:
        """Whether a replay has not played all changes of images among the first `count` changes."""
        return bool(self._missing(played, count))

    def _missing(self, played: Changes, count: int) -> Changes:
        return first_changes(count) & self._of_images & ~played

    def _earliest_in(self, missing: Changes) -> int | None:
        """Of some changes, the one that was made first; None if no time is known."""
        earliest = self._earliest.get(missing, -1)
        if earliest == -1:
            if len(self._earliest) >= _MOST_KEPT:  # another thread may look something up meanwhile
                self._earliest.clear()
            known = (one for one in numbers_in(missing) if self._time_of(one) > NEVER)
            earliest = self._earliest[missing] = min(known, key=self._time_of, default=None)
        return earliest

    def _time_of(self, number: int) -> float:
        if number not in self._times:
            entry = self.changes[number].entry
            position = self._positions[entry.place]
            before = self.entries[max(0, position - _MOST_BEFORE) : position]
            self._times[number] = time_of(entry, before)
        return self._times[number]

    @cached_property
    def _positions(self) -> dict[tuple[int, int], int]:
        return {entry.place: position for position, entry in enumerate(self.entries)}

    def _updated_in(self, entry: Entry) -> Sequence[tuple[str, float, float]]:
        """The images of an answer that were updated after the first change of the recording."""
        if entry.place not in self._updated:
            number = self._earliest_in(self._of_images)
            first = NEVER if number is None else self._time_of(number)
            self._updated[entry.place] = tuple(one for one in updated_in(entry) if one[1] > first)
        return self._updated[entry.place]

    def in_words(self, differing: Changes, played: Changes) -> str:
        """Why a request of another state is not answered, from the first change that differs."""
        number = next(numbers_in(differing))
        named = self._named(number)
        if played >> number & 1:
            return f"It was recorded before {named}, which has been played."
        return f"It was recorded after {named}, which has not been played."

    def too_early_in_words(self, number: int, image_id: str) -> str:
        """Why an answer is not given that shows an image as updated after a change."""
        return (
            f"It shows image {image_id[:_MOST_SHOWN]}, which was updated after "
            f"{self._named(number)}; that has not been played."
        )

    def _named(self, number: int) -> str:
        entry = self.changes[number].entry
        question = entry.asked.question
        return f"{question.method} {question.path[:_MOST_SHOWN]} ({entry.source})"

    def _is_hidden(self, change: Change, subject: Subject) -> bool:
        if change.group != subject.group or change.caller == subject.caller:
            return False
        if change.image_id == subject.image_id:
            return (
                False  # Glance refuses a marker that its caller may not see, and one that is gone
            )
        if change.group not in self._visible:
            group = self._groups[change.group]
            self._visible[change.group] = VisibleImages(
                group, self.changes, self.services, self._apart
            )
        return self._visible[change.group].is_hidden(change, subject.caller)


def numbers_in(changes: Changes) -> Iterator[int]:
    """The numbers of the changes in a set, in order."""
    while changes:
        lowest = changes & -changes
        yield lowest.bit_length() - 1
        changes ^= lowest
