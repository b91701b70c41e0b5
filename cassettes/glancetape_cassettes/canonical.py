"""What makes two requests the same question.

Order of parameters, parameters that only say the default, and ways of percent-encoding do not
matter. Repeated parameters do, and so do path, API version, and the body of a request that has
one. Who asks, and which host, are told apart separately: see `recording`.
"""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import orjson

from glancetape_cassettes.interaction import Headers, Request, header
from glancetape_cassettes.service import is_image_list

# The API document's defaults; member_status is Glance's (12 to 33), which the facade fronts.
LIST_DEFAULTS = {
    "limit": "25",
    "sort_key": "created_at",
    "sort_dir": "desc",
    "member_status": "accepted",
}
_DEFAULT_PORTS = {"http": "80", "https": "443"}

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A request without what does not matter; equal questions have the same answer."""

    method: str
    path: str
    query: Query
    api_version: str
    body: bytes


def question_of(request: Request) -> Question:
    """Give the question that a request asks."""
    parts = urlsplit(request.uri)
    path = quote(unquote(parts.path or "/", errors="surrogateescape"), errors="surrogateescape")
    return Question(
        request.method.upper(),
        path,
        canonical_query(parts.query, path),
        api_version(request.headers),
        _canonical_body(request.body),
    )


def canonical_query(query: str, path: str) -> Query:
    """Give the parameters by name, repeats in their order, without defaults (on image lists)."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    if is_image_list(path):
        counts = Counter(name for name, _ in pairs)
        pairs = [pair for pair in pairs if not _says_default(pair, counts)]
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def _says_default(pair: tuple[str, str], counts: Counter[str]) -> bool:
    name, value = pair
    if LIST_DEFAULTS.get(name) != value or counts[name] > 1:
        return False
    return not (name in ("sort_key", "sort_dir") and counts["sort"])  # mixing both is refused


def api_version(headers: Headers) -> str:
    """Give the release whose API is asked for: a letter behind M means Queens, else Mitaka."""
    asked = (header(headers, "x-api-version") or "").strip().upper()
    return "queens" if "M" < asked[:1] <= "Z" else "mitaka"


def _canonical_body(body: bytes) -> bytes:
    if not body:
        return body
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (ValueError, TypeError):  # no JSON, or nested too deep to be written again
        return body


def host_of(uri: str) -> str:
    """Give host and port of a URI, without the scheme's default port."""
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2].lower()
    default = _DEFAULT_PORTS.get(parts.scheme)
    return host.removesuffix(f":{default}") if default else host


def whose(headers: Headers) -> str | None:
    """Tell whose view a request asks for: `project ID`, else `token T`, else `access key A`."""
    for kind, name in (
        ("project", "x-project-id"),
        ("token", "x-auth-token"),
        ("access key", "authorization"),
    ):
        if value := header(headers, name):
            return f"{kind} {value}"
    return None


def error_form(headers: Headers) -> str | None:
    """Tell in which form a request is told errors: Glance chooses by Accept. None: not known."""
    accept = header(headers, "accept")
    if accept is None:
        return None
    lowered = accept.lower()
    if "application/json" in lowered:
        return "JSON"
    return "HTML" if "*/*" in lowered or "text/html" in lowered else "text"
