"""The entry to this room: `Redactor` redacts interactions, requests, and text for logs.

What is stored is redacted before a byte of it is written. What is replayed is redacted alike
before it is compared, so a client that asks with its real ids finds what was recorded:

    interaction -> headers, URL, body: by name and form -> what one part showed: in all -> stored
    request     -> the same                                                            -> compared
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Headers, Interaction, Request, Response, header
from glancetape_cassettes.later import later
from glancetape_cassettes.lazy_regex import lazy_compile
from glancetape_cassettes.redaction.exchange import Exchange, rules_from
from glancetape_cassettes.redaction.headers import note_secrets_in, redact_headers
from glancetape_cassettes.redaction.known_secrets import EarlierTokens, Masker, RecentSecrets
from glancetape_cassettes.redaction.policy import (
    COMPARED_HEADERS,
    ONLY_TABLES,
    RedactionOptions,
    Treatment,
    gives_image_data,
    sends_image_data,
)
from glancetape_cassettes.redaction.scrubbing import scrub
from glancetape_cassettes.redaction.stand_ins import StandIns
from glancetape_cassettes.redaction.urls import redact_query, redact_url
from glancetape_cassettes.service import Service, service_of

if TYPE_CHECKING:
    import http

    from glancetape_cassettes.formats import http_form
    from glancetape_cassettes.redaction import bodies
    from glancetape_cassettes.redaction.forms import encodings
else:  # most requests that are compared have no body
    http = later("http")
    http_form = later("glancetape_cassettes.formats.http_form")
    bodies = later("glancetape_cassettes.redaction.bodies")
    encodings = later("glancetape_cassettes.redaction.forms.encodings")

_QUOTED = lazy_compile(
    r"(?<!\w)[bru]{0,2}'(?:[^'\\]|\\.)*+\\?'?|[bru]{0,2}\"(?:[^\"\\]|\\.)*+\\?\"?",
    re.DOTALL | re.IGNORECASE,
)
"""What a message quotes, as `repr` writes it; the apostrophe of `can't` opens nothing."""
_WORDS = lazy_compile(r"(?:[A-Za-z'-]{1,20},?(?: |\Z)){0,6}")
_LONGEST_METHOD = 20
_EXAMPLE_ID = "b6a0c1d2-3e4f-4a5b-8c6d-7e8f90a1b2c3"
_ANY_KEY = StandIns(b"stands for any key; nothing is recorded with it")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedInteraction:
    """What may be written: an interaction without bodies, and its bodies in readable form."""

    interaction: Interaction
    request_body: "bodies.RedactedBody"
    response_body: "bodies.RedactedBody"
    real_ids: frozenset[str] = frozenset()
    """The ids and names that stand-ins replaced."""


def _plain_reason(response: Response) -> str:
    """Return the reason of a response if it is only words, otherwise the one of its status.

    Nothing needs it, and whoever wrote a file may have put anything there.

    >>> _plain_reason(Response(404, "Not Found")), _plain_reason(Response(404, "gone: k3y"))
    ('Not Found', 'Not Found')
    """
    if _WORDS.fullmatch(response.reason) and scrub(response.reason) == response.reason:
        return response.reason
    return next((one.phrase for one in http.HTTPStatus if one == response.status), "")


class Redactor:
    """Redacts with one key; it remembers the secrets of the last interactions it redacted."""

    def __init__(self, stand_ins: StandIns | None, options: RedactionOptions = ONLY_TABLES) -> None:
        """Take the key for stand-ins. Without one, ids and tokens are compared as they are."""
        self.stand_ins = stand_ins
        self._options = options
        self._rules = rules_from(stand_ins, options)
        self._recent = RecentSecrets()
        self._earlier: EarlierTokens | None = None
        self._keeps_hex_of: dict[str, bool] = {}
        """By name of a parameter, of which only those that pages differ in are asked for."""

    def know_tokens_of(self, cassette: bytes) -> None:
        """Replace the tokens and access keys of earlier recordings in a cassette too."""
        if self.stand_ins is not None:
            self._earlier = EarlierTokens(self.stand_ins, cassette)

    def interaction(self, interaction: Interaction) -> RedactedInteraction:
        """Return an interaction as it may be stored, with nothing secret in either direction."""
        request, response = interaction.request, interaction.response
        exchange = self._exchange(request.uri)
        note_secrets_in(request.headers, exchange)
        note_secrets_in(response.headers, exchange)
        redacted_request = self._request(request, self._rules.request_headers, exchange)
        request_body = self._request_body(request, exchange)
        redacted_response, response_body = self._response(request, response, exchange)
        if request.method == "HEAD" and (length := header(response.headers, "content-length")):
            # The length of the body that a GET would have, not of one that is sent.
            headers = (*redacted_response.headers, ("Content-Length", length))
            redacted_response = replace(redacted_response, headers=headers)
        self._recent.add(exchange.secrets)
        mask = self._masker(exchange)
        return RedactedInteraction(
            interaction=Interaction(
                Request(
                    mask(redacted_request.method),
                    mask(redacted_request.uri),
                    _mask_all(redacted_request.headers, mask),
                ),
                Response(
                    response.status,
                    mask(redacted_response.reason),
                    _mask_all(redacted_response.headers, mask),
                ),
                interaction.recorded_at,
                interaction.passed_through,
            ),
            request_body=request_body.masked(mask),
            response_body=response_body.masked(mask),
            real_ids=frozenset(exchange.ids),
        )

    def request(self, request: Request) -> tuple[Request, dict[str, str]]:
        """Return what is compared of a request, as a recording holds it, and the client's ids.

        The body is laid out readably. Of the headers, those in `COMPARED_HEADERS` are there. The
        ids are {stand-in: id}: the answer gives the client its own ids back.
        """
        exchange = self._exchange(request.uri)
        redacted = self._compared(request, exchange)
        body = self._request_body(request, exchange) if request.body else None
        mask = self._masker(exchange)
        comparable = Request(
            mask(redacted.method),
            mask(redacted.uri),
            _mask_all(redacted.headers, mask),
            body.masked(mask).text_bytes() if body is not None else b"",
        )
        return comparable, {stand_in: real for real, stand_in in exchange.ids.items()}

    def without_key(self, request: Request) -> Request | None:
        """The request with a stand-in of no meaning wherever the absent key would make one.

        It differs from `request` where an id, a name or a token is compared. None when the key is
        here, or when ids were kept.
        """
        if self.stand_ins is not None or self._options.keep_ids:
            return None
        return Redactor(_ANY_KEY, self._options).request(request)[0]

    def without_stand_ins(self, request: Request) -> Request:
        """The request with its secrets replaced, and its ids, names and tokens as they are."""
        return Redactor(None, self._options).request(request)[0]

    def keeps_pages_of(self, request: Request) -> Callable[[Sequence[tuple[str, str]], str], bool]:
        """Return what says whether the URI of another page of a list is compared as it is.

        `request` is for a page of the list, and its own URI is. The function takes the parameters
        in which another page differs, by name and value, and the whole URI, for which the same
        client sends the same headers. An id or a secret of these may be in a marker.
        """
        masks = [self._mask_for(request)]
        if self.stand_ins is None and not self._options.keep_ids:
            masks.append(Redactor(_ANY_KEY, self._options)._mask_for(request))

        def keeps_page(parameters: Sequence[tuple[str, str]], uri: str) -> bool:
            return all(self._keeps_parameter(*one) for one in parameters) and all(
                mask(uri) == uri for mask in masks
            )

        return keeps_page

    def _mask_for(self, request: Request) -> Masker:
        """Return what replaces the ids and secrets of a request."""
        exchange = self._exchange(request.uri)
        self._compared(request, exchange)
        if request.body:
            self._request_body(request, exchange)
        return self._masker(exchange)

    def _keeps_parameter(self, name: str, value: str) -> bool:
        """Whether a parameter of an image service is stored as it is, by its name and form.

        Ids are hexadecimal digits: if their name says nothing, only what they encode may.
        """
        if encodings.is_only_hex(value) and self._keeps_hex(name):
            return scrub(value) == value
        return redact_query(f"{name}={value}", Exchange(self._rules)) == f"{name}={value}"

    def _keeps_hex(self, name: str) -> bool:
        """Whether an id is stored as it is under the name of a parameter."""
        if name not in self._keeps_hex_of:
            example = f"{name}={_EXAMPLE_ID}"
            self._keeps_hex_of[name] = redact_query(example, Exchange(self._rules)) == example
        return self._keeps_hex_of[name]

    def request_line(self, method: str, url: str) -> str:
        """Return `METHOD URL` for a log line: no secrets, no user-info, no control characters."""
        exchange = Exchange(self._rules)
        redacted = _redact_own_url(url, exchange)
        mask = self._masker(exchange)
        return f"{_shown_method(method, mask)} {_one_line(mask(redacted))}"

    def method(self, method: str) -> str:
        """Return the start of a method for a log line without a URL, and without secrets."""
        return _shown_method(method, self._masker(Exchange(self._rules)))

    def text(self, text: str) -> str:
        """Return a sentence of ours for a log line, without the secrets in what it names."""
        return _one_line(Masker((), {}, self._recent)(scrub(text)))

    def foreign_text(self, text: str) -> str:
        """Return another program's message for a log line, without what it quotes.

        Parsers quote the line that they fail at, and any part of it may be a secret.
        """
        return self.text(scrub_foreign_message(text))

    def _exchange(self, uri: str) -> Exchange:
        return Exchange(self._rules, _is_keystone(uri))

    def _compared(self, request: Request, exchange: Exchange) -> Request:
        """What is compared of a request, but for its body; secrets of all headers are noted."""
        note_secrets_in(request.headers, exchange)
        return self._request(request, COMPARED_HEADERS, exchange)

    def _request(
        self, request: Request, table: Mapping[str, Treatment], exchange: Exchange
    ) -> Request:
        """Redact all but the body. After a body of the wrong length, its rest may be the method."""
        headers = redact_headers(request.headers, table, exchange)
        return Request(scrub(request.method), _redact_own_url(request.uri, exchange), headers)

    def _request_body(self, request: Request, exchange: Exchange) -> "bodies.RedactedBody":
        is_data = sends_image_data(request.method, request.uri)
        return bodies.redact_body(request.body, request.headers, exchange, is_image_data=is_data)

    def _response(
        self, request: Request, response: Response, exchange: Exchange
    ) -> "tuple[Response, bodies.RedactedBody]":
        headers = redact_headers(response.headers, self._rules.response_headers, exchange)
        headers = _without_coding(headers) if response.body else headers
        is_data = gives_image_data(request.method, request.uri, response.status)
        body = bodies.redact_body(response.body, response.headers, exchange, is_image_data=is_data)
        return Response(response.status, _plain_reason(response), headers), body

    def _masker(self, exchange: Exchange) -> Masker:
        secrets = [*exchange.secrets, *exchange.passing]
        return Masker(secrets, exchange.ids, self._recent, self._earlier)


def redactor_like(
    redaction: Redaction, stand_ins: StandIns | None, sensitive: Iterable[str] = ()
) -> Redactor | None:
    """Return a redactor that makes requests comparable with those in a cassette.

    It treats names as the cassette's recorder did, and `sensitive` names too. It makes stand-ins
    only with the key of the cassette. Returns None for a cassette of another recorder: its
    requests are compared as they are.
    """
    if redaction.key_id is None:
        return None
    ours = stand_ins if stand_ins and stand_ins.key_id == redaction.key_id else None
    names = (*redaction.sensitive, *sensitive)
    return Redactor(ours, RedactionOptions(keep_ids=redaction.keep_ids, sensitive=names))


def has_much_text(data: bytes) -> bool:
    """Whether the data of an image has more text than is searched for secrets (`MOST_TEXT`)."""
    return bodies.has_much_text(data)


def scrub_message(message: str) -> str:
    """Return a message, which may have several lines, without the secrets that it quotes."""
    return scrub(message)


def scrub_foreign_message(message: str) -> str:
    """Return another program's message, also of several lines, without secrets and quotes."""
    # First the secrets: with their quotes goes what shows them.
    return _QUOTED.sub("'...'", scrub(message))


