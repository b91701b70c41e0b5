"""A small client that sends list queries to a real Glance just as they are."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from support.oracle.naive import NaiveAnswer

REFUSED = re.compile(rb"[^\x21-\x7e]")
ERROR_END = "<br /><br />\n\n\n"
CONNECTIONS: dict[str, http.client.HTTPConnection] = {}

Asked = tuple[int, dict[str, str], bytes]


@contextmanager
def asking() -> Iterator[None]:
    """Close all connections in the end."""
    try:
        yield
    finally:
        while CONNECTIONS:
            CONNECTIONS.popitem()[1].close()


def ask(
    glance_url: str, query: str, project: str, accept: str | None = "application/json"
) -> Asked:
    """Return status, headers (by lower-case name) and body of the answer to a member's query.

    Only what http.client does not send is percent-encoded: blanks, control characters and what is
    not ASCII.
    """
    sent = REFUSED.sub(
        lambda match: b"%%%02X" % match[0][0], query.encode("utf-8", "surrogateescape")
    )
    path = f"/v2/images?{sent.decode()}" if sent else "/v2/images"
    return ask_path(glance_url, path, project, accept)


def ask_path(
    glance_url: str, path: str, project: str, accept: str | None = "application/json"
) -> Asked:
    """Return the same for a path, which is sent as it is.

    The connection stays open for the next request; see asking().
    """
    headers = {"X-Auth-Token": f"user:{project}:member"}
    if accept is not None:
        headers["Accept"] = accept
    connection = CONNECTIONS.get(glance_url)
    if connection is None:
        connection = http.client.HTTPConnection(urlsplit(glance_url).netloc, timeout=60)
        CONNECTIONS[glance_url] = connection
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
    except (http.client.HTTPException, OSError):
        CONNECTIONS.pop(glance_url).close()
        raise
    return (
        response.status,
        {name.lower(): value for name, value in response.getheaders()},
        body,
    )


def glance_answer(glance_url: str, query: str, project: str) -> NaiveAnswer:
    """Ask for JSON and return of the answer what the naive oracle tells."""
    status, _, body = ask(glance_url, query, project)
    document = json.loads(body)
    if status != 200:
        message = document["message"].removesuffix(ERROR_END)
        return NaiveAnswer(status, None, None, None, message)
    ids = [image["id"] for image in document["images"]]
    return NaiveAnswer(status, ids, document["first"], document.get("next"), None)
