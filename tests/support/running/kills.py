"""Killing a recorder under load, again and again, and looking for what it lost."""

import http.client
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from glancetape_cassettes.formats.cassette import load_cassette
from support.running.processes import glancetape, running
from support.running.upstream import PAGE, Upstream


@dataclass(frozen=True)
class Killed:
    """What became of the answers that clients got whole from recorders that were killed."""

    kills: int
    received: int
    lost: int
    damaged: int
    """Recordings of the last ones whose body is not the one that was sent."""


class _Client(threading.Thread):
    """Requests one page after the other until the recorder is gone; keeps what it got whole."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__()
        self._parts = urlsplit(url)
        self._name = name
        self.received: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection(self._parts.hostname or "", self._parts.port)
        try:
            for number in range(100_000):
                target = f"/v2/images?limit=25&marker={self._name}-{number}"
                connection.request("GET", target)
                response = connection.getresponse()
                if response.read() == PAGE and response.status == 200:
                    self.received.append(target)
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()


def _kill_under_load(url: str, cassette: Path, after: float, seed: int) -> set[str]:
    arguments = glancetape(
        "record", "-q", "--upstream", url, "--cassette", cassette, "--mode", "all",
        "--listen", "127.0.0.1:0",
    )  # fmt: skip
    with running(arguments) as recorder:
        clients = [_Client(recorder.url, f"{seed}-{number}") for number in range(6)]
        for client in clients:
            client.start()
        _wait_for_a_response(clients)
        time.sleep(after)
        recorder.process.kill()
        for client in clients:
            client.join(20)
    return {target for client in clients for target in client.received}


def _wait_for_a_response(clients: list[_Client]) -> None:
    """Until then there is nothing to lose, and on a busy machine it can take a second."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not any(client.received for client in clients):
        time.sleep(0.005)


def kill_repeatedly(service: Upstream, folder: Path, count: int) -> Killed:
    """Kill `count` recorders of one cassette at random moments; stop at the first loss."""
    seen: set[str] = set()
    chance = random.Random(count)
    cassette = folder / "killed.yaml"
    lost = damaged = kills = 0
    while kills < count and not lost and not damaged:
        seen |= _kill_under_load(service.url, cassette, chance.uniform(0.01, 0.6), kills)
        kills += 1
        recorded = load_cassette(cassette)
        uris = (recorded.request(index).uri for index in range(len(recorded)))
        lost = len(seen - {uri.removeprefix(service.url) for uri in uris})
        last = range(max(0, len(recorded) - 50), len(recorded))
        damaged = sum(recorded.interaction(index).response.body != PAGE for index in last)
    return Killed(kills=kills, received=len(seen), lost=lost, damaged=damaged)
