"""A session as an ASGI app, for any server: no mitmproxy, and the same answers.

    GLANCETAPE_REPLAY=basic.yaml uvicorn --factory glancetape:asgi_app

The app is an endpoint, so the host of a request means nothing, unless the request came in at a
loopback address: there it has to be one of this machine (`server_names`), also where the server
listens on others, as the app does not know where. What needs a proxy (HTTPS for the names of
others, recording) needs mitmproxy.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import quote

from glancetape.faults.broken import Broken
from glancetape.options import OPTIONS, Settings, check_settings
from glancetape.server_names import is_loopback
from glancetape.session.opening import open_session
from glancetape.wire.answering import Answering
from glancetape.wire.faulty import DRIBBLE_SECONDS, cut, pieces
from glancetape.wire.limits import MOST_IMAGE_DATA
from glancetape.wire.messages import Received, Sent, received_from
from glancetape.wire.saved.recordings import load_recording
from glancetape_cassettes.errors import BadParameter

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_VARIABLE = "GLANCETAPE_"
_YES, _NO = ("1", "true", "yes"), ("", "0", "false", "no")
_SEPARATORS = {"cors": ",", "fail": ",", "server_name": ","}  # what they separate has colons
_RECORDING = ("record", "mode", "keystone", "keep_ids", "keep_header")


def asgi_app(settings: Settings | None = None) -> "App":
    """An app that answers from the cassettes and the image set of the settings.

    Without settings they come from the environment: GLANCETAPE_REPLAY names the files, separated
    by `:`, and each other option is GLANCETAPE_NAME. Values of GLANCETAPE_CORS, GLANCETAPE_FAIL and
    GLANCETAPE_SERVER_NAME are separated by commas. Raises GlancetapeError when it cannot open
    them, before any request.
    """
    found = settings_from(os.environ) if settings is None else settings
    check_settings(found)
    if found.record is not None:
        raise BadParameter("an ASGI app only replays; `glancetape record` records.")
    return App(Answering(open_session(found, load_recording)))


def _variable(name: str) -> str:
    """The variable of an option, such as GLANCETAPE_SERVER_NAME."""
    return _VARIABLE + name.upper()


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings that variables such as GLANCETAPE_REPLAY name. Raises BadParameter."""
    values: dict[str, Any] = {}
    for option in OPTIONS:
        name = _variable(option.name)
        if name in environment and option.name not in _RECORDING:
            separator = _SEPARATORS.get(option.name, os.pathsep)
            values[option.name] = _read(name, environment[name], option.type, separator)
    if not values.get("replay"):
        raise BadParameter("GLANCETAPE_REPLAY names no file; set it to cassettes or an image set.")
    return Settings.of(values, _variable)


def _read(name: str, text: str, kind: type | Any, separator: str) -> Any:
    """An option's value from a variable: a text, a number, yes or no, or a list."""
    if kind == Sequence[str]:
        return [one for one in text.split(separator) if one]
    if kind is int:
        if not text.isdecimal():
            raise BadParameter(f"{name}: {text!r} is not a number.")
        return int(text)
    if kind is bool:
        if text.lower() not in _YES + _NO:
            raise BadParameter(f"{name}: {text!r} is neither 1 nor 0.")
        return text.lower() in _YES
    return text


class App:
    """An ASGI app around one session, which is closed when the server ends."""

    def __init__(self, answering: Answering) -> None:
        """Answer from a session that only replays."""
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            raise NotImplementedError(f"{scope['type']}: only HTTP is answered.")
        received = _received(scope, await _read_body(receive))
        if (reading := self._answering.reads_ahead(received, direct=True)) is not None:
            await reading
        sent = self._answering.reply(received, direct=True)
        assert sent is not None  # None goes to a service, and only while recording
        if sent.delay:
            await asyncio.sleep(sent.delay)
        if sent.broken is Broken.RESET:
            return  # ASGI has no word for it; most servers answer a 500 of theirs
        await send(
            {
                "type": "http.response.start",
                "status": sent.status,
                "headers": [(name.lower(), value) for name, value in sent.fields],
            }
        )
        if sent.broken is not None:
            await _send_broken(sent, send)
            return
        await send({"type": "http.response.body", "body": sent.body})

    def close(self) -> None:
        """Close the session."""
        self._answering.session.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.shutdown":
                self.close()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return


async def _send_broken(sent: Sent, send: Send) -> None:
    """Send a body that breaks off, or that comes in small pieces."""
    if sent.broken is Broken.TRUNCATE:
        await send({"type": "http.response.body", "body": cut(sent.body), "more_body": True})
        return  # servers then close the connection
    parts = pieces(sent.body)
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(DRIBBLE_SECONDS / len(parts))
    await send({"type": "http.response.body"})


async def _read_body(receive: Receive) -> bytes:
    """The body; of one that is too large anyway, only so much that this is seen."""
    pieces: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":  # the client has gone
            break
        piece = event.get("body", b"")
        if size <= MOST_IMAGE_DATA:
            pieces.append(piece)
            size += len(piece)
        if not event.get("more_body"):
            break
    return b"".join(pieces)


def _received(scope: Scope, body: bytes) -> Received:
    fields = tuple((bytes(name), bytes(value)) for name, value in scope["headers"])
    host, port = scope.get("server") or ("localhost", None)
    return received_from(
        method=scope["method"],
        scheme=scope.get("scheme", "http"),
        target=_target(scope),
        fields=fields,
        body=body,
        default_host=f"{host}:{port}" if port else str(host),
        is_local=port is not None and is_loopback(str(host)),
    )


def _target(scope: Scope) -> bytes:
    """Path and query as they were sent, below the path at which another app has mounted us."""
    path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    mounted = scope.get("root_path", "").encode()
    if mounted and path.startswith(mounted):
        path = path.removeprefix(mounted) or b"/"
    query: bytes = scope.get("query_string", b"")
    return path + b"?" + query if query else path
