"""A body that redaction replaced whole is no answer, and no request is found by one."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor, redactor_like
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.laying_out import Layout
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import find
from support.clouds.recorded import RECORDED_AT
from support.secrets.packing import NAMED, NAMELESS, PLAIN

KEY = b"k" * 32
URI = "http://glance:9292"
WITHOUT_SECRETS = b"just some words, eight of them in a row"
PLAIN_BODIES = {
    "JSON": json.dumps({"images": []}).encode(),
    "text": WITHOUT_SECRETS,
    "markup": b"<html><body>gone</body></html>",
    "UTF-16": "words of an editor".encode("utf-16"),
    "random": bytes(range(256)) * 3,
    "zeros": bytes(600),
    "the start of a disk": b"QFI\xfb\0\0\0\3" + bytes(600),
}
BODIES = {
    **PLAIN_BODIES,
    **{
        f"{name} of {what}": pack(plain)
        for what, plain in (("words", WITHOUT_SECRETS), ("a secret", PLAIN[0]))
        for name, pack in (NAMED | NAMELESS).items()
    },
}
PATHS = ("/v2/images/1/file", "/v2/images/1", "/v2/images", "/v2/schemas/image")
TYPE = (("Content-Type", "application/octet-stream"),)


def _replaying(path: Path, texts: list[str]) -> RecordedAnswers:
    layout = Layout(KEY, RedactionOptions(keep_ids=True))
    writer = CassetteWriter(path, "glancetape tests", layout.redaction)
    writer.append(texts)
    writer.close()
    return RecordedAnswers([load_cassette(path)], _redactor)


def _redactor(redaction: Redaction) -> Redactor | None:
    return redactor_like(redaction, StandIns(KEY))


def _as_older_versions(interaction: Interaction) -> str:
    """The item that a recorder wrote which stored what is left of each body."""
    found = Redactor(StandIns(KEY), RedactionOptions(keep_ids=True)).interaction(interaction)
    return emit(found.interaction, found.request_body.readable(), found.response_body.readable())


def _as_now(interaction: Interaction) -> str:
    laid_out = Layout(KEY, RedactionOptions(keep_ids=True)).lay_out(interaction)
    return "" if laid_out.lost else laid_out.text


def _interactions() -> Iterator[tuple[str, Interaction]]:
    for number, (kind, body) in enumerate(BODIES.items()):
        for path in PATHS:
            yield (
                f"{kind} at {path}",
                Interaction(
                    Request("GET", f"{URI}{path}?case={number}"),
                    Response(200, "OK", TYPE, body),
                    RECORDED_AT,
                ),
            )


@pytest.mark.parametrize("text_of", [_as_older_versions, _as_now])
def test_a_replay_gives_the_data_of_the_service_or_none(
    tmp_path: Path, text_of: Callable[[Interaction], str]
) -> None:
    """Of whatever kind the data is; of other bodies, what has a secret in clear is changed."""
    cases = dict(_interactions())
    texts = [text for one in cases.values() if (text := text_of(one))]
    recording = _replaying(tmp_path / "a.yaml", texts)

    outcomes = {name: find(recording, one.request) for name, one in cases.items()}

    answered = {name: one for name, one in outcomes.items() if isinstance(one, Answer)}
    wrong = {
        name for name, one in answered.items() if one.response.body != cases[name].response.body
    }
    assert set() == {name for name in wrong if " of a secret" not in name or PATHS[0] in name}
    assert set() == {name for name in wrong if b"REDACTED" == answered[name].response.body}
    assert {f"{kind} at {PATHS[0]}" for kind in PLAIN_BODIES} <= answered.keys()
    assert len(outcomes) - len(answered) > len(NAMED)


def test_a_lost_body_is_a_miss_that_names_its_recording_and_what_helps(tmp_path: Path) -> None:
    lost = Interaction(
        Request("GET", f"{URI}/v2/images/1/file"),
        Response(200, "OK", TYPE, gzip.compress(PLAIN[0])),
        RECORDED_AT,
    )
    recording = _replaying(tmp_path / "a.yaml", [_as_older_versions(lost)])

    outcome = find(recording, lost.request)

    assert isinstance(outcome, Miss)
    assert (
        "a.yaml#1 is no answer: the data of the response has a secret, or is binary"
        in outcome.reason
    )
    assert "Record data without secrets that can be searched" in outcome.reason


@pytest.mark.parametrize(
    "left",
    [
        b"#!/bin/sh\npassword=REDACTED\n",
        b"\x00\xffpassword=REDACTED\x00",
        "password=REDACTED".encode("utf-16"),
        b'{"password": "REDACTED"}',
        b'{"owner": "facade007a2c094c269ed3ee266beae5"}',
        b"by standin-name-7a26640cb58bdb496e27",
    ],
)
def test_data_in_which_an_older_version_replaced_a_secret_is_a_miss(
    left: bytes, tmp_path: Path
) -> None:
    """Its sum is wrong. Elsewhere a secret that was replaced hinders nobody."""
    asked = {
        path: Interaction(
            Request("GET", f"{URI}{path}"), Response(200, "OK", TYPE, left), RECORDED_AT
        )
        for path in ("/v2/images/1/file", "/v2/schemas/image")
    }
    written = [emit(one, to_readable(b""), to_readable(left)) for one in asked.values()]
    recording = _replaying(tmp_path / "a.yaml", written)

    data, other = (find(recording, one.request) for one in asked.values())

    assert isinstance(data, Miss)
    assert "has REDACTED or a stand-in in it" in data.reason
    assert isinstance(other, Answer)
    assert left == other.response.body


@pytest.mark.parametrize("status", [302, 401, 404, 502])
def test_an_error_whose_page_is_lost_is_an_answer(tmp_path: Path, status: int) -> None:
    """Clients go by its status."""
    lost = Interaction(
        Request("GET", f"{URI}/v2/images/1"),
        Response(status, "", TYPE, NAMED["7z"](WITHOUT_SECRETS)),
        RECORDED_AT,
    )

    for text_of in (_as_older_versions, _as_now):
        outcome = find(
            _replaying(tmp_path / f"{text_of.__name__}.yaml", [text_of(lost)]), lost.request
        )

        assert isinstance(outcome, Answer)
        assert (status, b"REDACTED") == (outcome.response.status, outcome.response.body)


def _upload(data: bytes) -> Interaction:
    return Interaction(
        Request("PUT", f"{URI}/v2/images/1/file", TYPE, data), Response(204), RECORDED_AT
    )


def _status(state: str) -> Interaction:
    body = json.dumps({"id": "1", "status": state}).encode()
    return Interaction(
        Request("GET", f"{URI}/v2/images/1"), Response(200, "OK", (), body), RECORDED_AT
    )


def test_an_upload_of_which_nothing_is_left_is_a_miss_and_counts_as_made(tmp_path: Path) -> None:
    """Another upload would look the same. What follows was recorded after it, as with a mark."""
    recorded = [_status("queued"), _upload(NAMED["7z"](b"one")), _status("active")]
    recording = _replaying(tmp_path / "a.yaml", [_as_older_versions(one) for one in recorded])

    before = find(recording, recorded[0].request)
    upload = find(recording, _upload(NAMED["7z"](b"another")).request)
    after = find(recording, recorded[0].request)

    assert isinstance(before, Answer)
    assert isinstance(after, Answer)
    assert isinstance(upload, Miss)
    assert "the data of the request has a secret, or is binary" in upload.reason
    assert [b"queued", b"active"] == [one.response.body.split(b'"')[-2] for one in (before, after)]


def test_an_upload_that_can_be_searched_is_told_from_another(tmp_path: Path) -> None:
    one, other = gzip.compress(b"one", mtime=0), gzip.compress(b"other", mtime=0)
    recording = _replaying(tmp_path / "a.yaml", [_as_now(_upload(one))])

    assert isinstance(find(recording, _upload(other).request), Miss)
    assert isinstance(find(recording, _upload(one).request), Answer)


def test_a_login_without_json_is_found_by_its_kind(tmp_path: Path) -> None:
    """All of it is secret; its answer is not."""
    login = Interaction(
        Request("POST", f"{URI}/v3/auth/OS-FEDERATION/saml2", TYPE, b"<saml>x</saml>"),
        Response(401, "Unauthorized", (), b'{"error": {"code": 401}}'),
        RECORDED_AT,
    )
    recording = _replaying(tmp_path / "a.yaml", [_as_now(login)])

    assert isinstance(find(recording, login.request), Answer)
