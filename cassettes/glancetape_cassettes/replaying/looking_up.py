"""A request of a client on its way to an answer: redacted and reduced to its question once.

Recorded answers, proofs, the image set and the miss all read the same `Lookup`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from glancetape_cassettes.interaction import Request
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.policy import PLACEHOLDER
from glancetape_cassettes.replaying.entries import RedactedAlike
from glancetape_cassettes.replaying.logins import Login, login_of
from glancetape_cassettes.replaying.question import (
    Asked,
    Question,
    conditions_in,
    error_form,
    host_of,
    question_of,
)
from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded, settle_names
from glancetape_cassettes.replaying.recorded_terms.replaced_values import why_not_the_same
from glancetape_cassettes.service import Service, service_of_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A request, and what it is in the terms of each group of recordings."""

    request: Request
    as_recorded: tuple[AsRecorded, ...]
    """One for each group; empty when nothing is recorded."""
    login: Login | None = None
    """The kind of login that it is; None for other requests."""

    @property
    def is_recorded(self) -> bool:
        """Whether the same question was recorded, of whichever caller and in whichever state."""
        return any(form.same_question for form in self.as_recorded)


def look_up(
    request: Request, groups: Sequence[RedactedAlike], *, project: str | None, any_host: bool
) -> Lookup:
    """Put a request into the terms of each group.

    `project` is an id of the caller's own that takes the place of the recorded one. With `any_host`
    the host of the request means nothing: the client named us, not a cloud.
    """
    forms = tuple(_as_recorded(request, group, project, any_host) for group in groups)
    login = login_of(request)
    if forms and service_of_path(forms[0].asked.question.path) is Service.KEYSTONE:
        forms = settle_names(forms, login)
    return Lookup(request=request, as_recorded=forms, login=login)


def _as_recorded(
    request: Request, group: RedactedAlike, project: str | None, any_host: bool
) -> AsRecorded:
    recorded = group.only_project() if project else None
    named = _with_project(request, project, recorded) if project and recorded else request
    redacted, restore = group.redactor.request(named) if group.redactor else (named, {})
    if project and recorded:
        restore = restore | {recorded: project}
    asked = Asked(
        question=group.question_of(redacted),
        host=None if any_host else host_of(request.uri),
        caller=group.caller_of(redacted),
        error_form=error_form(request.headers),
    )
    replaced = group.redactor.without_key(named) if group.redactor else None
    any_key = group.question_of(replaced) if replaced is not None else None
    return AsRecorded(
        group=group,
        asked=asked,
        uri=redacted.uri,
        body=redacted.body,
        restore=restore,
        not_known=_why_not_known(named, redacted, restore, group),
        absent_key=group.key_id if _needs_key(replaced, any_key, asked, group) else None,
        loses_case=_loses_case(named.uri, redacted.uri),
        under_any_key=any_key,
    )


_WORD = PLACEHOLDER.encode()


def _why_not_known(
    named: Request, redacted: Request, restore: dict[str, str], group: RedactedAlike
) -> str:
    """Why it is not known what a request asks, as its recording does not show some of its values.

    Most requests are kept as they were sent, but for ids: then nothing has to be redacted again.
    """
    if group.redactor is None:
        return ""
    uri = redacted.uri
    for stand_in, real in restore.items():
        uri = uri.replace(stand_in, real)
    after = uri, redacted.body, conditions_in(redacted.headers)
    before = named.uri, named.body, conditions_in(named.headers)
    if after == before and PLACEHOLDER not in f"{uri} {after[2]}" and _WORD not in redacted.body:
        return ""
    kept = group.redactor.without_stand_ins(named)
    return why_not_the_same(question_of(named), question_of(kept))


_ID_IN_UPPER_CASE = lazy_compile(
    r"(?<![0-9A-Fa-f])(?=[0-9a-f-]*[A-F])"
    r"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Fa-f])"
)


def _loses_case(uri: str, redacted: str) -> bool:
    """Whether an id in upper case was replaced.

    To Glance, `owner=0A1B...` is another owner than `owner=0a1b...` on SQLite; on MySQL it is not.
    In cassettes from before version 0.2.0 both have the same stand-in.
    """
    kept = unquote(redacted)
    return any(one not in kept for one in _ID_IN_UPPER_CASE.findall(unquote(uri)))


def _needs_key(
    replaced: Request | None, question: Question | None, asked: Asked, group: RedactedAlike
) -> bool:
    """Whether the recording has a stand-in where the request has a real id or name.

    `replaced` is the request with stand-ins of another key, `question` what it asks. A token is not
    compared like an id: every run has a new one.

        recorded   GET /v2/images?owner=facade00c345...
        asked      GET /v2/images?owner=0a1b2c3d4e5f...   the same project, or another: who knows
    """
    if replaced is None:
        return False
    caller = group.caller_of(replaced)
    shown = asked.caller.project if asked.caller else None
    is_same_project = shown is None or caller == asked.caller
    return not is_same_project or question != asked.question


def _with_project(request: Request, own: str, recorded: str) -> Request:
    """The request with the recorded project wherever it names the caller's own."""
    uri = request.uri
    for spelt in {own, quote(own, safe="")}:
        uri = uri.replace(spelt, recorded)
    headers = tuple((name, recorded if value == own else value) for name, value in request.headers)
    body = request.body.replace(own.encode(), recorded.encode())
    return replace(request, uri=uri, headers=headers, body=body)
