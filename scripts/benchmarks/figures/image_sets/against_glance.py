"""Pages a second over HTTP from one connection: an image set, against the real Glance.

Both hold the same images and are asked the same by the same client; both must give the same images.
"""

import json
import os
import sys
from pathlib import Path

from benchmarks.data.made_sets import PROJECT, SMALL, MadeSets, run
from benchmarks.figure import Figure, at_least, in_turns
from benchmarks.running.children import BenchmarkError, children, free_port

TARGET = at_least(100)
_GLANCE = Path(__file__).parents[3] / "glance"
_PATIENCE = 300.0  # until Glance has taken its images in
_SHARE = 60  # requests of ours for each of Glance's, so that both take their time

# Fast answers of Glance and slow ones.
QUERIES = (
    "limit=25",
    "limit=25&visibility=public",
    "limit=25&__os_type=Linux&hw_firmware_type=bios",
    "limit=25&tag=x86&status=active",
    "limit=25&sort_key=name&sort_dir=asc",
    "limit=25&sort=size:desc,id:asc&visibility=private",
    "limit=25&created_at=gt:2020-01-01T00:00:00Z",
    "limit=25&disk_format=in:qcow2,raw&min_ram=512",
)


def measure(folder: Path, made: MadeSets, rounds: int, requests: int) -> list[Figure]:
    """Start both, ask in turns, and compare."""
    ndjson, images = made.ndjson(SMALL), made.image_set(SMALL)
    ports = {"glance": free_port()}
    plans = {
        "glance": _plan(folder / "glance.json", max(len(QUERIES), requests // _SHARE)),
        "ours": _plan(folder / "ours.json", requests),
    }
    with children(folder) as started:
        glance = [str(_GLANCE), "--images", str(ndjson), "--port", str(ports["glance"])]
        # As --parent it ends with us even when we are killed.
        started.serve([*glance, "--parent", str(os.getpid())], ports["glance"], patience=_PATIENCE)
        ports["ours"] = free_port()
        ours = [
            "-m",
            "benchmarks.peers.set_server",
            str(ports["ours"]),
            str(images),
            PROJECT,
            "glance",
        ]
        started.serve([sys.executable, *ours], ports["ours"])

        answers: dict[str, list[str]] = {}

        def ask(side: str) -> float:
            client = [sys.executable, "-m", "benchmarks.running.one_connection"]
            found = json.loads(run([*client, str(ports[side]), str(plans[side])]))
            answers[side] = found["pages"]
            return float(found["rate"])

        sides = {"glance": lambda: ask("glance"), "ours": lambda: ask("ours")}
        found = in_turns(rounds, sides)
    pairs = zip(QUERIES, answers["glance"], answers["ours"], strict=True)
    if other := [query for query, theirs, mine in pairs if theirs != mine]:
        raise BenchmarkError(f"not the images that Glance lists: {other}")
    name = f"pages of {SMALL:,} images, one connection / Glance"
    return [Figure(name, "req/s", found["ours"], found["glance"], TARGET)]


def _plan(path: Path, requests: int) -> Path:
    targets = [f"/v2/images?{query}" for query in QUERIES]
    path.write_text(json.dumps({"targets": targets, "requests": requests}))
    return path
