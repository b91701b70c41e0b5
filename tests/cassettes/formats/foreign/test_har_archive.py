"""Archives of Playwright: a HAR file, and the bodies that it names beside it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.foreign import har_archive
from glancetape_cassettes.formats.foreign.foreign_entries import Entry, LeftOut
from glancetape_cassettes.formats.foreign.har import HAR
from glancetape_cassettes.formats.foreign.har_archive import HAR_ARCHIVE
from glancetape_cassettes.formats.foreign.recognising import recognise
from support.drawn.examples import examples
from support.foreign.har_files import entry, har, write_har

PAGE = b'{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}'
BODY = "6f1e0cf1a9d2c7e5d1b0ab1c7dd3d6ad1a3f5c6f.json"


def attached(name: Any = BODY, size: int = len(PAGE), **more: Any) -> dict[str, Any]:
    """An entry whose body is in a file, as Playwright writes it."""
    return entry(text=None, content={"size": size, "_file": name}, **more)


def archive(path: Path, files: dict[str, bytes], **how: Any) -> Path:
    with zipfile.ZipFile(path, "w", **how) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def har_of(*entries: Any) -> bytes:
    return json.dumps(har(entries)).encode()


def read(path: Path) -> list[Entry | LeftOut]:
    assert HAR_ARCHIVE is recognise(path)
    assert HAR_ARCHIVE.read is not None
    return list(HAR_ARCHIVE.read(path, None))


@pytest.mark.parametrize("folder", ["", "session/", "a/b.har.d/"])
@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_an_archive_is_read_as_its_files_are_beside_each_other(
    tmp_path: Path, folder: str, method: int
) -> None:
    """In a folder or not, in the form of any tool that makes archives."""
    posted = {"mimeType": "application/json", "text": "", "_file": "2f.json"}
    login = {"method": "POST", "url": "http://glance:9292/v3/auth/tokens", "postData": posted}
    entries = [attached(), entry(), attached("2f.json", 2, request=login), attached("none.json")]
    bodies = {BODY: PAGE, "2f.json": b"{}"}
    for name, content in bodies.items():
        (tmp_path / name).write_bytes(content)
    assert HAR.read is not None
    beside = list(HAR.read(write_har(tmp_path / "a.har", entries), None))

    files = {f"{folder}har.har": har_of(*entries)} | {
        f"{folder}{name}": content for name, content in bodies.items()
    }
    extra = {"__MACOSX/._har.har": b"x", f"{folder}._har.har": b"x"}
    found = read(archive(tmp_path / "a.zip", files | extra, compression=method))

    assert beside == found
    assert PAGE == next(one.interaction.response.body for one in found if isinstance(one, Entry))


def test_an_archive_is_replayed(tmp_path: Path) -> None:
    """As a HAR file is."""
    path = archive(tmp_path / "a.zip", {BODY: PAGE, "har.har": har_of(attached())})

    assert PAGE == load_cassette(path).interaction(0).response.body


def test_what_is_not_beside_the_har_file_is_left_out(tmp_path: Path) -> None:
    """A name leads nowhere else, neither in the archive nor on the disk."""
    (tmp_path / "a.json").write_bytes(PAGE)
    names = ["../a.json", "/etc/passwd", "s/../b.json", "b.json", "none", "", "x\0", "..", "dir"]
    files = {"s/har.har": har_of(*map(attached, names)), "b.json": PAGE, "../a.json": PAGE}
    path = archive(tmp_path / "a.zip", files | {"s/../b.json": PAGE, "s/dir/": b""})

    found = read(path)

    assert len(names) == len(found)
    assert not [one for one in found if isinstance(one, Entry)]


def test_two_files_of_one_name_are_no_body(tmp_path: Path) -> None:
    """Which of them it was, nothing shows."""
    path = archive(tmp_path / "a.zip", {"har.har": har_of(attached(), entry()), BODY: PAGE})
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr(BODY, b"{}")

    assert [LeftOut, Entry] == list(map(type, read(path)))


def test_a_damaged_body_is_bad_and_not_the_whole_file(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {BODY: PAGE, "har.har": har_of(attached(), entry())})
    path.write_bytes(path.read_bytes().replace(PAGE, PAGE[:-2] + b" }", 1))

    bad, whole = read(path)

    assert isinstance(bad, LeftOut)
    assert bad.is_bad
    assert isinstance(whole, Entry)


def test_what_is_decompressed_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each body, and all of the archive; a body that is named often is decompressed once."""
    monkeypatch.setattr(har_archive, "MOST_DECODED_IN_ALL", 5 << 20)
    monkeypatch.setattr(har_archive, "MOST_DECODED", 2 << 20)
    spaces = {name: b" " * (size << 20) for name, size in (("1", 1), ("2", 2), ("3", 3))}
    how: dict[str, Any] = {"compression": zipfile.ZIP_DEFLATED}

    often = archive(
        tmp_path / "a.zip", {"har.har": har_of(*[attached("1", 1 << 30)] * 20)} | spaces, **how
    )
    large = archive(tmp_path / "b.zip", {"har.har": har_of(attached("3"))} | spaces, **how)
    many = {f"{number}": spaces["2"] for number in range(3)}
    in_all = archive(
        tmp_path / "c.zip", {"har.har": har_of(*(attached(one) for one in many))} | many, **how
    )
    file = archive(tmp_path / "d.zip", {"har.har": har_of() + b" " * (6 << 20)}, **how)

    assert 20 == len(read(often))
    assert ["the body of the answer is larger than"] == [
        one.reason[:37] for one in read(large) if isinstance(one, LeftOut)
    ]
    for path in (in_all, file):
        with pytest.raises(CassetteError, match=rf"{path.name}: a ZIP .* more than 5 MiB"):
            read(path)


