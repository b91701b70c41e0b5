"""Finding secrets in cassettes: every value that recording would have dropped or replaced.

Each interaction is redacted as if it were recorded now, and each difference is a finding. The
text around the interactions (comments, further keys, a torn tail) is searched by form. A finding
never holds the secret itself.
"""

import json
import os
import re
import secrets
import sqlite3
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import yaml

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats import own_layout, safe_yaml
from glancetape_cassettes.formats.body import from_readable
from glancetape_cassettes.formats.cassette import Cassette, load_cassette
from glancetape_cassettes.formats.foreign.foreign_entries import Entry
from glancetape_cassettes.formats.foreign.har import HAR, whole_json
from glancetape_cassettes.formats.foreign.recognising import HEAD, recognised
from glancetape_cassettes.formats.regular_file import is_database, read_bytes, unzipped
from glancetape_cassettes.formats.vcr_files import LIST_KEYS, SPLIT_KEYS
from glancetape_cassettes.imageset.image_set import ImageSet
from glancetape_cassettes.imageset.making.temporary_folder import temporary_folder
from glancetape_cassettes.imageset.schema import TABLES, damaged
from glancetape_cassettes.imageset.set_file import SetFile
from glancetape_cassettes.interaction import HOP_BY_HOP, Headers, Interaction, Request, Response
from glancetape_cassettes.near_names import file_meant
from glancetape_cassettes.plain_names import word_of
from glancetape_cassettes.redaction.bodies import RedactedBody
from glancetape_cassettes.redaction.policy import (
    NEVER_HEADERS,
    PLACEHOLDER,
    RedactionOptions,
    Treatment,
    field_treatment,
)
from glancetape_cassettes.redaction.redactor import RedactedInteraction, Redactor
from glancetape_cassettes.redaction.scrubbing import scrub
from glancetape_cassettes.redaction.secret_patterns import ALL_FORMS, FORMS, Form
from glancetape_cassettes.redaction.stand_ins import StandIns, is_stand_in

