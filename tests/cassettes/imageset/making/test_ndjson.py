"""Importing NDJSON line by line: good lines are read, bad ones named by number or skipped."""

import json
import os
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glancetape_cassettes.errors import ImageSetError
from glancetape_cassettes.imageset.image_fields import BadImage, check
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making import ndjson
from glancetape_cassettes.imageset.making.importing import import_ndjson
from support.sets.set_files import make_set, record, to_line, write_ndjson

GOOD_FILES = {
    "blank lines": (b"\n  \n%s\n\t\r\n\n%s\n\n", 2),
    "CRLF": (b"%s\r\n%s\r\n", 2),
    "no newline at the end": (b"%s\n%s", 2),
    "a byte order mark": (b"\xef\xbb\xbf%s\r\n%s\r\n", 2),
    "a byte order mark and a blank line": (b"\xef\xbb\xbf\n%s\n%s", 2),
    "nothing": (b"", 0),
    "only a byte order mark": (b"\xef\xbb\xbf", 0),
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
    "byte order mark": (b"\xef\xbb\xbf" + to_line(record("x")), "not JSON: it begins with a byte"),
    "UTF-16": (b"\xff\xfe{\0", "not JSON: it is UTF-16; save the file as UTF-8"),
    "invalid UTF-8": (_with("name", b'"\xff"'), "not JSON: it is not UTF-8"),
    "half a surrogate": (_with("name", b'"\\ud800"'), "not JSON: "),
    "not JSON": (b"id: x", "not JSON: "),
    "cut off": (to_line(record("x"))[:-1], "not JSON: "),
    "two on a line": (to_line(record("x")) * 2, "not JSON: "),
    "NaN": (_with("size", b"NaN"), "not JSON: "),
    "far too deep": (_deep(3000), "not JSON: "),
    "a list": (b"[%s]" % to_line(record("x")), "not a JSON object"),
    "a number": (b"1", "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "a page of a list": (b'{"images": []}', "not a JSON object with an image"),
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
    f"{name} {text!r}": (to_line(record("x", **{name: text})), f'{name} "{text}" is not one of ')
    for name in ("status", "visibility")
    for text in ("", "ACTIVE", "Public", "all", "accepted")
}
BAD_LINES |= {
    f"members {members}": (to_line(record("x", members=members)), why)
    for members, why in (
        ([{"member_id": "m"}], "member status null is not one of"),
        ([{"member_id": "m", "status": "all"}], 'member status "all" is not one of'),
        ([{"member_id": "m", "status": ["pending"]}], "member status"),
        ([{"status": "pending"}], "has no member_id"),
        ([{"member_id": "m", "status": "pending"}] * 2, "a member is repeated"),
    )
}
BAD_LINES |= {
    "an empty id": (to_line(record("")), 'id "" must have 1 to 36 characters'),
    "a long id": (to_line(record("镜" * 37)), "must have 1 to 36 characters"),
    "a huge id": (to_line(record("x" * 100_000)), 'xxx... must have 1 to 36'),
}  # fmt: skip


@pytest.mark.parametrize(("line", "why"), BAD_LINES.values(), ids=map(ascii, BAD_LINES))
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: bytes, why: str) -> None:
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


def test_a_repeated_id_is_reported_with_both_lines(tmp_path: Path) -> None:
    """Also when the images are otherwise different."""
    with pytest.raises(ImageSetError, match=r'line 4: id "b" is that of line 2 too'):
        make_set(
            tmp_path / "a.images", [record("a"), record("b"), record("c"), record("b", size=1)]
        )

    assert ["a.ndjson"] == os.listdir(tmp_path)


def test_bad_lines_can_be_left_out(tmp_path: Path) -> None:
    """They are counted and the first few shown; the first line with a repeated id stays."""
    lines = [record("a"), record("a", size=5), b"nope", record("c"), *[b"[]"] * 7, record("c")]

    imported = make_set(tmp_path / "a.images", lines, skip_bad=True)

    assert (2, 10) == (imported.images, imported.skipped)
    assert [2, 3, 5, 6, 7] == [
        int(why.split(":")[0].removeprefix("line ")) for why in imported.first_skipped
    ]
    with ImageSet(tmp_path / "a.images") as images:
        assert [("c", None), ("a", None)] == [(image["id"], image["size"]) for image in images]


def test_a_list_answer_is_not_read_as_lines(tmp_path: Path) -> None:
    """It is the likeliest mistake, so the message says what makes lines of it."""
    for page in ('{"images": [], "first": "/v2/images"}', '{\n  "images": []\n}', '[{"id": "a"}]'):
        source = tmp_path / "page.json"
        source.write_text(page)

        with pytest.raises(ImageSetError, match=r"line 1: .*jq -c '\.images\[\]'` does that"):
            import_ndjson(source, tmp_path / "a.images", {})


