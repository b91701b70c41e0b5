"""The output of curl: whole responses, and the requests that it does not print."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.curl.curl_heads import CURL_HEADS
from glancetape_cassettes.formats.foreign.curl.curl_verbose import CURL_VERBOSE
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.recognising import recognise
from glancetape_cassettes.interaction import Interaction, Response
from support.drawn.examples import examples
from support.foreign.text_files import (
    DATE,
    HOST,
    JSON,
    METER,
    curl_i,
    curl_v,
    exchange,
    many_heads,
    page,
)

URL = f"{HOST}/v2/images?limit=1"
WALK = [
    page("/v2/images?limit=1", next="/v2/images?limit=1&marker=a"),
    page("/v2/images?limit=1", next="/v2/images?limit=1&marker=b"),
    page("/v2/images?limit=1", count=0),
]


PAGE_TEXT = '{"images": [], "first": "/v2/images?limit=1"}'


def _read(path: Path, content: bytes, url: str | None = URL) -> list[Entry | LeftOut]:
    path.write_bytes(content)
    form = recognise(path)
    assert form in (CURL_HEADS, CURL_VERBOSE)
    assert form.read is not None
    return list(form.read(path, url))


def _answer(body: str, status: int = 200, *headers: tuple[str, str]) -> Response:
    return Response(status, "OK", (JSON, ("Date", DATE), *headers), body.encode())


def _told(found: list[Entry | LeftOut]) -> list[tuple[str, int, bytes]]:
    assert all(isinstance(one, Entry) for one in found)
    return [
        (
            one.interaction.request.uri,
            one.interaction.response.status,
            one.interaction.response.body,
        )
        for one in found
        if isinstance(one, Entry)
    ]


BODIES = st.one_of(
    st.sampled_from(
        ["\r\nHTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK", "é", '"', "* Closing connection"]
    ),
    st.text(max_size=10),
).map(lambda text: json.dumps(page(name=text)))


@examples(100)
@given(
    st.lists(BODIES, min_size=1, max_size=3),
    st.sampled_from(["\r\n", "\n"]),
    st.booleans(),
    st.booleans(),
)
def test_each_response_is_read_with_its_body(
    tmp_path_factory: pytest.TempPathFactory,
    bodies: list[str],
    end: str,
    chunked: bool,
    lengths: bool,
) -> None:
    """With lengths, chunks or nothing that shows the end; a redirect leads to the next one."""
    moved = [
        Response(
            301, "Moved", (("Location", f"/moved/{number}/v2/images"), ("Content-Length", "0"))
        )
        for number in range(len(bodies) - 1)
    ]
    content = curl_i(moved) + curl_i([_answer(bodies[-1])], end, chunked=chunked, lengths=lengths)
    asked = [URL, *(f"{HOST}/moved/{number}/v2/images" for number in range(len(moved)))]

    found = _read(tmp_path_factory.getbasetemp() / "a.txt", content)

    told = [(url, 301, b"") for url in asked[:-1]]
    assert [*told, (asked[-1], 200, bodies[-1].encode())] == _told(found)
    last = found[-1]
    assert isinstance(last, Entry)
    assert DATE == last.interaction.recorded_at


@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_pages_in_one_file_follow_each_others_next(tmp_path: Path, end: str, lengths: bool) -> None:
    """`curl -i URL URL URL`; the next head begins on the line on which a body ends."""
    texts = [json.dumps(one) for one in WALK]

    found = _read(
        tmp_path / "a.txt", curl_i([_answer(text) for text in texts], end, lengths=lengths)
    )

    urls = [URL, f"{URL}&marker=a", f"{URL}&marker=b"]
    assert [(url, 200, text.encode()) for url, text in zip(urls, texts, strict=True)] == _told(
        found
    )


def test_a_response_that_nothing_leads_to_is_left_out(tmp_path: Path) -> None:
    """And so is what follows it."""
    texts = [json.dumps(one) for one in (WALK[2], WALK[0], WALK[1])]

    found = _read(tmp_path / "a.txt", curl_i([_answer(text) for text in texts]))

    assert [True, False, False] == [isinstance(one, Entry) for one in found]
    assert [1, 2, 3] == [one.number for one in found]


def test_what_only_announces_an_answer_is_no_entry(tmp_path: Path) -> None:
    """Nor is what a proxy says before it lets the connection through."""
    before = curl_i([Response(200, "Connection established"), Response(100, "Continue")])

    (found,) = _read(tmp_path / "a.txt", before + curl_i([_answer("{}")]))

    assert isinstance(found, Entry)
    assert (1, b"{}") == (found.number, found.interaction.response.body)


@pytest.mark.parametrize(
    ("content", "reason", "is_bad"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "its body is not in the file", False),
        (b"HTTP/2 200\r\n\r\n", "its body is not in the file", False),
        (b'HTTP/2 200\r\n\r\n{"images": [', "the file has only a part of its body", True),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "its body is not in the file",
            False,
        ),
    ],
)
def test_a_response_without_its_body_is_no_empty_answer(
    tmp_path: Path, content: bytes, reason: str, is_bad: bool
) -> None:
    """`curl -I` prints heads only."""
    (found,) = _read(tmp_path / "a.txt", content)

    assert isinstance(found, LeftOut)
    assert (reason, is_bad) == (found.reason, found.is_bad)


def test_a_compressed_body_is_decompressed(tmp_path: Path) -> None:
    """Without `--compressed`, curl prints it as it came."""
    body = gzip.compress(b'{"images": []}')
    content = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + body

    assert [(URL, 200, b'{"images": []}')] == _told(_read(tmp_path / "a.txt", content))


@pytest.mark.parametrize(
    "length", ["9" * 5000, "-1", "", "many", "\xb2", "1, 1", "0x10", "1" * 19, "+5"]
)
def test_a_length_that_is_none_is_not_looked_at(tmp_path: Path, length: str) -> None:
    """Python reads no number of more than 4300 digits."""
    heads = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{PAGE_TEXT}"
    verbose = f"> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n< Content-Length: {length}\n<\n"

    (first,) = _read(tmp_path / "i", heads.encode("latin-1"))
    (second,) = _read(tmp_path / "v", f"{verbose}{PAGE_TEXT}\n".encode("latin-1"), None)

    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert first.interaction.response.body == second.interaction.response.body == PAGE_TEXT.encode()


@pytest.mark.parametrize(
    ("head", "reason", "is_bad"),
    [
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n{}", "not a header", True),
        ("HTTP/1.1 200 OK\r\nA: b\r\nno header\r\n\r\n{}", "not a header", True),
        ("HTTP/1.1 999 Odd\r\n\r\n{}", "its status is not that of an answer", False),
        ("HTTP/1.1 000 None\r\n\r\n{}", "its status is not that of an answer", False),
    ],
)
@pytest.mark.parametrize("is_last", [False, True])
def test_a_response_that_cannot_be_read_is_named(
    tmp_path: Path, head: str, reason: str, is_bad: bool, is_last: bool
) -> None:
    """It would be lost with all that follow."""
    page = '{"images": [], "next": "/v2/images?limit=1&marker=a"}'
    before = f"HTTP/1.1 200 OK\r\n\r\n{page}" if is_last else ""

    found = _read(tmp_path / "a", f"{before}{head}".encode())

    assert ([Entry] if is_last else []) == [type(one) for one in found[:-1]]
    assert isinstance(found[-1], LeftOut)
    assert reason in found[-1].reason
    assert is_bad == found[-1].is_bad


def test_the_progress_before_a_response_is_none_of_it(tmp_path: Path) -> None:
    """`curl -i URL > FILE 2>&1`."""
    content = METER.encode() + curl_i([_answer("{}")])

    assert [(URL, 200, b"{}")] == _told(_read(tmp_path / "a.txt", content))


def test_a_body_that_its_length_counts_with_a_line_end_keeps_it(tmp_path: Path) -> None:
    text = (
        "> GET /v2 HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n< Content-Length: 3\n<\n{}\n"
        "* Connection #0 to host h left intact\n"
    )

    assert [("http://h/v2", 200, b"{}\n")] == _told(_read(tmp_path / "a.txt", text.encode()))


def test_a_line_end_after_json_is_the_editors(tmp_path: Path) -> None:
    """Unless the length counts it."""
    content = b"HTTP/1.1 200 OK\r\n\r\n{}\n"
    counted = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}\n"

    assert [(URL, 200, b"{}")] == _told(_read(tmp_path / "a.txt", content))
    assert [(URL, 200, b"{}\n")] == _told(_read(tmp_path / "b.txt", counted))


def test_the_url_has_to_be_given(tmp_path: Path) -> None:
    """It is not in the file."""
    with pytest.raises(CassetteError, match=r"a\.txt: looks like the output of `curl -i`.*--url"):
        _read(tmp_path / "a.txt", curl_i([_answer("{}")]), None)


def test_the_url_of_a_service_is_completed_by_the_page(tmp_path: Path) -> None:
    (found, *_) = _read(tmp_path / "a.txt", curl_i([_answer(json.dumps(WALK[0]))]), HOST)

    assert isinstance(found, Entry)
    assert URL == found.interaction.request.uri


# -- curl -v --------------------------------------------------------------------------------------


@examples(100)
@given(
    st.lists(BODIES, min_size=1, max_size=3),
    st.none() | st.integers(0, 120),
    st.sampled_from(["", METER]),
)
def test_what_curl_v_prints_has_the_requests_too(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[str], cut: int | None, meter: str
) -> None:
    """No URL is needed, and requests keep their headers; curl's notices may cut a body."""
    if cut is not None:  # a notice that is cut by another is not told from it
        bodies = [body.replace("* Closing", "Closing") for body in bodies]
    exchanges = [exchange(f"/v2/images?limit={n}", body) for n, body in enumerate(bodies)]
    path = tmp_path_factory.getbasetemp() / "verbose.txt"

    found = _read(path, curl_v(exchanges, cut, meter).encode(), None)

    assert exchanges == [one.interaction for one in found if isinstance(one, Entry)]


