"""Everything that a replaying proxy can be asked, and the answers, at hosts that nobody resolves.

As a program it asks where there is no network: `unshare -rn python offline.py FOLDER replay`.
"""

import fcntl
import json
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import requests
import urllib3

from support.clouds.recorded import get, ok, write_cassette
from support.running.processes import BIN, ROOT, running
from support.sets.set_files import make_set, record

HOST = "ims.example.invalid"
OTHER = "glance.example.invalid"
TOKEN = ("X-Auth-Token", "a-token")

Question = tuple[str, str, str, bool]
"""Method, host, target, and whether a token is sent."""
Answered = tuple[int, str]
"""Status, and the first word of where the answer comes from."""

OF_A_CASSETTE: dict[Question, Answered] = {
    ("GET", HOST, "/v2/images?limit=1", True): (200, "exact"),
    ("GET", HOST, "/v2/images?limit=1&sort_dir=asc", True): (200, "derived"),
    ("GET", HOST, "/v2/images?limit=-1", True): (400, "derived"),
    ("GET", HOST, "/v2/images?visibility=community", True): (501, "miss"),
    ("GET", HOST, "/v2/images/none", True): (501, "miss"),
    ("GET", HOST, "/v2/none", True): (404, "derived"),
    ("POST", HOST, "/v3/auth/tokens", False): (501, "miss"),
    ("GET", OTHER, "/v2/images/refused", False): (401, "exact"),
    ("GET", OTHER, "/v2/images/damaged", True): (500, "error"),
}
OF_A_SET: dict[Question, Answered] = {
    ("GET", HOST, "/v2/images", True): (200, "synthetic"),
    ("GET", HOST, "/v2/images/a", True): (200, "synthetic"),
    ("GET", HOST, "/v2/images", False): (401, "synthetic"),
    ("GET", HOST, "/v2/images?limit=-1", True): (400, "synthetic"),
    ("GET", HOST, "/v2/images/none", True): (404, "synthetic"),
    ("HEAD", HOST, "/v2/images", True): (405, "synthetic"),
    ("POST", HOST, "/v2/images", True): (501, "miss"),
    ("GET", HOST, "/v2/none", True): (404, "synthetic"),
}
PLAYED = (("a.yaml", OF_A_CASSETTE), ("b.images", OF_A_SET))


def make_files(folder: Path) -> None:
    """Make the cassette, a whole walk and more with a damaged item, and the image set."""
    images = [json.dumps({**record(name), "os_hidden": False}) for name in "ba"]
    more = '"next": "/v2/images?limit=1&marker=%s", '
    page = '{"images": [%s], %s"first": "/v2/images?limit=1", "schema": "/v2/schemas/images"}'
    walk = {
        "?limit=1": page % (images[0], more % "b"),
        "?limit=1&marker=b": page % (images[1], more % "a"),
        "?limit=1&marker=a": page % ("", ""),
    }
    listed = [
        (
            get(f"/v2/images{query}", TOKEN, host=f"http://{HOST}"),
            ok(body.encode(), ("X-Openstack-Request-Id", "r")),
        )
        for query, body in walk.items()
    ]
    refused = get("/v2/images/refused", host=f"http://{OTHER}")
    damaged = get("/v2/images/damaged", TOKEN, host=f"http://{OTHER}")
    cassette = write_cassette(
        folder / "a.yaml",
        [*listed, (refused, replace(ok(), status=401)), (damaged, ok())],
    )
    start, code, end = cassette.read_text().rpartition("code: 200")
    assert code
    cassette.write_text(f"{start}code: @{end}")
    make_set(folder / "b.images", [record(name) for name in "abc"])


def replay(path: Path) -> list[str | Path]:
    """Play a file by our command."""
    return [BIN / "glancetape", "replay", path, "--listen", "127.0.0.1:0"]


def mitmdump(path: Path) -> list[str | Path]:
    """Play a file by the addon."""
    addon = ROOT / "proxy" / "glancetape" / "addon.py"
    listen = ["--listen-host", "127.0.0.1", "-p", "0"]
    return [BIN / "mitmdump", *listen, "-s", addon, "--set", f"glancetape_replay={path}"]


def reverse(path: Path) -> list[str | Path]:
    """Play a file by the addon in front of a service that is not there."""
    return [*mitmdump(path), "--mode", f"reverse:http://{HOST}"]


def ask(
    proxy: str, questions: Sequence[Question], *, direct_only: bool
) -> dict[str, list[Answered]]:
    """Ask each directly and, but for a reverse proxy, through the proxy: HTTP, and in CONNECT."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    answers: dict[str, list[Answered]] = {}
    with requests.Session() as client:
        client.trust_env = False
        client.verify = False  # no CA signed what stands in for the service
        for form in ("direct",) if direct_only else ("direct", "http", "https"):
            answers[form] = []
            for method, host, target, has_token in questions:
                url = f"{proxy}{target}" if form == "direct" else f"{form}://{host}{target}"
                answer = client.request(
                    method,
                    url,
                    headers=dict([TOKEN]) if has_token else {},
                    proxies={} if form == "direct" else {"http": proxy, "https": proxy},
                    timeout=20,
                )
                said = answer.headers["X-Glancetape"].partition(";")[0]
                answers[form].append((answer.status_code, said))
    return answers


def bring_loopback_up() -> None:
    """Do as `ip link set lo up` does, which is not everywhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        is_up, set_flags = 0x1, 0x8914  # IFF_UP, SIOCSIFFLAGS
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh22x", b"lo", is_up))


def main(folder: Path, command: Callable[[Path], list[str | Path]]) -> None:
    """Ask where only the loopback interface is; prints the interfaces and all answers."""
    bring_loopback_up()
    found = []
    for name, questions in PLAYED:
        with running(command(folder / name)) as player:
            found.append(ask(player.url, list(questions), direct_only=command is reverse))
    interfaces = [name for _, name in socket.if_nameindex()]
    sys.stdout.write(json.dumps({"interfaces": interfaces, "found": found}))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]), {"replay": replay, "mitmdump": mitmdump, "reverse": reverse}[sys.argv[2]]
    )
