"""Stubs of WireMock 3: one file of mappings, and a file for each large body.

A stub answers exactly the request that it was made from: the same path, the same query parameters
and no others, in any order. Which stub is asked first:

    priority   answers
    1          version documents: anybody gets them
    2          what was recorded without credentials
    3          any other request without credentials: a miss, as in a replay
    4          requests with conditions, another version of the API, or another form of errors, and
               those of another recorded caller, whom the recorded token or project id names
    5          all others
    10         what has no stub: a miss that says so

Source of the format: https://wiremock.org/docs/request-matching/ and /docs/response-templating/.
"""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from glancetape.exporting.collecting import BASE, Collected, Exported
from glancetape.wire.messages import to_send
from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.formats.foreign.wiremock.wiremock_conditions import (
    AFTER_M,
    ANY_URL,
    CREDENTIALS,
    FORMS,
    UP_TO_M,
    url_pattern,
)
from glancetape_cassettes.replaying.callers import caller_of
from glancetape_cassettes.replaying.question import error_form, given_form

FOR_ALL, WITHOUT_CREDENTIALS, NO_CREDENTIALS, NARROW, USUAL, MISS = 1, 2, 3, 4, 5, 10
_INLINE = 1024
"""Bytes of the largest body that is written into the mapping."""
_MISSES = {
    "message": "Not in this export of glancetape.",
    "code": "miss",
    "title": "Not recorded",
}


def stubs_of(collected: Collected, source: str) -> list[dict[str, Any]]:
    """The mappings, without their bodies in files. Raises GlancetapeError."""
    stubs = [_stub(one, collected.prefixes) for one in collected.exchanges]
    if any(caller_of(one.request.headers) for one in collected.exchanges):
        absent = {name: {"absent": True} for name in CREDENTIALS}
        why = "The request has no credentials; send any token, as to the cloud."
        stubs.append(_miss(NO_CREDENTIALS, source, why, headers=absent))
    stubs.append(_miss(MISS, source, f"It is not in the export of {source}."))
    return stubs


def write_wiremock(collected: Collected, source: str, out: Path, name: str) -> int:
    """Write `mappings/NAME.json` and `__files/NAME/` below a folder; return how many stubs.

    `name` must be free there.
    """
    files = out / "__files" / name
    files.mkdir(parents=True)
    stubs = stubs_of(collected, source)
    for number, (one, stub) in enumerate(zip(collected.exchanges, stubs, strict=False), 1):
        _place_body(stub["response"], one, files, f"{number:05d}", name)
    mappings = out / "mappings"
    mappings.mkdir(exist_ok=True)
    text = json.dumps({"mappings": stubs}, indent=2, ensure_ascii=False)
    (mappings / f"{name}.json").write_text(text + "\n", "utf-8", "backslashreplace")
    if not any(files.iterdir()):
        files.rmdir()
    return len(collected.exchanges)


def _stub(one: Exported, prefixes: Sequence[str]) -> dict[str, Any]:
    parts = urlsplit(one.request.uri)
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="replace")
    request: dict[str, Any] = {"method": one.request.method}
    request["urlPattern"] = url_pattern(parts.path or "/", len(pairs), tuple(prefixes))
    if pairs:
        request["queryParameters"] = _parameters(pairs)
    headers = _headers(one)
    if headers:
        request["headers"] = headers
    return {
        "name": f"{one.request.method} {parts.path}{'?' * bool(parts.query)}{parts.query}",
        "priority": _priority(one, headers),
        "request": request,
        "response": _response(one),
    }


def _parameters(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    values: dict[str, list[dict[str, str]]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append({"equalTo": value})
    return {
        name: several[0] if len(several) == 1 else {"hasExactly": several}
        for name, several in values.items()
    }


def _headers(one: Exported) -> dict[str, Any]:
    found: dict[str, Any] = {name: {"equalTo": value} for name, value in one.question.conditions}
    if caller_of(one.request.headers) is None and not one.is_for_all:
        found |= {name: {"absent": True} for name in CREDENTIALS}
    if one.only_for is not None:
        name, value = one.only_for
        found[name] = {"equalTo": value}
    if not one.is_for_all:
        if one.question.api_version == "queens":
            found["X-Api-Version"] = AFTER_M
        else:
            found["X-Api-Version"] = UP_TO_M
    form = error_form(one.request.headers)
    # A service that ignores Accept answers all requests alike.
    if one.response.status >= 400 and form and given_form(one.response.headers) in (None, form):
        found["Accept"] = FORMS[form]
    return found


def _priority(one: Exported, headers: dict[str, Any]) -> int:
    if one.is_for_all:
        return FOR_ALL
    if caller_of(one.request.headers) is None:
        return WITHOUT_CREDENTIALS
    is_narrow = one.question.conditions or "Accept" in headers or one.only_for
    return NARROW if is_narrow or one.question.api_version == "queens" else USUAL


def _response(one: Exported) -> dict[str, Any]:
    sent = to_send(one.response, one.request.method, one.described)
    headers: dict[str, list[str]] = {}
    for name, value in sent.fields:
        if name.lower() != b"content-length":  # WireMock counts for itself
            headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    shown = {name: values[0] if len(values) == 1 else values for name, values in headers.items()}
    response: dict[str, Any] = {"status": one.response.status}
    if one.response.reason:
        response["statusMessage"] = one.response.reason
    response["headers"] = shown
    if BASE.encode() in sent.body or BASE in str(shown):
        if b"{{" in sent.body or "{{" in str(shown):
            raise GlancetapeError(
                f"{one.request.method} {one.request.uri} cannot be exported: its answer has "
                "'{{', which WireMock would read as a template."
            )
        response["headers"] = json.loads(json.dumps(shown).replace(BASE, "{{request.baseUrl}}"))
        response["transformers"] = ["response-template"]
    return response


def _place_body(
    response: dict[str, Any], one: Exported, files: Path, number: str, name: str
) -> None:
    body = to_send(one.response, one.request.method, one.described).body
    if not body:
        response["body"] = ""
        return
    if "transformers" in response:
        body = body.replace(BASE.encode(), b"{{request.baseUrl}}")
    if len(body) > _INLINE:
        kind = ".json" if body[:1] in (b"{", b"[") else ".bin"
        (files / f"{number}{kind}").write_bytes(body)
        response["bodyFileName"] = f"{name}/{number}{kind}"
        return
    try:
        response["body"] = body.decode()
    except UnicodeDecodeError:
        response["base64Body"] = base64.b64encode(body).decode()


def _miss(priority: int, source: str, why: str, **request: Any) -> dict[str, Any]:
    """A stub with the status of a miss, and the reason."""
    return {
        "name": f"miss: {why}",
        "priority": priority,
        "request": {"method": "ANY", "urlPattern": ANY_URL, **request},
        "response": {
            "status": 501,
            "headers": {"Content-Type": "application/json", "X-Glancetape": "miss"},
            "jsonBody": {"error": {**_MISSES, "message": why}},
        },
    }
