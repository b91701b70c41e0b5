"""Cassettes and images in which nothing is left that recording would have replaced.

A file states itself how it was redacted. Anyone who edited it can have changed that, so each part
is redacted again before it is handed on.
"""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.formats.cassette import Cassette, load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.formats.own_layout import header_text
from glancetape_cassettes.imageset.image_fields import BadImage
from glancetape_cassettes.interaction import (
    HOP_BY_HOP,
    Interaction,
    Request,
    Response,
    without_headers,
)
from glancetape_cassettes.redaction.images.image_redaction import ImageRedaction
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import RedactedInteraction, Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns, find_or_make_key
from glancetape_cassettes.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A cassette that is safe to hand on."""

    path: Path
    """The cassette itself, or a redacted copy of the same name."""
    changed: int
    """How many interactions of the cassette held something that had to be replaced."""


def redact_again(
    path: Path, folder: Path, *, key_file: Path | None, keep_ids: bool, sensitive: tuple[str, ...]
) -> Redacted:
    """The cassette itself if it holds no secrets, otherwise a redacted copy in `folder`.

    What glancetape recorded keeps its stand-ins, and its ids if it was recorded with them. Other
    ids become stand-ins, unless `keep_ids` is set. Raises GlancetapeError.
    """
    cassette = load_cassette(path)
    known = cassette.redaction
    is_ours = known != Redaction()
    names = (*known.sensitive, *sensitive)
    # Of our own cassette only what was added later gets a stand-in, with a separate key.
    key = secrets.token_bytes(32) if is_ours else find_or_make_key(key_file)
    stand_ins = StandIns(key)
    options = RedactionOptions(keep_ids=known.keep_ids or keep_ids, sensitive=names)
    redactor = Redactor(stand_ins, options)
    items, changed = [], 0
    for index in range(len(cassette)):
        interaction = cassette.interaction(index)
        redacted = redactor.interaction(interaction)
        changed += _is_changed(interaction, redacted)
        items.append(_text_of(redacted))
    if is_ours and not changed and not sensitive:
        return Redacted(path=path, changed=0)
    copy = folder / path.name
    header = _header_of(cassette, stand_ins, options)
    copy.write_text(header + "".join(items), "utf-8")
    return Redacted(path=copy, changed=changed)


class WithoutSecrets:
    """Redacts what an image set answers; its ids stay."""

    def __init__(self, sensitive: tuple[str, ...]) -> None:
        """Hide the values under these names too."""
        options = RedactionOptions(keep_ids=True, sensitive=sensitive)
        key = secrets.token_bytes(32)
        self._image = ImageRedaction(key=key, options=options)
        self._redactor = Redactor(StandIns(key), options)
        self.changed = 0
        """How many exported answers or images held something that had to be replaced.

        Who exports an answer counts it: one that was asked for may not be exported.
        """

    def image(self, image: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """An image without its secrets, and how many there were; may change the image itself.

        Raises GlancetapeError if its id is one.
        """
        try:
            redacted, count = self._image(image)
        except BadImage as error:
            raise GlancetapeError(f"an image cannot be exported: {error}.") from error
        self.changed += bool(count)
        return redacted, count

    def response(self, request: Request, response: Response) -> Response:
        """An answer without its secrets; the same object if it holds none."""
        if self._is_plain(response.body):
            return response
        before = Interaction(request, response)
        redacted = self._redactor.interaction(before)
        if not _is_changed(before, redacted):
            return response
        body = from_readable(redacted.response_body.readable(), "response")
        shown = redacted.interaction.response
        return replace(response, reason=shown.reason, headers=shown.headers, body=body)

    def _is_plain(self, body: bytes) -> bool:
        """Whether a body is an image or a list of images, none of which holds a secret."""
        try:
            value = orjson.loads(body)
            images = value.get("images", [value]) if isinstance(value, dict) else []
            return bool(images) and not any(self._image(one)[1] for one in images if one)
        except (ValueError, BadImage, TypeError, AttributeError, KeyError):
            return False


def _header_of(cassette: Cassette, stand_ins: StandIns, options: RedactionOptions) -> str:
    known = cassette.redaction
    is_ours = known != Redaction()
    key_id = (known.key_id or "") if is_ours else stand_ins.key_id
    keep_ids = known.keep_ids if is_ours else options.keep_ids
    return header_text(f"glancetape {__version__}", key_id, keep_ids, options.sensitive_names)


def _text_of(redacted: RedactedInteraction) -> str:
    shown = redacted.interaction
    return emit(
        without_headers(shown) if shown.passed_through else shown,
        redacted.request_body.readable(),
        redacted.response_body.readable(),
    )


def _is_changed(before: Interaction, redacted: RedactedInteraction) -> bool:
    after = redacted.interaction
    return (
        before.request.uri != after.request.uri
        or before.response.reason != after.response.reason
        or _without_lengths(before.request.headers) != _without_lengths(after.request.headers)
        or _without_lengths(before.response.headers) != _without_lengths(after.response.headers)
        or before.request.body != from_readable(redacted.request_body.readable(), "request")
        or before.response.body != from_readable(redacted.response_body.readable(), "response")
    )


def _without_lengths(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Headers that a cassette holds, in any order."""
    return sorted(pair for pair in headers if pair[0].lower() not in HOP_BY_HOP)
