"""Flow files of mitmproxy: what `mitmdump -w FILE` and mitmweb save.

A file holds the length of each flow and then the flow, in the order in which they ended. A
proxy that was killed leaves a last flow that is cut off; all before it are whole. Flows are read in
the order in which they were sent, and reads that overlap a change are left out: `sending_order`.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from mitmproxy import connection, flow, http, version
from mitmproxy.io import compat, tnetstring
from mitmproxy.websocket import WebSocketData

from glancetape.wire.flows import received_of, request_of, response_of, why_not_of_service
from glancetape.wire.messages import NotWhole
from glancetape_cassettes.dates import NEVER, as_recorded_at
from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.foreign_entries import (
    ONLY_A_PART,
    Entries,
    Entry,
    LeftOut,
    Unusable,
)
from glancetape_cassettes.formats.foreign.recognising import FLOW_FILE
from glancetape_cassettes.formats.foreign.sending_order import TimedEntry, bounded, in_order
from glancetape_cassettes.formats.http_form import (
    WITHOUT_BODY,
    fault_of_request,
    is_cut_off,
    is_final,
    with_escapes,
)
from glancetape_cassettes.formats.regular_file import (
    GZIP,
    MOST_BYTES,
    check_regular,
    unzipped,
)
from glancetape_cassettes.interaction import Interaction, Request, Response, header

_CUT_OFF = "the file ends within it"
_DAMAGED = "it is damaged"
_NO_FLOW = "what is there is not a flow"
_NOBODY = connection.Client(peername=("", 0), sockname=("", 0))


def read_flow_file(path: Path, _: str | None = None) -> Entries:
    """Yield the flows of a file, as they were sent; those of HTTP with a whole answer are entries.

    Raises CassetteError when no flow can be read, or a newer mitmproxy wrote the file.
    """
    try:
        status = path.stat()
        check_regular(path, status)
        if status.st_size > MOST_BYTES:
            raise CassetteError(f"{path}: larger than {MOST_BYTES >> 20} MiB; split the file.")
        with path.open("rb") as file:
            states = enumerate(_states(file, path), start=1)
            timed = (_read_one(state, number, path) for number, state in states)
            yield from in_order(bounded(timed, path, FLOW_FILE.name))
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error


class _UpToItsEnd:
    """A file from which no more is read than it has, whatever length a flow claims."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        is_zipped = file.read(len(GZIP)) == GZIP
        file.seek(0)
        self._file = io.BytesIO(unzipped(file.read(), path)) if is_zipped else file
        self._left = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)

    def read(self, length: int) -> bytes:
        data = self._file.read(min(length, self._left))
        self._left -= len(data)
        return data

    def is_at_end(self) -> bool:
        return self._left <= 0


def _states(file: IO[bytes], path: Path) -> Iterator[Any]:
    """The flows as mitmproxy stores them, and last a reason if what follows is not a flow."""
    bounded = _UpToItsEnd(file, path)
    while not bounded.is_at_end():
        try:
            yield tnetstring.load(bounded)  # type: ignore[arg-type]  # it only reads
        except IndexError:
            yield Unusable(_CUT_OFF, is_bad=True)
            return
        except (ValueError, TypeError, RecursionError):
            is_end = bounded.is_at_end()
            yield Unusable(_CUT_OFF if is_end else _NO_FLOW, is_bad=True)
            if not is_end:
                return


def _read_one(state: Any, number: int, path: Path) -> TimedEntry:
    try:
        found = _flow_of(state, path)
    except Unusable as error:
        return TimedEntry(LeftOut(number, error.reason, None, "", error.is_bad), NEVER, NEVER)
    except CassetteError:
        raise
    except Exception:  # noqa: BLE001 - mitmproxy trusts what it reads, and an error may quote it
        return TimedEntry(LeftOut(number, _DAMAGED, None, "", is_bad=True), NEVER, NEVER)
    return timed_entry_of(found, number)


def timed_entry_of(found: flow.Flow, number: int) -> TimedEntry:
    """The interaction of a flow, or why it has none, and when it began and ended."""
    entry = _entry_of(found, number)
    if not isinstance(found, http.HTTPFlow):
        made = _moment(found.timestamp_created)
        return TimedEntry(entry, made, made)
    start = _moment(found.request.timestamp_start)
    ends = [found.request.timestamp_end, found.error and found.error.timestamp]
    if found.response is not None:
        ends += [found.response.timestamp_start, found.response.timestamp_end]
    return TimedEntry(entry, start, max(start, *map(_moment, ends)))


