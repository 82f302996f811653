"""GenerateDataKey answers a key of the size that is asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from localstack.aws.api import CommonServiceException
from localstack.services.kms.provider import KmsProvider

from glue_app.emulator.host.patches import kms_data_key
from glue_app.emulator.host.patches.patch import original


class Provider:
    """With one key, whose ciphertext shows what was encrypted."""

    def _parse_key_id(self, key_id: str, context: Any) -> tuple[str, str, str]:
        return "account", "region", key_id

    def _get_kms_key(self, *_place: str) -> Any:
        encrypt = lambda plaintext, context: (plaintext, context)  # noqa: E731
        return SimpleNamespace(encrypt=encrypt, metadata={"Arn": "arn"})

    def _validate_key_for_encryption_decryption(self, context: Any, key: Any) -> None:
        """Any key will do."""


def generate(**request: Any) -> dict[str, Any]:
    of_its_size = kms_data_key._of_its_size(lambda *_: {"KeyId": "arn", "Plaintext": b"x" * 32})
    return of_its_size(Provider(), SimpleNamespace(service_request=request), "key", {"a": "b"})


@pytest.mark.parametrize(
    ("request_", "size"),
    [({"NumberOfBytes": 64}, 64), ({"KeySpec": "AES_128"}, 16), ({"KeySpec": "AES_256"}, 32)],
)
def test_the_key_has_its_size_and_is_what_was_encrypted(request_: dict[str, Any], size: int) -> None:
    answer = generate(**request_)
    assert len(answer["Plaintext"]) == size
    assert answer["CiphertextBlob"] == (answer["Plaintext"], {"a": "b"})
    assert answer["KeyId"] == "arn"


@pytest.mark.parametrize("request_", [{}, {"NumberOfBytes": 1, "KeySpec": "AES_256"}])
def test_one_of_both_fields_is_wanted(request_: dict[str, Any]) -> None:
    with pytest.raises(CommonServiceException) as raised:
        generate(**request_)
    assert raised.value.code == "ValidationException"


def test_localstack_still_gives_32_bytes() -> None:
    context = SimpleNamespace(service_request={"NumberOfBytes": 64})
    answer = original(KmsProvider, "_generate_data_key")(Provider(), context, "key")

    assert len(answer["Plaintext"]) == 32
