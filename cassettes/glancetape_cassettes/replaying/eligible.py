"""Among recordings of the same question: whose, and from which host, may be given to this caller.

Every function takes candidates and gives those that are left, or the reason why none is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.replaying.closest import Asked
from glancetape_cassettes.replaying.question import given_form, project_in

_NO_CALLER = frozenset(["/", "/versions", "/versions/", "/image/", "/image/versions"])


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recording of the question; `asked` is the request in its cassette's terms."""

    place: Any
    recorded: Asked
    asked: Asked
    uri: str
    asked_uri: str
    known_callers: frozenset[str | None] | set[str | None]


class Unfit(Exception):
    """No candidate may be given; says why in one sentence."""


def narrow(candidates: list[Candidate]) -> list[Candidate]:
    """Leave those that this caller may get, the best worded first. Raises Unfit."""
    candidates = _by_host(candidates)
    if candidates[0].asked.question.path not in _NO_CALLER:
        candidates = _by_caller(candidates)
    candidates = _prefer(candidates, lambda one: _query(one.uri) == _query(one.asked_uri))
    return _prefer(candidates, lambda one: one.recorded.error_form == one.asked.error_form)


def check_form(candidate: Candidate, response: Response) -> None:
    """Refuse an error that the caller would have been told otherwise. Raises Unfit."""
    recorded, asked = candidate.recorded, candidate.asked
    if response.status == 401 and recorded.whose is None and asked.whose is not None:
        raise Unfit("It is recorded without credentials only, as refused.")
    if response.status < 400 or recorded.error_form in (None, asked.error_form):
        return
    # An error in another form than was asked for: this service does not go by Accept.
    if given_form(response.headers) in (None, recorded.error_form):
        raise Unfit(
            f"The recorded error is in {recorded.error_form}; the Accept header asks for "
            f"{asked.error_form or 'text'}."
        )


def _by_host(candidates: list[Candidate]) -> list[Candidate]:
    if candidates[0].asked.host is not None:
        same = [one for one in candidates if one.recorded.host == one.asked.host]
        if not same:
            raise Unfit("It is recorded from another host only.")
        return same
    hosts = sorted({one.recorded.host or "" for one in candidates})
    if len(hosts) > 1:
        raise Unfit(f"It is recorded from several hosts ({', '.join(hosts)}); ask by the proxy.")
    return candidates


def _by_caller(candidates: list[Candidate]) -> list[Candidate]:
    same = [one for one in candidates if one.recorded.whose == one.asked.whose]
    if same:
        return same
    for one in candidates:
        caller = one.asked.whose
        if project_in(caller) is not None:
            raise Unfit("It is recorded for another project only (see replay --project).")
        if caller is not None and caller in one.known_callers:
            raise Unfit("It is recorded for other callers, not for this one.")
    # Stand-ins of two keys cannot be compared: the same caller counts twice then.
    callers = {(id(one.known_callers), one.recorded.whose) for one in candidates}
    if len(callers) > 1:
        raise Unfit(
            f"It is recorded for {len(callers)} callers, and nothing tells which of them asks; "
            "send the token or project id of one."
        )
    return candidates


def _prefer(candidates: list[Candidate], fits: Callable[[Candidate], bool]) -> list[Candidate]:
    return [one for one in candidates if fits(one)] or candidates


def _query(uri: str) -> str:
    return uri.partition("?")[2]
