"""The certificate bundles under AWS's own paths."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509

from glue_app.emulator.rds.api.truststore import TruststoreResource
from glue_app.emulator.rds.postgres.certificates import CertificateAuthority

REQUEST = SimpleNamespace()


@pytest.mark.parametrize("place", ["global", "us-east-1", "ap-northeast-1", "cn-north-1"])
def test_a_bundle_holds_the_authority(tmp_path: Path, place: str) -> None:
    """Made by whoever needs it first: this one, or an instance."""
    answer = TruststoreResource(tmp_path).on_get(REQUEST, place, f"{place}-bundle.pem")

    assert answer.status_code == 200
    (certificate,) = x509.load_pem_x509_certificates(answer.get_data())
    assert certificate == CertificateAuthority.of_state(tmp_path / "rds").certificate


@pytest.mark.parametrize(
    ("place", "bundle"),
    [
        ("us-east-1", "eu-west-1-bundle.pem"),
        ("us-east-1", "ca.key"),
        ("mars-1", "mars-1-bundle.pem"),
        ("..", "..-bundle.pem"),
    ],
)
def test_there_is_nothing_else(tmp_path: Path, place: str, bundle: str) -> None:
    answer = TruststoreResource(tmp_path).on_get(REQUEST, place, bundle)

    assert answer.status_code == 404
    assert not (tmp_path / "rds").exists()