def _moment(timestamp: object) -> float:
    return timestamp if isinstance(timestamp, int | float) and timestamp > 0 else NEVER


def _entry_of(found: flow.Flow, number: int) -> Entry | LeftOut:
    """The interaction of a flow and its date, or why it has none that a service answered."""
    request: Request | None = None
    date = ""
    try:
        if not isinstance(found, http.HTTPFlow):
            raise Unusable("of another protocol than HTTP")
        date = as_recorded_at(found.request.timestamp_start)
        request = _without_body(found)
        if why := _why_not_answered(found) or why_not_of_service(found):
            raise Unusable(why)
        request = _with_escapes(request_of(found))
        if request.method != "CONNECT" and (fault := fault_of_request(request)) is not None:
            raise Unusable(fault, is_bad=True)
        response = response_of(found)
        sent = found.response.raw_content if found.response is not None else None
        if _is_part(response, request.method, len(sent or b"")):
            raise Unusable(ONLY_A_PART)
        return Entry(number, Interaction(request, response, date))
    except Unusable as error:
        return LeftOut(number, error.reason, request, date, error.is_bad)
    except NotWhole as error:
        return LeftOut(number, str(error), request, date)
    except Exception:  # noqa: BLE001 - mitmproxy trusts what it reads, and an error may quote it
        return LeftOut(number, _DAMAGED, request, date, is_bad=True)


def _why_not_answered(found: http.HTTPFlow) -> str:
    """Why a flow is not a request with a whole answer; "" if it is one."""
    if found.websocket is not None:
        return "a WebSocket connection"
    if found.response is None:
        return "it broke off before there was an answer"
    if found.error is not None:
        return "it broke off within the answer"
    return "" if is_final(found.response.status_code) else "its status is not that of an answer"


def _is_part(response: Response, method: str, sent: int) -> bool:
    """Whether the body of an answer, of which `sent` bytes came, is a part of what was sent."""
    if method == "HEAD" or response.status in WITHOUT_BODY:
        return False
    length = (header(response.headers, "content-length") or "").strip()
    if length and length != str(sent):
        return True
    return is_cut_off(response.body, response.headers, sent=sent, status=response.status)


def _flow_of(state: Any, path: Path) -> flow.Flow:
    if isinstance(state, Unusable):
        raise state
    if not isinstance(state, dict):
        raise Unusable(_NO_FLOW, is_bad=True)
    written = state.get(b"version", state.get("version"))
    if isinstance(written, int) and written > version.FLOW_FORMAT_VERSION:
        raise CassetteError(
            f"{path}: a flow file of a newer mitmproxy (its format {written}; this one, "
            f"{version.VERSION}, reads up to {version.FLOW_FORMAT_VERSION}). Upgrade mitmproxy, or "
            "let the newer one write a HAR file: mitmdump -n -r FLOWS --set hardump=FILE.har"
        )
    if written != version.FLOW_FORMAT_VERSION:
        state = compat.migrate_flow(state)
    return _http_flow(state) if state["type"] == "http" else flow.Flow.from_state(state)


def _http_flow(state: dict[Any, Any]) -> http.HTTPFlow:
    """A flow as far as `_entry_of` looks at it: with all its connections it takes twice as long."""
    found = http.HTTPFlow(_NOBODY, connection.Server(address=None))
    found.metadata = state["metadata"]
    found.request = _message(http.Request, state["request"])
    if state["response"] is not None:
        found.response = _message(http.Response, state["response"])
    if state["error"] is not None:
        found.error = flow.Error("it broke off", _moment(state["error"].get("timestamp")))
    if state["websocket"] is not None:
        found.websocket = WebSocketData()
    return found


def _message(kind: Any, state: Any) -> Any:
    return kind.from_state(state)


def _without_body(found: http.HTTPFlow) -> Request:
    received = received_of(found)
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in received.fields
    )
    return _with_escapes(Request(received.method, received.url, headers))


def _with_escapes(request: Request) -> Request:
    return replace(request, uri=with_escapes(request.uri))
