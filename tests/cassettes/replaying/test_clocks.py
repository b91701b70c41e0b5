"""How far apart the dates of two cassettes are to be before they show an order."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain, combinations, permutations
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.editing.joining import merge
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.clocks import clocks_apart
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.histories import write
from support.clouds.recorded import get, ok

IMAGE = "/v2/images/0000000a-0000-4000-8000-000000000000"
START = 1_800_000_000


def answered(second: int, name: str = "Date") -> Response:
    """An answer with the date of the service."""
    date = format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)
    response = ok()
    return replace(response, headers=(*response.headers, (name, date)))


@pytest.mark.parametrize(
    ("off", "apart"),
    [
        ([[0, 0], [0]], 0),
        ([[0, 60, 0], [0]], 60),  # a clock that was set for one answer, which may have been slow
        ([[0, 0], [1]], 1),
        ([[0, 0], [3]], 3),
        ([[0, 0], [-3600]], 3600),
        ([[60], [60, 60]], 0),  # all by one clock that is a minute fast
        ([[0, -7200], [0]], 7200),  # it was set back while it recorded
        ([[0, 7200], [0]], 7200),
        ([[0, 7200, 7200, 0], [0]], 7200),  # it was set forward and back again
        ([[0, -7200, 0], [0]], 7200),
        ([[0], [None, 5]], 5),  # a mark has no answer
        ([[0], [None]], inf),  # nothing shows it
        ([[None], [None]], 0),  # neither has a Date: taken for one clock
        ([[0, None], [None, 0]], 0),
        ([[0, None, 0], [0]], 0),
    ],
)
def test_answers_show_by_how_much_the_clocks_of_recorders_differ(
    tmp_path: Path, off: list[list[int | None]], apart: float
) -> None:
    start = 1_800_000_000
    paths = [
        write(
            tmp_path / f"{number}.yaml",
            [
                Interaction(
                    get(f"/v2/images?limit={index + 1}"),
                    ok() if seconds is None else answered(start),
                    datetime.fromtimestamp(start + (seconds or 0), UTC).isoformat(),
                )
                for index, seconds in enumerate(each)
            ],
        )
        for number, each in enumerate(off)
    ]
    recording = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)

    assert apart == clocks_apart(entry for group in recording.groups for entry in group)


def as_date(second: float) -> str:
    return datetime.fromtimestamp(START + second, UTC).isoformat()


@dataclass(frozen=True)
class Step:
    """Something that is done with one image, and where it is recorded with which date."""

    method: str
    cassette: int
    off: int
    """Seconds by which the recorder's clock is ahead."""


@dataclass(frozen=True)
class Recorded:
    """What a step was answered, at which date, and how often the image had been updated."""

    cassette: int
    date: int
    version: float | None
    """None for an answer without the image."""
    item: Interaction


def live(steps: Sequence[Step]) -> list[Recorded]:
    """Take the steps one second after the other, at an image that no Date is known of."""
    found, version, updated, is_there = [], 1, 0, not any(one.method == "POST" for one in steps)
    for second, step in enumerate(steps, 1):
        shown: float | None = None
        if step.method in ("POST", "PATCH") and is_there is (step.method == "PATCH"):
            is_there, version, updated = True, version + 1, second
        image = {"id": IMAGE.rpartition("/")[2], "status": "active", "updated_at": as_date(updated)}
        answer = Response(404, "Not Found")
        if is_there:
            shown = -inf if step.method == "POST" else version
            answer = Response(200, "OK", (), json.dumps(image).encode())
        if step.method == "DELETE" and is_there:
            is_there, shown, answer = False, inf, Response(204, "No Content")
        path = "/v2/images" if step.method == "POST" else IMAGE
        request = replace(get(path), method=step.method)
        date = second + step.off
        found.append(
            Recorded(step.cassette, date, shown, Interaction(request, answer, as_date(date)))
        )
    return found


OFF = st.sampled_from((0, 0, 0, 3, -3))
STEPS = st.lists(
    st.builds(Step, st.sampled_from(("GET", "GET", "PATCH")), st.integers(0, 1), OFF), max_size=6
)
ENDS = st.lists(st.builds(Step, st.just("DELETE"), st.integers(0, 1), OFF), max_size=1)
BEGINNINGS = st.lists(st.builds(Step, st.just("POST"), st.integers(0, 1), OFF), max_size=1)


