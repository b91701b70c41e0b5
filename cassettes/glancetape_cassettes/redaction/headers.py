"""Redacting headers: those in the allow-list pass, and the secrets of all others are noted."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from glancetape_cassettes.interaction import HOP_BY_HOP, Headers, access_key_of
from glancetape_cassettes.later import later
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.exchange import Exchange
from glancetape_cassettes.redaction.policy import NEVER_HEADERS, Treatment, fold
from glancetape_cassettes.redaction.scrubbing import scrub
from glancetape_cassettes.redaction.urls import redact_link, redact_url

if TYPE_CHECKING:
    from glancetape_cassettes.redaction import secret_patterns
    from glancetape_cassettes.redaction.forms import encodings
else:  # only for credentials, and for a value with a secret in it
    secret_patterns = later("glancetape_cassettes.redaction.secret_patterns")
    encodings = later("glancetape_cassettes.redaction.forms.encodings")

_AUTHORIZATION_PARTS = lazy_compile(r"(?:Access|Credential|Signature)=([^,\s]+)|^\w+\s+(\S+)$")
# A part of other credentials, such as `mac="..."`, unless it only describes them.
_PARAMETER = lazy_compile(
    r"\b(?!(?:realm|uri|\w*headers|username|algorithm|oauth_callback)=)([\w-]+)=\"?([^\s\",;]{16,})",
    re.IGNORECASE,
)
_TARGET = lazy_compile(r"<([^<>]*)>")
_ONLY_LINKS = lazy_compile(
    r'(?:(?:\A|, *)<[^<>]*>; *rel="?(?:self|first|prev|previous|next|last)"?)+'
)
_MOST_COOKIES = 20


def redact_headers(headers: Headers, table: Mapping[str, Treatment], exchange: Exchange) -> Headers:
    """Return the headers that `table` lets pass, their values redacted as it says."""
    redacted: list[tuple[str, str]] = []
    for name, value in headers:
        lowered = name.lower()
        treatment = table.get(lowered, Treatment.DROP)
        if (
            lowered in HOP_BY_HOP
            or treatment is Treatment.DROP
            or fold(name) in exchange.rules.sensitive
        ):
            continue
        redacted.append((name, _redact_value(treatment, value, exchange)))
    return tuple(redacted)


def _redact_value(treatment: Treatment, value: str, exchange: Exchange) -> str:
    if treatment is Treatment.KEEP:
        scrubbed = scrub(value)
        if scrubbed != value:
            exchange.secrets.update(secret_patterns.secrets_in(value))
        return scrubbed
    if treatment is Treatment.URL:
        if "<" not in value:
            return redact_url(value, exchange)
        # A Link header: <http://h/v2/images?name=joe@h>; rel="next". Its links are scrubbed one by
        # one, as in bodies: in the whole of it, the sign `@` may seem to end user-info.
        links = _TARGET.sub(lambda one: f"<{redact_link(one[1], exchange)}>", value)
        return links if _ONLY_LINKS.fullmatch(links) else scrub(links)
    if treatment is Treatment.CREDENTIALS:
        access = access_key_of(value) or value
        stand_ins = exchange.rules.stand_ins
        return stand_ins.access(access) if stand_ins else access
    return exchange.stand_in(treatment, value)


def note_secrets_in(headers: Headers, exchange: Exchange) -> None:
    """Note the secrets of headers before anything is redacted: other parts may repeat them.

    Of credentials each part counts by itself: the user and password of Basic, the access key and
    the signature of AK/SK signing, and each cookie's value.
    """
    for name, value in headers:
        lowered = name.lower()
        treatments = exchange.rules.treatments
        if lowered not in NEVER_HEADERS and treatments[name] is not Treatment.SECRET:
            continue
        is_passing = "cookie" in lowered or "authorization" in lowered
        secrets = exchange.passing if is_passing else exchange.secrets
        if "Signature=" not in value:  # otherwise its parts are the secrets
            secrets.add(value)
        if "cookie" in lowered:
            cookies = value.split(";")[:_MOST_COOKIES]
            secrets.update(cookie.partition("=")[2] for cookie in cookies)
        if "authorization" in lowered:
            secrets.update(found[2] for found in _PARAMETER.finditer(value))
        for found in _AUTHORIZATION_PARTS.finditer(value):
            part = found[1] or found[2]
            secrets.add(part)
            if (plain := encodings.decode_base64(part)) is not None:
                secrets.update([plain, plain.partition(":")[2]])
