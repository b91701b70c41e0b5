"""Logs, output of curl, pages and stubs, as other tools write them."""

import base64
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from glancetape_cassettes.interaction import Headers, Interaction, Request, Response

DATE = "Wed, 17 Dec 2025 13:16:53 GMT"
JSON = ("Content-Type", "application/json")
HOST = "http://glance.example:9292"


def page(first: str = "/v2/images", count: int = 1, **more: Any) -> dict[str, Any]:
    """A page of images, numbered from 1."""
    images = [
        {"id": f"a1b2c3d4-0000-4000-8000-{number:012d}", "name": f"image {number}"}
        for number in range(1, count + 1)
    ]
    return {"images": images, "first": first, "schema": "/v2/schemas/images", **more}


def exchange(
    path: str = "/v2/images",
    body: str = json.dumps(page()),
    status: int = 200,
    method: str = "GET",
    sent: str = "",
    headers: Headers = (JSON, ("Date", DATE)),
) -> Interaction:
    """A request with a hashed token, and its answer."""
    asked = (("Accept", "application/json"), ("X-Auth-Token", "{SHA256}14876bed"))
    return Interaction(
        Request(method, HOST + path, asked, sent.encode()),
        Response(status, "OK", headers, body.encode()),
        DATE,
    )


# -- Logs -----------------------------------------------------------------------------------------


def _command(
    request: Request, quote: str = '"', url: str = "{}", start: str = "-g -i -X {}"
) -> str:
    headers = "".join(f" -H {quote}{name}: {value}{quote}" for name, value in request.headers)
    data = f" -d '{request.body.decode()}'" if request.body else ""
    return f"curl {start.format(request.method)} {url.format(request.uri)}{headers}{data}"


def _side_by_side(headers: Headers) -> str:
    return " ".join(f"{name}: {value}" for name, value in headers)


def _keystoneauth(one: Interaction, lead: str = "", url: str = "{}") -> list[str]:
    answer = one.response
    lines = [
        f"{lead}REQ: {_command(one.request, url=url)}",
        f"{lead}RESP: [{answer.status}] {_side_by_side(answer.headers)}",
    ]
    return [*lines, f"{lead}RESP BODY: {answer.body.decode()}"] if answer.body else lines


def _nova(one: Interaction) -> list[str]:
    command = _command(one.request, url="'{}'", start="-i").replace(
        " -H", f" -X {one.request.method} -H", 1
    )
    answer = one.response
    lines = [f"REQ: {command}", f"RESP: [{answer.status}] {dict(answer.headers)}"]
    return [*lines, f"RESP BODY: {answer.body.decode()}", ""] if answer.body else lines


def _glanceclient(one: Interaction) -> list[str]:
    request, answer = one.request, one.response
    headers = "".join(f" -H '{name}: {value}'" for name, value in request.headers)
    data = f" -d '{request.body.decode()}'" if request.body else ""
    return [
        f"curl -g -i -X {request.method}{headers} {request.uri}{data}",
        "",
        f"HTTP/1.1 {answer.status} {answer.reason}",
        *(f"{name}: {value}" for name, value in answer.headers),
        "",
        answer.body.decode(),
        "",
    ]


LOGS: dict[str, Callable[[Interaction], list[str]]] = {
    "openstack": _keystoneauth,
    "openstack, quoted URL": lambda one: _keystoneauth(one, url='"{}"'),
    "with dates": lambda one: _keystoneauth(one, "  2025-12-17 13:16:52,976 DEBUG "),
    "with loggers": lambda one: _keystoneauth(one, "2016-01-01 00:00:00.000 12 DEBUG ksa [-] "),
    "as a comment": lambda one: _keystoneauth(one, "    --"),
    "nova": _nova,
    "glance": _glanceclient,
}
"""How a client prints an exchange."""


def log_of(interactions: Sequence[Interaction], style: str = "openstack") -> str:
    """The output of a client, with lines between that say nothing."""
    lines = ["START with options: --debug image list", 'command: image list -> "x"']
    for one in interactions:
        lines += [*LOGS[style](one), "Resetting dropped connection: glance.example"]
    return "\n".join([*lines, "END return value: 0", ""])


