"""The direct server under wrk, beside the servers that people use for such pages.

A page has 25 images, about 25 kB. wrk runs on the same two processors as the server. `random`: each
request asks for the page of one of 20 queries after a random image of a million, and no page is
asked twice. `repeated`: 20 pages in turns, which both sides may keep. The peers answer one page.
At half of the rate of `random`, from 64 connections that wait at random, 99 of 100 answers take no
longer than p99.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.data.made_sets import MadeSets, run
from benchmarks.data.queries import MIX, page_after
from benchmarks.figure import Figure, Target, at_least, at_most, in_turns, within
from benchmarks.peers.servers import (
    Peer,
    Start,
    install_npm,
    start_bare_mitmproxy,
    start_json_server,
    start_mountebank,
    start_nginx,
    start_wiremock,
)
from benchmarks.peers.versions import describe_machine
from benchmarks.running.children import HOST, BenchmarkError, Children, children, free_port, tool
from benchmarks.running.wrk import Load, load, load_at_half, program, write_targets
from glancetape_cassettes.imageset.image_set import ImageSet

LARGE, SMALL, FOR_JSON_SERVER = 1_000_000, 10_000, 100_000
SECONDS = 4.0
WARM_UP = 60.0
A_ROUND = 160_000
"""Targets that are not asked for again; more than any server answers in a round."""
_AT_HALF = 40_000
"""The same for half of its rate."""
P99 = within(5, "ms")
_LIMIT = 25
_SEED = 5
_NPM = Path(".bench/npm")
_TARGET = {
    ("random", "bare mitmproxy addon"): at_least(15),
    ("repeated", "bare mitmproxy addon"): at_least(25),
    ("random", "WireMock, one stub"): at_least(1),
    ("random", "nginx, one static file"): at_least(0.2),
    ("repeated", "nginx, one static file"): at_least(0.35),
    ("random", "json-server, 100,000 images"): at_least(1000),
}


def measure(folder: Path, made: MadeSets, rounds: int) -> list[Figure]:
    """Load ours and each peer in turns."""
    program()
    large, small = made.generated(LARGE), made.generated(SMALL)
    targets = random_targets(large, (A_ROUND + _AT_HALF) * (rounds + 1))
    random = Unasked(folder / "random", targets[: A_ROUND * (rounds + 1)])
    at_half = Unasked(folder / "half", targets[A_ROUND * (rounds + 1) :], _AT_HALF)
    of_small = Unasked(folder / "small", random_targets(small, A_ROUND * (rounds + 1)))
    repeated = write_targets(folder / "repeated", random_targets(large, len(MIX)))
    figures = []
    with children(folder) as started:
        ours, ours_small = start_serving(started, large), start_serving(started, small)
        page = _page(ours)
        print(f"a page has {len(page):,} bytes; {describe_machine()}", file=sys.stderr)
        rates: list[float] = []
        sides: dict[str, Any] = {
            "random": lambda: random.rate(ours, rates),
            "half": lambda: at_half.p99_at_half(ours, rates[-1]),
            "repeated": lambda: load(ours, repeated, SECONDS).rate,
            "small": lambda: of_small.rate(ours_small),
        }
        missing: dict[str, str] = {}
        for name, start in _peers(made).items():
            try:
                peer = start(started, folder, page)
                file = write_targets(folder / f"target-{len(sides)}", peer.targets)
                if name.startswith("WireMock"):
                    load(peer.port, file, WARM_UP)
            except BenchmarkError as error:
                missing[name] = str(error)
                continue
            sides[name] = _rate_of(peer, file, lambda why, name=name: missing.update({name: why}))
        in_turns(1, sides)  # to warm up: orders are read once, and files come into memory
        found = in_turns(rounds, sides)
        for name in _peers(made):
            figures += _compared(name, found, missing.get(name, ""))
        figures.append(
            Figure(
                "serve, random pages, 1M / 10k",
                "req/s",
                found["small"],
                found["random"],
                at_most(1.2),
            )
        )
        name = "serve, random pages, p99 at half of the rate"
        figures.append(Figure(name, "ms", found["half"], bound=P99))
    return figures


def _peers(made: MadeSets) -> Mapping[str, Start]:
    def of_npm(make: Any, *more: Any) -> Start:
        def start(started: Children, folder: Path, page: bytes) -> Peer:
            found: Peer = make(install_npm(_NPM), *more)(started, folder, page)
            return found

        return start

    return {
        "bare mitmproxy addon": start_bare_mitmproxy,
        "nginx, one static file": start_nginx,
        "WireMock, one stub": of_npm(start_wiremock),
        "mountebank, one stub": of_npm(start_mountebank),
        "json-server, 100,000 images": of_npm(start_json_server, _generated_ndjson(made)),
    }


def _generated_ndjson(made: MadeSets) -> Path:
    path = made.folder / f"{FOR_JSON_SERVER}-generated.ndjson"
    if not path.exists():
        options = ["--count", str(FOR_JSON_SERVER), "--out", str(path)]
        run([tool("glancetape"), "generate", *options])
    return path


def start_serving(started: Children, file: Path, *options: str) -> int:
    """Start the direct server in front of a set; gives its port."""
    port = free_port()
    command = [tool("glancetape"), "serve", "-q", str(file), "--metrics", "off", *options]
    started.serve([*command, "--listen", f"{HOST}:{port}"], port)
    return port


def random_targets(file: Path, count: int) -> Sequence[str]:
    """Targets of the mix in random order, each of them once; all images are ones that are seen."""
    rng = Random(_SEED)
    markers: list[str] = []
    with ImageSet(file) as images:
        home = images.about["home_project"]
        for place in rng.sample(range(len(images)), len(images)):
            image = images.image_at(place)
            if image["visibility"] == "public" or image["owner"] == home:
                markers.append(image["id"])
            if len(markers) == count:
                break
    each = -(-count // len(markers))
    ways = [(query, limit) for limit in _limits(-(-each // len(MIX))) for query in MIX]
    targets = [
        page_after(*ways[(place + turn) % len(ways)], marker)
        for place, marker in enumerate(markers)
        for turn in range(each)
    ]
    rng.shuffle(targets)
    return targets[:count]


def _limits(count: int) -> Sequence[int]:
    """Limits around 25, so that a page has 25 images on average: 25, 24, 26, 23, 27, ..."""
    if count >= 2 * _LIMIT:
        raise BenchmarkError("the image set is too small for so many different pages")
    return [_LIMIT + (-1) ** turn * ((turn + 1) // 2) for turn in range(count)]


def _page(port: int) -> bytes:
    import urllib.request

    asked = urllib.request.Request(
        f"http://{HOST}:{port}/v2/images?limit=25", headers={"X-Auth-Token": "bench"}
    )
    with urllib.request.urlopen(asked) as answer:
        body: bytes = answer.read()
    return body


class Unasked:
    """Targets, of which each round gets some that no round had before."""

    def __init__(self, file: Path, targets: Sequence[str], each: int = A_ROUND) -> None:
        self._file, self._targets, self._each = file, list(targets), each

    def rate(self, port: int, kept: list[float] | None = None) -> float:
        """Answers a second in the next round; also added to `kept`."""
        rate = self._next(lambda file: load(port, file, SECONDS)).rate
        if kept is not None:
            kept.append(rate)
        return rate

    def p99_at_half(self, port: int, rate: float) -> float:
        """Milliseconds that 99 of 100 answers take at most, at half of a rate."""
        return self._next(lambda file: load_at_half(port, file, SECONDS, rate)).p99

    def _next(self, ask: Callable[[Path], Load]) -> Load:
        some, self._targets = self._targets[: self._each], self._targets[self._each :]
        found = ask(write_targets(self._file, some))
        if found.repeated:
            raise BenchmarkError(f"more than {len(some):,} requests: a page was asked twice")
        return found


def _rate_of(peer: Peer, file: Path, fail: Callable[[str], None]) -> Callable[[], float]:
    def rate() -> float:
        try:
            return load(peer.port, file, peer.seconds, connections=peer.connections).rate
        except BenchmarkError as error:  # the other rows still count
            fail(" ".join(str(error).split())[-200:])
            return 0

    return rate


def _compared(name: str, found: Mapping[str, tuple[float, ...]], missing: str) -> list[Figure]:
    figures = []
    theirs = () if missing else found.get(name, ())
    for what in ("random", "repeated"):
        target: Target | None = _TARGET.get((what, name))
        if target is None and what == "repeated":
            continue
        title = f"serve, {what} pages / {name}"
        figures.append(Figure(title, "req/s", found[what], theirs, target, missing=missing))
    return figures
