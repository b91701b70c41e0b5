"""The content view "images" of mitmproxy: an image list as a table.

mitmproxy 11 calls a view and gets lines of styled text; mitmproxy 12 calls `prettify` and gets one
text. One class has both.
"""

from collections.abc import Iterator
from typing import Any

from mitmproxy import contentviews, http

from glancetape.wire.in_mitmproxy.image_rows import MOST_BYTES, page_lines
from glancetape_cassettes.service import is_image_list

NAME = "images"
_PRIORITY = 2.0
"""Above that of mitmproxy's view of JSON."""


class ImagesView(getattr(contentviews, "View", object)):  # type: ignore[misc]  # 12 may lose it
    """Shows a page of a list; mitmproxy chooses it for the responses to list requests."""

    name = NAME
    syntax_highlight = "none"

    def __call__(self, data: bytes, **_: Any) -> tuple[str, Iterator[list[tuple[str, str]]]] | None:
        """For mitmproxy 11. None when the body is not a page: mitmproxy then shows it raw."""
        try:
            lines = page_lines(data)
        except ValueError:
            return None
        return "Images", iter([[("text", line)] for line in lines])

    def prettify(self, data: bytes, _: Any) -> str:
        """For mitmproxy 12. Raises ValueError when the body is not a page."""
        return "\n".join(page_lines(data))

    def render_priority(self, data: bytes, metadata: Any = None, **known: Any) -> float:
        """How well the view fits; metadata are an object in mitmproxy 12, arguments in 11."""
        flow = known.get("flow") or getattr(metadata, "flow", None)
        message = known.get("http_message") or getattr(metadata, "http_message", None)
        fits = (
            isinstance(flow, http.HTTPFlow)
            and isinstance(message, http.Response)
            and message.status_code == 200
            and is_image_list(flow.request.path.partition("?")[0])
            and len(data) <= MOST_BYTES
            and b'"images"' in data
        )
        return _PRIORITY if fits else -1.0


def add_view() -> None:
    """Add the view to mitmproxy, in place of an older one of that name."""
    view, registry = ImagesView(), getattr(contentviews, "registry", None)
    if registry is not None:
        registry.register(view)
        return
    known: Any = getattr(contentviews, "views", [])
    for one in [one for one in known if one.name == NAME]:
        contentviews.remove(one)
    contentviews.add(view)
