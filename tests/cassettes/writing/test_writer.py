"""Appending: locked, whole, and recovered after a crash."""

import codecs
import errno
import fcntl
import gzip
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError, CassetteLocked
from glancetape_cassettes.formats.cassette import check_cassette, load_cassette
from glancetape_cassettes.formats.opened.foreign_cassette import ForeignCassette
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.formats.own_layout import header_text
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.recorded import KEPT, get, item, ok, write_cassette

ITEMS = [
    item(get(f"/v2/images?limit={n}"), ok(b'{"images": [{"id": "%d"}]}' % n)) for n in range(3)
]


def _open(path: Path, redaction: Redaction = KEPT) -> CassetteWriter:
    return CassetteWriter(path, "glancetape tests", redaction)


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    """Also after the cassette was opened again."""
    path = tmp_path / "a.yaml"
    for text in ITEMS:
        writer = _open(path)
        writer.append([text])
        writer.close()

    cassette = load_cassette(path)

    assert [f"http://glance:9292/v2/images?limit={n}" for n in range(3)] == [
        cassette.request(index).uri for index in range(len(cassette))
    ]


def test_numbers_continue_where_the_cassette_ended(tmp_path: Path) -> None:
    """The number in the provenance header is the number in the file."""
    path = tmp_path / "a.yaml"
    writer = _open(path)
    assert writer.append(ITEMS[:2]) == 1
    writer.close()

    again = _open(path)

    assert again.append(ITEMS[2:]) == 3
    again.close()


def test_a_second_writer_is_refused_while_the_first_is_at_work(tmp_path: Path) -> None:
    """Two recorders would tear each other's items."""
    writer = _open(tmp_path / "a.yaml")

    with pytest.raises(CassetteLocked, match=r"a\.yaml: another recorder is writing it"):
        _open(tmp_path / "a.yaml")

    writer.close()
    _open(tmp_path / "a.yaml").close()


def test_where_no_file_can_be_locked_the_error_says_where_to_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS without its lock service, and some file systems of FUSE. No file is left."""

    def refuse(fd: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(CassetteError, match=r"no locks \(No locks available\)\. .*local disk"):
        _open(tmp_path / "a.yaml")

    assert [] == os.listdir(tmp_path)


def test_a_cassette_that_stays_empty_is_removed(tmp_path: Path) -> None:
    """An empty cassette would turn the next `once` into a replay of nothing."""
    _open(tmp_path / "a.yaml").close()

    assert not (tmp_path / "a.yaml").exists()


@settings(deadline=None)  # fsync takes as long as the disk needs
@given(cut=st.integers(min_value=1))
def test_a_tail_torn_at_any_byte_is_moved_out_and_complete_items_stay(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    """A crash can leave any prefix of the item that was being appended."""
    path = tmp_path_factory.mktemp("torn") / "a.yaml"
    writer = _open(path)
    writer.append(ITEMS[:1])
    whole = path.stat().st_size
    writer.append(ITEMS[1:])
    writer.close()
    text = path.read_bytes()
    kept = whole + cut % (len(text) - whole)
    path.write_bytes(text[:kept])

    writer = _open(path)
    writer.append(ITEMS[2:])
    writer.close()

    cassette = load_cassette(path)
    uris = [cassette.request(index).uri for index in range(len(cassette))]
    aside = b"".join(part.read_bytes() for part in sorted(path.parent.glob("*.torn-*")))
    assert uris in (
        [f"http://glance:9292/v2/images?limit={n}" for n in (0, 2)],
        [f"http://glance:9292/v2/images?limit={n}" for n in (0, 1, 2)],
        [f"http://glance:9292/v2/images?limit={n}" for n in (0, 1, 2, 2)],  # only the newline
    )
    assert text[:kept] + b"" == path.read_bytes()[: kept - len(aside)] + aside


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
def test_a_torn_tail_is_as_private_as_its_cassette(tmp_path: Path, mode: int) -> None:
    path = _three(tmp_path / "a.yaml")
    path.write_bytes(path.read_bytes() + b"- request:\n")
    path.chmod(mode)

    _open(path).close()

    assert mode == (tmp_path / "a.yaml.torn-1").stat().st_mode & 0o777


def test_reading_leaves_a_torn_tail_alone_and_warns(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader changes no file."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    text = path.read_bytes() + b"- request:\n    method: GE"
    path.write_bytes(text)

    cassette = load_cassette(path)

    assert len(cassette) == 1
    assert text == path.read_bytes()
    assert "left out 25 bytes after interaction 1" in caplog.text


def test_a_cassette_of_another_recorder_is_not_appended_to(tmp_path: Path) -> None:
    """Its content stays as it was."""
    path = tmp_path / "vcr.yaml"
    path.write_text("interactions: []\nversion: 1\n")

    with pytest.raises(CassetteError, match=r"vcr\.yaml: not written by glancetape"):
        _open(path)

    assert path.read_text() == "interactions: []\nversion: 1\n"


def _with_line_ends_of_windows(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def _with_a_byte_order_mark(text: bytes) -> bytes:
    return codecs.BOM_UTF8 + text


@pytest.mark.parametrize("changed", [_with_line_ends_of_windows, _with_a_byte_order_mark])
def test_a_cassette_that_an_editor_changed_is_read_and_not_appended_to(
    tmp_path: Path, changed: Callable[[bytes], bytes]
) -> None:
    """It is not said to be of another recorder."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok(b'{"a": "b\\r\\n"}'))])
    before = load_cassette(path).interaction(0)
    path.write_bytes(changed(path.read_bytes()))

    assert before == load_cassette(path).interaction(0)
    with pytest.raises(CassetteError, match=r"a\.yaml: .*\.gitattributes and check it out again"):
        _open(path)


