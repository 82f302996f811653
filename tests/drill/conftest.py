"""The stack of the integration tests, for the drills that need no Terraform."""

from tests.integration.conftest import client, stack

__all__ = ["client", "stack"]
