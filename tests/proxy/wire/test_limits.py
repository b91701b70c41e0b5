"""Requests and responses that are too large are refused at once, and hold up no other client."""

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import brotli
import pytest
import requests
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire import limits
from glancetape.wire.answering import Answering
from glancetape.wire.messages import Received
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.redaction.scrubbing import readable_size
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.recorded_lists import listed_image
from support.running.calls import at_most_calls
from support.running.proxies import recording, replaying
from support.running.upstream import Upstream
from support.sets.set_files import make_set


@pytest.fixture(scope="module")
def session_of_a_list(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    """A replay of a cassette with one list."""
    path = write_cassette(
        tmp_path_factory.mktemp("list") / "a.yaml", [(get("/v2/images?limit=1"), ok())]
    )
    session = open_session(Settings(replay=(path,)))
    yield Answering(session)
    session.close()


@given(more=st.integers(min_value=-9, max_value=9))
def test_a_url_is_refused_from_64_kib_on(more: int) -> None:
    head = "/v2/images?name="
    target = head + "a" * (limits.MOST_URL + more - len(head))

    why = limits.why_url_is_refused(target.encode())

    assert (more > 0) == bool(why)
    assert not why or f"{limits.MOST_URL + more:,} bytes" in why


@given(more=st.integers(min_value=-9, max_value=9), name=st.sampled_from(["tag", "a", ""]))
def test_a_url_is_refused_from_1001_parameters_on(more: int, name: str) -> None:
    count = limits.MOST_PARAMETERS + more
    target = "/v2/images?" + "&".join(f"{name}=1" for _ in range(count))

    why = limits.why_url_is_refused(target.encode())

    assert (more > 0) == bool(why)
    assert not why or f"{count:,} parameters" in why


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 1),
    "GZIP": lambda body: gzip.compress(body, 1),
    "deflate": lambda body: zlib.compress(body, 1),
    "deflateRaw": lambda body: zlib.compress(body, 1)[2:-4],
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstandard.ZstdCompressor(level=1).compress,
    "identity": bytes,
}


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_is_too_large_by_its_decoded_size(coding: str) -> None:
    for size, is_larger in ((0, False), (1, False), (5000, False), (5001, True), (90_000, True)):
        raw = CODINGS[coding](b"0" * size)

        assert is_larger == limits.is_larger(raw, coding, 5000)


@pytest.mark.parametrize("coding", CODINGS)
@given(damage=st.data())
def test_a_damaged_body_is_not_larger_and_raises_nothing(
    coding: str, damage: st.DataObject
) -> None:
    """It is kept as it came, as before."""
    raw = bytearray(CODINGS[coding](bytes(range(200))))
    at = damage.draw(st.integers(min_value=0, max_value=len(raw) - 1))
    raw[at] ^= damage.draw(st.integers(min_value=1, max_value=255))
    del raw[damage.draw(st.integers(min_value=1, max_value=len(raw))) :]

    assert not limits.is_larger(bytes(raw), coding, 1 << 24)


