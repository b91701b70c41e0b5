"""The commands that a user of mitmproxy types, called with the words that are typed."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from mitmproxy import exceptions, http
from mitmproxy.addons.view import View

from support.clouds.recorded import get, ok, write_cassette
from support.running.hooked import Hooked, flow_to
from support.secrets.planted import PLACES
from support.secrets.planting import Planter
from support.sets.set_files import make_set, record


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


def _see(view: View, *flows: http.HTTPFlow) -> None:
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
        "glancetape.scan": ["collections.abc.Sequence[mitmproxy.flow.Flow]"],
    } == ours
    assert all(hooks.master.commands.commands[name].help for name in ours)


def test_explain_names_the_interaction_and_its_date(
    hooks: Hooked, view: View, cassette: Path
) -> None:
    hooks.configure(replay=[str(cassette)])
    _see(view, hooks.answered("/v2/images?limit=1"))

    assert [
        "GET http://glance:9292/v2/images?limit=1",
        "then: exact; a.yaml#1",
        "now: exact: the same request is recorded as a.yaml#1 at 2026-11-23T10:00:00Z.",
    ] == _type(hooks, "glancetape.explain @focus")


def test_explain_names_what_proves_an_answer(hooks: Hooked, view: View, cassette: Path) -> None:
    hooks.configure(replay=[str(cassette)])
    _see(view, hooks.answered("/v2/images?limit=1&sort_key=id&sort_dir=asc"))

    *_, now = _type(hooks, "glancetape.explain @focus")

    assert now.startswith("now: derived: a.yaml#1-3 proves it, by the rules of glance (")


def test_explain_says_what_would_answer_a_miss(hooks: Hooked, view: View, cassette: Path) -> None:
    hooks.configure(replay=[str(cassette)])
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

    assert "now: A change is played once, so it is not asked again here." == lines[-1]
    assert "no requests" == counted
    assert flow.comment.startswith("glancetape: exact; ")


def test_query_shows_the_images_of_a_list(hooks: Hooked, cassette: Path) -> None:
    hooks.configure(replay=[str(cassette)])

    lines = _type(hooks, "glancetape.query limit=1&sort_key=id&sort_dir=asc")

    source, count, heads, image, following = lines
    assert ("derived; a.yaml#1-3", "1 image") == (source, count)
    assert heads.startswith("id")
    assert image.startswith("a ")
    assert following.startswith("next: /v2/images?")


def test_query_says_why_nothing_answers_and_what_is_refused(hooks: Hooked, cassette: Path) -> None:
    hooks.configure(replay=[str(cassette)])

    missed = _type(hooks, "glancetape.query visibility=community")
    refused = _type(hooks, "glancetape.query limit=-1")

    assert "Not recorded: GET http://glance:9292/v2/images?visibility=community" == missed[0]
    assert "status 400" in refused


def test_a_query_of_another_path_is_refused(hooks: Hooked, cassette: Path) -> None:
    hooks.configure(replay=[str(cassette)])

    assert "/v2/other is not answered" in _refusal(hooks, "glancetape.query /v2/other?a=b")


def test_scan_names_the_places_of_secrets_and_shows_none(
    hooks: Hooked, view: View, cassette: Path
) -> None:
    plant = Planter()
    hooks.configure(replay=[str(cassette)])
    for place in PLACES:
        for exchange in place(plant):
            flow = flow_to(exchange.target, exchange.method)
            flow.request.content = exchange.body
            flow.response = http.Response.make(200, exchange.answer)
            for line in exchange.headers:
                name, _, value = line.partition(": ")
                flow.request.headers.add(name, value.encode("latin-1", "replace").decode("latin-1"))
            _see(view, flow)

    lines = _type(hooks, "glancetape.scan @all")

    said = "\n".join(lines).lower()
    assert len(lines) > 100
    assert [] == [where for where, secret in plant.planted.items() if secret[:10].lower() in said]


def test_scan_of_harmless_flows_finds_nothing(hooks: Hooked, view: View, cassette: Path) -> None:
    hooks.configure(replay=[str(cassette)])
    _see(view, hooks.answered("/v2/images?limit=1"))

    assert ["0 values in 1 flow would be dropped or replaced"] == _type(
        hooks, "glancetape.scan @all"
    )


def test_reload_reads_the_cassettes_again(hooks: Hooked, cassette: Path) -> None:
    hooks.configure(replay=[str(cassette)])
    assert "miss" in hooks.answered("/v2/images/x").comment
    write_cassette(cassette, [(get("/v2/images/x"), ok(b'{"id": "x"}'))])

    assert [f"read again: {cassette}"] == _type(hooks, "glancetape.reload")

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
    hooks: Hooked, cassette: Path, content: bytes | None
) -> None:
    hooks.configure(replay=[str(cassette)])
    before = hooks.addon.session
    if content is None:
        cassette.unlink()
    else:
        cassette.write_bytes(content)

    said = _refusal(hooks, "glancetape.reload")

    assert "a.yaml" in said
    assert "Nothing changed: what was open still answers." in said
    assert before is hooks.addon.session
    assert "exact; a.yaml#1" in hooks.answered("/v2/images?limit=1").comment


def test_a_recorder_is_not_reloaded(hooks: Hooked, tmp_path: Path) -> None:
    hooks.configure(record=str(tmp_path / "new.yaml"))

    assert "glancetape records" in _refusal(hooks, "glancetape.reload")


@pytest.mark.parametrize("line", ["query a=b", "scan @all", "reload"])
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
