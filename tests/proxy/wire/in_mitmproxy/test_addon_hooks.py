"""The hooks of the addon, called as mitmproxy calls them: a flow goes in, a flow comes out."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import exceptions, http
from mitmproxy import flow as flow_error
from mitmproxy.addons.dumper import Dumper

from glancetape.options import OPTIONS, PREFIX
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction
from support.clouds.recorded import get, ok, write_cassette
from support.sets.set_files import make_set, record
from support.wire.hooked import WALK, Hooked, flow_to, page_of


def _answer(body: bytes = b'{"images": []}', status: int = 200) -> http.Response:
    return http.Response.make(status, body, {"Content-Type": "application/json"})


def _ids(response: http.Response | None) -> list[str]:
    assert response is not None
    return [image["id"] for image in json.loads(response.content or b"")["images"]]


def _seen(response: http.Response | None) -> tuple[int, str]:
    """Return the status, and the first word of where the answer comes from."""
    assert response is not None
    return response.status_code, response.headers["X-Glancetape"].partition(";")[0]


def test_load_declares_every_option_to_mitmproxy(hooks: Hooked) -> None:
    declared = {name for name, _ in hooks.context.options.items() if name.startswith(PREFIX)}

    assert {PREFIX + option.name for option in OPTIONS} == declared


def test_without_options_nothing_is_answered_and_every_connection_is_opened(hooks: Hooked) -> None:
    hooks.configure()

    assert hooks.run()
    assert hooks.ask("/v2/images") is None
    assert hooks.connect() is None


def test_a_recorded_request_gets_its_recorded_answer(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])

    answers = [hooks.ask(f"/v2/images{query}") for query in WALK]

    assert [(200, "exact")] * 3 == list(map(_seen, answers))
    assert [page_of(query).body for query in WALK] == [one.content for one in answers if one]


def test_the_second_client_gets_an_answer_of_its_own(hooks: Hooked, two_pages: Path) -> None:
    """What one flow does with its response is not seen in the next."""
    hooks.configure(replay=[str(two_pages)])
    first = hooks.ask("/v2/images?limit=1")
    assert first is not None
    first.content = b"changed"
    first.headers["X-Changed"] = "yes"

    second = hooks.ask("/v2/images?limit=1")

    assert ["b"] == _ids(second)
    assert second is not None
    assert "X-Changed" not in second.headers


def test_a_list_that_the_recording_proves_is_derived(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])

    answer = hooks.ask("/v2/images?limit=1&sort_key=id&sort_dir=asc")

    assert (200, "derived") == _seen(answer)
    assert ["a"] == _ids(answer)


def test_an_image_set_answers_what_it_knows(hooks: Hooked, tmp_path: Path) -> None:
    make_set(tmp_path / "b.images", [record("a")])
    hooks.configure(replay=[str(tmp_path / "b.images")])

    flow = flow_to("/v2/images")
    flow.request.headers["X-Auth-Token"] = "a-token"
    hooks.addon.request(flow)

    assert (200, "synthetic") == _seen(flow.response)
    assert ["a"] == _ids(flow.response)


@pytest.mark.parametrize("status", [501, 404])
def test_a_miss_is_answered_with_the_status_that_was_chosen(
    hooks: Hooked, two_pages: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """And it is a warning in the log."""
    hooks.configure(replay=[str(two_pages)], miss_status=status)

    with caplog.at_level(logging.WARNING, "glancetape"):
        answer = hooks.ask("/v2/images?visibility=community")

    assert (status, "miss") == _seen(answer)
    assert any("=community" in line.getMessage() for line in caplog.records)


def test_a_request_whose_body_was_streamed_past_us_is_not_replayed(
    hooks: Hooked, two_pages: Path
) -> None:
    hooks.configure(replay=[str(two_pages)])
    flow = flow_to("/v2/images?limit=1", "POST")
    flow.request.stream = True

    hooks.addon.request(flow)

    assert (500, "error") == _seen(flow.response)


def test_a_damaged_interaction_is_a_500_and_the_others_are_answered(
    hooks: Hooked, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """mitmproxy would send a request whose hook fails on to the service."""
    names = ["whole", "damaged"]
    images = [(get(f"/v2/images/{name}"), ok(b'{"id": "x"}')) for name in names]
    path = write_cassette(tmp_path / "a.yaml", images)
    start, _, end = path.read_text().rpartition("code: 200")
    path.write_text(f"{start}code: @{end}")
    hooks.configure(replay=[str(path)])

    damaged = hooks.ask("/v2/images/damaged")
    whole = hooks.ask("/v2/images/whole")

    assert (500, "error") == _seen(damaged)
    assert (200, "exact") == _seen(whole)
    assert any(line.levelno == logging.ERROR for line in caplog.records)


def test_an_answer_that_is_there_already_stays(hooks: Hooked, two_pages: Path) -> None:
    """Such as one of another addon."""
    hooks.configure(replay=[str(two_pages)])
    flow = flow_to("/v2/images?limit=1")
    flow.response = _answer(b"of another", 418)

    hooks.addon.request(flow)

    assert b"of another" == flow.response.content


def test_in_replay_no_connection_is_opened(hooks: Hooked, two_pages: Path) -> None:
    """And mitmproxy is set so that it tries none."""
    hooks.configure(replay=[str(two_pages)])

    assert hooks.connect()
    assert "lazy" == hooks.context.options.connection_strategy
    assert not hooks.context.options.upstream_cert


@pytest.mark.parametrize(("own", "after"), [(None, 0), (0, 0), (2, 2), (4, 4)])
def test_the_lines_that_mitmdump_prints_are_left_out_unless_the_user_wants_them(
    hooks: Hooked, two_pages: Path, own: int | None, after: int
) -> None:
    """They show URLs with their secrets; whoever asks for them gets them, now or later."""
    hooks.master.addons.add(Dumper())
    if own is not None:
        hooks.context.options.flow_detail = own

    hooks.configure(replay=[str(two_pages)])
    at_start = hooks.context.options.flow_detail
    hooks.context.options.flow_detail = 1
    hooks.configure(miss_status=404)

    assert (after, 1) == (at_start, hooks.context.options.flow_detail)


def test_while_recording_connections_are_opened(hooks: Hooked, tmp_path: Path) -> None:
    hooks.configure(record=str(tmp_path / "new.yaml"))

    assert hooks.connect() is None


def test_what_the_service_answers_is_recorded_before_the_client_gets_it(
    hooks: Hooked, tmp_path: Path
) -> None:
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))

    answer = hooks.pass_on("/v2/images?limit=7", _answer())

    assert "recorded; new.yaml#1" == answer.headers["X-Glancetape"]
    (recorded,) = _interactions(path)
    assert recorded.request.uri.endswith("/v2/images?limit=7")
    assert b'{"images": []}' == recorded.response.body


def test_a_recorded_answer_names_this_recording_and_no_other(hooks: Hooked, tmp_path: Path) -> None:
    """The service may be another glancetape, which says where its answer is from."""
    hooks.configure(record=str(tmp_path / "new.yaml"))
    answer = _answer()
    answer.headers["x-glancetape"] = "synthetic; big.images"

    passed = hooks.pass_on("/v2/images?limit=7", answer)

    assert ["recorded; new.yaml#1"] == passed.headers.get_all("X-Glancetape")


def test_other_paths_than_those_of_the_image_service_pass_through(
    hooks: Hooked, tmp_path: Path
) -> None:
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))

    answer = hooks.pass_on("/elsewhere", _answer())

    assert "X-Glancetape" not in answer.headers
    assert [] == _interactions(path)


GLANCE = b'{"images": [], "schema": "/v2/schemas/images"}'
NOT_GLANCE = b'{"images": [{"id": 7555620}], "meta": {"total": 1}}'


def test_glance_is_recorded_below_a_prefix_and_another_service_is_not(
    hooks: Hooked, tmp_path: Path
) -> None:
    """By what the response shows, though both have the path of Glance."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))

    hooks.pass_on("/cloud/one/v2/images", _answer(GLANCE))
    hooks.pass_on("/v2/images", _answer(NOT_GLANCE))
    hooks.pass_on("/v2/images/7555620", _answer(b"{}"))
    hooks.addon.done()

    (recorded,) = _interactions(path)
    assert recorded.request.uri.endswith("/cloud/one/v2/images")


