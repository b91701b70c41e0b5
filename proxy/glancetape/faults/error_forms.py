"""The errors of the service and of the gateway in front of it, in their own forms."""

from dataclasses import replace

import orjson

from glancetape.faults.error_words import GATEWAY, SERVICE
from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.refusals import REASONS, Refused
from glancetape_cassettes.cloud.responses import json_response, refusal_response
from glancetape_cassettes.interaction import Headers, Response


def service_error(status: int, dialect: Dialect, headers: Headers, request_id: str) -> Response:
    """The service's error for a request with these headers; `request_id` is 32 hex digits."""
    refused = Refused(status, SERVICE[status])
    if status == 401 and dialect.gateway:  # the service itself answers no 401 behind a gateway
        return gateway_error(status, dialect, request_id)
    return refusal_response(refused, dialect, headers, request_id)


def gateway_error(
    status: int, dialect: Dialect, request_id: str, *, retry_after: int | None = None
) -> Response:
    """The gateway's error; `retry_after` is in seconds."""
    code, sentence = GATEWAY[status]
    body = orjson.dumps(
        {"error_msg": sentence, "error_code": code, "request_id": request_id},
        option=orjson.OPT_APPEND_NEWLINE,
    )
    more = () if retry_after is None else (("Retry-After", str(retry_after)),)
    response = json_response(body, dialect, request_id, more=more)
    return replace(response, status=status, reason=REASONS[status])