def test_a_file_without_any_good_line_makes_no_set(tmp_path: Path) -> None:
    """Leaving all lines out is a mistake about the file, not about the lines."""
    source = write_ndjson(tmp_path / "a.ndjson", [b"{", b"["])

    with pytest.raises(ImageSetError, match="has no image: line 1: not JSON"):
        import_ndjson(source, tmp_path / "a.images", {}, skip_bad=True)

    assert not (tmp_path / "a.images").exists()


def test_a_line_that_goes_on_and_on_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read to its end."""
    monkeypatch.setattr(ndjson, "LONGEST", 1000)
    monkeypatch.setattr(ndjson, "PART", 100)
    source = write_ndjson(tmp_path / "a.ndjson", [record("a", name="x" * 3000)])

    with pytest.raises(ImageSetError, match=r"has a line of over .* write one image per line"):
        import_ndjson(source, tmp_path / "a.images", {})


Pairs = list[tuple[str, Any]]
SIGNS = '":{}[],\\ \ta'


def test_names_of_a_hostile_file_are_not_kept() -> None:
    """What is remembered for images with the same names is small."""
    long: dict[str, str] = {}
    tracemalloc.start()
    try:
        for number in range(20):
            long = {f"{number} {other} {'x' * 100}": "" for other in range(5000)}
            check(record("x") | long)
        long.clear()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 2 << 20  # the names of one of these images take 0.7 MB


def _text(roll: Random) -> str:
    return "".join(roll.choices(SIGNS, k=roll.randrange(8)))


def _pairs(roll: Random, depth: int) -> Pairs:
    """Return an object's names and values, where a name may be there twice."""
    names = [_text(roll) for _ in range(roll.randrange(1, 4))]
    return [(name, _pairs(roll, depth - 1) if depth else roll.randrange(9)) for name in names]


def _image(roll: Random) -> Pairs:
    image: Pairs = [*record("x", name=_text(roll), tags=[*{_text(roll), _text(roll)}]).items()]
    if roll.random() < 0.5:
        member = {"member_id": _text(roll), "status": "pending"}
        image.append(("members", [[*member.items(), *_pairs(roll, 0)]]))
    if roll.random() < 0.5:
        image.append(("locations", [_pairs(roll, 2)]))
    image += [(f"p{_text(roll)}", _text(roll)) for _ in range(roll.randrange(4))]
    for _ in range(roll.choice((0, 0, 1, 2))):
        image.insert(roll.randrange(len(image)), roll.choice(image))
    return image


def _written(roll: Random, value: Any) -> str:
    """Return JSON of what `_image` makes, where pairs are an object, with space here and there."""

    def spaced(sign: str) -> str:
        left, right = (roll.choice(("", "", "", " ", "\t")) for _ in range(2))
        return f"{left}{sign}{right}"

    def text(one: str) -> str:
        return json.dumps(one).replace("a", roll.choice(("a", "\\u0061")))

    if not isinstance(value, list):
        return text(value) if isinstance(value, str) else json.dumps(value)
    if value and not isinstance(value[0], tuple):
        return "[" + spaced(",").join(_written(roll, one) for one in value) + "]"
    pairs = (f"{text(name)}{spaced(':')}{_written(roll, one)}" for name, one in value)
    return "{" + spaced(",").join(pairs) + "}"


def _has_one_twice(value: Any) -> bool:
    if not isinstance(value, list):
        return False
    if value and isinstance(value[0], tuple):
        names = [name for name, _ in value]
        return len({*names}) < len(names) or any(_has_one_twice(one) for _, one in value)
    return any(map(_has_one_twice, value))


@given(st.randoms(use_true_random=False))
def test_a_line_is_refused_exactly_if_it_has_a_name_twice(roll: Random) -> None:
    """At any depth, however names and signs are written; one of the values would be lost."""
    image = _image(roll)
    line = _written(roll, image).encode()
    if not _has_one_twice(image):
        assert "x" == ndjson.image_of(line)[0]["id"]
        return

    with pytest.raises(BadImage, match=r"is twice in one mapping|is repeated"):
        ndjson.image_of(line)


def test_a_name_that_is_there_twice_stops_the_import_with_its_line(tmp_path: Path) -> None:
    twice = _with("visibility", b'"private"')

    with pytest.raises(ImageSetError, match=r"line 2: the key 'visibility' is twice in one map"):
        make_set(tmp_path / "a.images", [record("a"), twice])

    assert 1 == make_set(tmp_path / "a.images", [record("a"), twice], skip_bad=True).skipped
