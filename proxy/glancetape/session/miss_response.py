"""The answer to a request that is not recorded: it says what is nearest and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from glancetape_cassettes.interaction import Response
from glancetape_cassettes.replaying.recorded_answers import Miss

_MOST_NAMED = 3
_REASONS = {404: "Not Found", 500: "Internal Server Error", 501: "Not Implemented"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a miss: a sentence for people, members for programs."""

    message: str
    detail: dict[str, Any]


def explain(
    miss: Miss, line: str, record_with: str | None, answerable_with: Sequence[str] = ()
) -> Told:
    """Word a miss; `line` is the request as it is logged, `record_with` what would record it.

    "" when nothing would, None when nothing is recorded at all. `answerable_with` are requests
    whose recording would answer this one too.
    """
    detail: dict[str, Any] = {"request": line, "reason": miss.reason}
    message = f"Not recorded: {line}. {miss.reason}"
    if miss.closest is not None:
        found = [
            {"what": one.what, "asked": one.asked, "recorded": one.recorded}
            for one in miss.closest.differences
        ]
        detail["closest"] = {"recording": str(miss.closest.source), "differences": found}
        said = "; ".join(map(str, miss.closest.differences)) or "no difference in the request"
        if not answerable_with:  # else it is known what would help
            message += f" Closest: {miss.closest.source} ({said})."
    if answerable_with:
        detail["answerable_with"] = list(answerable_with)
        named = "; ".join(answerable_with[:_MOST_NAMED])
        more = len(answerable_with) - _MOST_NAMED
        message += " It could be answered from a recording of: " + (
            f"{named}; and {more} more." if more > 0 else f"{named}."
        )
    if record_with:
        detail["record_with"] = record_with
        message += f" To record it: {record_with}"
    elif record_with is not None:
        message += " Only the image service's paths are recorded."
    return Told(message, detail)


def miss_response(told: Told, status: int) -> Response:
    """Make the response to a miss, in words under the names that the real clients read."""
    return _json_response(status, "GLANCETAPE.MISS", told.message, told.detail, "miss")


def failure_response(message: str, provenance: str = "error", status: int = 500) -> Response:
    """Make the response that is sent when we fail ourselves; nothing is forwarded then."""
    return _json_response(status, "GLANCETAPE.ERROR", message, {}, provenance)


def _json_response(
    status: int, code: str, message: str, detail: dict[str, Any], provenance: str
) -> Response:
    reason = _REASONS.get(status, "Glancetape")
    # Members that are no objects break python-glanceclient's reading of an error.
    error = {
        "message": message,
        "code": status,
        "title": reason,
        "error_code": code,
        "error_msg": message,
    }
    body = {"error": error, "glancetape": {"answer": provenance, **detail}}
    content = orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"
    return Response(status, reason, (("Content-Type", "application/json"),), content)
