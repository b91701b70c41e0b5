"""Positions of a secret in an interaction, the names it is under, and the forms it has.

Each row is a file that another recorder could have written: an interaction with one secret in it.
"""

import base64
import html
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from glancetape_cassettes.interaction import Headers, Interaction, Request, Response
from glancetape_cassettes.redaction.names.name_table import SECRET_NAMES
from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS

SECRET = "Zq7WkR3xVb9TnM5pLc2H"
URI = "http://glance:9292/v2/images"
JSON_TYPE = (("Content-Type", "application/json"),)

NAMES = tuple(row.example for row in SECRET_NAMES)
"""One name of each row of the table."""
_TEXTS = tuple(
    dict.fromkeys(example for form in ALL_FORMS for example in form.examples if SECRET in example)
)


class Planted(NamedTuple):
    """An interaction with a secret: where it is, under which name or in which form."""

    position: str
    name: str
    interaction: Interaction


def exchange(
    uri: str = URI,
    headers: Headers = (),
    body: bytes = b"",
    answer_body: bytes = b"{}",
    answer_headers: Headers = JSON_TYPE,
) -> Interaction:
    request = Request("POST" if body else "GET", uri, headers, body)
    return Interaction(
        request, Response(200, "OK", answer_headers, answer_body), "2026-11-23T10:00:00Z"
    )


def answer(value: object) -> Interaction:
    return exchange(answer_body=json.dumps(value).encode())


def text_answer(text: str, content: str = "text/plain") -> Interaction:
    return exchange(answer_body=text.encode(), answer_headers=(("Content-Type", content),))


UNDER_A_NAME: dict[str, Callable[[str], Interaction]] = {
    "header": lambda name: exchange(headers=((name.replace(".", "-"), SECRET),)),
    "parameter": lambda name: exchange(f"{URI}?limit=1&{quote(name)}={SECRET}"),
    "member": lambda name: answer({"images": [{"id": "1", name: SECRET}]}),
    "member below": lambda name: answer({name: {"x": [{"y": SECRET}]}}),
    "member, upper case": lambda name: answer({name.upper(): SECRET}),
    "name and value": lambda name: answer([{"name": name, "value": SECRET}]),
    "JSON patch": lambda name: exchange(
        body=json.dumps([{"op": "add", "path": f"/{name}", "value": SECRET}]).encode()
    ),
    "JSON in a string": lambda name: answer({"meta": json.dumps({name: SECRET})}),
    "NDJSON": lambda name: text_answer('{"a": 1}\n' + json.dumps({name: {"x": SECRET}})),
    "faulty JSON": lambda name: text_answer(f'{{"{name}": {{"x": "{SECRET}"}},}}'),
    "form": lambda name: exchange(
        body=f"a=b&{quote(name)}={SECRET}".encode(),
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
    ),
    "sentence": lambda name: text_answer(f"cannot log in with {name}={SECRET} today"),
    "link in a sentence": lambda name: text_answer(f"see http://h/x?a=b&{name}={SECRET} there"),
    "Link header": lambda name: exchange(
        answer_headers=(("Link", f"<http://h/x?{name}={SECRET}>; rel=next"),)
    ),
    "Python": lambda name: text_answer(f"{{u'{name}': u'{SECRET}', 'a': 1}}"),
    "XML": lambda name: text_answer(f"<a>\n<{name}>\n{SECRET}</{name}></a>", "text/xml"),
    "multipart": lambda name: text_answer(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{SECRET}\r\n--x--'
    ),
    "UTF-16": lambda name: exchange(answer_body=json.dumps({name: SECRET}).encode("utf-16")),
    "in base64, in lines": lambda name: answer(
        {"x": base64.encodebytes(f"{name}={SECRET} {SECRET} {SECRET} {SECRET}".encode()).decode()}
    ),
}
"""An exchange with the secret under a name, in each place."""
OF_A_FORM: dict[str, Callable[[str], Interaction]] = {
    "text": text_answer,
    "value": lambda text: answer({"images": [{"note": text}]}),
    "tag": lambda text: answer({"tags": ["a", text]}),
    "parameter": lambda text: exchange(f"{URI}?name={quote(text, safe='')}"),
    "user agent": lambda text: exchange(headers=(("User-Agent", text.partition("\n")[0]),)),
    "HTML": lambda text: text_answer(f"<p>{html.escape(text, quote=False)}</p>", "text/html"),
    "binary": lambda text: exchange(answer_body=b"\xff\x80\n" + text.encode() + b"\n\xff"),
    "percent-encoded": lambda text: text_answer(quote(text, safe="")),
    "base64": lambda text: answer({"x": base64.b64encode(text.encode()).decode()}),
}
"""An exchange with a text, which may hold a secret, in each place."""


def rows() -> Iterator[Planted]:
    """Yield every position with every name, and every position with every form."""
    for position, plant in UNDER_A_NAME.items():
        for name in NAMES:
            yield Planted(position, name, plant(name))
    for position, plant in OF_A_FORM.items():
        for text in _TEXTS:
            if position == "user agent" and SECRET not in text.partition("\n")[0]:
                continue  # a header has one line
            yield Planted(position, text[:20], plant(text))


def as_vcrpy(interaction: Interaction) -> dict[str, Any]:
    """Return an interaction as vcrpy writes it."""
    request, response = interaction.request, interaction.response
    return {
        "request": {
            "method": request.method,
            "uri": request.uri,
            "body": request.body.decode() or None,
            "headers": {name: [value] for name, value in request.headers},
        },
        "response": {
            "status": {"code": response.status, "message": response.reason},
            "headers": {name: [value] for name, value in response.headers},
            "body": {"string": response.body},
        },
    }
