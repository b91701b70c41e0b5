"""HAR files of browsers and proxies: each entry is read, or left out for a reason."""

import base64
import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.har import HAR
from glancetape_cassettes.formats.foreign.recognising import recognise
from support.foreign.har_files import entry, har, write_har

PAGE = '{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
NOT_IN_FILE = "the body of the answer is not in the file"


def read(path: Path) -> list[Entry | LeftOut]:
    """Every entry of a file that is recognised."""
    assert HAR is recognise(path)
    assert HAR.read is not None
    return list(HAR.read(path, None))


def only(tmp_path: Path, one: Any) -> Entry | LeftOut:
    """What becomes of a file's only entry."""
    (found,) = read(write_har(tmp_path / "a.har", [one]))
    return found


def header(name: str, value: str) -> dict[str, Any]:
    return {"headers": [{"name": name, "value": value}]}


def encoded(body: bytes) -> dict[str, Any]:
    text = base64.b64encode(body).decode()
    return {"text": text, "encoding": "base64", "size": len(body)}


GZIP = zlib.compressobj(wbits=31)
ZIPPED = GZIP.compress(PAGE.encode()) + GZIP.flush()
CACHED = {"afterRequest": {"hitCount": 1}}
PASSED_ON = {"_fetchedViaServiceWorker": True, "_serviceWorkerResponseSource": "network"}
UPLOAD = {"method": "PUT", "url": "http://glance:9292/v2/images/1/file"}
KEPT = {
    "text": (entry(), PAGE),
    "size unknown": (entry(content={"size": -1}), PAGE),
    "size of the compressed body": (entry(content={"size": 20}), PAGE),
    "base64": (entry(content=encoded(PAGE.encode())), PAGE),
    "base64 in lines": (
        entry(
            content=encoded(PAGE.encode()) | {"text": base64.encodebytes(PAGE.encode()).decode()}
        ),
        PAGE,
    ),
    "br, decoded": (entry(response=header("content-encoding", "br")), PAGE),
    "no coding": (entry(response=header("Content-Encoding", "utf-8")), PAGE),
    "base64, still gzip": (
        entry(response=header("Content-Encoding", "gzip"), content=encoded(ZIPPED)),
        PAGE,
    ),
    "byte order mark dropped by the browser": (entry(content={"size": len(PAGE) + 3}), PAGE),
    "other bytes, as mitmproxy writes them": (entry(text="a\udcff"), b"a\xff"),
    "latin-1": (
        entry(
            text="caf\xe9",
            content={"size": 4},
            response=header("Content-Type", "text/plain; charset=ISO-8859-1"),
        ),
        b"caf\xe9",
    ),
    "HEAD": (entry(text=None, request={"method": "HEAD"}, content={"size": 70}), b""),
    "204": (entry(text=None, response={"status": 204}), b""),
    "304": (entry(text=None, response={"status": 304}), b""),
    "304 with what is in the cache": (entry(response={"status": 304}, cache=CACHED), b""),
    "stored in the cache": (entry(cache=CACHED | {"beforeRequest": None}), PAGE),
    "passed on by a service worker": (entry(response=PASSED_ON), PAGE),
    "length 0": (entry(text=None, response=header("Content-Length", "0")), b""),
    "redirect": (
        entry(text=None, response={"status": 302, **header("Location", "/v2/")}),
        b"",
    ),
    "nothing, to a write": (entry(text="", request=UPLOAD, response={"status": 200}), b""),
}


@pytest.mark.parametrize(("one", "body"), KEPT.values(), ids=KEPT)
def test_a_body_is_that_of_the_service(tmp_path: Path, one: Any, body: str | bytes) -> None:
    """Decoded, and nothing is left of a content coding."""
    found = only(tmp_path, one)

    assert isinstance(found, Entry), found
    response = found.interaction.response
    assert (body.encode() if isinstance(body, str) else body) == response.body
    assert "content-encoding" not in {name.lower() for name, _ in response.headers}


