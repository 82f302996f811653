"""What the commands say."""

from __future__ import annotations


def say(text: str) -> None:
    """One message on stdout, at once."""
    print(text, flush=True)