def warn_of_missing_key(redaction: Redaction, stand_ins: StandIns | None, path: Path) -> None:
    """Log that requests with real ids will miss: the key for a cassette's stand-ins is absent."""
    if redaction.key_id is None or redaction.keep_ids:
        return
    if stand_ins is None or stand_ins.key_id != redaction.key_id:
        logger.info(
            "%s: its stand-ins were made with key %s, which is not here. Requests that name real "
            "ids are misses. Set GLANCETAPE_KEY, or pass your own id as --own-project.",
            path,
            redaction.key_id,
        )


def _is_keystone(uri: str) -> bool:
    try:
        return service_of(uri) is Service.KEYSTONE
    except ValueError:
        return True  # a URI that cannot be read gets the stricter rules


def _redact_own_url(url: str, exchange: Exchange) -> str:
    """Return the URL of a request, which may have bytes that are not UTF-8, as it may be stored."""
    return redact_url(url if url.isascii() else http_form.with_escapes(url), exchange)


def _shown_method(method: str, mask: Masker) -> str:
    return _one_line(mask(scrub(method)))[:_LONGEST_METHOD]


def _without_coding(headers: Headers) -> Headers:
    """Return headers without the coding of a body that was replaced whole."""
    return tuple(pair for pair in headers if pair[0].lower() != "content-encoding")


def _mask_all(headers: Headers, mask: Masker) -> Headers:
    return tuple((name, mask(value)) for name, value in headers)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
