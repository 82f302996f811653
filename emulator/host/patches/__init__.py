"""Patches of LocalStack 4.14.0 and moto: where they differ from AWS in a way the project would feel.

Each patch is a module of its own, with the reason in its docstring and a test that fails when the patch
no longer works or is no longer needed.
"""

from __future__ import annotations


def before_listen() -> None:
    """What has to be in place before the gateway listens."""


def install() -> None:
    """What has to be in place before the first request."""
