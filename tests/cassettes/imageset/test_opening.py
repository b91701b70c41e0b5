"""Opening a set: what is none is told in a sentence, and many may read one at once."""

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyroaring import BitMap

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import reading, schema
from glancetape_cassettes.imageset.describing import as_text, describe
from glancetape_cassettes.imageset.importing import import_ndjson
from glancetape_cassettes.imageset.reading import ImageSet
from glancetape_cassettes.imageset.sort_keys import SORT_KEYS
from set_files import make_set, record, to_line, write_ndjson

RECORDS = [
    record(
        f"{number:036d}",
        created_at=f"2018-09-06T14:{number // 60 % 60:02d}:{number % 60:02d}Z",
        name=f"name {number % 50}",
        size=number * 7 % 100 or None,
        checksum=f"{number:032x}",
        tags=[f"t{number % 3}"],
        visibility="shared" if number % 4 else "public",
        members=[{"member_id": f"m{number % 5}", "status": "accepted"}],
    )
    for number in range(600)
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a good set."""
    path = tmp_path_factory.mktemp("whole") / "a.images"
    make_set(path, RECORDS)
    return path.read_bytes()


def _ask_everything(path: Path) -> None:
    with ImageSet(path) as images:
        describe(images)
        sum(1 for _ in images)
        for name in ("name", "checksum", "visibility", "protected"):
            for value in ("name 7", f"{7:032x}", "public", "false"):
                images.having(name, value)
        images.having("tags", "t1")
        images.shared_with("m1", "accepted")
        images.count_members("accepted")
        for key in SORT_KEYS:
            images.order_of(key).arrange(BitMap(range(len(images))))
            images.order_of(key).place_of(0)
        images.order_by((("name", True), ("size", False)), newest_first=True)
        for name in ("size", "created_at", "min_ram"):
            images.known(name)
            images.less(name, 50, or_equal=True)
        images.id_at(len(images) - 1)
        images.position_of("a")


def test_all_of_a_good_set_can_be_asked(tmp_path: Path, whole: bytes) -> None:
    """So that what fails below fails for the damage."""
    (tmp_path / "a.images").write_bytes(whole)

    _ask_everything(tmp_path / "a.images")


def _database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE images (id TEXT)")
        connection.commit()


def _as_ours(path: Path) -> None:
    _database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")


NO_SETS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "No such file or directory"),
    "a folder": (Path.mkdir, "Is a directory"),
    "empty": (Path.touch, "is no image set; make one with"),
    "text": (lambda path: path.write_text("hello"), "is no image set; make one with"),
    "NDJSON": (lambda path: path.write_bytes(to_line(RECORDS[0])), "is no image set; make one"),
    "a foreign database": (_database, "is a SQLite database, but no image set"),
    "a database that claims to be one": (_as_ours, "is damaged (no such table: about)"),
    "only the magic": (lambda path: path.write_bytes(b"SQLite format 3\0"), "is cut off"),
}


@pytest.mark.parametrize(("make", "why"), NO_SETS.values(), ids=NO_SETS.keys())
def test_what_is_no_set(tmp_path: Path, make: Callable[[Path], object], why: str) -> None:
    """The sentence names the file and what it is."""
    path = tmp_path / "a.images"
    make(path)

    with pytest.raises(ImageSetError) as caught:
        ImageSet(path)

    assert str(caught.value).startswith(str(path))
    assert why in str(caught.value)


@pytest.mark.parametrize("version", [0, schema.VERSION - 1, schema.VERSION + 1, 99])
def test_another_version_is_told(tmp_path: Path, whole: bytes, version: int) -> None:
    """And what to do."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")

    with pytest.raises(ImageSetError, match=rf"of version {version}, this .* reads \d; make it"):
        ImageSet(path)


