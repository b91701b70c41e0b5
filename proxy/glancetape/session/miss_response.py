"""What a client and the log get for a request that has no answer.

A miss is three short lines, and the same facts as fields in the JSON of the response:

    Not recorded: GET http://127.0.0.1:8180/v2/images?limit=3
      No recorded request asks the same. Closest: a.yaml#1 (parameter limit: asked 3, recorded 2).
      To record it: glancetape record --upstream URL --cassette a.yaml --mode new_episodes
"""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from glancetape.addresses import Upstream
from glancetape_cassettes.interaction import Response
from glancetape_cassettes.plain_names import as_text
from glancetape_cassettes.replaying.answers import Miss
from glancetape_cassettes.service import Service, service_of_path

if TYPE_CHECKING:
    from glancetape_cassettes.formats.opened.head import Redaction
    from glancetape_cassettes.replaying.closest import Closest, Difference

_MOST_NAMED = 3
_REASONS = {413: "Content Too Large", 414: "URI Too Long"}
"""Those of RFC 9110 that Python before 3.13 words otherwise."""
NEVER_RECORDED = "Only the image service's paths are recorded."


class MissReport(NamedTuple):
    """A miss for people, in lines, and for programs, in fields."""

    lines: tuple[str, ...]
    """The request; why it has no answer; what to record and the command, where one would help."""
    fields: dict[str, Any]

    @property
    def message(self) -> str:
        """The lines as one text, for the JSON of the response."""
        return "\n".join(self.lines)


def report_miss(miss: Miss, request: str, record_with: str | None) -> MissReport:
    """Word a miss. `request` is its method and URL, without secrets.

    `record_with` is the command that records the request: "" when no command would, None when the
    session has no cassette.
    """
    fields: dict[str, Any] = {"request": request, "reason": miss.reason}
    why = miss.reason
    if miss.closest is not None:
        fields["closest"] = {
            "recording": str(miss.closest.source),
            "differences": [
                {"what": one.what, "asked": one.asked, "recorded": one.recorded}
                for one in miss.closest.differences
            ],
        }
        if not miss.answerable_with and not miss.needs_key:  # these help more than what is closest
            why += _closest(miss.closest)
    if miss.answerable_with:
        fields["answerable_with"] = list(miss.answerable_with)
    if miss.needs_key:  # the reason says it; without the key no recorder adds to the cassette
        record_with = None
    if record_with:
        fields["record_with"] = record_with
    what_to_do = _what_to_do(miss.answerable_with, record_with)
    lines = (f"Not recorded: {request}", why, *([what_to_do] if what_to_do else []))
    return MissReport(lines=lines, fields=fields)


def _closest(closest: "Closest") -> str:
    """The closest recording in words; "" where it would not help.

    asked            closest              shown
    limit=3          limit=2              parameter limit: asked 3, recorded 2
    POST /v2/images  GET ?limit=2         method: asked POST, recorded GET
    /v2/imges        /v2/images?limit=2   path: asked /v2/imges, recorded /v2/images
    /v3/auth/tokens  /                    nothing, for it is another thing

    In which form errors are asked for decides little; where it does, the reason says so.
    """
    found = {one.what: one for one in closest.differences}
    if "path" in found:
        shown = [found["path"]] if _are_alike(found["path"]) else []
    elif "method" in found:
        shown = [found["method"]]
    else:
        shown = [one for one in closest.differences if one.what != "form of errors"]
    if closest.differences and not shown:
        return ""
    differences = "; ".join(map(str, shown)) or "no difference in the request"
    return f" Closest: {closest.source} ({differences})."


def _are_alike(path: "Difference") -> bool:
    """Whether two paths differ in one segment only, and share another."""
    asked, recorded = (text.strip("/").split("/") for text in (path.asked, path.recorded))
    same = sum(one == other for one, other in zip(asked, recorded, strict=False))
    return len(asked) == len(recorded) == same + 1 and same > 0


def _what_to_do(answerable_with: Sequence[str], record_with: str | None) -> str:
    if record_with == "":
        return NEVER_RECORDED
    if not answerable_with:
        return f"To record it: {record_with}" if record_with else ""
    named = " or ".join(answerable_with[:_MOST_NAMED])
    more = len(answerable_with) - _MOST_NAMED
    requests = f"{named} or one of {more} more" if more > 0 else named
    return f"To answer it, record {requests}" + (f": {record_with}" if record_with else "")


def command_to_record(
    path: str,
    recording: "tuple[str, Redaction | None]",
    upstreams: Sequence[Upstream],
    origin: str,
    *,
    is_direct: bool,
) -> str:
    """The command that would record a path; "" when none would.

    `recording` is the first cassette and how it was redacted. `origin` is the service that the
    closest recording is from, "" when there is none. `is_direct` says that the client named us.
    """
    service = service_of_path(path)
    if service is Service.OTHER:
        return ""
    file, *options = _where_to_record(*recording)
    if not is_direct:
        command = ["glancetape", "run", "--record", file, *options]
        return as_text(f"{shlex.join(command)} -- COMMAND")
    roots = {one.service: one.root for one in reversed(upstreams) if one.service}
    urls = [origin or "URL"]
    if service is Service.KEYSTONE and "identity" not in roots:  # no URL of it is known
        roots = {"image": origin or "URL"} | roots | {"identity": "URL"}
    if len(roots) > 1:
        urls = [f"{name}={root}" for name, root in sorted(roots.items())]
    named = [word for url in urls for word in ("--upstream", url)]
    start = ["glancetape", "record", *named, "--cassette", file]
    return as_text(shlex.join([*start, *options]))


def _where_to_record(cassette: str, redaction: "Redaction | None") -> list[str]:
    """The file that a recording is added to, and the options that it takes.

    Those are its own, as one file has one redaction. To a file of another recorder, or a compressed
    one, nothing is added: then it is a new file beside it.
    """
    options = ["--mode", "new_episodes"]
    if redaction is None:
        return [cassette, *options]
    if redaction.key_id is None or cassette.endswith(".gz"):
        path = Path(cassette)
        beside = path.with_name(f"more-{path.name.partition('.')[0]}.yaml")
        return [str(beside), *options]
    if redaction.keep_ids:
        options.append("--keep-ids")
    for name in redaction.sensitive:
        options += ["--sensitive", name]
    return [cassette, *options]


def miss_response(report: MissReport, status: int) -> Response:
    """The response to a miss, worded in the members that the real clients read."""
    return _json_response(status, "GLANCETAPE.MISS", report.message, report.fields, "miss")


def failure_response(message: str, provenance: str = "error", status: int = 500) -> Response:
    """The response when glancetape itself fails; nothing is forwarded then."""
    return _json_response(status, "GLANCETAPE.ERROR", message, {}, provenance)


def _reason(status: int) -> str:
    from http import HTTPStatus  # not for a start, which has no misses

    try:
        return _REASONS.get(status) or HTTPStatus(status).phrase
    except ValueError:  # `--miss-status` may be any number
        return "Glancetape"


def _json_response(
    status: int, code: str, message: str, fields: dict[str, Any], provenance: str
) -> Response:
    reason = _reason(status)
    # Members that are not objects break python-glanceclient's reading of an error.
    error = {
        "message": message,
        "code": status,
        "title": reason,
        "error_code": code,
        "error_msg": message,
    }
    body = {"error": error, "glancetape": {"answer": provenance, **fields}}
    content = orjson.dumps(body, option=orjson.OPT_INDENT_2) + b"\n"
    return Response(status, reason, (("Content-Type", "application/json"),), content)
