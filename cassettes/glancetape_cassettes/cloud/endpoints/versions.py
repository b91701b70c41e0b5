"""The version documents: `GET /`, `/versions` and `/v2`."""

from typing import Any

import orjson

from glancetape_cassettes.cloud.dialects import Dialect
from glancetape_cassettes.cloud.responses import empty_response, json_response
from glancetape_cassettes.interaction import Response


def list_versions(base: str, rules: Dialect, request_id: str, *, status: int = 300) -> Response:
    """Return all versions with links to `base`, the address that the client used."""
    return _document(rules.versions, base, rules, request_id, status)


def show_version(version: str, base: str, rules: Dialect, request_id: str) -> Response:
    """Return the response to `GET /v2.1`: that version, or a redirect to `/v2/`."""
    if not rules.shows_version:
        location = (("Location", f"{base}/v2/"),)
        return empty_response(
            302, rules, request_id, kind="text/plain; charset=utf8", more=location
        )
    wanted = version if "." in version else rules.versions[0].partition(" ")[0]
    return _document((one_of(wanted, rules) or rules.versions[0],), base, rules, request_id, 300)


def one_of(version: str, rules: Dialect) -> str | None:
    """Return what the cloud lists of a version, such as `v2.2 CURRENT`; None for an unknown one."""
    found = (one for one in rules.versions if one.partition(" ")[0] == version)
    return next(found, None)


def _document(
    versions: tuple[str, ...], base: str, rules: Dialect, request_id: str, status: int
) -> Response:
    shown = {"versions": [_shown(one, base) for one in versions]}
    # Observed on Glance: the version list has no request id.
    request_id = request_id if rules.gateway else ""
    return json_response(orjson.dumps(shown), rules, request_id, status=status)


def _shown(version: str, base: str) -> dict[str, Any]:
    name, _, status = version.partition(" ")
    major = name.partition(".")[0]
    return {
        "id": name,
        "status": status,
        "links": [{"rel": "self", "href": f"{base}/{major}/"}],
    }
