"""Answering what comes over a wire from a session: limits, counts, the log, and the net.

mitmproxy's hooks and the ASGI app both ask in here, so a client gets the same status, headers and
bytes from either. Whatever fails becomes a response of ours, and is never passed on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from glancetape.cross_origin import asks_first, preflight_fields, shown_to
from glancetape.options import Settings
from glancetape.reading_ahead import ReadingAhead
from glancetape.server_names import why_refused
from glancetape.session.miss_response import failure_response, miss_response
from glancetape.session.session import Session
from glancetape.terminal.tracebacks import failure_to_log
from glancetape.wire.faulty import fault_response
from glancetape.wire.limits import why_url_is_refused
from glancetape.wire.log_line import RequestLine, log_line
from glancetape.wire.messages import (
    NotDecoded,
    NotWhole,
    Received,
    Sent,
    TooLarge,
    read_request,
    to_send,
)
from glancetape.wire.response_cache import MOST_BYTES, Ready, ReadyAnswers, Words
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.interaction import Request, Response
from glancetape_cassettes.replaying.answers import Answer, Miss, Provenance

if TYPE_CHECKING:
    import asyncio

    from glancetape.faults.fates import Fate, FaultPlan
    from glancetape.wire.known_lists import KnownLists, OtherPage, OtherPages

logger = logging.getLogger(__name__)

MISS, TOO_LARGE, FAILED, NOT_RECORDED = "miss", "too-large", "error", "not-recorded"
FAULT, PREFLIGHT, REFUSED = "fault", "preflight", "refused"
"""The words of the header X-Glancetape where there is no answer."""
_ALLOWED, _MISDIRECTED = 200, 421
RECORDED = "recorded"
_CODINGS = "Send it as gzip, deflate, br or zstd, or without Content-Encoding."
_SEE_LOG = "glancetape failed to look up the answer; its log says more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and what became of it, for whoever watches."""

    line: RequestLine | str
    status: int
    answered: str
    """The first word of X-Glancetape: exact, derived, synthetic, recorded, or why not."""
    source: str = ""
    """What answered it, such as `basic.yaml#3`; "" where nothing did."""
    why: str = ""
    """Why nothing answered it, and what to do."""

    @property
    def request(self) -> str:
        """The method and URL of the request, without secrets."""
        return str(self.line)


