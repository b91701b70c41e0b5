"""What is kept of a list answers as if nothing was kept, whatever was recorded and played."""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.replaying.answers import Answer, Miss
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive, find
from support.clouds.clouds import Caller
from support.clouds.histories import CASSETTES, histories, record
from support.clouds.recorded_lists import (
    derived_from,
    history_of,
    listed_image,
    remove,
    shown,
    walk,
)
from support.drawn.examples import examples
from support.drawn.rolls import Roll, octets
from support.one_image import id_of
from support.oracle.plain_queries import plain_queries
from support.oracle.queries import queries

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_PAGES = 8  # of each list
_LIMITS = ("", "", "limit=1", "limit=2", "limit=3", "limit=7", "limit=0", "limit=1000", "limit=x")


def pages_of(query: str, ids: Sequence[str], roll: Roll) -> list[str]:
    """Pages of a list: any limit, any marker or none, in any order."""
    kept = "&".join(
        one for one in query.split("&") if one.partition("=")[0] not in ("limit", "marker")
    )
    pages = [query]
    for _ in range(_PAGES):
        marker = roll.pick(("", *(f"marker={one}" for one in ids), "marker=nobody"))
        parts = roll.shuffle([kept, roll.pick(_LIMITS), marker])
        pages.append("&".join(filter(None, parts)))
    return pages


def _asked_first(
    recording: RecordedAnswers, dialect: str, caller: Caller, page: str
) -> Answer | Miss | None:
    """What is derived when nothing was asked before."""
    with closing(Deriver(recording, dialect)) as fresh:
        return derive(fresh, caller.request(page))


@examples(120, suppress_health_check=SLOW)
@given(data=st.data())
def test_a_kept_proof_gives_the_answers_and_misses_of_a_fresh_one(data: st.DataObject) -> None:
    """Several callers, clouds that change, changes that are played, refusals, in any order."""
    history = data.draw(histories())
    dialect = data.draw(st.sampled_from(("auto", history.cloud.dialect)))
    roll = Roll(data.draw(octets(400)))
    lists = [data.draw(plain_queries()), data.draw(queries(history.cloud.images)), ""]
    ids = [image["id"] for image in history.cloud.images] + history.gone
    with tempfile.TemporaryDirectory() as folder:
        recording = record(history, Path(folder), data.draw(CASSETTES))
        hot = Deriver(recording, dialect)
        for change, _ in history.states:
            if change is not None:
                find(recording, change)
            asked = [
                (caller, page)
                for query in lists
                for page in pages_of(query, ids, roll)
                for caller in history.recorded_callers
            ]
            fresh = {one: _asked_first(recording, dialect, *one) for one in dict.fromkeys(asked)}
            for caller, page in asked:
                outcome = derive(hot, caller.request(page))

                event(f"{history.cloud.dialect}: {type(outcome).__name__}")
                assert fresh[caller, page] == outcome, (caller, page)
        hot.close()


def test_the_pages_of_two_callers_are_kept_apart(tmp_path: Path) -> None:
    """Project b does not see what project a walked through a moment ago."""
    one, other = Caller("a" * 32), Caller("b" * 32)
    mine = listed_image(3, owner="a" * 32, visibility="private")
    history = history_of(listed_image(1), listed_image(2), mine, callers=(one, other))
    for caller in (one, other):
        walk(history, "limit=2", caller)
    deriver = derived_from(history, tmp_path)

    asked = [shown(deriver, "sort_dir=asc&limit=5", each) for each in (one, other, one, other)]

    assert [[1, 2, 3], [1, 2]] * 2 == asked
    deriver.close()


def test_a_proof_ends_with_the_change_that_ends_its_state(tmp_path: Path) -> None:
    """What was kept of the list before the change is not shown once that is played."""
    history = history_of(*map(listed_image, (1, 2, 3)))
    walk(history, "limit=2")
    history.keep_change(history.cloud, id_of(2))
    remove(history, 2)
    walk(history, "limit=2")
    deriver = derived_from(history, tmp_path)
    query = "sort_key=name&sort_dir=asc&limit=3"

    before = [shown(deriver, query) for _ in range(2)]
    played = find(deriver.recorded, history.earlier[0][1])
    after = [shown(deriver, query) for _ in range(2)]

    assert isinstance(played, Answer)
    assert [[1, 2, 3]] * 2 == before
    assert [[1, 3]] * 2 == after
    deriver.close()


def test_a_list_in_certain_order_may_have_a_marker_whose_place_is_not(tmp_path: Path) -> None:
    """Two and three share a second, and no walk in order of creation shows the queued three."""
    second = "2020-05-01T00:00:00Z"
    history = history_of(
        listed_image(1),
        listed_image(2, created_at=second),
        listed_image(3, created_at=second, status="queued"),
    )
    walk(history, "status=active&limit=2")
    walk(history, "sort_key=name&limit=2")
    deriver = derived_from(history, tmp_path)

    pages = [shown(deriver, f"status=active&limit=5&marker={id_of(one)}") for one in (1, 2, 3)]

    assert isinstance(pages[0], list)
    assert isinstance(pages[1], list)
    assert str(pages[2]).startswith("The order is not certain: images ")
    deriver.close()
