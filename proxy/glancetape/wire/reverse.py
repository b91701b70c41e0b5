"""A reverse proxy in front of several services: a request goes to the one that its path names."""

from typing import Any
from urllib.parse import urlsplit

from mitmproxy import ctx, http

from glancetape.server_names import is_loopback
from glancetape.session.adapting.leading_back import REWRITTEN
from glancetape.session.session import Session
from glancetape.session.upstreams import route
from glancetape.wire.flows import LED_BACK, host_and_port, response_of, url_of
from glancetape.wire.messages import NotWhole

_BASE, _IS_NAMED = "glancetape-base", "glancetape-is-named"


def is_reverse(flow: http.HTTPFlow) -> bool:
    """Whether a flow came through a reverse proxy, and not through a forward one."""
    mode: Any = flow.client_conn.proxy_mode
    return bool(mode.type_name == "reverse")


def host_to_check(flow: http.HTTPFlow) -> str:
    """The host that a client named which took us for its server; "" where any will do.

    Where mitmproxy replaces it by the service's, nobody knows it any more.
    """
    mode: Any = flow.client_conn.proxy_mode
    if mode.type_name not in ("regular", "reverse"):  # otherwise it is the host of a service
        return ""
    if is_reverse(flow) and not ctx.options.keep_host_header:
        return ""
    if not is_loopback(mode.listen_host(ctx.options.listen_host)):
        return ""
    return flow.request.host_header or ""


def is_named(flow: http.HTTPFlow) -> bool:
    """Whether a flow goes to a service by its name, so that its host says which one it is."""
    return bool(flow.metadata.get(_IS_NAMED))


def base_of(flow: http.HTTPFlow) -> str:
    """Our address as the client wrote it, such as `http://127.0.0.1:8180`."""
    known: str | None = flow.metadata.get(_BASE)
    if known is not None:
        return known
    host = flow.request.host_header
    if not host or (is_reverse(flow) and not ctx.options.keep_host_header):
        host = host_and_port("http", *flow.client_conn.sockname[:2])
    return f"{'https' if flow.client_conn.tls else 'http'}://{host}"


def send_to_service(flow: http.HTTPFlow, session: Session) -> str:
    """Direct a request to the service that its path names; why not, if there is none.

    Before the body is read: a large one goes on while it arrives.
    """
    target = flow.request.path
    flow.metadata[_BASE] = base_of(flow)
    flow.metadata[_IS_NAMED] = any(one.service for one in session.upstreams)
    found = route(session.upstreams, target)
    if found is None:
        named = " and ".join(one.service for one in session.upstreams)
        return (
            f"No service is named for {session.redactor.request_line('', target).strip()}, "
            f"only {named}. Name another with --upstream SERVICE=URL."
        )
    parts = urlsplit(found)
    request = flow.request
    request.scheme, request.path = parts.scheme, found[found.index("/", len(parts.scheme) + 3) :]
    request.port = parts.port or (443 if parts.scheme == "https" else 80)
    request.host = parts.hostname or ""  # and with it the header Host
    request.host_header = host_and_port(parts.scheme, request.host, request.port)
    return ""


def lead_back(flow: http.HTTPFlow, session: Session) -> None:
    """Let the catalog and the links of a service's response lead the client to us."""
    base = flow.metadata.get(_BASE)
    if base is None or flow.response is None:
        return
    try:
        response = response_of(flow)
    except NotWhole:
        return  # nobody can read it
    path = flow.request.path.partition("?")[0]
    led = session.lead_back(response, path, base, url_of(flow.request))
    if led is response:
        return
    flow.metadata[LED_BACK] = True
    if led.body != response.body:
        flow.response.content = led.body
    values = iter([value for name, value in led.headers if name.lower() in REWRITTEN])
    flow.response.headers.fields = tuple(
        (name, next(values).encode("latin-1", "replace"))
        if name.lower().decode("latin-1") in REWRITTEN
        else (name, value)
        for name, value in flow.response.headers.fields
    )
