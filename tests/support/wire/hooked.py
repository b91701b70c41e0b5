"""The addon in a mitmproxy that has no network: tests call its hooks as mitmproxy does."""

import asyncio
import json
from pathlib import Path
from typing import Any

from mitmproxy import connection, http
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.test import taddons, tflow

from glancetape.wire.addon_hooks import Glancetape
from glancetape_cassettes.interaction import Response
from support.clouds.recorded import get, ok, write_cassette
from support.sets.set_files import record

WALK = {  # a whole list of two images, one a page
    "?limit=1": ("b", "/v2/images?limit=1&marker=b"),
    "?limit=1&marker=b": ("a", "/v2/images?limit=1&marker=a"),
    "?limit=1&marker=a": (None, None),
}


class Hooked:
    """The addon in a mitmproxy that has no network, and its hooks."""

    def __init__(self) -> None:
        self.addon = Glancetape()
        self.context = taddons.context(Proxyserver(), self.addon)
        self.master = self.context.master

    def configure(self, **options: Any) -> None:
        named = {f"glancetape_{name}": value for name, value in options.items()}
        self.context.configure(self.addon, **named)

    def run(self) -> bool:
        """Call `running`; return whether mitmproxy goes on."""
        self.addon.running()
        self.master.event_loop.run_until_complete(asyncio.sleep(0))
        return not self.master.should_exit.is_set()

    def ask(self, target: str, method: str = "GET") -> http.Response | None:
        """Return the answer that the `request` hook puts into a flow, if it does."""
        return self.answered(target, method).response

    def answered(self, target: str, method: str = "GET") -> http.HTTPFlow:
        """Return a flow after the `request` hook."""
        flow = flow_to(target, method)
        self.addon.request(flow)
        return flow

    def pass_on(self, target: str, answer: http.Response, method: str = "GET") -> http.Response:
        """Return what a client gets of an answer of the service."""
        response = self.passed(target, answer, method).response
        assert response is not None
        return response

    def passed(self, target: str, answer: http.Response, method: str = "GET") -> http.HTTPFlow:
        """Return a flow that the service answered, after all hooks."""
        flow = self.answered(target, method)
        assert flow.response is None
        flow.response = answer
        self.respond(flow)
        return flow

    def respond(self, flow: http.HTTPFlow) -> None:
        """Call the `response` hook."""
        self.master.event_loop.run_until_complete(self.addon.response(flow))

    def connect(self) -> str | None:
        """Return why a connection to a server is refused, or None when it is opened."""
        server = connection.Server(address=("glance", 9292))
        self.addon.server_connect(ServerConnectionHookData(server, tflow.tclient_conn()))
        return server.error

    def end(self) -> None:
        self.addon.done()
        self.master.event_loop.close()


def flow_to(target: str, method: str = "GET") -> http.HTTPFlow:
    """Make a flow with a request to a Glance, which nobody has answered yet."""
    request = http.Request.make(method, f"http://glance:9292{target}")
    return tflow.tflow(req=request)


def page_of(query: str) -> Response:
    """Make the page of a query of the walk."""
    name, following = WALK[query]
    body: dict[str, Any] = {"first": "/v2/images?limit=1", "schema": "/v2/schemas/images"}
    body["images"] = [{**record(name), "os_hidden": False}] if name else []
    if following:
        body["next"] = following
    return ok(json.dumps(body).encode(), ("X-Openstack-Request-Id", "r"))


def write_walk(path: Path) -> Path:
    """Write a cassette with the walk."""
    pages = [(get(f"/v2/images{query}"), page_of(query)) for query in WALK]
    return write_cassette(path, pages)
