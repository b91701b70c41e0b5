"""Commands, files and messages with a secret in them, and commands without, from tables.

`PLACES` has each place of an exchange.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from glancetape_cassettes.interaction import Interaction
from support.secrets.positions import URI, answer, exchange, text_answer

_FOLDER = Path(__file__).parent
MARK = "\u00a4"
"""Where the tables have the secret."""
SECRETS = ("Zq7WkR3xVb9TnM5pLc2H", "Winter2025!", "hunter2", "swordfish", "correct horse")
"""What people take: random letters, a season, a joke, a word, two words."""


def _lines(name: str) -> Iterator[str]:
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# ") and not re.fullmatch(r"\[[a-z ]+\]", line):
            text = line.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t")
            yield text.replace("\0", "\\")


def commands() -> tuple[str, ...]:
    """Return the commands with a secret, which is a mark in them."""
    return tuple(_lines("commands.txt"))


def files() -> tuple[str, ...]:
    """Return configuration files with a secret, which is a mark in them."""
    return tuple(_lines("files.txt"))


def messages() -> tuple[str, ...]:
    """Return messages with a secret of any kind, which is a mark in them."""
    return tuple(_lines("messages.txt"))


def messages_with_tokens() -> tuple[str, ...]:
    """Return messages whose secret is found if it is like a token: nothing is around it."""
    return tuple(_lines("messages_with_tokens.txt"))


def harmless_commands() -> tuple[str, ...]:
    """Return commands and sentences that hold no secret."""
    return tuple(_lines("harmless_commands.txt"))


def with_secret(command: str, secret: str) -> str | None:
    """Return a command with a secret; None for one of two words where a shell has no quotes."""
    if " " not in secret or re.search(rf"(['\"]){MARK}\1", command):
        return command.replace(MARK, secret)
    is_word = re.search(rf"(?<=\s){MARK}(?=\s|\Z)", command)
    return (
        command.replace(MARK, f'"{secret}"') if is_word and not set("'\"") & set(command) else None
    )


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PLACES: dict[str, Callable[[str], Interaction]] = {
    "text": text_answer,
    "property": lambda command: answer({"images": [{"id": "1", "description": command}]}),
    "JSON in a string": lambda command: answer({"x": json.dumps({"cmd": command})}),
    "base64": lambda command: answer({"x": _in_base64(f"#!/bin/sh\nset -e\n{command}\n")}),
    "base64 in JSON in a string": lambda command: answer(
        {"meta": json.dumps({"init": _in_base64(f"#cloud-config\nruncmd:\n- {command}\n")})}
    ),
    "parameter": lambda command: exchange(f"{URI}?name={quote(command, safe='')}"),
    "header": lambda command: exchange(headers=(("User-Agent", command.replace("\n", "\\n")),)),
    "log": lambda command: text_answer(
        f"2026-11-23 10:00:00.123 INFO [worker] + {command}\ndone\n"
    ),
    "script in a log": lambda command: text_answer(
        f"got {json.dumps({'script': f'#!/bin/sh{chr(10)}{command}{chr(10)}exit 0'})} for server 1"
    ),
}
"""An exchange with a command in each place."""
