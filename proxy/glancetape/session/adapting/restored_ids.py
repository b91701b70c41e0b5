"""Giving callers their own ids back, where a recording has stand-ins."""

import json
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

from glancetape_cassettes.interaction import Response


def restore_ids(response: Response, real_ids: Mapping[str, str]) -> Response:
    """Return a recorded response with the caller's own ids; `real_ids` is {stand-in: id}.

    An id is written as its place demands: in a URL `my project` is `my+project`, in a header
    `my%20project`, and in JSON it is escaped.
    """
    headers, body = response.headers, response.body
    for stand_in, real in real_ids.items():
        if stand_in.encode() in body:
            body = body.replace(f"={stand_in}".encode(), f"={quote_plus(real)}".encode())
            body = body.replace(stand_in.encode(), _in_json(real))
        headers = tuple((name, _in_header(value, stand_in, real)) for name, value in headers)
    if body is response.body and headers == response.headers:
        return response
    return Response(response.status, response.reason, headers, body)


def _in_json(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "replace")


def _in_header(value: str, stand_in: str, real: str) -> str:
    return value.replace(f"={stand_in}", f"={quote_plus(real)}").replace(stand_in, quote(real))
