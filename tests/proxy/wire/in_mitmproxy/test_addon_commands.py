"""The commands that a user of mitmproxy types, called with the words that are typed."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from mitmproxy import exceptions, http
from mitmproxy.addons.view import View
from mitmproxy.flow import Error, Flow
from mitmproxy.test import tflow

from glancetape.faults.lab import Lab
from glancetape_cassettes.formats.cassette import load_cassette
from support.clouds.recorded import get, ok, write_cassette
from support.secrets.planted import PLACES
from support.secrets.planting import Exchange, Planter
from support.sets.set_files import make_set, record
from support.wire.hooked import Hooked, flow_to

PAGE = b'{"images": [], "schema": "/v2/schemas/images"}'


@pytest.fixture
def view(hooks: Hooked) -> View:
    """The flows that the user sees, for `@focus` and filters."""
    seen = View()
    hooks.master.addons.add(seen)
    return seen


def _type(hooks: Hooked, line: str) -> list[str]:
    answer: str | Sequence[str] = hooks.master.commands.execute(line)
    return [answer] if isinstance(answer, str) else list(answer)


def _refusal(hooks: Hooked, line: str) -> str:
    with pytest.raises(exceptions.CommandError) as caught:
        hooks.master.commands.execute(line)
    return str(caught.value)


def _flow_with(exchange: Exchange) -> http.HTTPFlow:
    """Make a flow of traffic with secrets, as if a service had answered."""
    flow = flow_to(exchange.target, exchange.method)
    flow.request.content = exchange.body
    flow.response = http.Response.make(200, exchange.answer)
    for line in exchange.headers:
        name, _, value = line.partition(": ")
        flow.request.headers.add(name, value.encode("latin-1", "replace").decode("latin-1"))
    return flow


def _planted(plant: Planter, text: str) -> list[str]:
    """Return which of the planted secrets are in a text, by their beginning."""
    lowered = text.lower()
    return [where for where, secret in plant.planted.items() if secret[:10].lower() in lowered]


def _see(view: View, *flows: Flow) -> None:
    view.add(flows)


def test_the_parameters_of_each_command_have_types(hooks: Hooked) -> None:
    """By which mitmproxy completes them."""
    ours = {
        name: [one.type.__name__ if one.type is str else str(one.type) for one in known.parameters]
        for name, known in hooks.master.commands.commands.items()
        if name.startswith("glancetape.")
    }

    assert {
        "glancetape.explain": ["<class 'mitmproxy.flow.Flow'>"],
        "glancetape.query": ["str"],
        "glancetape.reload": [],
        "glancetape.save": [
            "collections.abc.Sequence[mitmproxy.flow.Flow]",
            "<class 'mitmproxy.types.Path'>",
        ],
        "glancetape.scan": ["collections.abc.Sequence[mitmproxy.flow.Flow]"],
    } == ours
    assert all(hooks.master.commands.commands[name].help for name in ours)


def test_explain_names_the_interaction_and_its_date(
    hooks: Hooked, view: View, two_pages: Path
) -> None:
    hooks.configure(replay=[str(two_pages)])
    _see(view, hooks.answered("/v2/images?limit=1"))

    assert [
        "GET http://glance:9292/v2/images?limit=1",
        "then: exact; a.yaml#1",
        "now: exact: the same request is recorded as a.yaml#1 at 2026-11-23T10:00:00Z.",
    ] == _type(hooks, "glancetape.explain @focus")


def test_explain_names_what_proves_an_answer(hooks: Hooked, view: View, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])
    _see(view, hooks.answered("/v2/images?limit=1&sort_key=id&sort_dir=asc"))

    *_, now = _type(hooks, "glancetape.explain @focus")

    assert now.startswith("now: derived: a.yaml#1-3 proves it, by the rules of glance (")


def test_explain_says_what_would_answer_a_miss(hooks: Hooked, view: View, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])
    _see(view, hooks.answered("/v2/images?visibility=community"))

    lines = _type(hooks, "glancetape.explain @focus")

    assert (
        "then: miss; Not recorded: GET http://glance:9292/v2/images?visibility=community" in lines
    )
    assert any(line.startswith("No recorded walk covers it") for line in lines)
    assert any(
        line.startswith("answerable with: GET http://glance:9292/v2/images") for line in lines
    )


def test_explain_of_a_set_names_its_dialect(hooks: Hooked, view: View, tmp_path: Path) -> None:
    make_set(tmp_path / "b.images", [record("a")])
    hooks.configure(replay=[str(tmp_path / "b.images")])
    flow = flow_to("/v2/images")
    flow.request.headers["X-Auth-Token"] = "a-token"
    hooks.addon.request(flow)
    _see(view, flow)

    *_, now = _type(hooks, "glancetape.explain @focus")

    assert now.startswith("now: synthetic: the simulated cloud (")
    assert now.endswith(") answers from b.images.")


def test_explain_changes_nothing_that_is_counted_or_played(
    hooks: Hooked, view: View, tmp_path: Path
) -> None:
    """A recorded change is played once, and the client gets it."""
    change = get("/v2/images/a")
    pairs = [(type(change)("DELETE", change.uri), ok(b"")), (get("/v2/images?limit=9"), ok())]
    hooks.configure(replay=[str(write_cassette(tmp_path / "c.yaml", pairs))])
    flow = flow_to("/v2/images/a", "DELETE")
    _see(view, flow)
    assert hooks.addon.session is not None

    lines = _type(hooks, "glancetape.explain @focus")
    counted = str(hooks.addon.session.counts)
    hooks.addon.request(flow)

    assert lines[-1].startswith("now: It is not asked again here: a change is played once")
    assert "no requests" == counted
    assert flow.comment.startswith("glancetape: exact; ")


def _state_of(lab: Lab) -> list[object]:
    run = lab.run
    return copy.deepcopy([run.shown, run.numbers, run.deleted, run.made, run.times])


def test_asking_does_not_change_which_lists_misbehave(
    hooks: Hooked, view: View, two_pages: Path
) -> None:
    hooks.configure(replay=[str(two_pages)], lab=["limit-ignored"])
    _see(view, flow_to("/v2/images?limit=1"))
    lab = hooks.addon.session.lab if hooks.addon.session is not None else None
    assert lab is not None
    before = _state_of(lab)

    for line in ("glancetape.explain @focus", "glancetape.query limit=1"):
        assert _type(hooks, line)

    assert before == _state_of(lab)
    hooks.answered("/v2/images?limit=1")
    assert before != _state_of(lab)


def test_query_shows_the_images_of_a_list(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])

    lines = _type(hooks, "glancetape.query limit=1&sort_key=id&sort_dir=asc")

    source, count, heads, image, following = lines
    assert ("derived; a.yaml#1-3", "1 image") == (source, count)
    assert heads.startswith("id")
    assert image.startswith("a ")
    assert following.startswith("next: /v2/images?")


def test_query_says_why_nothing_answers_and_what_is_refused(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])

    missed = _type(hooks, "glancetape.query visibility=community")
    refused = _type(hooks, "glancetape.query limit=-1")

    assert "Not recorded: GET http://glance:9292/v2/images?visibility=community" == missed[0]
    assert "status 400" in refused


NO_QUERIES = {
    "another path": ("/v2/other?a=b", "/v2/other is not answered"),
    "no URL": ("'http://[x/v2/images'", "http://[x/v2/images is not a URL: Invalid IPv6 URL."),
    "too long": (f"a={'x' * 70_000}", "The URL has 70,002 bytes"),
}


@pytest.mark.parametrize(("text", "why"), NO_QUERIES.values(), ids=NO_QUERIES)
def test_what_is_no_query_is_refused(hooks: Hooked, two_pages: Path, text: str, why: str) -> None:
    hooks.configure(replay=[str(two_pages)])

    assert why in _refusal(hooks, f"glancetape.query {text}")


def test_scan_names_the_places_of_secrets_and_shows_none(
    hooks: Hooked, view: View, two_pages: Path
) -> None:
    plant = Planter()
    hooks.configure(replay=[str(two_pages)])
    _see(view, *(_flow_with(one) for place in PLACES for one in place(plant)))

    lines = _type(hooks, "glancetape.scan @all")

    assert len(lines) > 100
    assert [] == _planted(plant, "\n".join(lines))


def test_scan_of_harmless_flows_finds_nothing(hooks: Hooked, view: View, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])
    _see(view, hooks.answered("/v2/images?limit=1"))

    assert ["0 values in 1 flow would be dropped or replaced"] == _type(
        hooks, "glancetape.scan @all"
    )


# -- saving ---------------------------------------------------------------------------------------


def _served(target: str, at: float, method: str = "GET", body: bytes = PAGE) -> http.HTTPFlow:
    """Make a flow that a service answered."""
    flow = flow_to(target, method)
    flow.timestamp_created = flow.request.timestamp_start = flow.request.timestamp_end = at
    flow.response = http.Response.make(200, body, {"Content-Type": "application/json"})
    flow.response.timestamp_start = flow.response.timestamp_end = at + 0.01
    return flow


def test_saved_flows_are_a_cassette_that_answers_the_same(
    hooks: Hooked, view: View, tmp_path: Path
) -> None:
    """In the order of time, with their dates; no file need be open."""
    path = tmp_path / "saved.yaml"
    hooks.configure()
    _see(view, _served("/v2/images?b", 1767225602.0), _served("/v2/images?a", 1767225601.0))

    said = _type(hooks, f"glancetape.save @all {path}")

    assert [f"{path}: 2 interactions from the chosen flows, of mitmproxy"] == said
    cassette = load_cassette(path)
    assert ["a", "b"] == [cassette.request(index).uri.partition("?")[2] for index in range(2)]
    assert "2026-01-01T00:00:01Z" == cassette.interaction(0).recorded_at
    hooks.configure(replay=[str(path)])
    answer = hooks.ask("/v2/images?a")
    assert answer is not None
    assert PAGE == answer.content


def test_only_what_a_service_answered_is_saved(
    hooks: Hooked, view: View, two_pages: Path, tmp_path: Path
) -> None:
    """A miss or a derived page is no recording, and neither is a link that leads to us."""
    path = tmp_path / "saved.yaml"
    hooks.configure(replay=[str(two_pages)])
    led_back = _served("/v2/images?led", 1767225600.0)
    led_back.metadata["glancetape-led-back"] = True
    broken = flow_to("/v2/images?broken")
    broken.error = Error("gone")
    _see(
        view,
        _served("/v2/images?kept", 1767225602.0),
        hooks.answered("/v2/images?limit=1"),
        hooks.answered("/v2/images?visibility=community"),
        led_back,
        broken,
        _served("/v2.1/servers", 1767225603.0),
        _served("/v3/p/volumes/7/action", 1767225604.0, "POST"),
        tflow.ttcpflow(),
    )

    said = "\n".join(_type(hooks, f"glancetape.save @all {path}"))

    cassette_ = load_cassette(path)
    interactions = [cassette_.interaction(index) for index in range(len(cassette_))]
    kept = [one.request.uri for one in interactions if not one.passed_through]
    assert ["http://glance:9292/v2/images?kept"] == kept
    assert 1 == len(interactions) - len(kept)
    for why in (
        "2 entries (",
        "glancetape answered it, and no service",
        "its links lead to glancetape",
        "it broke off",
        "of another service",
        "of another protocol than HTTP",
        "marked, as it may have changed images: entry",
    ):
        assert why in said


def test_no_secret_of_a_flow_is_saved(hooks: Hooked, view: View, tmp_path: Path) -> None:
    plant = Planter()
    path = tmp_path / "saved.yaml"
    hooks.configure()
    _see(view, *(_flow_with(one) for place in PLACES for one in place(plant)))

    said = _type(hooks, f"glancetape.save @all {path}")

    assert len(load_cassette(path)) > 50
    assert [] == _planted(plant, path.read_text() + "\n".join(said))


def test_a_file_that_exists_is_not_changed(
    hooks: Hooked, view: View, two_pages: Path, tmp_path: Path
) -> None:
    before = two_pages.read_bytes()
    hooks.configure()
    _see(view, _served("/v2/images", 1767225602.0))

    assert f"{two_pages} exists" in _refusal(hooks, f"glancetape.save @all {two_pages}")
    assert before == two_pages.read_bytes()


NOWHERE = {"no such folder": "none/new.yaml", "a folder": "."}


@pytest.mark.parametrize("name", NOWHERE.values(), ids=NOWHERE)
def test_a_file_that_cannot_be_written_is_a_sentence(
    hooks: Hooked, view: View, tmp_path: Path, name: str
) -> None:
    hooks.configure()
    _see(view, _served("/v2/images", 1767225602.0))

    assert str(tmp_path) in _refusal(hooks, f"glancetape.save @all {tmp_path / name}")


def test_a_failure_of_ours_is_an_error_of_the_command(
    hooks: Hooked, view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mitmproxy shows it; the cause is in the log."""
    hooks.configure()
    _see(view, _served("/v2/images", 1767225602.0))

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr("glancetape.wire.in_mitmproxy.saving.import_entries", fail)

    assert "glancetape.save failed; the log says more." == _refusal(
        hooks, f"glancetape.save @all {tmp_path}/new.yaml"
    )


