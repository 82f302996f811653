"""The certificate authority of a state folder."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from cryptography import x509

from glue_app.emulator.rds.postgres.certificates import CertificateAuthority


def test_one_authority_a_state_folder(tmp_path: Path) -> None:
    """Made once, its key private; certificates name the address."""
    authority = CertificateAuthority.of_state(tmp_path)
    chain, _key = authority.issue("127.20.0.7", "gold")

    assert CertificateAuthority.of_state(tmp_path).certificate == authority.certificate
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600
    certificate = x509.load_pem_x509_certificates(chain)[0]
    certificate.verify_directly_issued_by(authority.certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.20.0.7")]
