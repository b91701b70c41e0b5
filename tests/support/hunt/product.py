"""All that a hunt uses of the product: its writing side, and the door by which requests come in.

When the product's names change, this module changes and no other one here. Interactions are
redacted and laid out as the recorder's scribe does it, without the process.
"""

import gzip
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import yaml

from glancetape.options import Settings
from glancetape.session.opening import open_session
from glancetape.session.session import Session
from glancetape.wire.answering import Answering
from glancetape.wire.messages import Received
from glancetape_cassettes.editing.cassette_parts import take_apart
from glancetape_cassettes.editing.joining import merge
from glancetape_cassettes.editing.thinning import thin
from glancetape_cassettes.errors import CassetteError, GlancetapeError
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import (
    Interaction,
    Request,
    Response,
    mark_of,
    without_headers,
)
from glancetape_cassettes.known_services import KnownServices
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.service import Service, may_touch_images
from glancetape_cassettes.writing.replace_older import drop_superseded
from glancetape_cassettes.writing.writer import CassetteWriter
from support.hunt.recording import Event
from support.hunt.runs import is_of_second

KEYS = (b"the key of the first recorder of a hunt", b"the key of the second recorder of it")


CODINGS = ("gzip", "deflate")


@dataclass(frozen=True)
class Redacting:
    """How a cassette is redacted."""

    key: int = 0
    """Which of KEYS."""
    keep_ids: bool = False
    foreign: bool = False
    """Written as another recorder would, with everything in it and no dates."""
    packed: str = ""
    """The content coding of all bodies in it, one of CODINGS; "" for none."""


@dataclass(frozen=True)
class Replay:
    """How the cassettes are replayed."""

    key: int | None
    """Which of KEYS is there; None: none of them."""
    any_host: bool = False


@dataclass(frozen=True)
class Reply:
    """What the product answers: a response and its provenance, or a miss and its reason."""

    kind: str
    """`exact`, `derived` or `miss`."""
    response: Response | None = None
    source: str = ""


class Refused(Exception):
    """The product does not open the cassettes; says why."""


def is_kept(event: Event, how: Redacting) -> bool:
    """Whether the recorder stores a request; the others pass through, or leave a mark.

    Another recorder stores all.
    """
    request, response = event.request, event.response
    found = KnownServices().judge(request.method, request.uri, response, response.status)
    return how.foreign or found is not Service.OTHER


def leaves_mark(event: Event, how: Redacting) -> bool:
    """Whether a request that passes through leaves a mark."""
    request, status = event.request, event.response.status
    if is_kept(event, how) or 400 <= status < 500:
        return False
    return may_touch_images(request.method, urlsplit(request.uri).path, request.body)


def write(path: Path, events: Iterable[Event], how: Redacting, *, replaces: bool = False) -> None:
    """Write a cassette of the events that are kept or leave a mark.

    `replaces` if a second run is recorded in mode `all`.
    """
    events = [event for event in events if is_kept(event, how) or leaves_mark(event, how)]
    if how.foreign:
        write_foreign(path, events, how.packed)
        return
    stand_ins = StandIns(KEYS[how.key])
    redactor = Redactor(stand_ins, RedactionOptions(keep_ids=how.keep_ids))
    writer = CassetteWriter(path, "glancetape hunt", Redaction(stand_ins.key_id, how.keep_ids, ()))
    try:
        writer.append([lay_out(redactor, event, how) for event in events])
        if replaces:
            drop_superseded(path, sum(not is_of_second(event) for event in events))
    finally:
        writer.close()


def lay_out(redactor: Redactor, event: Event, how: Redacting) -> str:
    """Return an event as an item of a cassette."""
    stored = Interaction(event.request, event.response, event.recorded_at)
    if leaves_mark(event, how):
        stored = mark_of(event.request, event.recorded_at)
    redacted = redactor.interaction(stored)
    return emit(
        without_headers(redacted.interaction) if stored.passed_through else redacted.interaction,
        redacted.request_body.readable(),
        redacted.response_body.readable(),
    )


def pack(body: bytes, coding: str) -> bytes:
    """Return a body in a content coding."""
    return gzip.compress(body) if coding == "gzip" else zlib.compress(body)


def _stored(response: Response, coding: str) -> dict[str, object]:
    """Return a response as VCR.py writes it."""
    headers, body = {name: [value] for name, value in response.headers}, response.body
    is_packed = bool(coding and body)
    if is_packed:
        body = pack(body, coding)
        headers |= {"Content-Encoding": [coding], "Content-Length": [str(len(body))]}
    return {
        "status": {"code": response.status, "message": response.reason},
        "headers": headers,
        "body": {"string": body if is_packed else body.decode()},
    }


