"""Flow files of mitmproxy: whole, cut off, damaged, of other versions and protocols."""

import gzip
import io
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import flow, http, version
from mitmproxy.addons.savehar import SaveHar
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.test import tflow

from glancetape.wire.flows import flow_of
from glancetape.wire.saved.flow_files import read_flow_file
from glancetape.wire.saved.recordings import load_recording
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.har import HAR
from glancetape_cassettes.formats.foreign.recognising import FLOW_FILE, recognise
from glancetape_cassettes.interaction import Interaction, Source
from support.clouds.recorded import RECORDED_AT, get, ok
from support.running.in_process import run

PAGE = b'{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
LISTED = Interaction(get("/v2/images", ("X-Auth-Token", "t")), ok(PAGE), RECORDED_AT)


def listed() -> http.HTTPFlow:
    """A flow with an empty page of images, two seconds into 2026."""
    found = flow_of(LISTED)
    return at(found, 1767225602.9)


def at(found: http.HTTPFlow, moment: float, seconds: float = 0.01) -> http.HTTPFlow:
    """The flow as if it had been sent then, and had taken some time."""
    found.request.timestamp_start = found.request.timestamp_end = moment
    if found.response is not None:
        found.response.timestamp_start = found.response.timestamp_end = moment + seconds
    return found


def bytes_of(flows: Iterable[flow.Flow]) -> bytes:
    file = io.BytesIO()
    writer = FlowWriter(file)  # type: ignore[no-untyped-call]  # mitmproxy
    for one in flows:
        writer.add(one)
    return file.getvalue()


def read(path: Path, content: bytes) -> list[Entry | LeftOut]:
    """What is read of a file, which is recognised."""
    path.write_bytes(content)
    assert FLOW_FILE is recognise(path)
    return list(read_flow_file(path))


def changed(**parts: Any) -> http.HTTPFlow:
    """The flow with other values in its response, or without it."""
    found = listed()
    assert found.response is not None
    for name, value in parts.items():
        setattr(found.response, name, value)
    return found


def of_length(body: bytes, length: int | None = None) -> http.HTTPFlow:
    """The flow with another body, and with a Content-Length or none."""
    found = changed(raw_content=body)
    assert found.response is not None
    found.response.headers["Content-Type"] = "application/json"
    found.response.headers.pop("Content-Length", None)
    if length is not None:
        found.response.headers["Content-Length"] = str(length)
    return found


