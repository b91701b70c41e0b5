"""Importing NDJSON: what is taken, what is refused, and that nothing is left of a failure."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset import importing, lines
from glancetape_cassettes.imageset.image import complete, seconds_of, time_of
from glancetape_cassettes.imageset.importing import import_ndjson
from glancetape_cassettes.imageset.reading import ImageSet
from set_files import make_set, record, to_line, value_with_hash, write_ndjson

VARIED = [
    record(
        f"{number:036d}",
        created_at=f"2018-09-06T14:00:{number % 7:02d}Z",
        name=random.Random(number).choice(["a", "镜像", "", None]),
        tags=["x", "y"][: number % 3],
        **{f"__p{number % 5}": str(number % 11)},
    )
    for number in range(300)
]


def test_the_order_of_lines_makes_no_difference(tmp_path: Path) -> None:
    """The same images are the same bytes, so sets can be compared and cached by checksum."""
    shuffled = random.Random(1).sample(VARIED, len(VARIED))
    make_set(tmp_path / "a.images", VARIED)

    make_set(tmp_path / "b.images", shuffled)

    assert (tmp_path / "a.images").read_bytes() == (tmp_path / "b.images").read_bytes()


def test_every_image_is_found_by_its_id(tmp_path: Path) -> None:
    """At the position that default order gives it: created_at, then id, both descending."""
    make_set(tmp_path / "a.images", VARIED)
    ordered = sorted(VARIED, key=lambda one: (one["created_at"], one["id"]), reverse=True)

    with ImageSet(tmp_path / "a.images") as images:
        assert list(range(300)) == [images.position_of(one["id"]) for one in ordered]
        assert [one["id"] for one in ordered] == [images.id_at(number) for number in range(300)]
        assert [one["id"] for one in ordered] == [image["id"] for image in images]
        assert images.position_of("nope") is None
        assert images.position_of("\udcff") is None


def test_links_and_defaults_are_filled_in_behind_what_is_there() -> None:
    """As Glance's database would have them."""
    image = record("i")

    assert [] == complete(image)

    assert list(record("i")) == list(image)[:5]
    assert {
        **record("i"),
        "updated_at": "2018-09-06T14:03:27Z",
        "name": None,
        "checksum": None,
        "disk_format": None,
        "container_format": None,
        "size": None,
        "virtual_size": None,
        "min_disk": 0,
        "min_ram": 0,
        "protected": False,
        "tags": [],
        "self": "/v2/images/i",
        "file": "/v2/images/i/file",
        "schema": "/v2/schemas/image",
    } == image


def test_a_complete_record_is_shown_as_it_stands(tmp_path: Path) -> None:
    """Byte for byte, with the order of its keys."""
    image = record("i", zebra="1", name="镜 \u2028\U0001f600")
    complete(image)
    backwards = dict(reversed(image.items()))

    make_set(tmp_path / "a.images", [backwards])

    with ImageSet(tmp_path / "a.images") as images:
        compact = json.dumps(backwards, ensure_ascii=False, separators=(",", ":"))
        assert [compact.encode()] == images.bodies([0])


def test_members_are_never_shown(tmp_path: Path) -> None:
    """The API has a list of its own for them."""
    members = [{"member_id": "m" * 32, "status": "accepted"}]
    make_set(tmp_path / "a.images", [record("i", members=members), record("j", members=[])])

    with ImageSet(tmp_path / "a.images") as images:
        assert not any("members" in image for image in images)
        assert b"mmm" not in b"".join(images.bodies([0, 1]))


GOOD_FILES = {
    "blank lines": (b"\n  \n%s\n\t\r\n\n%s\n\n", 2),
    "CRLF": (b"%s\r\n%s\r\n", 2),
    "no newline at the end": (b"%s\n%s", 2),
    "nothing": (b"", 0),
    "only blank lines": (b"\n\n \n", 0),
}