LEFT_OUT = {
    "status 0": (entry(response={"status": 0}), "blocked, aborted or failed"),
    "status -1": (entry(response={"status": -1}), "blocked, aborted or failed"),
    "switching protocols": (entry(response={"status": 101}), "not that of an answer"),
    "dropped": (entry(text=None, content={"size": 123456}), NOT_IN_FILE),
    "dropped, size unknown": (entry(text=None, content={"size": -1}), NOT_IN_FILE),
    "dropped, size 0": (entry(text=None), NOT_IN_FILE),
    "no content": (entry(response={"content": {}}), NOT_IN_FILE),
    "streamed through mitmproxy": (entry(text="", content={"size": 0}), NOT_IN_FILE),
    "dropped, text empty": (
        entry(text="", request=UPLOAD, response=header("content-length", "70")),
        NOT_IN_FILE,
    ),
    "choices": (entry(text=None, response={"status": 300}), NOT_IN_FILE),
    "cut off": (entry(text=PAGE[:40], content={"size": 4096}), "only a part of the body"),
    "cache of Chrome": (entry(_fromCache="disk"), "from its cache"),
    "cache of Safari": (entry(_fetchType="Disk Cache"), "from its cache"),
    "memory of Safari": (entry(_fetchType="Memory Cache"), "from its cache"),
    "service worker of Safari": (entry(_fetchType="Service Worker"), "from its cache"),
    "inspector of Safari": (entry(_fetchType="Inspector Override"), "from its cache"),
    "cache of Firefox": (entry(cache={"afterRequest": None}), "its cache"),
    "service worker": (entry(response={"_fetchedViaServiceWorker": True}), "service worker"),
    "bytes replaced": (entry(text="a\ufffdb", content={"mimeType": "image/png"}), "replaced"),
    "coding unknown": (
        entry(response=header("content-encoding", "br"), content=encoded(b"\x8b\xff\x80")),
        "content coding",
    ),
    "request body dropped": (
        entry(request=UPLOAD | {"bodySize": 9}),
        "body of the request is not in the file",
    ),
    "request body empty": (
        entry(request=UPLOAD | {"bodySize": 9, "postData": {"text": "", "params": []}}),
        "body of the request is not in the file",
    ),
    "request body elsewhere": (
        entry(request=UPLOAD | {"postData": {"text": "", "_file": "../a"}}),
        "not beside",
    ),
    "request body in parts": (
        entry(request={"postData": {"mimeType": "multipart/form-data", "params": [{}]}}),
        "not in the file as it was sent",
    ),
    "no such attachment": (entry(text=None, content={"_file": "none.json"}), "not beside"),
    "attachment elsewhere": (entry(text=None, content={"_file": "../a.json"}), "not beside"),
}


