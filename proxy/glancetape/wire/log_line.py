"""The line that the log has for an answer: its status, source, number of images, and caller.

200 derived; walk.yaml#4-7  25 images  project 1bed8568  GET http://127.0.0.1:8180/v2/images
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import orjson

from glancetape_cassettes.nouns import counted
from glancetape_cassettes.service import is_image_list


class RequestLine:
    """The method and URL of a request without secrets, for whoever reads it.

    The secrets are looked for when it is first read: most tests read the line of no request.
    """

    __slots__ = ("_line_of", "_method", "_text", "_url")

    def __init__(self, line_of: Callable[[str, str], str], method: str, url: str) -> None:
        """Take a request, and what makes the line of a method and a URL."""
        self._line_of = line_of
        self._method = method
        self._url = url
        self._text = ""

    def __str__(self) -> str:
        """Such as `GET http://127.0.0.1:8180/v2/images`."""
        if not self._text:
            self._text = self._line_of(self._method, self._url)
            self._url = ""
        return self._text

    def __repr__(self) -> str:
        """The same in quotes; the URL itself may have secrets."""
        return repr(str(self))


_MOST_COUNTED = 8 << 20
"""Bytes of a page whose images are counted; a page of 1,000 has 1.5 MB."""


def log_line(
    *, status: int, described: str, body: bytes, caller: str, method: str, url: str, line: str
) -> str:
    """The line for an answer. `line` is its method and URL without secrets; `url` is not shown."""
    images = _images_in(url, body) if method == "GET" and status == 200 else None
    count = None if images is None else counted(images, "image")
    return "  ".join(filter(None, (f"{status} {described}", count, caller, line)))


def _images_in(url: str, body: bytes) -> int | None:
    """How many images a page has; None for anything that is not one."""
    try:
        if len(body) > _MOST_COUNTED or not is_image_list(urlsplit(url).path):
            return None
        value = orjson.loads(body)
    except ValueError:
        return None
    images = value.get("images") if isinstance(value, dict) else None
    return len(images) if isinstance(images, list) else None