def test_a_set_that_was_cut_off_is_refused(tmp_path: Path, whole: bytes) -> None:
    """At any length, before anything is asked."""
    path = tmp_path / "a.images"
    lengths = {0, 1, 15, 16, 99, 100, 101, 4096, 8191, 8192, 8193, len(whole) // 2, len(whole) - 1}
    for length in lengths | set(random.Random(2).sample(range(len(whole)), 100)):
        path.write_bytes(whole[:length])
        with pytest.raises(ImageSetError, match=r"cut off|is no image set"):
            ImageSet(path)


def _zeroed_page(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) // schema.PAGE_SIZE) * schema.PAGE_SIZE
    data[start : start + schema.PAGE_SIZE] = bytes(schema.PAGE_SIZE)


def _flipped_bytes(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice([1, 30, 1000])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _flipped_beginning_of_a_page(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) // schema.PAGE_SIZE) * schema.PAGE_SIZE
    for _ in range(3):
        data[start + chance.randrange(64)] = chance.randrange(256)


DAMAGES = (_zeroed_page, _flipped_bytes, _flipped_beginning_of_a_page)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_an_error_of_ours_or_goes_unnoticed(
    tmp_path: Path, whole: bytes, damage: Callable[[bytearray, random.Random], None]
) -> None:
    """Never another exception: whoever serves a set tells its user that the file is at fault."""
    path = tmp_path / "a.images"
    told = []
    for seed in range(60):
        data = bytearray(whole)
        damage(data, random.Random(seed))
        path.write_bytes(data)
        try:
            _ask_everything(path)
        except ImageSetError as error:
            told.append(str(error))

    assert len(told) > 20
    assert all(message.startswith(str(path)) for message in told)


def _bitmaps(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE property_values SET positions = x'00'")


def _orders(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE orders SET places = zeroblob(8)")


def _far(connection: sqlite3.Connection) -> None:
    far = (600).to_bytes(4, "little") * 600
    connection.execute("UPDATE orders SET places = ?", (far,))


def _no_orders(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM orders")


def _no_ranges(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM ranges")


def _no_last_image(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM images WHERE position = 599")


def _no_image(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM images WHERE position = 5")


def _bad_json(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE images SET json = x'7b' WHERE position = 5")


def _no_home(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM about WHERE name = 'home_project'")


def _no_table(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE rare_values")


CHANGES = (
    _bitmaps, _orders, _far, _no_orders, _no_ranges, _no_last_image, _no_image, _bad_json,
    _no_home, _no_table,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_database_cannot_notice_is_told_too(
    tmp_path: Path, whole: bytes, change: Callable[[sqlite3.Connection], None]
) -> None:
    """A bitmap that is none, an order or an index that names images that are not there."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        change(connection)
        connection.commit()

    with pytest.raises(ImageSetError, match="is damaged"):
        _ask_everything(path)


def test_a_file_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    """A server may try again and again."""
    path = tmp_path / "a.images"
    _as_ours(path)
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(20):
        with pytest.raises(ImageSetError):
            ImageSet(path)

    assert before == len(os.listdir("/proc/self/fd"))


NAMES = [
    "a b",
    "a?mode=rw",
    "a#b",
    "a%20b",
    "100%",
    "镜像",
    "a;b&c",
    "'\"",
    "-a",
    "a\\b",
    "é\u0301",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    """SQLite is given a URI, where some characters mean something."""
    folder = tmp_path / name
    folder.mkdir()

    make_set(folder / f"{name}.images", [record("a")])

    with ImageSet(folder / f"{name}.images") as images:
        assert 1 == len(images)
    assert {f"{name}.images", f"{name}.ndjson"} == set(os.listdir(folder))


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """File names are bytes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.images"))

    make_set(path, [record("a")])

    with ImageSet(path) as images:
        assert "a" == images.id_at(0)


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
    _ask_everything(read_only / "a.images")

    assert ["a.images"] == os.listdir(read_only)


def test_a_set_cannot_be_made_where_nothing_can_be_written(read_only: Path, tmp_path: Path) -> None:
    """And that is said at once, of the file asked for."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])

    with pytest.raises(ImageSetError, match=r"b\.images cannot be written: Read-only file system"):
        import_ndjson(source, read_only / "b.images", {})


_READER = """
import sys
from pathlib import Path
from glancetape_cassettes.imageset.reading import ImageSet
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
    monkeypatch.setattr(reading, "_ORDERS_KEPT", 10_000)
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


def test_opening_looks_at_a_few_rows_only(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it takes as long for a million images as for ten: all but `about` is found by index."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)
    asked: list[str] = []
    really = schema.open_file

    def traced(opened: Path) -> sqlite3.Connection:
        connection = really(opened)
        connection.set_trace_callback(asked.append)
        return connection

    monkeypatch.setattr(schema, "open_file", traced)
    with ImageSet(path):
        pass

    assert asked
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in asked:
            if "FROM about" not in statement:
                plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
                assert all(step.startswith("SEARCH ") for *_, step in plan), statement


def test_a_set_is_described(tmp_path: Path, whole: bytes) -> None:
    """Counts are those of the images, whatever index they come from."""
    path = tmp_path / "a.images"
    path.write_bytes(whole)

    with ImageSet(path) as images:
        description = describe(images)

    assert (600, len(whole)) == (description["images"], description["bytes"])
    assert ["2018-09-06T14:00:00Z", "2018-09-06T14:09:59Z"] == description["created"]
    assert {"accepted": 600} == description["members"]
    assert 600 == description["tagged"]
    assert {"images": 600, "values": {"shared": 450, "public": 150}} == (
        description["properties"]["visibility"]
    )
    assert {"t0": 200, "t1": 200, "t2": 200} == description["properties"]["tags"]["values"]
    assert "visibility (600)  shared 450, public 150" in " ".join(as_text(description).split(" "))


def test_odd_values_do_not_break_the_description(tmp_path: Path) -> None:
    """Values are anybody's text: line ends and escapes are shown as such."""
    odd = "a\nb\x1b[31m"
    records = [record(f"{number}", __x=odd, tags=["p", "q", "r"]) for number in range(40)]
    make_set(tmp_path / "a.images", [*records, record("none")])

    with ImageSet(tmp_path / "a.images") as images:
        description = describe(images)
        text = as_text(description)

    assert 40 == description["tagged"]
    assert 40 == description["properties"]["tags"]["images"]
    assert r"'a\nb\x1b[31m' 40" in text
    assert "\x1b" not in text


def test_an_empty_set_is_described(tmp_path: Path) -> None:
    """There is no time that it spans."""
    make_set(tmp_path / "a.images", [])

    with ImageSet(tmp_path / "a.images") as images:
        description = describe(images)

    assert (0, [], {}, {}) == tuple(
        description[name] for name in ("images", "created", "members", "properties")
    )
    assert "created       -" in as_text(description)
