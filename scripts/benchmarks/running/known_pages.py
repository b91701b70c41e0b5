"""Answer pages of lists as the direct server does, without a network, and tell the time of each.

Runs as a separate process: `python -m benchmarks.running.known_pages FILE < QUERIES`. Each line
with a number N on standard input is followed by N queries; the answer is a line with the mean CPU
time of one in microseconds.
"""

import sys
import time
from pathlib import Path

from benchmarks.running.unseen_pages import HEADERS
from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.messages import Received, received_from

_FIELDS = tuple((name.encode(), value.encode()) for name, value in HEADERS)


def main(path: str) -> None:
    """Answer until the input ends."""
    with open_session(Settings(replay=(Path(path),))) as session:
        answer = Answering(session).reply
        print("ready", flush=True)
        for count in sys.stdin:
            asked = [_asking(sys.stdin.readline().rstrip("\n")) for _ in range(int(count))]
            spent = 0
            for one in asked:
                start = time.process_time_ns()
                sent = answer(one, direct=True)
                spent += time.process_time_ns() - start
                if sent is None or sent.status != 200:
                    sys.exit(f"{one.url} was not answered: {sent.why if sent else ''}")
            print(spent / len(asked) / 1000, flush=True)


def _asking(query: str) -> Received:
    return received_from(
        method="GET",
        scheme="http",
        target=f"/v2/images?{query}".encode(),
        fields=_FIELDS,
        body=b"",
        default_host="",
        is_local=True,
    )


if __name__ == "__main__":
    main(sys.argv[1])
