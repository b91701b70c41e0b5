"""Responses that are kept to be sent again."""

import pytest

from glancetape.wire.log_line import RequestLine
from glancetape.wire.messages import Received, Sent
from glancetape.wire.response_cache import Ready, ReadyAnswers
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.replaying.answers import Provenance

REDACTOR = Redactor(None, RedactionOptions())


@pytest.mark.parametrize(("room", "kept"), [(1000, 10), (350, 3), (50, 0)])
def test_the_last_responses_are_kept_up_to_a_bound(room: int, kept: int) -> None:
    """Several workers share what one would take."""
    answers = ReadyAnswers(room)
    words = []
    for number in range(20):
        asked = Received(method="GET", url=f"http://h/{number}", target=b"/", fields=(), body=b"")
        words.append(answers.words_of(asked, True))
        sent = Sent(status=200, reason=b"OK", fields=(), body=bytes(100))
        ready = Ready(
            sent=sent,
            provenance=Provenance.EXACT,
            source="",
            line=RequestLine(REDACTOR, "GET", asked.url),
            logged="",
            repeatable=True,
        )
        answers.keep(words[-1], ready)

    found = [answers.get(one, 0) is not None for one in words]

    assert [False] * (20 - kept) + [True] * kept == found