URLS = {
    "100,000 parameters": "&".join(f"a{n}=b" for n in range(100_000)),
    "100,000 tags": "&".join(f"tag=b{n}" for n in range(100_000)),
    "a long name": "name=" + "a" * 1_000_000,
    "a long name of separators": "name=" + ";%26+" * 200_000,
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("query", URLS.values(), ids=URLS.keys())
def test_a_replay_refuses_a_large_url_with_414(tmp_path: Path, query: str) -> None:
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?limit=1"), ok())])
    with replaying(path) as proxy:
        answer = requests.get(f"{proxy.url}/v2/images?{query}", timeout=30)

    assert (414, "too-large") == (answer.status_code, answer.headers["X-Glancetape"])
    assert "glancetape answers up to" in answer.json()["error"]["message"]
    assert 1 == proxy.counts.too_large
    assert len(answer.content) < 1000


@pytest.mark.parametrize("query", URLS.values(), ids=URLS.keys())
def test_a_large_url_is_refused_before_it_is_read(session_of_a_list: Answering, query: str) -> None:
    """Its parameters would be taken apart, and other clients would wait meanwhile."""
    target = f"/v2/images?{query}".encode()
    url = f"http://h{target.decode()}"
    received = Received(method="GET", url=url, target=target, fields=((b"Host", b"h"),), body=b"")
    session_of_a_list.reply(received, direct=True)

    with at_most_calls(1000):
        sent = session_of_a_list.reply(received, direct=True)

    assert sent is not None
    assert 414 == sent.status


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_a_replay_refuses_a_request_that_decodes_to_very_much(tmp_path: Path, coding: str) -> None:
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images?limit=1"), ok())])
    bomb = CODINGS[coding](b"0" * 50_000_000)
    with replaying(path) as proxy:
        answer = requests.post(
            f"{proxy.url}/v2/images", data=bomb, headers={"Content-Encoding": coding}, timeout=30
        )

    assert (413, "too-large") == (answer.status_code, answer.headers["X-Glancetape"])
    assert "body is larger than 112 KiB" in answer.json()["error"]["message"]


_KINDS = [
    b"application/json",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=a",
    b"application/octet-stream",
]
_MANY = {
    "members": b"{" + b",".join(b'"k%d":1' % number for number in range(12_000)) + b"}",
    "operations": b"[" + b",".join([b'{"op":"add","path":"/a","value":"x"}'] * 4_000) + b"]",
    "digits": b'{"min_disk":' + b"9" * 120_000 + b"}",
    "parameters": b"&".join(b"a%d=b" % number for number in range(16_000)),
    "parts": b"--a\r\n\r\n" * 18_000,
    "beginnings": b"-----BEGIN " * 12_000,
}


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("path", ["/v2/images", "/v3/auth/tokens", "/v3/OS-FEDERATION/saml2"])
@pytest.mark.parametrize("body", _MANY.values(), ids=_MANY)
def test_no_body_beside_image_data_is_looked_up_if_it_holds_very_much(
    session_of_a_list: Answering, body: bytes, path: str, kind: bytes
) -> None:
    """Whatever its type says: each member, parameter or part would be searched for secrets."""
    received = Received(
        method="POST",
        url=f"http://h{path}",
        target=path.encode(),
        fields=((b"Host", b"h"), (b"X-Auth-Token", b"t"), (b"Content-Type", kind)),
        body=body,
    )

    sent = session_of_a_list.reply(received, direct=True)

    assert sent is not None
    assert 413 == sent.status


_TEXT_SIZE = 300_000
_WORDS = b"cloud image of a small disk, "
_LINES = b"".join(b"line %d of a file\n" % number for number in range(20_000))
_TEXTS = {
    "words": _WORDS * 11_000,
    "a line": b"a" * _TEXT_SIZE,
    "dashes": b"-" * _TEXT_SIZE,
    "base64 in lines": base64.encodebytes(bytes(range(256)) * 1000),
    "JSON": json.dumps([{"name": f"n{number}"} for number in range(20_000)]).encode(),
    "beyond ASCII": "\u955c\u50cf\n".encode() * 50_000,
    "UTF-16": "\ufeff".encode("utf-16-le") + "\u955c".encode("utf-16-le") * _TEXT_SIZE,
    "control characters": b"\1\2" * _TEXT_SIZE,  # UTF-8, so it is searched as a text
}
_PARTS = {
    "words": _TEXTS["words"],
    "dashes": _TEXTS["dashes"],
    "JSON": _TEXTS["JSON"],
    "strings with zeros": _LINES.replace(b"\n", b"\0"),
    "strings in other data": _LINES.replace(b"\n", b"\xff\0\xfe"),
    "UTF-16 in other data": b"\xff\xff" + _LINES.decode().encode("utf-16-le"),
}
_DISK = b"\xff\0" * 1_000_000
_MUCH_TEXT = _TEXTS | {f"{name} in a disk": _DISK + part for name, part in _PARTS.items()}


def _upload(data: bytes, path: str = "/v2/images/1/file") -> Received:
    return Received(
        method="PUT",
        url=f"http://h{path}",
        target=path.encode(),
        fields=((b"Host", b"h"), (b"X-Auth-Token", b"t")),
        body=data,
    )


@pytest.mark.parametrize("path", ["/v2/images/1/file", "/image/v2/images/1/stage?x=y"])
@pytest.mark.parametrize("data", _MUCH_TEXT.values(), ids=_MUCH_TEXT)
def test_no_data_of_an_image_is_looked_up_if_it_holds_much_text(
    session_of_a_list: Answering, data: bytes, path: str
) -> None:
    """All text would be searched for secrets, however much other data is around it."""
    session_of_a_list.reply(_upload(b"a", path), direct=True)  # all modules are loaded

    with at_most_calls(500_000):
        sent = session_of_a_list.reply(_upload(data, path), direct=True)

    assert sent is not None
    assert 413 == sent.status
    assert b"its request body has more than 256 KiB of text" in sent.body


def test_an_image_set_takes_data_with_much_text(tmp_path: Path) -> None:
    """It is compared with no recording."""
    make_set(tmp_path / "a.images", [listed_image(1)])
    with open_session(Settings(replay=(tmp_path / "a.images",))) as session:
        sent = Answering(session).reply(_upload(_TEXTS["words"]), direct=True)

    assert sent is not None
    assert 413 != sent.status


@given(
    parts=st.lists(st.binary(max_size=12).map(lambda raw: raw.hex().encode()), max_size=30),
    sign=st.sampled_from([b"\xff", b"\1", b"\0\xff"]),
)
def test_readable_parts_count_once_and_their_repetitions_as_one_byte(
    parts: list[bytes], sign: bytes
) -> None:
    data = sign.join([b"", *parts, b""]) + b"\xff"
    readable = [part for part in parts if len(part) >= 8]
    once = set(readable)

    found = readable_size(data, len(data))

    assert sum(map(len, once)) + len(readable) - len(once) == found
    assert (found > 9) == (readable_size(data, 9) > 9)


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40_000,  # ten MiB, and the same 95 letters
        b"QFI\xfb" + bytes(8_000_000),
        Random(1).randbytes(4_000_000),
        Random(2).randbytes(100_000),  # has each kind of escape by chance
        b"a" * 250_000,
    ],
    ids=["a pattern", "an empty disk", "random", "little and random", "a short text"],
)
def test_data_of_a_disk_is_looked_up(session_of_a_list: Answering, data: bytes) -> None:
    with at_most_calls(3_000_000):
        sent = session_of_a_list.reply(_upload(data), direct=True)

    assert sent is not None
    assert 501 == sent.status  # it was not recorded


