"""What mitmproxy shows beside a flow: whether we answered it, a comment, and a flag."""

import io
from pathlib import Path

import pytest
from mitmproxy import flow as flow_error
from mitmproxy import flowfilter, http
from mitmproxy.io import FlowReader, FlowWriter

from glancetape.wire.in_mitmproxy.notes import FLAG
from support.secrets.planted import PLACES
from support.secrets.planting import Exchange, Planter
from support.wire.hooked import Hooked, flow_to

GLANCE = b'{"images": [], "schema": "/v2/schemas/images"}'


def _answer(body: bytes = GLANCE, status: int = 200) -> http.Response:
    return http.Response.make(status, body, {"Content-Type": "application/json"})


def _shown(flow: http.HTTPFlow) -> tuple[str | None, str, str]:
    """Return `is_replay`, the comment up to its reason, and the flag."""
    what = "; ".join(flow.comment.split("; ")[:2]).partition(":\n")[0]
    return flow.is_replay, what.partition(" GET")[0], flow.marked


def _matching(flow: http.HTTPFlow) -> set[str]:
    """Return which of mitmproxy's filters a flow matches."""
    filters = ("~replay", "~replayq", "~replays", "~marked", "~comment glancetape", "~comment miss")
    return {one for one in filters if flowfilter.match(one, flow)}


def test_an_answer_of_ours_is_a_replay_with_its_source_as_comment(
    hooks: Hooked, two_pages: Path
) -> None:
    hooks.configure(replay=[str(two_pages)])

    exact = hooks.answered("/v2/images?limit=1")
    derived = hooks.answered("/v2/images?limit=1&sort_key=id&sort_dir=asc")

    assert ("response", "glancetape: exact; a.yaml#1", "") == _shown(exact)
    assert ("response", "glancetape: derived; a.yaml#1-3", "") == _shown(derived)
    assert {"~replay", "~replays", "~comment glancetape"} == _matching(exact)


def test_a_miss_is_flagged_and_its_comment_says_what_to_do(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])

    missed = hooks.answered("/v2/images?visibility=community")

    assert ("response", "glancetape: miss; Not recorded:", FLAG) == _shown(missed)
    assert "No recorded walk covers it" in missed.comment
    assert "To answer it, record GET" in missed.comment
    assert {
        *("~replay", "~replays", "~marked"),
        *("~comment glancetape", "~comment miss"),
    } == _matching(missed)


def test_what_exceeds_a_limit_is_flagged(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])

    refused = hooks.answered(f"/v2/images?a={'x' * 70_000}")

    assert ("response", FLAG) == (refused.is_replay, refused.marked)
    assert refused.comment.startswith("glancetape: too-large; The URL has ")
    assert len(refused.comment) < 200


def test_a_comment_has_an_end(hooks: Hooked, two_pages: Path) -> None:
    """A miss repeats the URL."""
    hooks.configure(replay=[str(two_pages)])

    missed = hooks.answered(f"/v2/images?a={'x' * 60_000}")

    assert len(missed.comment) < 5000


def test_an_answer_that_fails_on_purpose_names_the_fault(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)], fail=["503:100%"])

    failed = hooks.answered("/v2/images?limit=1")

    assert ("response", "glancetape: fault; 503:100%", "") == _shown(failed)


def test_a_flow_with_a_delay_can_be_saved(hooks: Hooked, two_pages: Path) -> None:
    """mitmproxy saves what is in a flow's metadata, and knows none of our objects."""
    hooks.configure(replay=[str(two_pages)], latency="1ms")
    flow = hooks.answered("/v2/images?limit=1")
    hooks.respond(flow)
    file = io.BytesIO()

    FlowWriter(file).add(flow)

    file.seek(0)
    (read,) = FlowReader(file).stream()
    assert flow.comment == read.comment
    assert "response" == read.is_replay


def test_what_is_recorded_has_its_place_as_comment(hooks: Hooked, tmp_path: Path) -> None:
    """It is no replay: the service answered."""
    hooks.configure(record=str(tmp_path / "new.yaml"))

    flow = hooks.passed("/v2/images", _answer())

    assert (None, "glancetape: recorded; new.yaml#1", "") == _shown(flow)
    assert {"~comment glancetape"} == _matching(flow)


PASSED = {
    "another service": ({}, "/elsewhere", "it is not the image service"),
    "a login": ({"keystone": False}, "/v3/auth/tokens", "Keystone is not recorded"),
    "a filter": ({"only": "~u /pictures"}, "/v2/images", "the filter does not choose it"),
}


@pytest.mark.parametrize(("options", "path", "why"), PASSED.values(), ids=PASSED)
def test_what_passes_through_says_why(
    hooks: Hooked, tmp_path: Path, options: dict[str, object], path: str, why: str
) -> None:
    hooks.configure(record=str(tmp_path / "new.yaml"), **options)

    flow = hooks.passed(path, _answer())

    assert (None, f"glancetape: passed through; {why}", "") == _shown(flow)


