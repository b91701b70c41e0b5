"""Answer list queries through a session, and tell the CPU time of each.

Runs as a separate process, with this version or an older one on its path:
`python -m benchmarks.running.unseen_pages SET < QUERIES`. Each line with a number N on standard
input is followed by N queries; the answer is a line with the mean time of one in microseconds.
"""

import sys
import time
from pathlib import Path
from typing import Any

from glancetape_cassettes.interaction import Request

HEADERS = (
    ("Host", "127.0.0.1:8180"),
    ("User-Agent", "python-requests/2.32.3"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Accept", "*/*"),
    ("Connection", "keep-alive"),
    ("X-Auth-Token", "any"),
)


def main(path: str) -> None:
    """Answer until the input ends."""
    answer = _open(path).answer
    print("ready", flush=True)
    for count in sys.stdin:
        queries = [sys.stdin.readline().rstrip("\n") for _ in range(int(count))]
        uris = [f"http://127.0.0.1:8180/v2/images?{query}" for query in queries]
        requests = [Request("GET", uri, HEADERS) for uri in uris]
        spent = 0
        for request in requests:
            start = time.process_time_ns()
            answered = answer(request, any_host=True)
            spent += time.process_time_ns() - start
            if answered.response.status != 200:
                sys.exit(f"{request.uri} was answered {answered.response.status}")
        print(spent / len(requests) / 1000, flush=True)


def _open(path: str) -> Any:
    try:
        from glancetape.session.opening import open_session
    except ImportError:  # 0.1.0
        from glancetape.options import OPTIONS  # type: ignore[attr-defined]
        from glancetape.session import open_session as open_older  # type: ignore[attr-defined]

        return open_older({one.name: one.default for one in OPTIONS} | {"replay": [path]})
    from glancetape.options import Settings

    return open_session(Settings(replay=(Path(path),)))


if __name__ == "__main__":
    main(sys.argv[1])
