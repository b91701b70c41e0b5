"""Which request of a debug log a response answers, and which response a body is of:

| in the log | the response answers |
|---|---|
| one request is open | that one |
| the line of urllib3 before it, or the one with its request id, names a URL | the last one to it |
| several are open or named, all the same: URL, caller and body | the last of them |
| several others are open or named | unknown; so are all later ones that no line names |

And which response a body is of: the only one that waits for a body and whose Content-Length fits.
Where none or several do, it is nobody's.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from glancetape_cassettes.formats.foreign.debug_log.log_text import MOST_LEAD, body_at
from glancetape_cassettes.formats.foreign.foreign_entries import Unusable
from glancetape_cassettes.formats.foreign.plain_text import bytes_of, has_no_body
from glancetape_cassettes.formats.http_form import content_length
from glancetape_cassettes.interaction import Headers, Interaction, Request, header

_OF_OTHER_LENGTH = "the log has no body of the length that its headers name"
_OF_SEVERAL = "several answers waited for a body, and the log does not show whose it is"
_REQUEST_ID = "x-openstack-request-id"
_MOST_OPEN = 100
"""Requests that may wait for an answer at once."""


@dataclass(slots=True, kw_only=True)
class LoggedResponse:
    """A response, as far as the log shows it."""

    status: int = 0
    reason: str = ""
    headers: Headers = ()
    date: str = ""
    body: str | None = None
    fault: Unusable | None = None
    """Why its body cannot be used."""
    place: int = 0
    """Where it is in the log."""


@dataclass(slots=True, kw_only=True)
class LoggedExchange:
    """A request and its response, or why one of them cannot be used."""

    request: Request | None = None
    date: str = ""
    fault: Unusable | None = None
    """Why its request cannot be used, or its answer is not known."""
    answer: LoggedResponse | None = None
    place: int = 0
    """Where it is in the log."""
    login: Interaction | None = None
    """Set for a login, which has neither a `REQ` nor a `RESP`."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a line names of a request: the host may be missing, and so may the length of a body."""

    method: str
    target: str
    host: str = ""
    status: str = ""
    length: str = ""

    def is_of(self, request: Request | None) -> bool:
        """Whether a line with this address may be about a request."""
        if request is None or request.method != self.method:
            return False
        host, target = host_and_target(request.uri)
        return target == self.target and self.host in ("", host)

    def may_name(self, answer: LoggedResponse) -> bool:
        """Whether the line is about a request that may have this response."""
        length = (header(answer.headers, "content-length") or "").strip()
        return self.status == str(answer.status) and (
            not length or not self.length.isdigit() or self.length == length
        )


