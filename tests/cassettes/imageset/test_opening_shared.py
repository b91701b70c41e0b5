"""One set for many: where nobody can write, and for processes and threads at once."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glancetape_cassettes.errors import AlreadyClosed, ImageSetError
from glancetape_cassettes.imageset import image_set
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.importing import import_ndjson
from support.sets.set_files import record, write_ndjson
from support.sets.whole_sets import ask_everything


@pytest.fixture
def read_only(tmp_path: Path, whole: bytes) -> Iterator[Path]:
    """A file system that nobody can write to, with a set."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system can only be mounted by root")
    try:
        (folder / "a.images").write_bytes(whole)
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_set_can_be_read_where_nothing_can_be_written(read_only: Path) -> None:
    """No lock, no journal, nothing beside it."""
    ask_everything(read_only / "a.images")

    assert ["a.images"] == os.listdir(read_only)


def test_a_set_cannot_be_made_where_nothing_can_be_written(read_only: Path, tmp_path: Path) -> None:
    """And that is said at once, of the file asked for."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])

    with pytest.raises(ImageSetError, match=r"b\.images cannot be written: Read-only file system"):
        import_ndjson(source, read_only / "b.images", {})


_READER = """
import sys
from pathlib import Path
from glancetape_cassettes.imageset.image_set import ImageSet
with ImageSet(Path(sys.argv[1])) as images:
    print("open", flush=True)
    sys.stdin.read()
    print(len(images.having("visibility", "public")), images.order_of("name").place_of(5))
"""


def test_processes_read_one_file_at_once(tmp_path: Path, whole: bytes) -> None:
    """All of them have it open before the first asks."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _READER, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip

    for reader in readers:
        assert reader.stdout
        assert "open\n" == reader.stdout.readline()
    answers = {reader.communicate(timeout=30)[0] for reader in readers}

    assert 1 == len(answers)
    assert answers.pop().startswith("150 ")
    assert ["a.images"] == os.listdir(tmp_path)


def test_threads_read_one_set_at_once(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while its caches are too small for all that is asked."""
    monkeypatch.setattr(image_set, "_ORDERS_KEPT", 10_000)
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    wrong: list[object] = []

    def ask(seed: int, images: ImageSet) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(300):
                number = chance.randrange(50)
                wrong.extend([number] * (12 != len(images.having("name", f"name {number}"))))
                order = images.order_of(chance.choice(["name", "size", "status", "id"]))
                place = order.place_of(number)
                wrong.extend([order] * ([number] != order.positions_at([place])))
        except Exception as error:  # noqa: BLE001 - told below, by the test's own thread
            wrong.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ImageSet(path) as images:
            threads = [threading.Thread(target=ask, args=(seed, images)) for seed in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert [] == wrong


QUESTIONS: dict[str, Callable[[ImageSet], object]] = {
    "an id": lambda images: images.position_of(images.id_at(0)),
    "a value": lambda images: images.having("status", "active"),
    "a property": lambda images: images.with_property("__os_type"),
    "a bound": lambda images: images.less("size", 5),
    "an order": lambda images: images.order_of("name"),
    "a sort": lambda images: images.order_by((("size", True),), newest_first=True),
    "an image": lambda images: images.image_at(3),
    "images": lambda images: images.bodies(range(len(images))),
    "all": list,
    "members": lambda images: images.members_of(0),
    "counts": lambda images: images.counts(),
}


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
def test_a_closed_set_says_that_it_is_closed(
    asked: Callable[[ImageSet], object], tmp_path: Path, whole: bytes
) -> None:
    """Neither an error of SQLite nor of the system."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    images = ImageSet(path)
    images.close()

    with pytest.raises(AlreadyClosed, match=r"a\.images is closed"):
        asked(images)


@pytest.mark.parametrize("_time", range(5))
def test_a_set_may_be_closed_while_threads_ask_it(_time: int, tmp_path: Path, whole: bytes) -> None:
    """Each of them gets right answers, and then learns that the set is closed.

    SQLite would end the program if its file were closed beneath it.
    """
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    images = ImageSet(path)
    expected = [bytes(one) for one in images.bodies(range(len(images)))]
    asking, ends = threading.Barrier(5), list[str]()

    def ask() -> None:
        asking.wait()
        try:
            while [bytes(one) for one in images.bodies(range(len(images)))] == expected:
                for asked in QUESTIONS.values():
                    asked(images)
            ends.append("another answer")
        except AlreadyClosed:
            ends.append("closed")
        except Exception as error:  # noqa: BLE001 - it is compared
            ends.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    asking.wait()
    images.close()
    for thread in threads:
        thread.join()

    assert ["closed"] * 4 == ends
