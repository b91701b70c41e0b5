"""Redacting an interaction before anything of it is written, and requests before they are compared.

Headers pass by allow-list. URLs and JSON bodies keep their shape: secrets become a placeholder,
ids become stand-ins. What was seen as a secret once is replaced wherever it turns up again, in
any encoding.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.redaction.bodies import BodyRedaction
from glancetape_cassettes.redaction.known_secrets import LEAST_ID, Masker, Memory, RedactedBody
from glancetape_cassettes.redaction.policy import (
    HOP_BY_HOP,
    NEVER_HEADERS,
    PLACEHOLDER,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    Treatment,
    fold,
)
from glancetape_cassettes.redaction.secret_patterns import Treatments, decode_base64, scrub
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.service import Service, service_of

_ID_IN_PATH = re.compile(
    r"/members/([^/]+)|/(?:projects|users|domains|tenants|groups)/([^/]+)|/AUTH_([^/]+)"
)
_TOKEN_IN_PATH = re.compile(r"/(?:v2\.0/tokens|credentials/OS-EC2)/([^/]+)")
_QUOTED = re.compile(r"b?'[^']*'?|b?\"[^\"]*\"?")
_AUTHORIZATION_PARTS = re.compile(r"(?:Access|Credential|Signature)=([^,\s]+)|^\w+\s+(\S+)$")
_ACCESS = re.compile(r"(?:Access|Credential)=([^,/\s]+)")


@dataclass(frozen=True, slots=True)
class RedactedInteraction:
    """What may be written: an interaction, its bodies in their readable form."""

    interaction: Interaction
    request_body: RedactedBody
    response_body: RedactedBody
    real_ids: frozenset[str] = frozenset()
    """The ids that stand-ins took the place of."""


@dataclass(slots=True)
class _Seen:
    """What one message showed: ids with their stand-ins, and secrets."""

    ids: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    passing: set[str] = field(default_factory=set)
    """Secrets that no later message can repeat: signatures of one request, cookies."""


class Redactor:
    """Redacts with one key. `sensitive` and `more_headers` can only add to the tables."""

    def __init__(
        self,
        stand_ins: StandIns | None,
        *,
        keep_ids: bool = False,
        sensitive: Iterable[str] = (),
        more_headers: Iterable[str] = (),
    ) -> None:
        """Take the key for stand-ins; without one, ids and tokens are compared as they are."""
        self.stand_ins = stand_ins
        self.keep_ids = keep_ids
        self._sensitive = frozenset(fold(name) for name in sensitive)
        extra = {name.lower(): Treatment.KEEP for name in more_headers}
        kept = {name: how for name, how in extra.items() if name not in NEVER_HEADERS}
        self._request_headers = kept | REQUEST_HEADERS
        self._response_headers = kept | RESPONSE_HEADERS
        self._memory = Memory()
        self.treatments: Mapping[str, Treatment] = Treatments(self._sensitive)

    # -- messages ---------------------------------------------------------------------------

    def interaction(self, interaction: Interaction) -> RedactedInteraction:
        """Redact both directions; the result holds nothing secret."""
        seen = _Seen()
        keystone = _is_keystone(interaction.request.uri)
        self._harvest(interaction.request.headers, seen)
        self._harvest(interaction.response.headers, seen)
        request, request_body = self._request(interaction.request, keystone, seen)
        response, response_body = self._response(interaction.response, keystone, seen)
        if interaction.request.method == "HEAD" and (
            length := header(interaction.response.headers, "content-length")
        ):  # here it tells of a body that is not sent
            response = replace(response, headers=(*response.headers, ("Content-Length", length)))
        self._memory.add(seen.secrets)
        mask = self._masker(seen)
        redacted = Interaction(
            Request(request.method, mask(request.uri), _mask_all(request.headers, mask)),
            Response(response.status, mask(response.reason), _mask_all(response.headers, mask)),
            interaction.recorded_at,
        )
        return RedactedInteraction(
            redacted, request_body.masked(mask), response_body.masked(mask), frozenset(seen.ids)
        )

    def request(self, request: Request) -> tuple[Request, dict[str, str]]:
        """Redact a request to compare it with recorded ones, its body laid out readably.

        Also gives {stand-in: id} for the ids that it named, to give the client its own back.
        """
        seen = _Seen()
        self._harvest(request.headers, seen)
        keystone = _is_keystone(request.uri)
        redacted, body = self._request(request, keystone, seen)
        mask = self._masker(seen)
        result = Request(
            redacted.method,
            mask(redacted.uri),
            _mask_all(redacted.headers, mask),
            body.masked(mask).text_bytes(),
        )
        return result, {stand_in: real for real, stand_in in seen.ids.items()}

    def line(self, method: str, uri: str) -> str:
        """Write a request for a log line: without secrets, without user-info, one line."""
        seen = _Seen()
        redacted = self._uri(uri, seen)
        for one in self._masker(seen), _one_line:
            redacted = one(redacted)
        return f"{_one_line(method)[:20]} {redacted}"

    def said(self, text: str) -> str:
        """Write what others say of a message, for a log line: what they quote is left out."""
        return _one_line(Masker(self._memory, {})(scrub(_QUOTED.sub("'...'", text))))

    def told(self, text: str) -> str:
        """Write a sentence of our own: secrets in what it names are left out."""
        return _one_line(Masker(self._memory, {})(scrub(text)))

    def _request(
        self, request: Request, keystone: bool, seen: _Seen
    ) -> tuple[Request, RedactedBody]:
        headers = self._headers(request.headers, self._request_headers, seen)
        uri = self._uri(request.uri, seen)
        body = self._body(request.body, request.headers, keystone, seen)
        return Request(request.method, uri, headers), body

    def _response(
        self, response: Response, keystone: bool, seen: _Seen
    ) -> tuple[Response, RedactedBody]:
        headers = self._headers(response.headers, self._response_headers, seen)
        body = self._body(response.body, response.headers, keystone, seen)
        return Response(response.status, scrub(response.reason), headers), body

    def _body(self, body: bytes, headers: Headers, keystone: bool, seen: _Seen) -> RedactedBody:
        redaction = BodyRedaction(self, seen.ids, seen.secrets, keystone)
        if "x-www-form-urlencoded" in (header(headers, "content-type") or "").lower():
            text = body.decode("utf-8", "replace")
            return RedactedBody(self._query(text, seen))
        return redaction.redact(body)

    def _masker(self, seen: _Seen) -> Masker:
        return Masker({*self._memory, *seen.secrets, *seen.passing}, seen.ids)

    # -- ids --------------------------------------------------------------------------------

    def stand_in(self, treatment: Treatment, value: str, ids: dict[str, str]) -> str:
        """Give what is written for an id, name or token, and note ids in `ids`."""
        if self.stand_ins is None:
            return value
        if treatment is Treatment.TOKEN:
            return self.stand_ins.token(value)
        if self.keep_ids:
            return value
        known = ids.get(value)
        if known is None:
            make = self.stand_ins.name if treatment is Treatment.NAME else self.stand_ins.identity
            known = make(value)
            if known != value:
                ids[value] = known
        return known

    # -- headers ----------------------------------------------------------------------------

    def _headers(self, headers: Headers, table: dict[str, Treatment], seen: _Seen) -> Headers:
        redacted: list[tuple[str, str]] = []
        for name, value in headers:
            lowered = name.lower()
            treatment = table.get(lowered, Treatment.DROP)
            if (
                lowered in HOP_BY_HOP
                or treatment is Treatment.DROP
                or fold(name) in self._sensitive
            ):
                continue
            redacted.append((name, self._header_value(treatment, value, seen)))
        return tuple(redacted)

    def _header_value(self, treatment: Treatment, value: str, seen: _Seen) -> str:
        if treatment is Treatment.KEEP:
            return scrub(value)
        if treatment is Treatment.URL:
            return self._uri(value, seen) if "<" not in value else scrub(value)
        if treatment is Treatment.CREDENTIALS:
            found = _ACCESS.search(value)
            access = found[1] if found else value
            return self.stand_ins.access(access) if self.stand_ins else access
        return self.stand_in(treatment, value, seen.ids)

    def _harvest(self, headers: Headers, seen: _Seen) -> None:
        for name, value in headers:
            lowered = name.lower()
            if lowered not in NEVER_HEADERS and self.treatments[name] is not Treatment.SECRET:
                continue
            is_passing = "cookie" in lowered or "authorization" in lowered
            secrets = seen.passing if is_passing else seen.secrets
            if "Signature=" not in value:  # else its parts are what is secret
                secrets.add(value)
            if "cookie" in lowered:
                secrets.update(part.partition("=")[2] for part in value.split(";")[:20])
            for found in _AUTHORIZATION_PARTS.finditer(value):
                part = found[1] or found[2]
                secrets.add(part)
                if (plain := decode_base64(part)) is not None:
                    secrets.update([plain, plain.partition(":")[2]])

    # -- URLs -------------------------------------------------------------------------------

    def _uri(self, uri: str, seen: _Seen) -> str:
        try:
            parts = urlsplit(uri)
        except ValueError:
            return scrub(uri)
        userinfo, at, host = parts.netloc.rpartition("@")
        if at:
            seen.secrets.update([userinfo, userinfo.partition(":")[2]])
        path = self._path(parts.path, seen)
        return urlunsplit((parts.scheme, host, path, self._query(parts.query, seen), ""))

    def link(self, link: str, ids: dict[str, str], secrets: set[str]) -> str:
        """Redact a link in a body as the URI of a request; a harmless one stays as it is."""
        before, hash_sign, fragment = link.partition("#")
        try:
            same = urlunsplit(urlsplit(before))
        except ValueError:
            return scrub(link)
        redacted = self._uri(before, _Seen(ids, secrets))
        return scrub((before if redacted == same else redacted) + hash_sign + fragment)

    def _path(self, path: str, seen: _Seen) -> str:
        for found in _ID_IN_PATH.finditer(path):
            real = next(group for group in found.groups() if group)
            self.stand_in(Treatment.ID, real, seen.ids)
        for found in _TOKEN_IN_PATH.finditer(path):
            seen.secrets.add(found[1])
            path = path.replace(found[1], self.stand_in(Treatment.TOKEN, found[1], seen.ids))
        for real, stand_in in seen.ids.items():
            if len(real) >= LEAST_ID:
                path = path.replace(real, stand_in)
        plain = unquote_plus(path)
        return path if scrub(plain) == plain else quote(scrub(plain), safe="/:@")

    def _query(self, query: str, seen: _Seen) -> str:
        if not query:
            return query
        return "&".join(self._parameter(pair, seen) for pair in query.split("&"))

    def _parameter(self, pair: str, seen: _Seen) -> str:
        raw_name, equals, raw_value = pair.partition("=")
        name, value = unquote_plus(raw_name), unquote_plus(raw_value)
        treatment = self.treatments[name]
        if treatment is Treatment.DROP:
            seen.secrets.update([name, value])
            return PLACEHOLDER
        if treatment is Treatment.SECRET:
            seen.secrets.update([value, raw_value])
            new = PLACEHOLDER if value else ""
        elif treatment in (Treatment.ID, Treatment.NAME):
            new = self.stand_in(treatment, value, seen.ids)
        else:
            new = scrub(value)
            if f"{name}={new}" != (whole := scrub(f"{name}={new}")):  # tag=password=...
                new = whole.partition("=")[2]
        return pair if new == value else f"{raw_name}{equals}{quote_plus(new)}"


def _is_keystone(uri: str) -> bool:
    try:
        return service_of(uri) is Service.KEYSTONE
    except ValueError:
        return True  # a URI that cannot be read: the stricter


def _mask_all(headers: Headers, mask: Masker) -> Headers:
    return tuple((name, mask(value)) for name, value in headers)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
