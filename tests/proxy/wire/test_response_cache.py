"""Responses that are kept to be sent again."""

import pytest

from glancetape.wire.log_line import RequestLine
from glancetape.wire.messages import Received, Sent
from glancetape.wire.response_cache import MOST_ASKED_ONCE, Ready, ReadyAnswers, Words
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.replaying.answers import Provenance

REDACTOR = Redactor(None, RedactionOptions())


@pytest.mark.parametrize(("room", "kept"), [(1000, 10), (350, 3), (50, 0)])
def test_the_last_responses_are_kept_up_to_a_bound(room: int, kept: int) -> None:
    """Several workers share what one would take."""
    answers = ReadyAnswers(room)
    words = [_words(answers, number) for number in range(20)]
    for one in words:
        answers.keep(one, _ready(Provenance.EXACT), is_again=False)

    found = [answers.get(one, 0) is not None for one in words]

    assert [False] * (20 - kept) + [True] * kept == found


@pytest.mark.parametrize(
    ("provenance", "asks"),
    [(Provenance.EXACT, 1), (Provenance.DERIVED, 1), (Provenance.SYNTHETIC, 2)],
)
def test_an_answer_from_an_image_set_is_kept_when_it_is_asked_again(
    provenance: Provenance, asks: int
) -> None:
    """Others are kept at once: a cassette has only so many."""
    answers = ReadyAnswers()
    words = _words(answers, 1)
    kept_after = 0
    while answers.get(words, 0) is None:
        _ask(answers, words, provenance)
        kept_after += 1

    assert asks == kept_after
    assert answers.get(_words(answers, 2), 0) is None


def test_only_so_many_first_questions_are_remembered() -> None:
    """So that a walk without end takes no memory without end."""
    answers = ReadyAnswers()
    first = _words(answers, 0)
    for number in range(MOST_ASKED_ONCE + 1):
        _ask(answers, _words(answers, number), Provenance.SYNTHETIC)

    _ask(answers, first, Provenance.SYNTHETIC)

    assert answers.get(first, 0) is None
    assert len(answers._asked_once) <= MOST_ASKED_ONCE


def _words(answers: ReadyAnswers, number: int) -> Words:
    asked = Received(method="GET", url=f"http://h/{number}", target=b"/", fields=(), body=b"")
    words = answers.words_of(asked, True)
    assert words is not None
    return words


def _ask(answers: ReadyAnswers, words: Words, provenance: Provenance) -> None:
    """Answer a request whose response is not kept."""
    answers.keep(words, _ready(provenance), is_again=answers.comes_again(hash(words)))


def _ready(provenance: Provenance) -> Ready:
    return Ready(
        sent=Sent(status=200, reason=b"OK", fields=(), body=bytes(100)),
        provenance=provenance,
        source="",
        line=RequestLine(REDACTOR.request_line, "GET", "http://h/"),
        logged="",
        repeatable=True,
    )
