"""Secrets kept by a service for its user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.secretsmanager.models import secretsmanager_backends

from glue_app.emulator.host import managed_secrets


@pytest.fixture
def required(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """The services that were loaded, and how many secrets there were at that moment."""
    account = "111111111111"
    loaded: list[tuple[str, int]] = []

    class Plugins:
        def require(self, service: str) -> None:
            loaded.append((service, len(secretsmanager_backends[account]["us-east-1"].secrets)))

    monkeypatch.setattr(managed_secrets, "SERVICE_PLUGINS", Plugins())
    yield loaded
    secretsmanager_backends.clear()


def test_the_provider_is_loaded_before_the_first_secret_is_made(required: list[Any]) -> None:
    """It patches what a secret is: one made before that breaks ListSecrets for ever."""
    arn = managed_secrets.create("111111111111", "us-east-1", "rds", "rds!db-1", "s", "d", "key", {"a": "b"})

    assert required == [("secretsmanager", 0)]
    assert arn in {
        secret.arn for secret in secretsmanager_backends["111111111111"]["us-east-1"].secrets.values()
    }
