"""What a session opens is closed with it, at once: nothing waits for the garbage collector."""

import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from glancetape.modes import RecordMode
from glancetape.options import Settings
from glancetape.pytest_plugin.choosing import Choice
from glancetape.pytest_plugin.running import Options, Place, Run
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape_cassettes.errors import AlreadyClosed, GlancetapeError
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.replaying.answers import Answer, Miss
from support.clouds.clouds import FRACTIONS
from support.clouds.histories import write
from support.clouds.recorded_lists import MINE, history_of, listed_image, walk
from support.sets.set_files import make_set, record
from support.wire.hooked import Hooked

SECOND = "2020-01-01T00:00:03Z"
KINDS_OF_ANSWERS = {
    "limit=1": "exact",
    "limit=2": "derived",
    "__os_type=Windows&limit=9": "derived",
    "limit=0": "derived",
    "visibility=community": "no recorded walk covers it",
    "sort_key=updated_at&limit=2": "same second",  # two walks cover it, and both leave a doubt
    "sort_dir=asc&limit=2": "derived",
    "a=b;c": "derived",
    "_method=DELETE": "may be no list",
    f"/{listed_image(1)['id']}": "derived",
    f"/{listed_image(9)['id']}": "",
}


@pytest.fixture(autouse=True)
def _without_collection() -> Iterator[None]:
    """What is freed here is freed without a search for cycles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(name="cassette", scope="module")
def _cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two walks of a list, and an image that the first request after them deletes."""
    times = {"updated_at": SECOND, FRACTIONS: {"updated_at": 5}}
    history = history_of(
        listed_image(1, **times), listed_image(2, **times, __os_type="Windows"), listed_image(3)
    )
    walk(history, "limit=1")
    walk(history, "limit=9&status=active")
    return write(tmp_path_factory.mktemp("walks") / "walks.yaml", history.interactions)


@pytest.fixture(name="images", scope="module")
def _images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("set") / "set.images"
    make_set(path, [record(name, __tag=name) for name in "abc"])
    return path


def open_files() -> set[tuple[int, int, int]]:
    """The files that this process has open: descriptor, device and number of each."""
    found = set()
    for name in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # the listing itself
            status = os.fstat(int(name))
            found.add((int(name), status.st_dev, status.st_ino))
    return found


def ask(session: Session, question: str) -> Answer | Miss | None:
    if question.startswith("/"):
        whole = MINE.request("")
        asked = Request("GET", whole.uri.partition("?")[0] + question, whole.headers)
        return session.answer(asked, any_host=True)
    return session.answer(MINE.request(question), any_host=True)


def ask_everything(session: Session) -> None:
    for question, expected in KINDS_OF_ANSWERS.items():
        outcome = ask(session, question)
        text = outcome.described if isinstance(outcome, Answer) else getattr(outcome, "reason", "")
        assert expected.lower() in text.lower(), (question, text)


def test_a_closed_session_has_no_file_open(cassette: Path, images: Path) -> None:
    """Whatever it answered, for itself or rewound for a test."""
    settings = Settings(replay=(cassette,), dialect="glance")
    with open_session(settings) as session:
        ask_everything(session)  # what is loaded once stays open: SQLite, for example
    before = open_files()

    for replay in ((cassette,), (images,), (cassette, images)):
        with open_session(Settings(replay=replay, dialect="glance")) as session:
            for one in (session, session.rewound(), session.rewound()):
                for question in KINDS_OF_ANSWERS:
                    ask(one, question)
            assert open_files() > before

        assert before == open_files()


def test_a_session_that_nobody_closes_is_closed_when_nobody_has_it(cassette: Path) -> None:
    """No object of it refers to itself, whatever was asked."""
    before = open_files()
    session = open_session(Settings(replay=(cassette,), dialect="glance"))
    ask_everything(session)
    assert open_files() > before

    del session

    assert before == open_files()


def test_an_image_set_that_nobody_closes_is_closed_when_nobody_has_it(images: Path) -> None:
    before = open_files()
    opened = ImageSet(images)
    assert 1 == len(opened.having("__tag", "b"))  # a rare value, looked up in the bodies
    assert 3 == len(opened.having_any("status", ["active", "queued"]))
    assert open_files() > before

    del opened

    assert before == open_files()


def test_a_closed_session_opens_no_file_again(cassette: Path) -> None:
    session = open_session(Settings(replay=(cassette,), dialect="glance"))
    rewound = session.rewound()
    session.close()
    before = open_files()

    for one in (session, rewound, session.rewound()):
        with pytest.raises(AlreadyClosed, match="open it again"):
            ask(one, "limit=2")
        assert isinstance(ask(one, "limit=1"), Answer)  # recorded, and so in memory

    assert before == open_files()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("size", [0, 1, 100, 5000, -1, -20])
def test_a_session_that_cannot_be_opened_leaves_no_file_open(
    cassette: Path, images: Path, size: int, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.images"
    cut.write_bytes(images.read_bytes()[:size])
    before = open_files()

    with pytest.raises(GlancetapeError) as error:
        open_session(Settings(replay=(cassette, cut)))

    del error
    assert before == open_files()


def test_reloading_closes_what_was_open(cassette: Path, images: Path) -> None:
    hooks = Hooked()
    with contextlib.ExitStack() as closing:
        closing.callback(hooks.end)
        hooks.configure(replay=[str(cassette), str(images)], dialect="glance")
        hooks.ask("/v2/images?limit=2")
        before = len(open_files())

        for _ in range(3):
            hooks.addon.reload()
            hooks.ask("/v2/images?limit=2")

        assert before == len(open_files())


def test_a_run_of_pytest_keeps_few_files_open(tmp_path: Path) -> None:
    """However many sets its tests have; the one that a test uses is open."""
    options = Options(
        mode=RecordMode.NONE,
        upstream=None,
        is_configured=False,
        root=tmp_path,
        folder="",
        allowed_hosts=(),
    )
    run = Run(options)
    before = open_files()
    for number in range(70):
        path = tmp_path / f"{number}.images"
        make_set(path, [record(f"of {number}")])
        place = Place(node="test", file=tmp_path / "test_it.py", test="test_it")

        with run.endpoint(Choice(names=(path.name,)), place) as (endpoint, _):
            assert [f"of {number}"] == [one["id"] for one in endpoint.images]

    assert 0 < len(open_files() - before) <= 64
    run.close()
    assert before == open_files()