def host_and_target(url: str) -> tuple[str, str]:
    """The host of a URL without a default port, and its path with the query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    target = parts.path or "/"
    return parts.netloc.removesuffix(default), f"{target}?{parts.query}" if parts.query else target


class Pairing:
    """Finds for each response the request that it answers; see the table above."""

    def __init__(self, named: dict[str, Address]) -> None:
        """Begin a log; `named` are the requests whose ids its lines show."""
        self.exchanges: list[LoggedExchange] = []
        self._named = named
        self._open: list[LoggedExchange] = []
        self._sent: list[Address] = []
        self._is_confused = self._are_lines_lost = False

    def ask(self, exchange: LoggedExchange) -> None:
        """Add a request, which waits for its response."""
        self.exchanges.append(exchange)
        self._open.append(exchange)
        if len(self._open) > _MOST_OPEN:  # no client has as many: the oldest have failed
            del self._open[0]

    def send(self, address: Address) -> None:
        """Add what a line of urllib3 names."""
        if self._open:
            self._sent.append(address)
        if len(self._sent) > 10 * _MOST_OPEN:  # without all lines, one of them proves nothing
            self._are_lines_lost = True
            self._sent.clear()

    def give(self, answer: LoggedResponse) -> str:
        """Give an answer to its request, and return the method of that; "" if it is not known."""
        address = self._address_of(answer)
        if address is not None:
            asked = [one for one in self._open if address.is_of(one.request)]
        else:
            asked = self._open
        is_unknown = not _are_alike(asked) or (address is None and self._is_confused)
        if asked and is_unknown:
            self._is_confused = True
        elif asked:
            asked[-1].answer = answer
            self._open = [one for one in self._open if one not in asked]
        elif address is not None or not self._open:
            fault = Unusable("the log has no request for it")
            self.exchanges.append(LoggedExchange(date=answer.date, fault=fault, place=answer.place))
        if not self._open:
            self._sent.clear()
        methods = {one.request.method for one in asked if one.request is not None}
        return methods.pop() if len(methods) == 1 else ""

    def all_answered(self) -> list[LoggedExchange]:
        """The exchanges; those without an answer have the reason."""
        for one in self.exchanges:
            if one.answer is not None:
                continue
            reason = (
                "several requests were open at once, and the log does not show which was answered"
                if self._is_confused
                else "the log has no answer to it"
            )
            one.fault = one.fault or Unusable(reason)
        return self.exchanges

    def _address_of(self, answer: LoggedResponse) -> Address | None:
        if (by_id := self._named.get(header(answer.headers, _REQUEST_ID) or "")) is not None:
            return by_id
        found = {one for one in self._sent if one.may_name(answer)}
        if len(found) != 1 or self._are_lines_lost:
            return None
        self._sent = [one for one in self._sent if one not in found]
        return found.pop()


def _are_alike(exchanges: list[LoggedExchange]) -> bool:
    """Whether any of them may have an answer: their callers too see the same."""
    first = exchanges[0].request if exchanges else None
    return all(one.request is not None and one.request == first for one in exchanges[1:])


class Bodies:
    """Finds for each body the response that waits for it; see the text above."""

    def __init__(self) -> None:
        """Begin a log."""
        self._waiting: list[LoggedResponse] = []

    def expect(self, answer: LoggedResponse, method: str) -> None:
        """Add a response, which waits for its body if it has one."""
        if not has_no_body(method, answer.status, answer.headers):
            self._waiting.append(answer)
        if len(self._waiting) > _MOST_OPEN:
            del self._waiting[0]

    def take(self, text: str, place: int) -> int:
        """Give a body to its answer, and return where it ends."""
        body, fault, end = body_at(text, place)
        lengths = _lengths_of(body, text, end) if fault is None else None
        able = [one for one in self._waiting if _may_have(one, lengths)]
        if not able:
            for one in self._waiting:
                one.fault = one.fault or Unusable(_OF_OTHER_LENGTH)
            if len(self._waiting) == 1:
                self._waiting.clear()
            return end
        # One body has come for all of them; those that may have any are still waited for.
        taken = max(able, key=lambda one: _length(one) is not None)
        self._waiting = [one for one in self._waiting if one is not taken]
        if len(able) > 1:
            for one in able:
                one.body, one.fault = None, Unusable(_OF_SEVERAL)
        elif taken.fault is None or taken.fault.reason == _OF_OTHER_LENGTH:
            taken.body, taken.fault = body, fault
        return end


def _length(answer: LoggedResponse) -> int | None:
    """The length of a body as it is printed; None when the headers do not show it."""
    coding = (header(answer.headers, "content-encoding") or "identity").strip().lower()
    return content_length(answer.headers) if coding == "identity" else None


def _may_have(answer: LoggedResponse, lengths: range | None) -> bool:
    length = _length(answer)
    return length is None or lengths is None or length in lengths


def _lengths_of(body: str | None, text: str, end: int) -> range | None:
    """The lengths that a body may have; None for one of which the log shows only a part."""
    if body is None:
        return None
    after = text[end : end + MOST_LEAD]
    spaces = len(after) - len(after.lstrip("\n ")) - 1  # without the end of the log's own line
    shown = len(bytes_of(body))
    return range(shown, shown + max(spaces, 0) + 1)
