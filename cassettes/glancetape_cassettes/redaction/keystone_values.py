"""Redacting Keystone's JSON: what the tables do not name is replaced.

`id` and `name` mean different things in different places, so the nearest owner decides:

    {"token": {"project": {"id": "<id>"}, "roles": [{"id": "<id>"}]}}
    {"token": {"project": {"id": "facade00..."}, "roles": [{"id": "<id>"}]}}
"""

from typing import Any
from urllib.parse import quote_plus, unquote_plus

from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.exchange import Exchange
from glancetape_cassettes.redaction.json_values import JsonRedaction
from glancetape_cassettes.redaction.policy import (
    KEYSTONE_DATES,
    KEYSTONE_IDS,
    KEYSTONE_KEEP,
    KEYSTONE_MESSAGES,
    KEYSTONE_OWNERS,
    KEYSTONE_PUBLIC,
    KEYSTONE_TEXTS,
    KEYSTONE_URLS,
    KEYSTONE_WORDS,
    PLACEHOLDER,
    Treatment,
    fold,
)
from glancetape_cassettes.redaction.scrubbing import scrub

_DATE = lazy_compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?\Z")


def redact_keystone(value: Any, exchange: Exchange) -> Any:
    """Return the JSON value of a Keystone body with only what the tables name."""
    return _redact(value, "", "", exchange)


def redact_keystone_form(form: str, exchange: Exchange) -> str:
    """Return a form that was sent to Keystone, with only what the tables name."""
    return "&".join(_redact_pair(pair, exchange) for pair in form.split("&"))


def _redact_pair(pair: str, exchange: Exchange) -> str:
    raw_name, _, raw_value = pair.partition("=")
    value = unquote_plus(raw_value)
    redacted = _redact_string(value, _folded(unquote_plus(raw_name)), "", exchange)
    if redacted == value:
        return pair if raw_value else scrub(pair)
    exchange.secrets.add(raw_value)
    return f"{raw_name}={quote_plus(redacted)}"


def _folded(name: str) -> str:
    """Return a name as the tables have it, without its extension: `OS-TRUST:trust` is `trust`."""
    return fold(name).rpartition(":")[2]


def _redact(value: Any, name: str, owner: str, exchange: Exchange) -> Any:
    """Redact the value of the member `name`; `owner` is the nearest name above that owns ids."""
    if isinstance(value, dict):
        below = name if name in KEYSTONE_OWNERS | KEYSTONE_PUBLIC else ""
        if name == "links":
            below = owner or name
        return {
            scrub(key): _redact(one, _folded(key), below, exchange) for key, one in value.items()
        }
    if isinstance(value, list):
        return [_redact(one, name, owner, exchange) for one in value]
    if isinstance(value, str):
        return _redact_string(value, name, owner, exchange)
    if value is None or isinstance(value, bool):
        return value
    return PLACEHOLDER if exchange.rules.treatments[name] is Treatment.SECRET else value


def _redact_string(value: str, name: str, owner: str, exchange: Exchange) -> str:
    if not value or (name, value) in KEYSTONE_WORDS:
        return value
    if name in exchange.rules.sensitive:
        name = ""  # whatever the tables below say of it
    if name in ("id", "name"):
        return _redact_id_or_name(value, name, owner, exchange)
    if name in KEYSTONE_URLS:
        return JsonRedaction(exchange).string(Treatment.KEEP, value)
    if name in KEYSTONE_KEEP | KEYSTONE_MESSAGES or (name in KEYSTONE_DATES and _DATE.match(value)):
        return exchange.text(value)
    treatment = Treatment.ID if name in KEYSTONE_IDS else exchange.rules.treatments[name]
    if treatment in (Treatment.ID, Treatment.NAME):
        return exchange.stand_in(treatment, value)
    if name not in KEYSTONE_TEXTS:
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
