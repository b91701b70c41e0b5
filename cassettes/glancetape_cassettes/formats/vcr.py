"""Interactions from VCR YAML version 1, as vcrpy, Ruby VCR and glancetape write it.

vcrpy:     `interactions: [{request: {method, uri, body, headers}, response: {status: {code,
           message}, headers, body: {string}}}]`, `version: 1`.
Ruby VCR:  the list is called `http_interactions`, methods are lower case, bodies are
           `{encoding, string}` or `{encoding, base64_string}`.
glancetape: as vcrpy, plus `recorded_at` and `glancetape` in an interaction.
Others:     as vcrpy, but a JSON body is YAML under `parsed_body`, in place of `body`.
"""

import json
import zlib
from typing import Any
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.body import (
    WRITERS,
    JsonLayout,
    ReadableBody,
    from_base64,
    from_readable,
    is_utf_8,
)
from glancetape_cassettes.formats.http_form import (
    WITHOUT_BODY,
    content_length,
    fault_of,
    fault_of_headers,
    fault_of_request,
    is_cut_off,
    is_final,
    is_python_bytes,
    json_in_base64,
    names_json,
    without_chunks,
)
from glancetape_cassettes.formats.regular_file import GZIP
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.nouns import shortened
from glancetape_cassettes.service import is_image_list

VERSION = 1
MOST_DECODED = 64 * 1024 * 1024
"""Bytes of a decompressed body; glancetape does not record larger ones either."""
PARSED_BODY = "parsed_body"
"""Where other recorders put a JSON body: as YAML, in place of `body`."""
_TOO_LARGE = f"{{where}}: the response body is over {MOST_DECODED >> 20} MiB when decompressed."
_BODY_KEYS = frozenset(["string", "base64_string"])
_BROTLI_PIECE = 64
"""Bytes decoded at once. Each can hold many MB, and this decoder has no limit of its own."""
_ZSTD_PIECE = 1024
CODINGS = frozenset(["gzip", "x-gzip", "deflate", "br", "zstd"])
"""Content codings that can be undone."""
_MOST_SHOWN = 40  # characters of a value in a message
_GZIP_OR_ZLIB, _RAW_DEFLATE = 47, -15  # values of zlib's wbits


def interaction_from(
    value: Any, where: str, *, is_foreign: bool = False, is_searched: bool = False
) -> Interaction:
    """Return an item of the list as an Interaction. CassetteError names what is missing.

    Of another recorder's item (`is_foreign`), what glancetape writes only whole is checked too: the
    URL, and the length of the body. JSON that no client could read may be searched all the same.
    """
    item = _mapping(value, where, "the interaction")
    response = _mapping(item.get("response"), where, "'response'")
    status = _mapping(response.get("status"), where, "'response.status'")
    code = status.get("code")
    if not is_final(code):
        raise CassetteError(
            f"{where}: 'response.status.code' must be a number from 200 to 599, not {_short(code)}."
        )
    request = request_from(item.get("request"), where)
    if is_foreign:
        _check_host(request.uri, where)
        if (fault := fault_of_request(request)) is not None:
            raise CassetteError(f"{where}: {fault}.")
    headers = _headers(response.get("headers"), where, "response")
    if PARSED_BODY in response and _is_empty(response.get("body")):
        body = _parsed_body(response[PARSED_BODY], headers, f"{where}: the response")
    else:
        if _lacks_body(response, headers, request.method):
            raise CassetteError(
                f"{where}: the response has no 'body' with a 'string' in it, so what the service "
                "answered is not in the file. Record it again, or remove the interaction."
            )
        body = _body(_stored_body(response.get("body"), item.get("glancetape"), where), where)
        if is_foreign:
            _check_whole(body, response, headers, request.method, where)
        body = without_chunks(body, headers) if is_foreign else body
    sent = Response(code, _text(status.get("message") or ""), headers, body)
    headers, body = _decoded(headers, body, where, is_foreign=is_foreign)
    if is_foreign and not is_searched:
        _check_json(request, sent, body, where)
    found = Response(code, sent.reason, headers, body)
    if (fault := fault_of(found)) is not None:
        raise CassetteError(f"{where}: {fault}.")
    ours = item.get("glancetape")
    return Interaction(
        request=request,
        response=found,
        recorded_at=_text(item.get("recorded_at") or ""),
        passed_through=isinstance(ours, dict) and ours.get("passed_through") is True,
    )


