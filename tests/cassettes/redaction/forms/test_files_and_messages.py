"""Configuration files and error messages lose their secrets, and `scan` finds each."""

from collections.abc import Iterator

import pytest

from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.scan import has_secret, scan_interaction
from glancetape_cassettes.redaction.secret_patterns import scrub
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.drawn.examples import dealt
from support.secrets.commands import MARK, SECRETS, files, messages, messages_with_tokens
from support.secrets.positions import answer, text_answer

KEY = StandIns(b"a key for these tests")
_WORDS = SECRETS[:4]
"""Secrets of one word."""
HARMLESS = (
    "Ubuntu 22.04 with a password policy\nPassword policy\nLogin required",
    "10.0.0.1 h.example\n10.0.0.2 mail.example",
    "smtp.example.com 10.0.0.1\nregistry.example ubuntu:22.04",
    "fe80:1234:ab:cd:ef01",
    "root:x:0:0:root:/root:/bin/bash",
    "password required\nsecret store\ntoken ring",
    "user joe on the host\ntype rbd",
    "'x' is not a valid image name",
    "the token is valid",
    "Incorrect username or password",
    "log in with your account",
    "Session expired",
    "Invalid marker 'b6a0c1d2-3e4f-4a5b-8c6d-7e8f90a1b2c3'",
    "the name is 'ubuntu'",
    "login: /dev/tty1, log in with a key/agent",
    "COPY images (id, name) FROM stdin;\n1\tubuntu\n\\.\n",
    '{"value": "x86_64", "sensitive": false}',
    "a\tTRUE\tb\tFALSE\tc",
    '"kind", "data": 1',
    "https://h/x?code=not-found-in-region",
    "https://medium.com/@joe/a and https://unpkg.com/a@3/dist/b@4.js",
    "smtp:\n  secure: true\n  port: 25\nlogging:\n  default: info",
    "ports:\n- name: imap\n  secure: true\n- name: size\n  value: 10",
    '{"secure": true, "data": {"text": "ubuntu"}, "to": "10.0.0.1"}',
    '{"app": {"name": "a", "secure": true, "instances": ["h1", "h2"]}}',
    "ключ сортировки = name",
    "Token(id=PUNCTUATION)",
)


def _tried() -> Iterator[tuple[str, str]]:
    """Yield each text with each secret that it must lose."""
    for secret in _WORDS:
        for text in (*files(), *messages()):
            yield text.replace(MARK, secret), secret
    for text in messages_with_tokens():
        yield text.replace(MARK, SECRETS[0]), SECRETS[0]
        yield text.replace(MARK, SECRETS[1]), SECRETS[1]


def test_no_secret_stays_in_a_file_or_a_message() -> None:
    scrubbed = [(text, scrub(text), secret) for text, secret in _tried()]

    assert [] == [text for text, once, secret in scrubbed if secret in once]
    assert [] == [text for text, once, _ in scrubbed if scrub(once) != once]


def test_no_secret_stays_in_a_line_of_our_log() -> None:
    redactor = Redactor(KEY)

    assert [] == [text for text, secret in _tried() if secret in redactor.text(text)]


def test_scan_finds_the_secret_of_a_file_and_a_message() -> None:
    tried = dealt([*_tried()], 0)
    made = [(text, place(text)) for text, _ in tried for place in (text_answer, _property)]

    assert [] == [text for text, one in made if not scan_interaction(one)]


def _property(text: str) -> Interaction:
    return answer({"images": [{"id": "1", "description": text}]})


@pytest.mark.parametrize("text", HARMLESS)
def test_a_file_or_a_message_without_a_secret_stays(text: str) -> None:
    assert not has_secret(text)


def test_the_tables_are_long_enough() -> None:
    assert len(files()) >= 150
    assert len(messages()) >= 30
    assert all(MARK in text for text in (*files(), *messages(), *messages_with_tokens()))