class Answering:
    """Answers the requests that reach one session."""

    def __init__(
        self,
        session: Session,
        watch: Callable[[Exchange], None] | None = None,
        room: int = MOST_BYTES,
    ) -> None:
        """Answer from a session. `watch` is called for each request that gets a response here.

        Who watches shows the misses, so the log has them as information only. Responses that may
        be sent again take up to `room` bytes.
        """
        self.session = session
        self._watch = watch
        self._level = logging.INFO if watch else logging.WARNING
        self._ready = ReadyAnswers(room)
        self._lists = None if watch else _lists_of(session)  # each answer of a list is counted
        self._origins = session.settings.allowed_origins
        self._hosts = session.server_names
        self._ahead = ReadingAhead(session) if session.may_take_long else None

    def lets_pass(self, target: bytes) -> bool:
        """Whether a request goes to its service unread: a new cassette has no answers.

        `target` is its path and query. One that may be too long has to be read.
        """
        return self.session.only_records and not why_url_is_refused(target)

    def reads_ahead(self, received: Received, *, direct: bool) -> "asyncio.Task[None] | None":
        """What to wait for before a request is answered, so that it holds up nobody.

        None for almost all of them: they are answered at once. Has to be called in an event loop.
        """
        if self._ahead is None or received.method != "GET" or why_url_is_refused(received.target):
            return None
        words, version = self._ready.words_of(received, direct), self.session.changes_played
        # Who asks for what is below one path, and after which changes: its lists are read together.
        place = version, direct, received.url.partition("/images")[0], received.fields
        if words is None or self._ready.get(words, version) or self._ahead.has_read(place):
            return None
        try:
            request = read_request(received)
        except NotWhole:
            return None
        return self._ahead.start(request, place, any_host=direct)

    def reply(self, received: Received, *, direct: bool, is_limited: bool = True) -> Sent | None:
        """The response to a request; None when it goes to its service.

        `direct` is true when the client named us as its endpoint, false when it named a proxy.
        Without `is_limited` a request may exceed the limits, as what only passes through may.
        """
        if (host := received.host_to_check) and not self._hosts.allow(host):
            return self._refuse_host(received)
        origin = self._origins.origin_of(received.fields) if self.session.is_offline else None
        sent = self._answer_safely(received, direct, origin or b"", is_limited=is_limited)
        if origin is None or sent is None:
            return sent
        is_preflight = asks_first(received.method, received.fields)
        fields = shown_to(origin, sent.fields, is_preflight=is_preflight)
        return replace(sent, fields=fields)

    def _refuse_host(self, received: Received) -> Sent:
        """Refuse a request for a host that may be a stranger's page."""
        self.session.counts.other_hosts += 1
        sent = wrong_host(received.method, received.host_to_check, self.session.settings)
        method = self.session.shown_method(received.method)
        logger.warning("refused %s: %s", method, sent.why)
        self._show(Exchange(line=method, status=sent.status, answered=REFUSED, why=sent.why))
        return sent

    def _answer_safely(
        self, received: Received, direct: bool, origin: bytes, *, is_limited: bool
    ) -> Sent | None:
        session = self.session
        try:
            if is_limited:
                why = why_url_is_refused(received.target)
                if why:
                    return self.refuse(received, why, 414, TOO_LARGE)
            if session.only_records:
                return None
            return self._answer_or_fail(received, direct, origin)
        except GlancetapeError as error:  # such as a damaged file; its message is for users
            line = self._line(received)
            session.counts.failed += 1
            logger.error("failed to answer %s: %s", line, error)
            return self._fail(received, _SEE_LOG, line, str(error))
        except Exception as error:
            line = self._line(received)
            session.counts.failed += 1
            logger.error("failed to answer %s", line, exc_info=failure_to_log())
            return self._fail(received, _SEE_LOG, line, f"{type(error).__name__}: {error}")

    def _answer_or_fail(self, received: Received, direct: bool, origin: bytes) -> Sent | None:
        if origin and asks_first(received.method, received.fields):
            return self._answer_preflight(received, direct, origin)
        if self.session.faults is not None:
            return self._answer_with_faults(received, direct, self.session.faults)
        return self._answer(received, direct)

    def _answer_preflight(self, received: Received, direct: bool, origin: bytes) -> Sent | None:
        """The recorded answer to a browser's question before a request, or one that allows it."""
        request = self._read(received)
        if not isinstance(request, Request):
            return request
        outcome = self.session.answer(request, any_host=direct)
        if isinstance(outcome, Answer) and outcome.provenance is Provenance.EXACT:
            return self._answer(received, direct)
        line = self._line(received)
        logger.info("%s %s  %s", _ALLOWED, PREFLIGHT, line)
        self._show(Exchange(line=line, status=_ALLOWED, answered=PREFLIGHT))
        sent = to_send(Response(_ALLOWED, "OK", ()), received.method, PREFLIGHT)
        return replace(sent, fields=(*preflight_fields(origin, received.fields), *sent.fields))

    def _answer_with_faults(
        self, received: Received, direct: bool, faults: "FaultPlan"
    ) -> Sent | None:
        from glancetape.faults.fates import NOTHING_HAPPENS

        fate = faults.fate_of(received.method, received.target.decode("latin-1"))
        fault = fault_response(fate, received, self.session.dialect)
        if fault is not None:
            return self._fault(received, fault, fate)
        sent = self._answer(received, direct)
        if sent is None or fate == NOTHING_HAPPENS:
            return sent
        if fate.broken is not None:
            self._count_fault(received, fate, sent.status)
        return replace(sent, delay=fate.delay, broken=fate.broken)

    def _fault(self, received: Received, fault: Response, fate: "Fate") -> Sent:
        self._count_fault(received, fate, fault.status)
        sent = to_send(fault, received.method, f"{FAULT}; {fate.cause}")
        return replace(sent, delay=fate.delay)

    def _count_fault(self, received: Received, fate: "Fate", status: int) -> None:
        self.session.counts.faults += 1
        line = self._line(received)
        logger.info("%s %s; %s  %s", status, FAULT, fate.cause, line)
        self._show(Exchange(line=line, status=status, answered=FAULT, source=fate.cause))

    def _answer(self, received: Received, direct: bool) -> Sent | None:
        session = self.session
        words = self._ready.words_of(received, direct)
        version = session.changes_played
        ready = self._ready.get(words, version)
        if ready is None:
            is_again = words is not None and self._ready.comes_again(hash(words))
            if words is not None and not is_again and not self._is_watched:
                sent = self._lists.page(received, words, version) if self._lists else None
                if sent is not None:
                    return sent
            found = self._look_up(received, direct, words)
            if not isinstance(found, Ready):
                return found
            ready = found
            if ready.repeatable:
                self._ready.keep(words, ready, is_again=is_again)
        session.counts.count_answer(ready.provenance, ready.source)
        logger.info("%s", ready.logged or ready.line)
        if self._watch is not None:
            self._watch(
                Exchange(
                    line=ready.line,
                    status=ready.sent.status,
                    answered=ready.provenance.value,
                    source=ready.source,
                )
            )
        return ready.sent

    def other_pages(self, received: Received, *, direct: bool) -> "OtherPages | None":
        """What answers a request, which `answer` has answered, with other markers in its place.

        None where an answer depends on more than the bytes of its request.
        """
        if self._lists is None or self.session.faults is not None or self._is_watched:
            return None
        host, words = received.host_to_check, self._ready.words_of(received, direct)
        if words is None or self._origins.origin_of(received.fields) is not None:
            return None
        if host and not self._hosts.allow(host):
            return None
        return self._lists.other_pages(received, words, self._ready)

    def other_page(self, pages: "OtherPages", marker: str) -> "OtherPage | None":
        """The response to a request with this marker; None if `answer` has it."""
        if logger.isEnabledFor(logging.INFO):  # a program's log may begin to show each request
            return None
        return pages.page(marker, self.session.changes_played)

    @property
    def _is_watched(self) -> bool:
        """Whether a line is shown for each request."""
        return self._watch is not None or logger.isEnabledFor(logging.INFO)

    def _look_up(
        self, received: Received, direct: bool, words: Words | None
    ) -> Ready | Sent | None:
        """The answer; a response that says why there is none; None for what is to be recorded."""
        session = self.session
        request = self._read(received)
        if not isinstance(request, Request):
            return request
        base = received.base or ("://".join(urlsplit(received.url)[:2]) if direct else "")
        outcome = session.answer(request, any_host=direct, base=base)
        if isinstance(outcome, Answer):
            asked = RequestLine(session.request_line, received.method, received.url)
            sent = to_send(outcome.response, received.method, outcome.described)
            if self._lists and words is not None and outcome.provenance is not Provenance.EXACT:
                self._lists.add(received, words, request, sent, any_host=direct)
            return Ready(
                sent=sent,
                provenance=outcome.provenance,
                source=outcome.source,
                line=asked,
                logged=self._logged(request, outcome, asked),
                repeatable=outcome.repeatable,
            )
        return None if outcome is None else self._miss(received, outcome, request, direct)

    def _read(self, received: Received) -> Request | Sent | None:
        """The request; a response that refuses it; None for what goes to its service as it is."""
        session = self.session
        try:  # only what is compared with recordings is searched, and not what an image set takes
            return read_request(received, is_searched=bool(session.groups))
        except NotWhole as error:
            if not session.is_offline:
                return None
            if isinstance(error, TooLarge):
                return self.refuse(received, f"Not looked up: {error}.", 413, TOO_LARGE)
            if isinstance(error, NotDecoded):
                why = f"Not looked up: {error}. {_CODINGS}"
                return self.refuse(received, why, error.status, REFUSED)
            line = self._line(received)
            session.counts.count_miss(line)
            why = f"Cannot be replayed: {error}."
            return self._fail(received, why, line, why)

    def _logged(self, request: Request, answer: Answer, line: RequestLine) -> str:
        if not logger.isEnabledFor(logging.INFO):
            return ""
        return log_line(
            status=answer.response.status,
            described=answer.described,
            body=answer.response.body,
            caller=self.session.name_of_caller(request.headers),
            method=request.method,
            url=request.uri,
            line=str(line),
        )

    def _miss(self, received: Received, miss: Miss, request: Request, direct: bool) -> Sent:
        session = self.session
        report = session.explain(miss, request, any_host=direct)
        # Each line is a value of its own: a log escapes the newlines inside values.
        logger.log(self._level, "\n  ".join(["%s"] * len(report.lines)), *report.lines)
        status = session.settings.miss_status
        line = str(report.fields["request"])
        session.counts.count_miss(line)
        self._show(Exchange(line=line, status=status, answered=MISS, why=report.message))
        return to_send(miss_response(report, status), received.method, MISS, report.message)

    def refuse(self, received: Received, why: str, status: int, answered: str) -> Sent:
        """Refuse a request that exceeds a limit, or that nobody can read.

        Its URL is not logged: that may take long as well.
        """
        method = self.session.shown_method(received.method)
        self.count_refusal(answered, why, method)
        self._show(Exchange(line=method, status=status, answered=answered, why=why))
        refusal = failure_response(why, answered, status)
        return to_send(refusal, received.method, answered, why)

    def count_refusal(self, answered: str, why: str, method: str = "a request") -> None:
        """Count and log a refusal, by the word that its header X-Glancetape has."""
        counts = self.session.counts
        if answered == TOO_LARGE:
            counts.too_large += 1
        elif answered == FAILED:
            counts.failed += 1
        else:
            counts.refused += 1
        logger.warning("refused %s: %s", method, why)

    def _fail(self, received: Received, message: str, line: str, why: str) -> Sent:
        response = failure_response(message, FAILED)
        self._show(Exchange(line=line, status=response.status, answered=FAILED, why=why))
        return to_send(response, received.method, FAILED, message)

    def _show(self, exchange: Exchange) -> None:
        if self._watch is not None:
            self._watch(exchange)

    def _line(self, received: Received) -> str:
        return self.session.request_line(received.method, received.url)


def _lists_of(session: Session) -> "KnownLists | None":
    if session.player is None and session.deriver is None:
        return None
    from glancetape.wire.known_lists import KnownLists

    return KnownLists(session)


def wrong_host(method: str, host: str, settings: Settings) -> Sent:
    """The response to a request that names a host which is not this machine."""
    why = why_refused(host, settings.spell)
    return to_send(failure_response(why, REFUSED, _MISDIRECTED), method, REFUSED, why)
