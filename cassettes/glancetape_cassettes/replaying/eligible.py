"""Which recordings of the same question a caller may get.

Each step takes candidates and returns those that are left, or raises Unfit with the reason why
none is.

    asked by project A at host H; recorded: #1 A at H, #2 B at H, #3 A at another host
    by host -> #1, #2    by caller -> #1
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.replaying.callers import Caller, CallerKind, names_of
from glancetape_cassettes.replaying.entries import Entry, is_for_all_callers
from glancetape_cassettes.replaying.logins import Login
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.question import Asked, asks_for_list, given_form
from glancetape_cassettes.replaying.recorded_terms.as_recorded import AsRecorded, questions_meant
from glancetape_cassettes.replaying.recorded_terms.replaced_values import (
    why_perhaps_refused,
)
from glancetape_cassettes.service import Service, service_of_path

_Item = TypeVar("_Item")
_KeyedCaller = tuple[str | None, Caller | None]
"""A caller, and the id of the key that its stand-ins were made with."""
LOGINS = "POST /v3/auth/tokens and the request again"
"""What shows which project a token is of, for a new token: the earlier login is over."""
_MOST_SHOWN = 3
_CHECKED_FIRST = frozenset(
    "visibility changes-since member_status limit sort sort_key sort_dir os_hidden protected "
    "marker tag".split()
)
"""Parameters that Glance 33 checks in an order of its own (observed), or not at all."""
_WITH_THE_KEY = "Set GLANCETAPE_KEY to that key, or record with --keep-ids."


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Generic[_Item]):
    """Something recorded that may answer a request: one recording, or a view with many."""

    item: _Item
    example: Entry
    """A recorded request whose host and caller are those of the item."""
    form: AsRecorded
    """The request that is asked, in the example's terms."""

    @property
    def recorded(self) -> Asked:
        """The terms of the recorded request."""
        return self.example.asked

    @property
    def asked(self) -> Asked:
        """The terms of the request that is asked."""
        return self.form.asked


class Unfit(Exception):
    """No candidate may be given; says why in one sentence.

    `requests` are those whose recording would give an answer.
    """

    def __init__(
        self, why: str, *requests: str, needs_key: bool = False, is_of_others: bool = False
    ) -> None:
        """Keep the reason and what to record, or that it is the key that lacks.

        `is_of_others` if all candidates are those of other callers, or of other hosts.
        """
        super().__init__(why)
        self.requests = requests
        self.needs_key = needs_key
        self.is_of_others = is_of_others


def narrow(candidates: Sequence[Candidate[_Item]], lookup: Lookup) -> Sequence[Candidate[_Item]]:
    """The candidates that this caller may get, those with the nearest wording. Raises Unfit."""
    candidates = admitted(candidates, lookup)
    if lookup.login is not None:  # with another password, which nobody can compare
        candidates = _prefer(candidates, lambda one: one.example.is_admitted)
    candidates = _prefer(candidates, lambda one: _query(one.example.uri) == _query(one.form.uri))
    return _prefer(candidates, lambda one: one.recorded.error_form == one.asked.error_form)


def admitted(candidates: Sequence[Candidate[_Item]], lookup: Lookup) -> Sequence[Candidate[_Item]]:
    """The candidates that this caller may get, however the request is worded. Raises Unfit."""
    candidates = _by_host(candidates)
    _check_known(candidates)
    if not is_for_all_callers(candidates[0].example):
        _check_key(candidates, all)
        candidates = _by_caller(candidates, lookup)
        _check_key(candidates, any)
        if any(one.form.loses_case for one in candidates):
            raise Unfit("Stand-ins do not show whether an id is in upper or in lower case.")
    return candidates


def why_nothing(lookup: Lookup) -> Unfit:
    """Why no recorded request asks the same."""
    if not lookup.as_recorded:
        return Unfit("Nothing is recorded.")
    if lookup.login is not None:
        return _why_no_login(lookup, lookup.login)
    if _asks_keystone(lookup) and all(
        form.group.lacks_subject(lookup.request) for form in lookup.as_recorded
    ):
        return Unfit(
            "It asks about a token (X-Subject-Token) of no recorded login; ask about the token of "
            "a replayed login.",
            LOGINS,
        )
    if _asks_keystone(lookup) and not _has_keystone(lookup):
        return Unfit("Nothing is recorded from Keystone, not even a login.")
    for form in lookup.as_recorded:
        if form.absent_key is not None:
            return Unfit(_needs_key(form.absent_key), needs_key=True)
    return Unfit("No recorded request asks the same.")


