"""What `glancetape serve` runs."""

import json
import logging
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from glancetape.addresses import Address
from glancetape.options import Settings, flag, plain
from glancetape.wire.serving.https_context import HttpsContext
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

    def context(self) -> HttpsContext:
        """The certificate, ready for use. Raises BadParameter when the files do not fit.

        The secrets of its connections go to the file that SSLKEYLOGFILE names.
        """
        context = HttpsContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            if keys := os.environ.get("SSLKEYLOGFILE"):  # as ssl.create_default_context does
                context.keylog_filename = keys
        except OSError as error:
            raise BadParameter(
                f"{error.filename}, which SSLKEYLOGFILE names, cannot be written: {error.strerror}."
            ) from error
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
    access_log: bool = False
    """Whether the log has a line for each answer."""
    quiet: bool = False

    @property
    def scheme(self) -> str:
        """The scheme of the address."""
        return "https" if self.certificate is not None else "http"

    def to_json(self) -> bytes:
        """The plan in one line, for a worker. It has no use for the address of the metrics."""
        found: dict[str, Any] = {
            "settings": plain(self.settings),
            "listen": [self.listen.host, self.listen.port],
            "workers": self.workers,
            "access_log": self.access_log,
            "quiet": self.quiet,
        }
        if self.certificate is not None:
            found["certificate"] = [str(self.certificate.chain), str(self.certificate.key)]
        return json.dumps(found).encode() + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        """The plan that `to_json` wrote."""
        found = json.loads(line)
        files = found.get("certificate")
        return cls(
            settings=Settings.of(found["settings"], flag),
            listen=Address(*found["listen"]),
            metrics=None,
            workers=found["workers"],
            certificate=Certificate(chain=Path(files[0]), key=Path(files[1])) if files else None,
            access_log=found["access_log"],
            quiet=found["quiet"],
        )


def set_log_levels(plan: ServePlan) -> None:
    """Leave the lines for answers out of the log, unless they are wanted."""
    if not plan.access_log:
        logging.getLogger("glancetape.wire.answering").setLevel(logging.WARNING)
