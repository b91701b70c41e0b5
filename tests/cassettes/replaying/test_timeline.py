"""What was recorded, in the order of time, over all cassettes."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.dates import as_recorded_at
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.replaying.changes import changes_images
from glancetape_cassettes.replaying.entries import Entry
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.replaying.timeline import (
    in_order,
    timestamp_of,
)
from support.clouds.histories import write
from support.clouds.recorded import get, ok


def recorded(folder: Path, *cassettes: Sequence[tuple[str, str]]) -> list[Entry]:
    """Record each as a question called by a name, at a time."""
    paths = [
        write(
            folder / f"{number}.yaml",
            [Interaction(get(f"/v2/images?name={name}"), ok(), date) for name, date in each],
        )
        for number, each in enumerate(cassettes)
    ]
    recording = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)
    return [entry for group in recording.groups for entry in group]


def names(entries: Sequence[Entry]) -> str:
    return "".join(entry.uri.rpartition("=")[2] for entry in in_order(entries))


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}Z"


def test_items_of_one_cassette_are_in_its_order_whatever_their_dates(tmp_path: Path) -> None:
    """Items keep their dates when a recording is made again."""
    entries = recorded(tmp_path, [("a", at(3)), ("b", at(1)), ("a", at(2)), ("c", "")])

    assert "abac" == names(entries)


def test_items_of_several_cassettes_are_merged_by_their_dates(tmp_path: Path) -> None:
    """Two recorders ran at once."""
    entries = recorded(
        tmp_path, [("a", at(1)), ("c", at(3)), ("e", at(5))], [("b", at(2)), ("d", at(4))]
    )

    assert "abcde" == names(entries)


def test_an_item_is_never_earlier_than_those_before_it_in_its_cassette(tmp_path: Path) -> None:
    """One that kept an old date is as late as its place."""
    entries = recorded(tmp_path, [("a", at(3)), ("b", at(1))], [("c", at(2)), ("d", at(4))])

    assert "cabd" == names(entries)


def test_items_of_the_same_time_are_in_the_order_of_the_cassettes(tmp_path: Path) -> None:
    entries = recorded(tmp_path, [("a", at(1)), ("b", at(1))], [("c", at(1)), ("d", at(2))])

    assert "abcd" == names(entries)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_item_without_a_date_leaves_the_order_to_that_of_the_cassettes(
    place: int, tmp_path: Path
) -> None:
    """Someone took its date out, so it was recorded at any time between its neighbours."""
    first = [("a", at(1)), ("b", at(2)), ("c", at(4))]
    first[place] = first[place][0], ""
    entries = recorded(tmp_path, first, [("d", at(3)), ("e", at(5))])

    assert "abcde" == names(entries)


def test_a_cassette_without_dates_is_later_than_those_before_it(tmp_path: Path) -> None:
    """As they are named on the command line."""
    entries = recorded(tmp_path, [("a", at(5))], [("b", ""), ("c", "")], [("d", at(1))])

    assert "abcd" == names(entries)


@pytest.mark.parametrize("name", ["Date", "date", "DATE", "X-Date", "Dates"])
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "value", ["Fri, 27 Nov 2026 14:14:00 GMT", "", "it's late", "镜"], ids=ascii
)
def test_the_date_of_an_answer_is_read_without_yaml_as_with_it(
    tmp_path: Path, name: str, place: int, value: str
) -> None:
    """First or last of the headers."""
    headers = [("Content-Type", "application/json"), ("Server", "Date:")]
    headers.insert(2 * place, (name, value))
    response = replace(ok(), headers=tuple(headers))
    path = write(tmp_path / "a.yaml", [Interaction(get("/v2/images"), response, at(1))])
    cassette = load_cassette(path)

    assert (value if name.lower() == "date" else "") == cassette.answer_date(0)
    assert value == dict(cassette.interaction(0).response.headers)[name]


def test_nothing_is_in_order() -> None:
    assert [] == in_order([])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T00:00:01+00:00", 1.0),
        ("1970-01-01T01:00:01+01:00", 1.0),
        ("1970-01-01T00:00:01", 1.0),
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-02", 86400.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 1.0),
        ("Thu, 01 Jan 1970 00:00:01 -0000", 1.0),
        ("Thu, 25 Aug 2016 17:09:02 GMT", 1472144942.0),
        ("", float("-inf")),
        ("yesterday", float("-inf")),
        ("Thu, 99 Jan 1970 00:00:01 GMT", float("-inf")),
        ("\x00", float("-inf")),
    ],
)
def test_dates_are_read_as_recorders_write_them(text: str, expected: float) -> None:
    """Ours and vcrpy's in ISO 8601, Ruby VCR's as in HTTP."""
    assert expected == timestamp_of(text)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_a_date_without_a_zone_is_in_utc(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the machine is."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = [*map(timestamp_of, ("1970-01-01T00:00:01", "Thu, 1 Jan 1970 00:00:01 -0000"))]
    finally:
        monkeypatch.undo()
        time.tzset()

    assert [1.0, 1.0] == found


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (1_514_862_245, "2018-01-02T03:04:05Z"),
        (1_514_862_245.999, "2018-01-02T03:04:05Z"),
        (-0.25, "1969-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_written_in_whole_seconds_that_have_begun(second: float, text: str) -> None:
    """As recorders write it."""
    assert text == as_recorded_at(second)


@settings(deadline=None)
@given(st.text())
def test_text_that_is_not_a_date_is_not_an_error(text: str) -> None:
    """People edit cassettes."""
    assert isinstance(timestamp_of(text), float)


_NUMBER = st.from_regex("[0-9]{1,20}", fullmatch=True)


@settings(deadline=None)
@given(st.tuples(*[_NUMBER] * 5), st.sampled_from(["+0000", "-9999", "+99999999999999", "GMT", ""]))
@example(("1", "20", "0", "0", "0"), "+99999999999999")
@example(("9" * 20, "2020", "0", "0", "0"), "GMT")
@example(("1", "1", "0", "0", "0"), "+2359")
def test_a_date_of_http_with_any_numbers_is_not_an_error(
    numbers: tuple[str, ...], zone: str
) -> None:
    """Python's own reader of such dates raises more than one kind of error."""
    day, year, *clock = numbers

    assert isinstance(timestamp_of(f"Mon, {day} Jan {year} {':'.join(clock)} {zone}"), float)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_date_that_no_calendar_has_in_utc_is_a_number(text: str) -> None:
    """In the year 0, or 10000."""
    second = timestamp_of(text)

    assert not -62_135_596_800 <= second <= 253_402_300_799
    assert "" == as_recorded_at(second)


