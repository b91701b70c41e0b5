"""What one recorded list settles: the order of its images, and fractions of a second."""

from pathlib import Path
from random import Random

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from support.clouds.asking import derive
from support.clouds.clouds import FRACTIONS, Cloud, comparable
from support.clouds.histories import History, write
from support.clouds.recorded_lists import MINE, derived_from, history_of, listed_image, shown, walk
from support.one_image import id_of

SECOND = "2020-01-01T00:00:03Z"
BY_UPDATE = "sort_key=updated_at"


def updated(number: int, fraction: int, **fields: object) -> dict[str, object]:
    """Make an image that was updated in the second that all share, and in a fraction of it."""
    return listed_image(
        number, updated_at=SECOND, **{FRACTIONS: {"updated_at": fraction}, **fields}
    )


def history_of_updates() -> History:
    return history_of(
        updated(1, 5), updated(2, 9, __os_type="Windows"), updated(3, 0), updated(4, 7)
    )


def test_a_walk_shows_the_order_of_each_of_its_subsets(tmp_path: Path) -> None:
    """It is listed again with another limit, backwards, filtered, and from any marker."""
    history = history_of_updates()
    walk(history, f"{BY_UPDATE}&limit=3")
    deriver = derived_from(history, tmp_path)

    assert [2, 4, 1, 3] == shown(deriver, BY_UPDATE)
    assert [2, 4] == shown(deriver, f"{BY_UPDATE}&limit=2")
    assert [3, 1, 4, 2] == shown(deriver, f"{BY_UPDATE}&sort_dir=asc")
    assert [4, 1, 3] == shown(deriver, f"{BY_UPDATE}&__os_type=Linux")
    assert [1] == shown(deriver, f"{BY_UPDATE}&limit=1&marker={id_of(4)}")
    assert [4] == shown(deriver, f"{BY_UPDATE}&sort_dir=asc&limit=1&marker={id_of(1)}")
    assert "same second" in shown(deriver, "sort=updated_at:desc,name:asc")


def test_a_walk_shows_the_order_of_what_another_walk_lists(tmp_path: Path) -> None:
    """Only if it has all the images that match, and the marker."""
    history = history_of_updates()
    walk(history, "limit=3")
    walk(history, f"{BY_UPDATE}&__os_type=Linux&limit=1")
    deriver = derived_from(history, tmp_path)

    assert [4, 1, 3] == shown(deriver, f"{BY_UPDATE}&name=in:name+1,name+3,name+4")
    assert "same second" in shown(deriver, BY_UPDATE)
    assert isinstance(shown(deriver, f"{BY_UPDATE}&__os_type=Linux&marker={id_of(2)}"), str)


def test_an_order_that_no_fraction_explains_is_none_of_the_dialects(tmp_path: Path) -> None:
    """Images of different seconds have to be in their order."""
    history = history_of_updates()
    history.cloud.images.append(listed_image(5, updated_at="2020-01-01T00:00:02Z"))
    walk(history, f"{BY_UPDATE}&limit=9")
    assert [2, 4, 1, 3, 5] == shown(derived_from(history, tmp_path), BY_UPDATE)

    history.cloud.images[-1]["updated_at"] = "2020-01-01T00:00:04Z"
    page = history.interactions.pop()
    shows = page.response.body.replace(b"00:00:02Z", b"00:00:04Z")
    history.interactions += [
        type(page)(page.request, type(page.response)(200, "OK", page.response.headers, shows), "")
    ]
    (tmp_path / "other").mkdir()
    reason = shown(derived_from(history, tmp_path / "other"), f"{BY_UPDATE}&limit=3")

    assert "is not where the dialect's order puts it" in reason


def test_a_page_that_ends_among_images_of_one_second_voids_no_walk(tmp_path: Path) -> None:
    """The walk does not show which of them come first, so none is missing."""
    for limit in range(1, 4):
        history = history_of_updates()
        walk(history, "limit=3")
        history.ask(MINE, f"{BY_UPDATE}&limit={limit}")
        history.ask(MINE, f"{BY_UPDATE}&limit=1&marker={id_of(limit)}")
        (tmp_path / str(limit)).mkdir()

        found = shown(derived_from(history, tmp_path / str(limit)), "sort_key=name&sort_dir=asc")

        assert [1, 2, 3, 4] == found, limit


