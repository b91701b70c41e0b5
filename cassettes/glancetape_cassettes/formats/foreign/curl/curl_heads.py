"""What `curl -i` prints: whole responses.

    HTTP/1.1 200 OK
    Content-Type: application/json

    {"images": []}

It does not print what was asked: the user says it with `--url`. Of several responses, the first
answers that URL. A later one answers the `Location` of a redirect before it, or the `next` of the
page before it; any other is left out. An entry is a final response: 1xx and a proxy's
`Connection established` are none.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.curl.printed_by_curl import (
    printed_response,
    without_meter,
)
from glancetape_cassettes.formats.foreign.foreign_entries import (
    Entries,
    Entry,
    ForeignFormat,
    LeftOut,
    Unusable,
)
from glancetape_cassettes.formats.foreign.page_links import url_of_first, url_of_next
from glancetape_cassettes.formats.foreign.plain_text import end_of_json, json_in, read_raw
from glancetape_cassettes.formats.foreign.response_text import (
    STATUS_LINE,
    Head,
    read_response_head,
)
from glancetape_cassettes.formats.http_form import content_length, is_final
from glancetape_cassettes.interaction import Interaction, Request, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

_NEXT_HEAD = lazy_compile(rb"\n(?=HTTP/\d(?:\.\d)? \d{3}[ \r\n])")
_ENDS_HERE = lazy_compile(rb"\s*+(?:\Z|HTTP/\d(?:\.\d)? \d{3}[ \r\n])")


def _looks_like_heads(head: bytes, _: Path) -> bool:
    return STATUS_LINE.match(without_meter(head).lstrip()) is not None


def _read_heads(path: Path, url: str | None) -> Entries:
    if url is None:
        raise CassetteError(
            f"{path}: looks like the output of `curl -i`, which does not say what was asked. "
            "Pass --url with the URL that curl was called with."
        )
    yield from _answers(without_meter(read_raw(path)).lstrip(), url)


def _answers(content: bytes, url: str) -> Entries:
    number, asked = 0, url
    for head, body in _responses(content):
        if head is not None and (head.status // 100 == 1 or _is_of_proxy(head, body)):
            continue
        number += 1
        date = "" if head is None else header(head.headers, "date") or ""
        try:
            if head is None:
                raise Unusable("its head has a line that is not a header", is_bad=True)
            if not asked:
                raise Unusable("neither a redirect nor a 'next' before it shows what was asked")
            if not is_final(head.status):
                raise Unusable("its status is not that of an answer")
            response = printed_response("GET", head, body)
            if number == 1:
                asked = url_of_first(asked, json_in(response.body))
        except Unusable as error:
            yield LeftOut(number, error.reason, None, date, error.is_bad)
            asked = ""
        else:
            yield Entry(number, Interaction(Request("GET", asked), response, date))
            asked = _asked_after(asked, response)


def _responses(content: bytes) -> Iterator[tuple[Head | None, bytes]]:
    """The heads, and what follows each up to the next one; last None for what is not a head."""
    place = 0
    text = content.decode("latin-1")  # as many characters as bytes
    while place < len(content):
        if (head := read_response_head(content, place)) is None:
            yield None, b""
            return
        end = _end_of_body(content, text, head)
        yield head, content[head.end : end]
        place = end
        while content[place : place + 1] in (b"\r", b"\n"):
            place += 1


def _end_of_body(content: bytes, text: str, head: Head) -> int:
    """Where a body ends: by its length, if that fits; as JSON; or by the next head."""
    length = content_length(head.headers)
    if length is not None:
        end = head.end + length
        if end <= len(content) and _ENDS_HERE.match(content, end):
            return end
    if content[head.end : head.end + 1] in (b"{", b"["):  # heads follow it on the same line
        after = end_of_json(text, head.end)
        if after is not None and _ENDS_HERE.match(content, after):
            return after
    found = _NEXT_HEAD.search(content, max(head.end - 1, 0))
    return len(content) if found is None else found.end()


def _is_of_proxy(head: Head, body: bytes) -> bool:
    return head.reason.lower() == "connection established" and not body.strip()


def _asked_after(asked: str, response: Response) -> str:
    """What the next response in the file answers; "" when nothing shows it."""
    location = header(response.headers, "location")
    if 300 <= response.status < 400 and location:
        return urljoin(asked, location)
    return url_of_next(asked, json_in(response.body)) or ""


CURL_HEADS = ForeignFormat(
    name="the output of `curl -i`", looks_like=_looks_like_heads, read=_read_heads, needs_url=True
)
