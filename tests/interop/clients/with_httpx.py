# pyright: reportMissingImports=false
"""The operations with `httpx`."""

from collections.abc import Mapping

import httpx
from operations import perform
from plain_http import Response, operations

client = httpx.Client(timeout=60)


def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
    """Send a request."""
    answer = client.request(method, url, headers=headers, content=body)
    lower = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status_code, lower, answer.content)


perform(httpx.__version__, operations(send))
