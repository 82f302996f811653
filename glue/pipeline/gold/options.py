"""Settings of the Gold load, one typed place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal, get_args

SslMode = Literal["require", "verify-ca", "verify-full"]


@dataclass(frozen=True)
class GoldOptions:
    """Where Gold is and how patient the load is. Times in seconds."""

    host: str
    port: int
    database: str
    secret_arn: str
    """Secrets Manager secret with ``username`` and ``password`` (as RDS manages it)."""
    master_secret_arn: str | None = None
    """Secret of the master user, who makes the roles; None: ``secret_arn`` is of one who may make them."""
    bi_secret_arn: str | None = None
    """Secret of the role ``bi_reader``; None: there is no such role, and nobody is given rights."""
    sslmode: SslMode = "verify-full"
    """libpq's names; there is no mode without TLS. The two that verify need ``root_certificate``."""
    root_certificate: str | None = None
    """PEM text of the certificate authorities (AWS's: the RDS global bundle)."""
    schema: str = "public"
    """Schema of the Gold tables; created when it is missing."""
    job_run_id: str = ""
    region: str | None = None
    """Of the secret; None: the job's region."""
    deadline: float = 300.0
    """How long a load may be retried: a Multi-AZ failover takes one to two minutes."""
    connect_timeout: float = 10.0
    lock_timeout: float = 60.0
    """How long to wait for another loader of the same dataset before the attempt counts as failed."""
    statement_timeout: float = 900.0
    load_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Names this load in ``gold_meta.loads``: after a lost commit it tells whether the commit took place."""

    def __post_init__(self) -> None:
        for name in ("host", "database", "secret_arn", "schema"):
            if not getattr(self, name):
                raise ValueError(f"GoldOptions.{name} is missing, and has no default")
        if self.sslmode not in get_args(SslMode):
            modes = ", ".join(get_args(SslMode))
            raise ValueError(
                f"GoldOptions.sslmode must be one of {modes} (TLS is required), not {self.sslmode!r}"
            )
        if self.sslmode != "require" and not self.root_certificate:
            raise ValueError(
                f"GoldOptions.root_certificate is missing: sslmode {self.sslmode} verifies with it"
            )
