"""What makes two requests the same question.

Order of parameters, parameters that only say the default, and ways of percent-encoding do not
matter. Repeated parameters do, and so do path, API version, and the body of a request that has
one. Who asks, and which host, are told apart separately: see `recording`.
"""

import json
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from glancetape_cassettes.interaction import Headers, Request, Response, header
from glancetape_cassettes.service import is_image_list

# The API document's defaults; member_status is Glance's (12 to 33), which the facade fronts.
LIST_DEFAULTS = {
    "limit": "25",
    "sort_key": "created_at",
    "sort_dir": "desc",
    "member_status": "accepted",
}
_CONDITIONS = frozenset(
    "range if-range if-match if-none-match if-modified-since if-unmodified-since".split()
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A request without what does not matter; equal questions have the same answer."""

    method: str
    path: str
    query: Query
    api_version: str
    body: str
    conditions: Query = ()
    """Headers that ask for a part, or only for what changed; without them, everything."""


def question_of(request: Request) -> Question:
    """Give the question that a request asks."""
    parts = urlsplit(request.uri)
    path = "/".join(map(_canonical_segment, (parts.path or "/").split("/")))
    return Question(
        request.method.upper(),
        path,
        canonical_query(parts.query, path),
        api_version(request.headers),
        _canonical_body(request.body),
        tuple(
            sorted(
                (name.lower(), value)
                for name, value in request.headers
                if name.lower() in _CONDITIONS
            )
        ),
    )


def asks_for_list(question: Question) -> bool:
    """Tell whether a question is one for a page of images, all of it."""
    return question.method == "GET" and is_image_list(question.path) and not question.conditions


def _canonical_segment(segment: str) -> str:
    plain = unquote(segment, errors="surrogateescape")
    return quote(plain, safe="", errors="surrogateescape")


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


def _canonical_body(body: bytes) -> str:
    if not body:
        return ""
    try:  # Python's own parser: it keeps numbers of any size and shows repeated names
        value = json.loads(body, object_pairs_hook=sorted, parse_float=str)
        return json.dumps(value, default=str)
    except (ValueError, TypeError, RecursionError):
        return body.decode("latin-1")


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


def project_in(caller: str | None) -> str | None:
    """Give the project of a caller as `whose` tells it; None when it tells something else."""
    kind, _, project = (caller or "").partition(" ")
    return project if kind == "project" else None


def projects_of_tokens(response: Response) -> dict[str, str]:
    """Read from an answer of Keystone which project its token is for, both as `whose` says it.

    v3 gives the token in X-Subject-Token, v2.0 in the body; empty for tokens without a project.
    """
    try:
        body = json.loads(response.body)
        if "access" in body:
            token, project = body["access"]["token"]["id"], body["access"]["token"]["tenant"]["id"]
        else:
            token = header(response.headers, "x-subject-token")
            project = body["token"]["project"]["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    return {f"token {token}": f"project {project}"}


def error_form(headers: Headers) -> str | None:
    """Tell in which form a request is told errors: Glance chooses by Accept. None: not known."""
    accept = header(headers, "accept")
    return None if accept is None else _form(accept)


def given_form(headers: Headers) -> str | None:
    """Tell in which form a response is, by its Content-Type."""
    kind = header(headers, "content-type")
    return None if kind is None else _form(kind)


def _form(types: str) -> str:
    lowered = types.lower()
    if "application/json" in lowered:
        return "JSON"
    return "HTML" if "*/*" in lowered or "text/html" in lowered else "text"
