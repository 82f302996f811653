"""Secrets that a service keeps for its user (`rds!db-…`): no public API makes them, so moto's store does.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
"""

from __future__ import annotations

from typing import Any

from localstack.services.plugins import SERVICE_PLUGINS
from moto.secretsmanager.models import secretsmanager_backends


def create(
    account_id: str,
    region: str,
    service: str,
    name: str,
    value: str,
    description: str,
    kms_key_id: str,
    tags: dict[str, str],
) -> str:
    """Make a secret owned by `service`; returns its ARN."""
    secret = _backend(account_id, region).create_managed_secret(
        service_name=service,
        secret_id=name,
        secret_string=value,
        description=description,
        kms_key_id=kms_key_id,
        tags=[{"Key": key, "Value": tag} for key, tag in tags.items()],
    )
    arn: str = secret.arn
    return arn


def put(account_id: str, region: str, arn: str, value: str) -> None:
    """Make `value` the secret's current version (AWSCURRENT); the one before is AWSPREVIOUS."""
    _backend(account_id, region).put_secret_value(arn, value, None, None, ["AWSCURRENT"])


def current(account_id: str, region: str, arn: str) -> str | None:
    """Return the value of a secret's current version, None where there is no such secret."""
    secret = _backend(account_id, region).secrets.get(arn)
    for version in secret.versions.values() if secret else ():
        if "AWSCURRENT" in version["version_stages"]:
            return str(version["secret_string"])
    return None


def delete(account_id: str, region: str, arn: str) -> None:
    """Remove a secret at once, as its service does."""
    _backend(account_id, region).delete_secret(
        arn, recovery_window_in_days=None, force_delete_without_recovery=True
    )


def _backend(account_id: str, region: str) -> Any:
    """moto's store, once LocalStack's provider has patched what a secret is.

    A secret made before that lacks what the provider expects: ListSecrets would answer 500 for ever.
    """
    SERVICE_PLUGINS.require("secretsmanager")
    return secretsmanager_backends[account_id][region]