def test_a_cassette_with_a_merge_conflict_is_refused_with_the_way_to_merge_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By readers and by the next recorder, which would take the last mark for a torn item."""
    first, *added = [(get(f"/v2/images?limit={number}"), ok()) for number in (1, 2, 3)]
    paths = [tmp_path / f"{name}.yaml" for name in ("base", "ours", "theirs")]
    for path, items in zip(paths, ([first], [first, added[0]], [first, added[1]]), strict=True):
        write_cassette(path, items)
    base, ours, theirs = paths
    merged = subprocess.run(
        ["git", "merge-file", "-p", ours, base, theirs], capture_output=True, check=False
    )
    assert 1 == merged.returncode
    path = tmp_path / "a.yaml"
    path.write_bytes(merged.stdout)
    mark = 1 + merged.stdout.split(b"\n").index(b"<<<<<<< " + bytes(ours))

    for reading in (load_cassette, check_cassette, _open):
        with pytest.raises(CassetteError) as refused:
            reading(path)
        said = str(refused.value)
        assert f"a.yaml, line {mark}: git has left a merge conflict here." in said
        assert "glancetape merge ours.yaml theirs.yaml --force --out a.yaml" in said
    assert merged.stdout == path.read_bytes()
    assert not caplog.text


def test_a_compressed_cassette_is_not_appended_to(tmp_path: Path) -> None:
    """Nor is it said to be of another recorder."""
    path = tmp_path / "own.yaml"
    path.write_bytes(gzip.compress(b"# glancetape cassette (VCR YAML)\nversion: 1\n"))

    with pytest.raises(CassetteError, match=r"own\.yaml: compressed with gzip, so nothing is"):
        _open(path)


@pytest.mark.parametrize(
    "other", [Redaction("ffffffffffff", keep_ids=True), Redaction("0123456789ab", keep_ids=False)]
)
def test_two_redactions_are_not_mixed_in_one_cassette(tmp_path: Path, other: Redaction) -> None:
    """The same project would have two names in one cassette."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])

    with pytest.raises(CassetteError, match="the same project would have two names"):
        _open(path, other)


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    """A recorder creates the cassette, and no folder."""
    with pytest.raises(CassetteError, match=r"a\.yaml: the folder does not exist"):
        _open(tmp_path / "none" / "a.yaml")


def test_a_cassette_without_write_permission_is_reported(tmp_path: Path) -> None:
    """Checked when recording starts, not at the first answer."""
    path = write_cassette(tmp_path / "a.yaml", [(get("/v2/images"), ok())])
    path.chmod(0o444)
    if os.geteuid() == 0:  # root may write every file but those of the kernel
        path = Path("/proc/sys/kernel/ostype")

    said = f"{path.name}: cannot be written: {os.strerror(errno.EACCES)}"
    with pytest.raises(CassetteError, match=said):
        _open(path)