def _check_json(request: Request, sent: Response, body: bytes, where: str) -> None:
    """Check that JSON of another recorder is whole; `body` is what was sent, decompressed."""
    if not body and _is_never_empty(request, sent.status, sent.headers):
        raise CassetteError(
            f"{where}: the response is JSON and its body is empty, so what the service answered is "
            "not in the file. Record it again, or remove the interaction."
        )
    if _is_json(request, sent.headers) and _is_packed(body):
        raise CassetteError(
            f"{where}: the response is JSON and its body is base64, bytes as Python shows them, or "
            "compressed without a header that says so, which a client cannot read. Store the JSON "
            "itself."
        )
    if is_cut_off(body, sent.headers, sent=len(sent.body), status=sent.status):
        raise CassetteError(
            f"{where}: the response body is the beginning of JSON, so the file has only a part of "
            "what the service answered. Record it again, or remove the interaction."
        )


def _short(value: Any) -> str:
    return shortened(repr(value), _MOST_SHOWN)


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
    if PARSED_BODY in request and _is_empty(request.get("body")):
        body = _parsed_body(request[PARSED_BODY], headers, f"{where}: the request")
    else:
        body = _bytes(_body_content(request.get("body"), where, "request"))
    return Request(method=request["method"].upper(), uri=request["uri"], headers=headers, body=body)


