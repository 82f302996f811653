"""GenerateDataKey answers 32 bytes, whatever size is asked for: Session Manager's plugin asks for 64.

https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from localstack.aws.api import CommonServiceException
from localstack.services.kms.provider import KmsProvider

from .patch import Patch, replace

_SIZES = {"AES_128": 16, "AES_256": 32}


def _of_its_size(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def generate(self: Any, context: Any, key_id: str, encryption_context: Any = None) -> dict[str, Any]:
        size = _size(context.service_request)
        answer = original(self, context, key_id, encryption_context)
        key = self._get_kms_key(*self._parse_key_id(key_id, context))
        plaintext = os.urandom(size)
        encrypted = key.encrypt(plaintext, encryption_context)
        return answer | {"Plaintext": plaintext, "CiphertextBlob": encrypted}

    return generate


def _size(request: Mapping[str, Any]) -> int:
    """In bytes. Raises ValidationException unless the request has one of the two fields that say it."""
    spec, size = request.get("KeySpec"), request.get("NumberOfBytes")
    if (spec is None) == (size is None):
        raise CommonServiceException(
            "ValidationException", "Please specify either number of bytes or key spec.", sender_fault=True
        )
    return _SIZES[spec] if spec else int(size or 0)


def apply() -> None:
    replace(KmsProvider, "_generate_data_key", _of_its_size)


PATCH = Patch("kms-data-key", "GenerateDataKey answers a key of the size that is asked for", apply)
