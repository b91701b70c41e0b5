"""What a person reads in a terminal or a log holds no secret, and our own sentences stay whole."""

import ast
import logging
from collections.abc import Iterator

import pytest

from glancetape.terminal.error_sentences import show_message, without_secrets
from glancetape.terminal.stderr_log import Lines
from support.running.processes import ROOT
from support.secrets.commands import MARK, SECRETS, messages, messages_with_tokens

MESSAGES = (*messages(), *messages_with_tokens(), "http://joe:\u00a4@glance.example is no address")
SECRET = SECRETS[0]
ROOMS = ("proxy/glancetape", "generators/glancetape_generators", "cassettes/glancetape_cassettes")
OTHER_TEXTS = ("redaction", "cloud")
"""Rooms whose texts are no sentences for a person: tables of forms, answers of a service."""


@pytest.mark.parametrize("kind", ["Error", "warning"])
def test_a_message_shows_no_secret(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In its sentence and in its details, whatever the signs around the secret."""
    for message in MESSAGES:
        said = message.replace(MARK, SECRET)
        show_message(kind, said, said)

    assert SECRET not in capsys.readouterr().err


def test_a_warning_and_a_traceback_in_the_log_show_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger, lines = logging.getLogger("glancetape.tests.shown"), Lines()
    logger.addHandler(lines)
    for message in MESSAGES:
        said = message.replace(MARK, SECRET)
        logger.warning("not recorded: %s", said)
        try:
            raise ValueError(said)
        except ValueError:
            logger.exception("failed")
    lines.finish()
    logger.removeHandler(lines)

    shown = capsys.readouterr().err
    assert SECRET not in shown
    assert "ValueError" in shown


def _sentences(value: str) -> Iterator[str]:
    """Yield what our code says in calls: texts that end like a sentence, with `value` in each."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if not set(OTHER_TEXTS) & set(path.parts):
                calls = (one for one in ast.walk(ast.parse(path.read_text())))
                for call in calls:
                    if isinstance(call, ast.Call):
                        said = (_text_of(one, value) for one in call.args)
                        yield from filter(_is_sentence, said)


def _text_of(node: ast.expr, value: str) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    said = [
        one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else value
        for one in parts
    ]
    return "".join(said).replace("%s", value)


def _is_sentence(text: str) -> bool:
    return " " in text and text.rstrip("'\"").endswith((".", ":"))


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "value", ["abc", "token.yaml", "cassettes/test_auth/refresh_token.yaml", "my_secret.images"]
)
def test_no_sentence_of_ours_is_taken_for_a_secret(value: str) -> None:
    """Whatever file it names."""
    sentences = list(_sentences(value))

    assert len(sentences) > 200
    assert [] == [one for one in sentences if without_secrets(one) != one]


@pytest.mark.parametrize(
    "sentence",
    [
        "send any token, as to the cloud. Closest: a.yaml#1 (parameter limit: 2, not 3)",
        "users[0].password: must be text, not 5",
        "a/token.yaml: no such cassette. Record one: glancetape record --cassette a/token.yaml",
        "password.yaml is not a VCR cassette",
        "./token: no such key file. To make one: openssl rand -hex 32 > token",
        "/etc/passwd: not a VCR cassette: it has no list 'interactions'.",
    ],
)
def test_a_sentence_with_the_names_of_secrets_stays_whole(sentence: str) -> None:
    assert sentence == without_secrets(sentence)


@pytest.mark.parametrize(
    "name", ["Authorization", "Proxy-Authorization", "Cookie", "x: Set-Cookie"]
)
@pytest.mark.parametrize("word", ["a", "is", "no", "not", "only", "the"])
def test_a_header_that_is_replaced_whole_is_so_whatever_its_first_word(
    name: str, word: str
) -> None:
    """It is no sentence on a file."""
    assert f"{name}: REDACTED" == without_secrets(f"{name}: {word} {SECRET}")
