"""What the commands say."""

from __future__ import annotations

from glue_app.bootstrap.spoken import spoken


def say(text: str) -> None:
    """One message on stdout, at once."""
    print(spoken(text), flush=True)