def _why_no_login(lookup: Lookup, login: Login) -> Unfit:
    """Why a login is a miss: none is recorded, none of its kind, of others, or several."""
    kinds = sorted({str(one) for form in lookup.as_recorded for one in form.group.logins.values()})
    if not kinds:
        how = "" if _has_keystone(lookup) else ": the recording was made without Keystone"
        return Unfit(f"No login is recorded{how}.")
    if str(login) not in kinds:
        return Unfit(
            f"Recorded are logins with {' and with '.join(kinds)}; this one is with {login}."
        )
    keys = [form.absent_key for form in lookup.as_recorded if form.absent_key is not None]
    if keys:
        meant = [one for form in lookup.as_recorded for one in questions_meant(form, login)]
        return Unfit(
            f"It may be any of the {len(meant)} recorded logins with {login}: the recording has "
            f"stand-ins, whose key {keys[0]} is not here. {_WITH_THE_KEY}",
            needs_key=True,
        )
    if "application_credential" in login.method:
        named, secret = "application credential", "secret"
    else:
        named, secret = "user, domain or project", "password"
    return Unfit(
        f"The recorded logins with {login} name another {named}. Log in with the recorded names "
        f"and ids, and any {secret}."
    )


def _asks_keystone(lookup: Lookup) -> bool:
    return any(
        service_of_path(form.asked.question.path) is Service.KEYSTONE for form in lookup.as_recorded
    )


def _has_keystone(lookup: Lookup) -> bool:
    """Whether anything is recorded of Keystone, such as its versions."""
    return any(
        service_of_path(path) is Service.KEYSTONE
        for form in lookup.as_recorded
        for path in form.group.by_path
    )


def _check_key(
    candidates: Sequence[Candidate[_Item]], of_which: Callable[[Iterable[bool]], bool]
) -> None:
    """Refuse what cannot be compared without the key, in all or any of the candidates."""
    absent = [one.form.absent_key for one in candidates]
    if of_which(key is not None for key in absent):
        key = next(key for key in absent if key is not None)
        raise Unfit(_needs_key(key), needs_key=True)


def _needs_key(key_id: str) -> str:
    return (
        f"It names an id or a name, and the recording has stand-ins, whose key {key_id} is not "
        f"here. {_WITH_THE_KEY}"
    )


def _check_known(candidates: Sequence[Candidate[_Item]]) -> None:
    """Refuse a question of which recordings do not show what it asks. Raises Unfit."""
    if why := next((one.form.not_known for one in candidates if one.form.not_known), ""):
        raise Unfit(why)


def check_value(candidates: Sequence[Candidate[Entry]]) -> None:
    """Refuse a recorded refusal that may be that of another value. Raises Unfit."""
    redacted = [one for one in candidates if one.form.group.redactor]
    for one in {one.form.group.number: one for one in redacted}.values():
        statuses = (other.item.status for other in redacted)
        if why := why_perhaps_refused(one.asked.question, statuses):
            raise Unfit(why)


def check_order(candidate: Candidate[_Item], response: Response) -> None:
    """Refuse a recorded refusal of a list whose filters this request has in another order.

    Of several wrong values Glance names the first in the query. Raises Unfit.
    """
    if response.status < 400 or not asks_for_list(candidate.asked.question):
        return
    if _filters(candidate.form.uri) != _filters(candidate.example.uri):
        raise Unfit(
            "It was refused with its filters in another order, and Glance names the first that is "
            "wrong."
        )


def check_form(candidate: Candidate[_Item], response: Response) -> None:
    """Refuse a recorded error that this caller would have got in other words. Raises Unfit."""
    recorded, asked = candidate.recorded, candidate.asked
    if response.status == 401 and recorded.caller is None and asked.caller is not None:
        raise Unfit("It is recorded without credentials only, as refused.")
    if response.status < 400 or recorded.error_form in (None, asked.error_form):
        return
    # An error in another form than the recorded request asked for: this service ignores Accept.
    if given_form(response.headers) in (None, recorded.error_form):
        raise Unfit(
            f"The recorded error is in {recorded.error_form}; the Accept header asks for "
            f"{asked.error_form or 'text'}."
        )


def _by_host(candidates: Sequence[Candidate[_Item]]) -> Sequence[Candidate[_Item]]:
    if candidates[0].asked.host is not None:
        same = [one for one in candidates if one.recorded.host == one.asked.host]
        if not same:
            raise Unfit("It is recorded from another host only.", is_of_others=True)
        return same
    hosts = sorted({one.recorded.host or "" for one in candidates})
    if len(hosts) > 1:
        raise Unfit(
            f"It is recorded from several hosts ({', '.join(hosts)}); send it through the proxy."
        )
    return candidates


