"""Making secrets to plant, and the exchanges that carry them."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass

LETTERS = string.ascii_letters + string.digits


class Planter:
    """Makes secrets of many forms and remembers what was planted where."""

    def __init__(self) -> None:
        self._random = random.Random(20260101)
        self.planted: dict[str, str] = {}

    def __call__(self, where: str, form: str = "word") -> str:
        core = "".join(self._random.choices(LETTERS, k=28))
        secret = {
            "word": core,
            "hex": "".join(self._random.choices("0123456789abcdef", k=32)),
            "odd": f'{core[:14]}/+&="<é%41:@{core[14:]}',
            "key id": core.upper()[:20],
        }.get(form, core)
        assert where not in self.planted
        self.planted[where] = secret
        return secret

    def fernet(self, where: str) -> str:
        return f"gAAAAABn{self(where)}-{self(where + ' (2)')}=="

    def jwt(self, where: str) -> str:
        return f"eyJhbGciOiJIUzI1NiJ9.eyJ{self(where)}.{self(where + ' (signature)')}"

    def pki(self, where: str) -> str:
        return "MIIQ" + "".join(self(f"{where} ({part})") + "-" for part in range(4))

    def pem(self, where: str) -> str:
        return (
            f"-----BEGIN RSA PRIVATE KEY-----\n{self(where)}\n{self(where + ' (2)')}\n"
            "-----END RSA PRIVATE KEY-----"
        )


@dataclass(frozen=True)
class Exchange:
    """A request and its response, as they go over the wire."""

    target: str
    method: str = "GET"
    headers: Sequence[str] = ()
    body: bytes = b""
    status: str = "200 OK"
    answer_headers: Sequence[str] = ()
    answer: bytes = b"{}"

    def request(self, host: str, prefix: str = "", more: str = "") -> bytes:
        head = [f"{self.method} {prefix}{self.target}{more} HTTP/1.1", f"Host: {host}"]
        return _message([*head, *self.headers], self.body)

    def response(self) -> bytes:
        return _message([f"HTTP/1.1 {self.status}", *self.answer_headers], self.answer)


def _message(head: Sequence[str], body: bytes) -> bytes:
    lines = [*head, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + body
