"""Whom the stack trusts, in one line: it checks no keys, and a Glue job is code."""

from __future__ import annotations

import os


def warning(parts: str, user_id: int | None = None) -> str:
    """parts: what the stack is made of, `processes` or `containers`. user_id: default: this process's own."""
    if parts == "containers":
        return "trust:       who may connect to its ports may run code in its containers (docs/security.md)"
    root = (os.geteuid() if user_id is None else user_id) == 0
    if root:
        return (
            "WARNING:     who may connect to its ports may run code here AS ROOT: start it as another user "
            "(docs/security.md)"
        )
    return "trust:       who may connect to its ports may run code here as you (docs/security.md)"
