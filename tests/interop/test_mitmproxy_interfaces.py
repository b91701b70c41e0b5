"""What people see and do in mitmweb, in a real browser, and in the console of mitmproxy."""

import html
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from support.pages.browser import CHROMIUM, chromium
from support.running.processes import BIN, ROOT, running
from support.running.pty_screen import in_terminal
from support.running.upstream import Silence
from support.wire.hooked import write_walk

ADDON = ROOT / "proxy" / "glancetape" / "addon.py"
LIST, MISSED = "/v2/images?limit=1", "/v2/images?visibility=community"


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole list of two images, one on each page."""
    return write_walk(tmp_path_factory.mktemp("tapes") / "a.yaml")


def _ask(proxy: str, target: str) -> int:
    return requests.get(proxy + target, headers={"X-Auth-Token": "t"}, timeout=20).status_code


# -- mitmweb ------------------------------------------------------------------------------------


@dataclass
class Web:
    """A mitmweb that has answered a list and missed one."""

    url: str
    """Of its interface, with the token that mitmproxy 12 wants."""
    session: requests.Session

    def flows(self) -> dict[str, dict[str, Any]]:
        """Return the flows by path."""
        found = self._get("flows").json()
        return {one["request"]["path"]: one for one in found}

    def _get(self, path: str) -> requests.Response:
        parts = urlsplit(self.url)
        return self.session.get(f"{parts.scheme}://{parts.netloc}/{path}", timeout=20)

    def show(self, place: str) -> str:
        """Return the text of the interface in a browser, at a place such as `flows/ID/response`."""
        printed, console = chromium(
            f"{self.url}#/{place}", "--dump-dom", "--virtual-time-budget=10000"
        )
        assert [] == [line for line in console if "ERROR" in line and "Uncaught" in line]
        return html.unescape(re.sub(r"<[^>]+>", " ", printed.partition("<body")[2]))

    def _xsrf(self) -> str:
        """Return what commands have to send back; mitmproxy 12 has another name for it."""
        names = [name for name in self.session.cookies.keys() if "xsrf" in name]  # noqa: SIM118
        return self.session.cookies[names[0]] or ""

    def run(self, command: str, *arguments: str) -> Any:
        """Return what a command returns that the interface sends."""
        parts = urlsplit(self.url)
        answer = self.session.post(
            f"{parts.scheme}://{parts.netloc}/commands/{command}",
            json={"arguments": arguments},
            headers={"X-XSRFToken": self._xsrf()},
            timeout=20,
        )
        found = answer.json()
        assert "error" not in found, found
        return found["value"]


@pytest.fixture(scope="module")
def web(cassette: Path) -> Iterator[Web]:
    """Start mitmweb, and ask it twice through its proxy."""
    port = Silence().port
    arguments = [
        *(BIN / "mitmweb", "-s", ADDON, "--listen-host", "127.0.0.1", "-p", "0"),
        *("--no-web-open-browser", "--set", f"web_port={port}"),
        *("--set", f"glancetape_replay={cassette}"),
    ]
    with running(arguments, installed=True) as process:
        proxy = process.wait_for(r"proxy listening at (\S+?)\.\n")
        url = process.wait_for(r"Web server listening at (http://\S+)")
        session = requests.Session()
        session.get(url, timeout=20)
        assert [200, 501] == [_ask(f"http://{proxy}", target) for target in (LIST, MISSED)]
        web = Web(url, session)
        web._get("updates")  # where the interface gets the cookie that commands need
        yield web


in_browser = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")


@in_browser
def test_a_list_is_a_table_in_the_browser(web: Web) -> None:
    flow = web.flows()[LIST]

    text = web.show(f"flows/{flow['id']}/response")

    assert "1 image" in text
    assert re.search(r"id +visibility +status +name\b", text)
    assert re.search(r"next: /v2/images\?limit=1&marker=b", text)


@in_browser
def test_the_browser_shows_where_an_answer_comes_from(web: Web) -> None:
    flow = web.flows()[LIST]

    assert "glancetape: exact; a.yaml#1" in web.show(f"flows/{flow['id']}/comment")


@in_browser
def test_the_browser_shows_why_there_is_no_answer(web: Web) -> None:
    flow = web.flows()[MISSED]

    text = web.show(f"flows/{flow['id']}/comment")

    assert "glancetape: miss; Not recorded: GET" in text
    assert "No recorded walk covers it" in text
    assert "\N{LARGE RED CIRCLE}" in text


FILTERS = {
    "~marked": {MISSED},
    "~replays": {LIST, MISSED},
    "~replayq": set[str](),
    "~comment exact": {LIST},
}


@in_browser
@pytest.mark.parametrize(("filter_", "matching"), FILTERS.items(), ids=FILTERS)
def test_the_browser_filters_by_what_became_of_a_request(
    web: Web, filter_: str, matching: set[str]
) -> None:
    text = web.show(f"flows?s={quote(filter_)}")

    assert matching == {target for target in (LIST, MISSED) if target in text}


def test_a_command_of_the_web_interface_explains_a_flow(web: Web) -> None:
    *_, now = web.run("glancetape.explain", f"~u {re.escape('limit=1')}$")

    assert now.startswith("now: exact: the same request is recorded as a.yaml#1")


def test_a_command_of_the_web_interface_asks_the_cassette(web: Web) -> None:
    lines = web.run("glancetape.query", "limit=1&sort_key=id&sort_dir=asc")

    assert ["derived; a.yaml#1-3", "1 image"] == lines[:2]


# -- the console --------------------------------------------------------------------------------


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_console_completes_and_runs_the_commands(cassette: Path, tmp_path: Path) -> None:
    port = Silence().port
    words = [
        *(str(BIN / "mitmproxy"), "-s", str(ADDON), "--listen-host", "127.0.0.1"),
        *("-p", str(port), "--set", f"glancetape_replay={cassette}"),
    ]
    with in_terminal(words) as screen:
        screen.wait_for("Flows")
        _wait_until_it_listens(port)
        screen.type("")
        assert 200 == _ask(f"http://127.0.0.1:{port}", LIST)
        screen.wait_for("limit=1")

        screen.type(":glancetape.e\t")
        completed = screen.wait_for("explain")
        screen.type(" @focus\r")
        explained = screen.wait_for("is recorded as")

    assert "glancetape.explain" in completed
    assert "now: exact: the same request is recorded as a.yaml#1" in explained