VERBOSE = {
    "a body that was sent": (
        "> POST /v2/images HTTP/1.1\n> Host: h\n> Content-Length: 9\n>\n"
        "< HTTP/1.1 201 Created\n<\n{}\n",
        "curl does not print the body of the request",
    ),
    "no answer": ("> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 100 Continue\n<\n", "has no answer"),
    "no host": ("> GET / HTTP/1.1\n>\n< HTTP/1.1 200 OK\n<\n{}\n", "does not show its host"),
    "no body": ("> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n<\n", "its body is not in"),
    "a body with a part of another": (
        "> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n< Content-Type: application/json\n<\n"
        '"a"}{"images": []}\n',
        "its headers say that the body is JSON, and it is not",
    ),
    "a text that is cut off": (
        "> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n< Content-Length: 9\n<\nabc\n",
        "the file has only a part of its body",
    ),
    "half a body": (
        '> GET / HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n<\n{"images": [* Connection #0 to\n',
        "the file has only a part of its body",
    ),
}


@pytest.mark.parametrize(("text", "reason"), VERBOSE.values(), ids=VERBOSE)
def test_what_curl_v_does_not_print_is_left_out(tmp_path: Path, text: str, reason: str) -> None:
    (found,) = _read(tmp_path / "a.txt", text.encode(), None)

    assert isinstance(found, LeftOut)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("before", "scheme"),
    [("", "http"), ("* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384\n", "https")],
)
def test_the_scheme_is_that_of_the_connection(tmp_path: Path, before: str, scheme: str) -> None:
    text = (
        f"* Connected to h\n{before}> GET /v2 HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n<\n{{}}\n"
    )

    assert [(f"{scheme}://h/v2", 200, b"{}")] == _told(_read(tmp_path / "a.txt", text.encode()))


