"""A small Keystone and a small Glance for tests: a login, a catalog, version documents, a list."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/json"
PROJECT, USER = "1bed856811654c1cb661a6ca845ebc77", "7a" * 16
LIFETIME = {"issued_at": "2026-01-02T03:04:05.000000Z", "expires_at": "2026-01-02T05:04:05.000000Z"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.seen: list[tuple[str, str]] = []
        """The path and the header Host of each request."""
        self.tokens: list[str] = []
        self.catalog: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """Answer a request of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.path, self.headers.get("Host", "")))
        status, headers, answer = self.answer(self.path.partition("?")[0], body)
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": JSON, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body."""
        raise NotImplementedError


class _Keystone(_Handler):
    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Version documents without a token, and logins."""
        link = [{"rel": "self", "href": f"{self.server.url}/v3/"}]
        media = [{"base": JSON, "type": "application/vnd.openstack.identity-v3+json"}]
        version = {"id": "v3.14", "status": "stable", "links": link, "media-types": media}
        if path == "/":
            return 300, {}, {"versions": {"values": [version]}}
        if path in ("/v3", "/v3/"):
            return 200, {}, {"version": version}
        if path == "/v3/auth/tokens" and self.command == "POST":
            token = f"gAAAAABmade-up-token-{len(self.server.tokens):04d}"
            self.server.tokens.append(token)
            known = {
                "methods": ["password"],
                "user": {"id": USER, "name": "dana"},
                "project": {"id": PROJECT, "name": "demo"},
                "roles": [{"id": "9f0b6ddb1dce4f98856fadd70f5ae05a", "name": "member"}],
                "catalog": self.server.catalog,
                **LIFETIME,
            }
            return 201, {"X-Subject-Token": token}, {"token": known}
        if self.headers.get("X-Auth-Token") not in self.server.tokens:
            return 401, {}, {"error": {"code": 401, "title": "Unauthorized"}}
        links = {"self": f"{self.server.url}{path}", "next": None}
        return 200, {}, {"projects": [{"id": PROJECT, "name": "demo"}], "links": links}


class _Glance(_Handler):
    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Version documents without a token, and a list."""
        if path == "/":
            link = [{"rel": "self", "href": f"{self.server.url}/v2/"}]
            return 300, {}, {"versions": [{"id": "v2.17", "status": "CURRENT", "links": link}]}
        if path == "/v2":
            return 302, {"Location": f"{self.server.url}/v2/"}, {}
        if self.headers.get("X-Auth-Token") not in self.server.tokens:
            uri = f'Keystone uri="{self.server.catalog[0]["endpoints"][0]["url"]}"'
            return 401, {"WWW-Authenticate": uri}, {}
        return 200, {}, {"images": [{"id": "1", "name": self.server.url}], "first": "/v2/images"}


@dataclass(frozen=True)
class SmallCloud:
    """Both services."""

    keystone: _Server
    glance: _Server


def catalog_of(**urls: str) -> list[dict[str, Any]]:
    """A catalog with one region, one interface and these services."""
    return [
        {"type": kind, "name": kind, "endpoints": [
            {"interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": url}]}
        for kind, url in urls.items()
    ]  # fmt: skip


@contextmanager
def small_cloud() -> Iterator[SmallCloud]:
    """Run both services for the time of a `with` block."""
    servers = [_Server(_Keystone), _Server(_Glance)]
    keystone, glance = servers
    glance.tokens = keystone.tokens
    compute = "http://nova.example:8774/v2.1"
    keystone.catalog = glance.catalog = catalog_of(
        identity=f"{keystone.url}/v3", image=glance.url, compute=compute
    )
    threads = [
        threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.05})
        for one in servers
    ]
    for thread in threads:
        thread.start()
    try:
        yield SmallCloud(keystone, glance)
    finally:
        for one, thread in zip(servers, threads, strict=True):
            one.shutdown()
            thread.join()
            one.server_close()
