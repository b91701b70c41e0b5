"""What was answered to others, or cannot be ordered, may contradict a walk."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from glancetape_cassettes.deriving.deriver import Deriver
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.clouds import Caller
from support.clouds.histories import History, write
from support.clouds.recorded_lists import (
    ASKED,
    MINE,
    THEIRS,
    change,
    derived_from,
    history_of_four,
    listed_image,
    remove,
    shown,
)
from support.clouds.small_images import ME
from support.one_image import id_of

KEYS = (StandIns(b"the key of one of two recorders"), StandIns(b"the key of the other recorder!"))


def deleted(history: History, who: Caller) -> None:
    remove(history, 1)
    history.ask(who, "")


def gone(history: History, who: Caller) -> None:
    remove(history, 1)
    history.look(who, id_of(1))


def gone_marker(history: History, who: Caller) -> None:
    remove(history, 1)
    history.ask(who, f"limit=1&marker={id_of(1)}")


def renamed(history: History, who: Caller) -> None:
    change(history, 1, name="z")
    history.look(who, id_of(1))


def new(history: History, who: Caller) -> None:
    history.cloud.images.append(listed_image(5))
    history.ask(who, "limit=1")


def private_gone(history: History, who: Caller) -> None:
    remove(history, 2)
    history.look(who, id_of(2))


def unlisted(history: History, who: Caller) -> None:
    remove(history, 2)
    history.ask(who, "")


def unchanged(history: History, who: Caller) -> None:
    history.ask(who, "")
    history.look(who, id_of(1))
    history.ask(who, "limit=1&sort_key=size")


Deed = Callable[[History, Caller], None]
OF_PUBLIC = (deleted, gone, gone_marker, renamed, new)
OF_PRIVATE = (private_gone, unlisted)


@pytest.mark.parametrize("happened", [*OF_PUBLIC, *OF_PRIVATE, unchanged])
def test_another_callers_answer_voids_the_walk_if_it_is_of_a_public_image(
    happened: Deed, tmp_path: Path
) -> None:
    """All callers see the same public images; that another sees no private one shows nothing."""
    history = history_of_four()
    happened(history, THEIRS)

    found = shown(derived_from(history, tmp_path), ASKED)

    assert (happened in OF_PUBLIC) is (found != [1, 2, 3, 4]), found


def test_an_image_that_another_caller_saw_and_sees_no_more_voids_the_walk(tmp_path: Path) -> None:
    """It is a community image, which both see by its id, and few lists show."""
    history = history_of_four()
    change(history, 1, visibility="community")
    history.ask(MINE, "visibility=all")
    history.look(THEIRS, id_of(1))
    before = shown(derived_from(history, tmp_path), "visibility=all&sort_key=size")
    gone(history, THEIRS)

    assert [4, 3, 2, 1] == before
    assert id_of(1) in str(shown(derived_from(history, tmp_path), "visibility=all&sort_key=size"))


def several(folder: Path, *cassettes: Sequence[Interaction]) -> Deriver:
    """Record cassettes whose ids are kept."""
    paths = [write(folder / f"{number}.yaml", each) for number, each in enumerate(cassettes)]
    recorded = RecordedAnswers([load_cassette(path) for path in paths], lambda _: None)
    return Deriver(recorded, "glance")


def with_two_keys(
    folder: Path, first: Sequence[Interaction], second: Sequence[Interaction]
) -> Deriver:
    """Record two cassettes with a key each, of which the first one is here."""
    for number, interactions in enumerate((first, second)):
        redactor = Redactor(KEYS[number])
        path = folder / f"{number}.yaml"
        writer = CassetteWriter(path, "glancetape tests", Redaction(KEYS[number].key_id))
        for one in interactions:
            done = redactor.interaction(one)
            texts = (done.request_body.readable(), done.response_body.readable())
            writer.append([emit(done.interaction, *texts)])
        writer.close()
    cassettes = [load_cassette(folder / f"{number}.yaml") for number in (0, 1)]
    redactors = {key.key_id: Redactor(key) for key in KEYS[:1]}
    recorded = RecordedAnswers(cassettes, lambda redaction: redactors.get(redaction.key_id or ""))
    return Deriver(recorded, "glance")


@pytest.mark.parametrize("happened", [*OF_PUBLIC, *OF_PRIVATE, unchanged])
def test_a_cassette_with_another_key_may_be_of_the_same_caller(
    happened: Deed, tmp_path: Path
) -> None:
    """Stand-ins of two keys cannot be compared, so what it shows may be of the same view."""
    history = history_of_four()
    change(history, 4, owner=ME, name=f"of {ME}")
    history.ask(MINE, "")
    count = len(history.interactions)
    happened(history, MINE)
    later = history.interactions[count:]

    deriver = with_two_keys(tmp_path, history.interactions[:count], later)

    is_void = happened is not unchanged
    assert is_void is (shown(deriver, "sort_key=created_at&sort_dir=asc") != [1, 2, 3, 4])


@pytest.mark.sampled(4)
@pytest.mark.parametrize("names", [(0, 1), (1, 0)], ids=["named first", "named last"])
@pytest.mark.parametrize("happened", [*OF_PUBLIC, *OF_PRIVATE, unchanged])
@pytest.mark.parametrize("seconds", [0, 1])
def test_what_has_the_same_second_in_another_cassette_may_be_later(
    seconds: int, happened: Deed, names: tuple[int, int], tmp_path: Path
) -> None:
    """In whichever order the cassettes are named; a second before the walk it shows nothing."""
    history = history_of_four()
    happened(history, MINE)
    moment = "2026-11-23T10:00:0{}Z"
    walk = [replace(one, recorded_at=moment.format(1)) for one in history.interactions[:2]]
    others = [
        replace(one, recorded_at=moment.format(1 - seconds)) for one in history.interactions[2:]
    ]
    by_name = {names[0]: walk, names[1]: others}
    deriver = several(tmp_path, by_name[0], by_name[1])

    found = shown(deriver, ASKED)

    is_void = happened is not unchanged and not seconds
    assert is_void is (found != [1, 2, 3, 4]), found
