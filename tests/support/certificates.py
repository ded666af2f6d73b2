"""A certificate authority of the tests' own, and a server certificate that it signed."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulators.http.system import System

SystemT = TypeVar("SystemT", bound=System)

YEARS = datetime.timedelta(days=3650)
# Not from the clock: some tests move it.
BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Certificates:
    """
    What a server needs to offer TLS, and what a client needs to believe it.

    Args:
        authority: The authority's certificate, in PEM.

        certificate, key: Files of the server; those of `localhost` hold for 127.0.0.1 too.
    """

    authority: str
    authority_file: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path, host: str = "localhost") -> Certificates:
    """Write an authority, and a server's certificate and key, into a folder."""
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _certificate("Rollbook tests", authority_key.public_key(), authority_key, "Rollbook tests", is_ca=True)
    server = _certificate(host, server_key.public_key(), authority_key, "Rollbook tests", is_ca=False)
    made = Certificates(_pem(authority), folder / "authority.pem", folder / "server.pem", folder / "server.key")
    made.authority_file.write_text(made.authority)
    made.certificate.write_text(_pem(server))
    made.key.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    made.key.chmod(0o600)
    return made


def behind_tls(system: SystemT, certificates: Certificates) -> SystemT:
    """A simulated system that has not been started, made to answer over TLS only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    system._server.socket = context.wrap_socket(system._server.socket, server_side=True)
    return system


def _certificate(
    name: str, key: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePrivateKey, issuer: str, *, is_ca: bool
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    built = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + 2 * YEARS)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if not is_ca:
        built = built.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return built.sign(signer, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
