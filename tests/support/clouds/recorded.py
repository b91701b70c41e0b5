"""Building cassettes for tests through the product's own writing side."""

from collections.abc import Iterable
from pathlib import Path

from glancetape_cassettes.formats.body import to_readable
from glancetape_cassettes.formats.cassette import load_cassette
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction, Request, Response
from glancetape_cassettes.replaying.answers import Answer
from glancetape_cassettes.replaying.recorded_answers import RecordedAnswers
from glancetape_cassettes.writing.writer import CassetteWriter
from support.clouds.asking import find

KEPT = Redaction("0123456789ab", keep_ids=True)
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


PROJECT_A = ("X-Project-Id", "a" * 32)


PROJECT_B = ("X-Project-Id", "b" * 32)


def recording_of(
    tmp_path: Path, *pairs: tuple[Request, Response], project: str = ""
) -> RecordedAnswers:
    """Record these into a cassette, ids kept, and open it."""
    path = write_cassette(tmp_path / "basic.yaml", pairs)
    return RecordedAnswers([load_cassette(path)], lambda _: None, project or None)


def answer_to(
    recording: RecordedAnswers, request: Request, *, any_host: bool = False
) -> bytes | str:
    """Return the body of the answer, or the reason why there is none."""
    outcome = find(recording, request, any_host=any_host)
    return outcome.response.body if isinstance(outcome, Answer) else outcome.reason


def page(name: str) -> Response:
    """Make a page that is told apart by a name."""
    return ok(b'{"images": "%s"}' % name.encode())
