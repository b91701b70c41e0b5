"""Why a request has the answer it has, in lines for a person."""

from dataclasses import replace

from glancetape.session.session import Session
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance
from glancetape_cassettes.service import READS

_CHANGE = "It is not asked again here: a change is played once, and a login gives out a token."
_GOES_ON = "It goes to its service: nothing recorded answers it, and glancetape records."


def explain(session: Session, request: Request, *, any_host: bool) -> list[str]:
    """The source of the answer to a request, and what proves it; or why there is no answer.

    Nothing is counted, and no state changes.
    """
    if request.method not in READS:
        return [_CHANGE]
    plain = without_lab(session)
    outcome = plain.answer(request, any_host=any_host)
    match outcome:
        case Answer():
            return [_of_answer(plain, outcome)]
        case Miss():
            return _of_miss(plain, outcome, request, any_host)
        case None:
            return [_GOES_ON]


def without_lab(session: Session) -> Session:
    """The session, whose lists do not misbehave: asking twice would change when they next do."""
    return session if session.lab is None else replace(session, lab=None)


def _of_answer(session: Session, answer: Answer) -> str:
    source = answer.source
    match answer.provenance:
        case Provenance.EXACT:
            return f"exact: the same request is recorded as {source}{_date(session, source)}."
        case Provenance.DERIVED:
            found = session.deriver.recognised if session.deriver is not None else None
            rules = f", by the rules of {found.names} ({found.signs})" if found else ""
            return f"derived: {source} proves it{rules}."
        case Provenance.SYNTHETIC:
            return f"synthetic: the simulated cloud ({session.dialect}) answers from {source}."


def _date(session: Session, source: str) -> str:
    for group in session.groups:
        for entry in group:
            if str(entry.source) == source:
                at = entry.cassette.interaction(entry.index).recorded_at
                return f" at {at}" if at else ""
    return ""


def _of_miss(session: Session, miss: Miss, request: Request, any_host: bool) -> list[str]:
    report = session.explain(miss, request, any_host=any_host)
    return [*report.lines, *(f"answerable with: {one}" for one in miss.answerable_with)]
