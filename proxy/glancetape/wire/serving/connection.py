"""One HTTP/1.1 connection of a client: requests come in, responses go out in the same order.

    GET /v2/images?limit=2        answered while it is read: no task, no queue
    ... the same, another marker  answered unread (`known_requests`)
    PUT /v2/images/ID/file        answered when its body is complete
    GET, GET, GET at once         answered in turn, as fast as the client takes the answers

An answer is computed at once, so a request needs no task of its own. With what is known of earlier
requests, that makes this server three to four times as fast as uvicorn around the same session.

An answer that is delayed or broken on purpose is held: the answers after it wait for their turn.
"""

import asyncio
import logging
import math
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import httptools

from glancetape.faults.broken import Broken
from glancetape.session.miss_response import failure_response
from glancetape.terminal.tracebacks import failure_to_log
from glancetape.wire.answering import FAILED, REFUSED, TOO_LARGE
from glancetape.wire.faulty import DRIBBLE_SECONDS, PIECES, cut, pieces
from glancetape.wire.limits import MOST_IMAGE_DATA, most_of_request
from glancetape.wire.messages import Received, Sent, received_from, to_send
from glancetape.wire.serving.addressing import why_misaddressed
from glancetape.wire.serving.known_requests import KnownRequests
from glancetape.wire.serving.turns import Turn
from glancetape_cassettes.errors import GlancetapeError

if TYPE_CHECKING:
    from glancetape.wire.known_lists import OtherPage, Parts

logger = logging.getLogger(__name__)

