"""What the writer takes, the reader gives back: no interaction makes a cassette unreadable."""

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.formats.opened.own_cassette import OwnCassette
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.writing.laying_out import Layout
from glancetape_cassettes.writing.writer import CassetteWriter
from support.drawn.examples import examples
from support.drawn.rolls import Roll, octets

URI = "http://glance:9292/v2/images/1/file"
ODD_TEXTS = (
    *("", "x", " x ", "a\tb", "\r\n", "a\nb", "\0", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe"),
    *("\xe9", "\u5b9d", "\U0001f600", "\udcff", "\ud800", "\x1b[2J", "'", '"', "\\", "%00", "%"),
    *("#x", "- a", "a: b", "---", "...", "{}", "[", "&a", "*a", "!!binary", "| ", "> ", "yes", "~"),
    *("1", "0x1f", "1_000", "12:30:45", "2026-01-01", "null", "=", "<<", "?", "@", "`"),
)
FIELDS = {
    "method": ("GET", "get", "PURGE", "M-SEARCH", *ODD_TEXTS),
    "uri": (
        URI,
        *(f"{URI}?name={text}" for text in ODD_TEXTS),
        *("", "/v2/images", "http://[::1/v2/images", "http://[v1.x]/", "http://h:port/", "*"),
        *("http://", "//h/v2/images", "http://\u2100.example/", "data:,x", *ODD_TEXTS),
    ),
    "status": (200, 204, 304, 404, 599, 0, -1, 99, 100, 101, 199, 600, 999, 1000),
    "reason": ("OK", *ODD_TEXTS),
    "name": ("X-Odd", "x-odd", "Accept", "Server", *ODD_TEXTS),
    "value": ("1", *ODD_TEXTS),
    "body": (
        *(b"", b"{}", b'{"images": []}\n', b"\xff\xfe", b"\x1f\x8b", b'{"a": 1e5}', b"[" * 400),
        *(text.encode("utf-8", "surrogatepass") for text in ODD_TEXTS),
        *(b'{"a": "' + text.encode("utf-8", "surrogatepass") + b'"}' for text in ODD_TEXTS),
    ),
    "date": ("2026-03-01T10:00:00Z", "", "Tue, 01 Nov 2011 04:58:44 GMT", *ODD_TEXTS),
}
"""What a foreign file may hold in each part; every second draw of a part is a usual one."""


def drawn(octets_: bytes) -> Interaction:
    """An interaction with any of these."""
    roll = Roll(octets_)
    picked = {
        name: roll.pick(values) if roll.pick((False, True)) else values[0]
        for name, values in FIELDS.items()
    }
    headers = ((picked["name"], picked["value"]),)
    return Interaction(
        Request(picked["method"], picked["uri"], headers, picked["body"]),
        Response(picked["status"], picked["reason"], headers, picked["body"]),
        picked["date"],
    )


_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


USUAL = drawn(b"")
SHAPE = Layout(b"k" * 32, RedactionOptions(keep_ids=True, keep_headers=("X-Odd",)))


@examples(400)
@given(octets(3 * len(FIELDS)).map(drawn))
def test_what_is_written_is_read(odd: Interaction) -> None:
    """Or it is refused in a sentence; what stands beside it is read in both cases."""
    texts = [SHAPE.lay_out(USUAL).text]
    with suppress(CassetteError):
        texts.append(SHAPE.lay_out(odd).text)
    texts.append(texts[0])
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        writer = CassetteWriter(path, "glancetape 0", Redaction("0123456789ab", keep_ids=True))
        writer.append(texts)
        writer.close()

        cassette = OwnCassette(path, path.read_bytes())

    found = [cassette.interaction(index) for index in range(len(cassette))]
    assert len(texts) == len(found)
    assert found[0].response == found[-1].response == USUAL.response
    if len(texts) == 3:
        assert odd.response.status == found[1].response.status
        # Bytes that are no text cannot be searched: they are kept as an image's data alone.
        path = odd.request.uri.partition("?")[0]
        is_data = 200 <= odd.response.status < 300 and path.endswith("/v2/images/1/file")
        is_kept = _is_text(odd.response.body) and (
            is_data or not _CONTROL.search(odd.response.body)
        )
        replaced = [] if is_kept else [b"REDACTED"]
        assert found[1].response.body in (odd.response.body, *replaced)
        assert odd.recorded_at == found[1].recorded_at
        assert odd.request.method.upper() == found[1].request.method
    for index, one in enumerate(found):
        assert one.request == cassette.request(index)
