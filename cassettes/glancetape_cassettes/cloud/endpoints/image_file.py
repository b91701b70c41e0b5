"""The data of an image, `GET /v2/images/ID/file`.

A set has the data that its spec named (`data:` of a fixed image), and what was uploaded in this
session. For any other image the answer is 204.

A request may ask for a range of it, for example of 10 bytes:

    Range: bytes=2-4      206, Content-Range: bytes 2-4/10
    Range: bytes=-3       206, Content-Range: bytes 7-9/10
    Range: bytes=10-      416: an image of 10 bytes has no byte 10
"""

import re

from glancetape_cassettes.cloud.asking import Asking
from glancetape_cassettes.cloud.refusals import Refused, bad_request, not_found, server_error
from glancetape_cassettes.cloud.responses import data_response, empty_response
from glancetape_cassettes.interaction import Headers, Response, header
from glancetape_cassettes.lazy_regex import lazy_compile

# As WebOb reads it for Glance: what follows is not looked at.
_RANGE = lazy_compile(r"bytes *= *(\d*) *- *(\d*)", re.IGNORECASE | re.ASCII)
_MOST_DIGITS = 4300  # of a number that Python reads


def download(asking: Asking) -> Response:
    """Return the data of an image, or the range of it that the request asks for."""
    image = asking.lister.find_visible(asking.named["image"], asking.project, asking.rules)
    if image is None:
        raise not_found(asking.named["image"])
    if image["status"] == "deactivated":
        raise Refused(
            403, "The requested image has been deactivated. Image data download is forbidden."
        )
    changed = asking.lister.changes.find(image["id"]) if asking.lister.changes else None
    data = changed.data if changed is not None else asking.lister.images.data_of(image["id"])
    if data is None:
        return empty_response(204, asking.rules, asking.request_id, kind="")
    more: Headers = (("Content-MD5", image["checksum"]),)
    wanted = header(asking.headers, "range")
    if wanted is None:
        return data_response(data, asking.rules, asking.request_id, more)
    start, stop = read_range(wanted, len(data))
    more = (("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}"), *more)
    return data_response(data[start:stop], asking.rules, asking.request_id, more, status=206)


def read_range(text: str, size: int) -> tuple[int, int]:
    """Return where the range of a `Range` header begins and ends. Raises Refused.

    Observed on Glance 33, which takes more than RFC 9110 allows: a suffix of no bytes is all of
    them, and so is a suffix of an image without any.

    >>> read_range("bytes=2-4", 10)
    (2, 5)
    >>> read_range("bytes=-3", 10)
    (7, 10)
    """
    if "," in text:
        raise bad_request(
            "Requests with multiple ranges are not supported in Glance. You may make multiple "
            "single-range requests instead."
        )
    found = _RANGE.match(text)
    if found is None:
        raise _unsatisfiable("Invalid Range header.")
    first, last = found.groups()
    if not (first or last) or max(len(first), len(last)) > _MOST_DIGITS:
        raise server_error()  # observed: it reads "" as a number
    if not first and int(last):
        return max(size - int(last), 0), size
    start = int(first or 0)
    if first and last and int(last) < start:
        raise _unsatisfiable("Invalid Range header.")
    if start >= size:
        raise _unsatisfiable(
            "Invalid start position in Range header. Start position MUST be in the inclusive "
            f"range [0, {size - 1}]."
        )
    return start, min(int(last) + 1, size) if first and last else size


def _unsatisfiable(why: str) -> Refused:
    return Refused(416, why)
