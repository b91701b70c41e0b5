"""Redacting Keystone's JSON: what the tables do not name is replaced.

`id` and `name` mean different things in different places, so the nearest owner decides:

    {"token": {"project": {"id": "<id>"}, "roles": [{"id": "<id>"}]}}
    {"token": {"project": {"id": "facade00..."}, "roles": [{"id": "<id>"}]}}
"""

from typing import Any
from urllib.parse import quote_plus, unquote_plus

from glancetape_cassettes.redaction.exchange import Exchange
from glancetape_cassettes.redaction.json_values import JsonRedaction
from glancetape_cassettes.redaction.policy import (
    KEYSTONE_KEEP,
    KEYSTONE_OWNERS,
    KEYSTONE_PUBLIC,
    KEYSTONE_URLS,
    PLACEHOLDER,
    Treatment,
    fold,
)
from glancetape_cassettes.redaction.secret_patterns import scrub


def redact_keystone(value: Any, exchange: Exchange) -> Any:
    """Return the JSON value of a Keystone body with only what the tables name."""
    return _redact(value, "", "", exchange)


def redact_keystone_form(form: str, exchange: Exchange) -> str:
    """Return a form that was sent to Keystone, with only what the tables name."""
    return "&".join(_redact_pair(pair, exchange) for pair in form.split("&"))


def _redact_pair(pair: str, exchange: Exchange) -> str:
    raw_name, _, raw_value = pair.partition("=")
    value = unquote_plus(raw_value)
    redacted = _redact_string(value, fold(unquote_plus(raw_name)), "", exchange)
    if redacted == value:
        return pair if raw_value else scrub(pair)
    exchange.secrets.add(raw_value)
    return f"{raw_name}={quote_plus(redacted)}"


def _redact(value: Any, name: str, owner: str, exchange: Exchange) -> Any:
    """Redact the value of the member `name`; `owner` is the nearest name above that owns ids."""
    if isinstance(value, dict):
        below = name if name in KEYSTONE_OWNERS | KEYSTONE_PUBLIC else ""
        if name == "links":
            below = owner or name
        return {scrub(key): _redact(one, fold(key), below, exchange) for key, one in value.items()}
    if isinstance(value, list):
        return [_redact(one, name, owner, exchange) for one in value]
    if isinstance(value, str):
        return _redact_string(value, name, owner, exchange)
    if value is None or isinstance(value, bool):
        return value
    return PLACEHOLDER if exchange.rules.treatments[name] is Treatment.SECRET else value


def _redact_string(value: str, name: str, owner: str, exchange: Exchange) -> str:
    if not value:
        return value
    if name in ("id", "name"):
        return _redact_id_or_name(value, name, owner, exchange)
    if name in KEYSTONE_URLS:
        return JsonRedaction(exchange).string(Treatment.KEEP, value)
    if name in KEYSTONE_KEEP or name == "message":
        return scrub(value)
    treatment = exchange.rules.treatments[name]
    if treatment in (Treatment.ID, Treatment.NAME):
        return exchange.stand_in(treatment, value)
    exchange.secrets.add(value)
    return PLACEHOLDER


def _redact_id_or_name(value: str, name: str, owner: str, exchange: Exchange) -> str:
    if owner in KEYSTONE_OWNERS:
        return exchange.stand_in(Treatment.ID if name == "id" else Treatment.NAME, value)
    if owner in KEYSTONE_PUBLIC:
        return scrub(value)
    exchange.secrets.add(value)
    if name == "id":  # the token itself, which a client sends or reads in a body
        return exchange.stand_in(Treatment.TOKEN, value)
    return PLACEHOLDER