def write_foreign(path: Path, events: Iterable[Event], coding: str = "") -> None:
    """Write a cassette as VCR.py does: everything is in it, but no dates."""
    items = [
        {
            "request": {
                "method": event.request.method,
                "uri": event.request.uri,
                "body": event.request.body.decode() or None,
                "headers": {name: [value] for name, value in event.request.headers},
            },
            "response": _stored(event.response, coding),
        }
        for event in events
    ]
    value = {"interactions": items, "version": 1}
    path.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True))


def edit(path: Path, number: int, fields: Mapping[str, object]) -> None:
    """Change the response of an interaction of a foreign cassette, by its number from 0."""
    value = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    response = value["interactions"][number]["response"]
    for name, content in fields.items():
        if content is None:
            response.pop(name, None)
        else:
            response[name] = content
    path.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True))


def damage(path: Path, number: int, how: str) -> None:
    """Damage the body of a response in a foreign cassette, or what its headers say of it."""
    value = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    response = value["interactions"][number]["response"]
    body = response["body"]["string"]
    whole = body if isinstance(body, bytes) else body.encode()
    length = {"Content-Length": [str(len(whole) + (how == "too long") * 10)]}
    if how == "cut while packed":
        packed = pack(whole, "gzip")
        response["body"] = {"string": packed[: len(packed) // 2]}
        response["headers"] |= {"Content-Encoding": ["gzip"]}
    elif how.startswith("cut"):
        response["body"] = {"string": body[: len(body) // 2]}
        response["headers"] |= length if "length" in how else {}
    else:
        more = {
            "too long": length,
            "chunked": {"Transfer-Encoding": ["chunked"]},
            "not packed": {"Content-Encoding": ["gzip"]},
        }
        response["headers"] |= more[how]
    path.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True))


def repeat(path: Path, number: int) -> None:
    """Have an interaction of a foreign cassette twice, one copy right after the other."""
    value = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    value["interactions"].insert(number, value["interactions"][number])
    path.write_text(yaml.dump(value, Dumper=yaml.CSafeDumper, allow_unicode=True))


def merged(paths: Sequence[Path], target: Path) -> list[Path]:
    """Merge cassettes into one, as `glancetape merge`; the paths as they are if that is refused."""
    try:
        joined = merge(paths)
    except CassetteError:
        return [*paths]
    target.write_bytes(b"".join(joined.parts))
    return [target]


def prune(path: Path, rng: Random) -> None:
    """Remove random interactions as `glancetape prune`, unless the cassette needs all.

    That of another recorder is refused, and stays as it is.
    """
    try:
        before = take_apart(path)
    except CassetteError:
        return
    unwanted = {place for place in range(len(before.items)) if rng.random() < 0.5}
    thinned = thin(before, unwanted, keeps_rules=rng.random() < 0.5)
    if thinned.kept:
        path.write_bytes(b"".join(thinned.parts))


def forget_own_key(folder: Path) -> None:
    """Make sure that no key is found but those that a replay names; `folder` is to be empty."""
    os.environ.pop("GLANCETAPE_KEY", None)
    os.environ["XDG_CONFIG_HOME"] = str(folder)


def _reason_in(told: str) -> str:
    """Return the reason of a miss, without the request and what is closest to it."""
    _, _, rest = told.partition("\n")
    return rest.partition("\n")[0].partition(" Closest: ")[0]


class Player:
    """An open session that replays cassettes."""

    def __init__(self, paths: Sequence[Path], replay: Replay, folder: Path) -> None:
        """Open the cassettes. Raises Refused. `folder` takes the key, and nothing else."""
        key_file = None
        if replay.key is not None:
            key_file = folder / "key"
            key_file.write_bytes(KEYS[replay.key])
            key_file.chmod(0o600)
        self._any_host = replay.any_host
        try:
            session = open_session(Settings(replay=tuple(paths), key_file=key_file))
        except GlancetapeError as error:
            raise Refused(str(error)) from error
        self._session: Session = session
        self._answering = Answering(session)

    def ask(self, request: Request) -> Reply:
        """Return the answer to a request, as the client would get it: a server keeps answers."""
        parts = urlsplit(request.uri)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        sent = self._answering.reply(
            Received(
                method=request.method,
                url=request.uri,
                target=target.encode(),
                fields=tuple((one.encode(), other.encode()) for one, other in request.headers),
                body=request.body,
                base=f"{parts.scheme}://{parts.netloc}",
            ),
            direct=self._any_host,
        )
        assert sent is not None
        kind, _, source = sent.provenance.partition("; ")
        if kind not in ("exact", "derived"):
            return Reply("miss", source=_reason_in(sent.why))
        headers = tuple((one.decode(), other.decode()) for one, other in sent.fields)
        return Reply(kind, Response(sent.status, "", headers, sent.body), source)

    def close(self) -> None:
        """Close the session."""
        self._session.close()
