"""HAR files, as browsers and proxies save them."""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from glancetape_cassettes.interaction import Headers, Interaction

DATE = "2026-03-01T12:00:00.250+02:00"


def entry(
    url: str = "http://glance:9292/v2/images",
    text: str | None = '{"images": [], "first": "/v2/images", "schema": "/v2/schemas/images"}',
    **changed: Any,
) -> dict[str, Any]:
    """An entry with an empty page; `request`, `response` and `content` add to theirs."""
    content = {
        "size": 0 if text is None else len(text.encode("utf-8", "replace")),
        "mimeType": "application/json",
    }
    content |= {} if text is None else {"text": text}
    request = {"method": "GET", "url": url, "httpVersion": "HTTP/1.1", "headers": []}
    response = {"status": 200, "statusText": "OK", "headers": [], "redirectURL": ""}
    return {
        "startedDateTime": DATE,
        "time": 0,  # all have one date, and none is under way during another one
        "request": request | changed.pop("request", {}),
        "response": response
        | {"content": content | changed.pop("content", {})}
        | changed.pop("response", {}),
        "cache": {},
        "timings": {"send": 0, "wait": 1, "receive": 0},
    } | changed


def har(entries: Iterable[Any], **log: Any) -> dict[str, Any]:
    """The whole file."""
    creator = {"name": "tests", "version": "1"}
    return {"log": {"version": "1.2", "creator": creator, "entries": list(entries)} | log}


def write_har(path: Path, entries: Iterable[Any], **log: Any) -> Path:
    """Write a file, and return its path."""
    path.write_text(json.dumps(har(entries, **log)), "utf-8")
    return path


def entry_of(interaction: Interaction, *, as_base64: bool = False) -> dict[str, Any]:
    """An interaction as an entry."""
    request, response = interaction.request, interaction.response
    posted = {"postData": {"text": request.body.decode(), "mimeType": ""}} if request.body else {}
    content: Mapping[str, Any] = {"size": len(response.body)}
    if as_base64:
        content = {**content, "text": base64.b64encode(response.body).decode()}
        content = {**content, "encoding": "base64"}
    else:
        content = {**content, "text": response.body.decode()}
    return entry(
        startedDateTime=interaction.recorded_at,
        request={
            "method": request.method,
            "url": request.uri,
            "headers": pairs(request.headers),
            **posted,
        },
        response={
            "status": response.status,
            "statusText": response.reason,
            "headers": pairs(response.headers),
            "content": content,
        },
    )


def pairs(headers: Headers) -> list[dict[str, str]]:
    """Headers as HAR has them."""
    return [{"name": name, "value": value} for name, value in headers]