def test_a_catalog_that_passes_shows_where_the_image_service_is(
    hooks: Hooked, tmp_path: Path
) -> None:
    """Though the login is not recorded."""
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path), keystone=False)
    endpoints = [{"url": "http://glance:9292/pictures"}]
    catalog = {"token": {"catalog": [{"type": "image", "endpoints": endpoints}]}}

    hooks.pass_on("/v3/auth/tokens", _answer(json.dumps(catalog).encode(), 201), "POST")
    hooks.pass_on("/pictures/anything", _answer(b"{}"))
    hooks.addon.done()

    (recorded,) = _interactions(path)
    assert recorded.request.uri.endswith("/pictures/anything")


def test_a_filter_decides_what_is_recorded(hooks: Hooked, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path), only="~u /pictures/ & ~m GET")

    hooks.pass_on("/pictures/1", _answer(b"{}"))
    hooks.pass_on("/pictures/2", _answer(b"{}", 401), "POST")
    hooks.pass_on("/v2/images", _answer(GLANCE))
    hooks.addon.done()

    (recorded,) = _interactions(path)
    assert recorded.request.uri.endswith("/pictures/1")


MARKED = {
    "an upload of Cinder": ("POST", "/v3/p/volumes/7/action", 202, True),
    "an upload that failed": ("POST", "/v3/p/volumes/7/action", 500, True),
    "a refused upload": ("POST", "/v3/p/volumes/7/action", 403, False),
    "a deleted server": ("DELETE", "/v2.1/servers/7", 204, True),
    "a new server": ("POST", "/v2.1/servers", 202, False),
    "a read": ("GET", "/v3/p/volumes", 200, False),
    "a login": ("POST", "/v3/auth/tokens", 201, False),
    "a role": ("PUT", "/v3/projects/p/users/u/roles/r", 204, True),
}


