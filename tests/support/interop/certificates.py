"""A certificate authority of a test's own, and a certificate for this machine that it signed."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from mitmproxy.certs import CertStore

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Certificates:
    """Files in PEM."""

    ca: Path
    server: Path
    """The certificate and its key."""


def make_certificates(folder: Path) -> Certificates:
    """Write both into a folder."""
    store = CertStore.from_store(folder, "cloud", 2048)
    entry = store.get_cert(HOST, [x509.IPAddress(ip_address(HOST))])
    key = entry.privatekey.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    server = folder / "server.pem"
    server.write_bytes(entry.cert.to_pem() + key)
    return Certificates(folder / "cloud-ca-cert.pem", server)
