"""A live service that is sent one GET after the other."""

import http.client
import socket
import ssl
from typing import Self
from urllib.parse import quote, urlsplit

import certifi

from glancetape_cassettes.errors import GlancetapeError
from glancetape_cassettes.interaction import Headers, Response

_TIMEOUT = 30.0  # seconds
_MOST_BYTES = 64 << 20
_IN_TARGETS = "%/?&=;:,+@!$'()*[]~-._"


class Live:
    """A service at a URL. The given headers go with every request, and are kept nowhere."""

    def __init__(
        self, url: str, headers: Headers = (), ca: str | None = None, *, insecure: bool = False
    ) -> None:
        """Prepare requests to the root `url`; `ca` is a file of further certificates to trust.

        Raises GlancetapeError.
        """
        self.url = url
        self.headers = headers
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=certifi.where())
            try:
                if ca is not None:
                    context.load_verify_locations(ca)
            except ssl.SSLError as error:
                raise GlancetapeError(f"{ca} holds no certificates (PEM).") from error
            except OSError as error:
                raise GlancetapeError(f"{ca} cannot be read: {error.strerror}.") from error
            if insecure:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._connection = http.client.HTTPSConnection(
                host, port, timeout=_TIMEOUT, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        """The service; the first request opens the connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, target: str, headers: Headers) -> Response:
        """The response to a GET. Headers of the service replace these. Raises GlancetapeError."""
        named = {name.lower() for name, _ in self.headers}
        sent = [*(pair for pair in headers if pair[0].lower() not in named), *self.headers]
        try:
            try:
                return self._get(target, sent)
            except (http.client.RemoteDisconnected, ConnectionError):
                self._connection.close()  # the service closed a kept connection
                return self._get(target, sent)
        except (TimeoutError, socket.gaierror, ssl.SSLError, OSError) as error:
            why = "it does not answer in time" if isinstance(error, TimeoutError) else error
            why = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or why
            raise GlancetapeError(f"{self.url} cannot be reached: {why}.") from error
        except (http.client.HTTPException, UnicodeError, ValueError) as error:
            name = type(error).__name__
            raise GlancetapeError(f"{self.url} cannot be reached: {name}.") from error

    def _get(self, target: str, headers: list[tuple[str, str]]) -> Response:
        own_host = any(name.lower() == "host" for name, _ in headers)
        spelt = quote(target, safe=_IN_TARGETS)
        self._connection.putrequest("GET", spelt, skip_host=own_host, skip_accept_encoding=True)
        for name, value in headers:
            self._connection.putheader(name, value.encode("utf-8"))
        self._connection.endheaders()
        answer = self._connection.getresponse()
        body = answer.read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            self._connection.close()
            raise GlancetapeError(f"{self.url} answers with more than {_MOST_BYTES >> 20} MiB.")
        return Response(answer.status, answer.reason, tuple(answer.getheaders()), body)