POLLED = f"created_at=gt:{SECOND}"


def created(number: int, fraction: int) -> dict[str, object]:
    return listed_image(number, created_at=SECOND, **{FRACTIONS: {"created_at": fraction}})


@pytest.mark.parametrize(
    ("fractions", "recorded", "found"),
    [
        ((0, 0), [f"eq:{SECOND}"], [4]),  # both are shown: neither has a fraction
        ((0, 500_000), [f"eq:{SECOND}"], None),  # the other may have been deleted meanwhile
        ((0, 500_000), [f"eq:{SECOND}", "gt:2020-01-01T00:00:03.2Z"], [4, 2]),
        ((200_000, 500_000), ["gt:2020-01-01T00:00:03.1Z"], [4, 2, 1]),
        ((0, 0), [f"gte:{SECOND}"], None),
        ((0, 0), [f"gte:{SECOND}", f"lte:{SECOND}"], [4]),
        ((0, 0), [f"neq:{SECOND}"], [4]),  # a walk that covers it
    ],
)
def test_a_list_that_is_filtered_by_a_time_settles_fractions(
    fractions: tuple[int, int], recorded: list[str], found: list[int] | None, tmp_path: Path
) -> None:
    """A client that polls for newer images, and asks once for those of the very second."""
    history = history_of(created(1, fractions[0]), created(2, fractions[1]), listed_image(4))
    walk(history, "limit=9")
    assert "fractions of a second" in shown(derived_from(history, tmp_path), POLLED)
    for time in recorded:
        history.ask(MINE, f"created_at={time}")

    answer = shown(derived_from(history, tmp_path), POLLED)

    assert ("fractions of a second" in answer) if found is None else (found == answer)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", range(60))
def test_what_is_settled_is_what_the_cloud_stores(seed: int, tmp_path: Path) -> None:
    """Images of few seconds with fractions, and lists by times; the cloud says what is right."""
    rng = Random(f"settled/{seed}")
    seconds = [f"2020-01-01T00:00:0{one}Z" for one in range(3)]
    images = []
    for number in range(1, rng.randint(2, 7)):
        times = {key: rng.choice(seconds) for key in ("created_at", "updated_at")}
        fractions = {key: rng.choice((0, 0, 1, 400_000, 999_999)) for key in times}
        system = rng.choice(("Linux", "Windows"))
        images.append(listed_image(number, **times, __os_type=system, **{FRACTIONS: fractions}))
    cloud = Cloud("glance", images)
    history = History(cloud, [MINE])
    for _ in range(rng.randint(1, 4)):
        query = f"{random_query(rng)}&limit={rng.choice((1, 2, 9))}"
        (walk if rng.random() < 0.7 else lambda _, query: history.ask(MINE, query))(history, query)
    path = write(tmp_path / "a.yaml", history.interactions)
    deriver = Deriver(RecordedAnswers([load_cassette(path)], lambda _: None), "glance")

    for _ in range(25):
        query = random_query(rng)
        if rng.random() < 0.5:
            query += f"&limit={rng.choice((1, 2, 3))}"
        if rng.random() < 0.4:
            query += f"&marker={rng.choice(images)['id']}"
        found = derive(deriver, MINE.request(query))
        if isinstance(found, Answer):
            expected = comparable(cloud.answer(query, MINE.project), "glance")
            assert expected == comparable(found.response, "glance"), query


def random_query(rng: Random) -> str:
    """Return a sort and filters by times, of which any may be absent."""
    sorts = ("", BY_UPDATE, f"{BY_UPDATE}&sort_dir=asc", "sort_dir=asc", "sort=updated_at,name:asc")
    parts = [rng.choice((*sorts, "sort_key=name", "sort=created_at:desc,id:asc"))]
    if rng.random() < 0.4:
        operator = rng.choice(("eq", "neq", "gt", "gte", "lt", "lte"))
        fraction = rng.choice(("", "", "", ".4"))
        time = f"{operator}:2020-01-01T00:00:0{rng.randrange(3)}{fraction}Z"
        parts.append(f"{rng.choice(('created_at', 'updated_at'))}={time}")
    if rng.random() < 0.2:
        parts.append("__os_type=Linux")
    return "&".join(filter(None, parts))
