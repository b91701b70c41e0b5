"""Answers that fail on purpose: the responses to them, and the pieces in which a body comes."""

from typing import TYPE_CHECKING

from glancetape.wire.messages import Received
from glancetape_cassettes.interaction import Response

if TYPE_CHECKING:
    from glancetape.faults.fates import Fate

DRIBBLE_SECONDS = 2.0
"""How long a body takes that dribbles."""
PIECES = 20


def fault_response(fate: "Fate", received: Received, dialect_name: str) -> Response | None:
    """The error that a request gets in place of its answer; None when it gets none."""
    from glancetape.faults.error_forms import gateway_error, service_error  # few runs need them
    from glancetape.faults.failures import Error
    from glancetape_cassettes.cloud.dialects import dialect_of
    from glancetape_cassettes.cloud.responses import request_id_of
    from glancetape_cassettes.interaction import api_version

    what = fate.failure.what if fate.failure is not None else None
    if not fate.retry_after and not isinstance(what, Error):
        return None
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in received.fields
    )
    dialect = dialect_of(dialect_name, api_version(headers))
    request_id = request_id_of(received.method, received.target.decode("latin-1"), fate.cause)
    if fate.retry_after or not isinstance(what, Error):
        return gateway_error(429, dialect, request_id, retry_after=fate.retry_after)
    if what.by_gateway:
        return gateway_error(what.status, dialect, request_id)
    return service_error(what.status, dialect, headers, request_id)


def cut(body: bytes) -> bytes:
    """The part of a body that arrives before its connection breaks."""
    return body[: len(body) // 2]


def pieces(body: bytes) -> list[bytes]:
    """The pieces of a body that dribbles; there is a pause after each."""
    size = max(1, -(-len(body) // PIECES))
    return [body[start : start + size] for start in range(0, len(body), size)]