@pytest.mark.parametrize(("form", "count"), GOOD_FILES.values(), ids=GOOD_FILES.keys())
def test_forms_of_ndjson(tmp_path: Path, form: bytes, count: int) -> None:
    """As editors and other systems write it."""
    source = tmp_path / "a.ndjson"
    lines = to_line(record("a")), to_line(record("b"))
    source.write_bytes(form % lines[:count])

    imported = import_ndjson(source, tmp_path / "a.images", {})

    assert (count, 0, ()) == (imported.images, imported.skipped, imported.first_skipped)
    with ImageSet(tmp_path / "a.images") as images:
        assert ["b", "a"][:count] == [image["id"] for image in images]


def _deep(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def _with(name: str, value: bytes) -> bytes:
    return b'{"%s": %s, %s' % (name.encode(), value, to_line(record("x"))[1:])


BAD_LINES: dict[str, tuple[bytes, str]] = {
    "byte order mark": (b"\xef\xbb\xbf" + to_line(record("x")), "not JSON: UTF-8 byte order mark"),
    "invalid UTF-8": (_with("name", b'"\xff"'), "not JSON: str is not valid UTF-8"),
    "half a surrogate": (_with("name", b'"\\ud800"'), "not JSON: "),
    "not JSON": (b"id: x", "not JSON: "),
    "cut off": (to_line(record("x"))[:-1], "not JSON: "),
    "two on a line": (to_line(record("x")) * 2, "not JSON: "),
    "NaN": (_with("size", b"NaN"), "not JSON: "),
    "far too deep": (_deep(3000), "not JSON: "),
    "a list": (b"[%s]" % to_line(record("x")), "not a JSON object"),
    "a number": (b"1", "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "deep in a text": (_with("name", _deep(1000)), "name is "),
    "deep locations": (_with("locations", _deep(300)), "locations is nested too deep"),
    "64 bits": (_with("size", b"9223372036854775808"), "does not fit in 64 bits"),
    "negative 64 bits": (_with("size", b"-9223372036854775809"), "size is -9.2"),
    "65 bits": (_with("size", b"18446744073709551616"), "not an integer or null"),
}
WRONG_TYPES: dict[str, tuple[Any, ...]] = {
    "id status visibility created_at updated_at self file schema": (1, True, None, ["a"], {}),
    "name checksum disk_format container_format owner": (1, 1.5, True, ["a"], {}),
    "os_hash_algo os_hash_value": (1, False, [], {}),
    "size virtual_size": ("1", 1.0, True, []),
    "min_disk min_ram": ("1", 1.0, True, None),
    "protected os_hidden": ("true", 1, None),
    "tags": ("a", None, {}, [1], [None], [["a"]], ["a", "b", "a"]),
    "members": ("a", None, {}, ["a"], [{}], [{"member_id": 1, "status": "pending"}]),
    "locations": ("a", None, {}),
    "__os_type os_admin_user": (1, 1.5, ["a"], {}),
}
BAD_LINES |= {
    f"{name} {value!r}": (to_line(record("x", **{name: value})), name.removesuffix("s"))
    for names, values in WRONG_TYPES.items()
    for name in names.split()
    for value in values
}
BAD_LINES |= {
    f"no {name}": (to_line(record("x", **{name: ...})), f"{name} is missing")
    for name in ("id", "status", "visibility", "owner", "created_at")
}
BAD_TIMES = (
    "", "now", "2018-09-06", "2018-09-06T14:03:27", "2018-09-06 14:03:27Z", "2018-09-06T14:03:27z",
    "2018-09-06t14:03:27Z", "2018-09-06T14:03:27+00:00", "2018-09-06T14:03:27.5Z",
    "2018-09-06T14:03:27ZZ", "2018-09-06T14:03:27Z\n", " 2018-09-06T14:03:27Z", "20180906T140327Z",
    "2018-9-6T14:03:27Z", "2018-02-29T00:00:00Z", "2018-13-01T00:00:00Z", "2018-00-01T00:00:00Z",
    "2018-01-32T00:00:00Z", "2018-01-01T24:00:00Z", "2018-01-01T29:00:00Z", "2018-01-01T00:60:00Z",
    "2018-01-01T00:00:60Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-001-01-01T00:00:00Z",
    "٢٠١٨-09-06T14:03:27Z", "2018-W36-4T14:03:27Z",
)  # fmt: skip
BAD_LINES |= {
    f"{name} {text!r}": (to_line(record("x", **{name: text})), f"{name} is ")
    for name in ("created_at", "updated_at")
    for text in BAD_TIMES
}
BAD_LINES |= {
    f"{name} {text!r}": (to_line(record("x", **{name: text})), f'{name} "{text}" is none of ')
    for name in ("status", "visibility")
    for text in ("", "ACTIVE", "Public", "all", "accepted")
}
BAD_LINES |= {
    f"members {members}": (to_line(record("x", members=members)), why)
    for members, why in (
        ([{"member_id": "m"}], "member status null is none of"),
        ([{"member_id": "m", "status": "all"}], 'member status "all" is none of'),
        ([{"member_id": "m", "status": ["pending"]}], "member status"),
        ([{"status": "pending"}], "has no member_id"),
        ([{"member_id": "m", "status": "pending"}] * 2, "a member is there twice"),
    )
}
BAD_LINES |= {
    "an empty id": (to_line(record("")), 'id "" has not 1 to 36 characters'),
    "a long id": (to_line(record("镜" * 37)), "has not 1 to 36 characters"),
    "a huge id": (to_line(record("x" * 100_000)), 'xxx... has not 1 to 36'),
}  # fmt: skip


@pytest.mark.parametrize(("line", "why"), BAD_LINES.values(), ids=map(ascii, BAD_LINES))
def test_a_bad_line_is_told_by_its_number(tmp_path: Path, line: bytes, why: str) -> None:
    """Nothing is left of the attempt, and a set that was there before stays as it was."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "b.images").write_bytes(b"as before")
    source = write_ndjson(tmp_path / "a.ndjson", [record("a"), b"", line, record("b")])

    for path, force in ((out / "a.images", False), (out / "b.images", True)):
        with pytest.raises(ImageSetError) as caught:
            import_ndjson(source, path, {}, force=force)
        message = str(caught.value)
        assert message.startswith(f"{source}, line 3: ")
        assert why in message
        assert len(message) < 500
        assert message.isprintable()

    assert ["b.images"] == os.listdir(out)
    assert b"as before" == (out / "b.images").read_bytes()


def test_an_id_that_is_there_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    """Also when the images are otherwise different."""
    with pytest.raises(ImageSetError, match=r'line 4: id "b" is that of line 2 too'):
        make_set(
            tmp_path / "a.images", [record("a"), record("b"), record("c"), record("b", size=1)]
        )

    assert ["a.ndjson"] == os.listdir(tmp_path)


def test_bad_lines_can_be_left_out(tmp_path: Path) -> None:
    """They are counted and the first few told; of an id that is there twice the first stays."""
    lines = [record("a"), record("a", size=5), b"nope", record("c"), *[b"[]"] * 7, record("c")]

    imported = make_set(tmp_path / "a.images", lines, skip_bad=True)

    assert (2, 10) == (imported.images, imported.skipped)
    assert [2, 3, 5, 6, 7] == [
        int(why.split(":")[0].removeprefix("line ")) for why in imported.first_skipped
    ]
    with ImageSet(tmp_path / "a.images") as images:
        assert [("c", None), ("a", None)] == [(image["id"], image["size"]) for image in images]


def test_nothing_is_written_over_without_force(tmp_path: Path) -> None:
    """With it the old set stays until the new one is whole."""
    out = tmp_path / "a.images"
    make_set(out, [record("a")])

    with pytest.raises(ImageSetError, match=r"a\.images exists; --force writes over it"):
        make_set(out, [record("b")])
    with ImageSet(out) as old:
        make_set(out, [record("b")], force=True)
        assert ["a"] == [image["id"] for image in old]

    with ImageSet(out) as images:
        assert ["b"] == [image["id"] for image in images]
    assert ["a.images", "a.ndjson"] == sorted(os.listdir(tmp_path))


def test_a_file_that_comes_up_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    """Two may import at once."""
    out = tmp_path / "a.images"

    with pytest.raises(ImageSetError, match="exists; --force"):
        make_set(out, [record("a")], progress=lambda *_: out.write_bytes(b"another's"))

    assert b"another's" == out.read_bytes()
    assert ["a.images", "a.ndjson"] == sorted(os.listdir(tmp_path))


def test_the_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    """A temporary file is its owner's alone, a set is for all."""
    old = os.umask(0o027)
    try:
        make_set(tmp_path / "a.images", [record("a")])
    finally:
        os.umask(old)

    assert 0o640 == (tmp_path / "a.images").stat().st_mode & 0o777


def _append(source: Path) -> None:
    with source.open("ab") as file:
        file.write(to_line(record("new")) + b"\n")


def _rename(source: Path) -> None:
    kept = source.stat()
    source.write_bytes(source.read_bytes().replace(b'"bbb"', b'"ccc"'))
    os.utime(source, ns=(kept.st_atime_ns, kept.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a line more": _append,
    "cut off": lambda source: os.truncate(source, 100),
    "empty": lambda source: source.write_bytes(b""),
    "other bytes of the same length and time": _rename,
    "touched": lambda source: os.utime(source, (0, 0)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_source_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    """It is read twice, and what was checked is what has to be written."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("aaa"), record("bbb")])

    def after_reading(step: str, done: int, total: int) -> None:
        if step == "reading" and done == total:
            change(source)

    with pytest.raises(ImageSetError, match="changed while it was read; import it again"):
        import_ndjson(source, tmp_path / "a.images", {}, progress=after_reading)

    assert ["a.ndjson"] == os.listdir(tmp_path)


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    """The sentence names the source."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    holder = os.open(tmp_path / "pipe", os.O_RDWR)  # so that opening it does not wait

    for name, why in (
        ("missing", "No such file"),
        ("folder", "is a folder"),
        ("pipe", "is no file: it could not be read twice"),
        ("x" * 300, "File name too long"),
    ):
        with pytest.raises(ImageSetError, match=f"{name}.*{why}"):
            import_ndjson(tmp_path / name, tmp_path / "a.images", {})

    os.close(holder)
    assert ["folder", "pipe"] == sorted(os.listdir(tmp_path))


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    """The sentence names the file asked for, not the one beside it."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])
    (tmp_path / "folder").mkdir()

    for name, why in (
        ("missing/a.images", "cannot be written: No such file or directory"),
        ("a.ndjson/a.images", "cannot be written: Not a directory"),
        ("folder", "is a folder"),
        ("x" * 300, "cannot be written: File name too long"),
    ):
        with pytest.raises(ImageSetError, match=f"{name} {why}"):
            import_ndjson(source, tmp_path / name, {}, force=True)

    assert ["a.ndjson", "folder"] == sorted(os.listdir(tmp_path))


def test_progress_goes_from_nothing_to_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First through the bytes of the file, then through its images, then its indexes."""
    monkeypatch.setattr(importing, "BLOCK", 100)
    heard: list[tuple[str, int, int]] = []

    make_set(tmp_path / "a.images", VARIED, progress=lambda *what: heard.append(what))

    size = (tmp_path / "a.ndjson").stat().st_size
    reading = [done for step, done, total in heard if (step, total) == ("reading", size)]
    writing = [done for step, done, total in heard if (step, total) == ("writing", 300)]
    assert size == reading[-1]
    assert sorted(reading) == reading
    assert [100, 200, 300] == writing
    assert {"values", "orders"} < {step for step, _, _ in heard}


def test_the_home_project_is_the_busiest_unless_told(tmp_path: Path) -> None:
    """Public images count for nobody: all regions have the cloud's own."""
    records = [record(f"p{number}", owner="cloud") for number in range(5)] + [
        record("a", owner="me", visibility="private"),
        record("b", owner="me", visibility="shared"),
        record("c", owner="you", visibility="private"),
    ]
    source = write_ndjson(tmp_path / "a.ndjson", records)
    import_ndjson(source, tmp_path / "a.images", {})
    import_ndjson(source, tmp_path / "b.images", {"home_project": "you", "dialect": "ims"})

    for name, home, dialect in (("a.images", "me", "glance"), ("b.images", "you", "ims")):
        with ImageSet(tmp_path / name) as images:
            assert (home, dialect) == (images.about["home_project"], images.about["dialect"])


def test_an_image_many_of_whose_values_share_one_hash(tmp_path: Path) -> None:
    """The hash runs over name and value as one text, so this is easily made."""
    text = "abcdefghij" * 7
    twins = {text[:cut]: text[cut:] for cut in range(10, 70)}

    make_set(tmp_path / "a.images", [record("a", **twins), record("b")])

    with ImageSet(tmp_path / "a.images") as images:
        assert all([1] == list(images.having(name, value)) for name, value in twins.items())
        assert not images.having(text[:40], text[41:])


def test_the_highest_hash_is_found(tmp_path: Path) -> None:
    """What is above it fits in no integer of SQLite."""
    value = value_with_hash("name", (1 << 31) - 1, 40)
    make_set(tmp_path / "a.images", [record("a", name=value)])

    with ImageSet(tmp_path / "a.images") as images:
        assert [0] == list(images.having("name", value))
        assert not images.having("name", value_with_hash("name", (1 << 31) - 1, 44))


YEARS = """
    0001-01-01T00:00:00Z 0999-12-31T23:59:59Z 1969-12-31T23:59:59Z 2024-02-29T12:00:00Z
    9999-12-31T23:59:59Z
""".split()


@pytest.mark.parametrize("text", YEARS)
def test_times_are_written_as_they_were_read(text: str) -> None:
    """Over the whole of the calendar."""
    assert text == time_of(seconds_of("created_at", text))


def test_a_list_answer_is_told_from_lines(tmp_path: Path) -> None:
    """It is the likeliest mistake, so the message says what makes lines of it."""
    for page in ('{"images": [], "first": "/v2/images"}', '{\n  "images": []\n}', '[{"id": "a"}]'):
        source = tmp_path / "page.json"
        source.write_text(page)

        with pytest.raises(ImageSetError, match=r"line 1: .*jq -c '\.images\[\]'` makes that"):
            import_ndjson(source, tmp_path / "a.images", {})


def test_a_file_without_any_good_line_makes_no_set(tmp_path: Path) -> None:
    """Leaving all lines out is a mistake about the file, not about the lines."""
    source = write_ndjson(tmp_path / "a.ndjson", [b"{", b"["])

    with pytest.raises(ImageSetError, match="has no image: line 1: not JSON"):
        import_ndjson(source, tmp_path / "a.images", {}, skip_bad=True)

    assert not (tmp_path / "a.images").exists()


def test_a_database_is_told_from_lines(tmp_path: Path) -> None:
    """Such as a set that was made before."""
    make_set(tmp_path / "a.images", [record("a")])

    with pytest.raises(ImageSetError, match="is a SQLite database; NDJSON is wanted"):
        import_ndjson(tmp_path / "a.images", tmp_path / "b.images", {})


def test_only_files_are_written_over(tmp_path: Path) -> None:
    """A device or a pipe stays what it is, whatever is forced."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ImageSetError, match="pipe is no file"):
        import_ndjson(source, tmp_path / "pipe", {}, force=True)

    assert (tmp_path / "pipe").is_fifo()


def test_a_line_that_goes_on_and_on_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read to its end."""
    monkeypatch.setattr(lines, "LONGEST", 1000)
    monkeypatch.setattr(lines, "PART", 100)
    source = write_ndjson(tmp_path / "a.ndjson", [record("a", name="x" * 3000)])

    with pytest.raises(ImageSetError, match=r"has a line of over .* one image a line is wanted"):
        import_ndjson(source, tmp_path / "a.images", {})


def test_a_file_that_got_shorter_is_refused(tmp_path: Path) -> None:
    """Its parts cannot be cut."""
    source = write_ndjson(tmp_path / "a.ndjson", [record("a")])

    with pytest.raises(ImageSetError, match="changed while it was read"):
        lines.parts_of(source, source.stat().st_size + 1000)
