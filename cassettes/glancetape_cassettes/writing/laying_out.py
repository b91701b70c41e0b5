"""An interaction as a cassette holds it: redacted, as text, and readable again."""

from dataclasses import dataclass, replace

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.http_form import (
    fault_of_interaction,
    fault_of_request,
    with_escapes,
)
from glancetape_cassettes.formats.opened.head import Redaction
from glancetape_cassettes.interaction import Interaction, without_headers
from glancetape_cassettes.redaction.policy import RedactionOptions, why_lost
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns

_LEAST_REFUSED = 400


@dataclass(frozen=True, slots=True)
class LaidOut:
    """An interaction as the cassette holds it, and what its client's log line names."""

    text: str
    method: str
    uri: str
    lost: str = ""
    """Why it is not stored: redaction replaced a body whole that an answer needs. "" if it is.

    What was refused is stored whatever is left of it: it shows what the service refuses.
    """


class Layout:
    """Lays out interactions for one cassette; it knows the secrets of the last ones."""

    def __init__(self, key: bytes, options: RedactionOptions) -> None:
        """Take the key for stand-ins, and what is redacted besides the tables."""
        stand_ins = StandIns(key)
        self._redactor = Redactor(stand_ins, options)
        self.redaction = Redaction(stand_ins.key_id, options.keep_ids, options.sensitive_names)
        """What the header of the cassette says."""

    def know_tokens_of(self, cassette: bytes) -> None:
        """Replace tokens of earlier recordings in a cassette, known by their stand-ins."""
        self._redactor.know_tokens_of(cassette)

    def lay_out(self, interaction: Interaction) -> LaidOut:
        """Return an interaction redacted and as text.

        Raises CassetteError, without the cassette's name, when it is not to be stored: what no
        reader would take, or what could not be redacted.
        """
        request = replace(interaction.request, uri=with_escapes(interaction.request.uri))
        interaction = replace(interaction, request=request)
        fault = fault_of_interaction(interaction)
        if fault is not None:
            raise CassetteError(f"not stored: {self.without_secrets(fault)}.")
        try:
            redacted = self._redactor.interaction(interaction)
            shown = redacted.interaction
            text = emit(
                without_headers(shown) if shown.passed_through else shown,
                redacted.request_body.readable(),
                redacted.response_body.readable(),
            )
        except Exception as error:  # noqa: BLE001 - what is not redacted is not written
            raise CassetteError(f"{type(error).__name__} while redacting.") from None
        if (fault := fault_of_request(shown.request)) is not None:  # nothing was left of its URL
            raise CassetteError(f"not stored: {fault}.")
        status = shown.response.status
        lost = why_lost(
            shown.request.method,
            shown.request.uri,
            status,
            request=redacted.request_body.content,
            response=redacted.response_body.content,
        )
        is_refused = status >= _LEAST_REFUSED
        return LaidOut(text, shown.request.method, shown.request.uri, "" if is_refused else lost)

    def without_secrets(self, sentence: str) -> str:
        """Return a sentence of ours without the secrets in what it names, such as a header."""
        return self._redactor.text(sentence)
