"""Interactions from VCR YAML version 1, as vcrpy, Ruby VCR and glancetape write it.

vcrpy:     `interactions: [{request: {method, uri, body, headers}, response: {status: {code,
           message}, headers, body: {string}}}]`, `version: 1`.
Ruby VCR:  the list is called `http_interactions`, methods are lower case, bodies are
           `{encoding, string}` or `{encoding, base64_string}`.
glancetape: as vcrpy, plus `recorded_at` and `glancetape` in an interaction.
Others:     as vcrpy, but a JSON body is YAML under `parsed_body`, in place of `body`.
"""

import base64
import json
import zlib
from typing import Any
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import WRITERS, JsonLayout, ReadableBody, from_readable
from glancetape_cassettes.formats.http_form import fault_of, fault_of_headers, is_final
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header

VERSION = 1
MOST_DECODED = 64 * 1024 * 1024
"""Bytes of a decompressed body; glancetape does not record larger ones either."""
PARSED_BODY = "parsed_body"
"""Where other recorders put a JSON body: as YAML, in place of `body`."""
_BODY_KEYS = frozenset(["string", "base64_string"])
_WITHOUT_BODY = (204, 304)
_GZIP_OR_ZLIB, _RAW_DEFLATE = 47, -15  # values of zlib's wbits


def interaction_from(value: Any, where: str) -> Interaction:
    """Return an item of the list as an Interaction. CassetteError names what is missing."""
    item = _mapping(value, where, "the interaction")
    response = _mapping(item.get("response"), where, "'response'")
    status = _mapping(response.get("status"), where, "'response.status'")
    code = status.get("code")
    if not is_final(code):
        raise CassetteError(
            f"{where}: 'response.status.code' must be a number from 200 to 599, not {code!r}."
        )
    request = request_from(item.get("request"), where)
    headers = _headers(response.get("headers"), where, "response")
    if PARSED_BODY in response and response.get("body") is None:
        body = _parsed_body(response[PARSED_BODY], headers, f"{where}: the response")
    else:
        if _lacks_body(response, headers, request.method):
            raise CassetteError(
                f"{where}: the response has no 'body' with a 'string' in it, so what the service "
                "answered is not in the file. Record it again, or remove the interaction."
            )
        body = _body(_stored_body(response.get("body"), item.get("glancetape"), where), where)
    headers, body = _decoded(headers, body, where)
    found = Response(code, _text(status.get("message") or ""), headers, body)
    if (fault := fault_of(found)) is not None:
        raise CassetteError(f"{where}: {fault}.")
    ours = item.get("glancetape")
    return Interaction(
        request=request,
        response=found,
        recorded_at=_text(item.get("recorded_at") or ""),
        passed_through=isinstance(ours, dict) and ours.get("passed_through") is True,
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
    headers = _headers(request.get("headers"), where, "request")
    if (fault := fault_of_headers(headers, "request")) is not None:
        raise CassetteError(f"{where}: {fault}.")
    if PARSED_BODY in request and request.get("body") is None:
        body = _parsed_body(request[PARSED_BODY], headers, f"{where}: the request")
    else:
        body = _bytes(_body_content(request.get("body"), where, "request"))
    return Request(method=request["method"].upper(), uri=request["uri"], headers=headers, body=body)


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


def _lacks_body(response: dict[str, Any], headers: Headers, method: str) -> bool:
    """Whether a response has no body where the service sent one, or may have sent one.

    `body: null` stands for an empty body, unless Content-Length shows another length.
    """
    length = (header(headers, "content-length") or "").strip()
    if method == "HEAD" or response["status"]["code"] in _WITHOUT_BODY or length == "0":
        return False
    if "body" not in response:
        return True
    body = response["body"]
    if isinstance(body, dict):
        if not _BODY_KEYS & body.keys():
            return True
        body = next((body[key] for key in _BODY_KEYS if body.get(key) is not None), None)
    return body is None and bool(length)


def _parsed_body(value: Any, headers: Headers, what: str) -> bytes:
    """The JSON text of a body that was stored as YAML; None is an empty body.

    Of the layouts that services write, the one that is as long as Content-Length shows.
    """
    length = (header(headers, "content-length") or "").strip()
    if value is None and length in ("", "0"):
        return b""
    try:
        orjson.dumps(value)  # refuses what JSON has no word for: bytes, names that are not text
        json.dumps(value, allow_nan=False)
        written = [write(value).encode() for write in WRITERS.values()]
    except (TypeError, ValueError, RecursionError) as error:
        raise CassetteError(f"{what} has a '{PARSED_BODY}' that is not JSON: {error}.") from error
    return next((one for one in written if str(len(one)) == length), written[0])


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
    decoded = inflated(body, coding, where)
    # Ruby VCR and vcrpy have an option that stores decompressed bodies but keeps the header.
    if decoded is None and not _is_text(body):
        return headers, body
    without = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    return without, body if decoded is None else decoded


def inflated(body: bytes, coding: str, where: str) -> bytes | None:
    """Return a body without the coding gzip or deflate; None when it has none, or is damaged.

    Raises CassetteError, which names the place `where`, for one that becomes too large.
    """
    decoded = _inflated(body, _GZIP_OR_ZLIB, where)
    if decoded is None and coding == "deflate":  # some services omit zlib's frame
        decoded = _inflated(body, _RAW_DEFLATE, where)
    return decoded


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