MOST_HEAD = 256 * 1024
"""Bytes of a request line with its headers. A URL alone may have 64 KiB, and gets a 414 beyond."""
_A_REQUEST = 16 * 1024
"""Bytes that are read at once where a request may begin."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WORDS = {413: TOO_LARGE, 431: TOO_LARGE, 500: FAILED}
"""Status of a request that is not read to its end -> the word of X-Glancetape, if not `refused`."""
_TLS_HANDSHAKE = b"\x16"
_VERSIONS = ("1.1", "1.0")
_NO_TLS = "This is a TLS handshake, and this address serves HTTP. `--tls` serves HTTPS."
_NO_HTTP = "This is plain HTTP, and this address serves HTTPS: write https:// in its URL."
_NO_PROXY = "This server is an endpoint. `glancetape replay` is also a proxy, and so takes CONNECT."
_LAST_WORDS = 5.0
"""Seconds in which a client takes what was sent before we hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a client may take, in seconds, before it is cut off."""

    idle: float = 75.0
    """Until the next request begins."""
    request: float = 60.0
    """From the first byte of a request to its last; then it gets a 408."""
    handshake: float = 20.0
    """Until a TLS connection is made."""
    unsent: float = 60.0
    """While it takes nothing of what was sent."""


@dataclass(slots=True, kw_only=True)
class Service:
    """What the connections of one address have in common."""

    reply: Callable[[Received], Sent]
    reads_ahead: Callable[[Received], "asyncio.Task[None] | None"] = lambda _: None
    """What to wait for before a request is answered that would hold up others; None for most."""
    known: KnownRequests | None = None
    """Answers requests that need not be read; all others are for `answer`."""
    turn: Turn | None = None
    """Sends such answers at the end of a turn of the loop; without it each is sent at once."""
    refused: Callable[[str, str], None] = lambda _, __: None
    """Called with the word of X-Glancetape and the reason, for what is not read to its end."""
    scheme: str = "http"
    host: str = "localhost"
    """Our address, for a client that names none."""
    is_local: bool = False
    """Whether only this machine can reach it."""
    patience: Patience = Patience()
    clock: Callable[[], float] = time.monotonic
    is_ending: bool = False
    """Each connection ends with its next answer."""
    connections: "set[Connection]" = field(default_factory=set)

    def refuse_plain_http(self) -> bytes:
        """The response to a client that takes an address of HTTPS for one of HTTP."""
        self.refused(REFUSED, _NO_HTTP)
        sent = to_send(failure_response(_NO_HTTP, REFUSED, 400), "GET", REFUSED)
        return sent.last_head + sent.body


class Connection(asyncio.Protocol):
    """What asyncio and httptools call for one client."""

    __slots__ = (
        "_asked",
        "_begun",
        "_body",
        "_body_size",
        "_deadline",
        "_descriptor",
        "_fields",
        "_has_ended",
        "_head_size",
        "_is_collected",
        "_is_deaf",
        "_is_head_complete",
        "_is_held",
        "_is_inside",
        "_is_paused",
        "_last",
        "_most_body",
        "_parser",
        "_sends_no_more",
        "_service",
        "_target",
        "_transport",
        "_unsent",
        "_waiting",
    )

    def __init__(self, service: Service) -> None:
        """Serve one client of a service."""
        self._service = service
        self._parser = _new_parser(self)
        self._transport: asyncio.Transport
        self._waiting: deque[tuple[Received | Sent, bool]] = deque()
        self._is_paused = False
        self._is_inside = False
        self._is_deaf = False
        self._is_held = False
        self._has_ended = False
        self._sends_no_more = False
        """Whether the client has closed its side; it may still take answers."""
        self._is_collected = False
        """Whether a page waits for the end of the turn."""
        self._deadline = 0.0
        self._unsent = 0
        self._descriptor = -1
        """That of a socket into which we may write; otherwise only the transport does."""
        self._begun = 0
        """Requests that begin in the bytes that are read now."""
        self._last: Received | None = None
        """The last one of them that is whole."""
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_size = self._head_size = 0
        self._most_body = 0
        self._is_head_complete = False

    # -- asyncio ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods
        if hasattr(os, "writev") and transport.get_extra_info("sslcontext") is None:
            opened = transport.get_extra_info("socket")
            self._descriptor = opened.fileno() if opened is not None else -1
            if self._service.turn is not None and self._descriptor >= 0:
                self._service.turn.read_by(self._descriptor, self._read_in_turn)
        self._service.connections.add(self)
        self._deadline = self._service.clock() + self._service.patience.idle

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._is_deaf = self._has_ended = True
        if self._service.turn is not None:
            self._service.turn.leave_to_loop(self._descriptor)
        self._descriptor = -1  # the number may be that of another client next
        self._waiting.clear()
        self._service.connections.discard(self)

    def _read_in_turn(self) -> bool:
        """Read what may be a known request; False if that is left to the transport."""
        if self._service.known is None or not self._is_between():
            return False
        try:
            data = os.read(self._descriptor, _A_REQUEST)
        except OSError:  # the transport gets it, too
            return False
        if not data:  # the client sends no more
            return False
        try:
            self._take_request(data, self._service.known)
        except Exception:
            logger.error("failed to answer what was read", exc_info=failure_to_log())
            self.cut_off()
        return True

    def data_received(self, data: bytes) -> None:
        """Read requests, and answer those that are complete."""
        if self._is_collected:
            self._send_collected()
        known = self._service.known
        if known is None or not self._is_between():
            self._read(data)
        else:
            self._take_request(data, known)

    def _take_request(self, data: bytes, known: KnownRequests) -> None:
        """Answer what was read after the last request, and remember it if it is a whole one."""
        page = known.find(data)
        if page is not None and self._send_page(page):
            return
        self._begun, self._last = 0, None
        self._read(data)
        if self._last is not None and self._begun == 1 and self._is_between():
            known.learn(data, self._last)

    def _send_page(self, page: "OtherPage") -> bool:
        """Send the response to a request that was not read. False if it has to be read.

        The system takes the page from where it is, which is the mapped file, as far as it has room.
        """
        passes_on = self._descriptor >= 0 and not self._transport.get_write_buffer_size()
        try:
            made = page.parts() if passes_on else page.whole()
        except Exception:  # reading it fails as well, which is logged and answered
            if logger.isEnabledFor(logging.DEBUG):  # a traceback takes longer than the answer
                logger.debug("a page of a known list failed", exc_info=failure_to_log())
            return False
        if made is None:
            return False
        page.count()
        self._deadline = self._service.clock() + self._service.patience.idle
        if isinstance(made, bytes):
            self._transport.write(made)
            return True
        if self._service.turn is None:
            self._send_parts(page, made)
        else:
            self._is_collected = True
            self._service.turn.collect(self._send_parts, page, made)
        return True

    def _send_parts(self, page: "OtherPage", made: "Parts") -> bool:
        """Send as much of a page as the system takes; False if the transport has the rest."""
        self._is_collected = False
        parts, length = made
        if self._descriptor < 0:  # the client has gone
            return True
        try:
            sent = os.writev(self._descriptor, parts)
        except OSError:  # no room, the client has gone, or the file was shortened
            sent = 0
        if sent < length:
            self._send_rest(page, sent)
        return sent == length

    def _send_collected(self) -> None:
        """Send what waits for the end of the turn, before anything else happens here."""
        if self._is_collected and self._service.turn is not None:
            self._service.turn.send()

    def _send_rest(self, page: "OtherPage", sent: int) -> None:
        try:
            whole = page.whole()
        except Exception as error:  # such as a file that was damaged just now
            bug = None if isinstance(error, GlancetapeError) else failure_to_log()
            logger.error("failed to send a page to its end: %s", bug or error, exc_info=bug)
            whole = None
        if whole is None:
            self.cut_off()
        else:
            self._transport.write(whole[sent:])

    def _is_between(self) -> bool:  # no property: Python calls that one from C, for each request
        """Whether all requests are answered, and the next one may begin."""
        return not (
            self._is_inside
            or self._waiting
            or self._is_paused
            or self._is_held
            or self._is_deaf
            or self._has_ended
            or self._service.is_ending
        )

    def _read(self, data: bytes) -> None:
        while data and not self._is_deaf:
            try:
                self._parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                # Upgrades are not taken: the request was answered, and others follow.
                data = data[upgrade.args[0] :]
                self._parser = _new_parser(self)
            except httptools.HttpParserCallbackError:
                logger.error("failed to read a request", exc_info=failure_to_log())
                self._refuse("glancetape failed to read the request; its log says more.", 500)
            except httptools.HttpParserError as error:
                is_tls = data.startswith(_TLS_HANDSHAKE)
                why = _NO_TLS if is_tls else f"This is not an HTTP/1.1 request ({error})."
                self._refuse(why, 400)

    def eof_received(self) -> bool:
        """The client sends no more; it still gets the answers that it waits for."""
        self._send_collected()
        self._sends_no_more = True
        if self._is_inside:
            self._refuse("The connection ended before the request did.", 400)
        is_waiting = bool(self._waiting) or self._is_held
        return is_waiting and self._transport.can_write_eof()  # TLS ends in both directions

    def pause_writing(self) -> None:
        """The client is slow: no further answer before it has taken most of these."""
        self._is_paused = True
        self._unsent = self._transport.get_write_buffer_size()
        self._deadline = self._service.clock() + self._service.patience.unsent

    def resume_writing(self) -> None:
        """It has taken them."""
        self._is_paused = False
        self._deadline = self._service.clock() + self._service.patience.idle
        self._go_on()

    def _go_on(self) -> None:
        """Answer what has waited for its turn."""
        while self._waiting and not (self._is_paused or self._is_held or self._has_ended):
            self._respond(*self._waiting.popleft())
        if self._waiting or self._is_paused or self._is_held or self._has_ended:
            return
        if self._service.is_ending or self._sends_no_more:
            self.end_when_answered()
        else:
            self._transport.resume_reading()

    # -- httptools --------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        self._begin()
        self._begun += 1
        self._is_inside = True
        if not (self._is_paused or self._is_held):
            self._deadline = self._service.clock() + self._service.patience.request

    def on_url(self, piece: bytes) -> None:
        """A piece of its target."""
        self._target += piece
        self._head_size += len(piece)
        if self._head_size > MOST_HEAD:
            self._refuse_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or what follows a body in pieces."""
        self._head_size += len(name) + len(value)
        if self._head_size > MOST_HEAD:
            self._refuse_head()
        elif not self._is_head_complete:
            self._fields.append((name, value))

    def _refuse_head(self) -> None:
        kib = MOST_HEAD >> 10
        self._refuse(f"The head of the request is larger than {kib} KiB.", 431)

    def on_headers_complete(self) -> None:
        """Its body follows, if it has one."""
        self._is_head_complete = True
        expects = length = None
        hosts: list[bytes] = []
        for name, value in self._fields:
            if len(name) == 4 and name.lower() == b"host":
                hosts.append(value)
            elif len(name) == 6 and name.lower() == b"expect":
                expects = value
            elif len(name) == 14 and name.lower() == b"content-length":
                length = int(value)
        version = self._parser.get_http_version()
        if version not in _VERSIONS:
            self._refuse("Only HTTP/1.1 and HTTP/1.0 are answered.", 505)
        elif why := why_misaddressed(version, hosts, self._target):
            self._refuse(why, 400)
        elif length is not None and length > MOST_IMAGE_DATA:
            self._refuse_body()
        elif expects is not None and expects.lower() == b"100-continue" and not self._waiting:
            self._transport.write(_CONTINUE)

    def on_body(self, piece: bytes) -> None:
        """A piece of its body. Of one that is too large only so much is kept that this is seen."""
        if not self._body_size:
            method = self._parser.get_method().decode()
            self._most_body = most_of_request(method, self._target)
        if self._body_size <= self._most_body:
            self._body.append(piece)
        self._body_size += len(piece)
        if self._body_size > MOST_IMAGE_DATA:
            self._refuse_body()

    def _refuse_body(self) -> None:
        most = f"{MOST_IMAGE_DATA >> 20} MiB"
        self._refuse(f"The body of the request is larger than {most}.", 413)

    def on_message_complete(self) -> None:
        """Answer it, or let it wait for its turn."""
        if self._is_deaf:
            return
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refuse(_NO_PROXY, 501)
            return
        self._is_inside = False
        received = received_from(
            method=method.decode("latin-1"),
            scheme=self._service.scheme,
            target=self._target,
            fields=tuple(self._fields),
            body=b"".join(self._body) if self._body else b"",
            default_host=self._service.host,
            is_local=self._service.is_local,
        )
        self._last = received
        # A client of HTTP/1.0 that asks to stay, as ab does, waits for the end of the connection.
        stays = self._parser.should_keep_alive() and self._parser.get_http_version() != "1.0"
        self._take(received, stays)

    # -- answers ----------------------------------------------------------------------------

    def _take(self, asked: Received | Sent, stays: bool) -> None:
        if self._waiting or self._is_paused or self._is_held:
            self._waiting.append((asked, stays))
            self._transport.pause_reading()
        else:
            self._respond(asked, stays)

    def _respond(self, asked: Received | Sent, stays: bool) -> None:
        service = self._service
        if not isinstance(asked, Sent) and (reading := service.reads_ahead(asked)) is not None:
            self._is_held = True
            self._deadline = math.inf
            reading.add_done_callback(lambda _: self._respond_after_reading(asked, stays))
            return
        self._answer(asked, stays)

    def _respond_after_reading(self, asked: Received, stays: bool) -> None:
        self._is_held = False
        if self._has_ended:  # the client has gone
            return
        if self._is_paused:  # it has not taken what came before
            self._deadline = self._service.clock() + self._service.patience.unsent
            self._waiting.appendleft((asked, stays))
            return
        self._answer(asked, stays)
        if not self._is_held:
            self._go_on()

    def _answer(self, asked: Received | Sent, stays: bool) -> None:
        service = self._service
        sent = asked if isinstance(asked, Sent) else service.reply(asked)
        if not self._is_paused:
            self._deadline = service.clock() + service.patience.idle
        is_last = (service.is_ending or self._sends_no_more) and not self._waiting
        stays = stays and not is_last
        if sent.delay or sent.broken is not None:
            self._hold(sent, stays)
        else:
            self._send(sent, stays)

    def _hold(self, sent: Sent, stays: bool) -> None:
        """Send an answer after its delay, or break it off."""
        self._is_held = True
        lasts = sent.delay + (DRIBBLE_SECONDS if sent.broken is Broken.DRIBBLE else 0)
        self._deadline = self._service.clock() + lasts + self._service.patience.idle
        asyncio.get_running_loop().call_later(sent.delay, self._release, sent, stays)

    def _release(self, sent: Sent, stays: bool) -> None:
        if self._has_ended:  # the client has gone
            return
        if sent.broken is Broken.RESET:
            self.cut_off()
        elif sent.broken is Broken.TRUNCATE:
            self._transport.write(sent.head + cut(sent.body))
            self._hang_up()
        elif sent.broken is Broken.DRIBBLE:
            self._dribble([sent.head if stays else sent.last_head, *pieces(sent.body)], stays)
        else:
            self._is_held = False
            self._send(sent, stays)
            self._go_on()

    def _dribble(self, parts: list[bytes], stays: bool) -> None:
        if self._has_ended:
            return
        self._transport.write(parts[0])
        if parts[1:]:
            pause = DRIBBLE_SECONDS / PIECES
            asyncio.get_running_loop().call_later(pause, self._dribble, parts[1:], stays)
        elif stays:
            self._is_held = False
            self._go_on()
        else:
            self._hang_up()

    def _send(self, sent: Sent, stays: bool) -> None:
        if stays:
            self._transport.write(sent.head + sent.body)
            return
        self._transport.write(sent.last_head + sent.body)
        self._hang_up()

    def _hang_up(self) -> None:
        self._has_ended = True
        self._waiting.clear()
        self._deadline = self._service.clock() + _LAST_WORDS
        if self._is_deaf and not self._sends_no_more and self._transport.can_write_eof():
            # A client that is still sending would be reset, and never read what we answered.
            self._transport.write_eof()
            return
        self._is_deaf = True
        self._transport.close()

    def _refuse(self, why: str, status: int) -> None:
        """Answer what is not read to its end, after what came before it, and hang up."""
        if self._is_deaf:
            return
        self._is_deaf, self._is_inside = True, False
        word = _WORDS.get(status, REFUSED)
        self._service.refused(word, why)
        self._take(to_send(failure_response(why, word, status), "GET", word), False)

    # -- the server -------------------------------------------------------------------------

    def end_when_answered(self) -> None:
        """Hang up now if the client waits for nothing, otherwise after its answer."""
        self._send_collected()
        is_busy = self._is_inside or self._waiting or self._is_paused or self._is_held
        if not (is_busy or self._has_ended):
            self._is_deaf = False
            self._hang_up()

    def cut_off(self) -> None:
        """Hang up at once; what is not sent is lost.

        Until the loop says that the connection is gone, its socket would still take bytes: those of
        a further answer would be taken for the rest of the one that was cut off.
        """
        self._is_deaf = self._has_ended = True
        self._transport.abort()

    def check(self, now: float) -> None:
        """Cut off a client that has taken too long."""
        if now < self._deadline:
            return
        self._send_collected()
        unsent = self._transport.get_write_buffer_size()
        if self._has_ended or (unsent and (not self._is_paused or unsent >= self._unsent)):
            self.cut_off()
        elif unsent:
            self._unsent = unsent
            self._deadline = now + self._service.patience.unsent
        elif self._is_inside:
            self._refuse("The request took too long to arrive.", 408)
        else:
            self._hang_up()


def _new_parser(connection: Connection) -> Any:
    return httptools.HttpRequestParser(connection)
