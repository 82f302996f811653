"""Security configurations: create, read, delete.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-security.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glue_app.emulator.glue.exceptions import AlreadyExistsException, EntityNotFoundException
from glue_app.emulator.glue.models import GlueStore, SecurityConfiguration

_KIND = "Security Configuration"


def create(store: GlueStore, name: str, encryption: Mapping[str, Any]) -> SecurityConfiguration:
    """Create a security configuration. Raises AlreadyExistsException."""
    if name in store.security_configurations:
        raise AlreadyExistsException.named(_KIND, name)
    made = store.security_configurations[name] = SecurityConfiguration(name, dict(encryption))
    return made


def get(store: GlueStore, name: str) -> SecurityConfiguration:
    """Return a security configuration. Raises EntityNotFoundException."""
    if name not in store.security_configurations:
        raise EntityNotFoundException.named(_KIND, name)
    return store.security_configurations[name]


def delete(store: GlueStore, name: str) -> None:
    """Delete a security configuration. Raises EntityNotFoundException."""
    get(store, name)
    del store.security_configurations[name]


def as_dict(configuration: SecurityConfiguration) -> dict[str, Any]:
    """AWS's SecurityConfiguration structure."""
    return {
        "Name": configuration.name,
        "CreatedTimeStamp": configuration.created,
        "EncryptionConfiguration": configuration.encryption,
    }
