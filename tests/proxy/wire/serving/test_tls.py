"""`glancetape serve --tls`: the certificate that is made, and one that the user has."""

import asyncio
import json
import socket
import ssl
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from glancetape.addresses import Address
from glancetape.wire.messages import to_send
from glancetape.wire.serving import https_context
from glancetape.wire.serving.connection import Service
from glancetape.wire.serving.own_certificate import own_certificate
from glancetape.wire.serving.server import Server, bind
from glancetape.wire.serving.turns import run as run_loop
from glancetape_cassettes.errors import BadParameter, GlancetapeError
from support.clouds.recorded import get, ok, write_cassette
from support.running.in_process import run
from support.running.processes import Running, glancetape, running

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ANY_PORT = ("--listen", "127.0.0.1:0")


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cassette(tmp_path_factory.mktemp("tls") / "a.yaml", [(get("/"), ok())])


@pytest.fixture(scope="module")
def server(cassette: Path) -> Iterator[Running]:
    home = str(cassette.parent / "cache")
    command = glancetape("serve", cassette, *ANY_PORT, "--tls")
    with running(command, XDG_CACHE_HOME=home) as started:
        yield started


def _ca_of(server: Running) -> str:
    return server.wait_for("clients have to trust (.+)")


def _get(server: Running, context: ssl.SSLContext, host: str = "127.0.0.1") -> int:
    connection = HTTPSConnection(host, urlsplit(server.url).port, context=context, timeout=10)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_client_that_trusts_the_printed_ca_is_answered(server: Running) -> None:
    """A strict one too, as Python 3.13 is; by the address and as localhost."""
    context = ssl.create_default_context(cafile=_ca_of(server))
    context.verify_flags |= ssl.VERIFY_X509_STRICT

    assert server.url.startswith("https://127.0.0.1:")
    assert [200, 200] == [_get(server, context, host) for host in ("127.0.0.1", "localhost")]


@pytest.mark.parametrize("method", ["GET", "DELETE", "CONNECT"])
def test_plain_http_gets_a_400_that_names_https(server: Running, method: str) -> None:
    """A connection that only ends looks like a server that is not there."""
    connection = HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=10)
    connection.request(method, "/v2/images")
    response = connection.getresponse()
    why = json.loads(response.read())["error"]["message"]

    assert (400, "refused") == (response.status, response.headers["X-Glancetape"])
    assert "this address serves HTTPS: write https:// in its URL." in why
    server.wait_for("refused a request: (This is plain HTTP)")
    assert 200 == _get(server, ssl.create_default_context(cafile=_ca_of(server)))


