"""Collections kept beside the cassette: found again, never out of date, free to be deleted."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from glancetape_cassettes.collection import disk_cache
from glancetape_cassettes.collection.disk_cache import FOLDER, WORTH_KEEPING
from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.histories import write
from support.clouds.recorded_lists import history_of, listed_image, shown, walk
from support.one_image import id_of
from support.running.processes import ROOT

ASKED = "sort_key=id&sort_dir=asc&limit=2"


def interactions(count: int, first: int = 0, limit: int = 1000) -> list[Interaction]:
    history = history_of(
        *(listed_image(one % 60, id=id_of(one)) for one in range(first, first + count))
    )
    walk(history, f"sort_key=id&limit={limit}")
    return history.interactions


SMALL, LARGE = 40, WORTH_KEEPING


@pytest.fixture(autouse=True)
def worth_keeping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """From how many images on a collection is kept: from few, except where the number matters."""
    number: int = getattr(request, "param", SMALL)
    monkeypatch.setattr(disk_cache, "WORTH_KEEPING", number)
    return number


as_it_is = pytest.mark.parametrize("worth_keeping", [LARGE], indirect=True)


@pytest.fixture
def cassette(tmp_path: Path, worth_keeping: int) -> Path:
    return write(tmp_path / "a.yaml", interactions(worth_keeping))


def asked(*cassettes: Path, dialect: str = "auto") -> list[int] | str:
    recorded = RecordedAnswers([load_cassette(one) for one in cassettes], lambda _: None)
    deriver = Deriver(recorded, dialect)
    try:
        return shown(deriver, ASKED)
    finally:
        deriver.close()


def kept(cassette: Path) -> list[Path]:
    return sorted((cassette.parent / FOLDER).glob("*.images"))


@as_it_is
def test_a_large_collection_is_kept_beside_the_cassette(cassette: Path) -> None:
    """In a folder that git leaves alone."""
    assert [0, 1] == asked(cassette)

    (found,) = kept(cassette)
    assert found.name.startswith("a.yaml-")
    assert "*\n" == (found.parent / ".gitignore").read_text()
    assert {found.name, ".gitignore"} == set(os.listdir(found.parent))


@as_it_is
def test_a_small_collection_is_not_kept(tmp_path: Path) -> None:
    """It takes no time to gather."""
    path = write(tmp_path / "a.yaml", interactions(WORTH_KEEPING - 1))

    assert [0, 1] == asked(path)
    assert [path] == list(tmp_path.iterdir())


def test_the_kept_one_is_opened_and_not_written_again(cassette: Path) -> None:
    assert [0, 1] == asked(cassette)
    (found,) = kept(cassette)
    before = found.stat().st_ino, found.stat().st_mtime_ns, found.read_bytes()

    assert [0, 1] == asked(cassette)

    assert [found] == kept(cassette)
    assert before == (found.stat().st_ino, found.stat().st_mtime_ns, found.read_bytes())


def test_one_byte_of_the_cassette_makes_another_collection(cassette: Path) -> None:
    """And the one of before goes."""
    asked(cassette)
    (before,) = kept(cassette)
    text = cassette.read_bytes()
    cassette.write_bytes(text + b"\n")

    assert [0, 1] == asked(cassette)

    (after,) = kept(cassette)
    assert before != after


def test_a_cassette_that_was_recorded_on_shows_what_was_recorded(cassette: Path) -> None:
    """The kept collection says nothing of it."""
    assert [0, 1] == asked(cassette)
    others = history_of(*(listed_image(one % 60, id=id_of(one)) for one in range(7, 7 + 2 * SMALL)))
    walk(others, "sort_key=id&limit=1000")
    cassette.unlink()
    write(cassette, [*interactions(SMALL), *others.interactions])

    assert [7, 8] == asked(cassette)
    assert 1 == len(kept(cassette))


def _damages(text: bytes) -> Iterator[bytes]:
    yield b""
    yield b"not a database"
    yield text[: len(text) // 2]
    yield text[:-1]
    yield text[:100]
    yield text.replace(b"\x00", b"\x01")
    yield b"SQLite format 3\0" + bytes(4096)


@pytest.mark.parametrize("number", range(7))
def test_a_damaged_collection_in_the_cache_is_gathered_again(number: int, cassette: Path) -> None:
    """So is one of another version, which this version cannot open."""
    asked(cassette)
    (found,) = kept(cassette)
    good = found.read_bytes()
    damaged = list(_damages(good))[number]
    found.write_bytes(damaged)

    assert [0, 1] == asked(cassette)
    assert found.read_bytes() != damaged
    assert [found] == kept(cassette)
    assert [0, 1] == asked(cassette)


def test_who_may_not_read_the_cassette_may_not_read_what_is_kept_of_it(cassette: Path) -> None:
    """It has the same images and questions in it."""
    cassette.chmod(0o600)
    asked(cassette)
    (found,) = kept(cassette)

    assert 0o600 == found.stat().st_mode & 0o777


def test_a_single_bit_that_flipped_in_a_kept_collection_is_noticed(cassette: Path) -> None:
    """Wherever it is: in an index, or in what is shown of an image."""
    asked(cassette)
    (found,) = kept(cassette)
    good = found.read_bytes()
    for place in range(200, len(good), len(good) // 20):
        found.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])

        assert [0, 1] == asked(cassette)
        assert good == found.read_bytes()


def test_another_collection_in_the_place_of_the_kept_one_is_not_believed(cassette: Path) -> None:
    """It has a note of what it was made of."""
    asked(cassette)
    (found,) = kept(cassette)
    other = write(cassette.with_name("b.yaml"), interactions(SMALL, 7))
    assert [7, 8] == asked(other)
    (wrong,) = (one for one in kept(other) if one.name.startswith("b.yaml-"))
    shutil.copyfile(wrong, found)

    assert [0, 1] == asked(cassette)


def test_each_dialect_keeps_its_own(cassette: Path) -> None:
    """They may order differently."""
    assert [0, 1] == asked(cassette)
    first = kept(cassette)
    asked(cassette, dialect="ims")

    assert first != kept(cassette)


def test_a_folder_that_cannot_be_written_is_not_an_error(cassette: Path) -> None:
    """The answer is the same, and no file is left."""
    (cassette.parent / FOLDER).write_text("a file in its place")

    assert [0, 1] == asked(cassette)
    assert "a file in its place" == (cassette.parent / FOLDER).read_text()
    assert {FOLDER, "a.yaml"} == set(os.listdir(cassette.parent))


def test_the_folder_can_be_deleted_while_a_collection_is_open(cassette: Path) -> None:
    """An open collection stays readable; the next run gathers it again."""
    recording = RecordedAnswers([load_cassette(cassette)], lambda _: None)
    deriver = Deriver(recording)
    assert [0, 1] == shown(deriver, ASKED)

    shutil.rmtree(cassette.parent / FOLDER)

    assert [0, 1] == shown(deriver, ASKED)
    assert [SMALL - 1, SMALL - 2] == shown(deriver, "sort_key=id&limit=2")
    deriver.close()
    assert [0, 1] == asked(cassette)
    assert 1 == len(kept(cassette))


def test_a_file_of_ones_own_beside_the_kept_one_stays(cassette: Path) -> None:
    """Only what was kept for the same cassettes goes."""
    (cassette.parent / FOLDER).mkdir()
    own = cassette.parent / FOLDER / "a.yaml-mine.images"
    own.write_text("mine")

    asked(cassette)

    assert "mine" == own.read_text()


def test_names_with_signs_of_patterns_are_names(tmp_path: Path) -> None:
    """A bracket in a name is not a pattern when older files are searched."""
    path = write(tmp_path / "a[1]*?.yaml", interactions(SMALL))
    for _ in range(2):
        assert [0, 1] == asked(path)
        path.write_bytes(path.read_bytes() + b"\n")

    assert 1 == len(kept(path))


def test_several_cassettes_are_kept_together_beside_the_first(tmp_path: Path) -> None:
    """Which of them changed is the same."""
    paths = [
        write(tmp_path / name, [one])
        for name, one in zip(
            ("a.yaml", "b.yaml"), interactions(SMALL, limit=SMALL - 5), strict=True
        )
    ]

    assert [0, 1] == asked(*paths)
    before = kept(paths[0])
    paths[1].write_bytes(paths[1].read_bytes() + b"\n")

    assert [0, 1] == asked(*paths)
    assert 1 == len(kept(paths[0])) == len(before)
    assert before != kept(paths[0])


@as_it_is
def test_several_processes_may_make_it_at_once(cassette: Path) -> None:
    """Each gives the answer, and one whole file is left."""
    script = (
        "import sys; from pathlib import Path\n"
        "from glancetape_cassettes.deriving.deriver import Deriver\n"
        "from glancetape_cassettes.formats.cassette import load_cassette\n"
        "from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers\n"
        "from support.clouds.recorded_lists import shown\n"
        "deriver = Deriver(RecordedAnswers([load_cassette(Path(sys.argv[1]))], lambda _: None))\n"
        "print(shown(deriver, sys.argv[2]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, cassette, ASKED],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    assert ["[0, 1]\n"] * 3 == [process.communicate(timeout=60)[0] for process in processes]
    assert 1 == len(kept(cassette))
    assert 2 == len(list((cassette.parent / FOLDER).iterdir()))
    assert [0, 1] == asked(cassette)