@pytest.mark.parametrize(("method", "path", "status", "is_marked"), MARKED.values(), ids=MARKED)
def test_an_unrecorded_request_that_may_change_images_leaves_a_mark(
    hooks: Hooked, tmp_path: Path, method: str, path: str, status: int, is_marked: bool
) -> None:
    """Without its query, headers, body and answer."""
    cassette = tmp_path / "new.yaml"
    hooks.configure(record=str(cassette), keystone=False)
    flow = flow_to(f"{path}?a=hunter2", method)
    flow.request.headers["X-Auth-Token"] = "hunter2-token"
    flow.request.content = b'{"os-volume_upload_image": "hunter2"}'
    flow.response = _answer(b'{"secret": "hunter2"}', status)

    hooks.master.event_loop.run_until_complete(hooks.addon.response(flow))
    hooks.pass_on("/v2/images", _answer(GLANCE))
    hooks.addon.done()

    *marks, _ = _interactions(cassette)
    expected = [(method, f"http://glance:9292{path}", 501, b"", (), b"")] if is_marked else []
    assert expected == [
        (
            one.request.method,
            one.request.uri,
            one.response.status,
            one.request.body,
            one.request.headers,
            one.response.body,
        )
        for one in marks
    ]
    assert all(one.passed_through and one.recorded_at for one in marks)
    assert "hunter2" not in cassette.read_text()


def test_the_ids_in_the_path_of_a_mark_become_stand_ins(hooks: Hooked, tmp_path: Path) -> None:
    """A project is named by the path or by a header."""
    cassette = tmp_path / "new.yaml"
    hooks.configure(record=str(cassette))
    for name, project in (("X-Other", "a" * 32), ("X-Project-Id", "the-project-of-ours")):
        flow = flow_to(f"/v3/{project}/volumes/7/action", "POST")
        flow.request.headers[name] = project
        flow.response = _answer(b"{}", 202)
        hooks.master.event_loop.run_until_complete(hooks.addon.response(flow))
    hooks.addon.done()

    assert 2 == len(_interactions(cassette))
    assert "a" * 32 not in cassette.read_text()
    assert "the-project-of-ours" not in cassette.read_text()


def test_a_write_to_the_image_service_that_cannot_be_recorded_leaves_a_mark(
    hooks: Hooked, tmp_path: Path
) -> None:
    """One that is streamed past us, unless refused at once, and one that breaks off."""
    cassette = tmp_path / "new.yaml"
    hooks.configure(record=str(cassette))
    for image, status in (("a", 204), ("too-large", 413), ("of-another-kind", 415)):
        streamed = flow_to(f"/v2/images/{image}/file", "PUT")
        streamed.request.stream, streamed.request.raw_content = True, None
        streamed.response = _answer(b"", status)
        hooks.master.event_loop.run_until_complete(hooks.addon.response(streamed))
    for is_connected, image in ((True, "b"), (False, "c")):
        broken = flow_to(f"/v2/images/{image}", "DELETE")
        broken.error = flow_error.Error("server disconnected")
        broken.server_conn.timestamp_tcp_setup = 1.0 if is_connected else None
        hooks.master.event_loop.run_until_complete(hooks.addon.error(broken))
    hooks.addon.done()

    marks = _interactions(cassette)
    assert all(one.passed_through for one in marks)
    assert ["a/file", "too-large/file", "b"] == [
        one.request.uri.partition("/images/")[2] for one in marks
    ]


def test_a_mark_that_cannot_be_stored_is_a_500(hooks: Hooked, tmp_path: Path) -> None:
    """What is recorded afterwards could prove wrong answers."""
    cassette = tmp_path / "new.yaml"
    hooks.configure(record=str(cassette))
    hooks.pass_on("/v2/images", _answer(GLANCE))
    cassette.unlink()

    answer = hooks.pass_on("/v3/p/volumes/7/action", _answer(b"{}", 202), "POST")

    assert (500, "not-recorded") == _seen(answer)


