"""From which cassettes a walk proves something, and in which order of time they are."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import (
    Interaction,
    Request,
    Response,
)
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import derive
from support.clouds.histories import write
from support.clouds.recorded_lists import (
    AS_GLANCE,
    ASKED,
    MINE,
    NO_STATE,
    THEIRS,
    changing,
    derived_from,
    history_of_four,
    keep,
    listed_image,
    play,
    remove,
    shown,
    shown_by,
    walk,
)
from support.one_image import id_of


def several(folder: Path, *cassettes: Sequence[Interaction]) -> Deriver:
    paths = [write(folder / f"{number}.yaml", each) for number, each in enumerate(cassettes)]
    return Deriver(
        RecordedAnswers([load_cassette(path) for path in paths], lambda _: None), "glance"
    )


def dated(interactions: Sequence[Interaction], *dates: str) -> list[Interaction]:
    """Return the interactions with these dates in turn."""
    return [
        Interaction(one.request, one.response, dates[number % len(dates)])
        for number, one in enumerate(interactions)
    ]


def test_a_walk_may_be_in_two_cassettes(tmp_path: Path) -> None:
    """The answer names both."""
    first, second = history_of_four().interactions
    deriver = several(tmp_path, [second], [first])

    outcome = derive(deriver, MINE.request(ASKED))

    assert isinstance(outcome, Answer)
    assert "1.yaml#1; 0.yaml#1" == outcome.source
    assert [1, 2, 3, 4] == shown(deriver, ASKED)


UNORDERED = (
    "Two cassettes do not show whether a change was made before a list or after it: their dates "
    "are missing, the same, or closer than their recorders' clocks differ."
)


def in_cassettes(
    folder: Path, cassettes: Sequence[tuple[str, Sequence[Interaction]]]
) -> RecordedAnswers:
    """Write cassettes, each redacted with the key of an id."""
    paths = []
    for number, (key_id, interactions) in enumerate(cassettes):
        paths.append(folder / f"{number}.yaml")
        writer = CassetteWriter(paths[-1], "glancetape tests", Redaction(key_id, keep_ids=True))
        writer.append(
            [
                emit(one, to_readable(one.request.body), to_readable(one.response.body))
                for one in interactions
            ]
        )
        writer.close()
    return RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)


SECONDS = st.sampled_from(("00", "01", "01.25", "01.75", "02"))
KEYS = st.sampled_from(("0123456789ab", "ba9876543210"))


@given(
    change_at=SECONDS,
    walk_at=SECONDS,
    keys=st.tuples(KEYS, KEYS),
    undated=st.sampled_from(("",) * 4 + ("walk", "change", "both")),
    more=st.integers(0, 2),
    reverse=st.booleans(),
    data=st.data(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_change_in_one_cassette_counts_for_the_walks_of_another(
    change_at: str,
    walk_at: str,
    keys: tuple[str, str],
    undated: str,
    more: int,
    reverse: bool,
    data: st.DataObject,
    tmp_path: Path,
) -> None:
    """Whichever keys they have and in whichever order they are named; a tie is a doubt.

    An image is deleted that no walk shows: one that did would be older than the deletion.
    """
    deletion = changing("DELETE", 9)
    history = history_of_four()
    date = "2026-01-01T00:00:{}Z".format
    listed = dated(history.interactions, "" if undated in ("walk", "both") else date(walk_at))
    answered = Response(204, "", (), b"")
    changed = Interaction(
        deletion, answered, "" if undated in ("change", "both") else date(change_at)
    )
    later = [
        Interaction(changing("PATCH", 2, b"[%d]" % number), answered, date("09"))
        for number in range(more if not undated else 0)
    ]
    cassettes = [(keys[0], [changed, *later]), (keys[1], listed)]
    if reverse:
        cassettes.reverse()
    with TemporaryDirectory(dir=tmp_path) as own:
        recording = in_cassettes(Path(own), cassettes)
        deriver = Deriver(recording, "glance")
        before = shown(deriver, ASKED)
        play(recording, deletion)
        after = shown(deriver, ASKED)

    if undated or change_at[:2] == walk_at[:2]:
        assert (UNORDERED, UNORDERED) == (before, after)
    elif change_at < walk_at:
        assert (NO_STATE, [1, 2, 3, 4]) == (before, after)
    else:
        assert ([1, 2, 3, 4], NO_STATE) == (before, after)


def test_what_cannot_be_ordered_is_in_doubt_in_no_other_state(tmp_path: Path) -> None:
    """A list that is surely later than both changes proves answers after them."""
    history = history_of_four()
    answered = Response(204, "", (), b"")
    first, second = (
        Interaction(changing("DELETE", number), answered, date)
        for number, date in ((8, OLDER), (9, "2026-01-01T12:00:00Z"))
    )
    unordered, surely = dated(history.interactions, OLDER), dated(history.interactions, NEWER)
    recording = in_cassettes(
        tmp_path, [("0123456789ab", [first, second]), ("0123456789ab", [*unordered, *surely])]
    )
    deriver = Deriver(recording, "glance")

    assert UNORDERED == shown(deriver, ASKED)
    play(recording, changing("DELETE", 8))
    assert UNORDERED == shown(deriver, ASKED)
    play(recording, changing("DELETE", 9))
    assert [1, 2, 3, 4] == shown(deriver, ASKED)


def seen_otherwise(how: str) -> tuple[Request, Response]:
    """Return what shows that image 1 is not as the walk of the four lists it."""
    if how == "another caller":
        renamed = orjson.dumps(shown_by(1, name="renamed"))
        asked = THEIRS.request("", f"/v2/images/{id_of(1)}")
        return asked, Response(200, "OK", AS_GLANCE, renamed)
    internal = changing("GET").uri.replace("http://", "http://internal.")
    return Request("GET", internal, changing("GET").headers), Response(404, "", AS_GLANCE, b"{}")


@pytest.mark.parametrize("how", ["another caller", "another address"])
@pytest.mark.parametrize(
    ("second", "is_earlier"), [("00", True), ("02", False), ("03", False), ("04", False)]
)
def test_what_may_be_of_a_state_contradicts_its_walks(
    how: str, second: str, is_earlier: bool, tmp_path: Path
) -> None:
    """The walk is of second 01, and the change of 03: then it is not known which came first."""
    date = "2026-01-01T00:00:{}Z".format
    walked = dated(history_of_four().interactions, date("01"))
    changed = Interaction(changing("DELETE", 9), Response(204, "", (), b""), date("03"))
    other = Interaction(*seen_otherwise(how), date(second))

    deriver = several(tmp_path, [*walked, changed], [other])

    assert ([1, 2, 3, 4] == shown(deriver, ASKED)) is is_earlier


def two_recordings() -> tuple[Sequence[Interaction], Sequence[Interaction]]:
    """Return a walk, and a later one of the same cloud, with one image gone and one new."""
    history = history_of_four()
    before = list(history.interactions)
    remove(history, 1)
    history.cloud.images.append(listed_image(5))
    walk(history, "limit=3")
    return before, history.interactions[len(before) :]


OLDER, NEWER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
IN_RUBY = "Thu, 01 Jan 2026 00:00:00 GMT", "Fri, 02 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize(("older", "newer"), [(OLDER, NEWER), IN_RUBY, (OLDER, IN_RUBY[1])])
def test_the_cassette_that_was_recorded_later_wins(older: str, newer: str, tmp_path: Path) -> None:
    """In whichever order they are named, and in both formats of dates."""
    before, after = two_recordings()

    assert [2, 3, 4, 5] == shown(
        several(tmp_path, dated(after, newer), dated(before, older)), ASKED
    )


@pytest.mark.parametrize(("older", "newer"), [("", ""), ("", OLDER), (NEWER, ""), ("x", "y")])
def test_without_dates_the_cassette_that_is_named_later_wins(
    older: str, newer: str, tmp_path: Path
) -> None:
    """Or if only one of them has dates."""
    before, after = two_recordings()

    assert [2, 3, 4, 5] == shown(
        several(tmp_path, dated(before, older), dated(after, newer)), ASKED
    )


@pytest.mark.parametrize("name", ["both", "asc", "alone"])
def test_walks_of_several_lists_may_be_mixed(name: str, tmp_path: Path) -> None:
    """A page belongs to the walk that its marker and its query continue."""
    history = history_of_four()
    history.interactions.clear()
    lists = {
        "both": ("limit=1", "limit=2"),
        "asc": ("limit=1", "limit=1&sort_dir=asc"),
        "alone": ("limit=1", "limit=1&name=name+1"),
    }[name]
    walks = [history_of_four() for _ in lists]
    for one, query in zip(walks, lists, strict=True):
        one.interactions.clear()
        walk(one, query)
    longest = max(len(one.interactions) for one in walks)
    mixed = [
        one.interactions[place]
        for place in range(longest)
        for one in walks
        if place < len(one.interactions)
    ]
    for one in mixed:
        keep(history, one.request, one.response)

    assert [1, 2, 3, 4] == shown(derived_from(history, tmp_path), ASKED)
