"""Names in other scripts, written as programs escape them: `\\u5bc6\\u7801`."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.interaction import Interaction
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from support.secrets.positions import SECRET, answer, exchange, text_answer

KEY = StandIns(b"a key for these tests")
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
NAMES = (
    "密码",
    "访问密钥",
    "パスワード",
    "비밀번호",
    "пароль",
    "hasło",
    "\U0001d429assword",
    "password",
)
PLACES: dict[str, Callable[[str], Interaction]] = {
    "a value of a form": lambda text: exchange(body=f"p={quote(text)}".encode(), headers=FORM),
    "base64 in base64": lambda text: answer(
        {"a": base64.b64encode(base64.b64encode(text.encode())).decode()}
    ),
    "a parameter": lambda text: exchange(f"http://glance:9292/v2/images?name={quote(text)}"),
    "a sentence": lambda text: text_answer(f"cannot read {text} today"),
    "a string in a string": lambda text: text_answer(json.dumps(f"got {json.dumps(text)}")),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_an_escaped_name_is_the_same_name(name: str, place: str) -> None:
    """JSON escapes all that is no ASCII, letters beyond the first plane in two halves."""
    found = Redactor(KEY).interaction(PLACES[place](json.dumps({name: SECRET, "x": 1})))
    bodies = [
        from_readable(one.readable(), "") for one in (found.request_body, found.response_body)
    ]
    stored = f"{found.interaction}{bodies}"

    twice = base64.b64encode(base64.b64encode(json.dumps({name: SECRET, "x": 1}).encode()))
    assert SECRET not in stored
    assert twice.decode() not in stored
