"""The same request to mitmproxy's hooks and to the ASGI app, without a network."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mitmproxy import http
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.test import taddons, tflow

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.addon_hooks import Glancetape
from glancetape.wire.answering import Answering
from glancetape.wire.asgi import App
from glancetape.wire.in_mitmproxy.addon_options import for_mitmproxy

HOST = "127.0.0.1:8180"
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """A request to the endpoint at HOST."""

    target: bytes
    method: str = "GET"
    fields: Fields = ()
    body: bytes = b""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """All headers, in bytes."""
        return [
            (b"host", HOST.encode()),
            *((one.encode(), two.encode()) for one, two in self.fields),
        ]


@dataclass(frozen=True)
class Got:
    """What a client can compare of an answer: names of headers in lower case, sorted."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def provenance(self) -> str:
        """The first word of X-Glancetape."""
        return dict(self.headers)[b"x-glancetape"].decode().partition(";")[0]


class Faces:
    """Two sessions with the same files, one behind each face."""

    def __init__(self, settings: Settings) -> None:
        self.app = App(Answering(open_session(settings)))
        self.addon = Glancetape()
        self.context = taddons.context(Proxyserver(), self.addon)
        self.context.configure(self.addon, **for_mitmproxy(settings))
        self.loop = asyncio.new_event_loop()

    def ask_app(self, asked: Asked) -> Got:
        """Ask as an ASGI server does; the body comes in two pieces."""
        path, mark, query = asked.target.partition(b"?")
        half = len(asked.body) // 2
        pieces = [asked.body[:half], asked.body[half:]]
        events: list[Any] = []
        scope = {
            "type": "http",
            "method": asked.method,
            "scheme": "http",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query if mark else b"",
            "headers": asked.headers,
            "server": ("127.0.0.1", 8180),
        }

        async def receive() -> dict[str, Any]:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(event: Any) -> None:
            events.append(event)

        self.loop.run_until_complete(self.app(scope, receive, send))
        start, body = events
        return Got(start["status"], tuple(sorted(start["headers"])), body["body"])

    def ask_addon(self, asked: Asked) -> Got:
        """Ask as mitmproxy does for a client that names us as its endpoint."""
        request = http.Request.make(asked.method, f"http://{HOST}/")
        request.data.path = asked.target
        request.headers = http.Headers(asked.headers)
        request.raw_content = asked.body
        flow = tflow.tflow(req=request)
        self.addon._is_client_direct[flow.client_conn.id] = True  # `next_layer` notes it
        self.addon.request(flow)
        answer = flow.response
        assert answer is not None
        fields = sorted((name.lower(), value) for name, value in answer.headers.fields)
        return Got(answer.status_code, tuple(fields), answer.raw_content or b"")

    def close(self) -> None:
        """Close both sessions."""
        self.addon.done()
        self.context.master.event_loop.close()
        self.loop.close()
        self.app.close()


@contextmanager
def faces(**settings: Any) -> Iterator[Faces]:
    """Open both faces of a session."""
    both = Faces(Settings.of(settings))
    yield both
    both.close()
