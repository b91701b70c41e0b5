"""From start to the first answer on one cassette, by glancetape's reader or by vcrpy's.

Runs as a separate process: `python -m benchmarks.running.first_answer glancetape|vcrpy FILE URI`.
Prints the seconds since the imports.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.data.headers import HEADERS


def with_glancetape(path: str, uri: str) -> tuple[float, bytes]:
    """Load and answer as a replaying session does."""
    from glancetape.options import Settings
    from glancetape.session.opening import open_session
    from glancetape_cassettes.interaction import Request
    from glancetape_cassettes.replaying.answers import Answer, Provenance

    settings = Settings(replay=(Path(path),))
    start = time.perf_counter()
    session = open_session(settings)
    outcome = session.answer(Request("GET", uri, HEADERS), any_host=False)
    took = time.perf_counter() - start
    assert isinstance(outcome, Answer), outcome
    assert outcome.provenance is Provenance.EXACT
    return took, outcome.response.body


def with_vcrpy(path: str, uri: str) -> tuple[float, bytes]:
    """Load and answer as `vcr.use_cassette` does, with libYAML where PyYAML has it."""
    from vcr.cassette import Cassette  # type: ignore[import-untyped]  # vcrpy has no types
    from vcr.request import Request  # type: ignore[import-untyped]

    start = time.perf_counter()
    cassette = Cassette.load(path=path)
    response = cassette.play_response(Request("GET", uri, None, dict(HEADERS)))
    took = time.perf_counter() - start
    body: bytes = response["body"]["string"]
    return took, body


if __name__ == "__main__":
    Path(sys.argv[2]).read_bytes()  # the file is in memory for both
    measure = {"glancetape": with_glancetape, "vcrpy": with_vcrpy}[sys.argv[1]]
    seconds, answer = measure(*sys.argv[2:])
    assert len(json.loads(answer)["images"]) == 25
    print(seconds)