def test_broken_json_of_its_own_length_is_what_the_service_sent(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.flows", bytes_of([of_length(PAGE[:-9], len(PAGE) - 9)]))

    assert isinstance(found, Entry)


def compressed() -> http.HTTPFlow:
    found = changed(raw_content=gzip.compress(PAGE))
    assert found.response is not None
    found.response.headers["Content-Encoding"] = "gzip"
    return found


def coded(coding: str) -> http.HTTPFlow:
    found = listed()
    assert found.response is not None
    found.response.headers["Content-Encoding"] = coding
    return found


def unanswered(**parts: Any) -> http.HTTPFlow:
    found = listed()
    found.response = None
    found.error = flow.Error("token=hunter2")
    return found


def broken_off() -> http.HTTPFlow:
    found = listed()
    found.error = flow.Error("it broke")
    return found


@pytest.mark.parametrize("made", [listed, compressed], ids=["plain", "gzip"])
def test_a_flow_is_read_as_it_would_have_been_recorded(tmp_path: Path, made: Any) -> None:
    """Its body decoded; its date is that of the request."""
    (found,) = read(tmp_path / "a.flows", bytes_of([made()]))

    assert isinstance(found, Entry)
    assert "2026-01-01T00:00:02Z" == found.interaction.recorded_at
    assert LISTED.request == found.interaction.request
    assert PAGE == found.interaction.response.body


LEFT_OUT = {
    "TCP": (tflow.ttcpflow, "another protocol"),
    "UDP": (tflow.tudpflow, "another protocol"),
    "DNS": (tflow.tdnsflow, "another protocol"),
    "WebSocket": (tflow.twebsocketflow, "WebSocket"),
    "no answer": (unanswered, "before there was an answer"),
    "broken off": (broken_off, "within the answer"),
    "streamed": (lambda: changed(raw_content=None), "streamed past the proxy"),
    "coding": (lambda: coded("br"), "could not be undone"),
    "unknown coding": (lambda: coded("utf-8"), "could not be undone"),
    "shorter": (lambda: of_length(PAGE[:-9], len(PAGE)), "only a part"),
    "longer": (lambda: of_length(PAGE, 9), "only a part"),
    "lost": (lambda: of_length(b"", len(PAGE)), "only a part"),
    "JSON without its end": (lambda: of_length(PAGE[:-9]), "only a part"),
    "status": (lambda: changed(status_code=101), "not that of an answer"),
}


@pytest.mark.parametrize(("made", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_a_flow_without_a_whole_answer_is_left_out(tmp_path: Path, made: Any, reason: str) -> None:
    """For a reason that quotes nothing, and nothing after it is lost."""
    odd, last = read(tmp_path / "a.flows", bytes_of([made(), listed()]))

    assert isinstance(odd, LeftOut)
    assert reason in odd.reason
    assert not odd.is_bad
    assert isinstance(last, Entry)


def test_of_a_file_that_was_cut_off_all_whole_flows_are_read(tmp_path: Path) -> None:
    """Wherever the proxy was killed."""
    first = bytes_of([listed()])
    whole = first * 2
    places = random.Random(1).sample(range(len(first) + 1, len(whole)), 60)

    for place in (len(first) + 1, *places, len(whole) - 1):
        good, torn = read(tmp_path / "a.flows", whole[:place])

        assert isinstance(good, Entry), place
        assert isinstance(torn, LeftOut), place
        assert (2, True) == (torn.number, torn.is_bad), place


def test_damaged_bytes_are_a_sentence_or_a_bad_entry(tmp_path: Path) -> None:
    """Never a traceback, and no more is read than the file has."""
    whole = bytes_of([listed()] * 2)
    drawn = random.Random(2)
    damaged = [b"999999999999:" + whole, whole + b"garbage", b"9999:7:version;" + b"9" * 9999]
    for _ in range(150):
        copy = bytearray(whole)
        for _ in range(drawn.randint(1, 4)):
            copy[drawn.randrange(len(copy))] = drawn.randrange(256)
        damaged.append(bytes(copy))

    path = tmp_path / "a.flows"
    for content in damaged:
        path.write_bytes(content)
        try:
            found = list(read_flow_file(path))
        except CassetteError as error:
            assert "a.flows" in str(error)  # noqa: PT017 - most of them raise nothing
        else:
            assert all(isinstance(one, Entry | LeftOut) for one in found)


def test_flows_of_an_older_mitmproxy_are_read_and_of_a_newer_one_refused(tmp_path: Path) -> None:
    """mitmproxy knows its older formats."""
    state: dict[str, Any] = dict(listed().get_state())  # type: ignore[arg-type]
    path = tmp_path / "a.flows"

    (older,) = read(path, tnetstring.dumps(state | {"version": version.FLOW_FORMAT_VERSION - 1}))

    assert isinstance(older, Entry)
    with pytest.raises(CassetteError, match=r"a\.flows: a flow file of a newer mitmproxy"):
        read(path, tnetstring.dumps(state | {"version": version.FLOW_FORMAT_VERSION + 1}))
    (unknown,) = read(path, tnetstring.dumps(state | {"version": None}))
    assert isinstance(unknown, LeftOut)
    assert unknown.is_bad


def test_a_flow_file_becomes_a_cassette(tmp_path: Path) -> None:
    """A torn last flow is skipped only if that is asked for; the secret is in neither output."""
    source, out = tmp_path / "a.flows", tmp_path / "a.yaml"
    content = bytes_of([listed(), tflow.ttcpflow(), unanswered(), listed()])
    source.write_bytes(content[:-20])

    refused = run("import", source, "--out", out)

    assert 1 == refused.returncode
    assert "a.flows, entry 4: the file ends within it" in refused.stderr
    assert not out.exists()

    done = run("import", source, "--out", out, "--skip-bad")

    assert 0 == done.returncode, done
    assert "1 interaction from" in done.stderr
    assert "1 entry (2): of another protocol than HTTP" in done.stderr
    assert "hunter2" not in done.stderr + out.read_text()
    assert LISTED.request.uri == load_cassette(out).request(0).uri


def changing(moment: float, seconds: float) -> http.HTTPFlow:
    """A flow that deletes an image, and takes some time."""
    found = changed(status_code=204, raw_content=b"")
    found.request.method, found.request.path = "DELETE", "/v2/images/1"
    return at(found, moment, seconds)


MOMENT = 1767225602.9
OVERLAPS = "a change of images was under way"


@pytest.mark.parametrize(
    ("flows", "found"),
    [
        ([at(listed(), MOMENT, 9), at(listed(), MOMENT + 1)], [1, 2]),
        ([at(listed(), MOMENT + 1), at(listed(), MOMENT, 9)], [2, 1]),
        ([at(listed(), MOMENT), changing(MOMENT + 1, 2)], [1, 2]),
        ([changing(MOMENT, 2), at(listed(), MOMENT + 1)], [1, OVERLAPS]),
        ([at(listed(), MOMENT + 1), changing(MOMENT, 2)], [2, OVERLAPS]),
        ([changing(MOMENT + 1, 1), at(listed(), MOMENT, 9)], [OVERLAPS, 1]),
        ([changing(MOMENT, 1), at(listed(), MOMENT + 2)], [1, 2]),
    ],
)
def test_flows_are_read_as_they_were_sent(
    tmp_path: Path, flows: list[flow.Flow], found: list[int | str]
) -> None:
    """mitmproxy writes them as they end; a list beside a change may show either state."""
    entries = read(tmp_path / "a.flows", bytes_of(flows))

    assert len(found) == len(entries)
    for expected, one in zip(found, entries, strict=True):
        if isinstance(one, LeftOut):
            assert str(expected) in one.reason
        else:
            assert expected == one.number


@pytest.mark.parametrize("is_zipped", [False, True])
def test_a_flow_file_is_replayed(tmp_path: Path, is_zipped: bool) -> None:
    """By everything that replays; its changes are marks, and what is damaged ends it."""
    other = at(listed(), 1767225600)
    other.request.path = "/v2/images?limit=1"
    source = tmp_path / "a.flows"
    content = bytes_of([listed(), other, unanswered()])
    source.write_bytes(gzip.compress(content) if is_zipped else content)

    asked = run("query", source, "limit=1", "--header", "X-Auth-Token: t")
    inspected, verified = run("inspect", source), run("verify", source)

    assert (0, PAGE) == (asked.returncode, asked.stdout.strip().encode()), asked.stderr
    assert "exact; a.flows#2" in asked.stderr
    assert 0 == inspected.returncode == verified.returncode, inspected.stderr + verified.stderr
    assert Source(source.name, 2) == load_recording(source).source(0)


def test_a_flow_file_that_is_damaged_is_refused_with_its_name(tmp_path: Path) -> None:
    """By a replay as by an import, which can leave flows out."""
    source = tmp_path / "a.flows"
    source.write_bytes(bytes_of([listed(), listed()])[:-9])

    for command in (
        ("replay", "--listen", "127.0.0.1:0", source),
        ("query", source, ""),
        ("run", "--replay", source, "true"),
    ):
        done = run(*command)

        assert 1 == done.returncode
        assert f"{source}, entry 2: the file ends within it." in done.stderr
        assert f"glancetape import {source} --out {tmp_path / 'a.yaml'} --skip-bad" in done.stderr


@pytest.mark.parametrize("text", [b"404 Not Found\n\n", b"x", b"a" * 500, PAGE])
@pytest.mark.parametrize("status", [200, 404])
def test_a_compressed_text_in_a_har_file_of_mitmproxy_is_whole(
    tmp_path: Path, text: bytes, status: int
) -> None:
    """It gives the length of the compressed body, which is longer than that of a short text."""
    one = changed(raw_content=gzip.compress(text), status_code=status)
    assert one.response is not None
    one.response.headers["Content-Encoding"] = "gzip"
    one.response.headers["Content-Type"] = "text/plain"
    har = tmp_path / "a.har"
    har.write_text(json.dumps(SaveHar().make_har([one])))

    assert HAR.read is not None
    (found,) = HAR.read(har, None)

    assert isinstance(found, Entry), found
    assert text == found.interaction.response.body


@pytest.mark.parametrize(
    "changed_to",
    [
        {"path": b"/v2/images?li\nmit=1"},
        {"method": b"GE T"},
        {"scheme": b"ftp"},
        {"host": "", "authority": b""},
        {"port": 0},
        {"port": 1 << 20},
    ],
)
def test_a_flow_whose_request_names_nothing_is_damaged(
    tmp_path: Path, changed_to: dict[str, Any]
) -> None:
    """Its line break would be dropped, so that another request would have the answer."""
    state = listed().get_state()
    state["request"] |= changed_to

    (found,) = read(tmp_path / "flows", tnetstring.dumps(state))

    assert isinstance(found, LeftOut)
    assert found.is_bad


@pytest.mark.parametrize(
    ("host", "path", "uri"),
    [
        ("fe80::1", b"/v2/images", "http://[fe80::1]:9292/v2/images"),
        ("10.0.0.1", b"/v2/images?name=\xff", "http://10.0.0.1:9292/v2/images?name=%FF"),
    ],
)
def test_a_flow_has_a_url_that_every_reader_takes(
    tmp_path: Path, host: str, path: bytes, uri: str
) -> None:
    """mitmproxy writes an IPv6 address without its brackets, and bytes as half a character."""
    state = listed().get_state()
    state["request"] |= {"host": host, "port": 9292, "authority": b"", "path": path}
    state["request"]["headers"] = ()

    (found,) = read(tmp_path / "flows", tnetstring.dumps(state))

    assert isinstance(found, Entry)
    assert uri == found.interaction.request.uri


@pytest.mark.parametrize("command", ["export", "learn", "scan"])
def test_other_commands_name_the_import(tmp_path: Path, command: str) -> None:
    """They would have to load mitmproxy to read it."""
    source = tmp_path / "a.flows"
    source.write_bytes(bytes_of([listed()]))
    more = {"export": ("--to", "har", "--out", tmp_path / "b"), "learn": ("--out", tmp_path / "b")}

    done = run(command, source, *more.get(command, ()))

    assert 1 == done.returncode
    assert f"glancetape import {source} --out {tmp_path / 'a.yaml'}" in done.stderr


def test_what_glancetape_answered_is_no_recording(tmp_path: Path) -> None:
    """A miss would become a recorded 501, a derived page a recorded one."""
    ours, led_back = listed(), listed()
    ours.metadata["glancetape"] = led_back.metadata["glancetape-led-back"] = True

    found = read(tmp_path / "flows", bytes_of([ours, led_back, listed()]))

    assert [LeftOut, LeftOut, Entry] == list(map(type, found))
    assert [False, False] == [one.is_bad for one in found if isinstance(one, LeftOut)]


def test_what_mitmproxy_writes_as_har_is_read_as_its_flows_are(tmp_path: Path) -> None:
    """Two readers, and mitmproxy's own writer between them: bodies of any kind, and none."""
    bodies = (PAGE, gzip.compress(PAGE), b"caf\xe9 \xff", bytes(range(256)), "\u5b9d".encode())
    flows = [changed(raw_content=body) for body in bodies]
    for one, body in zip(flows, bodies, strict=True):
        assert one.response is not None
        one.response.headers["Content-Length"] = str(len(body))
    flows += [compressed(), changed(status_code=404), changed(raw_content=None), unanswered()]
    for number, one in enumerate(flows):
        at(one, one.request.timestamp_start + number)
        one.request.path = f"/v2/images?limit={number}"
    posted = at(listed(), listed().request.timestamp_start + len(flows))
    posted.request.method, posted.request.content = "POST", b'{"auth": {}}'
    flows.append(posted)
    har = tmp_path / "a.har"
    har.write_text(json.dumps(SaveHar().make_har(flows)))

    by_flows = read(tmp_path / "a.flows", bytes_of(flows))
    assert HAR.read is not None
    by_har = {one.number: one for one in HAR.read(har, None)}

    assert 8 == sum(isinstance(one, Entry) for one in by_flows)
    for expected in by_flows:
        found = by_har[expected.number]
        assert type(expected) is type(found), (expected, found)
        if isinstance(expected, Entry) and isinstance(found, Entry):
            ours, theirs = expected.interaction, found.interaction
            assert ours.request.uri == theirs.request.uri
            assert ours.request.body == theirs.request.body
            assert ours.response.status == theirs.response.status
            assert ours.response.body == theirs.response.body
