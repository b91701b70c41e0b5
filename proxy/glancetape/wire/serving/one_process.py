"""Serving a session from this process, until a signal ends it."""

import asyncio
import re
import signal
from collections.abc import Callable

from glancetape.addresses import Address
from glancetape.server_names import ServerNames, is_loopback
from glancetape.session.counts import Counts
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape.terminal.ending import wake_no_more
from glancetape.wire.answering import REFUSED, Answering, wrong_host
from glancetape.wire.messages import Received, Sent
from glancetape.wire.response_cache import MOST_BYTES
from glancetape.wire.saved.recordings import load_recording
from glancetape.wire.serving.connection import Patience, Service
from glancetape.wire.serving.metrics import HEALTH, State, health, pages_of
from glancetape.wire.serving.plan import GRACE, ServePlan
from glancetape.wire.serving.server import Server, bind, service_for
from glancetape.wire.serving.turns import run
from glancetape_cassettes.lean_process import without_garbage_collection

_ENDS_TOKEN = re.compile(rb"[^?]*/v3/auth/tokens/?(?:\?|\Z)")
_ONE_WORKER = (
    "A token that is deleted would still be accepted by the other workers; use --workers 1."
)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Announce = Callable[[str, str], None]
"""Called with our URL and that of the metrics ("" for none) when clients may come."""


def serve_here(plan: ServePlan, announce: Announce) -> Counts:
    """Serve until a signal comes; what was asked until then. Raises GlancetapeError."""
    with without_garbage_collection(stays=True):  # a search would hold up clients
        session = open_session(plan.settings, load_recording)
    with session:
        run(_serve(plan, session, announce))
        return session.counts


async def _serve(plan: ServePlan, session: Session, announce: Announce) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, ended.set)
    opened = bind(plan.listen)
    where = Address(plan.listen.host, opened.getsockname()[1])
    server = server_of(session, plan, where)
    await server.listen(opened, plan.certificate.context() if plan.certificate else None)

    def state() -> State:
        return State(counts=session.counts, connections=server.open_connections, workers=1)

    metrics, shown_at = await serve_metrics(plan, state)
    announce(f"{plan.scheme}://{where}", shown_at)
    await ended.wait()
    await server.end(GRACE)
    if metrics is not None:
        await metrics.end(0.0)
    wake_no_more()


def server_of(session: Session, plan: ServePlan, where: Address) -> Server:
    """A server that answers from a session, and whose `/healthz` says that it does."""
    patience = Patience()
    answering = Answering(session, room=MOST_BYTES // plan.workers)
    service = service_for(answering, patience=patience, scheme=plan.scheme, where=where)
    answer = service.reply

    def answer_or_refuse(received: Received) -> Sent:
        if received.target == HEALTH:
            return health(received)
        if plan.workers > 1 and _ENDS_TOKEN.match(received.target) and received.method == "DELETE":
            return answering.refuse(received, _ONE_WORKER, 501, REFUSED)
        return answer(received)

    service.reply = answer_or_refuse
    return Server(service)


async def serve_metrics(plan: ServePlan, state: Callable[[], State]) -> tuple[Server | None, str]:
    """The server of the metrics, and the URL of its page; None and "" when there is none.

    Raises GlancetapeError.
    """
    if plan.metrics is None:
        return None, ""
    opened = bind(plan.metrics, "--metrics")
    shown = Address(plan.metrics.host, opened.getsockname()[1])
    answer = pages_of(state, plan.workers)
    hosts = ServerNames(plan.settings.server_name)
    is_local = is_loopback(plan.metrics.host)

    def answer_or_refuse(received: Received) -> Sent:
        host = received.host_to_check
        if not host or hosts.allow(host):
            return answer(received)
        return wrong_host(received.method, host, plan.settings)

    server = Server(Service(reply=answer_or_refuse, host=str(shown), is_local=is_local))
    await server.listen(opened)
    return server, f"http://{shown}/metrics"
