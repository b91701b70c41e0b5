"""What a page in a browser gets from replay and serve, by either server."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from glancetape.options import Settings
from glancetape_cassettes.interaction import Request, Response
from support.clouds.recorded import get, ok, write_cassette
from support.pages.browser import CHROMIUM, chromium
from support.running.proxies import replaying
from support.wire.both_faces import Asked, Faces, Got
from support.wire.direct import Direct

PAGE, STRANGER = "http://localhost:3000", "https://stranger.example"
TOKEN = ("X-Auth-Token", "any")
LIST = b"/v2/images?limit=1"
PREFLIGHT = (
    ("Access-Control-Request-Method", "GET"),
    ("Access-Control-Request-Headers", "x-auth-token"),
)
RECORDED = b"/v2/images/recorded"
OPEN = b"/v2/images?limit=3"


def cassette(folder: Path) -> Path:
    origin = (("Origin", PAGE), *PREFLIGHT)
    asked = Request("OPTIONS", f"http://glance:9292{RECORDED.decode()}", origin)
    allowed = Response(204, "No Content", (("Access-Control-Allow-Origin", "https://horizon"),))
    to_all = ok(b'{"images": []}', ("Access-Control-Allow-Origin", "*"))
    pairs = [
        (get(LIST.decode(), TOKEN), ok()),
        (asked, allowed),
        (get(OPEN.decode(), TOKEN), to_all),
    ]
    return write_cassette(folder / "a.yaml", pairs)


class Both:
    """Asks the addon, the ASGI app and the direct server, which have to agree."""

    def __init__(self, settings: Settings) -> None:
        self._faces, self._direct = Faces(settings), Direct(settings)

    def ask(self, target: bytes, origin: str, *fields: tuple[str, str], method: str = "GET") -> Got:
        asked = Asked(target, method, ((("Origin", origin),) if origin else ()) + fields)
        got = self._faces.ask_addon(asked)
        assert got == self._faces.ask_app(asked)
        assert [got] == self._direct.ask(asked)
        return got

    def close(self) -> None:
        self._faces.close()
        self._direct.close()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    found = Both(Settings(replay=(cassette(tmp_path_factory.mktemp("pages")),)))
    yield found
    found.close()


def test_a_page_may_ask_and_read_the_answer(both: Both) -> None:
    """First its browser asks, then it."""
    first = dict(both.ask(LIST, PAGE, *PREFLIGHT, method="OPTIONS").headers)
    got = both.ask(LIST, PAGE, TOKEN)

    assert PAGE.encode() == first[b"access-control-allow-origin"]
    assert b"x-auth-token" == first[b"access-control-allow-headers"]
    assert b"preflight" == first[b"x-glancetape"]
    assert b"access-control-expose-headers" not in first
    assert "exact" == got.provenance
    assert PAGE.encode() == dict(got.headers)[b"access-control-allow-origin"]
    assert b"X-Glancetape" in dict(got.headers)[b"access-control-expose-headers"]


@pytest.mark.parametrize("target", [b"/v2/images?limit=2", b"/v2/images?a=" + b"b" * 70_000])
def test_a_page_may_read_why_there_is_no_answer(both: Both, target: bytes) -> None:
    """A miss, and a URL that is too long."""
    got = both.ask(target, PAGE, TOKEN)

    assert got.status >= 400
    assert PAGE.encode() == dict(got.headers)[b"access-control-allow-origin"]


def test_another_page_may_not(both: Both) -> None:
    """Its browser is not told that it may ask, and does not show it the answer."""
    first = both.ask(LIST, STRANGER, *PREFLIGHT, method="OPTIONS")
    got = both.ask(LIST, STRANGER, TOKEN)

    assert "miss" == first.provenance
    for one in (first, got):
        assert not any(name.startswith(b"access-control") for name, _ in one.headers)


def test_a_recorded_answer_to_a_browser_is_given_as_it_is(both: Both) -> None:
    """The cloud has the last word."""
    got = both.ask(RECORDED, PAGE, *PREFLIGHT, method="OPTIONS")

    assert (204, "exact") == (got.status, got.provenance)
    assert b"https://horizon" == dict(got.headers)[b"access-control-allow-origin"]


def test_an_answer_is_the_same_for_programs(both: Both) -> None:
    """Only what comes from a page gets these headers, even where the answer is kept ready."""
    both.ask(LIST, PAGE, TOKEN)

    names = [name for name, _ in both.ask(LIST, "http://no.example", TOKEN).headers]
    assert not any(name.startswith(b"access-control") for name in names)


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [({"cors": (STRANGER,)}, [PAGE, STRANGER]), ({"no_cors": True}, [])],
)
def test_the_user_has_a_say(
    settings: dict[str, tuple[str, ...] | bool], allowed: list[str], tmp_path: Path
) -> None:
    """Another origin, or none at all."""
    both = Both(Settings.of({"replay": [cassette(tmp_path)], **settings}))
    found = [
        origin
        for origin in (PAGE, STRANGER)
        if b"access-control-allow-origin" in dict(both.ask(LIST, origin, TOKEN).headers)
    ]
    both.close()

    assert allowed == found


@pytest.mark.parametrize(
    ("no_cors", "origin", "expected"),
    [
        (False, PAGE, PAGE.encode()),
        (False, STRANGER, None),
        (False, "null", None),
        (False, "", b"*"),
        (True, PAGE, None),
        (True, STRANGER, None),
        (True, "", b"*"),
    ],
)
def test_a_cloud_that_allowed_all_pages_does_not_allow_them_here(
    no_cors: bool, origin: str, expected: bytes | None, tmp_path: Path
) -> None:
    """Its list was open to those with a token. A program, which sends no origin, gets it whole."""
    both = Both(Settings(replay=(cassette(tmp_path),), no_cors=no_cors))
    got = both.ask(OPEN, origin, TOKEN)
    both.close()

    assert "exact" == got.provenance
    assert expected == dict(got.headers).get(b"access-control-allow-origin")


_PAGE = """<!doctype html><title>t</title><script>
fetch(%s, {headers: {"X-Auth-Token": "any"}})
  .then(got => got.json().then(page => [got.headers.get("X-Glancetape"), page.images.length]))
  .then(found => document.title = found.join(" "), error => document.title = "refused: " + error);
</script>"""


@pytest.mark.interop
@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")
@pytest.mark.parametrize("no_cors", [False, True])
def test_a_real_browser_shows_a_page_the_answer(tmp_path: Path, no_cors: bool) -> None:
    """A page from another port of this machine, with a header that needs a preflight."""
    path = cassette(tmp_path)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with (
        replaying(path, no_cors=no_cors) as proxy,
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as pages,
    ):
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        (tmp_path / "page.html").write_text(_PAGE % json.dumps(proxy.url + LIST.decode()))
        url = f"http://localhost:{pages.server_address[1]}/page.html"
        shown, _ = chromium(url, "--virtual-time-budget=5000", "--dump-dom")
        pages.shutdown()
        thread.join()

    assert ("refused: " if no_cors else "exact; a.yaml#1 0") in shown
