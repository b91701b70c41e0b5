"""The plugin's servers and broken clients: each gets a status or its end, and tests go on."""

import pytest

from support.running.user_project import Project

pytest_plugins = ["pytester"]

ATTACKS = r'''
import contextlib, re
from urllib.parse import urlsplit

GET = b"GET /v2/images HTTP/1.1\r\nHost: HOST\r\n"
ASKED = GET + b"X-Auth-Token: t\r\n\r\n"
POST = b"POST /v2/images HTTP/1.1\r\nHost: HOST\r\nX-Auth-Token: t\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ANSWERED = {  # what is sent, and the statuses of what comes back
    "a list": (ASKED, "200"),
    "line breaks before it": (b"\r\n" * 50 + ASKED, "200"),
    "three at once": (ASKED * 3, "200 200 200"),
    "no request after one": (ASKED + b"BAD\r\n\r\n" + ASKED, "200 400"),
    "no host": (ASKED.replace(b"Host: HOST\r\n", b""), "400"),
    "two hosts": (GET + b"Host: HOST\r\n\r\n", "400"),
    "a host with a blank": (ASKED.replace(b"HOST", b"a b"), "400"),
    "a host with a NUL": (ASKED.replace(b"HOST", b"a\0b"), "400"),
    "a NUL in the path": (ASKED.replace(b"images", b"ima\0ges"), "400"),
    "a NUL in a header": (GET + b"X-A: b\0c\r\n\r\n", "400"),
    "a method that is none": (ASKED.replace(b"GET", b"G<T", 1), "400"),
    "a line that is no header": (GET + b"no header\r\n\r\n", "400"),
    "a folded header": (GET + b"X-A: b\r\n c\r\n\r\n", "400"),
    "another version": (ASKED.replace(b"/1.1", b"/2.0"), "505"),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
    "an upgrade to HTTP/2": (
        GET + b"X-Auth-Token: t\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        "200",
    ),
    "a hello of TLS": (b"\x16\x03\x01\0\xc4\1\0\0\xc0\3\3" + bytes(200), "400"),
    "a tunnel": (b"CONNECT glance:9292 HTTP/1.1\r\nHost: glance:9292\r\n\r\n", "501"),
    "a header too large": (GET + b"X-A: " + b"a" * 300_000 + b"\r\n\r\n", "431"),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"),
    "a length below 0": (POST + b"Content-Length: -2\r\n\r\n{}", "400"),
    "a length of 40 digits": (POST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n{}", "400"),
    "a length of 10 GB": (POST + b"Content-Length: 10000000000\r\n\r\n{}", "413"),
    "a length and chunks": (
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"
    ),
    "a chunk without a size": (CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", "400"),
    "a chunk too short": (CHUNKED + b"2\r\n{}0\r\n\r\n", "400"),
    "bytes of nothing": (bytes(range(256)), "400"),
}
LEFT_OPEN = (b"", b"G", GET, GET + b"X-A", CHUNKED + b"2\r\n{", ASKED * 2000)

def connected(url):
    return socket.create_connection(urlsplit(url).netloc.split(":"), timeout=10)

def statuses(url, sent):
    """The statuses of all that comes back until the server hangs up, or has answered as often."""
    sent = sent.replace(b"HOST", urlsplit(url).netloc.encode())
    with connected(url) as client:
        with contextlib.suppress(ConnectionError):  # it has hung up already
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := client.recv(1 << 16):
                got += piece
    return " ".join(re.findall(r"HTTP/1\.1 (\d{3}) ", got.decode("latin-1")))
'''


@pytest.mark.parametrize("fixture", ["glancetape", "glancetape_server"])
def test_what_is_no_request_gets_a_status_and_others_their_answer(
    project: Project, fixture: str
) -> None:
    """Slow and silent clients are still connected when the test ends, and when the run does."""
    project.test(
        ATTACKS
        + f"""
@pytest.fixture(scope="session")
def held():
    clients = []
    yield clients
    for client in clients:
        client.close()

@pytest.mark.glancetape(images=[{{"name": "a"}}])
@pytest.mark.parametrize("number", range(2))
def test_broken_clients(number, {fixture}, held):
    url = {fixture}.url
    for sent in LEFT_OPEN:
        held.append(connected(url))
        held[-1].sendall(sent.replace(b"HOST", urlsplit(url).netloc.encode()))
    got = {{name: statuses(url, sent) for name, (sent, _) in ANSWERED.items()}}
    assert got == {{name: expected for name, (_, expected) in ANSWERED.items()}}
    assert ask(url + "/v2/images", **{fixture}.headers)[0] == 200
"""
    )

    project.passes(passed=2)
