"""An interaction as a cassette holds it: redacted, as text, and readable again."""

from dataclasses import dataclass

from glancetape_cassettes.errors import CassetteError
from glancetape_cassettes.formats.cassette import Redaction
from glancetape_cassettes.formats.emit import emit
from glancetape_cassettes.formats.http_form import fault_of, fault_of_request
from glancetape_cassettes.interaction import Interaction, without_headers
from glancetape_cassettes.redaction.policy import RedactionOptions
from glancetape_cassettes.redaction.redactor import Redactor
from glancetape_cassettes.redaction.stand_ins import StandIns


@dataclass(frozen=True, slots=True)
class LaidOut:
    """An interaction as the cassette holds it, and what its client's log line names."""

    text: str
    method: str
    uri: str


class Layout:
    """Lays out interactions for one cassette; it knows the secrets of the last ones."""

    def __init__(self, key: bytes, options: RedactionOptions) -> None:
        """Take the key for stand-ins, and what is redacted besides the tables."""
        stand_ins = StandIns(key)
        self._redactor = Redactor(stand_ins, options)
        self.redaction = Redaction(stand_ins.key_id, options.keep_ids, options.sensitive_names)
        """What the header of the cassette says."""

    def lay_out(self, interaction: Interaction) -> LaidOut:
        """Return an interaction redacted and as text.

        Raises CassetteError, without the cassette's name, when it is not to be stored: what no
        reader would take, or what could not be redacted.
        """
        fault = fault_of(interaction.response) or fault_of_request(interaction.request)
        if fault is not None:
            raise CassetteError(f"not stored: {fault}.")
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
        return LaidOut(text, shown.request.method, shown.request.uri)
