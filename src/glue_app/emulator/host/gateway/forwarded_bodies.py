"""LocalStack parses a body before it hands the request on: one that is cut short is LocalStack's own 500.

Bedrock's requests go to the stub byte for byte, and the stub has Bedrock's errors for them
(glue_app/emulator/bedrock/proxy.py). So only their path is parsed, which names the operation.
https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.protocol.parser import BaseRestRequestParser

from glue_app.emulator.host.patches.patch import Patch, replace

#: services whose every operation is forwarded whole, or refused by its name
FORWARDED = frozenset(("bedrock", "bedrock-runtime"))


def _path_alone(original: Callable[..., None]) -> Callable[..., None]:
    def parse_payload(
        self: Any, request: Any, shape: Any, members: Any, uri_params: Any, parsed: dict[str, Any]
    ) -> None:
        if self.service.service_name in FORWARDED:
            parsed.update(uri_params or {})
        else:
            original(self, request, shape, members, uri_params, parsed)

    return parse_payload


def apply() -> None:
    replace(BaseRestRequestParser, "_parse_payload", _path_alone)


PATCH = Patch("forwarded-bodies", "a body that Bedrock refuses is refused with Bedrock's error", apply)
