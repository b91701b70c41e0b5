"""Refusals: the cloud's own words, as JSON, HTML or plain text, whichever the client accepts."""

import html
import json
import re

from glancetape_cassettes.cloud.accept_header import accepted
from glancetape_cassettes.lazy_regex import lazy_compile

REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    206: "Partial Content",
    300: "Multiple Choices",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
    416: "Request Range Not Satisfiable",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
NOT_DECODED = (
    "Error decoding your request. Either the URL or the request body contained characters that "
    "could not be decoded by Glance"
)
SERVER_ERROR = "The server has either erred or is incapable of performing the requested operation."
NOT_FOUND = "The resource could not be found."
NOT_AUTHORIZED = (
    "This server could not verify that you are authorized to access the document you requested. "
    "Either you supplied the wrong credentials (e.g., bad password), or your browser does not "
    "understand how to supply the credentials required."
)
_TAG = lazy_compile("<")
_BREAK = lazy_compile("<br", re.IGNORECASE)


class Refused(Exception):
    """The cloud refuses the request. Carries status and message, in the cloud's words."""

    def __init__(
        self, status: int, message: str, *, detail: str = "", ending: str = "\n\n", allow: str = ""
    ) -> None:
        """Keep the status and the cloud's sentence.

        `detail` follows on its own line, then `ending`. `allow` lists the methods that the
        path has, for a 405.
        """
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail
        self.ending = ending
        self.allow = allow


def bad_request(message: str) -> Refused:
    """Return the refusal of a query that the cloud does not understand."""
    return Refused(400, message)


def not_found(image_id: str) -> Refused:
    """Return the refusal of an image that does not exist, or that the caller may not see."""
    return Refused(404, f"No image found with ID {image_id}")


def forbidden(action: str) -> Refused:
    """Return the refusal of an action that the caller's roles do not allow."""
    return Refused(403, f"You are not authorized to complete {action} action.")


def denied(why: str) -> Refused:
    """Return the refusal of a change that the caller may not make to an image of its own."""
    return Refused(403, "Access was denied to this resource.", detail=why)


def conflict(why: str) -> Refused:
    """Return the refusal of a change that does not fit the image as it is."""
    return Refused(409, "There was a conflict when trying to complete your request.", detail=why)


def method_not_allowed(method: str, allow: str) -> Refused:
    """Return the refusal of a method; `allow` lists those that the path has."""
    return Refused(
        405, f"The method {method} is not allowed for this resource. ", ending="", allow=allow
    )


def server_error() -> Refused:
    """Return the refusal of a query that a real Glance answers with an internal error."""
    return Refused(500, SERVER_ERROR)


def error_body(refused: Refused, accept: str) -> tuple[str, bytes]:
    """Return content type and body of a refusal, as WebOb lays them out for Glance.

    HTML or JSON if the client accepts it, otherwise plain text. Observed: Glance 33. Code: 16
    (Queens) requires a WebOb that does the same. A Glance of 2016 sent text to all clients
    (captured), and which form IMS uses is not known.
    """
    reason = REASONS[refused.status]
    status = f"{refused.status} {reason}"
    form = accepted(accept, ("text/html", "application/json"))
    if form == "text/html":
        text = _in_html(_escaped(refused.message), _escaped(refused.detail), refused.ending)
        page = (
            f"<html>\n <head>\n  <title>{status}</title>\n </head>\n <body>\n"
            f"  <h1>{status}</h1>\n  {text}\n </body>\n</html>"
        )
        return "text/html; charset=UTF-8", page.encode()
    if form == "application/json":
        message = _in_html(refused.message, refused.detail, refused.ending)
        body = {"message": message, "code": status, "title": reason}
        return "application/json", json.dumps(body).encode()
    plain = _without_tags(_in_html(refused.message, refused.detail, refused.ending))
    return "text/plain; charset=UTF-8", f"{status}\n\n{plain}".encode()


def _escaped(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()


def _in_html(message: str, detail: str, ending: str) -> str:
    return f"{message}<br /><br />\n{detail}{ending}"


def _without_tags(text: str) -> str:
    text = _cut(text.replace("\n", " ").replace("\r", ""), _BREAK, "\n")
    return _cut(text.replace("<!--", "").replace("-->", ""), _TAG, "")


def _cut(text: str, begin: re.Pattern[str], by: str) -> str:
    """Replace tags, in one pass: a message may hold thousands of `<` that begin no tag."""
    kept: list[str] = []
    end = 0
    while (found := begin.search(text, end)) and (close := text.find(">", found.end())) >= 0:
        kept += text[end : found.start()], by
        end = close + 1
    return "".join(kept) + text[end:]
