"""What `glancetape serve` runs."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from glancetape.addresses import Address
from glancetape.options import Settings
from glancetape_cassettes.errors import BadParameter

GRACE = 10.0
"""Seconds that clients have at the end to get their open answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The files of a server's certificate, in PEM."""

    chain: Path
    key: Path
    ca: Path | None = None
    """The CA that clients have to trust, where we made it."""

    def context(self) -> ssl.SSLContext:
        """The certificate, ready for use. Raises BadParameter when the files do not fit."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.chain, self.key)
        except OSError as error:  # ssl.SSLError is one
            why = getattr(error, "reason", None) or error.strerror or error
            raise BadParameter(
                f"--tls-cert {self.chain} and --tls-key {self.key} cannot be used: {why}. "
                "They have to be a certificate and its key in PEM, without a password."
            ) from error
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class ServePlan:
    """Files, addresses, and how many processes."""

    settings: Settings
    listen: Address
    metrics: Address | None
    """Where the counts are shown; None for nowhere."""
    workers: int = 1
    certificate: Certificate | None = None

    @property
    def scheme(self) -> str:
        """The scheme of the address."""
        return "https" if self.certificate is not None else "http"
