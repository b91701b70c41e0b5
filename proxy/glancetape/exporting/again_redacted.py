"""A cassette in which nothing is left that recording would have replaced."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from glancetape import __version__
from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.formats.cassette import Cassette, Redaction, load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.own_layout import header_text
from glancetape_cassettes.interaction import Interaction, without_headers
from glancetape_cassettes.redaction.policy import HOP_BY_HOP, RedactionOptions
from glancetape_cassettes.redaction.redactor import RedactedInteraction, Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns, find_or_make_key


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

    What glancetape recorded keeps its ids and stand-ins. In a cassette of another recorder, ids
    become stand-ins too, unless `keep_ids` is set. Raises GlancetapeError.
    """
    cassette = load_cassette(path)
    known = cassette.redaction
    is_ours = known != Redaction()
    names = (*known.sensitive, *sensitive)
    # Of our own cassette only a secret that was added later gets a stand-in, of a key of its own.
    key = secrets.token_bytes(32) if is_ours else find_or_make_key(key_file)
    stand_ins = StandIns(key)
    options = RedactionOptions(keep_ids=is_ours or keep_ids, sensitive=names)
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
