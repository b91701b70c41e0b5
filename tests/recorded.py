"""Building cassettes for tests through the product's own writing side."""

from collections.abc import Iterable
from pathlib import Path

from glancetape_cassettes.body import to_readable
from glancetape_cassettes.cassette import Redaction
from glancetape_cassettes.emit import emit
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.writer import CassetteWriter

KEPT = Redaction("0123456789ab", ids_kept=True)
RECORDED_AT = "2026-11-23T10:00:00Z"


def item(request: Request, response: Response) -> str:
    """Write an interaction as it stands in a cassette, without redaction."""
    return emit(
        Interaction(request, response, RECORDED_AT),
        to_readable(request.body),
        to_readable(response.body),
    )


def write_cassette(path: Path, pairs: Iterable[tuple[Request, Response]]) -> Path:
    """Write a cassette whose ids are kept."""
    writer = CassetteWriter(path, "glancetape tests", KEPT)
    writer.append([item(request, response) for request, response in pairs])
    writer.close()
    return path


def get(target: str, *headers: tuple[str, str], host: str = "http://glance:9292") -> Request:
    """Make a GET request."""
    return Request("GET", host + target, headers)


def ok(body: bytes = b'{"images": []}', *headers: tuple[str, str]) -> Response:
    """Make a 200 response of JSON."""
    return Response(200, "OK", (("Content-Type", "application/json"), *headers), body)
