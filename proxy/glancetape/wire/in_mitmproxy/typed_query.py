"""The request for a query that a person typed, asked of the files that a session has open."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from glancetape_cassettes.cloud.links import LIST_PATH
from glancetape_cassettes.errors import BadParameter
from glancetape_cassettes.interaction import Headers, Request
from glancetape_cassettes.service import is_image_list

if TYPE_CHECKING:
    from glancetape.session.session import Session

_CREDENTIALS = frozenset(("x-auth-token", "x-project-id", "authorization"))


def request_for(
    session: "Session", text: str, project: str | None, sent: Headers
) -> tuple[Request, bool]:
    """The request, and whether any recorded host may answer it.

    Raises BadParameter for what is no query or link, and for one that is too long to be answered.
    """
    from glancetape.wire.limits import why_url_is_refused  # decoders, which a set does not need

    if why := why_url_is_refused(text.encode("utf-8", "surrogateescape")):
        raise BadParameter(why)
    uris = [
        urlsplit(entry.uri)
        for group in session.groups
        for entry in group
        if is_image_list(entry.asked.question.path)
    ]
    origins = list(dict.fromkeys(f"{one.scheme}://{one.netloc}" for one in uris))
    paths = list(dict.fromkeys(one.path for one in uris))
    path, query = path_and_query(text)
    origin = origins[0] if origins else "http://glance"
    any_host = True
    if path.startswith(("http://", "https://")):
        try:
            parts = urlsplit(path)
        except ValueError as error:
            raise BadParameter(f"{path} is not a URL: {error}.") from error
        path = parts.path
        if len(origins) > 1:  # with a single recorded host it does not matter which is named
            origin, any_host = f"{parts.scheme}://{parts.netloc}", False
    if not path:
        path = paths[0] if paths else LIST_PATH
    callers = {caller for group in session.groups for caller in group.callers}
    projects = {caller.project for caller in callers if caller is not None} - {None}
    if project is not None and (projects or not callers):
        sent = (*(pair for pair in sent if pair[0].lower() != "x-project-id"),)
        sent = (*sent, ("X-Project-Id", project))
    elif not _CREDENTIALS & {name.lower() for name, _ in sent}:
        sent = (*sent, ("X-Auth-Token", "anybody"))  # nothing answers a request without one
    return Request("GET", f"{origin}{path}{'?' * bool(query)}{query}", sent), any_host


def path_and_query(text: str) -> tuple[str, str]:
    """The parts of a link; a query string has no path. Raises BadParameter for another link."""
    if not text.startswith(("/", "http://", "https://", "?")):
        return "", text
    link, _, query = text.partition("#")[0].partition("?")
    if link and not link.endswith("/v2/images"):
        raise BadParameter(f"{link} is not answered by an image set; /v2/images is.")
    return link, query
