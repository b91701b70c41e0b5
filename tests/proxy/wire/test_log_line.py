"""What the log says of each answer."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glancetape import Settings, open_session
from glancetape.wire.answering import Answering
from glancetape.wire.limits import MOST_URL
from glancetape.wire.messages import Received
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.redaction.policy import MOST_TEXT
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.small_images import ME
from support.clouds.walked_cassettes import cloud_of, recorded


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A walk of one project."""
    return recorded(tmp_path_factory.mktemp("log") / "a.yaml", cloud_of())


def _logged(
    cassette: Path, caplog: pytest.LogCaptureFixture, query: str, *headers: tuple[str, str]
) -> list[str]:
    request: Request = get(f"/v2/images?{query}", *headers)
    received = Received(
        method=request.method,
        url=request.uri,
        target=f"/v2/images?{query}".encode(),
        fields=tuple((name.encode(), value.encode()) for name, value in headers),
        body=b"",
    )
    with open_session(Settings(replay=(cassette,))) as session:
        answering = Answering(session)
        caplog.clear()
        for _ in range(2):  # the second is answered from the cache
            answering.reply(received, direct=True)
    ours = [one for one in caplog.records if one.name == "glancetape.wire.answering"]
    return [one.getMessage() for one in ours]


CASES = {
    "limit=2": "200 exact; a.yaml#1  2 images",
    "limit=abc": "400 derived; rules of glance",
    "limit=2&disk_format=iso": "200 derived; a.yaml#1-4  1 image",
    "limit=1&name=none": "200 derived; a.yaml#1-4  0 images",
}


@pytest.mark.parametrize(("query", "shown"), CASES.items(), ids=CASES.keys())
def test_an_answer_is_one_line_with_status_source_images_and_caller(
    cassette: Path, caplog: pytest.LogCaptureFixture, query: str, shown: str
) -> None:
    """The request comes last, because it may be long."""
    caplog.set_level(logging.INFO)

    lines = _logged(cassette, caplog, query, ("X-Project-Id", ME))

    expected = f"{shown}  project {ME[:8]}  GET http://glance:9292/v2/images?{query}"
    assert [expected, expected] == lines


def test_a_token_is_never_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither whole nor in part, whoever recorded the cassette, and without a key either."""
    monkeypatch.setenv("HOME", str(tmp_path))  # where no key is
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    caplog.set_level(logging.INFO)
    secret = "gAAAAABmsecretsecretsecret"
    pairs = [(get("/v2/images", ("X-Auth-Token", secret)), ok())]
    path = write_cassette(tmp_path / "a.yaml", pairs)

    lines = _logged(path, caplog, "", ("X-Auth-Token", secret))

    missed = _logged(path, caplog, "name=x", ("X-Auth-Token", "gAAAAABmanother"))
    assert missed
    assert not [one for one in missed if "gAAAA" in one]
    assert ["200 exact; a.yaml#1  0 images  token  GET http://glance:9292/v2/images"] * 2 == lines


REFUSED: dict[str, dict[str, Any]] = {
    "host": {"host_to_check": "stranger.net"},
    "URL": {"target": b"/v2/images?name=" + b"a" * MOST_URL},
    "coding": {"fields": ((b"Content-Encoding", b"gzip"),), "body": b"no gzip"},
    "size": {"body": b"0" * (MOST_TEXT + 1)},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_a_secret_in_place_of_the_method_is_not_shown_of_what_is_refused(
    cassette: Path, caplog: pytest.LogCaptureFixture, changes: dict[str, Any]
) -> None:
    """Neither to who watches, nor in a program's own log, which searches for no secrets."""
    secret, seen = "gAAAAABm" + "secret" * 4, list[str]()
    url = "http://localhost/v2/images"
    asked = Received(method=secret, url=url, target=b"/v2/images", fields=(), body=b"")
    with open_session(Settings(replay=(cassette,))) as session:
        answering = Answering(session, lambda exchange: seen.append(exchange.request))
        answering.reply(replace(asked, **changes), direct=True)

    assert ["REDACTED"] == seen
    assert caplog.records[0].getMessage().startswith("refused REDACTED: ")


def test_nothing_is_counted_for_a_log_that_nobody_reads(
    cassette: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Parsing a page takes as long as finding it."""
    caplog.set_level(logging.WARNING)

    assert [] == _logged(cassette, caplog, "limit=2", ("X-Project-Id", ME))
