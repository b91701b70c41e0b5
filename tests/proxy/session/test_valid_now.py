"""A replayed token is valid now, as long as the recorded one was."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from glancetape.session.adapting.valid_now import LEAST_LIFETIME, valid_now
from glancetape_cassettes.interaction import Response

NOW = datetime(2030, 2, 3, 4, 5, 6, 789012, UTC)


def v3(issued: Any, expires: Any) -> dict[str, Any]:
    """A token of v3."""
    return {"token": {"methods": [], "issued_at": issued, "expires_at": expires, "catalog": []}}


def receipt(issued: Any, expires: Any) -> dict[str, Any]:
    """What a login gets that lacks another method."""
    return {"receipt": {"methods": [], "expires_at": expires, "issued_at": issued}}


def v2(issued: Any, expires: Any) -> dict[str, Any]:
    """A token of v2.0."""
    return {"access": {"token": {"id": "t", "issued_at": issued, "expires": expires}}}


def sent(body: Any) -> Any:
    """A body as the client gets it."""
    return json.loads(valid_now(Response(201, "", (), json.dumps(body).encode()), NOW).body)


@pytest.mark.parametrize("token", [v3, v2, receipt])
@pytest.mark.parametrize(
    ("issued", "expires", "now", "then"),
    [
        ("2026-11-26T06:42:57.000000Z", "2026-11-27T06:42:57.000000Z",
         "2030-02-03T04:05:06.789012Z", "2030-02-04T04:05:06.789012Z"),
        ("2026-11-26T06:42:57Z", "2026-11-26T08:42:57Z",
         "2030-02-03T04:05:06Z", "2030-02-03T06:05:06Z"),
        ("2026-11-26T06:42:57.000000", "2026-11-26T08:42:57Z",
         "2030-02-03T04:05:06.789012", "2030-02-03T06:05:06Z"),
        ("2026-11-26 06:42:57.000", "2026-11-26 09:42:57.000",
         "2030-02-03 04:05:06.789", "2030-02-03 07:05:06.789"),
        ("2026-11-26T06:42:57+00:00", "2026-11-26T10:42:57+02:00",
         "2030-02-03T04:05:06Z", "2030-02-03T06:05:06Z"),
        ("2026-11-26T06:42:57Z", "2026-11-26T06:43:17Z",
         "2030-02-03T04:05:06Z", "2030-02-03T05:05:06Z"),
        ("2026-11-26T06:42:57Z", "2020-01-01T00:00:00Z",
         "2030-02-03T04:05:06Z", "2030-02-03T05:05:06Z"),
        (None, "2026-11-26T06:43:17Z", None, "2030-02-03T05:05:06Z"),
        ("2026-11-26T06:42:57Z", "9999-12-31T23:59:59.999999Z",
         "2030-02-03T04:05:06Z", "9999-12-31T23:59:59.999999Z"),
        ("2026-11-26T06:42:57Z", "9999-12-31T23:59:59-12:00",
         "2030-02-03T04:05:06Z", "9999-12-31T23:59:59Z"),
    ],
    ids=["a day", "two hours", "mixed", "with a blank", "with zones", "seconds", "over", "alone",
         "never", "never, with a zone"],
)  # fmt: skip
def test_its_dates_are_moved_in_their_own_form(
    token: Any, issued: Any, expires: Any, now: Any, then: Any
) -> None:
    """An hour at least: a token that was about to expire would make clients log in for ever."""
    assert token(now, then) == sent(token(issued, expires))


@pytest.mark.parametrize(
    "body",
    [
        v3("2026-11-26T06:42:57Z", None), v3("yesterday", "tomorrow"), v3(1, 2),
        v3("2026-11-26", "2026-11-27"), {"token": "t"}, {"token": []}, {"access": []}, [],
        {"projects": [{"expires_at": "2026-11-26T06:43:17Z"}]}, {"error": {"code": 401}},
    ],
)  # fmt: skip
def test_what_shows_no_expiry_stays(body: Any) -> None:
    """A refusal, a list of projects, dates that nobody can read."""
    response = Response(200, "", (), json.dumps(body, indent=3).encode())

    assert valid_now(response, NOW) is response


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[" * 9999])
def test_a_body_that_is_no_json_stays(body: bytes) -> None:
    """An answer that was cut off."""
    response = Response(200, "", (), body)

    assert valid_now(response, NOW) is response


def test_only_the_dates_change() -> None:
    """Layout, order and everything else stay byte for byte; the same text elsewhere too."""
    date = "2026-11-26T06:42:57Z"
    body = '{"token":\n {"issued_at" : "%s",  "expires_at":"%s", "note": "%s", "\\u00e9": 1.0}}'
    response = Response(201, "Created", (("A", "b"),), (body % (date, date, date)).encode())

    led = valid_now(response, NOW)

    later = (NOW + LEAST_LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (body % ("2030-02-03T04:05:06Z", later, date)).encode() == led.body
    assert (response.status, response.headers) == (led.status, led.headers)
    assert timedelta(hours=1) == LEAST_LIFETIME