@pytest.mark.parametrize(("one", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_without_its_answer_an_entry_is_left_out(tmp_path: Path, one: Any, reason: str) -> None:
    """It is never an empty answer; its request is known, as it may have changed images."""
    found = only(tmp_path, one)

    assert isinstance(found, LeftOut), found
    assert reason in found.reason
    assert not found.is_bad
    assert found.request is not None


PAGE_TEXT = '{"images": [{"id": "a", "name": "\u5b9d"}], "schema": "/v2/schemas/images"}'


@pytest.mark.parametrize("size", [None, -1, 0, len(PAGE_TEXT.encode()), 1e9], ids=repr)
def test_a_page_that_is_cut_off_is_left_out(tmp_path: Path, size: float | None) -> None:
    """Wherever it ends, and whatever the file says of its size."""
    cuts = [
        entry(text=PAGE_TEXT[:end], content={} if size is None else {"size": size})
        for end in range(len(PAGE_TEXT))
    ]
    if size is None:
        for one in cuts:
            del one["response"]["content"]["size"]

    found = read(write_har(tmp_path / "a.har", cuts))

    assert len(PAGE_TEXT) == len(found)
    assert not [one for one in found if isinstance(one, Entry)]


def test_broken_json_of_the_length_that_the_service_gave_is_its_answer(tmp_path: Path) -> None:
    """Then nothing was cut off."""
    found = only(tmp_path, entry(text='{"images": [', response=header("content-length", "12")))

    assert isinstance(found, Entry)


@pytest.mark.parametrize("is_in_lines", [False, True])
@pytest.mark.parametrize("size", [len(PAGE_TEXT), len(base64.b64encode(PAGE_TEXT.encode())), None])
def test_json_in_base64_is_found_without_a_word_of_it(
    tmp_path: Path, size: int | None, is_in_lines: bool
) -> None:
    """No service answers with it, so the tool that wrote the file left out `encoding`."""
    text = (base64.encodebytes if is_in_lines else base64.b64encode)(PAGE_TEXT.encode()).decode()

    found = only(tmp_path, entry(text=text, content={} if size is None else {"size": size}))

    assert isinstance(found, Entry)
    assert PAGE_TEXT.encode() == found.interaction.response.body


@pytest.mark.parametrize(
    "text",
    [
        "<images/>",
        "<html><body>Log in</body></html>",
        repr(PAGE_TEXT.encode()),
        PAGE_TEXT.encode().hex(),
        f")]}}',\n{PAGE_TEXT}",
        base64.b64encode(b"<images/>").decode(),
        base64.b64encode(PAGE_TEXT[:-9].encode()).decode(),
        "(binary data)",
    ],
)
@pytest.mark.parametrize("status", [200, 203, 404])
def test_what_is_declared_as_json_and_is_not_is_left_out(
    tmp_path: Path, text: str, status: int
) -> None:
    """Unless the length shows that the service sent it; an error may have any text."""
    length = header("content-length", str(len(text.encode())))

    found = only(tmp_path, entry(text=text, response={"status": status}))
    sent = only(tmp_path, entry(text=text, response=length | {"status": status}))

    assert isinstance(sent, Entry)
    assert sent.interaction.response.body == text.encode()
    if status == 404:
        assert isinstance(found, Entry)
    else:
        assert isinstance(found, LeftOut)
        assert "say that the body is JSON, and it is not" in found.reason


BAD = {
    "not an object": 7,
    "nothing": {},
    "no request": entry() | {"request": None},
    "no method": entry(request={"method": None}),
    "no URL": entry(request={"url": ""}),
    "relative URL": entry(request={"url": "/v2/images"}),
    "impossible URL": entry(request={"url": "http://[::1/v2/images"}),
    "headers are text": entry(request={"headers": "Accept: */*"}),
    "header without value": entry(response={"headers": [{"name": "a"}]}),
    "header with a number": entry(response={"headers": [{"name": "a", "value": 1}]}),
    "no response": entry() | {"response": []},
    "status is text": entry(response={"status": "200"}),
    "no content": entry(response={"content": None}),
    "text is a value": entry(content={"text": {"images": []}}),
    "bad base64": entry(content={"text": "a*==", "encoding": "base64"}),
    "unknown encoding": entry(content={"encoding": "zstd"}),
    "half a character": entry(text="\ud800"),
    "post data is text": entry(request={"postData": "a=b"}),
}


@pytest.mark.parametrize("one", BAD.values(), ids=BAD)
def test_a_damaged_entry_is_bad_and_not_the_whole_file(tmp_path: Path, one: Any) -> None:
    """The import ends with its number, unless it may skip bad entries."""
    path = write_har(tmp_path / "a.har", [entry(), one])

    good, bad = read(path)

    assert isinstance(good, Entry | LeftOut)
    assert [True] == [found.is_bad for found in (good, bad) if isinstance(found, LeftOut)]


@pytest.mark.parametrize("url", ["data:,x", "blob:http://h/1", "chrome-extension://a/v2/images"])
def test_what_a_page_loads_without_http_is_left_out(tmp_path: Path, url: str) -> None:
    """A browser lists it with the rest."""
    found = only(tmp_path, entry(url))

    assert isinstance(found, LeftOut)
    assert (False, "its URL is not one of HTTP") == (found.is_bad, found.reason)


def test_a_request_is_what_was_sent(tmp_path: Path) -> None:
    """Without pseudo headers; a form and a query that are only in lists are written again."""
    names = {":authority": "glance", ":path": "/v2/images", "X-Auth-Token": "t", "x-a": "1"}
    listed = [{"name": name, "value": value} for name, value in names.items()]
    query = [{"name": "name", "value": "a b"}, {"name": "limit", "value": "1"}]
    form = {"mimeType": "application/x-www-form-urlencoded", "params": query}
    asked = {"method": "post", "headers": listed, "queryString": query, "postData": form}

    found = only(tmp_path, entry(request=asked))

    assert isinstance(found, Entry)
    request = found.interaction.request
    assert ("POST", "http://glance:9292/v2/images?name=a+b&limit=1") == (
        request.method,
        request.uri,
    )
    assert (("X-Auth-Token", "t"), ("x-a", "1")) == request.headers
    assert b"name=a+b&limit=1" == request.body


def test_entries_come_in_the_order_in_which_they_were_sent(tmp_path: Path) -> None:
    """One without a date has no place among others; without any date, the file's order stays."""
    dates = ["2026-03-01T12:00:02Z", "2026-03-01T12:00:01+00:00", "2026-03-01T12:00:01.5Z"]
    dated = [entry(startedDateTime=date) for date in dates]
    undated = entry(startedDateTime="?")

    sorted_ = read(write_har(tmp_path / "a.har", dated))
    mixed = read(write_har(tmp_path / "b.har", [undated, *dated]))
    as_listed = read(write_har(tmp_path / "c.har", [undated, undated]))

    assert [2, 3, 1] == [one.number for one in sorted_]
    assert [3, 4, 2, 1] == [one.number for one in mixed]
    assert [1] == [one.number for one in mixed if isinstance(one, LeftOut)]
    assert [1, 2] == [one.number for one in as_listed if isinstance(one, Entry)]


def sent(second: float | None, time: Any = 0, method: str = "GET", **more: Any) -> dict[str, Any]:
    """A list or a write, so many seconds after ten o'clock, which takes so many milliseconds."""
    moment = timedelta(seconds=second or 0) + datetime(2026, 3, 1, 10, tzinfo=UTC)
    date = "" if second is None else moment.isoformat()
    path = "" if method == "GET" else "/a"
    return entry(
        f"http://glance:9292/v2/images{path}",
        startedDateTime=date,
        time=time,
        request={"method": method},
        **more,
    )


LOGIN = entry("http://keystone:5000/v3/auth/tokens", request={"method": "POST"}, startedDateTime="")
REPLAYED = {"response": header("X-Glancetape", "miss")}
REFUSED = {"response": {"status": 403}}
ABORTED = {"response": {"status": 0}}
ORDERS: dict[str, tuple[list[Any], list[int]]] = {
    "a page without a date, and a change": (
        [sent(0), sent(2), sent(None), sent(1, method="DELETE")],
        [1, 4, 2],
    ),
    "a change without a date": ([sent(0), sent(2), sent(None, method="PATCH")], []),
    "an aborted change without a date": (
        [sent(0), sent(2), sent(None, method="PATCH", **ABORTED)],
        [],
    ),
    "a refused change without a date": (
        [sent(0), sent(2), sent(None, method="PATCH", **REFUSED)],
        [1, 2],
    ),
    "a login without a date": ([sent(0), sent(2), LOGIN], [1, 2]),
    "no date, and no change": ([sent(None), sent(None)], [1, 2]),
    "no date, and a change": ([sent(None), sent(None, method="PATCH")], [2]),
    "a read around a change": ([sent(0, 10_000), sent(1, 4000, "PATCH")], [2]),
    "a change around a read": ([sent(0, 10_000, "PATCH"), sent(1, 4000)], [1]),
    "a read that begins in a change": ([sent(0, 4000, "PATCH"), sent(3, 4000)], [1]),
    "a read that ends in a change": ([sent(0, 4000), sent(3, 4000, "PATCH")], [2]),
    "in a long change before a short one": (
        [sent(0, 9000, "PATCH"), sent(1, 100, "PATCH"), sent(5, 100)],
        [1, 2],
    ),
    "a change that was aborted": ([sent(0, 4000), sent(3, 4000, "PATCH", **ABORTED)], []),
    "a refused change": ([sent(0, 4000), sent(3, 4000, "PATCH", **REFUSED)], [1, 2]),
    "a change that a replay answered": (
        [sent(0, 4000), sent(3, 4000, "PATCH", **REPLAYED)],
        [1, 2],
    ),
    "one after the other": ([sent(0, 1000), sent(1, 1000, "PATCH"), sent(2, 1000)], [1, 2, 3]),
    "in whole seconds": ([sent(0), sent(0, method="PATCH"), sent(0)], [1, 2, 3]),
    "against the order of the file": (
        [sent(2, 1000), sent(1, 1000, "PATCH"), sent(0, 1000)],
        [3, 2, 1],
    ),
    "a time that is none": ([sent(0, "9"), sent(1, -1, "PATCH"), sent(2, None)], [1, 2, 3]),
    "a time without an end": ([sent(0, 10**400), sent(1, 1, "PATCH")], [2]),
}


@pytest.mark.parametrize(("entries", "numbers"), ORDERS.values(), ids=ORDERS)
def test_a_read_without_a_place_before_or_after_a_change_is_left_out(
    tmp_path: Path, entries: list[Any], numbers: list[int]
) -> None:
    found = read(write_har(tmp_path / "a.har", entries))

    assert numbers == [one.number for one in found if isinstance(one, Entry)]
    assert list(range(1, len(entries) + 1)) == sorted(one.number for one in found)


def test_what_is_decoded_and_how_many_entries_there_are_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few kilobytes may have gigabytes of spaces."""
    monkeypatch.setattr(
        "glancetape_cassettes.formats.foreign.sending_order.MOST_DECODED_IN_ALL", 3 << 20
    )
    monkeypatch.setattr("glancetape_cassettes.formats.foreign.har.MOST_ENTRIES", 4)
    spaces = gzip.compress(b"[" + b" " * ((1 << 20) - 2) + b"]")
    large = entry(response=header("Content-Encoding", "gzip"), content=encoded(spaces))

    assert 3 == len(read(write_har(tmp_path / "a.har", [large] * 3)))
    with pytest.raises(CassetteError, match=r"a\.har: .* more than 3 MiB when decoded, .* entry 4"):
        read(write_har(tmp_path / "a.har", [large] * 4))
    with pytest.raises(CassetteError, match=r"a\.har: .* more than 4 entries"):
        read(write_har(tmp_path / "a.har", [{}] * 5))


def test_bodies_beside_the_file_are_read(tmp_path: Path) -> None:
    """As Playwright stores them, that of the request too."""
    (tmp_path / "1f.json").write_text(PAGE)
    (tmp_path / "2f.bin").write_bytes(b"\0data")
    posted = {"mimeType": "application/octet-stream", "text": "", "params": [], "_file": "2f.bin"}
    asked = UPLOAD | {"bodySize": 5, "postData": posted}

    found = only(tmp_path, entry(text=None, content={"_file": "1f.json"}, request=asked))

    assert isinstance(found, Entry)
    assert PAGE.encode() == found.interaction.response.body
    assert b"\0data" == found.interaction.request.body


def test_any_encoding_of_the_file_is_read(tmp_path: Path) -> None:
    """With a byte order mark, in UTF-16, or compressed by mitmproxy."""
    text = json.dumps(har([entry()]))
    for name, content in {
        "bom.har": b"\xef\xbb\xbf" + text.encode(),
        "16le.har": text.encode("utf-16"),
        "16be.har": b"\xfe\xff" + text.encode("utf-16-be"),
        "a.zhar": zlib.compress(text.encode()),
    }.items():
        (tmp_path / name).write_bytes(content)

        (found,) = read(tmp_path / name)

        assert isinstance(found, Entry), name


@pytest.mark.parametrize(
    ("end", "what"), [('{"log": "a', "Unterminated string"), ('{"log": {"a"', "Expecting ")]
)
def test_a_file_that_ends_too_soon_is_refused_with_its_line(
    tmp_path: Path, end: str, what: str
) -> None:
    path = tmp_path / "a.har"
    path.write_text('{"log": {"entries": [' + end)

    with pytest.raises(CassetteError, match=rf"{what}[^.]* at line 1, column \d+") as caught:
        read(path)

    assert " at at " not in str(caught.value)
    assert "starting" not in str(caught.value)


WHOLE = {
    "cut off": json.dumps(har([entry()]))[:300].encode(),
    "no entries": b'{"log": {"version": "1.2"}}',
    "version 3": json.dumps(har([entry()], version="3.0")).encode(),
    "a number of version 2": json.dumps(har([entry()], version=2)).encode(),
    "version 12": json.dumps(har([entry()], version="12")).encode(),
    "nested": b'{"log": {"entries": ' + b"[" * 100_000,
    "bad UTF-16": b"\xff\xfe" + '{"log": {'.encode("utf-16-le") + b"\x00\xd8",
}


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path, content: bytes) -> None:
    """The sentence names the file and the format."""
    path = tmp_path / "a.har"
    path.write_bytes(content)

    with pytest.raises(CassetteError, match=r"a\.har: .*HAR file"):
        read(path)
