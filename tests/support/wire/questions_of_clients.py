"""Thousands of requests of all kinds, for two servers that have to answer them alike."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from glancetape_cassettes.cloud.identity import tokens
from glancetape_cassettes.cloud.overlay import changed_images
from glancetape_cassettes.interaction import Request, Response
from support.clouds import walked_cassettes
from support.clouds.changes import Change, changes_of_images, scripted_changes
from support.clouds.endpoints import METHODS, PATHS, of_images
from support.clouds.recorded import get, ok, write_cassette
from support.clouds.recorded_lists import listed_image
from support.oracle.queries import random_queries
from support.sets.imagesets import ME, OTHER, THIRD
from support.sets.set_files import make_set
from support.wire.both_faces import Asked, Got

IMAGES = [{**listed_image(number), "owner": ME} for number in range(1, 30)]
MINE = (("X-Project-Id", ME),)
TOKEN = (("X-Auth-Token", "a-token"),)
_RECORDED = ("visibility=public", "limit=0")
_NO_METHOD = "MADEUP"
"""The parsers of all ASGI servers refuse it, and so does ours. No client sends one."""
_NO_URI = re.compile(rb"[^!-~]|#")
_MOMENT = re.compile(rb"(20\d\d-\d\d-\d\d)T\d\d:\d\d:\d\d")
_TOKEN_ID = re.compile(rb"gAAAAA[\w-]+")
"""It holds the time of its login."""
_MADE = re.compile(rb'"id": ?"([0-9a-f-]{36})"')

Question = Callable[[str], Asked]
"""Makes a request; it gets the id of the image that was made last."""


def files(folder: Path) -> list[str]:
    """A recorded walk, answers that are easy to send wrongly, and an image set."""
    make_set(folder / "some.images", IMAGES)
    walked_cassettes.recorded(folder / "walk.yaml", walked_cassettes.cloud_of(), *_RECORDED)
    length = ("Content-Length", "1234")
    write_cassette(
        folder / "odd.yaml",
        [
            (get("/v2/odd/none"), Response(204, "No Content", (("X-A", "1"), ("X-A", "2")))),
            (get("/v2/odd/same"), Response(304, "", (("ETag", '"x"'),))),
            (get("/v2/odd/text"), Response(599, "Odd", (("X-Name", "ä"), ("X-Name", "宝")), b"\0")),
            (get("/v2/odd/dated"), ok(b"{}", ("Date", "Mon, 01 Jan 2024 00:00:00 GMT"))),
            (get("/v2/odd/long"), ok(b"x" * 300_000)),
            (Request("HEAD", "http://glance:9292/v2/odd/head"), Response(200, "", (length,))),
        ],
    )
    return [str(folder / name) for name in ("walk.yaml", "odd.yaml", "some.images")]


def questions(count: int, seed: int) -> list[Question]:
    """So many questions, of every kind; changes come in the order in which they make sense.

    All odd ones are among them, as each is the only one of its kind; half of the others are lists.
    """
    rng = Random(seed)
    odd = list(_odd())
    kinds = [list(kind) for kind in (_endpoints(), _logins(), _changes())]
    every = sum(map(len, kinds)) / max((count - len(odd)) // 2, 1)
    rest = [odd, *(_share(kind, max(every, 1.0)) for kind in kinds)]
    chosen = [*rest, list(_lists(count, seed))[: count - sum(map(len, rest))]]
    order = [number for number, kind in enumerate(chosen) for _ in kind]
    rng.shuffle(order)
    left = [iter(kind) for kind in chosen]
    return [next(left[number]) for number in order]


def _share(kind: Sequence[Question], every: float) -> list[Question]:
    return [kind[int(place * every)] for place in range(int(len(kind) / every))]


def _fixed(asked: Asked) -> Question:
    return lambda _: asked


def _lists(count: int, seed: int) -> Iterator[Question]:
    """Recorded, derived, from the set, refused, and without credentials."""
    drawn = random_queries([*walked_cassettes.IMAGES, *IMAGES], count, seed)
    for number, query in enumerate(drawn):
        if number % 10 == 0:  # most of these are asked again and again
            yield _fixed(Asked(b"/v2/images?" + _RECORDED[number // 10 % 2].encode(), fields=MINE))
            yield _fixed(Asked(b"/v9/%d" % (number % 70), fields=TOKEN))
        fields = MINE if number % 9 else ()
        method = "HEAD" if number % 23 == 0 else "GET"
        raw = query.encode("utf-8", "surrogateescape")
        # A first line that is no URI is for `test_asgi`.
        sendable = _NO_URI.sub(lambda found: b"%%%02X" % ord(found[0]), raw)
        yield _fixed(Asked(b"/v2/images?" + sendable, method, fields))


def _endpoints() -> Iterator[Question]:
    ids = [IMAGES[0]["id"], walked_cassettes.IMAGES[0]["id"], "nothing"]
    paths = [*PATHS, *of_images([str(one) for one in ids], ME, OTHER)]
    for method in METHODS:
        for path in paths if method != _NO_METHOD else ():
            body = b'{"a": 1}' if method in ("POST", "PUT", "PATCH") else b""
            yield _fixed(_with_body(path, method, MINE, body))


def _logins() -> Iterator[Question]:
    password = {"user": {"name": "dana", "domain": {"name": "Default"}, "password": "x"}}
    for scope in ({}, {"scope": {"project": {"id": ME}}}, {"scope": {"project": {"name": "p"}}}):
        for methods in (["password"], ["token"], ["rot13"], []):
            identity = {"methods": methods, "password": password, "token": {"id": "t"}}
            login = json.dumps({"auth": {"identity": identity, **scope}}).encode()
            for path in ("/v3/auth/tokens", "/identity/v3/auth/tokens?nocatalog"):
                yield _fixed(_with_body(path, "POST", (), login))
    subject = (*TOKEN, ("X-Subject-Token", "t"))
    for path in ("/v3", "/v3/", "/identity", "/v3/auth/catalog", "/v3/auth/projects", "/v3/users"):
        for fields in ((), TOKEN, subject):
            yield _fixed(Asked(path.encode(), fields=fields))
    for method in ("GET", "HEAD", "DELETE", "PUT"):
        yield _fixed(Asked(b"/v3/auth/tokens", method, subject))


def _changes() -> Iterator[Question]:
    for change in (*scripted_changes(ME, OTHER, THIRD), *changes_of_images(IMAGES[:20], ME, OTHER)):
        yield _changing(change)


def _changing(change: Change) -> Question:
    def ask(last: str) -> Asked:
        target = change.target.replace("{last}", last).replace("{0}", last)
        fields = [("X-Project-Id", change.project)] if change.project else list(TOKEN)
        if change.content_type:
            fields.append(("Content-Type", change.content_type))
        return _with_body(target, change.method, tuple(fields), change.body)

    return ask


def _with_body(target: str, method: str, fields: tuple[tuple[str, str], ...], body: bytes) -> Asked:
    if body or method in ("POST", "PUT", "PATCH"):
        fields = (*fields, ("Content-Length", str(len(body))))
    return Asked(target.encode(), method, fields, body)


def _odd() -> Iterator[Question]:
    targets = (
        *(b"/v2/odd/none", b"/v2/odd/same", b"/v2/odd/text", b"/v2/odd/dated", b"/v2/odd/long"),
        *(b"/", b"//v2//images", b"/v2/images/a%2Fb", b"/v2/images?", b"/v2/images?name=a?b"),
        *(b'/v2/images?name=|"{}<>\\^`', b"/v2/../v2/images", b"/v2/images?limit=%zz"),
        b"/v2/images?name=" + b"a" * 60_000,
        b"/v2/images?name=" + b"a" * 70_000,
        b"/v2/images?" + b"&".join(b"tag=%d" % number for number in range(1001)),
    )
    for target in targets:
        for method in ("GET", "HEAD"):
            yield _fixed(Asked(target, method, MINE))
    yield _fixed(Asked(b"/v2/odd/head", "HEAD"))
    yield _fixed(Asked(b"*", "OPTIONS"))
    headers = (
        *(
            ("Accept", "text/html"),
            ("Accept", "*/*"),
            ("X-Api-Version", "2.9"),
            ("Range", "bytes=0-"),
        ),
        *(("If-None-Match", '"x"'), ("Cookie", "a=b"), ("X-Long", "y" * 20_000), ("X-Empty", "")),
        *(
            ("Accept-Encoding", "gzip, br"),
            ("X-Auth-Token", "  t  "),
            ("X-Forwarded-For", "1.2.3.4"),
        ),
        *(("Upgrade", "h2c"), ("Origin", "http://a"), ("X-Name", "ä"), ("Te", "trailers")),
    )
    for number, header in enumerate(headers):
        for query in ("limit=2", f"limit={number}&sort=name", "visibility=x"):
            yield _fixed(Asked(b"/v2/images?" + query.encode(), fields=(*MINE, header)))


class SameChance:
    """Lets two servers in this process draw the same ids and tokens for the same question."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._rng = Random(0)
        drawn = SimpleNamespace(uuid4=lambda: UUID(int=self._rng.getrandbits(128), version=4))
        monkeypatch.setattr(changed_images, "uuid", drawn)
        text = SimpleNamespace(token_urlsafe=lambda size: f"{self._rng.getrandbits(8 * size):x}")
        monkeypatch.setattr(tokens, "secrets", text)

    def begin(self, number: int) -> None:
        """Begin with a question, before either of the two is asked."""
        self._rng.seed(number)


def comparable(got: Got) -> Got:
    """An answer without the times of now, at which the other server was asked a little later."""
    today = datetime.now(UTC).date()
    days = {str(today + timedelta(days=one)).encode() for one in (-1, 0, 1)}

    def masked(text: bytes) -> bytes:
        text = _TOKEN_ID.sub(b"a token", text)
        return _MOMENT.sub(lambda found: b"now" if found[1] in days else found[0], text)

    headers = tuple(
        (name, masked(value)) for name, value in got.headers if name not in (b"date", b"server")
    )
    return Got(got.status, headers, masked(got.body))


def made_id(asked: Asked, got: Got) -> str | None:
    """The id of the image that a question has made; None when it made none."""
    if asked.method == "POST" and got.status == 201 and (found := _MADE.search(got.body)):
        return found[1].decode()
    return None


def provenances(got: Sequence[Got]) -> dict[str, int]:
    """How many answers came from where."""
    counts: dict[str, Any] = {}
    for one in got:
        counts[one.provenance] = counts.get(one.provenance, 0) + 1
    return counts
