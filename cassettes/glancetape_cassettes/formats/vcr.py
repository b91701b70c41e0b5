"""Interactions from VCR YAML version 1, as vcrpy, Ruby VCR and glancetape write it.

vcrpy:     `interactions: [{request: {method, uri, body, headers}, response: {status: {code,
           message}, headers, body: {string}}}]`, `version: 1`.
Ruby VCR:  the list is called `http_interactions`, methods are lower case, bodies are
           `{encoding, string}` or `{encoding, base64_string}`.
glancetape: as vcrpy, plus `recorded_at` and `glancetape` in an interaction.
"""

import base64
import zlib
from typing import Any
from urllib.parse import urlsplit

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import WRITERS, JsonLayout, ReadableBody, from_readable
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header

VERSION = 1
LIST_KEYS = ("interactions", "http_interactions")
MOST_DECODED = 64 * 1024 * 1024
"""Bytes of a decompressed body; glancetape does not record larger ones either."""
_GZIP_OR_ZLIB, _RAW_DEFLATE = 47, -15  # values of zlib's wbits


def interaction_from(value: Any, where: str) -> Interaction:
    """Return an item of the list as an Interaction. CassetteError names what is missing."""
    item = _mapping(value, where, "the interaction")
    response = _mapping(item.get("response"), where, "'response'")
    status = _mapping(response.get("status"), where, "'response.status'")
    code = status.get("code")
    if not isinstance(code, int) or not 100 <= code <= 999:
        raise CassetteError(f"{where}: 'response.status.code' must be a number such as 200.")
    stored = _stored_body(response.get("body"), item.get("glancetape"), where)
    headers, body = _decoded(
        _headers(response.get("headers"), where, "response"), _body(stored, where), where
    )
    return Interaction(
        request=request_from(item.get("request"), where),
        response=Response(code, _text(status.get("message") or ""), headers, body),
        recorded_at=_text(item.get("recorded_at") or ""),
    )


def request_from(value: Any, where: str) -> Request:
    """Return the `request` of an item as a Request. CassetteError names what is missing."""
    request = _mapping(value, where, "'request'")
    for key in ("method", "uri"):
        if not isinstance(request.get(key), str) or not request[key]:
            raise CassetteError(f"{where}: 'request.{key}' is missing or not text.")
    try:
        urlsplit(request["uri"])
    except ValueError as error:
        raise CassetteError(f"{where}: 'request.uri' is not a URL: {error}.") from error
    return Request(
        method=request["method"].upper(),
        uri=request["uri"],
        headers=_headers(request.get("headers"), where, "request"),
        body=_bytes(_body_content(request.get("body"), where, "request")),
    )


def _mapping(value: Any, where: str, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CassetteError(f"{where}: {what} is missing or not a mapping.")
    return value


def _headers(value: Any, where: str, what: str) -> Headers:
    if value is None:
        return ()
    pairs: list[tuple[str, str]] = []
    for name, values in _mapping(value, where, f"'{what}.headers'").items():
        for one in values if isinstance(values, list) else [values]:
            if isinstance(one, dict | list):
                raise CassetteError(f"{where}: the {what} header {name!r} must be text or a list.")
            pairs.append((_text(name), _text("" if one is None else one)))
    return tuple(pairs)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def _body_content(value: Any, where: str, what: str) -> str | bytes:
    if isinstance(value, dict):
        if isinstance(value.get("base64_string"), str):
            return _from_base64(value["base64_string"], f"{where}: the {what} body")
        value = value.get("string")
    if value is None:
        return ""
    if not isinstance(value, str | bytes):
        raise CassetteError(f"{where}: the {what} body must be text; quote it.")
    return value


def _from_base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError as error:
        raise CassetteError(f"{what}: 'base64_string' is not valid base64: {error}.") from error


def _stored_body(value: Any, ours: Any, where: str) -> ReadableBody:
    content = _body_content(value, where, "response")
    if not isinstance(ours, dict) or "json" not in ours:
        return ReadableBody(_bytes(content))
    style, end = ours["json"], ours.get("end", "")
    if not isinstance(style, str) or style not in WRITERS or not isinstance(end, str):
        raise CassetteError(f"{where}: 'glancetape.json' must be one of {', '.join(WRITERS)}.")
    return ReadableBody(content, JsonLayout(style, end))


def _body(stored: ReadableBody, where: str) -> bytes:
    try:
        return from_readable(stored, where)
    except (TypeError, RecursionError) as error:
        raise CassetteError(
            f"{where}: the response body is marked as JSON and cannot be written as such: {error}."
        ) from error


def _decoded(headers: Headers, body: bytes, where: str) -> tuple[Headers, bytes]:
    """Decompress gzip and deflate, which other recorders keep, and drop the header for it."""
    coding = (header(headers, "content-encoding") or "").strip().lower()
    if coding not in ("gzip", "x-gzip", "deflate"):
        return headers, body
    decoded = _inflated(body, _GZIP_OR_ZLIB, where)
    if decoded is None and coding == "deflate":  # some services omit zlib's frame
        decoded = _inflated(body, _RAW_DEFLATE, where)
    # Ruby VCR and vcrpy have an option that stores decompressed bodies but keeps the header.
    if decoded is None and not _is_text(body):
        return headers, body
    without = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    return without, body if decoded is None else decoded


def _inflated(body: bytes, form: int, where: str) -> bytes | None:
    """Return the decompressed body; None when it is in another form or incomplete."""
    work = zlib.decompressobj(wbits=form)
    try:
        decoded = work.decompress(body, MOST_DECODED + 1)
    except zlib.error:
        return None
    if len(decoded) > MOST_DECODED:
        raise CassetteError(
            f"{where}: the response body is over {MOST_DECODED >> 20} MiB when decompressed."
        )
    return decoded if work.eof and not work.unused_data else None


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
