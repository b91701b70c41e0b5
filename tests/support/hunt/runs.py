"""A cassette that is recorded in two runs: the second one replays the first, or replaces it.

first run    GET list, PATCH image, GET list
second run   GET list, PATCH image   replayed in mode `new_episodes`: the service gets neither
             GET name=a              recorded: it is of the cloud as the first run left it

In mode `all` everything is sent, and what is asked for again takes the place of what was recorded.
What the first run changed by requests that are in no cassette any more has happened all the same.
"""

from collections.abc import Collection, Hashable
from dataclasses import replace

from glancetape_cassettes.interaction import Request
from support.hunt.people import Person
from support.hunt.recording import CONDITIONS, Event, Recording
from support.hunt.world import Change

NEW_EPISODES, ALL = "new_episodes", "all"


def superseded(recording: Recording) -> set[int]:
    """Return the numbers of the events of a first run that a second one asked for again."""
    people = recording.scene.people
    again = {
        identity(people[one.who], one.request) for one in recording.events if is_of_second(one)
    }
    return {
        one.number
        for one in recording.events
        if not is_of_second(one) and identity(people[one.who], one.request) in again
    }


def is_of_second(event: Event) -> bool:
    """Whether an event is of the second run."""
    return event.run == 2


def identity(person: Person, request: Request) -> Hashable:
    """Return what two recordings of one question share: a token lasts for one run only."""
    who = person.project if person.shows == "project" else person.shows
    version = dict(request.headers).get("X-Api-Version")
    is_conditional = any(one in CONDITIONS for one in request.headers)
    return request.method, request.uri, request.body, who, version, is_conditional


def without_events(recording: Recording, gone: Collection[int]) -> Recording:
    """Return the recording without some events; what these changed has happened unseen."""
    places = [0]  # how many of the events before a place are left
    for event in recording.events:
        places.append(places[-1] + (event.number not in gone))
    changes: list[tuple[tuple[int, int, int], Change]] = [
        ((place, 0, number), change) for number, (place, change) in enumerate(recording.silent)
    ]
    changes += [
        ((one.number, 1, 0), one.change)
        for one in recording.events
        if one.number in gone and one.change is not None
    ]
    changes.sort(key=lambda one: one[0])
    number_of = {
        number: new for new, ((_, kind, number), _) in enumerate(changes) if kind == 0
    }  # of a silent change, as it was before
    events = [
        replace(
            one,
            number=places[one.number],
            shows=number_of[one.shows - 1] + 1 if one.shows else 0,
        )
        for one in recording.events
        if one.number not in gone
    ]
    silent = [(places[place], change) for (place, *_), change in changes]
    return replace(recording, events=events, silent=silent, traces={})