REFUSED = {
    "no HAR file": {"a.txt": b""},
    "two HAR files": {"a.har": har_of(entry()), "b.har": har_of(entry())},
    "nothing": {},
}


@pytest.mark.parametrize("files", REFUSED.values(), ids=REFUSED)
def test_an_archive_without_one_har_file_is_refused(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    """It names the archive, and what to do."""
    path = archive(tmp_path / "a.zip", files)

    with pytest.raises(CassetteError, match=r"a\.zip: "):
        recognise(path)
    with pytest.raises(CassetteError, match=r"a\.zip: "):
        load_cassette(path)


WHOLE = {"har.har": har_of(attached(), entry()), BODY: PAGE}


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = tmp_path_factory.mktemp("archives") / "a.zip"
    content = archive(path, WHOLE, compression=zipfile.ZIP_DEFLATED).read_bytes()
    return path, content


@st.composite
def _damages(draw: st.DrawFn) -> tuple[int, int, bytes]:
    return draw(st.integers(0, 900)), draw(st.integers(0, 4)), draw(st.binary(max_size=4))


@examples(150)
@given(st.lists(_damages(), min_size=1, max_size=3), st.one_of(st.none(), st.integers(1, 900)))
def test_a_damaged_archive_is_refused_or_left_out(
    whole: tuple[Path, bytes], damages: list[tuple[int, int, bytes]], end: int | None
) -> None:
    """In a sentence with its name; no answer is another than that which was saved."""
    path, content = whole
    for place, length, instead in damages:
        content = content[:place] + instead + content[place + length :]
    path.write_bytes(content[:end] or b"P")

    said, found = _read_any(path)
    assert "a.zip" in said
    assert {PAGE} >= {one.interaction.response.body for one in found if isinstance(one, Entry)}


def _read_any(path: Path) -> tuple[str, list[Entry | LeftOut]]:
    """Why a file is refused, or its name and its entries."""
    try:
        found = recognise(path)
        assert found.read is not None
        return path.name, list(found.read(path, None)) if found is HAR_ARCHIVE else []
    except CassetteError as error:
        return str(error), []


METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflated": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}


@pytest.mark.parametrize("name", METHODS)
def test_an_archive_with_a_changed_or_missing_byte_is_refused(tmp_path: Path, name: str) -> None:
    """However it is packed: each library has errors of its own."""
    whole = archive(tmp_path / "whole.zip", WHOLE, compression=METHODS[name]).read_bytes()
    path = tmp_path / "a.zip"

    for place in range(4, len(whole), 13):
        for damaged in (
            whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :],
            whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :],
            whole[:place] + whole[place + 1 :],
        ):
            path.write_bytes(damaged)
            said, found = _read_any(path)
            assert "a.zip" in said
            assert {PAGE} >= {
                one.interaction.response.body for one in found if isinstance(one, Entry)
            }
