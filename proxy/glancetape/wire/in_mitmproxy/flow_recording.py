"""Recording what passes through a mitmproxy: which flows, and what the client gets if that fails.

| what cannot be recorded | the client gets | with `fail_open` |
|---|---|---|
| an answer that cannot be stored or redacted | a 500 of ours | the service's, `not-recorded` |
| a body that is too large, or cannot be decoded | the service's, `not-recorded` | the same |
| a body that redaction would replace whole | the service's, `not-recorded` | the same |
| a body that streamed past us | has it already | has it already |
| a streamed body that mitmproxy kept, and we cannot store | has it already | has it already |

A request that may have changed images and is not recorded leaves a mark. Where the mark cannot be
stored either, nothing is recorded before it is: what was recorded after a change that the cassette
does not show would prove wrong answers.

    PUT /v2/images/a/file   the disk is full: neither the upload nor its mark is stored
    GET /v2/images          there is room again: first the mark, then the list
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from mitmproxy import http

from glancetape.session.recorder import Recorder
from glancetape.session.session import Session
from glancetape.terminal.tracebacks import failure_to_log
from glancetape.wire.answering import (
    FAILED,
    MISS,
    NOT_RECORDED,
    RECORDED,
    REFUSED,
    TOO_LARGE,
    Exchange,
)
from glancetape.wire.flows import received_of, request_of, response_of, url_of
from glancetape.wire.in_mitmproxy.notes import PASSED, note
from glancetape.wire.limits import why_url_is_refused
from glancetape.wire.log_line import log_line
from glancetape.wire.messages import Fields, NotWhole, with_provenance
from glancetape_cassettes.errors import CassetteError, LostBody
from glancetape_cassettes.interaction import Headers, Request, Response, header
from glancetape_cassettes.service import Service, changed_nothing, may_touch_images
from glancetape_cassettes.writing.messages import Stored

logger = logging.getLogger(__name__)

_MOST_UNMARKED = 1000
"""Changes whose marks wait to be stored. After more, nothing is recorded any more."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a client must not get an answer, for the client, and the word of X-Glancetape."""

    message: str
    provenance: str