@given(st.tuples(STEPS, BEGINNINGS, STEPS, ENDS, STEPS).map(chain.from_iterable).map(list))
@example([Step("GET", 0, 3), Step("PATCH", 1, 0)])
@example([Step("POST", 0, 3), Step("GET", 1, 0)])
@example([Step("GET", 0, 3), Step("DELETE", 1, 0)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_without_a_date_answers_show_that_a_clock_was_set(
    tmp_path: Path, steps: list[Step]
) -> None:
    """Dates go back, or of two answers the one with the later date shows the image as younger."""
    recorded = live(steps)
    with TemporaryDirectory(dir=tmp_path) as folder:
        paths = []
        for cassette in (0, 1):
            items = [one.item for one in recorded if one.cassette == cassette]
            paths += [write(Path(folder, f"{cassette}.yaml"), items)] if items else []
        answers = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)
        apart = clocks_apart(entry for group in answers.groups for entry in group)

    goes_back = any(
        one.cassette == other.cassette and one.date > other.date
        for one, other in combinations(recorded, 2)
    )
    disagrees = any(
        one.cassette != other.cassette
        and one.date < other.date
        and None not in (one.version, other.version)
        and (one.version or 0) > (other.version or 0)
        for one, other in permutations(recorded, 2)
    )
    assert (inf if goes_back or disagrees else 0) == apart


YOUNGER = {
    "updated earlier": ({"updated_at": as_date(3)}, inf),
    "updated later": ({"updated_at": as_date(9)}, 0),
    "without a date": ({"updated_at": None}, 0),
    "deleted": ({"status": "deleted", "updated_at": as_date(3)}, 0),
    "being deleted": ({"status": "pending_delete", "updated_at": as_date(3)}, 0),
}


@pytest.mark.parametrize(("later", "apart"), YOUNGER.values(), ids=YOUNGER)
def test_only_an_image_that_is_there_and_has_a_date_shows_that_a_clock_was_set(
    later: dict[str, object], apart: float, tmp_path: Path
) -> None:
    """Nothing else orders two answers without a Date."""
    image = {"id": IMAGE.rpartition("/")[2], "status": "active", "updated_at": as_date(5)}
    paths = [
        write(
            tmp_path / f"{number}.yaml",
            [Interaction(get(IMAGE), Response(200, "OK", (), json.dumps(shown).encode()), date)],
        )
        for number, (shown, date) in enumerate(
            ((image, as_date(10)), ({**image, **later}, as_date(20)))
        )
    ]
    answers = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)

    assert apart == clocks_apart(entry for group in answers.groups for entry in group)


@pytest.mark.parametrize(
    ("dates", "apart"),
    [((10, None, 20), 0), ((None, 10, None), 0), ((20, None, 10), inf), ((None, None), 0)],
)
def test_an_interaction_without_a_date_does_not_go_back(
    dates: tuple[int | None, ...], apart: float, tmp_path: Path
) -> None:
    """Other recorders write none."""
    items = [
        Interaction(get(f"/v2/images?limit={n}"), ok(), "" if date is None else as_date(date))
        for n, date in enumerate(dates, 1)
    ]
    path = write(tmp_path / "a.yaml", items)
    [group] = RecordedAnswers([load_cassette(path)], lambda _: None).groups

    assert apart == clocks_apart(group)


def test_a_list_that_is_older_than_its_date_is_not_shown_after_a_change(tmp_path: Path) -> None:
    """Its recorder's clock was ahead, and it shows the image as it was before."""
    listing, change = live([Step("GET", 0, 3), Step("PATCH", 1, 0)])
    paths = [
        write(tmp_path / f"{number}.yaml", [one.item])
        for number, one in enumerate((listing, change))
    ]
    recording = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)

    found = [
        recording.find(recording.look_up(one.item.request)) for one in (listing, change, listing)
    ]

    assert [False, True, False] == [isinstance(one, Answer) for one in found]
    with pytest.raises(CassetteError, match="dates do not show"):
        merge(paths)


@pytest.mark.parametrize(
    ("off", "is_sure"), [(0, True), (-120, True), (3600, True), (-3600, False)]
)
def test_a_wrong_clock_moves_no_list_past_a_change(tmp_path: Path, off: int, is_sure: bool) -> None:
    """A list, and ten minutes later a deletion, whose recorder's clock is `off` by seconds."""
    start = 1_800_000_000
    asked, delete = get("/v2/images"), Request("DELETE", "http://glance:9292/v2/images/1")
    paths = []
    for name, request, second, wrong in (("a", asked, start, 0), ("b", delete, start + 600, off)):
        recorded_at = datetime.fromtimestamp(second + wrong, UTC).isoformat()
        item = Interaction(request, answered(second), recorded_at)
        paths.append(write(tmp_path / f"{name}.yaml", [item]))
    recording = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)

    found = [
        recording.find(recording.look_up(one, any_host=False)) for one in (asked, delete, asked)
    ]

    assert [is_sure, True, False] == [isinstance(one, Answer) for one in found]
    with nullcontext() if is_sure else pytest.raises(CassetteError, match="dates do not show"):
        merge(paths)


@pytest.mark.parametrize(
    ("off", "is_sure"), [(0, True), (-120, True), (3600, True), (-3600, False)]
)
def test_a_wrong_clock_moves_no_new_image_past_a_change(
    tmp_path: Path, off: int, is_sure: bool
) -> None:
    """Nova makes an image, b tags another one, and a third is updated without a recording.

    The dates of b's recorder are `off` by seconds. Nova has made no image after the tag.
    """
    start, third = 1_800_000_000, f"{IMAGE[:-1]}3"
    makes = Request("POST", "http://nova:8774/v2.1/servers/1/action", (), b'{"createImage": {}}')
    tags = Request("PUT", f"http://glance:9292{IMAGE}/tags/x")
    shown = {
        "id": third.rpartition("/")[2],
        "created_at": "2018-01-01T00:00:00Z",
        "updated_at": f"{datetime.fromtimestamp(start + 900, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    looks = replace(answered(start + 1200), body=json.dumps(shown).encode())
    exchanges = {
        "a": [(makes, answered(start), start), (get(third), looks, start + 1200)],
        "b": [(tags, answered(start + 600), start + 600 + off)],
    }
    paths = []
    for name, items in exchanges.items():
        recorded = [
            Interaction(request, response, datetime.fromtimestamp(second, UTC).isoformat())
            for request, response, second in items
        ]
        paths.append(write(tmp_path / f"{name}.yaml", recorded))
    recording = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)

    found = [
        recording.find(recording.look_up(one, any_host=False))
        for one in (makes, get(third), tags, get(third))
    ]

    assert [True, False, is_sure, is_sure] == [isinstance(one, Answer) for one in found]