def test_a_tunnel_through_a_proxy_is_no_request(tmp_path: Path) -> None:
    text = (
        "> CONNECT h:443 HTTP/1.1\n> Host: h:443\n>\n< HTTP/1.1 200 Connection established\n<\n"
        "> GET /v2 HTTP/2\n> Host: h\n>\n< HTTP/2 200\n<\n{}\n"
    )

    (found,) = _read(tmp_path / "a.txt", text.encode(), "https://h")

    assert isinstance(found, Entry)
    assert Interaction(found.interaction.request, Response(200, "", (), b"{}")) == found.interaction


def test_answers_without_requests_are_refused(tmp_path: Path) -> None:
    """Only one stream of curl was saved."""
    with pytest.raises(CassetteError, match=r"has no line of a request.*2>&1"):
        _read(tmp_path / "a.txt", b"< HTTP/1.1 200 OK\n<\n{}\n", None)


def test_the_body_comes_after_all_heads(tmp_path: Path) -> None:
    """`scripts/bench --only hostile` measures how long five megabytes of them take."""
    found = _read(tmp_path / "a.txt", many_heads(1000))

    assert [("http://glance/v2/images", 200, b"{}")] == _told(found)


@pytest.mark.parametrize(
    ("text", "coded"),
    [
        (PAGE_TEXT, len(gzip.compress(PAGE_TEXT.encode()))),
        (PAGE_TEXT, len(PAGE_TEXT) - 9),  # a longer page is shorter when it is compressed
        (PAGE_TEXT, 10 * len(PAGE_TEXT)),
    ],
)
def test_a_body_that_curl_decompressed_has_another_length(
    tmp_path: Path, text: str, coded: int
) -> None:
    """`--compressed` prints what it decompressed, and the headers as they came."""
    printed = (
        "> GET /v2/images HTTP/1.1\n> Host: h\n>\n< HTTP/1.1 200 OK\n< Content-Encoding: gzip\n"
        f"< Content-Length: {coded}\n<\n{text}* Connection #0 to host h left intact\n"
    )

    (found,) = _read(tmp_path / "v", printed.encode(), None)

    assert isinstance(found, Entry), found
    assert text.encode() == found.interaction.response.body
