"""Who wrote a snapshot: this user on this machine, or somebody else."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path


def key_file() -> Path:
    """Return the key's file, in the user's own folder: a checkout may be somebody else's work."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "glue-app" / "snapshot.key"


def sign(text: bytes) -> str:
    """HMAC-SHA256 by the user's key, which is made when there is none."""
    return hmac.new(_key(), text, hashlib.sha256).hexdigest()


def is_ours(text: bytes, signature: str) -> bool:
    """Was `signature` made of exactly this text with the user's key?"""
    return key_file().is_file() and hmac.compare_digest(sign(text).encode(), signature.encode())


def _key() -> bytes:
    file = key_file()
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.{os.getpid()}")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as sink:
            sink.write(secrets.token_hex(32))
        try:
            os.link(new, file)  # of two that make one, the first is right
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return bytes.fromhex(file.read_text(encoding="ascii"))