@settings(deadline=None)
@given(st.datetimes(timezones=st.timezones()).filter(lambda one: one.year > 1900))
def test_both_ways_of_writing_a_date_are_the_same_time(date: datetime) -> None:
    """Whatever the time zone."""
    whole = date.astimezone(UTC).replace(microsecond=0)

    assert (
        whole.timestamp() == timestamp_of(whole.isoformat()) == timestamp_of(format_datetime(whole))
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        ("POST", "/v2/images", 201, True),
        ("PATCH", "/v2/images/x", 200, True),
        ("DELETE", "/v2/images/x", 204, True),
        ("PUT", "/v2/images/x/file", 204, True),
        ("POST", "/v2/cloudimages/action", 200, True),
        ("DELETE", "/v2/images/x", 500, True),
        ("DELETE", "/v2/images/x", 503, True),
        ("POST", "/v2/images", 302, True),
        ("POST", "/v2/images", 400, False),
        ("PATCH", "/v2/images/x", 409, False),
        ("DELETE", "/v2/images/x", 404, False),
        ("DELETE", "/v2/images/x", 499, False),
        ("PUT", "/v2/images/x/file", 409, False),
        ("PUT", "/v2/images/x/file", 415, False),
        ("PUT", "/v2/images/x/file", 413, True),
        ("PUT", "/v2/images/x/file", 400, True),
        ("PUT", "/v2/images/x/file", 410, True),
        ("PUT", "/v2/images/x/stage", 413, True),
        ("PUT", "/v2/images/x/tags/file", 413, False),
        ("GET", "/v2/images", 200, False),
        ("HEAD", "/v2/images", 200, False),
        ("POST", "/v3/auth/tokens", 201, False),
        ("DELETE", "/v3/auth/tokens", 204, False),
        ("POST", "/v3/projects", 201, False),
        ("PUT", "/v3/projects/p/users/u/roles/r", 204, True),
        ("POST", "/v3/0a1b/volumes/v/action", 202, True),
        ("POST", "/v3/0a1b/cloudvolumes", 202, True),
        ("POST", "/v1/0a1b/cloudservers", 200, True),
        ("POST", "/v2.0/networks", 201, False),
        ("POST", "/v2.0/images", 201, True),
        ("POST", "/v2.1/servers", 202, False),
        ("DELETE", "/v2.1/servers/s", 204, True),
    ],
)
def test_what_was_refused_changed_nothing(
    method: str, path: str, status: int, expected: bool, tmp_path: Path
) -> None:
    """What failed may have, and what another service was asked, unless it cannot touch images."""
    request = Request(method, f"http://glance:9292{path}")
    write(tmp_path / "a.yaml", [Interaction(request, Response(status), at(1))])
    recording = RecordedAnswers([load_cassette(tmp_path / "a.yaml")], lambda _: None)
    (entry,) = (one for group in recording.groups for one in group)

    assert expected is changes_images(entry)
    assert status == entry.status
