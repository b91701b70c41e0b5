"""What scripts/deploy starts: replicas that are one service, and manifests that Kubernetes takes.

No container is built or run here: that needs a daemon. The replicas are what the containers run.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from support.running.processes import BIN, ROOT, free_port

DEPLOY = ROOT / "scripts" / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
REPLICAS, COUNT = 4, 2000
TOKEN = {"X-Auth-Token": "any"}


class Replica:
    """What one container runs, with a folder and ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder
        folder.mkdir()
        self.port, self.metrics = free_port(), free_port()
        self.start()

    def start(self) -> None:
        """Generate the set if it is not there, and serve it."""
        own = {
            "DATA": str(self.data),
            "COUNT": str(COUNT),
            "LISTEN": f"127.0.0.1:{self.port}",
            "METRICS": f"127.0.0.1:{self.metrics}",
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [DEPLOY / "start"], env=os.environ | own, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Until the health page says ok."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if requests.get(f"http://127.0.0.1:{self.metrics}/healthz", timeout=2).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError((self.data / "log").read_text("utf-8"))

    def kill(self) -> None:
        """End it at once, by its id."""
        self.process.kill()
        self.process.wait()

    @property
    def digest(self) -> str:
        """Of its set."""
        (file,) = self.data.glob("*.images")
        return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Replica]]:
    """Four, each of which generated the set for itself."""
    folder = tmp_path_factory.mktemp("replicas")
    with ExitStack() as stack:
        started = []
        for number in range(REPLICAS):
            started.append(Replica(folder / str(number)))
            stack.callback(started[-1].kill)
        for one in started:
            one.wait()
        yield started


@pytest.fixture
def balancer(replicas: list[Replica], tmp_path: Path) -> Iterator[str]:
    """The address of nginx, with the configuration of the containers and the replicas' ports."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "this test needs nginx: apt-get install nginx-light"
    port = free_port()
    one = re.compile(r"server replica:8180 ([^;]*);")
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    servers = "\n".join(f"server 127.0.0.1:{each.port} \\1;" for each in replicas)
    text = one.sub(servers, text).replace("listen 8180", f"listen 127.0.0.1:{port}")
    file = tmp_path / "nginx.conf"
    file.write_text(text.replace("/tmp/", f"{tmp_path}/"), "utf-8")
    process = subprocess.Popen([nginx, "-c", file, "-g", "daemon off;"])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def walk(url: str, query: str) -> list[str]:
    """The ids of a list, page by page; each page may come from another replica."""
    session, link, found = requests.Session(), f"/v2/images?{query}", []
    while link:
        answer = session.get(url + link, headers=TOKEN, timeout=10)
        assert 200 == answer.status_code, answer.text
        found += [image["id"] for image in answer.json()["images"]]
        link = answer.json().get("next", "")
    return found


def test_each_replica_has_made_the_same_set(replicas: list[Replica]) -> None:
    """The same bytes, so each page is the same from each of them."""
    assert 1 == len({one.digest for one in replicas})


def test_walks_are_whole_while_a_replica_is_killed_and_comes_back(
    replicas: list[Replica], balancer: str
) -> None:
    """Through round robin, with four clients at once, for as long as that takes."""
    queries = ("limit=7", "limit=20&sort_key=name&sort_dir=asc", "limit=13&visibility=public")
    whole = [walk(f"http://127.0.0.1:{replicas[0].port}", query) for query in queries]
    done, wrong = threading.Event(), []
    walked = [0] * 4

    def client(number: int) -> None:
        while not done.is_set():
            place = walked[number] % len(queries)
            try:
                found = walk(balancer, queries[place])
            except (AssertionError, requests.RequestException) as error:
                wrong.append(repr(error))
                return
            if found != whole[place]:
                wrong.append(f"{queries[place]}: {len(found)} images, {len(whole[place])} expected")
            walked[number] += 1

    clients = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for one in clients:
        one.start()
    for victim in replicas[1:3]:
        time.sleep(1)
        victim.kill()
        time.sleep(1)
        victim.start()
        victim.wait()
    done.set()
    for one in clients:
        one.join(60)

    assert [] == wrong
    assert all(walked)
    assert [] == [len(ids) for ids in whole if not len(set(ids)) == len(ids) > 100]


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.name)
def test_kubernetes_takes_the_manifest(file: Path) -> None:
    """By the schemas of its own that kubernetes-validate has."""
    lock = ROOT / "tests" / "interop" / "deploy" / "requirements.lock"
    made = subprocess.run(
        [ROOT / "scripts" / "venv", ROOT / ".deploy" / "venv", lock, "-r", lock],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    program = Path(made.stdout.strip()).with_name("kubernetes-validate")

    done = subprocess.run([program, "--strict", file], capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr
