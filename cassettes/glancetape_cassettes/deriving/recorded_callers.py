"""Whose lists a recording holds, and choosing one caller's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from glancetape_cassettes.errors import BadParameter, GlancetapeError
from glancetape_cassettes.formats.cassette import Cassette
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.redaction.redactor import Redactor, redactor_like
from glancetape_cassettes.redaction.stand_ins import StandIns, find_key
from glancetape_cassettes.replaying.callers import Caller
from glancetape_cassettes.replaying.changes import changes_images
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.question import asks_for_list
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.replaying.timeline import in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCaller:
    """A caller at a host, from whom lists are recorded."""

    group: RedactedAlike
    host: str | None
    caller: Caller | None

    @property
    def project(self) -> str | None:
        """The project as it is recorded; None when the requests do not show it."""
        return self.caller.project if self.caller else None

    @property
    def name(self) -> str:
        """For people: `project 1bed8568`."""
        return self.caller.shown if self.caller else "a caller without credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCallers:
    """The callers in a recording, and what helps to choose one: the key, and a project id."""

    recorded: RecordedAnswers
    stand_ins: StandIns | None
    project: str | None
    """As the user named it: an own project, or a recorded one."""

    @classmethod
    def of(cls, cassettes: Iterable[Cassette], project: str | None, key_file: Path | None) -> Self:
        """The callers in cassettes, with the user's key. Raises GlancetapeError."""
        if project is not None and not (project and project.isprintable()):
            raise BadParameter("the project id must be printable text.")
        key = find_key(key_file)
        return cls(
            recorded=RecordedAnswers(cassettes, lambda _: None),
            stand_ins=StandIns(key) if key else None,
            project=project,
        )

    def all(self) -> list[RecordedCaller]:
        """Those who got lists, the one with most requests first."""
        asked: dict[tuple[int, str | None, Caller | None], list[Entry]] = {}
        for group in self.recorded.groups:
            for entry in group:
                if asks_for_list(entry.asked.question):
                    key = group.number, entry.asked.host, entry.asked.caller
                    asked.setdefault(key, []).append(entry)
        return [
            RecordedCaller(group=self.recorded.groups[number], host=host, caller=caller)
            for (number, host, caller), entries in sorted(
                asked.items(), key=lambda one: -len(one[1])
            )
            if any(one.cassette.json_answer(one.index)[0] == 200 for one in entries)
        ]

    def chosen(self) -> list[RecordedCaller]:
        """Those whose project the user named; all when none was named, or only one is recorded."""
        callers = self.all()
        if self.project is None:
            return callers
        named = [one for one in callers if one.caller and one.caller.id == self.project]
        if not named:
            named = [
                one for one in callers if one.project and one.project == self.stand_in_of(one.group)
            ]
        if not named and len({one.project for one in callers}) == 1:
            return callers  # an own project takes the place of the recorded one
        return named

    def stand_in_of(self, group: RedactedAlike) -> str | None:
        """The stand-in of the user's project in a group; None when the key is not here."""
        key_id = redaction_of(group).key_id
        if self.project is None or self.stand_ins is None or self.stand_ins.key_id != key_id:
            return None
        return self.stand_ins.identity(self.project)

    def redactor(self, group: RedactedAlike) -> Redactor | None:
        """What redacts an answer as the answers of a group were; None for foreign cassettes."""
        return redactor_like(redaction_of(group), self.stand_ins)


def redaction_of(group: RedactedAlike) -> Redaction:
    """How the cassettes of a group were redacted."""
    return next(iter(group)).cassette.redaction


def last_lists(caller: RecordedCaller) -> list[Entry]:
    """The lists that a caller asked for in the last state that has any, in the order of time.

    Where a question was recorded twice, the later recording counts.
    """
    found: list[Entry] = []
    begun = False
    for entry in in_order(caller.group):
        if changes_images(entry):
            begun = True
        elif asks_for_list(entry.asked.question) and (entry.asked.host, entry.asked.caller) == (
            caller.host,
            caller.caller,
        ):
            if begun:
                found, begun = [], False
            found.append(entry)
    latest = {(one.uri, one.asked.question.api_version): one for one in found}
    return list(latest.values())


def only_one(callers: Sequence[RecordedCaller], what_to_do: str) -> RecordedCaller:
    """The only caller. Raises GlancetapeError that lists them when there are more, or none."""
    if not callers:
        raise GlancetapeError("no list is recorded for that project.")
    if len(callers) > 1:
        names = ", ".join(f"{one.name} at {one.host}" for one in callers)
        raise GlancetapeError(f"lists of several callers are recorded ({names}); {what_to_do}.")
    return callers[0]
