"""The first answers that are derived from a cassette: what they take, the collection included.

Runs as a separate process: `python -m benchmarks.running.first_derived FILE TARGETS`; TARGETS is
a JSON file. Prints JSON, see `main`.
"""

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.data.pages import HEADERS, ORIGIN
from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Provenance

_FIRST = "/v2/images?limit=2"


def main(cassette: str, targets: list[str]) -> dict[str, Any]:
    """Return the seconds and the MiB until there is a collection, and the ms of each target."""
    settings = Settings(replay=(Path(cassette),))
    start = time.perf_counter()
    session = open_session(settings)
    _derive(session, _FIRST)
    seconds = time.perf_counter() - start
    found = {"seconds": seconds, "peak": _peak()}
    answers = [_derive(session, target) for target in targets]
    session.close()
    return found | {"answers": answers}


def _derive(session: Session, target: str) -> float:
    start = time.perf_counter()
    found = session.answer(Request("GET", ORIGIN + target, HEADERS), any_host=True)
    took = (time.perf_counter() - start) * 1e3
    assert isinstance(found, Answer), (target, found)
    assert found.provenance is Provenance.DERIVED, (target, found.provenance)
    assert found.response.status == 200, (target, found.response)
    return took


def _peak() -> float:
    """Return the most MiB that this process had; getrusage would count those of its parent too."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))))
