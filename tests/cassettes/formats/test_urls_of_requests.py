"""A URL that names no request over HTTP is refused in every format, and never read as another."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.http_form import fault_of_url, with_escapes
from support.foreign.har_files import entry, har

PAGE = '{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
RESPONSE = {"status": {"code": 200}, "headers": {}, "body": {"string": PAGE}}

NONE = {
    "a line break": "http://glance:9292/v2/images?li\nmit=1",
    "a carriage return": "http://glance:9292/v2/images\r?limit=1",
    "a tab in the host": "http://gla\tnce:9292/v2/images",
    "a NUL": "http://glance:9292/v2/images\0",
    "a delete": "http://glance:9292/v2/images\x7f",
    "a port of letters": "http://glance:port/v2/images",
    "a port of 0": "http://glance:0/v2/images",
    "a port too high": "http://glance:65536/v2/images",
    "a port of many digits": f"http://glance:{'9' * 5000}/v2/images",
    "an address without brackets": "http://fe80::1:9292/v2/images",
    "half a bracket": "http://[fe80::1:9292/v2/images",
    "no host": "http:///v2/images",
    "a port alone": "http://:9292/v2/images",
    "a blank in the host": "http://<%= host %>:9292/v2/images",
    "no scheme": "//glance:9292/v2/images",
    "another scheme": "ftp://glance:9292/v2/images",
}
SOME = (
    "http://glance:9292/v2/images?limit=1",
    "https://glance/image/v2/images",
    "HTTP://GLANCE:80/v2/images",
    "http://[fe80::1]:9292/v2/images",
    "http://glance:9292/v2/images?name=a b&tag=é",
    "http://<HOST>/v2/images",
    "http://user@glance/v2/images#part",
)


def _vcr(url: str) -> str:
    item = {"request": {"method": "GET", "uri": url, "body": None}, "response": RESPONSE}
    return yaml.safe_dump({"interactions": [item], "version": 1})


def _go_vcr(url: str) -> str:
    answer = {"status": "200 OK", "code": 200, "headers": {}, "body": PAGE}
    item = {"request": {"method": "GET", "url": url, "body": ""}, "response": answer}
    return json.dumps({"interactions": [item], "version": 2})


def _har(url: str) -> str:
    return json.dumps(har([entry(url)]))


def _log(url: str) -> str:
    return (
        f'REQ: curl -g -i -X GET "{url}" -H "X-Auth-Token: t"\n'
        f"RESP: [200] Content-Type: application/json\nRESP BODY: {PAGE}\n"
    )


def _curl(url: str) -> str:
    return f"> GET {url} HTTP/1.1\n> \n< HTTP/1.1 200 OK\n< \n{PAGE}\n"


@pytest.mark.parametrize("url", NONE.values(), ids=NONE)
@pytest.mark.parametrize("write", [_vcr, _go_vcr, _har, _log, _curl])
def test_such_a_url_is_refused_in_every_format(
    tmp_path: Path, write: Callable[[str], str], url: str
) -> None:
    """`urlsplit` would drop the line break, so that another request would have the answer."""
    path = tmp_path / "file.log"
    path.write_text(write(url), newline="")

    with pytest.raises(CassetteError, match=rf"{path}.*"):
        load_cassette(path)


@pytest.mark.parametrize("url", NONE.values(), ids=NONE)
def test_such_a_url_has_a_fault(url: str) -> None:
    assert fault_of_url(url)


@pytest.mark.parametrize("url", SOME)
@pytest.mark.parametrize("write", [_vcr, _go_vcr, _har])
def test_other_urls_are_read_as_they_are(
    tmp_path: Path, write: Callable[[str], str], url: str
) -> None:
    """Recorders filter hosts, and some clients encode nothing."""
    path = tmp_path / "file"
    path.write_text(write(url))

    assert fault_of_url(url) is None
    assert url.partition("#")[0] == load_cassette(path).request(0).uri.partition("#")[0]


@pytest.mark.parametrize("byte", range(0x80, 0x100))
def test_a_byte_that_is_not_utf_8_is_escaped(byte: int) -> None:
    raw = b"http://glance/v2/images?name=a" + bytes([byte])

    escaped = with_escapes(raw.decode("utf-8", "surrogateescape"))

    assert f"http://glance/v2/images?name=a%{byte:02X}" == escaped
    assert fault_of_url(escaped) is None
