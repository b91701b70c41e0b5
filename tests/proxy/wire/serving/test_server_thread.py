"""A server inside a program: what is left of it when it ends."""

import gc
import socket
import warnings
from urllib.parse import urlsplit

import pytest

from glancetape.options import Settings
from glancetape.wire.serving.server_thread import serve
from support.running.processes import ROOT

WALK = ROOT / "cassettes" / "samples" / "walk.yaml"


def test_after_its_block_an_address_refuses_clients_and_those_it_had_are_hung_up_on() -> None:
    """Whoever connected later would wait for an answer as long as the program runs."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        with serve(Settings(replay=(WALK,))) as served:
            url = urlsplit(served.url)
            where = url.hostname, url.port
            connected = socket.create_connection(where, timeout=10)
            connected.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connected.recv(9).startswith(b"HTTP/1.1")

        with connected, connected.makefile("rb") as rest:
            rest.read()  # up to the end of the connection
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(where, timeout=10)
        gc.collect()

    assert [] == [one for one in warned if f"127.0.0.1', {url.port})" in str(one.message)]
