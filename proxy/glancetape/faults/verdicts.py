"""Verdicts: whether a client survived a misbehaviour of the lab.

A client is judged by the images that its command printed, compared with what it printed of a cloud
that behaves; a command that prints none, by its exit status.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from glancetape.faults.misbehaviours import LabRun, Misbehaviour
from glancetape_cassettes.nouns import counted

_ID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", re.ASCII
)
_WORD = r"[\w.:/-]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a command ended, and what it printed."""

    status: int | None
    """None when it was ended by us, because it took too long or asked the same for ever."""
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a client survived, and how it showed."""

    survives: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaved:
    """What a command printed of a cloud that behaves."""

    by: str
    """What tells its images apart: "id", "name", or "" when it printed neither."""
    printed: Mapping[str, int]
    """Id or name -> how often it was printed."""

    @classmethod
    def of(cls, printed: str, run: LabRun) -> "Behaved":
        """What a command printed while the cloud showed the images of a run."""
        ids = _ids(printed, run.shown)
        if ids:
            return cls(by="id", printed=ids)
        names = _names(printed, run.shown.values())
        return cls(by="name" if names else "", printed=names)

    def judge(self, row: Misbehaviour, ending: Ending, run: LabRun) -> Verdict:
        """The verdict on a client that met a misbehaviour."""
        if ending.status is None:
            return Verdict(survives=False, why="did not end")
        if ending.status:
            why = f"ended with status {ending.status}"
            return Verdict(survives=row.may_fail, why=why)
        if not self.by or (self.by == "name" and row.renames):
            return Verdict(survives=True, why="ended well")
        now = (
            _ids(ending.printed, self.printed)
            if self.by == "id"
            else _names(ending.printed, self.printed)
        )
        gone = run.deleted if self.by == "id" else {run.shown.get(one, "") for one in run.deleted}
        missing = [one for one in self.printed if one not in now and one not in gone]
        twice = [one for one, times in now.items() if times > self.printed[one]]
        if missing:
            why = f"{len(missing):,} of {counted(len(self.printed), 'image')} missing"
        elif twice:
            why = f"{counted(len(twice), 'image')} twice"
        else:
            why = f"all {counted(len(now), 'image')}"
        return Verdict(survives=not (missing or twice), why=why)


def _ids(printed: str, known: Iterable[str]) -> Counter[str]:
    wanted = set(known)
    return Counter(one for one in _ID.findall(printed) if one in wanted)


def _names(printed: str, known: Iterable[str]) -> Counter[str]:
    """How often each name stands alone in a text; a name inside a longer one does not count."""
    names = sorted({one for one in known if one}, key=len, reverse=True)
    if not names:
        return Counter()
    either = "|".join(map(re.escape, names))
    return Counter(re.findall(rf"(?<!{_WORD})(?:{either})(?!{_WORD})", printed))
