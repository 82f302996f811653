"""Amazon Bedrock: every request goes on to the stub (GLUE_APP_BEDROCK_URL)."""

from __future__ import annotations

from localstack.services.plugins import Service

from emulator.host.service import register


class BedrockProvider:
    """Forwards; knows nothing of models."""

    def __init__(self, service: str) -> None:
        self.service = service


def bedrock_service(service: str) -> Service:
    """The service LocalStack serves under `service`: bedrock or bedrock-runtime."""
    return register(BedrockProvider(service))
