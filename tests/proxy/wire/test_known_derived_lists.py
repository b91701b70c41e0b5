"""A page of a list that a recording proves has the bytes that it has when it is proved alone."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.messages import Fields
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Request
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.looking_up import Lookup
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.clouds import Caller
from support.clouds.histories import History, histories, write
from support.clouds.recorded_lists import MINE, history_of, listed_image, remove, walk
from support.drawn.examples import examples
from support.drawn.rolls import Roll, octets
from support.one_image import id_of
from support.oracle.plain_queries import plain_queries
from support.wire.known_and_plain import TOKEN, Both, asking

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
PAGES = (
    "{list}limit={limit}&marker={marker}",
    "{list}marker={marker}",
    "marker={marker}&{list}limit={limit}",
    "limit={limit}&{list}marker={marker}",
    "{list}limit={limit}&limit=1&marker={marker}",
    "{list}limit={limit};marker={marker}",
    "{list}m%61rker={marker}&limit={limit}",
)
LIMITS = ("2", "2", "1", "3", "2", "02", "0", "25", "26", "1000", "1001", "x")


def headers_of(caller: Caller) -> Fields:
    """What a caller sends."""
    return tuple((a.encode(), b.encode()) for a, b in caller.request("").headers)


def write_redacted(path: Path, history: History, key: bytes) -> None:
    """Write a cassette with stand-ins for the ids of projects."""
    stand_ins = StandIns(key)
    redactor = Redactor(stand_ins)
    writer = CassetteWriter(path, "glancetape tests", Redaction(stand_ins.key_id))
    writer.append(
        [
            emit(one.interaction, one.request_body.readable(), one.response_body.readable())
            for one in map(redactor.interaction, history.interactions)
        ]
    )
    writer.close()


@contextmanager
def both(path: Path, **options: Any) -> Iterator[Both]:
    """Open a cassette twice."""
    settings = Settings.of({"replay": [str(path)], **options})
    with open_session(settings) as one, open_session(settings) as other:
        yield Both(Answering(one), Answering(other))


def pages_of(listed: str, ids: list[str], roll: Roll) -> Iterator[str]:
    """Pages of a list, most of them written as the one before."""
    kept = [one for one in listed.split("&") if one.partition("=")[0] not in ("limit", "marker")]
    before = "&".join(kept) + "&" * bool(listed)
    written = roll.pick(PAGES)
    for _ in range(6):
        marker = roll.pick([*ids, "nobody"])
        yield written.format(list=before, limit=roll.pick(LIMITS), marker=marker)


@examples(200, suppress_health_check=SLOW)
@given(data=st.data())
def test_a_page_of_a_known_list_has_the_bytes_of_one_that_is_proved_alone(
    data: st.DataObject,
) -> None:
    """Several callers, changes that are played, refusals; ids kept, or with stand-ins."""
    history = data.draw(histories().filter(lambda one: one.interactions))
    how = data.draw(st.sampled_from(("kept", "kept", "with the key", "without the key")))
    roll = Roll(data.draw(octets(400)))
    lists = [data.draw(plain_queries()) for _ in range(3)] + [""]
    ids = [image["id"] for image in history.cloud.images] + history.gone
    with tempfile.TemporaryDirectory() as folder:
        cassette, key = Path(folder, "basic.yaml"), Path(folder, "key")
        key.write_text(
            "a key of these tests" if how != "without the key" else "another key of these tests"
        )
        if how == "kept":
            write(cassette, history.interactions)
        else:
            write_redacted(cassette, history, b"a key of these tests")
        with both(cassette, dialect=history.cloud.dialect, key_file=str(key)) as two:
            for change, _ in history.states:
                if change is not None:
                    for answering in (two.ours, two.plain):
                        answering.session.answer(change, any_host=False)
                for listed in lists:
                    caller = roll.pick(history.recorded_callers)
                    for page in pages_of(listed, ids, roll):
                        two.ask(asking(page, headers_of(caller)))
            event(f"{how}: {'some' if two.known else 'no'} pages of known lists")


def test_every_page_of_a_proved_list_but_the_first_is_of_a_known_one(tmp_path: Path) -> None:
    """The recorded ones are not: they are exact."""
    history = history_of(*map(listed_image, range(1, 10)))
    walk(history, "limit=3")
    with both(write(tmp_path / "basic.yaml", history.interactions)) as two:
        for number in range(1, 9):
            two.ask(asking(f"limit=3&sort_dir=asc&marker={id_of(number)}", TOKEN))
        assert 7 == two.known
        for number in range(1, 9):
            two.ask(asking(f"limit=3&marker={id_of(number)}", TOKEN))

        assert 7 + 4 == two.known
        assert 8 + 5 == two.ours.session.counts.derived


def test_a_page_that_has_to_be_proved_alone_does_not_keep_its_list_unknown(tmp_path: Path) -> None:
    """After image ten, whose size is 0, it has to be seen that no other size is null."""
    images = [listed_image(number, size=number % 10) for number in range(1, 11)]
    history = history_of(*images)
    walk(history, "limit=3")
    with both(write(tmp_path / "basic.yaml", history.interactions)) as two:
        for number in (10, 1, 2, 3):
            sent = two.ask(asking(f"limit=3&sort_key=size&marker={id_of(number)}", TOKEN))
            assert 200 == sent.status

    assert 2 == two.known


def test_a_change_that_is_played_ends_what_is_known(tmp_path: Path) -> None:
    """Image 2 is not on a page after the change that took it."""
    history = history_of(*map(listed_image, range(1, 6)))
    walk(history, "limit=2")
    history.keep_change(history.cloud, id_of(2))
    remove(history, 2)
    walk(history, "limit=2")
    asked = [asking(f"sort_dir=asc&limit=2&marker={id_of(one)}", TOKEN) for one in (3, 1)]
    with both(write(tmp_path / "basic.yaml", history.interactions)) as two:
        before = [id_of(2) in two.ask(one).body.decode() for one in asked]
        for answering in (two.ours, two.plain):
            played = answering.session.answer(history.earlier[0][1], any_host=True)
            assert isinstance(played, Answer)
        after = [id_of(2) in two.ask(one).body.decode() for one in asked]

    assert [False, True] == before
    assert [False, False] == after


def test_a_token_that_is_a_marker_too_makes_it_another_question(tmp_path: Path) -> None:
    """Recording would have replaced it there, so this marker is not the recorded image."""
    odd = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    history = history_of(*map(listed_image, range(1, 6)), listed_image(6, id=odd))
    walk(history, "limit=2")
    cassette, key = tmp_path / "basic.yaml", tmp_path / "key"
    key.write_text("a key of these tests")
    write_redacted(cassette, history, b"a key of these tests")
    who = ((b"X-Auth-Token", odd.encode()),)
    with both(cassette, key_file=str(key), dialect="glance") as two:
        for marker in (*map(id_of, range(1, 6)), odd):
            two.ask(asking(f"limit=2&sort_dir=asc&marker={marker}", who))
        assert 4 == two.known


def test_what_a_page_is_compared_without_makes_no_list_known(tmp_path: Path) -> None:
    """A parameter that does not matter, and an id in the place of another."""
    history = history_of(*map(listed_image, range(1, 6)))
    walk(history, "limit=2")
    cassette = write(tmp_path / "basic.yaml", history.interactions)
    for options in ({"ignore": ["trace"]}, {"own_project": "c" * 32}, {"lab": ["page-repeats"]}):
        with open_session(Settings.of({"replay": [str(cassette)], **options})) as session:
            answering = Answering(session)
            for number in range(1, 5):
                page = f"limit=3&sort_dir=asc&trace={number}&marker={id_of(number)}"
                answering.reply(asking(page, headers_of(MINE)), direct=True)

            assert answering._lists is not None
            assert not any(answering._lists._known.values())


def test_a_request_whose_list_becomes_known_is_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is redacted and compared with all that is recorded, for the answer and for the list."""
    look_up, asked = RecordedAnswers.look_up, list[str]()

    def counted(recorded: RecordedAnswers, request: Request, *, any_host: bool = False) -> Lookup:
        asked.append(request.uri)
        return look_up(recorded, request, any_host=any_host)

    monkeypatch.setattr(RecordedAnswers, "look_up", counted)
    history = history_of(*map(listed_image, range(1, 6)))
    walk(history, "limit=2")
    cassette = write(tmp_path / "basic.yaml", history.interactions)
    with both(cassette, dialect="glance") as two:
        page = f"limit=2&sort_dir=asc&marker={id_of(3)}"
        two.ours.reply(asking(page, headers_of(MINE)), direct=True)

        assert two.ours._lists is not None
        assert any(two.ours._lists._known.values())
        assert 1 == len(asked)