def _check_host(uri: str, where: str) -> None:
    parts = urlsplit(uri)
    if not parts.scheme or not parts.netloc:
        raise CassetteError(
            f"{where}: 'request.uri' has no host, so which service was asked is unknown; write the "
            "whole URL, such as http://glance:9292/v2/images."
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
        if (packed := value.get("base64_string")) is not None:
            return _from_base64(packed, f"{where}: the {what} body")
        value = value.get("string")
    if value is None:
        return ""
    if not isinstance(value, str | bytes):
        raise CassetteError(f"{where}: the {what} body must be text; quote it.")
    return value


def _from_base64(text: Any, what: str) -> bytes:
    if not isinstance(text, str):
        raise CassetteError(f"{what}: 'base64_string' must be text.")
    try:
        return from_base64(text)
    except ValueError as error:
        raise CassetteError(f"{what}: 'base64_string' is not valid base64: {error}.") from error


def _lacks_body(response: dict[str, Any], headers: Headers, method: str) -> bool:
    """Whether a response has no body where the service sent one, or may have sent one.

    `body: null` stands for an empty body, unless Content-Length shows another length.
    """
    length = (header(headers, "content-length") or "").strip()
    if method == "HEAD" or response["status"]["code"] in WITHOUT_BODY or length == "0":
        return False
    if "body" not in response:
        return True
    body = response["body"]
    if isinstance(body, dict):
        if not _BODY_KEYS & body.keys():
            return True
        body = next((body[key] for key in _BODY_KEYS if body.get(key) is not None), None)
    return body is None and bool(length)


def _is_packed(body: bytes) -> bool:
    """Whether a body is JSON in a form that only the recorder knows."""
    return body.startswith(GZIP) or is_python_bytes(body) or json_in_base64(body) is not None


def _is_json(request: Request, headers: Headers) -> bool:
    """Whether a response is JSON, by its headers or as a list: a recorder may filter headers."""
    return names_json(headers) or is_image_list(urlsplit(request.uri).path)


def _is_never_empty(request: Request, status: int, headers: Headers) -> bool:
    """Whether a response to GET is JSON and does not say that it has no body.

    No JSON is empty. A recorder that keeps the body elsewhere may leave an empty one.
    """
    if request.method != "GET" or not 200 <= status < 300 or status in WITHOUT_BODY:
        return False
    return _is_json(request, headers) and content_length(headers) != 0


def _is_empty(body: Any) -> bool:
    """Whether a body has no content, so that a `parsed_body` beside it is the body."""
    if isinstance(body, dict) and body.keys() <= {"encoding", *_BODY_KEYS}:
        return not any(body.get(key) for key in _BODY_KEYS)
    return body in (None, "", b"")


def _check_whole(
    body: bytes, response: dict[str, Any], headers: Headers, method: str, where: str
) -> None:
    """Raise CassetteError for a body that is empty or JSON cut off where its length shows more.

    With a content coding the length is that of other bytes.
    """
    if method == "HEAD" or response["status"]["code"] in WITHOUT_BODY:
        return
    coding = (header(headers, "content-encoding") or "identity").strip().lower()
    length = _length(response, headers)
    if coding != "identity" or length <= len(body):
        return
    begins = body.lstrip()[:1] in (b"{", b"[")
    if body and not (begins and is_cut_off(body, (), sent=len(body), kind="json", size=length)):
        return  # an editor or a filter may have changed it
    have = f"{len(body)} of {length} bytes" if body else f"none of {length} bytes"
    raise CassetteError(
        f"{where}: the file has {have} of the response body, so what the service answered is not "
        "in the file. Record it again, or remove the interaction."
    )


def _length(response: dict[str, Any], headers: Headers) -> int:
    """Content-Length, or what go-vcr has in its place; 0 when there is none."""
    length = content_length(headers)
    of_go_vcr = response.get("content_length")
    return length or (of_go_vcr if isinstance(of_go_vcr, int) else 0)


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


def _decoded(
    headers: Headers, body: bytes, where: str, *, is_foreign: bool
) -> tuple[Headers, bytes]:
    """Undo a content coding, which other recorders keep, and drop the header for it.

    Raises CassetteError for a coding that cannot be undone: nobody could read or search the body.
    Of our own cassettes, `export` and `scan` see a body in another coding as it is.
    """
    coding = (header(headers, "content-encoding") or "").strip().lower()
    if coding in ("", "identity") or (coding not in CODINGS and (not is_foreign or is_utf_8(body))):
        return headers, body
    decoded = undone(body, coding, where) if coding in CODINGS else None
    # Ruby VCR and vcrpy have an option that stores decompressed bodies but keeps the header.
    if decoded is None and not is_utf_8(body):
        is_known = coding in CODINGS
        why = "the body is cut off or damaged" if is_known else "nobody knows it"
        raise CassetteError(
            f"{where}: the content coding {coding if is_known else _short(coding)} of the response "
            f"body cannot be undone: {why}. Record it again, or remove the interaction."
        )
    without = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    return without, body if decoded is None else decoded


def undone(body: bytes, coding: str, where: str) -> bytes | None:
    """Return a body without a coding of `CODINGS`; None when it has none, or is damaged.

    Raises CassetteError, which names the place `where`, for one that becomes too large.
    """
    if not body or coding not in ("br", "zstd"):
        return inflated(body, coding, where)
    decoded = _unbrotlied(body) if coding == "br" else _of_zstandard(body)
    if decoded is not None and len(decoded) > MOST_DECODED:
        raise CassetteError(_TOO_LARGE.format(where=where))
    return decoded


def _unbrotlied(body: bytes) -> bytes | None:
    """Return the decompressed body, or little more of it than is allowed; None if it is damaged."""
    import brotli  # type: ignore[import-untyped]  # it has no types

    decoder, decoded = brotli.Decompressor(), bytearray()
    try:
        for start in range(0, len(body), _BROTLI_PIECE):
            decoded += decoder.process(body[start : start + _BROTLI_PIECE])
            if len(decoded) > MOST_DECODED:
                return bytes(decoded)
    except brotli.error:
        return None
    return bytes(decoded) if decoder.is_finished() else None


def _of_zstandard(body: bytes) -> bytes | None:
    """Return the decompressed body, or little more of it than is allowed; None if it is damaged."""
    import zstandard

    work = zstandard.ZstdDecompressor().decompressobj()
    decoded = bytearray()
    try:
        for start in range(0, len(body), _ZSTD_PIECE):
            if work.eof:  # a second frame
                return None
            decoded += work.decompress(body[start : start + _ZSTD_PIECE])
            if len(decoded) > MOST_DECODED:
                return bytes(decoded)
    except zstandard.ZstdError:
        return None
    return bytes(decoded) if work.eof and not work.unused_data else None


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
    decoded, rest = b"", body
    while rest or not decoded:
        work = zlib.decompressobj(wbits=form)
        try:
            decoded += work.decompress(rest, MOST_DECODED + 1 - len(decoded))
        except zlib.error:
            return None
        if len(decoded) > MOST_DECODED:
            raise CassetteError(_TOO_LARGE.format(where=where))
        rest = work.unused_data
        if not work.eof or (rest and not rest.startswith(GZIP)):  # of gzip, several may follow
            return None
        if not rest:
            break
    return decoded
