"""The pagination lab: answers lists of images as the chosen misbehaviours say."""

from collections.abc import Iterable, Sequence

from glancetape.faults.draws import Draws
from glancetape.faults.list_pages import ListRequest
from glancetape.faults.misbehaviours import (
    MISBEHAVIOURS,
    Ask,
    Behave,
    LabRun,
    Misbehaviour,
    page_of,
)
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Miss


class Lab:
    """Answers lists of images as some misbehaviours say."""

    def __init__(self, names: Sequence[str], seed: int) -> None:
        """Misbehave in one way or in several. Raises BadParameter for an unknown name."""
        self._behave = [_row(name).behave for name in names]
        self._seed = seed
        self.run = LabRun(seed=seed, draws=Draws(seed))

    def misbehave(self, request: Request, ask: Ask) -> Answer | Miss | None:
        """The answer to a request for a list; None for any other request."""
        asked = ListRequest.read(request)
        if asked is None:
            return None
        self.run.times[asked.target] = self.run.times.get(asked.target, 0) + 1

        def shown(request: Request) -> Answer | Miss:
            outcome = ask(request)
            page = page_of(outcome)
            for image in page.images if page is not None else ():
                self.run.numbers.setdefault(image["id"], len(self.run.shown))
                self.run.shown[image["id"]] = str(image.get("name"))
            return outcome

        chain: Ask = shown
        for behave in self._behave:
            chain = self._through(behave, chain)
        outcome = chain(request)
        return outcome._replace(repeatable=False) if isinstance(outcome, Answer) else outcome

    def _through(self, behave: Behave, ask: Ask) -> Ask:
        def through(request: Request) -> Answer | Miss:
            asked = ListRequest.read(request)
            assert asked is not None
            return behave(self.run, asked, ask)

        return through

    def again(self) -> "Lab":
        """The same lab at the beginning of another run."""
        made = Lab((), self._seed)
        made._behave = self._behave
        return made


def names() -> tuple[str, ...]:
    """The names of the table."""
    return tuple(row.name for row in MISBEHAVIOURS)


def check_names(chosen: Iterable[str]) -> None:
    """Raise BadParameter for a name that is not in the table."""
    for name in chosen:
        _row(name)


def _row(name: str) -> Misbehaviour:
    for row in MISBEHAVIOURS:
        if row.name == name:
            return row
    raise BadParameter(f"{name!r} is not one of {', '.join(names())}.")
