"""A small image service for tests: real sockets, answers made to measure."""

import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import brotli
import zstandard

PAGE = (
    json.dumps(
        {
            "images": [
                {"id": f"{n:08d}-0000-4000-8000-000000000000", "name": "CentOS 镜像", "size": n}
                for n in range(25)
            ],
            "first": "/v2/images",
        },
        ensure_ascii=False,
    )
).encode()

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


class Handler(BaseHTTPRequestHandler):
    """Answers by path; see `Upstream`."""

    protocol_version = "HTTP/1.1"
    server: "Upstream"  # pyright: ignore[reportIncompatibleVariableOverride]

    def handle_one_request(self) -> None:
        """Ignore clients that go away."""
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self) -> None:
        """Answer a request of any method."""
        length = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append(f"{self.command} {self.path}")
        self.server.hosts.append(self.headers.get("Host") or "")
        self.server.bodies.append(self.rfile.read(length) if length else b"")
        kind = urlsplit(self.path).path.rsplit("/", 1)[-1]
        answer = getattr(self, f"_{kind.replace('-', '_')}", None)
        if answer is None:
            self._send(200, PAGE)
        else:
            answer()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _encoded(self, name: str) -> None:
        self._send(200, ENCODERS[name](PAGE), Content_Encoding=name)

    def _gzip(self) -> None:
        self._encoded("gzip")

    def _deflate(self) -> None:
        self._encoded("deflate")

    def _br(self) -> None:
        self._encoded("br")

    def _zstd(self) -> None:
        self._encoded("zstd")

    def _unknown_coding(self) -> None:
        self._send(200, b"\x00\xffnobody knows", Content_Encoding="x-rot13")

    def _no_content(self) -> None:
        self._send(204, b"")

    def _empty(self) -> None:
        self._send(200, b"")

    def _binary(self) -> None:
        self._send(200, bytes(range(256)))

    _file = _binary

    def _large(self) -> None:
        self._send(200, b"x" * 2_000_000)

    def _bad(self) -> None:
        self._send(400, b"400 Bad Request\n\nlimit param must be an integer\n\n   ")

    def _chunked(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (PAGE[:100], PAGE[100:]):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE[:100])
        self.close_connection = True

    def _cut_chunks(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (100, PAGE[:100]))
        self.close_connection = True

    def _slow(self) -> None:
        self.server.release.wait(10)
        self._send(200, PAGE)


class Upstream(ThreadingHTTPServer):
    """The service; `seen` lists the requests that reached it."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: str = "127.0.0.1") -> None:
        """Listen on a free port of an address of this machine."""
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, 0), Handler)
        self.seen: list[str] = []
        self.bodies: list[bytes] = []
        self.hosts: list[str] = []
        self.release = threading.Event()
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{host}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may hang up."""


@contextmanager
def upstream(address: str = "127.0.0.1") -> Iterator[Upstream]:
    """Run the service for the time of a `with` block."""
    server = Upstream(address)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Silence:
    """A port on which nobody listens."""

    port: int = field(default=0)

    def __post_init__(self) -> None:
        """Find one by taking and releasing it."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
