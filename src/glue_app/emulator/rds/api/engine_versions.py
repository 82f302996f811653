"""Engine versions and certificates: what an instance can have.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeCertificates.html
"""

from __future__ import annotations

from localstack.aws.api import RequestContext, handler

from ..engine import versions
from ..fleet.servers import Servers
from ..resources.filters import fields, filtered
from ..resources.instance_settings import Request
from . import shapes
from .paging import page
from .request import Answer, scope_of

#: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
_OF_VERSIONS = {
    "db-parameter-group-family": fields("DBParameterGroupFamily"),
    "engine": fields("Engine"),
    "engine-mode": lambda _one: ("provisioned",),
    "engine-version": fields("EngineVersion"),
    "status": fields("Status"),
}


class EngineOperations:
    """Mixed into the provider."""

    servers: Servers

    @handler("DescribeDBEngineVersions", expand=False)
    def describe_db_engine_versions(self, context: RequestContext, request: Request) -> Answer:
        found = versions.find_versions(
            request.get("Engine"),
            request.get("EngineVersion"),
            request.get("DBParameterGroupFamily"),
            default_only=bool(request.get("DefaultOnly")),
        )
        shown = filtered([shapes.engine_version(version) for version in found], request, _OF_VERSIONS)
        return page(shown, request, "DBEngineVersions")

    @handler("DescribeCertificates", expand=False)
    def describe_certificates(self, context: RequestContext, request: Request) -> Answer:
        certificate = shapes.certificate(self.servers.primaries.authority.certificate, scope_of(context))
        wanted = request.get("CertificateIdentifier")
        found = [certificate] if wanted in (None, certificate["CertificateIdentifier"]) else []
        return page(filtered(found, request, {}), request, "Certificates")
