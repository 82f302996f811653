"""Gives Java the certificates that the rest of the machine trusts.

Where a company's proxy signs connections anew, its certificate is in the bundle that SSL_CERT_FILE names;
Java looks in a store of its own and would refuse. The store's format is JKS, as the JDK's documentation of
`keytool` calls it: entries of X.509 certificates, and a SHA-1 digest salted with the password.
"""

from __future__ import annotations

import hashlib
import os
import re
import ssl
import struct
from pathlib import Path

PASSWORD = "changeit"  # noqa: S105 - Java's well-known one; a store of public certificates keeps no secret
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def java_options(folder: Path) -> list[str]:
    """JVM options that make it trust SSL_CERT_FILE's certificates; none when the variable isn't set."""
    bundle = os.environ.get("SSL_CERT_FILE", "")
    if not bundle or not Path(bundle).is_file():
        return []
    certificates = [
        ssl.PEM_cert_to_DER_cert(pem) for pem in _PEM.findall(Path(bundle).read_text(errors="replace"))
    ]
    if not certificates:
        return []
    store = folder / "truststore.jks"
    store.write_bytes(pack(certificates))
    return [f"-Djavax.net.ssl.trustStore={store}", f"-Djavax.net.ssl.trustStorePassword={PASSWORD}"]


def pack(certificates: list[bytes]) -> bytes:
    """Return a JKS store (version 2) of trusted certificates in DER."""
    body = bytearray(struct.pack(">III", 0xFEEDFEED, 2, len(certificates)))
    for number, der in enumerate(certificates):
        alias, kind = f"c{number}".encode(), b"X.509"
        body += struct.pack(">IH", 2, len(alias)) + alias + struct.pack(">Q", 0)
        body += struct.pack(">H", len(kind)) + kind + struct.pack(">I", len(der)) + der
    salted = PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + bytes(body)
    return bytes(body) + hashlib.sha1(salted).digest()  # noqa: S324 - the format says so