_FILL = """
import resource, signal, sys
from pathlib import Path
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.writing.writer import CassetteWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
item = Path(sys.argv[2]).read_text()
resource.setrlimit(resource.RLIMIT_FSIZE, (3 * len(item) + 500, 3 * len(item) + 500))
writer = CassetteWriter(Path(sys.argv[1]), "glancetape tests", Redaction("0123456789ab", True))
for number in range(1, 10):
    try:
        writer.append([item])
    except CassetteError as error:
        print(number, error)
writer.close()
"""


def test_an_item_that_does_not_fit_is_cut_off_and_reported(tmp_path: Path) -> None:
    """A limit on the file's size plays a full disk: the same short write, the same error."""
    path, text = tmp_path / "a.yaml", tmp_path / "item"
    text.write_text(ITEMS[0])

    run = subprocess.run(
        [sys.executable, "-c", _FILL, path, text], capture_output=True, text=True, check=True
    )

    cassette = load_cassette(path)
    assert isinstance(cassette, OwnCassette)
    refusals = run.stdout.splitlines()
    assert len(cassette) == 9 - len(refusals) > 0
    assert path.read_text().endswith("recorded_at: '2026-11-23T10:00:00Z'\n")
    why = os.strerror(errno.EFBIG)
    assert all(f"a.yaml: cannot be written: {why}." in line for line in refusals)


def _uris(path: Path) -> list[str]:
    cassette = load_cassette(path)
    return [cassette.request(index).uri.rpartition("=")[2] for index in range(len(cassette))]


def _three(path: Path) -> Path:
    writer = _open(path)
    writer.append(ITEMS)
    writer.close()
    return path