class FlowRecording:
    """Records the flows of one session."""

    def __init__(
        self,
        session: Session,
        recorder: Recorder,
        only: Callable[[http.HTTPFlow], bool] | None = None,
        watch: Callable[[Exchange], None] | None = None,
    ) -> None:
        """Record into the recorder what the session wants, or what `only` chooses.

        `watch` is called for each flow that is recorded, or should be.
        """
        self._session = session
        self._recorder = recorder
        self._only = only
        self._watch = watch
        self._unmarked: dict[tuple[str, str], Request] = {}
        self._marking = asyncio.Lock()
        self._is_overrun = False

    def may_be_wanted(self, flow: http.HTTPFlow) -> bool:
        """Whether the answer to a request is recorded, as far as that is known before it."""
        session = self._session
        return session.wants(session.services.service_of(url_of(flow.request)), self._chosen(flow))

    @property
    def is_open(self) -> bool:
        """Whether a client gets an answer that cannot be recorded."""
        return self._session.settings.fail_open

    def limits(self, flow: http.HTTPFlow) -> bool:
        """Whether a request that exceeds a limit is refused, because its answer is recorded."""
        return not self.is_open and self.may_be_wanted(flow)

    async def record(self, flow: http.HTTPFlow) -> Refusal | None:
        """Record a flow that has its response; why the client must not get it, None if it may."""
        session, reason = self._session, ""
        try:
            if not self._is_wanted(flow):
                session.counts.count_passed(self.line_of(flow))
                note(flow, PASSED, self._why_passed(flow))
                await self._mark(flow)
                return None
            if why := why_url_is_refused(flow.request.data.path):
                raise NotWhole(why.rstrip("."))
            request, response = request_of(flow), response_of(flow)
            if why := _why_of_no_service(response):
                raise NotWhole(why)
            await self._store_marks()
            stored = await self._recorder.store(request, response)
        except (NotWhole, LostBody) as error:
            session.counts.not_recorded += 1
            logger.warning("not recorded: %s: %s", self.line_of(flow), error)
            self._let_pass(flow, str(error))
            refusal = None
        except CassetteError as error:
            session.counts.not_recorded += 1
            reason = str(error)
            refusal = self._refuse(flow, reason)
        except Exception:
            session.counts.failed += 1
            logger.error("failed to record %s", self.line_of(flow), exc_info=failure_to_log())
            refusal = self._refuse(flow, "")
        else:
            self._show_recorded(flow, response, stored)
            return None
        try:
            await self._mark(flow)
        except CassetteError as error:
            if refusal is None and str(error) != reason:
                return self._refuse_unmarked(flow, str(error))
        return refusal

    def _refuse_unmarked(self, flow: http.HTTPFlow, why: str) -> Refusal | None:
        """What becomes of an answer that would pass unrecorded, and of which there is no mark."""
        passes = flow.response is not None and (self.is_open or flow.response.stream)
        level = logging.WARNING if passes else logging.ERROR
        logger.log(level, "not marked yet: %s: %s", self.line_of(flow), why)
        if passes:
            return None
        message = f"Not recorded, so not passed on: {why}"
        self._show(self.line_of(flow), 500, NOT_RECORDED, why=message)
        return Refusal(message, NOT_RECORDED)

    def _refuse(self, flow: http.HTTPFlow, why: str) -> Refusal | None:
        """What becomes of an answer that could not be stored; `why` is "" for a fault of ours."""
        line, answer = self.line_of(flow), flow.response
        is_open = self.is_open
        if why:
            logger.log(
                logging.WARNING if is_open else logging.ERROR, "not recorded: %s: %s", line, why
            )
        reason = why or "glancetape failed to record the answer; its log says more."
        if answer is not None and (is_open or answer.stream):
            self._let_pass(flow, reason)
            return None
        message = f"Not recorded, so not passed on: {why}" if why else reason
        if why:
            self._show(line, 500, NOT_RECORDED, why=message)
        return Refusal(message, NOT_RECORDED if why else FAILED)

    def _let_pass(self, flow: http.HTTPFlow, reason: str) -> None:
        """Say on an answer of the service that it was not recorded, unless the client has it."""
        note(flow, NOT_RECORDED, reason)
        answer = flow.response
        if answer is None:
            return
        if not answer.stream:  # otherwise the client has the head already
            answer.headers.fields = with_provenance(answer.headers.fields, NOT_RECORDED)
        self._show(self.line_of(flow), answer.status_code, NOT_RECORDED, why=reason)

    def _show_recorded(self, flow: http.HTTPFlow, response: Response, stored: Stored) -> None:
        session = self._session
        session.counts.recorded += 1
        source = f"{self._recorder.path.name}#{stored.number}"
        note(flow, f"{RECORDED}; {source}")
        line = f"{stored.method} {stored.uri}"
        if logger.isEnabledFor(logging.INFO):
            shown = log_line(
                status=response.status,
                described=f"{RECORDED}; {source}",
                body=response.body,
                caller=session.name_of_caller(_text(flow.request.headers.fields)),
                method=stored.method,
                url=url_of(flow.request),
                line=line,
            )
            logger.info("%s", shown)
        if flow.response is not None and not flow.response.stream:
            fields = flow.response.headers.fields
            flow.response.headers.fields = with_provenance(fields, f"{RECORDED}; {source}")
        self._show(line, response.status, RECORDED, source=source)

    def _show(self, line: str, status: int, answered: str, source: str = "", why: str = "") -> None:
        if self._watch is not None:
            self._watch(
                Exchange(line=line, status=status, answered=answered, source=source, why=why)
            )

    async def broke_off(self, flow: http.HTTPFlow) -> None:
        """Log a flow that broke off; the cassette has at most a mark of it."""
        session = self._session
        if self.may_be_wanted(flow):
            session.counts.not_recorded += 1
            # mitmproxy quotes what it could not parse, which may be a header with a token.
            why = session.redactor.foreign_text(flow.error.msg if flow.error else "it broke off")
            note(flow, NOT_RECORDED, why)
            logger.warning("not recorded: %s: %s", self.line_of(flow), why)
        if flow.server_conn.timestamp_tcp_setup is not None:  # it may have reached the service
            try:
                await self._mark(flow)
            except CassetteError as error:  # nobody waits for an answer any more
                logger.warning("not marked yet: %s: %s", self.line_of(flow), error)

    def line_of(self, flow: http.HTTPFlow) -> str:
        """The method and URL of a flow, without secrets."""
        return self._session.redactor.request_line(flow.request.method, url_of(flow.request))

    def _is_wanted(self, flow: http.HTTPFlow) -> bool:
        """Whether a response is recorded; it may show itself that it is of another service."""
        services = self._session.services
        method, url, answer = flow.request.method, url_of(flow.request), flow.response
        status = answer.status_code if answer else 0
        length = len(answer.raw_content or b"") if answer else 0
        response = None
        if services.looks_into(method, url, status, length):
            with contextlib.suppress(NotWhole):
                response = response_of(flow)
        service = services.judge(method, url, response, status)
        return self._session.wants(service, self._chosen(flow))

    def _chosen(self, flow: http.HTTPFlow) -> bool | None:
        return None if self._only is None else self._only(flow)

    def _why_passed(self, flow: http.HTTPFlow) -> str:
        if self._chosen(flow) is False:
            return "the filter does not choose it"
        is_login = self._session.services.service_of(url_of(flow.request)) is Service.KEYSTONE
        return "Keystone is not recorded" if is_login else "it is not the image service"

    # -- marks --------------------------------------------------------------------------------

    async def _mark(self, flow: http.HTTPFlow) -> None:
        """Mark a request that may have changed images, when its interaction is not recorded.

        A refused one (4xx) changed nothing. Raises CassetteError when the mark has to wait.
        """
        answer, method = flow.response, flow.request.method
        path = flow.request.path.partition("?")[0]
        is_refused = answer is not None and changed_nothing(method, path, answer.status_code)
        if is_refused or not self._session.services.may_be_of_cloud(url_of(flow.request)):
            return
        received = received_of(flow)
        if not may_touch_images(method, path, received.body or b""):
            return
        mark = Request(method, received.url, _text(received.fields))
        key = method, received.url.partition("?")[0]
        self._is_overrun |= len(self._unmarked) >= _MOST_UNMARKED and key not in self._unmarked
        if not self._is_overrun:
            self._unmarked[key] = mark
        await self._store_marks()

    async def _store_marks(self) -> None:
        """Store the marks that wait. Raises CassetteError when one cannot be stored."""
        while self._unmarked or self._is_overrun:
            async with self._marking:
                if self._is_overrun:
                    raise CassetteError(
                        f"{self._recorder.path}: more than {_MOST_UNMARKED:,} changes could not be "
                        "recorded. Nothing is recorded any more; record again."
                    )
                for key, mark in [*self._unmarked.items()]:
                    stored = await self._recorder.mark(mark)
                    if self._unmarked.get(key) is mark:  # and not of the same change, made again
                        del self._unmarked[key]
                    logger.info(
                        "marked %s %s: it may have changed images, and was not recorded",
                        stored.method,
                        stored.uri,
                    )


def _why_of_no_service(response: Response) -> str:
    """Why an answer is that of another glancetape, which had none of a service; "" if it is not."""
    word = (header(response.headers, "x-glancetape") or "").partition(";")[0].strip()
    is_ours = word in (MISS, FAILED, TOO_LARGE, REFUSED)
    if is_ours or (word == NOT_RECORDED and response.status == 500):
        return f"the upstream is glancetape too, and answers {word}"
    return ""


def _text(fields: Fields) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
