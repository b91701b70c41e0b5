"""The least that a mitmproxy addon can do for several queries: look up the bytes of each."""

import json
import os
from pathlib import Path

from mitmproxy import http

_PAGES = {
    target: body.encode()
    for target, body in json.loads(Path(os.environ["BENCH_PAGES"]).read_text()).items()
}


class BarePages:
    """Answers each target with its canned page."""

    def request(self, flow: http.HTTPFlow) -> None:
        """Answer with the canned page."""
        flow.response = http.Response.make(
            200, _PAGES[flow.request.path], {"Content-Type": "application/json"}
        )


addons = [BarePages()]
