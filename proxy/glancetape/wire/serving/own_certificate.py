"""A certificate for `--tls`: made for the host that is listened on, and kept for the next start.

The CA signs this one certificate, and its key is thrown away. So a client that trusts it trusts
nothing else.
"""

import ipaddress
import os
import re
import shutil
import socket
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from glancetape.wire.serving.plan import Certificate
from glancetape_cassettes.errors import GlancetapeError

_VALID = timedelta(days=397)
"""As long as clients accept."""
_LEFT = timedelta(days=7)
"""A certificate that ends sooner is replaced."""
_ALWAYS = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - it is compared, not listened on
_Key = ec.EllipticCurvePrivateKey


def own_certificate(host: str, folder: Path, now: datetime) -> Certificate:
    """A certificate for a host, from the folder or made there. Raises GlancetapeError.

    It is valid for the host, for localhost, and when the host stands for all addresses also for
    the name of this machine.
    """
    place = folder / re.sub(r"[^\w.-]", "_", host)
    try:
        if not _is_usable(place, now):
            folder.mkdir(parents=True, exist_ok=True)
            _make(place, host, now)
    except OSError as error:
        raise GlancetapeError(
            f"{folder}: the certificate for --tls cannot be kept there: {error.strerror or error}. "
            "Name one with --tls-cert and --tls-key, or another folder with XDG_CACHE_HOME."
        ) from error
    return _in(place)


def _in(place: Path) -> Certificate:
    return Certificate(chain=place / "server.pem", key=place / "server.key", ca=place / "ca.pem")


def _is_usable(place: Path, now: datetime) -> bool:
    found = _in(place)
    try:
        certificate = x509.load_pem_x509_certificate(found.chain.read_bytes())
        is_whole = found.key.is_file() and found.ca is not None and found.ca.is_file()
    except (OSError, ValueError):
        return False
    # One that is not valid yet was made while the clock was ahead.
    is_valid = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - _LEFT
    return is_whole and is_valid


def _make(place: Path, host: str, now: datetime) -> None:
    made = Path(tempfile.mkdtemp(dir=place.parent))  # only for its owner, as the key in it
    try:
        _write(_in(made), host, now)
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        if _is_usable(place, now):  # another process was faster
            return
        raise


def _write(files: Certificate, host: str, now: datetime) -> None:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _named(f"glancetape: only for {host}")
    ca = _signed(
        ca_name, ca_name, ca_key, ca_key, now,
        (x509.BasicConstraints(ca=True, path_length=0), _usage(is_ca=True)),
    )  # fmt: skip
    server = _signed(
        _named(host), ca_name, key, ca_key, now,
        (
            x509.BasicConstraints(ca=False, path_length=None),
            _usage(is_ca=False),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.SubjectAlternativeName(_names_of(host)),
        ),
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    assert files.ca is not None
    files.ca.write_bytes(ca.public_bytes(pem))
    files.chain.write_bytes(server.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(os.open(files.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _names_of(host: str) -> list[x509.GeneralName]:
    names = [*_ALWAYS]
    names.insert(0, socket.gethostname() if host in _EVERYWHERE else host)
    return [_general(one) for one in dict.fromkeys(names)]


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: _Key,
    issuer_key: _Key,
    now: datetime,
    extensions: tuple[x509.ExtensionType, ...],
) -> x509.Certificate:
    """A certificate with what strict clients look for, such as Python 3.13."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    for one in extensions:
        is_critical = isinstance(one, x509.BasicConstraints | x509.KeyUsage)
        builder = builder.add_extension(one, critical=is_critical)
    return builder.sign(issuer_key, hashes.SHA256())
