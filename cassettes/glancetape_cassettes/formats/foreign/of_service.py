"""Which entries are of the image service and Keystone, as a recorder would have judged them.

A `304 Not Modified` to a request that is not conditional in the file was answered by the client's
cache. Its answer is the one that the 304 validates, where the ETag shows which:

    GET /v2/images   200, ETag "a", 7 images
    GET /v2/images   304, ETag "a"               read as: 200, ETag "a", 7 images
    GET /v2/images   304, no ETag, or "b"        left out
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from glancetape_cassettes.formats.foreign.foreign_entries import Entries, Entry, LeftOut
from glancetape_cassettes.interaction import (
    Headers,
    Interaction,
    Request,
    Response,
    access_key_of,
    header,
)
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.service import Service, changed_nothing, may_touch_images

OF_GLANCETAPE = "glancetape answered it, and no service"
NOT_STORED = "glancetape could not record it, and answered in place of the service"
"""The service had the request: it may have changed images."""
_NOT_RECORDED = "not-recorded"
NOT_MODIFIED = "a 304: its body is in the cache of the client, and the file does not have it"
"""A browser asks whether what it has is still valid, and often shows the request without that. Kept
as it is, it would be an empty answer to everybody who asks."""


def is_of_glancetape(interaction: Interaction) -> bool:
    """Whether a replay answered: a miss would become a recorded 501, a derived page a recorded one.

    `X-Glancetape: recorded; basic.yaml#3` is the service's answer, which passed through a recorder,
    and so is `not-recorded`, unless it is a 500: see `NOT_STORED`.
    """
    return is_replayed(interaction.response.headers)


def is_replayed(headers: Headers) -> bool:
    """Whether a response has these headers from a replay, not from a service."""
    return _word(headers) not in ("", "recorded", _NOT_RECORDED)


def _word(headers: Headers) -> str:
    """The first word of X-Glancetape; "" without one."""
    found = header(headers, "x-glancetape")
    return "" if found is None else found.partition(";")[0].strip() or "?"


def why_not_kept(interaction: Interaction) -> str | None:
    """Why an interaction is no answer of a service to its request, whichever service; or None."""
    if is_of_glancetape(interaction):
        return OF_GLANCETAPE
    if interaction.response.status == 500 and _word(interaction.response.headers) == _NOT_RECORDED:
        return NOT_STORED
    if interaction.response.status == 304 and not _is_conditional(interaction.request.headers):
        return NOT_MODIFIED
    return None


def _is_conditional(headers: Headers) -> bool:
    return any(header(headers, one) for one in ("if-none-match", "if-modified-since"))


_ASKED_WITH = ("x-auth-token", "x-project-id", "accept", "x-api-version")
_OF_THE_BODY = frozenset(
    ("content-length", "content-encoding", "content-type", "content-range", "transfer-encoding")
)


def with_validated(entries: Entries) -> Iterator[Entry | LeftOut]:
    """Yield entries, and for a 304 that a client's cache answered what was in the cache.

    Only an earlier entry shows that: the same URL, for the same caller and forms, with the same
    ETag. Where two such answers differ, the 304 stays as it is.
    """
    known: dict[tuple[str | None, ...], Response | None] = {}
    for one in entries:
        found = one.interaction.response if isinstance(one, Entry) else None
        if not isinstance(one, Entry) or found is None or one.interaction.request.method != "GET":
            yield one
            continue
        key = _key_of(one.interaction)
        if key is None or is_of_glancetape(one.interaction):
            yield one
        elif found.status == 200:
            before = known.get(key, found)
            known[key] = found if before is not None and before.body == found.body else None
            yield one
        else:
            stored = known.get(key)
            is_hidden = found.status == 304 and why_not_kept(one.interaction) is not None
            yield _answered_with(one, stored) if is_hidden and stored is not None else one


def _key_of(interaction: Interaction) -> tuple[str | None, ...] | None:
    """What an answer and its validation have in common; None without an ETag."""
    request = interaction.request
    tag = (header(interaction.response.headers, "etag") or "").strip().removeprefix("W/")
    if not tag:
        return None
    signature = header(request.headers, "authorization") or ""
    caller = access_key_of(signature) or signature  # each request has its own signature
    return (tag, request.uri, caller, *(header(request.headers, one) for one in _ASKED_WITH))


def _answered_with(one: Entry, stored: Response) -> Entry:
    """An entry with the answer that it validates; newer headers are those of the 304 (RFC 9111)."""
    newer = tuple(
        pair for pair in one.interaction.response.headers if pair[0].lower() not in _OF_THE_BODY
    )
    names = {name.lower() for name, _ in newer}
    older = tuple(pair for pair in stored.headers if pair[0].lower() not in names)
    response = replace(stored, headers=(*older, *newer))
    return replace(one, interaction=replace(one.interaction, response=response))


def judge(services: KnownServices, interaction: Interaction) -> Service:
    """Return the service that an interaction is of; what it shows is known from now on."""
    request, response = interaction.request, interaction.response
    method, uri, status = request.method, request.uri, response.status
    looks = services.looks_into(method, uri, status, len(response.body))
    return services.judge(method, uri, response if looks else None, status)


def leaves_mark(services: KnownServices, request: Request, status: int | None = None) -> bool:
    """Whether a request that is not kept may have changed images; a refused one (4xx) has not."""
    path = urlsplit(request.uri).path
    if status is not None and changed_nothing(request.method, path, status):
        return False
    return services.may_be_of_cloud(request.uri) and may_touch_images(
        request.method, path, request.body
    )