_GZIP = gzip.compress(b'{"name": "a"}', mtime=0)  # the same in each worker


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", b'{"name": "a"}', 400),
        ("gzip", _GZIP[:-9], 400),
        ("gzip", _GZIP + b"tail", 400),
        ("br", b"\xff" * 20, 400),
        ("zstd", b"no", 400),
        ("gzip, deflate", _GZIP, 400),
        ("compress", b'{"name": "a"}', 415),
        ("utf-8", b'{"name": "a"}', 415),
        ("gzip, rot13", _GZIP, 415),
        (", ".join(["identity"] * 5), b"{}", 415),
        ("gzip", _GZIP, 501),  # it is read, and not recorded
        ("utf-8", b"", 501),  # there is nothing to decode
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH", "GET", "OPTIONS"])
def test_a_replay_refuses_a_body_that_nobody_can_read(
    coding: str, body: bytes, status: int, method: str, session_of_a_list: Answering
) -> None:
    """As a cloud would, and in words."""
    fields = ((b"content-encoding", coding.encode()), (b"origin", b"http://localhost"))
    more = ((b"access-control-request-method", b"GET"),) if method == "OPTIONS" else ()
    received = Received(
        method=method,
        url="http://glance:9292/v2/images",
        target=b"/v2/images",
        fields=(*fields, *more),
        body=body,
    )

    sent = session_of_a_list.reply(received, direct=True)

    assert sent is not None
    if status == 501:
        assert sent.provenance in ("miss", "preflight")
        return
    assert (status, "refused") == (sent.status, sent.provenance)
    error = json.loads(sent.body)["error"]
    assert error["message"] == (
        "Not looked up: the content coding of its request body could not be undone. Send it as "
        "gzip, deflate, br or zstd, or without Content-Encoding."
    )