def test_an_answer_that_was_streamed_past_us_goes_on_and_is_not_recorded(
    hooks: Hooked, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    streamed = _answer()
    streamed.stream, streamed.raw_content = True, None

    answer = hooks.pass_on("/v2/images", streamed)

    assert 200 == answer.status_code
    assert "X-Glancetape" not in answer.headers
    assert [] == _interactions(path)
    assert any("not recorded" in line.getMessage() for line in caplog.records)


@pytest.mark.parametrize(("path", "is_told"), [("/v2/images", True), ("/elsewhere", False)])
def test_an_exchange_that_broke_off_is_logged_if_it_was_to_be_recorded(
    hooks: Hooked, tmp_path: Path, caplog: pytest.LogCaptureFixture, path: str, is_told: bool
) -> None:
    """Without what mitmproxy quotes of it, which may be a secret."""
    hooks.configure(record=str(tmp_path / "new.yaml"))
    flow = flow_to(path)
    flow.error = flow_error.Error("bad header X-Auth-Token: gAAAAABtoken")

    hooks.master.event_loop.run_until_complete(hooks.addon.error(flow))

    told = [line.getMessage() for line in caplog.records if "not recorded" in line.getMessage()]
    assert is_told == bool(told)
    assert not any("gAAAAABtoken" in line for line in told)


BAD = {
    "an unknown mode": ({"mode": "often"}, "mode"),
    "a status that is no error": ({"miss_status": 200}, "miss_status"),
    "a cassette that is missing": ({"replay": ["none.yaml"]}, "none.yaml"),
    "a filter that is none": ({"record": "new.yaml", "only": "~x y"}, "glancetape_only: '~x y' is"),
    "recording and replaying": ({"replay": ["none.yaml"], "record": "new.yaml"}, "record"),
}


@pytest.mark.parametrize(("options", "named"), BAD.values(), ids=BAD.keys())
def test_a_wrong_option_at_the_start_ends_mitmproxy_with_a_sentence(
    hooks: Hooked, caplog: pytest.LogCaptureFixture, options: dict[str, Any], named: str
) -> None:
    """Until it has ended nothing is let through."""
    hooks.configure(**options)

    assert (500, "error") == _seen(hooks.ask("/v2/images"))
    assert hooks.connect()
    assert not hooks.run()
    assert any(named in line.getMessage() for line in caplog.records)


def test_a_wrong_option_while_it_runs_is_refused(hooks: Hooked, two_pages: Path) -> None:
    """Who changes it gets the sentence."""
    hooks.configure(replay=[str(two_pages)])
    assert hooks.run()

    with pytest.raises(exceptions.OptionsError, match=r"none\.yaml"):
        hooks.configure(replay=["none.yaml"])


def test_cassettes_can_be_changed_while_it_runs(
    hooks: Hooked, two_pages: Path, tmp_path: Path
) -> None:
    other = write_cassette(tmp_path / "other.yaml", [(get("/v2/images?limit=9"), ok())])
    hooks.configure(replay=[str(two_pages)])
    assert hooks.run()
    assert (200, "exact") == _seen(hooks.ask("/v2/images?limit=1"))

    hooks.configure(replay=[str(other)])

    assert (200, "exact") == _seen(hooks.ask("/v2/images?limit=9"))
    assert (501, "miss") == _seen(hooks.ask("/v2/images?limit=1"))


def test_an_option_that_nobody_declared_ends_mitmproxy(
    hooks: Hooked, caplog: pytest.LogCaptureFixture
) -> None:
    """mitmproxy would ignore it."""
    hooks.context.options.update_defer(glancetape_replai="a.yaml")
    hooks.configure()

    assert not hooks.run()
    assert any("glancetape_replai" in line.getMessage() for line in caplog.records)


def test_the_name_that_an_option_had_leads_to_its_new_one(
    hooks: Hooked, caplog: pytest.LogCaptureFixture
) -> None:
    hooks.context.options.update_defer(glancetape_project="p")
    hooks.configure()

    assert not hooks.run()
    messages = [line.getMessage() for line in caplog.records]
    assert "glancetape_project is now glancetape_own_project" in messages


def test_without_a_file_one_warning_names_what_to_set(
    hooks: Hooked, caplog: pytest.LogCaptureFixture
) -> None:
    hooks.configure()

    assert hooks.run()
    (line,) = [line for line in caplog.records if line.name == "glancetape.wire.addon_hooks"]
    assert logging.WARNING == line.levelno
    assert "glancetape_record or glancetape_replay" in line.getMessage()


def test_what_comes_after_the_end_is_not_let_through(hooks: Hooked, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    hooks.configure(record=str(path))
    hooks.pass_on("/v2/images", _answer())

    hooks.addon.done()

    assert 1 == len(_interactions(path))
    assert (500, "error") == _seen(hooks.ask("/v2/images"))
    assert hooks.connect()


def _interactions(path: Path) -> list[Interaction]:
    cassette = load_cassette(path)
    return [cassette.interaction(index) for index in range(len(cassette))]