def test_an_answer_that_is_not_recorded_is_flagged_and_says_why(
    hooks: Hooked, tmp_path: Path
) -> None:
    """One that was streamed past us, one that broke off, and one that could not be stored."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    streamed = flow_to("/v2/images")
    streamed.response = http.Response.make(200)
    streamed.response.raw_content, streamed.response.stream = None, True
    broken = flow_to("/v2/images")
    broken.error = flow_error.Error("bad header X-Auth-Token: gAAAAABtoken")
    lost = flow_to("/v2/images")
    lost.response = _answer()

    hooks.respond(streamed)
    hooks.master.event_loop.run_until_complete(hooks.addon.error(broken))
    path.unlink()
    hooks.respond(lost)

    assert [FLAG] * 3 == [one.marked for one in (streamed, broken, lost)]
    assert [None, None, "response"] == [one.is_replay for one in (streamed, broken, lost)]
    assert "glancetape: not-recorded; its response body was streamed" in streamed.comment
    assert "glancetape: not-recorded; " in broken.comment
    assert "gAAAAABtoken" not in broken.comment
    assert "glancetape: not-recorded; Not recorded, so not passed on: " in lost.comment


def test_a_comment_of_the_user_stays(hooks: Hooked, two_pages: Path) -> None:
    """And so does a flag."""
    hooks.configure(replay=[str(two_pages)])
    flow = flow_to("/v2/images?limit=1")
    flow.comment, flow.marked = "look at this", ":star:"

    hooks.addon.request(flow)

    assert ("look at this", ":star:") == (flow.comment, flow.marked)


def test_a_flow_that_is_sent_again_shows_its_last_answer(
    hooks: Hooked, two_pages: Path, tmp_path: Path
) -> None:
    """A client replay sends the same flow: what was a miss can be recorded then."""
    hooks.configure(replay=[str(two_pages)])
    flow = hooks.answered("/v2/images?limit=9")
    assert FLAG == flow.marked
    hooks.configure(replay=[], record=str(tmp_path / "new.yaml"))

    flow.response, flow.is_replay = None, "request"
    hooks.addon.requestheaders(flow)
    hooks.addon.request(flow)
    assert flow.response is None
    flow.response = _answer()
    hooks.respond(flow)

    assert ("request", "glancetape: recorded; new.yaml#1", "") == _shown(flow)


def _read_from_file(*flows: http.HTTPFlow) -> list[http.HTTPFlow]:
    file = io.BytesIO()
    writer = FlowWriter(file)
    for flow in flows:
        writer.add(flow)
    file.seek(0)
    return [flow for flow in FlowReader(file).stream() if isinstance(flow, http.HTTPFlow)]


@pytest.mark.parametrize("records", [False, True], ids=["replaying", "recording"])
def test_flows_from_a_file_stay_as_they_are(
    hooks: Hooked, two_pages: Path, tmp_path: Path, records: bool
) -> None:
    """mitmproxy calls the hooks for them too. Recorded now, they would have the date of today."""
    hooks.configure(replay=[str(two_pages)])
    served, broken = flow_to("/v2/images"), flow_to("/v2/images")
    served.response, broken.error = _answer(), flow_error.Error("gone")
    flows = _read_from_file(hooks.answered("/v2/images?limit=9"), served, broken)
    before = [flow.get_state() for flow in flows]
    path = tmp_path / "new.yaml"
    if records:
        hooks.configure(replay=[], record=str(path))

    for flow in flows:
        hooks.master.event_loop.run_until_complete(hooks.master.load_flow(flow))

    assert 3 == len(before)
    assert before == [flow.get_state() for flow in flows]
    hooks.addon.done()
    assert not path.exists()


def _ask(hooks: Hooked, exchange: Exchange) -> http.HTTPFlow:
    flow = flow_to(exchange.target, exchange.method)
    for line in exchange.headers:
        name, _, value = line.partition(": ")
        flow.request.headers.add(name, value.encode("latin-1", "replace").decode("latin-1"))
    flow.request.content = exchange.body
    hooks.addon.request(flow)
    return flow


def test_no_comment_holds_a_secret(hooks: Hooked, two_pages: Path) -> None:
    """Of requests with secrets in every place, each of them a miss."""
    plant = Planter()
    exchanges = [one for place in PLACES for one in place(plant)]
    hooks.configure(replay=[str(two_pages)])

    comments = [_ask(hooks, one).comment for one in exchanges]

    assert len(comments) > 50
    assert all(comment.startswith("glancetape: ") for comment in comments)
    said = "\n".join(comments).lower()
    assert [] == [where for where, secret in plant.planted.items() if secret[:10].lower() in said]


def test_a_comment_controls_no_terminal(hooks: Hooked, two_pages: Path) -> None:
    """mitmproxy shows it, and saves it as UTF-8."""
    hooks.configure(replay=[str(two_pages)])
    flow = flow_to("/v2/images")
    flow.request.method = "GE\x1b[2JT\u202e"
    flow.request.path = "/v2/\x1b]0;x\x07\udcff?\x9b"

    hooks.addon.request(flow)

    assert flow.comment.replace("\n", "").isprintable()
    FlowWriter(io.BytesIO()).add(flow)
