"""HTTPS and HTTP/2, through the proxy with its own CA."""

import errno
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from mitmproxy.certs import CertStore

from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.formats.cassette import load_cassette
from support.running.processes import BIN, ROOT, running
from support.running.proxies import recording, replaying
from support.running.upstream import PAGE, Upstream, upstream

URL = "/v2/images?limit=2"


@pytest.fixture(scope="module")
def service() -> Iterator[Upstream]:
    """A real image service on a free port."""
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def secure(service: Upstream) -> Iterator[str]:
    """The same service behind TLS, which speaks HTTP/2 and HTTP/1.1."""
    # mitmdump announces its address before it has written the CA, and no other test may have run.
    _ca().parent.mkdir(exist_ok=True)
    CertStore.from_store(_ca().parent, "mitmproxy", 2048)
    arguments = [BIN / "mitmdump", "--listen-host", "127.0.0.1", "-p", "0", "-q"]
    mode = ["--mode", f"reverse:{service.url}", "-s", ROOT / "tests/support/wire/announce.py"]
    with running([*arguments, *mode]) as front:
        yield front.url.replace("http://", "https://")


def _ca() -> Path:
    return Path("~/.mitmproxy/mitmproxy-ca-cert.pem").expanduser()


@dataclass
class _Answer:
    version: str
    headers: str
    body: bytes


def _get(url: str, proxy: str, http2: bool, folder: Path) -> _Answer:
    """Ask with curl, which speaks both versions of HTTP."""
    body, headers = folder / "body", folder / "headers"
    version = "--http2" if http2 else "--http1.1"
    run = subprocess.run(
        ["curl", "-sS", version, "-x", proxy, "--cacert", _ca(), "-o", body, "-D", headers,
         "-w", "%{http_version}", url],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return _Answer(run.stdout, headers.read_text().lower(), body.read_bytes())


@pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1", "HTTP/2"])
def test_https_is_recorded_and_replayed_through_the_proxy(
    secure: str, service: Upstream, tmp_path: Path, http2: bool
) -> None:
    """The client uses TLS with us and we with the service; in replay nothing is connected."""
    cassette = tmp_path / "a.yaml"
    with recording(cassette, upstream_ca=str(_ca())) as proxy:
        live = _get(secure + URL, proxy.url, http2, tmp_path)
    service.seen.clear()

    with replaying(cassette) as proxy:
        replayed = _get(secure + URL, proxy.url, http2, tmp_path)

    version = "2" if http2 else "1.1"
    assert [version, version] == [live.version, replayed.version]
    assert PAGE == live.body == replayed.body
    assert "x-glancetape: exact; a.yaml#1" in replayed.headers
    assert [] == service.seen


def test_a_cassette_recorded_over_http_2_is_replayed_over_http_1(
    secure: str, tmp_path: Path
) -> None:
    """And over plain HTTP, sent to us directly."""
    cassette = tmp_path / "a.yaml"
    with recording(cassette, upstream_ca=str(_ca())) as proxy:
        _get(secure + URL, proxy.url, http2=True, folder=tmp_path)

    with replaying(cassette) as proxy:
        through = _get(secure + URL, proxy.url, http2=False, folder=tmp_path)
        direct = requests.get(proxy.url + URL, timeout=10)

    assert PAGE == through.body == direct.content


def test_a_reverse_proxy_records_from_an_https_service(secure: str, tmp_path: Path) -> None:
    """The client needs no CA at all."""
    cassette = tmp_path / "a.yaml"

    with recording(cassette, secure, upstream_ca=str(_ca())) as proxy:
        live = requests.get(proxy.url + URL, timeout=10)

    assert (200, PAGE) == (live.status_code, live.content)
    assert "recorded; a.yaml#1" == live.headers["X-Glancetape"]


def test_a_service_with_an_unsigned_certificate_is_recorded_only_with_insecure(
    secure: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """`--insecure` is a decision of the user's."""
    with recording(tmp_path / "a.yaml", secure) as proxy:
        refused = requests.get(proxy.url + URL, timeout=10)
    with recording(tmp_path / "b.yaml", secure, insecure=True) as proxy:
        accepted = requests.get(proxy.url + URL, timeout=10)

    assert [502, 200] == [refused.status_code, accepted.status_code]
    assert "not recorded" in caplog.text


def test_a_file_of_cas_that_is_gone_is_not_called_empty(tmp_path: Path) -> None:
    """The command checks its argument first; a program, or a file removed since, comes here."""
    (tmp_path / "empty.pem").touch()
    messages = []
    for name in ("none.pem", "empty.pem"):
        with (
            pytest.raises(BadParameter) as error,
            recording(tmp_path / "a.yaml", upstream_ca=str(tmp_path / name)),
        ):
            pytest.fail("the proxy started")
        messages.append(str(error.value).rpartition("/")[2])

    assert [
        f"none.pem cannot be read: {os.strerror(errno.ENOENT)}.",
        "empty.pem holds no certificates (PEM).",
    ] == messages


def test_services_with_and_without_tls_are_named_together(
    secure: str, service: Upstream, tmp_path: Path
) -> None:
    """A path leads to its service over its own scheme, whichever is named first."""
    both = (f"image={secure}", f"identity={service.url}")
    for number, named in enumerate((both, both[::-1])):
        cassette = tmp_path / f"{number}.yaml"
        with recording(cassette, named, upstream_ca=str(_ca())) as proxy:
            answers = [
                requests.get(proxy.url + path, timeout=10)
                for path in (URL, "/v3/users", f"/image{URL}", "/identity/v3/users")
            ]

        assert [PAGE] * 4 == [answer.content for answer in answers]
        kept = load_cassette(cassette)
        schemes = [kept.request(index).uri.partition("://")[0] for index in range(len(kept))]
        assert ["https", "http"] * 2 == schemes
