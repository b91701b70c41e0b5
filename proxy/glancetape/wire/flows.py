"""Requests and responses from mitmproxy's flows, and responses for them."""

import asyncio

from mitmproxy import connection, http
from mitmproxy.net.http import url as urls

from glancetape.faults.broken import Broken
from glancetape.wire.faulty import DRIBBLE_SECONDS, cut
from glancetape.wire.limits import MOST_RESPONSE
from glancetape.wire.messages import (
    NotWhole,
    Received,
    Sent,
    read_request,
    refuse_much_text,
    whole,
)
from glancetape_cassettes.formats.foreign.of_service import OF_GLANCETAPE
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response
from glancetape_cassettes.redaction.policy import gives_image_data

OURS, LED_BACK = "glancetape", "glancetape-led-back"
"""Marks in the metadata of a flow, which flow files keep: we answered it; we changed its links."""


def why_not_of_service(flow: http.HTTPFlow) -> str:
    """Why the response of a flow is not what a service sent, as a phrase; "" if it is."""
    if flow.metadata.get(OURS):
        return OF_GLANCETAPE
    if flow.metadata.get(LED_BACK):
        return "its links lead to glancetape; the cassette that was recorded has the service's"
    return ""


def host_and_port(scheme: str, host: str, port: int) -> str:
    """The host and port of a URL; mitmproxy writes an IPv6 address without its brackets.

    >>> host_and_port("http", "::1", 9292)
    '[::1]:9292'
    """
    return urls.hostport(scheme, f"[{host}]" if ":" in host else host, port)


def url_of(request: http.Request) -> str:
    """The URL of a request, with brackets around an IPv6 address."""
    if ":" not in request.host:
        return request.url
    where = host_and_port(request.scheme, request.host, request.port)
    if request.first_line_format == "authority":
        return where
    return f"{request.scheme}://{where}{'' if request.path == '*' else request.path}"


def received_of(flow: http.HTTPFlow, base: str = "", host_to_check: str = "") -> Received:
    """The request of a flow as it came.

    One that is streamed has gone to its service already, so its body is not looked at.
    """
    body = None if flow.request.stream else flow.request.raw_content
    return _received(flow.request, body, base, host_to_check)


def _received(
    message: http.Request, body: bytes | None, base: str = "", host_to_check: str = ""
) -> Received:
    return Received(
        method=message.method,
        url=url_of(message),
        target=message.data.path,
        fields=message.headers.fields,
        body=body,
        base=base,
        host_to_check=host_to_check,
    )


def request_of(flow: http.HTTPFlow) -> Request:
    """The request of a flow, its body decoded. Raises NotWhole, or TooLarge.

    A body that was streamed is there too if mitmproxy keeps it (`store_streamed_bodies`).
    """
    return read_request(_received(flow.request, flow.request.raw_content))


def response_of(flow: http.HTTPFlow) -> Response:
    """The response of a flow, its body decoded. Raises NotWhole, or TooLarge.

    A body that was streamed is there too if mitmproxy keeps it (`store_streamed_bodies`).
    """
    message = flow.response
    if message is None:
        raise NotWhole("there was no response")
    headers, body = whole(message.headers.fields, message.raw_content, "response", MOST_RESPONSE)
    if gives_image_data(flow.request.method, flow.request.path, message.status_code):
        refuse_much_text(body, "response")
    return Response(message.status_code, message.reason or "", headers, body)


def flow_of(interaction: Interaction) -> http.HTTPFlow:
    """A flow with the request and the response of an interaction, for filters to look at."""
    asked, answered = interaction.request, interaction.response
    nobody = ("", 0)
    flow = http.HTTPFlow(
        connection.Client(peername=nobody, sockname=nobody, timestamp_start=0.0),
        connection.Server(address=None),
    )
    flow.request = http.Request.make(asked.method, asked.uri)
    flow.response = http.Response.make(answered.status)
    # Set by themselves, as `make` would add a Content-Length.
    flow.request.headers, flow.request.raw_content = _fields(asked.headers), asked.body
    flow.response.headers, flow.response.raw_content = _fields(answered.headers), answered.body
    return flow


def _fields(headers: Headers) -> http.Headers:
    return http.Headers(
        [
            (name.encode("latin-1", "replace"), text.encode("utf-8", "replace"))
            for name, text in headers
        ]
    )


def to_mitmproxy(sent: Sent) -> http.Response:
    """A response for a flow; other addons may change it without a trace in the next one."""
    return http.Response(
        b"HTTP/1.1",
        sent.status,
        sent.reason,
        http.Headers(sent.fields),
        sent.body,
        None,
        0.0,
        0.0,
    )


async def hold_back_or_break(flow: http.HTTPFlow, sent: Sent) -> None:
    """Delay a response of ours, or break it off, as a fault says.

    mitmproxy sends a body in one piece: one that dribbles comes whole, after the same time.
    """
    dribbles = sent.broken is Broken.DRIBBLE
    await asyncio.sleep(sent.delay + (DRIBBLE_SECONDS if dribbles else 0))
    if sent.broken is Broken.RESET:
        flow.kill()  # type: ignore[no-untyped-call]  # mitmproxy
    elif sent.broken is Broken.TRUNCATE and flow.response is not None:
        flow.response.raw_content = cut(sent.body)
        flow.response.headers["Connection"] = "close"
