"""A request in the terms of a recording, and what one without the key of its stand-ins can mean.

A login names a user and a project, and a recording has stand-ins for both. Where the key is absent
nobody can compare them; but if one login of a kind is recorded, it is the one that is meant:

    recorded   POST /v3/auth/tokens, password, for a project: standin-name-1, standin-name-2
    asked      POST /v3/auth/tokens, password, for a project: dana, demo     -> the recorded answer
    asked      POST /v3/auth/tokens, application_credential                  -> a miss

With the key, a login by ids is the login by names whose answer shows both (`logins.by_ids`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.replaying.entries import Entry, RedactedAlike
from glancetape_cassettes.replaying.logins import Login, by_ids
from glancetape_cassettes.replaying.question import Asked, Question

_STAND_IN = lazy_compile(
    r"facade00(?:[0-9a-f]{24}|-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|standin-(?:name|token|access)-[0-9a-f]{20}"
)
_TOKEN = lazy_compile(r"standin-token-[0-9a-f]{20}")
_READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsRecorded:
    """A request as it would be in the cassettes of one group, had it been recorded there."""

    group: RedactedAlike
    asked: Asked
    uri: str
    body: bytes = b""
    restore: dict[str, str]
    """The caller's ids that were replaced: {stand-in: id}."""
    not_known: str = ""
    """Why it is not known what the request asks, where redaction replaced a value; "" if it is."""
    absent_key: str | None = None
    """The id of the key without which an id or a name in the request cannot be compared."""
    loses_case: bool = False
    """Whether an id in upper case was replaced, which may have the stand-in of the lower case."""
    under_any_key: Question | None = None
    """The question with stand-ins of no meaning, when the key is absent that would make them."""

    @property
    def same_question(self) -> Sequence[Entry]:
        """The recorded requests that ask the same question."""
        return self.group.entries.get(self.asked.question, ())


def without_names(question: Question) -> Question:
    """The question with the same mark in place of every stand-in."""
    query = tuple((name, _STAND_IN.sub("*", value)) for name, value in question.query)
    return replace(question, query=query, body=_STAND_IN.sub("*", question.body))


def without_tokens(question: Question) -> Question:
    """The question with the same mark in place of every token: each run has a new one."""
    return replace(question, body=_TOKEN.sub("*", question.body))


def settle_names(forms: Sequence[AsRecorded], login: Login | None) -> tuple[AsRecorded, ...]:
    """The forms of a request to Keystone, with the only recording that it can mean.

    Nothing changes where a form has its recording, or where several could be meant.
    """
    if any(form.same_question for form in forms):
        return tuple(forms)
    known = [form if form.absent_key else _settled(form, login) for form in forms]
    if any(form.same_question for form in known):
        return tuple(known)
    meant = [
        (place, question)
        for place, form in enumerate(forms)
        if form.absent_key is not None
        for question in questions_meant(form, login)
    ]
    if len(meant) != 1:
        return tuple(forms)
    [(place, question)] = meant
    return (*forms[:place], _asking(forms[place], question), *forms[place + 1 :])


def _settled(form: AsRecorded, login: Login | None) -> AsRecorded:
    """A form whose names can be compared, with the last recording of the same login.

    It may differ in a token, which is new in each run, and in giving an id in place of a name.
    """
    if login is None:
        return form
    asked = without_tokens(form.asked.question)
    like = list(reversed(_logins_like(form, login)))
    same = [one for one in like if without_tokens(one.asked.question) == asked]
    same = same or [one for one in like if _is_same_by_ids(form, one)]
    return _asking(form, same[0].asked.question) if same else form


def _is_same_by_ids(form: AsRecorded, recorded: Entry) -> bool:
    answer = recorded.cassette.interaction(recorded.index).response
    sent = recorded.cassette.request(recorded.index).body
    asked, as_sent = by_ids(form.body, answer), by_ids(sent, answer)
    return asked is not None and _TOKEN.sub("*", asked) == _TOKEN.sub("*", as_sent or "")


def _shown_by_ids(recorded: Entry) -> str:
    """What is equal for recorded logins of the same, by names or by ids."""
    answer = recorded.cassette.interaction(recorded.index).response
    sent = by_ids(recorded.cassette.request(recorded.index).body, answer)
    return _TOKEN.sub("*", recorded.asked.question.body if sent is None else sent)


def _asking(form: AsRecorded, question: Question) -> AsRecorded:
    return replace(form, asked=replace(form.asked, question=question), absent_key=None)


def questions_meant(form: AsRecorded, login: Login | None) -> list[Question]:
    """The recorded questions that are like the request but for names, ids and secrets.

    Of those that differ only in a token, the last one.
    """
    if login is not None:
        return _unlike(_logins_like(form, login))
    if form.under_any_key is None or form.asked.question.method not in _READS:
        return []
    nameless = without_names(form.under_any_key)
    found = [entry.asked.question for entry in _at_the_path(form)]
    return list(dict.fromkeys(one for one in found if without_names(one) == nameless))


def _unlike(logins: Iterable[Entry]) -> list[Question]:
    by_meaning = {_shown_by_ids(one): one.asked.question for one in logins}
    return list({without_tokens(one): one for one in by_meaning.values()}.values())


def logins_of_one_kind(group: RedactedAlike) -> dict[Login, int]:
    """How many logins that differ in their names are recorded of a kind, if they are several.

    Without the key nobody can tell which of them is meant, and each is a miss.
    """
    by_kind: dict[tuple[Login, str | None, str], list[Entry]] = {}
    for entry in group:
        login = group.logins.get(entry.place)
        if login is not None and entry.is_admitted:
            kind = login, entry.asked.host, entry.asked.question.path
            by_kind.setdefault(kind, []).append(entry)
    counts = {login: len(_unlike(entries)) for (login, *_), entries in by_kind.items()}
    return {login: count for login, count in counts.items() if count > 1}


def _logins_like(form: AsRecorded, login: Login) -> list[Entry]:
    """The recorded logins of a kind, only those that were admitted if there are any."""
    logins, query = form.group.logins, form.asked.question.query
    like = [entry for entry in _at_the_path(form) if logins.get(entry.place) == login]
    like = [entry for entry in like if entry.is_admitted] or like
    return [entry for entry in like if entry.asked.question.query == query]


def _at_the_path(form: AsRecorded) -> list[Entry]:
    asked = form.asked
    return [
        entry
        for entry in form.group.by_path.get(asked.question.path, ())
        if asked.host is None or entry.asked.host == asked.host
    ]