def test_without_a_flow_to_keep_nothing_is_written(
    hooks: Hooked, view: View, tmp_path: Path
) -> None:
    path = tmp_path / "saved.yaml"
    hooks.configure()
    _see(view, _served("/v2.1/servers", 1767225602.0))

    for which in ("@all", "~marked"):
        assert "no request to the image service" in _refusal(
            hooks, f"glancetape.save {which} {path}"
        )
    assert [] == list(tmp_path.iterdir())


# -- reloading ------------------------------------------------------------------------------------


def test_reload_reads_the_cassettes_again(hooks: Hooked, two_pages: Path) -> None:
    hooks.configure(replay=[str(two_pages)])
    assert "miss" in hooks.answered("/v2/images/x").comment
    write_cassette(two_pages, [(get("/v2/images/x"), ok(b'{"id": "x"}'))])

    assert [f"read again: {two_pages}"] == _type(hooks, "glancetape.reload")

    assert "exact; a.yaml#4" in hooks.answered("/v2/images/x").comment
    assert hooks.addon.session is not None
    assert "1 replayed, 1 missed" == str(hooks.addon.session.counts)


BROKEN = {
    "not YAML": b"{[",
    "not a cassette": b"just: text\n",
    "empty": b"",
    "binary": bytes(range(256)),
    "gone": None,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_reload_of_a_broken_file_keeps_what_was_open(
    hooks: Hooked, two_pages: Path, content: bytes | None
) -> None:
    hooks.configure(replay=[str(two_pages)])
    before = hooks.addon.session
    if content is None:
        two_pages.unlink()
    else:
        two_pages.write_bytes(content)

    said = _refusal(hooks, "glancetape.reload")

    assert "a.yaml" in said
    assert "Nothing changed: what was open still answers." in said
    assert before is hooks.addon.session
    assert "exact; a.yaml#1" in hooks.answered("/v2/images?limit=1").comment


def test_reload_reads_an_image_set_again(hooks: Hooked, tmp_path: Path) -> None:
    """A damaged one leaves the old one open."""
    path, new = tmp_path / "b.images", tmp_path / "new.images"
    make_set(path, [record("a")])
    hooks.configure(replay=[str(path)])
    make_set(new, [record("a"), record("b")])
    new.replace(path)

    assert "1 image" in _type(hooks, "glancetape.query ''")
    _type(hooks, "glancetape.reload")
    assert "2 images" in _type(hooks, "glancetape.query ''")
    new.write_bytes(path.read_bytes()[:5000])
    new.replace(path)
    assert "b.images" in _refusal(hooks, "glancetape.reload")
    assert "2 images" in _type(hooks, "glancetape.query ''")


def test_a_recorder_is_not_reloaded(hooks: Hooked, tmp_path: Path) -> None:
    hooks.configure(record=str(tmp_path / "new.yaml"))

    assert "glancetape records" in _refusal(hooks, "glancetape.reload")


@pytest.mark.parametrize("line", ["query a=b", "explain @focus", "reload"])
def test_without_a_file_a_command_says_what_to_set(hooks: Hooked, view: View, line: str) -> None:
    _see(view, flow_to("/v2/images"))

    assert "No file is open" in _refusal(hooks, f"glancetape.{line}")


def test_what_a_command_shows_controls_no_terminal(
    hooks: Hooked, view: View, tmp_path: Path
) -> None:
    """Names of images, headers, methods and paths come from outside."""
    evil = "\x1b[2J\u202e\n\x9b31m"
    page = {"images": [{"id": evil, "name": evil, "status": evil}], "next": evil}
    pairs = [(get("/v2/images"), ok(json.dumps(page).encode()))]
    hooks.configure(replay=[str(write_cassette(tmp_path / "e.yaml", pairs))])
    flow = flow_to("/v2/images/\x1b]0;x\x07", f"G{evil.strip()}T")
    flow.request.headers["X-\x1b[2J-Token"] = "secret"
    hooks.addon.request(flow)
    _see(view, flow)

    said = [
        *_type(hooks, "glancetape.query ''"),
        *_type(hooks, "glancetape.explain @focus"),
        *_type(hooks, "glancetape.scan @all"),
    ]

    assert len(said) > 6
    assert all(line.isprintable() for line in said)
