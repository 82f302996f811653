"""Amazon RDS: a postgres instance is a real PostgreSQL server."""

from __future__ import annotations

from localstack.services.plugins import Service

from emulator.host.service import register


class RdsProvider:
    """Thin: validates, changes the store, hands the work to the server."""

    service = "rds"


def rds_service() -> Service:
    """The service LocalStack serves under `rds`."""
    return register(RdsProvider())
