"""The mitmproxy addon: its hooks translate, the session decides.

mitmproxy forwards a request whose hook fails. So every hook catches what fails in here, and the
client gets a 500 that says so.
"""

import logging
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from mitmproxy import addonmanager, connection, ctx, exceptions, http
from mitmproxy.proxy import layer, server_hooks
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode

from glancetape.options import OPTIONS, PREFIX, Settings, addon_name
from glancetape.session.miss_response import failure_response
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape.terminal.tracebacks import failure_to_log
from glancetape.wire.answering import FAILED, Answering, Exchange, wrong_host
from glancetape.wire.flow_filter import read_filter
from glancetape.wire.flows import (
    LED_BACK,
    OURS,
    hold_back_or_break,
    received_of,
    to_mitmproxy,
)
from glancetape.wire.in_mitmproxy.addon_commands import Commands
from glancetape.wire.in_mitmproxy.addon_options import RENAMED, add_to_mitmproxy
from glancetape.wire.in_mitmproxy.flow_recording import FlowRecording
from glancetape.wire.in_mitmproxy.notes import note_answer
from glancetape.wire.limits import MOST_IMAGE_DATA, MOST_URL
from glancetape.wire.messages import Sent, to_send
from glancetape.wire.reverse import (
    base_of,
    host_to_check,
    is_named,
    is_reverse,
    lead_back,
    send_to_service,
)
from glancetape.wire.saved.recordings import load_recording
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.redaction.redactor import Redactor

logger = logging.getLogger(__name__)

_OPTION_NAMES = "glancetape"
_NO_SERVICE = "glancetape-no-service"
_WRONG_HOST = "glancetape-wrong-host"
_DIRECT = "glancetape-direct"
_HEAD_WITHOUT_HOST = re.compile(
    rb"[A-Z]+ /[^\r\n]* HTTP/1\.0\r?\n(?:(?!host[ \t]*:)[^\r\n]+\r?\n)*\r?\n", re.IGNORECASE
)
_ORIGIN_FORM = re.compile(rb"[A-Z]+ /")
_BEGINS_LIKE_HTTP_1 = re.compile(rb"[A-Z]{1,20}(?: (?:/.*)?)?\Z", re.DOTALL)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LEVELS = {"error": logging.ERROR, "warn": logging.WARNING, "debug": logging.DEBUG}
_OFFLINE = {
    "connection_strategy": "lazy",
    "upstream_cert": False,
    "rawtcp": False,
    "onboarding": False,  # mitmproxy's own pages at mitm.it
    "stream_large_bodies": None,
    "body_size_limit": f"{MOST_IMAGE_DATA >> 20}m",  # otherwise a body is read without end
}
_DETAIL = "flow_detail"


