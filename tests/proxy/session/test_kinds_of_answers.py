"""A session asks recording, recorded pages and image set in this order, and says what it found."""

import json
from pathlib import Path

import pytest

from glancetape.options import Settings
from glancetape.session.answers import Answer, Counts, Kind, Unanswered
from glancetape.session.miss_response import explain
from glancetape.session.session import Session, open_session
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.recorded_answers import Miss
from support.clouds.recorded import get, ok, write_cassette
from support.running.processes import glancetape, run, running
from support.sets.set_files import make_set, record

TOKEN = ("X-Auth-Token", "a-token")


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A set of three images."""
    path = tmp_path / "big.images"
    make_set(path, [record(name) for name in "abc"])
    return path


def _session(*files: Path) -> Session:
    session = open_session(Settings(replay=files))
    assert session is not None
    return session


def _cassette(folder: Path) -> Path:
    """Record a whole walk of two images, a page each."""
    page = '{{"images": [{}], "first": "/v2/images?limit=1", "schema": "/v2/schemas/images"{}}}'
    images = [json.dumps({**record(name), "os_hidden": False}) for name in "ba"]
    pages = [
        ("?limit=1", page.format(images[0], ', "next": "/v2/images?limit=1&marker=b"')),
        ("?limit=1&marker=b", page.format(images[1], ', "next": "/v2/images?limit=1&marker=a"')),
        ("?limit=1&marker=a", page.format("", "")),
    ]
    return write_cassette(
        folder / "a.yaml",
        [
            (get(f"/v2/images{query}", TOKEN), ok(body.encode(), ("X-Openstack-Request-Id", "r")))
            for query, body in pages
        ],
    )


def test_recorded_comes_before_derived_and_derived_before_synthetic(
    big: Path, tmp_path: Path
) -> None:
    """What the pages do not prove the set answers too."""
    session = _session(_cassette(tmp_path), big)
    targets = ("?limit=1", "?limit=2", "?visibility=community", "/a")

    found = [session.answer(get(f"/v2/images{target}", TOKEN), any_host=True) for target in targets]

    session.close()
    assert ["exact; a.yaml#1", "derived; a.yaml#1-3", *["synthetic; big.images"] * 2] == [
        one.provenance for one in found if isinstance(one, Answer)
    ]


def test_what_is_not_proved_is_a_miss_with_the_reason_and_what_to_record(tmp_path: Path) -> None:
    """In place of the sentence of exact answers; the closest recording is told all the same."""
    session = _session(_cassette(tmp_path))
    uri = "http://glance:9292/v2/images?visibility=community"

    found = session.answer(get("/v2/images?visibility=community"), any_host=True)
    posted = session.answer(Request("POST", uri), any_host=True)

    session.close()
    assert isinstance(found, Unanswered)
    assert isinstance(posted, Unanswered)
    assert found.miss.reason == (
        "No recorded walk covers it: the walk a.yaml#1-3 leaves out community images of others."
    )
    assert (f"GET {uri}&limit=1000 and each next",) == found.answerable_with
    assert found.miss.closest is not None
    assert "No recorded request asks the same." == posted.miss.reason


def test_a_miss_names_the_first_requests_that_would_answer_it() -> None:
    """All of them stand in the JSON."""
    requests = tuple(f"GET http://glance:9292/v2/images?limit={number}" for number in range(5))

    few = explain(Miss("It is not proved."), "GET /", "COMMAND", requests[:2])
    many = explain(Miss("It is not proved."), "GET /", "COMMAND", requests)

    assert (
        "Not recorded: GET /. It is not proved. It could be answered from a recording of: "
        f"{requests[0]}; {requests[1]}. To record it: COMMAND" == few.message
    )
    assert f"{requests[2]}; and 2 more." in many.message
    assert list(requests) == many.detail["answerable_with"]


def test_the_summary_counts_each_kind() -> None:
    """In the order in which they are asked."""
    counts = Counts(missed=1)
    for kind in (Kind.EXACT, Kind.DERIVED, Kind.DERIVED, Kind.SYNTHETIC):
        counts.answered(kind)

    assert "1 replayed, 2 derived, 1 synthetic, 1 missed" == str(counts)
    assert 5 == counts.requests


def test_replay_plays_a_set_as_a_process(big: Path) -> None:
    """It says where it listens, what it plays, and what came of it."""
    with running(glancetape("replay", big, "--listen", "127.0.0.1:0")) as player:
        shown = run(
            "run", "--replay", big, "--", "curl", "-sS", "-H", "X-Auth-Token: t",
            "http://ims.example.com/v2/images/b", "http://ims.example.com/v2/images",
        )  # fmt: skip
        assert 0 == player.stop()

    one, many = (json.loads(line) for line in shown.stdout.replace("}{", "}\n{").splitlines())
    assert "b" == one["id"]
    assert ["c", "b", "a"] == [image["id"] for image in many["images"]]
    assert "glancetape: 2 synthetic" in shown.stderr
    assert f"{big}: 3 images, dialect glance, project " in player.said
    assert "glancetape: no requests" in player.said
