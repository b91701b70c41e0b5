"""What other recorders write where vcrpy writes something else, as a table.

An item of go-vcr, php-vcr, Ruby VCR 1 or an old vcrpy gets the keys of today's vcrpy; `vcr` then
reads it like any other. What is in none of these forms stays as it is, so that `vcr` refuses it.

    status: 200 OK                       status: {code: 200, message: OK}
    code: 200                becomes
    body: '{"images": []}'               body: '{"images": []}'
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Part = dict[str, Any]
_DIGITS = re.compile(r"[1-9]\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """One thing that a recorder writes otherwise than vcrpy, in a request or a response."""

    recorder: str
    part: str
    is_so: Callable[[Part], bool]
    as_vcrpy: Callable[[Part], Part]


def _status_line(response: Part) -> Part:
    code, _, message = str(response.get("status") or "").partition(" ")
    is_reason = code == str(response["code"])
    return {"status": {"code": response["code"], "message": message if is_reason else ""}}


TABLE = (
    Otherwise(
        recorder="go-vcr, php-vcr",
        part="request",
        is_so=lambda request: "uri" not in request and isinstance(request.get("url"), str),
        as_vcrpy=lambda request: {"uri": request["url"]},
    ),
    Otherwise(
        recorder="Ruby VCR 1: the method is a symbol",
        part="request",
        is_so=lambda request: str(request.get("method")).startswith(":"),
        as_vcrpy=lambda request: {"method": request["method"][1:]},
    ),
    Otherwise(
        recorder="go-vcr",
        part="response",
        is_so=lambda response: (
            _is_number(response.get("code")) and isinstance(response.get("status"), str | None)
        ),
        as_vcrpy=_status_line,
    ),
    Otherwise(
        recorder="php-vcr: the code is text",
        part="response",
        is_so=lambda response: (
            isinstance(response.get("status"), dict)
            and "http_version" in response["status"]
            and _DIGITS.fullmatch(str(response["status"].get("code"))) is not None
        ),
        as_vcrpy=lambda response: {
            "status": response["status"] | {"code": int(response["status"]["code"])}
        },
    ),
    Otherwise(
        recorder="vcrpy before 5, for httpx: the content was decoded",
        part="response",
        is_so=lambda response: (
            _is_number(response.get("status_code")) and not response.keys() & {"status", "body"}
        ),
        as_vcrpy=lambda response: (
            {"status": {"code": response["status_code"], "message": ""}}
            | ({"body": response["content"]} if "content" in response else {})
        ),
    ),
)
GO_VCR_VERSIONS = (1, 2)
"""go-vcr counts its own versions; an item reads alike in both."""


def as_vcrpy(item: Any) -> Any:
    """Return an item with the keys of vcrpy; one that has them, or other ones, as it is.

    >>> as_vcrpy({"request": {"method": "GET", "url": "http://glance/v2"}})["request"]["uri"]
    'http://glance/v2'
    """
    if not isinstance(item, dict):
        return item
    for row in TABLE:
        part = item.get(row.part)
        if isinstance(part, dict) and row.is_so(part):
            item = item | {row.part: part | row.as_vcrpy(part)}
    return item


def is_of_go_vcr(item: Any) -> bool:
    """Whether an item has a status line and a code side by side, as only go-vcr writes them."""
    response = item.get("response") if isinstance(item, dict) else None
    return (
        isinstance(response, dict)
        and _is_number(response.get("code"))
        and isinstance(response.get("status"), str)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
