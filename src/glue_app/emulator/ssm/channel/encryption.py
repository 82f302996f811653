"""Encryption of a session's data with a key of KMS, as agent and plugin do it: AES-256-GCM, nonce in front.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from glue_app.emulator.ssm.channel.errors import DecryptionError

#: bytes of the data key that the client asks KMS for: one half for each direction
KEY_SIZE = 64
CHALLENGE_SIZE = 64
_NONCE_SIZE = 12


class BlockCipher:
    """The agent's side: it encrypts with the first half of the key and decrypts with the second."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise DecryptionError(f"a data key of {len(key)} bytes, {KEY_SIZE} are wanted")
        self._encryption, self._decryption = AESGCM(key[: KEY_SIZE // 2]), AESGCM(key[KEY_SIZE // 2 :])

    def encrypt(self, data: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return nonce + self._encryption.encrypt(nonce, data, None)

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt a payload. Raises DecryptionError."""
        try:
            return self._decryption.decrypt(data[:_NONCE_SIZE], data[_NONCE_SIZE:], None)
        except (InvalidTag, ValueError) as error:
            raise DecryptionError("a payload that this session's key does not open") from error
