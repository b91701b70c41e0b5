"""A program that asks a session itself may write a request that no client can send."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from glancetape import Request, Session, Settings, open_session
from glancetape_cassettes.errors import BadParameter
from support.running.processes import ROOT
from support.sets.imagesets import ME
from support.sets.set_files import make_set, record

URI = "http://127.0.0.1/v2/images"
TOKEN = (("X-Auth-Token", "any"),)
IMPOSSIBLE: dict[str, tuple[tuple[Any, ...], str]] = {
    "relative uri": (("GET", "/v2/images", TOKEN), "the uri is '/v2/images'"),
    "no scheme": (("GET", "127.0.0.1/v2/images", TOKEN), "the uri is '127"),
    "half an address": (("GET", "http://[::1/v2/images", TOKEN), "the uri is"),
    "no uri": (("GET", None, TOKEN), "the uri is None"),
    "bytes as uri": (("GET", b"http://h/v2/images", TOKEN), "the uri is b'http"),
    "no method": ((None, URI, TOKEN), "the method is None"),
    "headers as a dict": (("GET", URI, {"X-Auth-Token": "any"}), "headers are a tuple of pairs"),
    "one header": (("GET", URI, ("X-Auth-Token", "any")), "headers are a tuple of pairs"),
    "a list of a header": (("GET", URI, (["X-Auth-Token", "any"],)), "headers are a tuple"),
    "a number in a header": (("GET", URI, (("X-Auth-Token", 1),)), "headers are a tuple"),
    "headers as text": (("GET", URI, "X-Auth-Token: any"), "headers are a tuple"),
    "no headers": (("GET", URI, None), "headers are a tuple"),
    "body as text": (("GET", URI, TOKEN, "body"), "the body is of type str, not bytes"),
}

UNREAD = [IMPOSSIBLE[name][0][1:] for name in ("relative uri", "no scheme", "body as text")]


@pytest.fixture(scope="module", params=["cassette", "image set"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A session that replays the one or the other."""
    file: Path = ROOT / "cassettes" / "samples" / "walk.yaml"
    if request.param == "image set":
        file = tmp_path_factory.mktemp("set") / "one.images"
        make_set(file, [record("one")], {"dialect": "glance", "home_project": ME})
    return open_session(Settings(replay=(file,)))


@pytest.mark.parametrize(("parts", "why"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_a_request_that_cannot_be_is_named(
    session: Session, parts: tuple[Any, ...], why: str
) -> None:
    """With the part that is wrong. An image set answers where it does not look at that part."""
    unread = session.player is not None and parts[1:] in UNREAD
    expected = nullcontext() if unread else pytest.raises(BadParameter, match=re.escape(why))

    with expected:
        session.answer(Request(*parts), any_host=True)
