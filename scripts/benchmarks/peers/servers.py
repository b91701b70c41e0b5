"""The servers that ours is measured beside: each is started with the same page of images.

A server that cannot be had raises Missing with the reason, and the table lists it so.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.running.children import HOST, BenchmarkError, Children, free_port, mitmdump
from benchmarks.running.wrk import CONNECTIONS

NPM = Path(__file__).with_name("npm")
_BARE = Path(__file__).with_name("bare_addon.py")
_INSTALL_SECONDS = 600


class Missing(BenchmarkError):
    """A peer that is not installed, and cannot be."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that was started, and the targets at which it answers with pages."""

    port: int
    targets: tuple[str, ...]
    seconds: float = 4.0
    """How long it is loaded in a round."""
    connections: int = CONNECTIONS


Start = Callable[[Children, Path, bytes], Peer]


def install_npm(folder: Path) -> Path:
    """The folder of the servers from npm, installed once. Raises Missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing("Node.js is not installed")
    wanted = (NPM / "package.json").read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / "package.json"
    if not (folder / "installed").exists() or package.read_bytes() != wanted:
        package.write_bytes(wanted)
        done = subprocess.run(
            [npm, "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Missing(f"npm install failed: {done.stderr.strip()[-200:]}")
        (folder / "installed").touch()
    return folder / "node_modules"


def start_bare_mitmproxy(started: Children, folder: Path, page: bytes) -> Peer:
    """Mitmproxy with an addon that answers every request with the page."""
    port, body = free_port(), folder / "bare-body.json"
    body.write_bytes(page)
    started.serve(mitmdump(port, folder, _BARE), port, {"BENCH_BODY": str(body)})
    return Peer(port, ("/v2/images?limit=25",))


def start_nginx(started: Children, folder: Path, page: bytes) -> Peer:
    """One static file."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise Missing("nginx is not installed; Debian has it: apt-get install nginx-light")
    root, port = folder / "nginx", free_port()
    root.mkdir()
    (root / "page.json").write_bytes(page)
    temporary = "".join(
        f"{name}_temp_path {root}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Readable by the user that nginx takes for its workers when root starts it.
    user = "user root;" if root.owner() == "root" else ""
    (root / "nginx.conf").write_text(
        f"{user} worker_processes 1; pid {root}/pid; error_log {root}/log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; {temporary} types {{ application/json json; }}\n"
        "keepalive_requests 1000000000; sendfile on; open_file_cache max=10;\n"
        f"server {{ listen {HOST}:{port}; root {root}; }} }}\n",
        "utf-8",
    )
    started.serve([program, "-c", str(root / "nginx.conf"), "-g", "daemon off;"], port)
    return Peer(port, ("/page.json",))


def start_wiremock(modules: Path) -> Start:
    """WireMock with one exact stub."""

    def start(started: Children, folder: Path, page: bytes) -> Peer:
        java = shutil.which("java")
        jars = sorted((modules / "wiremock" / "build").glob("wiremock-standalone-*.jar"))
        if java is None or not jars:
            raise Missing("Java is not installed" if jars else "its package holds no jar")
        root, port = folder / "wiremock", free_port()
        (root / "mappings").mkdir(parents=True)
        (root / "__files").mkdir()
        (root / "__files" / "page.json").write_bytes(page)
        stub = {
            "request": {"method": "GET", "url": "/v2/images?limit=25"},
            "response": {
                "status": 200,
                "bodyFileName": "page.json",
                "headers": {"Content-Type": "application/json"},
            },
        }
        (root / "mappings" / "page.json").write_text(json.dumps(stub), "utf-8")
        options = ["--port", str(port), "--bind-address", HOST, "--root-dir", str(root)]
        quiet = ["--no-request-journal", "--disable-request-logging", "--disable-banner"]
        started.serve([java, "-jar", str(jars[-1]), *options, *quiet], port)
        return Peer(port, ("/v2/images?limit=25",))

    return start


def start_json_server(modules: Path, ndjson: Path) -> Start:
    """json-server with all images of a file."""

    def start(started: Children, folder: Path, _: bytes) -> Peer:
        database, port = folder / "db.json", free_port()
        lines = ndjson.read_bytes().splitlines()
        database.write_bytes(b'{"images": [' + b",".join(lines) + b"]}")
        program = modules / ".bin" / "json-server"
        options = ["--host", HOST, "--port", str(port), "--quiet"]
        started.serve([str(program), *options, str(database)], port, patience=300)
        query = "/images?status=active&_sort=created_at&_order=desc&_limit=25&_page="
        # A page takes it a second of its one processor, so 16 clients would wait for the first.
        targets = tuple(f"{query}{number}" for number in range(1, 1000, 13))
        return Peer(port, targets, seconds=15, connections=1)

    return start


def start_mountebank(modules: Path) -> Start:
    """Mountebank with one stub."""

    def start(started: Children, folder: Path, page: bytes) -> Peer:
        control, port = free_port(), free_port()
        headers: Mapping[str, str] = {"Content-Type": "application/json"}
        stub = {
            "predicates": [{"equals": {"path": "/v2/images", "query": {"limit": "25"}}}],
            "responses": [{"is": {"statusCode": 200, "headers": headers, "body": page.decode()}}],
        }
        imposter = {"port": port, "protocol": "http", "host": HOST, "stubs": [stub]}
        file = folder / "imposters.json"
        file.write_text(json.dumps({"imposters": [imposter]}), "utf-8")
        options = ["--port", str(control), "--host", HOST, "--configfile", str(file)]
        quiet = ["--loglevel", "error", "--nologfile", "--pidfile", str(folder / "mb.pid")]
        started.serve([str(modules / ".bin" / "mb"), "start", *options, *quiet], port)
        return Peer(port, ("/v2/images?limit=25",))

    return start
