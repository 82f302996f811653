"""TLS as on RDS: one certificate authority for all instances of a stack, made once per state folder.

`<state>/rds/ca.pem` is what a client gives as `sslrootcert` with `sslmode=verify-full`, as it would AWS's
global-bundle.pem; `truststore` serves it where AWS has that.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 3650

_making = threading.Lock()


class CertificateAuthority:
    """Signs server certificates; its key lies in the state folder, readable by its owner only."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate = certificate

    @classmethod
    def of_state(cls, folder: Path) -> CertificateAuthority:
        """Return the authority kept in `folder` (ca.pem, ca.key), made where there is none."""
        with _making:
            return cls._of_state(folder)

    @classmethod
    def _of_state(cls, folder: Path) -> CertificateAuthority:
        key_file, certificate_file = folder / "ca.key", folder / "ca.pem"
        if key_file.exists() and certificate_file.exists():
            key = serialization.load_pem_private_key(key_file.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise ValueError(f"{key_file} is not a key glue-app made: remove it and {certificate_file}")
            return cls(key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "glue-app local RDS CA")])
        certificate = (
            _builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        folder.mkdir(parents=True, exist_ok=True)
        write_private(key_file, _key_pem(key))
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(key, certificate)

    def issue(self, address: str, identifier: str) -> tuple[bytes, bytes]:
        """Issue a server's certificate chain and private key, both PEM, good for its address."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        names: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(address)),
            x509.DNSName(address),  # libpq before 15 looks for an address among the DNS names
            x509.DNSName(identifier),
        ]
        certificate = (
            _builder(subject, self.certificate.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        return certificate.public_bytes(pem) + self.certificate.public_bytes(pem), _key_pem(key)


def write_private(path: Path, content: bytes) -> None:
    """Write a file no other user can read at any moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
