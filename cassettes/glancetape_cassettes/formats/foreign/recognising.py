"""Which format a file of another tool has: the table of formats, in the order of trying."""

import re
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.bare_pages import FOLDER, PAGE
from glancetape_cassettes.formats.foreign.curl_output import CURL_HEADS, CURL_VERBOSE
from glancetape_cassettes.formats.foreign.debug_logs import DEBUG_LOG
from glancetape_cassettes.formats.foreign.foreign_entries import ForeignFormat
from glancetape_cassettes.formats.foreign.har import HAR
from glancetape_cassettes.formats.foreign.har_archive import HAR_ARCHIVE
from glancetape_cassettes.formats.foreign.wiremock.wiremock_mappings import WIREMOCK
from glancetape_cassettes.formats.regular_file import check_regular, marked_head, plain_head
from glancetape_cassettes.near_names import file_meant

HEAD = 1 << 16
"""Bytes that a format is recognised by."""
_FLOW = re.compile(rb"\d{2,12}:(?P<length>\d\d?):(?P<name>[a-z_]{2,20})[,;]")


def _looks_like_flow(head: bytes, _: Path) -> bool:
    """A flow is a mapping, and its length comes first; so does that of its first member's name."""
    found = _FLOW.match(head)
    return found is not None and int(found["length"]) == len(found["name"])


FLOW_FILE = ForeignFormat(name="a flow file of mitmproxy", looks_like=_looks_like_flow)
"""Its reader is `glancetape.wire.saved.flow_files`: only that room knows mitmproxy."""

FORMATS = (HAR, HAR_ARCHIVE, FLOW_FILE, WIREMOCK, CURL_HEADS, CURL_VERBOSE, DEBUG_LOG, PAGE, FOLDER)

NOT_READ = (
    (
        re.compile(rb"PK\x03\x04"),
        "a ZIP archive",
        "It is cut off, or has no HAR file, or several. Unpack it, and name the file in it.",
    ),
    (
        re.compile(rb"\x0a\x0d\x0d\x0a|\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x4d\x3c\xb2\xa1"),
        "captured packets (pcap)",
        "Record with glancetape, or save the traffic as HAR.",
    ),
    (
        re.compile(rb"\s*\{\s*\"info\"\s*:\s*\{[^}]{0,2000}\"(?:_postman_id|schema)\""),
        "a Postman collection",
        "It has requests, and seldom what was answered; record with glancetape.",
    ),
    (
        re.compile(rb'\s*\{\s*"data"\s*:\s*\{\s*"pairs"\s*:'),
        "a simulation of Hoverfly",
        "Save the traffic as HAR.",
    ),
    (
        re.compile(rb'\s*\[\s*\{\s*"scope"\s*:'),
        "a recording of nock",
        "Record with glancetape, or save the traffic as HAR.",
    ),
    (
        re.compile(rb'\s*\{\s*"(?:imposters|protocol)"\s*:'),
        "imposters of mountebank",
        "Record with glancetape, or save the traffic as HAR.",
    ),
    (
        re.compile(rb'\s*[\[{]\s*[{"]?\s*"?(?:httpRequest|httpResponse)"\s*:'),
        "expectations of MockServer",
        "Record with glancetape, or save the traffic as HAR.",
    ),
    (
        re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE items[\s\S]{0,4000}?)?<items\s+burp"),
        "items of Burp",
        "Save the traffic as HAR.",
    ),
)
"""How a format that is recognised begins, its name, and what to do instead."""


def recognise(path: Path) -> ForeignFormat:
    """Return the format of a file or folder. Raises CassetteError, which says what can be read."""
    head = read_head(path)
    if not head and not path.is_dir():
        raise CassetteError(f"{path}: the file is empty.")
    found = recognised(head, path)
    if found is not None:
        return found
    refuse_others(head, path)
    names = ", ".join(["a VCR cassette", *(one.name for one in FORMATS)])
    raise CassetteError(f"{path}: has none of the formats that are read: {names}.")


def refuse_others(head: bytes, path: Path) -> None:
    """Raise CassetteError for a format that is known and not read."""
    for start, name, advice in NOT_READ:
        if start.match(head):
            raise CassetteError(f"{path}: looks like {name}, which is not read. {advice}")


def recognised(head: bytes, path: Path) -> ForeignFormat | None:
    """Return the first format that a file looks like, by its first bytes; None for none."""
    head = marked_head(head)
    return next((one for one in FORMATS if one.looks_like(head, path)), None)


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file, none of a folder. Raises CassetteError."""
    try:
        if path.is_dir():
            return b""
        check_regular(path, path.stat())
        with path.open("rb") as file:
            return plain_head(file.read(HEAD))
    except FileNotFoundError:
        raise CassetteError(f"{path}: no such file.{file_meant(path)}") from None
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error
