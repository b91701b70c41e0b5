"""Positions of a secret in an interaction, the names it is under, and the forms it has.

Each row is a file that another recorder could have written: an interaction with one secret in it.
"""

import base64
import html
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from glancetape_cassettes.interaction import Headers, Interaction, Request, Response
from glancetape_cassettes.redaction.secret_names import SECRET_NAMES
from glancetape_cassettes.redaction.secret_patterns import FORMS, NAMED

SECRET = "Zq7WkR3xVb9TnM5pLc2H"
URI = "http://glance:9292/v2/images"
JSON_TYPE = (("Content-Type", "application/json"),)

NAMES = tuple(row.example for row in SECRET_NAMES)
"""One name of each row of the table."""
_TEXTS = tuple(
    dict.fromkeys(
        example for form in (*FORMS, NAMED) for example in form.examples if SECRET in example
    )
)


class Planted(NamedTuple):
    """An interaction with a secret: where it is, under which name or in which form."""

    position: str
    name: str
    interaction: Interaction


def _exchange(
    uri: str = URI,
    headers: Headers = (),
    body: bytes = b"",
    answer: bytes = b"{}",
    answer_headers: Headers = JSON_TYPE,
) -> Interaction:
    request = Request("POST" if body else "GET", uri, headers, body)
    return Interaction(request, Response(200, "OK", answer_headers, answer), "2026-11-23T10:00:00Z")


def _answer(value: object) -> Interaction:
    return _exchange(answer=json.dumps(value).encode())


def _text(text: str, content: str = "text/plain") -> Interaction:
    return _exchange(answer=text.encode(), answer_headers=(("Content-Type", content),))


_UNDER_A_NAME: dict[str, Callable[[str], Interaction]] = {
    "header": lambda name: _exchange(headers=((name.replace(".", "-"), SECRET),)),
    "parameter": lambda name: _exchange(f"{URI}?limit=1&{quote(name)}={SECRET}"),
    "member": lambda name: _answer({"images": [{"id": "1", name: SECRET}]}),
    "member below": lambda name: _answer({name: {"x": [{"y": SECRET}]}}),
    "member, upper case": lambda name: _answer({name.upper(): SECRET}),
    "name and value": lambda name: _answer([{"name": name, "value": SECRET}]),
    "JSON patch": lambda name: _exchange(
        body=json.dumps([{"op": "add", "path": f"/{name}", "value": SECRET}]).encode()
    ),
    "JSON in a string": lambda name: _answer({"meta": json.dumps({name: SECRET})}),
    "NDJSON": lambda name: _text('{"a": 1}\n' + json.dumps({name: {"x": SECRET}})),
    "faulty JSON": lambda name: _text(f'{{"{name}": {{"x": "{SECRET}"}},}}'),
    "form": lambda name: _exchange(
        body=f"a=b&{quote(name)}={SECRET}".encode(),
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
    ),
    "sentence": lambda name: _text(f"cannot log in with {name}={SECRET} today"),
    "link in a sentence": lambda name: _text(f"see http://h/x?a=b&{name}={SECRET} there"),
    "Link header": lambda name: _exchange(
        answer_headers=(("Link", f"<http://h/x?{name}={SECRET}>; rel=next"),)
    ),
    "Python": lambda name: _text(f"{{u'{name}': u'{SECRET}', 'a': 1}}"),
    "XML": lambda name: _text(f"<a>\n<{name}>\n{SECRET}</{name}></a>", "text/xml"),
    "multipart": lambda name: _text(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{SECRET}\r\n--x--'
    ),
    "UTF-16": lambda name: _exchange(answer=json.dumps({name: SECRET}).encode("utf-16")),
    "in base64, in lines": lambda name: _answer(
        {"x": base64.encodebytes(f"{name}={SECRET} {SECRET} {SECRET} {SECRET}".encode()).decode()}
    ),
}
_OF_A_FORM: dict[str, Callable[[str], Interaction]] = {
    "text": _text,
    "value": lambda text: _answer({"images": [{"note": text}]}),
    "tag": lambda text: _answer({"tags": ["a", text]}),
    "parameter": lambda text: _exchange(f"{URI}?name={quote(text, safe='')}"),
    "user agent": lambda text: _exchange(headers=(("User-Agent", text.partition("\n")[0]),)),
    "HTML": lambda text: _text(f"<p>{html.escape(text, quote=False)}</p>", "text/html"),
    "binary": lambda text: _exchange(answer=b"\xff\x80\n" + text.encode() + b"\n\xff"),
    "percent-encoded": lambda text: _text(quote(text, safe="")),
    "base64": lambda text: _answer({"x": base64.b64encode(text.encode()).decode()}),
}


def rows() -> Iterator[Planted]:
    """Yield every position with every name, and every position with every form."""
    for position, plant in _UNDER_A_NAME.items():
        for name in NAMES:
            yield Planted(position, name, plant(name))
    for position, plant in _OF_A_FORM.items():
        for text in _TEXTS:
            if position == "user agent" and SECRET not in text.partition("\n")[0]:
                continue  # a header has one line
            yield Planted(position, text[:20], plant(text))