def test_a_recorder_refuses_a_large_url_of_the_image_service_alone(
    service: Upstream, tmp_path: Path
) -> None:
    """What it only passes through is for the service to judge."""
    path, query = tmp_path / "a.yaml", URLS["100,000 tags"][:66_000]
    with recording(path, service.url) as proxy:
        requests.get(f"{proxy.url}/v2/images?limit=1", timeout=30)
        refused = requests.get(f"{proxy.url}/v2/images?{query}", timeout=30)
        seen = list(service.seen)
        requests.get(f"{proxy.url}/v2.1/other/thing?{query[:65_000]}", timeout=30)

    assert (414, "too-large") == (refused.status_code, refused.headers["X-Glancetape"])
    assert 1 == len(seen)
    assert 1 == len(load_cassette(path))


def _marks(path: Path) -> list[bool]:
    """Whether each interaction of a cassette is a mark."""
    recorded = load_cassette(path)
    return [recorded.is_mark(index) for index in range(len(recorded))]


def test_a_recorder_passes_a_request_that_decodes_to_very_much_and_reports_it(
    service: Upstream, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As a body that is streamed past: the service answers, and there is only a mark."""
    path = tmp_path / "a.yaml"
    with recording(path, service.url) as proxy:
        answer = requests.post(
            f"{proxy.url}/v2/images",
            data=gzip.compress(b"0" * 50_000_000),
            headers={"Content-Encoding": "gzip"},
            timeout=30,
        )

    assert 200 == answer.status_code
    assert 1 == proxy.counts.not_recorded
    assert "its request body is larger than 112 KiB" in caplog.text
    assert [True] == _marks(path)


def test_a_recorder_passes_image_data_with_much_text_and_reports_it(
    service: Upstream, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.yaml"
    with recording(path, service.url) as proxy:
        url = f"{proxy.url}/v2/images/1/file"
        answer = requests.put(url, data=_PARTS["strings in other data"], timeout=30)

    assert 200 == answer.status_code
    assert 1 == proxy.counts.not_recorded
    assert "its request body has more than 256 KiB of text" in caplog.text
    assert [True] == _marks(path)


def test_an_upload_of_image_data_may_be_larger(service: Upstream, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    data = bytes(range(256)) * 4096 * 5
    headers = {"Content-Type": "application/octet-stream"}
    with recording(path, service.url) as proxy:
        live = requests.put(f"{proxy.url}/v2/images/1/file", data=data, headers=headers, timeout=30)
    with replaying(path) as proxy:
        again = requests.put(
            f"{proxy.url}/v2/images/1/file", data=data, headers=headers, timeout=30
        )

    assert "recorded; a.yaml#1" == live.headers["X-Glancetape"]
    assert "exact; a.yaml#1" == again.headers["X-Glancetape"]


@pytest.mark.parametrize("coding", ["bz2", "zlib", "hex", "base64", "gzip, gzip"])
def test_a_coding_that_only_python_knows_is_not_undone(
    service: Upstream, tmp_path: Path, coding: str
) -> None:
    """mitmproxy asks Python's codecs for it, and 45 bytes of bz2 can be 1 GB.

    What is still encoded is not recorded, because nobody could search it for secrets.
    """
    path = tmp_path / "a.yaml"
    with recording(path, service.url) as proxy:
        requests.post(
            f"{proxy.url}/v2/images",
            data=b"6162",
            headers={"Content-Encoding": coding},
            timeout=30,
        )

    assert [b"6162"] == service.bodies
    assert (0, 1) == (proxy.counts.recorded, proxy.counts.not_recorded)
    assert [True] == _marks(path)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "X-GZIP", "gzip, gzip", "gzip, identity"])
def test_each_coding_of_a_body_is_undone(service: Upstream, tmp_path: Path, coding: str) -> None:
    body = b'{"name": "a"}'
    for _ in range(coding.lower().count("gzip")):
        body = gzip.compress(body)
    path = tmp_path / "a.yaml"
    with recording(path, service.url) as proxy:
        requests.post(
            f"{proxy.url}/v2/images", data=body, headers={"Content-Encoding": coding}, timeout=30
        )

    assert {"name": "a"} == json.loads(load_cassette(path).interaction(0).request.body)
