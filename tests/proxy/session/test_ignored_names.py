"""What `ignore` names is left out of questions: exact answers, proofs and the image set."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.histories import write
from support.clouds.recorded_lists import MINE, history_of_four, walk
from support.one_image import id_of
from support.sets.set_files import make_set, record


@pytest.fixture(name="walked")
def _walked(tmp_path: Path) -> Path:
    """A walk whose every request has another `trace`, which its cloud does not look at."""
    history = history_of_four("ims")
    traced = [
        replace(one, request=replace(one.request, uri=f"{one.request.uri}&trace={number}"))
        for number, one in enumerate(history.interactions)
    ]
    return write(tmp_path / "walked.yaml", traced)


def asked(session: Session, target: str, *headers: tuple[str, str]) -> str:
    """Return how a request is answered, or "miss"."""
    request = MINE.request("")
    uri = request.uri.replace("/v2/images", target)
    outcome = session.answer(Request("GET", uri, (*request.headers, *headers)), any_host=False)
    return outcome.described if isinstance(outcome, Answer) else "miss"


@pytest.mark.parametrize("ignore", [(), ("trace",)])
def test_an_ignored_parameter_is_in_no_question(walked: Path, ignore: tuple[str, ...]) -> None:
    """Neither in a recorded one nor in one that is asked, of a list or of an image."""
    targets = {
        "/v2/images?limit=3&trace=7": "exact; walked.yaml#1",
        "/v2/images?trace=7&limit=3": "exact; walked.yaml#1",
        "/v2/images?limit=3": "exact; walked.yaml#1",
        "/v2/images?limit=4&sort_key=name&trace=9": "derived; walked.yaml#1-2",
        f"/v2/images/{id_of(1)}?trace=9": "derived; walked.yaml#1-2",
    }
    with open_session(Settings(replay=(walked,), ignore=ignore, dialect="ims")) as session:
        found = {target: asked(session, target) for target in targets}

    if ignore:
        assert targets == found
    else:
        assert {*found.values()} == {"miss"}


def test_an_ignored_header_asks_for_the_whole_answer(walked: Path) -> None:
    """A client with a cache sends If-None-Match, and this cloud does not look at it."""
    header = ("if-none-match", '"x"')
    target = "/v2/images?limit=3&trace=0"
    with open_session(Settings(replay=(walked,))) as session:
        assert "miss" == asked(session, target, header)
    with open_session(Settings(replay=(walked,), ignore=("If-None-Match",))) as session:
        assert "exact; walked.yaml#1" == asked(session, target, header)


def test_a_set_is_asked_without_ignored_parameters(tmp_path: Path) -> None:
    """To it, any other parameter is a filter by a property."""
    images = tmp_path / "big.images"
    make_set(images, [record(name) for name in "abc"])
    listed = {}
    for ignore in ((), ("trace",)):
        with open_session(Settings(replay=(images,), ignore=ignore)) as session:
            outcome = session.answer(MINE.request("trace=1"), any_host=True)
        assert isinstance(outcome, Answer)
        listed[ignore] = len(orjson.loads(outcome.response.body)["images"])

    assert {(): 0, ("trace",): 3} == listed


def test_collections_that_are_kept_are_not_those_of_other_names(tmp_path: Path) -> None:
    """Without ignoring anything, what was recorded is no walk of all images."""
    history = history_of_four("ims")
    walk(history, "limit=3&trace=1")
    path = write(tmp_path / "a.yaml", history.interactions[2:])
    target = "/v2/images?limit=4"
    found = []
    for ignore in ((), ("trace",), ()):
        with open_session(Settings(replay=(path,), ignore=ignore, dialect="ims")) as session:
            found.append(asked(session, target))

    assert ["miss", "derived; a.yaml#1", "miss"] == found


def test_a_miss_names_nothing_that_is_ignored(walked: Path) -> None:
    """The closest recorded request differs in what matters."""
    with open_session(Settings(replay=(walked,), ignore=("trace",))) as session:
        outcome = session.answer(MINE.request("visibility=all&trace=4"), any_host=False)

    assert isinstance(outcome, Miss)
    assert outcome.closest is not None
    assert "trace" not in " ".join(map(str, outcome.closest.differences))
