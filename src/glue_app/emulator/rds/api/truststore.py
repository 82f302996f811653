"""The certificate bundles, where AWS has them: `/_glue-app/rds/` stands for truststore.pki.rds.amazonaws.com.

    curl -O http://127.0.0.1:4566/_glue-app/rds/us-east-1/us-east-1-bundle.pem
    curl -O http://127.0.0.1:4566/_glue-app/rds/global/global-bundle.pem

Each holds the stack's one authority (`certificates`), which signs the servers of all regions.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.CertificatesDownload
"""

from __future__ import annotations

import functools
from pathlib import Path

from botocore.session import Session
from cryptography.hazmat.primitives import serialization
from localstack.http import Request, Resource, Response
from localstack.services.internal import get_internal_apis

from ..postgres.certificates import CertificateAuthority


def install(state: Path) -> None:
    """Serve the bundles from the start on, whether there is an instance or not."""
    get_internal_apis().add(Resource("/_glue-app/rds/<place>/<bundle>", TruststoreResource(state)))


class TruststoreResource:
    """A bundle by its place: a region, or `global`."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def on_get(self, _request: Request, place: str, bundle: str) -> Response:
        if bundle != f"{place}-bundle.pem" or place not in _places():
            return Response("Not Found", status=404)
        authority = CertificateAuthority.of_state(self._state / "rds")
        content = authority.certificate.public_bytes(serialization.Encoding.PEM)
        return Response(content, mimetype="binary/octet-stream")


@functools.cache
def _places() -> frozenset[str]:
    session = Session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("rds", partition)
    ]
    return frozenset({"global", *regions})
