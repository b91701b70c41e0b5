"""Record mode `all`: the newer recording replaces the older one."""

import errno
import os
from pathlib import Path

import pytest

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.writing.replace_older import drop_superseded
from support.clouds.recorded import get, ok, write_cassette


def _recorded_twice(path: Path) -> Path:
    first = (get("/v2/images?limit=1"), ok(b'{"n": 1}'))
    other = (get("/v2/images?limit=2"), ok(b'{"n": 2}'))
    again = (get("/v2/images?limit=1"), ok(b'{"n": 3}'))
    return write_cassette(path, [first, other, again])


def _bodies(path: Path) -> list[bytes]:
    cassette = load_cassette(path)
    return [cassette.interaction(index).response.body for index in range(len(cassette))]


def test_a_newer_recording_replaces_the_older_one_and_the_rest_stays(tmp_path: Path) -> None:
    path = _recorded_twice(tmp_path / "a.yaml")

    assert 1 == drop_superseded(path, 2)

    assert [b'{"n": 2}', b'{"n": 3}'] == _bodies(path)
    assert ["a.yaml"] == os.listdir(tmp_path)


def test_a_link_stays_a_link_and_the_mode_of_the_file_stays(tmp_path: Path) -> None:
    real = _recorded_twice(tmp_path / "real.yaml")
    real.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to("real.yaml")

    drop_superseded(link, 2)

    assert link.is_symlink()
    assert [b'{"n": 2}', b'{"n": 3}'] == _bodies(real)
    assert 0o640 == real.stat().st_mode & 0o777


def test_nothing_is_replaced_when_an_older_item_cannot_be_read(tmp_path: Path) -> None:
    path = _recorded_twice(tmp_path / "a.yaml")
    broken = path.read_text().replace("    method: GET\n", "    method: [GET\n", 1)
    path.write_text(broken)

    with pytest.raises(CassetteError, match=r"a\.yaml, line \d+: not a cassette"):
        drop_superseded(path, 2)

    assert broken == path.read_text()


def test_a_cassette_with_the_longest_name_is_replaced_too(tmp_path: Path) -> None:
    """The name of the new file beside it is longer, so it has only the beginning."""
    path = _recorded_twice(tmp_path / f"{'a' * 250}.yaml")
    before = path.read_bytes()

    drop_superseded(path, 2)

    assert len(before) > path.stat().st_size
    assert [path.name] == os.listdir(tmp_path)


def test_nothing_is_replaced_when_the_new_file_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _recorded_twice(tmp_path / "a.yaml")
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(CassetteError, match=r"a\.yaml cannot be written: Disk quota exceeded"):
        drop_superseded(path, 2)

    assert before == path.read_bytes()
    assert [path.name] == os.listdir(tmp_path)


NEW, AN_HOUR_BEFORE, OLD = "2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z", "2026-03-01T10:00:00Z"


@pytest.mark.parametrize(
    ("older", "is_changed", "dates"),
    [
        (OLD, False, [OLD, OLD, OLD]),
        (OLD, True, [NEW, NEW, OLD]),
        (AN_HOUR_BEFORE, True, [NEW, AN_HOUR_BEFORE, AN_HOUR_BEFORE]),
    ],
)
def test_a_list_that_has_changed_gives_older_lists_their_new_dates(
    tmp_path: Path, older: str, is_changed: bool, dates: list[str]
) -> None:
    """Its pages would be hours apart otherwise, and no walk; what is no list keeps its date."""
    pages = [
        (get("/v2/images?limit=1"), ok(b'{"n": 1}')),
        (get("/v2/images?limit=1&marker=a"), ok(b'{"n": 2}')),
        (get("/v2/schemas/images"), ok(b"{}")),
    ]
    changed = [(pages[0][0], ok(b'{"n": 3}')), *pages[1:]] if is_changed else pages
    path = write_cassette(tmp_path / "a.yaml", [*pages, *changed])
    path.write_text(path.read_text().replace(NEW, older, 3))

    assert 3 == drop_superseded(path, 3)

    cassette = load_cassette(path)
    assert dates == [cassette.recorded_at(index) for index in range(len(cassette))]


def test_dates_that_are_hours_apart_are_renewed_though_nothing_has_changed(tmp_path: Path) -> None:
    """Recording again is what a miss says to do about such a walk."""
    pages = [
        (get("/v2/images?limit=1"), ok(b'{"n": 1}')),
        (get("/v2/images?limit=1&marker=a"), ok(b'{"n": 2}')),
    ]
    path = write_cassette(tmp_path / "a.yaml", [*pages, *pages])
    path.write_text(path.read_text().replace(NEW, OLD, 1))

    assert 2 == drop_superseded(path, 2)

    cassette = load_cassette(path)
    assert [NEW, NEW] == [cassette.recorded_at(index) for index in range(len(cassette))]
