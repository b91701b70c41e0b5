# pyright: reportMissingImports=false
"""The operations with `requests`."""

from collections.abc import Mapping

import requests
from operations import perform
from plain_http import Response, operations

session = requests.Session()


def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
    """Send a request."""
    answer = session.request(method, url, headers=dict(headers), data=body, timeout=60)
    lower = {name.lower(): value for name, value in answer.headers.items()}
    return Response(answer.status_code, lower, answer.content)


perform(requests.__version__, operations(send))