@pytest.mark.parametrize(
    "pieces",
    [
        [b"get / HTTP/1.1\r\n\r\n"],
        [bytes([letter]) for letter in b"GET / HTTP/1.1\r\n\r\n"],
        [b"PUT /v2/images/x/file HTTP/1.1\r\nContent-Length: 8388608\r\n\r\n", bytes(8 << 20)],
    ],
    ids=["small letters", "letter by letter", "upload"],
)
def test_plain_http_is_refused_however_it_is_sent(server: Running, pieces: list[bytes]) -> None:
    """A client that still sends its request would not see the response before a reset."""
    where = ("127.0.0.1", urlsplit(server.url).port or 0)
    with socket.create_connection(where, timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            client.sendall(piece)
            time.sleep(0.01)  # each comes by itself, and after the answer to the first one

        assert client.recv(1000).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_who_was_refused_as_plain_http_is_hung_up_on_when_it_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that reads to the end has the end at once; one that still sends may go on."""
    monkeypatch.setattr(https_context, "_SILENCE", 1.0)
    certificate = own_certificate("127.0.0.1", tmp_path, datetime.now(UTC))

    async def ask() -> list[str]:
        opened = bind(Address("127.0.0.1", 0))
        where = opened.getsockname()
        server = Server(Service(reply=lambda _: to_send(ok(), "GET", "exact")))
        await server.listen(opened, certificate.context())
        reader, writer = await asyncio.open_connection(*where)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        seen = [(await reader.read()).decode().splitlines()[0]]
        for wait, said in [*[(0.2, "goes on")] * 8, (2.5, "is over")]:
            await asyncio.sleep(wait)
            seen += await _said(writer, said)
        await server.end(0.0)
        return seen

    assert ["HTTP/1.1 400 Bad Request", *["goes on"] * 8, "was reset"] == run_loop(ask())


async def _said(writer: asyncio.StreamWriter, text: str) -> list[str]:
    """The text, if the other side still takes it."""
    try:
        for _ in range(2):  # the first one after the end is answered by a reset
            writer.write(text.encode())
            await writer.drain()
            await asyncio.sleep(0.01)
    except OSError:
        return ["was reset"]
    return [text]


def test_secrets_of_connections_are_written_where_sslkeylogfile_says(
    cassette: Path, tmp_path: Path
) -> None:
    """Wireshark reads what was sent with them."""
    made, keys = own_certificate("127.0.0.1", tmp_path, datetime.now(UTC)), tmp_path / "keys"
    files = ("--tls-cert", made.chain, "--tls-key", made.key)

    with running(glancetape("serve", cassette, *ANY_PORT, *files), SSLKEYLOGFILE=str(keys)) as up:
        assert 200 == _get(up, ssl.create_default_context(cafile=str(made.ca)))

    assert "SERVER_TRAFFIC_SECRET_0 " in keys.read_text()


def test_secrets_that_cannot_be_written_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = own_certificate("127.0.0.1", tmp_path, NOW)
    missing = tmp_path / "missing" / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(missing))

    with pytest.raises(BadParameter, match=f"{missing}, which SSLKEYLOGFILE names, cannot be"):
        made.context()


def test_what_is_neither_http_nor_tls_ends_the_connection(server: Running) -> None:
    where = ("127.0.0.1", urlsplit(server.url).port or 0)
    with socket.create_connection(where, timeout=10) as client:
        client.sendall(b"\0\1\2 GET / HTTP/1.1\r\n\r\n")

        assert b"" == client.recv(100)


def test_a_client_that_does_not_trust_it_is_not(server: Running) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _get(server, ssl.create_default_context())


def test_a_certificate_is_kept_until_it_has_almost_ended(tmp_path: Path) -> None:
    """Clients that trust it do so after a new start."""
    first = own_certificate("127.0.0.1", tmp_path, NOW)
    assert first.ca is not None
    before = first.ca.read_bytes()

    later = own_certificate("127.0.0.1", tmp_path, NOW + timedelta(days=380))
    assert before == first.ca.read_bytes()
    assert later == first
    own_certificate("127.0.0.1", tmp_path, NOW + timedelta(days=396))

    assert before != first.ca.read_bytes()
    assert 0o600 == stat.S_IMODE(first.key.stat().st_mode)
    assert [tmp_path / "127.0.0.1"] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("made", "is_kept"),
    [
        (timedelta(hours=23), True),
        (timedelta(hours=25), False),
        (-timedelta(days=389), True),
        (-timedelta(days=391), False),
    ],
    ids=str,
)
def test_a_certificate_is_kept_while_it_is_valid(
    tmp_path: Path, made: timedelta, is_kept: bool
) -> None:
    """Also by a clock that was set back since it was made: no client would accept it then."""
    chain = own_certificate("127.0.0.1", tmp_path, NOW + made).chain
    before = chain.read_bytes()

    own_certificate("127.0.0.1", tmp_path, NOW)

    assert is_kept == (before == chain.read_bytes())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "glance.example"])
def test_a_certificate_can_be_used_for_any_host(tmp_path: Path, host: str) -> None:
    """For all addresses, it names this machine."""
    made = own_certificate(host, tmp_path, NOW)

    made.context()  # fails if the key is of another certificate
    named = x509.load_pem_x509_certificate(made.chain.read_bytes()).extensions
    names = named.get_extension_for_class(x509.SubjectAlternativeName).value
    expected = socket.gethostname() if host == "0.0.0.0" else host
    assert expected in [str(name.value) for name in names]


def test_a_damaged_certificate_is_made_again(tmp_path: Path) -> None:
    """As a disk that was full may have left it."""
    made = own_certificate("127.0.0.1", tmp_path, NOW)
    made.chain.write_bytes(b"-----BEGIN")

    again = own_certificate("127.0.0.1", tmp_path, NOW)

    again.context()  # fails if the key is of another certificate
    assert b"-----BEGIN" != again.chain.read_bytes()


def test_a_folder_that_cannot_hold_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(GlancetapeError, match="--tls-cert and --tls-key"):
        own_certificate("127.0.0.1", tmp_path / "file", NOW)


def test_a_certificate_of_the_user_is_served(cassette: Path, tmp_path: Path) -> None:
    made = own_certificate("127.0.0.1", tmp_path, datetime.now(UTC))
    files = ("--tls-cert", made.chain, "--tls-key", made.key)

    with running(glancetape("serve", cassette, *ANY_PORT, *files)) as server:
        status = _get(server, ssl.create_default_context(cafile=str(made.ca)))

    assert 200 == status


def test_files_that_are_no_certificate_are_refused(cassette: Path, tmp_path: Path) -> None:
    made = own_certificate("127.0.0.1", tmp_path, NOW)
    other = own_certificate("localhost", tmp_path, NOW)
    wrong = [(made.chain, other.key), (cassette, made.key), (made.chain, tmp_path / "missing")]

    for chain, key in wrong:
        refused = run("serve", cassette, "--tls-cert", chain, "--tls-key", key)
        assert 2 == refused.returncode
        assert "cannot be used" in refused.stderr
    alone = run("serve", cassette, "--tls-cert", made.chain)
    assert (2, True) == (alone.returncode, "have to be given together" in alone.stderr)
    with pytest.raises(BadParameter):
        made.__class__(chain=made.chain, key=other.key).context()