class Glancetape:
    """Records and replays what passes through a mitmproxy."""

    def __init__(
        self,
        opened: Answering | None = None,
        watch: Callable[[Exchange], None] | None = None,
        spell: Callable[[str], str] = addon_name,
    ) -> None:
        """Start without a session; `configure` opens the one that the options describe.

        With `opened`, answer from that session and leave it open. `watch` is called for each
        request that is answered or recorded. `spell` writes the name of an option as the user does.
        """
        self.addons = [Commands(self)]
        """The addons below this one, as mitmproxy looks for them."""
        self._opened = opened
        self._watch = watch
        self._spell = spell
        self.session: Session | None = None
        self._answering: Answering | None = None
        self.failure: GlancetapeError | None = None
        self._is_running = False
        self._has_chosen_detail = False
        self._is_client_direct: dict[str, bool] = {}
        self._recording: FlowRecording | None = None
        # Not in the metadata of a flow: mitmproxy saves that, and can save no object of ours.
        self._faulty: WeakKeyDictionary[http.HTTPFlow, Sent] = WeakKeyDictionary()

    # -- life -------------------------------------------------------------------------------

    def load(self, loader: addonmanager.Loader) -> None:
        """Declare the options, and the view of images where this mitmproxy shows bodies."""
        add_to_mitmproxy(loader)
        if "mitmproxy.contentviews" in sys.modules:  # loading them for nothing would take long
            from glancetape.wire.in_mitmproxy.images_view import add_view

            add_view()

    def configure(self, updated: set[str]) -> None:
        """Open a new session when one of our options changed."""
        if "termlog_verbosity" in updated:
            # mitmproxy passes every line to all its addons before it drops what is not shown.
            level = _LEVELS.get(ctx.options.termlog_verbosity, logging.INFO)
            logging.getLogger("glancetape").setLevel(level)
            logging.getLogger("glancetape_cassettes").setLevel(level)
        if not any(name.startswith(PREFIX) for name in updated):
            return
        if self._opened is not None:
            self.session, self._answering = self._opened.session, self._opened
            self._set_options()
            return
        self._close()
        self.failure = None
        try:
            settings = self.settings
            only = read_filter(settings.only, self._spell("only")) if settings.only else None
            self.session = open_session(settings, load_recording) if settings.names_a_file else None
            if self.session is not None and (recorder := self.session.recorder) is not None:
                self._recording = FlowRecording(self.session, recorder, only, self._watch)
        except GlancetapeError as error:
            # From now on no request is let through. An OptionsError at the start would make
            # mitmproxy print a traceback; `running` logs one sentence instead.
            self.failure = error
            if self._is_running:  # a user changed an option, and sees the error there
                raise exceptions.OptionsError(str(error)) from error  # type: ignore[no-untyped-call]  # mitmproxy
        except Exception as error:
            logger.error("failed to open the cassettes", exc_info=failure_to_log())
            name = type(error).__name__
            self.failure = GlancetapeError(f"the cassettes could not be opened: {name}.")
        if self.session is not None:
            self._answering = Answering(self.session, self._watch)
            self._set_options()

    @property
    def settings(self) -> Settings:
        """What our options say. Raises BadParameter."""
        values = {option.name: getattr(ctx.options, PREFIX + option.name) for option in OPTIONS}
        return Settings.of(values, self._spell)

    @property
    def redactor(self) -> Redactor:
        """What removes secrets from what is shown."""
        if self.session is not None:
            return self.session.redactor
        return Redactor(None, self.settings.redaction_options)

    def reload(self) -> str:
        """Read the files that are replayed again; their names. Raises GlancetapeError.

        Then what was open still answers, as it did.
        """
        old = self.session
        if old is None or self._opened is not None:
            raise GlancetapeError("No file is open.")
        if old.recorder is not None:
            raise GlancetapeError("glancetape records, and reads its cassette at the start only.")
        try:
            new = open_session(old.settings, load_recording)
        except GlancetapeError:
            raise
        except Exception as error:
            logger.error("failed to open the cassettes", exc_info=failure_to_log())
            name = type(error).__name__
            raise GlancetapeError(f"the files could not be opened: {name}.") from error
        new.counts = old.counts
        self.session, self._answering = new, Answering(new, self._watch)
        old.close()
        return ", ".join(map(str, old.settings.replay or [old.settings.record]))

    def _set_options(self) -> None:
        wanted = {name: value for name, value in self._wanted().items() if name in ctx.options}
        ctx.options.update(**wanted)  # type: ignore[no-untyped-call]  # mitmproxy

    def _wanted(self) -> dict[str, Any]:
        """The options of mitmproxy's own that the session needs, and a quiet default.

        mitmdump's own line for each flow shows URLs with the secrets in them, and ours does not. So
        its default is left out, once; what a user sets stands.
        """
        is_default = not self._has_chosen_detail and _has_default(_DETAIL)
        self._has_chosen_detail = True
        quiet = {_DETAIL: 0} if is_default else {}
        is_reverse_proxy = any(mode.startswith("reverse:") for mode in ctx.options.mode)
        has_upstreams = self.session is not None and bool(self.session.upstreams)
        # The header Host says whether a stranger's page may ask, and where catalogs have to lead
        # the client; we set the service's.
        needs_host = is_reverse_proxy and (has_upstreams or self.is_offline)
        kept = {"keep_host_header": True} if needs_host else {}
        if self.is_offline:
            return quiet | _OFFLINE | kept
        # With an eager connection, a service that is down makes a reverse proxy hang up silently.
        return quiet | kept | ({"connection_strategy": "lazy"} if is_reverse_proxy else {})

    def running(self) -> None:
        """End mitmproxy when the session failed to open, or an option of ours is misspelt.

        mitmproxy itself ignores an option that no addon has declared.
        """
        self._is_running = True
        if self.failure is not None:
            logger.error("%s", self.failure)
            ctx.master.shutdown()  # type: ignore[no-untyped-call]  # mitmproxy
        unknown = sorted(name for name in ctx.options.deferred if name.startswith(_OPTION_NAMES))
        for old in RENAMED.keys() & unknown:
            logger.error("%s is now %s", old, RENAMED[old])
        if self.session is None and self.failure is None and not unknown:
            logger.warning(
                "nothing is recorded or replayed; set %srecord or %sreplay", PREFIX, PREFIX
            )
        if unknown:
            known = ", ".join(PREFIX + option.name for option in OPTIONS)
            logger.error("unknown option %s; the options are %s", ", ".join(unknown), known)
            ctx.master.shutdown()  # type: ignore[no-untyped-call]  # mitmproxy

    def done(self) -> None:
        """Finish the cassette when mitmproxy ends; later requests are not let through."""
        if self.session is not None:
            self.failure = GlancetapeError("glancetape has ended.")
        self._close()

    def _close(self) -> None:
        if self.session is not None:
            session, self.session = self.session, None
            self._answering = self._recording = None
            if self._opened is None:
                session.close()

    @property
    def is_offline(self) -> bool:
        """Whether no request may leave: the session only replays, or failed to open."""
        if self.session is None:
            return self.failure is not None
        return self.session.is_offline

    @property
    def _is_open(self) -> bool:
        """Whether what fails in here while we record passes all the same."""
        return self._recording is not None and self._recording.is_open

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Note whether a client uses us as a server (`GET /path`) or as a proxy (`GET http://`)."""
        client = nextlayer.context.client.id
        if client not in self._is_client_direct:  # later layers are inside a CONNECT
            first_bytes: bytes = nextlayer.data_client()  # type: ignore[no-untyped-call]  # mitmproxy
            if _is_cut_off(first_bytes):
                _wait_for_more(nextlayer)
                return
            self._is_client_direct[client] = _ORIGIN_FORM.match(first_bytes) is not None
            if self.is_offline and _HEAD_WITHOUT_HOST.match(first_bytes):
                self._serve_without_host(nextlayer)

    def _serve_without_host(self, nextlayer: layer.NextLayer) -> None:
        """Let a request of HTTP/1.0 come to `request`, though it names no host to go to.

        A forward proxy of mitmproxy would refuse it. A transparent one takes the address of the
        connection; ours opens none in replay.
        """
        context = nextlayer.context
        context.server.address = context.client.sockname[:2]
        nextlayer.layer = HttpLayer(context, HTTPMode.transparent)

    def client_disconnected(self, client: connection.Client) -> None:
        """Forget a client."""
        self._is_client_direct.pop(client.id, None)

    def _is_direct(self, flow: http.HTTPFlow) -> bool:
        return is_reverse(flow) or self._is_client_direct.get(flow.client_conn.id, False)

    def is_direct(self, flow: http.HTTPFlow) -> bool:
        """Whether the client of a flow named us, and not a service, so that any host may answer."""
        return bool(flow.metadata.get(_DIRECT))

    # -- traffic ----------------------------------------------------------------------------

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Refuse connections in replay, should anything try to open one."""
        if self.is_offline:
            data.server.error = "glancetape replays: no connection is opened"

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Direct a request at a reverse proxy to the service that its path names."""
        if not flow.live:  # mitmproxy reads it from a file
            return
        # A client replay sends the same flow again.
        for name in (OURS, LED_BACK, _NO_SERVICE, _WRONG_HOST):
            flow.metadata.pop(name, None)
        session = self.session
        if session is None or session.is_offline or not is_reverse(flow):
            return
        try:
            host = host_to_check(flow)
            if host and not session.server_names.allow(host):
                flow.request.stream = False
                flow.metadata[_WRONG_HOST] = host
                return
            why = send_to_service(flow, session) if session.upstreams else ""
        except Exception:
            logger.error("failed to direct a request", exc_info=failure_to_log())
            why = "glancetape failed to find the service; its log says more."
        if why:
            flow.request.stream = False
            flow.metadata[_NO_SERVICE] = why

    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """Answer a request from the session, or let it go to its service to be recorded.

        Something to wait for is only returned where the answer takes so long that it would hold up
        other clients; mitmproxy waits for it.
        """
        if not flow.live:
            return None
        reading = self._reads_ahead(flow)
        if reading is None:
            self._answer(flow)
            return None

        async def answer_when_read() -> None:
            await reading
            self._answer(flow)

        return answer_when_read()

    def _reads_ahead(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        if self._answering is None or not self.is_offline or flow.response is not None:
            return None
        try:
            is_direct = self._is_direct(flow) and not is_named(flow)
            base = base_of(flow) if is_reverse(flow) else ""
            return self._answering.reads_ahead(received_of(flow, base), direct=is_direct)
        except (ValueError, LookupError, GlancetapeError):
            return None  # it fails again where the request is answered, and is reported there

    def _answer(self, flow: http.HTTPFlow) -> None:
        if self.failure is not None:
            self._fail(flow, str(self.failure))
        elif self.session is not None and (why := flow.metadata.get(_NO_SERVICE)):
            self.session.counts.refused += 1
            logger.warning("refused: %s", why)
            self._fail(flow, why, status=404)
        elif self.session is not None and (host := flow.metadata.get(_WRONG_HOST)):
            self.session.counts.other_hosts += 1
            refusal = wrong_host(flow.request.method, host, self.session.settings)
            logger.warning("refused: %s", refusal.why)
            self._give(flow, refusal)
        if self._answering is None or flow.response is not None:
            return
        try:
            if self._answering.lets_pass(flow.request.data.path):
                return
            recording = self._recording
            is_limited = recording is None or recording.limits(flow)
            is_direct = self._is_direct(flow) and not is_named(flow)
            flow.metadata[_DIRECT] = is_direct
            received = received_of(
                flow,
                base_of(flow) if is_reverse(flow) else "",
                host_to_check(flow) if self._is_direct(flow) else "",
            )
            sent = self._answering.reply(received, direct=is_direct, is_limited=is_limited)
        except Exception:
            logger.error("failed to read a request", exc_info=failure_to_log())
            if not self._is_open:
                self._fail(flow, "glancetape failed to read the request; its log says more.")
            return
        if sent is not None and not (self._is_open and sent.provenance == FAILED):
            self._give(flow, sent)
            if sent.delay or sent.broken is not None:
                self._faulty[flow] = sent

    async def response(self, flow: http.HTTPFlow) -> None:
        """Record a response of the service before the client gets it.

        Not one that mitmproxy reads from a file: it is of another day, and the cassette would say
        that it is of today. `glancetape import` knows its date.
        """
        if not flow.live:
            return
        faulty = self._faulty.pop(flow, None)
        if faulty is not None:
            await hold_back_or_break(flow, faulty)
            return
        if self.failure is not None and OURS not in flow.metadata:
            self._fail(flow, str(self.failure))
        session, recording = self.session, self._recording
        if session is None or recording is None or OURS in flow.metadata:
            return
        try:
            refusal = await recording.record(flow)
            if refusal is None:
                lead_back(flow, session)
            else:
                self._fail(flow, refusal.message, refusal.provenance)
        except Exception:
            session.counts.failed += 1
            logger.error("failed to handle an answer", exc_info=failure_to_log())
            if not self._is_open:
                self._fail(flow, "glancetape failed to read the answer; its log says more.")

    async def error(self, flow: http.HTTPFlow) -> None:
        """Log an exchange that broke off; the cassette has at most a mark of it."""
        if not flow.live:
            return
        self._faulty.pop(flow, None)
        session = self.session
        if session is not None and session.is_offline and _exceeds_limit(flow):
            session.counts.too_large += 1
            most = f"{MOST_IMAGE_DATA >> 20} MiB"
            method = session.shown_method(flow.request.method)
            logger.warning("refused %s: its body is larger than %s", method, most)
        if self._recording is not None and OURS not in flow.metadata:
            await self._recording.broke_off(flow)

    def _fail(
        self, flow: http.HTTPFlow, message: str, provenance: str = FAILED, status: int = 500
    ) -> None:
        response = failure_response(message, provenance, status)
        self._give(flow, to_send(response, flow.request.method, provenance, message))

    def _give(self, flow: http.HTTPFlow, sent: Sent) -> None:
        """Answer a flow ourselves."""
        flow.metadata[OURS] = True
        flow.response = to_mitmproxy(sent)
        note_answer(flow, sent)


def _has_default(option: str) -> bool:
    """Whether an option of mitmproxy is there and as it was made."""
    options: Any = ctx.options
    return option in options and not options.has_changed(option)


def _exceeds_limit(flow: http.HTTPFlow) -> bool:
    """Whether mitmproxy refused a request with a 413, before it was read to its end."""
    return flow.error is not None and "body_size_limit" in flow.error.msg


def _is_cut_off(first_bytes: bytes) -> bool:
    """Whether the head of a request to us is not complete; packets may be cut anywhere."""
    return (
        len(first_bytes) <= MOST_URL
        and _BEGINS_LIKE_HTTP_1.match(first_bytes) is not None
        and _END_OF_HEAD.search(first_bytes) is None
    )


def _wait_for_more(nextlayer: layer.NextLayer) -> None:
    """Let mitmproxy ask again when it has more data, as if it had not decided yet."""
    layers = nextlayer.context.layers
    if nextlayer.layer is not None:
        del layers[layers.index(nextlayer.layer) :]
        nextlayer.layer = None
