"""Names of the emulator's lives: what one made, the next doesn't know unless it is brought back."""

from __future__ import annotations

import secrets
import time


def new_generation(prefix: str = "") -> str:
    """Return a name that no other life has; in order of time among those with the same prefix."""
    return prefix + time.strftime("%Y%m%d-%H%M%S-", time.gmtime()) + secrets.token_hex(2)