@pytest.fixture
def is_locked_out(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set when a writer has found the lock taken and waits for it."""
    found, sleep = threading.Event(), time.sleep

    def find_and_sleep(seconds: float) -> None:
        found.set()
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", find_and_sleep)
    return found


def test_a_writer_that_waited_while_the_file_was_replaced_writes_into_the_new_one(
    tmp_path: Path, is_locked_out: threading.Event
) -> None:
    """Mode `all` renames at its end; the lock it held was the old file's."""
    path = tmp_path / "a.yaml"
    first = _open(path)
    first.append(ITEMS[:1])
    second: list[CassetteWriter] = []
    waiting = threading.Thread(target=lambda: second.append(_open(path)))
    waiting.start()
    assert is_locked_out.wait(60)
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    first.close()
    waiting.join()

    second[0].append(ITEMS[1:2])
    second[0].close()

    assert ["0", "1"] == _uris(path)


def test_a_writer_that_waited_while_the_file_was_removed_begins_a_new_one(
    tmp_path: Path, is_locked_out: threading.Event
) -> None:
    """A recorder that stored nothing removes its file at its end."""
    path = tmp_path / "a.yaml"
    first = _open(path)
    second: list[CassetteWriter] = []
    waiting = threading.Thread(target=lambda: second.append(_open(path)))
    waiting.start()
    assert is_locked_out.wait(60)
    first.close()
    waiting.join()

    second[0].append(ITEMS[1:2])
    second[0].close()

    assert ["1"] == _uris(path)


@pytest.mark.parametrize("text", ["", header_text("glancetape tests", "0123456789ab", True)])
def test_an_empty_cassette_that_existed_before_stays_as_it_was(tmp_path: Path, text: str) -> None:
    """A writer removes only a file that it created."""
    path = tmp_path / "a.yaml"
    path.write_text(text)

    _open(path).close()

    assert text == path.read_text()


def test_a_link_to_nothing_stays_when_nothing_is_recorded(tmp_path: Path) -> None:
    """The target, which the writer created, is removed; the user's link stays."""
    (tmp_path / "link.yaml").symlink_to("real.yaml")

    _open(tmp_path / "link.yaml").close()

    assert ["link.yaml"] == os.listdir(tmp_path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_a_file_that_is_not_regular_is_refused(tmp_path: Path, kind: str) -> None:
    """A pipe would wait for ever, and a device would swallow everything."""
    path = tmp_path / "a.yaml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/null")

    why = "it is a folder; name a file in it" if kind == "folder" else "not a regular file"
    for opening in (_open, load_cassette):
        with pytest.raises(CassetteError, match=rf"{path.name}: {why}"):
            opening(path)


def test_a_torn_tail_that_cannot_be_moved_out_stays_in_the_cassette(tmp_path: Path) -> None:
    """A file name can have 255 bytes, and the name of the .torn file is too long."""
    path = _three(tmp_path / f"{'a' * 246}.yaml")
    torn = path.read_bytes() + b"- request:\n"
    path.write_bytes(torn)

    with pytest.raises(CassetteError, match=r"torn tail cannot be kept in .*: File name too long"):
        _open(path)

    assert torn == path.read_bytes()


@pytest.mark.parametrize("end", ["", "\n\n  ", "\n# the end\n", "\n# the end", "\n  # the end\n\n"])
def test_an_edited_end_stays_and_an_appended_item_starts_a_line(tmp_path: Path, end: str) -> None:
    """Editors remove the last newline, and people add blanks and comments."""
    path = _three(tmp_path / "a.yaml")
    edited = path.read_text().rstrip("\n") + end
    path.write_text(edited)

    assert ["0", "1", "2"] == _uris(path)
    _open(path).close()
    assert edited == path.read_text()
    writer = _open(path)
    assert [4, 5] == [writer.append(ITEMS[:1]), writer.append(ITEMS[1:2])]
    writer.close()

    assert path.read_text().startswith(edited)
    assert ["0", "1", "2", "0", "1"] == _uris(path)
    assert 5 == len(ForeignCassette(path, path.read_bytes()))
    assert ["a.yaml"] == os.listdir(tmp_path)


@pytest.mark.parametrize("marker", ["...\n", "---\n", "...\n# done\n", "...", "--- # next\n"])
def test_nothing_is_appended_after_the_end_of_a_yaml_document(tmp_path: Path, marker: str) -> None:
    """The cassette is replayed; to record more, remove the marker."""
    path = _three(tmp_path / "a.yaml")
    edited = path.read_text() + marker
    path.write_text(edited)

    assert ["0", "1", "2"] == _uris(path)
    assert ok(b'{"images": [{"id": "2"}]}') == load_cassette(path).interaction(2).response
    line = edited.count("\n", 0, edited.index(marker)) + 1
    with pytest.raises(CassetteError, match=rf"a\.yaml, line {line}: the YAML document ends there"):
        _open(path)

    assert edited == path.read_text()


def _git_checkout(path: Path, text: bytes) -> None:
    """Git removes the file and creates another one under its name."""
    path.unlink()
    path.write_bytes(text)


def _editor(path: Path, text: bytes) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(text)
    beside.replace(path)


def _overwrite(path: Path, text: bytes) -> None:
    path.write_bytes(text.replace(b"glancetape", b"GLANCETAPE"))
    _touch(path)  # the clock of the file system has steps of some milliseconds


def _touch(path: Path) -> None:
    later = path.stat().st_mtime_ns + 1
    os.utime(path, ns=(later, later))


CHANGES: dict[str, tuple[Callable[[Path, bytes], object], str]] = {
    "deleted": (lambda path, _: path.unlink(), "it was deleted"),
    "renamed": (lambda path, _: path.rename(path.with_name("b.yaml")), "it was deleted"),
    "with its folder": (
        lambda path, _: path.parent.rename(path.parent.with_name("moved")),
        "it was deleted",
    ),
    "checked out": (_git_checkout, "another file took its place"),
    "replaced by an editor": (_editor, "another file took its place"),
    "linked to another": (
        lambda path, _: (path.unlink(), path.symlink_to(__file__)),
        "another file took its place",
    ),
    "emptied": (lambda path, _: os.truncate(path, 0), "another program changed its length"),
    "rewritten in place": (
        lambda path, text: path.write_bytes(text[: len(text) // 2]),
        "another program changed its length",
    ),
    "shorter by a byte": (
        lambda path, text: os.truncate(path, len(text) - 1),
        "another program changed its length",
    ),
    "longer by a line": (
        lambda path, text: path.write_bytes(text + b"# mine\n"),
        "another program changed its length",
    ),
    "overwritten": (_overwrite, "another program changed its content"),
}
every_change = pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=CHANGES.keys())


def _contents(folder: Path) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@every_change
def test_nothing_is_confirmed_after_another_program_changed_the_file(
    tmp_path: Path, change: Callable[[Path, bytes], object], why: str
) -> None:
    """Nor is anything written, removed or cut in what that program left there."""
    path = tmp_path / "folder" / "a.yaml"
    path.parent.mkdir()
    writer = _open(path)
    writer.append(ITEMS[:1])
    change(path, path.read_bytes())
    left = _contents(tmp_path)

    for text in ITEMS[1:]:
        with pytest.raises(CassetteError, match=f"a.yaml: {why} while glancetape recorded into"):
            writer.append([text])
    writer.close()

    assert left == _contents(tmp_path)


@settings(deadline=None)  # fsync takes as long as the disk needs
@given(changes=st.lists(st.sampled_from([None, *CHANGES]), max_size=6))
def test_what_is_confirmed_before_a_change_and_refused_after_it_never_mix(
    tmp_path_factory: pytest.TempPathFactory, changes: list[str | None]
) -> None:
    """Confirmed until the first change, and refused from then on."""
    path = tmp_path_factory.mktemp("changed") / "folder" / "a.yaml"
    path.parent.mkdir()
    writer = _open(path)
    is_changed, outcomes, right = False, [], []
    for name in changes:
        if name is not None and not is_changed:
            CHANGES[name][0](path, path.read_bytes())
            is_changed = True
        right.append(not is_changed)
        try:
            writer.append(ITEMS[:1])
            outcomes.append(True)
        except CassetteError:
            outcomes.append(False)
    writer.close()

    assert right == outcomes


@pytest.mark.parametrize("change", [change for change, _ in CHANGES.values()], ids=CHANGES.keys())
def test_a_file_that_changed_before_the_first_item_is_left_alone(
    tmp_path: Path, change: Callable[[Path, bytes], object]
) -> None:
    """A writer without items removes its own header, and not what another program made of it."""
    path = tmp_path / "folder" / "a.yaml"
    path.parent.mkdir()
    writer = _open(path)
    change(path, path.read_bytes())
    left = _contents(tmp_path)

    writer.close()

    assert left == _contents(tmp_path)


def test_a_file_whose_time_alone_changed_is_recorded_into(tmp_path: Path) -> None:
    """`touch` does that, and network file systems that set the time when they write."""
    path = tmp_path / "a.yaml"
    for _ in range(2):  # a new file, and one that has items
        writer = _open(path)
        for text in ITEMS:
            writer.append([text])
            _touch(path)
        writer.close()

    assert 2 * len(ITEMS) == len(load_cassette(path))


def test_a_file_that_has_its_name_again_is_recorded_into_again(tmp_path: Path) -> None:
    """Such as after `git stash` and a `mv` back."""
    path = tmp_path / "a.yaml"
    writer = _open(path)
    writer.append(ITEMS[:1])
    path.rename(tmp_path / "b.yaml")
    with pytest.raises(CassetteError, match="it was deleted"):
        writer.append(ITEMS[1:2])
    (tmp_path / "b.yaml").rename(path)

    writer.append(ITEMS[2:])
    writer.close()

    assert ["0", "2"] == _uris(path)


def test_a_file_that_lost_its_name_during_the_write_can_be_read_when_it_has_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was refused is in it then; what comes after has its number and no second header."""
    path, away = tmp_path / "a.yaml", tmp_path / "b.yaml"
    writer = _open(path)
    with monkeypatch.context() as patch:
        patch.setattr(f"{CassetteWriter.__module__}._sync", lambda _: path.rename(away))
        with pytest.raises(CassetteError, match="it was deleted"):
            writer.append(ITEMS[:1])
    away.rename(path)

    number = writer.append(ITEMS[1:2])
    writer.close()

    assert 2 == number
    assert ["0", "1"] == _uris(path)


def test_a_change_during_the_write_is_not_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is checked before the write and after it."""
    path = tmp_path / "a.yaml"
    writer = _open(path)
    writer.append(ITEMS[:1])
    monkeypatch.setattr(f"{CassetteWriter.__module__}._sync", lambda _: path.unlink())

    with pytest.raises(CassetteError, match="it was deleted"):
        writer.append(ITEMS[1:2])

    writer.close()
