"""Amazon Bedrock: every request goes on to the stub (GLUE_APP_BEDROCK_URL)."""

from __future__ import annotations

from localstack.services.plugins import Service, ServiceLifecycleHook

from glue_app.emulator.host.service import serve
from glue_app.emulator.settings import settings

from .operations import STUB_OPERATIONS
from .proxy import StubProxy


class BedrockProvider(ServiceLifecycleHook):  # type: ignore[misc]  # LocalStack carries no types
    """Forwards; knows nothing of models."""

    def __init__(self, service: str, proxy: StubProxy) -> None:
        self.service = service
        self.proxy = proxy

    def on_before_stop(self) -> None:
        self.proxy.close()


def bedrock_service(service: str) -> Service:
    """Return the service LocalStack serves under `service`: bedrock or bedrock-runtime."""
    proxy = StubProxy(settings().bedrock_url)
    forwarded = dict.fromkeys(STUB_OPERATIONS[service], proxy.forward)
    return serve(BedrockProvider(service, proxy), forwarded=forwarded)
