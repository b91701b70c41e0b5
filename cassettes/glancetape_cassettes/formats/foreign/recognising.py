"""Which format a file of another tool has: the table of formats, in the order of trying."""

import re
from pathlib import Path

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.foreign.bare_pages import FOLDER, PAGE
from glancetape_cassettes.formats.foreign.curl.curl_heads import CURL_HEADS
from glancetape_cassettes.formats.foreign.curl.curl_verbose import CURL_VERBOSE
from glancetape_cassettes.formats.foreign.debug_log.debug_logs import DEBUG_LOG
from glancetape_cassettes.formats.foreign.foreign_entries import ForeignFormat
from glancetape_cassettes.formats.foreign.har import HAR
from glancetape_cassettes.formats.foreign.har_archive import HAR_ARCHIVE
from glancetape_cassettes.formats.foreign.wiremock.wiremock_mappings import WIREMOCK
from glancetape_cassettes.formats.regular_file import (
    A_FOLDER,
    IMAGE_SET,
    check_regular,
    is_ndjson,
    marked_head,
    plain_head,
    refuse_ndjson,
)
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
    *(
        (re.compile(start), f"a file compressed with {tool}", "Decompress it first.")
        for start, tool in (
            (rb"BZh[1-9]1AY&SY", "bzip2"),
            (rb"\xfd7zXZ\0", "xz"),
            (rb"\x28\xb5\x2f\xfd", "zstd"),
            (rb"7z\xbc\xaf\x27\x1c", "7-Zip"),
            (rb"\x78[\x01\x5e\x9c\xda]", "zlib"),
            (rb"\x1f\x8b", "gzip twice"),
        )
    ),
    (re.compile(rb"[\s\S]{257}ustar"), "a tar archive", "Unpack it, and name the file in it."),
    (
        # UTF-16 with a mark is read.
        re.compile(rb"\xff\xfe\0\0|\0\0\xfe\xff|(?:[\t-~]\0{1,3}){4}|(?:\0{1,3}[\t-~]){4}"),
        "text in UTF-16 or UTF-32",
        "Save it in UTF-8.",
    ),
    (
        re.compile(rb"PK\x03\x04[\s\S]{26}(?:raw[/\\]|_index\.htm|\[Content_Types\]\.xml)"),
        "a session of Fiddler (.saz)",
        "Export it as HAR: File, Export Sessions, HTTPArchive v1.2.",
    ),
    (
        re.compile(rb"PK(?:\x03\x04|\x05\x06)"),
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
    (
        re.compile(
            rb'\s*\[\s*\{\s*"status"\s*:\s*"[A-Z]+"\s*,\s*"method"\s*:'
            rb"|(?:<\?xml[^>]*>\s*)?<charles-session"
        ),
        "a session of Charles",
        "Export it as HAR.",
    ),
    (
        re.compile(rb'\s*\{\s*"_type"\s*:\s*"export"|\s*type:\s*\S+\.insomnia\.rest/'),
        "an export of Insomnia",
        "It has requests, and not what was answered; record with glancetape.",
    ),
    (
        re.compile(rb'\s*\{\s*"(?:openapi|swagger)"\s*:|\s*(?:openapi|swagger):\s*[\x22\x27]?\d'),
        "a description of an API (OpenAPI)",
        "It has no answers of a service; record with glancetape.",
    ),
    (
        re.compile(rb'\s*\{\s*"(?:consumer|provider)"\s*:\s*\{'),
        "a contract of Pact",
        "It has no answers of a service; record with glancetape.",
    ),
    (
        re.compile(
            rb"responses:\s*\n\s*-\s+response:|\s*\[\[responses\]\]|\s*\{\s*\"responses\"\s*:\s*\["
            rb"\s*\{\s*\"response\"\s*:"
        ),
        "a recording of responses",
        "It has no headers; record with glancetape.",
    ),
    (
        re.compile(rb"\s*\{\s*(?:\"meta\"|meta)\s*:\s*\{[^{}]*\}\s*,\s*(?:\"req\"|req)\s*:"),
        "a tape of talkback",
        "Record with glancetape, or save the traffic as HAR.",
    ),
    (
        re.compile(rb"WARC/\d"),
        "a web archive (WARC)",
        "Save the traffic as HAR.",
    ),
    (
        re.compile(rb"== Info: |=> Send header, "),
        "the output of `curl --trace`",
        "Use `curl -v URL > FILE 2>&1`.",
    ),
    (
        re.compile(rb"version https://git-lfs\.github\.com/spec/"),
        "a pointer of Git LFS",
        "Get the file itself: git lfs pull.",
    ),
    (
        re.compile(rb"\s*\$ANSIBLE_VAULT;"),
        "a file that Ansible Vault encrypted",
        "Decrypt it first.",
    ),
    (
        re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ HTTP/[0-9.]+\r?\n"),
        "the output of `http --verbose`",
        "Save the answer alone (`http --print=hb`), and import it with --url.",
    ),
    (
        re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) https?://\S+\s"),
        "a file of HTTP requests",
        "It has no answers of a service; record with glancetape.",
    ),
    (
        re.compile(rb"--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--  http"),
        "the output of wget",
        "Use `curl -v URL > FILE 2>&1`.",
    ),
    (
        re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE),
        "a page of HTML",
        "Save the traffic as HAR in the network tab of the browser.",
    ),
)
"""How a format that is recognised begins, its name, and what to do instead."""


def recognise(path: Path) -> ForeignFormat:
    """Return the format of a file or folder. Raises CassetteError, which says what can be read."""
    head = read_head(path)
    if len(head) < HEAD and not head.strip() and not path.is_dir():
        raise CassetteError(f"{path}: the file is empty.")
    found = recognised(head, path)
    if found is not None:
        return found
    refuse_others(head, path)
    if is_ndjson(head):
        refuse_ndjson(path)
    if head.startswith(IMAGE_SET):
        raise CassetteError(
            f"{path}: a SQLite database. If it is an image set, `glancetape export` writes it in "
            "other formats."
        )
    if path.is_dir():
        raise CassetteError(f"{path}: {A_FOLDER}. Of folders, those whose paths are URLs are read.")
    names = ", ".join(["a VCR cassette", *(one.name for one in FORMATS)])
    raise CassetteError(f"{path}: has none of the formats that are read: {names}.")


def refuse_others(head: bytes, path: Path) -> None:
    """Raise CassetteError for a format that is known and not read."""
    if (other := _other(head)) is not None:
        name, advice = other
        raise CassetteError(f"{path}: looks like {name}, which is not read. {advice}")


def _other(head: bytes) -> tuple[str, str] | None:
    """Return the name of a format that is known and not read, and what to do; None for none."""
    heads = {head, marked_head(head)}
    return next(
        (
            (name, advice)
            for start, name, advice in NOT_READ
            if any(start.match(one) for one in heads)
        ),
        None,
    )


def recognised(head: bytes, path: Path) -> ForeignFormat | None:
    """Return the first format that a file looks like, by its first bytes; None for none."""
    marked = marked_head(head)
    found = next((one for one in FORMATS if one.looks_like(marked, path)), None)
    # Any JSON may have images somewhere, such as a recording of nock of a list of images.
    return None if found is PAGE and _other(head) else found


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