def _by_caller(
    candidates: Sequence[Candidate[_Item]], lookup: Lookup
) -> Sequence[Candidate[_Item]]:
    """Those of the caller. Who is not known is taken for the only caller of the whole recording.

    recorded   token s: #1 limit=1, token t: #2 limit=2
    asked      limit=1 by s -> #1, by t -> Unfit, by a new token -> Unfit: it may be that of t
    """
    same = [one for one in candidates if one.recorded.caller == one.asked.caller]
    if same:
        return same
    if all(one.asked.caller is None for one in candidates):
        # A test for missing credentials must not pass because the recording was made with some.
        raise Unfit(
            "It is recorded with credentials, and the request has none; send any token, as to the "
            "cloud."
        )
    if any(one.asked.caller is not None and one.asked.caller.project for one in candidates):
        raise Unfit(
            "It is recorded for another project only (see replay --own-project).",
            is_of_others=True,
        )
    _refuse_known_caller(lookup)
    _refuse_one_of_several(candidates, lookup)
    return [one for one in candidates if one.recorded.caller is not None] or candidates


def _refuse_known_caller(lookup: Lookup) -> None:
    """Raise Unfit if the recording shows who asks: then nobody else's answer may be given."""
    for form in lookup.as_recorded:
        caller, group = form.asked.caller, form.group
        # Many clients are refused without credentials before they log in: that is not a caller.
        known = group.callers if caller else group.who_may_ask(with_credentials=False)
        if caller in known:
            raise Unfit("It is recorded for other callers, not for this one.", is_of_others=True)


def _refuse_one_of_several(candidates: Sequence[Candidate[_Item]], lookup: Lookup) -> None:
    """Raise Unfit if the request may be from one of several callers of the recording.

    Stand-ins of two keys cannot be compared, so a caller under two keys counts twice.
    """
    of_keystone = service_of_path(candidates[0].recorded.question.path) is Service.KEYSTONE
    logged_in: set[_KeyedCaller] = set()
    callers: set[_KeyedCaller] = {
        (one.form.group.key_id, one.recorded.caller)
        for one in candidates
        if one.recorded.caller is not None
    }
    for form in lookup.as_recorded:
        group, with_credentials = form.group, form.asked.caller is not None
        may_ask = {*group.who_may_ask(with_credentials=with_credentials)}
        if not of_keystone:  # these may ask, though they asked nothing while it was recorded
            may_ask |= group.who_logged_in() | group.who_asked_elsewhere()
        callers |= {(group.key_id, one) for one in may_ask}
        logged_in |= {(group.key_id, one) for one in group.who_logged_in()}
    if len(callers) > 1:
        why = (
            f"The recording has {len(callers)} callers, and the request does not show which of "
            "them sends it"
        )
        if callers <= logged_in:
            raise Unfit(f"{why}; log in as one of them, or send its token or project id.")
        unknown = _of_unknown_logins(callers - logged_in)
        raise Unfit(f"{why}; send the token or project id of one. {unknown}", LOGINS)


def _of_unknown_logins(callers: Iterable[_KeyedCaller]) -> str:
    """What to do about callers whose logins are not recorded.

    A client that logs in again has another token, and only Keystone can say that both are of one
    project. What is recorded once more, with the login, is known to be that project's.
    """
    unknown = {caller for _, caller in callers if caller is not None}
    names = names_of(unknown)
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    tokens = sum(caller.kind is CallerKind.TOKEN for caller in unknown)
    perhaps = "; if one client got a new token, that does not show" if tokens > 1 else ""
    return (
        f"No login is recorded of {', '.join(names[:_MOST_SHOWN])}{more}{perhaps}. Record the "
        "request once more together with the login, or send X-Project-Id while recording."
    )


def _prefer(
    candidates: Sequence[Candidate[_Item]], fits: Callable[[Candidate[_Item]], bool]
) -> Sequence[Candidate[_Item]]:
    return [one for one in candidates if fits(one)] or candidates


def _filters(uri: str) -> list[str]:
    """The names of the filters whose values Glance checks in the order of the query."""
    names = (name for name, _ in parse_qsl(_query(uri), keep_blank_values=True))
    return [name for name in names if name not in _CHECKED_FIRST]


def _query(uri: str) -> str:
    return uri.partition("?")[2]
