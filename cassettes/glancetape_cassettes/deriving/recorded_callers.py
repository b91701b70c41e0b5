"""Whose lists are recorded, and choosing one caller's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from glancetape_cassettes.collection.timeline import changes_something, in_order
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.formats.cassette import Cassette, Redaction
from glancetape_cassettes.redaction.redactor import Redactor, redactor_like
from glancetape_cassettes.redaction.stand_ins import StandIns, find_key
from glancetape_cassettes.replaying.question import asks_for_list, project_in
from glancetape_cassettes.replaying.recorded_answers import Entry, Group, Recording


@dataclass(frozen=True, slots=True)
class Caller:
    """One who asked for lists at a host."""

    group: Group
    host: str | None
    whose: str | None

    @property
    def project(self) -> str | None:
        """The project, as recorded; None when the requests do not tell it."""
        return project_in(self.whose)

    @property
    def name(self) -> str:
        """Name it for people."""
        return self.whose or "a caller without credentials"


@dataclass(frozen=True, slots=True)
class Known:
    """Cassettes and what helps to read them: the user's key, and the caller's own project."""

    recording: Recording
    stand_ins: StandIns | None
    project: str | None
    """As the user gave it: one's own, or as it is recorded."""

    @classmethod
    def of(cls, cassettes: Iterable[Cassette], project: str | None, key_file: Path | None) -> Self:
        """Find the key. Raises GlancetapeError."""
        if project is not None and not (project and project.isprintable()):
            raise BadParameter("--project must be printable text.")
        key = find_key(key_file)
        return cls(Recording(cassettes, lambda _: None), StandIns(key) if key else None, project)

    def callers(self) -> list[Caller]:
        """Give those who got lists, the one with most requests first."""
        asked: dict[tuple[int, str | None, str | None], list[Entry]] = {}
        groups = {id(group): group for group in self.recording.groups}
        for number, group in groups.items():
            for entry in group:
                if asks_for_list(entry.asked.question):
                    key = number, entry.asked.host, entry.asked.whose
                    asked.setdefault(key, []).append(entry)
        return [
            Caller(groups[number], host, whose)
            for (number, host, whose), entries in sorted(
                asked.items(), key=lambda one: -len(one[1])
            )
            if any(one.cassette.json_answer(one.index)[0] == 200 for one in entries)
        ]

    def named(self, callers: Sequence[Caller]) -> list[Caller]:
        """Leave those whose project was given; without one, or when there is just one, all."""
        if self.project is None:
            return list(callers)
        exactly = [one for one in callers if (one.whose or "").partition(" ")[2] == self.project]
        if not exactly:
            exactly = [
                one for one in callers if one.project and one.project == self.stand_in_of(one.group)
            ]
        if not exactly and len({one.project for one in callers}) == 1:
            return list(callers)  # an id of the user's own that stands for the recorded one
        return exactly

    def stand_in_of(self, group: Group) -> str | None:
        """Give the stand-in of the user's project in a recording; None when nothing tells it."""
        key_id = redaction_of(group).key_id
        if self.project is None or self.stand_ins is None or self.stand_ins.key_id != key_id:
            return None
        return self.stand_ins.identity(self.project)

    def redactor(self, group: Group) -> Redactor | None:
        """Give what makes answers comparable with a recording's."""
        return redactor_like(redaction_of(group), self.stand_ins)


def redaction_of(group: Group) -> Redaction:
    """Tell how the recordings of a group were redacted."""
    return next(iter(group)).cassette.redaction


def last_lists(caller: Caller) -> list[Entry]:
    """Give what a caller asked for in the last state that has lists, in the order of time.

    Of the same question the last recording counts.
    """
    found: list[Entry] = []
    begun = False
    for entry in in_order(caller.group):
        if changes_something(entry):
            begun = True
        elif asks_for_list(entry.asked.question) and (entry.asked.host, entry.asked.whose) == (
            caller.host,
            caller.whose,
        ):
            if begun:
                found, begun = [], False
            found.append(entry)
    latest = {(one.uri, one.asked.question.api_version): one for one in found}
    return list(latest.values())


def only_one(callers: Sequence[Caller], what: str) -> Caller:
    """Give the only caller. Raises GlancetapeError that lists them when there are more."""
    if not callers:
        raise GlancetapeError("no list is recorded for that project.")
    if len(callers) > 1:
        names = ", ".join(f"{one.name} at {one.host}" for one in callers)
        raise GlancetapeError(f"lists of several callers are recorded ({names}); {what}.")
    return callers[0]
