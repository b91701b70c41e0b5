"""Redacting URLs: of requests, in headers, and the links in bodies.

Secrets become a placeholder, ids and names become stand-ins, and user-info goes:

    http://joe:hunter2@glance/v2/images?owner=<id>&token=abc
    http://glance/v2/images?owner=facade00...&token=REDACTED
"""

from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from glancetape_cassettes.later import later
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.exchange import Exchange
from glancetape_cassettes.redaction.known_secrets import LEAST_ID
from glancetape_cassettes.redaction.policy import PLACEHOLDER, Treatment, keystone_parameter
from glancetape_cassettes.redaction.scrubbing import is_harmless, scrub
from glancetape_cassettes.service import is_image_list

if TYPE_CHECKING:
    from glancetape_cassettes.redaction import secret_patterns
else:  # only for a value with a secret in it
    secret_patterns = later("glancetape_cassettes.redaction.secret_patterns")

_ID_IN_PATH = lazy_compile(
    r"/members/([^/]+)|/(?:projects|users|domains|tenants|groups)/([^/]+)|/AUTH_([^/]+)"
    r"|/v\d+(?:\.\d+)?/([0-9a-f]{32})(?=/|\Z)"  # Cinder, Nova, EVS: /v3/PROJECT/volumes
)
# Tokens and access keys in Keystone's paths; Huawei's OS-CREDENTIAL has the access key there too.
_TOKEN_IN_PATH = lazy_compile(
    r"/(?:v2\.0/tokens|credentials(?:/OS-EC2)?|access_tokens|request_tokens|authorize"
    r"|application_credentials)/(?!OS-EC2(?:/|\Z))([^/]+)"
)

_HOST = lazy_compile(r"(?:[^:@]*|\[[^]@]*\])(?::\d{0,5})?")
_ANY = "surrogatepass"
"""How a link is encoded: JSON may have half of a character in it."""
_OAUTH = lazy_compile(r"(?:^|&)(?:grant_type|client_id|redirect_uri|state|session_state)=")
_CODE = lazy_compile(r"(?<![^&])code=([^&]+)")
"""A code beside these parameters is exchanged for a token; by itself it may be a status."""


def redact_url(url: str, exchange: Exchange) -> str:
    """Return a URL as it may be stored, without user-info and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return scrub(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if at:
        exchange.secrets.update([userinfo, userinfo.partition(":")[2]])
    path = _redact_path(parts.path, exchange)
    query = redact_query(parts.query, exchange, parts.path)
    redacted = urlunsplit((parts.scheme, host, path, query, ""))
    # `password: x` is no URL, though `glance:9292/v2/images?owner=x` is meant as one
    return scrub(redacted) if parts.scheme and not host else redacted


def redact_link(link: str, exchange: Exchange) -> str:
    """Return a link of a body, redacted like the URL of a request.

    A link without secrets and ids keeps its spelling, whatever a URL parser would make of it.
    """
    before, hash_sign, fragment = link.partition("#")
    try:
        respelled = urlunsplit(urlsplit(before))
    except ValueError:
        return scrub(link)
    redacted = redact_url(before, exchange)
    whole = (before if redacted == respelled else redacted) + hash_sign + fragment
    address, path_and_rest = _split_list_link(whole)
    return scrub(address) + scrub(path_and_rest)


def _split_list_link(link: str) -> tuple[str, str]:
    """Return what is before the path of a list of images, and the rest; "" and any other link.

    In `http://glance/v2/images?name=joe@h` the sign `@` does not end user-info, as it does where a
    password has a `/` in it: `http://joe:x/9@glance/v2/images`.
    """
    parts = urlsplit(link)
    address = f"{parts.scheme}://{parts.netloc}"
    has_password = "@" in parts.path or not _HOST.fullmatch(parts.netloc)
    if is_image_list(parts.path) and not has_password and link.startswith(address):
        return address, link[len(address) :]
    return "", link


def redact_query(query: str, exchange: Exchange, path: str = "") -> str:
    """Return a query string, or a form's body, with each parameter redacted by its name."""
    if not query:
        return query
    if _OAUTH.search(query):
        exchange.secrets.update(unquote_plus(found[1]) for found in _CODE.finditer(query))
        query = _CODE.sub(f"code={PLACEHOLDER}", query)
    return "&".join(_redact_parameters(part, exchange, path) for part in query.split("&"))


def _redact_path(path: str, exchange: Exchange) -> str:
    for found in _ID_IN_PATH.finditer(path):
        real = next(group for group in found.groups() if group)
        exchange.stand_in(Treatment.ID, real)
    for found in _TOKEN_IN_PATH.finditer(path):
        exchange.secrets.add(found[1])
        path = path.replace(found[1], exchange.stand_in(Treatment.TOKEN, found[1]))
    for real, stand_in in exchange.ids.items():
        if len(real) >= LEAST_ID:
            path = path.replace(real, stand_in)
    plain = unquote_plus(path)
    if is_harmless(plain):
        return path
    # A key has a `/` in it, so the whole is first. Before base64 a `/` seems to be a part of it.
    scrubbed = "/".join(map(scrub, scrub(plain).split("/")))
    if scrubbed == plain:
        return path
    exchange.secrets.update(secret_patterns.secrets_in(plain))
    return quote(scrubbed, safe="/:@", errors=_ANY)


def _redact_parameters(part: str, exchange: Exchange, path: str) -> str:
    """Return what is between two `&`, redacted. Glance splits it at `;`, and Keystone does not.

    `owner=<id>;limit=2` is two parameters. Of a secret, and where no name follows, a `;` may be a
    part of the value.
    """
    first, *others = part.split(";")
    treatment = exchange.rules.treatments[unquote_plus(first.partition("=")[0])]
    is_secret = treatment in (Treatment.DROP, Treatment.SECRET)
    if exchange.is_keystone or is_secret or not all("=" in one for one in others if one):
        return _redact_parameter(part, exchange, path)
    pairs = (first, *others)
    return ";".join(_redact_parameter(one, exchange, path) if one else "" for one in pairs)


def _redact_parameter(pair: str, exchange: Exchange, path: str) -> str:
    raw_name, equals, raw_value = pair.partition("=")
    name, value = unquote_plus(raw_name), unquote_plus(raw_value)
    treatment = exchange.rules.treatments[name]
    if treatment is Treatment.KEEP and exchange.is_keystone:
        treatment = keystone_parameter(name, path) or treatment
    if treatment is Treatment.DROP:
        exchange.secrets.update([name, value])
        return PLACEHOLDER
    if treatment is Treatment.SECRET:
        exchange.secrets.update([value, raw_value])
        new = PLACEHOLDER if value else ""
    elif treatment in (Treatment.ID, Treatment.NAME):
        new = exchange.stand_in(treatment, value)
    else:
        new = scrub(value)
        if new != value:
            exchange.secrets.update(secret_patterns.secrets_in(value))
        if f"{name}={new}" != (whole := scrub(f"{name}={new}")):  # tag=password=...
            new = whole.partition("=")[2]
    return pair if new == value else f"{raw_name}{equals}{quote_plus(new, errors=_ANY)}"
