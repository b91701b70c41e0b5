"""The least that a mitmproxy addon can do: answer every request with the same bytes."""

import os
from pathlib import Path

from mitmproxy import http

_BODY = Path(os.environ["BENCH_BODY"]).read_bytes()


class Bare:
    """Answers without looking."""

    def request(self, flow: http.HTTPFlow) -> None:
        """Answer with the canned page."""
        flow.response = http.Response.make(200, _BODY, {"Content-Type": "application/json"})


addons = [Bare()]
