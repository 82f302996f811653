"""What can go wrong with Docker; each says why, and what to do about it."""

from __future__ import annotations

from glue_app.bootstrap.errors import BootstrapError


class NoEngineError(BootstrapError):
    """No Docker engine with compose v2 is there, and none can be had."""

    def __init__(self, reason: str, remedy: str = "install Docker and its compose plugin, start it") -> None:
        super().__init__(f"no Docker engine: {reason}", remedy)
        self.reason = reason
