"""Commands with a secret lose it wherever they are, and other commands stay as they are."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import has_secret, scan_interaction
from glancetape_cassettes.redaction.secret_patterns import scrub
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import dealt
from support.secrets.commands import MARK, PLACES, SECRETS, commands, harmless_commands, with_secret

KEY = StandIns(b"a key for these tests")
_RUN = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def _stored(interaction: Interaction) -> str:
    """Everything that a cassette would hold of an interaction, base64 and `%41` decoded."""
    found = Redactor(KEY).interaction(interaction)
    bodies = [
        from_readable(one.readable(), "body").decode("latin-1")
        for one in (found.request_body, found.response_body)
    ]
    text = "\n".join([unquote_plus(str(found.interaction)), *bodies])
    return "\n".join([text, *_decoded(text)])


def _decoded(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        letters = run.rstrip("=")
        yield base64.b64decode(letters[: len(letters) // 4 * 4]).decode("latin-1")


def _shows(text: str, secret: str) -> bool:
    """Whether a text has a word of a secret."""
    return any(word in text for word in secret.split())


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_stays_in_a_command(secret: str) -> None:
    tried = [one for command in commands() if (one := with_secret(command, secret)) is not None]
    here = dealt(tried, SECRETS.index(secret), len(SECRETS))
    scrubbed = [(command, scrub(command)) for command in here]

    assert [] == [command for command, once in scrubbed if _shows(once, secret)]
    assert [] == [command for command, once in scrubbed if scrub(once) != once]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", SECRETS)
def test_no_command_keeps_its_secret_in_any_place(place: str, secret: str) -> None:
    """Each command at some of them by default, and `scan` finds what is replaced."""
    tried = [one for command in commands() if (one := with_secret(command, secret)) is not None]
    here = dealt(tried, [*PLACES].index(place))
    made = [(command, PLACES[place](command)) for command in here]

    assert [] == [command for command, one in made if _shows(_stored(one), secret)]
    assert [] == [command for command, one in made if not scan_interaction(one)]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_stays_in_a_command_in_a_line_of_our_log(secret: str) -> None:
    tried = [one for command in commands() if (one := with_secret(command, secret)) is not None]
    here = dealt(tried, SECRETS.index(secret), len(SECRETS))

    assert [] == [one for one in here if _shows(Redactor(KEY).text(one), secret)]


def test_a_command_without_a_secret_stays() -> None:
    assert [] == [command for command in harmless_commands() if has_secret(command)]


def test_the_tables_are_long_enough() -> None:
    assert len(commands()) >= 900
    assert all(MARK in command for command in commands())
    assert len(harmless_commands()) >= 250
