"""Tokens that are valid now: the dates in a recorded login, moved to the time of the replay.

Clients read when their token expires, and log in again before each request once it has:

    recorded at 06:42   "issued_at": "2026-11-26T06:42:57.000000Z", "expires_at": "...T07:42:57..."
    replayed at 09:00   "issued_at": "2026-11-26T09:00:00.000000Z", "expires_at": "...T10:00:00..."

The token is valid as long as the recorded one, and for an hour at least; to the year 9999 at most,
which some clouds write for a token that never expires. Nothing else in the answer changes, and the
recording stays as it is.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from glancetape_cassettes.interaction import Response

LEAST_LIFETIME = timedelta(hours=1)
_LATEST = datetime.max.replace(tzinfo=UTC)
_ISSUED, _EXPIRES = ("issued_at", "issued"), ("expires_at", "expires")
_MEMBER = r'("{name}"\s*:\s*")({value})(")'


def valid_now(response: Response, now: datetime) -> Response:
    """An answer of Keystone whose token is issued now; any other response as it is."""
    try:
        body = json.loads(response.body)
        tokens = [*_tokens_in(body)]
    except (ValueError, RecursionError):
        return response
    content = response.body
    for token in tokens:
        for name, old, new in _moved(token, now):
            pattern = _MEMBER.format(name=re.escape(name), value=re.escape(old))
            content = re.sub(pattern.encode(), rf"\g<1>{new}\g<3>".encode(), content)
    return replace(response, body=content) if content != response.body else response


def _tokens_in(body: Any) -> Iterator[dict[str, Any]]:
    """The token that a body of v3 or v2.0 describes, or the receipt of a login that lacks more."""
    if isinstance(body, dict):
        access = body.get("access")
        of_v2 = access.get("token") if isinstance(access, dict) else None
        for token in (body.get("token"), body.get("receipt"), of_v2):
            if isinstance(token, dict):
                yield token


def _moved(token: dict[str, Any], now: datetime) -> Iterator[tuple[str, str, str]]:
    """Members of a token that hold its dates, with the old and the new text."""
    dates = {name: _read(token.get(name)) for name in (*_ISSUED, *_EXPIRES)}
    issued = next((dates[name] for name in _ISSUED if dates[name]), None)
    expires = next((dates[name] for name in _EXPIRES if dates[name]), None)
    if expires is None:
        return
    lifetime = max(expires - issued, LEAST_LIFETIME) if issued else LEAST_LIFETIME
    until = now + min(lifetime, _LATEST - now)
    for name in _ISSUED:
        if dates[name]:
            yield name, token[name], _written(now, token[name])
    for name in _EXPIRES:
        if dates[name]:
            yield name, token[name], _written(until, token[name])


def _read(text: Any) -> datetime | None:
    if not isinstance(text, str) or len(text) < len("2026-11-26T06:42:57"):
        return None
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _written(date: datetime, like: str) -> str:
    """A date in UTC, in the form of another: with or without fractions, blank and zone."""
    date = date.astimezone(UTC)
    fraction = re.search(r"\.(\d+)", like)
    digits = f"{date.microsecond:06d}".ljust(9, "0")[: len(fraction[1])] if fraction else ""
    zone = "" if re.search(r"\d\Z", like) and not re.search(r"[+-]\d\d:?\d\d\Z", like) else "Z"
    return f"{date:%Y-%m-%d}{like[10]}{date:%H:%M:%S}{'.' if digits else ''}{digits}{zone}"
