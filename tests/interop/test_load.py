"""The load test: Locust's users find no fault with our server, and find the faults that it has."""

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from support.running.processes import ROOT, glancetape, run_process, running

LOAD = ROOT / "scripts" / "load"


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """What the first call installs, which takes minutes on a busy machine."""
    subprocess.run([LOAD, "--help"], stdout=subprocess.DEVNULL, check=True)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of 3,000 images."""
    path = tmp_path_factory.mktemp("load") / "region.images"
    run_process("generate", "--count", "3000", "--seed", "7", "--out", path)
    return path


def load(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """A run that is long enough for every kind of request, also on a busy machine."""
    return subprocess.run(
        [LOAD, "--seconds", "12", "--users", "4", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )


def test_users_check_each_answer_of_a_server_with_workers(region: Path) -> None:
    """Every kind of request was made, and none failed."""
    done = load("--file", region, "--workers", "2")

    assert 0 == done.returncode, done.stdout
    for name in ("walk", "filter", "sort", "look up an id", "look up a name"):
        assert f"GET      {name} " in done.stdout
    assert "Error report" not in done.stdout
    assert re.search(r"^glancetape: \d+ synthetic$", done.stdout, re.MULTILINE)
    assert re.search(r"^processor time of the server: \d+\.\d\d s$", done.stdout, re.MULTILINE)


Page = dict[str, Any]


def _ends_early(page: Page, query: Page) -> None:
    if "100" not in query["limit"]:
        page.pop("next", None)


def _finds_nothing(page: Page, query: Page) -> None:
    if not query.keys() <= {"limit", "marker", "sort_key", "sort_dir"}:
        page["images"] = []
        page.pop("next", None)


def _lacks_one(page: Page, query: Page) -> None:
    if "100" not in query["limit"]:
        del page["images"][1:2]


WRONG: dict[str, Callable[[Page, Page], None]] = {
    "lists that end after a page": _ends_early,
    "filters that find nothing": _finds_nothing,
    "an image that no page has": _lacks_one,
}
"""What is changed in the page of a query, whose parameters are given."""


def front(url: str, change: Callable[[Page, Page], None]) -> ThreadingHTTPServer:
    """A server that passes requests on, and changes the pages that come back."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            request = Request(url + self.path, headers={"X-Auth-Token": "any"})
            try:
                with urlopen(request) as answer:
                    status, body = 200, answer.read()
            except HTTPError as error:
                status, body = error.code, error.read()
            page = json.loads(body) if status == 200 else {}
            if "images" in page:
                change(page, parse_qs(urlsplit(self.path).query))
                body = json.dumps(page).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture(params=["page-repeats", "image-deleted", *WRONG])
def wrong(request: pytest.FixtureRequest, region: Path) -> Iterator[str]:
    """The address of a server whose lists misbehave: in the lab's way, or in one of WRONG."""
    own = [] if request.param in WRONG else ["--lab", request.param]
    with running(glancetape("serve", region, "--listen", "127.0.0.1:0", *own)) as server:
        if own:
            yield server.url
            return
        with front(server.url, WRONG[request.param]) as changing:
            serving = threading.Thread(target=changing.serve_forever, daemon=True)
            serving.start()
            yield f"http://127.0.0.1:{changing.server_address[1]}"
            changing.shutdown()


def test_a_wrong_answer_fails_the_run(wrong: str) -> None:
    """It is counted, and named in the report."""
    done = load("--url", wrong)

    assert 1 == done.returncode, done.stdout
    assert "Error report" in done.stdout
    assert "WrongAnswer" in done.stdout