UNKNOWN_HEADER = "header not known as harmless"
"""The kind of what recording leaves out unless the user keeps it."""
_KINDS = {
    "cookie": "cookie",
    "authorization": "credentials",
    "pass": "password",
    "pwd": "password",
    "signature": "signature",
    "token": "token",
    "key": "key",
}
_HEADERS = ("request header ", "response header ")
_PART = re.compile(r"[A-Za-z0-9]{6,}")
_LINE = re.compile(r"[^\n]+")
_HEADER = re.compile(r"^(      \S+:)\n      - ", re.MULTILINE)
_MEMBER = re.compile(r'\s*"([^"]*)": ')
_LOOKED_AT = 1 << 20
_GZIP = b"\x1f\x8b"
_CASSETTE_KEYS = frozenset((*LIST_KEYS, *SPLIT_KEYS, "version", "recorded_with"))
_KNOWN_KEYS = {
    "request": frozenset(("method", "uri", "headers", "body")),
    "response": frozenset(("status", "headers", "body")),
}
_KNOWN_BELOW = {
    "status": frozenset(("code", "message")),
    "body": frozenset(("string", "base64_string", "encoding")),
}
_KEY_ID = re.compile(r"[0-9a-f]{0,12}\Z")
_LIST = Request("GET", "http://localhost/v2/images")
_ANY_KEY = StandIns(secrets.token_bytes(32))
_SAID: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None}
_COMMENT = re.compile(r"^\s*#.*|\s#\s.*", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSecret:
    """Where a secret is, and of which kind; not what it is."""

    file: str
    interaction: int
    """The number of the interaction, from 1; 0 for text around the interactions."""
    line: int
    position: str
    """The part of the interaction, such as `response body .images[0].os_password`."""
    kind: str
    length: int
    """The number of its characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """The findings in one file, and the number of different ids in it that are not stand-ins."""

    file: str
    interactions: int
    """The number of interactions, or of images."""
    findings: tuple[FoundSecret, ...]
    real_ids: int
    unit: str = "interaction"
    """What is counted: `interaction` or `image`."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A value that recording would not have stored."""

    position: str
    kind: str
    value: str


def scan(path: Path) -> ScanReport:
    """Return the secrets in a cassette of glancetape, vcrpy or Ruby VCR, a HAR file, or images.

    Images are read from an image set, and from NDJSON. Raises CassetteError or ImageSetError when
    the file does not exist or cannot be read.
    """
    if not os.path.exists(path):  # a name that is too long names none
        raise CassetteError(f"{path}: no such file.{file_meant(path)}")
    try:
        is_set = is_database(path)
    except OSError as error:
        raise CassetteError(f"{path} cannot be read: {error.strerror or error}.") from error
    if is_set:
        with ImageSet(path) as images:
            report = _scan_images(path, (json.dumps(image).encode() for image in images))
        return replace(report, findings=(*report.findings, *_in_other_tables(path)))
    raw = read_bytes(path)
    if raw.startswith(_GZIP):
        return _scan_zipped(path, raw)
    found = recognised(raw[:HEAD], path)
    if found is HAR:  # which may be on one line, as an image is
        return _scan_har(path)
    if _is_ndjson(raw):
        return _scan_images(path, raw.split(b"\n"))
    if found is not None and found.plays:  # what is between its entries would be left out
        made = word_of(path.with_suffix(".yaml"))
        raise CassetteError(
            f"{path}: {found.name}, which cannot be searched whole. Make a cassette of it, "
            f"which has no secrets: glancetape import {word_of(path)} --out {made}"
        )
    return _scan_cassette(path, raw)


def _scan_har(path: Path) -> ScanReport:
    """Return the secrets in a HAR file: in each entry as if it were recorded now, and in the rest.

    So a file that `export` wrote has none: a login is read as one, and a stand-in stays. The rest
    is headers, cookies, comments, and entries that cannot be read.
    """
    document = json.loads(whole_json(path))
    redactor = Redactor(_ANY_KEY, RedactionOptions(keep_ids=True))
    findings: list[FoundSecret] = []
    ids: set[str] = set()
    entries = _entries_of_har(path)
    for one in entries:
        ids.update(Redactor(_ANY_KEY).interaction(one.interaction).real_ids)
        redacted = redactor.interaction(one.interaction)
        findings.extend(
            FoundSecret(
                file=str(path),
                interaction=one.number,
                line=1,
                position=change.position,
                kind=change.kind,
                length=len(change.value),
            )
            for change in _changes(one.interaction, redacted)
            if not change.position.startswith(_HEADERS)  # of which a browser sends many
        )
        _leave_rest(document["log"]["entries"][one.number - 1], one.interaction)
    rest = _scan_images(path, [json.dumps(document).encode()], ids)
    found = (*findings, *rest.findings)
    return replace(rest, interactions=len(entries), findings=found, unit="interaction")


def _entries_of_har(path: Path) -> list[Entry]:
    try:
        return [one for one in HAR.read(path, None) if isinstance(one, Entry)] if HAR.read else []
    except CassetteError:  # such as a list of entries that is there twice: all of it is the rest
        return []


def _leave_rest(entry: dict[str, Any], searched: Interaction) -> None:
    """Take out of an entry what was searched as an interaction, and the stand-ins of headers."""
    request, response = entry["request"], entry["response"]
    if request["url"] == searched.request.uri:
        del request["url"]
    _leave_other_text(request.get("postData"), searched.request.body)
    _leave_other_text(response["content"], searched.response.body)
    for side in (request, response):
        for one in side.get("headers") or ():
            if isinstance(one, dict) and _is_hidden(str(one.get("value"))):
                del one["value"]  # not its name and its comment


def _leave_other_text(holder: Any, body: bytes) -> None:
    """Take the text of a body out, unless the reader took only a part of it, as of chunks."""
    text = holder.get("text") if isinstance(holder, dict) else None
    if isinstance(text, str) and body:
        is_coded = holder.get("encoding") == "base64"
        raw = b64decode(text) if is_coded else text.encode("utf-8", "surrogateescape")
        if raw == body:
            del holder["text"]


def _scan_cassette(path: Path, raw: bytes) -> ScanReport:
    """Return the secrets in a cassette, of which the bytes were read. Raises CassetteError."""
    cassette = load_cassette(path, is_searched=True)
    text = raw.decode("utf-8", "replace")
    lines = text.split("\n")
    stand_ins = StandIns(secrets.token_bytes(32))
    ids: set[str] = set()
    findings: list[FoundSecret] = []
    options = RedactionOptions(keep_ids=True, sensitive=cassette.redaction.sensitive)
    for index in range(len(cassette)):
        interaction = cassette.interaction(index)
        ids.update(Redactor(stand_ins).interaction(interaction).real_ids)
        # A new redactor for each: what is a secret in one interaction is not a finding in another.
        redacted = Redactor(stand_ins, options).interaction(interaction)
        start, end = _extent(cassette, index, len(lines))
        for change in _changes(interaction, redacted):
            line = _line_of(change.value, lines, start, end)
            findings.append(
                FoundSecret(
                    file=str(path),
                    interaction=index + 1,
                    line=line,
                    position=change.position,
                    kind=change.kind,
                    length=len(change.value),
                )
            )
    findings.extend(_around(path, text, {finding.line for finding in findings}))
    known = {finding.line for finding in findings if finding.kind != UNKNOWN_HEADER}
    findings.extend(one for one in _below_unknown_keys(path, raw) if one.line not in known)
    return ScanReport(
        file=str(path),
        interactions=len(cassette),
        findings=tuple(findings),
        real_ids=len(ids),
    )


def has_secret(text: str) -> bool:
    """Whether a text holds what is known by its form as a secret."""
    return scrub(text) != text


def scan_interaction(interaction: Interaction) -> tuple[FoundSecret, ...]:
    """Return the secrets of an interaction that is in no file, as if it were recorded now."""
    redactor = Redactor(StandIns(secrets.token_bytes(32)), RedactionOptions(keep_ids=True))
    return tuple(
        FoundSecret(
            file="",
            interaction=0,
            line=0,
            position=change.position,
            kind=change.kind,
            length=len(change.value),
        )
        for change in _changes(interaction, redactor.interaction(interaction))
    )


def _scan_zipped(path: Path, raw: bytes) -> ScanReport:
    """Return the secrets in a file that was compressed with gzip. Raises CassetteError."""
    plain = unzipped(raw, path)
    with temporary_folder() as folder:
        copy = folder / path.stem
        copy.write_bytes(plain)
        report = scan(copy)
    found = tuple(replace(finding, file=str(path)) for finding in report.findings)
    return replace(report, file=str(path), findings=found)


def _in_other_tables(path: Path) -> Iterator[FoundSecret]:
    """Yield the secrets in an image set's notes, and in tables that are no part of an image set."""
    ours = {statement.split()[2] for statement in TABLES}
    file = SetFile(path)
    run = file.tables.execute
    try:
        schema = run("SELECT name, type, rootpage FROM sqlite_master").fetchall()
        tables = [(str(name), kind, page) for name, kind, page in schema if kind != "index"]
        for table, kind, page in tables:
            if kind == "trigger" or (table != "about" and table in ours):
                continue
            if kind == "table" and not page:
                raise CassetteError(f"{path}: {table!r} is a virtual table; drop it, then scan.")
            file.tables.begin_question()
            quoted = table.replace('"', '""')
            rows = run(f'SELECT * FROM "{quoted}"')  # noqa: S608
            columns = [str(column[0]) for column in rows.description]
            for number, row in enumerate(rows, start=1):
                named = [str(row[0])] * 2 if table == "about" else columns
                yield from _in_row(path, table, number, dict(zip(named, row, strict=False)))
    except sqlite3.Error as error:
        raise CassetteError(str(damaged(path, error))) from error
    finally:
        file.close()


def _in_row(path: Path, table: str, number: int, row: dict[str, object]) -> Iterator[FoundSecret]:
    texts = {
        column: value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
        for column, value in row.items()
    }
    for change in _changes_below("", "row", texts):
        yield FoundSecret(
            file=str(path),
            interaction=0,
            line=number,
            position=f"table {scrub(table)}, column {change.position.removeprefix('.')}",
            kind=change.kind,
            length=len(change.value),
        )


def _is_ndjson(raw: bytes) -> bool:
    """Whether each of the first lines of a file is a JSON object, and the file no cassette."""
    first = [line for line in raw[:_LOOKED_AT].split(b"\n")[:2] if line.strip()]
    try:
        values = [json.loads(line) for line in first[:1]]
    except ValueError:
        return False
    return bool(values) and isinstance(values[0], dict) and not _CASSETTE_KEYS & values[0].keys()


def _scan_images(path: Path, images: Iterable[bytes], around: Iterable[str] = ()) -> ScanReport:
    """Return the secrets in images, one JSON text each; `line` is the number of the image.

    `around` are real ids that were found around them.
    """
    stand_ins = StandIns(secrets.token_bytes(32))
    ids = {*around}
    findings: list[FoundSecret] = []
    number = count = 0
    for number, raw in enumerate(images, start=1):
        if not raw.strip():
            continue
        count += 1
        before = Interaction(_LIST, Response(200, "OK", (), raw))
        ids.update(Redactor(stand_ins).interaction(before).real_ids)
        redacted = Redactor(stand_ins, RedactionOptions(keep_ids=True)).interaction(before)
        findings.extend(
            FoundSecret(
                file=str(path),
                interaction=number,
                line=number,
                position=change.position,
                kind=change.kind,
                length=len(change.value),
            )
            for change in _body_changes("image", raw, redacted.response_body)
        )
    return ScanReport(
        file=str(path),
        interactions=count,
        findings=tuple(findings),
        real_ids=len(ids),
        unit="image",
    )


def _below_unknown_keys(path: Path, raw: bytes) -> Iterator[FoundSecret]:
    """Yield the secrets that a cassette has outside its interactions."""
    if own_layout.is_own(raw):
        yield from _below_unknown_keys_of_ours(path, raw)
        return
    top, _ = safe_yaml.compose(raw, str(path))
    if (bare := safe_yaml.items(top)) is not None:  # php-vcr and Ruby VCR 1
        yield from _in_items(path, bare)
    for key, value, is_replaced in _pairs(top):
        if key in LIST_KEYS and not is_replaced:
            yield from _in_items(path, safe_yaml.items(value) or ())
        elif key in SPLIT_KEYS and not is_replaced:
            for number, part in enumerate(safe_yaml.items(value) or (), start=1):
                yield from _in_part(path, key.removesuffix("s"), part, number)
        else:
            yield from _at_key(path, "key ", key, value)


def _below_unknown_keys_of_ours(path: Path, raw: bytes) -> Iterator[FoundSecret]:
    """Read the header, each item that is not as it was written, and what follows the last one."""
    found = own_layout.find_items(raw)
    yield from _in_header(path, raw[: found.first])
    yield from _in_changed_items(path, raw, [*found.starts, found.end])
    yield from _in_tail(path, raw, found.end)


def _in_header(path: Path, header: bytes) -> Iterator[FoundSecret]:
    top, _ = safe_yaml.compose(header, str(path))
    for key, value, is_replaced in _pairs(top):
        if key != "redaction" or is_replaced:
            yield from _at_key(path, "key ", key, value)
            continue
        for inner, node, _ in _pairs(value):
            if inner != "key_id" or not _KEY_ID.match(str(node.value)):
                yield from _at_key(path, "key redaction.", inner, node)


def _in_changed_items(path: Path, raw: bytes, borders: Sequence[int]) -> Iterator[FoundSecret]:
    """Yield the secrets of the items between two borders each that are not as they were written."""
    line, place = 0, 0
    for number, (start, end) in enumerate(pairwise(borders), start=1):
        line, place = line + raw.count(b"\n", place, start), start
        if _is_as_written(item := raw[start:end]):
            continue
        node, _ = safe_yaml.compose(item, str(path), line + 1)
        for one in _in_items(path, safe_yaml.items(node) or ()):
            yield replace(one, interaction=number, line=one.line + line)


def _in_tail(path: Path, raw: bytes, start: int) -> Iterator[FoundSecret]:
    try:
        tail, _ = safe_yaml.compose(raw[start:], str(path))
    except CassetteError:  # it is cut off, or there is none; its text is searched by form
        return
    line = raw.count(b"\n", 0, start)
    for key, value, _ in _pairs(tail):
        for one in _at_key(path, "key ", key, value):
            yield replace(one, line=one.line + line)


def _is_as_written(item: bytes) -> bool:
    """Whether an item has no key but ours, and no secret in those that are not redacted."""
    read = own_layout.read_item(item)
    return read is not None and not has_secret(f"{read['recorded_at']}\n{read['glancetape']}")


def _pairs(node: yaml.Node) -> list[tuple[str, yaml.Node, bool]]:
    """Return keys and values of a mapping, and whether the same key with another value follows.

    A reader of YAML takes the last value; the others are in the file all the same.
    """
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    keys = [key.value if isinstance(key, yaml.ScalarNode) else "?" for key, _ in pairs]
    last = {key: number for number, key in enumerate(keys)}
    return [
        (key, value, last[key] != number)
        for number, (key, (_, value)) in enumerate(zip(keys, pairs, strict=True))
    ]


def _in_items(path: Path, items: Iterable[yaml.Node]) -> Iterator[FoundSecret]:
    for number, item in enumerate(items, start=1):
        for name, part, is_replaced in _pairs(item):
            if is_replaced:
                yield from _at_key(path, "key ", name, part, number)
            else:
                yield from _in_part(path, name, part, number)


def _in_part(path: Path, name: str, part: yaml.Node, number: int) -> Iterator[FoundSecret]:
    if name not in _KNOWN_KEYS:
        yield from _at_key(path, "key ", name, part, number)
        return
    for inner, node, is_replaced in _pairs(part):
        if inner not in _KNOWN_KEYS[name] or is_replaced:
            yield from _at_key(path, f"key {name}.", inner, node, number)
        elif inner in _KNOWN_BELOW:
            for key, value, is_hidden in _pairs(node):
                if key not in _KNOWN_BELOW[inner] or is_hidden:
                    yield from _at_key(path, f"key {name}.{inner}.", key, value, number)


def _at_key(
    path: Path, above: str, key: str, node: yaml.Node, number: int = 0
) -> Iterator[FoundSecret]:
    """Yield the secrets in a key and below it."""
    position = f"{above}{scrub(key)}"
    if has_secret(key):
        yield _found_at(path, _Change(position, _kind_of(key), key), node, number)
    for change in _changes_below(position, key, _plain(node)):
        yield _found_at(path, change, node, number)


def _changes_below(position: str, key: str, value: Any) -> Iterator[_Change]:
    """Yield what recording would replace if a key and its value were a body in JSON."""
    raw = json.dumps({key: value}).encode()
    redactor = Redactor(_ANY_KEY, RedactionOptions(keep_ids=True))
    redacted = redactor.interaction(Interaction(_LIST, Response(200, "OK", (), raw))).response_body
    try:
        (new,) = json.loads(redacted.content).values()
    except (ValueError, AttributeError):  # replaced whole
        yield _Change(position, "secret", raw.decode())
        return
    for change in _value_changes(position, value, new):
        if not _is_hidden(change.value):
            yield change


def _plain(node: yaml.Node) -> Any:
    """Return the value of a node; where a key is there twice, both of its values are in a list."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    if not isinstance(node, yaml.MappingNode):
        return _SAID.get(str(node.value).lower(), node.value)
    values: dict[str, list[Any]] = {}
    for key, value, _ in _pairs(node):
        values.setdefault(key, []).append(_plain(value))
    return {key: found if len(found) > 1 else found[0] for key, found in values.items()}


def _line_below(node: yaml.Node, value: str) -> int:
    """Return the line on which a value is, at or below a node."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, yaml.ScalarNode):
            if value in one.value:
                return int(one.start_mark.line) + 1
        else:
            pairs = isinstance(one, yaml.MappingNode)
            waiting += reversed(
                [part for pair in one.value for part in pair] if pairs else one.value
            )
    return int(node.start_mark.line) + 1


def _found_at(path: Path, change: _Change, node: yaml.Node, number: int) -> FoundSecret:
    return FoundSecret(
        file=str(path),
        interaction=number,
        line=_line_below(node, change.value),
        position=change.position,
        kind=change.kind,
        length=len(change.value),
    )


def _extent(cassette: Cassette, index: int, last: int) -> tuple[int, int]:
    """Return the first and the last line of an interaction."""
    after = index + 1
    return cassette.line(index), cassette.line(after) - 1 if after < len(cassette) else last


def _line_of(value: str, lines: list[str], start: int, end: int) -> int:
    """Return the line of a value, or of its longest plain part: YAML may fold the rest."""
    parts = sorted(_PART.findall(value), key=len, reverse=True)
    for part in (value, *parts[:1]):
        for number in range(start, end + 1):
            if part in lines[number - 1]:
                return number
    return start


def _changes(before: Interaction, redacted: RedactedInteraction) -> Iterator[_Change]:
    after = redacted.interaction
    request, response = before.request, before.response
    yield from _uri_changes(request.uri, after.request.uri)
    yield from _header_changes("request", request.headers, after.request.headers)
    yield from _body_changes("request body", request.body, redacted.request_body)
    if response.reason != after.response.reason:
        yield _Change("response status message", _kind_of(response.reason), response.reason)
    yield from _header_changes("response", response.headers, after.response.headers)
    yield from _body_changes("response body", response.body, redacted.response_body)


def _kind_of(value: str, name: str = "") -> str:
    """Return the kind of a secret: by its form, otherwise by the name it is under."""
    for form in FORMS:
        if form.replaced(value) != value:
            return form.kind
    lowered = name.lower()
    return next((kind for word, kind in _KINDS.items() if word in lowered), "secret")


def _header_changes(side: str, before: Headers, after: Headers) -> Iterator[_Change]:
    left = list(after)
    for name, value in before:
        lowered = name.lower()
        kept = next((pair for pair in left if pair[0] == name), None)
        if kept is not None:
            left.remove(kept)
        if not value or lowered in HOP_BY_HOP or _is_hidden(value) or (kept and kept[1] == value):
            continue
        known = lowered in NEVER_HEADERS or kept is not None
        kind = _kind_of(value, name) if known else UNKNOWN_HEADER
        yield _Change(f"{side} header {_shown_name(name)}", kind, value)


def _shown_name(name: str) -> str:
    """Return the name of a header or a parameter, unless it is a secret itself."""
    return name if scrub(name) == name else PLACEHOLDER


def _is_hidden(value: str) -> bool:
    return value == PLACEHOLDER or is_stand_in(value)


def _uri_changes(before: str, after: str) -> Iterator[_Change]:
    if before == after:
        return
    try:
        left, right = urlsplit(before), urlsplit(after)
    except ValueError:
        yield _Change("request uri", "secret", before)
        return
    if "@" in left.netloc:
        userinfo = left.netloc.rpartition("@")[0]
        yield _Change("request uri user-info", "user-info in a URL", userinfo)
    if left.path != right.path:
        yield _Change("request uri path", "secret", left.path)
    if left.fragment and scrub(left.fragment) != left.fragment:
        yield _Change("request uri fragment", "secret", left.fragment)
    for old, new in zip(left.query.split("&"), right.query.split("&"), strict=False):
        name, _, value = old.partition("=")
        if old != new:
            shown = unquote_plus(value or name)
            yield _Change(
                f"request uri parameter {_shown_name(name)}", _kind_of(shown, name), shown
            )


def _body_changes(position: str, before: bytes, after: RedactedBody) -> Iterator[_Change]:
    if from_readable(after.readable(), position) == before:
        return
    if isinstance(after.content, bytes):
        yield from _text_changes(position, before.decode("latin-1"))
        return
    try:
        old, new = json.loads(before), json.loads(after.content)
        found = list(_value_changes(f"{position} ", old, new))
    except (ValueError, RecursionError):
        yield from _text_changes(position, before.decode("utf-8", "replace"))
        return
    # A value that a repeated name hides is in the text only.
    yield from found or _text_changes(position, before.decode())


def _text_changes(position: str, text: str) -> Iterator[_Change]:
    found = [
        _Change(position, form.kind, secret) for form in ALL_FORMS for _, secret in form.found(text)
    ]
    yield from found or [_Change(position, "secret", text)]


def _value_changes(position: str, old: Any, new: Any) -> Iterator[_Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for (name, left), (shown, right) in zip(old.items(), new.items(), strict=False):
            if name != shown:
                yield _Change(f"{position}.{shown}", "secret in a name", name)
            yield from _value_changes(f"{position}.{shown}", left, right)
    elif isinstance(old, list) and isinstance(new, list):
        for number, (left, right) in enumerate(zip(old, new, strict=False)):
            yield from _value_changes(f"{position}[{number}]", left, right)
    elif old != new:
        member = position.rpartition(".")[2]
        yield _Change(position, _kind_of(str(old), member), str(old))


def _around(path: Path, text: str, known: set[int]) -> Iterator[FoundSecret]:
    """Yield the secrets in comments, in further keys, and in a torn tail."""
    places: list[tuple[int, str, tuple[Form, ...]]] = [
        (match.start(), match[0], ALL_FORMS) for match in _COMMENT.finditer(text)
    ]
    if own_layout.is_own(raw := text.encode()):  # its items were redacted above
        items = own_layout.find_items(raw)
        before = raw[: items.first].decode()
        between = raw[items.first : min([*items.starts, items.end])].decode()
        places.append((len(before), between, ALL_FORMS))  # what no item and no key is
        tail = raw[items.end :].decode()
        # Line by line, with a header's name and value on one; of JSON, members with secret names.
        for found in _LINE.finditer(_HEADER.sub(r"\1         ", tail)):
            member = _MEMBER.match(found[0])
            by_name = (Treatment.SECRET, Treatment.KEY)
            is_kept = member and field_treatment(member[1]) not in by_name
            part = found[0][member.end() :] if member and is_kept else found[0]
            places.append((len(text) - len(tail) + found.end() - len(part), part, ALL_FORMS))
    else:
        places.append((0, text, FORMS))
    seen = set(known)
    for offset, part, forms in places:
        for form in forms:
            for start, secret in form.found(part):
                line = text.count("\n", 0, offset + start) + 1
                if line not in seen and PLACEHOLDER not in secret:
                    seen.add(line)
                    yield FoundSecret(
                        file=str(path),
                        interaction=0,
                        line=line,
                        position="text",
                        kind=form.kind,
                        length=len(secret),
                    )


def as_json(reports: Sequence[ScanReport]) -> str:
    """Return the reports as JSON, a list with one object for each file."""
    return json.dumps([asdict(report) for report in reports], indent=2)
