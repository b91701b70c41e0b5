"""Several cassettes as one: what they answer together, the merged one answers alike."""

import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.editing.joining import merge
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction, Request, Response, mark_of
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import derive, find
from support.clouds.histories import histories, write
from support.clouds.recorded import PROJECT_A, get, ok
from support.drawn.examples import examples

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
FIRST = datetime.fromisoformat("2026-11-23T10:00:00+00:00")
LIST = "/v2/images?limit="
DELETE = Request("DELETE", "http://glance:9292/v2/images/1", (PROJECT_A,))


def at(second: int | None) -> str:
    """A date, or none."""
    if second is None:
        return ""
    return (FIRST + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")


def page(number: int, second: int | None, body: bytes = b'{"images": []}') -> Interaction:
    """A recorded list that is known by its limit."""
    return Interaction(get(f"{LIST}{number}", PROJECT_A), ok(body), at(second))


def with_date(one: Interaction) -> Interaction:
    """The same with the cloud's date, which shows that its recorder's clock was right."""
    assert one.recorded_at is not None
    date = format_datetime(datetime.fromisoformat(one.recorded_at), usegmt=True)
    headers = (*one.response.headers, ("Date", date))
    return replace(one, response=replace(one.response, headers=headers))


def deleted(second: int | None) -> Interaction:
    """A recorded change."""
    return Interaction(DELETE, Response(204, "No Content"), at(second))


def order(folder: Path, *files: list[Interaction]) -> list[str]:
    """The limits and methods of a merge of these files, in its order."""
    folder = Path(tempfile.mkdtemp(dir=folder))
    paths = [write(folder / f"{name}.yaml", one) for name, one in zip("abc", files, strict=False)]
    merged = folder / "merged.yaml"
    merged.write_bytes(b"".join(merge(paths).parts))
    cassette = load_cassette(merged)
    asked = [cassette.request(index) for index in range(len(cassette))]
    return [one.uri.partition("limit=")[2] or one.method for one in asked]


def test_interactions_are_in_the_order_of_time(tmp_path: Path) -> None:
    """Whichever file is named first."""
    one, two = [page(1, 0), page(2, 5), page(3, 6)], [page(4, 3), page(5, 9)]

    assert ["1", "4", "2", "3", "5"] == order(tmp_path, one, two)
    assert ["1", "4", "2", "3", "5"] == order(tmp_path, two, one)


def test_three_files_are_one(tmp_path: Path) -> None:
    files = [page(1, 1), page(4, 4)], [page(2, 2)], [page(0, 0), page(3, 3)]

    assert ["0", "1", "2", "3", "4"] == order(tmp_path, *files)


def test_what_has_no_date_keeps_its_place_in_its_file(tmp_path: Path) -> None:
    """It was recorded between those around it."""
    one, two = [page(1, 0), page(2, None), page(3, 6)], [page(4, 3), page(5, 9)]

    assert ["1", "2", "4", "3", "5"] == order(tmp_path, one, two)


def test_files_without_dates_come_in_the_order_of_their_names_on_the_command_line(
    tmp_path: Path,
) -> None:
    one, two = [page(1, None), page(2, None)], [page(3, None)]

    assert ["1", "2", "3"] == order(tmp_path, one, two)
    assert ["3", "1", "2"] == order(tmp_path, two, one)


def test_an_older_date_that_was_kept_does_not_move_an_interaction(tmp_path: Path) -> None:
    """Record mode `all` keeps what has not changed, at its new place."""
    one = [with_date(one) for one in (page(1, 10), page(2, 0), page(3, 20))]
    two = [with_date(one) for one in (page(4, 5), page(5, 30))]

    assert ["4", "1", "2", "3", "5"] == order(tmp_path, one, two)


def test_what_is_in_both_files_is_there_once(tmp_path: Path) -> None:
    """Byte for byte; the second time in one file is the second time in the other."""
    one, two = [page(1, 0), page(1, 0), page(2, 5)], [page(1, 0), page(1, 0), page(3, 7)]

    assert ["1", "1", "2", "3"] == order(tmp_path, one, two)
    assert ["1", "2"] == order(tmp_path, [page(1, 0)], [page(1, 0), page(2, 0)])


UNKNOWN = {
    "a change and a list of the same second": ([deleted(3)], [page(1, 3)]),
    "a list without a date": ([deleted(3)], [page(1, None)]),
    "a change without a date": ([deleted(None)], [page(1, 3)]),
    "two changes of the same second": (
        [deleted(3)],
        [replace(deleted(3), request=replace(DELETE, body=b"x"))],
    ),
    "a mark and a list of the same second": (
        [mark_of(Request("POST", "http://cinder:8776/v3/p/volumes/1/action"), at(3))],
        [page(1, 3)],
    ),
    "two answers to one question": ([page(1, 3)], [page(1, 3, b'{"images": [{"id": "x"}]}')]),
    "an image that differs": (
        [page(1, 3, b'{"images": [{"id": "x", "name": "a"}]}')],
        [page(2, 3, b'{"images": [{"id": "x", "name": "b"}]}')],
    ),
    "an image that is gone in one": (
        [page(1, 3, b'{"images": [{"id": "x", "name": "a"}]}')],
        [Interaction(get("/v2/images/x", PROJECT_A), Response(404, "Not Found", (), b""), at(3))],
    ),
    "an image for which a change was refused": (
        [page(1, 3, b'{"images": [{"id": "1", "name": "a"}]}')],
        [Interaction(DELETE, Response(404, "Not Found", (), b""), at(3))],
    ),
    "an image that is no marker": (
        [page(1, 3, b'{"images": [{"id": "x", "name": "a"}]}')],
        [
            Interaction(
                get(f"{LIST}2&marker=x", PROJECT_A), Response(400, "Bad Request", (), b""), at(3)
            )
        ],
    ),
    "an image that another list lacks": (
        [page(9, 3, b'{"images": [{"id": "x", "name": "a"}]}')],
        [page(8, 3)],
    ),
    "another order in another file": ([page(1, 0), page(2, 0)], [page(2, 0), page(1, 0)]),
}


@pytest.mark.parametrize(("one", "two"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_order_that_matters_is_not_guessed(
    one: list[Interaction], two: list[Interaction], tmp_path: Path
) -> None:
    """The message names both interactions."""
    for files in ((one, two), (two, one)):
        with pytest.raises(CassetteError, match=r"[ab]\.yaml #1.*[ab]\.yaml #[12]"):
            order(tmp_path, *files)


def test_a_change_between_does_no_harm(tmp_path: Path) -> None:
    """Its second is another one; a version document may have the same."""
    versions = Interaction(get("/"), ok(b'{"versions": []}'), at(3))

    assert ["1", "DELETE", "2"] == order(tmp_path, [page(1, 2), page(2, 4)], [deleted(3)])
    assert ["DELETE", "GET"] == order(tmp_path, [deleted(3)], [versions])


def keyed(path: Path, redaction: Redaction, second: int) -> Path:
    """A cassette that is redacted in some way."""
    writer = CassetteWriter(path, "glancetape tests", redaction)
    one = page(second, second)
    writer.append([emit(one, to_readable(b""), to_readable(one.response.body))])
    writer.close()
    return path


@pytest.mark.parametrize(
    ("one", "two", "is_merged"),
    [
        (Redaction("0" * 12), Redaction("0" * 12), True),
        (Redaction("0" * 12), Redaction("1" * 12), False),
        (Redaction("0" * 12, True), Redaction("1" * 12, True), True),
        (Redaction("0" * 12), Redaction("0" * 12, True), False),
        (Redaction("0" * 12, False, ("x",)), Redaction("0" * 12), False),
    ],
)
def test_only_what_can_be_compared_is_merged(
    one: Redaction, two: Redaction, is_merged: bool, tmp_path: Path
) -> None:
    """With two keys the same project would have two names."""
    paths = [keyed(tmp_path / "a.yaml", one, 1), keyed(tmp_path / "b.yaml", two, 2)]

    if is_merged:
        assert 2 == len(merge(paths).items)
    else:
        with pytest.raises(CassetteError, match="Replay both instead"):
            merge(paths)


def test_text_stays_as_it_is(tmp_path: Path) -> None:
    """Comments, edited lines, and the header of the first file."""
    one = write(tmp_path / "a.yaml", [page(1, 0), page(2, 4)])
    two = write(tmp_path / "b.yaml", [page(3, 2)])
    text = one.read_text().replace("interactions:\n", "interactions:\n# before the first\n", 1)
    one.write_text(text.replace("method: GET", "method:  'GET'  # edited", 1) + "# the end")
    two.write_text(two.read_text() + "\n# after the third\n...\n")

    merged = b"".join(merge([one, two]).parts).decode()

    for line in ("# before the first\n", "# edited\n", "# the end\n", "\n# after the third\n"):
        assert 1 == merged.count(line)
    (tmp_path / "c.yaml").write_text(merged)
    assert 3 == len(load_cassette(tmp_path / "c.yaml"))


def test_other_files_are_refused(tmp_path: Path) -> None:
    """One of another recorder, and one that is being written."""
    good = write(tmp_path / "a.yaml", [page(1, 0)])
    torn = tmp_path / "torn.yaml"
    torn.write_text(write(tmp_path / "b.yaml", [page(2, 1), page(3, 2)]).read_text()[:-40])
    foreign = tmp_path / "vcr.yaml"
    foreign.write_text("interactions: []\nversion: 1\n")

    with pytest.raises(CassetteError, match=r"torn.yaml: the last interaction is incomplete"):
        merge([good, torn])
    with pytest.raises(CassetteError, match=r"vcr.yaml: not written by glancetape"):
        merge([good, foreign])


@examples(100, suppress_health_check=SLOW)
@given(data=st.data())
def test_a_recording_that_was_split_is_whole_again(data: st.DataObject) -> None:
    """Byte for byte, whichever interaction was in which file."""
    history = data.draw(histories().filter(lambda one: one.interactions))
    where = data.draw(
        st.lists(
            st.integers(0, 2),
            min_size=len(history.interactions),
            max_size=len(history.interactions),
        )
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = write(folder / "whole.yaml", history.interactions).read_bytes()
        paths = [
            write(
                folder / f"{number}.yaml",
                [
                    one
                    for one, place in zip(history.interactions, where, strict=True)
                    if place == number
                ],
            )
            for number in sorted(set(where))
        ]
        if len(paths) > 1:
            assert whole == b"".join(merge(data.draw(st.permutations(paths))).parts)


@examples(100, suppress_health_check=SLOW)
@given(data=st.data())
def test_a_coarse_clock_gives_no_other_answer(data: st.DataObject) -> None:
    """What is merged answers as the recording in its true order, or nothing is merged."""
    history = data.draw(histories())
    step = data.draw(st.sampled_from((2, 3, 5)))
    coarse = [
        replace(_numbered(one, number), recorded_at=at(number // step * step))
        for number, one in enumerate(history.interactions)
    ]
    where = data.draw(st.lists(st.booleans(), min_size=len(coarse), max_size=len(coarse)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [
            write(folder / f"{kind}.yaml", some)
            for kind in (True, False)
            if (some := [one for one, place in zip(coarse, where, strict=True) if place is kind])
        ]
        if len(files) < 2:
            return  # nothing was recorded, so there is no file
        whole = RecordedAnswers([load_cassette(write(folder / "w.yaml", coarse))], lambda _: None)
        try:
            parts = merge(files).parts
        except CassetteError:
            event("refused")
            return
        event("merged")
        (folder / "m.yaml").write_bytes(b"".join(parts))
        merged = RecordedAnswers([load_cassette(folder / "m.yaml")], lambda _: None)
        first, second = Deriver(whole), Deriver(merged)
        for one in coarse:
            expected, found = find(whole, one.request), find(merged, one.request)
            if isinstance(expected, Answer) and isinstance(found, Answer):
                assert expected.response.body == found.response.body
            else:
                assert type(expected) is type(found)
        for query in ("limit=1", "limit=2", "sort_key=name&limit=1", "visibility=public&limit=2"):
            for caller in history.recorded_callers:
                asked = caller.request(query)
                derived, also = derive(first, asked), derive(second, asked)
                if isinstance(derived, Answer) and isinstance(also, Answer):
                    assert derived.response.body == also.response.body
        first.close()
        second.close()


def _numbered(one: Interaction, number: int) -> Interaction:
    """With the id that a real service gives each request, so that no two are the same."""
    headers = (*one.response.headers, ("X-Openstack-Request-Id", f"req-{number}"))
    return replace(one, response=replace(one.response, headers=headers))


@pytest.mark.parametrize("damage", ["      code: 404\n      code: 200\n", "      code: 0\n", ""])
def test_an_interaction_that_cannot_be_read_is_not_passed_on(damage: str, tmp_path: Path) -> None:
    """Its text would be in a new file, where nobody looks for the damage."""
    paths = [write(tmp_path / f"{name}.yaml", [page(1, 0)]) for name in "ab"]
    text = paths[1].read_text()
    paths[1].write_text(text.replace("      code: 200\n", damage))

    with pytest.raises(CassetteError, match=r"b\.yaml"):
        merge(paths)


def test_an_image_set_is_no_cassette(tmp_path: Path) -> None:
    """An import would make another image set of it."""
    path = tmp_path / "a.images"
    path.write_bytes(b"SQLite format 3\0" + bytes(100))

    with pytest.raises(CassetteError, match="an image set, and not a cassette"):
        merge([path, path])