def interleaved(interactions: Sequence[Interaction], seed: int, *, shown: str) -> str:
    """The log of several threads: all is in order in each of them, and mixed between them.

    `shown` is what tells the answers apart: `ids`, `lines` of urllib3 (of other lengths), or ``.
    """
    rolls = random.Random(seed)
    threads = []
    for number, one in enumerate(interactions):
        parts = urlsplit(one.request.uri)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = one.response
        length = len(answer.body)
        headers = (*answer.headers, ("Content-Length", str(length)))
        headers = (*headers, ("X-Openstack-Request-Id", f"req-{number}"))
        lines = [f"REQ: {_command(one.request)}"]
        if shown == "lines":
            lines.append(
                f'{HOST} "{one.request.method} {target} HTTP/1.1" {answer.status} {length}'
            )
        lines.append(
            f"RESP: [{answer.status}] {_side_by_side(headers)}\nRESP BODY: {answer.body.decode()}"
        )
        if shown == "ids":
            lines.append(
                f"{one.request.method} call to image for {one.request.uri} "
                f"used request id req-{number}"
            )
        threads.append(lines)
    mixed = []
    while threads:
        thread = rolls.choice(threads)
        mixed.append(thread.pop(0))
        threads = [one for one in threads if one]
    return "\n".join(mixed) + "\n"


# -- curl -----------------------------------------------------------------------------------------


def curl_i(
    responses: Sequence[Response],
    end: str = "\r\n",
    *,
    chunked: bool = False,
    lengths: bool = False,
) -> bytes:
    """What `curl -i` prints for one call; with `--raw`, the sizes of chunks stay in the body."""
    parts = []
    for one in responses:
        headers = list(one.headers)
        body = one.body
        if lengths:
            headers.append(("Content-Length", str(len(body))))
        if chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            half = len(body) // 2
            chunks = [piece for piece in (body[:half], body[half:]) if piece]
            body = (
                b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in chunks) + b"0\r\n\r\n"
            )
        head = [f"HTTP/1.1 {one.status} {one.reason}", *(f"{n}: {v}" for n, v in headers), "", ""]
        parts.append(end.join(head).encode() + body)
    return b"".join(parts)


METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed\n"
    "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"
    "\r100  7919  100  7919    0     0   235k      0  0:00:01 --:--:--  0:00:01  1.2M"
)
"""The progress that curl prints to standard error."""


def curl_v(interactions: Sequence[Interaction], cut: int | None = None, meter: str = "") -> str:
    """What `curl -v` prints, both streams in one file.

    Curl's notices may cut a body, after so many characters, and its progress comes before anything.
    """
    lines = ["* Host glance.example:9292 was resolved.", "*   Trying 192.0.2.1:9292..."]
    for one in interactions:
        parts = urlsplit(one.request.uri)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        lines += [
            f"{meter}> {one.request.method} {target} HTTP/1.1",
            f"> Host: {parts.netloc}",
            *(f"> {name}: {value}" for name, value in one.request.headers),
            *([f"> Content-Length: {len(one.request.body)}"] if one.request.body else []),
            "> ",
            f"< HTTP/1.1 {one.response.status} {one.response.reason}",
            *(f"< {name}: {value}" for name, value in one.response.headers),
            "< ",
            "{ [123 bytes data]",
            _with_notice(one.response.body.decode(), cut),
        ]
    return "\n".join(lines) + "\n"


def _with_notice(body: str, cut: int | None) -> str:
    notice = "* Connection #0 to host glance.example left intact"
    if cut is None or cut >= len(body):
        return body + notice
    return f"{body[:cut]}{notice}\n{body[cut:]}"


# -- Stubs ----------------------------------------------------------------------------------------


def stub(one: Interaction, body: str = "body", files: Path | None = None) -> dict[str, Any]:
    """A mapping of WireMock that answers one request; `body` is where its body is."""
    parts = urlsplit(one.request.uri)
    request: dict[str, Any] = {"method": one.request.method, "urlPath": parts.path}
    if parts.query:
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        request["queryParameters"] = {name: {"equalTo": value} for name, value in pairs}
    if one.request.headers:
        request["headers"] = {name: {"equalTo": value} for name, value in one.request.headers}
    if one.request.body:
        request["bodyPatterns"] = [{"equalTo": one.request.body.decode()}]
    response: dict[str, Any] = {
        "status": one.response.status,
        "statusMessage": one.response.reason,
        "headers": dict(one.response.headers),
    }
    if body == "bodyFileName":
        assert files is not None
        files.mkdir(exist_ok=True)
        name = f"{len(list(files.iterdir()))}.json"
        (files / name).write_bytes(one.response.body)
        response[body] = name
    elif body == "base64Body":
        response[body] = base64.b64encode(one.response.body).decode()
    elif body == "jsonBody":
        response[body] = json.loads(one.response.body)
    else:
        response[body] = one.response.body.decode()
    return {"request": request, "response": response}


def many_heads(number: int) -> bytes:
    """Write what `curl -v` prints of one request whose body begins with so many heads."""
    asked = "> GET /v2/images HTTP/1.1\n> Host: glance\n> \n< HTTP/1.1 200 OK\n< \n"
    return (asked + "HTTP/1.1 200 OK\n\n" * number + "{}").encode()
