"""The state of LocalStack's and moto's services: captured in a moment of rest, restored in a new process.

The caller holds the gate and keeps the files: `with GATE.hold(10): captured = capture(folder)`.
`prepare()` before that makes the hold short.
"""

from __future__ import annotations

from .blobs import MissingBlobsError, blobs_in_use, sweep
from .capture import Captured, RestoreError, capture, prepare, restore
from .containers import SERVICES, ServiceNotKeptError
from .gate import GATE, GateTimeoutError
from .inventory import inventory

__all__ = [
    "GATE",
    "SERVICES",
    "Captured",
    "GateTimeoutError",
    "MissingBlobsError",
    "RestoreError",
    "ServiceNotKeptError",
    "blobs_in_use",
    "capture",
    "inventory",
    "prepare",
    "restore",
    "sweep",
]
